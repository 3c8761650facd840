"""Whether as many charts signal by chance as the pages say: real series, their months in orders of chance, drawn anew.

`python -m sightline.spc.chance_check PUBLISHED/parquet` takes the figures of a publication as they stood at the end of several
months, sums `chance_icon`, and draws the same charts of the same months in other orders of chance, through `spc.chart` and with
a seed of its own. It prints the table of docs/METHODS.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from sightline.spc import chance, declarations, kinds
from sightline.spc.chart import chart
from sightline.spc.monthly import KEYS, RULES, series_analysis

ENDS = (date(2021, 6, 1), date(2022, 12, 1), date(2023, 12, 1), date(2024, 8, 1), date(2025, 6, 1))
ORDERS = 40
SEED = 7


def judged(points: pl.DataFrame, summary: pl.DataFrame, definitions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The months and rows of the series whose icon speaks and whose window is not fixed by a declaration."""
    series = summary.filter(pl.col("variation").is_not_null() & pl.col("chance_icon").is_not_null() & (pl.col("limits_from") == "window"))
    months = points.filter("in_window").join(series, on=KEYS, how="semi").join(definitions.select("measure", "scale"), on="measure")
    return months.sort(*KEYS, "month"), series


def reordered(months: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
    """The same months with the figures of each series dealt anew; those without a figure, or left out, stay."""
    numbered = months.with_row_index("_row")
    kept = numbered.filter(pl.col("value").is_not_null() & ~pl.col("excluded"))
    dealt = kept.with_columns(_deal=pl.Series(random.random(kept.height))).sort(*KEYS, "_deal").select("value", "numerator", "denominator")
    fixed = numbered.join(kept.select("_row"), on="_row", how="anti")
    return pl.concat([kept.with_columns(dealt), fixed]).sort("_row").drop("_row")


def signals(months: pl.DataFrame) -> int:
    """How many of the charts signal at their last month."""
    count = 0
    for (kind, scale), part in months.partition_by("chart", "scale", as_dict=True).items():
        value, denominator = ("numerator", "denominator") if kind in kinds.DIVIDED else ("value", None)
        multiply = scale if kind in kinds.DIVIDED else 1.0
        drawn = chart(part, value=value, denominator=denominator, date="month", by=KEYS, chart=kind, multiply=multiply).points
        last = drawn.group_by(KEYS).agg(pl.any_horizontal(pl.col(rule).fill_null(value=False) for rule in RULES).last().alias("signal"))
        count += int(last["signal"].sum())
    return count


def compared(folder: Path, ends: Iterable[date] = ENDS, orders: int = ORDERS) -> pl.DataFrame:
    """One row an end: charts, `expected` (sum of chance_icon), `reordered` (mean over the orders), `simulated` (normal series)."""
    names = ("measure.value", "measure.definition", "reference.target", "reference.phase")
    values, definitions, targets, phases = (pl.read_parquet(folder / f"{name}.parquet") for name in names)
    random, rows = np.random.default_rng(SEED), []
    for end in ends:
        known = values.filter(pl.col("month") <= end)
        declared = declarations.of_series(known, phases)
        starts = declared.filter(pl.col("kind") == "phase").rename({"month_from": "month"})
        points, summary = series_analysis(known, definitions, targets, starts, declared)
        months, series = judged(points, summary, definitions)
        seen = [signals(reordered(months, random)) for _ in range(orders)]
        rows.append(
            {
                "to": end,
                "charts": series.height,
                "expected": series["chance_icon"].sum(),
                "reordered": float(np.mean(seen)),
                "simulated": chance.icon_rate(series["points"]).sum(),
                "signals": int((series["variation"] != "common_cause").sum()),
                "at_autocorrelation": series["chance_icon_autocorrelated"].sum(),
                "stand": int((series["q_value"] <= 0.1).sum()),
            }
        )
    return pl.DataFrame(rows).with_columns(pl.col(pl.Float64).round(1))


if __name__ == "__main__":
    compared(Path(sys.argv[1])).write_csv(sys.stdout)
