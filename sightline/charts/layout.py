"""From the rows of one series to the marks of one picture: plain numbers and words, no drawing.

The horizontal axis is in decimal years (June 2025 is 2025 + 5/12), the vertical one in the unit as shown (per cent for
proportions). Places that are meant in pixels are turned into those units here, so that the chart itself stays declarative.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from sightline.charts.figures import MONTHS, PROPORTION, number, short_month, shown
from sightline.charts.request import Kind, Picture, Series, Target, Upright

Row = dict[str, Any]

#: lines of text stand at least this far apart, in pixels
LINE_HEIGHT = 14.0
#: a letter is about so wide, in pixels
LETTER = 6.5
#: years stand so many apart, and their words at least so many pixels
YEAR_STEPS, YEAR_GAP = (1, 2, 5, 10, 20, 50), 6.0
#: gaps of at least so many months get a bracket and words; shorter ones only break the line
LONG_GAP = 3
#: words that cross more points than this are shortened
MOST_CROSSED = 3
#: a bracket wants so many pixels to the nearest point or target line
ROOM = 14.0
#: a sparkline shows so many months at most
SPARK_MONTHS = 40


class Format(NamedTuple):
    """The size of a kind of picture, in CSS pixels: the plot and the margins round it."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    intervals: int
    short_years: bool
    point: float

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the whole picture."""
        return self.width + self.left + self.right, self.height + self.top + self.bottom


FORMATS: dict[Kind, Format] = {
    "pair": Format(396, 278, 38, 106, 36, 26, 5, False, 2.5),
    "pair_phone": Format(210, 220, 34, 84, 36, 24, 5, True, 2.3),
    "column": Format(532, 74, 44, 64, 18, 20, 2, False, 2.1),
    "column_phone": Format(226, 74, 40, 62, 18, 20, 2, True, 1.9),
    "one": Format(584, 396, 60, 124, 48, 36, 6, False, 2.8),  # 8 x 5 inches
    "one_phone": Format(164, 212, 50, 114, 44, 28, 5, True, 2.2),
    "trend": Format(396, 250, 38, 106, 36, 26, 5, False, 2.3),
    "trend_phone": Format(210, 200, 34, 84, 36, 24, 4, True, 2.1),
    "months": Format(470, 250, 44, 26, 24, 26, 3, True, 2.1),
    "months_phone": Format(274, 220, 40, 14, 24, 24, 3, True, 1.9),
    "spark": Format(92, 20, 2, 10, 4, 4, 2, True, 2.6),
}


@dataclass(frozen=True)
class Layout:
    """The data sets of one picture, and what its axes span."""

    x_domain: tuple[float, float]
    y_domain: tuple[float, float]
    grid: list[Row]
    band: list[Row]
    line: list[Row]
    joining: list[Row]
    before: list[Row]
    point: list[Row]
    word: list[Row]
    spread: list[Row] = field(default_factory=list)  #: of a trend: the interval of its level
    england: list[Row] = field(default_factory=list)  #: of a trend: the lines behind it
    region: list[Row] = field(default_factory=list)


@cache
def year_of(month: date) -> float:
    """A month as decimal year, January at the whole number."""
    return round(month.year + (month.month - 1) / 12, 4)


HALF_MONTH = 1 / 24


def clip(value: float, unit: str) -> float:
    """Limits are drawn where figures can be: 0 to 100 for percentages, from 0 for everything else."""
    return min(max(value, 0.0), 100.0) if unit == PROPORTION else max(value, 0.0)


def nice_step(span: float, intervals: int) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that divides ``span`` into at most ``intervals``."""
    rough = max(span, 1e-9) / intervals
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= rough * (1 - 1e-9))


def axis_span(values: Sequence[float], unit: str, intervals: int) -> tuple[float, float, float]:
    """Where the vertical axis begins and ends, and its step. Only percentages may begin above zero, and only far above."""
    low, high = min(values), max(values)
    start = low if unit == PROPORTION and low > 0.35 * high else 0.0
    step = nice_step(max(high - start, high * 0.02, 1.0 if unit != PROPORTION else 0.1), intervals)
    bottom = math.floor(start / step + 1e-9) * step
    top = math.ceil(high / step - 1e-9) * step
    while (top - bottom) / step > intervals:
        step = nice_step((top - bottom) * 1.01, intervals)
        bottom, top = math.floor(start / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    if top <= bottom:  # a flat line on a grid line: room above it, but no percentage lies above 100
        bottom, top = (bottom - step, bottom) if unit == PROPORTION and bottom >= 100 else (bottom, bottom + step)
    return round(bottom, 6), round(top, 6), step


def ticks(bottom: float, top: float, step: float) -> list[float]:
    """The places of the grid lines, from the bottom to the top."""
    return [round(bottom + step * place, 6) for place in range(round((top - bottom) / step) + 1)]


def year_ticks(scale: Scale, short: bool) -> list[int]:
    """The Januaries within the horizontal axis; in a long series so many years apart that their words do not meet."""
    left, right = scale.x_domain
    room = scale.across(LETTER * (3 if short else 4) + YEAR_GAP)
    step = next((years for years in YEAR_STEPS if years >= room), YEAR_STEPS[-1])
    return [year for year in range(math.ceil(left), math.floor(right) + 1) if year % step == 0]


def _grid(scale: Scale, levels: Sequence[float], years: Sequence[int]) -> list[Row]:
    """Grid lines, the line of the horizontal axis, and a tick a year."""
    (left, right), bottom = scale.x_domain, scale.y_domain[0]
    rows = [_level(left, right, level, "grid") for level in levels if level != bottom]
    foot = bottom - scale.up(4)
    return [*rows, _level(left, right, bottom, "axis"), *({"x": year, "x2": year, "y": foot, "y2": bottom, "class": "axis"} for year in years)]


def _axis_words(scale: Scale, levels: Sequence[float], years: Sequence[int], short: bool) -> list[Row]:
    """The figures beside the grid lines and the years under the ticks. Drawn as words: Vega's own axes take half of a picture's time."""
    left, bottom = scale.x_domain[0] - scale.across(6), scale.y_domain[0] - scale.up(16)
    beside = [_word(left, level, axis_figure(level), "axis_word", "right", "middle") for level in levels]
    return beside + [_word(year, bottom, f"’{year % 100:02d}" if short else str(year), "axis_word", "center") for year in years]


def axis_figure(value: float) -> str:
    """A figure of the vertical axis: ``75``, ``2.5``, ``1,000``, ``20 k``, ``1.2 m``."""
    scaled, unit = (value / 1e6, " m") if abs(value) >= 1e6 else (value / 1e3, " k") if abs(value) >= 1e4 else (value, "")
    return f"{scaled:,.3f}".rstrip("0").rstrip(".") + unit


def _points(series: Series, unit: str) -> list[Row]:
    """The months of the window, each with the shape of its verdict (``no_verdict`` where none can be given, ``left_out``: a ghost)."""
    return [
        {"x": year_of(month), "y": shown(value, unit), "class": judgement or "no_verdict"}
        for month, value, judgement, inside in zip(series.month, series.value, series.judgement, series.in_window, strict=True)
        if value is not None and inside
    ]


def _before(series: Series, unit: str) -> list[Row]:
    """The months before the window, a null between any two: a line of single dots."""
    dots = [(year_of(month), shown(value, unit)) for month, value, inside in zip(series.month, series.value, series.in_window, strict=True)
            if value is not None and not inside]  # fmt: skip
    return [row for x, y in dots for row in ({"x": x, "y": y}, {"x": x + 0.01, "y": None})]


def _joining(series: Series, unit: str, breaks: Sequence[Upright] = ()) -> list[Row]:
    """Months without a value stay in as null, and one stands before each declared phase: the line breaks there and nothing is interpolated."""
    begins = {one.month for one in breaks}
    rows: list[Row] = []
    for month, value in zip(series.month, series.value, strict=True):
        if month in begins:
            rows.append({"x": round(year_of(month) - HALF_MONTH, 4), "y": None})
        rows.append({"x": year_of(month), "y": None if value is None else shown(value, unit)})
    return rows


def _stretches(months: Sequence[date], keys: Sequence[Any]) -> list[tuple[float, float, Any]]:
    """Neighbouring months with the same key, as (from, to, key); each month reaches half a month to both sides."""
    groups = groupby(zip(months, keys, strict=True), key=lambda pair: pair[1])
    spans = [(key, [month for month, _ in members]) for key, members in groups]
    return [(year_of(found[0]) - HALF_MONTH, year_of(found[-1]) + HALF_MONTH, key) for key, found in spans]


def _limits(series: Series, unit: str) -> tuple[list[Row], list[Row]]:
    """The band between the limits, and its lines: both limits dashed, the mean (or the median) solid."""
    bands: list[Row] = []
    lines: list[Row] = []
    keys = list(zip(series.lower, series.upper, series.centre, series.median, series.in_window, strict=True))
    for start, end, (lower, upper, centre, median, inside) in _stretches(series.month, keys):
        if not inside:
            continue
        if lower is not None and upper is not None:
            low, high = clip(shown(lower, unit), unit), clip(shown(upper, unit), unit)
            bands.append({"x": start, "x2": end, "y": low, "y2": high})
            lines += [_level(start, end, low, "limit"), _level(start, end, high, "limit")]
        middle = centre if centre is not None else median if series.chart == "run" else None
        if middle is not None:
            lines.append(_level(start, end, shown(middle, unit), "centre"))
    return bands, lines


def _level(start: float, end: float, y: float, kind: str) -> Row:
    return {"x": start, "x2": end, "y": y, "y2": y, "class": kind}


def joined_targets(targets: Sequence[Target], last: date) -> list[Target]:
    """Targets of one value that follow each other without a gap are one line."""
    joined: list[Target] = []
    for target in sorted(targets, key=lambda one: (one.status != "standard", one.status == "trajectory", one.since)):
        before = joined[-1] if joined else None
        meets = before is not None and before.until is not None and 0 <= (target.since - before.until).days <= 1
        if before is not None and meets and before.value == target.value and before.status == target.status:
            joined[-1] = before._replace(until=target.until)
        else:
            joined.append(target)
    return [target for target in joined if target.since <= last]


def _target_span(target: Target, domain: tuple[float, float]) -> tuple[float, float]:
    start = max(year_of(target.since) - HALF_MONTH, domain[0])
    end = domain[1] if target.until is None else min(year_of(target.until) + HALF_MONTH, domain[1])
    return start, end


def _target_lines(targets: Sequence[Target], unit: str, domain: tuple[float, float]) -> list[Row]:
    """Each target dashed on its own dates; where one value follows another, a riser joins them."""
    spans = [(*_target_span(target, domain), shown(target.value, unit), target.status) for target in targets]
    lines = [_level(start, end, y, "target") for start, end, y, _ in spans if end > start]
    risers = [
        {"x": later[0], "x2": later[0], "y": earlier[2], "y2": later[2], "class": "riser"}
        for earlier, later in pairwise(spans)
        if earlier[3] == later[3] and abs(earlier[1] - later[0]) < HALF_MONTH
    ]
    return lines + risers


def _target_words(series: Series, unit: str, scale: Scale, targets: Sequence[Target], short: bool) -> list[Row]:
    """A milestone's words end at its end, the last one's begin at its beginning, so that they do not meet; a trajectory has words at its end."""
    words: list[Row] = []
    for place, target in enumerate(targets):
        start, end = _target_span(target, scale.x_domain)
        if end <= start or [one.status for one in targets[place : place + 2]] == ["trajectory"] * 2:
            continue
        follows = target.status != "standard" and place > 0 and targets[place - 1].status == target.status
        at = start + scale.across(4) if follows else end - scale.across(4)
        texts = dict.fromkeys(_target_text(target, unit, brief) for brief in (short, True))
        places = [(text, *_target_foot(series, unit, scale, shown(target.value, unit), _reach(at, text, scale, follows))) for text in texts]
        text, foot, _ = next((one for one in places if one[2] <= MOST_CROSSED), places[-1])
        words.append(_word(at, foot, text, "target", "left" if follows else "right"))
    return words


def _reach(at: float, text: str, scale: Scale, rightwards: bool) -> tuple[float, float]:
    """From where to where words stretch that begin, or else end, at a place."""
    wide = scale.across(LETTER * len(text))
    return (at, at + wide) if rightwards else (at - wide, at)


def _target_foot(series: Series, unit: str, scale: Scale, line: float, across: tuple[float, float]) -> tuple[float, int]:
    """Where the words of a target line stand, above it, or below it where points lie above and not below; and how many points they cross."""
    near = [shown(value, unit) / scale.up(1) for month, value in zip(series.month, series.value, strict=True)
            if value is not None and across[0] <= year_of(month) <= across[1]]  # fmt: skip
    feet = [foot for foot in (line + scale.up(5), line - scale.up(LINE_HEIGHT)) if foot >= scale.y_domain[0]]
    stretches = {foot: (foot / scale.up(1) - 3, foot / scale.up(1) + 12) for foot in feet}
    best = max(feet, key=lambda foot: min(_clearance(near, *stretches[foot]), 1.0))
    return best, sum(stretches[best][0] < place < stretches[best][1] for place in near)


def _target_text(target: Target, unit: str, short: bool) -> str:
    value = f"{shown(target.value, unit):g} %" if unit == PROPORTION else f"{target.value:g}"
    if target.status == "trajectory":
        return value if short else f"{value} planned"
    if target.status == "standard" or target.until is None:
        return value if short else f"{value}, the standard" if target.status == "standard" else value
    return value if short else f"{value} due {short_month(target.until)}"


class Scale(NamedTuple):
    """Turns pixels into the units of the axes."""

    x_domain: tuple[float, float]
    y_domain: tuple[float, float]
    width: int
    height: int

    def across(self, pixels: float) -> float:
        """So many pixels to the right, in years."""
        return pixels * (self.x_domain[1] - self.x_domain[0]) / self.width

    def up(self, pixels: float) -> float:
        """So many pixels upwards, in the unit of the vertical axis."""
        return pixels * (self.y_domain[1] - self.y_domain[0]) / self.height


def _word(x: float, y: float, text: str, kind: str, align: str = "left", baseline: str = "alphabetic") -> Row:
    return {"x": x, "y": y, "text": text, "class": kind, "align": align, "baseline": baseline}


def pushed_apart(places: Sequence[float], least: float) -> list[float]:
    """Moves places (rising) so that neighbours are at least ``least`` apart, each group round its own middle."""
    groups: list[list[float]] = []  # [sum of wished middles, members]
    for place in places:
        groups.append([place, 1.0])
        while len(groups) > 1 and _middle(groups[-1]) - _middle(groups[-2]) < least * (groups[-1][1] + groups[-2][1]) / 2:
            above = groups.pop()
            groups[-1] = [groups[-1][0] + above[0], groups[-1][1] + above[1]]
    return [_middle(group) + least * (place - (group[1] - 1) / 2) for group in groups for place in range(int(group[1]))]


def _middle(group: list[float]) -> float:
    return group[0] / group[1]


def _end_words(series: Series, unit: str, scale: Scale, only_latest: bool, short: bool) -> list[Row]:
    """The labels at the line's end: the latest figure in bold, then limits and mean (or median), 14 px apart."""
    found = [value for value in series.value if value is not None]
    marks: list[tuple[float, str, str]] = [(shown(found[-1], unit), _figure(found[-1], unit), "latest")]
    if not only_latest:
        marks += _limit_marks(series, unit, short)
    marks.sort(key=lambda mark: mark[0])
    places = pushed_apart([mark[0] for mark in marks], scale.up(LINE_HEIGHT))
    at = scale.x_domain[1] + scale.across(8)
    return [_word(at, place, text, kind, baseline="middle") for place, (_, text, kind) in zip(places, marks, strict=True)]


def _limit_marks(series: Series, unit: str, short: bool) -> list[tuple[float, str, str]]:
    if not series.in_window[-1]:
        return []
    median = series.median[-1] if series.chart == "run" else None
    named = (("limit" if short else "upper limit", series.upper[-1]), ("mean", series.centre[-1]),
             ("limit" if short else "lower limit", series.lower[-1]), ("median", median))  # fmt: skip
    return [(clip(shown(value, unit), unit), f"{name} {_figure(value, unit).removesuffix(' %')}", "limit_word")
            for name, value in named if value is not None and _can_be(value, unit)]  # fmt: skip


def _can_be(value: float, unit: str) -> bool:
    """A limit beyond what figures can be (under 0, over 100 %) is not labelled: no month can lie outside it."""
    return 0 <= shown(value, unit) <= (100 if unit == PROPORTION else math.inf)


def _figure(value: float, unit: str) -> str:
    """Counts from a hundred thousand on are shortened so that they fit beside the chart."""
    text = number(value, unit)
    if unit == PROPORTION:
        return f"{text} %"
    return f"{value / 1e6:.2f} m" if value >= 1e6 else text


def _upright_marks(uprights: Sequence[Upright], scale: Scale, phone: bool, one_line: bool) -> tuple[list[Row], list[Row]]:
    """An upright line a merger, phase or change, its words above the plot; on a narrow one only the last has words."""
    bottom, top = scale.y_domain
    inside = [one for one in uprights if scale.x_domain[0] < year_of(one.month) < scale.x_domain[1]]
    lines = [{"x": at, "x2": at, "y": bottom, "y2": top, "class": "upright"} for at in (year_of(one.month) - HALF_MONTH for one in inside)]
    words: list[Row] = []
    for one in inside[-1:] if phone or one_line else inside[-2:]:
        at = year_of(one.month) - HALF_MONTH
        right = at > (scale.x_domain[0] + 2 * scale.x_domain[1]) / 3
        align = "right" if right else "left"
        rows = [f"{one.words}, {short_month(one.month)}"] if one_line else [one.words, short_month(one.month)]
        words += [_word(at, top + scale.up(6 + LINE_HEIGHT * (len(rows) - 1 - line)), text, "upright_word", align) for line, text in enumerate(rows)]
    return lines, words


def _making_way(lines: Sequence[Row], words: Sequence[Row], scale: Scale) -> list[Row]:
    """Upright lines leave out the places where centred words stand across them."""
    pieces = list(lines)
    for word in words:
        reach, low, high = scale.across(LETTER * len(word["text"]) / 2), word["y"] - scale.up(4), word["y"] + scale.up(11)
        pieces = [piece for line in pieces for piece in (_without(line, low, high) if abs(line["x"] - word["x"]) < reach else [line])]
    return pieces


def _without(line: Row, low: float, high: float) -> list[Row]:
    """An upright line without the stretch from ``low`` to ``high``."""
    return [{**line, "y": start, "y2": end} for start, end in ((line["y"], min(low, line["y2"])), (max(high, line["y"]), line["y2"])) if end > start]


def gaps(series: Series) -> list[tuple[list[date], str]]:
    """The long gaps: their months and what is said of them."""
    groups = groupby(zip(series.month, series.value, series.note, strict=True), key=lambda row: row[1] is None)
    found = [list(members) for missing, members in groups if missing]
    return [([row[0] for row in rows], _gap_words(rows[0][2])) for rows in found if len(rows) >= LONG_GAP]


def _gap_words(note: str | None) -> str:
    return "no file" if note is None or "file" in note else "no figures"


def _gap_marks(series: Series, unit: str, scale: Scale, targets: Sequence[Target], one_line: bool) -> tuple[list[Row], list[Row]]:
    lines: list[Row] = []
    words: list[Row] = []
    for months, text in gaps(series):
        start, end = year_of(months[0]) - HALF_MONTH, year_of(months[-1]) + HALF_MONTH
        y = scale.y_domain[0] + scale.up(_gap_height(series, months, unit, scale, targets, one_line))
        lines += [_level(start, end, y, "gap")]
        lines += [{"x": side, "x2": side, "y": y - scale.up(3), "y2": y, "class": "gap"} for side in (start, end)]
        when = "" if one_line else _span_text(months)
        rows = [text] if one_line or not when else [text, when]
        middle = (start + end) / 2
        words += [_word(middle, y - scale.up(16 + LINE_HEIGHT * line), row, "gap_word", "center") for line, row in enumerate(rows)]
    return lines, words


def _gap_height(series: Series, months: Sequence[date], unit: str, scale: Scale, targets: Sequence[Target], one_line: bool) -> float:
    """Pixels from the bottom at which a bracket stands: at the foot, else where points and target lines leave most room."""
    depth = LINE_HEIGHT if one_line else 2 * LINE_HEIGHT
    near = [value for month, value in zip(series.month, series.value, strict=True)
            if value is not None and abs(year_of(month) - year_of(months[-1])) < 0.6]  # fmt: skip
    taken = [(shown(value, unit) - scale.y_domain[0]) / scale.up(1) for value in (*near, *(target.value for target in targets))]
    places = [float(place) for place in range(round(depth) + 15, scale.height - 3, 8)]
    return max(places, key=lambda place: (min(ROOM, _clearance(taken, place - depth - 3, place)), -place))


def _clearance(taken: Sequence[float], low: float, high: float) -> float:
    """How far the nearest of ``taken`` lies from the stretch between ``low`` and ``high``; negative inside it."""
    return min((max(low - place, place - high) for place in taken), default=ROOM)


def _span_text(months: Sequence[date]) -> str:
    first, last = months[0], months[-1]
    if first.year == last.year:
        return f"{MONTHS[first.month - 1][:3]}–{MONTHS[last.month - 1][:3]}"
    return f"{first.year}–{last.year}"


def _everything(series: Series, unit: str, targets: Sequence[Target]) -> list[float]:
    """All that the vertical axis must hold: figures, limits as drawn, targets."""
    limits = [clip(shown(value, unit), unit) for values in (series.lower, series.upper) for value in values if value is not None]
    return [shown(value, unit) for value in series.value if value is not None] + limits + [shown(target.value, unit) for target in targets]


def _latest_months(series: Series, months: int) -> Series:
    newest = slice(-months, None)
    return Series(
        month=series.month[newest],
        value=series.value[newest],
        centre=series.centre[newest],
        lower=series.lower[newest],
        upper=series.upper[newest],
        median=series.median[newest],
        judgement=series.judgement[newest],
        in_window=series.in_window[newest],
        note=series.note[newest],
        chart=series.chart,
    )


def spark_layout(picture: Picture) -> Layout:
    """The matrix picture: the line of the last 40 months, the band of the limits in force, the last point's shape."""
    form = FORMATS["spark"]
    series = _latest_months(picture.series, SPARK_MONTHS)
    values = _everything(series, picture.unit, ())
    room = (max(values) - min(values) or 1.0) * 0.04
    x_domain = (year_of(series.month[0]), year_of(series.month[-1]) or 1)
    x_domain = x_domain if x_domain[1] > x_domain[0] else (x_domain[0] - 1, x_domain[1])
    scale = Scale(x_domain, (min(values) - room, max(values) + room), form.width, form.height)
    bands, _ = _limits(series, picture.unit)
    return Layout(x_domain, scale.y_domain, [], bands, [], _joining(series, picture.unit), [], _points(series, picture.unit)[-1:], [])


def run_layout(picture: Picture) -> Layout:
    """A run chart with limits, with its median alone, or the data alone: the rows decide which."""
    kind, unit, series = picture.request.kind, picture.unit, picture.series
    form = FORMATS[kind]
    phone, one_line = kind.endswith("phone"), kind.startswith("column")
    targets = joined_targets(picture.targets, picture.period[1])
    bottom, top, step = axis_span(_everything(series, unit, targets), unit, form.intervals)
    x_domain = (year_of(picture.period[0]) - HALF_MONTH * 2, year_of(picture.period[1]) + HALF_MONTH * 2)
    scale = Scale(x_domain, (bottom, top), form.width, form.height)
    bands, lines = _limits(series, unit)
    upright_lines, words = _upright_marks(picture.uprights, scale, phone, one_line)
    gap_lines, gap_words = _gap_marks(series, unit, scale, targets, one_line)
    upright_lines = _making_way(upright_lines, gap_words, scale)
    words += [*gap_words, *_end_words(series, unit, scale, one_line, phone)]
    words += [] if one_line else _target_words(series, unit, scale, targets, phone)
    words += [_word(x_domain[0], top + scale.up(6), "SIMULATED", "simulated")] if picture.simulated else []
    levels, years = ticks(bottom, top, step), year_ticks(scale, form.short_years)
    words += _axis_words(scale, levels, years, form.short_years)
    return Layout(
        x_domain, (bottom, top), _grid(scale, levels, years), bands, lines + _target_lines(targets, unit, x_domain) + upright_lines + gap_lines,
        _joining(series, unit, [one for one in picture.uprights if one.breaks]), _before(series, unit), _points(series, unit), words,
    )  # fmt: skip


def layout(picture: Picture) -> Layout:
    """The marks of one picture. The series must have at least one value that is not zero: see :func:`drawable`."""
    return spark_layout(picture) if picture.request.kind == "spark" else run_layout(picture)


def drawable(values: Sequence[float | None]) -> bool:
    """A series without a value, or of zeros alone, gets a sentence and no chart."""
    return any(value for value in values)


def starts_above_zero(series: Series, unit: str, targets: Sequence[Target], kind: Kind) -> float | None:
    """Where the vertical axis of a picture begins, if that is not zero: its subtitle must say so."""
    bottom, _, _ = axis_span(_everything(series, unit, targets), unit, FORMATS[kind].intervals)
    return bottom or None
