"""The crawl of the larger mirror, as the site looked on two days."""

from __future__ import annotations

import importlib.util
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sightline.fetch import Ledger, Listing, Refresh, open_source, refresh
from sightline.home import Home

SHARED = Path(os.environ.get("SIGHTLINE_SHARED") or Path(__file__).parents[3] / "shared")
MIRROR = SHARED / "nhs-mirror" / "mirror.py"
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

pytestmark = pytest.mark.mirror


def _night(folder: Path, home: Home, day: date) -> Refresh:
    """Export the A&E pages and CSV files as of ``day`` and visit them that night."""
    spec = importlib.util.spec_from_file_location("mirror", MIRROR)
    assert spec is not None
    assert spec.loader is not None
    mirror = sys.modules["mirror"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(mirror)
    entries = [entry for entry in mirror.read_manifests() if entry.dataset == "ae" and entry.kind == "csv"]
    mirror.export(mirror.Site(entries, mirror.read_extras(), as_of=day), folder)
    now = datetime(day.year, day.month, day.day, 23, tzinfo=UTC)
    return refresh(open_source(str(folder), LISTING.hosts), LISTING, home, now=now)


def test_two_nights_of_the_mirror(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    july = _night(tmp_path / "july", home, date(2025, 7, 15))
    assert (len({link.month for link in july.crawl.wanted}), july.new, july.missing, july.failed) == (69, 69, 0, 0)
    assert [page.links is None for page in july.crawl.pages].count(True) == 4  # 2015-16 to 2018-19: listed, not read

    november = _night(tmp_path / "november", home, date(2025, 11, 20))
    assert (november.new, november.unchanged) == (2, 67)
    files = Ledger(home.ledger).files("ae")
    assert files.filter(files["month"] == date(2025, 5, 1)).select("release", "published").rows() == [
        ("first", date(2025, 6, 12)),
        ("revised", date(2025, 11, 13)),
    ]
    assert files.select((files["month"] == files["name_month"]).all()).item()
    assert files["published"].null_count() == 0
