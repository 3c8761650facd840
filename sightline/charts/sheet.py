"""Pictures of one kind drawn below each other as one sheet, then cut apart: most of a picture's time is what Vega does once a drawing.

The rows of each picture are put into the compiled kind in pixels, a fixed pitch below those of the picture before. Knows
nothing of Altair, so that drawing processes start fast.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from sightline.charts.layout import Format, Layout
from sightline.charts.svg import Element, elements

Spec = dict[str, Any]
Row = dict[str, Any]

#: pixels from the top of one plot to the top of the next: more than any picture is high, and a power of two, so that no digit is lost
PITCH = 4096
_FIRST_CORNER = re.compile(r"M-?[\d.e-]+,(-?[\d.e-]+)")
#: keeps the lines of two pictures apart
BREAK: Row = {"x": 0, "y": None}


def data_sets(layout: Layout) -> dict[str, list[Row]]:
    """The rows of a layout by the names that the chart knows them by."""
    return {
        "grid": layout.grid,
        "band": layout.band,
        "line": layout.line,
        "joining": layout.joining,
        "before": layout.before,
        "point": layout.point,
        "word": layout.word,
    }


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

    def pixel(name: str, value: float | None) -> float | None:
        return None if value is None else (value - left) * across if name in {"x", "x2"} else start + (top - value) * down

    rows = {
        name: [{key: pixel(key, value) if key in {"x", "x2", "y", "y2"} else value for key, value in row.items()} for row in found]
        for name, found in data_sets(layout).items()
    }
    return {name: [*found, BREAK] if name in {"joining", "before"} else found for name, found in rows.items()}


def cut(svg: str, count: int, form: Format) -> list[list[Element]]:
    """The marks of each of ``count`` pictures, placed as if it had been drawn alone."""
    found: list[list[Element]] = [[] for _ in range(count)]
    for element in (piece for whole in elements(svg) for piece in pieces(whole)):
        place = math.floor((ordinate(element) - form.top) / PITCH + 0.5)
        found[place].append(element._replace(top=element.top - place * PITCH))
    return found


def pieces(element: Element) -> Iterator[Element]:
    """A line that runs through several pictures, part by part; any other mark as it is."""
    path = element.attributes.get("d", "")
    if path.count("M") <= 1:
        yield element
        return
    for part in path.split("M")[1:]:
        yield element._replace(attributes={**element.attributes, "d": f"M{part}"})


def ordinate(element: Element) -> float:
    """Where a mark stands on its sheet, in pixels from the top."""
    corner = None if "transform" in element.attributes else _FIRST_CORNER.match(element.attributes.get("d", ""))
    return element.top + (float(corner[1]) if corner else 0.0)
