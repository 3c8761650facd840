"""Which months speak: the calendar completed, and the newest phase cut to the last months of the window.

One mean over six years and a pandemic colours everything and says nothing. Centre line, limits and rules therefore use
the months since the last declared start of a phase (a merger, say), and of these at most the last `window` months,
counted back from the series' last month.
"""

from __future__ import annotations

import polars as pl

from sightline.errors import BadInput
from sightline.spc.cadence import ABSENT


def complete_months(values: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """A row for every month between the first and the last of each series; series without any value are dropped.

    Adds `absent`: true for a row that was not there.
    """
    _first_of_month(values, keys)
    alive = values.filter(pl.col("value").is_not_null().any().over(keys))
    ends = alive.group_by(keys, maintain_order=True).agg(_first=pl.col("month").min(), _last=pl.col("month").max())
    calendar = ends.with_columns(month=pl.date_ranges("_first", "_last", "1mo")).explode("month").drop("_first", "_last")
    joined = calendar.join(alive.with_columns(absent=pl.lit(value=False)), on=[*keys, "month"], how="left", nulls_equal=True)
    return joined.with_columns(pl.col("absent").fill_null(value=True)).sort([*keys, "month"])


def _first_of_month(values: pl.DataFrame, keys: list[str]) -> None:
    wrong = values.filter((pl.col("month").dt.day() != 1).fill_null(value=True) | pl.struct(*keys, "month").is_duplicated())
    if wrong.height:
        first = wrong.sort([*keys, "month"]).row(0, named=True)
        series = ", ".join(str(first[key]) for key in keys)
        raise BadInput(
            f"monthly values, series {series}",
            expected="one row a month, dated the first of the month",
            seen=f"{first['month']}, dated otherwise or twice",
            action="aggregate to months first",
        )


def mark_windows(monthly: pl.DataFrame, keys: list[str], phase_starts: pl.DataFrame) -> pl.DataFrame:
    """Add `phase` (from 1, by declared starts and the window's first month) and `in_window`; `window_months` is a column of `monthly`.

    `phase_starts` has a `month` and those of `keys` that tell whose it is. A start on or before a series' first month makes no phase.
    """
    on = [key for key in keys if key in phase_starts.columns]
    starts = phase_starts.select(*on, _start=pl.col("month").cast(pl.Date)).unique()
    first = pl.col("month").min().over(keys)
    begun = pl.col("_start").is_between(pl.col("_first"), pl.col("month"), closed="right")
    counted = monthly.with_columns(_first=first).join(starts, on=on).filter(begun).group_by([*keys, "month"]).agg(_begun=pl.len())
    phased = monthly.join(counted, on=[*keys, "month"], how="left", nulls_equal=True)
    phased = phased.with_columns(phase=pl.col("_begun").cast(pl.Int64).fill_null(0) + 1).drop("_begun")
    back = _month_number(pl.col("month")).max().over(keys) - _month_number(pl.col("month"))
    newest = pl.col("phase") == pl.col("phase").max().over(keys)
    windowed = phased.with_columns(in_window=newest & (back < pl.col("window_months")), _newest=newest)
    cut = (pl.col("_newest") & ~pl.col("in_window")).any().over(keys)
    return windowed.with_columns(pl.col("phase") + (pl.col("in_window") & cut).cast(pl.Int64)).drop("_newest").sort([*keys, "month"])


def _month_number(month: pl.Expr) -> pl.Expr:
    return month.dt.year().cast(pl.Int64) * 12 + month.dt.month().cast(pl.Int64)


def absent_note() -> pl.Expr:
    """Words for a month without a figure."""
    return pl.when("absent").then(pl.lit(ABSENT)).when(pl.col("value").is_null()).then(pl.lit("no value"))
