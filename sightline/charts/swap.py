"""Puts the rows of one picture into a compiled chart. Knows nothing of Altair, so that drawing processes start fast."""

from __future__ import annotations

from typing import Any

from sightline.charts.layout import Layout

Spec = dict[str, Any]


def data_sets(layout: Layout) -> dict[str, list[dict[str, Any]]]:
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


def filled(vega: Spec, layout: Layout) -> Spec:
    """A compiled kind with the rows and the axes' ends of one picture."""
    spec = dict(vega)
    rows = data_sets(layout)
    spec["data"] = [{**entry, "values": rows[entry["name"]]} if entry["name"] in rows else entry for entry in vega["data"]]
    domains = {"x": list(layout.x_domain), "y": list(layout.y_domain)}
    spec["scales"] = [{**scale, "domain": domains[scale["name"]]} if scale["name"] in domains else scale for scale in vega["scales"]]
    return spec
