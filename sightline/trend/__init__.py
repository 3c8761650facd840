"""Trend for learning: the level of a monthly series with the season taken out, how sure that is, and each month beside its earlier years."""

from sightline.trend.points import POINT, trend_points

__all__ = ["POINT", "trend_points"]
