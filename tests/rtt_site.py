"""A tiny site of RTT files: an index page, the page of a year, an extract a month in the published layout. Figures are made up."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from tests.sources.rtt_files import CELLS, Cell, extract

HOST = "www.england.nhs.uk"
INDEX = f"https://{HOST}/statistics/statistical-work-areas/rtt-waiting-times/"
UPLOADS = f"https://{HOST}/statistics/wp-content/uploads/sites/2"


def month_extract(month: date, cells: Iterable[Cell] = CELLS) -> bytes:
    """The extract of a month."""
    return extract(cells, f"RTT-{month:%B-%Y}")


def site(folder: Path, files: dict[tuple[date, str], bytes]) -> Path:
    """A site with these extracts on the page of 2025-26; the key is month and release."""
    links = []
    for (month, release), body in files.items():
        later = date(month.year + (month.month + 1) // 12, (month.month + 1) % 12 + 1, 12)
        revised = " revised" if release == "revised" else ""
        name = f"Full-CSV-data-file-{month:%b%y}-ZIP-1K{'-revised' if revised else ''}.zip"
        url = f"{UPLOADS}/{later:%Y/%m}/{name}"
        links.append(f'<p><a href="{url}">Full CSV data file {month:%b%y}{revised} (ZIP, 1K)</a></p>')
        put(folder, url, body, datetime(later.year, later.month, later.day, 12, tzinfo=UTC))
    year = f"{INDEX}rtt-data-2025-26/"
    put(folder, f"{year}index.html", f"<h1>RTT Data 2025-26</h1>{''.join(links)}".encode())
    put(folder, f"{INDEX}index.html", f'<h1>RTT</h1><a href="{year}">Consultant-led Referral to Treatment Waiting Times Data 2025-26</a>'.encode())
    return folder


def put(folder: Path, url: str, body: bytes, modified: datetime | None = None) -> None:
    path = folder / url.removeprefix("https://")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    if modified:
        os.utime(path, (modified.timestamp(),) * 2)
