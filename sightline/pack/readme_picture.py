"""Draws the README's picture from a published database: ``python -m sightline.pack.readme_picture DATABASE FOLDER``.

England's four-hour percentage, beside it the waits over twelve hours for a bed, and, where there are waiting lists by week, the share
still waiting a month later with its lines.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from sightline.charts import render
from sightline.pack import line
from sightline.pack.board import board
from sightline.pack.database import read
from sightline.pack.pictures import chart_key, chart_rows, requests

MEASURES = ("ae_within_4h", "ae_dta_12h_per_1000_admissions")


def main(database: Path, folder: Path) -> None:
    """Write one SVG a measure, and ``at-the-line.svg``, on a white ground because a reader's page may be dark."""
    tables = read(database)
    prepared = board(tables)
    wanted = {chart_key(measure, prepared.england, "pair"): measure for measure in MEASURES}
    asked = [request for request in requests(prepared) if request.key in wanted]
    with tempfile.TemporaryDirectory() as cache:
        drawn = render(asked, chart_rows(prepared), cache=Path(cache), workers=1)
        still = {name: figure for name, figure in line.figures(tables).items() if name == "still"}
        lines = line.pictures(still, cache=Path(cache))
    for key, svg in drawn.items():
        (folder / f"{wanted[key]}.svg").write_text(on_white(svg, "M0 0h540v340h-540z"), encoding="utf-8")
    if still:
        (folder / "at-the-line.svg").write_text(on_white(lines["line still wide"], "M0 0h736v260h-736z"), encoding="utf-8")


def on_white(svg: str, ground: str) -> str:
    """A picture with a white ground of this outline behind it."""
    return svg.replace("</desc>", f'</desc><path fill="#fff" d="{ground}"/>', 1) + "\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
