"""Simulated waiting lists that several tests look at, made once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import polars as pl

from sightline import threshold
from sightline.threshold.crossing import Crossing
from sightline.threshold.simulate import Planted, waiting_lists

LINES = (18, 52)


@cache
def few() -> pl.DataFrame:
    """Ten units, thirteen month ends, nothing planted."""
    return waiting_lists(11, units=10, months=13)


@cache
def hundred(kind: str, seed: int = 1) -> pl.DataFrame:
    """A hundred units and 25 month ends; of the first twenty one in ten is removed at 18 weeks, or treated before, where asked."""
    return waiting_lists(seed, planted=Planted(kind, 18, 0.1, 20))  # type: ignore[arg-type]


def crossed(frame: pl.DataFrame, lines: Sequence[int] = LINES, **options: object) -> Crossing:
    return threshold.crossing(frame, unit="unit", month="month", week="week", count="people", lines=lines, placebos=range(10, 70), **options)  # type: ignore[arg-type]


def as_wide(frame: pl.DataFrame) -> pl.DataFrame:
    """As the publisher's files have it: a column a week band, the last one open."""
    top = int(frame["week"].max())  # type: ignore[call-overload]
    names = {week: f"Gt {week:02} To {week + 1:02} Weeks SUM 1" for week in range(top)} | {top: f"Gt {top} Weeks SUM 1"}
    labelled = frame.with_columns(pl.col("week").replace_strict(names), pl.col("month").dt.strftime("%Y-%m"))
    return labelled.pivot("week", index=["unit", "month"], values="people").select("unit", "month", *names.values())
