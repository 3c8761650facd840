"""Words of every series as rows: each rule that fired with its months, and the sentences that pages and charts share."""

from __future__ import annotations

from datetime import date
from html import unescape

import polars as pl
import pytest

from sightline.pack import texts
from tests.pack.conftest import Pack
from tests.pack.page import SVG, words_of
from tests.spc.series import months

KEYS = {"measure": "m", "level": "provider", "organisation": "R1A"}
RULES = ("outside_limits", "trend", "two_of_three", "shift")


def _points(values: str, first: date = date(2024, 1, 1), **flagged: str) -> pl.DataFrame:
    """A window of months about a centre line of 10; rules drawn as ``..##``."""
    numbers = [None if word == "." else float(word) for word in values.split()]
    flags = {f"rule_{rule}": [mark == "#" for mark in flagged.get(rule, "." * len(numbers))] for rule in RULES}
    return pl.DataFrame({"month": months(len(numbers), first), "value": numbers, "centre_line": 10.0, "in_window": True, **flags}).with_columns(
        *(pl.lit(value).alias(name) for name, value in KEYS.items())
    )


def _said(points: pl.DataFrame) -> list[str]:
    return texts.fired(points)["rules"].to_list()


def test_a_shift_names_its_length_side_and_months() -> None:
    assert _said(_points("9 9 11 11 11 11 11 11 11 11 9", shift="..########.")) == ["shift: 8 months above the centre line, March to October 2024"]


def test_changes_are_those_of_neighbouring_months_and_the_latest_stands_alone() -> None:
    summary = pl.DataFrame({**{name: [value] for name, value in KEYS.items()}, "latest_month": [date(2024, 7, 1)]})
    told = texts.with_changes(summary, _points("10 12 9 . 14 13 15")).row(0, named=True)
    assert (told["month_change"], told["changes_before"], told["change_lowest"], told["change_highest"]) == (2, 3, -3, 2)
    gap = texts.with_changes(summary, _points("10 12 9 11 14 . 15")).row(0, named=True)
    assert gap["month_change"] is None


def test_a_span_over_new_year_names_both_years_and_one_month_stands_alone() -> None:
    over = _points("9 9 9 9 9 9 9", first=date(2023, 11, 1), shift="#######", outside_limits="......#")
    assert _said(over) == ["outside the limits: below, May 2024; shift: 7 months below the centre line, November 2023 to May 2024"]


def test_runs_on_both_sides_and_runs_parted_by_a_gap_are_told_apart() -> None:
    both = _points("11 11 9 9 . 9 9", shift="####.##")
    assert _said(both) == [
        "shift: 2 months above the centre line, January to February 2024; shift: 2 months below the centre line, March to April 2024; "
        "shift: 2 months below the centre line, June to July 2024"
    ]


def test_months_outside_are_told_together_by_side() -> None:
    assert _said(_points("20 20 10 20 0", outside_limits="##.##")) == [
        "outside the limits: above, January to February 2024, April 2024; outside the limits: below, May 2024"
    ]


def test_a_trend_says_which_way_it_goes_also_where_one_follows_another() -> None:
    assert _said(_points("8 9 10 11 12", trend="#####")) == ["trend: 5 months rising, January to May 2024"]
    assert _said(_points("8 9 10 9 8", trend="#####")) == [
        "trend: 2 months rising, January to February 2024; trend: 3 months falling, March to May 2024"
    ]


def test_where_no_rule_fired_nothing_is_said_and_series_do_not_mix() -> None:
    quiet = _points("9 11 9 11")
    assert _said(quiet) == []
    other = _points("11 11", shift="##").with_columns(organisation=pl.lit("R2B"))
    assert texts.fired(pl.concat([quiet, other])).select("organisation", "rules").rows() == [
        ("R2B", "shift: 2 months above the centre line, January to February 2024")
    ]


def test_every_point_that_a_rule_flags_is_in_its_words(made: Pack) -> None:
    flagged = pl.any_horizontal(*(pl.col(f"rule_{rule}") for rule in RULES))
    points, told = made.house.frames["analysis.spc_point"], made.house.frames["analysis.spc_text"]
    fired = points.filter("in_window", flagged).select("measure", "level", "organisation").unique()
    assert fired.height
    assert told.filter(pl.col("rules").is_not_null()).height == fired.height


def test_there_are_words_for_every_series_and_pages_charts_and_table_have_the_same(made: Pack) -> None:
    told, summary = made.house.frames["analysis.spc_text"], made.house.frames["analysis.spc_summary"]
    assert told.height == summary.height
    assert told.select("sentence", "aloud", "alt_title", "alt_text").null_count().sum_horizontal().item() == 0
    page = made.of("Y60")
    row = told.filter(measure="ae_within_4h", level="region", organisation="Y60").row(0, named=True)
    assert " ".join(row["sentence"].split()) in page.text
    assert " ".join(row["aloud"].split()) in page.text
    assert row["alt_text"] in unescape(page.source)


def test_pages_of_regions_have_their_charts(made: Pack) -> None:
    values = made.house.frames["measure.value"].filter(pl.col("organisation") == "Y60", pl.col("denominator").is_not_null(), pl.col("value") > 0)
    titles = [words_of(title) for title in made.of("Y60").all(f"{SVG}title")]
    assert all(sum(title.startswith(f"{name}, ") for title in titles) == 2 for name in _names(made, values))


def _names(made: Pack, values: pl.DataFrame) -> list[str]:
    return made.house.frames["measure.definition"].join(values, on="measure", how="semi")["name"].to_list()


@pytest.mark.parametrize("column", ["sentence", "aloud", "alt_text"])
def test_a_series_without_a_verdict_says_so_and_claims_nothing(made: Pack, column: str) -> None:
    summary = made.house.frames["analysis.spc_summary"].filter(pl.col("variation").is_null())
    told = made.house.frames["analysis.spc_text"].join(summary, on=["measure", "level", "organisation"], how="semi")
    assert told.height
    assert not told.filter(pl.col(column).str.contains("better than|worse than|for the better|for the worse")).height
