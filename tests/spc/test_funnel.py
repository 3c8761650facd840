"""Funnels: figures worked out by hand or from printed tables, chance-only data, what must not matter, and what is refused."""

from __future__ import annotations

import csv
import importlib.util
import os
import shutil
import sys
from itertools import pairwise
from math import exp, log, nan, sin, sqrt
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sightline import spc
from sightline.errors import BadInput

Z95, Z998 = 1.959964, 3.090232
PLAIN = ["lower_95", "upper_95", "lower_998", "upper_998"]
LIMITS = [*PLAIN, *(f"adjusted_{name}" for name in PLAIN)]
#: every formula there is
KINDS: list[dict[str, Any]] = [
    {"kind": "proportion"},
    {"kind": "ratio", "transform": "shmi"},
    {"kind": "ratio", "transform": "cqc"},
    {"kind": "rate"},
]

Pairs = list[tuple[float | None, float | None]]


def _frame(pairs: Pairs) -> pl.DataFrame:
    """Groups named 000, 001 … in the order given, each with its numerator and denominator."""
    rows = [(f"{place:03}", numerator, denominator) for place, (numerator, denominator) in enumerate(pairs)]
    return pl.DataFrame(rows, schema={"site": pl.String, "seen": pl.Float64, "all": pl.Float64}, orient="row")


def _funnel(rows: pl.DataFrame | Pairs, **settings: Any) -> spc.Funnel:
    frame = rows if isinstance(rows, pl.DataFrame) else _frame(rows)
    return spc.funnel(frame, **{"group": "site", "numerator": "seen", "denominator": "all"} | settings)


def _column(funnel: spc.Funnel, name: str) -> list[Any]:
    return funnel.groups[name].to_list()


def _summary(funnel: spc.Funnel) -> dict[str, Any]:
    (row,) = funnel.summary.to_dicts()
    return row


def _with_z(places: list[float], size: float = 100) -> Pairs:
    """Square-root ratios of groups with an expected number of 100, s = 0.05, that lie so many standard errors from 1."""
    return [(size * (1 + place / (2 * sqrt(size))) ** 2, size) for place in places]


# -------------------------------------------------------------------------------------------------------------- limits


def test_limits_of_a_proportion_about_a_half() -> None:
    # sin²(pi/4 ± x) = 1/2 ± sin(2x)/2, and 2 z s = z / sqrt(100)
    funnel = _funnel([(50, 100), (50, 100)])
    for level, z in (("95", Z95), ("998", Z998)):
        assert _column(funnel, f"lower_{level}") == pytest.approx([0.5 - sin(z / 10) / 2] * 2)
        assert _column(funnel, f"upper_{level}") == pytest.approx([0.5 + sin(z / 10) / 2] * 2)


def test_limits_of_a_proportion_stay_between_0_and_1() -> None:
    funnel = _funnel([(0, 1), (2, 2), (1, 3), (99, 200)])
    assert funnel.groups.select(pl.col(LIMITS).is_between(0, 1).all()).row(0) == (True,) * len(LIMITS)
    assert _column(funnel, "state") == ["inside"] * 4


@pytest.mark.parametrize("transform", ["shmi", "cqc"])
def test_limits_of_a_ratio_are_those_of_printed_chi_square_tables(transform: str) -> None:
    # 20 degrees: 9.591 at 0.025, 5.921 at 0.001; 22 degrees: 36.781 at 0.975, 48.268 at 0.999
    funnel = _funnel([(10, 10), (10, 10)], kind="ratio", transform=transform)
    printed = {"lower_95": 9.591, "upper_95": 36.781, "lower_998": 5.921, "upper_998": 48.268}
    for name, chi_square in printed.items():
        assert _column(funnel, name) == pytest.approx([chi_square / 20] * 2, abs=5e-5)


def test_a_rate_has_one_standard_error_and_funnelplotr_two() -> None:
    # D19: ln((50.5)/(100.5)) has s² = 50/50.5² + 100/100.5²; the tool draws with 1 / (2 sqrt 100)
    s = sqrt(50 / 50.5**2 + 100 / 100.5**2)
    ours, theirs = _funnel([(50, 100)] * 2, kind="rate"), _funnel([(50, 100)] * 2, kind="rate", like="funnelplotr")
    assert _column(ours, "upper_95") == pytest.approx([0.5 * exp(Z95 * s)] * 2)
    assert _column(theirs, "upper_95") == pytest.approx([0.5 * exp(Z95 / 20)] * 2)
    assert _column(ours, "z") == _column(theirs, "z") == pytest.approx([(log(50.5 / 100.5) - log(0.5)) / s] * 2)


def test_a_target_is_the_centre_in_place_of_the_average() -> None:
    frame = _frame([(50, 100), (40, 100)])
    average, target = _funnel(frame), _funnel(frame, centre=0.5)
    assert _summary(average)["centre"] == pytest.approx(0.45)
    assert _summary(target)["centre"] == 0.5
    assert _column(target, "z")[0] == 0
    assert _column(target, "upper_95") == pytest.approx([0.5 + sin(Z95 / 10) / 2] * 2)


def test_the_target_of_a_ratio_moves_the_expected_number() -> None:
    # half of 20 expected is 10: the limits of 10, over 20
    half, whole = _funnel([(10, 20)], kind="ratio", centre=0.5), _funnel([(10, 10)], kind="ratio")
    assert _column(half, "upper_998")[0] == pytest.approx(_column(whole, "upper_998")[0] / 2)
    # ten more than the ten expected: ln 2 in standard errors of 1 / sqrt 10
    assert _column(_funnel([(10, 20), (20, 20)], kind="ratio", centre=0.5), "z") == pytest.approx([0, log(2) * sqrt(10)])


# ----------------------------------------------------------------------------------------------------- over-dispersion


def test_adjusted_limits_of_square_roots_are_squared() -> None:
    # D18. z = ±4, phi = 16, w = 400 each: tau2 = (2 x 16 - 1) / (800 - 400) = 0.0775 and s² + tau2 = 0.08
    funnel = _funnel(_with_z([-4, 4]), kind="ratio", transform="cqc", trim=0)
    told = _summary(funnel)
    assert (told["phi"], told["tau2"], told["limits"]) == (pytest.approx(16), pytest.approx(0.0775), "adjusted")
    assert _column(funnel, "adjusted_lower_95") == pytest.approx([(1 - Z95 * sqrt(0.08)) ** 2] * 2)
    assert _column(funnel, "adjusted_upper_998") == pytest.approx([(1 + Z998 * sqrt(0.08)) ** 2] * 2)
    assert _column(funnel, "z_adjusted") == pytest.approx([-0.2 / sqrt(0.08), 0.2 / sqrt(0.08)])


def test_adjusted_limits_of_square_roots_do_not_turn_back_below_0() -> None:
    # z = ±16: tau2 = (2 x 256 - 1) / 400, and 1 - 1.96 sqrt(1.28) is below 0
    funnel = _funnel(_with_z([-16, 16]), kind="ratio", transform="cqc", trim=0)
    assert _column(funnel, "adjusted_lower_95") == [0, 0]


def test_z_scores_beyond_the_quantiles_are_set_to_them() -> None:
    # of -5 … 5 the tenths are -4 and 4; phi = (4 x 16 + 2 (9 + 4 + 1)) / 11; tau2 = (92 - 10) / (400 x 10)
    funnel = _funnel(_with_z(list(range(-5, 6))), kind="ratio", transform="cqc")
    assert _column(funnel, "z") == pytest.approx(list(range(-5, 6)))
    assert _column(funnel, "z_used") == pytest.approx([-4, -4, -3, -2, -1, 0, 1, 2, 3, 4, 4])
    told = _summary(funnel)
    assert (told["kept"], told["phi"], told["tau2"]) == (11, pytest.approx(92 / 11), pytest.approx(0.0205))


def test_shmi_leaves_the_outer_ranks_out() -> None:
    # 24 groups: rank / (0.1 x 25) is below 1 for ranks 1 and 2 and 9 or more from rank 22.5 on
    funnel = _funnel([(80 + place, 100) for place in range(24)], kind="ratio", transform="shmi")
    kept = [used is not None for used in _column(funnel, "z_used")]
    assert kept == [False] * 2 + [True] * 20 + [False] * 2
    assert _summary(funnel)["kept"] == 20
    z = [10 * log((80 + place) / 100) for place in range(24)]
    assert _column(funnel, "z") == pytest.approx(z)
    assert _summary(funnel)["phi"] == pytest.approx(sum(score**2 for score in z[2:22]) / 20)


def test_ties_share_a_rank_when_shmi_truncates() -> None:
    # the four lowest share rank 2.5, which is 2.5 / 2.5 = 1: all stay
    funnel = _funnel([(80, 100)] * 4 + [(81 + place, 100) for place in range(20)], kind="ratio", transform="shmi")
    assert [used is not None for used in _column(funnel, "z_used")][:4] == [True] * 4


def test_no_over_dispersion_where_phi_is_not_above_1() -> None:
    # z = ±1: phi = 1
    funnel = _funnel(_with_z([-1, 1] * 6, size=64), kind="ratio", transform="cqc")
    told = _summary(funnel)
    assert (told["phi"], told["tau2"], told["limits"]) == (pytest.approx(1), 0, "unadjusted")
    assert told["reason"] == "phi is not above 1: no over-dispersion"
    # the adjusted columns follow their own formula all the same
    assert _column(funnel, "adjusted_upper_95")[0] == pytest.approx((1 + Z95 / 16) ** 2)


@pytest.mark.parametrize("kind", ["proportion", "rate"])
def test_the_transform_counts_for_ratios_only(kind: str) -> None:
    pairs: Pairs = [(20 + 3 * place, 100) for place in range(20)]
    shmi, cqc = (_funnel(pairs, kind=kind, transform=transform) for transform in ("shmi", "cqc"))
    assert_frame_equal(shmi.groups, cqc.groups, check_exact=True)
    assert _summary(shmi)["transform"] is None
    assert _summary(_funnel(pairs, kind="ratio"))["transform"] == "shmi"


def test_one_giant_among_dwarfs_leaves_a_finite_tau2() -> None:
    told = _summary(_funnel([(5e19, 1e20), (9, 10), (1, 10), (10, 10)], trim=0))
    assert told["phi"] > 1
    assert 0 < told["tau2"] < 1


def test_phi_and_tau2_are_the_same_whatever_is_drawn() -> None:
    # D22
    frame = _frame([(20 + 3 * place, 100) for place in range(20)])
    plain, percent, tool = (_summary(_funnel(frame, **named)) for named in ({}, {"multiply": 100}, {"like": "funnelplotr"}))
    assert plain["phi"] == percent["phi"] == tool["phi"] > 1
    assert plain["tau2"] == percent["tau2"] == tool["tau2"] > 0


# ------------------------------------------------------------------------------------------------------------ outliers


def test_the_state_is_judged_at_99_8_per_cent_and_on_the_right_side() -> None:
    # limits of 100 at 0.5: 0.4026 and 0.5974 at 95 %, 0.3480 and 0.6520 at 99.8 %
    funnel = _funnel([(34, 100), (35, 100), (40, 100), (41, 100), (59, 100), (60, 100), (65, 100), (66, 100)] + [(50, 100)] * 92, centre=0.5)
    assert _summary(funnel)["limits"] == "unadjusted"
    assert _column(funnel, "state")[:9] == ["below", "inside", "inside", "inside", "inside", "inside", "inside", "above", "inside"]
    assert _column(funnel, "outlier_95")[:9] == [True, True, True, False, False, True, True, True, False]
    assert _column(funnel, "outlier_998")[:9] == [True, False, False, False, False, False, False, True, False]
    told = _summary(funnel)
    assert (told["outliers_95"], told["outliers_998"]) == (6, 2)
    assert (told["expected_outliers_95"], told["expected_outliers_998"]) == (pytest.approx(5), pytest.approx(0.2))


def test_the_adjusted_limits_judge_where_there_is_over_dispersion() -> None:
    # z = ±4 lies outside the plain limits of 99.8 % and inside the adjusted ones of 95 %
    funnel = _funnel(_with_z([-4, 4] * 6), kind="ratio", transform="cqc")
    value, upper, adjusted = (funnel.groups[name][1] for name in ("value", "upper_998", "adjusted_upper_95"))
    assert upper < value < adjusted
    assert _column(funnel, "outlier_95") == [False] * 12


def test_a_point_on_the_limit_is_inside() -> None:
    # both ends are cut: the limits of so few are 0 and 1, and so are the values
    funnel = _funnel([(0, 3), (3, 3)], centre=0.5)
    assert _column(funnel, "lower_998") == [0, 0]
    assert _column(funnel, "upper_998") == [1, 1]
    assert _column(funnel, "outlier_998") == [False, False]


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(("off", "outside"), [(0, False), (1e-15, False), (1e-14, False), (1e-11, True)])
def test_a_point_within_rounding_of_the_limit_is_inside(sign: int, off: float, outside: bool) -> None:
    # D3
    limit = 0.5 + sign * sin(Z998 / 10) / 2
    funnel = _funnel([(100 * limit * (1 + sign * off), 100)] + [(50, 100)] * 19, centre=0.5)
    assert _summary(funnel)["limits"] == "unadjusted"
    assert _column(funnel, "outlier_998")[0] is outside


@pytest.mark.parametrize(
    ("settings", "outer", "chance", "per_cent"),
    [
        ({"kind": "proportion", "centre": 0.1}, (0, 20), 0.9**20, "12.2 %"),
        ({"kind": "proportion", "centre": 0.9}, (20, 20), 0.9**20, "12.2 %"),
        ({"kind": "ratio"}, (0, 2), exp(-2), "13.5 %"),
        ({"kind": "rate", "centre": 0.25}, (0, 10), 0.8**10, "10.7 %"),
    ],
)
def test_an_outlier_that_chance_gives_too_often_says_so(settings: dict[str, Any], outer: tuple[float, float], chance: float, per_cent: str) -> None:
    funnel = _funnel([outer], **settings)
    assert _column(funnel, "outlier_95") == [True]
    assert _column(funnel, "chance") == pytest.approx([chance])
    assert f"chance alone gives as much in {per_cent} of such groups" in _column(funnel, "note")[0]


def test_an_outlier_that_chance_hardly_gives_has_no_note() -> None:
    assert _column(_funnel([(20, 100), (50, 100)], centre=0.5), "note") == [None, None]


# ----------------------------------------------------------------------------------------------------------- few, none


def test_a_group_without_a_denominator_keeps_its_row_and_counts_for_nothing() -> None:
    funnel = _funnel([(3, 10), (0, 0), (5, 10), (None, 10), (4, None), (nan, 10)])
    assert _column(funnel, "note") == [None, "no denominator, so no value", None, "no value", "no value", "no value"]
    empty = funnel.groups.drop("group", "numerator", "denominator", "note")[[1, 3, 4, 5]]
    assert empty.null_count().row(0) == (4,) * empty.width
    told = _summary(funnel)
    assert (told["groups"], told["kept"], told["centre"]) == (6, 2, pytest.approx(0.4))
    assert told["expected_outliers_95"] == pytest.approx(0.1)


@pytest.mark.parametrize("settings", KINDS)
@pytest.mark.parametrize("pairs", [[], [(0, 0)], [(None, 5)]])
def test_no_group_with_a_value_gives_no_numbers_and_a_reason(settings: dict[str, Any], pairs: Pairs) -> None:
    funnel = _funnel(pairs, **settings)
    told = _summary(funnel)
    assert funnel.groups.height == told["groups"] == len(pairs)
    assert (told["kept"], told["phi"], told["tau2"], told["limits"]) == (0, None, None, "unadjusted")
    assert told["reason"] == "no group has a value"


@pytest.mark.parametrize("settings", KINDS)
def test_one_group_has_limits_and_no_phi(settings: dict[str, Any]) -> None:
    funnel = _funnel([(4, 10)], **settings)
    told = _summary(funnel)
    assert (told["kept"], told["phi"], told["tau2"]) == (1, None, None)
    assert told["reason"] == "1 group in phi: over-dispersion cannot be told from fewer than 2"
    assert funnel.groups.select(PLAIN).null_count().row(0) == (0, 0, 0, 0)
    assert funnel.groups.select(LIMITS[4:]).null_count().row(0) == (1, 1, 1, 1)
    assert _column(funnel, "state") == ["inside"]


def test_few_groups_follow_the_formula_and_the_summary_says_that_it_is_rough() -> None:
    few, enough = (_summary(_funnel(_with_z([-4, 4] * pairs)[:count], kind="ratio", transform="cqc")) for pairs, count in ((5, 9), (5, 10)))
    assert few["limits"] == enough["limits"] == "adjusted"
    assert few["reason"] == "9 groups in phi: phi and tau2 are rough under 10"
    assert enough["reason"] is None


def test_a_rate_without_any_event_has_values_and_no_limits() -> None:
    funnel = _funnel([(0, 10), (0, 20)], kind="rate")
    assert _column(funnel, "value") == [0, 0]
    assert funnel.groups.select("z", "state", *LIMITS).null_count().row(0) == (2,) * 10
    assert _summary(funnel)["reason"] == "no event in any group: the average has no logarithm, so there are no limits"
    # a target has a logarithm
    assert _column(_funnel([(0, 10), (0, 20)], kind="rate", centre=0.1), "lower_95") != [None, None]


def test_no_event_has_no_logarithm_and_spoils_nobody_else() -> None:
    funnel = _funnel([(0, 50), (40, 50), (60, 50)], kind="ratio", transform="shmi")
    assert _column(funnel, "z")[0] is None
    assert _column(funnel, "state") == ["below", "inside", "inside"]
    assert _column(funnel, "note") == ["0 has no logarithm, so no z-score", None, None]
    assert _summary(funnel)["kept"] == 2
    assert _summary(funnel)["phi"] == pytest.approx(50 * (log(0.8) ** 2 + log(1.2) ** 2) / 2)


def test_truncating_everything_away_leaves_the_unadjusted_limits() -> None:
    told = _summary(_funnel([(8, 10), (12, 10), (10, 10)], kind="ratio", transform="shmi", trim=0.5))
    assert (told["kept"], told["phi"], told["limits"]) == (0, None, "unadjusted")


# ------------------------------------------------------------------------------------------------------ how often wrong


def _by_chance(settings: dict[str, Any], groups: int = 4000) -> pl.DataFrame:
    """Groups of 100 to 1,000 that differ by chance alone."""
    random = np.random.default_rng(20_240_401)
    size = random.integers(100, 1000, groups)
    if settings["kind"] == "proportion":
        seen, whole = random.binomial(size, 0.7), size
    elif settings["kind"] == "ratio":
        seen, whole = random.poisson(size), size
    else:
        seen, whole = random.poisson(0.7 * size), random.poisson(size)
    return pl.DataFrame({"site": np.arange(groups), "seen": seen, "all": whole})


@pytest.mark.parametrize("settings", KINDS)
def test_chance_alone_is_outside_about_as_often_as_the_limits_promise(settings: dict[str, Any]) -> None:
    told = _summary(_funnel(_by_chance(settings), **settings))
    assert told["limits"] == "unadjusted"
    # 4,000 groups: 200 ± 3 standard errors of 13.8, and 8 of which 0 to 18 would do
    assert told["outliers_95"] == pytest.approx(told["expected_outliers_95"], abs=42)
    assert told["outliers_998"] <= 18


def test_the_limits_that_funnelplotr_draws_for_a_rate_are_far_too_narrow() -> None:
    # D19: why the default does not take them
    frame = _by_chance({"kind": "rate"})
    assert _summary(_funnel(frame, kind="rate", like="funnelplotr"))["outliers_95"] > 0.4 * frame.height


def test_adjusted_limits_take_in_a_spread_between_groups_and_plain_ones_do_not() -> None:
    random = np.random.default_rng(7)
    size = random.integers(2000, 5000, 2000)
    share = np.sin(np.arcsin(np.sqrt(0.6)) + random.normal(0, 0.03, size.size)) ** 2
    frame = pl.DataFrame({"site": np.arange(size.size), "seen": random.binomial(size, share), "all": size})
    funnel = _funnel(frame, trim=0)
    told = _summary(funnel)
    assert told["limits"] == "adjusted"
    assert sqrt(told["tau2"]) == pytest.approx(0.03, rel=0.05)
    assert told["outliers_95"] / frame.height == pytest.approx(0.05, abs=0.015)
    plain = funnel.groups.filter(~pl.col("value").is_between("lower_95", "upper_95"))
    assert plain.height > 0.5 * frame.height


# ------------------------------------------------------------------------------------------------- what must not matter

SOME: st.SearchStrategy[Pairs] = st.lists(
    st.one_of(
        st.integers(0, 300).flatmap(lambda whole: st.tuples(st.integers(0, whole).map(float), st.just(float(whole)))),
        st.just((0.0, 0.0)),
        st.just((None, 7.0)),
    ),
    max_size=30,
)
FORMULA = st.sampled_from(KINDS)


@given(SOME, FORMULA, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(pairs: Pairs, settings: dict[str, Any], random: Any) -> None:
    frame = _frame(pairs)
    order = list(range(frame.height))
    random.shuffle(order)
    plain, shuffled = _funnel(frame, **settings), _funnel(frame[order], **settings)
    assert_frame_equal(plain.groups, shuffled.groups, check_exact=True)
    assert_frame_equal(plain.summary, shuffled.summary, check_exact=True)
    assert _column(shuffled, "group") == frame["site"].to_list()


@given(SOME, FORMULA)
def test_multiplying_scales_value_centre_and_limits_and_nothing_else(pairs: Pairs, settings: dict[str, Any]) -> None:
    plain, fourfold = _funnel(pairs, **settings), _funnel(pairs, **settings, multiply=4)
    assert_frame_equal(plain.groups.with_columns(pl.col("value", *LIMITS) * 4), fourfold.groups)
    assert_frame_equal(plain.summary.with_columns(pl.col("centre") * 4), fourfold.summary)


@given(SOME, FORMULA)
def test_another_group_without_a_denominator_changes_nothing_for_the_others(pairs: Pairs, settings: dict[str, Any]) -> None:
    fewer, more = _funnel(pairs, **settings), _funnel([*pairs, (0, 0)], **settings)
    assert_frame_equal(fewer.groups, more.groups.head(len(pairs)), check_exact=True)
    assert_frame_equal(fewer.summary.drop("groups"), more.summary.drop("groups"), check_exact=True)


@given(SOME, FORMULA, st.sampled_from([0, 0.1, 0.3, 0.5]))
def test_wider_limits_hold_the_narrower_ones_and_the_centre(pairs: Pairs, settings: dict[str, Any], trim: float) -> None:
    funnel = _funnel(pairs, **settings, trim=trim)
    centre = _summary(funnel)["centre"]
    for prefix in ("", "adjusted_"):
        known = funnel.groups.drop_nulls([f"{prefix}{name}" for name in PLAIN])
        ladder = ["lower_998", "lower_95", "upper_95", "upper_998"]
        inner, outer = 1 - 1e-12, 1 + 1e-12
        for low, high in pairwise(ladder):
            assert (known[f"{prefix}{low}"] * inner <= known[f"{prefix}{high}"] * outer).all()
        assert (known[f"{prefix}lower_95"] * inner <= (centre or 0) * outer).all()
        assert (known[f"{prefix}upper_95"] * outer >= (centre or 0) * inner).all()


def test_rows_come_back_in_the_order_of_names_and_never_of_values() -> None:
    frame = pl.DataFrame({"site": ["RXX", "RA1", "RM2"], "seen": [9, 5, 1], "all": [10, 10, 10]})
    funnel = _funnel(frame)
    assert _column(funnel, "group") == ["RA1", "RM2", "RXX"]
    assert not [name for name in (*funnel.groups.columns, *funnel.summary.columns) if "rank" in name]


def test_text_that_holds_numbers_is_read_and_other_columns_do_not_matter() -> None:
    frame = _frame([(3, 10), (0, 0), (5, 12), (None, 4)])
    text = frame.with_columns(pl.col("seen", "all").cast(pl.String).fill_null(" NA "), pl.col("site").cast(pl.Categorical), other=pl.lit("x"))
    assert_frame_equal(_funnel(text).groups, _funnel(frame).groups)


# ------------------------------------------------------------------------------------------------------------- bad input


def _refused(frame: Any, **settings: Any) -> BadInput:
    with pytest.raises(BadInput) as caught:
        _funnel(frame, **settings)
    for part in (caught.value.where, caught.value.expected, caught.value.seen, caught.value.action):
        assert part.strip()
    return caught.value


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("seen", "many", "a number"),
        ("seen", "1,234", "a number"),
        ("all", "*", "a number"),
        ("all", "inf", "a finite number"),
        ("seen", "-1", "0 or more"),
        ("all", "-0.5", "0 or more"),
    ],
)
def test_a_cell_that_cannot_be_used_is_named_by_group_row_and_column(column: str, cell: str, expected: str) -> None:
    frame = _frame([(1, 10), (2, 10), (3, 10)]).with_columns(
        pl.when(pl.col("site") == "001").then(pl.lit(cell)).otherwise(pl.col(column).cast(pl.String)).alias(column)
    )
    refused = _refused(frame[[2, 1, 0]])
    assert refused.where == f"spc.funnel, group 001, row 2, column '{column}'"
    assert refused.seen == repr(cell)
    assert expected in refused.expected


def test_a_numerator_above_its_denominator_is_refused_for_proportions_only() -> None:
    pairs: Pairs = [(1, 10), (11, 10)]
    refused = _refused(pairs)
    assert refused.where == "spc.funnel, group 001, row 2, column 'seen'"
    assert refused.seen == "11.0"
    assert _column(_funnel(pairs, kind="rate"), "value") == [0.1, 1.1]


def test_two_rows_of_one_group_are_refused() -> None:
    frame = pl.DataFrame({"site": ["B", "A", "C", "A"], "seen": [1, 2, 3, 4], "all": [9, 9, 9, 9]})
    refused = _refused(frame)
    assert refused.where == "spc.funnel, group A, rows 2, 4"
    assert refused.expected == "one row a group"


@pytest.mark.parametrize("name", [None, "", "  "])
def test_a_group_without_a_name_is_refused(name: str | None) -> None:
    refused = _refused(pl.DataFrame({"site": ["A", name], "seen": [1, 2], "all": [9, 9]}))
    assert refused.where == "spc.funnel, row 2, column 'site'"


@pytest.mark.parametrize("part", ["group", "numerator", "denominator"])
def test_a_column_that_is_not_there_is_named(part: str) -> None:
    refused = _refused([(1, 10)], **{part: "absent"})
    assert refused.expected == "a column 'absent'"
    assert "site, seen, all" in refused.seen


@pytest.mark.parametrize("column", ["site", "seen"])
def test_a_column_of_lists_is_refused(column: str) -> None:
    frame = pl.DataFrame({"site": ["A"], "seen": [1], "all": [9]}).with_columns(pl.concat_list(column).alias(column))
    assert column in _refused(frame).where


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(BadInput, match="a polars DataFrame"):
        spc.funnel({"site": ["A"]}, group="site", numerator="seen", denominator="all")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "seen", "settings"),
    [
        ("kind", "percentage", {}),
        ("kind", None, {}),
        ("transform", "log", {}),
        ("like", "qicharts2", {}),
        ("trim", -0.01, {}),
        ("trim", 0.51, {}),
        ("trim", nan, {}),
        ("trim", "0.1", {}),
        ("multiply", 0, {}),
        ("multiply", float("inf"), {}),
        ("multiply", True, {}),
        ("centre", 1.01, {}),
        ("centre", -0.1, {}),
        ("centre", 0, {"kind": "rate"}),
        ("centre", nan, {"kind": "ratio"}),
    ],
)
def test_a_setting_that_means_nothing_is_named(name: str, seen: object, settings: dict[str, Any]) -> None:
    refused = _refused([(1, 10)], **settings | {name: seen})
    assert refused.where == f"spc.funnel, {name}"
    assert refused.seen == repr(seen)


# -------------------------------------------------------------------------------------------------------------- golden

GOLDEN = Path(os.environ.get("SIGHTLINE_SHARED") or Path(__file__).parents[3] / "shared") / "golden" / "spc"


def _cases() -> list[dict[str, str]]:
    """The funnels that FunnelPlotR made; without the files one name, so that a test is there to be skipped."""
    if not (GOLDEN / "cases.csv").is_file():
        return [{"case": "absent"}]
    with (GOLDEN / "cases.csv").open(newline="", encoding="utf-8") as handle:
        return [row for row in csv.DictReader(handle) if row["kind"] == "funnel"]


@pytest.fixture(scope="module")
def check() -> ModuleType:
    """The comparison that lies beside the golden numbers, as a module."""
    spec = importlib.util.spec_from_file_location("golden_check", GOLDEN.parent / "check.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["golden_check"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.mirror
@pytest.mark.parametrize("case", _cases(), ids=lambda case: case["case"])
def test_funnelplotr(check: ModuleType, case: dict[str, str]) -> None:
    assert list(check.funnel_case(case, GOLDEN)) == []


@pytest.mark.mirror
@pytest.mark.parametrize("column", ["OD99UCL", "LCL95"])
def test_the_comparison_notices_a_wrong_number(check: ModuleType, column: str, tmp_path: Path) -> None:
    name = "fun_pr_od_od_99"
    shutil.copytree(GOLDEN / "input", tmp_path / "input", ignore=lambda _, names: [each for each in names if each != f"{name}.csv"])
    shutil.copy(GOLDEN / "funnel_summary.csv", tmp_path)
    (tmp_path / "funnel").mkdir()
    pl.read_csv(GOLDEN / "funnel" / f"{name}.csv").with_columns(pl.col(column) * (1 + 1e-6)).write_csv(tmp_path / "funnel" / f"{name}.csv")
    (case,) = [each for each in _cases() if each["case"] == name]
    assert len(list(check.funnel_case(case, tmp_path))) == 1
