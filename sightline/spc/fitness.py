"""Whether limits, runs or the figures alone may speak for a series, and why, in plain words.

Thresholds and what was measured: docs/METHODS.md. The false-alarm table ends at an autocorrelation of 0.6; 0.64 is the
seasonal strength at which R's `forecast::nsdiffs` takes a series for seasonal.
"""

from __future__ import annotations

import polars as pl

from sightline.spc.presets import ENOUGH_FOR_LIMITS, ENOUGH_FOR_RUNS

STRONG_AUTOCORRELATION = 0.6
STRONG_SEASON = 0.64

MISLED = "so limits and runs rules would see change where there is none"


def fitness() -> pl.Expr:
    """limits, run or data, from the columns `figures`, `zeros`, `lag1_autocorrelation`, `seasonal_strength`.

    `figures` counts the months with a value and `zeros` those that are 0, in the months that speak; `alike` says for
    the reason whether all of them are the same.
    """
    return (
        pl.when(_too_few() | _mostly_zero()).then(pl.lit("data"))
        .when(_few() | _autocorrelated() | _seasonal()).then(pl.lit("run"))
        .otherwise(pl.lit("limits"))
        .alias("fitness")
    )  # fmt: skip


def reason() -> pl.Expr:
    """Why, for a reader who knows no statistics."""
    figures, share = pl.col("figures"), pl.col("zeros")
    lag = pl.col("lag1_autocorrelation")
    r = pl.when(lag > 0.95).then(pl.lit("over 0.95")).otherwise(lag.round(2).cast(pl.String))
    s = pl.col("seasonal_strength").round(2)
    return (
        pl.when(_too_few()).then(pl.format(f"months with a figure: {{}}; a chart needs {ENOUGH_FOR_RUNS}, limits need {ENOUGH_FOR_LIMITS}", figures))
        .when(share == figures).then(pl.lit("every month is zero: there is nothing to chart"))
        .when(_mostly_zero()).then(pl.format("zero in {} of {} months: too rare for limits or runs", share, figures))
        .when(_few()).then(pl.format(f"months with a figure: {{}}; enough for a run chart, limits need {ENOUGH_FOR_LIMITS}", figures))
        .when(_autocorrelated() & _seasonal())
        .then(pl.format("each month resembles the last (autocorrelation {}) and the season repeats (strength {}), " + MISLED, r, s))
        .when(_autocorrelated()).then(pl.format("each month resembles the last (autocorrelation {}), " + MISLED, r))
        .when(_seasonal()).then(pl.format("much of the movement is the time of year (seasonal strength {}), " + MISLED, s))
        .when(pl.col("alike")).then(pl.format("months with a figure: {}, all the same", figures))
        .when(pl.col("seasonal_strength").is_null())
        .then(pl.format("months with a figure: {}; the season cannot be judged under 36 months", figures))
        .otherwise(pl.format("months with a figure: {}; no strong season, no strong autocorrelation", figures))
        .alias("fitness_reason")
    )  # fmt: skip


def runs_verdict_stands() -> pl.Expr:
    """Whether the Anhøj rules may be read: not under strong autocorrelation (48 % false at 0.6) or a strong season (23 %)."""
    return ~_too_few() & ~_mostly_zero() & ~_autocorrelated() & ~_seasonal()


def _too_few() -> pl.Expr:
    return pl.col("figures") < ENOUGH_FOR_RUNS


def _few() -> pl.Expr:
    return pl.col("figures") < ENOUGH_FOR_LIMITS


def _mostly_zero() -> pl.Expr:
    return pl.col("zeros") * 2 > pl.col("figures")


def _autocorrelated() -> pl.Expr:
    return (pl.col("lag1_autocorrelation") >= STRONG_AUTOCORRELATION).fill_null(value=False)


def _seasonal() -> pl.Expr:
    return (pl.col("seasonal_strength") >= STRONG_SEASON).fill_null(value=False)
