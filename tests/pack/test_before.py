"""The page of what was said before: signals that were taken back with their reason, and nothing taken back that only grew old."""

from __future__ import annotations

import csv
from typing import Any

import polars as pl
import pytest

from assets.memory import corrections
from sightline.pack import before
from tests.pack.conftest import Pack
from tests.pack.house import HOSTILE
from tests.pack.page import Page, cells, words_of


@pytest.fixture(scope="module")
def said(made: Pack) -> Page:
    return made.pages["before.html"]


def test_a_signal_that_was_taken_back_stands_with_its_days_and_reason(said: Page) -> None:
    table = next(table for table in said.all("table") if "Taken back" in words_of(table))
    day, _, measure, what, since, why = next(row for row in cells(table) if HOSTILE in row[1])
    assert (day, since) == ("14 August 2025", "10 July 2025")
    assert "four hours" in measure
    assert what in {"Outside the limits: above, May 2025", "Outside the limits: below, May 2025"}
    assert why == "New months came in, and centre line and limits moved (new: June 2025)"


def test_the_headline_counts_what_is_remembered(said: Page, made: Pack) -> None:
    ((rows,),) = made.ask("select count(*) from meta.signal")
    ((back,),) = made.ask("select count(*) from meta.signal where gone is not null and why not in ('left_window', 'joined')")
    assert words_of(said.all("h1")[0]).startswith(f"Of {rows} signals that were shown {back} w")


def test_where_nothing_went_wrong_that_is_said(said: Page) -> None:
    assert "No error of sightline itself that reached a publication is known so far" in words_of(said.all("main")[0])


def test_the_csv_has_every_row_and_says_nothing_that_a_spreadsheet_would_run(made: Pack) -> None:
    with (made.folder / "data" / "before.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == made.ask("select count(*) from meta.signal")[0][0]
    assert not any(cell[:1] in "=+@" for row in rows for cell in row.values() if cell)


def seen(*whys: str | None) -> pl.DataFrame:
    return pl.DataFrame({"gone": [why and "2025-08-14" for why in whys], "why": whys}, schema={"gone": pl.String, "why": pl.String})


@pytest.mark.parametrize(
    ("whys", "headline"),
    [
        ([], "No publication that is remembered has shown a signal"),
        ([None], "Of 1 signal that was shown none has gone away"),
        (["left_window", "joined", None], "Of 3 signals that were shown 0 were taken back and 2 ended with the months they spoke of"),
        (["revision, new_data", "left_window"], "Of 2 signals that were shown 1 was taken back and 1 ended with the months they spoke of"),
    ],
)
def test_what_left_the_window_was_not_taken_back(whys: list[str | None], headline: str) -> None:
    assert before.headline(seen(*whys)) == headline


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"why": "revision", "detail": "revised: May 2025"}, "Figures were revised (revised: May 2025)"),
        ({"why": "not_known", "detail": None}, "Cannot be told"),
    ],
)
def test_every_reason_has_words(row: dict[str, Any], said: str) -> None:
    assert before.why_words(row) == said


def test_a_correction_of_our_own_is_an_entry_of_the_file() -> None:
    text = '[[correction]]\ncorrected_on = 2026-11-28\nversion = "0.1.1"\nwhat = "a"\nreach = "b"\nmended = "c"\n'
    assert corrections(text).select("version", "what", "reach", "mended").rows() == [("0.1.1", "a", "b", "c")]
    assert corrections("").height == 0
