"""What cannot be used is refused in one sentence: where, what was expected, what was seen, what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline import spc
from sightline.errors import BadInput
from tests.spc.series import months


def _frame() -> pl.DataFrame:
    """Two series of sixteen months: rows 1 to 16 are A, 17 to 32 are B."""
    value = [10.0, 12.0] * 16
    return pl.DataFrame({"month": months(16) * 2, "value": value, "site": ["A"] * 16 + ["B"] * 16, "whole": [100] * 32, "ward": [1] * 16 + [2] * 16})


def _refused(frame: pl.DataFrame, **named: Any) -> BadInput:
    with pytest.raises(BadInput) as caught:
        spc.chart(frame, **{"value": "value", "date": "month", "by": "site"} | named)
    assert isinstance(caught.value, ValueError)
    for part in (caught.value.where, caught.value.expected, caught.value.seen, caught.value.action):
        assert part.strip()
        assert part in str(caught.value)
    return caught.value


def _with_text(name: str, row: int, text: str | None) -> pl.DataFrame:
    """One cell of a column (rows from 1), the column as text."""
    place = pl.int_range(1, pl.len() + 1) == row
    return _frame().with_columns(pl.when(place).then(pl.lit(text, pl.String)).otherwise(pl.col(name).cast(pl.String)).alias(name))


# --------------------------------------------------------------------------------------------------------------- cells


@pytest.mark.parametrize(
    ("column", "text", "seen", "expected"),
    [
        ("value", "n/a", "'n/a'", "a number"),
        ("value", "1,234", "'1,234'", "a number"),
        ("value", "12%", "'12%'", "a number"),
        ("value", "inf", "'inf'", "a finite number"),
        ("value", "1e400", "'1e400'", "a finite number"),
        ("whole", "many", "'many'", "a number"),
        ("month", "01/04/2022", "'01/04/2022'", "a date"),
        ("month", "2022-13-01", "'2022-13-01'", "a date"),
        ("month", "April 2022", "'April 2022'", "a date"),
        ("month", "", "''", "a date"),
        ("month", None, "None", "a date"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_by_series_row_and_column(column: str, text: str | None, seen: str, expected: str) -> None:
    refused = _refused(_with_text(column, 20, text), denominator="whole")
    assert refused.where == f"spc.chart, series B, row 20, column '{column}'"
    assert refused.seen == seen
    assert expected in refused.expected


def test_text_that_holds_numbers_and_dates_is_read() -> None:
    text = _frame().with_columns(pl.col("month", "value").cast(pl.String))
    read = spc.chart(text, value="value", date="month", by="site")
    assert read.points.equals(spc.chart(_frame(), value="value", date="month", by="site").points)


@pytest.mark.parametrize("blank", [None, "", "  ", "NA", "NaN"])
def test_an_empty_cell_is_a_missing_value(blank: str | None) -> None:
    chart = spc.chart(_with_text("value", 20, blank), value="value", date="month", by="site")
    assert chart.points["value"].null_count() == 1


def test_an_infinite_number_is_refused() -> None:
    infinite = _frame().with_columns(value=pl.when(pl.int_range(pl.len()) == 4).then(float("-inf")).otherwise("value"))
    assert _refused(infinite).where == "spc.chart, series A, row 5, column 'value'"


def test_a_zero_denominator_is_no_error_but_a_month_without_a_value() -> None:
    chart = spc.chart(_frame().with_columns(whole=pl.lit(0)), value="value", date="month", by="site", denominator="whole")
    assert chart.points["value"].null_count() == 32
    assert set(chart.points["note"]) == {"no denominator, so no value; 0 points in this phase: no limits under 13"}


@pytest.mark.parametrize("expression", [pl.lit([1.0]), pl.struct("value"), pl.lit(b"1"), pl.col("month"), pl.lit(datetime(2022, 1, 1))])
def test_a_column_of_a_kind_that_is_no_number_is_refused(expression: pl.Expr) -> None:
    refused = _refused(_frame().with_columns(value=expression))
    assert refused.where == "spc.chart, column 'value'"
    assert refused.seen.startswith("a column of type")


@pytest.mark.parametrize("expression", [pl.lit([1.0]), pl.lit(1.5), pl.lit(value=True), pl.lit(datetime(2022, 1, 1, 9, 30))])
def test_a_column_that_holds_no_dates_is_refused(expression: pl.Expr) -> None:
    assert "'month'" in _refused(_frame().with_columns(month=expression)).where


# ------------------------------------------------------------------------------------------------------ rows and columns


def test_two_rows_of_one_series_and_date_are_named() -> None:
    refused = _refused(pl.concat([_frame(), _frame().slice(18, 1)]))
    assert refused.where == "spc.chart, series B, rows 19, 33"
    assert refused.seen == "2022-03-01 more than once"


def test_one_date_in_two_series_is_no_duplicate_until_the_series_are_not_told_apart() -> None:
    assert _refused(_frame(), by=None).where == "spc.chart, series value, rows 1, 17"


@pytest.mark.parametrize("role", ["value", "date", "denominator", "by", "target_column", "direction_column", "phase_column"])
def test_a_column_that_is_not_there_is_named_with_those_that_are(role: str) -> None:
    refused = _refused(_frame(), **{role: "elsewhere"})
    assert "'elsewhere'" in refused.expected
    assert refused.seen == "the columns month, value, site, whole, ward"


@pytest.mark.parametrize(("role", "name"), [("value", None), ("by", [None]), ("by", 3), ("date", ["month"]), ("denominator", 1.5)])
def test_what_is_no_name_of_a_column_is_refused(role: str, name: object) -> None:
    assert "a column" in _refused(_frame(), **{role: name}).expected


def test_a_frame_without_columns_says_so() -> None:
    assert _refused(pl.DataFrame()).seen == "no columns"


@pytest.mark.parametrize("rows", [[1, 2, 3], None, pl.LazyFrame({"value": [1.0]})])
def test_what_is_no_frame_is_refused(rows: Any) -> None:
    assert _refused(rows).expected == "a polars DataFrame"


@pytest.mark.parametrize("name", ["target", "phase", "chart", "points", "note", "direction", "_row"])
def test_keys_named_like_columns_of_the_result_are_refused(name: str) -> None:
    assert _refused(_frame().rename({"ward": name}), by=["site", name]).where == "spc.chart, by"


def test_a_key_named_twice_is_refused() -> None:
    assert "named twice" in _refused(_frame(), by=["site", "site"]).seen


@pytest.mark.parametrize(
    ("era", "row"),
    [(["x"] * 32, 1), ([1.5] * 32, 1), ([1] * 20 + [None] * 12, 21), ([1] * 20 + [0] * 12, 21), ([1e300] * 32, 1)],
)
def test_phases_in_a_column_are_whole_numbers_that_never_fall(era: list[object], row: int) -> None:
    refused = _refused(_frame().with_columns(era=pl.Series(era)), phase_column="era")
    assert f"row {row}, column 'era'" in refused.where


def test_directions_in_a_column_are_checked() -> None:
    refused = _refused(_frame().with_columns(way=pl.lit("sideways")), direction_column="way")
    assert (refused.where, refused.seen) == ("spc.chart, direction", "'sideways'")


# ------------------------------------------------------------------------------------------------------------ settings


@pytest.mark.parametrize(
    ("setting", "wrong"),
    [
        ("chart", ["pie", None, 3, "XmR"]),
        ("direction", ["sideways", 5, {"A": "sideways"}]),
        ("like", ["minitab", None]),
        ("two_of_three", ["three_of_three"]),
        ("run_method", ["seven", None]),
        ("shift", [1, 0, -7, "7", 7.5, None, True]),
        ("trend", [1, 0, "6", float("nan")]),
        ("baseline", [11, 0, -1, "12", 12.5]),
        ("constant", [0, -1, float("nan"), float("inf"), "big"]),
        ("multiply", [0, -1, float("nan"), float("inf"), "hundred", None]),
        ("centre_line", [float("nan"), float("inf"), "mean"]),
        ("target", ["ninety", float("nan"), float("inf"), {"A": "ninety"}, {"A": float("inf")}, {("A", "B"): 1}, {3: 1, "A": 2}]),
        ("rebase", ["soon", ["2022-13-01"], 5, 5.5, [None], [1.5], {"A": ["soon"]}, {"A": 5.5}, {("A", 1): ["2022-04-01"]}]),
        ("exclude", ["soon", [0], [-1], [1.5], [None], 2.5]),
    ],
)
def test_a_setting_that_means_nothing_is_refused_by_its_name(setting: str, wrong: list[object]) -> None:
    for value in wrong:
        assert _refused(_frame(), **{setting: value}).where.startswith(f"spc.chart, {setting}"), value


@pytest.mark.parametrize(("by", "key"), [("ward", "A"), (["site", "ward"], "A"), (["site", "ward"], ("A", "one"))])
def test_a_setting_by_series_is_keyed_as_the_frame_is(by: object, key: object) -> None:
    for setting, value in (("target", 1), ("rebase", ["2022-04-01"]), ("direction", "up")):
        assert _refused(_frame(), by=by, **{setting: {key: value}}).where == f"spc.chart, {setting}"


@pytest.mark.parametrize(
    ("setting", "value", "column"),
    [("target", 5, "target_column"), ("direction", "up", "direction_column"), ("rebase", ["2022-04-01"], "phase_column")],
)
def test_a_setting_is_not_given_twice(setting: str, value: object, column: str) -> None:
    refused = _refused(_frame(), **{setting: value, column: "ward"})
    assert refused.expected == f"either {setting} or {column}"


def test_days_of_a_series_by_whole_numbers_are_whole_numbers() -> None:
    numbered = _frame().with_columns(month=pl.int_range(pl.len()))
    assert _refused(numbered, rebase=["2022-04-01"]).where == "spc.chart, rebase"


# -------------------------------------------------------------------------------------------------------- never a crash

ANYTHING: st.SearchStrategy[object] = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 20), st.floats(), st.sampled_from(["", "up", "xmr", "run", "A", "2022-05-01", "value", "site"]),
    st.lists(st.one_of(st.integers(-1, 5), st.sampled_from(["2022-05-01", "x", None])), max_size=2),
    st.dictionaries(st.sampled_from(["A", "B", 1, ("A", 1)]), st.sampled_from([1, "up", None, ["2022-05-01"], "x"]), max_size=2),
)  # fmt: skip
SETTINGS = (
    "by", "date", "denominator", "chart", "direction", "target", "rebase", "baseline", "exclude", "centre_line", "constant", "shift", "trend",
    "two_of_three", "multiply", "run_method", "like", "target_column", "direction_column", "phase_column",
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(named=st.dictionaries(st.sampled_from(SETTINGS), ANYTHING, max_size=3))
def test_whatever_is_asked_the_answer_is_a_chart_or_a_refusal(named: dict[str, Any]) -> None:
    try:
        made = spc.chart(_frame(), **{"value": "value", "date": "month", "by": "site"} | named)
    except BadInput as refused:
        assert refused.seen
    else:
        assert made.points.height >= 1


CELLS: list[Callable[[], st.SearchStrategy[Any]]] = [
    lambda: st.one_of(st.none(), st.floats()),
    lambda: st.one_of(st.none(), st.text(alphabet="0123456789.-eN A", max_size=6)),
    lambda: st.one_of(st.none(), st.integers(-(2**40), 2**40)),
    lambda: st.one_of(st.none(), st.booleans()),
]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_the_cells_hold_the_answer_is_a_chart_or_a_refusal(data: st.DataObject) -> None:
    cells = data.draw(st.sampled_from(CELLS))()
    value, date = (data.draw(st.lists(cells, min_size=3, max_size=3)) for _ in range(2))
    frame = pl.DataFrame({"value": pl.Series(value, strict=False), "month": pl.Series(date, strict=False)})
    try:
        made = spc.chart(frame, value="value", date="month")
    except BadInput as refused:
        assert refused.seen
    else:
        assert made.points["value"].drop_nulls().is_finite().all()
