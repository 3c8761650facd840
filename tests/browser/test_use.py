"""A pack opens from a folder, asks nobody for anything, and every way through it arrives."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlparse

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.look import DESK, LINKS, Pack

pytestmark = pytest.mark.browser


def test_no_page_complains_and_none_asks_for_anything_beyond_its_folder(pack: Pack, desk: Page) -> None:
    said: list[str] = []
    asked: list[str] = []
    desk.on("console", lambda message: said.append(f"{desk.url}: {message.type}: {message.text}"))
    desk.on("pageerror", lambda error: said.append(f"{desk.url}: {error}"))
    desk.on("request", lambda request: asked.append(request.url))
    opened = [pack.url(address) for address in pack.in_turn(desk)]
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == opened


def test_every_link_within_the_pack_leads_to_a_file_and_a_place_in_it(pack: Pack, desk: Page) -> None:
    for address in pack.in_turn(desk):
        links = [link for link in desk.evaluate(LINKS) if not link.startswith("https://")]
        assert links, address
        for link in links:
            path, place = urldefrag(link)
            file = Path(unquote(urlparse(path).path))
            assert file.is_relative_to(pack.folder), f"{address} -> {link}"
            assert file.is_file(), f"{address} -> {link}"
            assert not place or unquote(place) in _identifiers(file), f"{address} -> {link}"


@cache
def _identifiers(file: Path) -> frozenset[str]:
    return frozenset(re.findall(r'\bid="([^"]+)"', file.read_text("utf-8")))


@pytest.mark.parametrize(
    ("name", "typed", "arrives", "heading"),
    [
        ("small", 'second "quoted', "organisation/RA2.html", 'Second <b>&"quoted"</b> NHS Foundation Trust'),
        ("snapshot", "ryr", "organisation/RYR.html", "University Hospitals Sussex NHS Foundation Trust"),
    ],
)
def test_one_finds_ones_organisation_by_the_keyboard_alone(
    packs: dict[str, Pack], tab: Page, name: str, typed: str, arrives: str, heading: str
) -> None:
    tab.goto(packs[name].url("index.html"))
    everything = tab.locator(".places a").filter(visible=True).count()
    tab.get_by_role("searchbox", name="Name or code").focus()
    tab.keyboard.type("no such place")
    expect(tab.get_by_role("status")).to_have_text("No organisation of that name or code reports here.")
    tab.keyboard.press("Control+A")
    tab.keyboard.type(typed)
    expect(tab.get_by_role("status")).to_have_count(0)
    expect(tab.locator(".places a").filter(visible=True)).to_have_count(1)
    assert everything > 1
    tab.keyboard.press("Enter")  # the box sends nothing and goes nowhere
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.wait_for_url(packs[name].url(arrives))
    expect(tab.get_by_role("heading", level=1)).to_have_text(re.compile(re.escape(heading), re.IGNORECASE))


def test_without_script_a_page_says_and_shows_the_same_but_the_search_box(packs: dict[str, Pack], desk: Page, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": DESK[0], "height": DESK[1]})
    bare = context.new_page()
    for address in packs["small"].in_turn(desk):
        bare.goto(packs["small"].url(address))
        assert bare.get_by_role("searchbox").count() == 0, address
        assert bare.locator("svg:visible").count() == desk.locator("svg:visible").count(), address
        desk.evaluate("document.querySelectorAll('form').forEach(one => one.remove())")
        assert bare.locator("body").inner_text().split() == desk.locator("body").inner_text().split(), address
    context.close()
