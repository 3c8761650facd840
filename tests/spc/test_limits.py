"""Centre lines and limits, worked by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.spc.series import QUIET, after_quiet, charted, column, drawn, frame, marks, only

LIMITS = ("lower_limit", "upper_limit", "lower_two_sigma", "upper_two_sigma")
RULES = ("outside_limits", "shift", "trend", "two_of_three")


def test_individuals_limits_are_the_mean_and_266_hundredths_of_the_mean_moving_range() -> None:
    # thirteen values sum to 260, their twelve ranges 3 1 5 1 2 4 2 3 1 1 3 6 to 32
    chart = drawn("20 23 22 17 18 20 24 22 19 18 19 22 16")
    assert only(chart)["centre_line"] == pytest.approx(20)
    assert (only(chart)["lower_limit"], only(chart)["upper_limit"]) == (pytest.approx(20 - 2.66 * 32 / 12), pytest.approx(20 + 2.66 * 32 / 12))
    assert column(chart, "moving_range") == [None, 3, 1, 5, 1, 2, 4, 2, 3, 1, 1, 3, 6]


@pytest.mark.parametrize(
    ("settings", "constant"),
    [({}, 2.66), ({"like": "nhsrplotthedots"}, 2.66), ({"like": "qicharts2"}, 3 / 1.128), ({"constant": 3.0}, 3.0)],
)
def test_each_preset_says_which_constant_it_uses(settings: dict[str, object], constant: float) -> None:
    assert only(drawn("12 10 " * 8, **settings))["upper_limit"] == pytest.approx(11 + 2 * constant, rel=1e-12)


# ---------------------------------------------------------------------------------------------------------- screening

# eighteen ranges of 1, one of 10, one of 100: mean 6.4, bound 3.267 × 6.4 = 20.9. The 100 goes and leaves a mean of
# 28/19, whose own bound would be 4.8: a second pass would take the 10 as well.
TWO_JUMPS = "0 1 0 1 0 1 0 1 0 10 11 10 11 10 11 10 11 10 11 111 110"


def _half(values: str, **settings: object) -> Any:
    row = only(drawn(values, **settings))
    return row["upper_limit"] - row["centre_line"]


def test_large_ranges_are_left_out_once_and_only_once() -> None:
    assert _half(TWO_JUMPS) == pytest.approx(2.66 * 28 / 19)


def test_no_range_is_left_out_when_screening_is_off() -> None:
    assert _half(TWO_JUMPS, screen=False) == pytest.approx(2.66 * 128 / 20)


def test_screening_leaves_the_mean_alone() -> None:
    assert only(drawn(TWO_JUMPS))["centre_line"] == pytest.approx(330 / 21)


def test_without_a_large_range_screening_changes_nothing() -> None:
    assert _half("12 10 " * 8) == _half("12 10 " * 8, screen=False)


def test_screening_is_given_up_where_it_would_leave_no_movement_and_says_so() -> None:
    chart = drawn([100.0] * 12 + [99.0] + [100.0] * 11)  # two ranges of 1 among 23, both above the bound
    assert _half(" ".join(["100"] * 12 + ["99"] + ["100"] * 11)) == pytest.approx(2.66 * 2 / 23)
    assert marks(chart, "outside_limits") == "............#..........."
    assert {"screening would leave no movement, so no range is left out"} == set(column(chart, "note"))


# --------------------------------------------------------------------------------------------------------------- flat


@pytest.mark.parametrize("value", [5.0, 0.0, 0.1, 1e-9, -3.7])
def test_a_flat_series_has_its_limits_on_the_centre_and_no_signal(value: float) -> None:
    chart = drawn([value] * 24, direction="up")
    for name in ("centre_line", *LIMITS):
        assert column(chart, name) == [pytest.approx(value, rel=1e-12)] * 24
    assert set(column(chart, "signal")) == {"none"}
    assert set(column(chart, "judgement")) == {"common_cause"}
    assert set(column(chart, "note")) == {"no movement from point to point: the limits lie on the centre line"}


@pytest.mark.parametrize(
    ("target", "direction", "expected"),
    [
        (5, "up", "passing"),
        (4.9, "up", "passing"),
        (5.1, "up", "failing"),
        (5, "down", "passing"),
        (5.1, "down", "passing"),
        (4.9, "down", "failing"),
    ],
)
def test_a_flat_series_passes_a_target_it_meets_or_equals(target: float, direction: str, expected: str) -> None:
    assert only(drawn([5.0] * 24, direction=direction, target=target))["assurance"] == expected


# ----------------------------------------------------------------------------------------------------- minimum points


@pytest.mark.parametrize("points", [1, 2, 9, 10, 12])
def test_fewer_than_thirteen_points_get_a_mean_and_nothing_more(points: int) -> None:
    chart = drawn([50.0, 1.0] * (points // 2) + [90.0] * (points % 2), direction="up", target=5)
    row = only(chart)
    assert row["centre_line"] == pytest.approx(sum(frame([50.0, 1.0] * (points // 2) + [90.0] * (points % 2))["value"]) / points)
    assert [row[name] for name in ("lower_limit", "upper_limit", "variation", "assurance")] == [None] * 4
    assert all(column(chart, name) == [None] * points for name in (*LIMITS, "judgement"))
    assert all(marks(chart, rule) == "." * points for rule in RULES)
    assert set(column(chart, "note")) == {f"{points} points in this phase: no limits under 13"}


def test_thirteen_points_get_limits_and_icons() -> None:
    row = only(drawn(QUIET + "12", direction="up", target=5))
    assert None not in [row[name] for name in ("lower_limit", "upper_limit", "variation", "assurance")]


@pytest.mark.parametrize("thirteenth", [".", "11"])
def test_missing_and_left_out_points_do_not_count_towards_thirteen(thirteenth: str) -> None:
    chart = drawn(QUIET + thirteenth, exclude=[] if thirteenth == "." else [13])
    assert only(chart)["upper_limit"] is None
    assert only(drawn(QUIET + "11"))["upper_limit"] is not None


def test_no_point_gives_empty_frames_with_every_column() -> None:
    nothing, something = drawn(""), drawn(QUIET + "11")
    assert nothing.points.height == nothing.summary.height == 0
    assert nothing.points.schema == something.points.schema
    assert nothing.summary.schema == something.summary.schema


def test_a_series_without_any_value_has_no_lines() -> None:
    row = only(drawn(". . . ."))
    assert (row["points"], row["useful_points"], row["centre_line"], row["median"], row["variation"]) == (4, 0, None, None, None)


def test_thirteen_points_none_of_which_has_a_neighbour_get_no_limits_and_no_verdict() -> None:
    chart = drawn("10 . 12 . " * 7)
    assert only(chart)["variation"] is None
    assert column(chart, "upper_limit") == [None] * 28
    assert column(chart, "note")[0] == "no point has a neighbour, so there is no moving range and no limits"


@pytest.mark.parametrize("like", ["nhsrplotthedots", "qicharts2"])
def test_the_presets_of_tools_give_limits_from_two_points(like: str) -> None:
    assert only(drawn("10", like=like))["upper_limit"] is None
    assert only(drawn("10 12", like=like))["upper_limit"] is not None


# ----------------------------------------------------------------------------------------------------- frozen baseline


def test_a_baseline_freezes_the_lines_and_later_points_are_judged_by_them() -> None:
    chart = after_quiet("30 30")
    assert only(chart)["centre_line"] == pytest.approx(11)
    assert marks(chart, "outside_limits") == "............##"


def test_a_baseline_counts_rows_so_that_a_gap_in_it_is_not_made_good_by_a_later_point() -> None:
    thirteen = "12 10 12 10 12 10 12 10 12 10 12 10 99 . 12 10 12"
    row = only(drawn(thirteen, baseline=12))
    assert row["centre_line"] == pytest.approx(11)


def test_a_baseline_with_gaps_gives_no_limits_from_fewer_than_twelve_points() -> None:
    chart = drawn("12 10 . 10 12 10 12 10 12 10 12 10 12 10 12 10", baseline=12)
    assert column(chart, "upper_limit") == [None] * 16
    assert column(chart, "note")[0] == "11 points in the baseline: no limits under 12"


def test_a_baseline_longer_than_the_phase_takes_the_whole_phase() -> None:
    assert only(drawn(QUIET + "12 10", baseline=20)) == only(drawn(QUIET + "12 10"))


# ---------------------------------------------------------------------------------------------- given centre and scale


def test_a_centre_line_of_zero_is_a_centre_line() -> None:
    row = only(drawn("12 10 " * 8, centre_line=0))
    assert (row["centre_line"], row["lower_limit"], row["upper_limit"]) == (0, pytest.approx(-5.32), pytest.approx(5.32))


def test_multiply_scales_value_centre_and_limits_and_changes_no_flag() -> None:
    plain, scaled = after_quiet("17 12 15"), after_quiet("17 12 15", multiply=100)
    for name in ("value", "centre_line", *LIMITS, "median", "moving_range"):
        assert column(scaled, name) == [None if number is None else pytest.approx(number * 100) for number in column(plain, name)]
    assert column(scaled, "signal") == column(plain, "signal")


def test_negative_false_cuts_lower_lines_at_zero_unless_a_value_lies_below() -> None:
    near_zero = "2 0 " * 8  # mean 1, limits 1 ± 5.32
    assert only(drawn(near_zero))["lower_limit"] == pytest.approx(-4.32)
    assert only(drawn(near_zero, negative=False))["lower_limit"] == 0
    assert only(drawn(near_zero + "-1 1", negative=False))["lower_limit"] < 0


def test_limits_are_not_clipped_at_the_ends_of_a_percentage() -> None:
    assert only(drawn("99 100 98 100 99 97 100 98 100 99 97 100 98 100"))["upper_limit"] > 100


# --------------------------------------------------------------------------------------------------- denominators


def test_a_value_with_a_denominator_is_the_quotient() -> None:
    counts = frame("12 10 " * 8).with_columns(whole=200.0)
    assert column(charted(counts, denominator="whole"), "value") == [0.06, 0.05] * 8


def test_a_month_without_a_denominator_has_no_value_no_limits_no_flag_and_a_note() -> None:
    wholes = [200.0] * 4 + [0.0] + [200.0] * 4 + [None] + [200.0] * 6
    counts = frame("12 10 " * 8).insert_column(2, frame(wholes)["value"].alias("whole"))
    chart = charted(counts, denominator="whole")
    for place in (4, 9):
        row = chart.points.row(place, named=True)
        assert [row[name] for name in ("value", *LIMITS)] == [None] * 5
        assert (row["signal"], row["note"]) == ("none", "no denominator, so no value")
        assert row["centre_line"] == pytest.approx((8 * 0.06 + 8 * 0.05 - 0.06 - 0.05) / 14)
    assert chart.points["upper_limit"].null_count() == 2


# ------------------------------------------------------------------------------------------------------- moving ranges


def test_the_moving_range_chart_has_the_mean_range_and_3267_thousandths_of_it() -> None:
    row = only(drawn("12 10 " * 8, chart="mr"))
    assert (row["centre_line"], row["lower_limit"], row["upper_limit"]) == (2, 0, pytest.approx(6.534))
    points = drawn("12 10 " * 8, chart="mr").points.row(-1, named=True)
    assert (points["value"], points["lower_two_sigma"], points["upper_two_sigma"]) == (2, 0, pytest.approx(2 * 2.178))


def test_the_moving_range_chart_is_not_screened_and_knows_no_runs() -> None:
    chart = drawn(TWO_JUMPS, chart="mr")
    assert only(chart)["centre_line"] == pytest.approx(128 / 20)
    assert column(chart, "value")[0] is None
    assert marks(chart, "outside_limits") == "...................#."
    assert all(marks(chart, rule) == "." * 21 for rule in ("shift", "trend", "two_of_three"))
    assert (only(chart)["runs_signal"], only(chart)["assurance"]) == (False, None)


def test_a_large_range_is_neither_good_nor_bad() -> None:
    assert column(drawn(TWO_JUMPS, chart="mr", direction="up"), "judgement")[19:] == ["neither_high", "common_cause"]
