"""The crossing suite of a whole waiting-list history: England, every provider, every treatment function, by half-year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from sightline.threshold.crossing import REAL_LINES, tested
from sightline.threshold.stock import from_long, month_end

LINES = REAL_LINES[:-1]
PLACEBOS = tuple(range(10, 70))
ENGLAND = "ENG"
#: months of a period, and the month in which one begins (April: the NHS year)
LENGTHS = {"half_year": 6, "year": 12}
FIRST_MONTH = 4


@dataclass(frozen=True)
class ByPeriod:
    """`estimates` and `base_rates` of every level and period, keyed by level, period_from and period_to.

    The last two are the first and last month end that a month pair of the period may end with.
    """

    estimates: pl.DataFrame
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
) -> ByPeriod:
    """Test the lines in every half-year (April to September, October to March) or year that has figures.

    `frame`: one row a provider, treatment function, month and week (lower week of the band, 104 or 52 the open one), without totals. A
    period holds the month pairs whose later month lies in it, so a whole half-year has six. England, and a treatment function, is the sum
    over the providers present at every month end of the period; a provider is the sum over its treatment functions. A period the data do
    not fill cannot tell.

    `estimates`: level (england, provider, treatment_function), unit (ENG, a provider, a function), period_from, period_to, then the columns of
    :func:`sightline.threshold.crossing`. `base_rates`: level, period_from, period_to, then its columns.
    """
    tried = sorted(set(placebos))
    rows = frame.select(
        pl.col(provider).cast(pl.String).alias("provider"), pl.col(treatment_function).cast(pl.String).alias("treatment_function"),
        pl.col(month).cast(pl.Date).dt.month_end().alias("month"), pl.col(week).alias("week"), pl.col(count).cast(pl.Float64).alias("count"),
    )  # fmt: skip
    found = [
        (level, since, until, tested(from_long(stock, unit="unit", month="month", week="week", count="count"), lines, tried))
        for since, until in periods(rows["month"], length)
        for level, stock in _levels(rows.filter(pl.col("month").is_between(_before(since), until)))
    ]

    def keyed(table: str) -> pl.DataFrame:
        keys = ("level", "period_from", "period_to")
        parts = [
            getattr(result, table).with_columns(level=pl.lit(level), period_from=since, period_to=until) for level, since, until, result in found
        ]
        return pl.concat(parts).select(*keys, pl.exclude(keys)) if parts else pl.DataFrame()

    return ByPeriod(keyed("estimates"), keyed("base_rates"))


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


def _levels(rows: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """The stock of every level of one period, long, with `unit`."""
    throughout = rows.filter(pl.col("month").n_unique().over("provider") == rows["month"].n_unique())
    units = {
        "england": (throughout, pl.lit(ENGLAND)),
        "provider": (rows, pl.col("provider")),
        "treatment_function": (throughout, pl.col("treatment_function")),
    }
    for level, (source, unit) in units.items():
        if source.height:
            yield level, source.group_by(unit.alias("unit"), "month", "week").agg(pl.col("count").sum())
