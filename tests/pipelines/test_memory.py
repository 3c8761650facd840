"""Memory over nights: meta.signal tells the same story as the publications themselves, each of which is kept aside here."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines import verify
from pipelines.prune import prune
from pipelines.run import run_nightly
from sightline.home import Home
from tests.ae_site import COUNTS, csv_of, monthly, months, revised, site
from tests.conftest import MONTHS, new_home

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("history_in_memory")]

#: nights of the mirror, months told from their first release on: new months, a month with none, and revisions
NIGHTS = ("2023-06-10", "2023-12-20", "2024-06-20")
RULES = ("outside_limits", "trend", "two_of_three", "shift")
Shown = Counter[tuple[Any, ...]]


def shown(points: pl.DataFrame, summary: pl.DataFrame) -> Shown:
    """How many stretches each rule shows in each series, counted month by month from the rows of a publication."""
    found: Shown = Counter()
    for keys, series in points.filter("in_window").sort("month").partition_by("measure", "level", "organisation", as_dict=True).items():
        for rule in RULES:
            before: float | None = None
            rows = series.select(f"rule_{rule}", "value", "centre_line").rows()
            for place, (flag, value, centre) in enumerate(rows):
                side = None
                if flag and rule == "trend":
                    on = place + 1 < len(rows) and rows[place + 1][0] and rows[place + 1][1] != value
                    side = rows[place + 1][1] > value if on else value > rows[place - 1][1]
                elif flag:
                    side = value > centre
                if side is not None and side != before:
                    found[*keys, rule, "high" if side else "low"] += 1
                before = side
    for row in summary.filter((pl.col("chart") == "run") & pl.col("runs_signal")).select("measure", "level", "organisation").rows():
        found[*row, "runs", None] += 1
    return found


def told(memory: pl.DataFrame, nights: list[str], run: str) -> Shown:
    """The same as meta.signal tells it of the publication `run`: what was seen in it or before and after it, without a break."""
    at = nights.index(run)
    rows = memory.select("measure", "level", "organisation", "rule", "side", "first_seen_run", "last_seen_run").rows()
    return Counter(row[:5] for row in rows if nights.index(row[5]) <= at <= nights.index(row[6]))


def table(home: Home, name: str) -> pl.DataFrame:
    return pl.read_parquet(home.published / "parquet" / f"{name}.parquet")


def kept_aside(home: Home) -> tuple[str, Shown]:
    return table(home, "meta.run")["run"].item(), shown(table(home, "analysis.spc_point"), table(home, "analysis.spc_summary"))


def same_story(home: Home, aside: dict[str, Shown]) -> None:
    memory, nights = table(home, "meta.signal"), list(aside)
    for run, seen in aside.items():
        assert told(memory, nights, run) == seen, run
    gone = memory.filter(pl.col("gone_run").is_not_null())
    after = dict(pairwise(nights))
    assert all(after[last] == gone_run for last, gone_run in gone.select("last_seen_run", "gone_run").rows())
    assert gone["why"].null_count() == 0
    assert set(memory.filter(pl.col("gone_run").is_null())["last_seen_run"]) <= {nights[-1]}


@pytest.mark.mirror
def test_nights_of_the_mirror_are_remembered_as_they_were_published(shared: Path, tmp_path: Path, charts: Path) -> None:
    home, source, aside = new_home(tmp_path / "home", charts), tmp_path / "site", dict[str, Shown]()
    for day in NIGHTS:
        shutil.rmtree(source, ignore_errors=True)
        export = [sys.executable, str(shared / "nhs-mirror" / "mirror.py"), "export", str(source), "--as-of", day, "--backfill"]
        subprocess.run(export, check=True, capture_output=True, timeout=300)
        if run_nightly(home, str(source)).status != "nothing new":
            run, seen = kept_aside(home)
            aside[run] = seen
    assert len(aside) == len(NIGHTS)
    same_story(home, aside)
    memory = table(home, "meta.signal")
    assert memory.filter(pl.col("why") == "not_known").is_empty()
    assert "code" not in "".join(memory["why"].drop_nulls().unique())


def test_new_months_a_revision_a_declared_phase_and_a_publication_made_anew(tmp_path: Path, charts: Path) -> None:
    home, source = new_home(tmp_path / "home", charts), tmp_path / "site"
    spring, later = MONTHS[-1], months(MONTHS[-1], 2)[1]

    def twelve_hours(code: str) -> dict[str, tuple[int, ...]]:
        """The counts of a month in which many of one organisation wait twelve hours."""
        return {one: (*counts[:13], counts[13] + 500 * (one == code), *counts[14:]) for one, counts in COUNTS.items()}

    files = [*(monthly(month, twelve_hours("RA1") if month == MONTHS[10] else None) for month in MONTHS[:-1]), monthly(spring, twelve_hours("RA2"))]
    aside: dict[str, Shown] = {}

    def night(*, anew: bool = False) -> pl.DataFrame:
        assert run_nightly(home, str(site(source, files)), anew=anew).exit_status == 0
        run, seen = kept_aside(home)
        aside[run] = seen
        same_story(home, aside)
        return table(home, "meta.signal")

    def waits(memory: pl.DataFrame, code: str = "RA2") -> list[tuple[Any, ...]]:
        who = (pl.col("measure") == "ae_dta_12h") & (pl.col("organisation") == code) & (pl.col("rule") == "outside_limits")
        return memory.filter(who).select("first_month", "why").rows()

    assert waits(night()) == [(spring, None)]
    files.append(monthly(later))
    rows = night().height
    assert night(anew=True).height == rows  # nothing is added where nothing has changed
    assert verify.verify(home).good  # it is memory: what is rebuilt is held against everything else
    prune(home)
    files.append(revised(monthly(spring), csv_of(spring)))
    assert waits(night()) == [(spring, "revision")]
    (home.declared / "phases.toml").write_text(
        '[[phase]]\nmeasure = "all"\norganisation = "all"\nfrom = 2023-09-01\nreason = "a new ward"\nsource = "a paper"\n'
        'declared_by = "analyst"\ndeclared_on = 2024-06-01\n'
    )
    assert waits(table(home, "meta.signal"), "RA1") == [(MONTHS[10], None)]
    assert waits(night(), "RA1") == [(MONTHS[10], "declared")]
