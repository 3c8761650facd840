"""The one resource of the assets: which source is read, and the home in which everything lies."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import dagster as dg
import polars as pl

from sightline import tables
from sightline.home import Home


class Workplace(dg.ConfigurableResource):
    """Where a run reads from and writes to."""

    source: str = "snapshot"
    home: str = ""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Self]:
        """Hold the home for as long as the run lasts."""
        with self.place.lock(context.run_id or "without a name"):
            yield self

    @property
    def place(self) -> Home:
        """The home: as configured, else SIGHTLINE_HOME, else ./sightline-home."""
        return Home.find(self.home or None)

    def path(self, table: str) -> Path:
        """Where assets exchange a table, named ``schema.name``."""
        schema, name = table.split(".")
        return self.place.stage / schema / f"{name}.parquet"

    def read(self, table: str) -> pl.DataFrame:
        """A table that an asset upstream has written."""
        return pl.read_parquet(self.path(table))

    def paths(self, names: frozenset[str]) -> Mapping[str, Path]:
        """The paths of several tables, by name."""
        return {name: self.path(name) for name in names}

    def keep(self, table: str, frame: pl.DataFrame) -> None:
        """Write a table that is exchanged between assets and not published."""
        tables.write_parquet(frame, self.path(table))
