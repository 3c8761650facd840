"""Settings of each series from a frame, so that one call charts measures of different kinds, directions and targets.

The frame has one row a series that differs from the call: its key (columns named as in `by`, or `series`) and any of the
columns in `SETTINGS`; an empty cell leaves what the call says. Series whose engine settings are equal share one call.

=============================================  ==========================================================================
chart, direction, two_of_three, run_method     text, as the arguments of :func:`sightline.spc.chart`
target, constant, centre_line, multiply        numbers
baseline, shift, trend                         whole numbers
screen, negative                               true or false
rebase                                         dates, as a list or as text: `2024-04-01; 2025-04-01`
exclude                                        dates or places from 1, in text with reasons: `2020-04-01: first wave; 14`
=============================================  ==========================================================================

A row that names a chart of undivided values (counts, times, subgroups) leaves the call's denominator aside, and so does
one that names its chart where no cell of the series has a denominator.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

import polars as pl

from sightline.errors import BadInput
from sightline.spc import presets
from sightline.spc.intake import ROW, named
from sightline.spc.kinds import DIVIDED, SUBGROUPED, UNDIVIDED
from sightline.spc.phases import Day, ForSeries

WHERE: Final = "spc.chart, settings"
WORDS: Final = {
    "chart": presets.KINDS, "direction": presets.DIRECTIONS, "two_of_three": presets.READINGS, "run_method": presets.RUN_METHODS,
}  # fmt: skip
NUMBERS: Final = ("target", "constant", "centre_line", "multiply")
ABOVE_ZERO: Final = ("constant", "multiply")
WHOLE: Final = {"baseline": presets.SHORTEST_BASELINE, "shift": 2, "trend": 2}
FLAGS: Final = ("screen", "negative")
DAYS: Final = ("rebase", "exclude")
SETTINGS: Final = (*WORDS, *NUMBERS, *WHOLE, *FLAGS, *DAYS)
#: what one call takes series by series, and the argument that names a column in its place
EACH: Final = {"direction": "direction_column", "target": "target_column", "rebase": "phase_column"}
TRUE, FALSE = ("true", "yes", "y", "1"), ("false", "no", "n", "0")
#: a whole number of more digits is a date written together, not a place
LONGEST_PLACE: Final = 6


def calls(frame: pl.DataFrame, settings: pl.DataFrame, arguments: Mapping[str, Any]) -> list[tuple[pl.DataFrame, dict[str, Any]]]:
    """The rows and arguments of each call of `spc.chart` that one call with `settings` stands for.

    `arguments` are those of that call. Raises :class:`sightline.errors.BadInput`, naming row, column and series, for a
    series that is not there or there twice, an unknown column, and a cell that cannot be read. Rows of `settings` are
    counted from 1, or have the numbers in its column `_row`.
    """
    by = named(arguments["by"])
    if not isinstance(frame, pl.DataFrame) or any(name not in frame.columns for name in by):
        return [(frame, dict(arguments))]  # which says what is wrong
    keys = list(by) if len(by) > 1 else ["series"]
    rows = frame if arguments["row_column"] else frame.with_row_index(ROW, offset=1)
    series = _series(rows, by, keys, arguments)
    table = _read(settings, series, keys, by)
    asked = series.join(table, on=keys, how="left", nulls_equal=True, maintain_order="left").with_columns(_not_divided(arguments))
    groups = asked.with_columns(_apart(asked, arguments))
    alike = [name for name in groups.columns if name not in (*keys, *EACH, *DAYS, "_filled", ROW)]
    numbered = {**arguments, "row_column": arguments["row_column"] or ROW}
    return [
        (_of(rows, by, keys, group), _differing(group, keys, numbered))
        for group in (groups.partition_by(alike, maintain_order=True) if alike and groups.height else [groups])
    ]


def entries(text: str) -> dict[Day, str | None]:
    """Dates or places with their reasons out of text like `2020-04-01: first wave; 14`. Raises ValueError."""
    parts = [part.partition(":") for part in text.split(";") if part.strip()]
    return {_day_or_place(day.strip()): reason.strip() or None for day, _, reason in parts}


def _day_or_place(text: str) -> Day:
    if text.isascii() and text.isdigit() and len(text) <= LONGEST_PLACE:
        return int(text)
    return dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()


def _series(rows: pl.DataFrame, by: tuple[str, ...], keys: list[str], arguments: Mapping[str, Any]) -> pl.DataFrame:
    """One row a series: its key, and whether any of its rows has a denominator (`_filled`)."""
    denominator = arguments["denominator"]
    given = denominator is not None and denominator in rows.columns
    blank = pl.col(denominator).cast(pl.String).str.strip_chars().fill_null("").is_in(["", "NA", "NaN"]) if given else pl.lit(value=False)
    key = [pl.col(name).alias(alias) for name, alias in zip(by, keys, strict=True)] if by else [pl.lit(arguments["value"]).alias("series")]
    return rows.select(*key, _filled=~blank).group_by(keys, maintain_order=True).agg(pl.col("_filled").any())


def _of(rows: pl.DataFrame, by: tuple[str, ...], keys: list[str], group: pl.DataFrame) -> pl.DataFrame:
    """The rows of the series of a group."""
    if not by:
        return rows
    wanted = group.select(pl.col(alias).alias(name) for name, alias in zip(by, keys, strict=True))
    return rows.join(wanted, on=list(by), how="semi", nulls_equal=True, maintain_order="left")


def _not_divided(arguments: Mapping[str, Any]) -> pl.Expr:
    """Series that the call's denominator is not meant for."""
    chart = pl.col("chart") if arguments["denominator"] is not None else pl.lit(None, pl.String)
    without = chart.is_in([*UNDIVIDED, *SUBGROUPED]) | (chart.is_not_null() & ~chart.is_in(DIVIDED) & ~pl.col("_filled"))
    return without.fill_null(value=False).alias("_undivided")


def _apart(asked: pl.DataFrame, arguments: Mapping[str, Any]) -> list[pl.Expr]:
    """Engine settings as they apply, and the series that leave a column of the call for a setting of their own."""
    applied = [pl.col(name).fill_null(pl.lit(arguments[name])).alias(name) for name in (*WORDS, *NUMBERS, *WHOLE, *FLAGS)
               if name in asked.columns and name not in EACH and arguments[name] is not None]  # fmt: skip
    own = [
        pl.col(name).is_not_null().alias(f"_own_{name}") for name, column in EACH.items() if name in asked.columns and arguments[column] is not None
    ]
    return [*applied, *own]


def _differing(group: pl.DataFrame, keys: list[str], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of one call: equal settings from its first series, the others as mappings by series."""
    first = group.row(0, named=True) if group.height else {}
    equal = {name: first[name] for name in (*WORDS, *NUMBERS, *WHOLE, *FLAGS) if name in first and name not in EACH}
    equal["denominator"] = None if first.get("_undivided") else arguments["denominator"]
    each: dict[str, Any] = {}
    for name, column in EACH.items():
        own = first.get(f"_own_{name}")
        if name in first and own is not False:
            each[name] = dict(_by_series(group, keys, name, arguments[name]))
        if own:
            each[column] = None
    if "exclude" in first:
        each["exclude"] = ForSeries(_by_series(group, keys, "exclude", arguments["exclude"]))
    return {**arguments, **equal, **each}


def _by_series(group: pl.DataFrame, keys: list[str], name: str, otherwise: Any) -> list[tuple[object, Any]]:
    """Key and setting of each series, the call's own where the cell is empty."""
    several = isinstance(otherwise, Mapping) and (name != "exclude" or isinstance(otherwise, ForSeries))
    found: list[tuple[object, Any]] = []
    for *key, own in group.select(*keys, name).iter_rows():
        called = tuple(key) if len(keys) > 1 else key[0]
        given = (otherwise.get(called) if several else otherwise) if own is None else own
        found.append((called, given))
    return found


def _read(settings: pl.DataFrame, series: pl.DataFrame, keys: list[str], by: tuple[str, ...]) -> pl.DataFrame:
    """The settings as `keys` and columns of their own kinds; `rebase` and `exclude` as Python objects."""
    if not isinstance(settings, pl.DataFrame):
        raise BadInput(WHERE, expected="a polars DataFrame", seen=type(settings).__name__, action="read the file first")
    numbered = settings if ROW in settings.columns else settings.with_row_index(ROW, offset=1)
    if keys == ["series"] and "series" not in numbered.columns and len(by) == 1 and by[0] in numbered.columns:
        numbered = numbered.with_columns(pl.col(by[0]).alias("series"))
    missing = [key for key in keys if key not in numbered.columns]
    unknown = [name for name in numbered.columns if name not in (*keys, *SETTINGS, ROW, *(by if "series" not in settings.columns else ()))]
    if missing or unknown:
        seen = f"the columns {', '.join(name for name in settings.columns if name != ROW)}" if missing else f"a column {unknown[0]!r}"
        expected = f"a column {missing[0]!r}" if missing else f"columns among {', '.join((*keys, *SETTINGS))}"
        raise BadInput(WHERE, expected=expected, seen=seen, action="rename the column, or leave it out")
    keyed = numbered.with_columns(_key(numbered, key, series.schema[key]) for key in keys)
    _there_once(numbered, keyed, series, keys, by[0] if by and by[0] in numbered.columns else keys[0])
    return keyed.select(
        *keys, ROW, *(_setting(numbered, name, keys) for name in SETTINGS if name in numbered.columns),
        *([] if "chart" in numbered.columns else [pl.lit(None, pl.String).alias("chart")]),
    )  # fmt: skip


def _key(settings: pl.DataFrame, key: str, dtype: pl.DataType) -> pl.Series:
    """A key in the kind of the frame's own; null where it cannot be one."""
    given = _text(settings[key]) if settings.schema[key] == pl.String else settings[key]
    try:
        return given.cast(dtype, strict=False)
    except pl.exceptions.PolarsError:
        return pl.Series(key, [None] * given.len(), dtype=dtype)


def _text(given: pl.Series) -> pl.Series:
    stripped = given.cast(pl.String).str.strip_chars()
    return stripped.set(stripped == "", None)


def _there_once(settings: pl.DataFrame, keyed: pl.DataFrame, series: pl.DataFrame, keys: list[str], called: str) -> None:
    """Refuse a series that is not in the data, and one with two rows."""
    known = keyed.select(keys).join(series.select(*keys, _known=pl.lit(value=True)), on=keys, how="left", nulls_equal=True, maintain_order="left")
    unread = pl.any_horizontal((keyed[key].is_null() & settings[key].is_not_null()).alias(key) for key in keys)
    refuse_first(settings, known["_known"].is_null() | settings.select(unread).to_series(), called, keys,
                 expected="a series of the data", action="write the key as it stands in the data, or leave the row out")  # fmt: skip
    refuse_first(settings, ~keyed.select(pl.struct(keys).is_first_distinct()).to_series(), called, keys,
                 expected="one row a series", action="keep one row for the series")  # fmt: skip


def refuse_first(settings: pl.DataFrame, wrong: pl.Series, name: str, keys: list[str], *, expected: str, action: str) -> None:
    """Name the first row that is wrong, if any is."""
    bad = settings.filter(wrong.fill_null(value=False))
    if bad.height:
        first = bad.row(0, named=True)
        called = ", ".join(str(first[key]) for key in keys)
        raise BadInput(f"{WHERE}, row {first[ROW]}, series {called}, column {name!r}", expected=expected, seen=repr(first[name]), action=action)


def _setting(settings: pl.DataFrame, name: str, keys: list[str]) -> pl.Series:
    """One column, read."""
    given = settings[name]
    text = _text(given) if given.dtype == pl.String else given
    if given.dtype == pl.Null:
        text = given.cast(pl.String)
    if name in DAYS:
        return _days(settings, text, name, keys)
    read, wrong, expected = _kind(name)(text, name)
    refuse_first(
        settings, wrong & text.is_not_null(), name, keys, expected=expected, action="correct the cell, or leave it empty for the call's setting"
    )
    return read.alias(name)


Read = tuple[pl.Series, pl.Series, str]


def _kind(name: str) -> Callable[[pl.Series, str], Read]:
    if name in WORDS:
        return _word
    return _flag if name in FLAGS else _number


def _word(text: pl.Series, name: str) -> Read:
    known = WORDS[name]
    read = _as(text, pl.String)
    return read, read.is_null() | ~read.is_in(known), f"one of {', '.join(known)}"


def _flag(text: pl.Series, name: str) -> Read:  # noqa: ARG001 - one shape for every kind
    read = _as(text, pl.String).str.to_lowercase().str.replace(r"\.0$", "")
    known = pl.select(pl.when(read.is_in(TRUE)).then(True).when(read.is_in(FALSE)).then(False)).to_series()
    return known, known.is_null(), "true or false"


def _number(text: pl.Series, name: str) -> Read:
    read = pl.Series([None] * text.len(), dtype=pl.Float64) if text.dtype == pl.Boolean else _as(text, pl.Float64)
    wrong = read.is_null() | ~read.is_finite().fill_null(value=False)
    if name in WHOLE:
        least = WHOLE[name]
        return _as(read.set(wrong, None), pl.Int64), wrong | (read != read.round(0)) | (read < least), f"a whole number, at least {least}"
    if name in ABOVE_ZERO:
        return read, wrong | (read <= 0), "a finite number above 0"
    return read, wrong, "a finite number"


def _as(text: pl.Series, dtype: type[pl.DataType]) -> pl.Series:
    try:
        return text.cast(dtype, strict=False)
    except pl.exceptions.PolarsError:
        return pl.Series([None] * text.len(), dtype=dtype)


def _days(settings: pl.DataFrame, given: pl.Series, name: str, keys: list[str]) -> pl.Series:
    """Dates and places of each row: of `rebase` a list, of `exclude` a mapping to the reasons."""
    found: list[Any] = []
    for place, cell in enumerate(given):
        try:
            read = None if cell is None else _several(cell)
        except ValueError:
            wrong = pl.Series([at == place for at in range(given.len())])
            expected = "dates as 2024-04-01, parted by semicolons" + (", each with a reason after a colon if wanted" if name == "exclude" else "")
            refuse_first(settings, wrong, name, keys, expected=expected, action="correct the cell, or leave it empty")
        found.append(None if not read else read if name == "exclude" else list(read))
    return pl.Series(name, found, dtype=pl.Object)


def _several(cell: Any) -> dict[Day, str | None]:
    """A cell of days: text, one date or number, or a list of them."""
    if isinstance(cell, str):
        return entries(cell)
    if isinstance(cell, pl.Series | list):
        return {day: reason for one in cell if one is not None for day, reason in _several(one).items()}
    if isinstance(cell, dt.datetime):
        return {cell.date(): None}
    if isinstance(cell, float) and cell.is_integer():
        return {int(cell): None}
    if isinstance(cell, dt.date | int) and not isinstance(cell, bool):
        return {cell: None}
    raise ValueError
