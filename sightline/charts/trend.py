"""The pictures of a trend: the level with its uncertainty over the figures, and the calendar months side by side. Neither holds a target.

Both read a series whose ``centre`` is the level with the season taken out and whose ``lower`` and ``upper`` are the ends of its
95 % interval.
"""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any

import polars as pl

from sightline.charts.figures import COUNT_UNITS, MONTHS, shown
from sightline.charts.layout import (
    FORMATS,
    HALF_MONTH,
    Layout,
    Row,
    Scale,
    _axis_words,
    _before,
    _figure,
    _gap_marks,
    _grid,
    _joining,
    _making_way,
    _upright_marks,
    _word,
    axis_figure,
    axis_span,
    clip,
    pushed_apart,
    ticks,
    year_of,
    year_ticks,
)
from sightline.charts.request import Context, Picture, Series

KEYS = ["measure", "level", "organisation"]
#: months a row of the small multiples
ACROSS = 6
#: room between the two rows, as a share of a row's height
BETWEEN = 0.3
#: part of a small multiple that is left empty at each side
MARGIN = 0.12


def trend_series(points: pl.DataFrame) -> dict[tuple[str, str, str], Series]:
    """Every decomposed series of ``analysis.trend_point``, by (measure, level, organisation)."""
    columns = ["month", "value", "trend_level", "level_lower", "level_upper", "note"]
    table = points.sort(*KEYS, "month").group_by(KEYS, maintain_order=True).agg(columns)
    decomposed = table.filter(pl.col("trend_level").list.drop_nulls().list.len() > 0)
    return {row[:3]: _series(*row[3:]) for row in decomposed.iter_rows()}


def _series(
    month: list[date], value: list[float | None], level: list[float | None], lower: list[float | None], upper: list[float | None],
    note: list[str | None],
) -> Series:  # fmt: skip
    none: list[Any] = [None] * len(month)
    return Series(month, value, level, lower, upper, none, none, [False] * len(month), note, "trend")


def contexts(series: dict[tuple[str, str, str], Series], key: tuple[str, str, str], unit: str, region: str | None) -> tuple[Context, ...]:
    """The levels in grey behind a series: England's, and that of a provider's region; none for counts, which grow with an organisation."""
    measure, level, _ = key
    wanted = [("England", (measure, "england", "ENG")), ("region", (measure, "region", region or ""))]
    kept = wanted if level == "provider" else wanted[:1] if level == "region" else []
    if unit in COUNT_UNITS:
        return ()
    return tuple(Context(words, one.month, one.value, one.centre) for words, other in kept if (one := series.get(other)))


def trend_layout(picture: Picture) -> Layout:
    """Hollow dots: the figures. Line: the level with the season taken out; band: its 95 % interval. Grey lines: the levels of the context."""
    kind, unit, series = picture.request.kind, picture.unit, picture.series
    form = FORMATS[kind]
    behind = [shown(level, unit) for one in picture.context for level in one.level if level is not None]
    held = [clip(shown(value, unit), unit) for values in (series.value, series.lower, series.upper) for value in values if value is not None]
    bottom, top, step = axis_span([*held, *behind], unit, form.intervals)
    x_domain = (year_of(picture.period[0]) - HALF_MONTH * 2, year_of(picture.period[1]) + HALF_MONTH * 2)
    scale = Scale(x_domain, (bottom, top), form.width, form.height)
    uprights, words = _upright_marks(picture.uprights, scale, phone=kind.endswith("phone"), one_line=False)
    gap_lines, gap_words = _gap_marks(series, unit, scale, (), one_line=False)
    words += [*gap_words, *_end_words(picture, scale), *_made_up(picture, x_domain[0], top + scale.up(6))]
    levels, years = ticks(bottom, top, step), year_ticks(scale, form.short_years)
    words += _axis_words(scale, levels, years, form.short_years)
    return Layout(
        x_domain, (bottom, top), _grid(scale, levels, years), [], [*_making_way(uprights, gap_words, scale), *gap_lines],
        _joining(series._replace(value=series.centre), unit, picture.uprights), _before(series, unit), [], words,
        spread=_spread(series, unit), **{one.words.lower(): _behind(one, unit) for one in picture.context},
    )  # fmt: skip


def _spread(series: Series, unit: str) -> list[Row]:
    """The interval of the level, as wide as its month; a month without one is left open."""
    rows: list[Row] = []
    for month, lower, upper in zip(series.month, series.lower, series.upper, strict=True):
        if lower is None or upper is None:
            rows.append({"x": year_of(month), "y": None, "y2": None})
            continue
        y, y2 = shown(lower, unit), shown(upper, unit)
        rows += [{"x": year_of(month) + end, "y": y, "y2": y2} for end in (-HALF_MONTH, HALF_MONTH)]
    return rows


def _behind(context: Context, unit: str) -> list[Row]:
    """A grey line, broken where a month has no level."""
    return [
        {"x": year_of(month), "y": None if level is None else shown(level, unit)} for month, level in zip(context.month, context.level, strict=True)
    ]


def _end_words(picture: Picture, scale: Scale) -> list[Row]:
    """At the line's end: the newest level in bold, the names of the grey lines beside theirs."""
    unit = picture.unit
    last = [level for level in picture.series.centre if level is not None][-1]
    marks = [(shown(last, unit), _figure(last, unit), "latest")]
    marks += [(shown([level for level in one.level if level is not None][-1], unit), one.words, "limit_word") for one in picture.context]
    marks.sort(key=lambda mark: mark[0])
    at = scale.x_domain[1] + scale.across(8)
    places = pushed_apart([mark[0] for mark in marks], scale.up(14))
    return [_word(at, place, text, kind, baseline="middle") for place, (_, text, kind) in zip(places, marks, strict=True)]


def _made_up(picture: Picture, x: float, y: float) -> list[Row]:
    return [_word(x, y, "SIMULATED", "simulated")] if picture.simulated else []


def months_layout(picture: Picture) -> Layout:
    """Twelve small multiples in two rows, one a calendar month: its figures over the years, the newest filled; England's in grey."""
    kind, unit, series = picture.request.kind, picture.unit, picture.series
    form = FORMATS[kind]
    first, last = picture.period[0].year, picture.period[1].year
    england = [one for one in picture.context if one.words == "England"]
    behind = [shown(value, unit) for one in england for value in one.value if value is not None]
    bottom, top, step = axis_span([*(shown(value, unit) for value in series.value if value is not None), *behind], unit, form.intervals)
    row_height = (top - bottom) * (1 + BETWEEN)
    y_domain = (bottom, top + row_height)
    scale = Scale((0.0, float(ACROSS)), y_domain, form.width, form.height)

    def place(month: date, value: float) -> tuple[float, float]:
        row, column = divmod(month.month - 1, ACROSS)
        along = (month.year - first) / max(last - first, 1)
        return round(column + MARGIN + (1 - 2 * MARGIN) * along, 4), shown(value, unit) + (1 - row) * row_height

    drawn = _by_calendar(series.month, series.value)
    newest = [run[-1] for runs in drawn.values() if (run := [(month, value) for month, value in runs if value is not None])]
    dots = [place(month, value) for runs in drawn.values() for month, value in runs if value is not None and (month, value) not in newest]
    levels = [(level, level + row * row_height) for row in (0, 1) for level in ticks(bottom, top, step)]
    foot = {row: bottom + (1 - row) * row_height for row in (0, 1)}
    grid = [
        {"x": column + 0.04, "x2": column + 0.96, "y": y, "y2": y, "class": "axis" if y in foot.values() else "grid"}
        for _, y in levels
        for column in range(ACROSS)
    ]
    words = [_word(-scale.across(6), y, axis_figure(level), "axis_word", "right", "middle") for level, y in levels]
    words += [_word(place % ACROSS + 0.5, foot[place // ACROSS] - scale.up(16), name[:3], "axis_word", "center") for place, name in enumerate(MONTHS)]
    return Layout(
        scale.x_domain, y_domain, grid, [], [],
        [point for runs in drawn.values() for point in _run(runs, place)],
        [row for x, y in dots for row in ({"x": x, "y": y}, {"x": x + 0.01, "y": None})],
        [{"x": place(*one)[0], "y": place(*one)[1], "class": "common_cause"} for one in newest],
        [*words, *_made_up(picture, 0.0, y_domain[1] + scale.up(8))],
        england=[row for one in england for figures in _by_calendar(one.month, one.value).values() for row in _run(figures, place)],
    )  # fmt: skip


def _by_calendar(month: list[date], value: list[float | None]) -> dict[int, list[tuple[date, float | None]]]:
    """The figures of each calendar month, by year."""
    ordered = sorted(zip(month, value, strict=True), key=lambda pair: (pair[0].month, pair[0].year))
    return {name: list(members) for name, members in groupby(ordered, key=lambda pair: pair[0].month)}


def _run(figures: list[tuple[date, float | None]], place: Any) -> list[Row]:
    """The line through the years of one calendar month; a year without a figure breaks it, and so does the next small multiple."""
    rows = [
        dict(zip("xy", place(month, value), strict=True)) if value is not None else {"x": place(month, 0)[0], "y": None} for month, value in figures
    ]
    return [*rows, {"x": rows[-1]["x"], "y": None}]
