"""From a chart of own data to its folder: two tables, a picture or two a series, one page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sightline.own_data.chart import Charted
from sightline.own_data.draw import alone, drawn
from sightline.own_data.page import page
from sightline.own_data.series import Series
from sightline.own_data.write import whole


def write(chart: Charted, series: Sequence[Series], folder: Path, *, title: str, source: str, simulated: bool = False, workers: int = 2) -> None:
    """Write points.csv, points.parquet, summary.csv, one SVG and one PNG a series, and index.html, all or nothing.

    Raises :class:`sightline.errors.BadInput` where the folder holds other files or cannot be written.
    """
    with whole(folder) as making:
        chart.points.write_csv(making / "points.csv")
        chart.points.write_parquet(making / "points.parquet")
        chart.summary.write_csv(making / "summary.csv")
        pictures = list(drawn(series, simulated=simulated, workers=workers))
        for one, made in zip(series, pictures, strict=True):
            (making / f"{one.file}.svg").write_text(alone(made.wide, one.name), "utf-8", newline="\n")
            (making / f"{one.file}.png").write_bytes(made.png)
        text = page(series, pictures, title=title, source=source, simulated=simulated)
        (making / "index.html").write_text(text, "utf-8", newline="\n")
