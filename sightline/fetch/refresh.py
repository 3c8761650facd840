"""One visit to a source: crawl, read what is wanted, store what is new, enter it all in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sightline.errors import BadInput
from sightline.fetch.archive import Archive
from sightline.fetch.crawl import Crawl, Link, Note, crawl
from sightline.fetch.ledger import Download, Ledger
from sightline.fetch.listing import Listing
from sightline.fetch.source import NotThere, Reply, Source
from sightline.home import Home
from sightline.progress import track


@dataclass(frozen=True)
class Refresh:
    """What a visit found. ``missing`` files are linked and not there; ``failed`` ones gave a body that is no such file."""

    crawl: Crawl
    new: int
    unchanged: int
    missing: int
    failed: int
    notes: tuple[Note, ...]


def refresh(source: Source, listing: Listing, home: Home, *, now: datetime) -> Refresh:
    """Bring archive and ledger of ``home`` up to date with ``source``; ``now`` is entered as the time of the visit.

    A link whose file is missing or unusable becomes a note and the rest goes on.

    Raises:
        BadInput: pages missing or unreadable (see crawl), or a home that holds the other kind of data (real, simulated).
    """
    home.create().claim("simulated" if source.simulated else "real")
    found = crawl(source, listing)
    archive, ledger = Archive(home.archive), Ledger(home.ledger)
    results = [_fetch(source, link, archive) for link in track(found.wanted, f"{listing.dataset}: files", len(found.wanted))]
    downloads = [result for result in results if isinstance(result, Download)]
    missing = [result.note for result in results if isinstance(result, _Missing)]
    failed = [result for result in results if isinstance(result, Note)]
    new = ledger.record(found, downloads, source=source.label, now=now)
    return Refresh(found, new, len(downloads) - new, len(missing), len(failed), (*found.notes, *missing, *failed))


@dataclass(frozen=True)
class _Missing:
    note: Note


def _fetch(source: Source, link: Link, archive: Archive) -> Download | _Missing | Note:
    try:
        reply = source.read(link.url)
    except NotThere:
        return _Missing(Note("warning", link.url, f"linked but not there: «{link.anchor_text}» on {link.page}"))
    except BadInput as error:
        return Note("warning", link.url, f"not read: «{link.anchor_text}»: {error.seen}")
    if fault := wrong_body(reply.body):
        return Note("warning", link.url, f"not taken: «{link.anchor_text}»: {fault} where a {link.kind.upper()} was promised")
    return _stored(reply, archive)


def wrong_body(body: bytes) -> str | None:
    """What came in place of a file: nothing, or a web page; None when it may be the file."""
    start = body[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return "an empty body"
    return "a web page" if start.startswith(b"<") else None


def _stored(reply: Reply, archive: Archive) -> Download:
    return Download(reply.url, archive.add(reply.body), len(reply.body), reply.etag, reply.last_modified)
