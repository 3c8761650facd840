"""The finished database and its pack, made once for all tests of the pack."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from sightline import pack
from tests.pack import house, page
from tests.pack.house import House
from tests.pack.page import Page


@dataclass(frozen=True, repr=False)
class Pack:
    """A written pack: its folder, its pages, and the database it was made from."""

    folder: Path
    pages: dict[str, Page]
    house: House

    def of(self, code: str) -> Page:
        """The page of one organisation or region: the one whose SQL asks for its code."""
        wanted = f"organisation = '{code.replace(chr(39), chr(39) * 2)}'"
        places = [page for address, page in self.pages.items() if address.startswith(("organisation/", "region/"))]
        (found,) = [one for one in places if all(wanted in (pre.text or "") for pre in one.all("pre"))]
        return found

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """The rows of a statement on the database."""
        with duckdb.connect(str(self.house.path), read_only=True) as connection:
            return connection.sql(sql).fetchall()


def _written(known: House, folder: Path, cache: Path) -> Pack:
    pack.write(known.path, folder, cache=cache, workers=1)
    return Pack(folder, {found.address: found for file in sorted(folder.rglob("*.html")) for found in [page.read(folder, file)]}, known)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The finished database."""
    frames, path = house.frames(), tmp_path_factory.mktemp("house") / "sightline.duckdb"
    house.build(frames, path)
    return House(path, frames)


@pytest.fixture(scope="session")
def made(finished: House, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """The pack of the finished database."""
    folder = tmp_path_factory.mktemp("made")
    return _written(finished, folder / "pack", folder / "cache")


@pytest.fixture(scope="session")
def simulated(finished: House, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """The pack of the same figures, from the simulated source."""
    folder = tmp_path_factory.mktemp("simulated")
    return _written(finished.of("sample", folder / "sightline.duckdb"), folder / "pack", folder / "cache")
