"""How far the level of a monthly series differs after a month from before it, with an interval that honours season and autocorrelation.

A regression with AR(1) errors: season + level + step (Zellner and Tiao 1964, Bayesian analysis of the regression model with
autocorrelated errors, Journal of the American Statistical Association 59, 763-778). The autocorrelation is not known, and an
estimate from 30 months is poor, so it is integrated out: for each value on a grid the step has a t distribution, and these are
mixed by the restricted likelihood of the value. That is what makes intervals hold in short series; docs/METHODS.md has what
was measured. A gap of g months weakens the autocorrelation to its g-th power, so nothing is filled in.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import stdtr

from sightline.spc.grouped import Flags, Floats, Ints

#: the autocorrelations that are mixed
GRID = np.linspace(0.0, 0.95, 20)
#: months with a value before, from which each calendar month has an effect of its own; under that one yearly wave stands for the season
TWO_YEARS = 24
#: share of the squares that rounding leaves: what is left by less does not move at all
FLAT = 1e-20
#: of standard errors: no end of an interval lies further out; halved so often it is known to a billionth of that
FARTHEST, HALVINGS = 200, 40


class Estimate(NamedTuple):
    """One number a series: the coefficient in the series' own unit, and its interval; NaN where the months cannot give it."""

    value: Floats
    lower: Floats
    upper: Floats


def level_change(value: Floats, month: Ints, after: Flags, confidence: Floats) -> Estimate:
    """The level after less the level before of every row.

    ``value`` is series by months (NaN: no figure), ``month`` numbers the columns (year x 12 + month - 1), ``after`` has the shape
    of ``value``, ``confidence`` is a number a series, 0 to 1.
    """
    return _estimated(value, month, after.astype(np.float64), ~after, confidence)


def level_change_beside_slope(value: Floats, month: Ints, after: Flags, confidence: Floats) -> Estimate:
    """As ``level_change``, with a steady rise or fall through all months taken out."""
    return _estimated(value, month, after.astype(np.float64), ~after, confidence, slope=True)


def slope(value: Floats, month: Ints, confidence: Floats) -> Estimate:
    """How far every row rises a month, all of its months taken together."""
    rising = np.broadcast_to((month - month.mean()).astype(np.float64), value.shape)
    return _estimated(value, month, rising, np.ones(value.shape, dtype=bool), confidence)


def _estimated(value: Floats, month: Ints, wanted: Floats, before: Flags, confidence: Floats, *, slope: bool = False) -> Estimate:
    """The coefficient of ``wanted`` beside level, season and, if asked, slope; the months ``before`` decide how the season is described."""
    found = np.full((3, value.shape[0]), np.nan)
    long = (~np.isnan(value) & before).sum(axis=1) >= TWO_YEARS
    for rows, season in ((long, _calendar_months(month)), (~long, _yearly_wave(month))):
        if rows.any():
            beside = np.column_stack([season, month - month.mean()]) if slope else season
            found[:, rows] = _mixed(value[rows], month, beside, wanted[rows], confidence[rows])
    return Estimate(*found)


def _calendar_months(month: Ints) -> Floats:
    return np.asarray(month[:, None] % 12 == np.arange(12), dtype=np.float64)


def _yearly_wave(month: Ints) -> Floats:
    angle = 2 * np.pi * (month % 12) / 12
    return np.stack([np.ones(month.size), np.cos(angle), np.sin(angle)], axis=1)


def _mixed(value: Floats, month: Ints, beside: Floats, wanted: Floats, confidence: Floats) -> Floats:
    """Mean and both ends of the mixture over autocorrelations, three by series."""
    seen = ~np.isnan(value)
    design = np.concatenate([np.broadcast_to(beside, (*value.shape, beside.shape[1])), wanted[..., None]], axis=2) * seen[..., None]
    gap, before = _gaps(seen, month)
    used = (design != 0).any(axis=1)
    free = seen.sum(axis=1) - used.sum(axis=1)
    each = [_given(np.where(seen, value, 0.0), design, used, seen, gap, before, one) for one in GRID]
    centre, spread, weight = (np.stack(part) for part in zip(*each, strict=True))
    good = (free >= 1) & np.isfinite(centre).all(axis=0) & np.isfinite(weight).all(axis=0) & (spread > 0).all(axis=0)
    found = np.full((3, value.shape[0]), np.nan)
    if good.any():
        centre, spread, weight, free = centre[:, good], spread[:, good], weight[:, good], free[good]
        share = np.exp(weight - weight.max(axis=0))
        share /= share.sum(axis=0)
        tail = (1 - confidence[good]) / 2
        ends = [_quantile(at, centre, spread, share, free) for at in (tail, 1 - tail)]
        found[:, good] = (share * centre).sum(axis=0), *ends
    return found


def _gaps(seen: Flags, month: Ints) -> tuple[Floats, Ints]:
    """For every month with a value how many months ago the one before it was (infinity for the first), and its column."""
    column = np.where(seen, np.arange(month.size), -1)
    last = np.maximum.accumulate(column, axis=1)
    before = np.concatenate([np.full((seen.shape[0], 1), -1), last[:, :-1]], axis=1)
    return np.where(before >= 0, month - month[before], np.inf), np.maximum(before, 0)


def _given(
    value: Floats, design: Floats, used: Flags, seen: Flags, gap: Floats, before: Ints, autocorrelation: float
) -> tuple[Floats, Floats, Floats]:
    """At one autocorrelation: the coefficient, its standard error, and the logarithm of the restricted likelihood."""
    tied = np.where(gap < np.inf, autocorrelation**gap, 0.0)
    own = 1 - tied**2
    scale = np.where(seen, 1 / np.sqrt(own), 0.0)
    y = (value - tied * np.take_along_axis(value, before, axis=1)) * scale
    x = (design - tied[..., None] * np.take_along_axis(design, before[..., None], axis=1)) * scale[..., None]
    squares = x.transpose(0, 2, 1) @ x + ~used[:, :, None] * np.eye(used.shape[1])
    with np.errstate(all="ignore"):
        sign, size = np.linalg.slogdet(squares)
        sound = (sign > 0) & np.isfinite(size)
        inverse = np.linalg.inv(np.where(sound[:, None, None], squares, np.eye(squares.shape[1])))
        fitted = (inverse @ (x.transpose(0, 2, 1) @ y[..., None]))[..., 0]
        free = seen.sum(axis=1) - used.sum(axis=1)
        left = ((y - (x @ fitted[..., None])[..., 0]) ** 2).sum(axis=1)
        spread = np.sqrt(left / free * inverse[:, -1, -1])
        weight = -0.5 * (size + (np.log(own) * seen).sum(axis=1) + free * np.log(left))
    bad = ~sound | (left <= FLAT * (y**2).sum(axis=1))
    return np.where(bad, np.nan, fitted[:, -1]), np.where(bad, np.nan, spread), np.where(bad, np.nan, weight)


def _quantile(at: Floats, centre: Floats, spread: Floats, share: Floats, free: Ints) -> Floats:
    """Where the mixture of t distributions reaches a probability, by halving."""
    middle, reach = (share * centre).sum(axis=0), FARTHEST * spread.max(axis=0) + np.ptp(centre, axis=0)
    low, high = middle - reach, middle + reach
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = (share * stdtr(free, (middle - centre) / spread)).sum(axis=0) < at
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2, dtype=np.float64)
