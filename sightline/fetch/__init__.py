"""Landing pages, downloads, archive and ledger: the only part that reads from a source."""

from sightline.fetch.archive import Archive
from sightline.fetch.crawl import Crawl, Link, Note, Page, crawl
from sightline.fetch.ledger import VINTAGE_ORDER, Download, Ledger
from sightline.fetch.listing import Listing
from sightline.fetch.refresh import Refresh, refresh
from sightline.fetch.source import NotThere, Reply, Source, open_source

__all__ = [
    "VINTAGE_ORDER",
    "Archive",
    "Crawl",
    "Download",
    "Ledger",
    "Link",
    "Listing",
    "NotThere",
    "Note",
    "Page",
    "Refresh",
    "Reply",
    "Source",
    "crawl",
    "open_source",
    "refresh",
]
