"""What a home says it tried: listed with its verdicts, checked, and added to ``declared/changes.toml``."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from assets import changes as travelling
from assets import phases
from pipelines.declared import parquet, plain
from sightline import changes, declared
from sightline.changes import Changes
from sightline.declared import Known
from sightline.declared_text import file_text
from sightline.errors import BadInput
from sightline.home import Home


def known(home: Home) -> Known:
    """What entries are held against: what is published; without that the measures alone."""
    values = parquet(home, "measure.value")
    return Known(phases.measures(), (), declared.extents(pl.read_parquet(values)) if values.is_file() else None)


def check(home: Home) -> tuple[Changes, str]:
    """What ``declared/changes.toml`` declares with all its faults, and a sentence of what is declared."""
    there = known(home)
    found = changes.checked(changes.read_changes(home), there)
    count = len(found.entries)
    said = f"changes that can be used: {count}" if count else "nothing is declared as tried"
    blind = "" if there.series is not None else "; nothing is published here yet, so organisations and months were not looked up"
    return found, f"{changes.WHERE}: {said}{blind}"


def lines(home: Home) -> Iterator[str]:
    """Every change with what the rows show since, where a publication says so; faults are for ``check``."""
    found, said = check(home)
    yield said
    if found.faults:
        yield f"entries with faults, which are not used: see sightline change check ({len(found.faults)})"
    there = known(home)
    both = travelling.together(found, travelling.shipped(there, simulated=home.kind == "simulated") if there.series is not None else ())
    told = sentences(home)
    for one in both.entries:
        yield f"{one.month_from:%Y-%m}  {plain(one.name)}  {', '.join(map(plain, one.organisations))}  ({one.origin})"
        yield f"  what: {plain(one.what)}"
        hoped = ", ".join(f"{measure} {way}" for measure, way in one.hopes)
        yield f"  hopes: {hoped}; look again: {one.look_again:%Y-%m}; learning: {plain(one.learning)}"
        yield from (f"  {sentence}" for sentence in told.get(one.name, ["the next run says what the rows show: sightline run"]))


def sentences(home: Home) -> dict[str, list[str]]:
    """What the current publication says of every change."""
    effects = parquet(home, "analysis.change_effect")
    if not effects.is_file():
        return {}
    table = pl.read_parquet(effects, columns=["change", "organisation", "measure", "sentence"]).sort("change", "organisation", "measure")
    return dict(table.group_by("change", maintain_order=True).agg("sentence").iter_rows())


def hopes(pairs: Sequence[str]) -> dict[str, str]:
    """``ae_within_4h=up`` as measure and way.

    Raises:
        BadInput: one is not of that form, or a measure stands twice.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        measure, sign, way = pair.partition("=")
        if not sign or not measure.strip() or way.strip() not in changes.WAYS or measure.strip() in found:
            raise BadInput("--hope", expected="each measure once, as MEASURE=up or MEASURE=down", seen=plain(pair)[:80], action="write it so")
        found[measure.strip()] = way.strip()
    return found


def add(home: Home, words: dict[str, Any]) -> str:
    """Append an entry to ``declared/changes.toml``; what stands there stays as it is.

    Raises:
        BadInput: the entry cannot be used, or the file as it stands is no TOML; nothing is written.
    """
    path = home.declared / changes.NAME
    before = file_text(path, changes.WHERE) if path.exists() else ""
    stands = changes.parsed(before, "home", changes.WHERE)
    entry = changes.entry_text(words)
    text = f"{before.rstrip()}\n\n{entry}" if before.strip() else entry
    found = changes.checked(changes.parsed(text, "home", changes.WHERE), known(home))
    earlier = {str(fault) for fault in changes.checked(stands, known(home)).faults}
    faults = [fault for fault in found.faults if str(fault) not in earlier]
    if faults:
        raise faults[0]
    home.create()
    beside = path.with_suffix(".new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    return f"added: {plain(words['name'])}; the next run shows it (sightline run). The entry stands in {path}"
