"""Draws the README's picture from a published database: ``python -m sightline.pack.readme_picture DATABASE FOLDER``.

England's four-hour percentage, and beside it the waits over twelve hours for a bed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from sightline.charts import render
from sightline.pack.board import board
from sightline.pack.database import read
from sightline.pack.pictures import chart_key, chart_rows, requests

MEASURES = ("ae_within_4h", "ae_dta_12h_per_1000_admissions")


def main(database: Path, folder: Path) -> None:
    """Write one SVG a measure, on a white ground because a reader's page may be dark."""
    prepared = board(read(database))
    wanted = {chart_key(measure, prepared.england, "pair"): measure for measure in MEASURES}
    asked = [request for request in requests(prepared) if request.key in wanted]
    with tempfile.TemporaryDirectory() as cache:
        drawn = render(asked, chart_rows(prepared), cache=Path(cache), workers=1)
    for key, svg in drawn.items():
        (folder / f"{wanted[key]}.svg").write_text(
            svg.replace("</desc>", '</desc><path fill="#fff" d="M0 0h540v340h-540z"/>', 1) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
