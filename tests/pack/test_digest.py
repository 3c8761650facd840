"""The digest: what is new since the publication before, in the sentences of the pages, and a feed that any reader takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from sightline.errors import BadInput
from sightline.pack import digest
from sightline.pack.database import Tables, read
from tests.pack.conftest import Pack
from tests.pack.house import HOSTILE, LAST, ODD, STEADY

ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture(scope="module")
def tables(made: Pack) -> Tables:
    return read(made.house.path)


@pytest.fixture(scope="module")
def feed(made: Pack) -> ET.Element:
    return ET.parse(made.folder / "feed.xml").getroot()  # noqa: S314 - our own


def texts(feed: ET.Element, name: str) -> list[str]:
    return [one.text or "" for one in feed.findall(f"a:entry/a:{name}", ATOM)]


def test_what_is_new_stands_in_the_sentence_of_its_page_with_question_and_page(tables: Tables) -> None:
    lines = digest.lines(tables)
    shown = tables.signal.filter(pl.col("gone").is_null(), pl.col("icon_last") == LAST, pl.col("first_seen_run") == tables.run["run"])
    series = shown.select("measure", "level", "organisation").unique()
    assert series.height > 3
    for sentence in tables.text.join(series, on=["measure", "level", "organisation"])["sentence"]:
        assert any(sentence in line for line in lines)
    assert f"{series.height} charts whose newest month shows a signal" in " ".join(lines)
    assert all(line.endswith(".html)") and "?" in line for line in lines if line.startswith("* "))


def test_it_says_how_many_charts_were_looked_at_and_what_chance_would_give(tables: Tables) -> None:
    assert digest.lines(tables)[1].startswith(f"Charts looked at: {tables.summary.height}.")
    assert "if nothing had changed" in digest.lines(tables)[1]


def test_what_was_taken_back_says_why(tables: Tables) -> None:
    (line,) = [line for line in digest.lines(tables, [ODD.code]) if "Taken back: " in line and line.startswith("* ")]
    assert "May 2025. Why: New months came in" in line


def test_one_organisation_is_told_of_its_own_charts_alone(tables: Tables) -> None:
    lines = digest.lines(tables, [STEADY.code])
    assert lines[1].startswith(f"Charts looked at: {tables.summary.filter(organisation=STEADY.code).height}.")
    assert all("Steadyton" in line for line in lines if line.startswith("* "))
    with pytest.raises(BadInput, match=r"--organisation.*RXX"):
        digest.lines(tables, ["RXX"])


def test_where_nothing_changed_nothing_is_told(tables: Tables) -> None:
    later = replace(tables, run=tables.run | {"run": "20250815T031500Z-00000000"})
    assert digest.lines(later)[2:] == ["Nothing is new since the publication before."]
    assert digest.lines(later, since=date(2025, 8, 15))[2:] == ["Nothing is new since 15 August 2025."]
    assert len(digest.lines(later, since=date(2025, 8, 14))) == len(digest.lines(tables))


def test_the_first_publication_is_no_news(tables: Tables) -> None:
    first = replace(tables, signal=tables.signal.with_columns(first_seen_run=pl.lit(tables.run["run"]), gone_run=pl.lit(None, pl.String)))
    assert "first publication that is remembered" in digest.lines(first)[2]
    assert len(digest.lines(first)) == 3


def test_nothing_is_blamed_or_ranked(tables: Tables) -> None:
    said = " ".join(digest.lines(tables)).lower()
    assert not any(word in said.split() for word in ("worst", "best", "poor", "failing", "gaming", "rank"))


def test_the_feed_is_atom_with_identifiers_of_its_own_and_links_within_the_pack(feed: ET.Element, made: Pack, tables: Tables) -> None:
    assert feed.tag == f"{{{ATOM['a']}}}feed"
    assert [feed.find(f"a:{name}", ATOM) is not None for name in ("id", "title", "updated", "author/a:name")] == [True] * 4
    ids = texts(feed, "id")
    assert len(ids) == len(set(ids)) == len(digest.news(tables)) > 3
    assert all(one.startswith("tag:") and one.isascii() and " " not in one for one in ids)
    links = [link.attrib["href"] for link in feed.findall("a:entry/a:link", ATOM)]
    assert len(links) == len(ids)
    assert all((made.folder / link).is_file() for link in links)
    assert all(len(one) == 20 and one.endswith("Z") for one in texts(feed, "updated"))


def test_identifiers_stay_when_the_same_is_published_again(tables: Tables) -> None:
    again = replace(tables, run=tables.run | {"run": "20250815T031500Z-00000000"})
    assert [one.id for one in digest.news(again)] == [one.id for one in digest.news(tables)]


def test_text_from_a_file_is_escaped_and_what_xml_cannot_hold_is_left_out(made: Pack, feed: ET.Element, tables: Tables) -> None:
    raw = (made.folder / "feed.xml").read_text()
    assert HOSTILE not in raw
    assert any(HOSTILE in title for title in texts(feed, "title"))
    odd = tables.organisation.with_columns(name=pl.lit("A\x01b\x0b]]>&"))
    parsed = ET.fromstring(digest.feed(replace(tables, organisation=odd)))  # noqa: S314 - our own
    assert any("Ab]]>&" in title for title in texts(parsed, "title"))
