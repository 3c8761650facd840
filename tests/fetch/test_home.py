"""The home: where things lie, who may use it."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sightline.errors import BadInput, HomeInUse
from sightline.home import HOME_VERSION, MIGRATIONS, Home, fault_of_disk


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


def test_a_process_that_holds_the_home_is_named_to_another_process(tmp_path: Path) -> None:
    asking = """
import sys
from sightline.home import Home
try:
    with Home.find(sys.argv[1]).lock("b"):
        pass
except ValueError as error:
    print(error)
"""
    with Home(tmp_path).lock("a"):
        told = subprocess.run([sys.executable, "-c", asking, str(tmp_path)], capture_output=True, text=True)
    assert f"process {os.getpid()}, since 20" in told.stdout


LEFT = (
    ".published.4711",
    "home.toml.new",
    "archive/ab/cd/.new-x1y2",
    "stage/core/.x.parquet.4711",
    "tidy/ae/.abc.parquet.4711",
    "tidy/charts/0a1b.4711",
    "publications/.old-20250101T000000Z-a/run.json",
    "logs/.told.4711",
)
KEPT = (
    "archive/ab/cd/abcd",
    "archive/ledger.sqlite",
    "declared/phases.toml",
    "stage/core/x.parquet",
    "stage/publication/run.json",
    "tidy/ae/abc.parquet",
    "tidy/charts/0a1b.svg",
    "publications/20250102T000000Z-b/run.json",
    "logs/told.json",
)


def put(home: Home, names: tuple[str, ...]) -> None:
    for name in names:
        (home.root / name).parent.mkdir(parents=True, exist_ok=True)
        (home.root / name).write_text("x")


def there(home: Home, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if (home.root / name).exists()]


def test_who_takes_the_home_clears_away_what_killed_processes_left_and_nothing_else(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    put(home, LEFT + KEPT)
    with home.lock("a"):
        assert there(home, LEFT) == []
        put(home, LEFT)
        with home.lock("a"):  # a second process of the same run: the first may be writing
            assert there(home, LEFT) == list(LEFT)
    assert there(home, KEPT) == list(KEPT)


def test_one_who_is_refused_the_home_clears_nothing_away(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    with home.lock("a"):
        put(home, LEFT)
        with pytest.raises(HomeInUse), home.lock("b"):
            pass
        assert there(home, LEFT) == list(LEFT)


def test_a_home_of_version_1_keeps_all_but_what_can_be_made_again(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    put(home, KEPT)
    (tmp_path / "home.toml").write_text('version = 1\nkind = "real"\n')
    with home.lock("a"):
        pass
    assert there(home, KEPT) == [name for name in KEPT if name.split("/")[0] not in ("tidy", "stage")]
    assert tomllib.loads((tmp_path / "home.toml").read_text()) == {"version": 2, "kind": "real"}


def test_a_migration_that_was_killed_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path).create()
    (tmp_path / "home.toml").write_text("version = 1\n")
    put(home, KEPT)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("sightline.home.os.fsync", interrupted)
        with home.lock("a"):
            pass
    assert tomllib.loads((tmp_path / "home.toml").read_text())["version"] == 1
    with home.lock("b"):
        pass
    assert tomllib.loads((tmp_path / "home.toml").read_text())["version"] == 2
    assert there(home, ("home.toml.new", "tidy/ae/abc.parquet")) == []


def interrupted(_handle: int) -> None:
    raise KeyboardInterrupt


def test_every_older_version_has_its_migration() -> None:
    assert sorted(MIGRATIONS) == list(range(1, HOME_VERSION))


def test_opening_an_older_home_to_read_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "home.toml").write_text("version = 1\n")
    put(Home(tmp_path), KEPT)
    Home(tmp_path).create()
    assert there(Home(tmp_path), KEPT) == list(KEPT)


@pytest.mark.parametrize("facts", ["", "version = 0\n", 'version = "two"\n', 'kind = "real"\n'])
def test_a_home_toml_without_a_version_is_bad_input(tmp_path: Path, facts: str) -> None:
    (tmp_path / "home.toml").write_text(facts)
    with pytest.raises(BadInput, match="without a version"):
        Home(tmp_path).create()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "x.parquet"), "the disk is full"),
        (OSError(errno.EROFS, os.strerror(errno.EROFS), "x.parquet"), "the disk is read-only"),
        (OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)), "the disk quota is used up"),
        (sqlite3.OperationalError("database or disk is full"), "the disk is full"),
    ],
)
def test_faults_of_the_disk_are_said_in_one_plain_line(error: Exception, words: str) -> None:
    said = fault_of_disk(str(error))
    assert said is not None
    assert said.startswith(words)
    assert "\n" not in said


def test_other_faults_are_none_of_the_disk() -> None:
    assert fault_of_disk("division by zero") is None
