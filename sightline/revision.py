"""What the publisher changed: every cell of a table of vintages that differs from the release before.

A revised file adds a vintage and replaces nothing, so what was revised can always be read off the vintages.
"""

from __future__ import annotations

import polars as pl

from sightline.tables import Table

#: columns of a table of vintages that say where a row comes from
LABELS = ("vintage", "release", "published", "file")
SCHEMA = pl.Schema(
    {
        "dataset": pl.String,
        "table_name": pl.String,
        "key": pl.String,
        "organisation": pl.String,
        "month": pl.Date,
        "column_name": pl.String,
        "old_value": pl.Float64,
        "new_value": pl.Float64,
        "old_published": pl.Date,
        "new_published": pl.Date,
    }
)


def is_vintage(table: Table) -> bool:
    """True for a table that keeps every release: ``core.<dataset>_…_vintage``."""
    return table.schema == "core" and table.name.endswith("_vintage")


def revised_cells(vintages: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Every cell of a month that differs from the month's release before, columns as in ``SCHEMA``.

    ``vintages`` is a table of vintages (organisation, month, further keys, figures, LABELS). A row that a release adds has
    no old value, one that it drops no new value. ``key`` is the rest of the grain as JSON.

    Where the table leaves keys out of its revisions (``revisions_without``), such as the bands of a distribution, a row is the whole of
    what they are parts of: its old and new value are sums, equal where only the parts changed.
    """
    parts = list(table.revisions_without)
    keys = [name for name in further_keys(table) if name not in parts]
    cells = long(vintages.filter(pl.col("vintage").max().over("month") > 1), [*keys, *parts])
    steps = (
        vintages.select("month", "vintage", "published")
        .unique()
        .sort("month", "vintage")
        .with_columns(pl.col("vintage", "published").shift().over("month").name.prefix("old_"))
        .filter(pl.col("old_vintage").is_not_null())
    )
    whole = ["month", "organisation", *keys, "column_name", "vintage"]
    newer = steps.join(cells, on=["month", "vintage"]).select(*whole, *parts, new_value="value")
    older = steps.join(cells, left_on=["month", "old_vintage"], right_on=["month", "vintage"]).select(*whole, *parts, old_value="value")
    both = older.join(newer, on=[*whole, *parts], how="full", coalesce=True, nulls_equal=True)
    changed = both.filter(pl.col("old_value").ne_missing(pl.col("new_value")))
    if parts:
        sums = [pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name) for name in ("old_value", "new_value")]
        changed = both.join(changed.select(whole).unique(), on=whole, how="semi", nulls_equal=True).group_by(whole).agg(sums)
    return (
        changed.join(steps, on=["month", "vintage"])
        .with_columns(
            dataset=pl.lit(table.name.partition("_")[0]),
            table_name=pl.lit(table.full_name.removesuffix("_vintage")),
            key=pl.struct(keys).struct.json_encode() if keys else pl.lit("{}"),
            new_published="published",
        )
        .select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    )


def changed_by_code(before: pl.DataFrame, after: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Every figure that differs though it comes from the same file: what sightline reads otherwise than it did.

    Both are the same table of vintages, of two publications. Columns as in ``SCHEMA``, without the dates.
    """
    keys = further_keys(table)
    cell = ["month", "organisation", *keys, "file", "column_name"]
    same_files = files_read_otherwise(before, after)
    old, new = (long(frame.join(same_files, on="file", how="semi"), keys) for frame in (before, after))
    both = old.select(*cell, old_value="value").join(new.select(*cell, new_value="value"), on=cell, how="full", coalesce=True)
    return both.filter(pl.col("old_value").ne_missing(pl.col("new_value"))).with_columns(table_name=pl.lit(table.full_name)).sort(cell)


def files_read_otherwise(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """The files that both tables have with rows that differ, in a column ``file``; told by hashes, so that few cells are compared."""
    columns = sorted(set(before.columns) - set(LABELS))
    if set(before.columns) != set(after.columns):
        return before.select("file").unique().join(after.select("file").unique(), on="file")
    rows = pl.struct(columns).hash().sum().alias("rows")
    old, new = (frame.group_by("file").agg(rows, pl.len()) for frame in (before, after))
    return old.join(new, on="file").filter((pl.col("rows") != pl.col("rows_right")) | (pl.col("len") != pl.col("len_right"))).select("file")


def further_keys(table: Table) -> list[str]:
    """What makes a row unique beside organisation, month and vintage."""
    return [name for name in table.grain if name not in ("organisation", "month", "vintage")]


def long(vintages: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """One row a figure: month, organisation, ``keys``, vintage, file, column_name, value."""
    index = ["month", "organisation", *keys, "vintage", "file"]
    figures = [name for name, kind in vintages.schema.items() if kind.is_numeric() and name not in (*index, *LABELS)]
    return vintages.select(*index, pl.col(figures).cast(pl.Float64)).unpivot(index=index, variable_name="column_name", value_name="value")
