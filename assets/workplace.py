"""The one resource of the assets: which source is read, and the home in which everything lies."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import dagster as dg
import polars as pl

from sightline.home import Home
from sightline.stage import Stage

#: names the source where the configuration of a run does not
SOURCE = "SIGHTLINE_SOURCE"


class Workplace(dg.ConfigurableResource):
    """Where a run reads from and writes to.

    ``visited``: the pages were visited just before, in this home, and what they said lies on the stage. ``anew``: make
    everything again, though nothing changed.
    """

    source: str = ""
    home: str = ""
    visited: bool = False
    anew: bool = False

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Self]:
        """Hold the home for as long as the run lasts."""
        with self.place.lock(context.run_id or "without a name"):
            yield self

    @property
    def place(self) -> Home:
        """The home: as configured, else SIGHTLINE_HOME, else ./sightline-home."""
        return Home.find(self.home or None)

    @property
    def base(self) -> str:
        """The source: as configured, else SIGHTLINE_SOURCE, else the snapshot."""
        return self.source or os.environ.get(SOURCE) or "snapshot"

    @property
    def stage(self) -> Stage:
        """Where assets exchange tables."""
        return Stage(self.place.stage)

    def path(self, table: str) -> Path:
        """Where a table named ``schema.name`` lies."""
        return self.stage.path(table)

    def paths(self, names: Iterable[str]) -> dict[str, Path]:
        """The paths of several tables, by name."""
        return self.stage.paths(names)

    def read(self, table: str) -> pl.DataFrame:
        """A table that an asset upstream has written."""
        return self.stage.read(table)

    def keep(self, table: str, frame: pl.DataFrame) -> None:
        """Write a table that is exchanged between assets."""
        self.stage.keep(table, frame)
