"""What ``sightline prune`` promises: it removes what is used no more, and never an original nor anything that was declared."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from pipelines import prune
from pipelines.job import open_instance
from sightline.errors import BadInput
from sightline.fetch import Archive, Crawl, Download, Ledger, Link, Page
from sightline.home import Home
from tests.pipelines.published import published


def put(path: Path, *, age: int = 0, size: int = 10) -> Path:
    """A file that was written ``age`` seconds before the others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    os.utime(path, (1_000_000 - age, 1_000_000 - age))
    return path


@pytest.fixture
def original(tmp_path: Path) -> str:
    """The SHA-256 of the one original that the ledger of the home names."""
    home = published(tmp_path / "home")
    sha256, now, month = Archive(home.archive).add(b"an original"), datetime(2025, 6, 12, tzinfo=UTC), date(2025, 5, 1)
    link = Link("ae", "https://x/", "https://x/a.csv", "May 2025", "csv", month, None, "first", None, wanted=True)
    ledger = Ledger(home.ledger)
    ledger.enter(Crawl("ae", (Page("ae", "https://x/", "A&E", 1),), (link,)), now=now)
    ledger.take(link, Download(link.url, sha256, 11), source="x", now=now)
    return sha256


@pytest.fixture
def home(tmp_path: Path, original: str) -> Home:
    return Home(tmp_path / "home")


#: what lies in a home -> whether it goes
LIES: dict[str, tuple[Callable[[Home, str], Path], bool]] = {
    "the table of the code in use": (lambda home, sha256: put(home.tidy / "ae" / f"{sha256}-aaaaaaaaaaaa.parquet"), False),
    "a chart on a page": (lambda home, _: put(home.tidy / "charts" / f"0123456789{'0' * 30}.svg"), False),
    "a chart on no page": (lambda home, _: put(home.tidy / "charts" / f"9999999999{'0' * 30}.svg"), True),
    "a table of a content nobody names": (lambda home, _: put(home.tidy / "ae" / f"{'b' * 64}-aaaaaaaaaaaa.parquet"), True),
    "a file of another form": (lambda home, _: put(home.tidy / "ae" / "mine.parquet"), False),
    "half a table": (lambda home, _: put(home.tidy / "ae" / ".x.parquet.123"), True),
    "half a table of the stage": (lambda home, _: put(home.stage / "core" / ".x.parquet.123"), True),
    "a table of the stage": (lambda home, _: put(home.stage / "core" / "x.parquet"), False),
    "half a swap": (lambda home, _: put(home.root / ".published.123"), True),
    "half an original": (lambda home, _: put(home.archive / "ab" / "cd" / ".new-x"), True),
    "an original nobody names": (lambda home, _: put(home.archive / "ab" / "cd" / ("abcd" + "0" * 60)), False),
    "a declared file": (lambda home, _: put(home.declared / "accepted.toml"), False),
    "a declared file of an odd name": (lambda home, _: put(home.declared / ".x.parquet.1"), False),
}  # fmt: skip


@pytest.mark.parametrize("what", LIES)
@pytest.mark.parametrize("dry_run", [False, True])
def test_what_is_used_no_more_goes_and_all_else_stays(what: str, dry_run: bool, home: Home, original: str) -> None:
    place, goes = LIES[what]
    path = place(home, original)
    found = prune.prune(home, dry_run=dry_run)
    assert [(one.path, one.bytes) for one in found] == ([(path, 10)] if goes else [])
    assert path.exists() == (dry_run or not goes)


def test_of_one_content_the_table_written_last_stays(home: Home, original: str) -> None:
    old, new, older = (put(home.tidy / "ae" / f"{original}-{digit * 12}.parquet", age=age) for digit, age in (("a", 5), ("b", 0), ("c", 9)))
    prune.prune(home)
    assert (old.exists(), new.exists(), older.exists()) == (False, True, False)


def test_three_publications_stay_and_the_published_one_whatever_its_age(home: Home) -> None:
    for day in range(13, 18):
        put(home.publications / f"202506{day}T031500Z-1a2b3c4d" / "run.json", size=7)
    found = prune.prune(home)
    assert sorted(folder.name[:8] for folder in home.publications.iterdir()) == ["20250612", "20250616", "20250617"]
    assert [one.bytes for one in found] == [7, 7, 7]


def test_charts_that_homes_share_are_left_alone(home: Home, tmp_path: Path) -> None:
    chart = put(tmp_path / "charts" / f"9999999999{'0' * 30}.svg")
    (home.tidy / "charts").symlink_to(chart.parent)
    assert prune.prune(home) == []
    assert chart.exists()


def test_charts_stay_where_nothing_is_published(home: Home) -> None:
    home.published.unlink()
    chart = put(home.tidy / "charts" / f"9999999999{'0' * 30}.svg")
    prune.prune(home)
    assert chart.exists()


def test_what_goes_is_said_with_its_bytes(home: Home) -> None:
    put(home.tidy / "charts" / f"9999999999{'0' * 30}.svg", size=2000)
    text = "\n".join(prune.lines(prune.prune(home, dry_run=True), home, dry_run=True))
    assert "a chart that is on no published page: 1, 2,000 bytes (tidy/charts/9999999999" in text
    assert "would remove: 1 files and folders, 2,000 bytes" in text
    assert list(prune.lines([], home, dry_run=False)) == ["nothing to remove"]


def test_a_folder_that_is_no_home_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = put(tmp_path / "other" / ".published.1")
    with pytest.raises(BadInput, match="expected a home"):
        prune.prune(Home(tmp_path / "other"))
    assert path.exists()


def test_a_home_that_a_run_holds_is_left_alone(home: Home) -> None:
    chart = put(home.tidy / "charts" / f"9999999999{'0' * 30}.svg")
    with home.lock("a run"), pytest.raises(BadInput, match="no other run"):
        prune.prune(home)
    assert chart.exists()


@pytest.mark.long
def test_dagster_forgets_the_runs_before_the_last_ones(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "KEPT_RUNS", 2)
    monkeypatch.setattr("pipelines.job.open_instance", open_instance)  # other tests keep history in memory
    job = dg.GraphDefinition("nightly", node_defs=[dg.op(name="holds")(lambda: None)]).to_job()
    with open_instance(home) as instance:
        runs = [job.execute_in_process(instance=instance).run_id for _ in range(4)]
    found = [one.path.stem for one in prune.prune(home) if "Dagster" in one.why]
    assert sorted(found) == sorted(runs[:2])
    with open_instance(home) as instance:
        assert sorted(instance.get_run_ids()) == sorted(runs[2:])
        assert all(instance.all_logs(run) for run in runs[2:])
    assert not any((prune.history(home) / f"{run}.db").exists() for run in runs[:2])
    assert prune.prune(home) == []
