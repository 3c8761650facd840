"""What ``sightline status`` promises: one word and one exit status for how a home stands, and the publisher's calendar."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from assets import calendar
from pipelines import status
from pipelines.run import Outcome, record, run_nightly
from sightline.home import Home
from tests.pipelines.published import hold_back, published, visited

#: the day after the May 2025 figures were published, and days after the June ones were due on 10 July
FRESH, WITHIN_GRACE, OVERDUE = (datetime(2025, month, day, 12, tzinfo=UTC) for month, day in ((6, 13), (7, 13), (7, 14)))


def told(home: Home, now: datetime) -> str:
    return "\n".join(status.lines(status.status(home, now)))


@pytest.mark.parametrize(
    ("month", "day"),
    # days on which NHS England did publish A&E figures
    [(date(2025, 5, 1), date(2025, 6, 12)), (date(2025, 6, 1), date(2025, 7, 10)), (date(2024, 12, 1), date(2025, 1, 9))],
)
def test_figures_are_expected_on_the_second_thursday_of_the_month_that_follows(month: date, day: date) -> None:
    assert calendar.expected_day(month) == day


def test_the_second_thursday_lies_between_the_8th_and_the_14th() -> None:
    days = [calendar.expected_day(date(year, month, 1)) for year in range(2019, 2040) for month in range(1, 13)]
    assert all(day.isoweekday() == 4 and 8 <= day.day <= 14 for day in days)


def test_every_overdue_month_and_the_next_one_are_expected() -> None:
    found = calendar.expected(date(2025, 4, 1), date(2025, 7, 20))
    assert [(one.month, one.overdue) for one in found] == [(date(2025, 5, 1), True), (date(2025, 6, 1), True), (date(2025, 7, 1), False)]


@pytest.mark.parametrize(
    ("now", "word", "ends", "sentence"),
    [
        (FRESH, "fresh", 0, "the June 2025 figures are expected on Thursday 10 July 2025"),
        (WITHIN_GRACE, "fresh", 0, "the June 2025 figures are expected on Thursday 10 July 2025"),
        (OVERDUE, "stale", 1, "the June 2025 figures were expected on Thursday 10 July 2025"),
    ],
)
def test_a_live_source_is_stale_some_days_after_the_figures_were_expected(now: datetime, word: str, ends: int, sentence: str, tmp_path: Path) -> None:
    home = published(tmp_path)
    found = status.status(home, now)
    assert (found.word, found.exit_status) == (word, ends)
    assert sentence in told(home, now)


@pytest.mark.parametrize(("source", "word"), [("nhs", "stale"), ("mirror", "stale"), ("snapshot", "fresh"), ("sample", "fresh"), ("folder", "fresh")])
def test_only_a_live_source_grows_stale(source: str, word: str, tmp_path: Path) -> None:
    assert status.status(published(tmp_path, source=source), OVERDUE).word == word


def test_something_held_back_ends_with_1_and_is_named(tmp_path: Path) -> None:
    held = {"url": "https://x/y/May-2025.csv", "reason": "expected: this; saw: that.", "what_stays": "the first release"}
    home = published(tmp_path, held_back=[held])
    assert status.status(home, FRESH).exit_status == 1
    assert "held back: May-2025.csv: expected: this; saw: that. What stays: the first release." in told(home, FRESH)


@pytest.mark.parametrize("ends", ["2025-06-12T03:16:00+00:00", "2025-06-12T03:14:00+00:00"])
def test_a_run_that_failed_after_the_publication_ends_with_3_and_says_why(ends: str, tmp_path: Path) -> None:
    home = published(tmp_path)
    record(home, Outcome("nothing published", 3, ("the site did not answer",)))
    place = home.logs / "last-run.json"
    place.write_text(json.dumps({**json.loads(place.read_text()), "ended": ends}))
    after = ends > "2025-06-12T03:15"
    assert status.status(home, FRESH).exit_status == (3 if after else 0)
    assert ("the site did not answer" in told(home, FRESH)) == after


def test_every_run_leaves_its_outcome(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    run_nightly(home, str(tmp_path / "nowhere"))
    found = status.status(home, FRESH)
    assert (found.word, found.exit_status, found.last_run["exit_status"]) == ("nothing published", 3, 3)
    assert "nowhere" in told(home, FRESH)


def test_a_home_that_is_not_there_is_one_without_a_publication_and_is_not_made(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert status.status(home, FRESH).exit_status == 3
    assert not home.root.exists()


def test_quiet_nights_are_counted_since_the_publication_or_the_last_loud_night(tmp_path: Path) -> None:
    home = published(tmp_path)
    visited(home, 11)
    visited(home, 12)
    visited(home, 13, failed=1, note="1 warning, the first: no answer")
    visited(home, 14)
    visited(home, 15)
    assert status.status(home, FRESH).visits["ae"]["quiet_nights"] == 2
    assert "ae: last visit: 2025-06-15 04:15 (London), nothing new, 2 quiet nights" in told(home, FRESH)


def test_the_word_is_said_with_home_source_month_and_gaps(tmp_path: Path) -> None:
    text = told(published(tmp_path, missing_months={"ae": ["2020-07"]}), FRESH)
    for said in (str(tmp_path), "NHS England's website", "May 2025 (74 months)", "2025-06-12 04:15", "no file for 2020-07"):
        assert said in text


@pytest.mark.parametrize(("words", "ends"), [(["status", "--json"], 1), (["export", "DEST"], 0), (["quarantine", "list"], 0)])
def test_status_and_export_load_neither_dagster_nor_great_expectations(words: list[str], ends: int, tmp_path: Path) -> None:
    home = published(tmp_path / "home")
    hold_back(home, ("a" * 64, "expected: this; saw: that."))
    words = [str(tmp_path / "out") if word == "DEST" else word for word in words]
    code = (
        "import sys; from pipelines.cli import app\n"
        f"try: app({[*words, '--home', str(home.root)]!r})\n"
        "except SystemExit as end: print(); print(end.code, *sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    code_, *loaded = done.stdout.splitlines()[-1].split()
    assert int(code_) == ends, done.stderr  # the figures of the hand-written home are long overdue
    assert "typer" in loaded
    assert not {"dagster", "great_expectations"} & set(loaded)


def test_json_is_one_object(tmp_path: Path) -> None:
    found: dict[str, Any] = json.loads(json.dumps(status.as_json(status.status(published(tmp_path), OVERDUE)), default=str))
    assert (found["status"], found["exit_status"], found["source"]) == ("stale", 1, "nhs")
    assert found["expected"]["ae"][0] == {"month": "2025-06-01", "day": "2025-07-10", "overdue": True}
