"""The crossing suite of a whole waiting-list history: England, every provider, every treatment function, by month, half-year or year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta

import polars as pl

from sightline.threshold.crossing import REAL_LINES, Crossing, tested
from sightline.threshold.stock import Stock, from_long, month_end

LINES = REAL_LINES[:-1]
PLACEBOS = tuple(range(10, 70))
ENGLAND = "ENG"
#: months of a period, and the month in which a year begins (April: the NHS year)
LENGTHS = {"month": 1, "half_year": 6, "year": 12}
FIRST_MONTH = 4
#: pairs of month ends without which a period cannot tell; a single month is shown and has no verdict
PAIRS = {"month": 1, "half_year": 6, "year": 6}
LEVELS = ("england", "provider", "treatment_function")
KEYS = ("level", "period", "period_from", "period_to")


@dataclass(frozen=True)
class ByPeriod:
    """The tables of :class:`sightline.threshold.crossing.Crossing` of every level and period, keyed by level, period, period_from and period_to.

    The last two are the first and last month end that a month pair of the period may end with.
    """

    estimates: pl.DataFrame
    placebos: pl.DataFrame
    bands: pl.DataFrame
    base_rates: pl.DataFrame


def crossing_by_period(
    frame: pl.DataFrame,
    *,
    provider: str,
    treatment_function: str,
    month: str,
    week: str,
    count: str,
    lines: Sequence[int] = LINES,
    placebos: Iterable[int] = PLACEBOS,
    length: str = "half_year",
    levels: Sequence[str] = LEVELS,
    beside: Sequence[int] = (),
) -> ByPeriod:
    """Test the lines in every month, half-year (April to September, October to March) or year that has figures.

    `frame`: one row a provider, treatment function, month and week (lower week of the band, 104 or 52 the open one), without totals. A
    period holds the month pairs whose later month lies in it, so a whole half-year has six. England, and a treatment function, is the sum
    over the providers present at every month end of the period; a provider is the sum over its treatment functions. A half-year or year the
    data do not fill cannot tell. `beside` as in :func:`sightline.threshold.crossing.tested`.

    `estimates`: level (england, provider, treatment_function), period (`length`), period_from, period_to, then the columns of
    :func:`sightline.threshold.crossing`, with unit ENG, a provider, a function; the other tables likewise.
    """
    tried = sorted(set(placebos))
    rows = frame.select(
        pl.col(provider).cast(pl.Categorical).alias("provider"), pl.col(treatment_function).cast(pl.Categorical).alias("treatment_function"),
        pl.col(month).cast(pl.Date).dt.month_end().alias("month"), pl.col(week).alias("week"), pl.col(count).cast(pl.Float64).alias("count"),
    )  # fmt: skip
    found = [
        _keyed(tested(_stock(units), lines, tried, minimum_pairs=PAIRS[length], beside=beside), level=level, period=length, since=since, until=until)
        for since, until in periods(rows["month"], length)
        for level, units in _levels(rows.filter(pl.col("month").is_between(_before(since), until)), levels)
        if _has_pair(units)
    ]
    return ByPeriod(*(pl.concat(getattr(one, field.name) for one in found) if found else pl.DataFrame() for field in fields(ByPeriod)))


def _keyed(result: Crossing, *, level: str, period: str, since: date, until: date) -> ByPeriod:
    keys = {"level": pl.lit(level), "period": pl.lit(period), "period_from": since, "period_to": until}
    tables = (getattr(result, field.name).with_columns(**keys) for field in fields(ByPeriod))
    return ByPeriod(*(table.select(*KEYS, pl.exclude(KEYS)) for table in tables))


def periods(months: pl.Series, length: str = "half_year") -> list[tuple[date, date]]:
    """First and last month end of every period that a later month of a pair lies in, in order."""
    span = LENGTHS[length]
    ends = months.unique().sort().to_list()
    later = {end for end in ends if _before(end) in set(ends)}
    starts = sorted({(end.year * 12 + end.month - 1) - (end.month - FIRST_MONTH) % span for end in later})
    return [(_end_of(start), _end_of(start + span - 1)) for start in starts]


def _end_of(number: int) -> date:
    """The last day of the month with this number, counted from year 0."""
    return month_end(date(number // 12, number % 12 + 1, 1))


def _before(end: date) -> date:
    return end.replace(day=1) - timedelta(1)


def throughout(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of the providers that are present at every month end of the frame."""
    return rows.filter(pl.col("month").n_unique().over("provider") == rows["month"].n_unique())


def _levels(rows: pl.DataFrame, levels: Sequence[str]) -> Iterator[tuple[str, pl.DataFrame]]:
    """The stock of every level of one period, long, with `unit`."""
    there = throughout(rows)
    units = {"england": (there, pl.lit(ENGLAND)), "provider": (rows, pl.col("provider")), "treatment_function": (there, pl.col("treatment_function"))}
    for level in levels:
        source, unit = units[level]
        if source.height:
            yield level, source.group_by(unit.alias("unit"), "month", "week").agg(pl.col("count").sum())


def _stock(units: pl.DataFrame) -> Stock:
    return from_long(units, unit="unit", month="month", week="week", count="count")


def _has_pair(units: pl.DataFrame) -> bool:
    """Whether any unit is there at two month ends that follow each other."""
    there = units.select("unit", "month").unique()
    return there.join(there.with_columns(pl.col("month").dt.offset_by("1d").dt.month_end()), on=["unit", "month"], how="semi").height > 0
