"""What people declare of the charts: new phases, points left out, fixed baselines, centre lines; ``declared/phases.toml`` of a home.

[[phase]]
measure = "ae_within_4h"              # a measure, or "all"
organisation = "RAJ"                  # a code, "ENG", or "all"; level = "provider", "region" or "england" may narrow it
from = 2023-07-01                     # the first month of the new phase
reason = "…what happened, in words…"
source = "…an address, or where it is written…"
declared_by = "…a role, not a name…"
declared_on = 2026-11-28

[[exclude]] has ``month``, or ``from`` and ``to``; [[baseline]] has ``months``, or ``from`` and ``to``; [[lines]] has ``centre_line``, in the unit
of the measure. Of these three, source, declared_by and declared_on may be left out. ``label`` is a word or two for the chart. A [[phase]] with
``remove = true`` takes back a step that travels with sightline. Nothing is declared by itself: ``sightline.spc.suggest`` suggests, a person finds
the cause and writes it down.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

import polars as pl

from sightline.declared_text import LONGEST_TEXT, file_text, line_number, line_of, nearest, places_in, plain, toml
from sightline.errors import BadInput
from sightline.home import Home
from sightline.spc.declarations import ALL, ENTRY, KEYS
from sightline.spc.presets import SHORTEST_BASELINE

NAME = "phases.toml"
WHERE = f"declared/{NAME}"
LONGEST_LABEL = 20
LEVELS = ("provider", "region", "england")
#: what a suggestion has in place of words that only a person can write
TO_BE_WRITTEN = "to be written"

SHARED = {"measure", "dataset", "level", "organisation", "label", "reason", "source", "declared_by", "declared_on"}
#: kind of entry -> the keys it has beside the shared ones
OWN: Mapping[str, set[str]] = {
    "phase": {"from", "remove"},
    "exclude": {"month", "from", "to"},
    "baseline": {"months", "from", "to"},
    "lines": {"centre_line"},
}
TEXTS = ("measure", "dataset", "level", "organisation", "label", "reason", "source", "declared_by")


@dataclass(frozen=True)
class Entry:
    """One declaration that can be used: a row of ``reference.phase``. ``where`` and ``line`` say where it stands."""

    kind: str
    dataset: str | None
    measure: str
    level: str
    organisation: str
    month_from: date | None
    month_to: date | None
    months: int | None
    centre_line: float | None
    label: str | None
    reason: str
    source: str | None
    declared_by: str | None
    declared_on: date | None
    origin: str
    where: str

    @property
    def key(self) -> tuple[object, ...]:
        """What two entries may not have in common."""
        return self.kind, self.dataset, self.measure, self.level, self.organisation, self.month_from

    @property
    def place(self) -> str:
        """What it is about: ``ae_within_4h, provider, RAJ``."""
        measure = self.measure if self.dataset is None else f"{self.measure} of {self.dataset}"
        return ", ".join([measure, *([self.level] if self.level != ALL else []), self.organisation])

    @property
    def name(self) -> str:
        """The entry in short: ``ae_within_4h, RAJ, 2023-07``."""
        return self.place + (f", {self.month_from:%Y-%m}" if self.month_from else "")


@dataclass(frozen=True)
class Declared:
    """The entries that can be used, and what is wrong with the others: all faults, in the order of the file.

    ``spoilt`` holds what could be read of entries with a fault: not to be used, only looked up for further faults.
    """

    entries: tuple[Entry, ...] = ()
    faults: tuple[BadInput, ...] = ()
    spoilt: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Known:
    """What entries are held against: the dataset of every measure, the steps that travel with sightline, and the series there are.

    ``series`` has ``measure, level, organisation, first, last`` (months); None where nothing is published.
    """

    measures: Mapping[str, str]
    shipped: tuple[Entry, ...] = ()
    series: pl.DataFrame | None = None


# ------------------------------------------------------------------------------------------------------------ reading


def read_declared(home: Home) -> Declared:
    """What ``declared/phases.toml`` of a home says; nothing without that file. Never raises: what cannot be used is a fault."""
    path = home.declared / NAME
    if not path.exists():
        return Declared()
    try:
        return parsed(file_text(path, WHERE), "home", WHERE)
    except BadInput as error:
        return Declared(faults=(error,))


def parsed(text: str, origin: str, name: str) -> Declared:
    """The entries of a file's text; ``origin`` is home or shipped, ``name`` how the file is called in messages.

    Raises:
        BadInput: the text is no TOML; says line and column.
    """
    words = toml(text, name)
    places = places_in(text)
    entries: list[Entry] = []
    spoilt: list[Entry] = []
    faults: list[BadInput] = []
    for kind, listed in words.items():
        if kind not in OWN or not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            seen = f"[{kind}]" if isinstance(listed, dict) else f"[[{kind}]]" if isinstance(listed, list) else f"{kind} = …"
            where = f"{name}, line {line}" if (line := line_of(text, kind)) else name
            faults.append(
                BadInput(
                    where,
                    expected="[[phase]], [[exclude]], [[baseline]] or [[lines]]",
                    seen=plain(seen, 80),
                    action="write one of these four, in double brackets",
                )
            )
            continue
        for number, one in enumerate(listed, start=1):
            entry, wrong = _Reader(kind, number, one, origin, name, places.get((kind, number), {})).read()
            faults += wrong
            (spoilt if wrong else entries).append(entry)
    kept, twice = _once(entries)
    return Declared(kept, tuple(sorted([*faults, *twice], key=line_number)), tuple(spoilt))


def _once(entries: Iterable[Entry]) -> tuple[tuple[Entry, ...], list[BadInput]]:
    """The entries without those that stand there already, and a fault for each of these."""
    kept: dict[tuple[object, ...], Entry] = {}
    twice = []
    for entry in entries:
        first = kept.setdefault(entry.key, entry)
        if first is not entry:
            twice.append(BadInput(entry.where, expected="an entry of its own", seen=f"the same as in {first.where}", action="keep one of the two"))
    return tuple(kept.values()), twice


@dataclass(frozen=True)
class _Reader:
    """Reads one entry: every key of the kind it must be."""

    kind: str
    number: int
    words: Mapping[str, Any]
    origin: str
    name: str
    lines: Mapping[str, int]

    def read(self) -> tuple[Entry, list[BadInput]]:
        """The entry and its faults; where there are any, of the entry what could be read."""
        faults = [*self._unknown(), *self._absent(), *self._wrong()]
        return self._entry(self._sound() if faults else self.words), faults

    def _sound(self) -> dict[str, Any]:
        """The keys that name a measure, a place or a month, where they are as they must be."""
        texts = {key: self.words[key] for key in TEXTS[:4] if key in self.words and not list(self._wrong_text(key, self.words[key]))}
        days = {key: self.words[key] for key in ("month", "from", "to") if type(self.words.get(key)) is date}
        return texts | days

    def _entry(self, words: Mapping[str, Any]) -> Entry:
        text = {key: plain(words[key], LONGEST_TEXT) if key in words else None for key in TEXTS}
        first = words.get("month", words.get("from"))
        return Entry(
            kind="remove" if words.get("remove") else self.kind,
            dataset=text["dataset"],
            measure=text["measure"] or ALL,
            level=text["level"] or ALL,
            organisation=text["organisation"] or ALL,
            month_from=first,
            month_to=words.get("to", first) if self.kind in {"exclude", "baseline"} else None,
            months=words.get("months"),
            centre_line=float(words["centre_line"]) if "centre_line" in words else None,
            label=text["label"],
            reason=text["reason"] or "",
            source=text["source"],
            declared_by=text["declared_by"],
            declared_on=words.get("declared_on"),
            origin=self.origin,
            where=self._where(),
        )

    def _where(self, key: str = "") -> str:
        line = self.lines.get(key) or self.lines.get("")
        return f"{self.name}, {f'line {line}, ' if line else ''}{self.kind} {self.number}"

    def _fault(self, key: str, expected: str, seen: str, action: str) -> BadInput:
        return BadInput(self._where(key), expected=expected, seen=seen, action=action)

    def _unknown(self) -> Iterator[BadInput]:
        known = SHARED | OWN[self.kind]
        for key in sorted(set(self.words) - known):
            near = get_close_matches(key, known, 1)
            yield self._fault(key, f"the keys {', '.join(sorted(known))}", plain(key, 80), f"write {near[0]}" if near else "take it out")

    def _absent(self) -> Iterator[BadInput]:
        """The keys that must be there and are not."""
        words = self.words
        wanted = ["measure", "reason"]
        if self.kind == "phase":
            wanted += ["from", *([] if words.get("remove") is True else ["source", "declared_by", "declared_on"])]
        wanted += ["centre_line"] if self.kind == "lines" else []
        for key in wanted:
            if key not in words:
                yield self._fault("", key, f"no {key}", f"add {key} = …")
        if "organisation" not in words and "level" not in words:
            yield self._fault("", "organisation or level", "neither", 'add organisation = "…", or "all"')
        spans = {"exclude": "month", "baseline": "months"}.get(self.kind)
        if spans and (spans in words) == bool({"from", "to"} & set(words)):
            seen = "both" if spans in words else "neither"
            yield self._fault(spans, f"either {spans} or from and to", seen, "keep one of the two ways")
        elif spans and spans not in words and not {"from", "to"} <= set(words):
            yield self._fault("from", "from and to", "one of them", f"add the other, or write {spans} = …")

    def _wrong(self) -> Iterator[BadInput]:
        """The values that are not of the kind they must be."""
        words = self.words
        for key in (key for key in TEXTS if key in words):
            yield from self._wrong_text(key, words[key])
        days = {key: words[key] for key in ("from", "to", "month", "declared_on") if key in words}
        for key, day in days.items():
            if not isinstance(day, date) or isinstance(day, datetime):
                yield self._fault(
                    key, f"{key} as a date such as 2026-04-01, without quotes", plain(repr(day), 80), "write the date as year-month-day"
                )
            elif key != "declared_on" and day.day != 1:
                yield self._fault(key, f"{key} as the first of a month", str(day), f"write {day.replace(day=1)}, if that month is meant")
        span = [days[key] for key in ("from", "to") if isinstance(days.get(key), date) and not isinstance(days[key], datetime)]
        if len(span) == 2:
            yield from self._wrong_span(*span)
        yield from self._wrong_numbers()

    def _wrong_text(self, key: str, value: object) -> Iterator[BadInput]:
        if not isinstance(value, str) or not plain(value, LONGEST_TEXT):
            yield self._fault(key, f"{key} in words", plain(repr(value), 80), f'write {key} = "…"')
        elif plain(value, LONGEST_TEXT).casefold().startswith(TO_BE_WRITTEN):
            yield self._fault(key, f"{key}, written by a person", plain(value, 80), "find the cause and write it; without one, take the entry out")
        elif len(value) > (longest := LONGEST_LABEL if key == "label" else LONGEST_TEXT):
            yield self._fault(key, f"{key} of at most {longest} letters", f"{len(value)} letters", "say it shorter")
        elif key == "level" and value not in (*LEVELS, ALL):
            yield self._fault(key, "provider, region, england or all", plain(value, 80), "write one of these")

    def _wrong_span(self, first: date, last: date) -> Iterator[BadInput]:
        if last < first:
            yield self._fault("to", f"an end on or after {first}", str(last), "exchange from and to, or mend one of them")
        elif self.kind == "baseline" and _months(first, last) < SHORTEST_BASELINE:
            yield self._fault(
                "to", f"a baseline of {SHORTEST_BASELINE} months or more", f"{_months(first, last)} months", "take a longer one, or none"
            )

    def _wrong_numbers(self) -> Iterator[BadInput]:
        words = self.words
        if "months" in words and (type(words["months"]) is not int or not SHORTEST_BASELINE <= words["months"] <= 1200):
            yield self._fault(
                "months",
                f"a whole number of {SHORTEST_BASELINE} months or more",
                plain(repr(words["months"]), 80),
                "take a longer baseline, or none",
            )
        if "centre_line" in words and (type(words["centre_line"]) not in {int, float} or not math.isfinite(words["centre_line"])):
            yield self._fault(
                "centre_line", "a number, in the unit of the measure (shares 0 to 1)", plain(repr(words["centre_line"]), 80), "write a number"
            )
        if "remove" in words and words["remove"] is not True:
            yield self._fault("remove", "remove = true", plain(repr(words["remove"]), 80), "write true, or leave it out")


def _months(first: date, last: date) -> int:
    """How many months from the first to the last, both counted."""
    return (last.year - first.year) * 12 + last.month - first.month + 1


# ------------------------------------------------------------------------------------------------------- held against


def checked(declared: Declared, known: Known) -> Declared:
    """The same without the entries that name what does not exist, each of these with its faults."""
    found = [(entry, list(_not_there(entry, known))) for entry in declared.entries]
    further = [fault for entry in declared.spoilt for fault in _not_there(entry, known)]
    faults = [*declared.faults, *(fault for _, wrong in found for fault in wrong), *further]
    return Declared(tuple(entry for entry, wrong in found if not wrong), tuple(sorted(faults, key=line_number)))


def _not_there(entry: Entry, known: Known) -> Iterator[BadInput]:
    """What an entry names and does not exist."""

    def fault(expected: str, seen: str, action: str) -> BadInput:
        return BadInput(f"{entry.where} ({entry.name})", expected=expected, seen=seen, action=action)

    if entry.measure not in {*known.measures, ALL}:
        yield fault("a measure of measure.definition, or all", entry.measure, nearest(entry.measure, known.measures))
    if entry.dataset not in {*known.measures.values(), None}:
        yield fault("a dataset of reference.dataset", str(entry.dataset), nearest(str(entry.dataset), set(known.measures.values())))
    elif entry.dataset and known.measures.get(entry.measure, entry.dataset) != entry.dataset:
        yield fault(f"a measure of {entry.dataset}", entry.measure, "leave dataset out")
    series = known.series
    if series is None:
        return
    codes = set(series["organisation"])
    if entry.organisation not in {*codes, ALL}:
        yield fault("the code of an organisation or region that is published, ENG, or all", entry.organisation, nearest(entry.organisation, codes))
        return
    place = {"level": entry.level, "organisation": entry.organisation}
    there = series.filter(*(pl.col(name) == value for name, value in place.items() if value != ALL))
    if there.is_empty():
        level = series.filter(pl.col("organisation") == entry.organisation)["level"][0]
        yield fault(f"the level of {entry.organisation}, {level}", entry.level, f'write level = "{level}", or leave it out')
        return
    concerned = there.filter(pl.col("measure").is_in(list(_measures_of(entry, known))))
    if concerned.is_empty():
        if entry.measure in known.measures:
            yield fault("a series that is published", f"none of {entry.measure} for {entry.organisation}", "see measure.value for those there are")
        return
    yield from (fault(*said) for said in _outside(entry, concerned["first"].min(), concerned["last"].max()))  # type: ignore[arg-type]
    if entry.kind == "remove" and not any(_same_step(entry, step) for step in known.shipped):
        yield fault(
            "a step that travels with sightline",
            f"none of {entry.month_from:%Y-%m} there",
            "see `sightline declared list`; delete steps of your own instead",
        )


def _measures_of(entry: Entry, known: Known) -> set[str]:
    named = {entry.measure} if entry.measure != ALL else set(known.measures)
    return {measure for measure in named if entry.dataset in {None, known.measures.get(measure)}}


def _outside(entry: Entry, first: date, last: date) -> Iterator[tuple[str, str, str]]:
    """What lies outside the months of the series: expected, seen, what to do."""
    span = f"a month from {first:%Y-%m} to {last:%Y-%m}, as the series has them"
    for name, month in (("from", entry.month_from), ("to", entry.month_to if entry.month_to != entry.month_from else None)):
        if month and not first <= month <= last:
            yield span, f"{name} {month:%Y-%m}", "mend the date; for months to come, declare it when they are published"


def _same_step(entry: Entry, step: Entry) -> bool:
    """Whether a removal and a step that travels with sightline may meet in a series."""
    pairs = ((entry.measure, step.measure), (entry.level, step.level), (entry.organisation, step.organisation))
    return step.month_from == entry.month_from and all(one == other or ALL in (one, other) for one, other in pairs)


# ----------------------------------------------------------------------------------------------------------- as tables


def frame(entries: Iterable[Entry], measures: Mapping[str, str]) -> pl.DataFrame:
    """Entries as rows of ``reference.phase``; one that names a dataset and all its measures is a row a measure."""
    names = [field.name for field in fields(Entry) if field.name in ENTRY]
    rows = [
        tuple(getattr(replace(entry, measure=measure, dataset=measures.get(measure)), name) for name in names)
        for entry in entries
        for measure in (
            [one for one, dataset in measures.items() if dataset == entry.dataset] if entry.dataset and entry.measure == ALL else [entry.measure]
        )
    ]
    return pl.DataFrame(rows, schema={name: ENTRY[name] for name in names}, orient="row").unique(
        ["kind", *KEYS, "month_from", "origin"], keep="first", maintain_order=True
    )


def extents(values: pl.DataFrame) -> pl.DataFrame:
    """Every series of ``measure.value`` with its first and last month."""
    return values.group_by(KEYS).agg(first=pl.col("month").min(), last=pl.col("month").max()).sort(KEYS)
