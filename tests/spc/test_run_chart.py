"""The run chart: median, longest run and crossings (Anhøj), drawn as + above, - below and 0 on the centre line."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from sightline import spc
from sightline.spc import anhoej
from tests.spc.series import QUIET, charted, column, drawn, frame, marks, months, only

#: spc.md, section 1: useful observations, longest run allowed, fewest crossings allowed
TABLE = [
    (10, 6, 2), (11, 6, 2), (12, 7, 3), (13, 7, 3), (16, 7, 4), (18, 7, 5), (20, 7, 6), (24, 8, 8), (30, 8, 10),
    (36, 8, 13), (48, 9, 18), (60, 9, 23), (84, 9, 34), (100, 10, 41), (120, 10, 51),
]  # fmt: skip


def _sides(picture: str, **settings: object) -> dict[str, object]:
    """The summary of a run chart about zero."""
    values = [{"+": 1.0, "-": -1.0, "0": 0.0, ".": None}[mark] for mark in picture.replace(" ", "")]
    return only(drawn(values, **{"chart": "run", "centre_line": 0} | settings))


@pytest.mark.parametrize(("useful", "longest", "fewest"), TABLE)
def test_the_bounds_are_those_of_the_published_table(useful: int, longest: int, fewest: int) -> None:
    found = _sides("+-" * (useful // 2) + "+" * (useful % 2))
    assert (found["useful_points"], found["longest_run_limit"], found["crossings_limit"]) == (useful, longest, fewest)


def test_the_fewest_crossings_are_the_five_per_cent_quantile_of_the_binomial_counted_exactly() -> None:
    useful = np.arange(1, 200)
    exact = []
    for trials in range(199):
        ways, fewest = 1, 0
        while 20 * ways < 2**trials:
            fewest += 1
            ways += comb(trials, fewest)
        exact.append(fewest)
    assert anhoej.crossings_limit(useful).tolist() == exact


@pytest.mark.parametrize(
    ("values", "median"),
    [("1 2 3 4 100", 3), ("1 2 3 100", 2.5), ("5", 5), ("5 . 7 .", 6), ("3 3 3 9", 3)],
)
def test_the_centre_is_the_median_of_what_is_there(values: str, median: float) -> None:
    chart = drawn(values, chart="run")
    assert column(chart, "centre_line") == column(chart, "median") == [median] * len(values.split())


@pytest.mark.parametrize(
    ("picture", "longest", "crossings", "signal"),
    [
        ("+++++++-+-", 7, 3, True),  # ten useful: six allowed
        ("++++++-+-+", 6, 4, False),
        ("++++----++++----++++", 4, 4, True),  # twenty useful: six crossings at least
        ("+++---+++---+++---++", 3, 6, False),
        ("++++++++----+-+-+-+-", 8, 9, True),
        ("+++++++----+-+-+-+-+", 7, 10, False),
    ],
)
def test_a_run_too_long_or_crossings_too_few_are_a_signal(picture: str, longest: int, crossings: int, signal: bool) -> None:
    found = _sides(picture)
    assert (found["longest_run"], found["crossings"], found["runs_signal"]) == (longest, crossings, signal)


@pytest.mark.parametrize("mark", ["0", "."])
def test_points_on_the_median_and_missing_points_neither_break_a_run_nor_count(mark: str) -> None:
    found = _sides(f"+++{mark}++++{mark * 3}-+-")
    assert (found["useful_points"], found["longest_run"], found["crossings"], found["runs_signal"]) == (10, 7, 3, True)


def test_a_point_left_out_neither_breaks_a_run_nor_counts() -> None:
    found = _sides("+++-++++-+-", exclude=[4])
    assert (found["useful_points"], found["longest_run"], found["crossings"]) == (10, 7, 3)


def test_points_within_rounding_of_the_median_lie_on_it() -> None:
    values = [0.3, 0.1 + 0.2, 0.3, 0.1 + 0.2, 0.3] * 4
    assert 0.1 + 0.2 != 0.3
    assert only(drawn(values, chart="run"))["useful_points"] == 0


@pytest.mark.parametrize(("picture", "verdict"), [("+++++++++", None), ("++++++++++", True)])
def test_under_ten_useful_observations_the_chart_stands_and_the_verdict_is_withheld(picture: str, verdict: bool | None) -> None:
    found = _sides(picture)
    assert (found["longest_run"], found["runs_signal"]) == (len(picture), verdict)


def test_without_a_useful_observation_there_are_no_bounds_and_no_signal() -> None:
    found = _sides("000000000000")
    assert [found[name] for name in ("longest_run", "longest_run_limit", "crossings", "crossings_limit")] == [None] * 4
    assert (found["useful_points"], found["runs_signal"]) == (0, False)


def test_a_run_chart_has_no_limits_no_rules_of_limits_and_no_judgement() -> None:
    chart = drawn(QUIET + "99 12", chart="run", direction="up")
    for name in ("lower_limit", "upper_limit", "lower_two_sigma", "upper_two_sigma", "judgement", "note"):
        assert column(chart, name) == [None] * 14
    assert all(marks(chart, rule) == "." * 14 for rule in ("outside_limits", "shift", "trend", "two_of_three"))


def test_a_baseline_freezes_the_median() -> None:
    chart = drawn(QUIET + "20 20 20 20 20", chart="run", baseline=12)
    assert only(chart)["centre_line"] == 11
    assert only(chart)["longest_run"] == 5
    assert only(drawn(QUIET + "20 20 20 20 20", chart="run"))["centre_line"] == 12


def test_each_phase_has_its_own_median_and_runs() -> None:
    chart = drawn("1 3 1 3 1 3 1 3 1 3 11 13 11 13", chart="run", rebase=[months(11)[10]])
    names = ("centre_line", "longest_run", "crossings", "useful_points")
    assert chart.summary.select(names).rows() == [(2, 1, 9, 10), (12, 1, 3, 4)]


def test_individuals_charts_count_runs_about_their_mean() -> None:
    chart = charted(frame("1 1 1 1 1 1 1 1 1 1 1 1 27"))
    assert (only(chart)["median"], only(chart)["useful_points"], only(chart)["longest_run"]) == (1, 13, 12)


@pytest.mark.parametrize("like", ["nhsrplotthedots", "qicharts2"])
def test_the_presets_of_tools_withhold_no_verdict(like: str) -> None:
    assert _sides("+++++++++", like=like)["runs_signal"] is True


def test_the_chart_frames_are_those_promised() -> None:
    assert isinstance(drawn("1 2", chart="run"), spc.Chart)
