"""Centre line and limits of every kind of chart, one function a kind, over all phases at once.

Sources: Mohammed, Worthington and Woodall 2008, doi 10.1136/qshc.2004.012047 (c, u, p, xmr, xbar, s); Laney 2002 (p', u',
c'); Provost and Murray 2011 (g, t); Taylor's normalised individuals chart (I'). docs/METHODS.md gives the formulas.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaln

from sightline.spc import counts, limits
from sightline.spc.grouped import Flags, Floats, Groups
from sightline.spc.limits import Lines

#: a time between events to this power is about normal (Nelson 1994)
TIME_POWER = 3.6


@dataclass(frozen=True)
class Points:
    """The points that lines are made from, one element each, and how.

    `value` is what is plotted (NaN = missing), `measured` the count above its `denominator` (NaN where there is none), which
    for subgroups is their size; `spread` is the standard deviation within a subgroup. `used` marks the baseline.
    """

    value: Floats
    measured: Floats
    denominator: Floats
    spread: Floats
    excluded: Flags
    used: Flags
    phases: Groups
    constant: float
    screen: bool
    centre: float | None

    def mean(self, values: Floats) -> Floats:
        """The mean of the baseline, for each point."""
        return self.phases.spread(self.phases.mean(values, self.used & ~np.isnan(values)))

    def ratio(self) -> Floats:
        """Sum of counts over sum of denominators in the baseline, for each point."""
        over = self.phases.mean(self.measured, self.used)
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.phases.spread(over / self.phases.mean(self.denominator, self.used))

    def given(self, centre: Floats) -> Floats:
        """The centre line that was supplied, else this one."""
        return centre if self.centre is None else np.full(self.value.size, float(self.centre))


@dataclass(frozen=True)
class Drawn:
    """The lines of a chart, and the phases in which screening was given up because it would leave no movement."""

    lines: Lines
    not_screened: Flags


Kind = Callable[[Points], Drawn]


def run(points: Points) -> Drawn:
    """A run chart: the median and no limits."""
    median = points.phases.spread(points.phases.median(points.value, points.used))
    return _whole(points, limits.centre_only(points.given(median)))


def xmr(points: Points) -> Drawn:
    """Mean ± constant × mean moving range."""
    moved, given_up = _movement(points, points.value)
    return Drawn(limits.individuals(points.given(points.mean(points.value)), points.constant * moved), given_up)


def mr(points: Points) -> Drawn:
    """The moving ranges themselves: `value` is a range. Not screened, no centre supplied."""
    return _whole(points, limits.ranges_chart(points.mean(points.value)))


def of_counts(kind: str) -> Kind:
    """P, U and C charts, and P', U' and C', whose sigma is multiplied by sigma z."""

    def made(points: Points) -> Drawn:
        centre = points.given(points.mean(points.value) if kind in counts.POISSON_COUNT else points.ratio())
        sigma = counts.chance_sigma(kind, centre, points.denominator)
        given_up = np.zeros(points.phases.number, dtype=bool)
        if kind in counts.PRIMED:
            with np.errstate(invalid="ignore", divide="ignore"):
                z = np.where(sigma > 0, (points.value - centre) / sigma, np.where(np.isnan(points.value), np.nan, 0.0))
            moved, given_up = _movement(points, z)
            sigma = sigma * moved / counts.D2
        return Drawn(limits.individuals(centre, 3 * sigma), given_up)

    return made


def ip(points: Points) -> Drawn:
    """Normalised individuals: the steps between points of unlike size, put on one scale, give one sigma; each point has its own limits."""
    kept = np.flatnonzero(~points.excluded)  # a missing value loses both of its steps, one left out none
    steps = np.full(points.value.size, np.nan)
    y, n, group = points.value[kept], points.denominator[kept], points.phases.of[kept]
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = np.sqrt(np.pi / 2) * np.abs(np.diff(y)) / np.sqrt(1 / n[1:] + 1 / n[:-1])
    steps[kept[1:]] = np.where(group[1:] == group[:-1], scaled, np.nan)
    sigma, given_up = _screened(points, steps)
    with np.errstate(invalid="ignore", divide="ignore"):
        return Drawn(limits.individuals(points.given(points.ratio()), 3 * points.phases.spread(sigma) / np.sqrt(points.denominator)), given_up)


def g(points: Points) -> Drawn:
    """Cases between events, geometric: the median is the centre line, limits lie about the mean and never below 0."""
    median = points.phases.spread(points.phases.median(points.value, points.used))
    mean = points.mean(points.value)
    sigma = np.sqrt(mean * (mean + 1))
    about = limits.individuals(mean, 3 * sigma)
    floored = Lines(points.given(median), *(np.maximum(line, 0) for line in (about.lower, about.upper, about.lower_two_sigma, about.upper_two_sigma)))
    return _whole(points, floored)


def t(points: Points) -> Drawn:
    """Time between events: an individuals chart of its 3.6th root, put back; limits never below 0."""
    root = np.power(points.value, 1 / TIME_POWER)
    moved, given_up = _movement(points, root)
    middle = points.mean(root) if points.centre is None else np.full(root.size, points.centre ** (1 / TIME_POWER))
    lines = limits.individuals(middle, points.constant * moved)
    rooted = (lines.centre, lines.lower, lines.upper, lines.lower_two_sigma, lines.upper_two_sigma)
    return Drawn(Lines(*(np.power(np.maximum(line, 0), TIME_POWER) for line in rooted)), given_up)


def xbar(points: Points) -> Drawn:
    """Means of subgroups: limits from the spread within them, A3(n) × s."""
    used = points.used & ~np.isnan(points.value)
    weighed = points.phases.mean(points.value * points.denominator, used)
    centre = points.phases.spread(weighed / points.phases.mean(points.denominator, used))
    with np.errstate(invalid="ignore", divide="ignore"):
        half = 3 * _spread_within(points) / (c4(points.denominator) * np.sqrt(points.denominator))
    return _whole(points, limits.individuals(points.given(centre), half))


def s(points: Points) -> Drawn:
    """Standard deviations of subgroups: B3(n) and B4(n) × s."""
    centre = points.given(_spread_within(points))
    with np.errstate(invalid="ignore", divide="ignore"):
        sigma = centre * np.sqrt(1 - c4(points.denominator) ** 2) / c4(points.denominator)
    lines = limits.individuals(centre, 3 * sigma)
    return _whole(points, replace(lines, lower=np.maximum(lines.lower, 0), lower_two_sigma=np.maximum(lines.lower_two_sigma, 0)))


def c4(size: Floats) -> Floats:
    """The mean standard deviation of so many normal numbers, in standard deviations; NaN under two."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(size > 1, np.sqrt(2 / (size - 1)) * np.exp(gammaln(size / 2) - gammaln((size - 1) / 2)), np.nan))


def _spread_within(points: Points) -> Floats:
    """Mean standard deviation within subgroups; pooled over their degrees of freedom where sizes differ."""
    used = points.used & ~np.isnan(points.spread) & (points.denominator > 1)
    free = points.denominator - 1
    plain = points.phases.mean(points.spread, used)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = points.phases.mean(points.spread**2 * free, used)
        pooled = np.sqrt(variance / points.phases.mean(free, used))
    smallest = -points.phases.largest(-points.denominator + points.denominator.max(initial=0), points.used)
    alike = points.phases.largest(points.denominator, points.used) == smallest + points.denominator.max(initial=0)
    return points.phases.spread(np.where(alike, plain, pooled))


def _movement(points: Points, values: Floats) -> tuple[Floats, Flags]:
    """Mean moving range of the baseline for each point, and the phases in which it could not be screened."""
    mean, given_up = _screened(points, limits.moving_ranges(values, points.excluded, points.phases.of), values)
    return points.phases.spread(mean), given_up


def _screened(points: Points, ranges: Floats, values: Floats | None = None) -> tuple[Floats, Flags]:
    """Mean range of each phase, large ones left out if asked, and where that was given up."""
    used = points.used & ~np.isnan(ranges)
    plain = points.phases.mean(ranges, used)
    if not points.screen:
        return plain, np.zeros(points.phases.number, dtype=bool)
    seen = ranges if values is None else values
    tie = limits.TIE * points.phases.largest(np.abs(seen), points.used & ~np.isnan(seen))
    return limits.screened(ranges, plain, used, points.phases, tie)


def _whole(points: Points, lines: Lines) -> Drawn:
    """Lines that have nothing to screen."""
    return Drawn(lines, np.zeros(points.phases.number, dtype=bool))


KINDS: dict[str, Kind] = {
    "run": run, "xmr": xmr, "mr": mr, **{kind: of_counts(kind) for kind in counts.KINDS}, "g": g, "t": t, "ip": ip, "xbar": xbar, "s": s,
}  # fmt: skip
#: what a point must be divided by, what it must not be, and what is several rows a date
DIVIDED, UNDIVIDED, SUBGROUPED = ("p", "pp", "u", "up", "ip"), ("c", "cp", "g", "t"), ("xbar", "s")
#: charts whose neighbouring points share nothing: runs, trends and two of three are asked for
JUDGED = ("xmr", *counts.KINDS, "ip", "xbar", "t", "g")
#: of these, the ones with the same distance to both limits, which two of three needs
EVEN = tuple(kind for kind in JUDGED if kind not in ("g", "t"))
