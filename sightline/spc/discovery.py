"""Of many charts looked at together: which signals stand beyond those that chance makes.

Benjamini and Hochberg 1995, doi 10.1111/j.2517-6161.1995.tb02031.x: of the signals with a `q_value` of at most *q*, a share of no
more than *q* is to be expected where nothing changed. Charts of one measure move together; the method holds for p-values that
are positively dependent (Benjamini and Yekutieli 2001, doi 10.1214/aos/1013699998).
"""

from __future__ import annotations

import polars as pl

from sightline.spc import chance
from sightline.spc.reordered import ORDERS

#: for how many orders the simulated rate counts beside the orders of chance of the series itself: no rate is 0, none rests on few
SIMULATED_ORDERS = 10


def own_rate(share: pl.Series, simulated: pl.Series) -> pl.Series:
    """The chance of a false icon of each series: from its own months in orders of chance, and a little of the simulated rate.

    Beyond what was simulated its own months speak alone; null where there is no share.
    """
    weight = simulated.is_not_null().cast(pl.Float64) * SIMULATED_ORDERS
    return (share * ORDERS + simulated.fill_null(0) * weight) / (weight + ORDERS)


def at_autocorrelation(rate: pl.Series, points: pl.Series, autocorrelation: pl.Series) -> pl.Series:
    """The same where each month resembles the one before: its odds times the ratio of odds that simulation gives.

    Null beyond what was simulated.
    """
    times = _odds(chance.icon_rate(points, autocorrelation)) / _odds(chance.icon_rate(points))
    odds = _odds(rate) * times
    return odds / (1 + odds)


def _odds(rate: pl.Series) -> pl.Series:
    return rate / (1 - rate)


def controlled(summary: pl.DataFrame, family: list[str]) -> pl.DataFrame:
    """Add `p_value` and `q_value` to rows of analysis.spc_summary; null where a chart has no icon or its chance is not known.

    `p_value`: the chance that the last point of an unchanged series of that length, autocorrelation and these figures signals by
    the rule that it shows, or by one that chance makes no more often; 1 without a signal. `q_value`: over all charts of a
    `family` (the columns that name it).
    """
    rate = pl.col("chance_icon_autocorrelated")
    part = pl.Series("_part", _shares(summary), dtype=pl.Float64)
    p = pl.when(pl.col("variation").is_null() | rate.is_null()).then(None).when(pl.col("signal") == "none").then(1.0).otherwise(rate * part)
    made = summary.with_columns(p.alias("p_value")).with_columns(
        _order=pl.col("p_value").rank("max").over(family), _charts=pl.col("p_value").count().over(family)
    )
    stepped = made.sort("p_value", descending=True, nulls_last=True, maintain_order=True).with_columns(
        q_value=(pl.col("p_value") * pl.col("_charts") / pl.col("_order")).cum_min().over(family)
    )
    return stepped.drop("_order", "_charts")


def _shares(summary: pl.DataFrame) -> pl.Series:
    """Of the false icons of such a series the share by the rule shown and by rules that chance makes no more often."""
    rates = {name: chance.icon_rate(summary["figures"], summary["lag1_autocorrelation"], name) for name in chance.BY_RULE}
    table = pl.DataFrame([values.alias(name) for name, values in rates.items()]).with_columns(_rule=pl.format("{}_rate", summary["signal"]))
    shown = pl.coalesce(*(pl.when(pl.col("_rule") == name).then(pl.col(name)) for name in chance.BY_RULE), pl.lit(None, pl.Float64))
    rarer = pl.sum_horizontal(pl.when(pl.col(name) <= shown).then(pl.col(name)).otherwise(0.0) for name in chance.BY_RULE)
    return table.select(share=pl.when(shown.is_not_null()).then(rarer / pl.sum_horizontal(*chance.BY_RULE)))["share"]
