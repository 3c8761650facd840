"""Series drawn as text, and flags drawn back, so that a test can be checked by eye.

``drawn("10 12 . 11")`` is a frame of four months with the third missing; ``marks`` draws a rule as ``..#``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from sightline import spc

#: twelve quiet points: mean 11, every moving range 2, limits 11 ± 5.32, two-sigma lines 11 ± 3.5467; the last is low
QUIET = "12 10 " * 6
FIRST = date(2022, 1, 1)


def months(count: int, first: date = FIRST) -> list[date]:
    """So many months, each by its first day."""
    places = range(first.year * 12 + first.month - 1, first.year * 12 + first.month - 1 + count)
    return [date(place // 12, place % 12 + 1, 1) for place in places]


def numbers(text: str) -> list[float | None]:
    """``10 . 12`` as numbers, a dot being a gap."""
    return [None if word == "." else float(word) for word in text.split()]


def frame(values: str | Sequence[float | None], first: date = FIRST) -> pl.DataFrame:
    """One series by month."""
    listed = numbers(values) if isinstance(values, str) else list(values)
    return pl.DataFrame({"month": months(len(listed), first), "value": listed}, schema={"month": pl.Date, "value": pl.Float64})


def charted(rows: pl.DataFrame, **settings: object) -> spc.Chart:
    """The chart of a frame with `value` and `month`."""
    return spc.chart(rows, **{"value": "value", "date": "month"} | settings)  # type: ignore[arg-type]


def drawn(values: str | Sequence[float | None], **settings: object) -> spc.Chart:
    """The chart of one series by month."""
    return charted(frame(values), **settings)


def after_quiet(later: str, **settings: object) -> spc.Chart:
    """The chart of the quiet twelve, whose lines are frozen, and what came later: centre 11, limits 5.68 and 16.32."""
    return drawn(QUIET + later, **{"baseline": 12} | settings)


def marks(chart: spc.Chart, rule: str, start: int = 0) -> str:
    """A rule as drawn below the points: ``#`` where it flags, ``.`` where it does not."""
    return "".join("#" if flag else "." for flag in chart.points[f"rule_{rule}"][start:])


def column(chart: spc.Chart, name: str) -> list[Any]:
    """A column of the points."""
    return chart.points[name].to_list()


def only(chart: spc.Chart) -> dict[str, Any]:
    """The one row of the summary of one series in one phase."""
    (row,) = chart.summary.to_dicts()
    return row
