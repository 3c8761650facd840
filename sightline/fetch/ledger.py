"""Which address had which content when, and what the pages last said of it. SQLite, one transaction an answer."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from sightline.errors import BadInput
from sightline.fetch.crawl import Crawl, Link, Page

#: 2 added the tables validator and visit; a ledger of version 1 gains them when it is opened and keeps everything
LEDGER_VERSION = 2

_TABLES = """
CREATE TABLE IF NOT EXISTS page (
  dataset TEXT, url TEXT, title TEXT, links INTEGER, last_seen TEXT,
  PRIMARY KEY (dataset, url)
);
CREATE TABLE IF NOT EXISTS link (
  dataset TEXT, url TEXT, page TEXT, anchor_text TEXT, kind TEXT, month TEXT, name_month TEXT, release TEXT, revised_on TEXT,
  wanted INTEGER, first_seen TEXT, last_seen TEXT,
  PRIMARY KEY (dataset, url)
);
CREATE TABLE IF NOT EXISTS content (
  turn INTEGER PRIMARY KEY, url TEXT, sha256 TEXT, bytes INTEGER, etag TEXT, last_modified TEXT, first_seen TEXT, source TEXT
);
CREATE INDEX IF NOT EXISTS content_by_url ON content (url);
CREATE TABLE IF NOT EXISTS validator (
  url TEXT PRIMARY KEY, etag TEXT, last_modified TEXT, source TEXT
);
CREATE TABLE IF NOT EXISTS visit (
  number INTEGER PRIMARY KEY, dataset TEXT, source TEXT, started TEXT, ended TEXT,
  new INTEGER, unchanged INTEGER, missing INTEGER, failed INTEGER, note TEXT
);
"""

_PAGE = """
INSERT INTO page VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET title = excluded.title, links = excluded.links, last_seen = excluded.last_seen
"""

_LINK = """
INSERT INTO link VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET page = excluded.page, anchor_text = excluded.anchor_text, kind = excluded.kind, month = excluded.month,
  name_month = excluded.name_month, release = excluded.release, revised_on = excluded.revised_on, wanted = excluded.wanted,
  last_seen = excluded.last_seen
"""

# A link to a file that is wanted: what the page says of it is entered with the file, so that a new label never meets old bytes.
_WAITING_LINK = """
INSERT INTO link VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET last_seen = excluded.last_seen
"""

_VALIDATOR = """
INSERT INTO validator VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified, source = excluded.source
"""

# A validator is entered with every content, so it is that of the newest. An entity tag names bytes and holds for every server;
# a time is only good for the server that said it.
_HELD = """
SELECT content.url, content.sha256, content.first_seen, validator.etag,
  CASE WHEN validator.source = ? THEN validator.last_modified END, max(content.turn)
FROM link JOIN content USING (url) LEFT JOIN validator USING (url)
WHERE dataset = ? GROUP BY content.url
"""

_KNOWN_LINKS = """
SELECT link.dataset, page, link.url, anchor_text, kind, month, name_month, release, revised_on, wanted
FROM link JOIN page ON page.dataset = link.dataset AND page.url = link.page
WHERE link.dataset = ? AND link.last_seen >= page.last_seen ORDER BY page, link.url
"""

_NEWEST = "SELECT sha256 FROM content WHERE url = ? ORDER BY turn DESC LIMIT 1"

_FILES = """
SELECT link.dataset, url, page, anchor_text, kind, month, name_month, release, revised_on, sha256, bytes, last_modified, content.first_seen,
  row_number() OVER (PARTITION BY url ORDER BY content.turn) AS turn,
  count(*) OVER (PARTITION BY url) AS turns
FROM content JOIN link USING (url) WHERE link.dataset = ? AND wanted ORDER BY url, turn
"""

_FILES_SCHEMA = pl.Schema(
    dict.fromkeys(("dataset", "url", "page", "anchor_text", "kind", "month", "name_month", "release", "revised_on", "sha256"), pl.String)
    | {"bytes": pl.Int64, "last_modified": pl.String, "first_seen": pl.String, "turn": pl.Int64, "turns": pl.Int64}
)
_COLUMNS = (
    "dataset", "url", "page", "anchor_text", "kind", "month", "name_month", "release", "revised_on", "published", "sha256", "bytes",
    "last_modified", "first_seen",
)  # fmt: skip
#: the order in which the contents of one month follow each other, oldest first; read it with nulls first
VINTAGE_ORDER = ("release", "published", "first_seen", "url")


@dataclass(frozen=True)
class Download:
    """A body that was read and stored."""

    url: str
    sha256: str
    bytes: int
    etag: str | None = None
    last_modified: datetime | None = None


@dataclass(frozen=True)
class Held:
    """What an address had when it was last read, and what a server may be asked with to be told whether it still has it."""

    sha256: str
    first_seen: datetime
    etag: str | None
    last_modified: datetime | None


@dataclass(frozen=True)
class Visit:
    """One visit to a source: when, what came of it, and a word on what went wrong."""

    dataset: str
    source: str
    started: datetime
    ended: datetime
    new: int = 0
    unchanged: int = 0
    missing: int = 0
    failed: int = 0
    note: str = ""


VISIT_SCHEMA = pl.Schema(
    {"dataset": pl.String, "source": pl.String, "started": pl.String, "ended": pl.String}
    | dict.fromkeys(("new", "unchanged", "missing", "failed"), pl.Int64)
    | {"note": pl.String}
)


class Ledger:
    """The ledger at ``path``; made when it is not there.

    Raises:
        BadInput: the file is no ledger, is damaged, or was written by a newer sightline.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._connection() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > LEDGER_VERSION:
                raise self._unusable(f"version {version}, written by a newer sightline")
            if version < LEDGER_VERSION:  # new, or of an older sightline: what is there stays
                connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {LEDGER_VERSION}; COMMIT;")

    def enter(self, crawl: Crawl, *, now: datetime) -> None:
        """Enter what the pages said, all or nothing; it replaces what they said before.

        What they say of a wanted file they said before is left to ``take``. Pages that were not read this time stay as they were.
        """
        seen = _instant(now)
        pages = [_page_row(page, seen) for page in crawl.pages if page.url not in crawl.unread]
        links = [link for link in crawl.links if link.page not in crawl.unread]
        with self._transaction() as connection:
            connection.executemany(_PAGE, pages)
            connection.executemany(_WAITING_LINK, [_link_row(link, seen) for link in links if link.wanted])
            connection.executemany(_LINK, [_link_row(link, seen) for link in links if not link.wanted])

    def take(self, link: Link, download: Download | None, *, source: str, now: datetime) -> bool:
        """Enter an answer to a wanted link, with what its page says of it; None: its content is still the same.

        Returns:
            True when the content is new: a content that its address already had last time adds nothing.
        """
        seen = _instant(now)
        with self._transaction() as connection:
            connection.execute(_LINK, _link_row(link, seen))
            if download is None:
                return False
            modified = _instant(download.last_modified) if download.last_modified else None
            new = _newest(connection, download.url) != download.sha256
            if new:
                row = (download.url, download.sha256, download.bytes, download.etag, modified, seen, source)
                connection.execute("INSERT INTO content VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", row)
            connection.execute(_VALIDATOR, (download.url, download.etag, modified, source))
        return new

    def close(self, visit: Visit) -> None:
        """Enter that a visit has ended."""
        times = _instant(visit.started), _instant(visit.ended)
        row = (visit.dataset, visit.source, *times, visit.new, visit.unchanged, visit.missing, visit.failed, visit.note)
        with self._transaction() as connection:
            connection.execute("INSERT INTO visit VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def visits(self, dataset: str) -> pl.DataFrame:
        """Every visit, the oldest first: dataset, source, started, ended (UTC), new, unchanged, missing, failed (files), note."""
        columns = ", ".join(VISIT_SCHEMA)
        with self._connection() as connection:
            rows = connection.execute(f"SELECT {columns} FROM visit WHERE dataset = ? ORDER BY number", (dataset,)).fetchall()
        return pl.DataFrame(rows, schema=VISIT_SCHEMA, orient="row").with_columns(_to_instant("started"), _to_instant("ended"))

    def known(self, dataset: str) -> Crawl:
        """Every page, and the links that were on it when it was last read."""
        with self._connection() as connection:
            pages = connection.execute("SELECT dataset, url, title, links FROM page WHERE dataset = ? ORDER BY url", (dataset,)).fetchall()
            links = connection.execute(_KNOWN_LINKS, (dataset,)).fetchall()
        return Crawl(dataset, tuple(Page(*page) for page in pages), tuple(map(_link_of, links)))

    def held(self, dataset: str, source: str) -> dict[str, Held]:
        """What each address had when it was last read, with what ``source`` may be asked with."""
        with self._connection() as connection:
            rows = connection.execute(_HELD, (source, dataset)).fetchall()
        return {
            url: Held(sha256, datetime.fromisoformat(first), etag, datetime.fromisoformat(modified) if modified else None)
            for url, sha256, first, etag, modified, _turn in rows
        }

    def newest(self, url: str) -> str | None:
        """SHA-256 of what ``url`` had when it was last read; None when it never was."""
        with self._connection() as connection:
            return _newest(connection, url)

    def files(self, dataset: str) -> pl.DataFrame:
        """The wanted files that were read, one row a (url, sha256), in the order of VINTAGE_ORDER within each month.

        Labels (anchor_text, month, release, revised_on) are what the page last said. ``published`` is the day of revision, else
        the day of Last-Modified in London where the upload folder in the address agrees with it, else null. When an address changed
        its content, the later ones are 'revised' whatever the anchor says, and the earlier ones carry the anchor's 'revised' only if
        the address was made for that revision (its upload folder or its name says so).
        """
        with self._connection() as connection:
            rows = connection.execute(_FILES, (dataset,)).fetchall()
        return _states(pl.DataFrame(rows, schema=_FILES_SCHEMA, orient="row"))

    def pages(self, dataset: str) -> pl.DataFrame:
        """The landing pages: dataset, url, title, links (null for years that are listed and not read), last_seen."""
        with self._connection() as connection:
            rows = connection.execute("SELECT * FROM page WHERE dataset = ? ORDER BY url", (dataset,)).fetchall()
        names = {"dataset": pl.String, "url": pl.String, "title": pl.String, "links": pl.Int64, "last_seen": pl.String}
        return pl.DataFrame(rows, schema=names, orient="row").with_columns(_to_instant("last_seen"))

    def state_hash(self, dataset: str) -> str:
        """A hash of what there is, without when it was fetched: the same hash means nothing new."""
        columns = ("url", "sha256", "anchor_text", "month", "release", "published")
        rows = self.files(dataset).select(columns).sort(columns, nulls_last=False).rows()
        return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous = FULL")
                yield connection
        except sqlite3.Error as error:
            raise self._unusable(str(error)) from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: what is not committed is rolled back when the connection closes."""
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def _unusable(self, seen: str) -> BadInput:
        return BadInput(
            f"the ledger {self.path.name}",
            expected=f"a ledger of version {LEDGER_VERSION}",
            seen=seen,
            action="use the sightline that wrote it, or put the ledger back from a backup",
        )


def _page_row(page: Page, seen: str) -> tuple[object, ...]:
    return page.dataset, page.url, page.title, page.links, seen


def _link_row(link: Link, seen: str) -> tuple[object, ...]:
    months = _day(link.month), _day(link.name_month)
    return (
        link.dataset, link.url, link.page, link.anchor_text, link.kind, *months, link.release, _day(link.revised_on), link.wanted, seen, seen,
    )  # fmt: skip


def _link_of(row: tuple[Any, ...]) -> Link:
    """A row of _KNOWN_LINKS."""
    dataset, page, url, anchor_text, kind, month, name_month, release, revised, wanted = row
    return Link(dataset, page, url, anchor_text, kind, _date(month), _date(name_month), release, _date(revised), wanted=bool(wanted))


def _newest(connection: sqlite3.Connection, url: str) -> str | None:
    row = connection.execute(_NEWEST, (url,)).fetchone()
    return row[0] if row else None


def _states(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with dates as dates, release and published settled, each (url, sha256) once: its latest turn."""
    dates = [pl.col(name).str.to_date("%Y-%m-%d") for name in ("month", "name_month", "revised_on")]
    typed = rows.with_columns(*dates, _to_instant("last_modified"), _to_instant("first_seen"))
    labelled = typed.with_columns(_label_holds().alias("holds")).with_columns(_release(), _revised_on())
    return (
        labelled.with_columns(_published())
        .unique(["url", "sha256"], keep="last", maintain_order=True)
        .sort("month", *VINTAGE_ORDER, nulls_last=False)
        .select(_COLUMNS)
    )


def _label_holds() -> pl.Expr:
    """True where the anchor speaks of this content: the newest of its address, or any of an address made for the revision."""
    newest = pl.col("turn") == pl.col("turns")
    made_for_it = _upload_month() >= pl.col("revised_on").dt.strftime("%Y/%m")
    named_for_it = pl.col("url").str.extract(r"([^/]*)$").str.contains("(?i)revis")
    return newest | made_for_it.fill_null(value=False) | named_for_it


def _release() -> pl.Expr:
    said = pl.when("holds").then("release").otherwise(pl.lit("first"))
    return pl.when(pl.col("turn") > 1).then(pl.lit("revised")).otherwise(said).alias("release")


def _revised_on() -> pl.Expr:
    return pl.when("holds").then("revised_on").alias("revised_on")


def _published() -> pl.Expr:
    """A folder copied without its times says nothing of publication, hence the check against the upload folder.

    A replaced file stays in the folder of its first upload: its day counts if the first one's day agreed and it is later.
    """
    day = pl.col("last_modified").dt.convert_time_zone("Europe/London").dt.date()
    agrees = day.dt.strftime("%Y/%m") == _upload_month()
    first = pl.col("turn") == 1
    later = agrees.first().over("url") & (day > day.shift(1).over("url")) & (pl.col("last_modified") <= pl.col("first_seen"))
    trusted = pl.when(first).then(agrees).otherwise(later)
    return pl.coalesce("revised_on", pl.when(trusted).then(day)).alias("published")


def _upload_month() -> pl.Expr:
    """'2025/06' from …/uploads/sites/2/2025/06/…; null for other addresses."""
    return pl.col("url").str.extract(r"/uploads/sites/\d+/(\d{4}/\d{2})/")


def _to_instant(name: str) -> pl.Expr:
    return pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", time_unit="us", time_zone="UTC").alias(name)


def _instant(moment: datetime) -> str:
    """ISO text in UTC, microseconds always written, so that text order is time order."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
