"""What is declared reaches the series it names, and nothing else is ever rebased."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from sightline import spc
from sightline.spc.declarations import ENTRY
from sightline.spc.phases import ForSeries
from tests.spc.series import months

FIRST = date(2020, 1, 1)
#: 36 months: a year around 50, then two around 11
VALUES = [50.0, 52.0] * 6 + [10.0, 12.0] * 12
SERIES = pl.DataFrame({"measure": ["m", "m", "n"], "level": ["provider", "region", "provider"], "organisation": ["RAA", "Y60", "RAA"]})


def entries(*rows: dict[str, Any]) -> pl.DataFrame:
    every = {"kind": "phase", "measure": "all", "level": "all", "organisation": "all", "reason": "why", "origin": "home"}
    return pl.DataFrame([{**every, **row} for row in rows], schema=ENTRY)


def analysed(*rows: dict[str, Any], values: list[float] = VALUES, window: int = 24) -> tuple[pl.DataFrame, dict[str, Any]]:
    count = len(values)
    frame = pl.DataFrame(
        {"measure": "m", "level": "provider", "organisation": "RAA", "month": months(count, FIRST), "value": values, "release": "first"}
    ).with_columns(numerator=pl.lit(None, pl.Float64), denominator=pl.lit(None, pl.Float64))
    definitions = pl.DataFrame([{"measure": "m", "better": "up", "window_months": window, "chart": "xmr"}])
    kinds = {"measure": pl.String, "target_value": pl.Float64, "valid_from": pl.Date, "valid_to": pl.Date, "status": pl.String}
    declared = spc.of_series(frame, entries(*rows))
    starts = declared.filter(pl.col("kind") == "phase").rename({"month_from": "month"})
    points, summary = spc.series_analysis(frame, definitions, pl.DataFrame(schema=kinds), starts, declared)
    return points, summary.row(0, named=True)


def at(points: pl.DataFrame, month: date) -> dict[str, Any]:
    return points.filter(pl.col("month") == month).row(0, named=True)


@pytest.mark.parametrize(
    ("named", "count"),
    [({}, 3), ({"measure": "m"}, 2), ({"level": "region"}, 1), ({"organisation": "RAA"}, 2), ({"measure": "n", "level": "region"}, 0)],
)
def test_all_names_every_series_and_a_name_its_own(named: dict[str, str], count: int) -> None:
    assert spc.of_series(SERIES, entries({"month_from": FIRST, **named})).height == count


def test_a_step_taken_back_stays_for_the_series_that_are_not_named_and_one_of_the_home_stays() -> None:
    shipped, own = {"month_from": FIRST, "origin": "shipped"}, {"month_from": FIRST, "reason": "own"}
    back = {"kind": "remove", "measure": "m", "level": "provider", "month_from": FIRST}
    left = spc.of_series(SERIES, entries(shipped, own, back)).select("measure", "level", "origin").rows()
    assert [row for row in left if row[2] == "shipped"] == [("m", "region", "shipped"), ("n", "provider", "shipped")]
    assert len([row for row in left if row[2] == "home"]) == 3


def test_a_phase_begins_in_its_month_with_its_reason_and_one_before_the_series_is_harmless() -> None:
    points, summary = analysed({"month_from": date(2021, 9, 1), "reason": "a new unit"}, {"month_from": date(2019, 1, 1), "reason": "long ago"})
    assert summary["phase_start"] == date(2021, 9, 1)
    assert at(points, date(2021, 9, 1))["note"] == "a new phase begins: a new unit"
    assert points["phase"].n_unique() == 2
    assert points["note"].drop_nulls().len() == 1


def test_a_point_left_out_is_drawn_and_counts_for_nothing() -> None:
    outlier = [*VALUES[:30], 500.0, *VALUES[31:]]
    month = months(31, FIRST)[-1]
    points, summary = analysed({"kind": "exclude", "month_from": month, "month_to": month, "reason": "the count failed"}, values=outlier)
    row = at(points, month)
    assert (row["value"], row["excluded"], row["judgement"], row["signal"]) == (500.0, True, None, "none")
    assert row["note"] == "left out of centre line, limits and runs: the count failed"
    assert row["centre_line"] == pytest.approx((12 * 23 - 2 * 11) / 23)  # 11 tens and 12 twelves
    assert (summary["points"], summary["signal"]) == (23, "none")
    assert points["excluded"].sum() == 1


def test_no_verdict_is_given_on_a_last_month_that_is_left_out() -> None:
    last = months(36, FIRST)[-1]
    _, summary = analysed({"kind": "exclude", "month_from": last, "month_to": last}, values=[*VALUES[:-1], 500.0])
    assert (summary["variation"], summary["signal"]) == (None, "none")
    assert summary["centre_line"] is not None


SPAN = {"month_from": FIRST, "month_to": date(2020, 12, 1)}


@pytest.mark.parametrize("baseline", [{"months": 12}, SPAN, {"measure": "m", **SPAN}])
def test_a_fixed_baseline_sets_the_lines_and_the_months_after_it_are_judged_by_them(baseline: dict[str, Any]) -> None:
    points, summary = analysed({"kind": "baseline", **baseline})
    assert points["in_window"].all()
    assert points["centre_line"].unique().to_list() == [51.0]
    assert (summary["variation"], summary["signal"]) == ("concern", "outside_limits")
    assert (summary["limits_from"], summary["baseline_months"], summary["phase_start"]) == ("baseline", 12, FIRST)


def test_a_baseline_of_a_phase_that_is_over_is_not_used() -> None:
    _, summary = analysed({"kind": "baseline", "month_from": FIRST, "month_to": date(2020, 12, 1)}, {"month_from": date(2021, 1, 1)})
    assert (summary["limits_from"], summary["centre_line"], summary["phase_start"]) == ("window", 11.0, date(2021, 1, 1))


def test_a_baseline_with_too_few_figures_gives_no_limits_and_says_so() -> None:
    left_out = {"kind": "exclude", "month_from": FIRST, "month_to": date(2020, 3, 1)}
    _, summary = analysed({"kind": "baseline", "months": 12}, left_out)
    assert (summary["chart"], summary["centre_line"], summary["variation"]) == ("run", None, None)
    assert "baseline of 12 months has fewer than the 12 figures" in summary["fitness_reason"]


def test_a_centre_line_that_is_given_stands_in_place_of_the_mean() -> None:
    _, summary = analysed({"kind": "lines", "centre_line": 20.0})
    assert (summary["centre_line"], summary["limits_from"], summary["variation"]) == (20.0, "declared", "concern")


def test_the_narrower_of_two_baselines_stands() -> None:
    _, summary = analysed({"kind": "baseline", "months": 24}, {"kind": "baseline", "measure": "m", "months": 12})
    assert summary["baseline_months"] == 12


def test_nothing_is_rebased_by_itself() -> None:
    points, summary = analysed(window=36)
    assert (points["phase"].n_unique(), summary["phase_start"]) == (1, FIRST)


def test_points_are_left_out_of_one_series_and_not_of_another() -> None:
    frame = pl.DataFrame({"unit": ["a"] * 14 + ["b"] * 14, "day": months(14, FIRST) * 2, "y": [1.0, 2.0] * 7 + [1.0, 2.0] * 7})
    found = spc.chart(frame, value="y", date="day", by="unit", exclude=ForSeries({"a": [FIRST, 2], "b": ()}))
    told = found.points.filter(pl.col("note").str.starts_with("left out")).select("series", "date").rows()
    assert told == [("a", FIRST), ("a", date(2020, 2, 1))]
    assert found.summary["points"].to_list() == [12, 14]
