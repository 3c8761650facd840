"""Axes, labels and the words of figures: numbers that must hold for any series."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sightline.charts import drawable
from sightline.charts.figures import figure, month_name, number, short_month, target_figure
from sightline.charts.layout import axis_figure, axis_span, nice_step, pushed_apart, ticks

PERCENTAGES = st.lists(st.floats(0, 100), min_size=1, max_size=30).filter(lambda values: max(values) > 0.05)
AMOUNTS = st.lists(st.floats(0, 3_000_000), min_size=1, max_size=30).filter(lambda values: max(values) > 0.05)
INTERVALS = st.sampled_from([2, 5])


def _sound(values: list[float], unit: str, intervals: int) -> tuple[float, float, float]:
    bottom, top, step = axis_span(values, unit, intervals)
    hair = 1e-6 * max(values)
    assert bottom <= min(values) + hair, "the smallest figure lies under the axis"
    assert top >= max(values) - hair, "the largest figure lies over the axis"
    levels = ticks(bottom, top, step)
    assert 1 <= len(levels) - 1 <= intervals
    assert levels[0] == pytest.approx(bottom)
    assert levels[-1] == pytest.approx(top)
    return bottom, top, step


@given(PERCENTAGES, INTERVALS)
@example([100.0, 100.0], 2)
@example([75.0], 5)
@example([99.9, 100.0], 5)
@example([34.0, 100.0], 5)
@settings(deadline=None)
def test_a_percentage_axis_covers_its_figures_and_begins_above_zero_only_where_they_lie_far_above(values: list[float], intervals: int) -> None:
    bottom, top, _ = _sound(values, "proportion", intervals)
    assert bottom >= 0
    assert top <= 100, "no percentage lies above 100"
    if min(values) <= 0.35 * max(values):
        assert bottom == 0


def test_a_percentage_axis_begins_above_zero_where_its_figures_lie_far_above() -> None:
    assert axis_span([74.0, 78.0], "proportion", 5)[0] >= 70
    assert axis_span([40.0, 100.0], "proportion", 5)[0] > 0


@given(AMOUNTS, INTERVALS, st.sampled_from(["attendances", "per 1,000 emergency admissions"]))
@settings(deadline=None)
def test_the_axis_of_counts_and_rates_begins_at_zero(values: list[float], intervals: int, unit: str) -> None:
    bottom, _, _ = _sound(values, unit, intervals)
    assert bottom == 0


@given(st.floats(1e-3, 1e7), st.integers(2, 6))
def test_steps_are_round_numbers(span: float, intervals: int) -> None:
    step = nice_step(span, intervals)
    assert step * intervals >= span * (1 - 1e-6)
    digits = f"{step:.1e}".split("e")[0]
    assert digits in {"1.0", "2.0", "2.5", "5.0"}


@given(st.lists(st.floats(-1000, 1000), min_size=1, max_size=8).map(sorted), st.floats(0.5, 50))
@settings(deadline=None)
def test_labels_pushed_apart_keep_their_order_and_their_distance(places: list[float], least: float) -> None:
    moved = pushed_apart(places, least)
    assert len(moved) == len(places)
    assert all(later - earlier >= least * (1 - 1e-6) - 1e-9 for earlier, later in pairwise(moved))


@given(st.lists(st.integers(-20, 20).map(lambda place: place * 60.0), min_size=1, max_size=6, unique=True).map(sorted))
def test_labels_that_are_far_enough_apart_are_not_moved(places: list[float]) -> None:
    assert pushed_apart(places, 14) == pytest.approx(places)


def _nearest(places: list[float], least: float) -> list[float]:
    """The arrangement with the smallest sum of squared moves, by the min-max formula of isotonic regression."""
    wished = [place - least * at for at, place in enumerate(places)]
    ends = range(len(wished))

    def mean(first: int, last: int) -> float:
        return sum(wished[first : last + 1]) / (last + 1 - first)

    return [max(min(mean(first, last) for last in ends if last >= at) for first in ends if first <= at) + least * at for at in ends]


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=7).map(sorted), st.floats(1, 30))
def test_labels_are_moved_as_little_as_their_distance_allows(places: list[float], least: float) -> None:
    assert pushed_apart(places, least) == pytest.approx(_nearest(places, least), abs=1e-6)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], False), ([None, None], False), ([0.0, 0.0], False), ([None, 0.0], False), ([0.0, 0.1], True), ([None, 5.0, None], True)],
)
def test_zeros_alone_and_nothing_at_all_are_not_drawn(values: list[float | None], expected: bool) -> None:
    assert drawable(values) is expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0.7556, "proportion", "75.6\u00a0%"),
        (0.0, "proportion", "0\u00a0%"),
        (1.0, "proportion", "100.0\u00a0%"),
        (161.4, "per 1,000 emergency admissions", "161"),
        (28.14, "per 100 type 1 attendances", "28.1"),
        (2345934.0, "attendances", "2,345,934"),
        (3.0, "people", "3"),
        (-1.26, "per 100 type 1 attendances", "−1.3"),
        (-0.01, "per 100 type 1 attendances", "0"),
    ],
)
def test_a_figure_is_written_in_one_way_and_never_loses_its_percent_sign(value: float, unit: str, expected: str) -> None:
    assert figure(value, unit) == expected
    assert number(value, unit) == expected.removesuffix("\u00a0%")


def test_a_target_is_written_as_it_was_set() -> None:
    assert target_figure(0.95, "proportion") == "95\u00a0%"
    assert target_figure(0.625, "proportion") == "62.5\u00a0%"
    assert target_figure(30, "per 1,000 emergency admissions") == "30"


@pytest.mark.parametrize(
    ("value", "expected"), [(75, "75"), (2.5, "2.5"), (1000, "1,000"), (20_000, "20 k"), (1_200_000, "1.2 m"), (0, "0"), (0.25, "0.25")]
)
def test_figures_of_the_axis_are_short(value: float, expected: str) -> None:
    assert axis_figure(value) == expected


def test_months_are_named_in_english_whatever_the_machine_speaks() -> None:
    assert [month_name(date(2025, 6, 1)), short_month(date(2025, 9, 1))] == ["June 2025", "Sep 2025"]
