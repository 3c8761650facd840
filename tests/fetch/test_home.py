"""The home: where things lie, who may use it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sightline.errors import BadInput, HomeInUse
from sightline.home import Home


def test_the_home_is_the_path_named_else_the_environment_else_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIGHTLINE_HOME", "from-environment")
    assert Home.find("named").root == tmp_path / "named"
    assert Home.find().root == tmp_path / "from-environment"
    monkeypatch.delenv("SIGHTLINE_HOME")
    assert Home.find().root == tmp_path / "sightline-home"


def test_create_makes_every_folder_and_may_be_repeated(tmp_path: Path) -> None:
    home = Home(tmp_path / "deep" / "home").create().create()
    folders = {"archive", "declared", "tidy", "stage", "quarantine", "logs", "dagster", "publications"}
    assert {path.name for path in home.root.iterdir()} == folders | {"home.toml"}
    assert not home.published.exists()


def test_a_file_in_the_place_of_the_home_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(BadInput, match="a file in its place"):
        Home(tmp_path / "home").create()
    with pytest.raises(BadInput, match="a file in its place"):
        Home(tmp_path / "home" / "below").create()


def test_a_read_only_home_is_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sightline.home.os.access", lambda path, mode: False)  # root may write anywhere, so it is told not to
    with pytest.raises(BadInput, match="read-only"):
        Home(tmp_path).create()


def test_a_home_made_by_a_newer_sightline_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home.toml").write_text("version = 99\n")
    with pytest.raises(BadInput, match="newer sightline"):
        Home(tmp_path).create()


def test_an_unreadable_home_toml_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "home.toml").write_bytes(b"\xff\x00 = ")
    with pytest.raises(BadInput, match="cannot be read"):
        Home(tmp_path).create()


def test_a_home_holds_real_or_simulated_data_never_both(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    assert home.kind is None
    home.claim("real")
    home.claim("real")
    assert Home(tmp_path).kind == "real"
    with pytest.raises(BadInput, match="holds real data"):
        home.claim("simulated")


def test_a_second_run_is_told_who_holds_the_home(tmp_path: Path) -> None:
    with Home(tmp_path).lock("a"), pytest.raises(HomeInUse, match=r"process \d+, since 20\d\d-"), Home(tmp_path).lock("b"):
        pass
    with Home(tmp_path).lock("b"):
        pass  # free again


def test_processes_of_one_run_share_the_home(tmp_path: Path) -> None:
    with Home(tmp_path).lock("a"), Home(tmp_path).lock("a"):
        pass


def test_the_lock_dies_with_its_process(tmp_path: Path) -> None:
    holding = (
        "import sys, time; from sightline.home import Home\nwith Home.find(sys.argv[1]).lock(\"a\"):\n  print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", holding, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "held\n"
        with pytest.raises(HomeInUse, match=f"process {run.pid}"), Home(tmp_path).lock("b"):
            pass
        run.kill()
    with Home(tmp_path).lock("b"):
        pass
