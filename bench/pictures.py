"""Pictures of a person's own series as PNG of 8 × 5 inches at 150 dots an inch, against one bare call of vl-convert a picture."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module

import vl_convert

from bench.clock import least, table
from bench.engine import series
from sightline.charts.layout import FORMATS
from sightline.charts.sheet import sheet
from sightline.charts.template import template
from sightline.own_data.chart import Asked, charted
from sightline.own_data.picture import layout
from sightline.own_data.read import ROW
from sightline.own_data.series import every_series

PICTURES = 50
drawing = import_module("sightline.own_data.draw")


def rows(repeats: int) -> Iterator[str]:
    """The table."""
    asked = Asked("a frame", value="value", date="date", by=("series",))
    each, kind = list(every_series(charted(series(PICTURES).with_row_index(ROW, offset=2), asked), asked)), "one"
    compiled = template(kind)
    alone = [sheet(json.loads(compiled), [layout(one, kind)], FORMATS[kind]) for one in each]
    scale, dots = drawing.POINTS / drawing.PIXELS, drawing.DPI

    def ours() -> None:
        for one, svg in zip(each, drawing._svgs(kind, compiled, each, simulated=False), strict=True):
            drawing._png(svg, one.name)

    bare = "vl_convert.vega_to_png, one by one"
    works = {bare: lambda: [vl_convert.vega_to_png(one, scale=scale, ppi=dots) for one in alone], "sightline.own_data.draw, one process": ours}
    found = least(repeats, works)
    yield from table(f"draw {PICTURES} pictures to PNG", found, bare, lambda name: f"{PICTURES / found[name]:7.1f} pictures/s")
