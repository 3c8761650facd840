"""Declarations on the command line and in a night: what can be used is, what cannot is told, and suggestions are for people."""

from __future__ import annotations

import shutil
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from assets import phases
from pipelines import declared as declaring
from pipelines import run as runs
from pipelines import status
from pipelines.cli import app
from pipelines.run import Outcome, run_nightly
from sightline import declared
from sightline.home import Home
from tests.conftest import MONTHS
from tests.pipelines.published import published

pytestmark = pytest.mark.usefixtures("history_in_memory")

GOOD = """[[phase]]
measure = "ae_within_4h"
organisation = "RA1"
from = 2023-09-01
label = "new unit"
reason = "a new unit opened"
source = "board paper 7"
declared_by = "analyst"
declared_on = 2026-11-28

[[exclude]]
measure = "ae_within_4h"
organisation = "RA1"
month = 2024-01-01
reason = "the count failed"
"""
BAD = '\n[[phase]]\nmeasure = "ae_within"\norganisation = "RA1"\nfrom = 2023-09-02\n'


@pytest.fixture
def home(good: tuple[Outcome, Home], tmp_path: Path) -> Home:
    """What is published in the good home, and an empty ``declared``."""
    place = Home(tmp_path / "home").create()
    place.claim("real")
    place.published.symlink_to(good[1].published.resolve())
    return place


def asked(home: Home, *words: str) -> Result:
    return CliRunner().invoke(app, ["declared", *words, "--home", str(home.root)])


def declare(home: Home, text: str) -> None:
    (home.declared / "phases.toml").write_text(text, encoding="utf-8")


def test_check_says_what_is_declared(home: Home) -> None:
    empty = asked(home, "check")
    assert (empty.exit_code, empty.stdout) == (0, "declared/phases.toml: nothing is declared; steps that travel with sightline: 1\n")
    declare(home, GOOD)
    found = asked(home, "check")
    assert (found.exit_code, found.stderr) == (0, "")
    assert "new phase: 1, left out: 1" in found.stdout


def test_check_lists_every_fault_and_ends_with_2(home: Home) -> None:
    declare(home, GOOD + BAD)
    found = asked(home, "check")
    assert found.exit_code == 2
    told = found.stderr.splitlines()
    assert len(told) == 6  # no such measure, no reason, source, declared_by, declared_on, and a day that is not the first
    assert all(line.startswith("declared/phases.toml, line ") and ", phase 2" in line and "What to do: " in line for line in told)


def test_a_home_without_a_publication_can_be_checked(tmp_path: Path) -> None:
    found = asked(Home(tmp_path / "none"), "check")
    assert found.exit_code == 0
    assert "nothing is published here yet" in found.stdout


def test_list_says_why_by_whom_and_since_when(home: Home) -> None:
    declare(home, GOOD)
    text = asked(home, "list").stdout
    assert (
        "2023-09  new phase  ae_within_4h, RA1  (home)\n  why: a new unit opened\n  source: board paper 7; declared by: analyst on 2026-11-28" in text
    )
    assert "2020-03  new phase  all of ae, all  (shipped)" in text


def test_suggestions_are_entries_that_check_refuses_until_a_person_has_written_the_reason(home: Home, tmp_path: Path) -> None:
    moved = [("ae_within_4h", "england", "ENG", month, 0.8 + place % 2 / 100 - (0.2 if place >= 30 else 0)) for place, month in enumerate(SIXTY)]
    folder = tmp_path / "publication" / "parquet"
    shutil.copytree(home.published / "parquet", folder)
    columns = ["measure", "level", "organisation", "month", "value"]
    pl.DataFrame(moved, schema=columns, orient="row").write_parquet(folder / "measure.value.parquet")
    (folder.parent / "run.json").write_text("{}")
    home.published.unlink()
    home.published.symlink_to(folder.parent)
    found = asked(home, "suggest", "--measure", "ae_within_4h", "--organisation", "ENG")
    (entry,) = tomllib.loads(found.stdout)["phase"]
    assert (entry["measure"], entry["organisation"], entry["from"]) == ("ae_within_4h", "ENG", SIXTY[30])
    declare(home, found.stdout)
    assert asked(home, "check").stderr.count("written by a person") == 3
    declare(home, found.stdout.replace("to be written", "written"))
    assert asked(home, "check").exit_code == 0
    assert asked(home, "suggest", "--measure", "none").exit_code == 2


SIXTY = [date(2021 + number // 12, number % 12 + 1, 1) for number in range(60)]


def test_the_steps_that_travel_with_sightline_have_no_fault() -> None:
    text = (Path(phases.__file__).parent / "declared" / "phases.toml").read_text(encoding="utf-8")
    found = declared.checked(declared.parsed(text, "shipped", "x"), declaring.Known(phases.measures()))
    assert found.faults == ()
    assert [(entry.dataset, entry.month_from, bool(entry.source)) for entry in found.entries] == [("ae", date(2020, 3, 1), True)]


def test_no_step_of_the_real_nhs_is_declared_of_a_simulated_one() -> None:
    none = pl.DataFrame(schema={"organisation": pl.String, "month": pl.Date, "kind": pl.String})
    assert phases.shipped(none, simulated=True) == ()
    assert len(phases.shipped(none, simulated=False)) == 1


def ask(home: Home, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.published.resolve() / "sightline.duckdb"), read_only=True) as connection:
        return connection.sql(query).fetchall()


@pytest.mark.long
def test_a_night_uses_what_can_be_used_tells_the_rest_and_ends_with_1(good: tuple[Outcome, Home], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(good[1].root.parent, tmp_path / "night", symlinks=True))
    home, source = Home(folder / "sightline-home"), str(folder / "site")
    declare(home, GOOD + BAD)
    outcome = run_nightly(home, source)
    assert (outcome.status, outcome.exit_status, len(outcome.lines)) == ("published, with declared entries left out", 1, 6)
    assert all(line.startswith("left out: declared/phases.toml, line ") for line in outcome.lines)
    assert len(ask(home, "from meta.finding where not passed and gate = 'declared'")) == 6
    assert ask(home, "select kind, month_from from reference.phase where origin = 'home' order by kind") == [
        ("exclude", date(2024, 1, 1)), ("phase", date(2023, 9, 1)),
    ]  # fmt: skip
    series = "measure = 'ae_within_4h' and organisation = 'RA1'"
    assert ask(home, f"select phase_start, last_month from analysis.spc_summary where {series}") == [(date(2023, 9, 1), MONTHS[-1])]
    assert ask(home, f"select month, note from analysis.spc_point where {series} and excluded") == [
        (date(2024, 1, 1), "left out of centre line, limits and runs: the count failed")
    ]
    page = (home.published / "pack" / "organisation" / "RA1.html").read_text(encoding="utf-8")
    assert "new unit" in page
    assert "the count failed" in page
    assert run_nightly(home, source).status == "nothing new"


def test_an_entry_that_was_left_out_is_told_by_the_run_by_quiet_nights_and_by_status(tmp_path: Path) -> None:
    home = published(tmp_path, declared_left_out=["declared/phases.toml, line 3, phase 1: expected …"])
    line = "left out: declared/phases.toml, line 3, phase 1: expected …"
    assert list(runs.left_out(home)) == [line]
    found = status.status(home, datetime(2025, 6, 13, 9, tzinfo=UTC))
    assert (found.exit_status, line in list(status.lines(found))) == (1, True)


def test_what_cannot_be_used_is_a_finding_for_each_fault_and_one_that_holds_where_there_is_none() -> None:
    bad = declared.parsed(GOOD + BAD, "home", declared.WHERE)
    assert phases.findings(bad).select("passed", "failing", "gate").rows() == [(False, 1, "declared")] * 5
    assert phases.findings(declared.parsed(GOOD, "home", declared.WHERE)).select("passed", "detail").rows() == [(True, "")]
