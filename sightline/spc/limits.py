"""Centre lines, moving ranges and limits, for all phases at once.

XmR: mean ± constant × mean moving range (Shewhart; Wheeler). Ranges of 3.267 times their mean and more are left out
once (Nelson 1982). Run chart: median. Moving-range chart: mean range, upper limit 3.267 times it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sightline.spc import grouped
from sightline.spc.grouped import Flags, Floats, Ints

#: upper limit of a range of two in mean ranges (D4 for n = 2), and Nelson's bound for screening
RANGE_UPPER = 3.267
#: two-sigma line of the moving-range chart in mean ranges
RANGE_TWO_SIGMA = 2.178
#: points within this part of the phase's largest value of a line lie on it (D3)
TIE = 1e-13


@dataclass(frozen=True)
class Lines:
    """The lines of each phase, one element a phase; NaN where there is none."""

    centre: Floats
    lower: Floats
    upper: Floats
    lower_two_sigma: Floats
    upper_two_sigma: Floats

    def times(self, factor: float) -> Lines:
        """All lines multiplied."""
        lines = (self.centre, self.lower, self.upper, self.lower_two_sigma, self.upper_two_sigma)
        return Lines(*(line * factor for line in lines))


def moving_ranges(value: Floats, excluded: Flags, phase: Ints) -> Floats:
    """|x[i] - x[i-1]| within a phase; excluded points are skipped, a missing value loses both of its ranges."""
    found = np.full(value.size, np.nan)
    kept = np.flatnonzero(~excluded)
    x, group = value[kept], phase[kept]
    found[kept[1:]] = np.where(group[1:] == group[:-1], np.abs(np.diff(x)), np.nan)
    return found


def mean_range(ranges: Floats, used: Flags, phase: Ints, phases: int) -> Floats:
    """Mean moving range of each phase, nothing left out."""
    return grouped.mean(ranges, used & ~np.isnan(ranges), phase, phases)


def screened_mean_range(ranges: Floats, used: Flags, phase: Ints, phases: int, tie: Floats) -> Floats:
    """Mean moving range without those of 3.267 times the mean and more; unscreened where that leaves no movement (D1, D2)."""
    plain = mean_range(ranges, used, phase, phases)
    with np.errstate(invalid="ignore"):
        small = ranges < RANGE_UPPER * plain[phase]
        screened = mean_range(ranges, used & small, phase, phases)
        return np.where(screened > tie, screened, plain)


def individuals(centre: Floats, range_mean: Floats, constant: float) -> Lines:
    """XmR limits; the two-sigma lines lie at two thirds."""
    half = constant * range_mean
    return Lines(centre, centre - half, centre + half, centre - half * 2 / 3, centre + half * 2 / 3)


def ranges_chart(centre: Floats) -> Lines:
    """Limits of the moving-range chart."""
    zero = np.where(np.isnan(centre), np.nan, 0.0)
    return Lines(centre, zero, RANGE_UPPER * centre, zero, RANGE_TWO_SIGMA * centre)


def centre_only(centre: Floats) -> Lines:
    """A run chart: a centre line and no limits."""
    none = np.full(centre.size, np.nan)
    return Lines(centre, none, none, none, none)


def without_limits(lines: Lines, where: Flags) -> Lines:
    """The same lines, limits taken away in the phases marked."""
    lower, upper, low2, high2 = (np.where(where, np.nan, line) for line in (lines.lower, lines.upper, lines.lower_two_sigma, lines.upper_two_sigma))
    return Lines(lines.centre, lower, upper, low2, high2)
