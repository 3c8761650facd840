"""Publication: whole or not at all, and never under the feet of a reader."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from sightline import publish
from sightline.home import Home
from sightline.tables import Column, Table

TABLE = Table("core", "x", "People's numbers.", ("number",), (Column("number", "a 'number'", "people"),), None)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def built(home: Home, number: int) -> Path:
    """A finished folder with one table."""
    folder = home.stage / "publication"
    folder.mkdir(parents=True, exist_ok=True)
    parquet = home.stage / "x.parquet"
    pl.DataFrame({"number": [number]}).write_parquet(parquet)
    publish.build_database(folder / "sightline.duckdb", {"core.x": (TABLE, parquet)})
    publish.copy_parquet(folder / "parquet", {"core.x": (TABLE, parquet)})
    return folder


def number_in(home: Home) -> int:
    with duckdb.connect(str(home.published.resolve() / "sightline.duckdb"), read_only=True) as connection:
        return int(connection.sql("select number from core.x").fetchall()[0][0])


def test_a_swap_replaces_the_whole_and_a_reader_keeps_what_it_holds(home: Home) -> None:
    publish.swap(home, built(home, 1), "20250101T000000Z-a", {"state": "one"})
    with duckdb.connect(str(home.published.resolve() / "sightline.duckdb"), read_only=True) as reader:
        publish.swap(home, built(home, 2), "20250102T000000Z-b", {"state": "two"})
        assert reader.sql("select number from core.x").fetchall() == [(1,)]
    assert number_in(home) == 2
    assert publish.published_state(home) == "two"
    assert home.published.is_symlink()
    assert not home.published.readlink().is_absolute()


def test_the_last_three_publications_are_kept(home: Home) -> None:
    for day in range(1, 6):
        publish.swap(home, built(home, day), f"2025010{day}T000000Z-x", {"state": str(day)})
    assert sorted(folder.name[:8] for folder in home.publications.iterdir()) == ["20250103", "20250104", "20250105"]
    assert number_in(home) == 5


def test_a_database_is_readable_by_older_duckdb_and_carries_its_comments(home: Home) -> None:
    folder = built(home, 1)
    with duckdb.connect(str(folder / "sightline.duckdb"), read_only=True) as connection:
        assert connection.sql("select comment from duckdb_columns() where column_name = 'number'").fetchall() == [("a 'number' [people]",)]
        assert connection.sql("select comment from duckdb_tables()").fetchall() == [("People's numbers. One row: number.",)]
    # bytes 12 to 20 hold the storage version; 64 is the one that DuckDB 1.1 and every later version open
    assert int.from_bytes((folder / "sightline.duckdb").read_bytes()[12:20], "little") == 64


def test_the_state_changes_with_what_people_declare_and_with_nothing_else(home: Home) -> None:
    before = publish.state(home, ["archive"])
    assert publish.state(home, ["archive"]) == before
    (home.declared / "phases.toml").write_text("x")
    declared = publish.state(home, ["archive"])
    assert declared != before
    assert publish.state(home, ["another archive"]) != declared


def test_run_facts_that_cannot_be_read_count_as_none(home: Home) -> None:
    assert publish.published_run(home) is None
    publish.swap(home, built(home, 1), "20250101T000000Z-a", {"state": "one"})
    (home.published / "run.json").write_text("{")
    assert publish.published_run(home) is None


def test_everything_is_on_the_disk_before_its_name_is(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    sync, replace = publish.sync, Path.replace

    def noted_sync(path: Path) -> None:
        happened.append(f"sync {path.name}")
        sync(path)

    def noted_replace(path: Path, target: Path) -> Path:
        happened.append(f"name {target.name}")
        return replace(path, target)

    monkeypatch.setattr(publish, "sync", noted_sync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    publish.swap(home, built(home, 1), "20250101T000000Z-a", {"state": "one"})
    named = happened.index("name 20250101T000000Z-a")
    before = {"sync sightline.duckdb", "sync run.json", "sync core.x.parquet", "sync parquet", "sync publication"}
    assert before == set(happened[happened.index("name x.parquet") + 1 if "name x.parquet" in happened else 0 : named])
    assert happened[named:] == ["name 20250101T000000Z-a", "sync publications", "name published", f"sync {home.root.name}"]


def test_an_old_publication_is_never_found_half_removed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(1, 4):
        publish.swap(home, built(home, day), f"2025010{day}T000000Z-x", {"state": str(day)})
    monkeypatch.setattr("sightline.publish.shutil.rmtree", lambda *_, **__: None)  # killed before the first file was gone
    publish.swap(home, built(home, 4), "20250104T000000Z-x", {"state": "4"})
    assert sorted(folder.name for folder in home.publications.iterdir() if not folder.name.startswith(".")) == [
        f"2025010{day}T000000Z-x" for day in (2, 3, 4)
    ]
    monkeypatch.undo()
    home.sweep()
    assert len(list(home.publications.iterdir())) == 3
