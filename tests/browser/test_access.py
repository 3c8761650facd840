"""Who cannot see, point or hold a page still reads it too."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.look import DISORDER, DROP_FOLDED, NOTE_FOCUS, OPEN_ALL, SERIOUS, SHORTEN, STOPS, UNNAMED, Pack

pytestmark = pytest.mark.browser


def test_axe_finds_what_is_wrong_with_a_page(desk: Page, axe: str) -> None:
    desk.set_content('<html lang="en"><title>t</title><main><h1>t</h1><input><p style="color:#bbb">faint<svg role="img"></svg></main>')
    desk.evaluate(axe)
    assert {rule for rule, _ in desk.evaluate(SERIOUS)} == {"label", "color-contrast", "svg-img-alt"}


def test_axe_has_no_serious_finding(packs: dict[str, Pack], tab: Page, axe: str) -> None:
    assert packs["snapshot"].answers(tab, DROP_FOLDED, axe, SERIOUS) == {}


def test_axe_has_no_serious_finding_where_everything_is_unfolded(packs: dict[str, Pack], tab: Page, axe: str) -> None:
    assert packs["small"].answers(tab, OPEN_ALL, SHORTEN, axe, SERIOUS) == {}


def test_every_drawing_has_a_role_and_a_title_and_headings_leave_no_level_out(pack: Pack, desk: Page) -> None:
    assert pack.answers(desk, UNNAMED, DISORDER) == {}


def test_every_drawing_is_told_by_its_name(packs: dict[str, Pack], desk: Page) -> None:
    session = desk.context.new_cdp_session(desk)
    for address in packs["small"].in_turn(desk):
        told = [node for node in session.send("Accessibility.getFullAXTree")["nodes"] if node.get("role", {}).get("value") == "image"]
        assert len(told) == desk.locator("svg:visible").count() > 0, address
        assert all(node["name"]["value"].strip() for node in told), address


def test_the_tab_key_reaches_every_page_and_everything_that_is_folded_in_order_and_shows_where_it_is(packs: dict[str, Pack], desk: Page) -> None:
    for address in packs["small"].in_turn(desk):
        wanted = desk.locator("header nav a, summary").all_inner_texts()
        desk.evaluate(NOTE_FOCUS)
        for _ in range(desk.evaluate(STOPS)):
            desk.keyboard.press("Tab")
        seen: list[tuple[str, bool]] = desk.evaluate("focused")
        assert seen[0][0] == "To the text", address
        assert [words for words, shown in seen if not shown] == [], address
        reached = iter([words for words, _ in seen])
        assert [words for words in wanted if words not in reached] == [], address


def test_the_first_link_leads_past_the_navigation(packs: dict[str, Pack], desk: Page) -> None:
    desk.goto(packs["small"].url("pair-the-four-hour-line.html"))
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    desk.keyboard.press("Tab")
    assert desk.evaluate("document.activeElement.closest('main') !== null")


def test_what_is_folded_opens_by_the_keyboard(packs: dict[str, Pack], desk: Page) -> None:
    desk.goto(packs["small"].url("organisation/RA2.html"))
    folded = desk.locator("details").first
    table = folded.get_by_role("table")
    assert not table.is_visible()
    folded.locator("summary").focus()
    desk.keyboard.press("Enter")
    assert table.is_visible()
