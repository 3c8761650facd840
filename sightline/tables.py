"""Tables: what they are (TOML), how they are made (one SELECT), and where assets exchange them (Parquet).

A table is ``schema.name``. Its description stands in ``sql/<schema>/<name>.toml``; where a SELECT makes it, that stands
beside it as ``<name>.sql``. What a SELECT reads is found in the SELECT itself and nowhere else.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

import duckdb
import polars as pl
import sqlglot
from sqlglot import exp

from sightline.errors import BadInput


@dataclass(frozen=True)
class Column:
    """One column of a published table: what it means and in what unit."""

    name: str
    meaning: str
    unit: str


@dataclass(frozen=True)
class Table:
    """One published table: what it holds, what makes a row unique, every column, and the SELECT if there is one."""

    schema: str
    name: str
    description: str
    grain: tuple[str, ...]
    columns: tuple[Column, ...]
    sql: str | None
    view: bool = False  #: in the database its SELECT stands as a view, over tables that stand there too
    #: keys that a list of revisions leaves out: a change in any of them is one of what they are parts of
    revisions_without: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """``schema.name``."""
        return f"{self.schema}.{self.name}"

    @property
    def reads(self) -> frozenset[str]:
        """The tables its SELECT reads, as ``schema.name``; empty without a SELECT."""
        return reads(self.sql, self.full_name) if self.sql else frozenset()


def reads(sql: str, name: str) -> frozenset[str]:
    """The tables a SELECT reads, as ``schema.name``; common table expressions are not tables.

    Raises BadInput where the text is not one SELECT, or a table is named without its schema.
    """
    statements = [statement for statement in sqlglot.parse(sql, dialect="duckdb") if statement is not None]
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise BadInput(f"sql of {name}", expected="one SELECT", seen=f"{len(statements)} statements", action="keep one SELECT a file")
    own = {expression.alias_or_name for expression in statements[0].find_all(exp.CTE)}
    found = [table for table in statements[0].find_all(exp.Table) if table.name and not (table.name in own and not table.db)]
    bare = [table.name for table in found if not table.db]
    if bare:
        raise BadInput(f"sql of {name}", expected="tables with their schema", seen=bare[0], action=f"write schema.{bare[0]}")
    return frozenset(f"{table.db}.{table.name}" for table in found)


def read_tables(folder: Traversable) -> dict[str, Table]:
    """Every described table below ``folder`` (``<schema>/<name>.toml``), by full name.

    Raises BadInput where a SELECT has no description, or a description lacks its parts.
    """
    tables: dict[str, Table] = {}
    for schema in sorted((entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("_")), key=lambda entry: entry.name):
        files = {entry.name: entry for entry in schema.iterdir()}
        for name in sorted(files):
            if name.endswith(".sql") and name.removesuffix(".sql") + ".toml" not in files:
                raise BadInput(f"sql/{schema.name}/{name}", expected="a description beside it", seen="none", action="write the TOML of the same name")
            if name.endswith(".toml"):
                table = read_table(schema.name, name.removesuffix(".toml"), files)
                tables[table.full_name] = table
    return tables


def read_table(schema: str, name: str, files: Mapping[str, Traversable]) -> Table:
    """One table from its TOML and, where there is one, its SQL."""
    words = tomllib.loads(files[f"{name}.toml"].read_text(encoding="utf-8"))
    absent = {"description", "grain", "columns"} - set(words)
    if absent:
        raise BadInput(f"sql/{schema}/{name}.toml", expected="description, grain and columns", seen=f"no {sorted(absent)[0]}", action="add it")
    columns = tuple(Column(column, *split_unit(text)) for column, text in words["columns"].items())
    sql = files.get(f"{name}.sql")
    view = bool(words.get("view", False))
    if view and sql is None:
        raise BadInput(f"sql/{schema}/{name}.toml", expected="a SELECT beside a view", seen="none", action="write the SQL of the same name")
    text, without = sql.read_text(encoding="utf-8") if sql else None, tuple(words.get("revisions_without", ()))
    return Table(schema, name, words["description"], tuple(words["grain"]), columns, text, view, without)


def split_unit(text: str) -> tuple[str, str]:
    """``meaning [unit]`` -> meaning, unit; the unit is empty where none is given."""
    meaning, bracket, unit = text.rpartition(" [")
    return (meaning, unit.removesuffix("]")) if bracket and text.endswith("]") else (text, "")


#: a statement of more than two seconds would draw a bar among the lines that people read
QUIET = "set enable_progress_bar = false"


def connect(inputs: Mapping[str, Path]) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that sees the named tables and no other."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    connection.execute(QUIET)
    for name, path in inputs.items():
        schema, table = name.split(".")
        connection.execute(f'create schema if not exists "{schema}"')
        connection.execute(f"""create view "{schema}"."{table}" as select * from read_parquet('{str(path).replace("'", "''")}')""")
    return connection


def run_select(table: Table, inputs: Mapping[str, Path], out: Path) -> pl.DataFrame:
    """Make ``table`` from the Parquet files it reads and write it to ``out``, in the order of its grain."""
    if table.sql is None:
        raise BadInput(table.full_name, expected="a SELECT", seen="none", action="make the table in Python")
    with connect({name: inputs[name] for name in table.reads}) as connection:
        frame = pl.DataFrame(connection.sql(table.sql))
    return write(table, frame, out)


def write(table: Table, frame: pl.DataFrame, out: Path) -> pl.DataFrame:
    """Hold a frame against its description, order it by its grain and write it as Parquet, whole or not at all."""
    same_columns(table, frame.columns)
    ordered = frame.select(column.name for column in table.columns).sort(table.grain, nulls_last=True)
    write_parquet(ordered, out)
    return ordered


def write_parquet(frame: pl.DataFrame, out: Path) -> None:
    """Write beside and rename, so that nobody reads half a file."""
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(f".{out.name}.{os.getpid()}")
    frame.write_parquet(beside, compression="zstd")
    beside.replace(out)


def same_columns(table: Table, seen: Iterable[str]) -> None:
    """Raise BadInput unless the documented and the actual columns are the same, both ways."""
    documented, actual = {column.name for column in table.columns}, set(seen)
    if documented != actual:
        raise BadInput(
            f"table {table.full_name}",
            expected=f"the documented columns; missing: {sorted(documented - actual) or 'none'}",
            seen=f"columns without a description: {sorted(actual - documented) or 'none'}",
            action=f"bring sql/{table.schema}/{table.name}.toml and the table together",
        )


#: rows whose text is in memory at once while they are hashed
ROWS_HASHED = 50_000
#: what stands between the cells of a row, and for a cell that is empty: no text of a file has it
BETWEEN, EMPTY = "\x1f", "\x00"


def content_hash(frame: pl.DataFrame, grain: Collection[str] = ()) -> str:
    """SHA-256 of a table's rows, whatever their order; the same rows give the same hash on every machine.

    ``grain`` are columns that make a row unique: where they do, rows are put in order by them alone, which takes a tenth of the time.
    """
    names = sorted(frame.columns)
    if not names:
        return hashlib.sha256().hexdigest()
    flat = frame.select(pl.struct(name).struct.json_encode().alias(name) if frame.schema[name].is_nested() else pl.col(name) for name in names)
    ordered = flat.sort(grain) if grain else flat
    if not grain or ordered.select(pl.all_horizontal(pl.col(key).eq_missing(pl.col(key).shift()) for key in grain).slice(1).any()).item():
        ordered = flat.sort(names)
    digest = hashlib.sha256()
    text = pl.concat_str(pl.col("value").cast(pl.String).fill_null(EMPTY), pl.col("len").cast(pl.String), separator=BETWEEN).str.join("\n")
    for name in names:  # column by column, cells alike that follow each other once: most columns of an ordered table are short so
        digest.update(f"{EMPTY}{name}\n".encode())
        for part in ordered[name].rle().struct.unnest().iter_slices(ROWS_HASHED):
            digest.update(str(part.select(text).item()).encode() + b"\n")
    return digest.hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256 of a table as it was written: in the order of its grain, so the same rows give the same bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
