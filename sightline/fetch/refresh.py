"""One visit to a source: crawl, ask for what is wanted and not held, store each answer as it arrives, enter it in the ledger."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from sightline.errors import BadInput
from sightline.fetch.archive import Archive
from sightline.fetch.body import wrong_body
from sightline.fetch.crawl import Crawl, Link, Note, crawl
from sightline.fetch.ledger import Download, Held, Ledger, Visit
from sightline.fetch.listing import Listing
from sightline.fetch.source import Answer, Ask, Failed, NotThere, Reply, Source, Unchanged
from sightline.home import Home
from sightline.progress import track

Outcome = Literal["new", "unchanged", "missing", "failed"]


@dataclass(frozen=True)
class Refresh:
    """What a visit found. ``missing`` files are linked and not there; ``failed`` ones were not answered, or by no such file."""

    crawl: Crawl
    new: int
    unchanged: int
    missing: int
    failed: int
    notes: tuple[Note, ...]


def refresh(source: Source, listing: Listing, home: Home, *, now: datetime) -> Refresh:
    """Bring archive and ledger of ``home`` up to date with ``source``; ``now`` is entered as the time of the visit.

    A link whose file is missing or unusable becomes a note that says what stays, and the rest goes on. Each file is kept as it
    arrives, so a visit that is cut off loses nothing; whatever its end, it is a line in the ledger.

    Raises:
        BadInput: pages missing or unreadable (see crawl), or a home that holds the other kind of data (real, simulated).
    """
    home.create().claim("simulated" if source.simulated else "real")
    ledger = Ledger(home.ledger)
    begun = time.monotonic()
    visit = partial(Visit, listing.dataset, source.label, now)
    try:
        found = _visit(source, listing, ledger, Archive(home.archive), now)
    except BadInput as error:
        ledger.close(visit(_later(now, begun), note=str(error)[:500]))
        raise
    ledger.close(visit(_later(now, begun), found.new, found.unchanged, found.missing, found.failed, _summary(found.notes)))
    return found


def _visit(source: Source, listing: Listing, ledger: Ledger, archive: Archive, now: datetime) -> Refresh:
    found = crawl(source, listing, ledger.known(listing.dataset))
    ledger.enter(found, now=now)
    wanted = {} if found.blind else {link.url: link for link in found.wanted}
    held = {url: one for url, one in ledger.held(listing.dataset, source.label).items() if archive.holds(one.sha256)}
    asks = [_ask(link, held.get(link.url)) for link in wanted.values()]
    counts: Counter[Outcome] = Counter()
    notes: dict[str, Note] = {}
    for answer in track(source.read_all(asks), f"{listing.dataset}: files", len(asks)):
        link = wanted[answer.url]
        outcome = _outcome(answer, link, held.get(link.url))
        if isinstance(outcome, Note):
            notes[link.url] = outcome
            counts["missing" if isinstance(answer, Failed) and isinstance(answer.error, NotThere) else "failed"] += 1
        else:
            download = _stored(outcome, archive) if isinstance(outcome, Reply) else None
            counts["new" if ledger.take(link, download, source=source.label, now=now) else "unchanged"] += 1
    in_order = (*found.notes, *_blind(found, listing), *(notes[url] for url in wanted if url in notes))
    return Refresh(found, counts["new"], counts["unchanged"], counts["missing"], counts["failed"], in_order)


def _ask(link: Link, held: Held | None) -> Ask:
    """The question for a file: only for other bytes, where the archive has those that the ledger names."""
    fault = partial(wrong_body, kind=link.kind)
    return Ask(link.url, etag=held.etag, last_modified=held.last_modified, fault=fault) if held else Ask(link.url, fault=fault)


def _outcome(answer: Answer, link: Link, held: Held | None) -> Reply | Unchanged | Note:
    """The answer where it can be used, else a note on why not and what stays."""
    if isinstance(answer, Failed):
        stays = _stays(held)
        if isinstance(answer.error, NotThere):
            return Note("warning", link.url, f"linked but not there: «{link.anchor_text}» on {link.page}; {stays}")
        return Note("warning", link.url, f"not fetched: «{link.anchor_text}»: {answer.error.seen}; {stays}")
    if isinstance(answer, Reply) and (fault := wrong_body(answer.body, link.kind)):
        return Note("warning", link.url, f"not taken: «{link.anchor_text}»: {fault} where a {link.kind.upper()} was promised; {_stays(held)}")
    return answer


def _stays(held: Held | None) -> str:
    return f"the content of {held.first_seen:%Y-%m-%d} stays" if held else "nothing is held"


def _blind(found: Crawl, listing: Listing) -> list[Note]:
    if not found.blind:
        return []
    return [Note("warning", listing.index_page, "no page could be read, so no file was asked for; everything of earlier visits stays")]


def _stored(reply: Reply, archive: Archive) -> Download:
    return Download(reply.url, archive.add(reply.body), len(reply.body), reply.etag, reply.last_modified)


def _later(now: datetime, begun: float) -> datetime:
    """When it ended, by the clock that nobody sets."""
    return now + timedelta(seconds=time.monotonic() - begun)


def _summary(notes: tuple[Note, ...]) -> str:
    """A line for the ledger: how many warnings, and the first of them."""
    warnings = [note for note in notes if note.severity != "info"]
    if not warnings:
        return ""
    return f"{len(warnings)} {'warning' if len(warnings) == 1 else 'warnings'}, the first: {warnings[0].where}: {warnings[0].text}"[:500]
