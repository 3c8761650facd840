"""Nights: what a visit stores, and what the ledger says afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from sightline.errors import BadInput
from sightline.fetch import Answer, Archive, Ask, Crawl, Download, Ledger, Link, Refresh, Reply, one_by_one, open_source, refresh
from sightline.fetch.ledger import LEDGER_VERSION
from sightline.home import Home
from sightline.progress import listener
from tests.fetch.site import CSV, JUNE, LISTING, MAY, NOW, YEAR, Site, anchor, small_site, upload

REVISED = upload("May-2025-CSV-revised.csv", "2025/11")


def _night(site: Site, home: Home, nights_later: int = 0) -> Refresh:
    return refresh(open_source(str(site.root)), LISTING, home, now=NOW + timedelta(days=nights_later))


def _files(home: Home, *columns: str) -> list[tuple[object, ...]]:
    return Ledger(home.ledger).files("ae").select(columns).rows()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return small_site(tmp_path / "site")


def test_a_first_night_stores_what_is_wanted(site: Site, home: Home) -> None:
    result = _night(site, home)
    assert (result.new, result.unchanged, result.missing, result.failed, result.notes) == (1, 0, 0, 0, ())
    row = Ledger(home.ledger).files("ae").row(0, named=True)
    assert row == {
        "dataset": "ae",
        "url": MAY,
        "page": YEAR,
        "anchor_text": "Monthly A&E May 2025 (CSV, 28.0K)",
        "kind": "csv",
        "month": date(2025, 5, 1),
        "name_month": date(2025, 5, 1),
        "release": "first",
        "revised_on": None,
        "published": date(2025, 6, 12),
        "sha256": row["sha256"],
        "bytes": len(CSV),
        "last_modified": datetime(2025, 6, 12, 9, 30, tzinfo=UTC),
        "first_seen": NOW,
    }
    assert Archive(home.archive).read(row["sha256"]) == CSV
    assert home.kind == "real"


def test_a_second_night_with_nothing_new_changes_nothing_but_when_it_was_seen(site: Site, home: Home) -> None:
    _night(site, home)
    ledger = Ledger(home.ledger)
    before, state = ledger.files("ae"), ledger.state_hash("ae")
    result = _night(site, home, 1)
    assert (result.new, result.unchanged) == (0, 1)
    assert ledger.files("ae").equals(before)
    assert ledger.state_hash("ae") == state
    assert ledger.pages("ae")["last_seen"].to_list() == [NOW + timedelta(days=1)] * 2


def test_a_revision_at_a_new_address_is_a_vintage_beside_the_first(site: Site, home: Home) -> None:
    _night(site, home)
    state = Ledger(home.ledger).state_hash("ae")
    site.year(anchor(REVISED, "Monthly A&E May 2025 (revised 13.11.25) (CSV, 29KB)"))
    site.put(REVISED, CSV + b"x")
    assert _night(site, home, 1).new == 1
    assert _files(home, "url", "release", "revised_on", "published") == [
        (MAY, "first", None, date(2025, 6, 12)),
        (REVISED, "revised", date(2025, 11, 13), date(2025, 11, 13)),
    ]
    assert Ledger(home.ledger).state_hash("ae") != state


def test_new_bytes_at_the_same_address_are_a_revision(site: Site, home: Home) -> None:
    _night(site, home)
    site.put(MAY, CSV + b"x", date(2025, 11, 13))
    assert _night(site, home, 1).new == 1
    assert _files(home, "release", "published", "bytes") == [
        ("first", date(2025, 6, 12), len(CSV)),
        ("revised", date(2025, 11, 13), len(CSV) + 1),
    ]


def test_new_bytes_under_a_new_label_leave_the_first_release_a_first_release(site: Site, home: Home) -> None:
    _night(site, home)
    site.year(anchor(MAY, "Monthly A&E May 2025 (Revised 13.11.25) (CSV, 28K)"))
    site.put(MAY, CSV + b"x")
    _night(site, home, 1)
    assert _files(home, "release", "revised_on", "published") == [
        ("first", None, date(2025, 6, 12)),
        ("revised", date(2025, 11, 13), date(2025, 11, 13)),
    ]


def test_new_bytes_at_an_address_made_for_a_revision_are_a_second_revision(site: Site, home: Home) -> None:
    site.year(anchor(REVISED, "Monthly A&E May 2025 (Revised 13.11.25) (CSV, 28K)"))
    site.put(REVISED, CSV)
    _night(site, home)
    site.put(REVISED, CSV + b"x")
    _night(site, home, 1)
    assert _files(home, "release", "bytes") == [("revised", len(CSV)), ("revised", len(CSV) + 1)]


def test_bytes_that_come_back_are_the_newest_again(site: Site, home: Home) -> None:
    for night, body in enumerate([CSV, CSV + b"x", CSV]):
        site.put(MAY, body)
        _night(site, home, night)
    assert _files(home, "release", "bytes") == [("revised", len(CSV) + 1), ("revised", len(CSV))]


def test_a_label_that_changes_while_the_bytes_stay_is_read_from_its_latest_state(site: Site, home: Home) -> None:
    _night(site, home)
    state = Ledger(home.ledger).state_hash("ae")
    site.year(anchor(MAY, "Monthly A&E May 2025 (Revised 13.11.25) (CSV, 28.0K)"))
    assert (_night(site, home, 1).new, Ledger(home.ledger).state_hash("ae") == state) == (0, False)
    assert _files(home, "release", "published", "first_seen") == [("revised", date(2025, 11, 13), NOW)]


def test_a_link_that_left_the_page_keeps_its_file(site: Site, home: Home) -> None:
    _night(site, home)
    site.year(anchor(JUNE, "Monthly A&E June 2025 (CSV, 29KB)"))
    site.put(JUNE, CSV + b"june")
    _night(site, home, 1)
    assert _files(home, "url") == [(MAY,), (JUNE,)]


@pytest.mark.parametrize(("modified", "published"), [(date(2025, 6, 12), date(2025, 6, 12)), (date(2026, 11, 25), None)])
def test_the_time_of_a_copy_is_no_day_of_publication(site: Site, home: Home, modified: date, published: date | None) -> None:
    site.put(MAY, CSV, modified)
    _night(site, home)
    assert _files(home, "published") == [(published,)]


def test_a_linked_file_that_is_not_there_is_noted_and_the_rest_goes_on(site: Site, home: Home) -> None:
    site.year(anchor(JUNE, "Monthly A&E June 2025"), anchor(MAY, "Monthly A&E May 2025"))
    result = _night(site, home)
    assert (result.new, result.missing) == (1, 1)
    assert [(note.severity, note.where) for note in result.notes] == [("warning", JUNE)]
    assert "linked but not there" in result.notes[0].text


@pytest.mark.parametrize(("body", "said"), [(b"", "an empty body"), (b"\xef\xbb\xbf \n<!DOCTYPE html>", "a web page"), (b"<html>", "a web page")])
def test_a_wrong_body_is_noted_and_not_archived(site: Site, home: Home, body: bytes, said: str) -> None:
    site.put(MAY, body)
    result = _night(site, home)
    assert (result.new, result.failed) == (0, 1)
    assert f"{said} where a CSV was promised" in result.notes[0].text
    assert _files(home, "url") == []
    assert {path.name.partition("-")[0] for path in home.archive.rglob("*") if path.is_file()} == {"ledger.sqlite"}


def test_a_wrong_body_leaves_the_file_of_the_night_before(site: Site, home: Home) -> None:
    _night(site, home)
    site.put(MAY, b"")
    _night(site, home, 1)
    assert _files(home, "bytes") == [(len(CSV),)]


def test_a_page_without_files_leaves_the_ledger_as_it_was(site: Site, home: Home) -> None:
    _night(site, home)
    state = Ledger(home.ledger).state_hash("ae")
    site.year()
    with pytest.raises(BadInput):
        _night(site, home, 1)
    assert Ledger(home.ledger).state_hash("ae") == state


def test_a_page_that_is_missing_later_keeps_its_links_and_files(site: Site, home: Home) -> None:
    _night(site, home)
    (site.root / YEAR.partition("://")[2] / "index.html").unlink()
    site.put(MAY, CSV + b"x", date(2025, 11, 13))
    result = _night(site, home, 1)
    assert (result.new, [link.url for link in result.crawl.wanted], result.crawl.unread) == (1, [MAY], {YEAR})
    assert [(note.severity, note.where) for note in result.notes] == [("warning", YEAR)]
    assert "what an earlier visit found on it stays, files: 1" in result.notes[0].text
    assert Ledger(home.ledger).pages("ae")["last_seen"].sort().to_list() == [NOW, NOW + timedelta(days=1)]


def test_a_new_label_waits_for_its_file(site: Site, home: Home) -> None:
    _night(site, home)
    site.year(anchor(MAY, "Monthly A&E May 2025 (Revised 13.11.25) (CSV, 28K)"))
    site.put(MAY, b"")  # the revision is announced and cannot be had
    result = _night(site, home, 1)
    assert "the content of 2025-12-01 stays" in result.notes[0].text
    assert _files(home, "release", "published") == [("first", date(2025, 6, 12))]
    site.put(MAY, CSV + b"x")
    _night(site, home, 2)
    assert _files(home, "release", "published") == [("first", date(2025, 6, 12)), ("revised", date(2025, 11, 13))]


def test_what_arrived_before_a_visit_was_cut_off_is_kept(site: Site, home: Home) -> None:
    site.year(anchor(MAY, "Monthly A&E May 2025"), anchor(JUNE, "Monthly A&E June 2025"))
    site.put(JUNE, CSV + b"june")
    inner = open_source(str(site.root))

    class CutOff:
        name, label, simulated, remote = "folder", "cut off", False, False

        def read(self, url: str) -> Reply:
            if url == JUNE:
                raise KeyboardInterrupt
            return inner.read(url)

        def read_all(self, asks: Sequence[Ask]) -> Iterator[Answer]:
            return one_by_one(self.read, asks)

    with pytest.raises(KeyboardInterrupt):
        refresh(CutOff(), LISTING, home, now=NOW)
    assert _files(home, "url") == [(MAY,)]
    assert _night(site, home, 1).new == 1
    assert _files(home, "url") == [(MAY,), (JUNE,)]


def test_every_visit_is_a_line_in_the_ledger(site: Site, home: Home) -> None:
    assert Ledger(home.create().ledger).visits("ae").height == 0
    _night(site, home)
    _night(site, home, 1)
    site.put(MAY, b"")
    _night(site, home, 2)
    site.year()
    with pytest.raises(BadInput):
        _night(site, home, 3)
    visits = Ledger(home.ledger).visits("ae")
    assert visits.schema["started"] == visits.schema["ended"] == pl.Datetime("us", "UTC")
    assert visits.select("source", "new", "unchanged", "missing", "failed").rows() == [
        ("folder site", 1, 0, 0, 0),
        ("folder site", 0, 1, 0, 0),
        ("folder site", 0, 0, 0, 1),
        ("folder site", 0, 0, 0, 0),
    ]
    assert visits["started"].to_list() == [NOW + timedelta(days=night) for night in range(4)]
    assert (visits["ended"] >= visits["started"]).all()
    assert visits["note"][:2].to_list() == ["", ""]
    assert visits["note"][2].startswith(f"1 warning, the first: {MAY}: not taken")
    assert YEAR in visits["note"][3]


def test_simulated_and_real_sources_share_no_home(site: Site, home: Home) -> None:
    home.create().claim("simulated")
    with pytest.raises(BadInput, match="holds simulated data"):
        _night(site, home)


def test_progress_is_told(site: Site, home: Home) -> None:
    told: list[tuple[str, int, int]] = []
    token = listener.set(lambda *step: told.append(step))
    try:
        _night(site, home)
    finally:
        listener.reset(token)
    assert told[-1] == ("ae: files", 1, 1)


# -- the ledger alone


def _link(url: str, text: str = "Monthly") -> Link:
    return Link("ae", YEAR, url, text, "csv", date(2025, 5, 1), None, "first", None, wanted=True)


def test_a_crawl_is_entered_whole_or_not_at_all(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    unusable = replace(_link(JUNE), anchor_text=object())  # type: ignore[arg-type]
    with pytest.raises(BadInput):
        ledger.enter(Crawl("ae", (), (_link(MAY), unusable)), now=NOW)
    assert _count(ledger, "link") == 0


def test_an_answer_is_entered_whole_or_not_at_all(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    with pytest.raises(BadInput):
        ledger.take(_link(MAY), Download(MAY, "0" * 64, object()), source="folder", now=NOW)  # type: ignore[arg-type]
    assert (_count(ledger, "link"), _count(ledger, "content")) == (0, 0)


def _count(ledger: Ledger, table: str) -> int:
    with sqlite3.connect(ledger.path) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_the_state_does_not_depend_on_when_or_in_which_order_files_were_read(tmp_path: Path) -> None:
    one, other = Ledger(tmp_path / "one.sqlite"), Ledger(tmp_path / "other.sqlite")
    for url, digit in ((MAY, "0"), (JUNE, "1")):
        one.take(_link(url), Download(url, digit * 64, 1), source="a", now=NOW)
    for url, digit in ((JUNE, "1"), (MAY, "0")):
        other.take(_link(url), Download(url, digit * 64, 1), source="b", now=NOW + timedelta(days=9))
    assert one.state_hash("ae") == other.state_hash("ae")
    assert one.newest(MAY) == "0" * 64
    assert one.newest(YEAR) is None


def test_a_server_is_asked_with_what_it_said_of_the_newest_bytes(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    day = datetime(2025, 6, 12, 9, 30, tzinfo=UTC)

    def take(digit: str, etag: str | None, source: str) -> tuple[str, str | None, datetime | None]:
        ledger.take(_link(MAY), Download(MAY, digit * 64, 1, etag, day), source=source, now=NOW)
        held = ledger.held("ae", "nhs")[MAY]
        return held.sha256[0], held.etag, held.last_modified

    assert take("0", '"a"', "nhs") == ("0", '"a"', day)
    assert take("0", '"b"', "nhs") == ("0", '"b"', day)  # the same bytes under a new tag
    assert take("1", '"c"', "mirror") == ("1", '"c"', None)  # a tag names bytes; another server's time says nothing
    assert take("0", None, "folder") == ("0", None, None)
    assert ledger.held("ae", "nhs")[MAY].first_seen == NOW
    assert ledger.held("rtt", "nhs") == {}


_VERSION_1 = """
CREATE TABLE page (dataset TEXT, url TEXT, title TEXT, links INTEGER, last_seen TEXT, PRIMARY KEY (dataset, url));
CREATE TABLE link (dataset TEXT, url TEXT, page TEXT, anchor_text TEXT, kind TEXT, month TEXT, name_month TEXT, release TEXT, revised_on TEXT,
  wanted INTEGER, first_seen TEXT, last_seen TEXT, PRIMARY KEY (dataset, url));
CREATE TABLE content (turn INTEGER PRIMARY KEY, url TEXT, sha256 TEXT, bytes INTEGER, etag TEXT, last_modified TEXT, first_seen TEXT, source TEXT);
CREATE INDEX content_by_url ON content (url);
INSERT INTO page VALUES ('ae', '{year}', 'A&E 2025-26', 1, '2025-07-01T03:00:00.000000+00:00');
INSERT INTO link VALUES ('ae', '{may}', '{year}', 'Monthly A&E May 2025', 'csv', '2025-05-01', '2025-05-01', 'first', NULL, 1,
  '2025-07-01T03:00:00.000000+00:00', '2025-07-01T03:00:00.000000+00:00');
INSERT INTO content VALUES (1, '{may}', '{sha}', 41, NULL, '2025-06-12T12:00:00.000000+00:00', '2025-07-01T03:00:00.000000+00:00', 'snapshot');
PRAGMA user_version = 1;
"""


def test_a_ledger_of_version_1_keeps_everything(site: Site, home: Home) -> None:
    sha256 = Archive(home.create().archive).add(CSV)
    with sqlite3.connect(home.ledger) as connection:
        connection.executescript(_VERSION_1.format(year=YEAR, may=MAY, sha=sha256))
    ledger = Ledger(home.ledger)
    first_seen = datetime(2025, 7, 1, 3, tzinfo=UTC)
    assert ledger.files("ae").select("url", "sha256", "published", "first_seen").rows() == [(MAY, sha256, date(2025, 6, 12), first_seen)]
    known = ledger.known("ae")
    assert ([page.url for page in known.pages], [link.month for link in known.wanted]) == ([YEAR], [date(2025, 5, 1)])
    state = ledger.state_hash("ae")
    assert _night(site, home).new == 0
    assert (ledger.state_hash("ae") == state, ledger.visits("ae").height) == (False, 1)  # the anchor's text is another
    with sqlite3.connect(home.ledger) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (LEDGER_VERSION,)


def test_an_empty_ledger_has_the_columns_and_no_rows(tmp_path: Path) -> None:
    files = Ledger(tmp_path / "ledger.sqlite").files("ae")
    assert files.height == 0
    assert files.schema["published"] == pl.Date
    assert files.schema["first_seen"] == pl.Datetime("us", "UTC")


def test_a_damaged_ledger_and_a_newer_one_are_bad_input(tmp_path: Path) -> None:
    (tmp_path / "damaged").write_bytes(b"no database" * 100)
    with pytest.raises(BadInput, match="not a database"):
        Ledger(tmp_path / "damaged")
    with sqlite3.connect(tmp_path / "newer") as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(BadInput, match="written by a newer sightline"):
        Ledger(tmp_path / "newer")


def test_a_moment_needs_its_time_zone(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="time zone"):
        Ledger(tmp_path / "ledger.sqlite").enter(Crawl("ae", (), ()), now=datetime(2025, 1, 1))
