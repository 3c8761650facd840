"""The tables arranged for pages: each row where a page looks for it, nothing computed that the tables do not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from sightline import spc
from sightline.charts import drawable
from sightline.charts.render import series_of, targets_of, uprights_of
from sightline.charts.request import Series, Target, Upright
from sightline.pack import words
from sightline.pack.database import Tables
from sightline.pack.tables import KEYS, figure_rows, safe_code
from sightline.pack.texts import with_year_before
from sightline.pack.trends import summaries, trend_rows
from sightline.pack.tried import Tried, arranged

Row = dict[str, Any]
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Place:
    """England, a region or a provider, as a page names it."""

    organisation: str
    level: str
    name: str
    region_name: str | None
    first_seen: date
    last_seen: date
    has_type_1: bool

    @property
    def address(self) -> str:
        """Its page, seen from the pack's top folder; England's is the first page."""
        folder = {"provider": "organisation", "region": "region"}.get(self.level)
        return f"{folder}/{safe_code(self.organisation)}.html" if folder else "index.html"


@dataclass(frozen=True)
class Pair:
    """A target measure and the measures that are observed beside it, in their order."""

    pair: str
    title: str
    target: str
    observations: tuple[str, ...]
    question: str

    @property
    def short(self) -> str:
        """Its title in the list of pages: without what it shares with others, the words before a colon."""
        last = self.title.rpartition(": ")[2]
        return last[:1].upper() + last[1:]

    @property
    def address(self) -> str:
        """Its page, seen from the pack's top folder."""
        return f"pair-{self._file}.html"

    @property
    def trend_address(self) -> str:
        """The page of its trend, without a target."""
        return f"trend-{self._file}.html"

    @property
    def _file(self) -> str:
        return "".join(letter if letter.isalnum() else "-" for letter in self.pair)


@dataclass(frozen=True)
class Release:
    """How far a publication goes: its dataset, of whom (None: of all alike), the newest month, the file it stands in and when that came out."""

    dataset: Row
    whose: str | None
    month: date
    published: date | None
    file: str | None


@dataclass(frozen=True)
class Funnel:
    """One funnel: its row of ``analysis.funnel_summary`` and its points by organisation."""

    measure: str
    summary: Row
    points: dict[str, Row]


@dataclass(frozen=True)
class Board:
    """Everything that pages are filled from."""

    tables: Tables
    definitions: dict[str, Row]
    pairs: list[Pair]
    places: list[Place]
    summaries: dict[Key, Row]
    texts: dict[Key, Row]
    funnels: list[Funnel]
    contrasts: dict[tuple[str, str, str], list[Row]]
    trends: Mapping[Key, words.Row]
    region_of: dict[str, str]
    missing: dict[Key, list[date]]
    notes: dict[str, list[Row]]
    changes: dict[str, list[Row]]
    declared: dict[str, list[Row]]
    uprights: dict[Key, tuple[Upright, ...]]
    tried: list[Tried]
    directions: dict[str, str]
    datasets: list[Row]
    drawable: set[Key]
    series: dict[Key, Series]
    targets: dict[str, tuple[Target, ...]]
    newest: date
    newest_of: dict[str, date]
    newest_at: dict[tuple[str, str], date]
    period: tuple[date, date]
    periods: dict[tuple[str, str], tuple[date, date]]
    releases: list[Release]
    simulated: bool

    @property
    def england(self) -> Place:
        """England itself."""
        return next(place for place in self.places if place.level == "england")

    @property
    def regions(self) -> list[Place]:
        """The regions by name."""
        return [place for place in self.places if place.level == "region"]

    @property
    def providers(self) -> list[Place]:
        """The providers by name."""
        return [place for place in self.places if place.level == "provider"]

    @property
    def page_count(self) -> int:
        """How many pages the pack will have.

        Index, funnels, lines, what was tried, validation, revisions, said before, data, how to read, pairs and their trends, regions, providers.
        """
        return 9 + 2 * len(self.pairs) + len(self.regions) + len(self.providers)

    @property
    def observed(self) -> list[str]:
        """The observation measures of all pairs, in the order of the pathway."""
        named = {measure for pair in self.pairs for measure in pair.observations}
        return [measure for measure in self.definitions if measure in named]

    def measures(self, place: Place, *, counts: bool = False) -> list[tuple[Row, Row]]:
        """The (summary, definition) of a place's measures in the order of the pathway; counts only if asked."""
        found = ((self.summaries.get((name, place.level, place.organisation)), row) for name, row in self.definitions.items())
        return [(summary, row) for summary, row in found if summary and self.is_count(row) == counts]

    def is_count(self, definition: Row) -> bool:
        """True for a measure that is only the size behind others: one without a denominator that no pair looks at."""
        return definition["denominator"] is None and definition["measure"] not in self.paired

    @property
    def paired(self) -> set[str]:
        """The measures of the pairs."""
        return {measure for pair in self.pairs for measure in (pair.target, *pair.observations)}

    @cached_property
    def figures(self) -> dict[Key, str]:
        """The rows of the table under the chart of each series."""
        return figure_rows(self.tables.point, self.tables.definition)

    @cached_property
    def trend_rows(self) -> dict[Key, str]:
        """The rows of the table under the trend of each series."""
        return trend_rows(self.tables.trend, self.tables.definition)

    def newest_for(self, place: Place) -> date:
        """The newest month of the datasets that the place is in."""
        return self.newest_at.get((place.level, place.organisation), self.newest)


def board(tables: Tables) -> Board:
    """Arrange the tables of a finished database."""
    newest_of = dict(tables.file.filter(pl.col("state") == "current").group_by("dataset").agg(pl.col("month").max()).iter_rows())
    return Board(
        tables=tables,
        definitions={row["measure"]: row for row in tables.definition.iter_rows(named=True)},
        pairs=_pairs(tables.pair.filter(pl.col("target_measure").is_in(tables.summary["measure"].unique().to_list()))),
        places=_places(tables),
        summaries=_by_key(with_year_before(tables.summary, tables.point)),
        texts=_by_key(tables.text),
        funnels=_funnels(tables),
        contrasts=_contrasts(tables),
        trends=summaries(tables.trend, tables.point),
        region_of=dict(tables.organisation.filter(pl.col("region").is_not_null()).select("organisation", "region").iter_rows()),
        missing=_missing(tables.point),
        notes=_notes(tables),
        changes=_grouped(tables.change, "organisation"),
        declared=_declared(tables),
        uprights=uprights_of(tables.point, tables.phase, tables.tried),
        tried=arranged(tables.tried, tables.effect, {measure: at for at, measure in enumerate(tables.definition["measure"])}),
        datasets=tables.dataset.to_dicts(),
        directions=dict(tables.target.select("measure", "direction").iter_rows()),
        drawable=_drawable(tables.point),
        series=series_of(tables.point),
        targets=targets_of(tables.target),
        newest=tables.run["newest_month"],
        newest_of=newest_of,
        newest_at=_newest_at(tables, newest_of),
        period=_period(tables.point),
        periods=_periods(tables.point, tables.definition),
        releases=_releases(tables),
        simulated=tables.run["simulated"],
    )


def _period(point: pl.DataFrame) -> tuple[date, date]:
    """The first and last month of any series: the common time axis."""
    first, last = point.select(pl.col("month").min().alias("first"), pl.col("month").max().alias("last")).row(0)
    return first, last


def _periods(point: pl.DataFrame, definition: pl.DataFrame) -> dict[tuple[str, str], tuple[date, date]]:
    """The time axis of every measure and level: that of its publication, so that a longer one does not press the others together."""
    spans = (
        point.join(definition.select("measure", "dataset"), on="measure")
        .select("measure", "level", first=pl.col("month").min().over("dataset", "level"), last=pl.col("month").max().over("dataset", "level"))
        .unique()
    )
    return {(measure, level): (first, last) for measure, level, first, last in spans.iter_rows()}


def _by_key(table: pl.DataFrame) -> dict[Key, Row]:
    return {(row["measure"], row["level"], row["organisation"]): row for row in table.iter_rows(named=True)}


def _funnels(tables: Tables) -> list[Funnel]:
    """The funnels in the order of their measures."""
    order = tables.definition.select("measure", "position")
    return [
        Funnel(row["measure"], row, {point["organisation"]: point for point in tables.funnel.filter(measure=row["measure"]).iter_rows(named=True)})
        for row in tables.funnel_summary.join(order, on="measure").sort("position").iter_rows(named=True)
    ]


def _releases(tables: Tables) -> list[Release]:
    """The newest month of every dataset, of England and of providers where these differ, as where England's own figures come in another file."""
    shown = tables.file.filter(pl.col("state") != "superseded").sort(pl.col("state") == "current", "published", nulls_last=False)
    file = {(row["dataset"], row["month"]): row for row in shown.iter_rows(named=True)}
    by_level = tables.summary.join(tables.definition.select("measure", "dataset"), on="measure").group_by("dataset", "level")
    newest = {(dataset, level): month for dataset, level, month in by_level.agg(pl.col("latest_month").max()).drop_nulls().iter_rows()}
    found: list[Release] = []
    for dataset in tables.dataset.iter_rows(named=True):
        months = {level: month for level in ("england", "provider") if (month := newest.get((dataset["dataset"], level)))}
        alike = len(set(months.values())) == 1
        for level, month in [*months.items()][: 1 if alike else None]:
            row = file.get((dataset["dataset"], month), {})
            whose = None if alike else {"england": "England", "provider": "providers"}[level]
            found.append(Release(dataset, whose, month, row.get("published"), str(row["url"]).rsplit("/", 1)[-1] if row else None))
    return found


def _newest_at(tables: Tables, newest_of: dict[str, date]) -> dict[tuple[str, str], date]:
    """Level and organisation -> the newest month of the datasets in which it has a series."""
    at = tables.summary.join(tables.definition.select("measure", "dataset"), on="measure").select("level", "organisation", "dataset").unique()
    newest = at.with_columns(pl.col("dataset").replace_strict(newest_of, default=None, return_dtype=pl.Date).alias("newest"))
    found = newest.group_by("level", "organisation").agg(pl.col("newest").max()).drop_nulls()
    return {(level, organisation): month for level, organisation, month in found.iter_rows()}


def _pairs(pair: pl.DataFrame) -> list[Pair]:
    grouped = pair.group_by("pair", maintain_order=True).agg(pl.col("title", "target_measure", "question").first(), "observation_measure")
    return [
        Pair(row["pair"], row["title"], row["target_measure"], tuple(row["observation_measure"]), row["question"])
        for row in grouped.iter_rows(named=True)
    ]


def _places(tables: Tables) -> list[Place]:
    """Every organisation with at least one series, by name."""
    known = tables.organisation.join(tables.summary.select("level", "organisation").unique(), on=["level", "organisation"], how="semi")
    columns = ("organisation", "level", "name", "region_name", "first_seen", "last_seen", "has_type_1")
    places = [
        Place(**{column: row[column] for column in columns} | {"name": words.readable_name(row["name"])}) for row in known.iter_rows(named=True)
    ]
    return sorted(places, key=lambda place: (place.name.casefold(), place.organisation))


def _contrasts(tables: Tables) -> dict[tuple[str, str, str], list[Row]]:
    """The newest contrast of each pair of measures, in the pair's order."""
    order = tables.pair.select("pair", "observation_measure", "observation_position")
    keys = ["pair", "level", "organisation"]
    newest = tables.contrast.filter(pl.col("month") == pl.col("month").max().over(*keys, "observation_measure"))
    rows = newest.join(order, on=["pair", "observation_measure"]).sort(*keys, "observation_position").iter_rows(named=True)
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row["pair"], row["level"], row["organisation"]), []).append(row)
    return found


def _missing(point: pl.DataFrame) -> dict[Key, list[date]]:
    table = point.filter(pl.col("value").is_null()).group_by(KEYS, maintain_order=True).agg(pl.col("month").sort())
    return {row[:3]: row[3] for row in table.iter_rows()}


def _notes(tables: Tables) -> dict[str, list[Row]]:
    """Why months have no figure, by organisation: each reason with its months and the measures it concerns."""
    series = tables.point.group_by("organisation").agg(series=pl.col("measure").n_unique())
    empty = tables.point.filter(pl.col("value").is_null())
    table = (
        empty.group_by("organisation", "month", "note").agg(pl.col("measure").unique())
        .with_columns(measures=pl.col("measure").list.sort().list.join(" "))
        .group_by("organisation", "note", "measures").agg(pl.col("month").sort())
        .join(series, on="organisation").sort("organisation", pl.col("month").list.first())
    )  # fmt: skip
    return _grouped(table, "organisation")


def _declared(tables: Tables) -> dict[str, list[Row]]:
    """What was declared of the charts of each organisation, with the measures it concerns; mergers stand among its changes."""
    series = tables.point.group_by(KEYS).agg(_first=pl.col("month").min(), _last=pl.col("month").max())
    merged = (pl.col("origin") == "shipped") & (pl.col("label") == "merger").fill_null(value=False)
    reached = pl.col("month_from").is_null() | pl.col("month_from").is_between("_first", "_last")
    all_of = tables.summary.group_by("organisation").agg(series=pl.col("measure").n_unique())
    said = ["kind", "month_from", "month_to", "months", "reason", "source"]
    table = (
        spc.of_series(series, tables.phase).filter(~merged).join(series, on=KEYS).filter(reached)
        .group_by("organisation", *said).agg(pl.col("measure").unique())
        .with_columns(measures=pl.col("measure").list.sort().list.join(" "))
        .join(all_of, on="organisation").sort("organisation", "month_from", "kind", "reason", nulls_last=True)
    )  # fmt: skip
    return _grouped(table, "organisation")


def _grouped(table: pl.DataFrame, column: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in table.iter_rows(named=True):
        found.setdefault(row[column], []).append(row)
    return found


def _drawable(point: pl.DataFrame) -> set[Key]:
    """The series of which there is something to draw: more than one month with a figure, and not zeros alone."""
    grouped = point.group_by(KEYS).agg(pl.col("value").drop_nulls().unique().head(2), pl.col("value").count().alias("figures"))
    return {row[:3] for row in grouped.filter(pl.col("figures") > 1).iter_rows() if drawable(row[3])}
