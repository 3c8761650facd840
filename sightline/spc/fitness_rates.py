"""How often the two thresholds of :mod:`sightline.spc.fitness` hold a series back, by what the series really is.

`python -m sightline.spc.fitness_rates` prints the table of docs/METHODS.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import polars as pl

from sightline.spc import autocorrelation, season
from sightline.spc.chance import SEED, unchanged_series
from sightline.spc.fitness import STRONG_AUTOCORRELATION, STRONG_SEASON
from sightline.spc.grouped import Floats, Groups

SERIES = 4_000


def step(size: float, last: int | None = None) -> Callable[[int, int], Floats]:
    """Independent months with a lasting step of so many standard deviations, half way or before the `last` points."""

    def made(series: int, points: int) -> Floats:
        values = unchanged_series(series, points, 0.0, SEED)
        values[:, -(last or points // 2) :] += size
        return values

    return made


def wave(amplitude: float, autocorrelated: float = 0.0) -> Callable[[int, int], Floats]:
    """A yearly sine wave of so many standard deviations, each series with a phase of its own, and noise."""

    def made(series: int, points: int) -> Floats:
        starts = np.random.default_rng(SEED).uniform(0, 2 * np.pi, size=(series, 1))
        return unchanged_series(series, points, autocorrelated, SEED) + amplitude * np.sin(2 * np.pi * np.arange(points) / 12 + starts)

    return made


KINDS = {
    "independent": wave(0),
    "autocorrelation 0.3": wave(0, 0.3),
    "autocorrelation 0.6": wave(0, 0.6),
    "autocorrelation 0.8": wave(0, 0.8),
    "autocorrelation 0.9": wave(0, 0.9),
    "step of 2 sd half way": step(2),
    "step of 3 sd half way": step(3),
    "step of 3 sd, last 7": step(3, 7),
    "season, amplitude 1 sd": wave(1),
    "season, amplitude 2 sd": wave(2),
    "season, amplitude 3 sd": wave(3),
}


def strong_autocorrelation(values: Floats) -> float:
    """Share of the rows (series) whose autocorrelation reaches the threshold."""
    series, points = values.shape
    phase = np.repeat(np.arange(series, dtype=np.int64), points)
    found = autocorrelation.lag1(values.ravel(), np.zeros(values.size, dtype=bool), Groups(phase, series))
    return float((found >= STRONG_AUTOCORRELATION).mean())


def strong_season(values: Floats) -> float:
    """Share of the rows whose seasonal strength reaches the threshold; the first column is a January."""
    whole_years = np.pad(values, ((0, 0), (0, 12 * (season.YEARS + 1) - values.shape[1])), constant_values=np.nan)
    return float((season.strengths(whole_years, whole_years) >= STRONG_SEASON).mean())


def rates(series: int = SERIES) -> pl.DataFrame:
    """Per cent held back: autocorrelation in 13, 24 and 36 months, season in 36 and 60."""
    looks = [("autocorrelation", strong_autocorrelation, n) for n in (13, 24, 36)] + [("season", strong_season, n) for n in (36, 60)]
    return pl.DataFrame(
        [{"series": kind} | {f"{name}, {n}": round(100 * look(make(series, n)), 1) for name, look, n in looks} for kind, make in KINDS.items()]
    )


if __name__ == "__main__":
    rates().write_csv(sys.stdout)
