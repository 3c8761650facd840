"""Landing pages, downloads, archive and ledger: the only part that reads from a source."""

from sightline.fetch.archive import Archive
from sightline.fetch.crawl import Crawl, Link, Note, Page, crawl
from sightline.fetch.ledger import VINTAGE_ORDER, Download, Held, Ledger, Visit
from sightline.fetch.listing import Listing, Role
from sightline.fetch.refresh import Refresh, refresh
from sightline.fetch.source import Answer, Ask, Failed, Limits, NotCarried, NotThere, Reply, Source, Unchanged, one_by_one, open_source

__all__ = [
    "VINTAGE_ORDER",
    "Answer",
    "Archive",
    "Ask",
    "Crawl",
    "Download",
    "Failed",
    "Held",
    "Ledger",
    "Limits",
    "Link",
    "Listing",
    "NotCarried",
    "NotThere",
    "Note",
    "Page",
    "Refresh",
    "Reply",
    "Role",
    "Source",
    "Unchanged",
    "Visit",
    "crawl",
    "one_by_one",
    "open_source",
    "refresh",
]
