"""A run killed at any moment, its process or the whole group, leaves what is published wholly old or wholly new; the next run repairs the rest.

``SIGHTLINE_KILLS`` names how many kills are tried: a few in the suite, hundreds with
``SIGHTLINE_KILLS=200 python -m pytest -n 0 -s -m long tests/pipelines/test_kills.py``.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest

from sightline.home import HALF_MADE, Home
from tests.ae_site import monthly, months, site
from tests.conftest import new_home
from tests.pipelines.killed import Run

pytestmark = pytest.mark.long

KILLS = int(os.environ.get("SIGHTLINE_KILLS") or 4)
SEED = 20250601
ROOT = Path(__file__).parents[2]
FOUR = months(date(2024, 1, 1), 4)


@dataclass(frozen=True)
class House:
    """A home with three months published, and the site to which the fourth has come."""

    home: Home
    after: Path


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, charts: Path) -> House:
    folder = tmp_path_factory.mktemp("kills")
    files = [monthly(month) for month in FOUR]
    home = new_home(folder / "home", charts)
    finished(Run(home, site(folder / "before", files[:3])))
    return House(home, site(folder / "after", files))


def copied(home: Home, to: Path) -> Path:
    shutil.copytree(home.root, to, symlinks=True)
    return to


def finished(run: Run) -> float:
    """A run that ends well; returns its seconds."""
    begun = time.monotonic()
    code, said = run.end()
    assert code == 0, said
    return time.monotonic() - begun


def whole(home: Home) -> list[date]:
    """The months of what is published, which is complete in every part; none where nothing is published."""
    if not home.published.is_symlink():
        assert not home.published.exists()
        return []
    folder = home.published.resolve(strict=True)
    facts = json.loads((folder / "run.json").read_text())
    assert facts["run"] == folder.name
    with duckdb.connect(str(folder / "sightline.duckdb"), read_only=True) as connection:
        found = [row[0] for row in connection.sql("select distinct month from core.ae_provider_month order by month").fetchall()]
        tables = {f"{schema}.{name}" for schema, name in connection.sql("select table_schema, table_name from information_schema.tables").fetchall()}
        places = connection.sql("select count(*) from reference.organisation where level = 'provider'").fetchall()[0][0]
    assert facts["months"] == len(found)
    assert {path.stem for path in (folder / "parquet").iterdir()} == tables
    pages = list((folder / "pack").rglob("*.html"))
    assert len(pages) > places
    assert [page for page in pages if not page.read_text("utf-8").rstrip().endswith("</html>")] == []
    return found


def half_made(home: Home) -> list[Path]:
    return [path for pattern in HALF_MADE for path in home.root.glob(pattern)]


def test_a_kill_at_any_moment_leaves_the_old_or_the_new_and_the_next_run_repairs_the_rest(house: House, tmp_path: Path) -> None:
    draw = random.Random(SEED)  # noqa: S311
    pages, ends = set(), Counter[str]()
    seconds = finished(Run(Home(copied(house.home, tmp_path / "whole")), house.after))
    for number in range(KILLS):
        home = Home(copied(house.home, tmp_path / str(number)))
        if number >= 4 and number % 4 == 0:  # a cache of its own: this run draws
            (home.tidy / "charts").unlink()
        moment, group = (number + draw.random()) / KILLS * seconds, number % 2 == 1
        run = Run(home, house.after)
        inside = run.alive(moment)
        run.kill(group=group)
        found = whole(home)
        assert found in (FOUR[:3], FOUR), (moment, group)
        ends[f"{'in' if inside else 'after'} the run, the {'new' if found == FOUR else 'old'} stands"] += 1
        with home.lock("free again"):
            pass
        took = finished(Run(home, house.after))
        assert whole(home) == FOUR, (moment, group)
        assert half_made(home) == [], (moment, group)
        assert len(list(home.publications.iterdir())) <= 3
        assert under_way(home) == []
        assert gone(run.pid), (moment, group)
        pages.add(len(list((home.published / "pack").rglob("*.html"))))
        seconds = took if found != FOUR else seconds
        shutil.rmtree(home.root)
    assert len(pages) == 1, pages
    assert any(end.startswith("in") for end in ends)
    print(f"{KILLS} kills, runs of about {seconds:.1f} s: {dict(ends)}")  # noqa: T201


def gone(group: int) -> bool:
    """True when no process of a killed run is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    os.killpg(group, signal.SIGKILL)
    return False


def under_way(home: Home) -> list[str]:
    """Runs that Dagster believes to be under way."""
    import dagster as dg

    from pipelines.job import open_instance

    with open_instance(home) as instance:
        alive = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING])
        return [run.run_id for run in instance.get_runs(alive)]


def test_a_second_run_beside_a_live_one_is_told_who_holds_the_home(house: House, tmp_path: Path) -> None:
    home = Home(copied(house.home, tmp_path / "home"))
    first = Run(home, house.after)
    while f"process {first.pid}," not in (home.root / "lock").read_text():
        assert first.alive(0.01)
    code, said = Run(home, house.after).end()
    assert code == 3
    assert f"process {first.pid}, since 20" in said
    assert first.end()[0] == 0
    assert whole(home) == FOUR


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a file system of so many bytes, or with such options; only root may."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(options: str) -> Path:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
        return place

    yield mount
    if place.is_mount():
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("free_kib", [64, 3000])
def test_a_full_disk_is_said_in_one_line_and_the_last_publication_stays(house: House, small_disk: Callable[[str], Path], free_kib: int) -> None:
    disk = small_disk("size=1g")
    home = Home(copied(house.home, disk / "home"))
    stands = home.published.resolve()
    used = shutil.disk_usage(disk).used
    subprocess.run(["mount", "-o", f"remount,size={used // 1024 + free_kib}k", str(disk)], check=True)
    code, said = Run(home, house.after).end()
    assert code == 3
    assert "the disk is full" in said
    assert len(said.splitlines()) == 2  # the status, and the line
    assert home.published.resolve() == stands
    assert whole(home) == FOUR[:3]
    subprocess.run(["mount", "-o", "remount,size=1g", str(disk)], check=True)
    finished(Run(home, house.after))
    assert whole(home) == FOUR
    assert half_made(home) == []


def test_a_read_only_home_is_said_in_one_line(house: House, small_disk: Callable[[str], Path]) -> None:
    disk = small_disk("size=1g")
    home = Home(copied(house.home, disk / "home"))
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    command = "import sys; from pipelines.cli import entry; sys.exit(entry())"
    done = subprocess.run(
        [sys.executable, "-c", command, "run", "--quiet", "--home", str(home.root), "--source", str(house.after)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert "read-only" in done.stderr
    assert whole(home) == FOUR[:3]
