"""What rules and limits mean: judgement by direction, the icon of the last point, the target against the limits."""

from __future__ import annotations

from math import inf, nextafter

import polars as pl
import pytest

from tests.spc.series import QUIET, after_quiet, charted, column, drawn, frame, only

HIGH, LOW = "17", "5"
RISING, FALLING = "9 9.5 10 10.5 11.5 12 12.5", "13 12.5 12 11.5 10.5 10 9.5"


@pytest.mark.parametrize(
    ("direction", "high", "low"),
    [("up", "improvement", "concern"), ("down", "concern", "improvement"), ("neither", "neither_high", "neither_low")],
)
def test_high_and_low_are_judged_by_the_better_direction(direction: str, high: str, low: str) -> None:
    for later, expected in ((HIGH, high), (LOW, low), ("12 12 13 12 12 13 12", high), ("9 10 9 10 9 10 9", low), ("15 12 15", high), ("7 10 7", low)):
        assert only(after_quiet(later, direction=direction))["variation"] == expected
    assert only(after_quiet("12", direction=direction))["variation"] == "common_cause"


@pytest.mark.parametrize(
    ("direction", "rising", "falling"),
    [("up", "improvement", "concern"), ("down", "concern", "improvement"), ("neither", "neither_high", "neither_low")],
)
def test_a_trend_is_judged_by_where_it_goes_not_by_its_side(direction: str, rising: str, falling: str) -> None:
    for later, expected in ((RISING, rising), (FALLING, falling)):
        words = column(after_quiet(later, direction=direction), "judgement")[12:]
        assert words == [expected] * 7  # points on both sides of the mean


def test_the_icon_is_the_state_of_the_last_point_alone() -> None:
    assert only(after_quiet("17 17 17 12", direction="up"))["variation"] == "common_cause"
    assert only(after_quiet("12 12 12 17", direction="up"))["variation"] == "improvement"
    assert only(after_quiet("17 .", direction="up"))["variation"] == "common_cause"


def test_a_series_not_named_has_no_better_direction() -> None:
    two = pl.concat([frame(QUIET + "17").with_columns(site=pl.lit(site)) for site in "AB"])
    assert charted(two, by="site", direction={"A": "down"}, baseline=12).summary["variation"].to_list() == ["concern", "neither_high"]


# ---------------------------------------------------------------------------------------------------------- assurance


@pytest.mark.parametrize(
    ("target", "up", "down"),
    [
        (17, "failing", "passing"),
        (16.33, "failing", "passing"),
        (16.32, "hit_or_miss", "hit_or_miss"),  # equal to the upper limit
        (11, "hit_or_miss", "hit_or_miss"),
        (5.68, "hit_or_miss", "hit_or_miss"),  # equal to the lower limit
        (5.67, "passing", "failing"),
        (0, "passing", "failing"),
    ],
)
def test_the_target_is_held_against_the_limits_and_equality_is_hit_or_miss(target: float, up: str, down: str) -> None:
    for direction, expected in (("up", up), ("down", down), ("neither", None)):
        assert only(drawn(QUIET + "12 10", direction=direction, target=target))["assurance"] == expected


def test_a_target_within_rounding_of_a_limit_equals_it() -> None:
    limits = only(drawn(QUIET + "12 10"))
    for limit, outwards in ((limits["upper_limit"], inf), (limits["lower_limit"], -inf)):
        beside = nextafter(limit, outwards)
        assert beside != limit
        assert only(drawn(QUIET + "12 10", direction="up", target=beside))["assurance"] == "hit_or_miss"


def test_without_a_target_there_is_no_assurance() -> None:
    two = pl.concat([frame(QUIET + "12 10").with_columns(site=pl.lit(site)) for site in "AB"])
    assert charted(two, by="site", direction="up", target={"A": 17}).summary["assurance"].to_list() == ["failing", None]
    assert only(drawn(QUIET + "12 10", direction="up"))["assurance"] is None


def test_the_last_target_and_the_last_limits_of_a_phase_count() -> None:
    rows = frame(QUIET + "12 10").with_columns(line=pl.Series([0.0] * 13 + [17.0]))
    assert only(charted(rows, direction="up", target_column="line"))["assurance"] == "failing"


def test_charts_without_natural_limits_have_no_assurance() -> None:
    for kind in ("run", "mr"):
        assert only(drawn(QUIET + "12 10", chart=kind, direction="up", target=17))["assurance"] is None


def test_targets_and_directions_of_two_keys_are_named_by_both() -> None:
    parts = [frame(QUIET + "12 10").with_columns(site=pl.lit(site), ward=pl.lit(ward)) for site, ward in (("A", 1), ("A", 2), ("B", 1))]
    chart = charted(pl.concat(parts), by=["site", "ward"], direction="up", target={("A", 1): 17, ("B", 1): 0})
    assert chart.summary.select("site", "ward", "assurance").rows() == [("A", 1, "failing"), ("A", 2, None), ("B", 1, "passing")]
