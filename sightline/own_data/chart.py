"""From a person's own table to the two frames of a chart, with messages that name the file and its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, Final

import polars as pl

from sightline import spc
from sightline.errors import BadInput
from sightline.own_data.read import ROW
from sightline.sources.spreadsheet import printable
from sightline.spc import presets
from sightline.spc.phases import Day
from sightline.spc.settings import calls, entries

#: series on one page, and rows with those that a completed calendar adds
MOST_SERIES: Final = 5_000
MOST_ROWS: Final = 2_000_000
YEARS: Final = (1900, 2100)
#: parts of a date as they are asked for, and as they are read
DATE_PARTS: Final = {"yyyy": "%Y", "mmmm": "%B", "mmm": "%b", "yy": "%y", "mm": "%m", "dd": "%d"}


#: the line that is drawn and judged by nothing: of no account to `spc.chart`
SECOND: Final = "second_target"


@dataclass(frozen=True)
class Asked:
    """What a chart of own data is asked for; all but the first four as the arguments of `spc.chart` of the same name."""

    file: str
    settings_file: str = "settings"
    date_format: str | None = None
    second_target: float | None = None
    value: str = ""
    date: str | None = None
    denominator: str | None = None
    by: tuple[str, ...] = ()
    chart: str = "xmr"
    direction: str = "neither"
    target: float | None = None
    target_column: str | None = None
    rebase: tuple[str, ...] = ()
    baseline: int | None = None
    exclude: Mapping[Day, str | None] | tuple[()] = ()
    screen: bool | None = None
    constant: float | None = None
    centre_line: float | None = None
    multiply: float = 1
    negative: bool = True
    shift: int = 7
    trend: int = 7
    two_of_three: str | None = None
    run_method: str = "anhoej"
    like: str = "sightline"

    def arguments(self) -> dict[str, Any]:
        """The arguments of `spc.chart`."""
        own = ("file", "settings_file", "date_format", "second_target")
        given = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in own}
        return {**given, "by": list(self.by), "calendar": "series", "row_column": ROW, "direction_column": None, "phase_column": None}

    @property
    def keys(self) -> list[str]:
        """The columns that name a series in the result."""
        return list(self.by) if len(self.by) > 1 else ["series"]


def excluded(texts: Sequence[str]) -> dict[Day, str | None]:
    """Dates or places with their reasons out of texts like `2020-04-01: first wave`. Raises BadInput."""
    found: dict[Day, str | None] = {}
    for text in texts:
        try:
            found |= entries(text)
        except ValueError:
            action = "write the date as 2020-04-01, with a reason after a colon if wanted"
            raise BadInput("--exclude", expected="a date, or a place from 1", seen=repr(printable(text)), action=action) from None
    return found


@dataclass(frozen=True)
class Charted:
    """The frames of `spc.chart`, and `applied`, one row a series: its keys, direction, second target, and the settings of its lines."""

    points: pl.DataFrame
    summary: pl.DataFrame
    applied: pl.DataFrame


def charted(table: pl.DataFrame, asked: Asked, settings: pl.DataFrame | None = None) -> Charted:
    """The chart of every series of a table read by `own_data.read.numbered`.

    Raises :class:`sightline.errors.BadInput` naming file, series, row and column of what cannot be used.
    """
    with of_the_file(asked):
        frame = prepared(table, asked)
        second = None if settings is None else _second_targets(settings, asked)
        rest = settings if second is None or settings is None else settings.drop(SECOND)
        made = spc.chart(frame, **asked.arguments(), settings=rest)
        _excluded_are_there(made.points, asked)
        applied = _applied(frame, asked, rest).with_columns(pl.lit(asked.second_target, pl.Float64).alias(SECOND))
        if second is not None:
            applied = applied.update(second.cast({key: applied.schema[key] for key in asked.keys}, strict=False), on=asked.keys)
        return Charted(made.points, made.summary, applied)


def _second_targets(settings: pl.DataFrame, asked: Asked) -> pl.DataFrame | None:
    """The second targets in a table of settings: keys and `second_target`, where the cell is not empty; None without such a column."""
    names = [name if name in settings.columns else key for name, key in zip(asked.by, asked.keys, strict=False)] or ["series"]
    if SECOND not in settings.columns or not set(names) <= set(settings.columns):
        return None
    text = pl.col(SECOND).cast(pl.String).str.strip_chars()
    given = settings.filter(text != "").with_columns(_number=text.cast(pl.Float64, strict=False))
    wrong = given.filter(~pl.col("_number").is_finite().fill_null(value=False))
    if wrong.height:
        row = f", row {wrong[ROW][0]}" if ROW in wrong.columns else ""
        seen = repr(printable(str(wrong[SECOND][0])))
        raise BadInput(
            f"spc.chart, settings{row}, column {SECOND!r}", expected="a finite number", seen=seen, action="correct the cell or leave it empty"
        )
    return given.select(
        *(pl.col(name).cast(pl.String).alias(key) for name, key in zip(names, asked.keys, strict=True)), pl.col("_number").alias(SECOND)
    )


def _excluded_are_there(points: pl.DataFrame, asked: Asked) -> None:
    """A mistyped date would leave its point in without a word."""
    most = points.group_by(asked.keys).len()["len"].max()
    dates = set(points["date"].cast(pl.String).unique())
    for day in asked.exclude:
        if not (1 <= day <= most if isinstance(day, int) and isinstance(most, int) else str(day) in dates):
            raise BadInput(
                "--exclude", expected="a date of the file, or a place among its points", seen=str(day), action="correct it or leave it away"
            )


def _applied(frame: pl.DataFrame, asked: Asked, settings: pl.DataFrame | None) -> pl.DataFrame:
    chosen = presets.choices(asked.like)
    found: list[pl.DataFrame] = []
    for rows, arguments in [(frame, asked.arguments())] if settings is None else calls(frame, settings, asked.arguments()):
        keys = [pl.col(name).alias(alias) for name, alias in zip(asked.by, asked.keys, strict=False)] or [pl.lit(asked.value).alias("series")]
        constant, screen, direction = (arguments[name] for name in ("constant", "screen", "direction"))
        series = rows.select(keys).unique(maintain_order=True).with_columns(
            constant=pl.lit(chosen.constant if constant is None else constant, pl.Float64),
            screen=pl.lit(chosen.screen if screen is None else screen),
            baseline=pl.lit(arguments["baseline"], pl.Int64),
            centre_line=pl.lit(arguments["centre_line"], pl.Float64),
            multiply=pl.lit(arguments["multiply"], pl.Float64),
        )  # fmt: skip
        each = isinstance(direction, Mapping)
        called = [direction.get(key if len(key) > 1 else key[0]) if each else direction for key in series.select(asked.keys).rows()]
        found.append(series.with_columns(direction=pl.Series(called, dtype=pl.String).fill_null("neither")))
    return pl.concat(found)


def prepared(table: pl.DataFrame, asked: Asked) -> pl.DataFrame:
    """The table with its dates read, within bounds. A date is ISO, or as `date_format` says; small whole numbers count points."""
    twice = next((name for place, name in enumerate(asked.by) if name in asked.by[:place]), None)
    if twice is not None:
        raise BadInput("--by", expected="each column once", seen=f"{printable(twice)!r} twice", action="leave one of them out")
    if asked.second_target is not None:
        presets.finite_number("second_target", asked.second_target)
    missing = [name for name in (asked.date, asked.value, asked.denominator, *asked.by, asked.target_column)
               if name is not None and name not in table.columns]  # fmt: skip
    if missing:
        seen = f"the columns {', '.join(printable(name) for name in table.columns if name != ROW)}"
        raise BadInput("spc.chart", expected=f"a column {printable(missing[0])!r}", seen=seen, action="name a column that is there")
    for name in (asked.date, asked.value, asked.denominator, *asked.by, asked.target_column):
        if name is not None and (table.schema[name].is_nested() or table.schema[name] in (pl.Object, pl.Binary)):
            seen = f"a column of type {table.schema[name]}"
            raise BadInput(f"spc.chart, column {printable(name)!r}", expected="text, numbers or dates", seen=seen, action="convert the column first")
    dated = table if asked.date is None else table.with_columns(_dates(table, asked.date, asked.date_format))
    _refuse_sizes(dated, asked)
    _refuse_impossible(dated, asked)
    return dated


@contextmanager
def of_the_file(asked: Asked) -> Iterator[None]:
    """Messages name the file in place of the function."""
    try:
        yield
    except BadInput as error:
        where = error.where.replace("spc.chart, settings", asked.settings_file).replace("spc.chart", asked.file)
        raise BadInput(where, expected=error.expected, seen=printable(error.seen), action=error.action) from None
    except pl.exceptions.PolarsError as error:  # a column of a kind that nothing here foresaw
        raise BadInput(asked.file, expected="columns of text, numbers and dates", seen=printable(error), action="save the file as CSV") from error


def _dates(table: pl.DataFrame, name: str, date_format: str | None) -> pl.Series:
    given = table[name]
    if given.dtype != pl.String:
        return given
    text = given.str.strip_chars()
    if date_format is not None:
        read = _by_format(text, date_format)
        _refuse(table, read.is_null(), name, f"a date as {date_format}", "correct the cell, or the --date-format")
        return read
    if text.str.contains(r"^\d{1,4}$").fill_null(value=False).all():
        return text.cast(pl.Int64).alias(name)
    iso = text.str.replace(r"[T ]00:00(:00(\.0+)?)?$", "").str.to_date("%Y-%m-%d", strict=False)
    slashed = bool(text.str.contains(r"^\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}$").fill_null(value=False).any())
    action = "say which is the day with --date-format dd/mm/yyyy" if slashed else "correct the cell, or say how dates are written with --date-format"
    _refuse(table, iso.is_null(), name, "a date as year-month-day, such as 2024-04-01", action)
    return iso.alias(name)


def _by_format(text: pl.Series, date_format: str) -> pl.Series:
    pattern = re.sub("yyyy|mmmm|mmm|yy|mm|dd", lambda part: DATE_PARTS[part[0].lower()], date_format, flags=re.IGNORECASE)
    parts = set(re.findall("%[A-Za-z]", pattern))
    if not parts & {"%Y", "%y"} or not parts & {"%m", "%b", "%B"} or parts - set(DATE_PARTS.values()):
        raise BadInput("--date-format", expected="the parts yyyy, mm and dd, such as dd/mm/yyyy", seen=repr(printable(date_format)),
                       action="write the date's own punctuation between the parts")  # fmt: skip
    first_of_month = "%d" not in parts
    dated = text if not first_of_month else "01 " + text
    return dated.str.to_date(f"%d {pattern}" if first_of_month else pattern, strict=False).alias(text.name)


def _refuse(table: pl.DataFrame, wrong: pl.Series, name: str, expected: str, action: str, by: tuple[str, ...] = ()) -> None:
    bad = table.filter(wrong.fill_null(value=False))
    if bad.height:
        first = bad.row(0, named=True)
        series = f", series {printable(', '.join(str(first[key]) for key in by))}" if by else ""
        where = f"spc.chart{series}, row {first[ROW]}, column {printable(name)!r}"
        raise BadInput(where, expected=expected, seen=repr(first[name]), action=action)


def _refuse_sizes(table: pl.DataFrame, asked: Asked) -> None:
    """Dates in two centuries, so many series, and so many points once absent dates have rows."""
    count = table.select(asked.by).n_unique() if asked.by else 1
    if count > MOST_SERIES:
        raise BadInput("spc.chart", expected=f"at most {MOST_SERIES:,} series", seen=f"{count:,}", action="keep the series you need")
    if asked.date is None or table[asked.date].dtype not in (pl.Date, pl.Datetime):
        return
    year = table[asked.date].dt.year()
    _refuse(table, (year < YEARS[0]) | (year > YEARS[1]), asked.date, f"a date between {YEARS[0]} and {YEARS[1]}", "correct the cell", asked.by)
    day = pl.col(asked.date).cast(pl.Date)
    steps = ((day.max() - day.min()).dt.total_days() / day.sort().diff().dt.total_days().median().clip(1)).alias("_days")
    spread = table.group_by(asked.by).agg(steps) if asked.by else table.select(steps)
    if (spread["_days"].fill_null(0).sum() or 0) > MOST_ROWS:
        seen = "dates so far apart that the absent ones would be more"
        raise BadInput("spc.chart", expected=f"at most {MOST_ROWS:,} dates", seen=seen, action="look for a wrong year")


def _refuse_impossible(table: pl.DataFrame, asked: Asked) -> None:
    """Something counted among nothing: a denominator of 0 is a month without one only where its numerator is 0 too."""
    if asked.denominator is None:
        return
    above, below = (table[name].cast(pl.Float64, strict=False) for name in (asked.value, asked.denominator))
    _refuse(table, (below == 0) & (above != 0), asked.denominator, "a denominator above 0 where the numerator is not 0",
            "correct the cell, or leave it empty for a gap", asked.by)  # fmt: skip
