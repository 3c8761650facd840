"""What each rule set costs and finds: how often it signals in unchanged series, and how soon it sees a lasting shift.

`python -m sightline.spc.rule_rates` prints the two tables of docs/METHODS.md, with fixed seeds and this package's own engine.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

import numpy as np
import polars as pl

from sightline.spc import anhoej, engine, rules
from sightline.spc.chance import SEED, unchanged_series
from sightline.spc.engine import Rows, Settings
from sightline.spc.fitness_rates import wave
from sightline.spc.grouped import Flags, Floats

SERIES = 10_000
WINDOW = 24
SHIFTS = (0.0, 1.0, 1.5, 2.0, 3.0)
MONTHS = (1, 3, 6, 12)
#: the rules of one chart, by name
SETS = ("outside", "shift of 7", "trend of 7", "two of three", "all four, 7 months", "all four, 6 months", "Anhøj")


def skewed(series: int, points: int) -> Floats:
    """Independent log-normal months, sigma 0.8."""
    return np.exp(0.8 * unchanged_series(series, points, 0.0, SEED))


DATA = {
    "independent": wave(0),
    "autocorrelation 0.3": wave(0, 0.3),
    "autocorrelation 0.6": wave(0, 0.6),
    "season, amplitude 1 sd": wave(1),
    "skewed": skewed,
}


def flags(values: Floats) -> Mapping[str, Flags]:
    """Rule set -> the flag of each point, for series in rows; for Anhøj that of the series, at its last point."""
    series, points = values.shape
    phase = np.repeat(np.arange(series, dtype=np.int64), points)
    rows = Rows(values.ravel(), np.zeros(values.size, dtype=bool), phase, phase)
    seven, six = (engine.flags(rows, Settings(shift=length, trend=length)) for length in (7, 6))
    sides = rules.side(rows.value, rows.phases.spread(rows.phases.median(rows.value, rows.kept)), np.zeros(rows.value.size))
    runs = np.zeros(rows.value.size, dtype=bool)
    runs[points - 1 :: points] = anhoej.runs(sides, rows.excluded, rows.phases).signal
    all_four = (one.outside | one.shift | one.trend | one.two_of_three for one in (seven, six))
    found = (seven.outside, seven.shift, seven.trend, seven.two_of_three, *all_four, runs)
    return {name: flag.reshape(series, points) for name, flag in zip(SETS, found, strict=True)}


def false_alarms(series: int = SERIES) -> pl.DataFrame:
    """Per cent of unchanged series in which a rule set flags some point; one row a rule set and length."""
    made = {(kind, n): flags(make(series, n)) for kind, make in DATA.items() for n in (24, 60)}
    rows = [
        {"rules": name, "months": n} | {kind: round(100 * float(made[kind, n][name].any(axis=1).mean()), 1) for kind in DATA}
        for name in SETS
        for n in (24, 60)
    ]
    return pl.DataFrame(rows)


def detection(series: int = SERIES) -> pl.DataFrame:
    """Per cent of series with a lasting shift that a rule set has seen so many months after it began; one row a rule set and shift.

    Seen: in one of the nightly charts until then, each of the newest 24 months, the newest month was flagged (for Anhøj: the
    chart was). A shift of 0 is what chance alone makes in the same time.
    """
    rows = []
    for size in SHIFTS:
        values = unchanged_series(series, WINDOW + max(MONTHS), 0.0, SEED)
        values[:, WINDOW:] += size
        seen = [{name: flag[:, -1] for name, flag in flags(values[:, month : month + WINDOW]).items()} for month in range(1, max(MONTHS) + 1)]
        for name in SETS:
            by_now = np.cumsum([night[name] for night in seen], axis=0) > 0
            rows.append({"rules": name, "shift, sd": size} | {f"{month}": round(100 * float(by_now[month - 1].mean()), 1) for month in MONTHS})
    return pl.DataFrame(rows).sort(pl.col("rules").cast(pl.Enum(SETS)), "shift, sd")


if __name__ == "__main__":
    false_alarms().write_csv(sys.stdout)
    detection().write_csv(sys.stdout)
