"""Sums, means and medians of many phases at once.

Every function takes arrays with one element a row, sorted by phase, and `phase`, the row's phase numbered from 0.
A missing value is NaN. A phase without a value gets NaN.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def count(used: Flags, phase: Ints, phases: int) -> Ints:
    """Rows used in each phase."""
    return np.bincount(phase[used], minlength=phases).astype(np.int64)


def mean(values: Floats, used: Flags, phase: Ints, phases: int) -> Floats:
    """Mean of each phase; a second pass takes out the rounding of the first (D3)."""
    x, group, n = values[used], phase[used], count(used, phase, phases)
    with np.errstate(invalid="ignore", divide="ignore"):
        first = np.bincount(group, weights=x, minlength=phases) / n
        rest = np.bincount(group, weights=x - first[group], minlength=phases) / n
    return np.asarray(first + rest)


def median(values: Floats, used: Flags, phase: Ints, phases: int) -> Floats:
    """Median of each phase."""
    x, group, n = values[used], phase[used], count(used, phase, phases)
    found = np.full(phases, np.nan)
    some = n > 0
    ranked = x[np.lexsort((x, group))]
    start = np.cumsum(n) - n
    low, high = start + (n - 1) // 2, start + n // 2
    found[some] = (ranked[low[some]] + ranked[high[some]]) / 2
    return found


def largest(values: Floats, used: Flags, phase: Ints, phases: int) -> Floats:
    """Largest value of each phase, 0 where there is none."""
    found = np.zeros(phases)
    np.maximum.at(found, phase[used], values[used])
    return found


def run_lengths(label: npt.NDArray[np.int8], phase: Ints) -> Ints:
    """For each row the length of the run of equal labels it lies in, runs ending with the phase."""
    if not label.size:
        return np.zeros(0, dtype=np.int64)
    begins = np.ones(label.size, dtype=bool)
    begins[1:] = (label[1:] != label[:-1]) | (phase[1:] != phase[:-1])
    run = np.cumsum(begins) - 1
    return np.asarray(np.bincount(run)[run], dtype=np.int64)
