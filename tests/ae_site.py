"""A tiny site of A&E files: an index page, a page a financial year, a CSV a month in the published layout. Figures are made up."""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

HOST = "www.england.nhs.uk"
INDEX = f"https://{HOST}/statistics/statistical-work-areas/ae-waiting-times-and-activity/"
HEADER = (
    "Period,Org Code,Parent Org,Org name,A&E attendances Type 1,A&E attendances Type 2,A&E attendances Other A&E Department,"
    "A&E attendances Booked Appointments Type 1,A&E attendances Booked Appointments Type 2,A&E attendances Booked Appointments Other Department,"
    "Attendances over 4hrs Type 1,Attendances over 4hrs Type 2,Attendances over 4hrs Other Department,"
    "Attendances over 4hrs Booked Appointments Type 1,Attendances over 4hrs Booked Appointments Type 2,"
    "Attendances over 4hrs Booked Appointments Other Department,Patients who have waited 4-12 hs from DTA to admission,"
    "Patients who have waited 12+ hrs from DTA to admission,Emergency admissions via A&E - Type 1,Emergency admissions via A&E - Type 2,"
    "Emergency admissions via A&E - Other A&E department,Other emergency admissions"
)
#: code -> (Parent Org as published, name)
ORGANISATIONS = {
    "RA1": ("NHS ENGLAND LONDON", "FIRST NHS TRUST"),
    "RA2": ("NHS ENGLAND MIDLANDS ", "SECOND <B>&\"QUOTED\"</B> NHS FOUNDATION TRUST"),
    "Y00001": ("NHS ENGLAND MIDLANDS ", "WALK-IN CENTRE"),
}  # fmt: skip
#: the eighteen counts of each, in the order of the header
COUNTS: Mapping[str, tuple[int, ...]] = {
    "RA1": (9000, 400, 2000, 200, 7, 60, 3600, 9, 55, 21, 6, 8, 610, 12, 1900, 11, 13, 800),
    "RA2": (5700, 0, 640, 16, 0, 14, 2650, 0, 2, 7, 0, 0, 1040, 160, 1800, 0, 5, 270),
    "Y00001": (0, 0, 3100, 0, 0, 45, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0),
}


def month_counts(month: date) -> dict[str, tuple[int, ...]]:
    """The counts of a month: those above, moved a little from month to month so that there is something to chart."""
    shift = (month.year * 12 + month.month) * 7 % 11 * 10
    return {code: tuple(count + shift if count > 500 else count for count in counts) for code, counts in COUNTS.items()}


@dataclass(frozen=True)
class File:
    """One monthly file and the link that leads to it."""

    month: date
    name: str
    text: str
    body: bytes
    uploaded: str

    @property
    def url(self) -> str:
        return f"https://{HOST}/statistics/wp-content/uploads/sites/2/{self.uploaded}/{self.name}"


def csv_of(month: date, counts: Mapping[str, tuple[int, ...]] | None = None) -> bytes:
    """The CSV of a month, total row last, CRLF."""
    counts = counts or month_counts(month)
    period = f"MSitAE-{month:%B-%Y}".upper().replace("MSITAE", "MSitAE")
    rows = [[period, code, *ORGANISATIONS[code], *figures] for code, figures in counts.items()]
    total = ["TOTAL"] * 4 + [sum(column) for column in zip(*counts.values(), strict=True)]
    return ("\r\n".join([HEADER, *(",".join(map(_cell, row)) for row in [*rows, total])]) + "\r\n").encode()


def _cell(value: object) -> str:
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if "," in text or '"' in text else text


def monthly(month: date, counts: Mapping[str, tuple[int, ...]] | None = None) -> File:
    """The first release of a month, uploaded the month after."""
    later = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    text = f"Monthly A&E {month:%B %Y} (CSV, 1KB)"
    return File(month, f"{month:%B-%Y}-CSV-abc12.csv", text, csv_of(month, counts), f"{later:%Y/%m}")


def revised(file: File, body: bytes) -> File:
    """The revision of a file at an address of its own."""
    return replace(
        file, name=file.name.replace("abc12", "revised"), text=file.text.replace("(CSV", "(revised 13.11.26) (CSV"), body=body, uploaded="2026/11"
    )


def months(first: date, count: int) -> list[date]:
    """So many months from the first."""
    numbers = range(first.year * 12 + first.month - 1, first.year * 12 + first.month - 1 + count)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def site(folder: Path, files: Iterable[File], *, changed: Callable[[str], str] = str) -> Path:
    """Write a site of these files into ``folder``; ``changed`` may spoil the pages."""
    files = list(files)
    years: dict[str, list[File]] = {}
    for file in files:
        begins = file.month.year - (file.month.month < 4)
        years.setdefault(f"{begins}-{(begins + 1) % 100:02d}", []).append(file)
        _put(folder, file.url, file.body, file.uploaded)
    pages = {year: f"{INDEX}ae-attendances-and-emergency-admissions-{year}/" for year in years}
    index = [(url, f"A&E Attendances and Emergency Admissions {year}") for year, url in sorted(pages.items(), reverse=True)]
    _put(folder, INDEX, changed(_page(index)).encode())
    for year, listed in years.items():
        _put(folder, pages[year], changed(_page([(file.url, file.text) for file in listed])).encode())
    return folder


def _page(links: Iterable[tuple[str, str]]) -> str:
    listed = "".join(f'<p><a href="{html.escape(url)}">{html.escape(text)}</a></p>' for url, text in links)
    return f"<!DOCTYPE html><html><body><h1>A&amp;E</h1><article>{listed}</article></body></html>"


def _put(folder: Path, url: str, body: bytes, uploaded: str | None = None) -> None:
    path = folder / url.partition("://")[2]
    path = path / "index.html" if url.endswith("/") else path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    if uploaded:
        moment = datetime(int(uploaded[:4]), int(uploaded[5:]), 12, 9, 30, tzinfo=UTC).timestamp()
        os.utime(path, (moment, moment))
