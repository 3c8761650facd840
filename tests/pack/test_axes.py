"""The time axis of the charts: that of the publication, not of all publications together."""

from __future__ import annotations

from datetime import date

import polars as pl

from sightline.charts import ChartRequest, ChartRows
from sightline.pack.board import _period, _periods

LONG, SHORT = date(2007, 8, 1), date(2019, 4, 1)
LAST = date(2025, 6, 1)


def test_a_publication_that_begins_earlier_has_a_time_axis_of_its_own() -> None:
    provider = [("list", "provider", date(2024, 4, 1))]
    england = [("list", "england", LONG), ("list", "england", LAST), ("waits", "england", SHORT), ("waits", "england", LAST)]
    points = pl.DataFrame(england + provider, schema=["measure", "level", "month"], orient="row")
    definitions = pl.DataFrame({"measure": ["list", "waits", "doors"], "dataset": ["b", "a", "a"]})
    periods = _periods(points, definitions)
    assert periods == {
        ("list", "england"): (LONG, LAST),
        ("list", "provider"): (date(2024, 4, 1), date(2024, 4, 1)),
        ("waits", "england"): (SHORT, LAST),
    }
    rows = ChartRows(points, definitions, definitions, definitions, _period(points), periods=periods)
    assert rows.axis(ChartRequest("k", "pair", "waits", "england", "ENG", "", "")) == (SHORT, LAST)
    assert rows.axis(ChartRequest("k", "pair", "doors", "england", "ENG", "", "")) == (LONG, LAST)
