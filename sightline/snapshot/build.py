"""Builds the snapshot from a mirror folder: ``python -m sightline.snapshot.build MIRROR OUT.zip``.

MIRROR holds ``manifest.csv`` for A&E and, where it has them, ``manifest-rtt-rebuilt.csv`` and ``manifest-rtt.csv`` for referral to
treatment (columns dataset, period, kind, published, landing_page, url, anchor_text, stored_path, sha256, series), and the files they
name. The pages are of our own making, at the original addresses; the files are byte for byte those of the mirror.
The same folder gives the same ZIP, byte for byte.
"""

from __future__ import annotations

import csv
import hashlib
import html
import io
import sys
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urljoin

from sightline.errors import BadInput
from sightline.fetch.address import place_of

LICENCE_PAGE = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"

Row = dict[str, str]


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
    kind: str
    published: date
    landing_page: str
    url: str
    anchor_text: str
    body: bytes


@dataclass(frozen=True)
class Dataset:
    """A publication: its titles, the manifests that list its files, which of their rows are taken, and how its files are told of.

    ``year_title`` and ``year`` name the page of a year, ``told`` what its files are. ``short`` is its name in the label, and ``beware``
    what the label says of files that are not as they were published; empty where they are.
    """

    title: str
    year_title: str
    manifests: tuple[str, ...]
    chosen: Callable[[list[Row]], list[Row]]
    told: Callable[[list[File]], str]
    short: str
    beware: str = ""


@dataclass(frozen=True)
class Part:
    """A dataset and its files, by month and day of publication."""

    dataset: Dataset
    files: list[File]


def counts(rows: list[Row]) -> list[Row]:
    """Of A&E the monthly CSV files."""
    return [row for row in rows if row["dataset"] == "ae" and row["kind"] == "csv"]


def extracts_and_overview(rows: list[Row]) -> list[Row]:
    """Of referral to treatment the rebuilt extracts, and the newest overview time series, which they are held against."""
    rebuilt = [row for row in rows if row["kind"] == "zip" and row.get("bytes_are", "").startswith("REBUILT")]
    overviews = [row for row in rows if row.get("series") == "RTT-Overview-Timeseries"]
    return [*rebuilt, *sorted(overviews, key=lambda row: row["published"])[-1:]]


def told_of_counts(files: list[File]) -> str:
    """What is to be known of the A&E files."""
    return f"""{len(files)} monthly CSV files for {len({file.period for file in files})} months from {span(files)}, byte for byte
as NHS England published them, as published up to {_last(files)}. Real figures, not live.

Not every month between the first and the last is here. Where a month was revised and both files were found, both are here;
of other revised months only the last revision."""


def told_of_extracts(files: list[File]) -> str:
    """What is to be known of the files of referral to treatment."""
    extracts, overviews = ([file for file in files if (file.kind == "zip") == is_zip] for is_zip in (True, False))
    return f"""{len(extracts)} monthly extracts from {span(extracts)}: {REBUILT}. The full extracts of these
months are not to be had where this was built. The counts are those of NHS England's Incomplete Provider workbooks, brought into
the layout of the full extract: incomplete pathways (Part_2) alone, one made-up commissioner ZALL, no provider parents. So no
month holds all of England's list.

{len(overviews)} overview time series workbook, as published up to {_last(files)}: England's own figures, which those months are held against."""


REBUILT = "counts as published, file layout rebuilt, NHS providers only"
AE = Dataset(
    title="A&E Attendances and Emergency Admissions",
    year_title="A&E Attendances and Emergency Admissions",
    manifests=("manifest.csv",),
    chosen=counts,
    told=told_of_counts,
    short="A&E",
)
RTT = Dataset(
    title="Consultant-led Referral to Treatment Waiting Times",
    year_title="Consultant-led Referral to Treatment Waiting Times Data",
    manifests=("manifest-rtt-rebuilt.csv", "manifest-rtt.csv"),
    chosen=extracts_and_overview,
    told=told_of_extracts,
    short="referral to treatment",
    beware=REBUILT,
)


def build(mirror: Path, out: Path) -> int:
    """Write the snapshot of ``mirror`` to ``out`` and return how many published files are in it.

    Raises:
        BadInput: no manifest, no counts files in it, or a file that is missing or not the one the manifest names.
    """
    parts = read_parts(mirror)
    files = [file for part in parts for file in part.files]
    last_day = _last(files)
    documents = [Member("LICENCE.txt", last_day, _licence(parts).encode()), Member("README.txt", last_day, _readme(parts).encode())]
    pages = [page for part in parts for page in _pages(part)]
    originals = [Member("/".join(place_of(file.url, None)), file.published, file.body) for file in files]
    out.write_bytes(zipped([*documents, *pages, *originals], label(parts)))
    return len(files)


def read_parts(mirror: Path) -> list[Part]:
    """What ``mirror`` has of each dataset: A&E always, referral to treatment where its manifests are there."""
    if not (mirror / "manifest.csv").is_file():
        raise BadInput(str(mirror), expected="a mirror folder with manifest.csv and files/", seen="no manifest.csv", action="name that folder")
    parts = [Part(dataset, read_files(mirror, dataset)) for dataset in (AE, RTT)]
    if not parts[0].files:
        raise BadInput(str(mirror / "manifest.csv"), expected="rows with dataset ae and kind csv", seen="none", action="name another mirror folder")
    return [part for part in parts if part.files]


def read_files(mirror: Path, dataset: Dataset) -> list[File]:
    """The files of a dataset that the snapshot takes, by month and day of publication."""
    rows = [row for name in dataset.manifests if (mirror / name).is_file() for row in _manifest(mirror / name)]
    return sorted((_file(mirror, row) for row in dataset.chosen(rows)), key=lambda file: (file.period, file.published, file.url))


def _manifest(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _file(mirror: Path, row: Row) -> File:
    path = mirror / row["stored_path"]
    body = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(body).hexdigest() != row["sha256"]:
        raise BadInput(str(path), expected=f"SHA-256 {row['sha256']}", seen="another file, or none", action="restore the mirror folder")
    return File(row["period"], row["kind"], date.fromisoformat(row["published"]), row["landing_page"], row["url"], row["anchor_text"], body)


def label(parts: Iterable[Part]) -> str:
    """What pages say of this source: how far each dataset goes, and of which the files are not as they were published."""
    reach = [
        f"{part.dataset.short} {span(monthly)} ({part.dataset.beware})" if part.dataset.beware else f"{part.dataset.short} to {_newest(monthly)}"
        for part in parts
        if (monthly := _monthly(part.files))
    ]
    return f"snapshot: real figures, not live, {', '.join(reach)}"


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


def _pages(part: Part) -> list[Member]:
    """The page of each year, and the index page above them."""
    titles = {file.landing_page: f"{part.dataset.year_title} {_financial_year(file.landing_page)}" for file in part.files}
    newest_first = sorted(titles, key=_financial_year, reverse=True)
    index = _page(part, part.dataset.title, [(page, titles[page]) for page in newest_first])
    pages = [Member(_place(urljoin(newest_first[0], "..")), _last(part.files), index)]
    for page, title in titles.items():
        on_it = [file for file in part.files if file.landing_page == page]
        pages.append(Member(_place(page), _last(on_it), _page(part, title, [(file.url, file.anchor_text) for file in on_it])))
    return pages


def _page(part: Part, title: str, links: Iterable[tuple[str, str]]) -> bytes:
    items = "\n".join(f'<li><a href="{html.escape(url)}">{html.escape(text)}</a></li>' for url, text in links)
    beware = f" Monthly files: {part.dataset.beware}." if part.dataset.beware else ""
    return f"""<!DOCTYPE html>
<html lang="en-GB">
<head><meta charset="utf-8"><title>{html.escape(title)}</title></head>
<body>
<main>
<h1>{html.escape(title)}</h1>
<p>A list made for the sightline snapshot; the links are those of the publisher.{beware}</p>
<ul>
{items}
</ul>
<p>{html.escape(licence([part]))} <a href="{LICENCE_PAGE}">Open Government Licence v3.0</a></p>
</main>
</body>
</html>
""".encode()


def licence(parts: Iterable[Part]) -> str:
    """Under which licence the figures of these publications are, and whose they are."""
    titles = "; ".join(part.dataset.title for part in parts)
    return f"Contains public sector information licensed under the Open Government Licence v3.0. Source: NHS England, {titles}."


def _licence(parts: list[Part]) -> str:
    pages = "The pages (index.html) were written for sightline and link to the files; they are not NHS England's pages."
    rebuilt = "".join(f"\n{part.dataset.title}: monthly files: {part.dataset.beware}.\n" for part in parts if part.dataset.beware)
    return f"{licence(parts)}\n\nThe licence: {LICENCE_PAGE}\n\n{pages}\n{rebuilt}"


def _readme(parts: list[Part]) -> str:
    told = "\n\n".join(f"{part.dataset.title}\n\n{part.dataset.told(part.files)}" for part in parts)
    return f"""sightline snapshot

{told}

Layout: <host>/<path>, pages as index.html. The time of a file is noon of the day it was published.
The pages are lists made for this snapshot; addresses and link texts are the publisher's, those of rebuilt files made after them.

{licence(parts)}
"""


def span(files: list[File]) -> str:
    """'April 2024 to March 2025'."""
    return f"{_month_name(min(file.period for file in files))} to {_newest(files)}"


def _newest(files: list[File]) -> str:
    return _month_name(max(file.period for file in files))


def _monthly(files: list[File]) -> list[File]:
    """The files of one month each; a time series has the period '2007-04..2026-05'."""
    return [file for file in files if len(file.period) == len("2025-06")]


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
