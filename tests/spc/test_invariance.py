"""What must not matter does not: order of rows, units, neighbours, and which way is called better."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sightline import spc
from tests.spc.series import months

FLAGS = ["rule_outside_limits", "rule_shift", "rule_trend", "rule_two_of_three", "signal", "judgement"]
LINES = ["value", "centre_line", "lower_limit", "upper_limit", "lower_two_sigma", "upper_two_sigma", "median"]
COUNTS = ["points", "useful_points", "longest_run", "crossings", "runs_signal", "variation", "assurance"]

#: eighths, so that adding a whole number or doubling rounds nothing; some level for a while, so that rules speak
VALUE = st.one_of(st.none(), st.integers(-80, 80).map(lambda eighths: eighths / 8), st.sampled_from([1.0, 2.0, 40.0]))
PART = st.one_of(
    st.lists(VALUE, min_size=1, max_size=12),
    st.builds(lambda level, size: [level + (place % 2) / 4 for place in range(size)], st.integers(-9, 9), st.integers(6, 9)),
    st.builds(
        lambda start, step, size: [start + step * place for place in range(size)], st.integers(-9, 9), st.sampled_from([-0.5, 0.5]), st.integers(6, 9)
    ),
)
VALUES = st.lists(PART, min_size=1, max_size=5).map(lambda parts: [value for part in parts for value in part])
TARGET = st.integers(-20, 20).map(float)


def _frame(all_values: list[list[float | None]]) -> pl.DataFrame:
    rows = [(f"s{name}", month, value) for name, values in enumerate(all_values) for month, value in zip(months(len(values)), values, strict=True)]
    return pl.DataFrame(rows, schema={"name": pl.String, "month": pl.Date, "value": pl.Float64}, orient="row")


def _chart(frame: pl.DataFrame, **named: Any) -> spc.Chart:
    return spc.chart(frame, **{"value": "value", "date": "month", "by": "name", "direction": "up"} | named)


@settings(max_examples=10, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=3), st.randoms(use_true_random=False), st.sampled_from(["xmr", "run", "mr"]))
def test_the_order_of_rows_changes_nothing(all_values: list[list[float | None]], random: Any, kind: str) -> None:
    frame = _frame(all_values)
    order = list(range(frame.height))
    random.shuffle(order)
    plain, shuffled = _chart(frame, chart=kind), _chart(frame[order], chart=kind)
    assert_frame_equal(plain.points, shuffled.points, check_exact=True)
    assert_frame_equal(plain.summary, shuffled.summary, check_exact=True)


@settings(max_examples=10, deadline=None)
@given(st.lists(VALUES, min_size=2, max_size=4), st.sampled_from(["xmr", "run", "mr"]))
def test_a_frame_split_by_series_gives_the_same_rows_as_the_whole(all_values: list[list[float | None]], kind: str) -> None:
    frame = _frame(all_values)
    whole = _chart(frame, chart=kind)
    parts = [_chart(part, chart=kind) for part in frame.partition_by("name", maintain_order=True)]
    assert_frame_equal(whole.points, pl.concat(part.points for part in parts), check_exact=True)
    assert_frame_equal(whole.summary, pl.concat(part.summary for part in parts), check_exact=True)


@settings(max_examples=10, deadline=None)
@given(st.lists(VALUES, min_size=2, max_size=4))
def test_series_that_lack_rows_are_by_their_own_calendar_the_same_alone_and_together(all_values: list[list[float | None]]) -> None:
    frame = _frame(all_values).drop_nulls()
    whole = _chart(frame, calendar="series")
    parts = [_chart(part) for part in frame.partition_by("name", maintain_order=True)]
    assert_frame_equal(whole.points, pl.concat([whole.points.clear(), *(part.points for part in parts)]), check_exact=True)


@settings(max_examples=10, deadline=None)
@given(VALUES, VALUES)
def test_an_unrelated_series_changes_no_row_of_another(values: list[float | None], other: list[float | None]) -> None:
    alone, beside = _chart(_frame([values])), _chart(_frame([values, other]))
    assert_frame_equal(alone.points, beside.points.filter(pl.col("series") == "s0"), check_exact=True)
    assert_frame_equal(alone.summary, beside.summary.filter(pl.col("series") == "s0"), check_exact=True)


@settings(max_examples=20, deadline=None)
@given(VALUES, st.integers(-1000, 1000), st.sampled_from([0.125, 0.5, 2.0, 64.0]), TARGET)
def test_another_zero_or_another_unit_moves_the_lines_and_changes_no_verdict(
    values: list[float | None], zero: int, unit: float, target: float
) -> None:
    moved = [None if value is None else (value + zero) * unit for value in values]
    plain, other = _chart(_frame([values]), target=target), _chart(_frame([moved]), target=(target + zero) * unit)
    assert_frame_equal(plain.points.select(FLAGS), other.points.select(FLAGS))
    assert_frame_equal(plain.summary.select(COUNTS), other.summary.select(COUNTS))
    assert_frame_equal(plain.points.select((pl.col(LINES) + zero) * unit), other.points.select(LINES), abs_tol=1e-9 * unit * (100 + abs(zero)))
    assert_frame_equal(
        plain.points.select(pl.col("moving_range") * unit), other.points.select("moving_range"), abs_tol=1e-9 * unit * (100 + abs(zero))
    )


@settings(max_examples=10, deadline=None)
@given(VALUES, TARGET)
def test_a_series_upside_down_with_the_better_direction_turned_says_the_same(values: list[float | None], target: float) -> None:
    turned = [None if value is None else -value for value in values]
    plain, other = _chart(_frame([values]), target=target), _chart(_frame([turned]), target=-target, direction="down")
    assert_frame_equal(plain.points.select(FLAGS), other.points.select(FLAGS))
    assert_frame_equal(plain.summary.select(COUNTS), other.summary.select(COUNTS))


@settings(max_examples=10, deadline=None)
@given(VALUES, VALUES)
def test_a_later_phase_changes_no_row_of_an_earlier_one(values: list[float | None], later: list[float | None]) -> None:
    start = months(len(values) + 1)[-1]
    alone, both = _chart(_frame([values])), _chart(_frame([values + later]), rebase=[start])
    assert_frame_equal(alone.points, both.points.filter(pl.col("phase") == 1), check_exact=True)
    assert_frame_equal(alone.summary, both.summary.filter(pl.col("phase") == 1), check_exact=True)


@settings(max_examples=10, deadline=None)
@given(VALUES)
def test_limits_lie_around_the_centre_and_flags_only_where_there_are_limits(values: list[float | None]) -> None:
    for row in _chart(_frame([values])).points.iter_rows(named=True):
        if row["upper_limit"] is None:
            assert row["signal"] == "none"
            assert row["judgement"] is None
        else:
            assert row["lower_limit"] <= row["lower_two_sigma"] <= row["centre_line"] <= row["upper_two_sigma"] <= row["upper_limit"]
            assert (row["signal"] == "none") == (row["judgement"] == "common_cause")
        if row["value"] is None:
            assert row["signal"] == "none"
