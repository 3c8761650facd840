"""A person's own table out of a CSV, Parquet, DuckDB or Excel file, within bounds.

The cells of a CSV stay text: whoever uses a column reads it as numbers or dates and can then name the row that cannot be
read. A file is hostile until it is parsed: bounded in size, read without a look at anything it points to.
"""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from sightline.errors import BadInput
from sightline.sources import spreadsheet
from sightline.sources.spreadsheet import Cell, printable

#: the column with the number of each row in its file, as `numbered` gives it: a CSV's or a sheet's heading is row 1
ROW: Final = "_row"
LARGEST_FILE: Final = 64 * 1024**2
MOST_CELLS: Final = 20_000_000
LONGEST_CELL: Final = 10_000
SECONDS: Final = 60.0
MEMORY: Final = "1GB"
KINDS: Final = (".csv", ".parquet", ".duckdb", ".xlsx", ".xls")
#: a message names so many tables or sheets
MOST_NAMED: Final = 20
#: stands for the name of a column that has none, before its place
UNNAMED: Final = "\0"


def read(path: Path, *, table: str | None = None, sheet: str | None = None) -> pl.DataFrame:
    """The table of a file, by its ending: .csv (every column text), .parquet, .duckdb, .xlsx or .xls.

    `table` names the table or view of a DuckDB file (`name` or `schema.name`) and `sheet` the sheet of a workbook; each may
    be left out where there is only one. Rows without any cell are left out.

    Raises :class:`sightline.errors.BadInput` where there is no such file, table or sheet, where the file is larger than
    64 MiB (a DuckDB table: 20 million cells), damaged, empty or without headings, or where a row has too many or few cells.
    """
    return numbered(path, table=table, sheet=sheet).drop(ROW)


def numbered(path: Path, *, table: str | None = None, sheet: str | None = None) -> pl.DataFrame:
    """As `read`, with one more column, `_row`: the number of the row in the file, for messages."""
    name = printable(path.name)
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise BadInput(name, expected=f"a file ending in {', '.join(KINDS)}", seen=repr(kind), action="save it as a CSV and name that")
    if not path.is_file():
        raise BadInput(name, expected="a file", seen="a folder" if path.is_dir() else "no such file", action="check the path")
    for option, given, used in (("--table", table, kind == ".duckdb"), ("--sheet", sheet, kind in (".xlsx", ".xls"))):
        if given is not None and not used:
            raise BadInput(name, expected=f"no {option} for a {kind} file", seen=repr(given), action=f"leave {option} out")
    try:
        found = _of_kind(path, name, kind, table, sheet)
    except OSError as error:
        seen = printable(error.strerror or error)
        raise BadInput(name, expected="a file that may be read", seen=seen, action="check the path and the permissions") from error
    if found.is_empty():
        raise BadInput(name, expected="rows of data under the headings", seen="none", action="check that it is the right file")
    return found


def _of_kind(path: Path, name: str, kind: str, table: str | None, sheet: str | None) -> pl.DataFrame:
    if kind == ".duckdb":
        return _duckdb(path, name, table)
    body = _body(path, name)
    if kind == ".csv":
        return _csv(body, name)
    return _parquet(body, name) if kind == ".parquet" else _workbook(body, name, sheet)


def _body(path: Path, name: str) -> bytes:
    with path.open("rb") as opened:
        body = opened.read(LARGEST_FILE + 1)
    if len(body) > LARGEST_FILE:
        raise BadInput(
            name, expected=f"at most {LARGEST_FILE // 1024**2} MiB", seen="more", action="keep the columns and rows you need, or use a DuckDB file"
        )
    if not body.strip():
        raise BadInput(name, expected="a table with headings", seen="an empty file", action="check that it is the right file")
    return body


def _text(body: bytes, name: str) -> str:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = body[: error.start].count(b"\n") + 1
        raise BadInput(
            f"{name}, row {row}", expected="text in UTF-8", seen=f"the byte {body[error.start]:#x}", action='in Excel, save it as "CSV UTF-8"'
        ) from error
    if "\0" in text:
        raise BadInput(name, expected="a CSV file", seen="bytes that are no text", action="check that it is the right file")
    return text


def _csv(body: bytes, name: str) -> pl.DataFrame:
    """All columns as text. Python's parser says how long each record is, so that no row is filled up or cut in silence."""
    text = _text(body, name)
    heading, lengths = _records(text, name)
    names = _headings(heading, name)
    ragged = lengths.with_row_index(ROW, offset=1).filter((pl.col("length") > 0) & (pl.col("length") != len(heading)))
    if ragged.height:
        row, length = ragged.row(0)
        raise BadInput(
            f"{name}, row {row}", expected=f"{len(heading)} cells, as in the heading", seen=f"{length}",
            action="check the commas and quotation marks of that row",
        )  # fmt: skip
    try:
        frame = pl.read_csv(text.encode(), infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise BadInput(name, expected="a CSV file", seen=printable(error), action="save the file as CSV again") from error
    if (frame.height, frame.width) != (lengths.height - 1, len(heading)):
        seen = "line ends or quotation marks that can be read in two ways"
        raise BadInput(name, expected="a CSV file", seen=seen, action="save the file as CSV again")
    return _without_blanks(frame.rename(dict(zip(frame.columns, names, strict=True))), name)


def _records(text: str, name: str) -> tuple[list[str], pl.DataFrame]:
    """The heading, and how many cells each record has, the heading's first; blank lines have none."""
    csv.field_size_limit(LONGEST_CELL)
    lengths: list[int] = []
    try:
        heading = next(csv.reader(io.StringIO(text, newline=""), strict=True))
        lengths.extend(map(len, csv.reader(io.StringIO(text, newline=""), strict=True)))
    except csv.Error as error:
        where, expected = f"{name}, row {len(lengths) + 1}", f"cells under {LONGEST_CELL:,} characters and quotation marks that are closed"
        raise BadInput(where, expected=expected, seen=printable(error), action="correct that row, or save the file as CSV again") from error
    return heading, pl.DataFrame({"length": lengths}, schema={"length": pl.Int64})


def _headings(cells: Sequence[object], name: str) -> list[str]:
    """The names of the columns, without spaces around them; columns without one get none of ours."""
    names = [" ".join(str(cell).split()) for cell in cells]
    twice = next((heading for place, heading in enumerate(names) if heading and heading in names[:place]), None)
    if twice is not None:
        raise BadInput(f"{name}, heading", expected="each column named once", seen=f"{printable(twice)!r} twice", action="rename one of the columns")
    if ROW in names or not any(names):
        seen = repr(ROW) if ROW in names else "none"
        raise BadInput(f"{name}, heading", expected="names of columns in the first row", seen=seen, action="name the columns in the first row")
    return [heading or f"{UNNAMED}{place}" for place, heading in enumerate(names)]


def _without_blanks(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Rows numbered from 2 and, without a cell, left out; so are columns that have neither name nor cells."""
    unnamed = [column for column in frame.columns if column.startswith(UNNAMED)]
    filled = next((column for column in unnamed if frame[column].null_count() < frame.height), None)
    if filled is not None:
        where = f"{name}, column {int(filled.removeprefix(UNNAMED)) + 1}"
        raise BadInput(where, expected="a name in the first row", seen="none", action="name the column, or remove it")
    named = frame.drop(unnamed).with_row_index(ROW, offset=2).with_columns(pl.col(ROW).cast(pl.Int64))
    return named.filter(~pl.all_horizontal(pl.exclude(ROW).is_null())).select(pl.exclude(ROW), ROW)


def _parquet(body: bytes, name: str) -> pl.DataFrame:
    try:
        described = pl.scan_parquet(io.BytesIO(body))
        height, width = described.select(pl.len()).collect().item(), len(described.collect_schema())
        _refuse_many(height, width, name)
        frame = pl.read_parquet(body)
    except BadInput:
        raise
    except BaseException as error:  # a panic of polars is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise BadInput(name, expected="a Parquet file", seen=printable(error), action="write it anew") from error
    return _numbered_from_one(frame, name)


def _numbered_from_one(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Rows of a file without a heading row, numbered from 1."""
    _headings(frame.columns, name)
    return frame.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(ROW))


def _refuse_many(height: int, width: int, name: str) -> None:
    if height * width > MOST_CELLS:
        seen = f"{height:,} rows of {width}"
        raise BadInput(name, expected=f"at most {MOST_CELLS:,} cells", seen=seen, action="keep the columns and rows you need")


def _duckdb(path: Path, name: str, table: str | None) -> pl.DataFrame:
    """One table or view, read only: a view of the file reaches nothing outside it."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": False, "autoinstall_known_extensions": False, "autoload_known_extensions": False,
        "memory_limit": MEMORY, "lock_configuration": True,
    }  # fmt: skip
    try:
        with duckdb.connect(path, read_only=True, config=settings) as opened:
            late = threading.Timer(SECONDS, opened.interrupt)
            late.start()
            try:
                schema, found = _table(opened, name, table)
                return _numbered_from_one(_rows(opened, schema, found, name), name)
            finally:
                late.cancel()
    except duckdb.Error as error:
        raise BadInput(name, expected=f"a DuckDB file that can be read in {SECONDS:g} s", seen=printable(error), action="check the file") from error


def _table(opened: duckdb.DuckDBPyConnection, name: str, table: str | None) -> tuple[str, str]:
    """Schema and name of the table asked for, or of the only one."""
    every = opened.sql(
        "select table_schema, table_name from information_schema.tables where table_catalog = current_database() order by 1, 2"
    ).fetchall()
    fits = [(schema, found) for schema, found in every if table is None or table in (found, f"{schema}.{found}")]
    if len(fits) != 1:
        seen = ", ".join(printable(f"{schema}.{found}") for schema, found in every[:MOST_NAMED]) or "none"
        more = f" and {len(every) - MOST_NAMED} more" if len(every) > MOST_NAMED else ""
        expected = "a single table" if table is None else f"one table {printable(table)!r}"
        raise BadInput(name, expected=expected, seen=f"the tables {seen}{more}", action="name one of them with --table")
    return fits[0]


def _rows(opened: duckdb.DuckDBPyConnection, schema: str, table: str, name: str) -> pl.DataFrame:
    quoted = ".".join('"' + part.replace('"', '""') + '"' for part in (schema, table))
    relation = opened.sql(f"select * from {quoted} limit {MOST_CELLS + 1}")
    _refuse_many(opened.sql(f"select count(*) from {quoted}").fetchall()[0][0], len(relation.columns), name)
    return pl.DataFrame(relation)


def _workbook(body: bytes, name: str, sheet: str | None) -> pl.DataFrame:
    """A sheet's cells below its first row that has any; a column with text and numbers is read as text."""
    sheets = spreadsheet.read(body, name, ".*" if sheet is None else re.escape(sheet.strip()))
    filled = {title: rows for title, rows in sheets.items() if any(cell != "" for row in rows for cell in row)}
    if len(filled) != 1:
        seen = "the sheets " + ", ".join(repr(printable(title)) for title in islice(filled, MOST_NAMED)) if filled else "no cell"
        raise BadInput(name, expected="a single sheet with cells", seen=seen, action="name a sheet with --sheet")
    title, rows = next(iter(filled.items()))
    first = next(place for place, row in enumerate(rows) if any(cell != "" for cell in row))
    names = _headings(rows[first], f"{name}, sheet {printable(title)!r}")
    columns = [_column(heading, [row[place] for row in rows[first + 1 :]]) for place, heading in enumerate(names)]
    return _without_blanks(pl.DataFrame(columns), name).with_columns(pl.col(ROW) + first)


def _column(heading: str, cells: Sequence[Cell]) -> pl.Series:
    """Numbers, dates or text, whichever all cells of a column are; empty ones are null."""
    kinds = {type(cell) for cell in cells if cell != ""}
    present = [None if cell == "" else cell for cell in cells]
    if kinds <= {int, float} and kinds:
        return pl.Series(heading, present, dtype=pl.Float64, strict=False)
    if kinds <= {date, datetime} and kinds:
        return pl.Series(heading, [cell if cell is None else _moment(cell) for cell in present], dtype=pl.Datetime)
    return pl.Series(heading, [cell if cell is None else _as_text(cell) for cell in present], dtype=pl.String)


def _moment(cell: Cell) -> datetime:
    return cell if isinstance(cell, datetime) else datetime.fromisoformat(str(cell))


def _as_text(cell: Cell) -> str:
    """A cell as a CSV would hold it: whole numbers without a point, days without an hour."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and (cell.hour, cell.minute, cell.second, cell.microsecond) == (0, 0, 0, 0):
        return cell.date().isoformat()
    return str(cell)
