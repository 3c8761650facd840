"""All series at once give what a plain, slow, exact calculation of one phase after the other gives.

The reference below works in fractions and loops; nothing in it is clever. It is written from the definitions, not from
the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import comb, log2
from statistics import median
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline import spc

Value = int | None


@dataclass(frozen=True)
class Asked:
    """How a chart is asked for."""

    baseline: int | None = None
    screen: bool = True
    shift: int = 7
    trend: int = 7
    current: bool = True


@dataclass(frozen=True)
class Series:
    """The values of a series and the place (from 0) at which its second phase begins."""

    values: list[Value]
    second: int


# ---------------------------------------------------------------------------------------------------- the plain reference


def _mean(values: list[Any]) -> Fraction | None:
    return Fraction(sum(values), len(values)) if values else None


def _range_mean(ranges: list[int], screen: bool) -> Fraction | None:
    plain = _mean(ranges)
    if plain is None or not screen:
        return plain
    small = [step for step in ranges if step < Fraction("3.267") * plain]
    return _mean(small) if any(small) else plain


def _runs_of(labels: list[int]) -> list[list[int]]:
    """Places of neighbours with the same label."""
    runs: list[list[int]] = []
    for place, label in enumerate(labels):
        if place and labels[place - 1] == label:
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs


def _shift(sides: list[int], length: int) -> set[int]:
    return {place for run in _runs_of(sides) if sides[run[0]] and len(run) >= length for place in run}


def _rising(values: list[Value], length: int, way: int) -> set[int]:
    """Places in any stretch of so many points that rises (way 1) or falls (way -1) from each to the next."""
    found: set[int] = set()
    for start in range(len(values) - length + 1):
        stretch = values[start : start + length]
        if None not in stretch and all((b - a) * way > 0 for a, b in pairwise(stretch)):  # type: ignore[operator]
            found |= set(range(start, start + length))
    return found


def _trend(values: list[Value], length: int) -> dict[int, int]:
    """1 (rising) or -1 (falling) by place; where two trends meet, the point goes with the one that begins there."""
    up, down = _rising(values, length, 1), _rising(values, length, -1)
    peaks = {place for place in up & down if values[place + 1] < values[place]}  # type: ignore[operator]
    return {place: 1 if place in up and place not in peaks else -1 for place in up | down}


def _two_of_three(sides: list[int], near: list[bool]) -> set[int]:
    found: set[int] = set()
    for start in range(len(sides) - 2):
        three = range(start, start + 3)
        if abs(sum(sides[place] for place in three)) == 3 and sum(near[place] for place in three) >= 2:
            found |= {place for place in three if near[place]}
    return found


def _side(value: Value, centre: Fraction) -> int:
    return 0 if value is None else (value > centre) - (value < centre)


def _fewest_crossings(useful: int) -> int:
    ways = [comb(useful - 1, crossings) for crossings in range(useful)]
    return next(fewest for fewest in range(useful) if 20 * sum(ways[: fewest + 1]) >= 2 ** (useful - 1))


def _runs(sides: list[int]) -> dict[str, Any]:
    useful = [side for side in sides if side]
    if not useful:
        return {"useful_points": 0, "longest_run": None, "longest_run_limit": None, "crossings": None, "crossings_limit": None, "runs_signal": False}
    longest = max(len(run) for run in _runs_of(useful))
    crossings = sum(a != b for a, b in pairwise(useful))
    limit, fewest = round(log2(len(useful))) + 3, _fewest_crossings(len(useful))
    signal = longest > limit or crossings < fewest
    return {
        "useful_points": len(useful), "longest_run": longest, "longest_run_limit": limit, "crossings": crossings, "crossings_limit": fewest,
        "runs_signal": signal if len(useful) >= 10 else None,
    }  # fmt: skip


def phase_by_hand(values: list[Value], excluded: set[int], asked: Asked) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows of points and the row of the summary of one phase; better is up."""
    stays = [place for place in range(len(values)) if place not in excluded]
    there = [place for place in stays if values[place] is not None]
    used = [place for place in there if asked.baseline is None or place < asked.baseline]
    centre = _mean([values[place] for place in used])
    steps = {b: abs(values[b] - values[a]) for a, b in pairwise(stays) if values[a] is not None and values[b] is not None}
    range_mean = _range_mean([steps[place] for place in used if place in steps], asked.screen)
    enough = len(there) >= 13 and range_mean is not None and (asked.baseline is None or len(used) >= 12)
    half = Fraction("2.66") * range_mean if enough and range_mean is not None else None
    points = [{"centre_line": centre, "lower_limit": None, "upper_limit": None, "moving_range": steps.get(place)} for place in range(len(values))]
    for place, point in enumerate(points):
        point |= {"rule_outside_limits": False, "rule_shift": False, "rule_trend": False, "rule_two_of_three": False, "judgement": None}
        if half is not None and centre is not None:
            value = values[place]
            beyond = value is not None and abs(value - centre) > half
            point |= {"lower_limit": centre - half, "upper_limit": centre + half, "rule_outside_limits": beyond}
    if half is not None and centre is not None:
        _mark(points, [(place, values[place]) for place in stays], centre, half, asked)
        for place, point in enumerate(points):
            point["judgement"] = _judgement(point, _side(values[place], centre))
    sides = [_side(values[place], centre) for place in there] if centre is not None else []
    summary = {"points": len(stays), "median": median(values[place] for place in used) if used else None, **_runs(sides)}
    return points, summary


def _mark(points: list[dict[str, Any]], stays: list[tuple[int, Value]], centre: Fraction, half: Fraction, asked: Asked) -> None:
    """The rules of runs, over the points that are not left out."""
    values = [value for _, value in stays]
    sides = [_side(value, centre) for value in values]
    far = [value is not None and abs(value - centre) > half * 2 / 3 for value in values]
    near = [is_far and (asked.current or abs(value - centre) <= half) for is_far, value in zip(far, values, strict=True)]  # type: ignore[operator]
    shifted, trending, paired = _shift(sides, asked.shift), _trend(values, asked.trend), _two_of_three(sides, near)
    for index, (place, _) in enumerate(stays):
        points[place] |= {"rule_shift": index in shifted, "rule_trend": index in trending, "rule_two_of_three": index in paired}
        points[place]["_way"] = trending.get(index, 0)


def _judgement(point: dict[str, Any], side: int) -> str:
    if point["rule_outside_limits"]:
        way = side
    elif point["rule_trend"]:
        way = point["_way"]
    elif point["rule_two_of_three"] or point["rule_shift"]:
        way = side
    else:
        return "common_cause"
    return "improvement" if way > 0 else "concern"


# ------------------------------------------------------------------------------------------------------------ held against


def _frame(all_series: list[Series]) -> pl.DataFrame:
    rows = [(name, place, value, 1 + (place >= one.second)) for name, one in enumerate(all_series) for place, value in enumerate(one.values)]
    return pl.DataFrame(rows, schema={"name": pl.Int64, "place": pl.Int64, "value": pl.Float64, "era": pl.Int64}, orient="row")


def _hold(all_series: list[Series], excluded: set[int], asked: Asked) -> None:
    chart = spc.chart(
        _frame(all_series), value="value", date="place", by="name", phase_column="era", exclude=[place + 1 for place in excluded], direction="up",
        baseline=asked.baseline, screen=asked.screen, shift=asked.shift, trend=asked.trend,
        two_of_three="beyond_two_sigma" if asked.current else "between_two_and_three_sigma",
    )  # fmt: skip
    points, summaries = chart.points.to_dicts(), chart.summary.to_dicts()
    for one in all_series:
        for part, first in ((one.values[: one.second], 0), (one.values[one.second :], one.second)):
            if not part:
                continue
            by_hand, summary = phase_by_hand(part, {place - first for place in excluded}, asked)
            for expected in by_hand:
                _same(expected, points.pop(0))
            _same(summary, summaries.pop(0))
    assert points == summaries == []


def _same(expected: dict[str, Any], row: dict[str, Any]) -> None:
    for name, value in expected.items():
        if name.startswith("_"):
            continue
        wanted = pytest.approx(float(value), rel=1e-9, abs=1e-9) if isinstance(value, Fraction) else value
        assert row[name] == wanted, (name, expected, row)


WIGGLY = st.integers(-6, 6)
STEEP = st.integers(-60, 60)
CALM = st.sampled_from([10, 12])


def _values(lowest: int, highest: int) -> st.SearchStrategy[list[Value]]:
    """Noise, runs of one level, slopes and gaps, one after the other."""
    slope = st.builds(lambda start, step, n: [start + step * i for i in range(n)], WIGGLY, st.sampled_from([-2, -1, 1, 2]), st.integers(5, 9))
    level = st.builds(lambda at, n: [at + (i % 2) for i in range(n)], WIGGLY, st.integers(5, 9))
    noise = st.lists(st.one_of(WIGGLY, WIGGLY, CALM, STEEP), min_size=1, max_size=8)
    gap = st.just([None])
    parts = st.lists(st.one_of(noise, noise, level, slope, gap), min_size=2, max_size=8)
    return parts.map(lambda listed: [value for part in listed for value in part][:highest]).filter(lambda values: len(values) >= lowest)


SERIES = st.builds(Series, _values(13, 40), st.sampled_from([0, 40, 40, 40, 13, 20]))
ASKED = st.builds(
    Asked, st.sampled_from([None, None, 12, 15]), st.booleans(), st.sampled_from([6, 7, 8]), st.sampled_from([5, 6, 7]), st.booleans()
)  # fmt: skip


@settings(max_examples=45, deadline=None)
@given(st.lists(SERIES, min_size=1, max_size=5), st.sets(st.integers(0, 39), max_size=3), ASKED)
def test_lines_rules_judgements_and_runs_of_many_series_are_those_worked_out_by_hand(
    all_series: list[Series], excluded: set[int], asked: Asked
) -> None:
    _hold(all_series, excluded, asked)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.builds(Series, st.lists(st.one_of(st.none(), WIGGLY), max_size=14), st.integers(0, 14)), min_size=1, max_size=6))
def test_short_series_and_series_of_gaps_are_those_worked_out_by_hand(all_series: list[Series]) -> None:
    _hold(all_series, set(), Asked())


def test_the_reference_itself_finds_what_it_is_meant_to_find() -> None:
    quiet: list[Value] = [12, 10] * 6
    points, summary = phase_by_hand([*quiet, 9, 10, 11, 12, 13, 14, 17, None, 12], set(), Asked(baseline=12))
    assert [place for place, point in enumerate(points) if point["rule_trend"]] == [12, 13, 14, 15, 16, 17, 18]
    assert [place for place, point in enumerate(points) if point["rule_outside_limits"]] == [18]
    assert (points[0]["upper_limit"], summary["useful_points"], summary["crossings"]) == (Fraction("16.32"), 19, 12)
    assert points[-2]["judgement"] == points[-1]["judgement"] == "common_cause"
