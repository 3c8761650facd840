"""Every month of every series with its trend: the rows of ``analysis.trend_point``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from sightline.spc import of_series
from sightline.trend.series import ESTIMATES, Estimate, Task, estimates

KEYS = ["measure", "level", "organisation"]
EARLIER = ("year_before", "earlier_years", "earlier_lowest", "earlier_highest")
POINT = (*KEYS, "month", "value", *ESTIMATES, *EARLIER, "note")


def trend_points(points: pl.DataFrame, definitions: pl.DataFrame, phases: pl.DataFrame) -> pl.DataFrame:
    """`analysis.trend_point` of the series in `points`: one row a series and month, columns ``POINT``.

    `points` has the columns measure, level, organisation, month, value, excluded and note of analysis.spc_point (every calendar
    month of a series present), `definitions` measure and unit, `phases` those of reference.phase: each declared phase is a step of
    the level. A month without a figure, or left out by declaration, has none of the estimates; nor has a series that is too short,
    flat, mostly zeros or not to be fitted. `note` says which.
    """
    months = points.select(*KEYS, "month", "value", "excluded", _said="note").join(definitions.select("measure", "unit"), on="measure")
    months = months.sort(*KEYS, "month").with_columns(_used=pl.when(~pl.col("excluded")).then("value"))
    series = (
        months.group_by(*KEYS, "unit", maintain_order=True)
        .agg("_used")
        .join(_steps(months, phases), on=KEYS, how="left", maintain_order="left")
        .with_columns(pl.col("_steps").fill_null([]))
    )
    tasks = [Task(tuple(used), tuple(sorted(steps)), unit) for used, steps, unit in series.select("_used", "_steps", "unit").iter_rows()]
    found = estimates(tasks)
    lengths = series["_used"].list.len().to_list()
    reasons = pl.Series("_reason", [one.note for one, length in zip(found, lengths, strict=True) for _ in range(length)], dtype=pl.String)
    made = months.with_columns(*(_column(name, found, lengths) for name in ESTIMATES), reasons)  # the months are in the order of the series
    joined = made.join(_begun(months, phases), on=[*KEYS, "month"], how="left", maintain_order="left")
    return joined.with_columns(*_earlier(), note=_note()).select(POINT)


def _column(name: str, found: Sequence[Estimate], lengths: Sequence[int]) -> pl.Series:
    """One of ``ESTIMATES`` of all series, one after another."""
    parts = [one.columns.get(name, np.full(length, np.nan)) for one, length in zip(found, lengths, strict=True)]
    return pl.Series(name, np.concatenate([np.empty(0), *parts])).fill_nan(None)


def _declared(months: pl.DataFrame, phases: pl.DataFrame) -> pl.DataFrame:
    """The first month of every declared phase that begins within a series, and its words."""
    ends = months.group_by(KEYS).agg(_first=pl.col("month").min(), _last=pl.col("month").max())
    starts = of_series(ends, phases).filter(pl.col("kind") == "phase").join(ends, on=KEYS)
    within = starts.filter(pl.col("month_from").is_between("_first", "_last", closed="right"))
    words = pl.coalesce("label", pl.lit("new phase")).unique(maintain_order=True).str.join(", ")
    return within.sort(*KEYS, "month_from").group_by(*KEYS, "_first", "month_from", maintain_order=True).agg(_label=words)


def _steps(months: pl.DataFrame, phases: pl.DataFrame) -> pl.DataFrame:
    """The places of the declared steps of each series, in months from its first."""
    place = (pl.col("month_from").dt.year().cast(pl.Int64) - pl.col("_first").dt.year()) * 12
    place += pl.col("month_from").dt.month().cast(pl.Int64) - pl.col("_first").dt.month()
    return _declared(months, phases).group_by(KEYS).agg(_steps=place)


def _begun(months: pl.DataFrame, phases: pl.DataFrame) -> pl.DataFrame:
    return _declared(months, phases).select(*KEYS, "_label", month="month_from")


def _earlier() -> list[pl.Expr]:
    """The same month of earlier years, without those left out: the one before, how many there are, the lowest and the highest of them."""
    same = [*KEYS, pl.col("month").dt.month()]
    value, order = pl.col("_used"), "month"
    year_before = pl.when(pl.col("month").dt.year() - pl.col("month").dt.year().shift(1).over(same, order_by=order) == 1)
    return [
        year_before.then(value.shift(1).over(same, order_by=order)).alias("year_before"),
        value.is_not_null().cast(pl.Int64).cum_sum().shift(1, fill_value=0).over(same, order_by=order).alias("earlier_years"),
        value.cum_min().forward_fill().shift(1).over(same, order_by=order).alias("earlier_lowest"),
        value.cum_max().forward_fill().shift(1).over(same, order_by=order).alias("earlier_highest"),
    ]


def _note() -> pl.Expr:
    """What a reader has to know of a month, in words; null where there is nothing."""
    said = [
        pl.when(pl.col("value").is_null() | pl.col("excluded")).then("_said"),
        pl.when(pl.col("_label").is_not_null()).then(pl.format("declared step: {}", "_label")),
        pl.when(pl.col("_reason").is_not_null()).then(pl.format("not decomposed: {}", "_reason")),
    ]
    noted = pl.concat_str(said, separator="; ", ignore_nulls=True)
    return pl.when(noted != "").then(noted)
