"""Funnels of the nightly line: who is compared, what a funnel lets one say, and where it says nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import polars as pl
import pytest

from sightline import spc
from sightline.errors import BadInput
from tests.spc.series import months

YEAR = months(14, date(2024, 1, 1))
Made = tuple[pl.DataFrame, pl.DataFrame]


def _values(shares: Sequence[float], size: int, *, measure: str = "m", when: Sequence[date] = YEAR, noise: bool = True) -> pl.DataFrame:
    """Organisations of one size a month with a true share each; counts are binomial."""
    draw = np.random.default_rng(7)
    rows = [
        (measure, "provider", f"R{place:03}", month, float(draw.binomial(size, share)) if noise else size * share, float(size))
        for place, share in enumerate(shares)
        for month in when
    ]
    return pl.DataFrame(rows, schema=["measure", "level", "organisation", "month", "numerator", "denominator"], orient="row")


def _made(values: pl.DataFrame, *, unit: str = "proportion", scale: float = 1.0, peers: str | None = "true") -> Made:
    codes = values["organisation"].unique().sort()
    definitions = pl.DataFrame({"measure": ["m"], "unit": [unit], "scale": [scale], "funnel": [peers]}, schema_overrides={"funnel": pl.String})
    organisations = pl.DataFrame({"organisation": codes, "level": "provider", "has_type_1": [code != "R000" for code in codes]})
    return spc.funnel_analysis(values, definitions, organisations)


def test_organisations_that_differ_by_chance_alone_are_told_so() -> None:
    points, summary = _made(_values([0.8] * 60, 500))
    row = summary.row(0, named=True)
    assert (row["says"], row["compared"], row["first_month"], row["last_month"], row["months"]) == (
        "chance_and_spread", 60, date(2024, 3, 1), date(2025, 2, 1), 12,
    )  # fmt: skip
    assert 0.5 < row["phi"] < 1.6
    assert row["expected_95"] == pytest.approx(3)
    assert row["outside_998"] <= 2
    assert points["denominator"].unique().to_list() == [6000]


def test_one_that_truly_differs_is_marked_and_the_others_are_not() -> None:
    points, summary = _made(_values([0.8] * 59 + [0.7], 500))
    assert points.filter(pl.col("state") == "below")["organisation"].to_list() == ["R059"]
    assert summary["says"].item() == "chance_and_spread"


def test_large_counts_with_a_real_spread_leave_nothing_to_chance() -> None:
    shares = list(np.random.default_rng(3).normal(0.7, 0.05, 60).clip(0.4, 0.95))
    row = _made(_values(shares, 10_000))[1].row(0, named=True)
    assert (row["says"], row["limits"]) == ("spread", "adjusted")
    assert row["phi"] > 100
    assert row["outside_chance_998"] > 40
    assert row["outside_998"] < row["outside_95"] < row["outside_chance_95"]


def test_a_bell_shaped_spread_puts_as_many_outside_as_the_summary_expects() -> None:
    """The spread is measured without its ends, so more lie outside than 5 and 0.2 %: the summary says how many."""
    shares = list(np.random.default_rng(5).normal(0.5, 0.05, 4_000))
    row = _made(_values(shares, 20_000, when=YEAR[:1]))[1].row(0, named=True)
    assert row["expected_95"] == pytest.approx(200)
    assert row["outside_95"] == pytest.approx(row["expected_spread_95"], rel=0.1)
    assert row["outside_998"] == pytest.approx(row["expected_spread_998"], rel=0.3)
    assert row["expected_spread_95"] > 1.5 * row["expected_95"]


@pytest.mark.parametrize(
    ("shares", "unit", "why"),
    [
        ([0.8] * 5, "proportion", "too few"),
        (list(np.linspace(0.05, 0.95, 40)), "proportion", "nearly any share"),
        (list(np.geomspace(0.001, 0.5, 40)), "per 1,000 people", "nearly any rate"),
        ([0.0] * 20, "per 1,000 people", "no event"),
    ],
)
def test_a_funnel_that_says_nothing_marks_nobody_and_says_why(shares: list[float], unit: str, why: str) -> None:
    points, summary = _made(_values(shares, 5_000), unit=unit, scale=1000 if "per" in unit else 1)
    row = summary.row(0, named=True)
    assert row["says"] == "nothing"
    assert why in row["reason"]
    assert points.select("state", "outlier_95", "outlier_998").null_count().row(0) == (points.height,) * 3


def test_fewer_than_ten_get_no_limits() -> None:
    points, _ = _made(_values([0.8] * 9, 500))
    assert points["adjusted_upper_998"].null_count() == points["upper_95"].null_count() == 9
    assert points["value"].null_count() == 0


def test_only_the_newest_twelve_months_count_and_who_has_too_few_of_them_is_not_compared() -> None:
    early = _values([0.1] * 20, 500, when=YEAR[:2])
    short = _values([0.8] * 20, 500, when=YEAR[2:]).filter((pl.col("organisation") != "R003") | (pl.col("month") < YEAR[10]))
    points, summary = _made(pl.concat([early, short]))
    assert points["value"].min() > 0.7
    left_out = points.filter(pl.col("note").is_not_null())
    assert left_out.select("organisation", "note").rows() == [("R003", "figures of 8 of 12 months: too few to compare")]
    assert left_out.select("upper_998", "state").row(0) == (None, None)
    assert (summary["organisations"].item(), summary["compared"].item()) == (20, 19)


def test_only_the_peers_that_the_definition_names_are_compared_and_without_peers_there_is_no_funnel() -> None:
    values = _values([0.8] * 20, 500)
    assert "R000" not in _made(values, peers="has_type_1")[0]["organisation"].to_list()
    points, summary = _made(values, peers=None)
    assert points.height == summary.height == 0


def test_impossible_counts_are_left_out_with_a_note_and_stop_nothing() -> None:
    values = _values([0.8] * 20, 500).with_columns(numerator=pl.when(pl.col("organisation") == "R005").then(900.0).otherwise("numerator"))
    points, _ = _made(values)
    assert points.filter(pl.col("organisation") == "R005")["note"].item() == "a numerator above its denominator: not compared"


def test_a_rate_is_shown_in_its_unit() -> None:
    points, summary = _made(_values([0.02] * 20, 5_000, noise=False), unit="per 1,000 people", scale=1000)
    assert points["value"].to_list() == pytest.approx([20] * 20)
    assert summary["centre_line"].item() == pytest.approx(20)
    assert summary["kind"].item() == "rate"


def test_a_condition_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(BadInput, match="a condition on"):
        _made(_values([0.8], 5), peers="has type 1 (")


@pytest.mark.parametrize("turned", [lambda rows: rows.reverse(), lambda rows: rows.sample(fraction=1, shuffle=True, seed=1)])
def test_the_order_of_rows_changes_nothing(turned: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    values = _values([0.8] * 12, 500)
    assert _made(values)[0].equals(_made(turned(values))[0])
