"""Statistical process control charts of many series at once, from a frame to two frames."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from sightline.errors import BadInput
from sightline.spc import cadence, engine, phases, presets, result
from sightline.spc import settings as per_series
from sightline.spc.intake import Columns, named, tidy
from sightline.spc.phases import Breaks, Exclude, ForSeries
from sightline.spc.result import Chart


def chart(
    frame: pl.DataFrame,
    *,
    value: str,
    date: str | None = None,
    denominator: str | None = None,
    by: str | Sequence[str] | None = None,
    chart: str = "xmr",
    direction: str | Mapping[object, str] = "neither",
    target: float | Mapping[object, float | None] | None = None,
    rebase: Breaks = (),
    baseline: int | None = None,
    exclude: Exclude | ForSeries = (),
    screen: bool | None = None,
    centre_line: float | None = None,
    constant: float | None = None,
    shift: int = 7,
    trend: int = 7,
    two_of_three: str | None = None,
    negative: bool = True,
    multiply: float = 1,
    run_method: str = "anhoej",
    like: str = "sightline",
    calendar: str | pl.Series = "frame",
    target_column: str | None = None,
    direction_column: str | None = None,
    phase_column: str | None = None,
    row_column: str | None = None,
    settings: pl.DataFrame | None = None,
) -> Chart:
    """Draw the lines and apply the rules of a run chart (`run`), an individuals chart (`xmr`) or its ranges (`mr`).

    `frame` has one row a series and date, in any order. `date` is a date, an ISO string or a whole number; without it
    the rows are counted. With `denominator` the value plotted is value / denominator. `by` names the column or columns
    that tell series apart; with one or none the result's key is `series`. `direction` says which way is better (up,
    down, neither); it, `target` and `rebase` (first day of each new phase) may be one for all or a dict by series;
    `target_column`, `direction_column` and `phase_column` name columns of `frame` instead. `baseline` freezes the lines
    at the first points of each phase. `exclude` lists places from 1 or dates that are drawn and not used; as a mapping it gives the reason of each,
    which stands in the point's `note`. `settings` has one row a series that differs (:mod:`sightline.spc.settings`).
    `row_column` names the column with the row numbers that messages name.
    `two_of_three` is `beyond_two_sigma` (Making Data Count since 2023) or `between_two_and_three_sigma`.
    `like` takes the choices of NHSRplotthedots or qicharts2; the default completes the calendar and gives no limits,
    rules or icons under 13 points a phase. An absent period is a gap with a row of its own: with `calendar="series"` one that the
    series itself leaves out, with `"frame"` one that no series of the frame has a row for (or those of a list of dates); a date that
    others have is closed up, and the next point's `note` says so. Formulas, constants and sources: docs/METHODS.md.

    `points` has one row a series and date (value null where missing); `summary` one row a series and phase.
    Raises :class:`sightline.errors.BadInput` (a ValueError) that names series, row, what was expected and seen.
    """
    if settings is not None:
        arguments = {name: given for name, given in locals().items() if name not in ("frame", "settings")}
        return _with_settings(frame, settings, arguments)
    chosen = presets.choices(like)
    applied = engine.Settings(
        kind=chart, constant=chosen.constant if constant is None else constant, two_of_three=two_of_three or chosen.two_of_three,
        minimum=chosen.minimum, runs_minimum=chosen.runs_minimum, shift=shift, trend=trend,
        screen=chosen.screen if screen is None else screen, baseline=baseline, centre_line=centre_line, negative=negative,
        cut_at_bounds=chosen.cut_at_bounds, run_method=run_method,
    )  # fmt: skip
    _known(applied, multiply)
    if isinstance(calendar, str):
        presets.one_of("calendar", calendar, presets.CALENDARS)
    columns = Columns(value, date, denominator, named(by), target_column, direction_column, phase_column, row_column)
    _said_once(rebase=(rebase, (), phase_column), target=(target, None, target_column), direction=(direction, "neither", direction_column))
    _keys_apart(columns)
    ordered = phases.mark_excluded(tidy(frame, columns, chart), columns.keys, exclude)
    if chosen.complete_calendar:
        ordered = cadence.complete(ordered, calendar)
    else:
        ordered = ordered.with_columns(absent=pl.lit(value=False), closed=pl.lit(value=False))
    ordered = phases.mark_phases(ordered, columns.keys, rebase)
    ordered = _aims(ordered, columns, target, direction).with_columns(_divided=pl.lit(denominator is not None))
    return _charted(ordered, columns.keys, applied, multiply)


def _with_settings(frame: pl.DataFrame, settings: pl.DataFrame, arguments: dict[str, Any]) -> Chart:
    """One call for the series whose settings of the engine are equal; the results together are in the order of a single call."""
    keys = Columns(arguments["value"], None, None, named(arguments["by"])).keys
    calls = per_series.calls(frame, settings, arguments)
    if arguments["calendar"] == "frame" and len(calls) > 1:
        dates = pl.concat(_tidy(rows, differing).select("date") for rows, differing in calls).to_series()
        calls = [(rows, {**differing, "calendar": dates}) for rows, differing in calls]
    made = [chart(rows, **differing) for rows, differing in calls]
    points, summary = (pl.concat(frames).sort(keys, maintain_order=True) for frames in zip(*((one.points, one.summary) for one in made), strict=True))
    return Chart(points, summary)


def _tidy(rows: pl.DataFrame, arguments: Mapping[str, Any]) -> pl.DataFrame:
    names = ("value", "date", "denominator", "by", "target_column", "direction_column", "phase_column", "row_column")
    value, date, denominator, by, *others = (arguments[name] for name in names)
    return tidy(rows, Columns(value, date, denominator, named(by), *others), arguments["chart"])


def _known(settings: engine.Settings, multiply: float) -> None:
    """Refuse settings that mean nothing."""
    presets.one_of("chart", settings.kind, presets.KINDS)
    presets.one_of("two_of_three", settings.two_of_three, presets.READINGS)
    presets.one_of("run_method", settings.run_method, presets.RUN_METHODS)
    presets.whole_number("shift", settings.shift, 2, "use 6, 7 or 8")
    presets.whole_number("trend", settings.trend, 2, "use 6, 7 or 8")
    presets.finite_number("constant", settings.constant, above_zero=True)
    presets.finite_number("multiply", multiply, above_zero=True)
    if settings.centre_line is not None:
        presets.finite_number("centre_line", settings.centre_line)
    if settings.baseline is not None:
        presets.whole_number("baseline", settings.baseline, presets.SHORTEST_BASELINE, "freeze later, or not at all")


def _said_once(**settings: tuple[object, object, str | None]) -> None:
    """Refuse a setting given both as an argument and as a column."""
    for name, (given, default, column) in settings.items():
        if column is not None and not (given is default or given == default):
            other = "phase_column" if name == "rebase" else f"{name}_column"
            raise BadInput("spc.chart", expected=f"either {name} or {other}", seen="both", action="leave one of them out")


def _keys_apart(columns: Columns) -> None:
    """Refuse key columns that the result could not tell from its own."""
    own = {*result.POINT_COLUMNS, *result.SUMMARY_COLUMNS, "measured", "direction", "excluded", "absent", "closed"}
    for place, name in enumerate(columns.by if len(columns.by) > 1 else ()):
        if name in own or str(name).startswith("_") or name in columns.by[:place]:
            seen = f"{name!r}, " + ("named twice" if name in columns.by[:place] else "a column of the result itself")
            raise BadInput(
                "spc.chart, by", expected="columns of other names than those of the result, each once", seen=seen, action="rename the column"
            )


def _aims(ordered: pl.DataFrame, columns: Columns, target: object, direction: object) -> pl.DataFrame:
    """Target and better direction of every row."""
    if columns.target is None:
        ordered = phases.per_series(ordered, columns.keys, target, "target", pl.Float64)
    if columns.direction is None:
        _directions(direction.values() if isinstance(direction, Mapping) else [direction])
        ordered = phases.per_series(ordered, columns.keys, direction, "direction", pl.String)
    else:
        _directions(ordered["direction"].unique())
    return ordered.with_columns(pl.col("direction").fill_null("neither"))


def _directions(given: Iterable[object]) -> None:
    for seen in given:
        presets.one_of("direction", seen, (*presets.DIRECTIONS, None))


def _charted(ordered: pl.DataFrame, keys: list[str], settings: engine.Settings, multiply: float) -> Chart:
    rows = engine.Rows(
        ordered["value"].fill_null(float("nan")).to_numpy(),
        ordered["excluded"].to_numpy(),
        ordered["_phase"].to_numpy(),
        ordered["_series"].to_numpy(),
        *(ordered[name].fill_null(float("nan")).to_numpy() for name in ("measured", "denominator", "spread")),
    )
    made = result.Analysed(ordered, keys, rows, engine.analyse(rows, settings).times(multiply), settings)
    drawn = result.points(made)
    return Chart(drawn, result.summary(made, drawn))
