"""Where a new phase of a series could begin: suggestions with their evidence, never applied by themselves.

In series in which nothing changes these methods still find something: with periods of 12 points, in one of four series of 60
independent points. So a person decides, and first finds the cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from math import floor, isfinite, log10

import numpy as np
import polars as pl

from sightline.errors import BadInput
from sightline.spc import cadence, presets, stable_shift, sustained_median
from sightline.spc.intake import WHERE as INTAKE
from sightline.spc.intake import Columns, named, tidy
from sightline.spc.stable_shift import Found, Series
from sightline.spc.sustained_median import Median

WHERE = "spc.suggest"
METHODS = ("stable_shift", "sustained_median")
CHARTS = ("xmr", "c", "cp", "p", "pp")

#: points of a period of the Stable Shift Algorithm: as its authors have it, two years where there is a point a month
PERIOD, MONTHLY_PERIOD = 21, 24
#: under this many points there are no limits, not even for trial
SHORTEST_PERIOD = presets.ENOUGH_FOR_RUNS

FIND_THE_CAUSE = "Find the cause before this is declared a phase: a line drawn anew without one hides what happened."

SUGGESTIONS = ("date", "method", "centre_before", "centre_after", "run_length", "evidence")
POINTS = ("date", "value", "phase", "centre_line", "lower_limit", "upper_limit", "excluded", "note")
MEDIANS = ("median", "start_date", "end_date")


@dataclass(frozen=True)
class Suggested:
    """What `suggest` gives back: `suggestions` (one row a new phase), `points` (one a series and date), `medians` (one a median)."""

    suggestions: pl.DataFrame
    points: pl.DataFrame
    medians: pl.DataFrame


def suggest(
    frame: pl.DataFrame,
    *,
    value: str,
    date: str | None = None,
    denominator: str | None = None,
    by: str | Sequence[str] | None = None,
    chart: str = "xmr",
    method: str = "stable_shift",
    period: int | None = None,
    shift: int | None = None,
    no_regrets: bool = True,
    every_shift: bool = False,
    baseline_only: bool = False,
    exclusions: int = 3,
    side: str = "both",
) -> Suggested:
    """Suggest where new phases could begin, each with a sentence that a person can judge by. Nothing is applied.

    `frame`, `value`, `date`, `denominator` and `by` are those of :func:`sightline.spc.chart`. `chart` is one of xmr, c, cp, p, pp.

    `stable_shift`: limits from the first `period` points (21; 24 in series with a point a month); the next run of `shift`
    points (8) on one side of the centre line begins a new period, unless a shift to the other side begins within its `period`
    points. `no_regrets` waits as long as more data could still show such a shift, so that later points never change a
    suggestion; `every_shift` accepts each run; `baseline_only` has the first limits and no more. At most `exclusions` points
    outside the limits are left out of them. Absent months are made visible; like a missing value or a point on the centre
    line, they break a run.
    `sustained_median`: the median of the first `period` points (13); the next `shift` points (9) in a row on one `side` of it
    (above, below, both) make a new one. Missing points and points on the median are passed over.

    `suggestions`: series, date (the first point of the new phase), method, centre_before, centre_after, run_length (points in
    a row, counted up to `period`), evidence. `points` (stable_shift): series, date, value, phase (from 1), centre_line,
    lower_limit and upper_limit (those in force), excluded, note. `medians` (sustained_median): series, median, start_date and
    end_date of the points it is made from. What a method does not make has its columns and no row. Sources:
    :mod:`sightline.spc.stable_shift`, :mod:`sightline.spc.sustained_median`.

    Raises :class:`sightline.errors.BadInput` (a ValueError) that names series, row, what was expected and seen.
    """
    columns = Columns(value, date, denominator, named(by))
    only_there = {"side": side != "both"} if method == "stable_shift" else {
        "no_regrets": not no_regrets, "every_shift": every_shift, "baseline_only": baseline_only, "exclusions": exclusions != 3,
    }  # fmt: skip
    with _as_own():
        _known(chart, method, period, shift, exclusions, side)
        _belongs(method, only_there)
        _keys_apart(columns)
        ordered = tidy(frame, columns, chart).with_columns(_divided=pl.lit(denominator is not None))
    with np.errstate(over="ignore", invalid="ignore"):  # sums beyond the largest number
        if method == "sustained_median":
            return _sustained_medians(ordered, columns.keys, sustained_median.Settings(period or 13, shift or 9, side))
        settings = stable_shift.Settings(chart, period or PERIOD, shift or 8, no_regrets, every_shift, baseline_only, exclusions)
        return _stable_shifts(_with_period(cadence.complete(ordered), period), columns.keys, settings)


# ------------------------------------------------------------------------------------------------- what cannot be used


@contextmanager
def _as_own() -> Iterator[None]:
    """What the shared checks refuse is refused in the name of this call."""
    try:
        yield
    except BadInput as error:
        where = error.where.replace(INTAKE, WHERE, 1)
        raise BadInput(where, expected=error.expected, seen=error.seen, action=error.action) from None


def _known(chart: str, method: str, period: int | None, shift: int | None, exclusions: int, side: str) -> None:
    """Refuse settings that mean nothing."""
    presets.one_of("chart", chart, CHARTS)
    presets.one_of("method", method, METHODS)
    presets.one_of("side", side, tuple(sustained_median.SIDES))
    if period is not None:
        shortest = SHORTEST_PERIOD if method == "stable_shift" else 2
        presets.whole_number("period", period, shortest, "take a longer period, or leave it out")
    if shift is not None:
        presets.whole_number("shift", shift, 2, "use 7, 8 or 9")
    presets.whole_number("exclusions", exclusions, 0, "use 0 to leave out none, or 3")


def _belongs(method: str, of_the_other: dict[str, bool]) -> None:
    """Refuse a setting that this method has no use for."""
    for name, given in of_the_other.items():
        if given:
            raise BadInput(f"{WHERE}, {name}", expected=f"settings of {method}", seen=f"{name}, of the other method", action=f"leave {name} out")


def _keys_apart(columns: Columns) -> None:
    """Refuse key columns that the result could not tell from its own."""
    own = {*SUGGESTIONS, *POINTS, *MEDIANS, "measured", "denominator", "spread", "absent", "closed", "series"}
    for place, name in enumerate(columns.by if len(columns.by) > 1 else ()):
        if name in own or str(name).startswith("_") or name in columns.by[:place]:
            expected = "columns of other names than those of the result, each once"
            raise BadInput(f"{WHERE}, by", expected=expected, seen=repr(name), action="rename the column, or name it once")


# ------------------------------------------------------------------------------------------------------- stable shifts


def _with_period(ordered: pl.DataFrame, asked: int | None) -> pl.DataFrame:
    """Add the points of a period, `_period`, and the points that the series has, `_points`."""
    points = ordered.with_columns(_points=pl.col("value").count().over("_series").cast(pl.Int64))
    if asked is not None or ordered["date"].dtype != pl.Date:
        return points.with_columns(_period=pl.lit(asked or PERIOD, pl.Int64))
    month = pl.col("date").dt.year().cast(pl.Int64) * 12 + pl.col("date").dt.month()
    each_month = (month.diff().drop_nulls() == 1).all().over("_series")
    return points.with_columns(_period=pl.when(each_month).then(MONTHLY_PERIOD).otherwise(PERIOD).cast(pl.Int64))


def _stable_shifts(ordered: pl.DataFrame, keys: list[str], settings: stable_shift.Settings) -> Suggested:
    value, measured, denominator = (ordered[name].fill_null(float("nan")).to_numpy() for name in ("value", "measured", "denominator"))
    found, shifts = [], []
    for first, last in _spans(ordered):
        series = Series(value[first:last], measured[first:last], denominator[first:last])
        found.append(stable_shift.stable_shifts(series, replace(settings, period=ordered["_period"][first])))
        shifts += [(first + shift.start, shift) for shift in found[-1].shifts]
    marked = ordered[[row for row, _ in shifts]]
    days = zip(marked["date"], marked["_period"], strict=True)
    made = [
        (shift.centre_before, shift.centre_after, shift.run_length, _shift_evidence(day, period, shift, settings))
        for (day, period), (_, shift) in zip(days, shifts, strict=True)
    ]
    return Suggested(_suggestions(marked, keys, "stable_shift", made), _points(ordered, keys, found), _medians(ordered, keys, []))


def _points(ordered: pl.DataFrame, keys: list[str], found: list[Found]) -> pl.DataFrame:
    """The limits in force at each point; `found` is that of each series."""
    lines = [
        pl.Series(name, np.concatenate([np.empty(0), *(getattr(one, name) for one in found)]), nan_to_null=True)
        for name in ("centre_line", "lower_limit", "upper_limit")
    ]
    phase = pl.Series("phase", np.concatenate([np.empty(0, dtype=np.int64), *(one.phase for one in found)]))
    excluded = pl.Series("excluded", np.concatenate([np.empty(0, dtype=bool), *(one.excluded for one in found)]))
    drawn = ordered.with_columns(*lines, phase, excluded)
    limits = [pl.when(~_no_denominator()).then(pl.col(name)).alias(name) for name in ("lower_limit", "upper_limit")]
    return drawn.with_columns(*limits, _note()).select(*keys, *POINTS)


def _no_denominator() -> pl.Expr:
    """Whether there is nothing to divide by, though the series is divided."""
    return pl.col("_divided") & ~(pl.col("denominator") > 0).fill_null(value=False)


def _note() -> pl.Expr:
    """What a reader has to know of a point, in words; null where there is nothing."""
    missing, centre = pl.col("value").is_null(), pl.col("centre_line").is_not_null()
    begins = (pl.col("phase") != pl.col("phase").shift()) & (pl.col("_series") == pl.col("_series").shift())
    said = [
        (pl.col("absent"), pl.lit(cadence.ABSENT)),
        (missing & ~pl.col("absent") & ~_no_denominator(), pl.lit("no value")),
        (missing & ~pl.col("absent") & _no_denominator(), pl.lit("no denominator, so no value")),
        (pl.col("excluded"), pl.lit("outside the limits: left out of centre line and limits")),
        (begins, pl.lit("a new phase is suggested from here")),
        (~centre, pl.format("{} points: no limits under {}", "_points", "_period")),
        (centre & ~missing & pl.col("lower_limit").is_null(), pl.lit("no point has a neighbour, so there is no moving range and no limits")),
    ]
    noted = pl.concat_str([pl.when(holds).then(words) for holds, words in said], separator="; ", ignore_nulls=True)
    return pl.when(noted != "").then(noted).alias("note")


def _shift_evidence(day: object, period: int, shift: stable_shift.Shift, settings: stable_shift.Settings) -> str:
    before, after = _figures(shift.centre_before, shift.centre_after)
    left_out = f" ({shift.left_out} of them outside the limits and left out)" if shift.left_out else ""
    stays = "" if settings.every_shift else " No shift back begins among them."
    return (
        f"From {day}, {shift.run_length} points in a row lie {_place(shift.side)} the mean of {before}. "
        f"The {period} points from there{left_out} have a mean of {after}.{stays} {FIND_THE_CAUSE}"
    )


# ---------------------------------------------------------------------------------------------------- sustained medians


def _sustained_medians(ordered: pl.DataFrame, keys: list[str], settings: sustained_median.Settings) -> Suggested:
    value = ordered["value"].fill_null(float("nan")).to_numpy()
    found = [(first, sustained_median.sustained_medians(value[first:last], settings)) for first, last in _spans(ordered)]
    moved = [(first + after.start, before, after) for first, medians in found for before, after in pairwise(medians)]
    marked = ordered[[row for row, _, _ in moved]]
    made = [
        (before.centre, after.centre, settings.shift, _median_evidence(day, settings.shift, before, after))
        for day, (_, before, after) in zip(marked["date"], moved, strict=True)
    ]
    medians = [(first + median.start, first + median.end, median.centre) for first, medians in found for median in medians]
    no_points = _with_period(ordered.clear().with_columns(absent=pl.lit(value=False), closed=pl.lit(value=False)), None)
    return Suggested(_suggestions(marked, keys, "sustained_median", made), _points(no_points, keys, []), _medians(ordered, keys, medians))


def _median_evidence(day: object, length: int, before: Median, after: Median) -> str:
    old, new = _figures(before.centre, after.centre)
    return (
        f"From {day}, {length} points in a row lie {_place(after.side)} the median of {old}, points on it not counted. "
        f"Their own median is {new}. {FIND_THE_CAUSE}"
    )


def _medians(ordered: pl.DataFrame, keys: list[str], found: list[tuple[int, int, float]]) -> pl.DataFrame:
    """One row a median; of each the rows of its first and last point, and itself."""
    start, end = ordered[[first for first, _, _ in found]], ordered[[last for _, last, _ in found]]
    medians = pl.Series("median", [median for _, _, median in found], dtype=pl.Float64)
    return start.with_columns(medians, start["date"].alias("start_date"), end["date"].alias("end_date")).select(*keys, *MEDIANS)


# ------------------------------------------------------------------------------------------------------------- of both


def _spans(ordered: pl.DataFrame) -> list[tuple[int, int]]:
    """The first row of each series, and the row after its last."""
    ends = ordered.group_by("_series", maintain_order=True).len()["len"].cum_sum().to_list()
    return list(pairwise([0, *ends]))


def _suggestions(marked: pl.DataFrame, keys: list[str], method: str, made: list[tuple[float, float, int, str]]) -> pl.DataFrame:
    """One row a suggestion; `marked` are the rows of the first points, `made` what is said of each."""
    schema = {"centre_before": pl.Float64, "centre_after": pl.Float64, "run_length": pl.Int64, "evidence": pl.String}
    said = pl.DataFrame(made, schema=schema, orient="row")
    return marked.with_columns(*said, pl.lit(method).alias("method")).select(*keys, *SUGGESTIONS)


def _place(side: int) -> str:
    return "above" if side > 0 else "below"


def _figures(*numbers: float) -> list[str]:
    """Numbers in four figures, or in as many as tell them apart."""
    for figures in range(4, 16):
        written = [_figure(number, figures) for number in numbers]
        if len(set(written)) == len(written):
            break
    return written


def _figure(number: float, figures: int) -> str:
    if abs(number) < 1e-6 or not isfinite(number):
        return f"{number:.{figures}g}"
    return f"{number:,.{max(figures - 1 - floor(log10(abs(number))), 0)}f}"
