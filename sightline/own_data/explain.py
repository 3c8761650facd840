"""How each limit came about: the sums of docs/METHODS.md's formulas with the figures of one series, a block a phase.

The sums are made here anew from the points, not read off the chart, so that they can be held against it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import pi, sqrt
from typing import Final

import numpy as np

from sightline.own_data.series import Series
from sightline.own_data.words import CENTRE, KINDS, when
from sightline.pack.words import listed, plural
from sightline.spc.counts import BINOMIAL, D2, POISSON_COUNT, POISSON_RATE, PRIMED
from sightline.spc.counts import KINDS as COUNTED
from sightline.spc.kinds import TIME_POWER, c4
from sightline.spc.limits import RANGE_UPPER, TIE

#: figures of a phase by their places; a place without one is not there
Column = Mapping[int, float]


@dataclass(frozen=True)
class Phase:
    """The points of one phase by their places in the series, and how the chart was made."""

    series: Series
    places: Sequence[int]

    @cached_property
    def factor(self) -> float:
        """What the plotted values are multiplied by; sums are made without it."""
        return float(self.series.applied["multiply"])

    @cached_property
    def value(self) -> Column:
        """What is plotted, where there is a value."""
        column = self.series.points["value"]
        return {at: column[at] / self.factor for at in self.places if column[at] is not None}

    @cached_property
    def size(self) -> Column:
        """Denominators, or sizes of subgroups."""
        column = self.series.points["denominator"]
        return {at: column[at] for at in self.places if column[at] is not None}

    @cached_property
    def left_out(self) -> list[int]:
        """Places left out by the person who asked."""
        return [at for at in self.places if (self.series.points["note"][at] or "").startswith("left out")]

    @cached_property
    def used(self) -> list[int]:
        """Places that set the lines."""
        frozen = self.series.applied["baseline"]
        return [at for at in self.places[:frozen] if at in self.value and at not in self.left_out]

    @cached_property
    def last(self) -> int:
        """The last place with limits, else the last."""
        return next((at for at in reversed(self.places) if self.series.points["upper_limit"][at] is not None), self.places[-1])

    def mean(self, column: Column) -> float:
        """Mean of a column over the places used."""
        return float(np.mean([column[at] for at in self.used if at in column]))

    def centre(self, own: float) -> float:
        """The centre line that was given, else the chart's own."""
        given = self.series.applied["centre_line"]
        return own if given is None else float(given)

    def ranges(self, column: Column, between: Callable[[int, int], float] | None = None) -> Column:
        """The step to each place used from the one before it that is not left out; a missing value loses both of its steps."""
        kept = [at for at in self.places if at not in self.left_out]
        pairs = [(a, b) for a, b in pairwise(kept) if a in column and b in column and b in self.used]
        return {b: abs(column[b] - column[a]) * (1.0 if between is None else between(a, b)) for a, b in pairs}

    def when(self, at: int) -> str:
        """A place's date in words."""
        return when(self.series.points["date"][at], self.series.monthly)


Lines = Iterator[str]
#: lines, and the figure they end in
Sum = Generator[str, None, float]


def lines(series: Series) -> Lines:
    """The explanation of one series, a block a phase."""
    yield f"{series.name}: {KINDS[series.chart]}"
    for row in series.phases:
        places = [at for at, number in enumerate(series.points["phase"]) if number == row["phase"]]
        phase = Phase(series, places)
        yield f"  phase {row['phase']}, {phase.when(places[0])} to {phase.when(places[-1])}"
        yield from (f"    {text}" for text in _phase(phase))


def _phase(phase: Phase) -> Lines:
    series, points = phase.series, phase.series.points
    if phase.left_out:
        yield f"left out: {listed([phase.when(at) for at in phase.left_out])}"
    if series.applied["baseline"] is not None:
        yield f"baseline: the first {series.applied['baseline']} dates of the phase, {plural(len(phase.used), 'point')} with a value"
    if points["centre_line"][phase.last] is None:
        yield f"no centre line: {points['note'][phase.last] or 'no value'}"
    elif points["upper_limit"][phase.last] is None:
        yield from _centre(phase, points["centre_line"][phase.last] / phase.factor)
        yield "no limits" + (f": {points['note'][phase.last]}" if points["note"][phase.last] else "")
    else:
        yield from SUMS[series.chart](phase)
        if phase.factor != 1:
            found = {name: points[name][phase.last] for name in ("centre_line", "lower_limit", "upper_limit")}
            yield f"all × {_exact(phase.factor)}: " + ", ".join(f"{name.replace('_', ' ')} {_exact(line)}" for name, line in found.items())


def _centre(phase: Phase, centre: float, how: str = "") -> Lines:
    given = "as it was given" if phase.series.applied["centre_line"] is not None else how or f"of {plural(len(phase.used), 'point')}"
    yield f"{CENTRE.get(phase.series.chart, 'mean')} {_exact(centre)} {given}"


def _individuals(phase: Phase) -> Lines:
    centre = phase.centre(phase.mean(phase.value))
    yield from _centre(phase, centre)
    mean = yield from _screened(phase, phase.ranges(phase.value), phase.value, "moving range")
    yield from _about(phase, centre, (yield from _times_constant(phase, mean)))


def _moving_ranges(phase: Phase) -> Lines:
    mean = phase.mean(phase.value)
    yield from _centre(phase, mean)
    yield f"upper limit {RANGE_UPPER} × {_exact(mean)} = {_drawn(phase, 'upper', RANGE_UPPER * mean)}"
    yield "lower limit 0"


def _counts(phase: Phase) -> Lines:
    kind, at = phase.series.chart, phase.last
    if kind in POISSON_COUNT:
        centre = phase.centre(phase.mean(phase.value))
        yield from _centre(phase, centre)
    else:
        centre = yield from _ratio(phase)
    sigma = {place: _chance_sigma(kind, centre, phase.size.get(place, 1.0)) for place in phase.value}
    size = f" / {_exact(phase.size[at])}" if at in phase.size else ""
    inside = f"{_exact(centre)} × (1 − {_exact(centre)})" if kind in BINOMIAL else _exact(centre)
    made = _chance_sigma(kind, centre, phase.size.get(at, 1.0))
    yield f"{'sigma by chance' if kind in PRIMED else 'sigma'} at {phase.when(at)}: √({inside}{size}) = {_exact(made)}"
    if kind in PRIMED:
        z = {place: (value - centre) / sigma[place] if sigma[place] > 0 else 0.0 for place, value in phase.value.items()}
        mean = yield from _screened(phase, phase.ranges(z), z, "moving range of the points less the centre line in sigmas by chance")
        yield f"sigma z {_exact(mean)} / {D2} = {_exact(mean / D2)}"
        yield f"sigma {_exact(made)} × {_exact(mean / D2)} = {_exact(made * mean / D2)}"
        made *= mean / D2
    yield from _three_sigma(phase, centre, made)


def _chance_sigma(kind: str, centre: float, size: float) -> float:
    if kind in BINOMIAL:
        return sqrt(max(centre * (1 - centre), 0) / size)
    return sqrt(max(centre, 0) / (size if kind in POISSON_RATE else 1))


def _normalised(phase: Phase) -> Lines:
    centre, at = (yield from _ratio(phase)), phase.last

    def scale(before: int, after: int) -> float:
        return sqrt(pi / 2) / sqrt(1 / phase.size[before] + 1 / phase.size[after])

    steps = phase.ranges(phase.value, scale)
    mean = yield from _screened(phase, steps, steps, "step, each × √(π / 2) / √(1 / size + 1 / size before)")
    made = mean / sqrt(phase.size[at])
    yield f"sigma at {phase.when(at)}: {_exact(mean)} / √{_exact(phase.size[at])} = {_exact(made)}"
    yield from _three_sigma(phase, centre, made)


def _between_events(phase: Phase) -> Lines:
    yield from _centre(phase, phase.centre(float(np.median([phase.value[at] for at in phase.used]))))
    mean = phase.mean(phase.value)
    sigma = sqrt(mean * (mean + 1))
    yield f"mean {_exact(mean)}; sigma √({_exact(mean)} × ({_exact(mean)} + 1)) = {_exact(sigma)}"
    yield from _three_sigma(phase, mean, sigma)


def _times(phase: Phase) -> Lines:
    roots = {at: value ** (1 / TIME_POWER) for at, value in phase.value.items()}
    given = phase.series.applied["centre_line"]
    middle = phase.mean(roots) if given is None else float(given) ** (1 / TIME_POWER)
    yield from _centre(phase, middle**TIME_POWER, f"= {_exact(middle)} to the power {TIME_POWER}, from the mean of the times' roots")
    mean = yield from _screened(phase, phase.ranges(roots), roots, "moving range of the roots")
    half = yield from _times_constant(phase, mean)
    for name, sign, root in (("upper", "+", middle + half), ("lower", "−", max(middle - half, 0.0))):
        yield f"{name} limit ({_exact(middle)} {sign} {_exact(half)}) to the power {TIME_POWER} = {_drawn(phase, name, root**TIME_POWER)}"


def _subgroups(phase: Phase) -> Lines:
    """The spread within subgroups is that of the chart: the points do not hold it."""
    points, at = phase.series.points, phase.last
    size, factor = phase.size[at], float(c4(np.array([phase.size[at]]))[0])
    if phase.series.chart == "s":
        centre = points["centre_line"][at] / phase.factor
        yield from _centre(phase, centre, "within subgroups")
        yield f"c4 of {_exact(size)}: {_exact(factor)}; sigma {_exact(centre)} × √(1 − {_exact(factor)}²) / {_exact(factor)}"
        yield from _three_sigma(phase, centre, centre * sqrt(1 - factor**2) / factor)
        return
    weight = sum(phase.size[place] for place in phase.used)
    centre = phase.centre(sum(phase.value[place] * phase.size[place] for place in phase.used) / weight)
    yield from _centre(phase, centre, f"of {_exact(weight)} measurements in {plural(len(phase.used), 'subgroup')}")
    within = (points["upper_limit"][at] / phase.factor - centre) / 3 * factor * sqrt(size)
    yield f"mean standard deviation within subgroups {_exact(within)}; c4 of {_exact(size)}: {_exact(factor)}"
    made = within / (factor * sqrt(size))
    yield f"sigma at {phase.when(at)}: {_exact(within)} / ({_exact(factor)} × √{_exact(size)}) = {_exact(made)}"
    yield from _three_sigma(phase, centre, made)


def _ratio(phase: Phase) -> Sum:
    """The centre line of what is divided: all counted over all denominators."""
    counted = sum(phase.value[at] * phase.size[at] for at in phase.used)
    whole = sum(phase.size[at] for at in phase.used)
    centre = phase.centre(counted / whole)
    yield from _centre(phase, centre, f"= {counted:.10g} / {whole:.10g}, the sums of {plural(len(phase.used), 'point')}")
    return centre


def _screened(phase: Phase, ranges: Column, seen: Column, name: str) -> Sum:
    """The mean range, and that of the ranges that screening leaves."""
    plain = float(np.mean(list(ranges.values())))
    yield f"mean {name} {_exact(plain)} of {plural(len(ranges), 'range')}"
    if not phase.series.applied["screen"]:
        yield "not screened"
        return plain
    bound = f"{RANGE_UPPER} × {_exact(plain)} = {_exact(RANGE_UPPER * plain)} or more"
    large = {at: length for at, length in ranges.items() if length >= RANGE_UPPER * plain}
    kept = [length for at, length in ranges.items() if at not in large]
    mean = float(np.mean(kept)) if kept else 0.0
    if large and mean > TIE * max(abs(seen[at]) for at in phase.used if at in seen):
        yield f"screened out, {bound}: {listed([f'{_exact(length)} ({phase.when(at)})' for at, length in large.items()])}"
        yield f"mean of the other {len(kept)}: {_exact(mean)}"
        return mean
    yield "screened out: nothing, " + ("for it would leave no movement" if large else f"no range is {bound}")
    return plain


def _times_constant(phase: Phase, mean: float) -> Sum:
    constant = float(phase.series.applied["constant"])
    half = constant * mean
    yield f"constant {_exact(constant)}: {_exact(constant)} × {_exact(mean)} = {_exact(half)}"
    return half


def _three_sigma(phase: Phase, centre: float, sigma: float) -> Lines:
    yield f"three sigma: 3 × {_exact(sigma)} = {_exact(3 * sigma)}"
    yield from _about(phase, centre, 3 * sigma)


def _about(phase: Phase, centre: float, half: float) -> Lines:
    yield f"upper limit {_exact(centre)} + {_exact(half)} = {_drawn(phase, 'upper', centre + half)}"
    yield f"lower limit {_exact(centre)} − {_exact(half)} = {_drawn(phase, 'lower', centre - half)}"


def _drawn(phase: Phase, name: str, found: float) -> str:
    """The sum of a limit, and where the chart holds it at a bound."""
    limit = phase.series.points[f"{name}_limit"][phase.last]
    held = limit is not None and abs(limit / phase.factor - found) > 1e-9 * max(abs(found), abs(limit / phase.factor))
    return _exact(found) + (f", held at {_exact(limit / phase.factor)}" if held else "")


def _exact(value: float) -> str:
    """Six figures, so that the sum can be followed."""
    return f"{value:.6g}".replace("-", "−", 1) if value < 0 else f"{value:.6g}"


SUMS: Final[Mapping[str, Callable[[Phase], Lines]]] = {
    "xmr": _individuals, "mr": _moving_ranges, **dict.fromkeys(COUNTED, _counts), "ip": _normalised, "g": _between_events, "t": _times,
    "xbar": _subgroups, "s": _subgroups,
}  # fmt: skip
