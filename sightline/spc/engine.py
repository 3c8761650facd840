"""The analysis itself, over arrays: lines, rules, runs and verdicts of all phases of all series at once.

No frame and no name of a column is known here. Arrays of rows are sorted by phase and date; `phase` numbers the
phases of all series from 0. :mod:`sightline.spc.chart` hands frames in and out, :mod:`sightline.spc.chance` simulates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sightline.spc import anhoej, counts, kinds, limits, rules
from sightline.spc.anhoej import Runs
from sightline.spc.grouped import Flags, Floats, Groups, Ints
from sightline.spc.kinds import Points
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
    cut_at_bounds: bool = False
    run_method: str = "anhoej"


@dataclass(frozen=True)
class Rows:
    """The points, one element each: value (NaN = missing), left out or not, number of the phase and of the series.

    Charts of counts also need the count (`measured`) and its `denominator`, those of subgroups the size (`denominator`) and
    the standard deviation within (`spread`).
    """

    value: Floats
    excluded: Flags
    phase: Ints
    series: Ints
    measured: Floats | None = None
    denominator: Floats | None = None
    spread: Floats | None = None

    @cached_property
    def phases(self) -> Groups:
        """The rows of each phase."""
        return Groups(self.phase, int(self.phase[-1]) + 1 if self.phase.size else 0)

    @cached_property
    def kept(self) -> Flags:
        """Points that are there and not left out."""
        return ~self.excluded & ~np.isnan(self.value)

    def in_baseline(self, length: int | None) -> Flags:
        """Points that set the lines: all kept ones, or those among the first `length` rows of the phase."""
        if length is None:
            return self.kept
        return self.kept & (self.phases.place < length)


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
    plotted = replace(rows, value=ranges) if settings.kind == "mr" else rows
    tie = _tie(plotted)
    points = _points(plotted, settings)
    drawn = kinds.KINDS[settings.kind](points)
    enough = _enough(rows, drawn.lines, settings)
    lines = limits.without_limits(_bounded(drawn.lines, plotted, settings), ~rows.phases.spread(enough))
    found = _rules(plotted, lines, enough, tie, settings)
    return Analysis(
        value=plotted.value, ranges=ranges, lines=lines, rules=found,
        median=rows.phases.median(plotted.value, points.used),
        runs=anhoej.runs(found.sides, rows.excluded, rows.phases),
        tie=tie, points=rows.phases.count(~rows.excluded), enough=enough,
        flat=enough & ~_moves(lines, rows, tie), not_screened=drawn.not_screened & enough,
    )  # fmt: skip


def flags(rows: Rows, settings: Settings) -> Rules:
    """The rules alone, as `analyse` gives them, for a chart that is drawn many thousand times; not for ranges (`mr`)."""
    tie = _tie(rows)
    drawn = kinds.KINDS[settings.kind](_points(rows, settings))
    enough = _enough(rows, drawn.lines, settings)
    lines = limits.without_limits(_bounded(drawn.lines, rows, settings), ~rows.phases.spread(enough))
    return _rules(rows, lines, enough, tie, settings)


def _points(rows: Rows, settings: Settings) -> Points:
    none = np.full(rows.value.size, np.nan)
    return Points(
        rows.value, rows.value if rows.measured is None else rows.measured, none if rows.denominator is None else rows.denominator,
        none if rows.spread is None else rows.spread, rows.excluded, rows.in_baseline(settings.baseline), rows.phases,
        settings.constant, settings.screen, settings.centre_line,
    )  # fmt: skip


def _enough(rows: Rows, lines: Lines, settings: Settings) -> Flags:
    """Phases with points enough for limits, in a frozen baseline as in the phase, and with limits at all."""
    enough = rows.phases.count(rows.kept) >= settings.minimum
    if settings.baseline is not None:
        enough &= rows.phases.count(rows.in_baseline(settings.baseline)) >= min(settings.minimum, SHORTEST_BASELINE)
    if settings.minimum and settings.kind != "run":
        enough &= rows.phases.count(~np.isnan(lines.upper)) > 0
    return enough


def _tie(rows: Rows) -> Floats:
    """How near a point of each phase may lie to a line and still be on it."""
    return limits.TIE * rows.phases.largest(np.abs(rows.value), rows.kept)


def _moves(lines: Lines, rows: Rows, tie: Floats) -> Flags:
    """Phases in which some limit lies off the centre line."""
    with np.errstate(invalid="ignore"):
        apart = lines.upper - lines.centre > rows.phases.spread(tie)
    return rows.phases.count(apart) > 0


def _bounded(lines: Lines, rows: Rows, settings: Settings) -> Lines:
    """Limits cut where a tool cuts them: at 0 and 1 for counts and proportions, or at 0 where no value of the series is below it, if asked."""
    if settings.cut_at_bounds and settings.kind in counts.KINDS:
        lines = limits.cut(lines, 0.0, 1.0 if settings.kind in counts.BINOMIAL else np.inf)
    if settings.negative or not rows.value.size:
        return lines
    with np.errstate(invalid="ignore"):
        below = np.bincount(rows.series[rows.value < 0], minlength=int(rows.series[-1]) + 1) > 0
    return limits.cut(lines, np.where(below[rows.series], -np.inf, 0.0), np.inf)


def _rules(rows: Rows, lines: Lines, enough: Flags, tie: Floats, settings: Settings) -> Rules:
    """The rules of a chart with limits; left-out points are judged by the limits alone and no run counts them."""
    phase, near_by = rows.phase, rows.phases.spread(tie)
    sides = rules.side(rows.value, lines.centre, near_by)
    outside = rules.outside_limits(rows.value, lines.lower, lines.upper, near_by)
    shift, trends, pairs = np.zeros(rows.value.size, dtype=bool), np.zeros(rows.value.size, dtype=np.int8), np.zeros(rows.value.size, dtype=bool)
    if settings.kind not in kinds.JUDGED:
        return Rules(outside, shift, trends, pairs, sides)
    judged = ~rows.excluded & rows.phases.spread(enough)
    kept = slice(None) if judged.all() else np.flatnonzero(judged)
    shift[kept] = rules.shift(sides[kept], phase[kept], settings.shift)
    trends[kept] = rules.trend(rows.value[kept], phase[kept], settings.trend)
    if settings.kind in kinds.EVEN:
        near = rules.outside_limits(rows.value, lines.lower_two_sigma, lines.upper_two_sigma, near_by)
        near &= ~outside | (settings.two_of_three == "beyond_two_sigma")
        pairs[kept] = rules.two_of_three(sides[kept], near[kept], phase[kept])
    return Rules(outside, shift, trends, pairs, sides)
