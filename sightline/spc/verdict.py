"""What the rules mean for the reader, as expressions: the one signal shown, its judgement, the target against the limits."""

from __future__ import annotations

import polars as pl


def signal() -> pl.Expr:
    """The rule shown where several hold, in the order of NHSRplotthedots: outside, trend, two of three, shift."""
    return (
        pl.when("rule_outside_limits").then(pl.lit("outside_limits"))
        .when("rule_trend").then(pl.lit("trend"))
        .when("rule_two_of_three").then(pl.lit("two_of_three"))
        .when("rule_shift").then(pl.lit("shift"))
        .otherwise(pl.lit("none"))
        .alias("signal")
    )  # fmt: skip


def judgement(signal: pl.Expr, side: pl.Expr, trend: pl.Expr, direction: pl.Expr) -> pl.Expr:
    """common_cause, or improvement, concern, neither_high, neither_low by side (for a trend: by its direction).

    `side` and `trend` are 1 for high or rising, -1 for low or falling; `direction` is up, down or neither.
    """
    high = pl.when(signal == "trend").then(trend).otherwise(side) > 0
    better = pl.when(high).then(direction == "up").otherwise(direction == "down")
    return (
        pl.when(signal == "none").then(pl.lit("common_cause"))
        .when(direction == "neither").then(pl.when(high).then(pl.lit("neither_high")).otherwise(pl.lit("neither_low")))
        .when(better).then(pl.lit("improvement"))
        .otherwise(pl.lit("concern"))
        .alias("judgement")
    )  # fmt: skip


def assurance(target: pl.Expr, lower: pl.Expr, upper: pl.Expr, direction: pl.Expr, tie: pl.Expr) -> pl.Expr:
    """passing, failing or hit_or_miss: the target against the limits (equal is hit or miss, D12).

    Flat series, whose limits coincide, meet a target they equal (D1). None without target, limits or direction (D20).
    """
    near = pl.max_horizontal(tie, target.abs() * 1e-13)
    above, below = target - upper > near, lower - target > near
    met = (upper - lower <= near) & ~above & ~below
    beaten = pl.when(direction == "up").then(below).otherwise(above)
    missed = pl.when(direction == "up").then(above).otherwise(below)
    known = target.is_not_null() & lower.is_not_null() & upper.is_not_null() & (direction != "neither")
    return (
        pl.when(~known).then(None)
        .when(beaten | met).then(pl.lit("passing"))
        .when(missed).then(pl.lit("failing"))
        .otherwise(pl.lit("hit_or_miss"))
        .alias("assurance")
    )  # fmt: skip
