"""Draws the pictures that are asked for: two processes, a cache by content, one answer."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cache as remembered
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import vl_convert

from sightline.charts.layout import FORMATS, Layout, layout
from sightline.charts.request import TRENDS, ChartRequest, ChartRows, Kind, Picture, Series, Target, Upright
from sightline.charts.sheet import cut, sheet
from sightline.charts.svg import Element, picture, set_words
from sightline.charts.trend import contexts, months_layout, trend_layout, trend_series
from sightline.errors import BadInput
from sightline.processes import end_with_parent
from sightline.progress import track
from sightline.spc import of_series

KEYS = ["measure", "level", "organisation"]
#: starting two processes costs seconds: so many pictures are drawn faster without
FEW = 60
BATCH = 24


class Job(NamedTuple):
    """A picture that is not in the cache, and the file it goes to."""

    picture: Picture
    digest: str
    file: Path


class Processes(NamedTuple):
    """Processes that draw, and the kinds of charts as JSON, which they compile as soon as they have started."""

    pool: ProcessPoolExecutor
    compiled: Mapping[Kind, Future[str]]


@contextmanager
def processes(workers: int = 2) -> Iterator[Processes]:
    """Start processes that draw, so that they begin while what is to be drawn is still being prepared."""
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=end_with_parent) as pool:
        try:
            yield Processes(pool, {kind: pool.submit(_template, kind) for kind in sorted(FORMATS)})
        finally:
            pool.shutdown(cancel_futures=True)


def render(
    requests: pl.DataFrame | Sequence[ChartRequest],
    rows: ChartRows,
    *,
    cache: Path,
    workers: int = 2,
    started: Processes | None = None,
    beside: Callable[[], dict[str, str]] = dict,
) -> dict[str, str]:
    """Draw every requested picture and return it as SVG text by the request's key.

    ``requests`` is a list of :class:`ChartRequest` or a frame with its fields as columns. A picture is named by the hash of
    its rows, its words, this package's source and the drawing library's version, and kept in ``cache`` under that name.
    Many pictures are drawn by as many processes as ``workers`` says, or by those of ``started``; ``beside`` is called while they draw,
    and its pictures join the answer.
    Raises ``BadInput`` for a series that is not in ``rows`` or that has nothing to draw (no value, or zeros alone).
    """
    wanted = (
        [ChartRequest(**row) for row in requests.select(ChartRequest._fields).iter_rows(named=True)]
        if isinstance(requests, pl.DataFrame)
        else requests
    )
    cache.mkdir(parents=True, exist_ok=True)
    jobs = _jobs(wanted, rows, cache)
    missing = list({job.digest: job for job in jobs if not job.file.exists()}.values())
    others: dict[str, str] = {}
    with ExitStack() as stack:
        if started is None and workers > 1 and len(missing) > FEW:
            started = stack.enter_context(processes(workers))
        fresh = dict(_drawn(missing, started, lambda: others.update(beside())))
    return {job.picture.request.key: fresh.get(job.digest) or job.file.read_text("utf-8") for job in jobs} | others


def _jobs(wanted: Sequence[ChartRequest], rows: ChartRows, cache: Path) -> list[Job]:
    asked = {(request.measure, request.level, request.organisation) for request in wanted if request.kind not in TRENDS}
    series = _asked(rows.points, asked)
    trends = trend_series(rows.trends) if rows.trends is not None else {}
    contents: dict[tuple[str, str, str], str] = {}
    units: dict[str, str] = dict(rows.definitions.select("measure", "unit").iter_rows())
    targets, uprights = targets_of(rows.targets), uprights_of(rows.points, rows.phases, rows.changes)
    jobs: list[Job] = []
    for request in wanted:
        key = (request.measure, request.level, request.organisation)
        if request.kind in TRENDS and key in trends:
            one = _trend(request, rows, units, trends, uprights.get(key, ()))
            content = contents.get(key) or contents.setdefault(key, hashlib.sha256(repr((one.series, one.context)).encode()).hexdigest())
            jobs.append(_job(one, content, cache))
            continue
        if key not in series:
            raise BadInput(f"chart of {request.measure} for {request.organisation}", expected="a series with a value other than zero", seen="none",
                           action="write a sentence in place of the chart")  # fmt: skip
        columns, content = series[key]
        picture = Picture(
            request, units[request.measure], columns, targets.get(request.measure, ()), uprights.get(key, ()), rows.axis(request), rows.simulated
        )
        jobs.append(_job(picture, content, cache))
    return jobs


def _job(picture: Picture, content: str, cache: Path) -> Job:
    digest = _digest(content, picture)
    return Job(picture, digest, cache / f"{digest}.svg")


def _trend(
    request: ChartRequest, rows: ChartRows, units: dict[str, str], trends: dict[tuple[str, str, str], Series], uprights: tuple[Upright, ...]
) -> Picture:
    key, unit = (request.measure, request.level, request.organisation), units[request.measure]
    context = contexts(trends, key, unit, rows.region_of.get(request.organisation))
    return Picture(request, unit, trends[key], (), uprights, rows.axis(request), rows.simulated, context)


def _digest(content: str, picture: Picture) -> str:
    """Names a picture by the content of its series and of what stands in grey behind it, and by all else that it shows."""
    words = repr((picture.request[1:], picture.unit, picture.targets, picture.uprights, picture.period, picture.simulated))
    return hashlib.sha256("\n".join((drawing_source(), content, words)).encode()).hexdigest()[:40]


@remembered
def drawing_source() -> str:
    """What the drawing depends on beside the rows: this package's source and the versions of the libraries that draw."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    source = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    return f"{source} altair {version('altair')} vl-convert {version('vl-convert-python')}"


def series_of(points: pl.DataFrame) -> dict[tuple[str, str, str], Series]:
    """Every series that can be drawn, by (measure, level, organisation), from ``analysis.spc_point``.

    A series without a value, or of zeros alone, is left out: it gets a sentence and no chart. A month that was left out by
    declaration is ``left_out`` in place of a judgement.
    """
    names = {"centre_line": "centre", "lower_limit": "lower", "upper_limit": "upper"}
    columns = ["month", "value", *names, "median", "judgement", "in_window", "note"]
    ghosted = pl.when("excluded").then(pl.lit("left_out")).otherwise(pl.col("judgement")).alias("judgement")
    table = (
        points.with_columns(ghosted)
        .sort(*KEYS, "month")
        .group_by(KEYS, maintain_order=True)
        .agg(*columns, pl.col("chart").last())
        .filter(pl.col("value").list.eval(pl.element().fill_null(0) != 0).list.any())
    )
    return {row[:3]: Series(*row[3:]) for row in table.iter_rows()}


def _asked(points: pl.DataFrame, asked: set[tuple[str, str, str]]) -> dict[tuple[str, str, str], tuple[Series, str]]:
    """The asked series, each with a hash of its rows."""
    keys = pl.DataFrame(sorted(asked), schema=dict.fromkeys(KEYS, pl.String), orient="row")
    found = series_of(points.join(keys, on=KEYS, how="semi"))
    return {key: (series, hashlib.sha256(repr(tuple(series)).encode()).hexdigest()) for key, series in found.items()}


def targets_of(targets: pl.DataFrame) -> dict[str, tuple[Target, ...]]:
    """The targets of each measure with their dates, from ``reference.target``."""
    table = targets.select("measure", "target_value", "valid_from", "valid_to", "status").sort("measure", "valid_from")
    grouped = table.group_by("measure", maintain_order=True).agg(pl.all())
    return {row[0]: tuple(Target(*one) for one in zip(*row[1:], strict=True)) for row in grouped.iter_rows()}


def uprights_of(points: pl.DataFrame, phases: pl.DataFrame, changes: pl.DataFrame | None = None) -> dict[tuple[str, str, str], tuple[Upright, ...]]:
    """What begins in each series after its first month: the declared phases (``reference.phase``) and changes tried (``reference.change``).

    Where both begin in one month they share a line and its words.
    """
    ends = points.group_by(KEYS).agg(_first=pl.col("month").min(), _last=pl.col("month").max())
    starts = of_series(ends, phases.filter(pl.col("kind").is_in(["phase", "remove"]))).join(ends, on=KEYS)
    said = [*KEYS, "month_from", "_first", "_last"]
    begun = [starts.select(*said, pl.col("label").fill_null("new phase"), breaks=pl.lit(value=True))]
    if changes is not None:
        tried = changes.select(*KEYS, "month_from", pl.col("label").fill_null("change tried")).join(ends, on=KEYS)
        begun.append(tried.select(*said, "label", breaks=pl.lit(value=False)))
    found = (
        pl.concat(begun).filter(pl.col("month_from").is_between("_first", "_last", closed="right"))
        .group_by(*KEYS, "month_from", maintain_order=True)
        .agg(pl.col("label").unique(maintain_order=True).str.join(", "), pl.col("breaks").any())
        .sort(*KEYS, "month_from").group_by(KEYS, maintain_order=True).agg("month_from", "label", "breaks")
    )  # fmt: skip
    return {row[:3]: tuple(map(Upright, row[3], row[4], row[5])) for row in found.iter_rows()}


def _drawn(jobs: list[Job], started: Processes | None, meanwhile: Callable[[], None]) -> Iterator[tuple[str, str]]:
    if not jobs:
        meanwhile()
        return
    alike = groupby(sorted(jobs, key=_kind), key=_kind)
    batches = [members[start : start + BATCH] for members in (list(found) for _, found in alike) for start in range(0, len(members), BATCH)]
    for batch in track(_batches(batches, started, meanwhile), "charts", len(batches)):
        yield from batch


def _batches(batches: list[list[Job]], started: Processes | None, meanwhile: Callable[[], None]) -> Iterator[list[tuple[str, str]]]:
    """Each batch, drawn: in this process, or in those that were started."""
    kinds = [_kind(batch[0]) for batch in batches]
    if started is None:
        meanwhile()
        yield from map(_draw_batch, batches, map(_template, kinds))
        return
    drawn = started.pool.map(_draw_batch, batches, (started.compiled[kind].result() for kind in kinds))
    meanwhile()
    yield from drawn


def _template(kind: Kind) -> str:
    """A compiled kind, as JSON."""
    from sightline.charts.template import template  # noqa: PLC0415 - Altair takes a second to import; a warm cache needs none of it

    return template(kind)


@remembered
def _read(vega: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(vega)
    return found


def _kind(job: Job) -> Kind:
    return job.picture.request.kind


def _laid(picture: Picture) -> Layout:
    kind = picture.request.kind
    return trend_layout(picture) if kind.startswith("trend") else months_layout(picture) if kind.startswith("months") else layout(picture)


def _draw_batch(jobs: Sequence[Job], vega: str) -> list[tuple[str, str]]:
    """Pictures of one kind, drawn as one sheet."""
    form, marks = FORMATS[_kind(jobs[0])], [_laid(job.picture) for job in jobs]
    drawn = cut(vl_convert.vega_to_svg(sheet(_read(vega), marks, form)), len(jobs), form)
    return [(job.digest, _finished(job, [*found, *set_words(one, form)])) for job, one, found in zip(jobs, marks, drawn, strict=True)]


def _finished(job: Job, marks: list[Element]) -> str:
    request = job.picture.request
    svg = picture(marks, size=FORMATS[request.kind].size, name=job.digest[:10], title=request.title, description=request.description)
    keep(job.file, svg)
    return svg


def keep(file: Path, svg: str) -> None:
    """Written beside and renamed: a half-written picture is never read, and none is left where the disk is full."""
    half = file.with_suffix(f".{os.getpid()}")
    try:
        half.write_text(svg, "utf-8")
        half.replace(file)
    finally:
        half.unlink(missing_ok=True)
