"""The waiting list as it stood: people by unit, month end and week waited, from a wide or a long table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sightline.errors import BadInput

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

WHERE = "threshold.crossing"
#: "Gt 00 To 01 Weeks SUM 1", ">0-1", "0 to 1 weeks", as in the files and workbooks of NHS England
_CLOSED = re.compile(r"(?:gt|>|over)?\s*(\d{1,3})\s*(?:to|-|–)\s*(\d{1,3})\s*(?:weeks?\b.*)?", re.IGNORECASE)
#: "Gt 104 Weeks SUM 1", "104 plus", "52+"
_OPEN = re.compile(r"(?:gt|>|over)\s*(\d{1,3})\s*weeks?\b.*|(\d{1,3})\s*(?:\+|plus\b).*", re.IGNORECASE)
#: "week_017", "w17", "17": the lower week alone, where no column names both
_LOWER = re.compile(r"(?:weeks?|wk|w)?[\s_.-]*(\d{1,3})", re.IGNORECASE)
#: the lower week of a band as a cell of a long table has it: "17", "17.0", or its name as above
_WEEK = r"(?i)^(?:gt|>|over)?\s*(\d{1,3})(?:\.0+)?\s*(?:(?:to|-|–)\s*\d{1,3})?\s*(?:(?:\+|plus\b|weeks?\b).*)?$"
#: what the columns of a long table are called where nobody names them
WEEK_NAMES, COUNT_NAMES = ("week", "weeks", "week_from", "band"), ("count", "people", "patients", "pathways", "n")
#: the first weeks of the open bands of NHS England's files: 52 and more until March 2021, 104 and more since
OPEN_BANDS = (52, 104)
#: more months than any file has: a mistaken column of dates is refused before it asks for memory
MONTHS_AT_MOST, WEEKS_AT_MOST = 600, 520
#: zero as the publisher writes it
DASHES = ("-", "–", "")


@dataclass(frozen=True)
class Stock:
    """People waiting: `people` [unit, month, week], whole calendar months in order, weeks 0 to `highest`, the highest closed band.

    `reported` [unit, month] says which units have a row for which month; where there is none `people` is 0.
    """

    units: pl.Series
    months: tuple[date, ...]
    people: Floats
    reported: Flags

    @property
    def highest(self) -> int:
        """The highest closed week band."""
        return int(self.people.shape[2]) - 1

    def together(self, name: str) -> Stock:
        """The sum of the units that are there in every reported month, as one unit: who comes or goes would look like departures or arrivals."""
        months = self.reported.any(axis=0)
        throughout = (self.reported == months).all(axis=1)
        return Stock(pl.Series("unit", [name]), self.months, self.people[throughout].sum(axis=0, keepdims=True), (months & throughout.any())[None, :])


def month_end(day: date) -> date:
    """The last day of the month of a day."""
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return following - timedelta(1)


def from_wide(frame: pl.DataFrame, *, unit: str, month: str) -> Stock:
    """One row a unit and month, one column a week band, found by its header; other columns are left alone.

    Raises :class:`BadInput` for missing columns, bands that do not run from 0 upwards without a gap, text, a negative or a
    broken count, two rows of one unit and month, a month that cannot be read.
    """
    _present(frame, [unit, month])
    bands = _bands([name for name in frame.columns if name not in (unit, month)])
    rows = frame.select(_unit(frame, unit), _months(frame, month), *(_counts(frame, name).alias(str(band)) for band, name in bands.items()))
    _no_duplicates(rows, ["unit", "month"])
    counts = rows.select(str(band) for band in bands).to_numpy()
    reported = ~np.isnan(counts).all(axis=1)  # a row without a single figure is a month that was not reported
    return _placed(rows.filter(pl.Series(reported)), np.nan_to_num(counts[reported]))


def from_long(frame: pl.DataFrame, *, unit: str, month: str, week: str, count: str) -> Stock:
    """One row a unit, month and week; `week` is the lower week of the band. A week without a row is a week with nobody.

    Where the highest week of all is 52 or 104 it is the open band of the publisher's files and left out; where it is 104, months that
    end at 52 are of the older files, whose last band holds everyone beyond, and count as not reported.
    Raises :class:`BadInput` as :func:`from_wide`.
    """
    _present(frame, [unit, month, week, count])
    rows = frame.select(_unit(frame, unit), _months(frame, month), _weeks(frame, week), _counts(frame, count).fill_null(0).alias("people"))
    _no_duplicates(rows, ["unit", "month", "week"])
    top = int(rows["week"].max() or 0)  # type: ignore[arg-type]
    highest = top - 1 if top in OPEN_BANDS else top
    older = pl.col("week").max().over("month") == OPEN_BANDS[0]
    rows = rows.filter(~older) if top == OPEN_BANDS[1] else rows
    keys = rows.select("unit", "month").unique(maintain_order=True)
    counts = np.zeros((keys.height, highest + 1))
    closed = rows.filter(pl.col("week") <= highest).join(keys.with_row_index("_row"), on=["unit", "month"])
    counts[closed["_row"].to_numpy(), closed["week"].to_numpy()] = closed["people"].to_numpy()
    return _placed(keys, counts)


def long_columns(frame: pl.DataFrame) -> tuple[str, str] | None:
    """The columns of week and count of a table without a column a band, by their names; None where it is not one of each."""
    found = [[name for name in frame.columns if name.strip().lower() in names] for names in (WEEK_NAMES, COUNT_NAMES)]
    wide = any(_CLOSED.fullmatch(name.strip()) for name in frame.columns)
    return (found[0][0], found[1][0]) if not wide and [len(names) for names in found] == [1, 1] else None


def _placed(keys: pl.DataFrame, counts: Floats) -> Stock:
    """Rows of counts put at their unit and month; months run on without a gap."""
    if not keys.height:
        raise BadInput(WHERE, expected="at least one unit and month with figures", seen="none", action="check the file and the names of its columns")
    units = keys["unit"].unique().sort()
    since = keys["month"].min()
    place = keys.select(
        unit=pl.col("unit").rank("dense") - 1,
        month=(pl.col("month").dt.year() - since.year) * 12 + pl.col("month").dt.month() - since.month,  # type: ignore[union-attr]
    )
    span = int(place["month"].max()) + 1  # type: ignore[arg-type]
    if span > MONTHS_AT_MOST:
        raise BadInput(f"{WHERE}, months", expected=f"at most {MONTHS_AT_MOST} months", seen=f"{span}", action="check the column of months")
    people = np.zeros((units.len(), span, counts.shape[1]))
    reported = np.zeros((units.len(), span), dtype=bool)
    at = place["unit"].to_numpy(), place["month"].to_numpy()
    people[at], reported[at] = counts, True
    first = (since.year * 12 + since.month - 1) if isinstance(since, date) else 0
    months = tuple(month_end(date(number // 12, number % 12 + 1, 1)) for number in range(first, first + span))
    return Stock(units, months, people, reported)


def _present(frame: pl.DataFrame, names: Sequence[str]) -> None:
    if not isinstance(frame, pl.DataFrame):
        raise BadInput(WHERE, expected="a polars DataFrame", seen=type(frame).__name__, action="collect or convert it first")
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise BadInput(f"{WHERE}, columns", expected=", ".join(names), seen=f"no column {', '.join(missing)}",
                       action=f"name one of: {', '.join(frame.columns[:12])}{' …' if frame.width > 12 else ''}")  # fmt: skip


def _bands(names: Sequence[str]) -> dict[int, str]:
    """Closed bands by their lower week, in order; open bands are left out, they say nothing of where people wait."""
    matches = ((name, _CLOSED.fullmatch(name.strip())) for name in names)
    found = [(int(match[1]), name) for name, match in matches if match and int(match[2]) == int(match[1]) + 1] or _numbered(names)
    bands = dict(sorted(found))
    if len(bands) < len(found):
        twice = sorted(week for week in bands if sum(week == other for other, _ in found) > 1)
        raise BadInput(f"{WHERE}, header", expected="one column a week band", seen=f"two for week {twice[0]}", action="keep one of them")
    if not bands:
        raise BadInput(f"{WHERE}, header", expected="columns of week bands such as 'Gt 00 To 01 Weeks SUM 1'", seen="none",
                       action="name the columns of week and count if the table has one row a week")  # fmt: skip
    gap = next((week for place, week in enumerate(bands) if week != place), None)
    if gap is not None:
        raise BadInput(
            f"{WHERE}, header", expected="bands from week 0 upwards without a gap", seen=f"a gap before week {gap}", action="add the missing bands"
        )
    later = [int(match[1] or match[2]) for name in names if (match := _OPEN.fullmatch(name.strip()))]
    if later and min(later) != len(bands):
        raise BadInput(
            f"{WHERE}, header", expected=f"an open band from week {len(bands)}", seen=f"one from week {min(later)}", action="check the header"
        )
    return bands


def _numbered(names: Sequence[str]) -> list[tuple[int, str]]:
    """Columns named by their lower week; the highest is left out where it is the open band of the publisher's files."""
    found = [(int(match[1]), name) for name in names if (match := _LOWER.fullmatch(name.strip()))]
    top = max((week for week, _ in found), default=0)
    return [(week, name) for week, name in found if not (week == top and top in OPEN_BANDS)]


def _unit(frame: pl.DataFrame, name: str) -> pl.Expr:
    empty = frame[name].is_null()
    if empty.any():
        raise BadInput(
            f"{WHERE}, row {_first(empty)}, {name}", expected="the name of a unit", seen="an empty cell", action="fill it in or drop the row"
        )
    return pl.col(name).cast(pl.String).alias("unit")


def _months(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Dates, or text that begins YYYY-MM: the last day of that month."""
    kind = frame[name].dtype
    if kind in (pl.Date, pl.Datetime):
        day = pl.col(name).cast(pl.Date)
    else:
        text = pl.col(name).cast(pl.String).str.strip_chars()
        day = pl.when(text.str.contains(r"^\d{4}-\d{2}(-\d{2})?( .*)?$")).then(text.str.slice(0, 7) + "-01").str.to_date("%Y-%m-%d", strict=False)
    read = frame.select(day.dt.month_end().alias("month"))["month"]
    if read.has_nulls():
        at = _first(read.is_null())
        raise BadInput(
            f"{WHERE}, row {at}, {name}", expected="a month as YYYY-MM, or a date", seen=_shown(frame[name][at - 1]), action="correct the cell"
        )
    return pl.lit(read).alias("month")


def _weeks(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Lower weeks as numbers, or as the publisher names the band."""
    column = frame[name]
    week = (column.str.strip_chars().str.extract(_WEEK) if column.dtype == pl.String else column).cast(pl.Float64, strict=False)
    wrong = (week.is_null() | (week < 0) | (week != week.floor()) | (week > WEEKS_AT_MOST)).fill_null(value=True)
    if wrong.any():
        at = _first(wrong)
        raise BadInput(
            f"{WHERE}, row {at}, {name}", expected=f"a whole week from 0 to {WEEKS_AT_MOST}", seen=_shown(column[at - 1]), action="correct the cell"
        )
    return pl.lit(week.cast(pl.Int64)).alias("week")


def _counts(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Counts as numbers; a dash is the publisher's zero, an empty cell stays empty."""
    column = frame[name]
    if column.dtype == pl.String:
        text = column.str.strip_chars().str.replace_all(",", "")
        number = pl.select(pl.when(text.is_in(DASHES[:2])).then(pl.lit("0")).when(text != "").then(text).alias(name))[name].cast(
            pl.Float64, strict=False
        )
        wrong = number.is_null() & text.is_not_null() & (text != "")
    elif column.dtype.is_numeric() or column.dtype == pl.Null:
        number, wrong = column.cast(pl.Float64), pl.Series([False] * frame.height, dtype=pl.Boolean)
    else:
        number, wrong = column.cast(pl.Float64, strict=False), column.is_not_null()
    wrong = (wrong | (number < 0) | ~number.is_finite()).fill_null(value=False)
    if wrong.any():
        at = _first(wrong)
        raise BadInput(f"{WHERE}, row {at}, {name}", expected="a count of people, 0 or more", seen=_shown(column[at - 1]), action="correct the cell")
    return pl.lit(number).alias(name)


def _no_duplicates(rows: pl.DataFrame, keys: list[str]) -> None:
    twice = rows.select(keys).is_duplicated()
    if twice.any():
        row = rows.row(_first(twice) - 1, named=True)
        raise BadInput(f"{WHERE}, row {_first(twice)}", expected=f"one row a {' and '.join(keys)}",
                       seen=f"two of {', '.join(_shown(row[key]) for key in keys)}", action="add the rows up first")  # fmt: skip


def _first(wrong: pl.Series) -> int:
    """The number of the first row that is wrong, from 1."""
    return int(wrong.arg_max() or 0) + 1


def _shown(value: object) -> str:
    return repr(str(value)[:40]) if value is not None else "an empty cell"
