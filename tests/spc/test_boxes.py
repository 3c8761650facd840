"""Best box and cut box: the shipped bounds are what their definition gives, and the figures that their authors published."""

from __future__ import annotations

from itertools import groupby, product

import numpy as np
import pytest

from sightline.spc import boxes
from sightline.spc.anhoej import Runs
from tests.spc.series import drawn, only

#: Anhøj and Wentzel-Larsen 2020, supporting table: useful observations -> fewest crossings, longest run, and what is cut
PUBLISHED = {
    10: (2, 6, 3, 5),
    11: (3, 7, 4, 6),
    12: (3, 6, None, None),
    24: (6, 7, 7, 6),
    50: (19, 9, None, None),
    83: (33, 10, 36, 7),
    100: (41, 10, 42, 9),
}


def test_the_shipped_bounds_are_those_of_the_definition_and_those_published() -> None:
    found = {row[0]: row[1:] for row in boxes.table().iter_rows()}
    few, long, few_cut, long_cut = boxes._bounds()
    assert [found[n][:2] for n in range(10, 101)] == list(zip(few.tolist(), long.tolist(), strict=True))
    assert {n: found[n] for n in PUBLISHED} == PUBLISHED
    assert (few_cut[2], long_cut[2]) == (3, 6)  # nothing is cut of twelve


@pytest.mark.parametrize("above", [0.5, 0.8])
def test_crossings_and_longest_run_have_the_chance_of_all_series_written_out(above: float) -> None:
    chance = np.zeros((7, 7))
    for series in product((0, 1), repeat=7):
        runs = [len(list(members)) for _, members in groupby(series)]
        chance[len(runs) - 1, max(runs) - 1] += above ** sum(series) * (1 - above) ** (7 - sum(series))
    assert boxes.joint(7, above, boxes.compositions(7)) == pytest.approx(chance)


def test_pairs_at_the_corner_signal_in_the_cut_box_alone() -> None:
    useful = np.array([24, 24, 24, 24, 9])
    runs = Runs(useful, np.array([7.0, 7.0, 6.0, 8.0, 8.0]), np.array([7.0] * 5), np.array([6.0, 7.0, 6.0, 12.0, 4.0]), np.array([8.0] * 5))
    assert boxes.signal(runs, "bestbox").tolist() == [False, False, False, True, True]
    assert boxes.signal(runs, "cutbox").tolist() == [True, False, False, True, True]  # nine points: the Anhøj rules


@pytest.mark.parametrize("method", ["bestbox", "cutbox"])
def test_the_method_changes_the_signal_and_no_count(method: str) -> None:
    # four runs of six: 3 crossings of at least 8, and no run over 7
    plain, boxed = (only(drawn("1 1 1 1 1 1 9 9 9 9 9 9 " * 2, chart="run", run_method=name)) for name in ("anhoej", method))
    assert (plain["longest_run"], plain["crossings"]) == (6, 3)
    assert (plain["runs_signal"], boxed["runs_signal"]) == (True, True)
    names = ("longest_run", "longest_run_limit", "crossings", "crossings_limit")
    assert [plain[name] for name in names] == [boxed[name] for name in names]
