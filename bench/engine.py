"""The engine on many series, against a bare numpy kernel of limits and the four rules on the same numbers as one matrix."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from datetime import date

import numpy as np
import polars as pl

from bench.clock import least, table
from sightline import spc

MONTHS = 60
SERIES = 1_500
MANY = 100_000


def series(number: int, months: int = MONTHS) -> pl.DataFrame:
    """`number` series of independent normal months, one row a series and month."""
    days = pl.date_range(date(2020, 1, 1), date(2020 + months // 12, 1, 1), "1mo", closed="left", eager=True)
    values = np.random.default_rng(1).normal(80, 5, number * months).round(2)
    names = pl.Series([f"S{place:06d}" for place in range(number)])
    return pl.DataFrame(
        {"series": names.gather(np.repeat(np.arange(number), months)), "date": days.gather(np.tile(np.arange(months), number)), "value": values}
    )


def kernel(x: np.ndarray) -> tuple[np.ndarray, ...]:
    """XmR limits and the four rules of a whole matrix, one row a series: no missing value, no phase, no screening, no tie."""
    mean = x.mean(axis=1, keepdims=True)
    half = 2.66 * np.abs(np.diff(x, axis=1)).mean(axis=1, keepdims=True)
    side = np.sign(x - mean)
    near = np.abs(x - mean) > half * 2 / 3
    step = np.sign(np.diff(x, axis=1))
    return np.abs(x - mean) > half, _runs(side, 7), _trends(step, 6), _pairs(side, near)


def _runs(label: np.ndarray, length: int) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(label, length, axis=1)
    whole = np.abs(windows.sum(axis=2)) == length
    found = np.zeros(label.shape, dtype=bool)
    for place in range(length):
        found[:, place : place + whole.shape[1]] |= whole
    return found


def _trends(step: np.ndarray, length: int) -> np.ndarray:
    of_steps = _runs(step, length)
    found = np.zeros((step.shape[0], step.shape[1] + 1), dtype=bool)
    found[:, 1:] |= of_steps
    found[:, :-1] |= of_steps
    return found


def _pairs(side: np.ndarray, near: np.ndarray) -> np.ndarray:
    same = (side[:, 2:] == side[:, 1:-1]) & (side[:, 2:] == side[:, :-2])
    counted = near[:, 2:].astype(np.int8) + near[:, 1:-1] + near[:, :-2]
    whole = same & (counted >= 2)
    found = np.zeros(side.shape, dtype=bool)
    for place in range(3):
        found[:, place : place + whole.shape[1]] |= whole
    return found & near


def rows(repeats: int) -> Iterator[str]:
    """The tables."""
    frame = series(SERIES)
    matrix = frame["value"].to_numpy().reshape(SERIES, MONTHS)
    bare = "limits and four rules in numpy, a bare matrix"
    works = {
        bare: lambda: kernel(matrix),
        "sightline.spc.chart, points and summary": lambda: spc.chart(frame, value="value", date="date", by="series"),
    }
    found = least(3 * repeats, works)
    yield from table(f"{SERIES:,} series of {MONTHS} months", found, bare, lambda name: f"{SERIES / found[name]:10,.0f} series/s")
    yield ""
    yield _many()


def _many() -> str:
    frame = series(MANY)
    begun = time.perf_counter()
    made = spc.chart(frame, value="value", date="date", by="series")
    wall = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return f"{MANY:,} series of {MONTHS} months: {made.summary.height:,} charts in {wall:.1f} s; peak memory of this process {peak:.2f} GB"
