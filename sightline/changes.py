"""What people tried, to look again later whether it helped; ``declared/changes.toml`` of a home.

[[change]]
name = "Same-day emergency care"      # short, and of its own
what = "…what was tried, in words…"
organisation = "RAJ"                  # a code, "ENG", or a list of codes
from = 2026-04-01                     # the first month with the change
hopes = { ae_within_4h = "up", ae_dta_12h_per_1000_admissions = "down" }   # which measures it hopes to move, and which way
look_again = 2026-10-01               # the month whose figures decide when to look again
learning = "urgent care board"        # who is learning: a role, not a name
source = "board paper 7"              # may be left out, as may declared_on and ``label``, a word or two for the chart

Nothing is declared by itself, and nothing here is a verdict: ``sightline.spc.change_effect`` says what the charts' rows show since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

import polars as pl

from sightline.declared import LONGEST_LABEL, TO_BE_WRITTEN, Known
from sightline.declared_text import LONGEST_TEXT, file_text, line_number, line_of, nearest, places_in, plain, toml, toml_text
from sightline.errors import BadInput
from sightline.home import Home
from sightline.spc.change_effect import CHANGE

NAME = "changes.toml"
WHERE = f"declared/{NAME}"
LONGEST_NAME = 60
#: a change that hopes to move more than this is watched by too many measures for any of them to be told from chance
MOST_HOPES, MOST_PLACES = 8, 50
#: a change may be declared before it begins, not years before
FURTHEST_AHEAD = 24
WAYS = ("up", "down")
#: key -> the most letters it may have
TEXTS = {"name": LONGEST_NAME, "what": LONGEST_TEXT, "learning": LONGEST_TEXT, "source": LONGEST_TEXT, "label": LONGEST_LABEL}
DAYS = ("from", "look_again", "declared_on")
WANTED = ("name", "what", "organisation", "from", "hopes", "look_again", "learning")
KEYS = (*WANTED, "label", "source", "declared_on")


@dataclass(frozen=True)
class Change:
    """One change that was tried. ``hopes`` are measures, each with up or down; ``where`` says where the entry stands."""

    name: str
    what: str
    organisations: tuple[str, ...]
    month_from: date
    hopes: tuple[tuple[str, str], ...]
    look_again: date
    learning: str
    label: str | None
    source: str | None
    declared_on: date | None
    origin: str
    where: str


@dataclass(frozen=True)
class Changes:
    """The changes that can be used, and what is wrong with the others, in the order of the file."""

    entries: tuple[Change, ...] = ()
    faults: tuple[BadInput, ...] = ()


# ------------------------------------------------------------------------------------------------------------ reading


def read_changes(home: Home) -> Changes:
    """What ``declared/changes.toml`` of a home says; nothing without that file. Never raises: what cannot be used is a fault."""
    path = home.declared / NAME
    if not path.exists():
        return Changes()
    try:
        return parsed(file_text(path, WHERE), "home", WHERE)
    except BadInput as error:
        return Changes(faults=(error,))


def parsed(text: str, origin: str, name: str) -> Changes:
    """The changes of a file's text; ``origin`` is home or simulated, ``name`` how the file is called in messages.

    Raises:
        BadInput: the text is no TOML; says line and column.
    """
    words, places = toml(text, name), places_in(text)
    entries: list[Change] = []
    faults = [_no_change(text, name, key, listed) for key, listed in words.items() if key != "change" or not _tables(listed)]
    listed = words.get("change", [])
    for number, one in enumerate(listed if _tables(listed) else [], start=1):
        entry = _Entry(number, one, name, places.get(("change", number), {}))
        wrong = list(entry.faults())
        faults += wrong
        entries += [] if wrong else [entry.change(origin)]
    kept, twice = _once(entries)
    return Changes(kept, tuple(sorted([*faults, *twice], key=line_number)))


def _tables(listed: object) -> bool:
    return isinstance(listed, list) and all(isinstance(one, dict) for one in listed)


def _no_change(text: str, name: str, key: str, listed: object) -> BadInput:
    seen = f"[{key}]" if isinstance(listed, dict) else f"[[{key}]]" if _tables(listed) else f"{key} = …"
    line = line_of(text, key)
    return BadInput(
        f"{name}, line {line}" if line else name, expected="[[change]]", seen=plain(seen, 80), action="write [[change]], in double brackets"
    )


def _once(entries: Iterable[Change]) -> tuple[tuple[Change, ...], list[BadInput]]:
    """The changes without those whose name is taken, and a fault for each of these."""
    kept: dict[str, Change] = {}
    twice = []
    for entry in entries:
        first = kept.setdefault(entry.name.casefold(), entry)
        if first is not entry:
            twice.append(BadInput(entry.where, expected="a name of its own", seen=f"the name of {first.where}", action="give it another name"))
    return tuple(kept.values()), twice


@dataclass(frozen=True)
class _Entry:
    """One entry as it stands in the file."""

    number: int
    words: Mapping[str, Any]
    name: str
    lines: Mapping[str, int]

    def change(self, origin: str) -> Change:
        words = self.words
        text = {key: plain(words[key], LONGEST_TEXT) if key in words else None for key in TEXTS}
        return Change(
            name=text["name"] or "",
            what=text["what"] or "",
            organisations=_codes(words["organisation"]),
            month_from=words["from"],
            hopes=tuple(words["hopes"].items()),
            look_again=words["look_again"],
            learning=text["learning"] or "",
            label=text["label"],
            source=text["source"],
            declared_on=words.get("declared_on"),
            origin=origin,
            where=self.where(),
        )

    def where(self, key: str = "") -> str:
        line = self.lines.get(key) or self.lines.get("")
        return f"{self.name}, {f'line {line}, ' if line else ''}change {self.number}"

    def faults(self) -> Iterator[BadInput]:
        """Everything that is wrong with it by itself."""
        words = self.words
        for key in sorted(set(words) - set(KEYS)):
            near = get_close_matches(key, KEYS, 1)
            yield self._fault(key, f"the keys {', '.join(KEYS)}", plain(key, 80), f"write {near[0]}" if near else "take it out")
        yield from (self._fault("", key, f"no {key}", f"add {key} = …") for key in WANTED if key not in words)
        for key in (key for key in TEXTS if key in words):
            yield from self._wrong_text(key, words[key])
        for key in (key for key in DAYS if key in words):
            yield from self._wrong_day(key, words[key])
        first, again = words.get("from"), words.get("look_again")
        if type(first) is date and type(again) is date and again <= first:
            yield self._fault("look_again", f"a month after {first}", str(again), "give the change some months before looking again")
        if "organisation" in words:
            yield from self._wrong_places(words["organisation"])
        if "hopes" in words:
            yield from self._wrong_hopes(words["hopes"])

    def _fault(self, key: str, expected: str, seen: str, action: str) -> BadInput:
        return BadInput(self.where(key), expected=expected, seen=seen, action=action)

    def _wrong_text(self, key: str, value: object) -> Iterator[BadInput]:
        if not isinstance(value, str) or not plain(value, LONGEST_TEXT):
            yield self._fault(key, f"{key} in words", plain(repr(value), 80), f'write {key} = "…"')
        elif plain(value, LONGEST_TEXT).casefold().startswith(TO_BE_WRITTEN):
            yield self._fault(key, f"{key}, written by a person", plain(value, 80), "write it in words")
        elif len(value) > TEXTS[key]:
            yield self._fault(key, f"{key} of at most {TEXTS[key]} letters", f"{len(value)} letters", "say it shorter")

    def _wrong_day(self, key: str, day: object) -> Iterator[BadInput]:
        if not isinstance(day, date) or isinstance(day, datetime):
            yield self._fault(key, f"{key} as a date such as 2026-04-01, without quotes", plain(repr(day), 80), "write the date as year-month-day")
        elif key != "declared_on" and day.day != 1:
            yield self._fault(key, f"{key} as the first of a month", str(day), f"write {day.replace(day=1)}, if that month is meant")

    def _wrong_places(self, value: object) -> Iterator[BadInput]:
        listed = value if isinstance(value, list) else [value]
        if not listed or not all(isinstance(one, str) and plain(one, 80) == one for one in listed) or len(listed) > MOST_PLACES:
            expected = f"the code of an organisation or region, ENG, or a list of at most {MOST_PLACES} codes"
            yield self._fault("organisation", expected, plain(repr(value), 80), 'write organisation = "RAJ", or ["RAJ", "RWG"]')
        elif len(set(listed)) < len(listed):
            yield self._fault("organisation", "each code once", plain(repr(value), 80), "take out the second")

    def _wrong_hopes(self, value: object) -> Iterator[BadInput]:
        form = 'write hopes = { ae_within_4h = "up" }'
        if not isinstance(value, dict) or not value:
            yield self._fault("hopes", "the measures it hopes to move, each with up or down", plain(repr(value), 80), form)
        elif len(value) > MOST_HOPES:
            yield self._fault("hopes", f"at most {MOST_HOPES} measures", f"{len(value)}", "keep those that would tell most")
        else:
            for measure, way in value.items():
                if not isinstance(way, str) or way not in WAYS:
                    yield self._fault("hopes", f"up or down for {plain(measure, 80)}", plain(repr(way), 80), form)


def _codes(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


# ------------------------------------------------------------------------------------------------------- held against


def checked(changes: Changes, known: Known) -> Changes:
    """The same without the changes that name what does not exist, each of these with its faults."""
    found = [(entry, list(_not_there(entry, known))) for entry in changes.entries]
    faults = [*changes.faults, *(fault for _, wrong in found for fault in wrong)]
    return Changes(tuple(entry for entry, wrong in found if not wrong), tuple(sorted(faults, key=line_number)))


def _not_there(entry: Change, known: Known) -> Iterator[BadInput]:
    """What a change names and does not exist."""

    def fault(expected: str, seen: str, action: str) -> BadInput:
        return BadInput(f"{entry.where} ({entry.name})", expected=expected, seen=plain(seen, 80), action=action)

    unknown = [measure for measure, _ in entry.hopes if measure not in known.measures]
    yield from (fault("measures of measure.definition in hopes", measure, nearest(measure, known.measures)) for measure in unknown)
    if known.series is None:
        return
    codes = set(known.series["organisation"])
    absent = [code for code in entry.organisations if code not in codes]
    yield from (fault("the code of an organisation or region that is published, or ENG", code, nearest(code, codes)) for code in absent)
    if unknown or absent:
        return
    concerned = known.series.filter(pl.col("organisation").is_in(entry.organisations), pl.col("measure").is_in([one for one, _ in entry.hopes]))
    there = set(concerned.select("measure", "organisation").iter_rows())
    for measure, code in ((measure, code) for measure, _ in entry.hopes for code in entry.organisations):
        if (measure, code) not in there:
            yield fault("a series that is published", f"none of {measure} for {code}", "see measure.value for those there are")
    if concerned.height:
        first, last = concerned.select(pl.col("first").min(), pl.col("last").max().dt.offset_by(f"{FURTHEST_AHEAD}mo")).row(0)
        if not first < entry.month_from <= last:
            yield fault(f"from after {first:%Y-%m}, the first published month, and by {last:%Y-%m}", f"{entry.month_from:%Y-%m}", "mend the date")


# ----------------------------------------------------------------------------------------------------------- as tables


def frame(entries: Iterable[Change], series: pl.DataFrame) -> pl.DataFrame:
    """Changes as rows of ``reference.change``: one a change, measure and organisation that has the measure.

    ``series`` has measure, level and organisation of every series there is.
    """
    rows = [
        (one.name, one.what, code, measure, way, one.month_from, one.look_again, one.learning, one.label, one.source, one.declared_on, one.origin)
        for one in entries
        for code in one.organisations
        for measure, way in one.hopes
    ]
    made = pl.DataFrame(rows, schema={name: kind for name, kind in CHANGE.items() if name != "level"}, orient="row")
    there = series.select("measure", "level", "organisation").unique()
    return made.join(there, on=["measure", "organisation"], maintain_order="left").select(list(CHANGE))


# ------------------------------------------------------------------------------------------------------------- writing


def entry_text(words: Mapping[str, Any]) -> str:
    """An entry as TOML, from the keys of the file; ``hopes`` is a mapping, ``organisation`` a list of codes."""
    return "\n".join(["[[change]]", *(f"{key} = {_value(words[key])}" for key in KEYS if words.get(key)), ""])


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{toml_text(str(key))} = {toml_text(str(one))}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return toml_text(str(value[0])) if len(value) == 1 else "[" + ", ".join(toml_text(str(one)) for one in value) + "]"
    return str(value) if isinstance(value, date) else toml_text(str(value))
