"""A target that falls due in one month is a line in time: whether results moved into that month, and whether they stayed.

Rule R over months: the mean change of the same units into the deadline month, ranked among its changes into every other month.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from sightline.errors import BadInput
from sightline.threshold.ranks import SLACK
from sightline.threshold.stock import month_end

WHERE = "threshold.deadline"
#: months after the deadline at which it is asked whether the change stayed
AFTER = (0, 1, 2, 3)


@dataclass(frozen=True)
class Deadline:
    """What `deadline` gives back: `estimates` (a row a number of months after it), `steps` (a row a month)."""

    estimates: pl.DataFrame
    steps: pl.DataFrame


def deadline(frame: pl.DataFrame, *, unit: str, month: str, value: str, due: date) -> Deadline:
    """Rank the change from the month before `due` to `due`, and to one, two and three months later, among all such changes.

    `frame`: one row a unit and month (a date in it); units count where both months have a value. `steps`: month_from, month_to, units,
    mean_change, median_change, improved (units whose value rose), sd_change; neighbouring months only. `estimates`: after, units,
    mean_change, above_median (mean_change less the median of the other months'), others, p (share of the others with as large a mean
    change, one-sided; null where the deadline's months are missing or there are no others).

    Raises :class:`sightline.errors.BadInput` for missing columns, or two rows of one unit and month.
    """
    missing = [name for name in (unit, month, value) if name not in frame.columns]
    if missing:
        raise BadInput(f"{WHERE}, columns", expected=f"{unit}, {month}, {value}", seen=f"no column {', '.join(missing)}", action="name the columns")
    rows = frame.select(
        pl.col(unit).alias("unit"), pl.col(month).cast(pl.Date).dt.month_end().alias("month"), pl.col(value).cast(pl.Float64).alias("value")
    )
    if rows.select("unit", "month").is_duplicated().any():
        raise BadInput(WHERE, expected="one row a unit and month", seen="two of one", action="add the rows up first")
    known = rows.drop_nulls()
    spans = [_changes(known, months + 1) for months in AFTER]
    return Deadline(pl.concat([_ranked(span, after, month_end(due)) for after, span in zip(AFTER, spans, strict=True)]), spans[0])


def _changes(rows: pl.DataFrame, months: int) -> pl.DataFrame:
    """Changes of every unit over so many months, a row a pair of months."""
    later = rows.select("unit", pl.col("month").dt.month_start().dt.offset_by(f"-{months}mo").dt.month_end().alias("month"),
                        pl.col("month").alias("month_to"), pl.col("value").alias("later"))  # fmt: skip
    change = pl.col("later") - pl.col("value")
    return (
        rows.join(later, on=["unit", "month"])
        .group_by(pl.col("month").alias("month_from"), "month_to")
        .agg(
            pl.len().cast(pl.Int64).alias("units"), change.mean().alias("mean_change"), change.median().alias("median_change"),
            (change > 0).sum().cast(pl.Int64).alias("improved"), change.std().alias("sd_change"),
        )
        .sort("month_from")
    )  # fmt: skip


def _ranked(changes: pl.DataFrame, after: int, due: date) -> pl.DataFrame:
    """The change that reaches `after` months beyond the deadline, among those of the other months."""
    due_to = pl.lit(due).dt.month_start().dt.offset_by(f"{after}mo").dt.month_end()
    ours, others = changes.filter(pl.col("month_to") == due_to), changes.filter(pl.col("month_to") != due_to)["mean_change"]
    mean = ours["mean_change"].first() if ours.height else None
    found = mean is not None and others.len() > 0
    row = {
        "after": after, "units": ours["units"].first() if ours.height else 0, "mean_change": mean,
        "above_median": mean - others.median() if found else None, "others": others.len(),  # type: ignore[operator]
        "p": (1 + (others >= mean - SLACK).sum()) / (1 + others.len()) if found else None,  # type: ignore[operator]
    }  # fmt: skip
    return pl.DataFrame(
        [row],
        schema={"after": pl.Int64, "units": pl.Int64, "mean_change": pl.Float64, "above_median": pl.Float64, "others": pl.Int64, "p": pl.Float64},
    )
