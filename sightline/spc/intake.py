"""From the frame handed in to one tidy row a series and date, or a sentence that says which row is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from sightline.errors import BadInput
from sightline.spc.counts import KINDS as COUNTED
from sightline.spc.kinds import DIVIDED, SUBGROUPED, UNDIVIDED

WHERE = "spc.chart"
ROW = "_row"
EMPTY_IT = "correct the cell or leave it empty, then run again"


@dataclass(frozen=True)
class Columns:
    """Which column of the caller's frame plays which part."""

    value: str
    date: str | None
    denominator: str | None
    by: tuple[str, ...]
    target: str | None = None
    direction: str | None = None
    phase: str | None = None
    row: str | None = None

    @property
    def keys(self) -> list[str]:
        """The columns that name a series in the result."""
        return list(self.by) if len(self.by) > 1 else ["series"]


def named(by: str | Sequence[str] | None) -> tuple[str, ...]:
    """`by` as a tuple of column names."""
    if by is None:
        return ()
    return tuple(by) if isinstance(by, Iterable) and not isinstance(by, str) else (by,)


def tidy(frame: pl.DataFrame, columns: Columns, kind: str = "xmr") -> pl.DataFrame:
    """Sort by series and date, with `measured`, `denominator`, `value` (= measured / denominator), `spread` and the row's number.

    For charts of subgroups the rows of a date become one: their mean or standard deviation, with their number as the denominator.

    Raises :class:`BadInput` for a missing column, text or infinity among the numbers, a date that cannot be
    read, two rows of one series with the same date (but for subgroups), and what a kind of chart cannot take: a denominator too
    many or too few, a numerator above its denominator, a count below 0, a time between events of 0.
    """
    _denominator_fits(columns, kind)
    rows = _numbered(_needed(frame, columns), columns)
    read = rows.select(
        *_series_names(columns),
        _dates(rows, columns),
        _numbers(rows, columns.value, columns).alias("measured"),
        (_numbers(rows, columns.denominator, columns) if columns.denominator else pl.lit(None, pl.Float64)).alias("denominator"),
        *([_numbers(rows, columns.target, columns).alias("target")] if columns.target else []),
        *([pl.col(columns.direction).cast(pl.String).alias("direction")] if columns.direction else []),
        *([_phases(rows, columns.phase, columns).alias("phase")] if columns.phase else []),
        pl.col(ROW),
    )
    _counts_fit(rows, read, columns, kind)
    single = _of_subgroups(read, columns, kind) if kind in SUBGROUPED else read.with_columns(spread=pl.lit(None, pl.Float64))
    ordered = _in_order(single, columns.keys).with_columns(_plotted(columns.denominator))
    _no_duplicates(ordered, columns.keys)
    _phases_rise(ordered, columns)
    return ordered


def _denominator_fits(columns: Columns, kind: str) -> None:
    """Proportions and rates are divided; counts, times and subgroups are not."""
    if (kind in DIVIDED and columns.denominator is None) or (kind in (*UNDIVIDED, *SUBGROUPED) and columns.denominator is not None):
        needed = kind in DIVIDED
        raise BadInput(
            f"{WHERE}, chart {kind!r}",
            expected="a denominator" if needed else "no denominator",
            seen="none" if needed else f"the column {columns.denominator!r}",
            action="name the column with `denominator`" if needed else "leave it out, or choose a chart of proportions (pp) or of rates (up)",
        )


def _counts_fit(rows: pl.DataFrame, read: pl.DataFrame, columns: Columns, kind: str) -> None:
    """What a kind of chart cannot take, at the first row that has it."""
    measured, denominator = read["measured"], read["denominator"]

    def refuse(wrong: pl.Series, name: str, expected: str) -> None:
        _refuse_first(rows, wrong.fill_null(value=False), name, columns, expected=expected, action=EMPTY_IT)

    if kind in ("p", "pp"):
        refuse(measured > denominator, columns.value, "a numerator that is not above its denominator")
    if kind in (*COUNTED, "g"):
        refuse(measured < 0, columns.value, "a count, 0 or more")
    if kind == "t":
        refuse(measured <= 0, columns.value, "a time between events above 0")
    if columns.denominator is not None:
        refuse(denominator < 0, columns.denominator, "a denominator, 0 or more")


def _of_subgroups(read: pl.DataFrame, columns: Columns, kind: str) -> pl.DataFrame:
    """One row a series and date: mean or standard deviation, size and spread of what was measured on it."""
    others = [name for name in read.columns if name not in (*columns.keys, "date", "measured", "denominator")]
    spread = pl.col("measured").std()
    return read.group_by(*columns.keys, "date", maintain_order=True).agg(
        (pl.col("measured").mean() if kind == "xbar" else spread).alias("measured"),
        pl.col("measured").count().cast(pl.Float64).alias("denominator"),
        spread.alias("spread"),
        *(pl.col(name).first() for name in others),
    )


def _needed(frame: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """The columns that play a part and no other."""
    if not isinstance(frame, pl.DataFrame):
        raise BadInput(WHERE, expected="a polars DataFrame", seen=type(frame).__name__, action="collect or convert it first")
    asked = (columns.date, columns.denominator, columns.target, columns.direction, columns.phase, columns.row)
    played = [columns.value, *columns.by, *(name for name in asked if name is not None)]
    missing = [name for name in played if not (isinstance(name, str) and name in frame.columns)]
    if missing:
        seen = f"the columns {', '.join(frame.columns)}" if frame.columns else "no columns"
        raise BadInput(WHERE, expected=f"a column {missing[0]!r}", seen=seen, action="name a column that is there")
    return frame.select(list(dict.fromkeys(played)))


def _numbered(rows: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """The rows with the number that messages name them by: their own, or counted from 1."""
    return rows.with_row_index(ROW, offset=1) if columns.row is None else rows.rename({columns.row: ROW})


def _series_names(columns: Columns) -> list[pl.Expr]:
    if len(columns.by) > 1:
        return [pl.col(name) for name in columns.by]
    return [pl.col(columns.by[0]).alias("series") if columns.by else pl.lit(columns.value).alias("series")]


def _in_order(rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """By series and date, with the series numbered; rows that come so, as they often do, are not sorted again."""
    numbered = rows.with_columns(_series_number(keys))
    series, dates = numbered["_series"].to_numpy(), numbered["date"].to_physical()
    begins = np.flatnonzero(np.diff(series, prepend=-1))
    heads = numbered.select(keys)[begins]
    rising = not dates.null_count() and bool(((np.diff(dates.to_numpy()) > 0) | (np.diff(series) > 0)).all())
    if rising and heads.sort(keys).equals(heads) and not heads.is_duplicated().any():
        return numbered
    return rows.sort([*keys, "date"], maintain_order=True).with_columns(_series_number(keys))


def _series_number(keys: list[str]) -> pl.Expr:
    of = pl.col(keys[0]) if len(keys) == 1 else pl.struct(keys)
    return of.rle_id().cast(pl.Int64).alias("_series")


def _plotted(denominator: str | None) -> pl.Expr:
    if denominator is None:
        return pl.col("measured").alias("value")
    return pl.when(pl.col("denominator") > 0).then(pl.col("measured") / pl.col("denominator")).alias("value")


def _numbers(rows: pl.DataFrame, name: str, columns: Columns) -> pl.Series:
    """A column as Float64; NaN is a missing value."""
    given = _plain(rows, name, columns, "numbers", lambda dtype: dtype.is_numeric() or dtype == pl.Boolean)
    plain = given.str.strip_chars() if given.dtype == pl.String else given
    read = plain.cast(pl.Float64, strict=False).fill_nan(None)
    if given.dtype == pl.String:
        blank = plain.is_in(["", "NA", "NaN"]).fill_null(value=True)
        _refuse_first(rows, read.is_null() & ~blank, name, columns, expected="a number or an empty cell", action=EMPTY_IT)
    _refuse_first(rows, read.is_infinite().fill_null(value=False), name, columns, expected="a finite number", action=EMPTY_IT)
    return read


def _phases(rows: pl.DataFrame, name: str, columns: Columns) -> pl.Series:
    """The number of the phase of each row."""
    given = _numbers(rows, name, columns)
    read = given.cast(pl.Int64, strict=False)
    whole = (read.cast(pl.Float64) == given).fill_null(value=False)
    in_order = "number the phases of a series 1, 2, 3 in order of date"
    _refuse_first(rows, ~whole, name, columns, expected="a whole number", action=in_order)
    return read


def _plain(rows: pl.DataFrame, name: str, columns: Columns, what: str, fits: Callable[[pl.DataType], bool]) -> pl.Series:
    """A column of text or of a kind that fits; categories are read as text."""
    given = rows[name]
    if isinstance(given.dtype, pl.Categorical | pl.Enum):
        return given.cast(pl.String)
    if not (given.dtype in (pl.String, pl.Null) or fits(given.dtype)):
        seen = f"a column of type {given.dtype}"
        raise BadInput(
            _where(columns, f"column {name!r}"), expected=f"{what}, or text that can be read as {what}", seen=seen, action="convert the column first"
        )
    return given


def _dates(rows: pl.DataFrame, columns: Columns) -> pl.Expr | pl.Series:
    """Dates as Date, whole numbers as they are; without a date column the rows of a series are counted."""
    if columns.date is None:
        return (pl.int_range(1, pl.len() + 1).over(columns.by) if columns.by else pl.int_range(1, pl.len() + 1)).cast(pl.Int64).alias("date")
    given = _plain(rows, columns.date, columns, "dates", lambda dtype: dtype.is_integer() or dtype in (pl.Date, pl.Datetime))
    if given.dtype.is_integer():
        read = given.cast(pl.Int64, strict=False)
    elif given.dtype == pl.Datetime:
        read = given.dt.date()
        _refuse_first(
            rows, given.dt.time() != pl.time(0, 0, 0), columns.date, columns, expected="a date without a time of day", action="leave the time out"
        )
    else:
        read = given if given.dtype == pl.Date else given.cast(pl.String).str.strip_chars().str.to_date("%Y-%m-%d", strict=False)
    expected = "a date as year-month-day, such as 2024-04-01"
    _refuse_first(rows, read.is_null(), columns.date, columns, expected=expected, action="correct the cell, or leave the row out")
    return read.alias("date")


def _where(columns: Columns, place: str, series: str = "") -> str:
    return f"{WHERE}, " + (f"series {series}, " if columns.by and series else "") + place


def _refuse_first(rows: pl.DataFrame, wrong: pl.Series | pl.Expr, name: str, columns: Columns, *, expected: str, action: str) -> None:
    """Name the first row that is wrong, if any is."""
    bad = rows.filter(wrong) if isinstance(wrong, pl.Expr) or wrong.any() else rows.clear()
    if bad.height:
        first = bad.row(0, named=True)
        series = ", ".join(str(first[key]) for key in columns.by)
        raise BadInput(_where(columns, f"row {first[ROW]}, column {name!r}", series), expected=expected, seen=repr(first[name]), action=action)


def _no_duplicates(ordered: pl.DataFrame, keys: list[str]) -> None:
    same = (pl.col("_series") == pl.col("_series").shift()) & (pl.col("date") == pl.col("date").shift())
    again = ordered.select(same.any()).item()  # it is sorted
    if again:
        twice = ordered.filter(pl.struct("_series", "date").is_duplicated())
        first = twice.row(0, named=True)
        series = ", ".join(str(first[key]) for key in keys)
        lines = ", ".join(str(line) for line in twice.filter((pl.col("_series") == first["_series"]) & (pl.col("date") == first["date"]))[ROW].sort())
        raise BadInput(
            f"{WHERE}, series {series}, rows {lines}",
            expected="one row a date",
            seen=f"{first['date']} more than once",
            action="keep one row for the date, or name the column that tells the series apart with `by`",
        )


def _phases_rise(ordered: pl.DataFrame, columns: Columns) -> None:
    if columns.phase is None:
        return
    falls = (pl.col("phase") < pl.col("phase").shift()) & (pl.col("_series") == pl.col("_series").shift())
    wrong = ordered.filter(falls)
    if wrong.height:
        first = wrong.row(0, named=True)
        series = ", ".join(str(first[key]) for key in columns.keys)
        raise BadInput(
            _where(columns, f"row {first[ROW]}, column {columns.phase!r}", series),
            expected="whole numbers that never fall as the date rises",
            seen=repr(first["phase"]),
            action="number the phases of a series 1, 2, 3 in order of date",
        )
