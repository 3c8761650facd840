"""Missing months, absent months, points left out, and phases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sightline import spc
from sightline.errors import BadInput
from tests.spc.series import FIRST, QUIET, after_quiet, charted, column, drawn, frame, marks, months, only

RULES = ("outside_limits", "shift", "trend", "two_of_three")


# --------------------------------------------------------------------------------------------------------------- gaps


@pytest.mark.parametrize(
    ("rule", "whole", "broken"),
    [
        ("shift", "12 12 13 12 12 13 12", "12 12 13 . 12 12 13 12"),
        ("trend", "9 9.5 10 10.5 11.5 12 12.5", "9 9.5 10 . 10.5 11.5 12 12.5"),
        ("two_of_three", "15 12 15", "15 . 15"),
    ],
)
def test_a_gap_breaks_a_rule_that_holds_without_it(rule: str, whole: str, broken: str) -> None:
    assert "#" in marks(after_quiet(whole), rule, start=12)
    assert "#" not in marks(after_quiet(broken), rule, start=12)


def test_a_gap_loses_both_ranges_beside_it_and_nothing_else() -> None:
    chart = drawn("12 10 12 . 50 10 12 10 12 10 12 10 12 10 12")
    assert column(chart, "moving_range")[:6] == [None, 2, 2, None, None, 40]
    row = only(drawn("12 10 12 . 10 12 10 12 10 12 10 12 10 12 10"))
    assert row["upper_limit"] - row["centre_line"] == pytest.approx(2.66 * 2)


def test_a_missing_month_takes_no_flag_and_keeps_its_lines() -> None:
    row = after_quiet("17 .").points.row(-1, named=True)
    assert [row[f"rule_{rule}"] for rule in RULES] == [False] * 4
    assert (row["value"], row["signal"], row["judgement"], row["note"]) == (None, "none", "common_cause", "no value")
    assert (row["centre_line"], row["upper_limit"]) == (pytest.approx(11), pytest.approx(16.32))


def test_not_a_number_is_a_missing_value() -> None:
    assert_frame_equal(drawn("12 10 nan " * 7).points, drawn("12 10 . " * 7).points)


# ------------------------------------------------------------------------------------------------------ absent periods


def test_an_absent_month_is_a_gap_with_a_row_and_a_note() -> None:
    whole = frame(QUIET + "12 12 13 . 12 12 13 12")
    absent = whole.filter(pl.col("value").is_not_null())
    with_row, without = charted(whole, baseline=12).points, charted(absent, baseline=12).points
    assert without.height == 20
    assert without["note"].to_list()[15] == "no row for this period"
    assert_frame_equal(with_row.drop("note"), without.drop("note"))


def ragged(without: tuple[int, ...], neither: tuple[int, ...] = ()) -> pl.DataFrame:
    """A whole series and one that lacks the rows in these places; both lack those of `neither`."""
    rows = frame(QUIET + "12 12 13 11 12 12 13 12").with_row_index("place").filter(~pl.col("place").is_in(neither))
    some = rows.filter(~pl.col("place").is_in(without))
    return pl.concat([rows.with_columns(name=pl.lit("whole")), some.with_columns(name=pl.lit("ragged"))]).drop("place")


def charted_ragged(rows: pl.DataFrame, **asked: Any) -> pl.DataFrame:
    """The points of the series that lacks rows."""
    return spc.chart(rows, value="value", date="month", by="name", **asked).points.filter(series="ragged")


def test_a_date_that_other_series_have_is_closed_up_and_the_next_point_says_so() -> None:
    points = charted_ragged(ragged((5, 6, 15)))
    closed_up = charted_ragged(ragged((5, 6, 15)), like="nhsrplotthedots", two_of_three="beyond_two_sigma")
    assert_frame_equal(points.drop("note"), closed_up.drop("note"))
    said = points.filter(pl.col("note").is_not_null())
    assert said["date"].to_list() == [months(20)[7], months(20)[16]]
    assert set(said["note"]) == {"no row between this point and the one before, where other series have rows: closed up"}


def test_a_date_that_no_series_has_is_a_gap_in_each() -> None:
    points = spc.chart(ragged((5,), neither=(9,)), value="value", date="month", by="name").points
    gaps = points.filter(note="no row for this period")
    assert gaps.select("series", "date").rows() == [("ragged", months(20)[9]), ("whole", months(20)[9])]


def test_by_its_own_calendar_a_series_has_its_gaps_whatever_others_have() -> None:
    rows = ragged((5, 6, 15))
    beside, alone = charted_ragged(rows, calendar="series"), charted_ragged(rows.filter(name="ragged"))
    assert_frame_equal(beside, alone)
    assert beside.filter(note="no row for this period")["date"].to_list() == [months(20)[place] for place in (5, 6, 15)]


@pytest.mark.parametrize("calendar", ["frame", "series"])
def test_settings_of_one_series_do_not_change_the_calendar_of_another(calendar: str) -> None:
    rows = ragged((5, 6, 15))
    asked = pl.DataFrame({"series": ["whole"], "screen": ["no"]})
    assert_frame_equal(charted_ragged(rows, calendar=calendar, settings=asked), charted_ragged(rows, calendar=calendar))


def test_an_unknown_calendar_is_refused() -> None:
    with pytest.raises(BadInput, match="frame, series"):
        charted_ragged(ragged(()), calendar="weeks")


def test_several_absent_months_each_get_a_row() -> None:
    rows = frame(QUIET + "1 2 3 4 5").filter(~pl.col("month").is_in([date(2022, 4, 1), date(2022, 5, 1), date(2022, 6, 1)]))
    chart = charted(rows)
    assert column(chart, "date") == months(17)
    assert [place for place, note in enumerate(column(chart, "note")) if note == "no row for this period"] == [3, 4, 5]
    assert only(chart)["points"] == 17


def test_months_before_the_first_and_after_the_last_are_not_absent() -> None:
    two = pl.concat([frame("1 2 3").with_columns(site=pl.lit("A")), frame("1 2 3 4 5").with_columns(site=pl.lit("B"))])
    assert charted(two, by="site").summary["points"].to_list() == [3, 5]


def _dates(kind: str) -> list[date]:
    days = {"day": 1, "week": 7}
    if kind in days:
        return [FIRST + timedelta(days=days[kind] * place) for place in range(14)]
    if kind == "month end":
        return [day - timedelta(days=1) for day in months(15)[1:]]
    return [
        months(1 + 14 * 12)[place]
        for place in range(0, 14 * {"month": 1, "quarter": 3, "year": 12}[kind], {"month": 1, "quarter": 3, "year": 12}[kind])
    ]


@pytest.mark.parametrize("kind", ["day", "week", "month", "month end", "quarter", "year"])
def test_an_absent_period_is_found_at_every_plain_cadence(kind: str) -> None:
    dates = _dates(kind)
    rows = pl.DataFrame({"month": dates, "value": [float(place) for place in range(14)]}).filter(~pl.col("month").is_in([dates[5], dates[6]]))
    assert column(charted(rows), "date") == dates
    assert column(charted(rows), "value")[4:8] == [4, None, None, 7]


def test_an_absent_month_end_after_a_short_month_is_the_end_of_its_own_month() -> None:
    ends = _dates("month end")  # 31 January, 28 February, 31 March ...
    rows = pl.DataFrame({"month": ends, "value": [1.0] * 14}).filter(pl.col("month") != date(2022, 3, 31))
    assert column(charted(rows), "date") == ends


@pytest.mark.parametrize(
    "dates",
    [
        [FIRST + timedelta(days=days) for days in (0, 3, 11, 14, 30, 37, 50)],
        [date(2022, 1, 3), date(2022, 2, 7), date(2022, 3, 2), date(2022, 5, 4)],  # about once a month, no day kept
        [date(2022, 1, 1), date(2022, 4, 1), date(2022, 9, 1), date(2022, 10, 1)],  # whole months, most of them not one
    ],
)
def test_dates_without_a_plain_cadence_are_taken_as_they_are(dates: list[date]) -> None:
    assert column(charted(pl.DataFrame({"month": dates, "value": [1.0] * len(dates)})), "date") == dates


def test_whole_numbers_in_place_of_dates_are_taken_as_they_are() -> None:
    rows = pl.DataFrame({"month": [1, 2, 5, 9], "value": [1.0, 2.0, 3.0, 4.0]})
    assert column(charted(rows), "date") == [1, 2, 5, 9]
    assert column(charted(rows), "moving_range") == [None, 1, 1, 1]


def test_without_a_date_the_rows_of_each_series_are_counted() -> None:
    rows = pl.DataFrame({"value": [1.0, 2.0, 3.0], "site": ["A", "B", "A"]})
    assert spc.chart(rows, value="value", by="site").points.select("series", "date", "value").rows() == [("A", 1, 1.0), ("A", 2, 3.0), ("B", 1, 2.0)]


@pytest.mark.parametrize("like", ["nhsrplotthedots", "qicharts2"])
def test_the_presets_of_tools_close_absent_months_up_as_the_tools_do(like: str) -> None:
    rows = frame("1 2 . 4").filter(pl.col("value").is_not_null())
    assert column(charted(rows, like=like), "moving_range") == [None, 1, 2]


# ----------------------------------------------------------------------------------------------------- points left out


def test_a_point_left_out_is_drawn_and_the_rest_are_as_if_it_were_not_there() -> None:
    values = "12 10 13 10 12 9 99 12 10 12 10 13 10 12 10"
    with_it, without = drawn(values, exclude=[7]), drawn(values.replace("99 ", ""))
    assert column(with_it, "value")[6] == 99
    for name in ("centre_line", "lower_limit", "upper_limit", "median", "useful_points", "longest_run", "crossings", "points"):
        assert only(with_it)[name] == only(without)[name]
    assert column(with_it, "moving_range")[6:8] == [None, 3]  # the range spans it: 9 to 12


@pytest.mark.parametrize(
    ("rule", "later", "expected"),
    [
        ("shift", "12 12 13 9 12 12 13 12", "###.####"),
        ("trend", "9 9.5 10 9 10.5 11.5 12 12.5", "###.####"),
        ("two_of_three", "15 9 12 15", "#..#"),
    ],
)
def test_runs_and_trends_pass_over_a_point_left_out(rule: str, later: str, expected: str) -> None:
    place = 12 + 1 + later.split().index("9", 1)
    assert marks(after_quiet(later, exclude=[place]), rule, start=12) == expected
    assert "#" not in marks(after_quiet(later), rule, start=12)


def test_points_are_left_out_by_place_or_by_date() -> None:
    values = QUIET + "99 12"
    by_place = drawn(values, exclude=[13])
    assert_frame_equal(by_place.points, drawn(values, exclude=[date(2023, 1, 1)]).points)
    assert_frame_equal(by_place.points, drawn(values, exclude="2023-01-01").points)
    assert column(by_place, "note")[12] == "left out of centre line, limits and runs"


def test_places_are_counted_among_the_rows_given_not_among_the_months_completed() -> None:
    rows = frame("1 . 3 99 5").filter(pl.col("value").is_not_null())
    assert column(charted(rows, exclude=[3]), "note")[3].startswith("left out")


# ------------------------------------------------------------------------------------------------------------- phases


def _by_phase(chart: spc.Chart, name: str) -> list[object]:
    return chart.summary.sort("phase")[name].to_list()


def test_each_phase_is_as_a_chart_of_its_own() -> None:
    first, second = "12 10 13 10 12 9 12 10 12 10 13 10 12 10", "30 33 31 35 30 32 30 31 30 34 30 33 30"
    both = drawn(f"{first} {second}", rebase=[months(15)[14]])
    alone = [drawn(first), charted(frame(second, months(15)[14]))]
    for phase, chart in enumerate(alone, start=1):
        part = both.points.filter(pl.col("phase") == phase)
        assert_frame_equal(part.drop("phase"), chart.points.drop("phase"))
        assert_frame_equal(both.summary.filter(pl.col("phase") == phase).drop("phase"), chart.summary.drop("phase"))


@pytest.mark.parametrize(
    ("rule", "later"),
    [("shift", "12 12 13 12 12 13 12"), ("trend", "9 9.5 10 10.5 11.5 12 12.5"), ("two_of_three", "15 15 12")],
)
def test_a_new_phase_breaks_a_rule_that_holds_without_it(rule: str, later: str) -> None:
    tail = " 11 10 12 11 10 12 11 10 12 11 10 12 11"
    phase_start = months(14)[13]  # between the first and the second later point
    assert "#" in marks(after_quiet(later + tail), rule, start=12)
    broken = charted(frame(QUIET + later + tail), rebase=[phase_start], baseline=12)
    assert "#" not in marks(broken, rule)[:13]
    assert column(broken, "moving_range")[13] is None


@pytest.mark.parametrize(
    ("rebase", "sizes"),
    [
        (["2022-04-01"], [3, 7]),
        (["2022-03-15"], [3, 7]),  # between two points: the next one
        ([date(2022, 1, 1)], [10]),  # the first point: no empty phase
        (["2021-01-01"], [10]),
        (["2030-01-01"], [10]),
        (["2022-04-01", "2022-04-01"], [3, 7]),
        (["2022-03-10", "2022-03-20"], [3, 7]),  # two breaks before the same point
        (["2022-07-01", "2022-04-01"], [3, 3, 4]),
        ("2022-04-01", [3, 7]),
        ([], [10]),
    ],
)
def test_a_phase_begins_at_the_first_point_on_or_after_its_date(rebase: object, sizes: list[int]) -> None:
    chart = drawn("1 2 3 4 5 6 7 8 9 10", rebase=rebase)
    assert _by_phase(chart, "points") == sizes
    assert _by_phase(chart, "phase") == list(range(1, len(sizes) + 1))


def test_a_phase_under_thirteen_points_has_a_mean_of_its_own_and_no_icon() -> None:
    chart = drawn(QUIET + "12 10 50 50 50", rebase=[months(15)[14]], direction="up", target=5)
    assert _by_phase(chart, "centre_line") == [pytest.approx(11), pytest.approx(50)]
    assert [word is None for word in _by_phase(chart, "variation")] == [False, True]
    assert [word is None for word in _by_phase(chart, "assurance")] == [False, True]


def test_phases_may_differ_by_series() -> None:
    two = pl.concat([frame("1 2 3 4").with_columns(site=pl.lit(site)) for site in "AB"])
    chart = charted(two, by="site", rebase={"B": ["2022-03-01"]})
    assert chart.summary.select("series", "phase", "points").rows() == [("A", 1, 4), ("B", 1, 2), ("B", 2, 2)]


def test_phases_may_stand_in_a_column() -> None:
    rows = frame("1 2 3 4 5").with_columns(era=pl.Series([4, 4, 7, 7, 7]))
    assert charted(rows, phase_column="era").summary.select("phase", "points").rows() == [(4, 2), (7, 3)]


def test_a_baseline_is_counted_in_each_phase() -> None:
    chart = drawn(QUIET + "30 30 " + "22 20 " * 6 + "40", baseline=12, rebase=[months(15)[14]])
    assert _by_phase(chart, "centre_line") == [pytest.approx(11), pytest.approx(21)]


def test_a_break_in_an_absent_month_begins_with_the_gap() -> None:
    rows = frame("1 2 . 4 5").filter(pl.col("value").is_not_null())
    assert _by_phase(charted(rows, rebase=["2022-03-01"]), "points") == [2, 3]
