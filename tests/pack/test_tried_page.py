"""The page "What was tried" and the box on the organisation's page: alike for what moved and what did not, nothing hostile gets in."""

from __future__ import annotations

import polars as pl
import pytest

from sightline.charts.render import uprights_of
from sightline.pack import tried
from sightline.spc.change_effect import VERDICTS
from tests.pack import house
from tests.pack.conftest import Pack


def test_every_change_stands_on_the_page_with_its_verdict_and_a_question(made: Pack) -> None:
    page = made.pages["tried.html"]
    effects = made.house.frames["analysis.change_effect"]
    assert effects.height == 2
    for row in effects.iter_rows(named=True):
        assert row["change"] in page.text
        assert tried.words.capitalised(row["verdict"]) in page.text
        assert tried.QUESTIONS[row["verdict"]] in page.text
    assert "Look again When the figures of December 2025 are published." in page.text
    assert house.HOSTILE not in page.source


def test_the_organisation_has_its_own_box_and_others_have_none(made: Pack) -> None:
    for row in made.house.frames["analysis.change_effect"].iter_rows(named=True):
        assert row["sentence"].replace("\xa0", " ") in made.of(house.STEADY.code).text
    assert "What was tried here" not in made.of(house.GAP.code).text


def test_a_verdict_of_every_kind_has_its_words() -> None:
    assert set(tried.QUESTIONS) == set(tried.COUNTED) == set(VERDICTS)
    assert tried.headline([]) == "Nothing is declared as tried yet"


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [(0.065, "proportion", "+6.5 percentage points"), (-45.41, "per 1,000", "−45.4"), (0.0001, "proportion", "0 percentage points")],
)
def test_a_difference_has_its_sign_and_points_are_not_per_cent(value: float, unit: str, said: str) -> None:
    assert tried.change_words(value, unit) == said


def test_the_words_of_elsewhere_name_who_moved_too(made: Pack) -> None:
    row = made.house.frames["analysis.change_effect"].row(0, named=True)
    moved = {"difference": 0.05, "lower": 0.04, "upper": 0.06}
    apart = {"difference": 0.0, "lower": -0.01, "upper": 0.01, "drift": 0.0}
    england = {**moved, **{f"apart_{key}": value for key, value in apart.items()}}
    others = {**{f"england_{key}": value for key, value in england.items()}, **{f"region_{key}": None for key in moved}}
    apart = {"difference": 0.0, "lower": -0.01, "upper": 0.01, "drift": 0.0}
    england = {**moved, **{f"apart_{key}": value for key, value in apart.items()}}
    others = {**{f"england_{key}": value for key, value in england.items()}, **{f"region_{key}": None for key in moved}}
    likewise = {**row, **moved, **others, "verdict": "cannot tell", "told_apart": "likewise"}
    definition = made.house.frames["measure.definition"].filter(measure="ae_within_4h").row(0, named=True)
    said = tried._elsewhere(likewise, definition)
    assert said is not None
    assert said.startswith("Moved, and so did the rest of England: not told apart from what happened everywhere.")


def test_a_change_is_an_upright_on_its_own_charts_that_does_not_break_the_line() -> None:
    months = pl.date_range(house.FIRST, house.LAST, "1mo", eager=True)
    keys = {"measure": "ae_within_4h", "level": "provider", "organisation": house.STEADY.code}
    points = pl.concat([pl.DataFrame({"month": months}).with_columns(pl.lit(value).alias(key) for key, value in {**keys, "measure": name}.items())
                        for name in ("ae_within_4h", "ae_booked_share")])  # fmt: skip
    found = uprights_of(points, house.phases().head(0), house.tried_changes())
    assert {key: [(one.words, one.breaks) for one in ones] for key, ones in found.items()} == {
        tuple(keys.values()): [("hub", False), ("change tried", False)]
    }
