"""Writes the whole pack: reads the tables, has the charts drawn, fills the pages."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

from sightline.charts import draw_funnels, processes, render
from sightline.errors import BadInput
from sightline.pack import before, digest, line, revisions
from sightline.pack.board import Board, board
from sightline.pack.database import read
from sightline.pack.pages import pages
from sightline.pack.pictures import chart_rows, funnel_requests, requests
from sightline.pack.tables import write_csv
from sightline.progress import track


class PackSummary(NamedTuple):
    """How many HTML pages were written, and how many bytes the folder holds (pages and CSV files)."""

    pages: int
    bytes: int


def write(database: Path, folder: Path, *, cache: Path, workers: int = 2) -> PackSummary:
    """Write the board pack of a finished database into an empty folder.

    Pictures come from ``cache`` where their content is known, else they are drawn by ``workers`` processes.
    Raises ``BadInput`` if the database lacks a table or the folder holds something already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BadInput(str(folder.name), expected="an empty folder for the pack", seen="files in it", action="give a new folder")
    first = not any(cache.glob("*.svg"))  # where pictures were drawn before, few or none may be missing
    with processes(workers) if first and workers > 1 else nullcontext() as started:
        prepared = board(read(database))

        def meanwhile() -> dict[str, str]:
            """What needs no picture of a series, and the pictures that are drawn one by one."""
            _write_data(prepared, folder)
            _ = prepared.figures, prepared.trend_rows
            return draw_funnels(funnel_requests(prepared), cache=cache) | line.pictures(line.figures(prepared.tables), cache=cache)

        drawn = render(requests(prepared), chart_rows(prepared), cache=cache, workers=workers, started=started, beside=meanwhile)
    return _write_pages(prepared, drawn, folder)


def _write_data(prepared: Board, folder: Path) -> None:
    write_csv(prepared.tables.point, folder / "data", simulated=prepared.simulated)
    revisions.write_csv(prepared.tables, folder / "data")
    before.write_csv(prepared.tables, folder / "data")
    digest.write_feed(prepared.tables, folder)


def _write_pages(prepared: Board, drawn: dict[str, str], folder: Path) -> PackSummary:
    count = 0
    for name, html in track(pages(prepared, drawn), "pages", prepared.page_count):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(html, "utf-8", newline="\n")
        count += 1
    return PackSummary(count, sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()))
