"""Files, each parsed once: what a parser made of it lies in a cache under the name of its bytes and of the code."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import polars as pl

from sightline import tables
from sightline.errors import BadInput
from sightline.fetch import Archive
from sightline.processes import end_with_parent

Parser = Callable[[bytes, str], pl.DataFrame]
Condense = Callable[[pl.DataFrame], pl.DataFrame]


class File(NamedTuple):
    """An archived file: where its rows are kept, its SHA-256, and its name for messages."""

    path: Path
    sha256: str
    name: str

    def handed_on(self, condense: Condense | None) -> Path:
        """Where the rows lie that are handed on; what was condensed of a file lies beside its rows."""
        return self.path.with_name(f"{self.path.stem}-condensed.parquet") if condense else self.path

    def is_known(self, condense: Condense | None = None) -> bool:
        """Whether nothing has to be parsed."""
        return self.handed_on(condense).exists() and self.path.exists()


def parse_cached(archive: Archive, file: File, parse: Parser, condense: Condense | None = None) -> pl.DataFrame:
    """One file, parsed once for the same bytes and the same code. Raises what the parser raises."""
    handed_on = file.handed_on(condense)
    if file.is_known(condense):
        return pl.read_parquet(handed_on)
    rows = parse(archive.read(file.sha256), file.name)
    tables.write_parquet(rows, file.path)
    if condense:
        rows = condense(rows)
        tables.write_parquet(rows, handed_on)
    return rows


@contextmanager
def parsed_beside(
    archive: Archive, files: Sequence[File], parse: Parser, condense: Condense | None = None, workers: int = 2
) -> Iterator[dict[str, Future[None]]]:
    """Parse files into the cache in processes of their own; gives, by SHA-256, what to wait for before a file is read.

    A file that cannot be read is left alone: who reads it next finds out why.
    """
    if not files:
        yield {}
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=end_with_parent) as pool:
        yield {file.sha256: pool.submit(_into_cache, archive, file, parse, condense) for file in files}


def _into_cache(archive: Archive, file: File, parse: Parser, condense: Condense | None) -> None:
    try:
        parse_cached(archive, file, parse, condense)
    except BadInput:
        return
