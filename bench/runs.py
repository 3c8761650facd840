"""Whole runs of the command: cold, with one new month, with nothing new; seconds, memory, and the steps that take longest."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.clock import table
from sightline import snapshot
from sightline.home import Home

SNAPSHOT = "snapshot"
RUN = "import sys; from pipelines.cli import entry; sys.exit(entry())"
NEWEST = r'<a [^>]*href="[^"]*June-2025[^"]*"[^>]*>.*?</a>'
STEPS_SHOWN = 5
COLD, NEW, QUIET = "cold: all months, empty home", "one new month", "nothing new"


@dataclass(frozen=True)
class Run:
    """One run: seconds, the most memory that one of its processes held (MB), and its longest steps."""

    seconds: float
    peak_mb: float
    steps: str


def rows(repeats: int) -> Iterator[str]:
    """The table."""
    with tempfile.TemporaryDirectory() as folder:
        before, after = sites(Path(folder))
        rounds = [one_round(Home(Path(folder) / f"home{number}"), before, after) for number in range(repeats)]
    best = {name: min((one[name] for one in rounds), key=lambda one: one.seconds) for name in rounds[0]}
    seconds = {name: one.seconds for name, one in best.items()}
    yield from table("runs of the snapshot's months", seconds, COLD, lambda name: f"{best[name].peak_mb:7.0f} MB at most   {best[name].steps}")


def sites(folder: Path) -> tuple[Path, Path]:
    """The snapshot as a folder without its newest month, and whole."""
    before, after = folder / "before", folder / "after"
    with zipfile.ZipFile(snapshot.path()) as archive:
        archive.extractall(after)
    shutil.copytree(after, before)
    pages = list(before.rglob("index.html"))
    changed = [page for page in pages if re.search(NEWEST, page.read_text("utf-8"), re.DOTALL)]
    if not changed:
        raise SystemExit("no page of the snapshot names June 2025: mend NEWEST in bench/runs.py")
    for page in changed:
        page.write_text(re.sub(NEWEST, "", page.read_text("utf-8"), flags=re.DOTALL), "utf-8")
    return before, after


def one_round(home: Home, before: Path, after: Path) -> dict[str, Run]:
    """Three nights of one home."""
    return {name: run(home, str(site)) for name, site in ((COLD, before), (NEW, after), (QUIET, after))}


def run(home: Home, source: str) -> Run:
    """One run in a process of its own."""
    known = run_ids(home)
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", RUN, "run", "--quiet", "--source", source, "--home", str(home.root)])  # noqa: S603
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"a run ended with {process.returncode}")
    return Run(took, usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3), longest(home, run_ids(home) - known))


def run_ids(home: Home) -> set[str]:
    """The runs that Dagster knows."""
    return {path.stem for path in (home.dagster / "history" / "runs").glob("*-*.db")}


def longest(home: Home, run_ids: set[str]) -> str:
    """The steps of a run that took longest; empty where Dagster was not needed."""
    from pipelines.job import open_instance  # noqa: PLC0415

    if not run_ids:
        return ""
    with open_instance(home) as instance:
        stats = [one for run in run_ids for one in instance.get_run_step_stats(run) if one.start_time and one.end_time]
    took = sorted(((one.end_time - one.start_time, one.step_key) for one in stats), reverse=True)  # type: ignore[operator]
    return ", ".join(f"{name} {seconds:.1f} s" for seconds, name in took[:STEPS_SHOWN])
