"""Decomposes many series: two processes, a cache by content, one answer."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path

import polars as pl

from sightline.processes import end_with_parent
from sightline.progress import track
from sightline.tables import write_parquet
from sightline.trend.series import ESTIMATES, Estimate, Task, estimate

#: starting two processes that import statsmodels costs seconds: so many series are done faster without
FEW = 150
BATCH = 25
LIBRARIES = ("numpy", "scipy", "statsmodels")
KEPT = pl.Schema([("digest", pl.String()), *((name, pl.List(pl.Float64)) for name in ESTIMATES), ("note", pl.String())])


def estimates(tasks: Sequence[Task], *, cache: Path, workers: int = 2) -> list[Estimate]:
    """The estimate of every series, in order.

    A series is known by the hash of its values, its steps and its unit. The folder ``cache`` holds one Parquet file, named by this
    package's source and its libraries' versions, with the series of the last call and no other.
    """
    file = cache / f"{source()[:40]}.parquet"
    digests = [hashlib.sha256(repr(tuple(task)).encode()).hexdigest()[:40] for task in tasks]
    known = _read(file)
    asked = sorted(zip(digests, tasks, strict=True), key=lambda one: _alike(one[1]))
    missing = {digest: task for digest, task in asked if digest not in known}
    found = known | dict(zip(missing, _made(list(missing.values()), workers), strict=True))
    if missing or known.keys() != set(digests):
        _keep(file, {digest: found[digest] for digest in sorted(set(digests))})
    return [found[digest] for digest in digests]


def source() -> str:
    """What an estimate depends on beside its series."""
    body = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.sha256(body + " ".join(f"{name} {version(name)}" for name in LIBRARIES).encode()).hexdigest()


def _read(file: Path) -> dict[str, Estimate]:
    if not file.is_file():
        return {}
    rows = pl.read_parquet(file).iter_rows(named=True)
    return {row["digest"]: Estimate({} if row["note"] else {name: row[name] for name in ESTIMATES}, row["note"]) for row in rows}


def _keep(file: Path, found: dict[str, Estimate]) -> None:
    rows = [(digest, *(one.columns.get(name) for name in ESTIMATES), one.note) for digest, one in found.items()]
    write_parquet(pl.DataFrame(rows, schema=KEPT, orient="row"), file)
    for other in file.parent.glob("*.parquet"):
        if other != file:
            other.unlink()


def _made(tasks: list[Task], workers: int) -> Iterator[Estimate]:
    batches = [tasks[start : start + BATCH] for start in range(0, len(tasks), BATCH)]
    for batch in track(_batches(batches, workers if len(tasks) > FEW else 1), "trends", len(batches)) if batches else ():
        yield from batch


def _batches(batches: list[list[Task]], workers: int) -> Iterator[list[Estimate]]:
    if workers <= 1:
        yield from map(_batch, batches)
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=end_with_parent) as pool:
        yield from pool.map(_batch, batches)


def _alike(task: Task) -> tuple[tuple[bool, ...], tuple[int, ...]]:
    """Series with figures in the same months and the same steps are decomposed one after another: they share most of the work."""
    return tuple(one is None for one in task.value), task.steps


def _batch(tasks: Sequence[Task]) -> list[Estimate]:
    return list(map(estimate, tasks))
