"""Targets of a measure: a standard, a milestone beside it, and a trajectory by month."""

from __future__ import annotations

from datetime import date

import polars as pl

from assets.description import months_of
from sightline.spc.targets import in_force
from tests.charts.series import Target as Line
from tests.charts.series import laid_out, series, shares

STEPS = [{"month": date(2024, month, 1), "value": value} for month, value in ((11, 0.70), (12, 0.72))]
PLAN = {"measure": "m", "direction": "at_least", "source": "an operational plan", "values": STEPS}


def test_a_trajectory_is_a_target_for_each_of_its_months() -> None:
    rows = [(row["from"], row["to"], row["value"], row["status"], row["source"]) for row in months_of(PLAN)]
    assert rows == [
        (date(2024, 11, 1), date(2024, 11, 30), 0.70, "trajectory", "an operational plan"),
        (date(2024, 12, 1), date(2024, 12, 31), 0.72, "trajectory", "an operational plan"),
    ]


def test_a_target_of_one_value_stays_as_it_is() -> None:
    standard = {"measure": "m", "value": 0.95, "from": date(2010, 6, 21), "status": "standard"}
    assert list(months_of(standard)) == [standard]


def test_each_month_has_the_target_of_its_day_and_a_plan_never_stands_before_a_standard_or_milestone() -> None:
    dated = [("milestone", 0.76, date(2024, 12, 1), None), *((row["status"], row["value"], row["from"], row["to"]) for row in months_of(PLAN))]
    months = pl.DataFrame({"measure": "m", "month": [date(2024, 10, 1), date(2024, 11, 1), date(2024, 12, 1)]})
    targets = pl.DataFrame(
        [("m", value, first, last, status) for status, value, first, last in dated],
        schema=["measure", "target_value", "valid_from", "valid_to", "status"],
        orient="row",
    )
    assert in_force(months, targets).sort("month")["target"].to_list() == [0.70, 0.76]


def test_a_trajectory_is_drawn_month_by_month_and_named_once() -> None:
    shown = series(shares(36), first=date(2022, 1, 1))
    plan = tuple(Line(row["value"], row["from"], row["to"], row["status"]) for row in months_of(PLAN))
    made = laid_out(shown, targets=(Line(0.95, date(2010, 6, 21), None, "standard"), *plan))
    assert [word["text"] for word in made.word if word["class"] == "target"] == ["95 %, the standard", "72 % planned"]
    assert sorted({line["y"] for line in made.line if line["class"] == "target"}) == [70.0, 72.0, 95.0]
