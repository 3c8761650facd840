"""What ``sightline export`` promises: plain files, whole or not at all, and the same ZIP for the same pack."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from pipelines import export
from sightline.errors import BadInput
from sightline.home import Home
from tests.pipelines.published import published


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return published(tmp_path / "home")


@pytest.mark.parametrize("there", [False, True])
def test_what_is_published_is_copied_as_plain_files_with_the_pack_as_a_zip(there: bool, home: Home, tmp_path: Path) -> None:
    place = tmp_path / "deep" / "out"
    if there:
        place.mkdir(parents=True)
    export.export(home, place)
    assert {entry.name for entry in place.iterdir()} == {"sightline.duckdb", "run.json", "parquet", "pack", "pack.zip"}
    assert not any(path.is_symlink() for path in place.rglob("*"))
    with zipfile.ZipFile(place / "pack.zip") as packed:
        assert packed.read("pack/index.html") == (place / "pack" / "index.html").read_bytes()
    assert [entry.name for entry in place.parent.iterdir()] == ["out"]


def test_the_same_pack_gives_the_same_zip_at_any_time(home: Home, tmp_path: Path) -> None:
    first = export.export(home, tmp_path / "first")
    os.utime(home.published / "pack" / "index.html", (1, 1))
    second = export.export(home, tmp_path / "second")
    assert (first / "pack.zip").read_bytes() == (second / "pack.zip").read_bytes()


def test_a_folder_with_something_in_it_is_refused_and_left_alone(home: Home, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("x")
    with pytest.raises(BadInput, match="a folder with something in it"):
        export.export(home, tmp_path / "out")
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == ["mine"]


def test_a_file_is_refused_and_left_alone(home: Home, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(BadInput, match="saw a file"):
        export.export(home, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_place_below_a_file_is_refused(home: Home, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(BadInput, match="a place that can be written to"):
        export.export(home, tmp_path / "file" / "out")


def test_a_place_within_the_home_is_refused(home: Home) -> None:
    with pytest.raises(BadInput, match="outside the home"):
        export.export(home, home.published / "out")
    assert not (home.published / "out").exists()


def test_an_export_that_is_cut_off_leaves_nothing(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export, "zip_folder", full)
    with pytest.raises(BadInput, match="No space left"):
        export.export(home, tmp_path / "out")
    assert [entry.name for entry in tmp_path.iterdir()] == ["home"]


def test_nothing_published_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="sightline run"):
        export.export(Home(tmp_path / "home").create(), tmp_path / "out")
