"""The published tables of the lines: what comes out of small lists and small departments, and out of nothing."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from assets.tables import TABLES
from sightline.threshold import nightly
from sightline.threshold.simulate import Planted, waiting_lists

NO_MONTHS = pl.DataFrame(schema={"month": pl.Date, "share_missing": pl.Float64})
SCHEMAS = {
    "crossing": nightly.CROSSING_SCHEMA, "placebo": nightly.PLACEBO_SCHEMA, "base_rate": nightly.BASE_RATE_SCHEMA, "band": nightly.BAND_SCHEMA,
    "bunching": nightly.BUNCHING_SCHEMA, "density": nightly.DENSITY_SCHEMA, "deadline": nightly.DEADLINE_SCHEMA,
}  # fmt: skip
DUE = date(2024, 3, 1)


def waiting(people: pl.DataFrame, revised_until: date | None = None) -> pl.DataFrame:
    """Simulated lists as core.rtt_wait_band has them."""
    revised = pl.col("month") <= revised_until if revised_until else pl.lit(value=False)
    release = pl.when(revised).then(pl.lit("revised")).otherwise(pl.lit("first"))
    names = {"organisation": "unit", "band": "week", "pathways": "people"}
    return people.select(**names, month=pl.col("month").dt.month_start(), treatment_function=pl.lit("C_100"), release=release)


@pytest.fixture(scope="module")
def planted() -> dict[str, pl.DataFrame]:
    """Four lists over seven month ends; one in five of those who cross 18 weeks is removed in three of them, the fourth misses a month end."""
    lists = waiting_lists(11, units=4, months=7, planted=Planted("removed", 18, 0.2, 3))
    gone = (pl.col("unit") == "U004") & (pl.col("month") == date(2022, 12, 31))
    months = pl.DataFrame({"month": [date(2022, 11, 1), date(2022, 12, 1)], "share_missing": [0.05, 0.0]})
    return nightly.crossing_tables(waiting(lists.filter(~gone), date(2022, 12, 31)), months)


def test_columns_are_those_that_are_described() -> None:
    for name, schema in SCHEMAS.items():
        assert set(schema) == {column.name for column in TABLES[f"analysis.threshold_{name}"].columns}, name


def test_nothing_gives_tables_without_rows_and_never_fails() -> None:
    schema = {"organisation": pl.String, "month": pl.Date, "part": pl.String, "treatment_function": pl.String, "band": pl.Int32,
              "pathways": pl.Float64, "release": pl.String}  # fmt: skip
    empty = pl.DataFrame(schema=schema)
    made = {**nightly.crossing_tables(empty, NO_MONTHS), "bunching": nightly.bunching_table(empty)}
    assert {name: (frame.height, frame.schema) for name, frame in made.items()} == {name: (0, pl.Schema(SCHEMAS[name])) for name in made}


def test_a_single_month_gives_tables_without_rows() -> None:
    one = waiting(waiting_lists(11, units=2, months=1))
    assert {frame.height for frame in nightly.crossing_tables(one, NO_MONTHS).values()} == {0}


def test_a_break_is_told_with_its_six_parts_and_a_single_month_has_none(planted: dict[str, pl.DataFrame]) -> None:
    england = planted["crossing"].filter(level="england", line=18)
    year = england.filter(period="year").row(0, named=True)
    assert (year["verdict"], year["months"], year["line_kind"]) == ("break at the line", 6, "target")
    assert all(year[part] for part in ("seen", "how_sure", "how_much", "other_explanations", "change_our_mind", "question"))
    months = england.filter(period="month")
    assert months.height == 6
    assert months.select(pl.col("verdict", "seen", "how_sure").count()).row(0) == (0, 0, 0)
    assert set(planted["crossing"].filter(line=26)["line_kind"]) == {"milestone"}


def test_england_holds_those_present_throughout_and_says_how_many(planted: dict[str, pl.DataFrame]) -> None:
    rows = planted["crossing"].filter(level="england", line=18)
    assert rows.filter(period="year")["providers"].to_list() == [3]
    # a month alone needs both of its ends: December is lacking in two pairs
    assert rows.filter(period="month").sort("period_from")["providers"].to_list() == [4, 4, 3, 3, 4, 4]


def test_a_step_between_releases_of_two_kinds_is_marked_and_kept(planted: dict[str, pl.DataFrame]) -> None:
    rows = planted["crossing"].filter(level="england", line=18)
    year = rows.filter(period="year").row(0, named=True)
    assert year["mixed_pairs"] == 1
    assert "December 2022 (revised) to January 2023 (first)" in year["note"]
    assert rows.filter(period="month").sort("period_from")["mixed_pairs"].to_list() == [0, 0, 0, 1, 0, 0]
    assert (year["share_missing"], "up to 5.0\u00a0%" in year["note"]) == (0.05, True)


def test_base_rates_count_every_tested_unit_once_and_leave_milestones_out(planted: dict[str, pl.DataFrame]) -> None:
    rates = planted["base_rate"].filter(level="provider", period="year")
    assert rates.filter(line_kind="nobodys")["line"].to_list() == [24, 28, 30, 32, 34, 36, 38, 40, 42, 44, 46]
    verdicts = ("break_at_line", "possible_break", "no_break", "cannot_tell")
    assert rates.select(pl.sum_horizontal(verdicts) == pl.col("tested")).to_series().all()
    assert rates.filter(line=18).row(0, named=True)["break_at_line"] == 3


def test_bands_name_the_line_that_they_cross(planted: dict[str, pl.DataFrame]) -> None:
    year = planted["band"].filter(period="year")
    assert dict(year.drop_nulls("crosses").select("band", "crosses").iter_rows()) == {
        line + step: line for line in (18, 52, 65, 78) for step in range(4)
    }
    shares = dict(year.select("band", "still_waiting").iter_rows())
    assert max(shares[week] for week in range(18, 22)) < min(shares[week] for week in (*range(12, 17), *range(24, 28)))


# ---------------------------------------------------------------------------------------------------- completed pathways


def test_a_pile_before_eighteen_weeks_is_found_and_its_absence_too() -> None:
    bands = list(range(60))
    smooth = [4000.0 * 0.95**week for week in bands]
    piled = [count + (1200 if 15 <= week <= 17 else 0) for week, count in zip(bands, smooth, strict=True)]
    rows = pl.concat(
        pl.DataFrame({"organisation": "RA1", "month": DUE, "part": part, "band": bands, "pathways": counts})
        for part, counts in (("Part_1A", piled), ("Part_1B", smooth))
    )
    found = {row["pathways"]: row for row in nightly.bunching_table(rows).filter(period="year").iter_rows(named=True)}
    assert found["admitted"]["verdict"] == "bunching"
    assert found["admitted"]["excess"] == pytest.approx(3600, rel=0.05)
    assert found["not_admitted"]["verdict"] == "no bunching of practical size"
    assert (found["admitted"]["months"], found["admitted"]["period_to"]) == (1, date(2024, 3, 31))


# --------------------------------------------------------------------------------------------------------- the four-hour line


def attendances(over: dict[tuple[str, date], int | None], seen: int = 2000) -> pl.DataFrame:
    rows = [
        {"organisation": code, "month": month, "department_type": "type_1", "attendances": seen, "booked_attendances": None, "over_4h": count,
         "booked_over_4h": None}
        for (code, month), count in over.items()
    ]  # fmt: skip
    counts = dict.fromkeys(("attendances", "booked_attendances", "over_4h", "booked_over_4h"), pl.Int64)
    return pl.DataFrame(rows, schema_overrides=counts)


def test_missing_is_not_zero_and_small_departments_are_left_out() -> None:
    few = attendances({("RSM", DUE): 10}, seen=999)
    frame = pl.concat([attendances({("RA1", DUE): 500, ("RFT", DUE): None, ("ENG", DUE): 500}), few])
    assert nightly.within_four_hours(frame).rows() == [("RA1", date(2024, 3, 31), 75.0)]


def test_the_change_into_a_deadline_is_ranked_and_a_month_without_a_file_is_named() -> None:
    months = [date(2023, month, 1) for month in range(1, 13)] + [date(2024, month, 1) for month in range(1, 5)]
    over = {(f"R{unit:02}", month): 600 - (100 if month >= DUE else 0) - 3 * unit for unit in range(30) for month in months}
    dates = {"valid_from": [date(2023, 4, 1), date(2024, 4, 1)], "valid_to": [date(2024, 3, 31), date(2025, 3, 31)]}
    targets = pl.DataFrame({"measure": "ae_within_4h", "status": "milestone", "target_value": [0.76, 0.78], **dates})
    made = nightly.four_hour_tables(attendances(over), targets, "ae_within_4h")
    due = made["deadline"].filter("is_due", after=0).sort("due")
    assert due["mean_change"].to_list() == [pytest.approx(5.0), None]
    assert due["p"].to_list()[0] == pytest.approx(1 / (1 + 14))
    assert due["why"].to_list() == [None, "March 2025 is not in the files"]
    assert made["density"].filter(test="none").select("due", "organisations", "why").rows() == [
        (date(2025, 3, 1), 0, "March 2025 is not in the files")
    ]
    window = made["density"].filter(test="binomial_window", parameter=4.0, month=DUE).row(0, named=True)
    # 100 − (500 − 3u) / 20 per cent: from 75.0 to 79.35, the first seven below 76
    assert (window["organisations"], window["below_line"], window["above_line"], window["at_or_above"]) == (30, 7, 23, 23)
