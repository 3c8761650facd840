"""What later releases changed: the rows of ``meta.revision`` with names and words, for the page and for the CSV beside it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from sightline.pack import words
from sightline.pack.database import Tables

#: so many rows of a table stand on the page; a release of a whole year may change tens of thousands of figures
SHOWN = 1000
#: the statement that gives the figures of the page back
QUERY = (
    "select month, organisation, name, table_name, column_name, key, old_value, new_value, new_value - old_value as difference,\n"
    "    old_published, new_published\n"
    "from meta.revision left join (from reference.organisation where level <> 'region') using (organisation)\n"
    "order by month desc, region_name nulls last, name, organisation, table_name, key, column_name"
)
#: what a spreadsheet would take for a formula
FORMULA = r"^[=+\-@\t\r]"
_COLUMNS = ("month", "region_name", "organisation", "name", "what", "old_value", "new_value", "difference", "old_published", "new_published")


def arranged(tables: Tables) -> pl.DataFrame:
    """One row a changed figure: month, region_name, organisation, name, what, old_value, new_value, difference, old_published, new_published.

    Newest month first, then by region and name, never by what changed. A figure that one of the releases does not have is null.
    """
    return (
        tables.revision.join(_named(tables.organisation), on="organisation", how="left")
        .join(_told(tables), on=["table_name", "key", "column_name"], how="left")
        .with_columns(
            name=pl.col("name").fill_null(pl.col("organisation")),
            difference=pl.col("new_value") - pl.col("old_value"),
        )
        .sort(
            -pl.col("month").to_physical(), "region_name", pl.col("name").str.to_lowercase(), "organisation", "table_name", "key", "position",
            "new_published", nulls_last=True,
        )
        .select(_COLUMNS)
    )  # fmt: skip


def _named(organisation: pl.DataFrame) -> pl.DataFrame:
    """Every organisation and England with its name as it is read."""
    found = organisation.filter(pl.col("level") != "region").select("organisation", "name", "region_name")
    return found.with_columns(name=pl.Series([words.readable_name(name) for name in found["name"]], dtype=pl.String))


def _told(tables: Tables) -> pl.DataFrame:
    """What each column that changed holds, in words, and its place in its table: a few rows, whatever the number of revisions."""
    comments = tables.dictionary.select(
        "column_name", "comment", table_name=pl.concat_str("schema_name", "table_name", separator="."), position=pl.int_range(pl.len())
    )
    changed = tables.revision.select("table_name", "key", "column_name").unique(maintain_order=True)
    found = changed.join(comments, on=["table_name", "column_name"], how="left", maintain_order="left")
    return found.with_columns(what=pl.Series([_what(*row) for row in found.select("column_name", "comment", "key").iter_rows()], dtype=pl.String))


def _what(column: str, comment: str | None, key: str) -> str:
    told = words.column_words(comment) if comment else column.replace("_", " ")
    rest = words.key_words(key)
    return words.capitalised(f"{told}: {rest}" if rest else told)


def months_released_again(tables: Tables) -> list[date]:
    """The months of which the archive holds several releases."""
    held = tables.file.filter(pl.col("state").is_in(["current", "superseded"]) & pl.col("month").is_not_null())
    several = held.group_by("dataset", "kind", "month").agg(pl.col("sha256").n_unique()).filter(pl.col("sha256") > 1)
    return several["month"].unique().sort().to_list()


def write_csv(tables: Tables, folder: Path) -> None:
    """``revised.csv``: every row of the page. A name that a spreadsheet would take for a formula gets an apostrophe before it."""
    folder.mkdir(parents=True, exist_ok=True)
    safe = pl.col("organisation", "name").str.replace(FORMULA, "'$0")
    rows = arranged(tables).with_columns(safe)
    said = rows.with_columns(simulated=pl.lit(True)) if tables.run["simulated"] else rows
    said.write_csv(folder / "revised.csv")
