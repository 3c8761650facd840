"""``sightline verify``: whether the originals are what they were, and archive, declared files and code still give what is published."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets import visit
from assets.description import datasets
from sightline import publish
from sightline.errors import BadInput
from sightline.fetch import Archive, Ledger
from sightline.home import Home
from sightline.progress import track


@dataclass(frozen=True)
class Verdict:
    """What was found: damaged originals, why nothing could be rebuilt, tables that differ, what has changed since the publication."""

    files: int
    tables: int
    damaged: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """True when nothing is damaged and every table was rebuilt as it is published."""
        return not (self.damaged or self.failures or self.differing)


def verify(home: Home) -> Verdict:
    """Hash every original, then rebuild every table in a temporary home, without a visit to any source, and compare content hashes.

    Neither archive nor ledger, declared files or what is published is written.

    Raises:
        BadInput: nothing is published, or a run holds the home.
    """
    facts = publish.published_run(home)
    if facts is None:
        raise BadInput(str(home.root), expected="something that is published", seen="nothing", action="run: sightline run")
    with tempfile.TemporaryDirectory(prefix="sightline-verify-") as folder:
        with home.lock("a look at what there is"):
            facts = publish.published_run(home) or facts
            copy = copied(home, Home(Path(folder) / "home"))
        named = archived(copy)
        damaged = tuple(damage(Archive(home.archive), named))
        if damaged:
            return Verdict(len(named), 0, damaged=damaged)
        made, failures = rebuilt(copy)
        changed = tuple(changes(copy, facts))
    published: dict[str, str] = facts.get("tables", {})
    if failures:
        return Verdict(len(named), len(published), failures=failures, changed=changed)
    return Verdict(len(named), len(published), differing=tuple(differences(published, made)), changed=changed)


def copied(home: Home, to: Home) -> Home:
    """A home with the same originals (links to their folders), a copy of the ledger, and a copy of what is declared."""
    to.create()
    if home.kind:
        to.claim(home.kind)
    for folder in home.archive.iterdir():
        if folder.is_dir():
            (to.archive / folder.name).symlink_to(folder.resolve(), target_is_directory=True)
    with closing(sqlite3.connect(f"{home.ledger.as_uri()}?mode=ro", uri=True)) as ledger, closing(sqlite3.connect(to.ledger)) as copy:
        ledger.backup(copy)
    shutil.copytree(home.declared, to.declared, dirs_exist_ok=True)
    return to


def archived(home: Home) -> list[str]:
    """The SHA-256 of every original: those that lie in the archive and those that the ledger names."""
    lying = {path.name for path in home.archive.glob("??/??/*") if len(path.name) == 64 and not path.name.startswith(".")}
    named = {str(sha256) for name in datasets() for sha256 in Ledger(home.ledger).files(name)["sha256"]}
    return sorted(lying | named)


def damage(archive: Archive, named: list[str]) -> Iterator[str]:
    """A line for every original whose bytes are not those of its name, or that is not there."""
    for sha256 in track(named, "originals"):
        try:
            archive.read(sha256)
        except BadInput as error:
            yield str(error)


def rebuilt(home: Home) -> tuple[dict[str, str], tuple[str, ...]]:
    """The content hash of every table, made anew in ``home`` from its archive; or why that failed.

    The table gate is left out: it lets tables pass or not, and changes none.
    """
    import dagster as dg  # noqa: PLC0415  takes seconds to import

    from assets import publication  # noqa: PLC0415
    from assets.tables import key  # noqa: PLC0415
    from assets.workplace import Workplace  # noqa: PLC0415
    from pipelines.definitions import defs  # noqa: PLC0415
    from pipelines.job import failures  # noqa: PLC0415

    visit.recall(home)
    workplace = Workplace(home=str(home.root), visited=True, anew=True)
    hashed = [key(name) for name in publish.lasting(publication.PUBLISHED)]
    fetched = [key("archive.news"), *(key(f"{name}.archive") for name in datasets())]
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            list(defs.assets or ()),  # type: ignore[arg-type]
            selection=dg.AssetSelection.assets(*hashed).upstream().required_multi_asset_neighbors() - dg.AssetSelection.assets(*fetched),
            resources={"workplace": workplace},
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        if not result.success:
            return {}, tuple(failures(result))
    return publish.hashes(publication.sources(workplace)), ()


def differences(published: Mapping[str, str], made: Mapping[str, str]) -> Iterator[str]:
    """The tables whose rows are not those that are published, each with what is wrong."""
    for name in sorted({*published, *made}):
        if name not in made:
            yield f"{name}: published, and no longer made"
        elif name not in published:
            yield f"{name}: made, and not published"
        elif published[name] != made[name]:
            yield f"{name}: other rows; published {published[name][:12]}, rebuilt {made[name][:12]}"


def changes(home: Home, facts: Mapping[str, Any]) -> Iterator[str]:
    """What has changed since the publication and may explain a difference."""
    if facts.get("code") != publish.code_hash():
        yield "the code or one of its libraries is not that of the publication"
        return
    ledger = Ledger(home.ledger)
    parts = [str(facts.get("source_label")), *(ledger.state_hash(name) for name in sorted(datasets()))]
    if facts.get("state") != publish.state(home, parts):
        yield "the archive or a declared file is not that of the publication"


def lines(found: Verdict) -> Iterator[str]:
    """The verdict in words."""
    yield f"originals: {found.files}, {len(found.damaged) or 'none'} damaged"
    yield from found.damaged
    if found.damaged:
        yield "nothing was rebuilt"
        return
    yield from (f"nothing was rebuilt: {why}" for why in found.failures)
    yield from (f"differs: {name}" for name in found.differing)
    if not found.failures:
        yield f"tables: {found.tables} published, {len(found.differing) or 'none'} different when rebuilt"
    yield from (f"since the publication: {what}; sightline run publishes anew" for what in found.changed)
