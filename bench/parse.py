"""All CSV files of the snapshot: our parser against polars that reads the same bytes and asks nothing of them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator

import polars as pl

from bench.clock import least, table
from sightline import snapshot
from sightline.sources import ae


def rows(repeats: int) -> Iterator[str]:
    """The table."""
    bodies = csv_files()
    size = sum(map(len, bodies.values())) / 1e6
    bare = "polars.read_csv, text columns"
    works = {
        bare: lambda: [pl.read_csv(body, infer_schema=False, truncate_ragged_lines=True, encoding="utf8-lossy") for body in bodies.values()],
        "sightline.sources.ae.parse": lambda: [ae.parse(body, name) for name, body in bodies.items()],
    }
    found = least(repeats, works)
    yield from table(f"parse {len(bodies)} files, {size:.1f} MB", found, bare, lambda name: f"{size / found[name]:7.1f} MB/s")


def csv_files() -> dict[str, bytes]:
    """Name -> content."""
    with zipfile.ZipFile(snapshot.path()) as archive:
        return {name.rsplit("/", 1)[-1]: archive.read(name) for name in archive.namelist() if name.endswith(".csv")}
