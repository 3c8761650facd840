"""How much a month resembles the month before it, a change of level set aside.

The usual estimate is pulled up by the very thing a chart is there to find: a lasting step of three standard
deviations in 24 independent months looks like an autocorrelation of 0.6. So the deviations are taken from the two
levels that fit best (one step, least squares, at least five points a side), and the small-sample bias of that
estimate is taken out, (n r + 2) / (n - 7). docs/METHODS.md has what was measured.
"""

from __future__ import annotations

import numpy as np

from sightline.spc import grouped
from sightline.spc.grouped import Flags, Floats, Ints

#: points a phase must have, and points on each side of the step set aside
FEWEST = 10
SIDE = 5


def lag1(value: Floats, excluded: Flags, phase: Ints, phases: int) -> Floats:
    """Lag-1 autocorrelation of each phase, over pairs of neighbours without a gap; -1 to 1.

    NaN under ten points, under five pairs, and where two levels leave nothing to explain.
    """
    kept = ~excluded & ~np.isnan(value)
    n, pair = grouped.count(kept, phase, phases), _neighbours(kept, phase)
    pairs = grouped.count(pair, phase, phases)
    deviation = deviation_from_two_levels(value, kept, phase, phases)
    product = np.append(np.nan, deviation[1:] * deviation[:-1])[: value.size]
    square = grouped.mean(deviation**2, kept, phase, phases)
    smallest = (1e-12 * grouped.largest(np.abs(value), kept, phase, phases)) ** 2
    known = (n >= FEWEST) & (pairs >= SIDE) & (np.nan_to_num(square) > smallest)
    with np.errstate(invalid="ignore", divide="ignore"):
        raw = grouped.mean(product, pair, phase, phases) / square * (n - 1) / n
        unbiased = (n * raw + 2) / (n - 7)
    return np.where(known, np.clip(unbiased, -1, 1), np.nan)


def _neighbours(kept: Flags, phase: Ints) -> Flags:
    pair = np.zeros(kept.size, dtype=bool)
    pair[1:] = kept[1:] & kept[:-1] & (phase[1:] == phase[:-1])
    return pair


def deviation_from_two_levels(value: Floats, kept: Flags, phase: Ints, phases: int) -> Floats:
    """Each point less the mean of its side of the best single step; phases under ten points: less the phase's mean."""
    side = np.zeros(value.size, dtype=np.int64)
    side[kept] = after_best_step(value[kept], phase[kept], phases)
    half = 2 * phase + side
    return np.asarray(value - grouped.mean(value, kept, half, 2 * phases)[half])


def after_best_step(x: Floats, phase: Ints, phases: int) -> Ints:
    """1 for points after the step that explains most of each phase's variation, else 0; no missing values."""
    every = np.ones(x.size, dtype=bool)
    n = grouped.count(every, phase, phases)
    start = np.cumsum(n) - n
    before = np.arange(x.size) - start[phase]  # points of the phase before this one
    deviation = x - grouped.mean(x, every, phase, phases)[phase]
    running = np.cumsum(deviation) - deviation
    left = running - running[np.minimum(start, max(x.size - 1, 0))][phase] if x.size else running
    after = n[phase] - before
    allowed = (before >= SIDE) & (after >= SIDE)
    with np.errstate(divide="ignore", invalid="ignore"):
        explained = np.where(allowed, left**2 * n[phase] / (before * after), -1.0)
    best = np.full(phases, -0.5)
    np.maximum.at(best, phase, explained)
    at = np.full(phases, x.size + 1)
    hit = np.flatnonzero(explained == best[phase])
    np.minimum.at(at, phase[hit], before[hit])
    return (before >= at[phase]).astype(np.int64)
