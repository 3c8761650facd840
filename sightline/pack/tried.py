"""What was tried and what the rows show since, in words: plainly, alike for what helped and what did not, without blame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from sightline.charts.figures import PER_CENT, PROPORTION, figure, month_name, number
from sightline.pack import texts, words
from sightline.pack.tables import safe_code
from sightline.spc.change_effect import AS_HOPED, CANNOT_TELL, NO_CHANGE, OTHER_WAY, TOO_EARLY

Row = Mapping[str, Any]

#: the statement that gives the figures of the page back
QUERY = (
    "select change, organisation, measure, hoped, month_from, look_next, points_before, points_since, mean_before, mean_since,\n"
    "    difference, lower, upper, confidence, england_difference, england_lower, england_upper, england_apart_difference,\n"
    "    england_apart_lower, england_apart_upper, region_difference, region_lower, region_upper, region_apart_difference,\n"
    "    region_apart_lower, region_apart_upper, rules, verdict, reason, what, learning, source, origin\n"
    "from analysis.change_effect join reference.change using (change, measure, level, organisation, hoped, month_from)\n"
    "order by month_from, change, organisation, measure"
)
#: a question to take to the people who do the work, by verdict
QUESTIONS = {
    AS_HOPED: "What made it work here, and how would we notice if it no longer did?",
    OTHER_WAY: "What did the people who do the work see at the time, and what would they try next?",
    NO_CHANGE: "What did we expect to see by now, what did people see instead, and what does that teach us about how the work runs?",
    TOO_EARLY: "What would patients and staff notice first if it helps, before these figures can show it?",
    CANNOT_TELL: "What else could tell us whether it helped: what do patients and staff say?",
}
#: a verdict as the headline counts it
COUNTED = {
    AS_HOPED: "moved as hoped",
    OTHER_WAY: "moved the other way",
    NO_CHANGE: "showed no change that chance would not make",
    TOO_EARLY: "came in too recently to say",
    CANNOT_TELL: "cannot be told",
}
DRIFTS = {1.0: "rising", -1.0: "falling"}


@dataclass(frozen=True)
class Tried:
    """One change at one organisation: its row of ``reference.change``, and its rows of ``analysis.change_effect`` by measure."""

    anchor: str
    level: str
    organisation: str
    about: Row
    effects: list[Row]


def arranged(declared: pl.DataFrame, effects: pl.DataFrame, order: Mapping[str, int]) -> list[Tried]:
    """Every change by organisation and month, never by what came of it; ``order`` is the place of each measure."""
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in sorted(effects.iter_rows(named=True), key=lambda row: order.get(row["measure"], 0)):
        found.setdefault((row["level"], row["organisation"], row["change"]), []).append(row)
    about = {(row["level"], row["organisation"], row["change"]): row for row in declared.iter_rows(named=True)}
    keys = sorted(found, key=lambda key: (key[0], key[1], about[key]["month_from"], key[2]))
    return [Tried(f"c{at}-{safe_code(key[1])}", key[0], key[1], about[key], found[key]) for at, key in enumerate(keys, start=1)]


# -------------------------------------------------------------------------------------------------- words of the table


def with_words(effects: pl.DataFrame, points: pl.DataFrame, definitions: pl.DataFrame, organisations: pl.DataFrame) -> pl.DataFrame:
    """``analysis.change_effect``: the rows of ``spc.change_effect`` with `rules`, `elsewhere` and `sentence`."""
    numbered = effects.with_row_index("_row")
    named = {(row["level"], row["organisation"]): words.readable_name(row["name"]) for row in organisations.iter_rows(named=True)}
    described = {row["measure"]: row for row in definitions.iter_rows(named=True)}
    said = [(_elsewhere(row, described[row["measure"]]), _sentence(row, described[row["measure"]], named)) for row in effects.iter_rows(named=True)]
    spoken = pl.DataFrame(said, schema={"elsewhere": pl.String, "sentence": pl.String}, orient="row")
    return pl.concat([numbered.join(_rules(numbered, points), on="_row", how="left", maintain_order="left").drop("_row"), spoken], how="horizontal")


def _rules(numbered: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    """`_row`, `rules`: what fired since each change."""
    since = numbered.select("_row", *texts.KEYS, "month_from").join(points, on=texts.KEYS).filter(pl.col("month") >= pl.col("month_from"))
    fired = texts.fired(since.with_columns(measure=pl.col("_row").cast(pl.String)))
    return fired.select(pl.col("measure").cast(pl.UInt32).alias("_row"), "rules")


def change_words(value: float, unit: str) -> str:
    """A difference with its sign: ``+6.5 percentage points``, ``−45.4``."""
    sign = "+" if value > 0 and number(value, unit) != "0" else ""
    return f"{sign}{number(value, unit)}{' percentage points' if unit == PROPORTION else ''}"


def span_words(row: Row, unit: str, prefix: str = "") -> str:
    """``+6.5 percentage points, between +5.3 and +7.8``."""
    ends = [change_words(row[f"{prefix}{end}"], unit).removesuffix(" percentage points") for end in ("lower", "upper")]
    return f"{change_words(row[f'{prefix}difference'], unit)}, between {ends[0]} and {ends[1]}"


def sides_words(row: Row, unit: str) -> str:
    """``72.2 % on average in 12 months since July 2024, 65.8 % in 23 months before``."""
    since = f"{figure(row['mean_since'], unit)} on average in {words.plural(row['points_since'], 'month')} since {month_name(row['month_from'])}"
    return f"{since}, {figure(row['mean_before'], unit)} in {words.plural(row['points_before'], 'month')} before"


def _sentence(row: Row, definition: Row, named: Mapping[tuple[str, str], str]) -> str:
    place = named.get((row["level"], row["organisation"]), row["organisation"])
    unit, verdict = definition["unit"], row["verdict"]
    start = f"{definition['name']}, {place}"
    if verdict == TOO_EARLY:
        come = f"{words.plural(row['points_since'], 'month') if row['points_since'] else 'no month'} since {month_name(row['month_from'])}"
        return f"{start}: too early, with {come}. Look again when the figures of {month_name(row['look_next'])} are published."
    known = row["mean_since"] is not None and row["mean_before"] is not None
    sides = f" {words.capitalised(sides_words(row, unit))}." if known else ""
    moved = f" With the time of the year taken out the difference is {span_words(row, unit)}." if row["difference"] is not None else ""
    told = f"cannot tell: {row['reason']}" if verdict == CANNOT_TELL else verdict
    drift = f" It was already {DRIFTS[row['drift']]} before the change." if row["drift"] in DRIFTS else ""
    return f"{start}: {told}.{sides}{moved}{drift}"


def _elsewhere(row: Row, definition: Row) -> str | None:
    """What the rest of England and of the region did; null where the row itself cannot be told yet."""
    if row["difference"] is None or row["verdict"] == TOO_EARLY:
        return None
    unit = definition["unit"]
    others = {"england_": "the rest of England", "region_": "the rest of the region"}
    said = [_other(row, unit, prefix, name) for prefix, name in others.items() if row[f"{prefix}difference"] is not None]
    if row["told_apart"] == "likewise":
        likewise = [name for prefix, name in others.items() if _way(row, prefix) == _way(row, "")]
        said = [f"Moved, and so did {words.listed(likewise)}: not told apart from what happened everywhere.", *said]
    if row["told_apart"] == "unsure":
        said = ["Moved, but against the rest of England not by more than chance would make.", *said]
    return " ".join(said) or "Nothing to compare it with, so whatever else happened at the time is in it."


def _way(row: Row, prefix: str) -> int | None:
    """Which way a difference went beyond chance: 1, -1 or 0."""
    lower, upper = row[f"{prefix}lower"], row[f"{prefix}upper"]
    return None if lower is None else (lower > 0) - (upper < 0)


def _other(row: Row, unit: str, prefix: str, name: str) -> str:
    verdict = "" if _way(row, prefix) else f" ({NO_CHANGE})"
    said = f"{words.capitalised(name)} at the same time: {span_words(row, unit, prefix)}{verdict}."
    apart = f"{prefix}apart_"
    if row[f"{apart}difference"] is None:
        return said
    if row[f"{apart}drift"]:
        return f"{said} The two were drifting apart before, so they are not subtracted."
    return f"{said} Against it: {span_words(row, unit, apart)}."


# --------------------------------------------------------------------------------------------------- words of the pages


def headline(tried: Sequence[Tried]) -> str:
    """How many changes were tried, and how often each verdict was given."""
    if not tried:
        return "Nothing is declared as tried yet"
    names = {one.about["change"] for one in tried}
    counted = Counter(effect["verdict"] for one in tried for effect in one.effects)
    said = [f"{counted[verdict]} {told}" for verdict, told in COUNTED.items() if counted[verdict]]
    return f"{words.plural(len(names), 'change')} tried, {words.plural(counted.total(), 'measure')} watched: {words.listed(said)}"


def questions(tried: Iterable[Tried]) -> list[str]:
    """The questions of the verdicts that were given, each once."""
    given = {effect["verdict"] for one in tried for effect in one.effects}
    return [text for verdict, text in QUESTIONS.items() if verdict in given]


def shown(one: Tried, definitions: Mapping[str, Row]) -> dict[str, Any]:
    """One change as its page prints it."""
    about = one.about
    rows = [_shown_effect(effect, definitions[effect["measure"]]) for effect in one.effects]
    return {
        "anchor": one.anchor,
        "name": about["change"],
        "what": about["what"],
        "since": month_name(about["month_from"]),
        "look_again": month_name(about["look_again"]),
        "learning": about["learning"],
        "source": about["source"],
        "simulated": about["origin"] == "simulated",
        "rows": rows,
        "questions": questions([one]),
    }


def _shown_effect(row: Row, definition: Row) -> dict[str, Any]:
    unit = definition["unit"]
    known = row["difference"] is not None
    return {
        "name": definition["name"],
        "unit": words.capitalised(words.unit_words(definition)),
        "hoped": f"hoped to go {row['hoped']}",
        "verdict": words.capitalised(row["verdict"]),
        "reason": row["reason"],
        "look_next": month_name(row["look_next"]) if row["look_next"] else None,
        "before": f"{figure(row['mean_before'], unit)} ({words.plural(row['points_before'], 'month')})" if row["mean_before"] is not None else "–",
        "since": f"{figure(row['mean_since'], unit)} ({words.plural(row['points_since'], 'month')})" if row["mean_since"] is not None else "–",
        "difference": span_words(row, unit) if known else "–",
        "confidence": f"{row['confidence'] * 100:.3g}{PER_CENT}",
        "rules": row["rules"],
        "elsewhere": row["elsewhere"],
        "sentence": row["sentence"],
    }
