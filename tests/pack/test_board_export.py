"""The view for NHSRplotthedots and PowerBI-SPC, and the lines of the documentation that read it."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from sightline import spc
from tests.pack import house
from tests.pack.house import House

PAGE = Path(__file__).parents[2] / "docs" / "BOARD-EXPORT.md"
#: what each tool cannot do without
TAKEN = {"date", "numerator", "denominator", "value", "target", "direction", "facet"}


def _ask(path: Path, sql: str) -> pl.DataFrame:
    with duckdb.connect(str(path), read_only=True) as connection:
        return pl.DataFrame(connection.sql(sql))


@pytest.fixture(scope="module")
def rows(finished: House) -> pl.DataFrame:
    """The whole view."""
    return _ask(finished.path, "select * from analysis.board_export")


def test_it_is_a_view_with_the_columns_that_the_tools_take(finished: House, rows: pl.DataFrame) -> None:
    views = _ask(finished.path, "select view_name, comment from duckdb_views() where schema_name = 'analysis'")
    assert views["view_name"].to_list() == ["board_export"]
    assert views["comment"].null_count() == 0
    assert set(rows.columns) >= TAKEN
    assert rows.schema["date"] == pl.Date


def test_there_is_one_row_a_measure_organisation_and_month(finished: House, rows: pl.DataFrame) -> None:
    assert rows.height == finished.frames["analysis.spc_point"].height == rows.select("facet", "date").n_unique()
    assert rows["facet"].n_unique() == rows.select("measure", "level", "organisation").n_unique()


def test_values_and_targets_are_those_of_the_charts_and_values_follow_from_the_counts(finished: House, rows: pl.DataFrame) -> None:
    keys = ["measure", "level", "organisation"]
    points = finished.frames["analysis.spc_point"].rename({"month": "date"}).select(*keys, "date", seen="value", aimed="target")
    both = rows.join(points, on=[*keys, "date"])
    assert both.height == rows.height
    assert both["value"].equals(both["seen"].alias("value"))
    assert both["target"].equals(both["aimed"].alias("target"))
    divided = both.filter(pl.col("denominator") > 0).with_columns(again=pl.col("multiplier") * pl.col("numerator") / pl.col("denominator"))
    assert divided.height
    assert (divided["again"] - divided["value"]).abs().max() < 1e-9


def test_directions_and_charts_are_in_the_words_of_the_tools(finished: House, rows: pl.DataFrame) -> None:
    better = {"up": "increase", "down": "decrease", "neither": "neutral"}
    wanted = {row["measure"]: better[row["better"]] for row in finished.frames["measure.definition"].iter_rows(named=True)}
    found = dict(rows.select("measure", "direction").unique().iter_rows())
    assert found == {measure: wanted[measure] for measure in finished.frames["measure.value"]["measure"].unique()}
    assert set(rows["chart"]) <= {"run", "i", "pp", "up", "cp", "g", "t"}


def test_a_phase_begins_where_the_chart_says_so_and_not_in_the_first_month(rows: pl.DataFrame) -> None:
    mine = rows.filter(pl.col("organisation") == house.MERGER.code, pl.col("measure") == "ae_attendances").sort("date")
    assert mine.filter("rebase")["date"].to_list() == [house.MERGED]
    assert not rows.filter(pl.col("date") == pl.col("date").min().over("facet"))["rebase"].any()


def test_the_lines_of_r_in_the_documentation_run_and_suit_the_tool(finished: House) -> None:
    (block,) = re.findall(r"```r\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (sql,) = re.findall(r'dbGetQuery\(con, "(.*?)"\)', block, re.DOTALL)
    asked = _ask(finished.path, sql)
    assert set(re.findall(r"_field = (\w+)|rows\$(\w+)", block)) <= {(name, "") for name in asked.columns} | {("", name) for name in asked.columns}
    assert asked["facet"].n_unique() == len(house.REGIONS)
    assert asked["value"].null_count() == 0
    assert asked["direction"].unique().to_list() == ["increase"]
    assert asked.filter(pl.col("date") == date(2025, 6, 1))["target"].unique().to_list() == [0.78]
    chart = spc.chart(asked, value="value", date="date", by="facet", direction="up", target=0.78, like="nhsrplotthedots")
    assert chart.summary["upper_limit"].null_count() == 0


def test_the_view_opens_wherever_the_file_lies_and_whatever_it_is_called(finished: House, rows: pl.DataFrame, tmp_path: Path) -> None:
    copy = shutil.copy(finished.path, tmp_path / "another name.duckdb")
    assert _ask(copy, "select * from analysis.board_export").height == rows.height
    with duckdb.connect() as connection:
        connection.execute(f"attach '{copy}' as other (read_only)")
        assert connection.sql("select count(*) from other.analysis.board_export").fetchall() == [(rows.height,)]
