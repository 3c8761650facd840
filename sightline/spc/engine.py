"""The analysis itself, over arrays: lines, rules, runs and verdicts of all phases of all series at once.

No frame and no name of a column is known here. Arrays of rows are sorted by phase and date; `phase` numbers the
phases of all series from 0. :mod:`sightline.spc.chart` hands frames in and out, :mod:`sightline.spc.chance` simulates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sightline.spc import anhoej, grouped, limits, rules
from sightline.spc.anhoej import Runs
from sightline.spc.grouped import Flags, Floats, Ints
from sightline.spc.limits import Lines
from sightline.spc.presets import SHORTEST_BASELINE
from sightline.spc.rules import Sides


@dataclass(frozen=True)
class Settings:
    """How a chart is made, the same for every series."""

    kind: str = "xmr"
    constant: float = 2.66
    two_of_three: str = "beyond_two_sigma"
    minimum: int = 13
    runs_minimum: int = 10
    shift: int = 7
    trend: int = 7
    screen: bool = True
    baseline: int | None = None
    centre_line: float | None = None
    negative: bool = True


@dataclass(frozen=True)
class Rows:
    """The points, one element each: measured value (NaN = missing), left out or not, number of the phase and of the series."""

    value: Floats
    excluded: Flags
    phase: Ints
    series: Ints

    @property
    def phases(self) -> int:
        """How many phases there are."""
        return int(self.phase[-1]) + 1 if self.phase.size else 0

    @property
    def kept(self) -> Flags:
        """Points that are there and not left out."""
        return ~self.excluded & ~np.isnan(self.value)

    def in_baseline(self, length: int | None) -> Flags:
        """Points that set the lines: all kept ones, or those among the first `length` rows of the phase."""
        if length is None:
            return self.kept
        start = np.searchsorted(self.phase, np.arange(self.phases))
        place: Ints = np.arange(self.phase.size) - start[self.phase]
        return self.kept & (place < length)


@dataclass(frozen=True)
class Rules:
    """One flag a row for each rule; `trends` also says rising (1) or falling (-1), `sides` where the point lies."""

    outside: Flags
    shift: Flags
    trends: Sides
    two_of_three: Flags
    sides: Sides

    @property
    def trend(self) -> Flags:
        """Points of a trend, rising or falling."""
        found: Flags = self.trends != 0
        return found


@dataclass(frozen=True)
class Analysis:
    """What is known of each row (value, ranges, rules) and of each phase (lines, median, runs, enough, ...)."""

    value: Floats
    ranges: Floats
    lines: Lines
    median: Floats
    rules: Rules
    runs: Runs
    tie: Floats
    points: Ints
    enough: Flags
    flat: Flags
    not_screened: Flags

    def times(self, factor: float) -> Analysis:
        """The same with value, ranges and lines multiplied, as for a proportion shown in per cent."""
        if factor == 1:
            return self
        return replace(
            self, value=self.value * factor, ranges=self.ranges * factor, lines=self.lines.times(factor),
            median=self.median * factor, tie=self.tie * abs(factor),
        )  # fmt: skip


def analyse(rows: Rows, settings: Settings) -> Analysis:
    """Lines, rules and runs of every phase."""
    ranges = limits.moving_ranges(rows.value, rows.excluded, rows.phase)
    plotted = rows if settings.kind != "mr" else Rows(ranges, rows.excluded, rows.phase, rows.series)
    tie = _tie(plotted)
    used = plotted.in_baseline(settings.baseline)
    median = grouped.median(plotted.value, used, rows.phase, rows.phases)
    range_mean, not_screened = _range_mean(rows, ranges, tie, settings)
    enough = _enough(rows, range_mean, settings)
    lines = _lines(plotted, used, range_mean, median, settings)
    lines = limits.without_limits(_not_below_zero(lines, plotted, settings), ~enough)
    found = _rules(plotted, lines, enough, tie, settings)
    return Analysis(
        value=plotted.value, ranges=ranges, lines=lines, median=median, rules=found,
        runs=anhoej.runs(found.sides, rows.excluded, rows.phase, rows.phases),
        tie=tie, points=grouped.count(~rows.excluded, rows.phase, rows.phases), enough=enough,
        flat=enough & (range_mean <= tie), not_screened=not_screened & enough & (settings.kind == "xmr"),
    )  # fmt: skip


def _enough(rows: Rows, range_mean: Floats, settings: Settings) -> Flags:
    """Phases with points enough for limits, in a frozen baseline as in the phase, and with a moving range at all."""
    enough = grouped.count(rows.kept, rows.phase, rows.phases) >= settings.minimum
    if settings.baseline is not None:
        enough &= grouped.count(rows.in_baseline(settings.baseline), rows.phase, rows.phases) >= min(settings.minimum, SHORTEST_BASELINE)
    if settings.minimum and settings.kind != "run":
        enough &= ~np.isnan(range_mean)
    return enough


def _tie(rows: Rows) -> Floats:
    """How near a point of each phase may lie to a line and still be on it."""
    return limits.TIE * grouped.largest(np.abs(rows.value), rows.kept, rows.phase, rows.phases)


def _range_mean(rows: Rows, ranges: Floats, tie: Floats, settings: Settings) -> tuple[Floats, Flags]:
    """Mean moving range of the baseline, and where screening was given up because nothing would be left."""
    used = rows.in_baseline(settings.baseline)
    plain = limits.mean_range(ranges, used, rows.phase, rows.phases)
    if not settings.screen:
        return plain, np.zeros(plain.size, dtype=bool)
    screened = limits.screened_mean_range(ranges, used, rows.phase, rows.phases, tie)
    with np.errstate(invalid="ignore"):
        large = used & (ranges >= limits.RANGE_UPPER * plain[rows.phase])
    return screened, (plain > tie) & (screened == plain) & (grouped.count(large, rows.phase, rows.phases) > 0)


def _lines(rows: Rows, used: Flags, range_mean: Floats, median: Floats, settings: Settings) -> Lines:
    if settings.kind == "mr":
        return limits.ranges_chart(grouped.mean(rows.value, used, rows.phase, rows.phases))
    middle = median if settings.kind == "run" else grouped.mean(rows.value, used, rows.phase, rows.phases)
    centre = middle if settings.centre_line is None else np.full(rows.phases, float(settings.centre_line))
    return limits.centre_only(centre) if settings.kind == "run" else limits.individuals(centre, range_mean, settings.constant)


def _not_below_zero(lines: Lines, rows: Rows, settings: Settings) -> Lines:
    """Lower lines cut at 0 where no value of the series is below it, if asked."""
    if settings.negative or not rows.value.size:
        return lines
    with np.errstate(invalid="ignore"):
        below = np.bincount(rows.series[rows.value < 0], minlength=int(rows.series[-1]) + 1) > 0
    first = np.searchsorted(rows.phase, np.arange(rows.phases))
    floor = np.where(below[rows.series[first]], -np.inf, 0.0)
    return Lines(lines.centre, np.maximum(lines.lower, floor), lines.upper, np.maximum(lines.lower_two_sigma, floor), lines.upper_two_sigma)


def _rules(rows: Rows, lines: Lines, enough: Flags, tie: Floats, settings: Settings) -> Rules:
    """The rules of a chart with limits; left-out points are judged by the limits alone and no run counts them."""
    phase, near_by = rows.phase, tie[rows.phase]
    sides = rules.side(rows.value, lines.centre[phase], near_by)
    outside = rules.outside_limits(rows.value, lines.lower[phase], lines.upper[phase], near_by)
    nothing = np.zeros(rows.value.size, dtype=bool)
    if settings.kind != "xmr":
        return Rules(outside, nothing, nothing.astype(np.int8), nothing, sides)
    near = rules.outside_limits(rows.value, lines.lower_two_sigma[phase], lines.upper_two_sigma[phase], near_by)
    near &= ~outside | (settings.two_of_three == "beyond_two_sigma")
    kept = np.flatnonzero(~rows.excluded & enough[phase])
    shift, trends, pairs = nothing.copy(), np.zeros(rows.value.size, dtype=np.int8), nothing.copy()
    shift[kept] = rules.shift(sides[kept], phase[kept], settings.shift)
    trends[kept] = rules.trend(rows.value[kept], phase[kept], settings.trend)
    pairs[kept] = rules.two_of_three(sides[kept], near[kept], phase[kept])
    return Rules(outside, shift, trends, pairs, sides)
