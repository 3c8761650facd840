"""A person's own file: what is read of it, and which sentence refuses it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
import xlsxwriter

from sightline.errors import BadInput
from sightline.own_data.read import numbered, read

ROWS = [("2024-01-01", "12"), ("2024-02-01", "15")]


def csv(tmp_path: Path, text: str | bytes, name: str = "own.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for title, rows in sheets.items():
            page = book.add_worksheet(title)
            for place, row in enumerate(rows):
                for column, cell in enumerate(row):
                    page.write_datetime(place, column, cell, day) if isinstance(cell, datetime) else page.write(place, column, cell)
    return path


def test_a_csv_is_text_and_keeps_its_row_numbers(tmp_path: Path) -> None:
    path = csv(tmp_path, "\ufeffmonth , n\r\n2024-01-01,12\r\n\r\n,\r\n2024-02-01,15\r\n")
    assert read(path).rows() == ROWS
    assert numbered(path)["_row"].to_list() == [2, 5]


def test_parquet_duckdb_and_xlsx_give_the_same_rows(tmp_path: Path) -> None:
    frame = pl.DataFrame({"month": [date(2024, 1, 1), date(2024, 2, 1)], "n": [12.0, 15.0]})
    frame.write_parquet(tmp_path / "own.parquet")
    with duckdb.connect(tmp_path / "own.duckdb") as opened:
        opened.sql("create schema s")
        opened.sql(f"create table s.figures as from read_parquet('{tmp_path}/own.parquet')")
        opened.sql("create table other as select 1 as a")
    days = [[datetime.combine(day, datetime.min.time()), n] for day, n in frame.rows()]
    workbook(tmp_path / "own.xlsx", {"notes": [["read me"]], "data": [[], ["month", "n"], *days]})
    assert read(tmp_path / "own.parquet").equals(frame)
    assert read(tmp_path / "own.duckdb", table="figures").equals(frame) and read(tmp_path / "own.duckdb", table="s.figures").equals(frame)
    sheet = numbered(tmp_path / "own.xlsx", sheet="data")
    assert sheet["n"].to_list() == [12, 15] and sheet["month"].dt.date().to_list() == frame["month"].to_list() and sheet["_row"].to_list() == [3, 4]
    for name, options, seen in (
        ("own.duckdb", {}, "main.other, s.figures"),
        ("own.duckdb", {"table": "none"}, "main.other, s.figures"),
        ("own.xlsx", {}, "'notes', 'data'"),
        ("own.xlsx", {"sheet": "none"}, "'notes', 'data'"),
        ("own.parquet", {"table": "figures"}, "leave --table out"),
    ):
        with pytest.raises(BadInput, match=seen):
            read(tmp_path / name, **options)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "saw an empty file"),
        (b"a,b\n", "expected rows of data"),
        (b"a,b\n1,2\n\n1,2,3\n", "row 4: expected 2 cells.*saw 3"),
        (b"a,b\n1,2\n1\n", "row 3: expected 2 cells.*saw 1"),
        (b"a,a\n1,2\n", "heading: expected each column named once; saw 'a' twice"),
        (b",\n1,2\n", "expected names of columns"),
        (b"a,\n1,2\n", "column 2: expected a name"),
        (b'a,b\n1,"2\n3,4\n', "row 2: .*quotation marks"),
        (b"a\n1\n\xa35\n", "row 3: expected text in UTF-8"),
        (b"a\n\x00\n", "no text"),
        (b"a\n" + b"x" * 20_000 + b"\n", "row 2: expected cells under 10,000"),
    ],
)  # fmt: skip
def test_a_malformed_csv_is_refused_by_row(tmp_path: Path, text: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=rf"own\.csv.*{words}"):
        read(csv(tmp_path, text))


@pytest.mark.parametrize("kind", ["parquet", "duckdb", "xlsx", "txt"])
def test_other_bytes_under_such_a_name_are_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(BadInput):
        read(csv(tmp_path, b"PAR1 of no kind", f"own.{kind}"))


def test_no_file_a_folder_and_too_large_a_file_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").mkdir()
    for name, words in (("none.csv", "no such file"), ("a.csv", "a folder")):
        with pytest.raises(BadInput, match=words):
            read(tmp_path / name)
    monkeypatch.setattr("sightline.own_data.read.LARGEST_FILE", 8)
    with pytest.raises(BadInput, match="saw more"):
        read(csv(tmp_path, "a,b\n1,2\n3,4\n"))


def test_a_view_of_a_duckdb_file_reaches_nothing_outside(tmp_path: Path) -> None:
    secret = csv(tmp_path, "a\n1\n", "secret.csv")
    with duckdb.connect(tmp_path / "own.duckdb") as opened:
        opened.sql(f"create view v as from read_csv('{secret}')")
    with pytest.raises(BadInput, match=r"own\.duckdb"):
        read(tmp_path / "own.duckdb")
