"""What a home declares of its charts: checked, listed, and suggested for people to judge."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl

from assets import description, phases
from sightline import declared, spc
from sightline.declared import TO_BE_WRITTEN, Declared, Entry, Known
from sightline.declared_text import toml_text
from sightline.errors import BadInput
from sightline.home import Home
from sightline.spc.declarations import KEYS

KINDS = {"phase": "new phase", "exclude": "left out", "baseline": "fixed baseline", "lines": "centre line", "remove": "taken back"}


def known(home: Home) -> Known:
    """What entries are held against: what is published; without that, measures and the steps that travel with sightline alone."""
    values, changes = (parquet(home, name) for name in ("measure.value", "reference.organisation_change"))
    simulated = home.kind == "simulated"
    if values.is_file() and changes.is_file():
        return phases.known(pl.read_parquet(values), pl.read_parquet(changes), simulated=simulated)
    return Known(phases.measures(), () if simulated else phases.shipped_file())


def parquet(home: Home, table: str) -> Path:
    """A published table."""
    return home.published / "parquet" / f"{table}.parquet"


def check(home: Home) -> tuple[Declared, str]:
    """What ``declared/phases.toml`` declares with all its faults, and a sentence of what is declared."""
    there = known(home)
    found = declared.checked(declared.read_declared(home), there)
    return found, sentence(found, there)


def sentence(found: Declared, there: Known) -> str:
    """``declared/phases.toml: 2 new phases, 1 left out; 12 steps travel with sightline``."""
    counted = {kind: sum(entry.kind == kind for entry in found.entries) for kind in KINDS}
    said = ", ".join(f"{KINDS[kind]}: {count}" for kind, count in counted.items() if count) or "nothing is declared"
    blind = "" if there.series is not None else "; nothing is published here yet, so organisations and months were not looked up"
    return f"{declared.WHERE}: {said}; steps that travel with sightline: {len(there.shipped)}{blind}"


def lines(home: Home) -> Iterator[str]:
    """Every declaration in words, those of the home first; faults are for ``check``."""
    found, said = check(home)
    yield said
    if found.faults:
        yield f"entries with faults, which are not used: see sightline declared check ({len(found.faults)})"
    for entry in (*found.entries, *known(home).shipped):
        yield f"{shown_months(entry)}  {KINDS[entry.kind]}  {entry.place}  ({entry.origin})"
        yield f"  why: {entry.reason}"
        source = [f"source: {entry.source}"] if entry.source else []
        by = [f"declared by: {entry.declared_by}"] if entry.declared_by else []
        on = [f"on {entry.declared_on}"] if entry.declared_on else []
        if source or by or on:
            yield f"  {'; '.join([*source, ' '.join([*by, *on])]).rstrip('; ')}"


def shown_months(entry: Entry) -> str:
    """``2023-07``, ``2020-03 to 2020-06``, ``24 months``."""
    if entry.months:
        return f"{entry.months} months"
    if entry.month_from is None:
        return f"at {entry.centre_line:g}"
    return f"{entry.month_from:%Y-%m}" + (f" to {entry.month_to:%Y-%m}" if entry.month_to not in {None, entry.month_from} else "")


def suggestions(home: Home, measures: list[str], organisations: list[str], today: date) -> Iterator[str]:
    """Suggested phases of the published series as TOML, each with its evidence; what is declared already is taken as it is.

    Raises:
        BadInput: nothing is published, or a measure or organisation is not there.
    """
    values = published(home, "measure.value")
    wanted = values.filter(*(named(values, column, asked) for column, asked in (("measure", measures), ("organisation", organisations)) if asked))
    found = spc.suggest(since_declared(wanted, published(home, "reference.phase")), value="value", date="month", by=KEYS).suggestions
    names = dict(published(home, "reference.organisation").select("organisation", "name").iter_rows())
    words = {row["id"]: row["name"] for row in description.entries("measure")}
    order = pl.col("measure").replace_strict({name: place for place, name in enumerate(words)}, default=len(words), return_dtype=pl.Int64)
    yield f"# Suggested phases: {found.height}, in {wanted.select(KEYS).n_unique()} series. Where nothing changes there are suggestions too."
    yield f"# Find the cause, write the reason, and put the entry into {home.declared / declared.NAME}; without a cause leave it."
    for row in found.sort(order, "level", "organisation", "date").iter_rows(named=True):
        yield from (
            "",
            f"# {words.get(row['measure'], row['measure'])}; {plain(names.get(row['organisation'], row['organisation']))}",
            f"# {plain(row['evidence'])}",
        )
        yield from entry(row, today)


def entry(row: dict[str, object], today: date) -> Iterator[str]:
    """A suggestion as an entry that a person has to finish: ``check`` refuses it until then."""
    yield "[[phase]]"
    yield from (f"{key} = {toml_text(str(row[key]))}" for key in KEYS)
    yield f"from = {row['date']}"
    yield from (
        f"{key} = {toml_text(f'{TO_BE_WRITTEN}: {what}')}"
        for key, what in (("reason", "what happened"), ("source", "an address, or where it is written"))
    )
    yield f"declared_by = {toml_text(f'{TO_BE_WRITTEN}: a role')}"
    yield f"declared_on = {today}"


def plain(text: object) -> str:
    """One printable line, so that a comment stays one."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in str(text)).split())


def since_declared(values: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """The months since the last declared phase of each series, without those that are left out."""
    stated = spc.of_series(values, entries)
    ends = values.group_by(KEYS).agg(_last=pl.col("month").max())
    begun = stated.filter(pl.col("kind") == "phase").join(ends, on=KEYS).filter(pl.col("month_from") <= pl.col("_last"))
    starts = begun.group_by(KEYS).agg(_start=pl.col("month_from").max())
    left_out = stated.filter(pl.col("kind") == "exclude").select(*KEYS, month=pl.date_ranges("month_from", "month_to", "1mo")).explode("month")
    since = values.join(starts, on=KEYS, how="left").filter(pl.col("_start").is_null() | (pl.col("month") >= pl.col("_start"))).drop("_start")
    return since.join(left_out, on=[*KEYS, "month"], how="anti").select(*KEYS, "month", "value")


def published(home: Home, table: str) -> pl.DataFrame:
    """A published table; refused where there is none."""
    try:
        return pl.read_parquet(parquet(home, table))
    except OSError as error:
        raise BadInput(str(home.root), expected=f"a publication with {table}", seen="none", action="run: sightline run") from error


def named(values: pl.DataFrame, column: str, asked: list[str]) -> pl.Expr:
    """The rows of what was asked for; refuses a name that is nowhere."""
    absent = sorted(set(asked) - set(values[column]))
    if absent:
        raise BadInput(
            f"--{column}",
            expected=f"one that is published (measure.value, {column})",
            seen=plain(absent[0])[:80],
            action="mend the name, or leave it out",
        )
    return pl.col(column).is_in(asked)
