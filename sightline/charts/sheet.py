"""Pictures of one kind drawn below each other as one sheet, then cut apart: most of a picture's time is what Vega does once a drawing.

The rows of each picture are put into the compiled kind in pixels, a fixed pitch below those of the picture before. Knows
nothing of Altair, so that drawing processes start fast.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sightline.charts.layout import Format, Layout
from sightline.charts.svg import Element, elements

Spec = dict[str, Any]
Row = dict[str, Any]

#: pixels from the top of one plot to the top of the next: more than any picture is high, and a power of two, so that no digit is lost
PITCH = 4096
#: a part of a path, and the ordinate at which it begins
_SUBPATH = re.compile(r"(M-?[\d.e-]+,(-?[\d.e-]+)[^M]*)")
#: keeps the lines of two pictures apart
BREAK: Row = {"x": 0, "y": None, "y2": None}
#: data sets that are drawn as one path
PATHS = frozenset({"joining", "before", "ring", "dot", "spread", "england", "region"})
#: months that are most of a chart are no symbols, one element each, but a line of single dots
DOTS = {"no_verdict": "ring", "common_cause": "dot"}


def data_sets(layout: Layout) -> dict[str, list[Row]]:
    """The rows of a layout by the names that the chart knows them by."""
    return {
        "grid": layout.grid,
        "band": layout.band,
        "line": layout.line,
        "joining": layout.joining,
        "before": layout.before,
        **{name: _dots(layout.point, state) for state, name in DOTS.items()},
        "point": [row for row in layout.point if row["class"] not in DOTS],
        "word": layout.word,
        "spread": layout.spread,
        "england": layout.england,
        "region": layout.region,
    }


def _dots(points: Sequence[Row], state: str) -> list[Row]:
    """The points in one state, a null between any two."""
    return [row for point in points if point["class"] == state for row in ({"x": point["x"], "y": point["y"]}, {"x": point["x"] + 0.01, "y": None})]


def sheet(vega: Spec, layouts: Sequence[Layout], form: Format) -> Spec:
    """A compiled kind with the rows of several pictures; its axes are pixels from the top left corner."""
    placed = [placed_rows(layout, form, place) for place, layout in enumerate(layouts)]
    height = len(layouts) * PITCH
    domains = {"x": [0, form.width], "y": [height, 0]}
    return {
        **vega,
        "height": height,
        "data": [{**entry, "values": [row for rows in placed for row in rows[entry["name"]]]} for entry in vega["data"]],
        "scales": [{**scale, "domain": domains[scale["name"]]} if scale["name"] in domains else scale for scale in vega["scales"]],
    }


def placed_rows(layout: Layout, form: Format, place: int) -> dict[str, list[Row]]:
    """The rows of one picture in pixels, its plot so many pitches from the top."""
    (left, right), (bottom, top) = layout.x_domain, layout.y_domain
    across, down, start = form.width / (right - left), form.height / (top - bottom), place * PITCH

    rows = {
        name: [
            {
                key: value if value is None or key[0] not in "xy" else (value - left) * across if key[0] == "x" else start + (top - value) * down
                for key, value in row.items()
            }
            for row in found
        ]
        for name, found in data_sets(layout).items()
    }
    return {name: [*found, BREAK] if name in PATHS else found for name, found in rows.items()}


def cut(svg: str, count: int, form: Format) -> list[list[Element]]:
    """The marks of each of ``count`` pictures, placed as if it had been drawn alone."""
    found: list[list[Element]] = [[] for _ in range(count)]
    for element in elements(svg):
        for place, piece in pieces(element, form.top):
            found[place].append(piece)
    return found


def pieces(element: Element, top: float) -> Iterator[tuple[int, Element]]:
    """A mark with the place of its picture; a line that runs through several pictures as one part for each."""
    tag, attributes, text, left, down = element
    path = "" if "transform" in attributes else attributes.get("d", "")
    if not path:
        place = place_of(down - top)
        yield place, Element(tag, attributes, text, left, down - place * PITCH)
        return
    for place, parts in groupby(_SUBPATH.findall(path), key=lambda part: place_of(float(part[1]))):
        line = "".join(whole for whole, _ in parts)
        yield place, Element(tag, {**attributes, "d": line}, text, left, down - place * PITCH)


def place_of(pixels: float) -> int:
    """Which picture a mark belongs to, by its pixels below the top of the first plot."""
    return math.floor(pixels / PITCH + 0.5)
