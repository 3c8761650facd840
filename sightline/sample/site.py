"""The simulated NHS as a source: the pages and files that NHS England would have on the day it is looked at.

A file once published stays at its address, and the page goes on listing it beside the file that revises it, so that one
visit finds both releases. Every page says that what is on it is simulated.
"""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Final

from sightline.errors import BadInput
from sightline.fetch.address import place_of
from sightline.fetch.source import SIMULATED_MARKER, Answer, Ask, NotThere, Reply, one_by_one
from sightline.sample import ae_files, rtt_files
from sightline.sample.ae import SEED
from sightline.sample.publication import Publication, PublishedFile

#: what pages say of this source
LABEL: Final = "sample: simulated figures, not real"
#: a file in a folder written by ``write_site``; a folder that holds it may be written again
MARKER: Final = SIMULATED_MARKER
WARNING: Final = "Simulated: these figures and organisations are made up. They stand where NHS England's would, and are not NHS England's."

#: every simulated dataset, one line each
PUBLICATIONS: Final[tuple[Callable[[int], Publication], ...]] = (ae_files.publication, rtt_files.publication)


@dataclass(frozen=True)
class Document:
    """What one address answers, and since when."""

    since: date
    body: Callable[[], bytes]

    @property
    def modified(self) -> datetime:
        """The time of day at which such files come out."""
        return datetime(self.since.year, self.since.month, self.since.day, 9, 30, tzinfo=UTC)


class SampleSource:
    """Reads the simulated site from memory. Nothing is made before the first reading, workbooks when they are read."""

    name = "sample"
    label = LABEL
    simulated = True
    remote = False

    def __init__(self, hosts: Collection[str] | None = None, *, as_of: date | None = None, seed: int = SEED) -> None:
        self._hosts = hosts
        self._as_of = as_of
        self._seed = seed

    def read(self, url: str) -> Reply:
        """The page or file at ``url``; raises NotThere, or BadInput for an address that may not be asked for."""
        place = "/".join(place_of(url, self._hosts))
        document = self._documents.get(place)
        if document is None:
            raise NotThere(url)
        return Reply(url, document.body(), document.modified)

    def read_all(self, asks: Sequence[Ask]) -> Iterator[Answer]:
        """An answer to each of ``asks``, in their order."""
        return one_by_one(self.read, asks)

    @cached_property
    def _documents(self) -> dict[str, Document]:
        return documents(self._as_of, self._seed)


def sample_source(hosts: Collection[str] | None = None, *, as_of: date | None = None, seed: int = SEED) -> SampleSource:
    """The simulated NHS as it stood at the end of the day ``as_of``, else in the end; ``hosts`` limits what may be read."""
    return SampleSource(hosts, as_of=as_of, seed=seed)


def write_site(folder: Path, *, as_of: date | None = None, seed: int = SEED) -> int:
    """Write every page and file to ``folder/<host>/<path>`` with its day as its time, and return how many there are.

    Raises:
        BadInput: ``folder`` holds something else, or cannot be written to; nothing was published by that day.
    """
    found = documents(as_of, seed)
    try:
        if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
            raise _refused(folder, "other files")
        _write(folder / MARKER, Document(max(document.since for document in found.values()), (WARNING + "\n").encode))
        for place, document in found.items():
            _write(folder / place, document)
    except OSError as error:
        raise _refused(folder, error.strerror or "an error of the disk") from error
    return len(found)


def documents(as_of: date | None, seed: int) -> dict[str, Document]:
    """Everything on the site on a day, by place: ``host/path``, pages as ``index.html``.

    Raises:
        BadInput: nothing was published by that day.
    """
    found: dict[str, Document] = {}
    for publication in (make(seed) for make in PUBLICATIONS):
        if files := [file for file in publication.files if as_of is None or file.published <= as_of]:
            found |= {_place(file.url): Document(file.published, file.body) for file in files} | _pages(publication, files)
    if not found:
        raise BadInput("the sample", expected="a day on which something is published", seen=f"{as_of}", action="name a later day, or none")
    return found


def _pages(publication: Publication, files: list[PublishedFile]) -> dict[str, Document]:
    """The index page with the newest year first, and the page of every year that has begun."""
    years = {file.page: file.page_title for file in files}
    index = _page(publication.title, "Data by year", reversed(years.items()))
    pages = {_place(publication.index_page): Document(_newest(files), index.encode)}
    for page, title in years.items():
        on_it = [file for file in files if file.page == page]
        text = _page(title, "Monthly data", ((file.url, file.anchor_text) for file in on_it))
        pages[_place(page)] = Document(_newest(on_it), text.encode)
    return pages


def _page(title: str, heading: str, links: Iterable[tuple[str, str]]) -> str:
    items = "\n".join(f'<li><a href="{html.escape(url)}">{html.escape(text)}</a></li>' for url, text in links)
    return f"""<!DOCTYPE html>
<html lang="en-GB">
<head><meta charset="utf-8"><title>Simulated: {html.escape(title)}</title></head>
<body>
<main>
<article class="rich-text">
<h1>Simulated: {html.escape(title)}</h1>
<p>{WARNING}</p>
<h2>{heading}</h2>
<ul>
{items}
</ul>
</article>
</main>
</body>
</html>
"""


def _newest(files: Iterable[PublishedFile]) -> date:
    return max(file.published for file in files)


def _place(url: str) -> str:
    return "/".join(place_of(url, None))


def _write(path: Path, document: Document) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(document.body())
    moment = document.modified.timestamp()
    os.utime(path, (moment, moment))


def _refused(folder: Path, seen: str) -> BadInput:
    return BadInput(str(folder), expected="an empty folder, or one that this wrote", seen=seen, action="name a new folder")
