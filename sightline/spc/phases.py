"""Where a series is broken into phases, which points set the limits and which are left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TypeGuard

import polars as pl

from sightline.errors import BadInput
from sightline.spc.presets import finite_number

WHERE = "spc.chart"
Day = dt.date | str | int
Breaks = Day | Iterable[Day] | Mapping[object, Iterable[Day]]
Dtype = pl.DataType | type[pl.DataType]


def per_series(ordered: pl.DataFrame, keys: list[str], setting: object, name: str, dtype: Dtype) -> pl.DataFrame:
    """Add a setting as a column: one value for all series, or one a series (a series not named has none)."""
    for given in setting.values() if isinstance(setting, Mapping) else [setting]:
        if dtype == pl.Float64 and given is not None:
            finite_number(name, given)
    if not isinstance(setting, Mapping):
        return ordered.with_columns(pl.lit(setting, dtype).alias(name))
    return ordered.join(_by_key(ordered, keys, setting, name, dtype), on=keys, how="left", nulls_equal=True, maintain_order="left")


def _by_key(ordered: pl.DataFrame, keys: list[str], setting: Mapping[object, object], name: str, dtype: Dtype) -> pl.DataFrame:
    """One row a series named in `setting`: `keys` and the value."""
    parts = [key if isinstance(key, tuple) else (key,) for key in setting]
    try:
        named = pl.DataFrame({key: pl.Series(key, [part[place] for part in parts]).cast(ordered.schema[key]) for place, key in enumerate(keys)})
        sound = all(len(part) == len(keys) for part in parts) and not named.is_duplicated().any()
    except (pl.exceptions.PolarsError, TypeError, ValueError, OverflowError, IndexError):
        sound = False
    if not sound:
        of_each = f"one key a series, of the kind of the column{'s' if len(keys) > 1 else ''} in `by`"
        what = name.removeprefix("_").replace("break", "rebase")
        raise BadInput(
            f"{WHERE}, {what}", expected=of_each, seen=", ".join(repr(key) for key in setting), action="write the keys as they stand in the frame"
        )
    return named.with_columns(pl.Series(name, list(setting.values()), dtype=dtype, strict=False))


def mark_phases(ordered: pl.DataFrame, keys: list[str], rebase: Breaks) -> pl.DataFrame:
    """Number the phases of each series from 1; a phase begins at the first row on or after each break (D4).

    A break on or before the first row, and a break after the last, makes no phase.
    """
    if "phase" in ordered.columns:
        return _phase_number(ordered)
    breaks = _breaks(ordered, keys, rebase)
    if breaks.is_empty():
        return ordered.with_columns(phase=pl.lit(1, pl.Int64), _phase=pl.col("_series"))
    passed = ordered.select("_series", "date").join(breaks, on="_series").filter(pl.col("date") >= pl.col("_break"))
    counted = passed.group_by("_series", "date").agg(_passed=pl.len().cast(pl.Int64))
    numbered = ordered.join(counted, on=["_series", "date"], how="left", maintain_order="left").with_columns(pl.col("_passed").fill_null(0))
    begins = (pl.col("_passed") != pl.col("_passed").shift()) & (pl.col("_series") == pl.col("_series").shift())
    begun = numbered.with_columns(_begun=begins.fill_null(value=False).cast(pl.Int64).cum_sum())
    return _phase_number(begun.with_columns(phase=pl.col("_begun") - pl.col("_begun").min().over("_series") + 1).drop("_passed", "_begun"))


def _phase_number(ordered: pl.DataFrame) -> pl.DataFrame:
    changed = (pl.col("phase") != pl.col("phase").shift()) | (pl.col("_series") != pl.col("_series").shift())
    return ordered.with_columns(_phase=changed.fill_null(value=False).cast(pl.Int64).cum_sum())


def _breaks(ordered: pl.DataFrame, keys: list[str], rebase: Breaks) -> pl.DataFrame:
    """One row a series and break: `_series`, `_break`."""
    dtype = ordered.schema["date"]
    series = ordered.select("_series", *keys).unique("_series", maintain_order=True)
    if isinstance(rebase, Mapping):
        listed = {key: [_day(day, dtype, "rebase") for day in _several(value, "rebase")] for key, value in rebase.items()}
        found = per_series(series, keys, listed, "_break", pl.List(dtype))
    else:
        days = pl.Series([[_day(day, dtype, "rebase") for day in _several(rebase, "rebase")]], dtype=pl.List(dtype))
        found = series.join(pl.DataFrame({"_break": days}), how="cross")
    return found.select("_series", "_break").explode("_break").drop_nulls()


def _several(days: object, setting: str) -> list[Day]:
    """One day, several or none, as a list."""
    if isinstance(days, str | dt.date | int):
        return [days]
    if days is None:
        return []
    if not isinstance(days, Iterable):
        raise BadInput(f"{WHERE}, {setting}", expected="a date or a list of dates", seen=repr(days), action="write dates as 2024-04-01")
    return list(days)


def _day(day: Day, dtype: pl.DataType, setting: str) -> dt.date | int:
    """A break or an excluded date in the kind of the series' own dates."""
    if dtype != pl.Date:
        if _whole(day):
            return day
        raise BadInput(f"{WHERE}, {setting}", expected="a whole number, as the dates of the series are", seen=repr(day), action="give whole numbers")
    if isinstance(day, dt.datetime):
        return day.date()
    if isinstance(day, dt.date):
        return day
    try:
        return dt.date.fromisoformat(str(day))
    except ValueError:
        raise BadInput(f"{WHERE}, {setting}", expected="a date as year-month-day", seen=repr(day), action="write it as 2024-04-01") from None


def _whole(day: object) -> TypeGuard[int]:
    return isinstance(day, int) and not isinstance(day, bool)


def mark_excluded(ordered: pl.DataFrame, keys: list[str], exclude: Breaks) -> pl.DataFrame:
    """Mark points that are drawn and not used: whole numbers are 1-based places in order of date, dates are dates.

    One list holds for all series, a dict of lists for the series it names.
    """
    if isinstance(exclude, Mapping):
        return _excluded_by_series(ordered, keys, exclude)
    listed = _several(exclude, "exclude")
    places = _counted([item for item in listed if _whole(item)])
    dtype = ordered.schema["date"]
    days = pl.Series([_day(item, dtype, "exclude") for item in listed if not _whole(item)], dtype=dtype)
    place = pl.int_range(1, pl.len() + 1).over("_series")
    return ordered.with_columns(excluded=place.is_in(places) | pl.col("date").is_in(days.implode()))


def _excluded_by_series(ordered: pl.DataFrame, keys: list[str], exclude: Mapping[object, Iterable[Day]]) -> pl.DataFrame:
    dtype = ordered.schema["date"]
    listed = {key: _several(items, "exclude") for key, items in exclude.items()}
    places = {key: _counted([item for item in items if _whole(item)]) for key, items in listed.items()}
    days = {key: [_day(item, dtype, "exclude") for item in items if not _whole(item)] for key, items in listed.items()}
    found = per_series(per_series(ordered, keys, places, "_places", pl.List(pl.Int64)), keys, days, "_exclude", pl.List(dtype))
    place = pl.int_range(1, pl.len() + 1).over("_series")
    left_out = place.is_in(pl.col("_places")).fill_null(value=False) | pl.col("date").is_in(pl.col("_exclude")).fill_null(value=False)
    return found.with_columns(excluded=left_out).drop("_places", "_exclude")


def _counted(places: list[int]) -> list[int]:
    """Places, refused where one is none."""
    if any(place < 1 for place in places):
        raise BadInput(f"{WHERE}, exclude", expected="places counted from 1", seen=str(min(places)), action="count the points from 1")
    return places
