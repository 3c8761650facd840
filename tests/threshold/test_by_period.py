"""The suite of a whole history: which months a half-year holds, and that its units are the sums they are said to be."""

from __future__ import annotations

from datetime import date

import polars as pl
from polars.testing import assert_frame_equal

from sightline.threshold.by_period import crossing_by_period, periods
from tests.threshold.lists import crossed, few

NAMES = {"provider": "unit", "treatment_function": "function", "month": "month", "week": "week", "count": "people"}


def _functions() -> pl.DataFrame:
    """Every provider's list split into two treatment functions."""
    half = pl.col("people") // 2
    return pl.concat(
        [
            few().with_columns(pl.lit("C_100").alias("function"), people=half),
            few().with_columns(pl.lit("C_110").alias("function"), people=pl.col("people") - half),
        ]
    )


def test_a_half_year_holds_the_pairs_whose_later_month_lies_in_it() -> None:
    months = pl.Series([date(2023, 3, 31), date(2023, 4, 30), date(2023, 9, 30), date(2023, 10, 31), date(2024, 1, 31)])
    assert periods(months) == [(date(2023, 4, 30), date(2023, 9, 30)), (date(2023, 10, 31), date(2024, 3, 31))]
    assert periods(months, "year") == [(date(2023, 4, 30), date(2024, 3, 31))]
    assert periods(months[:1]) == []


def test_england_providers_and_treatment_functions_of_every_half_year() -> None:
    result = crossing_by_period(_functions(), **NAMES, lines=[18])
    spans = result.estimates.group_by("level", "period_from", "period_to").agg(pl.len(), pl.col("months").max()).sort("level", "period_from")
    # 13 month ends from September 2022: October to March has six pairs, April to September six
    ends = [(date(2022, 10, 31), date(2023, 3, 31)), (date(2023, 4, 30), date(2023, 9, 30))]
    assert spans.rows() == [(level, *end, units, 6) for level, units in (("england", 1), ("provider", 10), ("treatment_function", 2)) for end in ends]
    first = result.estimates.filter(pl.col("level") == "provider", pl.col("period_from") == ends[0][0]).drop(
        "level", "period", "period_from", "period_to"
    )
    assert_frame_equal(first, crossed(few().filter(pl.col("month") <= ends[0][1]), [18]).estimates)
    assert result.base_rates.filter("asked").height == 6


def test_england_is_the_sum_of_those_present_throughout() -> None:
    gone = _functions().filter((pl.col("unit") != "U002") | (pl.col("month") != date(2022, 12, 31)))
    england = crossing_by_period(gone, **NAMES, lines=[18]).estimates.filter(pl.col("level") == "england")
    without = crossing_by_period(_functions().filter(pl.col("unit") != "U002"), **NAMES, lines=[18]).estimates.filter(pl.col("level") == "england")
    assert england["unit"].unique().to_list() == ["ENG"]
    assert_frame_equal(england.head(1), without.head(1))
    assert england["n_cross"][1] > without["n_cross"][1]  # there throughout the second half-year
