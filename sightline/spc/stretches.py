"""The stretches of months in which a rule fired: one row a run of months on one side, from the rows of the charts."""

from __future__ import annotations

import polars as pl

KEYS = ["measure", "level", "organisation"]
#: the rules of the charts with limits, in the order in which they colour a point
RULES = ("outside_limits", "trend", "two_of_three", "shift")


def stretches(ordered: pl.DataFrame, rule: str) -> pl.DataFrame:
    """One row a stretch: KEYS, `side` (1 above the centre line or rising, -1 below or falling), `first`, `last`, `months`.

    `ordered` has the columns of analysis.spc_point, the months of the window alone, by series and month. A month without a
    figure, or one in which the rule is silent, ends a stretch.
    """
    flagged = pl.col(f"rule_{rule}")
    side = _direction(flagged) if rule == "trend" else (pl.col("value") - pl.col("centre_line")).sign()
    marked = ordered.with_columns(side=side.cast(pl.Int64, strict=False), _flagged=flagged).with_columns(
        _stretch=pl.when("_flagged").then(pl.struct("_flagged", "side").rle_id()).over(KEYS)
    )
    return (
        marked.filter("_flagged").group_by(*KEYS, "side", "_stretch", maintain_order=True)
        .agg(first=pl.col("month").first(), last=pl.col("month").last(), months=pl.len().cast(pl.Int64))
        .drop("_stretch")
    )  # fmt: skip


def _direction(flagged: pl.Expr) -> pl.Expr:
    """Rising (1) or falling (-1) at each month of a trend: towards the next month of it; at its end, from the one before."""
    onwards = (pl.col("value").shift(-1) - pl.col("value")).sign().over(KEYS)
    before = (pl.col("value") - pl.col("value").shift(1)).sign().over(KEYS)
    goes_on = flagged.shift(-1).over(KEYS).fill_null(value=False) & (onwards != 0)
    return pl.when(goes_on).then(onwards).otherwise(before)
