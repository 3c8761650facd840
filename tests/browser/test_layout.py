"""A page fits where it is read: on a desk, on a phone, on a sheet of A4."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.browser.look import CUT, DROP_HIDDEN, OPEN_ALL, OVER_THE_EDGE, SIDEWAYS, Pack

pytestmark = pytest.mark.browser

#: sheets of A4 that a kind of page may fill; an organisation's goes to its board, a pair's shows two regions a sheet
SHEETS = {"organisation": 7, "region": 6, "pair": 6, "validation.html": 12}
ANY = 10


def test_nothing_reaches_over_the_edge_of_a_screen_on_a_desk(pack: Pack, desk: Page) -> None:
    assert pack.answers(desk, DROP_HIDDEN, OVER_THE_EDGE) == {}


def test_no_page_scrolls_sideways_on_a_phone_not_even_unfolded(pack: Pack, phone: Page) -> None:
    assert pack.answers(phone, SIDEWAYS, DROP_HIDDEN, OVER_THE_EDGE, OPEN_ALL, SIDEWAYS) == {}


def test_on_paper_no_chart_is_cut_in_two_and_no_edge_is_lost_not_even_unfolded(pack: Pack, sheet: Page) -> None:
    assert pack.answers(sheet, CUT, OPEN_ALL, CUT, OVER_THE_EDGE) == {}


def test_a_page_prints_on_a_few_sheets_of_a4(pack: Pack, desk: Page) -> None:
    for address in pack.in_turn(desk):
        printed = desk.pdf(format="A4", print_background=True)
        sheets = len(re.findall(rb"/Type /Page\b", printed))
        assert 1 <= sheets <= SHEETS.get(re.split("[/-]", address)[0], ANY), address
        sizes = {tuple(round(float(side) / 72 * 25.4) for side in size) for size in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)}
        assert sizes == {(210, 297)}, address


def test_what_is_folded_and_the_navigation_stay_off_the_paper_and_what_was_unfolded_is_printed(packs: dict[str, Pack], sheet: Page) -> None:
    sheet.goto(packs["small"].url("organisation/RA2.html"))
    first = sheet.locator("details").first
    assert sheet.locator("header nav, summary").filter(visible=True).count() == 0
    first.evaluate("one => { one.open = true }")
    assert first.get_by_role("table").is_visible()
    assert sheet.locator("summary").filter(visible=True).count() == 1
