"""Turns ``sql/**`` into assets: one SELECT a table, dependencies read from the SELECT."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import dagster as dg
import polars as pl
import polars.selectors as cs

from assets.workplace import Workplace
from sightline import tables
from sightline.tables import Table

TABLES = tables.read_tables(files("sql"))
PREVIEW_ROWS = 5


def key(name: str) -> dg.AssetKey:
    """The asset of a table named ``schema.name``."""
    return dg.AssetKey(name.split("."))


def sql_assets() -> list[dg.AssetsDefinition]:
    """One asset for every table that a SELECT makes."""
    return [sql_asset(table) for table in TABLES.values() if table.sql]


def sql_asset(table: Table) -> dg.AssetsDefinition:
    """The asset that runs one SELECT over the Parquet files of what it reads, and of nothing else."""

    @dg.asset(
        key=key(table.full_name), deps=sorted(map(key, table.reads)), group_name=table.schema, description=words(table), kinds={"duckdb", "sql"}
    )
    def select(workplace: Workplace) -> dg.MaterializeResult:
        frame = tables.run_select(table, workplace.paths(table.reads), workplace.path(table.full_name))
        return result(frame, workplace.path(table.full_name))

    return select


def words(table: Table) -> str:
    """A table's description as Markdown, for the Dagster page."""
    columns = "\n".join(f"* `{column.name}`: {column.meaning}{f' ({column.unit})' if column.unit else ''}" for column in table.columns)
    return f"{table.description}\n\nOne row: {', '.join(table.grain)}.\n\n{columns}" + (f"\n\n```sql\n{table.sql}\n```" if table.sql else "")


def table_asset(name: str, deps: list[str], kinds: set[str] | None = None) -> Callable[[Callable[..., dg.MaterializeResult]], dg.AssetsDefinition]:
    """``@dg.asset`` for a described table that Python makes."""
    table = TABLES[name]
    return dg.asset(key=key(name), deps=[key(dep) for dep in deps], group_name=table.schema, description=words(table), kinds=kinds or {"polars"})


def write(workplace: Workplace, name: str, frame: pl.DataFrame) -> dg.MaterializeResult:
    """Hold a frame against its description, write it, and tell Dagster what it holds."""
    return result(tables.write(TABLES[name], frame, workplace.path(name)), workplace.path(name))


def result(frame: pl.DataFrame, path: Path) -> dg.MaterializeResult:
    """Rows, columns, a preview and a hash of the content for the Dagster page; ``path`` is where the frame was written."""
    return dg.MaterializeResult(data_version=dg.DataVersion(tables.file_hash(path)[:16]), metadata=about(frame))


def about(frame: pl.DataFrame) -> dict[str, dg.MetadataValue]:
    """The metadata every table carries."""
    return {
        "dagster/row_count": dg.MetadataValue.int(frame.height),
        "dagster/column_schema": dg.MetadataValue.table_schema(
            dg.TableSchema([dg.TableColumn(name, str(kind)) for name, kind in frame.schema.items()])
        ),
        "preview": dg.MetadataValue.md(preview(frame)),
    }


def preview(frame: pl.DataFrame) -> str:
    """The last rows as a Markdown table; text from files is kept from being read as Markdown."""
    lists = cs.list().list.len().cast(pl.String) + " values"
    rows = (
        frame.tail(PREVIEW_ROWS)
        .with_columns(lists)
        .select(pl.all().cast(pl.String, strict=False).fill_null("").str.slice(0, 60).str.replace_all(r"[|\r\n<>`]", " "))
    )
    lines = [frame.columns, ["---"] * frame.width, *rows.rows()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
