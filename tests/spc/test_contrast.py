"""The five words of a pair, and what is said where none of them is true."""

from __future__ import annotations

import polars as pl
import pytest

from sightline import spc

STATES = ("better", "worse", "no_change", "changed", "cannot_tell")
FIVE = {
    "together better",
    "together worse",
    "the number improved and the experience did not",
    "the experience improved and the number did not",
    "no change that chance would not make",
}


def _said(number: str, experience: str) -> tuple[str | None, str | None]:
    pair = pl.DataFrame({"number": [number], "experience": [experience]})
    states = pl.col("number"), pl.col("experience")
    word, reason = pair.select(spc.contrast_word(*states).alias("word"), spc.contrast_reason(*states).alias("reason")).row(0)
    return word, reason


@pytest.mark.parametrize(
    ("number", "experience", "word"),
    [
        ("better", "better", "together better"),
        ("better", "no_change", "the number improved and the experience did not"),
        ("better", "worse", "the number improved and the experience did not"),
        ("no_change", "better", "the experience improved and the number did not"),
        ("worse", "better", "the experience improved and the number did not"),
        ("no_change", "no_change", "no change that chance would not make"),
        ("worse", "worse", "together worse"),
    ],
)
def test_the_word_of_two_states(number: str, experience: str, word: str) -> None:
    assert _said(number, experience) == (word, None)


@pytest.mark.parametrize(
    ("number", "experience", "reason"),
    [
        ("worse", "no_change", "the number worsened and the experience did not"),
        ("no_change", "worse", "the experience worsened and the number did not"),
        ("better", "changed", "the number improved; the experience changed, and neither direction is better"),
        ("changed", "worse", "the number changed, and neither direction is better; the experience worsened"),
        ("cannot_tell", "better", "the number gives no verdict; the experience improved"),
        ("no_change", "cannot_tell", "the number shows no change that chance would not make; the experience gives no verdict"),
    ],
)
def test_the_reason_where_no_word_is_true(number: str, experience: str, reason: str) -> None:
    assert _said(number, experience) == (None, reason)


@pytest.mark.parametrize("number", STATES)
@pytest.mark.parametrize("experience", STATES)
def test_there_are_five_words_and_exactly_one_of_word_and_reason(number: str, experience: str) -> None:
    word, reason = _said(number, experience)
    assert (word is None) != (reason is None)
    assert word is None or word in FIVE


@pytest.mark.parametrize("number", STATES)
def test_a_state_that_cannot_be_told_or_has_no_better_direction_has_no_word(number: str) -> None:
    for unknown in ("changed", "cannot_tell"):
        assert _said(number, unknown)[0] is _said(unknown, number)[0] is None


@pytest.mark.parametrize(
    ("judgement", "state"),
    [
        ("improvement", "better"),
        ("concern", "worse"),
        ("common_cause", "no_change"),
        ("neither_high", "changed"),
        ("neither_low", "changed"),
        (None, "cannot_tell"),
    ],
)
def test_the_state_of_a_judgement(judgement: str | None, state: str) -> None:
    assert pl.DataFrame({"judgement": [judgement]}, schema={"judgement": pl.String}).select(spc.state(pl.col("judgement"))).item() == state
