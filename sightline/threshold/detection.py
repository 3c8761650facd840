"""How often the crossing method speaks, by what was planted in simulated waiting lists: its false alarms and what it finds.

`python -m sightline.threshold.detection [SEED ...]` prints the table of docs/METHODS.md: one run of 100 units and 24 month pairs a seed
and scenario, twenty of the units with the planted effect where there is one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import polars as pl

from sightline.threshold.crossing import ALPHA, VERDICTS, crossing
from sightline.threshold.simulate import Planted, waiting_lists

SEEDS = (1, 2, 3, 4, 5)
UNITS, PLANTED_UNITS = 100, 20
#: placebo weeks of every run
PLACEBOS = range(10, 70)
SCENARIOS = (
    Planted("none", 18), Planted("none", 52), Planted("none", 65),
    Planted("treated_early", 18, 0.05), Planted("treated_early", 18, 0.1), Planted("treated_early", 18, 0.2),
    Planted("removed", 18, 0.02), Planted("removed", 18, 0.05), Planted("removed", 18, 0.1),
    Planted("removed", 52, 0.05), Planted("removed", 52, 0.1), Planted("removed", 65, 0.2),
)  # fmt: skip
NAMES = {"none": "nothing", "treated_early": "treated early", "removed": "removed at the month end"}


def rates(seeds: Sequence[int] = SEEDS, scenarios: Sequence[Planted] = SCENARIOS, *, units: int = UNITS, months: int = 25) -> pl.DataFrame:
    """One row a scenario and group of units (those with the effect, or the others): planted, line, per cent, units, tested.

    Then, in per cent of the tested: p_low at 5 %, q at 5 %, and the four verdicts.
    """
    found = [_one(plan, seed, units, months) for plan in scenarios for seed in seeds]
    columns = {
        "p low ≤ 0.05": pl.col("p_low") <= ALPHA,
        "q ≤ 0.05": pl.col("q_bh") <= ALPHA,
        **{verdict: pl.col("verdict") == verdict for verdict in VERDICTS},
    }
    known = pl.col("why").is_null()
    return (
        pl.concat(found)
        .group_by("planted", "line", "per cent", "units", maintain_order=True)
        .agg(known.sum().alias("tested"), *((100 * holds.filter(known).mean()).round(1).alias(name) for name, holds in columns.items()))
    )


def _one(plan: Planted, seed: int, units: int, months: int) -> pl.DataFrame:
    planted = Planted(plan.kind, plan.line, plan.size, 0 if plan.kind == "none" else PLANTED_UNITS)
    lists = waiting_lists(seed, units=units, months=months, planted=planted)
    estimates = crossing(lists, unit="unit", month="month", week="week", count="people", lines=[plan.line], placebos=PLACEBOS).estimates
    with_it = pl.col("unit").str.slice(1).cast(pl.Int64) <= planted.units
    labels = {"planted": NAMES[plan.kind], "per cent": round(100 * plan.size)}
    who = pl.when(with_it).then(pl.lit("with it")).otherwise(pl.lit("all" if plan.kind == "none" else "the others"))
    return estimates.sort(with_it, descending=True).with_columns(who.alias("units"), **{name: pl.lit(value) for name, value in labels.items()})


def as_markdown(table: pl.DataFrame) -> str:
    """The table as it stands in docs/METHODS.md."""
    lines = [
        " | ".join(table.columns),
        " | ".join("---" for _ in table.columns),
        *(" | ".join(str(cell) for cell in row) for row in table.iter_rows()),
    ]
    return "\n".join(f"| {line} |" for line in lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeds", nargs="*", type=int, default=list(SEEDS), metavar="SEED")
    sys.stdout.write(as_markdown(rates(parser.parse_args().seeds)) + "\n")
