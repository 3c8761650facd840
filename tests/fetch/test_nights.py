"""Nights on a network: only what is new is sent, older data stand in for what cannot be had, and nothing vanishes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from sightline.errors import BadInput
from sightline.fetch import Archive, Ledger, Limits, Refresh, open_source, refresh
from sightline.home import Home
from tests.fetch import server as acts
from tests.fetch.server import Server
from tests.fetch.site import CSV, HOST, INDEX, JUNE, LISTING, MAY, NOW, YEAR, Site, anchor, page, upload

SHORT = Limits(connect_s=2, read_s=0.5, try_s=1, address_s=5, visit_s=30, tries=2, pause_s=0.01)
OLDER = f"https://{HOST}/ae/2024-25/"
MARCH = upload("Monthly-AE-March-2025.csv", "2025/04")
SORRY = acts.whole(b"<!DOCTYPE html><h1>Sorry</h1>")
#: what a page may answer in place of itself
NO_PAGE = {"503": acts.status(503), "404": acts.status(404), "error page": SORRY, "empty": acts.whole(b""), "reset": acts.reset}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Two years: March 2025 on the older page, May 2025 on the newer."""
    site = Site(tmp_path / "site")
    site.index(anchor(YEAR, "A&E Admissions 2025-26"), anchor(OLDER, "A&E Admissions 2024-25"))
    site.year(anchor(MAY, "Monthly A&E May 2025 (CSV, 28.0K)"))
    site.put(OLDER, page(anchor(MARCH, "Monthly A&E March 2025 (CSV, 28.0K)"), title="A&amp;E 2024-25"))
    site.put(MAY, CSV)
    site.put(MARCH, CSV + b"march")
    return site


@pytest.fixture
def server(site: Site) -> Iterator[Server]:
    with Server() as running:
        running.otherwise = acts.served(site.root)
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def _night(server: Server, home: Home, nights_later: int = 0) -> Refresh:
    server.asked.clear()
    return refresh(open_source(server.base, {HOST}, SHORT), LISTING, home, now=NOW + timedelta(days=nights_later))


def _counts(result: Refresh) -> tuple[int, int, int, int]:
    return result.new, result.unchanged, result.missing, result.failed


def _months(home: Home) -> list[date]:
    return Ledger(home.ledger).files("ae")["month"].to_list()


def _said(result: Refresh) -> str:
    """The one note of a night."""
    (note,) = result.notes
    assert note.severity == "warning"
    return note.text


# -- only what is new


def test_what_is_held_is_not_sent_again(server: Server, site: Site, home: Home) -> None:
    assert _counts(_night(server, home)) == (2, 0, 0, 0)
    site.year(anchor(MAY, "Monthly A&E May 2025 (CSV, 28.0K)"), anchor(JUNE, "Monthly A&E June 2025 (CSV, 28.0K)"))
    site.put(JUNE, CSV + b"june")
    assert _counts(_night(server, home, 1)) == (1, 2, 0, 0)
    conditional = {path.rpartition("/")[2]: "If-None-Match" in headers for path, headers in server.asked if path.endswith(".csv")}
    assert conditional == {"Monthly-AE-May-2025.csv": True, "Monthly-AE-March-2025.csv": True, "Monthly-AE-June-2025.csv": False}
    assert Archive(home.archive).read(Ledger(home.ledger).newest(JUNE) or "") == CSV + b"june"


def test_other_bytes_at_the_same_address_are_sent(server: Server, site: Site, home: Home) -> None:
    _night(server, home)
    site.put(MAY, CSV + b"x", date(2025, 11, 13))
    assert _counts(_night(server, home, 1)) == (1, 1, 0, 0)
    assert _counts(_night(server, home, 2)) == (0, 2, 0, 0)


def test_the_same_bytes_under_a_new_tag_are_sent_once_more_and_then_no_more(server: Server, home: Home) -> None:
    server.at(MAY, acts.tagged(CSV, '"one"'))
    _night(server, home)
    server.at(MAY, acts.tagged(CSV, '"two"'))
    state = Ledger(home.ledger).state_hash("ae")
    for night, held in enumerate(['"one"', '"two"', '"two"'], start=1):
        assert _counts(_night(server, home, night)) == (0, 2, 0, 0)
        assert [headers["If-None-Match"] for path, headers in server.asked if path.endswith("May-2025.csv")] == [held]
    assert Ledger(home.ledger).state_hash("ae") == state


def test_a_file_that_the_archive_lost_is_asked_for_without_conditions(server: Server, home: Home) -> None:
    _night(server, home)
    archive, sha256 = Archive(home.archive), Ledger(home.ledger).newest(MAY) or ""
    archive.path(sha256).unlink()
    assert _counts(_night(server, home, 1)) == (0, 2, 0, 0)
    assert archive.read(sha256) == CSV


# -- a file that cannot be had


def test_a_file_that_fails_keeps_what_is_held_and_says_so(server: Server, home: Home) -> None:
    _night(server, home)
    server.at(MAY, acts.status(503))
    result = _night(server, home, 1)
    assert _counts(result) == (0, 1, 0, 1)
    assert _said(result) == "not fetched: «Monthly A&E May 2025 (CSV, 28.0K)»: HTTP 503, the last of 2 tries; the content of 2025-12-01 stays"
    assert len(_months(home)) == 2


def test_a_file_that_never_came_is_said_to_be_missing_until_it_comes(server: Server, home: Home) -> None:
    server.at(MAY, acts.claiming(10**6, CSV))
    assert _said(_night(server, home)).endswith("an answer cut short, or none in HTTP, the last of 2 tries; nothing is held")
    server.at(MAY, SORRY)
    assert _said(_night(server, home, 1)).endswith("a web page where a CSV was promised; nothing is held")
    server.at(MAY, acts.status(404))
    result = _night(server, home, 2)
    assert "linked but not there" in _said(result)
    assert _counts(result) == (0, 1, 1, 0)
    assert _months(home) == [date(2025, 3, 1)]
    server.at(MAY, acts.whole(CSV))
    assert _counts(_night(server, home, 3)) == (1, 1, 0, 0)
    assert Ledger(home.ledger).visits("ae").select("new", "unchanged", "missing", "failed").rows() == [
        (1, 0, 0, 1),
        (0, 1, 0, 1),
        (0, 1, 1, 0),
        (1, 1, 0, 0),
    ]


# -- a page that cannot be had


@pytest.mark.parametrize("fault", NO_PAGE)
def test_the_page_of_a_year_that_fails_keeps_its_months(server: Server, site: Site, home: Home, fault: str) -> None:
    _night(server, home)
    for number, url in enumerate((OLDER, YEAR), start=1):
        server.at(url, NO_PAGE[fault])
        result = _night(server, home, number)
        assert _counts(result) == (0, 2, 0, 0)  # the files themselves are still asked for
        assert {link.url for link in result.crawl.wanted} == {MAY, MARCH}
        assert {page.url for page in result.crawl.pages} == {INDEX, YEAR, OLDER}
        assert (result.crawl.unread, result.notes[0].where) == ({url}, url)
        assert _said(result).endswith("what an earlier visit found on it stays, files: 1")
        server.at(url, acts.served(site.root))
    assert _night(server, home, 3).notes == ()


@pytest.mark.parametrize("fault", NO_PAGE)
def test_the_page_of_a_year_that_never_came_stops_no_other_year(server: Server, site: Site, home: Home, fault: str) -> None:
    server.at(OLDER, NO_PAGE[fault])
    result = _night(server, home)
    assert _counts(result) == (1, 0, 0, 0)
    assert "the page «A&E Admissions 2024-25» was not read" in _said(result)
    assert "nothing is known of its files" in _said(result)
    assert Ledger(home.ledger).pages("ae")["url"].to_list() == [INDEX, YEAR]
    server.at(OLDER, acts.served(site.root))
    assert _counts(_night(server, home, 1)) == (1, 1, 0, 0)
    assert _months(home) == [date(2025, 3, 1), date(2025, 5, 1)]


@pytest.mark.parametrize("fault", NO_PAGE)
def test_the_index_page_that_fails_is_stood_in_for_by_the_known_pages(server: Server, site: Site, home: Home, fault: str) -> None:
    _night(server, home)
    server.at(INDEX, NO_PAGE[fault])
    site.year(anchor(MAY, "Monthly A&E May 2025 (CSV, 28.0K)"), anchor(JUNE, "Monthly A&E June 2025 (CSV, 28.0K)"))
    site.put(JUNE, CSV + b"june")
    result = _night(server, home, 1)
    assert _counts(result) == (1, 2, 0, 0)
    assert _said(result).startswith("the landing page was not read: ")
    assert {page.url for page in result.crawl.pages} == {INDEX, YEAR, OLDER}


@pytest.mark.parametrize("fault", NO_PAGE)
def test_a_first_visit_that_finds_nothing_is_bad_input(server: Server, home: Home, fault: str) -> None:
    server.at(INDEX, NO_PAGE[fault])
    with pytest.raises(BadInput, match=INDEX):
        _night(server, home)
    server.at(INDEX, acts.whole(page(anchor(OLDER, "Admissions 2024-25"), anchor(f"https://{HOST}/ae/2023-24/", "Admissions 2023-24")).encode()))
    server.at(OLDER, NO_PAGE[fault])
    server.at(f"https://{HOST}/ae/2023-24/", NO_PAGE[fault])
    with pytest.raises(BadInput):
        _night(server, home, 1)
    assert _months(home) == []


def test_a_night_without_any_page_asks_for_no_file_and_keeps_everything(server: Server, home: Home) -> None:
    _night(server, home)
    state = Ledger(home.ledger).state_hash("ae")
    server.otherwise = acts.status(503)
    result = _night(server, home, 1)
    assert _counts(result) == (0, 0, 0, 0)
    assert not [path for path, _ in server.asked if path.endswith(".csv")]
    assert "no page could be read, so no file was asked for" in result.notes[-1].text
    assert Ledger(home.ledger).state_hash("ae") == state
    assert Ledger(home.ledger).visits("ae")["note"][1].startswith("4 warnings, the first: ")
    assert Ledger(home.ledger).pages("ae")["last_seen"].to_list() == [NOW] * 3


def test_a_page_that_fails_keeps_only_what_it_last_listed(server: Server, site: Site, home: Home) -> None:
    site.year(anchor(JUNE, "Monthly A&E June 2025"), anchor(MAY, "Monthly A&E May 2025"))
    site.put(JUNE, CSV + b"june")
    _night(server, home)
    site.year(anchor(MAY, "Monthly A&E May 2025"))
    _night(server, home, 1)
    server.at(YEAR, acts.status(503))
    for night in (2, 3):
        result = _night(server, home, night)
        assert {link.url for link in result.crawl.wanted} == {MAY, MARCH}
    assert date(2025, 6, 1) in _months(home)  # what once was published stays


def test_a_year_that_has_just_begun_has_no_file_yet(server: Server, site: Site, home: Home) -> None:
    site.year()
    result = _night(server, home)
    assert _counts(result) == (1, 0, 0, 0)
    assert "has no monthly file yet" in _said(result)


def test_a_page_is_read_up_to_4_mib(server: Server, home: Home) -> None:
    server.at(OLDER, acts.endless)
    assert "more than 4 MiB" in _said(_night(server, home))


# -- one home, several sources


def test_a_copy_from_elsewhere_is_no_reason_not_to_ask_the_server(server: Server, site: Site, home: Home, tmp_path: Path) -> None:
    """A folder copied today says nothing of what the server changed since."""
    shutil.copytree(site.root, tmp_path / "copy")
    refresh(open_source(str(tmp_path / "copy"), {HOST}), LISTING, home, now=NOW)
    site.put(MAY, CSV + b"x", date(2025, 11, 13))
    assert _counts(_night(server, home, 1)) == (1, 1, 0, 0)
    assert not [headers for _, headers in server.asked if "If-Modified-Since" in headers]


def test_a_tag_of_bytes_that_another_source_replaced_is_not_sent(server: Server, site: Site, home: Home, tmp_path: Path) -> None:
    _night(server, home)
    shutil.copytree(site.root, tmp_path / "copy")
    Site(tmp_path / "copy").put(MAY, CSV + b"other")
    refresh(open_source(str(tmp_path / "copy"), {HOST}), LISTING, home, now=NOW + timedelta(days=1))
    assert _counts(_night(server, home, 2)) == (1, 1, 0, 0)
    assert Archive(home.archive).read(Ledger(home.ledger).newest(MAY) or "") == CSV
