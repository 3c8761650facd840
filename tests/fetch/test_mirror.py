"""The larger mirror: two nights of it as folders, then over HTTP with every fault it knows."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from sightline.errors import BadInput
from sightline.fetch import Archive, Ledger, Limits, Listing, Refresh, open_source, refresh
from sightline.home import Home

HOST = "www.england.nhs.uk"
LISTING = Listing(
    dataset="ae",
    index_page=f"https://{HOST}/statistics/statistical-work-areas/ae-waiting-times-and-activity/",
    year_page=r"A&E Attendances and Emergency Admissions \d{4}-\d{2}",
    file=r"^Monthly",
    file_not=r"time series|quarterly",
    hosts=(HOST,),
    first_month=date(2019, 4, 1),
)
#: three years, so that a night takes a second
RECENT = replace(LISTING, first_month=date(2023, 4, 1))
#: as in a night, but in seconds; what drips is given up after 0.3 s
SHORT = Limits(try_s=0.3, address_s=3, visit_s=30, tries=2, pause_s=0.01)
FAULTS = ("503", "500", "429", "404", "reset", "truncate", "empty", "html", "slow")
JULY, NOVEMBER = date(2025, 7, 15), date(2025, 11, 20)

pytestmark = pytest.mark.mirror


@pytest.fixture(scope="module")
def mirror(shared: Path) -> Iterator[Any]:
    """The module mirror.py."""
    spec = importlib.util.spec_from_file_location("mirror", shared / "nhs-mirror" / "mirror.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["mirror"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules["mirror"]


def _night(base: str, home: Home, day: date, listing: Listing = LISTING, limits: Limits | None = None) -> Refresh:
    source = open_source(base, listing.hosts, limits)
    return refresh(source, listing, home, now=datetime(day.year, day.month, day.day, 23, tzinfo=UTC))


def _published(mirror: Any, listing: Listing, day: date) -> dict[str, str]:
    """URL -> SHA-256 of the monthly CSV files that the pages list on ``day``."""
    site = mirror.Site([entry for entry in mirror.read_manifests() if entry.dataset == "ae"], as_of=day)
    return {e.url: e.sha256 for e in site.linked if e.kind == "csv" and e.period >= f"{listing.first_month:%Y-%m}"}


def _held(home: Home) -> dict[str, str]:
    """URL -> SHA-256 of the newest content, each one read back from the archive."""
    files = Ledger(home.ledger).files("ae")
    for sha256 in files["sha256"]:
        assert hashlib.sha256(Archive(home.archive).read(sha256)).hexdigest() == sha256
    return dict(files.sort("first_seen").select("url", "sha256").rows())


def test_two_nights_of_the_mirror_as_folders(mirror: Any, tmp_path: Path) -> None:
    entries = [entry for entry in mirror.read_manifests() if entry.dataset == "ae" and entry.kind == "csv"]
    for day in (JULY, NOVEMBER):
        mirror.export(mirror.Site(entries, mirror.read_extras(), as_of=day), tmp_path / f"{day:%B}")
    home = Home(tmp_path / "home")
    july = _night(str(tmp_path / "July"), home, JULY)
    assert (len({link.month for link in july.crawl.wanted}), july.new, july.missing, july.failed) == (69, 69, 0, 0)
    assert [page.links is None for page in july.crawl.pages].count(True) == 4  # 2015-16 to 2018-19: listed, not read
    november = _night(str(tmp_path / "November"), home, NOVEMBER)
    assert (november.new, november.unchanged) == (2, 67)
    _are_as_published(home)


def test_two_nights_of_the_mirror_over_http(mirror: Any, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with mirror.MirrorServer(JULY) as server:
        july = _night(server.base, home, JULY)
        assert (july.new, july.missing, july.failed, july.notes) == (69, 0, 0, ())
        again = _night(server.base, home, JULY)
        assert (again.new, again.unchanged) == (0, 69)
        assert server.count(".csv", status=200) == 69
        server.as_of = NOVEMBER
        november = _night(server.base, home, NOVEMBER)
        assert (november.new, november.unchanged) == (2, 67)
        assert server.count(".csv", status=200) == 71
        assert max(request["in_flight"] for request in server.requests) <= 4
        assert {request["agent"].partition("/")[0] for request in server.requests} == {"sightline"}
    assert _held(home).items() >= _published(mirror, LISTING, NOVEMBER).items()
    _are_as_published(home)


def _are_as_published(home: Home) -> None:
    files = Ledger(home.ledger).files("ae")
    assert files.filter(files["month"] == date(2025, 5, 1)).select("release", "published").rows() == [
        ("first", date(2025, 6, 12)),
        ("revised", date(2025, 11, 13)),
    ]
    assert files.select((files["month"] == files["name_month"]).all()).item()
    assert files["published"].null_count() == 0


def _nights_until_all_is_there(mirror: Any, home: Home, shares: list[str], seed: int, nights: int) -> int:
    """How many nights it took; every night holds nothing but what was published, and names what it lacks."""
    published = _published(mirror, RECENT, NOVEMBER)
    assert len(published) > 20
    faults = mirror.Faults(mirror.Faults.parse(shares), seed=seed, retry_after=0)
    with mirror.MirrorServer(NOVEMBER, faults=faults) as server:
        for night in range(1, nights + 1):
            try:
                result = _night(server.base, home, NOVEMBER, RECENT, SHORT)
            except BadInput as error:
                assert error.where.startswith(f"https://{HOST}/")
                assert _held(home) == {}
                continue
            held = _held(home)
            assert held.items() <= published.items()
            noted = {note.where for note in result.notes if note.severity == "warning"}
            lacking = published.keys() - held.keys()
            pages = {entry.url: entry.landing_page for entry in mirror.read_manifests() if entry.url in lacking}
            assert all({url, pages[url]} & noted for url in lacking)
            if held == published:
                return night
    raise AssertionError(f"{len(published) - len(_held(home))} files are not there after {nights} nights")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_alone_at_six_in_ten_answers(mirror: Any, tmp_path: Path, fault: str) -> None:
    assert _nights_until_all_is_there(mirror, Home(tmp_path / "home"), [f"{fault}:0.6"], seed=1, nights=8) > 1


@pytest.mark.parametrize("seed", range(4))
def test_all_faults_mixed_at_three_in_ten_answers(mirror: Any, tmp_path: Path, seed: int) -> None:
    shares = [f"{fault}:{0.3 / len(FAULTS):.4f}" for fault in FAULTS]
    assert _nights_until_all_is_there(mirror, Home(tmp_path / "home"), shares, seed, nights=6)


@pytest.mark.parametrize("seed", range(3))
def test_a_home_that_has_everything_loses_nothing_to_faults(mirror: Any, tmp_path: Path, seed: int) -> None:
    home = Home(tmp_path / "home")
    with mirror.MirrorServer(JULY) as server:
        _night(server.base, home, JULY, RECENT)
        state = Ledger(home.ledger).state_hash("ae")
        server.faults = mirror.Faults([(fault, 0.11) for fault in FAULTS], seed=seed, per_address=0, retry_after=0)
        for _ in range(2):
            _night(server.base, home, JULY, RECENT, SHORT)
            assert Ledger(home.ledger).state_hash("ae") == state
    assert _held(home) == _published(mirror, RECENT, JULY)
