"""The four rules of Making Data Count, each on a series that can be checked by eye.

The first twelve points (12 10 12 10 ... 12 10) freeze the lines: mean 11, limits 5.68 and 16.32, two-sigma lines
7.4533 and 14.5467. Marks are drawn from the thirteenth point on unless the quiet twelve are said to be shown.
"""

from __future__ import annotations

import numpy as np
import pytest

from sightline.spc import rules
from tests.spc.series import QUIET, after_quiet, column, drawn, marks


def _later(rule: str, later: str, **settings: object) -> str:
    return marks(after_quiet(later, **settings), rule, start=12)


def test_the_quiet_twelve_have_the_lines_said_above_and_no_flag() -> None:
    chart = drawn(QUIET + "11")
    quiet = after_quiet("11")
    assert column(quiet, "centre_line") == [pytest.approx(11)] * 13
    assert column(quiet, "upper_limit") == [pytest.approx(16.32)] * 13
    assert column(quiet, "lower_limit") == [pytest.approx(5.68)] * 13
    assert column(quiet, "upper_two_sigma") == [pytest.approx(11 + 5.32 * 2 / 3)] * 13
    assert column(quiet, "lower_two_sigma") == [pytest.approx(11 - 5.32 * 2 / 3)] * 13
    assert set(column(quiet, "signal")) == set(column(chart, "signal")) == {"none"}


# ------------------------------------------------------------------------------------------------- outside the limits


@pytest.mark.parametrize(
    ("value", "mark"),
    [("16.33", "#"), ("16.32", "."), ("16.31", "."), ("5.67", "#"), ("5.68", "."), ("5.69", ".")],
)
def test_a_point_beyond_a_limit_is_outside_and_one_on_it_is_inside(value: str, mark: str) -> None:
    assert _later("outside_limits", value) == mark


def test_a_point_on_a_limit_is_inside_whatever_the_constant() -> None:
    assert _later("outside_limits", "17 5 17.001 4.999", constant=3) == "..##"


# -------------------------------------------------------------------------------------------------------------- shift


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ("12 12 13 12 12 13 12", "#######"),
        ("12 12 13 12 12 13 12 10", "#######."),
        ("12 12 13 12 12 13 10 12", "........"),  # six
        ("12 12 12 11 12 12 12 12", "........"),  # on the mean: three and four
        ("12 9 9 10 9 9 10 9", ".#######"),
        ("12 13 12 13 12 13 12 13 12", "#########"),  # all of a longer run
    ],
)
def test_seven_points_on_one_side_are_a_shift_and_a_point_on_the_mean_breaks_it(later: str, expected: str) -> None:
    assert _later("shift", later) == expected


def test_a_shift_begins_with_the_first_point_on_that_side() -> None:
    chart = after_quiet("9 10 9 10 9 10")  # the last of the quiet twelve is low: it is the first of the seven
    assert marks(chart, "shift") == "...........#" + "######"


@pytest.mark.parametrize(("length", "expected"), [(6, "######."), (7, "......."), (8, ".......")])
def test_the_length_of_a_shift_can_be_set(length: int, expected: str) -> None:
    assert _later("shift", "12 13 12 13 12 13 10", shift=length) == expected


def test_points_within_rounding_of_the_mean_lie_on_it() -> None:
    assert _later("shift", " ".join(["11.0000000000001"] * 7)) == "......."  # 1e-13 above 11
    assert _later("shift", " ".join(["11.0000000001"] * 7)) == "#######"  # 1e-10 above 11


def test_a_flat_series_that_binary_numbers_cannot_hold_lies_on_its_mean() -> None:
    chart = drawn([0.1] * 24)
    assert sum([0.1] * 24) / 24 != 0.1  # the plain mean is above or below every point
    assert marks(chart, "shift") == marks(chart, "outside_limits") == "." * 24


def test_the_tolerance_does_not_grow_with_a_wild_point_that_is_left_out() -> None:
    values = [0.9, 0.8] * 6 + [0.9] * 7 + [1e13]
    assert marks(drawn(values, exclude=[20], baseline=12), "shift", start=12) == "#######."


# -------------------------------------------------------------------------------------------------------------- trend


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ("9 9.5 10 10.5 11.5 12 12.5", "#######"),  # six rises, the first point included, across the mean
        ("9 9.5 10 10.5 11.5 12 10", "......."),  # five rises
        ("13 12.5 12 11.5 10.5 10 9.5", "#######"),
        ("9 9.5 10 10 10.5 11.5 12 12.5", "........"),  # a tie breaks it
        ("9 9.5 10 10.5 11.5 12 12.5 13 13.5", "#########"),
    ],
)
def test_seven_points_rising_or_falling_are_a_trend_and_a_tie_breaks_it(later: str, expected: str) -> None:
    assert _later("trend", later) == expected


def test_a_trend_begins_with_the_point_it_rises_from() -> None:
    assert marks(after_quiet("10.5 11 11.5 12 12.5 13"), "trend") == "...........#" + "######"


@pytest.mark.parametrize(("length", "expected"), [(6, "######."), (7, ".......")])
def test_the_length_of_a_trend_counts_points_not_rises(length: int, expected: str) -> None:
    assert _later("trend", "9 9.5 10 10.5 11.5 12 9", trend=length) == expected


def test_a_turning_point_belongs_to_the_later_trend() -> None:
    chart = after_quiet("9 9.5 10 10.5 11.5 12 12.5 12 11.5 10.5 10 9.5 9", direction="up")
    assert marks(chart, "trend", start=12) == "#" * 13
    assert column(chart, "judgement")[12:] == ["improvement"] * 6 + ["concern"] * 7


# ------------------------------------------------------------------------------------------------------- two of three


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ("15 12 15", "#.#"),
        ("15 15 12", "##."),
        ("12 15 15", ".##"),
        ("15 10 15", "..."),  # the third on the other side
        ("15 11 15", "..."),  # the third on the mean
        ("15 12 12 15", "...."),  # two of four
        ("7 10 7", "#.#"),
        ("15 7 15", "..."),
    ],
)
def test_two_of_three_beyond_two_sigma_with_the_third_on_the_same_side(later: str, expected: str) -> None:
    assert _later("two_of_three", later) == expected


def test_a_point_on_the_two_sigma_line_is_not_beyond_it() -> None:
    assert _later("two_of_three", "15 12 15", constant=3) == "..."  # lines at 7 and 15
    assert _later("two_of_three", "15.1 12 15.1", constant=3) == "#.#"


@pytest.mark.parametrize(
    ("later", "current", "old"),
    [
        ("17 12 15", "#.#", "..."),
        ("17 15 15", "###", ".##"),
        ("17 12 17", "#.#", "..."),
        ("15 12 15", "#.#", "#.#"),
    ],
)
def test_the_current_reading_counts_points_outside_the_limits_and_the_old_one_does_not(later: str, current: str, old: str) -> None:
    assert _later("two_of_three", later) == current
    assert _later("two_of_three", later, two_of_three="between_two_and_three_sigma") == old


# --------------------------------------------------------------------------------------------------------- precedence


@pytest.mark.parametrize(
    ("later", "signal", "also"),
    [
        ("12 13 12 13 12 12 17", "outside_limits", ["shift"]),
        ("11.5 12 12.5 13 13.5 14 17", "outside_limits", ["trend", "shift"]),
        ("15 12 17", "outside_limits", ["two_of_three"]),
        ("11.5 12 12.5 13 13.5 15 15.5", "trend", ["two_of_three", "shift"]),
        ("11.5 12 12.5 13 13.5 14 14.5", "trend", ["shift"]),
        ("12 12 12 12 15 12 15", "two_of_three", ["shift"]),
        ("12 12 13 12 12 13 12", "shift", []),
        ("12", "none", []),
    ],
)
def test_the_signal_is_outside_then_trend_then_two_of_three_then_shift_and_every_rule_is_kept(later: str, signal: str, also: list[str]) -> None:
    last = after_quiet(later).points.row(-1, named=True)
    held = [rule for rule in ("outside_limits", "trend", "two_of_three", "shift") if last[f"rule_{rule}"]]
    assert last["signal"] == signal
    assert held == ([] if signal == "none" else [signal, *also])


# -------------------------------------------------------------------------------------------- the rules by themselves


def test_no_rule_looks_across_phases() -> None:
    sides, phase = np.array([1, 1, 1, 1], dtype=np.int8), np.array([0, 0, 1, 1])
    assert rules.shift(sides, phase, 3).tolist() == [False] * 4
    assert rules.trend(np.array([1.0, 2.0, 3.0, 4.0]), phase, 3).tolist() == [0, 0, 0, 0]
    assert rules.two_of_three(sides, np.array([False, True, True, False]), phase).tolist() == [False] * 4


def test_rules_of_nothing_are_nothing() -> None:
    none, phase = np.zeros(0, dtype=np.int8), np.zeros(0, dtype=np.int64)
    assert rules.shift(none, phase, 7).size == 0
    assert rules.trend(np.zeros(0), phase, 7).size == 0
    assert rules.two_of_three(none, np.zeros(0, dtype=bool), phase).size == 0
