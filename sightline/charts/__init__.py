"""Run charts and funnels in Altair, drawn to small SVG; icons; one palette."""

from sightline.charts.funnel import FORMS, FunnelLayout, FunnelRequest, draw_funnels, funnel_layout
from sightline.charts.layout import FORMATS, drawable, starts_above_zero
from sightline.charts.render import processes, render
from sightline.charts.request import ChartRequest, ChartRows, Kind

__all__ = [
    "FORMATS", "FORMS", "ChartRequest", "ChartRows", "FunnelLayout", "FunnelRequest", "Kind", "draw_funnels", "drawable", "funnel_layout",
    "processes", "render", "starts_above_zero",
]  # fmt: skip
