"""Drawing what is asked for: once for each content, whoever draws it, and never a picture of nothing."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path

import polars as pl
import pytest

from sightline.charts import ChartRequest, ChartRows, render
from sightline.charts.render import series_of, targets_of, uprights_of
from sightline.charts.request import Upright
from sightline.charts.theme import COMMON_CAUSE, WHITE
from sightline.errors import BadInput
from sightline.spc.declarations import ENTRY
from tests.charts.series import KINDS, TARGETS, request, rows, shares

#: the module, which its own function of the same name hides
DRAWING = import_module("sightline.charts.render")


@pytest.fixture(scope="module")
def known() -> ChartRows:
    return rows()


def _draw(known: ChartRows, cache: Path, *wanted: ChartRequest) -> dict[str, str]:
    return render(list(wanted), known, cache=cache, workers=1)


def test_a_picture_that_is_known_is_not_drawn_again_and_has_the_same_bytes(known: ChartRows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [request("RAA"), request("RBB", "spark")]
    first = _draw(known, tmp_path, *wanted)

    def refuse(*_: object) -> str:
        raise AssertionError("drawn again")

    monkeypatch.setattr(DRAWING.vl_convert, "vega_to_svg", refuse)
    assert _draw(known, tmp_path, *wanted) == first
    with pytest.raises(AssertionError, match="drawn again"):
        _draw(known, tmp_path, request("RBB"))


def test_requests_may_be_a_frame(known: ChartRows, tmp_path: Path) -> None:
    wanted = [request("RAA"), request("RBB")]
    frame = pl.DataFrame(wanted, schema=ChartRequest._fields, orient="row")
    assert render(frame, known, cache=tmp_path / "frame", workers=1) == _draw(known, tmp_path / "list", *wanted)


def test_the_answer_is_named_by_the_key_of_each_request(known: ChartRows, tmp_path: Path) -> None:
    assert set(_draw(known, tmp_path, request("RAA"), request("RBB", "column"))) == {"RAA pair", "RBB column"}


def test_other_figures_words_or_months_make_another_picture(known: ChartRows, tmp_path: Path) -> None:
    (drawn,) = _draw(known, tmp_path, request("RAA")).values()
    others = [
        _draw(replace(known, points=known.points.with_columns(pl.col("value") - 0.01)), tmp_path, request("RAA")),
        _draw(replace(known, targets=known.targets.head(1)), tmp_path, request("RAA")),
        _draw(replace(known, phases=known.phases.clear()), tmp_path, request("RAA")),
        _draw(replace(known, simulated=True), tmp_path, request("RAA")),
        _draw(known, tmp_path, request("RAA", title="Another title")),
        _draw(known, tmp_path, request("RAA", description="Another sentence.")),
    ]
    assert len({drawn, *(svg for other in others for svg in other.values())}) == 7


@pytest.mark.parametrize("code", ["RZZ", "RNN", "RXX"])
def test_a_series_that_is_not_there_or_has_nothing_to_draw_is_refused(known: ChartRows, tmp_path: Path, code: str) -> None:
    with pytest.raises(BadInput, match=f"chart of ae_within_4h for {code}.*other than zero"):
        _draw(known, tmp_path, request("RAA"), request(code))
    assert list(tmp_path.glob("*.svg")) == []


def test_two_processes_draw_what_one_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = [f"R{place:02d}" for place in range(30)]
    many, wanted = rows(codes), [request(code, "spark") for code in codes]
    monkeypatch.setattr(DRAWING, "FEW", 0)
    shared = render(wanted, many, cache=tmp_path / "two", workers=2)
    assert shared == render(wanted, many, cache=tmp_path / "one", workers=1)
    assert len(set(shared.values())) == 30


def test_nothing_half_written_stays_in_the_cache(known: ChartRows, tmp_path: Path) -> None:
    _draw(known, tmp_path, *(request("RAA", kind) for kind in KINDS))
    assert {file.suffix for file in tmp_path.iterdir()} == {".svg"}
    assert len(list(tmp_path.iterdir())) == len(KINDS)


def test_simulated_figures_say_so_in_each_picture(tmp_path: Path) -> None:
    large = [request("RAA", kind) for kind in KINDS if kind != "spark"]
    made_up, real = _draw(rows(simulated=True), tmp_path, *large), _draw(rows(), tmp_path, *large)
    assert all(">SIMULATED</text>" in svg for svg in made_up.values())
    assert not any("SIMULATED" in svg for svg in real.values())


def test_the_rows_of_a_table_become_series_in_the_order_of_their_months(known: ChartRows) -> None:
    found = series_of(known.points.sample(fraction=1, shuffle=True, seed=3))
    assert set(found) == {("ae_within_4h", "provider", "RAA"), ("ae_within_4h", "provider", "RBB")}
    one = found["ae_within_4h", "provider", "RAA"]
    assert one.month == sorted(one.month)
    assert [round(value - other, 6) for value, other in zip(one.value, shares(30), strict=True) if value and other] == [
        round((one.value[0] or 0) - 0.74, 6)
    ] * 30


def test_targets_keep_their_dates(known: ChartRows) -> None:
    assert set(targets_of(known.targets)["ae_within_4h"]) == set(TARGETS)


def test_only_a_merger_makes_an_upright(known: ChartRows, tmp_path: Path) -> None:
    (svg,) = _draw(known, tmp_path, request("RAA")).values()
    assert svg.count(">merger<") == 1
    assert ">renamed<" not in svg


BESIDE = """
import os, sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from sightline.processes import end_with_parent

if __name__ == "__main__":
    pool = ProcessPoolExecutor(2, get_context("spawn"), initializer=end_with_parent)
    print(*{one.result() for one in [pool.submit(os.getpid) for _ in range(8)]}, flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux to watch processes that are not its own children")
def test_drawing_processes_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    script = tmp_path / "draws.py"
    script.write_text(BESIDE)
    parent = subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    drawing = [int(number) for number in parent.stdout.readline().split()]
    watched = [os.pidfd_open(number) for number in drawing]  # readable once the process has ended
    parent.kill()
    parent.wait()
    ended, _, _ = select.select(watched, [], [], 0)
    while len(ended) < len(watched) and (more := select.select([one for one in watched if one not in ended], [], [], 20)[0]):
        ended += more
    assert drawing
    assert len(ended) == len(watched)


def test_a_month_that_is_left_out_is_a_hollow_cross_with_an_outline(known: ChartRows, tmp_path: Path) -> None:
    last = known.points["month"].max()
    ghosted = replace(known, points=known.points.with_columns(excluded=pl.col("month") == last, judgement=pl.lit("common_cause")))
    outline = f'fill="{WHITE}" stroke="{COMMON_CAUSE.value}"'
    (plain,), (drawn,) = (_draw(rows, tmp_path, request("RBB")).values() for rows in (known, ghosted))
    assert (plain.count(outline), drawn.count(outline)) == (0, 1)


def test_an_upright_stands_where_a_phase_begins_within_a_series_and_says_its_label() -> None:
    points = pl.DataFrame({"measure": "m", "level": "provider", "organisation": ["RAA", "RAA"], "month": [date(2022, 1, 1), date(2024, 1, 1)]})
    begins = {"kind": "phase", "measure": "all", "level": "all", "organisation": "all", "origin": "home"}
    months = (date(2022, 1, 1), date(2023, 3, 1), date(2024, 1, 1), date(2024, 2, 1))
    phases = [{**begins, "month_from": month, "label": "merger" if month.year == 2023 else None} for month in months]
    left_out = {**begins, "kind": "exclude", "month_from": date(2023, 5, 1)}
    assert uprights_of(points, pl.DataFrame([*phases, left_out], schema=ENTRY)) == {
        ("m", "provider", "RAA"): (Upright(date(2023, 3, 1), "merger"), Upright(date(2024, 1, 1), "new phase"))
    }
