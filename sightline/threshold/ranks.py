"""Rule R: a p-value is the rank of the line's statistic among lines at which nothing changes. And what many units ask of it."""

from __future__ import annotations

import numpy as np

from sightline.threshold.stock import Floats

#: two statistics nearer than this are the same
SLACK = 1e-12


def centre_and_spread(statistic: Floats, error: Floats) -> tuple[Floats, Floats]:
    """Median and tau of placebo statistics [unit, line] with their standard errors; NaN stands for a line that is not one.

    tau² is what the lines scatter beyond their standard errors: max(0, (1.4826 MAD)² - median(se²)).
    """
    middle = _median(statistic)
    spread = 1.4826 * _median(np.abs(statistic - middle[:, None]))
    return middle, np.sqrt(np.maximum(spread**2 - _median(error**2), 0))


def _median(values: Floats) -> Floats:
    """Median of each row without its NaN; NaN of none."""
    ordered = np.sort(values, axis=1)  # NaN last
    known = np.isfinite(values).sum(axis=1)
    rows, none = np.arange(values.shape[0]), known == 0
    if not values.shape[1]:
        return np.full(values.shape[0], np.nan)
    low, high = (ordered[rows, np.maximum(place, 0)] for place in ((known - 1) // 2, known // 2 - none))
    return np.where(none, np.nan, (low + high) / 2)


def rank_low(statistic: Floats, placebos: Floats) -> Floats:
    """(1 + number of placebos at least as low) / (1 + number of placebos), by row; NaN where the statistic is."""
    return _rank(placebos <= statistic[:, None] + SLACK, statistic, placebos)


def rank_high(statistic: Floats, placebos: Floats) -> Floats:
    """The mirror of :func:`rank_low`."""
    return _rank(placebos >= statistic[:, None] - SLACK, statistic, placebos)


def rank_far(statistic: Floats, placebos: Floats) -> Floats:
    """The rank by distance from 0, on either side."""
    return rank_high(np.abs(statistic), np.abs(placebos))


def rank_pooled(statistic: Floats, placebos: Floats) -> Floats:
    """The low rank of each statistic among the placebos of all rows together."""
    pool = np.sort(placebos[np.isfinite(placebos)])
    low = np.searchsorted(pool, statistic + SLACK, side="right")
    return np.where(np.isfinite(statistic), (1 + low) / (1 + pool.size), np.nan)


def _rank(extreme: np.ndarray, statistic: Floats, placebos: Floats) -> Floats:
    found = (1 + extreme.sum(axis=1)) / (1 + np.isfinite(placebos).sum(axis=1))
    return np.where(np.isfinite(statistic), found, np.nan)


def benjamini_hochberg(p: Floats) -> Floats:
    """q-values of the p-values that are not NaN (Benjamini and Hochberg 1995)."""
    return _stepped_up(p, 1.0)


def benjamini_yekutieli(p: Floats) -> Floats:
    """As :func:`benjamini_hochberg`, valid under any dependence (Benjamini and Yekutieli 2001)."""
    return _stepped_up(p, float((1 / np.arange(1, np.isfinite(p).sum() + 1)).sum()))


def _stepped_up(p: Floats, factor: float) -> Floats:
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    scaled = p[order] * factor * known.size / np.arange(1, known.size + 1)
    q = np.full(p.shape, np.nan)
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    return q
