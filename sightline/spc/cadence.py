"""Absent periods made visible (D8): a month without a row is a gap, not a reason to close the months up.

The cadence of a series is plain when every step between its dates is a whole number of years, quarters, months,
weeks or days, and at least half of the steps are exactly one such unit. The coarsest unit that fits is taken.

Which periods there are is asked of each series by itself, or of all series together: then a date that some series have a row for is no
period that was left out, and a series without it is closed up there, as tools that know rows alone do; its next point says so.
"""

from __future__ import annotations

import numpy as np
import polars as pl

ABSENT = "no row for this period"
CLOSED = "no row between this point and the one before, where other series have rows: closed up"
LONGEST_MONTH = 31
#: kind of step and its length, the coarsest first: year, quarter, month; week, day
UNITS = (("_months", 12), ("_months", 3), ("_months", 1), ("_days", 7), ("_days", 1))


def complete(ordered: pl.DataFrame, calendar: str | pl.Series = "series") -> pl.DataFrame:
    """Add a row without a value, `absent` true, for each absent period of a series with a plain cadence.

    `ordered` is sorted by `_series` and `date`. Other columns of an added row are those of the row before it. By the calendar of the
    whole `frame`, or of a list of dates, a date in it gets no row: the points beside it are neighbours, and `closed` is true at the later one.
    """
    marked = ordered.with_columns(absent=pl.lit(value=False), closed=pl.lit(value=False))
    if ordered["date"].dtype != pl.Date or _whole(ordered):
        return marked
    stepped = _steps(marked)
    added = _absent_rows(stepped.join(_units(stepped), on="_series", maintain_order="left"))
    if not isinstance(calendar, str) or calendar == "frame":
        reported = ordered["date"].unique() if isinstance(calendar, str) else calendar.unique()
        closed = added.filter(pl.col("date").is_in(reported.implode()))
        added = added.join(closed, on=["_series", "date"], how="anti")
        follows = marked.select("_series", date="date", _before=pl.col("date").shift(1).over("_series"))
        later = follows.join(closed.select("_series", _before="_from").unique(), on=["_series", "_before"], how="semi").select("_series", "date")
        marked = marked.join(later.with_columns(_closed=pl.lit(value=True)), on=["_series", "date"], how="left", maintain_order="left")
        marked = marked.with_columns(closed=pl.col("_closed").fill_null(value=False)).drop("_closed")
    return pl.concat([marked, added.select(marked.columns)]).sort("_series", "date") if added.height else marked


def _whole(ordered: pl.DataFrame) -> bool:
    """Whether every series goes on from month to month on the same day, so that nothing can be absent: told without the rest.

    Dates that share their day of the month lie at most 31 days apart where nothing is absent, and 59 or more where a month is.
    """
    if ordered["date"].unique().dt.day().n_unique() > 1:
        return False
    days, series = np.diff(ordered["date"].to_physical().to_numpy()), np.diff(ordered["_series"].to_numpy())
    return bool(((days <= LONGEST_MONTH) | (series != 0)).all())


def _month_number(date: pl.Expr) -> pl.Expr:
    return date.dt.year().cast(pl.Int64) * 12 + date.dt.month().cast(pl.Int64) - 1


def _steps(marked: pl.DataFrame) -> pl.DataFrame:
    """Steps to the next date of the series, `_days` and `_months` (null where the day of the month is not kept).

    `_anchor` is the day of the month the series keeps to; shorter months are met on their last day.
    """
    date = pl.col("date")
    same = pl.col("_series") == pl.col("_series").shift(-1)
    days = marked.with_columns(_anchor=date.dt.day().max().over("_series"), _last_day=date.dt.month_end().dt.day())
    keeps = (pl.min_horizontal("_anchor", "_last_day") == date.dt.day()).all().over("_series")
    return days.with_columns(
        _days=pl.when(same).then((date.shift(-1) - date).dt.total_days()),
        _months=pl.when(same & keeps).then(_month_number(date.shift(-1)) - _month_number(date)),
    )


def _units(stepped: pl.DataFrame) -> pl.DataFrame:
    """One row a series: `_kind` (the column of its steps) and `_unit` (their length); null where no cadence is plain."""
    plain = [((pl.col(kind) % size) == 0).all() & ((pl.col(kind) == size).mean() >= 0.5) for kind, size in UNITS]
    fits = stepped.group_by("_series").agg(holds.alias(str(place)) for place, holds in enumerate(plain))
    return fits.select(
        "_series",
        pl.coalesce(pl.when(pl.col(str(place))).then(pl.lit(kind)) for place, (kind, _) in enumerate(UNITS)).alias("_kind"),
        pl.coalesce(pl.when(pl.col(str(place))).then(size) for place, (_, size) in enumerate(UNITS)).alias("_unit"),
    )


def _absent_rows(stepped: pl.DataFrame) -> pl.DataFrame:
    monthly = pl.col("_kind") == "_months"
    periods = pl.when(monthly).then(pl.col("_months")).otherwise(pl.col("_days")) // pl.col("_unit")
    gaps = stepped.with_columns(_periods=periods).filter(pl.col("_periods") > 1)
    spread = gaps.with_columns(_later=pl.int_ranges(1, pl.col("_periods"))).explode("_later").with_columns(pl.col("_later") * pl.col("_unit"))
    return spread.with_columns(
        _from=pl.col("date"),
        date=pl.when(monthly).then(_month_later()).otherwise(pl.col("date") + pl.duration(days=pl.col("_later"))),
        absent=pl.lit(value=True),
        excluded=pl.lit(value=False),
        **{name: pl.lit(None, pl.Float64) for name in ("measured", "value", "denominator", "spread") if name in gaps.columns},
    )


def _month_later() -> pl.Expr:
    month = _month_number(pl.col("date")) + pl.col("_later")
    first = pl.date(month // 12, month % 12 + 1, 1)
    return pl.min_horizontal(first + pl.duration(days=pl.col("_anchor").cast(pl.Int64) - 1), first.dt.month_end())
