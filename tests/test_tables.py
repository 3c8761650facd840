"""Tables: one SELECT a file, what it reads read from it, and the description held against what came out."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.errors import BadInput
from sightline.tables import content_hash, read_tables, reads, run_select, same_columns, write

TOML = 'description = "Numbers."\ngrain = ["number"]\n\n[columns]\nnumber = "a number [people]"\nword = "a word"\n'


def described(folder: Path, sql: str | None = None, toml: str = TOML) -> Path:
    (folder / "core").mkdir(parents=True)
    (folder / "core" / "x.toml").write_text(toml)
    if sql:
        (folder / "core" / "x.sql").write_text(sql)
    return folder


def test_what_a_select_reads_is_found_in_it_and_its_own_ctes_are_not_tables() -> None:
    sql = "with own as (select * from core.a join raw.b using (k)) select * from own where k in (select k from meta.c)"
    assert reads(sql, "x") == {"core.a", "raw.b", "meta.c"}


@pytest.mark.parametrize(
    ("sql", "seen"), [("select 1; select 2", "2 statements"), ("drop table core.a", "1 statements"), ("select * from bare", "bare")]
)
def test_anything_but_one_select_over_named_schemas_is_refused(sql: str, seen: str) -> None:
    with pytest.raises(BadInput, match=seen):
        reads(sql, "x")


def test_a_select_without_a_description_is_refused(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "y.sql").write_text("select 1 as one")
    with pytest.raises(BadInput, match="a description beside it"):
        read_tables(tmp_path)


def test_units_are_told_from_meanings(tmp_path: Path) -> None:
    columns = read_tables(described(tmp_path))["core.x"].columns
    assert [(column.name, column.meaning, column.unit) for column in columns] == [("number", "a number", "people"), ("word", "a word", "")]


@pytest.mark.parametrize("seen", [["number"], ["number", "word", "more"], []])
def test_documented_and_actual_columns_must_be_the_same_both_ways(seen: list[str], tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        same_columns(read_tables(described(tmp_path))["core.x"], seen)
    assert all(name in str(error.value) for name in {"number", "word"} ^ set(seen))


def test_a_select_sees_the_tables_it_names_and_no_other(tmp_path: Path) -> None:
    table = read_tables(described(tmp_path / "sql", "select number, word from core.a"))["core.x"]
    inputs = {"core.a": tmp_path / "a.parquet", "core.b": tmp_path / "no such file"}
    pl.DataFrame({"word": ["b", "a"], "number": [2, 1]}).write_parquet(inputs["core.a"])
    made = run_select(table, inputs, tmp_path / "out" / "x.parquet")
    assert made.rows() == [(1, "a"), (2, "b")]
    assert pl.read_parquet(tmp_path / "out" / "x.parquet").equals(made)


def test_a_table_that_breaks_its_description_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    table = read_tables(described(tmp_path / "sql"))["core.x"]
    out = tmp_path / "x.parquet"
    write(table, pl.DataFrame({"number": [1], "word": ["a"]}), out)
    before = out.read_bytes()
    with pytest.raises(BadInput):
        write(table, pl.DataFrame({"number": [1]}), out)
    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["x.parquet"]


Row = tuple[int, str | None, float | None]
ROWS = st.lists(st.tuples(st.integers(-5, 5), st.none() | st.text(max_size=3), st.none() | st.floats(allow_nan=False)), max_size=8)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_content_hash_knows_no_order_of_rows_or_columns(rows: list[Row], chance: random.Random) -> None:
    schema = {"a": pl.Int64, "b": pl.String, "c": pl.Float64}
    shuffled = chance.sample(rows, len(rows))
    assert content_hash(pl.DataFrame(rows, schema, orient="row")) == content_hash(pl.DataFrame(shuffled, schema, orient="row").select("c", "a", "b"))


@given(ROWS, ROWS)
def test_other_rows_have_another_content_hash(rows: list[Row], others: list[Row]) -> None:
    schema = {"a": pl.Int64, "b": pl.String, "c": pl.Float64}
    same = sorted(map(repr, rows)) == sorted(map(repr, others))
    frames = (pl.DataFrame(found, schema, orient="row") for found in (rows, others))
    assert (len(set(map(content_hash, frames))) == 1) == same
