"""Run charts in Altair, drawn to small SVG; icons; one palette."""

from sightline.charts.layout import FORMATS, drawable, starts_above_zero
from sightline.charts.render import render
from sightline.charts.request import ChartRequest, ChartRows, Kind

__all__ = ["FORMATS", "ChartRequest", "ChartRows", "Kind", "drawable", "render", "starts_above_zero"]
