"""What meta.signal promises: every signal that a publication showed stands there once, with when it was seen and why it went away."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import polars as pl
import pytest

from sightline import spc
from sightline.signals import SIGNAL, Publication, remembered
from sightline.spc.declarations import ENTRY
from tests.ae_site import months

MONTHS = months(date(2022, 1, 1), 60)
QUIET = [10.0, 12.0, 11.0, 13.0, 10.0, 11.0, 12.0, 10.0, 13.0, 11.0] * 6
PLACE = ("m", "provider", "RA1")
DEFINITIONS = pl.DataFrame({"measure": ["m"], "dataset": ["ae"], "better": ["down"], "window_months": [24], "chart": ["xmr"], "scale": [1.0]})
TARGETS = pl.DataFrame(schema={"measure": pl.String, "valid_from": pl.Date, "valid_to": pl.Date, "target_value": pl.Float64, "direction": pl.String,
                               "status": pl.String})  # fmt: skip
PHASES = pl.DataFrame(schema=ENTRY)


@cache
def publication(night: int, figures: tuple[float, ...], files: tuple[str, ...] = (), declared: tuple[date, ...] = (), code: str = "a") -> Publication:
    """A publication of one series from the first month on; ``files`` names those of the months that are not the first release."""
    keys = dict(zip(("measure", "level", "organisation"), PLACE, strict=True))
    rows = [
        {**keys, "month": month, "numerator": figure, "denominator": None, "value": figure, "release": "first"}
        for month, figure in zip(MONTHS, figures, strict=False)
    ]
    values = pl.DataFrame(rows, schema_overrides={"denominator": pl.Float64})
    entries: list[dict[str, Any]] = [
        {"kind": "phase", "measure": "m", "level": "all", "organisation": "all", "month_from": month, "reason": "a new ward", "origin": "home"}
        for month in declared
    ]
    phases = pl.DataFrame(entries, schema=ENTRY) if entries else PHASES
    found = spc.of_series(values, phases)
    starts = found.filter(pl.col("kind") == "phase").rename({"month_from": "month"})
    points, summary = spc.series_analysis(values, DEFINITIONS, TARGETS, starts, found)
    read = {**{month: f"{month}" for month in MONTHS[: len(figures)]}, **{date.fromisoformat(one[:10]): one for one in files}}
    listed = pl.DataFrame([{"dataset": "ae", "month": month, "sha256": sha256, "state": "current"} for month, sha256 in read.items()])
    return Publication(f"run {night}", datetime(2026, 1, night, 3, 15, tzinfo=UTC), code, points, summary, DEFINITIONS, phases, listed)


def after(*nights: Publication) -> pl.DataFrame:
    """meta.signal after these publications."""
    memory, before = None, None
    for night in nights:
        memory = remembered(memory, before, night)
        before = night
    assert memory is not None
    assert memory.schema == SIGNAL
    return memory


def jump(at: int, length: int) -> tuple[float, ...]:
    """Quiet months with one far above the limit."""
    return (*QUIET[:at], 40.0, *QUIET[at + 1 : length])


def told(memory: pl.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return memory.filter(rule="outside_limits").select(columns).rows()


SHOWN = publication(1, jump(19, 20))


def test_a_signal_stands_with_its_rule_side_judgement_and_months() -> None:
    row = after(SHOWN).filter(rule="outside_limits").row(0, named=True)
    assert (row["side"], row["judgement"], row["chart"], row["months"]) == ("high", "concern", "xmr", 1)
    assert {row[name] for name in ("first_month", "last_month", "latest_month", "icon_first", "icon_last")} == {MONTHS[19]}
    assert (row["first_seen_run"], row["last_seen_run"], row["gone_run"]) == ("run 1", "run 1", None)
    assert row["first_seen"] == datetime(2026, 1, 1, 3, 15, tzinfo=UTC)


def test_a_publication_made_anew_without_change_adds_nothing_and_is_seen() -> None:
    once, twice = after(SHOWN), after(SHOWN, replace(SHOWN, run="run 2"))
    seen = ("last_seen_run", "last_seen")
    assert twice.drop(seen).equals(once.drop(seen))
    assert set(twice["last_seen_run"]) == {"run 2"}


def test_a_signal_that_stays_with_new_months_is_the_same_signal_and_the_icon_goes_on() -> None:
    assert told(after(SHOWN, publication(2, jump(19, 21))), "first_seen_run", "last_seen_run", "gone_run", "latest_month", "icon_last") == [
        ("run 1", "run 2", None, MONTHS[20], MONTHS[19])
    ]


REVISED = (f"{MONTHS[19]} revised",)
CASES = {
    "revision": (publication(2, tuple(QUIET[:20]), REVISED), "revision", "revised: August 2023"),
    # thirteen months are needed for limits: the phase leaves ten
    "a declared phase": (publication(2, jump(19, 20), (), (MONTHS[10],)), "declared", "declared: a new ward; no limits any more: "),
    "code reads otherwise": (publication(2, tuple(QUIET[:20]), (), (), "b"), "code", "read otherwise from the same file: August 2023"),
    "a revision and new data": (publication(2, tuple(QUIET[:21]), REVISED), "revision, new_data", "revised: August 2023; new: September 2023"),
    "no figure any more": (publication(2, tuple(QUIET[:19])), "revision", "revised: August 2023"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_signal_that_goes_away_says_when_and_why(case: str) -> None:
    later, why, detail = CASES[case]
    (row,) = told(after(SHOWN, later), "first_seen_run", "last_seen_run", "gone_run", "gone", "why", "detail")
    assert row[:4] == ("run 1", "run 1", "run 2", later.finished)
    assert row[4] == why
    assert row[5].startswith(detail)


def test_new_months_that_widen_the_limits_take_a_signal_away() -> None:
    figures = (*QUIET[:19], 18.0)
    wide = publication(2, (*figures, 7.0, 15.0, 7.0, 16.0))
    assert told(after(publication(1, figures), wide), "why", "detail") == [
        ("new_data", "new: September 2023, October 2023, November 2023, December 2023")
    ]


def test_changed_code_alone_is_named_where_nothing_else_changed() -> None:
    silent = replace(SHOWN, run="run 2", code="b", points=SHOWN.points.with_columns(rule_outside_limits=pl.lit(value=False)))
    assert told(after(SHOWN, silent), "why") == [("code",)]


def test_without_any_change_the_reason_is_not_known() -> None:
    silent = replace(SHOWN, run="run 2", points=SHOWN.points.with_columns(rule_outside_limits=pl.lit(value=False)))
    assert told(after(SHOWN, silent), "why") == [("not_known",)]


def test_a_signal_older_than_the_window_has_left_it_and_was_not_withdrawn() -> None:
    assert told(after(SHOWN, publication(2, jump(19, 48))), "why", "gone_run") == [("left_window", "run 2")]


def test_a_signal_that_comes_back_is_a_new_row_and_the_old_one_stays_closed() -> None:
    quiet, back = publication(2, tuple(QUIET[:20]), (f"{MONTHS[19]} revised",)), replace(SHOWN, run="run 3")
    assert sorted(told(after(SHOWN, quiet, back), "first_seen_run", "gone_run"), key=str) == [("run 1", "run 2"), ("run 3", None)]


def test_a_run_that_grows_is_one_signal_and_two_that_meet_are_joined() -> None:
    def ran(gap: float) -> Publication:
        figures = (*QUIET[:14], *[16.0] * 7, gap, *[16.0] * 7)
        return publication(1 if gap < 16 else 2, figures, () if gap < 16 else (f"{MONTHS[21]} revised",))

    apart, together = ran(5.0), ran(16.0)
    once = after(apart).filter(rule="shift", side="high")
    assert once["months"].to_list() == [7, 7]
    rows = after(apart, together).filter(rule="shift", side="high").select("first_month", "last_month", "months", "gone_run", "why").rows()
    assert sorted(rows, key=str) == sorted([(MONTHS[14], MONTHS[28], 15, None, None), (MONTHS[22], MONTHS[28], 7, "run 2", "joined")], key=str)


def test_a_run_chart_whose_runs_are_unusual_is_a_signal_of_its_phase() -> None:
    slow = replace(SHOWN, summary=SHOWN.summary.with_columns(chart=pl.lit("run"), runs_signal=pl.lit(value=True)))
    row = after(slow).filter(rule="runs").row(0, named=True)
    assert (row["side"], row["judgement"], row["first_month"], row["last_month"]) == (None, None, MONTHS[0], MONTHS[19])


def test_where_a_publication_kept_no_memory_it_begins_with_what_that_one_shows() -> None:
    found = remembered(None, SHOWN, replace(SHOWN, run="run 2"))
    assert told(found, "first_seen_run", "last_seen_run") == [("run 1", "run 2")]
