"""Pictures of the snapshot's rows: drawn sheet by sheet in two processes, against one call of vl-convert a picture."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import vl_convert

from bench.clock import least, table
from bench.runs import SNAPSHOT, run
from sightline.charts.layout import FORMATS, layout
from sightline.charts.sheet import sheet
from sightline.charts.template import template
from sightline.home import Home
from sightline.pack.board import board
from sightline.pack.database import read
from sightline.pack.pictures import chart_rows, requests

MOST = 240
drawing = import_module("sightline.charts.render")


def rows(repeats: int) -> Iterator[str]:
    """The table."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        run(home, SNAPSHOT)
        prepared = board(read(home.published.resolve() / "sightline.duckdb"))
        asked, columns = [one for one in requests(prepared) if one.kind == "column"][:MOST], chart_rows(prepared)
        form = FORMATS["column"]
        compiled = json.loads(template("column"))
        pictures = [sheet(compiled, [layout(job.picture)], form) for job in drawing._jobs(asked, columns, Path(folder))]

        def ours(workers: int) -> None:
            with tempfile.TemporaryDirectory(dir=folder) as cache:
                drawing.render(asked, columns, cache=Path(cache), workers=workers)

        bare = "vl_convert.vega_to_svg, one by one"
        works = {
            bare: lambda: [vl_convert.vega_to_svg(one) for one in pictures],
            "sightline.charts.render, one process": lambda: ours(1),
            "sightline.charts.render, two processes": lambda: ours(2),
        }
        found = least(repeats, works)
    yield from table(f"draw {len(pictures)} charts", found, bare, lambda name: f"{len(pictures) / found[name]:7.1f} charts/s")
