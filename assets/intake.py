"""From a publisher's pages to tidy rows, the same for every dataset: fetch, look for news, parse, file gate."""

import hashlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import polars as pl

from assets import gates
from assets.description import Dataset, datasets
from assets.tables import about
from assets.workplace import Workplace
from sightline import publish, tables
from sightline.errors import BadInput
from sightline.fetch import VINTAGE_ORDER, Archive, Ledger, open_source, refresh
from sightline.progress import track

Parser = Callable[[bytes, str], pl.DataFrame]

NEWS = dg.AssetKey(["archive", "news"])
QUARANTINE = pl.Schema(
    [
        ("dataset", pl.String()),
        ("month", pl.Date()),
        ("url", pl.String()),
        ("sha256", pl.String()),
        ("reason", pl.String()),
        ("what_stays", pl.String()),
        ("since", pl.Datetime("us", "UTC")),
    ]
)


# ----------------------------------------------------------------------------------------------------- pages -> archive


def fetch(workplace: Workplace, dataset: Dataset) -> dg.MaterializeResult:
    """Read the pages of a dataset, fetch what they list and is not yet archived, and leave the links for what follows."""
    source = open_source(workplace.source, dataset.listing.hosts)
    found = refresh(source, dataset.listing, workplace.place, now=datetime.now(UTC))
    notes = [(dataset.id, note.severity, note.where, note.text) for note in found.notes]
    pages = [(page.dataset, page.url, page.title, page.links) for page in found.crawl.pages]
    page_columns = {"dataset": pl.String, "url": pl.String, "title": pl.String, "links": pl.Int64}
    workplace.keep(f"{dataset.id}.link", found.crawl.frame())
    workplace.keep(f"{dataset.id}.page", pl.DataFrame(pages, schema=page_columns, orient="row"))
    workplace.keep(f"{dataset.id}.note", pl.DataFrame(notes, schema=["dataset", "severity", "where", "text"], orient="row"))
    return dg.MaterializeResult(
        metadata={
            "source": source.label,
            "landing page": dg.MetadataValue.url(dataset.listing.index_page),
            "pages read": len(found.crawl.pages),
            "new files": found.new,
            "unchanged files": found.unchanged,
            "linked but not there": found.missing,
            "not usable": found.failed,
            **about(found.crawl.frame()),
        }
    )


@dg.asset(
    key=NEWS,
    deps=[dg.AssetKey([name, "archive"]) for name in datasets()],
    group_name="archive",
    output_required=False,
    description="Compares archive, declared files and code with what is published. Nothing new: the run ends here, and what is published stays.",
)
def news(context: dg.AssetExecutionContext, workplace: Workplace) -> Iterator[dg.MaterializeResult]:
    """Yields only where something changed since the last publication; what depends on it is skipped otherwise."""
    seen = current_state(workplace)
    if seen == publish.published_state(workplace.place):
        context.log.info("nothing new: archive, declared files and code are those of the last publication")
        return
    yield dg.MaterializeResult(metadata={"state": seen})


def current_state(workplace: Workplace) -> str:
    """A hash of everything a publication is made from: archive, labels, declared files, code, and the name of the source."""
    ledger = Ledger(workplace.place.ledger)
    source = open_source(workplace.source)
    parts = [source.label, *(ledger.state_hash(name) for name in sorted(datasets()))]
    return publish.state(workplace.place, parts)


# ------------------------------------------------------------------------------------------------------ archive -> tidy


@dataclass(frozen=True)
class Reading:
    """The files of a dataset, read: rows with their file, and the files that could not be read."""

    rows: pl.DataFrame
    refused: dict[str, str]


def read(workplace: Workplace, dataset: Dataset, parse: Parser) -> Iterator[dg.MaterializeResult]:
    """Parse what is in the archive, hold every file against the file gate, and hand on what stands."""
    files = Ledger(workplace.place.ledger).files(dataset.id).unique("sha256", keep="first", maintain_order=True)
    reading = parse_all(workplace, files, parse)
    workplace.keep(f"{dataset.id}.read", reading.rows)
    suite = gates.suites()[f"{dataset.id}.tidy"]
    outcomes = gates.validate(suite, workplace.path(f"{dataset.id}.read"))
    held = reading.refused | refused_by(outcomes, dataset)
    tidy = reading.rows.filter(~pl.col("sha256").is_in(list(held)))
    if tidy.is_empty():
        raise none_stands(files.height, held)
    accepted = with_vintage(files, tidy)
    quarantine = held_back(files, held, accepted)
    findings = pl.concat([gates.findings(suite, outcomes), unreadable(dataset, files, reading.refused), from_pages(workplace, dataset)])
    tables_made = {"tidy": tidy, "file": accepted, "quarantine": quarantine}
    for name, frame in tables_made.items():
        workplace.keep(f"{dataset.id}.{name}", frame)
    workplace.keep(f"gate.{dataset.id}_tidy", findings)
    asset = dg.AssetKey([dataset.id, "tidy"])
    yield from made(dataset, tables_made, [gates.check_result(suite, asset, one) for one in outcomes])


def made(dataset: Dataset, frames: dict[str, pl.DataFrame], checks: list[dg.AssetCheckResult]) -> Iterator[dg.MaterializeResult]:
    """What Dagster is told of the three tables."""
    for name, frame in frames.items():
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey([dataset.id, name]),
            data_version=dg.DataVersion(tables.content_hash(frame)[:16]),
            metadata={**about(frame), "landing page": dg.MetadataValue.url(dataset.listing.index_page)},
            check_results=checks if name == "tidy" else [],
        )


def parse_all(workplace: Workplace, files: pl.DataFrame, parse: Parser) -> Reading:
    """Rows of every file, from the cache where the same bytes were parsed by the same code before."""
    archive = Archive(workplace.place.archive)
    parser = parser_hash(parse)
    frames, refused = [], {}
    for file in track(files.rows(named=True), f"{files['dataset'][0] if files.height else ''}: parsing"):
        name = file["url"].rsplit("/", 1)[-1][:120]
        try:
            rows = parse_cached(workplace.place.tidy / file["dataset"] / f"{file['sha256']}-{parser}.parquet", archive, file["sha256"], name, parse)
        except BadInput as error:
            refused[file["sha256"]] = str(error)
        else:
            labels = {"sha256": file["sha256"], "link_month": file["month"], "name_month": file["name_month"]}
            frames.append(
                rows.with_columns(pl.lit(value, dtype=pl.String if key == "sha256" else pl.Date).alias(key) for key, value in labels.items())
            )
    if not frames:
        raise none_stands(files.height, refused)
    return Reading(pl.concat(frames), refused)


def none_stands(files: int, held: dict[str, str]) -> BadInput:
    """Every file of a dataset is refused: then the source is wrong, not a file."""
    return BadInput(
        "the file gate",
        expected="at least one file that can be read and holds",
        seen=f"none of {files}; the first: {next(iter(held.values()), 'no file is linked')}",
        action="look at the source; nothing is published and what was published stays",
    )


def parse_cached(path: Path, archive: Archive, sha256: str, name: str, parse: Parser) -> pl.DataFrame:
    """One file, parsed once for the same bytes and the same code."""
    if path.exists():
        return pl.read_parquet(path)
    rows = parse(archive.read(sha256), name)
    tables.write_parquet(rows, path)
    return rows


def parser_hash(parse: Parser) -> str:
    """Names the code that parses: its module's source and the library that reads."""
    module = inspect.getmodule(parse)
    source = inspect.getsource(module) if module else parse.__qualname__
    return hashlib.sha256(f"{source} polars {pl.__version__}".encode()).hexdigest()[:12]


def refused_by(outcomes: list[gates.Outcome], dataset: Dataset) -> dict[str, str]:
    """SHA-256 -> reason for every file that breaks a critical expectation.

    Raises BadInput where a critical expectation failed without naming a file: then nothing can be trusted.
    """
    failed = [one for one in outcomes if not one.passed and one.expectation.severity == "critical"]
    nameless = [one for one in failed if not any("sha256" in row for row in one.rows)]
    if nameless:
        raise BadInput(
            f"the file gate of {dataset.id}",
            expected=nameless[0].expectation.words,
            seen=nameless[0].detail or "no rows at all",
            action="look at the source and at the suite in expectations/",
        )
    return {str(row["sha256"]): reason(one, str(row["sha256"])) for one in reversed(failed) for row in one.rows if "sha256" in row}


def reason(one: gates.Outcome, sha256: str) -> str:
    """Why one file is held back: what was expected, the first failing rows, what is usually behind it."""
    rows = [{name: value for name, value in row.items() if name != "sha256"} for row in one.rows if row.get("sha256") == sha256]
    seen = "; ".join(", ".join(f"{name} {gates.plain(value)}" for name, value in row.items()) for row in rows[:3])
    known = one.expectation
    return f"expected: {known.words}; saw: {seen}. Likely cause: {known.likely_cause}. What to do: compare with the publisher's page."


def with_vintage(files: pl.DataFrame, tidy: pl.DataFrame) -> pl.DataFrame:
    """The files that stand, by the month inside them, numbered from the earliest release of each month."""
    months = tidy.group_by("sha256").agg(pl.col("month").first(), pl.col("is_total").not_().sum().cast(pl.Int64).alias("rows"))
    ordered = files.drop("month").join(months, on="sha256").sort("month", *VINTAGE_ORDER, nulls_last=False)
    return ordered.with_columns(pl.int_range(1, pl.len() + 1).over("month").cast(pl.Int64).alias("vintage"))


def held_back(files: pl.DataFrame, held: dict[str, str], accepted: pl.DataFrame) -> pl.DataFrame:
    """One row a file that is not published, with what stands in its place."""
    standing = dict(accepted.select("month", "release").rows())
    rows = [
        (file["dataset"], file["month"], file["url"], file["sha256"], held[file["sha256"]], stands(standing.get(file["month"])), file["first_seen"])
        for file in files.rows(named=True)
        if file["sha256"] in held
    ]
    return pl.DataFrame(rows, schema=QUARANTINE, orient="row")


def stands(release: str | None) -> str:
    """What is published for a month whose newest file is held back."""
    return f"the {release} release of the month stays published" if release else "nothing: the month is a gap until its file can be read"


def unreadable(dataset: Dataset, files: pl.DataFrame, refused: dict[str, str]) -> pl.DataFrame:
    """Files that could not be parsed, as findings."""
    named = dict(files.select("sha256", "url").rows())
    rows = [
        (
            dataset.id,
            named[sha256].rsplit("/", 1)[-1][:120],
            "the file is in a known layout",
            "file",
            "critical",
            False,
            1,
            why,
            "a change of layout",
            "the last good file of the month; every other month is published",
        )
        for sha256, why in refused.items()
    ]
    return pl.DataFrame(rows, schema=gates.FINDING, orient="row")


def from_pages(workplace: Workplace, dataset: Dataset) -> pl.DataFrame:
    """What the crawl noted, as findings."""
    notes = workplace.read(f"{dataset.id}.note").rows(named=True)
    rows = [
        (
            dataset.id,
            note["where"][:200],
            "every listed file is there",
            "file",
            note["severity"],
            False,
            1,
            note["text"][:500],
            "a link that leads nowhere or elsewhere",
            "what is archived stays",
        )
        for note in notes
    ]
    return pl.DataFrame(rows, schema=gates.FINDING, orient="row")
