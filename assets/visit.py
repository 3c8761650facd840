"""A visit to the publisher: pages are read, what is new is archived, and what the pages said is left on the stage.

Nothing here needs Dagster, which takes seconds to import: on a night with nothing new a visit is all there is.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import polars as pl

from assets.description import Dataset, datasets
from sightline import publish
from sightline.fetch import Crawl, Ledger, NotCarried, Note, Refresh, open_source, refresh
from sightline.home import Home
from sightline.stage import Stage

PAGE = pl.Schema({"dataset": pl.String, "url": pl.String, "title": pl.String, "links": pl.Int64})
NOTE = pl.Schema({"dataset": pl.String, "severity": pl.String, "where": pl.String, "text": pl.String})


def visit(home: Home, source: str, dataset: Dataset) -> Refresh:
    """Visit the pages of one dataset and archive what is new.

    Leaves ``<dataset>.link``, ``.page`` and ``.note`` on the stage. Raises BadInput as ``sightline.fetch.refresh`` does.
    """
    found = refresh(open_source(source, dataset.listing.hosts), dataset.listing, home, now=datetime.now(UTC))
    leave(home, dataset.id, found.crawl, found.notes)
    return found


def leave(home: Home, dataset: str, crawl: Crawl, notes: Iterable[Note]) -> None:
    """Put what the pages of a dataset said on the stage: links, pages and notes."""
    stage = Stage(home.stage)
    pages = [(page.dataset, page.url, page.title, page.links) for page in crawl.pages]
    stage.keep(f"{dataset}.link", crawl.frame())
    stage.keep(f"{dataset}.page", pl.DataFrame(pages, schema=PAGE, orient="row"))
    stage.keep(f"{dataset}.note", pl.DataFrame([(dataset, note.severity, note.where, note.text) for note in notes], schema=NOTE, orient="row"))


def visit_carried(home: Home, source: str, dataset: Dataset) -> Refresh | NotCarried:
    """As ``visit``; where the source does not carry the dataset, what is held of it stays, and a note on the stage says so."""
    try:
        return visit(home, source, dataset)
    except NotCarried as error:
        leave(home, dataset.id, Ledger(home.ledger).known(dataset.id), [Note("info", error.where, error.seen)])
        return error


def visit_all(home: Home, source: str) -> None:
    """Visit every dataset that the source carries.

    Raises:
        BadInput: a page that cannot be read, or a source that carries no dataset at all.
    """
    found = [visit_carried(home, source, dataset) for dataset in datasets().values()]
    absent = [one for one in found if isinstance(one, NotCarried)]
    if len(absent) == len(found):
        raise absent[0]


def not_carried(home: Home) -> list[str]:
    """The datasets of which the source of the last visit has no landing page."""
    stage = Stage(home.stage)
    return [name for name in datasets() if NotCarried.SEEN in stage.read(f"{name}.note")["text"].to_list()]


def recall(home: Home) -> None:
    """Leave on the stage what a visit would, from the ledger and without a visit; of what a crawl noted the ledger keeps nothing.

    Raises:
        BadInput: the ledger cannot be read.
    """
    for dataset in datasets():
        leave(home, dataset, Ledger(home.ledger).known(dataset), ())


def current_state(home: Home, source: str) -> str:
    """A hash of everything a publication is made from: archive, labels, declared files, code, and the name of the source."""
    ledger = Ledger(home.ledger)
    return publish.state(home, [open_source(source).label, *(ledger.state_hash(name) for name in sorted(datasets()))])


def nothing_new(home: Home, source: str) -> bool:
    """True when archive, declared files and code are those of the last publication."""
    return current_state(home, source) == publish.published_state(home)


def not_fetched(home: Home) -> Iterator[str]:
    """A line for every file or page that the last visit looked for in vain; what is archived of it stays."""
    stage = Stage(home.stage)
    notes = pl.concat([stage.read(f"{name}.note") for name in datasets()])
    for note in notes.filter(pl.col("severity") != "info").iter_rows(named=True):
        yield f"not fetched: {note['where']}: {note['text']}."
