"""From the index page over the pages of the years to the links of files. No address is ever composed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from typing import Literal

import polars as pl
from selectolax.lexbor import LexborHTMLParser

from sightline.errors import BadInput
from sightline.fetch.address import canonical, host_of, last_part, resolve
from sightline.fetch.anchor import financial_year, kind_of, month_in, release_of, revised_on, squeezed
from sightline.fetch.listing import Listing
from sightline.fetch.source import MIB, Answer, Ask, Failed, NotCarried, NotThere, Reply, Source, anything_goes
from sightline.progress import track

PAGE_LIMIT = 4 * MIB
YEAR_PAGE_LIMIT = 100
LINK_LIMIT = 5_000


@dataclass(frozen=True)
class Note:
    """Something a reader of the run should know; ``where`` and ``text`` are plain words, not yet escaped."""

    severity: Literal["critical", "warning", "info"]
    where: str
    text: str


@dataclass(frozen=True)
class Page:
    """A landing page. ``links`` counts its file links; None when the page is older than the first month and only listed."""

    dataset: str
    url: str
    title: str
    links: int | None


@dataclass(frozen=True)
class Link:
    """A link to a file. ``month`` is read from the anchor text, ``name_month`` from the file name; they may differ."""

    dataset: str
    page: str
    url: str
    anchor_text: str
    kind: str
    month: date | None
    name_month: date | None
    release: Literal["first", "revised"]
    revised_on: date | None
    wanted: bool


LINK_SCHEMA = pl.Schema(
    {
        "dataset": pl.String,
        "page": pl.String,
        "url": pl.String,
        "anchor_text": pl.String,
        "kind": pl.String,
        "month": pl.Date,
        "name_month": pl.Date,
        "release": pl.String,
        "revised_on": pl.Date,
        "wanted": pl.Boolean,
    }
)


@dataclass(frozen=True)
class Crawl:
    """What the pages of one dataset said.

    ``unread`` are the pages that could not be read this time; their links are those of an earlier visit.
    """

    dataset: str
    pages: tuple[Page, ...]
    links: tuple[Link, ...]
    notes: tuple[Note, ...] = ()
    unread: frozenset[str] = frozenset()

    def frame(self) -> pl.DataFrame:
        """One row a link, columns as in Link."""
        return pl.DataFrame([asdict(link) for link in self.links], schema=LINK_SCHEMA)

    @property
    def wanted(self) -> tuple[Link, ...]:
        """The links that are to be fetched."""
        return tuple(link for link in self.links if link.wanted)

    @property
    def blind(self) -> bool:
        """True when no page could be read."""
        return all(page.links is None or page.url in self.unread for page in self.pages)


@dataclass(frozen=True)
class _Anchor:
    """An anchor of a page, its address resolved."""

    page: str
    url: str
    text: str


@dataclass(frozen=True)
class _Read:
    """A page that was read."""

    title: str
    anchors: tuple[_Anchor, ...]


def crawl(source: Source, listing: Listing, known: Crawl | None = None) -> Crawl:
    """Read the index page and the pages of the years it links to; list every file link on them.

    Years before ``listing.first_page`` are listed and not read. Anchors without text and addresses on
    other hosts are skipped; where they lead to a file, a note says so.

    The page of a year that cannot be read keeps the links that ``known``, what earlier visits found, has of it, and a note says
    so. A network may fail for a night: there the same holds for the index page, a year of which nothing is known stops no other,
    and a page without the links it is for counts as not read, since an error page looks so.

    Raises:
        NotCarried: the source has no index page of the dataset, and never had one.
        BadInput: the index page or the page of a year is missing, or has no link to a monthly file, and nothing stands in for it.
            The page of the newest of several years, and one headed by its year that links to no file at all, may have none: a note.
    """
    known = known or Crawl(listing.dataset, (), ())
    index_url = canonical(listing.index_page) or listing.index_page
    index = _read_index(source, listing, index_url, known)
    if isinstance(index, _Read):
        years = _year_anchors(index.anchors, listing)
    else:
        years = [_Anchor(index_url, page.url, page.title) for page in known.pages if page.url != index_url]
        if isinstance(index, NotCarried) or not (source.remote and years):
            raise index
    recent = [anchor for anchor in years if not _older(anchor.text, listing.first_page)]
    held = Counter(link.page for link in known.links if link.wanted)
    results = {index_url: index} | _read_years(source, listing, recent, index_url, held)
    read = {url: page for url, page in results.items() if isinstance(page, _Read)}
    failed = {url: error for url, error in results.items() if isinstance(error, BadInput)}

    anchors = [anchor for url in (*(a.url for a in recent), index_url) if url in read for anchor in read[url].anchors]
    seen = _links(anchors, listing)
    links = (*seen, *_kept(known, failed, {link.url for link in seen}, listing))
    if failed and not any(link.wanted for link in links):
        raise next(iter(failed.values()))
    titles = {index_url: listing.dataset} | {a.url: a.text for a in years}
    pages = _pages(listing.dataset, {url: text for url, text in titles.items() if url not in failed}, read, seen)
    notes = (
        *_anchor_notes(anchors, listing),
        *_clash_notes(anchors, listing),
        *_month_notes(seen),
        *_without_files([a for a in recent if a.url in read and not _older(a.text, listing.first_month)], links, read, listing, held),
        *(_unread_note(url, titles[url], error, held[url], index_url) for url, error in failed.items()),
    )
    return Crawl(listing.dataset, (*pages, *(page for page in known.pages if page.url in failed)), links, notes, frozenset(failed))


def _read_index(source: Source, listing: Listing, url: str, known: Crawl) -> _Read | BadInput:
    """The index page with links to years on it, or why it is not to be had."""
    (answer,) = source.read_all([Ask(url, PAGE_LIMIT, fault=partial(_no_years, listing, url))])
    if isinstance(answer, Failed) and isinstance(answer.error, NotThere) and (not source.remote or not known.pages):
        return NotCarried(listing.dataset, url)
    page = _page(answer, "the landing page of the dataset", "the source has no landing page: name a source that has it")
    try:
        if isinstance(page, _Read):
            _year_anchors(page.anchors, listing)
    except BadInput as error:
        return error
    return page


def _read_years(source: Source, listing: Listing, years: list[_Anchor], index_url: str, held: Counter[str]) -> dict[str, _Read | BadInput]:
    """Each page of a year, or why it is not to be had; raises where nothing may stand in for it."""
    faults = {a.url: _fault_of(source, listing, a, _newest(years), held) for a in years}
    asks = [Ask(url, PAGE_LIMIT, fault=fault) for url, fault in faults.items()]
    answers = {answer.url: answer for answer in track(source.read_all(asks), f"{listing.dataset}: pages", len(asks))}
    action = f"look whether the source is complete, or whether {index_url} still links to the right page"
    pages: dict[str, _Read | BadInput] = {}
    for anchor in years:
        page = _page(answers[anchor.url], f"the page «{anchor.text}»", action, faults[anchor.url])
        if isinstance(page, BadInput) and _older(anchor.text, listing.first_month):
            continue  # read for what it lists, and nothing of it is fetched
        if isinstance(page, BadInput) and not (source.remote or held[anchor.url]):
            raise page
        pages[anchor.url] = page
    return pages


def _fault_of(source: Source, listing: Listing, anchor: _Anchor, newest: int, held: Counter[str]) -> Callable[[bytes], str | None]:
    """What is wrong with the page of a year without monthly files; nothing is, where none are missed.

    None are missed on a page of a folder or a ZIP, of years that are only listed, and of the newest year.
    """
    begins = _begins(anchor)
    if not source.remote or _older(anchor.text, listing.first_month) or (begins == newest and not held[anchor.url]):
        return anything_goes
    return partial(_no_files, listing, anchor.url, None if held[anchor.url] else begins)


def _page(answer: Answer, expected: str, action: str, fault: Callable[[bytes], str | None] = anything_goes) -> _Read | BadInput:
    """The page in an answer, or why there is none."""
    if isinstance(answer, Failed) and not isinstance(answer.error, NotThere):
        return answer.error
    if not isinstance(answer, Reply):
        return BadInput(answer.url, expected=expected, seen="no page at this address", action=action)
    if len(answer.body) > PAGE_LIMIT:
        too_large = f"a page of more than {PAGE_LIMIT // MIB} MiB"
        return BadInput(answer.url, expected=expected, seen=too_large, action="look at the page; nothing was read from it")
    if seen := fault(answer.body):
        return BadInput(
            answer.url, expected=expected, seen=seen, action="look at the page; if its wording changed, change the patterns of the dataset"
        )
    return _parsed(answer.url, answer.body)


def _no_years(listing: Listing, url: str, body: bytes) -> str | None:
    return None if _years_on(_parsed(url, body).anchors, listing) else "a page without a link to the page of a year"


def _no_files(listing: Listing, url: str, begins: int | None, body: bytes) -> str | None:
    """A fault, unless there is a monthly file, or the page is empty as it says; ``begins`` is its year, None where files are held of it."""
    page = _parsed(url, body)
    files = (a for a in page.anchors if listing.is_file(a.text) and host_of(a.url) in listing.hosts)
    if (begins and _empty_as_it_says(page, begins, listing)) or any(_kind(a) in listing.kinds for a in files):
        return None
    return "a page without a link to a monthly file"


def _empty_as_it_says(page: _Read, begins: int, listing: Listing) -> bool:
    """True where years may be empty and a page is, under the heading of its own year: it is no error page, and no wording has changed."""
    return listing.empty_years and financial_year(page.title) == begins and not any(_kind(anchor) in listing.kinds for anchor in page.anchors)


def _kept(known: Crawl, failed: Container[str], seen: Container[str], listing: Listing) -> Iterator[Link]:
    """What is known of the pages that could not be read, but for addresses that another page lists."""
    for link in known.links:
        if link.page in failed and link.url not in seen:
            yield replace(link, wanted=_wanted(link, listing))


def _unread_note(url: str, title: str, error: BadInput, held: int, index_url: str) -> Note:
    """What stands in for a page that was not read."""
    if url == index_url:
        return Note("warning", url, f"the landing page was not read: {error.seen}; the pages known from earlier visits were asked for")
    stays = f"what an earlier visit found on it stays, files: {held}" if held else "nothing is known of its files"
    return Note("warning", url, f"the page «{title}» was not read: {error.seen}; {stays}")


def _parsed(url: str, body: bytes) -> _Read:
    tree = LexborHTMLParser(body.decode("utf-8", errors="replace"))
    heading = tree.css_first("h1") or tree.css_first("title")
    anchors = ((resolve(url, node.attributes.get("href") or ""), squeezed(node.text())) for node in tree.css("a[href]"))
    return _Read(squeezed(heading.text()) if heading else "", tuple(_Anchor(url, found, text) for found, text in anchors if found and found != url))


def _year_anchors(anchors: Iterable[_Anchor], listing: Listing) -> list[_Anchor]:
    """Anchors of the years' pages on allowed hosts, each page once; raises BadInput when there are none, or too many."""
    years = _years_on(anchors, listing)
    if not years:
        raise BadInput(
            listing.index_page,
            expected="links to the pages of the years",
            seen=f"no link whose text matches {listing.year_page!r}",
            action="look at the page; if its wording changed, change year_page in the description of the dataset",
        )
    if len(years) > YEAR_PAGE_LIMIT:
        raise BadInput(
            listing.index_page, expected=f"at most {YEAR_PAGE_LIMIT} pages of years", seen=f"{len(years):,}", action="make year_page narrower"
        )
    return years


def _years_on(anchors: Iterable[_Anchor], listing: Listing) -> list[_Anchor]:
    return _once(a for a in anchors if a.text and listing.is_year_page(a.text) and host_of(a.url) in listing.hosts and _kind(a) is None)


def _once(anchors: Iterable[_Anchor]) -> list[_Anchor]:
    """The first anchor of each address; a final slash makes no other page."""
    first: dict[str, _Anchor] = {}
    for anchor in anchors:
        first.setdefault(anchor.url.rstrip("/"), anchor)
    return list(first.values())


def _begins(anchor: _Anchor) -> int:
    """The year in which the financial year begins; 0 when the anchor names none."""
    return financial_year(anchor.text) or 0


def _newest(years: Iterable[_Anchor]) -> int:
    return max(map(_begins, years), default=0)


def _older(anchor_text: str, first_month: date) -> bool:
    """True when the whole financial year lies before the first month; a page without a year is read."""
    year = financial_year(anchor_text)
    return year is not None and date(year + 1, 3, 1) < first_month


def _links(anchors: Iterable[_Anchor], listing: Listing) -> list[Link]:
    """Every file link with a text on an allowed host, each address once: where it was first seen."""
    links = [_link(a, listing) for a in _once(a for a in anchors if a.text and host_of(a.url) in listing.hosts and _kind(a))]
    if len(links) > LINK_LIMIT:
        raise BadInput(listing.index_page, expected=f"at most {LINK_LIMIT:,} file links", seen=f"{len(links):,}", action="look at the pages")
    return links


def _link(anchor: _Anchor, listing: Listing) -> Link:
    name = last_part(anchor.url)
    link = Link(
        dataset=listing.dataset,
        page=anchor.page,
        url=anchor.url,
        anchor_text=anchor.text,
        kind=_kind(anchor) or "",
        month=month_in(anchor.text),
        name_month=month_in(name),
        release=release_of(anchor.text),
        revised_on=revised_on(anchor.text),
        wanted=False,
    )
    return replace(link, wanted=_wanted(link, listing))


def _wanted(link: Link, listing: Listing) -> bool:
    """A monthly file of a wanted kind. Where text and name disagree the later month decides: the file itself will say."""
    months = [month for month in (link.month, link.name_month) if month]
    return link.kind in listing.kinds and listing.is_file(link.anchor_text) and max(months, default=listing.first_month) >= listing.first_month


def _kind(anchor: _Anchor) -> str | None:
    return kind_of(last_part(anchor.url), anchor.text)


def _pages(dataset: str, titles: dict[str, str], read: dict[str, _Read], links: list[Link]) -> tuple[Page, ...]:
    """Every page once; its own heading where it was read, else the text that leads to it."""
    counts = Counter(link.page for link in links)
    return tuple(
        Page(dataset, url, (read[url].title if url in read else "") or text, counts[url] if url in read else None) for url, text in titles.items()
    )


def _anchor_notes(anchors: Iterable[_Anchor], listing: Listing) -> Iterator[Note]:
    """What was skipped: files whose anchor has no text, monthly files on other hosts."""
    for anchor in dict.fromkeys(anchors):
        if not anchor.text and _kind(anchor):
            yield Note("info", anchor.page, f"a link without text was skipped: {anchor.url[:300]}")
        elif listing.is_file(anchor.text) and _kind(anchor) in listing.kinds and host_of(anchor.url) not in listing.hosts:
            yield Note("warning", anchor.page, f"a link to another host was not followed: «{anchor.text}» leads to {host_of(anchor.url)[:100]}")


def _clash_notes(anchors: Iterable[_Anchor], listing: Listing) -> Iterator[Note]:
    """One address under texts of two months: one of the two months has the wrong link."""
    first: dict[str, _Anchor] = {}
    for anchor in anchors:
        earlier = first.setdefault(anchor.url, anchor)
        if listing.is_file(anchor.text) and listing.is_file(earlier.text) and month_in(anchor.text) != month_in(earlier.text):
            yield Note("warning", anchor.page, f"«{anchor.text}» leads to the same file as «{earlier.text}»; only the first is used")


def _month_notes(links: Iterable[Link]) -> Iterator[Note]:
    for link in links:
        if link.wanted and link.month is None:
            yield Note("warning", link.page, f"no month can be read from «{link.anchor_text}»")


def _without_files(recent: list[_Anchor], links: Iterable[Link], read: dict[str, _Read], listing: Listing, held: Counter[str]) -> Iterator[Note]:
    """Years whose page has no monthly file: an error, but for the newest of several, which may have just begun, and one that is empty as it says."""
    served = {link.page for link in links if link.wanted}
    newest = _newest(recent)
    for anchor in recent:
        if anchor.url in served:
            continue
        if not held[anchor.url] and _empty_as_it_says(read[anchor.url], _begins(anchor), listing):
            yield Note("info", anchor.url, f"the page «{anchor.text}» links to no file")
            continue
        if not served or _begins(anchor) < newest:
            raise BadInput(
                anchor.url,
                expected=f"links to monthly files on the page «{anchor.text}»",
                seen="none",
                action=f"look at the page: if its wording changed, change the patterns of the dataset; if it moved, look at {listing.index_page}",
            )
        # where years may be empty the newest is no fault: `status` tells when its months are overdue
        yield Note("info" if listing.empty_years else "warning", anchor.url, f"the page «{anchor.text}» has no monthly file yet")
