"""New phases that could be declared: where they begin, when the method waits, and what it never does."""

from __future__ import annotations

import csv
import importlib.util
import os
import sys
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sightline import spc
from sightline.errors import BadInput
from tests.spc.series import QUIET, frame, months, numbers

CHARTS = ("xmr", "c", "cp", "p", "pp")


def plain(values: str) -> pl.DataFrame:
    """One series by whole numbers from 1."""
    listed = numbers(values)
    return pl.DataFrame({"place": range(1, len(listed) + 1), "value": listed}, schema={"place": pl.Int64, "value": pl.Float64})


def stable(values: str, **settings: Any) -> spc.Suggested:
    """Stable shifts with periods of 12, as long as :data:`QUIET`, whose centre line is 11."""
    return spc.suggest(plain(values), **{"value": "value", "date": "place", "period": 12} | settings)


def sustained(values: str, **settings: Any) -> spc.Suggested:
    """Sustained medians of five points, moved by three."""
    return spc.suggest(plain(values), **{"value": "value", "date": "place", "method": "sustained_median", "period": 5, "shift": 3} | settings)


def starts(found: spc.Suggested) -> list[Any]:
    """The first points of the phases suggested."""
    return found.suggestions["date"].to_list()


def medians(found: spc.Suggested) -> list[tuple[float, int, int]]:
    """Each median with its first and last point."""
    return found.medians.select("median", "start_date", "end_date").rows()


# ------------------------------------------------------------------------------------------------------- stable shifts


def test_a_shift_that_stays_is_suggested_with_what_a_person_judges_it_by() -> None:
    found = stable(QUIET + "14 16 " * 6)
    (row,) = found.suggestions.to_dicts()
    evidence = row.pop("evidence")
    assert row == {"series": "value", "date": 13, "method": "stable_shift", "centre_before": 11.0, "centre_after": 15.0, "run_length": 12}
    for part in ("From 13, ", "12 points in a row lie above the mean of 11.00", "12 points from there have a mean of 15.00", "Find the cause"):
        assert part in evidence
    assert found.points["phase"].to_list() == [1] * 12 + [2] * 12
    assert found.points["centre_line"].to_list() == pytest.approx([11.0] * 12 + [15.0] * 12)
    assert found.points["upper_limit"].to_list() == pytest.approx([11 + 6 / 1.128] * 12 + [15 + 6 / 1.128] * 12)
    assert found.points["lower_limit"].to_list() == pytest.approx([11 - 6 / 1.128] * 12 + [15 - 6 / 1.128] * 12)


def test_limits_in_force_are_drawn_on_and_do_not_move_with_later_points() -> None:
    points = stable(QUIET + "13 9 " * 10).points
    assert points["centre_line"].to_list() == pytest.approx([11.0] * 32)
    assert points["phase"].unique().to_list() == [1]


def test_a_shift_down_is_below() -> None:
    found = stable(QUIET + "8 6 " * 6)
    assert starts(found) == [13]
    assert "below the mean" in found.suggestions["evidence"][0]


def test_under_a_period_of_points_left_a_shift_waits() -> None:
    assert starts(stable(QUIET + "16 14 " * 5 + "16")) == []
    assert starts(stable(QUIET + "14 16 " * 6)) == [13]


def test_a_run_shorter_than_asked_is_none() -> None:
    later = "10 " * 4 + "15 14 " * 3 + "15 " + "10 11 12 " * 5  # seven above 11
    assert starts(stable(QUIET + later)) == []
    assert starts(stable(QUIET + later, shift=7, every_shift=True)) == [17]


def test_a_point_on_the_centre_line_breaks_a_run() -> None:
    broken = QUIET + "15 14 15 14 11 15 14 15 14 11 15 14 15 14"
    assert starts(stable(broken)) == []
    assert starts(stable(broken.replace(" 11", " 11.5"))) == [13]


#: eight at 14, then back: the 12 points from the shift have a mean of (8 × 14 + 2 × 22) / 12 = 13, and 12 and 10 lie below it
BACK = QUIET + "14 " * 8 + "12 10 " * 2


def test_a_shift_back_that_begins_within_the_period_and_ends_behind_it_takes_the_shift_away() -> None:
    assert starts(stable(BACK + "12 10 " * 2)) == []
    assert starts(stable(BACK + "12 10 " * 2, no_regrets=False)) == []


def test_a_shift_back_that_begins_behind_the_period_is_another_matter() -> None:
    assert starts(stable(QUIET + "14 16 " * 6 + "12 10 " * 5)) == [13]


def test_points_on_the_way_to_the_new_level_are_no_shift_back() -> None:
    """The first eight lie above the old mean of 11 and below that of the 12 points from there, 14.7."""
    assert starts(stable(QUIET + "12 " * 8 + "20 " * 4, exclusions=0)) == [13]


def test_no_regrets_waits_as_long_as_the_last_run_could_become_a_shift_back() -> None:
    for more in ("", "12 ", "12 10 ", "12 10 12 "):
        assert starts(stable(BACK + more)) == []
        assert starts(stable(BACK + more, no_regrets=False)) == [13]
    assert starts(stable(BACK + "12 10 12 14")) == [13]


def test_every_shift_asks_nothing_of_what_follows() -> None:
    found = stable(BACK + "12 10 " * 6, every_shift=True)
    assert starts(found)[0] == 13
    assert "No shift back" not in found.suggestions["evidence"][0]


def test_baseline_only_has_the_first_limits_and_suggests_nothing() -> None:
    found = stable(QUIET + "14 16 " * 6, baseline_only=True)
    assert starts(found) == []
    assert found.points["centre_line"].to_list() == pytest.approx([11.0] * 24)


#: the mean of the 12 points from 13 is 18.7 with all of them, and all but the first lie below it; of those from 14 it is 15
TALL_FIRST = QUIET + "60 " + "14 16 " * 6


def test_after_a_rejected_candidate_the_search_goes_on_from_the_next_point_of_the_run() -> None:
    found = stable(TALL_FIRST, exclusions=0)
    assert starts(found) == [14]
    assert found.suggestions["centre_after"].to_list() == pytest.approx([15.0])


def test_points_outside_the_limits_are_left_out_of_them_and_named() -> None:
    found = stable(TALL_FIRST)
    assert starts(found) == [13]
    assert found.suggestions["centre_after"].to_list() == pytest.approx([(6 * 14 + 5 * 16) / 11])
    assert found.points.filter("excluded")["date"].to_list() == [13]
    assert "left out" in found.points.filter("excluded")["note"][0]
    assert "1 of them outside the limits and left out" in found.suggestions["evidence"][0]


def test_the_furthest_is_left_out_first_and_no_more_than_asked() -> None:
    values = "12 10 12 10 12 90 12 10 12 10 12 10 60 10 12 10 12 10 12 10 "
    left_out = [stable(values, period=20, exclusions=number).points.filter("excluded")["date"].to_list() for number in (0, 1, 2, 3)]
    assert left_out == [[], [6], [6, 13], [6, 13]]


#: from 13 on all lie above 11. The 12 points from 13 have a mean of 16.1, above the last seven; those from 16 one of 14.8, below them
UNDECIDED = QUIET + "20 20 20 20 12 12 12 17 " + "15 " * 7


def test_a_candidate_that_waits_holds_back_later_ones_that_it_would_undo() -> None:
    assert starts(stable(UNDECIDED, exclusions=0)) == []
    assert starts(stable(UNDECIDED + "18", exclusions=0)) == [13]


@st.composite
def wandering(draw: st.DrawFn) -> str:
    """A quiet start, then levels that come and go, as whole numbers."""
    blocks = draw(st.lists(st.tuples(st.integers(-3, 3), st.integers(1, 15)), min_size=2, max_size=6))
    levels = [level for level, length in blocks for _ in range(length)]
    steps = draw(st.lists(st.integers(-2, 2), min_size=len(levels), max_size=len(levels)))
    return QUIET + " ".join(str(11 + level + step) for level, step in zip(levels, steps, strict=True))


@example(values=UNDECIDED + "18", more=1, exclusions=0)
@given(values=wandering(), more=st.integers(1, 12), exclusions=st.sampled_from([0, 3]))
def test_no_regrets_means_that_later_points_change_no_suggestion(values: str, more: int, exclusions: int) -> None:
    earlier = stable(" ".join(values.split()[:-more]), exclusions=exclusions).suggestions
    assert stable(values, exclusions=exclusions).suggestions.head(earlier.height).equals(earlier)


def test_a_missing_value_breaks_a_run_and_is_no_point_of_a_period() -> None:
    assert starts(stable(QUIET + "15 14 15 14 . 15 14 15 14 . 15 14 15 14 15 14")) == []
    found = stable("12 10 . " + "12 10 " * 5 + "14 16 . " + "14 16 " * 6)
    assert starts(found) == [17]
    assert found.points["note"][2] == "no value"
    assert found.points["value"][2] is None
    assert found.points["centre_line"][2] == pytest.approx(11.0)


def test_an_absent_month_is_made_visible_and_breaks_a_run() -> None:
    whole = frame(QUIET + "15 14 " * 7)
    absent = whole["month"][18]
    named: dict[str, Any] = {"value": "value", "date": "month", "period": 12}
    assert starts(spc.suggest(whole, **named)) == [whole["month"][12]]
    found = spc.suggest(whole.filter(pl.col("month") != absent), **named)
    assert starts(found) == []
    assert found.points["date"].to_list() == whole["month"].to_list()
    assert found.points.filter(pl.col("date") == absent)["note"].to_list() == ["no row for this period"]


def test_a_period_is_two_years_where_there_is_a_point_a_month_and_else_21_points() -> None:
    by_month, by_place = frame([10.0, 12.0] * 11 + [10.0]), plain("10 12 " * 11 + "10")
    monthly = spc.suggest(by_month, value="value", date="month").points
    assert monthly["centre_line"].null_count() == 23
    assert monthly["note"].unique().to_list() == ["23 points: no limits under 24"]
    weekly = by_month.with_columns(week=pl.date_range(date(2022, 1, 3), date(2022, 6, 6), "1w", eager=True))
    for rows, day in ((by_place, "place"), (weekly, "week")):
        assert spc.suggest(rows, value="value", date=day).points["centre_line"].null_count() == 0
    assert spc.suggest(by_month.tail(20), value="value", date="month", period=21).points["note"][0] == "20 points: no limits under 21"


def test_limits_of_counts_and_proportions_are_those_of_chance_at_each_denominator() -> None:
    counts = spc.suggest(plain("16 " * 12), value="value", date="place", chart="c", period=12).points
    assert counts.select("centre_line", "lower_limit", "upper_limit").unique().rows() == [(16.0, 4.0, 28.0)]
    rows = pl.DataFrame({"place": range(1, 15), "late": [50] * 12 + [200, 200], "all": [100] * 12 + [400, 400]})
    shares = spc.suggest(rows, value="late", denominator="all", date="place", chart="p", period=12).points
    assert shares["value"].to_list() == [0.5] * 14
    assert shares["lower_limit"].to_list() == pytest.approx([0.35] * 12 + [0.425] * 2)
    assert shares["upper_limit"].to_list() == pytest.approx([0.65] * 12 + [0.575] * 2)


def test_limits_of_proportions_stay_between_0_and_1() -> None:
    rows = pl.DataFrame({"place": range(1, 13), "late": [0, 2] * 6, "all": [10] * 12})
    points = spc.suggest(rows, value="late", denominator="all", date="place", chart="p", period=12).points
    assert points["lower_limit"].unique().to_list() == [0.0]


# ---------------------------------------------------------------------------------------------------- sustained medians


def test_a_sustained_run_makes_a_median_of_exactly_its_points() -> None:
    found = sustained("10 9 11 10 10  13 15 14  16 17 18 19")
    assert medians(found) == [(10.0, 1, 5), (14.0, 6, 8), (17.0, 9, 11)]
    rows = found.suggestions.drop("evidence").rows()
    assert rows == [("value", 6, "sustained_median", 10.0, 14.0, 3), ("value", 9, "sustained_median", 14.0, 17.0, 3)]
    for part in ("From 6, 3 points in a row lie above the median of 10.00", "Their own median is 14.00", "Find the cause"):
        assert part in found.suggestions["evidence"][0]


def test_points_on_the_median_neither_count_nor_break_a_run() -> None:
    assert medians(sustained("10 9 11 10 10  10 13 10 15 10 14 10")) == [(10.0, 1, 5), (14.0, 7, 11)]
    assert medians(sustained("10 9 11 10 10  10 10 10 10")) == [(10.0, 1, 5)]


def test_missing_points_neither_count_nor_break_a_run() -> None:
    assert medians(sustained("10 . 9 11 10 10  . 13 . 15 14 .")) == [(10.0, 1, 6), (14.0, 8, 11)]


def test_a_point_on_the_other_side_breaks_a_run() -> None:
    assert medians(sustained("10 9 11 10 10  13 15 9 14 13 8")) == [(10.0, 1, 5)]


def test_a_run_within_the_first_points_is_none() -> None:
    assert medians(sustained("10 10 13 13 13  13 13 10")) == [(13.0, 1, 5)]
    assert medians(sustained("10 10 10 13 13  13 9 9 10")) == [(10.0, 1, 5)]


@pytest.mark.parametrize(("side", "expected"), [("above", [6]), ("below", [9]), ("both", [6, 9])])
def test_only_runs_on_the_side_asked_for_move_the_median(side: str, expected: list[int]) -> None:
    assert starts(sustained("10 9 11 10 10  13 15 14  5 6 4", side=side)) == expected


def test_too_few_points_have_their_median_and_no_new_one() -> None:
    assert medians(sustained("10 9 11 10 10 13 15")) == [(10.0, 1, 5)]
    assert medians(sustained("9 11 13")) == [(11.0, 1, 3)]
    assert medians(sustained(". .")) == []


def test_thirteen_points_and_runs_of_nine_unless_told() -> None:
    named: dict[str, Any] = {"value": "value", "date": "place", "method": "sustained_median"}
    assert starts(spc.suggest(plain("10 " * 13 + "12 " * 8), **named)) == []
    assert starts(spc.suggest(plain("10 " * 13 + "12 " * 9), **named)) == [14]
    assert starts(spc.suggest(plain("10 " * 12 + "12 " * 9), **named)) == []


# ------------------------------------------------------------------------------------------------------------ the frames


@pytest.mark.parametrize("method", ["stable_shift", "sustained_median"])
def test_every_frame_has_its_columns_and_what_a_method_does_not_make_has_no_row(method: str) -> None:
    found = spc.suggest(plain("10 11 12 " * 10), value="value", date="place", method=method)
    assert found.suggestions.columns == ["series", "date", "method", "centre_before", "centre_after", "run_length", "evidence"]
    assert found.points.columns == ["series", "date", "value", "phase", "centre_line", "lower_limit", "upper_limit", "excluded", "note"]
    assert found.medians.columns == ["series", "median", "start_date", "end_date"]
    assert (found.points.height, found.medians.height) == ((30, 0) if method == "stable_shift" else (0, 1))
    shifted = spc.suggest(plain("10 11 12 " * 10 + "30 31 32 " * 10), value="value", date="place", method=method)
    for one, other in zip((found.suggestions, found.points, found.medians), (shifted.suggestions, shifted.points, shifted.medians), strict=True):
        assert one.schema == other.schema
    assert shifted.suggestions["date"][0] == 30  # the 12 before the step lies on the same side as the step


@pytest.mark.parametrize("method", ["stable_shift", "sustained_median"])
@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("values", [[], [5], [5, 6], [None] * 30, [5] * 30, [0] * 30, [None, 5] * 15], ids=str)
def test_little_or_nothing_or_no_movement_suggests_nothing(method: str, chart: str, values: list[int | None]) -> None:
    rows = pl.DataFrame(
        {"month": months(len(values)), "late": values, "all": [10] * len(values)}, schema_overrides={"late": pl.Int64, "month": pl.Date}
    )
    divided = "all" if chart in ("p", "pp") else None
    found = spc.suggest(rows, value="late", date="month", denominator=divided, chart=chart, method=method, period=12)
    assert found.suggestions.height == 0
    assert found.points.height == (len(values) if method == "stable_shift" else 0)
    assert not found.points["excluded"].any()


def test_without_a_denominator_there_is_a_gap_and_no_limits() -> None:
    rows = pl.DataFrame({"place": range(1, 14), "late": [50] * 12 + [0], "all": [100] * 12 + [0]})
    last = spc.suggest(rows, value="late", denominator="all", date="place", chart="p", period=12).points.row(-1, named=True)
    assert (last["value"], last["lower_limit"], last["note"]) == (None, None, "no denominator, so no value")


@pytest.mark.parametrize("method", ["stable_shift", "sustained_median"])
def test_series_are_searched_apart_whatever_the_order_of_rows(method: str) -> None:
    texts = {"A": "10 12 " * 8 + "15 17 " * 8, "B": "12 10 " * 10 + "5 3 " * 8, "C": "10 12 11", "D": "14 10 " * 20}
    rows = pl.concat([plain(text).with_columns(site=pl.lit(site)) for site, text in texts.items()])
    named: dict[str, Any] = {"value": "value", "date": "place", "method": method, "period": 12}
    together = spc.suggest(rows.sample(fraction=1, shuffle=True, seed=1), by="site", **named)
    alone = [spc.suggest(rows.filter(site=site), by="site", **named) for site in texts]
    assert {"A", "B"} <= set(together.suggestions["series"])
    assert together.suggestions.equals(pl.concat([found.suggestions for found in alone]))
    assert together.points.equals(pl.concat([found.points for found in alone]))
    assert together.medians.equals(pl.concat([found.medians for found in alone]))


def test_several_keys_name_a_series_and_dates_keep_their_kind() -> None:
    rows = frame(QUIET + "14 16 " * 6).with_columns(site=pl.lit("A"), ward=pl.lit(7))
    found = spc.suggest(rows, value="value", date="month", by=["site", "ward"], period=12)
    assert found.suggestions.select("site", "ward", "date").rows() == [("A", 7, date(2023, 1, 1))]
    assert found.points.columns[:3] == ["site", "ward", "date"]
    assert starts(spc.suggest(rows, value="value", period=12)) == [13]


def test_figures_that_look_alike_are_written_until_they_differ() -> None:
    evidence = stable("100001 100001.2 " * 6 + "100001.2 100001.4 " * 6).suggestions["evidence"][0]
    assert "the mean of 100,001.1." in evidence
    assert "a mean of 100,001.3." in evidence


# ------------------------------------------------------------------------------------------------- what cannot be used


@pytest.mark.parametrize(
    ("named", "where", "seen"),
    [
        ({"chart": "u"}, "spc.suggest, chart", "'u'"),
        ({"method": "cusum"}, "spc.suggest, method", "'cusum'"),
        ({"method": "sustained_median", "side": "left"}, "spc.suggest, side", "'left'"),
        ({"side": "above"}, "spc.suggest, side", "of the other method"),
        ({"method": "sustained_median", "no_regrets": False}, "spc.suggest, no_regrets", "of the other method"),
        ({"method": "sustained_median", "exclusions": 0}, "spc.suggest, exclusions", "of the other method"),
        ({"period": 9}, "spc.suggest, period", "9"),
        ({"period": 12.5}, "spc.suggest, period", "12.5"),
        ({"method": "sustained_median", "period": 1}, "spc.suggest, period", "1"),
        ({"shift": 1}, "spc.suggest, shift", "1"),
        ({"exclusions": -1}, "spc.suggest, exclusions", "-1"),
        ({"chart": "p"}, "spc.suggest, chart 'p'", "none"),
        ({"value": "absent"}, "spc.suggest", "the columns place, value"),
        ({"by": ["site", "phase"]}, "spc.suggest, by", "'phase'"),
    ],
    ids=str,
)
def test_settings_that_mean_nothing_are_refused(named: dict[str, Any], where: str, seen: str) -> None:
    rows = plain("10 12 " * 15).with_columns(site=pl.lit("A"), phase=pl.lit(1))
    with pytest.raises(BadInput) as caught:
        spc.suggest(rows, **{"value": "value", "date": "place"} | named)
    assert caught.value.where == where
    assert seen in caught.value.seen
    assert caught.value.expected.strip()
    assert caught.value.action.strip()


def test_a_cell_that_cannot_be_read_is_named_by_series_and_row() -> None:
    rows = pl.DataFrame({"place": [1, 2, 1, 2], "value": ["10", "12", "10", "n/a"], "site": ["A", "A", "B", "B"]})
    with pytest.raises(BadInput) as caught:
        spc.suggest(rows, value="value", date="place", by="site")
    assert (caught.value.where, caught.value.seen) == ("spc.suggest, series B, row 4, column 'value'", "'n/a'")
    twice = rows.with_columns(place=pl.lit(1), value=pl.lit(10))
    with pytest.raises(BadInput, match=r"spc\.suggest, series A, rows 1, 2"):
        spc.suggest(twice, value="value", date="place", by="site")


# ------------------------------------------------------------------------------------------------ what chance suggests


@pytest.mark.parametrize(("period", "share"), [(12, 0.24), (24, 0.08)])
def test_so_many_series_in_which_nothing_changes_get_a_suggestion(period: int, share: float) -> None:
    """The figures are those of autospc in 300 independent series of 60 points; two standard errors of the difference are let pass."""
    count = 600
    values = np.random.default_rng(20261128).normal(size=(count, 60))
    rows = pl.DataFrame({"series": np.repeat(np.arange(count), 60), "place": np.tile(np.arange(60), count), "value": values.ravel()})
    found = spc.suggest(rows, value="value", date="place", by="series", period=period)
    assert found.suggestions["series"].n_unique() / count == pytest.approx(share, abs=2 * (share * (1 - share) * (1 / 300 + 1 / count)) ** 0.5)


# ------------------------------------------------------------------------------------------------------- golden numbers

GOLDEN = Path(os.environ.get("SIGHTLINE_SHARED") or Path(__file__).parents[3] / "shared") / "golden" / "spc"


def _cases(kind: str) -> list[dict[str, str]]:
    """The cases of a tool; without the files one, so that a test is there to be skipped."""
    if not (GOLDEN / "cases.csv").is_file():
        return [{"case": "absent"}]
    with (GOLDEN / "cases.csv").open(newline="", encoding="utf-8") as handle:
        return [row for row in csv.DictReader(handle) if row["kind"] == kind]


@pytest.fixture(scope="module")
def check() -> ModuleType:
    """The comparison, as a module."""
    spec = importlib.util.spec_from_file_location("golden_check_phases", GOLDEN.parent / "check.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["golden_check_phases"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.mirror
@pytest.mark.parametrize("case", _cases("ssa"), ids=lambda case: case["case"])
def test_autospc(check: ModuleType, case: dict[str, str]) -> None:
    assert list(check.stable_shift_case(case, GOLDEN)) == []


@pytest.mark.mirror
@pytest.mark.parametrize("case", _cases("runcharter"), ids=lambda case: case["case"])
def test_runcharter(check: ModuleType, case: dict[str, str]) -> None:
    assert list(check.sustained_median_case(case, GOLDEN)) == []


@pytest.mark.mirror
def test_the_comparison_notices_a_wrong_limit_and_a_wrong_break(check: ModuleType, tmp_path: Path) -> None:
    (case,) = [case for case in _cases("ssa") if case["case"] == "ssa_one_shift_xmr_p21"]
    for change in (pl.col("ucl") * (1 + 1e-6), pl.lit("FALSE").alias("breakPoint")):
        for folder in ("input", "ssa"):
            (tmp_path / folder).mkdir(exist_ok=True)
            pl.read_csv(GOLDEN / folder / f"{case['case']}.csv").write_csv(tmp_path / folder / f"{case['case']}.csv")
        table = tmp_path / "ssa" / f"{case['case']}.csv"
        pl.read_csv(table).with_columns(change).write_csv(table)
        assert list(check.stable_shift_case(case, tmp_path)) != []
