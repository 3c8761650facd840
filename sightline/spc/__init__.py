"""Statistical process control: limits, rules, runs and what they mean, for many series at once."""

from __future__ import annotations

from sightline.spc.chance import icon_rate
from sightline.spc.change_effect import change_effect
from sightline.spc.chart import chart
from sightline.spc.contrast import contrast_reason, contrast_word, state
from sightline.spc.declarations import of_series
from sightline.spc.funnel import Funnel, funnel
from sightline.spc.monthly import CHARTS, series_analysis
from sightline.spc.peers import funnel_analysis
from sightline.spc.result import Chart
from sightline.spc.suggest import Suggested, suggest

__all__ = [
    "CHARTS", "Chart", "Funnel", "Suggested", "change_effect", "chart", "contrast_reason", "contrast_word", "funnel", "funnel_analysis", "icon_rate",
    "of_series", "series_analysis", "state", "suggest",
]  # fmt: skip
