"""What people declared, brought to the series it is about: new phases, points left out, fixed baselines, centre lines."""

from __future__ import annotations

import polars as pl

ALL = "all"
KEYS = ["measure", "level", "organisation"]
#: the columns of reference.phase
ENTRY = {
    "kind": pl.String,
    "dataset": pl.String,
    "measure": pl.String,
    "level": pl.String,
    "organisation": pl.String,
    "month_from": pl.Date,
    "month_to": pl.Date,
    "months": pl.Int64,
    "centre_line": pl.Float64,
    "label": pl.String,
    "reason": pl.String,
    "source": pl.String,
    "declared_by": pl.String,
    "declared_on": pl.Date,
    "origin": pl.String,
}
SAID = [name for name in ENTRY if name not in KEYS and name != "dataset"]


def of_series(series: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """The declarations of each series: a row a series and entry that names it, or names `all`.

    `series` has `measure`, `level`, `organisation`; `entries` is reference.phase. A `remove` takes away the phases that
    travel with sightline (`origin` shipped) and begin in its month; neither comes back. `names` counts the keys that an entry
    names, so that the narrower of two can stand.
    """
    named = entries.rename({key: f"_{key}" for key in KEYS})
    fits = [(pl.col(f"_{key}") == ALL) | (pl.col(f"_{key}") == pl.col(key)) for key in KEYS]
    found = series.select(KEYS).unique(maintain_order=True).join(named, how="cross").filter(*fits)
    removed = found.filter(pl.col("kind") == "remove").select(*KEYS, "month_from").unique().with_columns(_removed=pl.lit(value=True))
    found = found.with_columns(names=pl.sum_horizontal((pl.col(f"_{key}") != ALL).cast(pl.Int64) for key in KEYS))
    kept = found.filter(pl.col("kind") != "remove").join(removed, on=[*KEYS, "month_from"], how="left")
    gone = pl.col("_removed").is_not_null() & (pl.col("kind") == "phase") & (pl.col("origin") == "shipped")
    return kept.filter(~gone).select(*KEYS, *SAID, "names").sort(*KEYS, "kind", "month_from", "origin", nulls_last=True)


def nothing() -> pl.DataFrame:
    """No declaration."""
    return pl.DataFrame(schema={**{name: ENTRY[name] for name in (*KEYS, *SAID)}, "names": pl.Int64})


def mark_excluded(months: pl.DataFrame, declared: pl.DataFrame) -> pl.DataFrame:
    """Add `excluded`, and why in words, `_left_out`; null where a month counts."""
    days = (
        declared.filter(pl.col("kind") == "exclude").select(*KEYS, "reason", month=pl.date_ranges("month_from", "month_to", "1mo")).explode("month")
    )
    reasons = days.drop_nulls("month").group_by(*KEYS, "month").agg(_left_out=pl.col("reason").unique(maintain_order=True).str.join("; "))
    joined = months.join(reasons, on=[*KEYS, "month"], how="left", maintain_order="left")
    return joined.with_columns(excluded=pl.col("_left_out").is_not_null() & pl.col("value").is_not_null())


def with_lines(months: pl.DataFrame, declared: pl.DataFrame, phase_starts: pl.DataFrame) -> pl.DataFrame:
    """Add `baseline` (how many months of the window set its lines), `centre` (a centre line supplied) and `limits_from`.

    A baseline holds from its first month on, so the window reaches back to it and is not cut: `window_months` says how far.
    One that begins before the newest phase belongs to a phase that is over and is not used. Of several the one that names
    most, then the one that begins last.
    """
    ends = months.group_by(KEYS, maintain_order=True).agg(_first=pl.col("month").min(), _last=pl.col("month").max())
    on = [key for key in KEYS if key in phase_starts.columns]
    starts = phase_starts.select(*on, _start=pl.col("month").cast(pl.Date))
    begun = ends.join(starts, on=on).filter(pl.col("_start").is_between("_first", "_last")).group_by(KEYS).agg(_start=pl.col("_start").max())
    newest = ends.join(begun, on=KEYS, how="left").with_columns(pl.col("_start").fill_null(pl.col("_first")))
    window = _months("_window", "_last")
    fixed = (
        newest.join(declared.filter(pl.col("kind") == "baseline"), on=KEYS)
        .with_columns(_window=pl.coalesce("month_from", "_start"))
        .filter(pl.col("_window") >= pl.col("_start"))
        .sort("names", "month_from", descending=True, nulls_last=True)
        .unique(KEYS, keep="first", maintain_order=True)
        .select(*KEYS, baseline=pl.coalesce("months", _months("month_from", "month_to")), _back=window)
    )
    lines = declared.filter(pl.col("kind") == "lines").sort("names", descending=True, maintain_order=True)
    supplied = lines.unique(KEYS, keep="first", maintain_order=True).select(*KEYS, centre="centre_line")
    joined = months.join(fixed, on=KEYS, how="left", maintain_order="left").join(supplied, on=KEYS, how="left", maintain_order="left")
    source = pl.when(pl.col("centre").is_not_null()).then(pl.lit("declared")).when(pl.col("baseline").is_not_null()).then(pl.lit("baseline"))
    return joined.with_columns(
        pl.coalesce("_back", "window_months").cast(pl.Int64).alias("window_months"), source.otherwise(pl.lit("window")).alias("limits_from")
    ).drop("_back")


def _months(first: str, last: str) -> pl.Expr:
    """How many months from the first to the last, both counted."""
    years = pl.col(last).dt.year().cast(pl.Int64) - pl.col(first).dt.year()
    return years * 12 + pl.col(last).dt.month() - pl.col(first).dt.month() + 1


def phase_words(months: pl.DataFrame, phase_starts: pl.DataFrame) -> pl.DataFrame:
    """Add `_begins`: in the first month of a declared phase, what it is; `phase_starts` may have a `reason`."""
    if "reason" not in phase_starts.columns:
        return months.with_columns(_begins=pl.lit(None, pl.String))
    on = [key for key in KEYS if key in phase_starts.columns]
    said = phase_starts.group_by(*on, "month").agg(_begins=pl.col("reason").drop_nulls().unique(maintain_order=True).str.join("; "))
    return months.join(said, on=[*on, "month"], how="left", maintain_order="left")
