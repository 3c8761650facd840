"""Every kind of chart beyond individuals, worked by hand from its formula, and what each refuses."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline import spc
from sightline.errors import BadInput
from tests.spc.series import months, only

#: counts out of denominators that are alike but for the last: 20 of 100, twelve times up and down by 4, then 40 of 400
COUNTS = [24, 16] * 6 + [40]
SIZES = [100] * 12 + [400]


def counted(counts: list[float | None], sizes: list[float | None] | None = None) -> pl.DataFrame:
    return pl.DataFrame({"month": months(len(counts)), "count": counts} | ({"of": sizes} if sizes else {}), strict=False)


def chart(kind: str, counts: list[Any], sizes: list[Any] | None = None, **more: Any) -> spc.Chart:
    return spc.chart(counted(counts, sizes), value="count", date="month", denominator="of" if sizes else None, chart=kind, **more)


def at(made: spc.Chart, place: int, *names: str) -> tuple[Any, ...]:
    row = made.points.row(place, named=True)
    return tuple(row[name] for name in names)


LINES = ("lower_limit", "centre_line", "upper_limit")


def test_a_proportion_has_the_binomial_sigma_of_each_denominator() -> None:
    made = chart("p", COUNTS, SIZES)
    centre = 280 / 1600
    for place, size in ((0, 100), (12, 400)):
        half = 3 * sqrt(centre * (1 - centre) / size)
        assert at(made, place, *LINES) == pytest.approx((centre - half, centre, centre + half))
    assert at(made, 12, "value", "rule_outside_limits") == (0.1, True)


def test_a_rate_has_the_poisson_sigma_of_each_denominator() -> None:
    made = chart("u", COUNTS, SIZES)
    for place, size in ((0, 100), (12, 400)):
        half = 3 * sqrt(0.175 / size)
        assert at(made, place, *LINES) == pytest.approx((0.175 - half, 0.175, 0.175 + half))


def test_a_count_has_the_root_of_its_mean_as_sigma_and_limits_that_are_only_cut_when_drawn() -> None:
    made = chart("c", [4, 0] * 8)
    assert at(made, 0, *LINES) == pytest.approx((2 - 3 * sqrt(2), 2, 2 + 3 * sqrt(2)))
    assert at(chart("c", [4, 0] * 8, like="qicharts2"), 0, "lower_limit") == (0,)


def test_the_primed_charts_multiply_sigma_by_the_steps_of_the_standardised_points() -> None:
    # all of size 100: z goes up and down between ±0.04 / sigma, every step 0.08 / sigma, so 3 sigma z sigma = 3 × 0.08 / 1.128
    made = chart("pp", [24, 16] * 8, [100] * 16)
    assert at(made, 0, *LINES) == pytest.approx((0.2 - 0.24 / 1.128, 0.2, 0.2 + 0.24 / 1.128))
    assert at(chart("up", [24, 16] * 8, [100] * 16), 5, *LINES) == pytest.approx((0.2 - 0.24 / 1.128, 0.2, 0.2 + 0.24 / 1.128))
    assert at(chart("cp", [24, 16] * 8), 5, *LINES) == pytest.approx((20 - 24 / 1.128, 20, 20 + 24 / 1.128))


def test_a_large_denominator_makes_a_plain_proportion_cry_wolf_and_the_primed_one_not() -> None:
    counts, sizes = [12_100, 11_900] * 8, [15_000] * 16
    loud, quiet = (chart(kind, [count * 1.03 if place % 4 < 2 else count for place, count in enumerate(counts)], sizes) for kind in ("p", "pp"))
    assert loud.points["rule_outside_limits"].sum() > 4
    assert quiet.points["rule_outside_limits"].sum() == 0


def test_cases_between_events_have_their_median_as_centre_and_the_spread_of_a_geometric_distribution() -> None:
    counts = [1, 3, 8] * 5
    made = chart("g", counts)
    assert at(made, 0, *LINES) == pytest.approx((0, 3, 4 + 3 * sqrt(20)))


def test_time_between_events_is_an_individuals_chart_of_its_root() -> None:
    roots = [2.0, 3.0] * 8
    made = chart("t", [root**3.6 for root in roots])
    assert at(made, 0, *LINES) == pytest.approx((0.0, 2.5**3.6, (2.5 + 2.66) ** 3.6))


def test_normalised_individuals_put_the_steps_between_sizes_on_one_scale() -> None:
    made = chart("ip", [24, 16] * 8, [100] * 16)
    sigma = sqrt(pi / 2) * 0.08 / sqrt(2 / 100)
    assert at(made, 0, *LINES) == pytest.approx((0.2 - 0.3 * sigma, 0.2, 0.2 + 0.3 * sigma))


def subgroups(rows: list[list[float]]) -> pl.DataFrame:
    days = months(len(rows))
    return pl.DataFrame([(day, value) for day, row in zip(days, rows, strict=True) for value in row], schema=["month", "minutes"], orient="row")


def test_means_of_subgroups_have_limits_from_the_spread_within_them() -> None:
    made = spc.chart(subgroups([[9, 10, 11], [11, 12, 13]] * 7), value="minutes", date="month", chart="xbar")
    a3 = 3 / (sqrt(pi) / 2 * sqrt(3))  # c4 of three is the root of pi, halved
    assert at(made, 0, "value", "denominator", *LINES) == pytest.approx((10, 3, 11 - a3, 11, 11 + a3))
    assert made.points.height == 14


def test_spreads_of_subgroups_have_b3_and_b4() -> None:
    made = spc.chart(subgroups([[9, 10, 11], [10, 12, 14]] * 7), value="minutes", date="month", chart="s")
    b4 = 1 + 3 * sqrt(4 / pi - 1)
    assert at(made, 0, "value", *LINES) == pytest.approx((1, 0, 1.5, b4 * 1.5))
    assert made.points["judgement"].unique().to_list() == ["common_cause"]


def test_subgroups_of_unlike_size_are_pooled_and_one_alone_has_no_limits() -> None:
    made = spc.chart(subgroups([[9, 10, 11], [10, 14]] * 6 + [[10]]), value="minutes", date="month", chart="xbar", like="qicharts2")
    pooled = sqrt((6 * 1 * 2 + 6 * 8 * 1) / (6 * 2 + 6 * 1))
    c4_of_two = sqrt(2 / pi)
    lower, centre, upper = at(made, 1, *LINES)
    assert upper - centre == pytest.approx(3 * pooled / (c4_of_two * sqrt(2)))
    assert centre - lower == pytest.approx(upper - centre)
    assert at(made, 12, "lower_limit", "upper_limit") == (None, None)


@pytest.mark.parametrize("kind", ["p", "pp", "u", "up", "ip"])
def test_a_month_without_size_or_count_has_a_centre_line_a_note_and_no_limits(kind: str) -> None:
    counts: list[Any] = [24, 16] * 8
    sizes: list[Any] = [100] * 16
    counts[4], counts[6], sizes[6] = None, 0, 0
    made = chart(kind, counts, sizes)
    for place, note in ((4, "no value"), (6, "no denominator, so no value")):
        assert at(made, place, *LINES) == (None, pytest.approx(272 / 1400), None)  # two of the 24 are gone
        assert at(made, place, "value", "signal", "note") == (None, "none", note)
    assert made.points["lower_limit"].null_count() == 2


@pytest.mark.parametrize("kind", ["p", "pp", "u", "up", "ip", "c", "cp", "t", "xmr"])
def test_nothing_that_moves_nothing_has_its_limits_on_the_centre_where_chance_is_measured(kind: str) -> None:
    made = chart(kind, [20] * 16, [100] * 16 if kind in ("p", "pp", "u", "up", "ip") else None)
    lower, centre, upper = at(made, 3, *LINES)
    if kind in ("p", "u", "c"):
        assert lower < centre < upper
    else:
        assert (lower, upper) == pytest.approx((centre, centre))
    assert made.points["signal"].unique().to_list() == ["none"]


@pytest.mark.parametrize("kind", ["p", "pp", "u", "up", "ip", "c", "cp", "g", "t"])
@pytest.mark.parametrize("points", [0, 1, 2, 9, 10, 12])
def test_too_few_points_never_give_limits(kind: str, points: int) -> None:
    divided = kind in ("p", "pp", "u", "up", "ip")
    frame = counted([20.0] * (points + 1), [100.0] * (points + 1))[:points]
    made = spc.chart(frame, value="count", date="month", denominator="of" if divided else None, chart=kind)
    assert made.points.height == points
    assert made.points["upper_limit"].null_count() == points
    assert made.summary["variation"].null_count() == made.summary.height


@pytest.mark.parametrize(
    ("kind", "counts", "sizes", "expected", "where"),
    [
        ("p", [5, 120], [100, 100], "not above its denominator", "row 2, column 'count'"),
        ("pp", [5, -1], [100, 100], "a count, 0 or more", "row 2, column 'count'"),
        ("u", [5, 3], [100, -1], "a denominator, 0 or more", "row 2, column 'of'"),
        ("c", [5, -3], None, "a count, 0 or more", "row 2, column 'count'"),
        ("g", [-5, 3], None, "a count, 0 or more", "row 1, column 'count'"),
        ("t", [5, 0], None, "above 0", "row 2, column 'count'"),
        ("p", [5, 3], None, "a denominator", "chart 'p'"),
        ("c", [5, 3], [100, 100], "no denominator", "chart 'c'"),
        ("xbar", [5, 3], [100, 100], "no denominator", "chart 'xbar'"),
    ],
)
def test_what_a_kind_cannot_take_is_refused_by_row(kind: str, counts: list[float], sizes: list[float] | None, expected: str, where: str) -> None:
    with pytest.raises(BadInput) as caught:
        chart(kind, counts, sizes)
    assert expected in str(caught.value)
    assert where in str(caught.value)


def test_two_rows_of_a_date_are_refused_but_for_subgroups() -> None:
    twice = pl.concat([counted([5, 3]), counted([6])])
    with pytest.raises(BadInput, match="one row a date"):
        spc.chart(twice, value="count", date="month", chart="c")
    assert spc.chart(twice, value="count", date="month", chart="xbar", like="qicharts2").points.height == 2


@pytest.mark.parametrize(
    ("kind", "asked"), [("pp", True), ("c", True), ("xbar", True), ("t", True), ("g", True), ("s", False), ("mr", False), ("run", False)]
)
def test_shifts_are_looked_for_where_neighbours_share_nothing(kind: str, asked: bool) -> None:
    low, high = [16.0, 18.0] * 7, [30.0, 32.0] * 7
    if kind in ("xbar", "s"):
        frame = subgroups([[value, value + 1, value + 2] for value in (*low, *high)])
        made = spc.chart(frame, value="minutes", date="month", chart=kind)
    else:
        made = chart(kind, [*low, *high], [100.0] * 28 if kind == "pp" else None)
    assert made.points["rule_shift"].any() is asked


def test_the_target_is_held_against_the_limits_of_the_last_point() -> None:
    wide, narrow = (chart("pp", [24, 16] * 8, [100] * 15 + [last], direction="up", target=0.35) for last in (16, 1600))
    assert (only(wide)["assurance"], only(narrow)["assurance"]) == ("hit_or_miss", "failing")


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(400, 5000)), min_size=13, max_size=30), st.sampled_from(["p", "pp", "u", "up", "ip"]))
def test_order_of_rows_and_a_multiplier_change_nothing_else(rows: list[tuple[int, int]], kind: str) -> None:
    frame = counted([count for count, _ in rows], [size for _, size in rows])
    plain = spc.chart(frame, value="count", date="month", denominator="of", chart=kind)
    turned = spc.chart(frame.reverse(), value="count", date="month", denominator="of", chart=kind)
    assert plain.points.equals(turned.points)
    percent = spc.chart(frame, value="count", date="month", denominator="of", chart=kind, multiply=100)
    for name in ("value", *LINES):
        assert (percent.points[name] - plain.points[name] * 100).abs().max() == pytest.approx(0, abs=1e-9)
    assert percent.points["signal"].equals(plain.points["signal"])
