"""The page of the lines: figures that the tables give back, six parts in their order, base rates beside the line, nobody named."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from sightline.pack import line
from sightline.pack.board import board
from sightline.pack.database import Tables, read
from sightline.pack.pages import pages
from sightline.threshold.crossing import NOBODYS_WEEKS
from sightline.threshold.words import TITLES
from tests.pack import house
from tests.pack.conftest import Pack
from tests.pack.page import SVG, cells, words_of

LISTS = {"crossing", "placebo", "base_rate", "band", "bunching"}


@pytest.fixture(scope="module")
def tables(made: Pack) -> Tables:
    return read(made.house.path)


@pytest.fixture(scope="module")
def without_lists(tables: Tables) -> Tables:
    """The same publication, of a source that has no waiting lists."""
    return replace(tables, **{field.name: getattr(tables, field.name).clear() for field in fields(tables) if field.name in LISTS})


def test_the_page_says_what_was_planted_and_says_it_in_six_parts(made: Pack) -> None:
    page = made.pages[line.ADDRESS]
    # one in five of those who crossed 18 weeks was taken off the list in every unit: nothing else was planted
    assert words_of(page.all("h1")[0]) == "Fewer people than their neighbours were still waiting just past 18 weeks"
    open_section = page.all("section", "reads")[0]
    assert [words_of(heading) for heading in open_section.iter("h3")][1:] == list(TITLES)


def test_counts_at_weeks_that_are_nobodys_target_stand_beside_the_count_at_the_line(made: Pack) -> None:
    table = next(one for one in made.pages[line.ADDRESS].all("table") if "How many providers" in words_of(one))
    rows = {row[0]: row[1:] for row in cells(table)}
    assert {f"{week} weeks (nobody’s target)" for week in NOBODYS_WEEKS} < set(rows)
    assert rows["18 weeks"][:3] == ["4", "4", "4"]
    asked = "select sum(break_at_line) from analysis.threshold_base_rate where level = 'provider' and line_kind = 'nobodys' and period = 'year'"
    assert made.ask(asked) == [(sum(int(cell[2]) for name, cell in rows.items() if "nobody" in name),)]


def test_what_the_files_lack_is_said(made: Pack) -> None:
    page = made.pages[line.ADDRESS]
    assert "December 2022 (revised) to January 2023 (first)" in page.text
    assert "lack up to 5.0 % of England's list" in page.text


def test_no_organisation_is_named(made: Pack) -> None:
    main = words_of(made.pages[line.ADDRESS].all("main")[0])
    assert not [one.code for one in house.PROVIDERS if one.code in main or one.name in main]
    assert "U001" not in main


def test_every_picture_has_a_title_and_there_are_two_sizes(made: Pack) -> None:
    pictures = [one for one in made.pages[line.ADDRESS].all(f"{SVG}svg") if one.get("aria-labelledby")]
    assert len(pictures) == 2 * len(line.figures(read(made.house.path))) >= 2 * 6
    assert all(one.get("role") == "img" and words_of(next(one.iter(f"{SVG}title"))) for one in pictures)


def test_pairs_lead_to_the_line_of_their_target(made: Pack) -> None:
    assert "line.html#four-hours" in made.pages["pair-the-four-hour-line.html"].links


def test_a_source_without_waiting_lists_says_so_and_keeps_the_four_hour_line(without_lists: Tables) -> None:
    found = line.figures(without_lists)
    drawn = {f"line {name} {size}": "<svg></svg>" for name in found for size in line.SIZES}
    html = next(html for address, html in pages(board(without_lists), drawn) if address == line.ADDRESS)
    assert "This source holds no waiting list by week" in html
    assert "76\u00a0% in March 2024" in html
    assert set(found) == {"due202403", "due202503"}


def test_the_newest_period_that_was_long_enough_is_shown(tables: Tables) -> None:
    found = line.shown(tables)
    assert found is not None
    assert (found.keys["period"], found.pairs) == ("year", 6)
    assert found.lines == [18, 52, 65, 78]
