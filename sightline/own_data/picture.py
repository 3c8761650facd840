"""From one series to the marks of its picture, whatever its dates: months, weeks, days or counted points.

The horizontal axis is in decimal years, or in points; the vertical one in the unit as shown. The drawing itself is that of
every chart (`sightline.charts`).
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Callable, Sequence
from itertools import groupby, pairwise
from typing import Any, Final

from sightline.charts.figures import MONTHS
from sightline.charts.layout import FORMATS, LINE_HEIGHT, Layout, Scale, nice_step, pushed_apart, ticks
from sightline.charts.request import Kind
from sightline.own_data.series import Series
from sightline.own_data.words import CENTRE, figure, number, target_figure

Row = dict[str, Any]
Spans = list[tuple[float, float]]
#: the axis begins above zero where everything lies above this part of the highest
FAR_ABOVE: Final = 0.35
LARGEST: Final = 1e300
#: words on the horizontal axis stand at least so many pixels apart
APART: Final = 56.0


def x_of(day: dt.date | int) -> float:
    """A date as decimal year, a counted point as it is."""
    if not isinstance(day, dt.date):
        return float(day)
    first = dt.date(day.year, day.month, 1)
    return day.year + (day.month - 1) / 12 + (day - first).days / calendar.monthrange(day.year, day.month)[1] / 12


def y_domain(series: Series, intervals: int) -> tuple[float, float, float]:
    """Where the vertical axis begins and ends, and its step."""
    shown = _shown(series)
    targets = [shown(value) for value in (*series.points["target"], series.second_target) if value is not None]
    middles = [shown(value) for name in ("centre_line", "median") for value in series.points[name] if value is not None]
    limits = [_clip(series, shown(value)) for name in ("lower_limit", "upper_limit") for value in series.points[name] if value is not None]
    every = [value for value in (*(shown(value) for value in series.values), *targets, *middles, *limits) if abs(value) < LARGEST] or [0.0, 1.0]
    low, high = min(every), max(every)
    start = low if low > FAR_ABOVE * high or low < 0 else 0.0
    end = max(high, 0.0) if low < 0 and high > FAR_ABOVE * low else high
    step = nice_step(max(end - start, abs(high) * 0.02, 1e-9), intervals)
    bottom, top = math.floor(start / step + 1e-9) * step, math.ceil(end / step - 1e-9) * step
    while (top - bottom) / step > intervals * (1 + 1e-9):
        step = nice_step((top - bottom) * 1.01, intervals)
        bottom, top = math.floor(start / step + 1e-9) * step, math.ceil(end / step - 1e-9) * step
    return (bottom, top, step) if top > bottom else (bottom, bottom + step, step)


def _shown(series: Series) -> Callable[[float], float]:
    factor = 100.0 if series.share else 1.0
    return lambda value: value * factor


def _clip(series: Series, limit: float) -> float:
    """Limits are drawn where figures can be: a share within 0 and 100, nothing below 0 where no figure is."""
    low = max(limit, 0.0) if min(series.values, default=0) >= 0 else limit
    return min(low, 100.0) if series.share else low


def layout(series: Series, kind: Kind, *, simulated: bool = False) -> Layout:
    """The marks of a picture of kind `one` or `one_phone`."""
    form, phone = FORMATS[kind], kind.endswith("phone")
    bottom, top, step = y_domain(series, form.intervals)
    places = [x_of(day) for day in series.points["date"]]
    spans = _spans(places)
    domain = (spans[0][0], spans[-1][1])
    scale = Scale(domain, (bottom, top), form.width, form.height)
    bands, lines = _limits(series, spans)
    uprights, words = _phases(series, spans, scale, phone)
    words += _end_words(series, scale, phone) + _axis_words(series, scale, ticks(bottom, top, step))
    words += [] if series.values else [_word(sum(domain) / 2, (bottom + top) / 2, "no value to draw", "gap_word", "center")]
    words += [_word(domain[1], top + scale.up(form.top - 16), "SIMULATED", "simulated", "right")] if simulated else []
    return Layout(
        domain, (bottom, top), _grid(scale, ticks(bottom, top, step), _x_ticks(series, scale)), bands,
        lines + uprights + _targets(series, spans, domain), _joining(series, places), [], _points(series, places), words,
    )  # fmt: skip


def _spans(places: Sequence[float]) -> Spans:
    """Each point reaches half way to its neighbours, the first and last as far outwards as inwards."""
    middles = [(one + other) / 2 for one, other in pairwise(places)]
    if not middles:
        return [(places[0] - 0.5, places[0] + 0.5)]
    starts = [2 * places[0] - middles[0], *middles]
    return list(zip(starts, [*middles, 2 * places[-1] - middles[-1]], strict=True))


def _stretches(keys: Sequence[Any], spans: Spans) -> list[tuple[float, float, Any]]:
    """Neighbouring points with the same key, as (from, to, key)."""
    groups = [(key, list(places)) for key, places in groupby(range(len(keys)), key=lambda at: keys[at])]
    return [(spans[places[0]][0], spans[places[-1]][1], key) for key, places in groups]


def _limits(series: Series, spans: Spans) -> tuple[list[Row], list[Row]]:
    """The band between the limits, and its lines: limits dashed, the line in the middle solid."""
    points, shown = series.points, _shown(series)
    middles = points["median"] if series.chart == "run" else points["centre_line"]
    keys = list(zip(points["phase"], points["lower_limit"], points["upper_limit"], middles, strict=True))
    bands: list[Row] = []
    lines: list[Row] = []
    for start, end, (_, lower, upper, middle) in _stretches(keys, spans):
        if lower is not None and upper is not None:
            low, high = _clip(series, shown(lower)), _clip(series, shown(upper))
            bands.append({"x": start, "x2": end, "y": low, "y2": high})
            lines += [_level(start, end, low, "limit"), _level(start, end, high, "limit")]
        if middle is not None:
            lines.append(_level(start, end, shown(middle), "centre"))
    return bands, lines


def _targets(series: Series, spans: Spans, domain: tuple[float, float]) -> list[Row]:
    """Each target dashed on its own dates, risers where one follows another; the second target all along."""
    shown = _shown(series)
    found = [(start, end, shown(value)) for start, end, value in _stretches(series.points["target"], spans) if value is not None]
    lines = [_level(start, end, value, "target") for start, end, value in found]
    lines += [{"x": later[0], "x2": later[0], "y": earlier[2], "y2": later[2], "class": "riser"}
              for earlier, later in pairwise(found) if earlier[1] == later[0]]  # fmt: skip
    return lines if series.second_target is None else [*lines, _level(*domain, shown(series.second_target), "second_target")]


def _joining(series: Series, places: Sequence[float]) -> list[Row]:
    """The line through the points; it breaks at a gap and where a phase begins."""
    shown, rows = _shown(series), []
    phases = series.points["phase"]
    for at, value in enumerate(series.points["value"]):
        if at and phases[at] != phases[at - 1]:
            rows.append({"x": (places[at] + places[at - 1]) / 2, "y": None})
        rows.append({"x": places[at], "y": None if value is None else shown(value)})
    return rows


def _points(series: Series, places: Sequence[float]) -> list[Row]:
    """Each point with the shape of its verdict; hollow where it is left out, or none can be given."""
    shown, unfit = _shown(series), bool(series.unfit)
    return [
        {"x": place, "y": shown(value), "class": _shape(series, judgement, note, unfit)}
        for place, value, judgement, note in zip(places, series.points["value"], series.points["judgement"], series.points["note"], strict=True)
        if value is not None
    ]


def _shape(series: Series, judgement: str | None, note: str | None, unfit: bool) -> str:
    if unfit or (note or "").startswith("left out"):
        return "no_verdict"
    return "common_cause" if series.chart == "run" and not series.short else judgement or "no_verdict"


def _phases(series: Series, spans: Spans, scale: Scale, phone: bool) -> tuple[list[Row], list[Row]]:
    """An upright where a phase begins; words where there is room."""
    bottom, top = scale.y_domain
    starts = [
        (spans[at][0], series.points["date"][at]) for at in range(1, len(spans)) if series.points["phase"][at] != series.points["phase"][at - 1]
    ]
    lines = [{"x": x, "x2": x, "y": bottom, "y2": top, "class": "upright"} for x, _ in starts]
    words, free = [], -math.inf
    for x, day in starts:
        text = ("new" if phone else "new limits") + f", {_short(day, series.monthly)}"
        right = x + scale.across(len(text) * 6.5) > scale.x_domain[1]
        left_end = x - scale.across(len(text) * 6.5) if right else x
        if left_end >= free:
            words.append(_word(x, top + scale.up(6), text, "upright_word", "right" if right else "left"))
            free = x + scale.across(12) if right else x + scale.across(len(text) * 6.5 + 12)
    return lines, words


def _short(day: dt.date | int, monthly: bool) -> str:
    if not isinstance(day, dt.date):
        return f"point {day}"
    return f"{'' if monthly else f'{day.day} '}{MONTHS[day.month - 1][:3]} {day.year}"


def _end_words(series: Series, scale: Scale, phone: bool) -> list[Row]:
    """At the line's end: the latest figure in bold, limits, the line in the middle, targets; pushed apart."""
    at, shown, share = series.latest, _shown(series), series.share
    marks: list[tuple[float, str, str]] = []
    if at is not None:
        marks.append((shown(series.points["value"][at]), figure(series.points["value"][at], share), "latest"))
    middle = "median" if series.chart == "run" else "centre_line"
    named = (("limit" if phone else "upper limit", "upper_limit"), (CENTRE.get(series.chart, "mean"), middle),
             ("limit" if phone else "lower limit", "lower_limit"))  # fmt: skip
    for name, column in named:
        value = series.points[column][-1]
        if value is not None and (column == middle or _clip(series, shown(value)) == shown(value)):
            marks.append((shown(value), f"{name} {number(value, share)}", "limit_word"))
    for name, value in (("target", series.points["target"][-1]), ("2nd target" if phone else "second target", series.second_target)):
        if value is not None:
            marks.append((shown(value), f"{name} {target_figure(value, share)}", "target"))
    marks.sort(key=lambda mark: mark[0])
    wished = pushed_apart([mark[0] for mark in marks], scale.up(LINE_HEIGHT))
    x = scale.x_domain[1] + scale.across(8)
    return [_word(x, place, text, kind, baseline="middle") for place, (_, text, kind) in zip(wished, marks, strict=True)]


def _x_ticks(series: Series, scale: Scale) -> list[tuple[float, str]]:
    """Places and words of the horizontal axis: years, else months, days or counted points, as there is room."""
    (left, right), most = scale.x_domain, max(2, int(scale.width / APART))
    if not isinstance(series.points["date"][0], dt.date):
        step = max(1, round(nice_step(right - left, most)))
        return [(float(at), f"{at:,}") for at in range(math.ceil(left / step) * step, math.floor(right) + 1, step)]
    first, last = series.points["date"][0], series.points["date"][-1]
    if right - left >= 2:
        step = max(1, round(nice_step(right - left, most)))
        return [(float(year), str(year)) for year in range(math.ceil(left / step) * step, math.floor(right) + 1, step)]
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if months >= 3:
        step = next(step for step in (1, 2, 3, 6, 12) if months / step <= most)
        start = first.year * 12 + first.month - 1
        numbered = [start + at for at in range(months) if (start + at) % step == 0]
        return [(at / 12, f"{MONTHS[at % 12][:3]} {at // 12}") for at in numbered if at / 12 >= left]
    step = max(1, math.ceil(((last - first).days + 1) / most))
    days = [first + dt.timedelta(days=at) for at in range(0, (last - first).days + 1, step)]
    return [(x_of(day), f"{day.day} {MONTHS[day.month - 1][:3]}") for day in days]


def _grid(scale: Scale, levels: Sequence[float], across: Sequence[tuple[float, str]]) -> list[Row]:
    (left, right), bottom = scale.x_domain, scale.y_domain[0]
    rows = [_level(left, right, level, "grid") for level in levels if level != bottom]
    foot = bottom - scale.up(4)
    return [*rows, _level(left, right, bottom, "axis"), *({"x": x, "x2": x, "y": foot, "y2": bottom, "class": "axis"} for x, _ in across)]


def _axis_words(series: Series, scale: Scale, levels: Sequence[float]) -> list[Row]:
    left, bottom = scale.x_domain[0] - scale.across(6), scale.y_domain[0] - scale.up(16)
    beside = [_word(left, level, _axis_figure(level), "axis_word", "right", "middle") for level in levels]
    return beside + [_word(x, bottom, text, "axis_word", "center") for x, text in _x_ticks(series, scale)]


def _axis_figure(value: float) -> str:
    """A figure of the vertical axis in few letters: ``75``, ``0.025``, ``20 k``, ``1.2 m``, ``3e+12``."""
    for least, unit in ((1e9, ""), (1e6, " m"), (1e4, " k")):
        if abs(value) >= least:
            return (f"{value:.4g}" if not unit else f"{value / (1e6 if unit == ' m' else 1e3):,.3f}".rstrip("0").rstrip(".") + unit).replace("-", "−")
    text = f"{value:,.8f}".rstrip("0").rstrip(".")
    return ("0" if text in ("", "-0") else text).replace("-", "−")


def _level(start: float, end: float, y: float, kind: str) -> Row:
    return {"x": start, "x2": end, "y": y, "y2": y, "class": kind}


def _word(x: float, y: float, text: str, kind: str, align: str = "left", baseline: str = "alphabetic") -> Row:
    return {"x": x, "y": y, "text": text, "class": kind, "align": align, "baseline": baseline}
