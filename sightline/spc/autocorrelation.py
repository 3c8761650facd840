"""How much a month resembles the month before it, a change of level set aside.

The usual estimate is pulled up by the very thing a chart is there to find: a lasting step of three standard
deviations in 24 independent months looks like an autocorrelation of 0.6. So the deviations are taken from the two
levels that fit best (one step, least squares, at least five points a side), and the small-sample bias of that
estimate is taken out, (n r + 2) / (n - 7). docs/METHODS.md has what was measured.
"""

from __future__ import annotations

import numpy as np

from sightline.spc.grouped import Flags, Floats, Groups, Ints

#: points a phase must have, and points on each side of the step set aside
FEWEST = 10
SIDE = 5


def lag1(value: Floats, excluded: Flags, phases: Groups) -> Floats:
    """Lag-1 autocorrelation of each phase, over pairs of neighbours without a gap; -1 to 1.

    NaN under ten points, under five pairs, and where two levels leave nothing to explain.
    """
    kept = ~excluded & ~np.isnan(value)
    n, pair = phases.count(kept), _neighbours(kept, phases)
    deviation = deviation_from_two_levels(value, kept, phases)
    product = np.append(np.nan, deviation[1:] * deviation[:-1])[: value.size]
    pairs = phases.count(pair)
    square = phases.total(deviation**2) / np.maximum(n, 1)
    smallest = (1e-12 * phases.largest(np.abs(value), kept)) ** 2
    known = (n >= FEWEST) & (pairs >= SIDE) & (square > smallest)
    with np.errstate(invalid="ignore", divide="ignore"):
        raw = phases.total(np.where(pair, product, 0.0)) / pairs / square * (n - 1) / n
        unbiased = (n * raw + 2) / (n - 7)
    return np.where(known, np.clip(unbiased, -1, 1), np.nan)


def _neighbours(kept: Flags, phases: Groups) -> Flags:
    pair = np.zeros(kept.size, dtype=bool)
    pair[1:] = kept[1:] & kept[:-1] & (phases.of[1:] == phases.of[:-1])
    return pair


def deviation_from_two_levels(value: Floats, kept: Flags, phases: Groups) -> Floats:
    """Each kept point less the mean of its side of the best single step; in phases under ten points less the phase's mean. 0 for the rest."""
    x, held = value[kept], phases.among(kept)
    deviation = x - held.spread(held.mean(x, np.ones(x.size, dtype=bool)))
    start = level_starts(deviation, held)
    length = np.diff(start, append=x.size)
    level = np.add.reduceat(deviation, start) / length if x.size else deviation
    found = np.zeros(value.size)
    found[kept] = deviation - np.repeat(level, length)
    return found


def level_starts(deviation: Floats, phases: Groups) -> Ints:
    """The places where a level begins: with every phase, and where the step lies that explains most of its variation.

    `deviation` is each point less its phase's mean, no missing values.
    """
    running = np.append(np.cumsum(deviation) - deviation, 0.0)
    left = running[:-1] - phases.spread(running[phases.start])
    before = phases.place  # points of the phase before this one
    after = phases.spread(phases.size) - before
    with np.errstate(divide="ignore", invalid="ignore"):
        explained = np.where((before >= SIDE) & (after >= SIDE), left**2 / (before * after), -1.0)
    best = phases.spread(phases.largest(explained, np.ones(deviation.size, dtype=bool)))
    hit = np.flatnonzero(explained == best)[::-1]  # of several the first is written last and stays
    step = np.full(phases.number, -1)
    step[phases.of[hit]] = hit
    return np.sort(np.concatenate([phases.start[phases.size > 0], step[step >= 0]]))
