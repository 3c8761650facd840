"""The charts in Altair, each kind compiled to Vega once; for a picture only its rows and the axes' ends are swapped.

The picture is the one that compiling each chart anew gives, to the byte (tested), in a small part of the time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

import altair as alt
import vl_convert

from sightline.charts import theme
from sightline.charts.layout import FORMATS, Layout
from sightline.charts.request import TRENDS, Kind
from sightline.charts.sheet import data_sets

Spec = dict[str, Any]

#: verdict -> (shape, fill, stroke, radius relative to a point)
SHAPES: Mapping[str, tuple[str, str, str, float]] = {
    "common_cause": ("circle", theme.COMMON_CAUSE.value, theme.COMMON_CAUSE.value, 1.0),
    "improvement": ("square", theme.IMPROVEMENT.value, theme.IMPROVEMENT.value, 1.25),
    "concern": ("diamond", theme.CONCERN.value, theme.CONCERN.value, 1.65),
    "neither_high": ("triangle-up", theme.NEITHER.value, theme.NEITHER.value, 1.5),
    "neither_low": ("triangle-down", theme.NEITHER.value, theme.NEITHER.value, 1.5),
    "no_verdict": ("circle", theme.WHITE, theme.COMMON_CAUSE.value, 1.0),
    "left_out": ("cross", theme.WHITE, theme.COMMON_CAUSE.value, 1.5),
}

#: line -> (colour, dash, width)
LINES: Mapping[str, tuple[str, list[int], float]] = {
    "limit": (theme.COMMON_CAUSE.value, [3, 3], 1),
    "centre": (theme.SECOND_INK.value, [], 1),
    "target": (theme.TARGET.value, [9, 4], 1.75),
    "second_target": (theme.TARGET.value, [2, 3], 1.25),
    "riser": (theme.TARGET.value, [], 1.75),
    "upright": (theme.SECOND_INK.value, [], 1),
    "gap": (theme.SECOND_INK.value, [], 1),
}

#: a grey line behind a trend -> its width
BEHIND: Mapping[str, float] = {"england": 1.5, "region": 0.75}


#: a row without a figure breaks a path in two
BROKEN: Literal["break-paths-filter-domains"] = "break-paths-filter-domains"


#: pixels of a point's outline
OUTLINE = 1.2


def _scale(table: Mapping[str, Any], place: int) -> alt.Scale:
    return alt.Scale(type="ordinal", domain=list(table), range=[entry[place] for entry in table.values()])


def _x(layout: Layout) -> alt.X:
    return alt.X("x:Q", title=None, axis=None, scale=alt.Scale(domain=list(layout.x_domain), nice=False, zero=False))


def _y(layout: Layout) -> alt.Y:
    return alt.Y("y:Q", title=None, axis=None, scale=alt.Scale(domain=list(layout.y_domain), nice=False, zero=False))


def _grid(x: alt.X, y: alt.Y) -> alt.Chart:
    colours = {"grid": theme.GRID.value, "axis": theme.AXIS.value}
    return alt.Chart(alt.NamedData("grid")).mark_rule().encode(
        x, y, x2="x2:Q", y2="y2:Q", stroke=alt.Stroke("class:N", scale=alt.Scale(type="ordinal", domain=list(colours), range=list(colours.values())))
    )  # fmt: skip


def _lines(x: alt.X, y: alt.Y) -> alt.Chart:
    return (
        alt.Chart(alt.NamedData("line"))
        .mark_rule()
        .encode(
            x, y, x2="x2:Q", y2="y2:Q",
            stroke=alt.Stroke("class:N", scale=_scale(LINES, 0)),
            strokeDash=alt.StrokeDash("class:N", scale=_scale(LINES, 1)),
            strokeWidth=alt.StrokeWidth("class:N", scale=_scale(LINES, 2)),
        )
    )  # fmt: skip


def _points(x: alt.X, y: alt.Y, radius: float) -> alt.Chart:
    sizes = [round(4 * (radius * entry[3]) ** 2, 2) for entry in SHAPES.values()]
    return (
        alt.Chart(alt.NamedData("point"))
        .mark_point(opacity=1, strokeWidth=OUTLINE)
        .encode(
            x, y,
            shape=alt.Shape("class:N", scale=_scale(SHAPES, 0)),
            fill=alt.Fill("class:N", scale=_scale(SHAPES, 1)),
            stroke=alt.Stroke("class:N", scale=_scale(SHAPES, 2)),
            size=alt.Size("class:N", scale=alt.Scale(type="ordinal", domain=list(SHAPES), range=sizes)),
        )
    )  # fmt: skip


def _dots(x: alt.X, y: alt.Y, radius: float, *, before: bool) -> list[alt.Chart]:
    """Months without a verdict as rings, months without change as dots, and months before the window as small rings.

    They are most of the months of a chart, so they are drawn as lines of single dots (a ring is a grey one and a white one) and not as symbols.
    """
    grey, white = theme.COMMON_CAUSE.value, theme.WHITE
    rings = [("before", grey, 1.8 * radius), ("before", white, 0.8 * radius)] if before else []
    rings += [("ring", grey, 2 * radius + OUTLINE), ("ring", white, 2 * radius - OUTLINE), ("dot", grey, 2 * radius)]
    return [alt.Chart(alt.NamedData(name)).encode(x, y).mark_line(stroke=colour, strokeWidth=round(width, 2), strokeCap="round", invalid=BROKEN)
            for name, colour, width in rings]  # fmt: skip


def _words(x: alt.X, y: alt.Y) -> alt.Chart:
    colours = alt.Scale(type="ordinal", domain=list(theme.WORDS), range=list(theme.WORDS.values()))
    return (
        alt.Chart(alt.NamedData("word"))
        .mark_text(
            align=alt.expr("datum.align"), baseline=alt.expr("datum.baseline"),
            fontWeight=alt.expr("datum.class == 'latest' || datum.class == 'simulated' ? 600 : 400"),
        )
        .encode(x, y, text="text:N", color=alt.Color("class:N", scale=colours))
    )  # fmt: skip


def altair_chart(kind: Kind, layout: Layout) -> alt.LayerChart:
    """One picture as an Altair chart. Layers from below: grid, band, lines, joining line, points, words."""
    form, spark, trend = FORMATS[kind], kind == "spark", kind in TRENDS
    plain = spark or trend
    x, y = _x(layout), _y(layout)
    filled = {"fill": theme.BAND_EDGE.value if plain else theme.BAND, "fillOpacity": 0.55 if plain else 1}
    band = alt.Chart(alt.NamedData("spread")).mark_area(invalid=BROKEN, **filled) if trend else alt.Chart(alt.NamedData("band")).mark_rect(**filled)
    behind = [
        alt.Chart(alt.NamedData(name)).mark_line(stroke=theme.COMMON_CAUSE.value, strokeWidth=width, invalid=BROKEN) for name, width in BEHIND.items()
    ]
    joining = alt.Chart(alt.NamedData("joining")).mark_line(
        stroke=theme.INK.value if trend else theme.SECOND_INK.value if spark else theme.JOINING.value,
        strokeWidth=1.6 if kind.startswith("trend") else 1.1,
        invalid=BROKEN,
    )
    layers = [
        *([] if spark else [_grid(x, y)]),
        band.encode(x, y, x2="x2:Q", y2="y2:Q"),
        *([one.encode(x, y) for one in behind] if trend else []),
        *([] if spark else [_lines(x, y)]),
        joining.encode(x, y),
        *_dots(x, y, form.point, before=not spark),
        _points(x, y, form.point),
        *([] if spark else [_words(x, y)]),
    ]
    return alt.layer(*layers).resolve_scale(stroke="independent").properties(
        width=form.width, height=form.height, autosize=alt.AutoSizeParams(type="none"),
        padding={"left": form.left, "right": form.right, "top": form.top, "bottom": form.bottom},
    )  # fmt: skip


def vega_lite(kind: Kind, layout: Layout) -> Spec:
    """The whole chart as Vega-Lite, its rows inside, without the address of the schema."""
    spec: Spec = altair_chart(kind, layout).to_dict(validate=False)
    names = [layer["data"]["name"] for layer in spec["layer"]]
    spec["datasets"] = {name: rows for name, rows in data_sets(layout).items() if name in names}
    spec["config"] = theme.config()
    return {name: part for name, part in spec.items() if name != "$schema"}


SAMPLE_ROW: dict[str, dict[str, Any]] = {
    "grid": {"x": 2020, "x2": 2021, "y": 1, "y2": 1, "class": "grid"},
    "band": {"x": 2020, "x2": 2021, "y": 1, "y2": 2},
    "line": {"x": 2020, "x2": 2021, "y": 1, "y2": 1, "class": "limit"},
    "joining": {"x": 2020, "y": 1},
    "before": {"x": 2020, "y": 1},
    "point": {"x": 2020, "y": 1, "class": "concern"},
    "spread": {"x": 2020, "y": 1, "y2": 2},
    "england": {"x": 2020, "y": 1},
    "region": {"x": 2020, "y": 1},
    "word": {"x": 2020, "y": 1, "text": "", "class": "latest", "align": "left", "baseline": "middle"},
}


@cache
def template(kind: Kind) -> str:
    """A kind of chart compiled to Vega, as JSON; its rows and axes' ends are those of a stand-in."""
    rows = {name: [row] for name, row in SAMPLE_ROW.items()} | {"point": [SAMPLE_ROW["point"] | {"class": state} for state in SHAPES]}
    stand_in = Layout((2019.0, 2021.0), (0.0, 10.0), **rows)
    vega = without_words(without_filters(vl_convert.vegalite_to_vega(vega_lite(kind, stand_in))))
    return json.dumps({name: part for name, part in vega.items() if name != "$schema"})


def without_filters(vega: Spec) -> Spec:
    """Marks read their data set as it is: the filters for invalid numbers take a third of a picture's time, and a layout has none.

    Nor is a line's data sorted: a layout's rows stand in the order of time.
    """
    source = {entry["name"]: entry["source"] for entry in vega["data"] if "source" in entry}
    marks = [
        {name: part for name, part in mark.items() if name != "sort"} | {"from": {"data": source.get(mark["from"]["data"], mark["from"]["data"])}}
        for mark in vega["marks"]
    ]
    return {**vega, "data": [entry for entry in vega["data"] if "source" not in entry], "marks": marks}


def without_words(vega: Spec) -> Spec:
    """Words are set by ``svg.set_words``, to the tenth of a pixel where Vega sets them: it measures each, two fifths of a picture's time."""
    kept = {part: [entry for entry in vega[part] if entry["name"] != name] for part, name in (("data", "word"), ("scales", "color"))}
    return {**vega, **kept, "marks": [mark for mark in vega["marks"] if mark["type"] != "text"]}
