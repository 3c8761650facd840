"""Builds tiny sites in a folder: an index page, pages of years, files."""

from __future__ import annotations

import html
import os
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

from sightline.fetch import Listing

HOST = "www.example.org"
INDEX = f"https://{HOST}/ae/"
YEAR = f"https://{HOST}/ae/2025-26/"
NOW = datetime(2025, 12, 1, 3, tzinfo=UTC)
CSV = b"Period,Org Code\r\nMSitAE-MAY-2025,RAA\r\n"

LISTING = Listing(
    dataset="ae",
    index_page=INDEX,
    year_page=r"Admissions \d{4}-\d{2}",
    file=r"^Monthly\b",
    file_not="time series|quarterly",
    hosts=(HOST,),
    first_month=date(2019, 4, 1),
)


def upload(name: str, folder: str = "2025/06") -> str:
    return f"https://{HOST}/wp-content/uploads/sites/2/{folder}/{name}"


MAY = upload("Monthly-AE-May-2025.csv")
JUNE = upload("Monthly-AE-June-2025.csv", "2025/07")


def anchor(href: str, text: str) -> str:
    return f'<a href="{html.escape(href)}">{text.replace("&", "&#038;")}</a>'


def page(*anchors: str, title: str = "A&amp;E") -> str:
    return f"<!DOCTYPE html><html><body><h1>{title}</h1><p>" + "<br>".join(anchors) + "</p></body></html>"


class Site:
    """A folder laid out as <host>/<path>."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def put(self, url: str, body: str | bytes, modified: date | None = None) -> Path:
        path = self.root / url.partition("://")[2]
        path = path / "index.html" if url.endswith("/") else path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body.encode() if isinstance(body, str) else body)
        if modified:
            moment = datetime(modified.year, modified.month, modified.day, 9, 30, tzinfo=UTC).timestamp()
            os.utime(path, (moment, moment))
        return path

    def index(self, *anchors: str) -> None:
        self.put(INDEX, page(*(anchors or (anchor(YEAR, "A&E Attendances and Emergency Admissions 2025-26"),))))

    def year(self, *anchors: str) -> None:
        self.put(YEAR, page(*anchors, title="A&amp;E 2025-26"))


def small_site(root: Path) -> Site:
    """May 2025, first release, published 2025-06-12."""
    site = Site(root)
    site.index()
    site.year(anchor(MAY, "Monthly A&E May 2025 (CSV, 28.0K)"))
    site.put(MAY, CSV, date(2025, 6, 12))
    return site


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return path
