"""How each limit came about: the figures of docs/METHODS.md's formulas, one block a series and phase."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sightline.own_data.series import Series
from sightline.own_data.words import CENTRE, KINDS, when
from sightline.pack.words import listed, plural
from sightline.spc.limits import RANGE_UPPER, TIE

SIGMA: Final = {
    "p": "√(centre × (1 − centre) / denominator)", "pp": "√(centre × (1 − centre) / denominator) × sigma z",
    "u": "√(centre / denominator)", "up": "√(centre / denominator) × sigma z", "c": "√centre", "cp": "√centre × sigma z",
    "ip": "mean scaled range / √denominator", "xbar": "mean spread within / (c4 × √size)", "s": "centre × √(1 − c4²) / c4",
}  # fmt: skip


def lines(series: Series) -> Iterator[str]:
    """The explanation of one series, a block a phase."""
    points, how = series.points, series.applied
    yield f"{series.name}: {KINDS[series.chart]}"
    for phase in series.phases:
        places = [at for at, number in enumerate(points["phase"]) if number == phase["phase"]]
        first, last = (when(points["date"][at], series.monthly) for at in (places[0], places[-1]))
        yield f"  phase {phase['phase']}, {first} to {last}"
        yield from (f"    {text}" for text in _phase(series, points, places, how))


def _phase(series: Series, points: Mapping[str, list[Any]], places: list[int], how: Mapping[str, Any]) -> Iterator[str]:
    baseline = places if how["baseline"] is None else places[: how["baseline"]]
    used = [at for at in baseline if points["value"][at] is not None and not _left_out(points["note"][at])]
    out = [at for at in places if _left_out(points["note"][at])]
    last = places[-1]
    centre, lower, upper = (points[name][last] for name in ("centre_line", "lower_limit", "upper_limit"))
    if out:
        yield f"left out: {listed([when(points['date'][at], series.monthly) for at in out])}"
    if how["baseline"] is not None:
        yield f"baseline: the first {how['baseline']} dates of the phase, {plural(len(used), 'point')} with a value"
    name = CENTRE.get(series.chart, "mean")
    if centre is not None:
        given = " as it was given" if how["centre_line"] is not None else f" of {plural(len(used), 'point')}"
        yield f"{name} {_exact(centre)}{given}"
    if series.chart == "xmr":
        yield from _ranges(series, points, used, how, (centre, lower, upper))
    elif upper is None or series.chart == "run":
        yield "no limits" + (f": {points['note'][last]}" if points["note"][last] else "")
    elif series.chart in SIGMA:
        sigma = (upper - centre) / 3
        yield f"sigma = {SIGMA[series.chart]}; at the last point {_exact(sigma)}"
        yield f"limits of the last point: {_exact(centre)} ± 3 × {_exact(sigma)} = {_limit(lower)} and {_exact(upper)}"
    else:
        yield f"limits {_limit(lower)} and {_exact(upper)} (docs/METHODS.md has the formula)"


def _ranges(series: Series, points: Mapping[str, list[Any]], used: list[int], how: Mapping[str, Any], at_end: tuple[Any, Any, Any]) -> Iterator[str]:
    """Moving ranges, what screening left out, and the sum."""
    centre, lower, upper = at_end
    ranges = [(at, points["moving_range"][at]) for at in used if points["moving_range"][at] is not None]
    if not ranges:
        yield "no moving range, so no limits"
        return
    plain = sum(length for _, length in ranges) / len(ranges)
    yield f"mean moving range {_exact(plain)} of {plural(len(ranges), 'range')}"
    mean = plain
    if how["screen"]:
        large = [(at, length) for at, length in ranges if length >= RANGE_UPPER * plain]
        kept = [length for _, length in ranges if length < RANGE_UPPER * plain]
        left = sum(kept) / len(kept) if kept else 0.0
        if large and left > TIE * max(abs(points["value"][at]) for at in used):
            mean = left
            said = listed([f"{_exact(length)} ({when(points['date'][at], series.monthly)})" for at, length in large])
            yield f"screened out, {RANGE_UPPER} × {_exact(plain)} = {_exact(RANGE_UPPER * plain)} or more: {said}"
            yield f"mean moving range of the other {len(kept)}: {_exact(mean)}"
        else:
            none = f"no range is {RANGE_UPPER} × {_exact(plain)} = {_exact(RANGE_UPPER * plain)} or more"
            yield "screened out: nothing, for it would leave no movement" if large else f"screened out: nothing, {none}"
    else:
        yield "not screened"
    if upper is None:
        yield f"no limits: {points['note'][used[-1]] or 'too few points'}"
        return
    half = how["constant"] * mean
    yield f"constant {_exact(how['constant'])}: {_exact(how['constant'])} × {_exact(mean)} = {_exact(half)}"
    yield f"upper limit {_exact(centre)} + {_exact(half)} = {_exact(upper)}"
    floored = " (held at 0, as asked)" if lower > centre - half + 1e-9 * abs(half) else ""
    yield f"lower limit {_exact(centre)} − {_exact(half)} = {_exact(lower)}{floored}"


def _left_out(note: str | None) -> bool:
    return (note or "").startswith("left out")


def _limit(limit: float | None) -> str:
    return "none" if limit is None else _exact(limit)


def _exact(value: float) -> str:
    """Six figures, so that the sum can be followed."""
    return f"{value:.6g}".replace("-", "−", 1) if value < 0 else f"{value:.6g}"
