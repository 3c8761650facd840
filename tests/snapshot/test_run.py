"""What `make run` publishes where there is no network: both datasets of the snapshot, told as what they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.run import run_nightly
from sightline.home import Home
from sightline.snapshot.build import REBUILT

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("history_in_memory")]


def ask(home: Home, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.published.resolve() / "sightline.duckdb"), read_only=True) as connection:
        return connection.sql(query).fetchall()


def test_it_is_published_whole_and_the_next_run_finds_nothing_new(snapshot: Home) -> None:
    assert ask(snapshot, "select dataset, count(*) from meta.file where state in ('current', 'superseded') group by all order by 1") == [
        ("ae", 71),
        ("rtt", 12),
    ]
    again = run_nightly(snapshot, "snapshot")
    assert (again.status, again.exit_status) == ("nothing new", 0)


def test_every_month_of_the_list_is_reported_as_short_of_england(snapshot: Home) -> None:
    rows = ask(snapshot, "select is_whole, share_missing, taken_from from core.rtt_england_month where extract_waiting is not null")
    assert len(rows) == 12
    assert all(not whole and missing > 0.01 and taken_from == "overview" for whole, missing, taken_from in rows)
    told = ask(snapshot, "select failing from meta.finding where table_name = 'core.rtt_england_month' and expectation like '%all of England%'")
    assert told == [(12,)]
    assert ask(snapshot, "select count(*) from measure.value where measure like 'rtt%' and level = 'region'") == [(0,)]


def test_england_is_the_publishers_own_figure(snapshot: Home) -> None:
    """November 2024 as NHS England's overview prints it: 7,479,867 waiting, 4,424,701 of them less than 18 weeks."""
    query = "select numerator, denominator from measure.value where measure = 'rtt_within_18w' and organisation = 'ENG' and month = '2024-11-01'"
    assert ask(snapshot, query) == [(4_424_701, 7_479_867)]


def test_every_page_and_the_run_say_that_the_layout_is_rebuilt(snapshot: Home) -> None:
    pages = list((snapshot.published / "pack").rglob("*.html"))
    assert len(pages) > 200
    assert [page.name for page in pages if REBUILT not in page.read_text("utf-8")] == []
    assert REBUILT in ask(snapshot, "select source_label from meta.run")[0][0]
    assert REBUILT in Path(snapshot.published / "run.json").read_text("utf-8")


def test_each_publication_is_told_with_its_own_months_and_its_own_gaps(snapshot: Home) -> None:
    """A&E goes to June 2025 and lacks six months; the list goes to March 2025, England's own figures to the overview's last month."""
    newest = ask(snapshot, "select strftime(max(month), '%B %Y') from measure.value where measure = 'rtt_within_18w' and level = 'england'")[0][0]
    pack = snapshot.published / "pack"
    four_hours, weeks, first = (
        (pack / f"{name}.html").read_text("utf-8") for name in ("pair-the-four-hour-line", "pair-the-eighteen-week-line", "index")
    )
    assert "Data to June 2025, released" in four_hours
    assert f"Data to {newest} (England) and March 2025 (providers)" in weeks
    assert f"June 2025 (A&amp;E); {newest} (referral to treatment, England); and March 2025 (referral to treatment, providers)" in first
    gaps = "months are missing (July 2020, September 2024 and January 2025 to April 2025)"
    assert f"Six {gaps}" in four_hours
    assert f"A&amp;E: six {gaps}" in first
    assert "July 2020" not in weeks
    assert "No region is shown" in weeks
    assert "No region is shown" not in four_hours


def test_a_wait_in_weeks_is_never_told_in_people_a_day(snapshot: Home) -> None:
    trend = (snapshot.published / "pack" / "trend-the-eighteen-week-line.html").read_text("utf-8")
    assert "weeks" in trend
    assert " a day " not in trend
