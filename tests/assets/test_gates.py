"""The gates: what cannot be checked counts as broken, and failing rows are named."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets import gates
from assets.tables import TABLES
from sightline import tables
from sightline.errors import BadInput
from sightline.sources import rtt
from tests.rtt_site import month_extract


def suite(*expectations: tuple[str, dict[str, Any]]) -> gates.Suite:
    """A suite of these expectations over a table with ``key`` and ``number``."""
    words = {"name": "n", "words": "w", "likely_cause": "c"}
    entries = [{"type": kind, "kwargs": kwargs, "severity": "critical", "meta": words} for kind, kwargs in expectations]
    return gates.read_suite("core.x.json", {"name": "core.x", "meta": {"gate": "table", "keys": ["key"], "what_stays": "s"}, "expectations": entries})


def table(folder: Path, keys: list[str], numbers: list[int | None]) -> Path:
    path = folder / "it's.parquet"
    pl.DataFrame({"key": keys, "number": numbers}, schema={"key": pl.String, "number": pl.Int64}).write_parquet(path)
    return path


def test_an_empty_suite_is_refused() -> None:
    with pytest.raises(BadInput, match="an empty suite"):
        suite()


def test_an_empty_table_fails_the_row_count(tmp_path: Path) -> None:
    found = gates.validate(suite(("expect_table_row_count_to_be_between", {"min_value": 1})), table(tmp_path, [], []))
    assert [one.passed for one in found] == [False]


def test_an_expectation_that_cannot_run_counts_as_failed_and_says_so(tmp_path: Path) -> None:
    broken = suite(
        ("expect_column_values_to_not_be_null", {"column": "no such column"}),
        ("unexpected_rows_expectation", {"unexpected_rows_query": "select nonsense from {batch}"}),
        ("expect_column_values_to_not_be_null", {"column": "key"}),
    )
    found = gates.validate(broken, table(tmp_path, ["a"], [1]))
    assert [one.passed for one in found] == [False, False, True]
    assert all("could not run" in one.detail for one in found[:2])


def test_failing_rows_are_named_by_their_keys_and_counted(tmp_path: Path) -> None:
    expectations = suite(
        ("expect_column_values_to_not_be_null", {"column": "number"}),
        ("unexpected_rows_expectation", {"unexpected_rows_query": "select key, number from {batch} where number > 5"}),
        ("expect_column_values_to_be_unique", {"column": "key"}),
    )
    nulls, large, twice = gates.validate(expectations, table(tmp_path, ["a", "b", "c", "c"], [1, None, 7, 9]))
    assert (nulls.failing, nulls.detail) == (1, "key b")
    assert (large.failing, large.detail) == (2, "key c, number 7; key c, number 9")
    assert not twice.passed
    assert "key c" in twice.detail


def test_every_suite_asks_for_rows_and_names_a_described_table() -> None:
    may_be_empty = {"core.ae_workbook_month", "core.ae_time_series_month", "core.rtt_overview_month"}  # a source may list no workbooks
    may_be_empty |= {"core.rtt_wait_band_nonc", "core.rtt_transition"}  # months may have no such pathways, and a single month has no next one
    may_be_empty |= {"reference.phase", "reference.change", "analysis.change_effect"}  # a home may declare nothing
    may_be_empty |= {"analysis.threshold_crossing", "analysis.threshold_base_rate"}  # a single month has nobody to follow
    for name, one in gates.suites().items():
        kinds = [expectation.type for expectation in one.expectations]
        assert (kinds[0] == "expect_table_row_count_to_be_between") != (name in may_be_empty), name
        assert one.gate == ("file" if name.endswith(".tidy") else "table")
        assert one.gate == "file" or name in TABLES


def test_every_table_that_a_select_of_core_makes_newest_has_a_suite() -> None:
    newest = {name for name, one in TABLES.items() if one.schema == "core" and not name.endswith(("_first", "_vintage"))}
    assert newest <= set(gates.suites())


def test_an_extract_of_another_month_than_its_link_and_its_name_is_held_back_and_a_slip_in_one_of_them_is_told(tmp_path: Path) -> None:
    january, february = date(2026, 1, 1), date(2026, 2, 1)
    rows = rtt.summed(rtt.parse(month_extract(january), "extract.zip"))
    said = {"a": (january, january), "b": (february, february), "c": (february, january), "d": (february, None)}
    labelled = [
        rows.with_columns(sha256=pl.lit(name), link_month=pl.lit(link, pl.Date), name_month=pl.lit(named, pl.Date))
        for name, (link, named) in said.items()
    ]
    tables.write_parquet(pl.concat(labelled), tmp_path / "tidy.parquet")
    found = {one.expectation.name: one for one in gates.validate(gates.suites()["rtt.tidy"], tmp_path / "tidy.parquet")}
    assert {str(row["sha256"]) for row in found["month_as_linked"].rows} == {"b", "d"}
    assert {str(row["sha256"]) for row in found["link_and_name_agree"].rows} == {"c"}
    assert [name for name, one in found.items() if not one.passed and one.expectation.severity == "critical"] == ["month_as_linked"]
