"""The Stable Shift Algorithm: where the limits of a series could be drawn anew. Over the arrays of one series.

Source: "Re-establishing control limits in statistical process control analyses: the stable shift algorithm" (2025) and
autospc, whose numbers these are. Every run is judged by the limits that the last accepted one left in force, so the search
is a loop over runs; no step of it loops over points.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from sightline.spc import counts, kinds, limits, rules
from sightline.spc.grouped import Flags, Floats, Groups, Ints
from sightline.spc.kinds import Points
from sightline.spc.limits import Lines
from sightline.spc.rules import Sides

#: limits lie three sigma from the centre; sigma of an individual is its mean moving range over d2
CONSTANT = 3 / counts.D2


@dataclass(frozen=True)
class Settings:
    """`kind` of chart, points of a `period`, points of a run that is a `shift`, and how the search goes."""

    kind: str
    period: int
    shift: int = 8
    no_regrets: bool = True
    every_shift: bool = False
    baseline_only: bool = False
    exclusions: int = 3


@dataclass(frozen=True)
class Series:
    """One element a point in order of date: what is plotted (NaN = missing), the count, and what it is divided by."""

    value: Floats
    measured: Floats
    denominator: Floats

    def since(self, start: int) -> Series:
        """The same from place `start` on."""
        return Series(self.value[start:], self.measured[start:], self.denominator[start:])

    @property
    def there(self) -> Flags:
        """Points that are not missing."""
        found: Flags = ~np.isnan(self.value)
        return found


@dataclass(frozen=True)
class Period:
    """Limits from the points of places `start` to `end`, drawn on to the end of the series.

    Arrays have one element a point from `start` on. A `side` is 1 above the centre line, -1 below, 0 on it or missing.
    """

    start: int
    end: int
    lines: Lines
    excluded: Flags
    sides: Sides

    @cached_property
    def points_left(self) -> Ints:
        """Points from each one to the end of its run on one side."""
        last = np.flatnonzero(np.append(self.sides[1:] != self.sides[:-1], True))
        place = np.arange(self.sides.size)
        return np.asarray(last[np.searchsorted(last, place)] - place + 1, dtype=np.int64)

    def next_shift(self, place: int, length: int) -> int | None:
        """The first place from `place` on with `length` points in a row on one side of the centre line."""
        begins = np.flatnonzero((self.sides != 0) & (self.points_left >= length)) + self.start
        later = np.searchsorted(begins, place)
        return int(begins[later]) if later < begins.size else None

    def side(self, place: int) -> int:
        """The side of the point at `place` of the series."""
        return int(self.sides[place - self.start])

    def run_length(self, place: int) -> int:
        """Points from `place` of the series to the end of its run."""
        return int(self.points_left[place - self.start])


@dataclass(frozen=True)
class Shift:
    """A new period that could be declared: its first place, the run that began it, and the centre lines.

    `run_length` counts within the new period, so that later points never change it. `side` is where the run lies.
    """

    start: int
    side: int
    run_length: int
    left_out: int
    centre_before: float
    centre_after: float


@dataclass(frozen=True)
class Found:
    """At each point the limits in force, the phase (from 1) and whether it is left out of the limits; and the shifts.

    Where there are too few points for a period there are no limits (NaN).
    """

    centre_line: Floats
    lower_limit: Floats
    upper_limit: Floats
    phase: Ints
    excluded: Flags
    shifts: tuple[Shift, ...]


def stable_shifts(series: Series, settings: Settings) -> Found:
    """Search one series, from its first period to its last."""
    periods = _periods(series, settings)
    size = series.value.size
    if not periods:
        none = np.full(size, np.nan)
        return Found(none, none, none, np.ones(size, dtype=np.int64), np.zeros(size, dtype=bool), ())
    lengths = [*(after.start - before.start for before, after in pairwise(periods)), size - periods[-1].start]
    in_force = list(zip(periods, lengths, strict=True))
    return Found(
        centre_line=np.concatenate([period.lines.centre[:length] for period, length in in_force]),
        lower_limit=np.concatenate([period.lines.lower[:length] for period, length in in_force]),
        upper_limit=np.concatenate([period.lines.upper[:length] for period, length in in_force]),
        phase=np.repeat(np.arange(1, len(periods) + 1), lengths),
        excluded=np.concatenate([period.excluded[:length] for period, length in in_force]),
        shifts=tuple(_shift(before, after) for before, after in pairwise(periods)),
    )


def _periods(series: Series, settings: Settings) -> list[Period]:
    """The first period, and after it every one that a stable shift begins.

    A candidate that reverts is passed over. One that may still revert ends the search until there are more points: going
    on, as autospc does, could accept a later candidate and then have to withdraw it for this one.
    """
    first = _period(series, 0, settings)
    if first is None:
        return []
    periods, place = [first], first.end + 1
    while not settings.baseline_only and (start := periods[-1].next_shift(place, settings.shift)) is not None:
        candidate = _period(series, start, settings)
        if candidate is None:
            break
        if not settings.every_shift:
            side = periods[-1].side(start)
            if _reverts(candidate, side, settings.shift):
                place = start + 1
                continue
            if settings.no_regrets and _may_revert(candidate, side):
                break
        periods.append(candidate)
        place = candidate.end + 1
    return periods


def _period(series: Series, start: int, settings: Settings) -> Period | None:
    """Limits from the first points from place `start` on, if there are enough; those outside are left out, the furthest first."""
    later = series.since(start)
    there = np.flatnonzero(later.there)
    if there.size < settings.period:
        return None
    end = int(there[settings.period - 1])
    used = later.there & (np.arange(later.value.size) <= end)
    tie = limits.TIE * float(np.abs(later.value[used]).max())
    excluded = np.zeros(used.size, dtype=bool)
    lines = _lines(later, used, excluded, settings.kind)
    for _ in range(settings.exclusions):
        beyond = np.where(used, np.fmax(later.value - lines.upper, lines.lower - later.value), -np.inf)
        furthest = np.argmax(beyond)
        if not beyond[furthest] > tie:
            break
        used[furthest], excluded[furthest] = False, True
        lines = _lines(later, used, excluded, settings.kind)
    return Period(start, start + end, lines, excluded, rules.side(later.value, lines.centre, np.full(used.size, tie)))


def _lines(series: Series, used: Flags, excluded: Flags, kind: str) -> Lines:
    """Lines at every point, made from those used; limits of counts are not under 0, of proportions not over 1 either."""
    none, whole = np.full(used.size, np.nan), Groups(np.zeros(used.size, dtype=np.int64), 1)
    points = Points(series.value, series.measured, series.denominator, none, excluded, used, whole, CONSTANT, screen=True, centre=None)
    lines = kinds.KINDS[kind](points).lines
    return limits.cut(lines, 0.0, 1.0 if kind in counts.BINOMIAL else np.inf) if kind in counts.KINDS else lines


def _reverts(candidate: Period, side: int, length: int) -> bool:
    """Whether a shift to the other side than the run that began the candidate begins within its points, its first run aside."""
    begins = np.flatnonzero(candidate.sides[1:] != candidate.sides[:-1]) + 1
    opposite = (candidate.sides[begins] == -side) & (candidate.points_left[begins] >= length)
    return bool(np.any(opposite & (begins <= candidate.end - candidate.start)))


def _may_revert(candidate: Period, side: int) -> bool:
    """Whether the last run within the candidate's points lies on the other side and is still going on at the end of the series."""
    end = candidate.end
    return candidate.side(end) == -side and end + candidate.run_length(end) == candidate.start + candidate.sides.size


def _shift(before: Period, after: Period) -> Shift:
    start = after.start
    return Shift(
        start=start,
        side=before.side(start),
        run_length=min(before.run_length(start), after.end + 1 - start),
        left_out=int(after.excluded.sum()),
        centre_before=float(before.lines.centre[0]),
        centre_after=float(after.lines.centre[0]),
    )
