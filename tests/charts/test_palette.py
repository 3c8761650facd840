"""Colours that can be told apart by people who see them badly, and shapes for those who do not see them."""

from __future__ import annotations

import re

import pytest

from sightline.charts import theme
from sightline.charts.icons import DRAWINGS, assurance_icon, icon, variation_icon
from sightline.charts.template import LINES, SHAPES
from sightline.charts.theme import WORDS

#: WCAG 2.2: text (1.4.3) and graphics that carry meaning (1.4.11); decoration is free
ASKED = {"text": 4.5, "graphic": 3.0}


def _luminance(colour: str) -> float:
    """Relative luminance by the definition of WCAG 2.2, written out."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    lighter, darker = max(_luminance(one), _luminance(other)), min(_luminance(one), _luminance(other))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_formula_gives_the_known_ratios() -> None:
    assert _contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert _contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)
    for one, other in (("#000000", "#FFFFFF"), ("#767676", "#FFFFFF"), ("#00b0f0", "#FFFFFF"), ("#005EB8", "#F1F4F6")):
        assert theme.contrast(one, other) == pytest.approx(_contrast(one, other))


@pytest.mark.parametrize("colour", [one for one in theme.PALETTE if one.use in ASKED], ids=lambda one: one.name)
def test_every_colour_that_carries_meaning_stands_out_on_every_ground(colour: theme.Colour) -> None:
    assert colour.grounds
    for ground in colour.grounds:
        assert _contrast(colour.value, ground) >= ASKED[colour.use], ground


def test_colours_with_meaning_stand_on_white_and_on_the_band() -> None:
    for colour in theme.PALETTE:
        if colour.use in ASKED:
            assert set(colour.grounds) == {theme.WHITE, theme.BAND}


def _use(value: str) -> str:
    return next(colour.use for colour in theme.PALETTE if colour.value == value)


def test_words_are_set_in_text_colours_and_marks_in_colours_with_meaning() -> None:
    assert {_use(colour) for colour in WORDS.values()} == {"text"}
    assert {_use(colour) for colour, _, _ in LINES.values()} <= {"text", "graphic"}
    assert {_use(stroke) for _, _, stroke, _ in SHAPES.values()} <= {"text", "graphic"}


def test_each_verdict_has_a_shape_of_its_own_so_that_colour_is_never_the_only_sign() -> None:
    assert set(SHAPES) == {"common_cause", "improvement", "concern", "neither_high", "neither_low", "no_verdict", "left_out"}
    seen = [(shape, "hollow" if fill == theme.WHITE else "filled") for shape, fill, _, _ in SHAPES.values()]
    assert len(set(seen)) == len(SHAPES)


def test_limits_targets_and_means_differ_without_colour() -> None:
    assert len({(tuple(dash), width) for _, dash, width in (LINES["limit"], LINES["centre"], LINES["target"])}) == 3


def test_icons_differ_without_colour() -> None:
    bare = [re.sub(r"#[0-9A-Fa-f]{6}", "", drawing.marks) for drawing in DRAWINGS.values()]
    assert len(set(bare)) == len(DRAWINGS)


@pytest.mark.parametrize("name", DRAWINGS)
def test_an_icon_says_what_it_is_to_those_who_do_not_see_it(name: str) -> None:
    drawn = icon(name)
    assert 'role="img"' in drawn
    assert f"<title>{DRAWINGS[name].title}</title>" in drawn
    assert f"<desc>{DRAWINGS[name].meaning}</desc>" in drawn
    assert not re.search(r"style|script|href", drawn)


@pytest.mark.parametrize(
    ("variation", "better", "expected"),
    [
        ("improvement", "up", "improvement_high"),
        ("improvement", "down", "improvement_low"),
        ("concern", "up", "concern_low"),
        ("concern", "down", "concern_high"),
        ("neither_high", "neither", "neither_high"),
        ("neither_low", "neither", "neither_low"),
        ("common_cause", "up", "common_cause"),
        (None, "up", "no_verdict"),
    ],
)
def test_the_icon_of_a_verdict_points_the_way_the_figure_went(variation: str | None, better: str, expected: str) -> None:
    assert variation_icon(variation, better) == expected


@pytest.mark.parametrize(
    ("assurance", "direction", "expected"),
    [
        ("failing", "at_least", "target_above"),
        ("passing", "at_least", "target_below"),
        ("failing", "at_most", "target_below"),
        ("passing", "at_most", "target_above"),
        ("hit_or_miss", "at_least", "target_inside"),
        ("hit_or_miss", "at_most", "target_inside"),
        (None, "at_least", None),
    ],
)
def test_the_icon_of_a_target_says_where_it_lies_and_judges_nothing(assurance: str | None, direction: str, expected: str | None) -> None:
    assert assurance_icon(assurance, direction) == expected
