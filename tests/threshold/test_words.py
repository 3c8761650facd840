"""Sentences about a line: six parts in their order, no word that is not written of people, no size without a verdict."""

from __future__ import annotations

import re
from functools import cache

import polars as pl
import pytest

from sightline import threshold
from sightline.threshold.crossing import BREAK, CANNOT_TELL, NO_BREAK, POSSIBLE
from sightline.threshold.words import TITLES, Reading, about, base_rate_words, bunching_words, crossing_words, in_words, lower_than, signed
from tests.pack.test_wording import BANNED, MERIT, _found
from tests.threshold.lists import crossed, few, hundred
from tests.threshold.test_bunching import LINE, moved, smooth

PARTS = Reading._fields


@cache
def said() -> pl.DataFrame:
    """Sentences on every verdict of crossing and bunching, and on most reasons not to tell."""
    short = few().filter(pl.col("month") < pl.date(2023, 2, 1))
    small = few().with_columns(pl.col("people") // 40)
    crossings = [crossed(hundred("removed"), [18, 26, 52, 104]), crossed(hundred("none"), [65]), crossed(short, [18]), crossed(small, [18, 52]),
                 crossed(few().filter(pl.col("unit") == "U001"), [18])]  # fmt: skip
    hole = smooth().with_columns(pl.when(pl.col("bin").is_between(225, 240)).then(pl.col("count") // 3).otherwise("count").alias("count"))
    counts = [smooth(), smooth(5), moved(smooth(), 0.2)[0], moved(smooth(), 0.04)[0], hole, smooth(people=70)]
    piles = [threshold.bunching(frame, bin="bin", count="count", line=LINE, width=5, draws=50, notch=notch, right=11 * notch, correct=not notch)
             for frame in counts for notch in (False, True)]  # fmt: skip
    return pl.concat([crossing_words(one) for one in crossings] + [bunching_words(one, line=LINE) for one in piles], how="diagonal")


def test_all_verdicts_are_spoken_of() -> None:
    assert {BREAK, POSSIBLE, NO_BREAK, CANNOT_TELL, "bunching", "missing mass", "no bunching of practical size"} <= set(said()["verdict"])


def test_every_finding_has_its_six_parts_as_whole_sentences() -> None:
    assert len(PARTS) == len(TITLES) == 6
    for part in PARTS:
        for text in said()[part].unique():
            assert re.fullmatch(r"[A-Z].*[.?]", text), text
            assert not re.search(r"  |None|nan|\.\.|,\.| ,|\{|\}|_", text), text
    assert all(text.endswith("?") for text in said()["question"])


def test_no_word_accuses_or_puts_anyone_in_an_order() -> None:
    text = " ".join(said().select(pl.concat_str(PARTS, separator=" ")).to_series().unique())
    assert _found(BANNED, text) == []
    assert _found(MERIT, text) == []


def test_no_p_value_stands_in_a_sentence_and_every_verdict_has_its_base_rate() -> None:
    crossings = said().filter(pl.col("unit").is_not_null())
    assert not crossings["how_sure"].str.contains(r"p ?=|0\.0\d").any()
    assert crossings["how_sure"].str.contains("nobody's target").all()


def test_no_size_is_given_where_nothing_can_be_told() -> None:
    cannot = said().filter(pl.col("verdict") == CANNOT_TELL)
    assert cannot.height
    assert not cannot["how_much"].str.contains(r"\d").any()


def test_at_least_three_other_explanations_fit() -> None:
    assert said()["other_explanations"].str.count_matches(r"\.").min() >= 3  # type: ignore[operator]


def test_checking_on_schedule_comes_first_where_guidance_asks_for_it() -> None:
    explained = dict(said().filter(pl.col("line").is_not_null()).select("line", "other_explanations").unique().iter_rows())
    assert explained[52].startswith("National guidance asks for lists to be checked at 52 weeks")
    assert explained[26].startswith("National guidance")
    assert "guidance" not in explained[18]


def test_base_rates_in_words() -> None:
    row = {
        "line": 30,
        "asked": False,
        "units": 140,
        "tested": 136,
        "p_low_significant": 9,
        "break_": 0,
        "possible": 9,
        "no_break": 4,
        "cannot_tell": 123,
    }
    rates = pl.DataFrame([row, row | {"line": 32}])
    assert base_rate_words(rates) == (
        "At two weeks that are nobody's target the same test called a break for none, and a possible break for 7\u00a0%, of about 136 units."
    )
    assert "is not known here" in base_rate_words(rates.clear())


@pytest.mark.parametrize(("people", "text"), [(54_355, "54,000"), (689, "690"), (7.4, "7"), (-288, "−290"), (0.2, "0"), (-0.2, "0"), (99.6, "100")])
def test_people_are_counted_to_two_figures(people: float, text: str) -> None:
    assert about(people) == text


def test_figures_in_words() -> None:
    assert (lower_than(1 / 34, 33), lower_than(3 / 34, 33)) == ("all 33 other", "31 of 33 other")
    assert (in_words(11), in_words(1234), signed(-0.004), signed(-1.256)) == ("eleven", "1,234", "0.00", "−1.26")
