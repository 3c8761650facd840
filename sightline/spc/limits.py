"""Lines and moving ranges, for all phases at once.

Ranges of 3.267 times their mean and more are left out once (Nelson 1982). Moving-range chart: mean range, upper limit
3.267 times it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sightline.spc.grouped import Flags, Floats, Groups, Ints

#: upper limit of a range of two in mean ranges (D4 for n = 2), and Nelson's bound for screening
RANGE_UPPER = 3.267
#: two-sigma line of the moving-range chart in mean ranges
RANGE_TWO_SIGMA = 2.178
#: points within this part of the phase's largest value of a line lie on it (D3)
TIE = 1e-13


@dataclass(frozen=True)
class Lines:
    """The lines at each point, one element a point; NaN where there is none."""

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
    if not excluded.any():
        found[1:] = np.where(phase[1:] == phase[:-1], np.abs(np.diff(value)), np.nan)
        return found
    kept = np.flatnonzero(~excluded)
    x, group = value[kept], phase[kept]
    found[kept[1:]] = np.where(group[1:] == group[:-1], np.abs(np.diff(x)), np.nan)
    return found


def screened(ranges: Floats, plain: Floats, used: Flags, phases: Groups, tie: Floats) -> tuple[Floats, Flags]:
    """Mean range of each phase without those of 3.267 times the `plain` mean and more, and where that was given up.

    It is given up where it would leave no movement though there is some (D1, D2).
    """
    with np.errstate(invalid="ignore"):
        small = ranges < phases.spread(RANGE_UPPER * plain)
        mean = phases.mean(ranges, used & small)
        left = mean > tie
        large = phases.count(used & ~small) > 0
        return np.where(left, mean, plain), (plain > tie) & ~left & large


def individuals(centre: Floats, half: Floats) -> Lines:
    """Limits at the same distance on both sides, three sigma; the two-sigma lines lie at two thirds."""
    two_thirds = half * 2 / 3
    return Lines(centre, centre - half, centre + half, centre - two_thirds, centre + two_thirds)


def ranges_chart(centre: Floats) -> Lines:
    """Limits of the moving-range chart."""
    zero = np.where(np.isnan(centre), np.nan, 0.0)
    return Lines(centre, zero, RANGE_UPPER * centre, zero, RANGE_TWO_SIGMA * centre)


def centre_only(centre: Floats) -> Lines:
    """A run chart: a centre line and no limits."""
    none = np.full(centre.size, np.nan)
    return Lines(centre, none, none, none, none)


def cut(lines: Lines, low: Floats | float, high: float) -> Lines:
    """The same lines, limits and two-sigma lines kept between `low` and `high`."""
    four = (np.clip(line, low, high) for line in (lines.lower, lines.upper, lines.lower_two_sigma, lines.upper_two_sigma))
    return Lines(lines.centre, *four)


def without_limits(lines: Lines, where: Flags) -> Lines:
    """The same lines, limits taken away at the points marked."""
    if not where.any():
        return lines
    lower, upper, low2, high2 = (np.where(where, np.nan, line) for line in (lines.lower, lines.upper, lines.lower_two_sigma, lines.upper_two_sigma))
    return Lines(lines.centre, lower, upper, low2, high2)
