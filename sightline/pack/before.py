"""What earlier publications said: the rows of ``meta.signal`` with names and words, for the page, the CSV beside it and the digest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from sightline.charts.figures import day_name
from sightline.pack import texts, words
from sightline.pack.database import Tables
from sightline.pack.revisions import FORMULA

#: so many signals that are shown no more stand on the page
SHOWN = 300
#: the statement that gives the signals of the page back
QUERY = (
    "select gone, measure, level, organisation, rule, side, first_month, last_month, first_seen, last_seen, why, detail\n"
    "from meta.signal\nwhere gone is not null and why not in ('left_window', 'joined')\norder by gone desc, measure, level, organisation"
)
#: no signal was taken back where its months are no longer looked at, or are told as part of a longer stretch
NOT_TAKEN_BACK = ("left_window", "joined")
#: what changed, in words
WHY = {
    "declared": "a phase, baseline or point left out was declared or taken back",
    "revision": "figures were revised",
    "new_data": "new months came in, and centre line and limits moved",
    "code": "sightline itself changed",
    "left_window": "its months are older than those that the chart speaks for",
    "joined": "it is told as part of a longer run",
    "not_known": "cannot be told",
}
RUNS = "run chart: longer runs, or fewer crossings of the median, than chance makes, {}"


def arranged(tables: Tables, *, days: bool = True) -> pl.DataFrame:
    """meta.signal with `name`, `region_name`, `measure_name`, `place` (position of the measure), `what` in words; times as days in London.

    Signals that are shown no more first, the newest first; within a day by region, name and measure, never by what was seen.
    """
    named = tables.organisation.select("level", "organisation", "name", "region_name").unique(["level", "organisation"])
    measures = tables.definition.select("measure", measure_name="name", place="position")
    known = tables.signal.join(named, on=["level", "organisation"], how="left").join(measures, on="measure", how="left")
    times = ("first_seen", "last_seen", "gone") if days else ()
    in_london = [pl.col(name).dt.convert_time_zone("Europe/London").dt.date() for name in times]
    return (
        known.with_columns(*in_london, _what(), pl.col("name").fill_null(pl.col("organisation")))
        .with_columns(pl.col("name").map_elements(words.readable_name, return_dtype=pl.String))
        .sort(-pl.col("gone").to_physical(), "region_name", pl.col("name").str.to_lowercase(), "place", "first_month", nulls_last=True)
    )


def _what() -> pl.Expr:
    """The signal in words: ``shift: 8 months above the centre line, March to October 2024``."""
    said, high = texts.span("first_month", "last_month"), pl.col("side") == "high"
    told = pl.format(RUNS, said)
    for rule, (above, below) in texts.RULES.items():
        parts = ["months", said] if rule in texts.COUNTED else [said]
        told = pl.when(pl.col("rule") == rule).then(pl.when(high).then(pl.format(above, *parts)).otherwise(pl.format(below, *parts))).otherwise(told)
    return told.alias("what")


def taken_back(rows: pl.DataFrame) -> pl.DataFrame:
    """Of `arranged` rows the signals that are shown no more though their months still speak."""
    return rows.filter(pl.col("gone").is_not_null() & ~pl.col("why").is_in(NOT_TAKEN_BACK))


def why_words(row: Mapping[str, Any]) -> str:
    """Why a signal is shown no more, with the months and reasons."""
    causes = words.listed([WHY[one] for one in row["why"].split(", ")])
    return words.capitalised(f"{causes} ({row['detail']})" if row["detail"] else causes)


def headline(rows: pl.DataFrame) -> str:
    """How many signals were shown, how many are shown no more, and how many of these only because their months are past."""
    gone, back = rows.filter(pl.col("gone").is_not_null()).height, taken_back(rows).height
    if not rows.height:
        return "No publication that is remembered has shown a signal"
    shown = f"Of {words.plural(rows.height, 'signal')} that were shown" if rows.height > 1 else "Of 1 signal that was shown"
    if not gone:
        return f"{shown} none has gone away"
    return f"{shown} {back} {'was' if back == 1 else 'were'} taken back and {gone - back} ended with the months they spoke of"


def since_words(rows: pl.DataFrame) -> str:
    """Since when there is a memory."""
    first = rows["first_seen"].min()
    return (
        f"The memory of this home begins on {day_name(first)}."
        if isinstance(first, date)
        else "The memory of this home begins with its first signal."
    )


def write_csv(tables: Tables, folder: Path) -> None:
    """``before.csv``: every signal that is remembered. A name that a spreadsheet would take for a formula gets an apostrophe before it."""
    folder.mkdir(parents=True, exist_ok=True)
    safe = pl.col("organisation", "name", "detail").str.replace(FORMULA, "'$0")
    rows = arranged(tables).drop("place").with_columns(safe)
    said = rows.with_columns(simulated=pl.lit(True)) if tables.run["simulated"] else rows
    said.write_csv(folder / "before.csv")
