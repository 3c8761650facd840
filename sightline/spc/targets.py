"""The target of a month: the one in force on its first day."""

from __future__ import annotations

import polars as pl

#: where several are in force: what was due by then, then the standard, then a planning figure
PREFERENCE = {"milestone": 0, "standard": 1, "operational": 2}


def in_force(months: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """For the distinct `measure`, `month` of `months`: the `target` in force; no row where there is none.

    `targets` has `measure`, `target_value`, `valid_from` (null: from the beginning), `valid_to` (null: open; else the
    last day) and `status`. A milestone stands before the standard; of two of a kind the later one.
    """
    wanted = months.select("measure", "month").unique()
    possible = wanted.join(targets.select("measure", "target_value", "valid_from", "valid_to", "status"), on="measure")
    begun = pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("month"))
    open_still = pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("month"))
    rank = pl.col("status").replace_strict(PREFERENCE, default=len(PREFERENCE), return_dtype=pl.Int64)
    ranked = possible.filter(begun & open_still).sort(rank, "valid_from", descending=[False, True], nulls_last=True)
    best = ranked.unique(["measure", "month"], keep="first", maintain_order=True)
    return best.select("measure", "month", pl.col("target_value").alias("target"))
