"""`sightline change`: what was tried is added whole or not at all, checked, and listed with what the rows show."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from assets import changes as travelling
from pipelines.cli import app
from sightline.changes import Changes
from sightline.errors import BadInput
from sightline.home import Home

ENTRY = ["--name", "Hub", "--what", "a hub", "--organisation", "RA1", "--from", "2023-09", "--hope", "ae_within_4h=up", "--look-again", "2024-03",
         "--learning", "board"]  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home in which one series is published."""
    place = Home(tmp_path / "home").create()
    place.claim("real")
    tables = place.root / "publications" / "one" / "parquet"
    tables.mkdir(parents=True)
    values = pl.DataFrame({"month": pl.date_range(date(2022, 1, 1), date(2024, 12, 1), "1mo", eager=True)})
    values.with_columns(measure=pl.lit("ae_within_4h"), level=pl.lit("provider"), organisation=pl.lit("RA1")).write_parquet(
        tables / "measure.value.parquet"
    )
    told = {"change": "Hub", "organisation": "RA1", "measure": "ae_within_4h", "sentence": "Within four hours: too early."}
    pl.DataFrame([told]).write_parquet(tables / "analysis.change_effect.parquet")
    place.published.symlink_to(tables.parent)
    return place


def asked(home: Home, *words: str) -> Result:
    return CliRunner().invoke(app, ["change", *words, "--home", str(home.root)])


def file(home: Home) -> Path:
    return home.declared / "changes.toml"


def test_an_entry_is_added_below_what_stands_there_and_listed_with_what_the_rows_show(home: Home) -> None:
    file(home).write_text("# ours\n", encoding="utf-8")
    assert asked(home, "add", *ENTRY).exit_code == 0
    assert asked(home, "add", *ENTRY[:1], "Desk", *ENTRY[2:], "--label", "desk").exit_code == 0
    text = file(home).read_text(encoding="utf-8")
    assert text.startswith("# ours\n")
    first, second = tomllib.loads(text)["change"]
    assert (first["from"], first["hopes"], second["label"]) == (date(2023, 9, 1), {"ae_within_4h": "up"}, "desk")
    assert asked(home, "check").exit_code == 0
    listed = asked(home, "list").stdout
    assert "2023-09  Hub  RA1  (home)" in listed
    assert "Within four hours: too early." in listed
    assert "the next run says what the rows show" in listed  # of the desk


@pytest.mark.parametrize(
    ("at", "bad"),
    [(1, ""), (5, "RA2"), (7, "2021-01"), (7, "2023-09-02"), (9, "ae_within_4h"), (9, "ae_within=up"), (9, "ae_within_4h=better"), (11, "2023-09")],
)
def test_an_entry_that_cannot_be_used_is_refused_and_nothing_is_written(home: Home, at: int, bad: str) -> None:
    found = asked(home, "add", *ENTRY[:at], bad, *ENTRY[at + 1 :])
    assert found.exit_code == 2
    assert "What to do" in found.stderr
    assert not file(home).exists()


def test_a_name_that_is_taken_is_refused_and_a_fault_that_stood_before_is_not_in_the_way(home: Home) -> None:
    assert asked(home, "add", *ENTRY).exit_code == 0
    before = file(home).read_text(encoding="utf-8")
    assert asked(home, "add", *ENTRY).exit_code == 2
    assert file(home).read_text(encoding="utf-8") == before
    file(home).write_text(before.replace("ae_within_4h", "ae_within"), encoding="utf-8")
    assert asked(home, "add", "--name", "Desk", *ENTRY[2:]).exit_code == 0
    checked = asked(home, "check")
    assert checked.exit_code == 2
    assert "declared/changes.toml, line 1, change 1 (Hub)" in checked.stderr


def test_what_cannot_be_used_is_a_finding_and_what_can_is_not() -> None:
    fault = BadInput("declared/changes.toml, line 3, change 1", expected="what", seen="no what", action="add it")
    found = travelling.findings(Changes((), (fault,)))
    assert found.select("table_name", "gate", "passed", "failing").rows() == [("reference.change", "declared", False, 1)]
    assert "line 3" in found["detail"][0]
    assert travelling.findings(Changes()).select("passed").rows() == [(True,)]
