"""Words that must not appear on any page, and machine values that must not reach a sentence."""

from __future__ import annotations

import re

import pytest

from tests.pack import house
from tests.pack.conftest import Pack
from tests.pack.page import Page

#: what is not written of a pattern, an organisation or people (the rules of wording, left column)
BANNED = (
    "gaming", "gamed", "fiddling", "cheating", "cooking the books", "rigging", "massaging",
    "manipulation", "falsified", "fraud", "dishonest",
    "suspicious", "guilty", "offender", "culprit", "caught", "exposed", "suspect",
    "failing", "poor performer", "worst", "underperforming", "outlier trust",
    "proves", "confirms", "reveals that they",
    "hidden waits", "lost patients",
    "hit the target but missed the point",
    "innocent", "clean", "cleared", "no gaming",
)  # fmt: skip
#: nor are organisations put in an order of merit
MERIT = ("best", "league table", "ranked", "score", "percentile", "top ten", "bottom ten", "green", "amber")
#: values of columns, which stand in tables and SQL
MACHINE = (
    "hit_or_miss", "common_cause", "neither_high", "neither_low", "outside_limits", "no_change", "cannot_tell", "two_of_three",
    "passing", "failing", "improvement", "None", "nan", "null",
)  # fmt: skip


def _found(words: tuple[str, ...], text: str) -> list[str]:
    longest_first = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return [word.lower() for word in re.findall(rf"(?<!\w)(?:{longest_first})(?!\w)", text, re.IGNORECASE)]


def test_the_search_finds_whole_words_in_any_case() -> None:
    assert _found(BANNED, "It was Gaming, he said; the WORST of it.") == ["gaming", "worst"]
    assert _found(BANNED, "Cleanliness and suspects; uncaught.") == []


@pytest.mark.parametrize("which", ["made", "simulated"])
def test_no_page_uses_a_banned_word(which: str, request: pytest.FixtureRequest) -> None:
    pages: dict[str, Page] = request.getfixturevalue(which).pages
    assert {address: found for address, page in pages.items() if (found := _found(BANNED, page.text))} == {}


def test_no_page_puts_organisations_in_an_order_of_merit(made: Pack) -> None:
    assert {address: found for address, page in made.pages.items() if (found := _found(MERIT, page.text))} == {}


def test_no_machine_value_stands_in_a_sentence(made: Pack) -> None:
    pages = {address: page for address, page in made.pages.items() if address != "data.html"}
    assert {address: found for address, page in pages.items() if (found := [word for word in MACHINE if re.search(rf"\b{word}\b", page.text)])} == {}


def test_no_name_of_a_column_stands_in_a_sentence(made: Pack) -> None:
    own = {address: set(re.findall(r"\b[a-z]+_[a-z_]+\b", page.text)) for address, page in made.pages.items()}
    tables = {"validation.html", "data.html"}
    assert {address: found for address, found in own.items() if found and address not in tables} == {}


def test_every_contrast_on_a_page_is_one_of_five_words_or_says_what_is_known(made: Pack) -> None:
    five = {
        "together better", "together worse", "the number improved and the experience did not", "the experience improved and the number did not",
        "no change that chance would not make",
    }  # fmt: skip
    lines = [item for page in made.pages.values() for item in page.all("ul", "words") if page.address != "validation.html"]
    said = [" ".join("".join(item.itertext()).split()) for one in lines for item in one]
    assert said
    for line in said:
        word = line.rpartition(": ")[2].rstrip(".")
        known = re.match(r"cannot tell – the number .+; the experience .+|the (number|experience) worsened and the (number|experience) did not", word)
        assert word in five or known, line


def test_sentences_are_whole(made: Pack) -> None:
    for page in made.pages.values():
        assert not re.search(r"\(\)|  |\.\.(?!\.)|,\.| ,| ;|:\.|: \.|\{\{|\}\}|\{%", page.text), page.address


def test_a_percentage_never_loses_its_sign_at_the_end_of_a_line(made: Pack) -> None:
    for page in made.pages.values():
        prose = re.sub(r"<svg.*?</svg>|<pre.*?</pre>|<script.*?</script>|<style.*?</style>", "", page.source, flags=re.DOTALL)
        assert not re.search(r"\d %", prose), page.address


def test_the_headline_of_the_first_page_is_the_word_of_the_first_pair(made: Pack) -> None:
    rows = made.ask(
        "select word from analysis.pair_contrast where pair = 'the-four-hour-line' and level = 'england' "
        f"and month = date '{house.LAST}' and word is not null group by word order by count(*) desc limit 1"
    )
    assert rows == [("the number improved and the experience did not",)]
    assert "In England the number improved and the experience did not" in made.pages["index.html"].text
    assert "The number improved and the experience did not" in made.pages["pair-the-four-hour-line.html"].text
