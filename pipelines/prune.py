"""``sightline prune``: removes what can be made again and is used no more; never an original, nor anything that people declared."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from assets.description import datasets
from sightline import publish
from sightline.errors import BadInput
from sightline.fetch import Ledger
from sightline.home import HALF_MADE, Home

#: a table named by the SHA-256 of its original and by the code that read it, or what was condensed of it
PARSED = re.compile(r"([0-9a-f]{64})-([0-9a-f]+)(?:-condensed)?\.parquet")
#: a chart is in a page under the first digits of its name
CHART_IN_PAGE = re.compile(rb'id="t([0-9a-f]{10})')

#: how many runs Dagster goes on remembering
KEPT_RUNS = 100


@dataclass(frozen=True)
class Unused:
    """A file or folder that is used no more: why, and its size in bytes."""

    path: Path
    why: str
    bytes: int


def prune(home: Home, *, dry_run: bool = False) -> list[Unused]:
    """Remove what is used no more; returns what it was. With ``dry_run`` it is only named, and the home is neither held nor changed.

    Raises:
        BadInput: there is no home at this place, or a run holds it.
    """
    if not (home.root / "home.toml").is_file():
        raise BadInput(str(home.root), expected="a home", seen="none", action="name the home with SIGHTLINE_HOME or --home")
    half_made = [sized(path, "what a run that was cut off left half-made") for pattern in HALF_MADE for path in home.root.glob(pattern)]
    if dry_run:
        return [*half_made, *unused(home)]
    with home.lock(f"prune {os.getpid()}"):  # who takes the lock clears away what is half-made; with a name of its own no two prune at once
        found = list(unused(home))
        forget_runs(home, [one.path.stem for one in found if one.path.parent == history(home)])
        for one in found:
            remove(one.path)
    return [*half_made, *found]


def unused(home: Home) -> Iterator[Unused]:
    """Everything that is used no more."""
    yield from (sized(path, "a publication beyond the last three") for path in publish.old_publications(home))
    yield from (sized(path, "a parsed file that its content or its parser has left behind") for path in old_tables(home))
    yield from (sized(path, f"a run in Dagster's history beyond the last {KEPT_RUNS}") for path in old_runs(home))
    yield from (sized(path, "a chart that is on no published page") for path in old_charts(home))


def history(home: Home) -> Path:
    """Where Dagster keeps the events of its runs, a file a run."""
    return home.dagster / "history" / "runs"


def old_runs(home: Home) -> Iterator[Path]:
    """The events of the runs that Dagster need not remember; nothing of what was published hangs on them."""
    if len(list(history(home).glob("*.db"))) > KEPT_RUNS:
        from pipelines import job  # noqa: PLC0415  Dagster takes seconds to import

        with job.open_instance(home) as instance:
            newest = instance.get_run_ids(limit=KEPT_RUNS)
            older = instance.get_run_ids(cursor=newest[-1]) if len(newest) == KEPT_RUNS else []
        yield from (path for run in older if (path := history(home) / f"{run}.db").exists())


def forget_runs(home: Home, runs: Sequence[str]) -> None:
    """Let Dagster forget these runs."""
    if runs:
        from pipelines import job  # noqa: PLC0415

        with job.open_instance(home) as instance:
            for run in runs:
                instance.delete_run(run)


def old_tables(home: Home) -> Iterator[Path]:
    """Of every content that the ledger still names the tables of the code that wrote last stay: it is the code in use."""
    for name in datasets():
        named = set(Ledger(home.ledger).files(name)["sha256"]) if home.ledger.exists() else set()
        tables = [(match[1], match[2], path) for path in sorted((home.tidy / name).glob("*.parquet")) if (match := PARSED.fullmatch(path.name))]
        for sha256, group in groupby(tables, key=lambda table: table[0]):
            newest_last = sorted(group, key=lambda table: table[2].stat().st_mtime_ns)
            yield from (path for _, code, path in newest_last if sha256 not in named or code != newest_last[-1][1])


def old_charts(home: Home) -> Iterator[Path]:
    """The charts that no page of the published pack holds; none where nothing is published, or where homes share their charts."""
    charts, pack = home.tidy / "charts", home.published.resolve() / "pack"
    if charts.is_symlink() or not pack.is_dir():
        return
    shown = {digits.decode() for page in pack.rglob("*.html") for digits in CHART_IN_PAGE.findall(page.read_bytes())}
    yield from (path for path in sorted(charts.glob("*.svg")) if path.name[:10] not in shown)


def sized(path: Path, why: str) -> Unused:
    """A path with what it takes, a folder with all that lies in it; a link is no more than a link."""
    parts = [path] if path.is_symlink() or not path.is_dir() else list(path.rglob("*"))
    return Unused(path, why, sum(part.lstat().st_size for part in parts if part.is_symlink() or part.is_file()))


def remove(path: Path) -> None:
    """Remove a file, a link or a folder; a folder is renamed before it is emptied, so nobody finds half of it under its name."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
    else:
        shutil.rmtree(path if path.name.startswith(".") else path.rename(path.with_name(f".old-{path.name}")))


def lines(found: list[Unused], home: Home, *, dry_run: bool) -> Iterator[str]:
    """What was or would be removed, and how many bytes."""
    for why, group in groupby(found, key=lambda one: one.why):
        ones = list(group)
        shown = ", ".join(str(one.path.relative_to(home.root)) for one in ones[:3])
        yield f"{why}: {len(ones)}, {sum(one.bytes for one in ones):,} bytes ({shown}{', …' if len(ones) > 3 else ''})"
    total = sum(one.bytes for one in found)
    yield f"{'would remove' if dry_run else 'removed'}: {len(found)} files and folders, {total:,} bytes" if found else "nothing to remove"
