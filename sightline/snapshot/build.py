"""Builds the snapshot from a mirror folder: ``python -m sightline.snapshot.build MIRROR OUT.zip``.

MIRROR holds ``manifest.csv`` (columns dataset, period, kind, published, landing_page, url, anchor_text, stored_path, sha256)
and the files it names. The pages are of our own making, at the original addresses; the files are byte for byte as published.
The same folder gives the same ZIP, byte for byte.
"""

from __future__ import annotations

import csv
import hashlib
import html
import io
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urljoin

from sightline.errors import BadInput
from sightline.fetch.address import place_of

TITLE = "A&E Attendances and Emergency Admissions"
LICENCE = f"Contains public sector information licensed under the Open Government Licence v3.0. Source: NHS England, {TITLE}."
LICENCE_PAGE = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"


@dataclass(frozen=True)
class Member:
    """One member of the ZIP; ``day`` becomes its time."""

    place: str
    day: date
    body: bytes


@dataclass(frozen=True)
class File:
    """A published file as the manifest describes it."""

    period: str
    published: date
    landing_page: str
    url: str
    anchor_text: str
    body: bytes


def build(mirror: Path, out: Path) -> int:
    """Write the snapshot of ``mirror`` to ``out`` and return how many published files are in it.

    Raises:
        BadInput: no manifest, no counts files in it, or a file that is missing or not the one the manifest names.
    """
    files = read_files(mirror)
    last_day = max(file.published for file in files)
    documents = [Member("LICENCE.txt", last_day, _licence().encode()), Member("README.txt", last_day, _readme(files).encode())]
    originals = [Member("/".join(place_of(file.url, None)), file.published, file.body) for file in files]
    out.write_bytes(zipped([*documents, *_pages(files), *originals], label(files)))
    return len(files)


def read_files(mirror: Path) -> list[File]:
    """The monthly A&E CSV files of ``mirror``, first and revised, by month and day of publication."""
    manifest = mirror / "manifest.csv"
    if not manifest.is_file():
        raise BadInput(str(mirror), expected="a mirror folder with manifest.csv and files/", seen="no manifest.csv", action="name that folder")
    with manifest.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["dataset"] == "ae" and row["kind"] == "csv"]
    if not rows:
        raise BadInput(str(manifest), expected="rows with dataset ae and kind csv", seen="none", action="name another mirror folder")
    return sorted((_file(mirror, row) for row in rows), key=lambda file: (file.period, file.published, file.url))


def _file(mirror: Path, row: dict[str, str]) -> File:
    path = mirror / row["stored_path"]
    body = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(body).hexdigest() != row["sha256"]:
        raise BadInput(str(path), expected=f"SHA-256 {row['sha256']}", seen="another file, or none", action="restore the mirror folder")
    return File(row["period"], date.fromisoformat(row["published"]), row["landing_page"], row["url"], row["anchor_text"], body)


def label(files: Iterable[File]) -> str:
    """What pages say of this source."""
    return f"snapshot: real figures, not live, data to {_month_name(max(file.period for file in files))}"


def zipped(members: Iterable[Member], comment: str) -> bytes:
    """A ZIP of ``members`` by name, with nothing in it that differs from one build to the next."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.comment = comment.encode()
        for member in sorted(members, key=lambda member: member.place):
            info = zipfile.ZipInfo(member.place, (member.day.year, member.day.month, member.day.day, 12, 0, 0))
            info.create_system, info.external_attr = 3, 0o100644 << 16
            archive.writestr(info, member.body, zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()


def _pages(files: list[File]) -> list[Member]:
    """The page of each year, and the index page above them."""
    years = {file.landing_page: [other for other in files if other.landing_page == file.landing_page] for file in files}
    newest_first = sorted(years, key=lambda page: years[page][0].period, reverse=True)
    index = _page(TITLE, [(page, f"{TITLE} {_financial_year(page)}") for page in newest_first])
    pages = [Member(_place(page), _last(group), _page(f"{TITLE} {_financial_year(page)}", _links(group))) for page, group in years.items()]
    return [Member(_place(urljoin(newest_first[0], "..")), _last(files), index), *pages]


def _links(files: Iterable[File]) -> list[tuple[str, str]]:
    return [(file.url, file.anchor_text) for file in files]


def _page(title: str, links: Iterable[tuple[str, str]]) -> bytes:
    items = "\n".join(f'<li><a href="{html.escape(url)}">{html.escape(text)}</a></li>' for url, text in links)
    return f"""<!DOCTYPE html>
<html lang="en-GB">
<head><meta charset="utf-8"><title>{html.escape(title)}</title></head>
<body>
<main>
<h1>{html.escape(title)}</h1>
<p>A list made for the sightline snapshot; the links are those of the publisher.</p>
<ul>
{items}
</ul>
<p>{html.escape(LICENCE)} <a href="{LICENCE_PAGE}">Open Government Licence v3.0</a></p>
</main>
</body>
</html>
""".encode()


def _licence() -> str:
    pages = "The pages (index.html) were written for sightline and link to the files; they are not NHS England's pages."
    return f"{LICENCE}\n\nThe licence: {LICENCE_PAGE}\n\n{pages}\n"


def _readme(files: list[File]) -> str:
    first, last = min(file.period for file in files), max(file.period for file in files)
    return f"""sightline snapshot: {TITLE}

{len(files)} monthly CSV files for {len({file.period for file in files})} months from {_month_name(first)} to {_month_name(last)}, byte for byte
as NHS England published them, as published up to {_last(files)}. Real figures, not live.

Not every month between the first and the last is here. Where a month was revised and both files were found, both are here;
of other revised months only the last revision.

Layout: <host>/<path>, pages as index.html. The time of a file is noon of the day it was published.
The pages are lists made for this snapshot; addresses and link texts are the publisher's.

{LICENCE}
"""


def _place(page: str) -> str:
    return "/".join(place_of(page, None))


def _last(files: Iterable[File]) -> date:
    return max(file.published for file in files)


def _financial_year(page: str) -> str:
    """'2019-20' from the address of that year's page."""
    return page.rstrip("/")[-7:]


def _month_name(period: str) -> str:
    return f"{date.fromisoformat(period + '-01'):%B %Y}"


def main(arguments: list[str]) -> int:
    """Build from the command line; 0 when written, 2 for wrong use or bad input."""
    if len(arguments) != 2:
        sys.stderr.write("use: python -m sightline.snapshot.build MIRROR OUT.zip\n")
        return 2
    try:
        count = build(Path(arguments[0]), Path(arguments[1]))
    except BadInput as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{arguments[1]}: {count} files\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
