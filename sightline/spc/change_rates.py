"""How often the verdict on a change that was tried is right, by what the series really is.

``python -m sightline.spc.change_rates SEED`` prints the table of docs/METHODS.md; another seed gives other series.

A series has a standard deviation of 1 and stands in an England that shares a quarter of its variance. The truths: nothing
happened (England itself, with nothing to hold it against; then one organisation in England), the change helped England itself or
an organisation by one or two standard deviations, and a shift of two everywhere that has nothing to do with the change.
"""

from __future__ import annotations

import sys
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from sightline.spc.change_effect import AS_HOPED, CHANGE, OTHER_WAY, change_effect
from sightline.spc.declarations import ENTRY
from sightline.spc.grouped import Floats

#: series a cell where nothing happened, and where something did
QUIET, MOVED = 400, 100
BEFORE, AFTER = (24, 60), (6, 12, 24)
#: the rest of England, in departments of an organisation's size
REST = 20


class Kind(NamedTuple):
    """What a series is like: autocorrelation, amplitude of a yearly wave, and drift a year, in standard deviations."""

    autocorrelation: float
    season: float = 0.0
    drift: float = 0.0


class Fact(NamedTuple):
    """What happened: a lasting step of the organisation, and of all others."""

    own: float
    others: float
    alone: bool = False


KINDS = {
    "independent": Kind(0.0),
    "autocorrelation 0.3": Kind(0.3),
    "autocorrelation 0.6": Kind(0.6),
    "season of 2 sd, autocorrelation 0.3": Kind(0.3, 2.0),
    "autocorrelation 0.8": Kind(0.8),
    "drift of 1 sd a year": Kind(0.3, 0.0, 1.0),
}
FACTS = {
    "nothing, alone": Fact(0, 0, alone=True),
    "helped by 2 sd, alone": Fact(2, 0, alone=True),
    "nothing": Fact(0, 0),
    "helped by 1 sd": Fact(1, 0),
    "helped by 2 sd": Fact(2, 0),
    "2 sd everywhere": Fact(2, 2),
}


def wandering(rng: np.random.Generator, rows: int, months: int, autocorrelation: float) -> Floats:
    """Stationary AR(1) of standard deviation 1, rows by months."""
    made = rng.normal(size=(rows, months))
    made[:, 1:] *= np.sqrt(1 - autocorrelation**2)
    for at in range(1, months):
        made[:, at] += autocorrelation * made[:, at - 1]
    return made


def simulated(rng: np.random.Generator, kind: Kind, fact: Fact, before: int, after: int, series: int) -> pl.DataFrame:
    """Points of as many measures as there are series, each of one organisation and of England, the step after ``before`` months."""
    months = before + after
    common, own, rest = (wandering(rng, series, months, kind.autocorrelation) for _ in range(3))
    time = np.arange(months)
    wave = kind.season * np.cos(2 * np.pi * (time + rng.integers(0, 12, (series, 1))) / 12) + kind.drift * time / 12
    since = time >= before
    mine = 100 + 0.5 * common + np.sqrt(0.75) * own + wave + fact.own * since
    theirs = 100 + 0.5 * common + 0.2 * rest + wave + fact.others * since
    month = pl.Series("month", [date(2010 + at // 12, at % 12 + 1, 1) for at in time])
    named = {"measure": np.repeat([f"m{number}" for number in range(series)], months), "month": pl.concat([month] * series)}
    places = [("provider", "RAA", mine, 1.0), ("england", "ENG", mine if fact.alone else mine + REST * theirs, 1.0 if fact.alone else 1.0 + REST)]
    return pl.concat(
        pl.DataFrame(named).with_columns(
            level=pl.lit(level), organisation=pl.lit(code), numerator=pl.Series(value.ravel()), denominator=pl.lit(size),
            value=pl.Series(value.ravel() / size), excluded=pl.lit(value=False),
        )
        for level, code, value, size in places
    )  # fmt: skip


def verdicts(points: pl.DataFrame, fact: Fact, before: int) -> pl.Series:
    """The verdict on every series."""
    level, code = ("england", "ENG") if fact.alone else ("provider", "RAA")
    start = date(2010 + before // 12, before % 12 + 1, 1)
    measures = points["measure"].unique(maintain_order=True)
    place = {"organisation": code, "level": level, "hoped": "up", "month_from": start, "look_again": start}
    changes = pl.DataFrame({"change": measures, "measure": measures}).with_columns(pl.lit(value).alias(name) for name, value in place.items())
    definitions = pl.DataFrame({"measure": measures, "scale": [1.0] * len(measures)})
    places = pl.DataFrame({"level": ["provider"], "organisation": ["RAA"], "region": [None]}, schema_overrides={"region": pl.String})
    asked = changes.with_columns(pl.lit(None, kind).alias(name) for name, kind in CHANGE.items() if name not in changes.columns)
    return change_effect(points, asked, pl.DataFrame(schema=ENTRY), definitions, places)["verdict"]


def rate(seed: int, kind: Kind, fact: Fact, before: int, after: int, series: int | None = None) -> float:
    """Per cent of the series called moved: as hoped where the change helped, either way where it did not."""
    rng = np.random.default_rng([seed, before, after])
    series = series or (MOVED if fact.own else QUIET)
    found = verdicts(simulated(rng, kind, fact, before, after, series), fact, before)
    helped = fact.own > fact.others
    return round(100 * float(found.is_in([AS_HOPED] if helped else [AS_HOPED, OTHER_WAY]).mean() or 0), 1)  # type: ignore[arg-type]


def main(seed: int) -> None:
    """Print the table, a line a kind of series and length."""
    sys.stdout.write(f"| series | months before | since | {' | '.join(FACTS)} |\n|{' --- |' * (3 + len(FACTS))}\n")
    for name, kind in KINDS.items():
        for before in BEFORE:
            for after in AFTER:
                found = [f"{rate(seed, kind, fact, before, after):.1f}" for fact in FACTS.values()]
                sys.stdout.write(f"| {name} | {before} | {after} | {' | '.join(found)} |\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
