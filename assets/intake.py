"""From a publisher's pages to tidy rows, the same for every dataset: fetch, look for news, parse, file gate."""

import hashlib
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version

import dagster as dg
import polars as pl

from assets import gates, visit
from assets.description import Dataset, datasets
from assets.tables import about
from assets.workplace import Workplace
from sightline import tables
from sightline.accepted import Accepted, read_accepted
from sightline.errors import BadInput
from sightline.fetch import VINTAGE_ORDER, Archive, Ledger, Refresh, Role, open_source
from sightline.parsed import Condense, File, Parser, parse_cached, parsed_beside
from sightline.progress import track

#: starting processes takes about a second: so many files are parsed faster without
FEW = 20
Schema = Mapping[str, pl.DataType | type[pl.DataType]]

#: what a row of a file carries of its file
LABELS = {"sha256": pl.String, "link_month": pl.Date, "name_month": pl.Date}
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
    """Read the pages of a dataset and archive what is new, unless that was done just before this run; tell what there is."""
    found = None if workplace.visited else visit.visit_carried(workplace.place, workplace.base, dataset)
    pages, links = workplace.read(f"{dataset.id}.page"), workplace.read(f"{dataset.id}.link")
    fetched = found if isinstance(found, Refresh) else None
    counts = {"new files": fetched.new, "unchanged files": fetched.unchanged, "linked but not there": fetched.missing} if fetched else {}
    return dg.MaterializeResult(
        metadata={
            "source": open_source(workplace.base).label,
            "landing page": dg.MetadataValue.url(dataset.listing.index_page),
            "pages read": pages["links"].count(),
            **counts,
            **about(links),
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
    if not workplace.anew and visit.nothing_new(workplace.place, workplace.base):
        context.log.info("nothing new: archive, declared files and code are those of the last publication")
        return
    yield dg.MaterializeResult(metadata={"state": visit.current_state(workplace.place, workplace.base)})


# ------------------------------------------------------------------------------------------------------ archive -> tidy


@dataclass(frozen=True)
class Reading:
    """Files, read: their rows, each with its file (None where no file could be read), and the files that could not be read."""

    rows: pl.DataFrame | None
    refused: dict[str, str]


def read(workplace: Workplace, dataset: Dataset, parse: Parser, schema: Schema, condense: Condense | None = None) -> Iterator[dg.MaterializeResult]:
    """Parse what is in the archive, hold every file against the file gate, and hand on what stands.

    Files that are condensed are large, and their parsers take all processors as it is: they are parsed one after another. ``schema``
    are the columns handed on: those of ``parse``, or of ``condense`` where that makes less of every file. A source that has no file
    of the dataset gives empty tables.
    """
    files = files_of(workplace, dataset, "figures")
    reading = parse_all(workplace, files, parse, f"{dataset.id}: parsing", condense, beside=condense is None)
    suite = gates.suites()[f"{dataset.id}.tidy"]
    if files.is_empty():
        yield from nothing_to_read(workplace, dataset, suite, schema)
        return
    if reading.rows is None:
        raise none_stands(files.height, reading.refused)
    workplace.keep(f"{dataset.id}.read", reading.rows)
    outcomes = gates.validate(suite, workplace.path(f"{dataset.id}.read"))
    let_in = read_accepted(workplace.place)
    broken = broken_by(outcomes, dataset)
    held = reading.refused | {sha256: reason(ones[0], sha256) for sha256, ones in broken.items() if not lets_in(let_in.get(sha256), ones)}
    tidy = reading.rows.filter(~pl.col("sha256").is_in(list(held)))
    if tidy.is_empty():
        raise none_stands(files.height, held)
    accepted = with_vintage(files, tidy)
    quarantine = held_back(files, held, accepted)
    findings = pl.concat(
        [
            gates.findings(suite, outcomes),
            unreadable(dataset, files, reading.refused),
            from_pages(workplace, dataset),
            same_content(dataset, every_file_of(workplace, dataset, "figures")),
            accepted_files(dataset, files, let_in, broken),
        ]
    )
    tables_made = {"tidy": tidy, "file": accepted, "quarantine": quarantine}
    for name, frame in tables_made.items():
        workplace.keep(f"{dataset.id}.{name}", frame)
    workplace.keep(f"gate.{dataset.id}_tidy", findings)
    asset = dg.AssetKey([dataset.id, "tidy"])
    yield from made(workplace, dataset, tables_made, [gates.check_result(suite, asset, one) for one in outcomes])


def nothing_to_read(workplace: Workplace, dataset: Dataset, suite: gates.Suite, schema: Schema) -> Iterator[dg.MaterializeResult]:
    """The tables of a dataset of which the source has no file; nothing was there that could break an expectation."""
    rows = pl.DataFrame(schema={**schema, **LABELS})
    files = with_vintage(files_of(workplace, dataset, "figures"), rows)
    frames = {"tidy": rows, "file": files, "quarantine": pl.DataFrame(schema=QUARANTINE)}
    for name, frame in frames.items():
        workplace.keep(f"{dataset.id}.{name}", frame)
    workplace.keep(f"gate.{dataset.id}_tidy", pl.concat([gates.not_asked(suite), from_pages(workplace, dataset)]))
    asset = dg.AssetKey([dataset.id, "tidy"])
    yield from made(workplace, dataset, frames, [gates.check_result(suite, asset, gates.nothing_there(one)) for one in suite.expectations])


def made(
    workplace: Workplace, dataset: Dataset, frames: dict[str, pl.DataFrame], checks: list[dg.AssetCheckResult]
) -> Iterator[dg.MaterializeResult]:
    """What Dagster is told of the three tables."""
    for name, frame in frames.items():
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey([dataset.id, name]),
            data_version=dg.DataVersion(tables.file_hash(workplace.path(f"{dataset.id}.{name}"))[:16]),
            metadata={**about(frame), "landing page": dg.MetadataValue.url(dataset.listing.index_page)},
            check_results=checks if name == "tidy" else [],
        )


def files_of(workplace: Workplace, dataset: Dataset, role: Role) -> pl.DataFrame:
    """The archived files of a dataset that have this role, each content once."""
    return every_file_of(workplace, dataset, role).unique("sha256", keep="first", maintain_order=True)


def every_file_of(workplace: Workplace, dataset: Dataset, role: Role) -> pl.DataFrame:
    """The archived files of a dataset that have this role, at every address that has them."""
    files = Ledger(workplace.place.ledger).files(dataset.id)
    roles = [dataset.listing.role(text, kind) for text, kind in files.select("anchor_text", "kind").iter_rows()]
    return files.filter(pl.Series(roles, dtype=pl.String) == role)


def same_content(dataset: Dataset, files: pl.DataFrame) -> pl.DataFrame:
    """One content linked for several months, as findings: it can be of one of them alone, and the others are without a file."""
    shared = files.filter(pl.col("month").n_unique().over("sha256") > 1).group_by("sha256", maintain_order=True).agg("month", "url")
    rows = [
        (
            dataset.id,
            name_of(row["url"][-1]),
            "every month has a file of its own",
            "file",
            "warning",
            False,
            len(row["month"]),
            f"one content is linked for {', '.join(sorted(f'{month:%Y-%m}' for month in set(row['month']) if month))}",
            "a link that leads to the file of another month",
            "the file is published under the month that stands in it; the others are gaps",
        )
        for row in shared.rows(named=True)
    ]
    return pl.DataFrame(rows, schema=gates.FINDING, orient="row")


def parse_all(
    workplace: Workplace, files: pl.DataFrame, parse: Parser, what: str, condense: Condense | None = None, *, beside: bool = False
) -> Reading:
    """Rows of every file, from the cache where the same bytes were parsed by the same code before; ``beside``: many files in other processes."""
    if files.is_empty():
        return Reading(None, {})
    archive, parser = Archive(workplace.place.archive), parser_hash(parse)
    frames: list[pl.DataFrame] = []
    refused: dict[str, str] = {}
    rows = files.rows(named=True)
    known = [File(workplace.place.tidy / row["dataset"] / f"{row['sha256']}-{parser}.parquet", row["sha256"], name_of(row["url"])) for row in rows]
    missing = [file for file in known if beside and not file.is_known(condense)]
    with parsed_beside(archive, missing if len(missing) > FEW else [], parse, condense) as begun:
        if begun:
            gates.duckdb_in_memory()  # takes as long as the parsing, and is needed next
        for file, row in zip(track(known, what), rows, strict=True):
            try:
                if file.sha256 in begun:
                    begun[file.sha256].result()
                found = parse_cached(archive, file, parse, condense)
            except BadInput as error:
                refused[file.sha256] = str(error)
            else:
                labels = dict(zip(LABELS, (file.sha256, row["month"], row["name_month"]), strict=True))
                frames.append(found.with_columns(pl.lit(value, dtype=LABELS[key]).alias(key) for key, value in labels.items()))
    return Reading(pl.concat(frames) if frames else None, refused)


def name_of(url: str) -> str:
    """The name of a file, for messages."""
    return url.rsplit("/", 1)[-1][:120]


def none_stands(files: int, held: dict[str, str]) -> BadInput:
    """Every file of a dataset is refused: then the source is wrong, not a file."""
    return BadInput(
        "the file gate",
        expected="at least one file that can be read and holds",
        seen=f"none of {files}; the first: {next(iter(held.values()), 'no file is linked')}",
        action="look at the source; nothing is published and what was published stays",
    )


def parser_hash(parse: Parser) -> str:
    """Names the code that parses: the source of its module and of the modules of ``sightline.sources`` that this one uses, and the libraries."""
    module = inspect.getmodule(getattr(parse, "func", parse))
    used = {inspect.getmodule(part) or part for part in vars(module).values() if callable(part) or inspect.ismodule(part)} if module else set()
    ours = {module, *(one for one in used if inspect.ismodule(one) and one.__name__.startswith("sightline.sources."))}
    source = "\n".join(sorted(inspect.getsource(one) for one in ours if one))
    return hashlib.sha256(f"{source} polars {pl.__version__} calamine {version('python-calamine')}".encode()).hexdigest()[:12]


# --------------------------------------------------------------------------------------------------- archive -> controls


@dataclass(frozen=True)
class Control:
    """How the files of a role are read that are compared and not published: the parser, and the columns of its rows."""

    parse: Parser
    schema: Schema


def read_controls(workplace: Workplace, dataset: Dataset, controls: Mapping[Role, Control]) -> Iterator[dg.MaterializeResult]:
    """Parse the publisher's workbooks: ``<dataset>.<role>`` holds their rows, ``<dataset>.control`` the files.

    A control that cannot be read is held back, and its month stands without it.
    """
    held: list[pl.DataFrame] = []
    listed: list[pl.DataFrame] = []
    found: list[pl.DataFrame] = []
    for role, control in controls.items():
        files = files_of(workplace, dataset, role)
        reading = parse_all(workplace, files, control.parse, f"{dataset.id}: {role}")
        rows = pl.DataFrame(schema={**control.schema, **LABELS}) if reading.rows is None else reading.rows
        workplace.keep(f"{dataset.id}.{role}", rows)
        listed.append(files.filter(~pl.col("sha256").is_in(list(reading.refused))).with_columns(role=pl.lit(role)))
        held.append(without_control(files, reading.refused))
        found.append(unreadable(dataset, files, reading.refused, "the month stands without this control"))
    frames = {"control": pl.concat(listed), "control_quarantine": pl.concat(held), "control_finding": pl.concat(found)}
    for name, frame in frames.items():
        workplace.keep(f"{dataset.id}.{name}", frame)
    for name in ("control", *controls):
        yield dg.MaterializeResult(asset_key=dg.AssetKey([dataset.id, name]), metadata=about(workplace.read(f"{dataset.id}.{name}")))


def without_control(files: pl.DataFrame, refused: dict[str, str]) -> pl.DataFrame:
    """Rows of meta.quarantine for controls that cannot be read."""
    rows = [
        (file["dataset"], file["month"], file["url"], file["sha256"], refused[file["sha256"]], "the figures of the month, without this control",
         file["first_seen"])
        for file in files.rows(named=True)
        if file["sha256"] in refused
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=QUARANTINE, orient="row")


def broken_by(outcomes: list[gates.Outcome], dataset: Dataset) -> dict[str, list[gates.Outcome]]:
    """SHA-256 -> the critical expectations it breaks, for every file that breaks one.

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
    broken: dict[str, list[gates.Outcome]] = {}
    for one in failed:
        for sha256 in dict.fromkeys(str(row["sha256"]) for row in one.rows if "sha256" in row):
            broken.setdefault(sha256, []).append(one)
    return broken


def lets_in(entry: Accepted | None, broken: list[gates.Outcome]) -> bool:
    """True when people accepted every expectation that the file breaks, and not one more than they knew of."""
    return entry is not None and {one.expectation.words for one in broken} <= set(entry.expectations)


def accepted_files(dataset: Dataset, files: pl.DataFrame, let_in: Mapping[str, Accepted], broken: Mapping[str, list[gates.Outcome]]) -> pl.DataFrame:
    """What people let in, as findings; an entry whose file is mended, replaced or gone fails, so that it is taken out."""
    newest = files.sort("month", *VINTAGE_ORDER, nulls_last=False).unique("month", keep="last")["sha256"].to_list()
    named = dict(files.select("sha256", "url").rows())
    rows = [
        (
            dataset.id,
            name_of(named[sha256]),
            "a file that was let in still breaks what it was let in for, and is the newest of its month",
            "file",
            "warning",
            sha256 in broken and sha256 in newest,
            0 if sha256 in broken and sha256 in newest else 1,
            f"let in on {entry.accepted}: {entry.reason}",
            "the publisher has mended the file: remove the entry in declared/accepted.toml",
            "the file is published as it stands",
        )
        for sha256, entry in let_in.items()
        if sha256 in named
    ]
    return pl.DataFrame(rows, schema=gates.FINDING, orient="row")


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


def unreadable(
    dataset: Dataset, files: pl.DataFrame, refused: dict[str, str], stays: str = "the last good file of the month; every other month is published"
) -> pl.DataFrame:
    """Files that could not be parsed, as findings."""
    named = dict(files.select("sha256", "url").rows())
    rows = [
        (
            dataset.id,
            name_of(named[sha256]),
            "the file is in a known layout",
            "file",
            "critical",
            False,
            1,
            why,
            "a change of layout",
            stays,
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
