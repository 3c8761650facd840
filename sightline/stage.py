"""Where the steps of a run hand each other tables: Parquet files by schema and name, in a folder of the home."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from sightline import tables


@dataclass(frozen=True)
class Stage:
    """What a run is making, in ``root``."""

    root: Path

    def path(self, table: str) -> Path:
        """Where a table named ``schema.name`` lies."""
        schema, name = table.split(".")
        return self.root / schema / f"{name}.parquet"

    def paths(self, names: Iterable[str]) -> dict[str, Path]:
        """The paths of several tables, by name."""
        return {name: self.path(name) for name in names}

    def read(self, table: str) -> pl.DataFrame:
        """A table that an earlier step has written."""
        return pl.read_parquet(self.path(table))

    def keep(self, table: str, frame: pl.DataFrame) -> None:
        """Write a table for the steps that follow."""
        tables.write_parquet(frame, self.path(table))
