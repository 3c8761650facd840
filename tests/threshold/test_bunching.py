"""Bunching: piles that were put there, curves that have none, what must not matter, and what is refused."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sightline import threshold
from sightline.errors import BadInput
from sightline.threshold.bunching import BUNCHING, CANNOT_TELL, DEPENDS, MISSING, NO_BUNCHING, VERDICTS, Bunching
from sightline.threshold.specification import axis_of, fitted

BINS = np.arange(60, 425, 5)
LINE = 240


@cache
def smooth(seed: int = 3, people: float = 60_000) -> pl.DataFrame:
    """Minutes in a department: a smooth hump with chance variation and nothing at the line."""
    shape = np.exp(-((BINS - 160) ** 2) / (2 * 90**2)) + 0.25 * np.exp(-((BINS - 300) ** 2) / (2 * 80**2))
    return pl.DataFrame({"bin": BINS, "count": np.random.default_rng(seed).poisson(people * shape / shape.sum())})


def moved(frame: pl.DataFrame, share: float) -> tuple[pl.DataFrame, int]:
    """A share of those in the hour above the line moved to the last twenty minutes below it, and how many that are."""
    counts = frame["count"].to_numpy().copy()
    above, below = (BINS > LINE) & (BINS <= LINE + 60), (BINS > LINE - 20) & (BINS <= LINE)
    taken = np.round(counts * above * share).astype(np.int64)
    counts = counts - taken
    counts[np.flatnonzero(below)[-1]] += taken.sum()
    return frame.with_columns(count=counts), int(taken.sum())


def estimated(frame: pl.DataFrame, **options: object) -> Bunching:
    settings_ = {"bin": "bin", "count": "count", "line": LINE, "width": 5, "degree": 7, "left": 3, "draws": 100} | options
    return threshold.bunching(frame, **settings_)  # type: ignore[arg-type]


def test_a_smooth_curve_is_never_called_bunching_and_mostly_none_of_size() -> None:
    verdicts = [estimated(smooth(seed)).estimates["verdict"][0] for seed in range(1, 11)]
    assert BUNCHING not in verdicts
    assert verdicts.count(NO_BUNCHING) >= 7


def test_a_pile_is_found_and_about_as_large_as_it_is() -> None:
    frame, people = moved(smooth(), 0.2)
    row = estimated(frame, correct=True).estimates.row(0, named=True)
    assert row["verdict"] == BUNCHING
    assert row["excess_corrected"] == pytest.approx(people, rel=0.25)
    assert abs(row["excess_corrected"] - people) < abs(row["excess"] - people)  # those who left the bins above pull the curve down
    assert row["b_lower"] < row["b"] < row["b_upper"]
    notch = estimated(frame, notch=True, right=12).estimates.row(0, named=True)
    assert notch["excess"] == pytest.approx(people, rel=0.25)
    assert (notch["verdict"], notch["p_placebo"]) == (None, None)


def test_a_hole_is_missing_mass() -> None:
    hole = smooth().with_columns(pl.when(pl.col("bin").is_between(225, 240)).then(pl.col("count") // 3).otherwise("count").alias("count"))
    assert estimated(hole).estimates["verdict"].to_list() == [MISSING]


def test_heaping_at_round_numbers_is_no_bunching_where_it_is_allowed_for() -> None:
    heaped = smooth().with_columns(pl.when(pl.col("bin") % 60 == 0).then(pl.col("count") + 900).otherwise("count").alias("count"))
    naive, allowed = (estimated(heaped, left=0, round_numbers=rounds).estimates.row(0, named=True) for rounds in ([], [30, 60]))
    assert naive["b"] > 0.8
    assert abs(allowed["b"]) < 0.15
    assert naive["verdict"] in (DEPENDS, BUNCHING)
    assert allowed["verdict"] != BUNCHING


def test_a_bin_counts_for_the_larger_of_two_round_numbers() -> None:
    terms = axis_of(np.array([20.0, 30.0, 60.0, 90.0]), 60, 10, [60, 30]).rounds
    assert terms.tolist() == [[0, 0], [1, 0], [0, 1], [1, 0]]


def test_a_polynomial_is_its_own_counterfactual() -> None:
    x = (BINS - LINE) / 180
    counts = 900 + 300 * x - 200 * x**2 + 90 * x**3
    result = estimated(pl.DataFrame({"bin": BINS, "count": counts}), degree=3)
    assert result.counterfactual["counterfactual"].to_list() == pytest.approx(counts.tolist())
    assert result.estimates["excess"][0] == pytest.approx(0, abs=1e-6)


def test_the_corrected_excess_is_the_fixed_point_of_the_iteration() -> None:
    counts = moved(smooth(), 0.2)[0]["count"].to_numpy().astype(np.float64)
    fit = fitted(axis_of(BINS.astype(np.float64), LINE, 5, []), 7, 3, 0)
    window, above, excess = ~fit.outside, BINS > LINE, 0.0
    for _ in range(200):
        scaled = counts * np.where(above, 1 + excess / counts[above].sum(), 1)
        excess = (counts - fit.matrix @ scaled)[window].sum()
    assert fit.corrected(counts[None, :])[0][0] == pytest.approx(excess, rel=1e-9)


def test_the_window_is_left_out_of_the_fit() -> None:
    pile = smooth().with_columns(pl.when(pl.col("bin") == LINE).then(50_000).otherwise("count").alias("count"))
    assert estimated(pile).counterfactual["counterfactual"].to_list() == pytest.approx(estimated(smooth()).counterfactual["counterfactual"].to_list())
    assert estimated(pile).counterfactual.filter("in_window")["bin"].to_list() == [225, 230, 235, 240]


@settings(max_examples=3)
@given(st.floats(0.5, 100), st.integers(0, 99))
def test_scaling_the_counts_scales_the_excess_and_leaves_b(times: float, seed: int) -> None:
    frame = moved(smooth(), 0.1)[0]
    one, many = (estimated(each, seed=seed).estimates.row(0, named=True) for each in (frame, frame.with_columns(pl.col("count") * times)))
    assert many["excess"] == pytest.approx(one["excess"] * times)
    assert [many[name] for name in ("b", "b_se", "p_placebo", "verdict")] == pytest.approx(
        [one[name] for name in ("b", "b_se", "p_placebo", "verdict")]
    )


@settings(max_examples=3)
@given(st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    assert_frame_equal(estimated(smooth().sample(fraction=1, shuffle=True, seed=seed)).grid, estimated(smooth()).grid)


def test_a_series_is_estimated_as_if_it_were_alone() -> None:
    series = {"b": moved(smooth(), 0.2)[0], "a": smooth(4), "c": smooth(5).head(60)}
    together = estimated(pl.concat([frame.with_columns(pl.lit(name).alias("site")) for name, frame in series.items()]), by="site")
    assert together.estimates["series"].to_list() == ["a", "b", "c"]
    for name, frame in series.items():
        alone = estimated(frame)
        for table in ("estimates", "grid", "counterfactual"):
            assert_frame_equal(getattr(together, table).filter(pl.col("series") == name).drop("series"), getattr(alone, table))


def test_the_same_seed_draws_the_same_and_another_nearly() -> None:
    one, same, other = (estimated(smooth(), seed=seed, draws=400).estimates["b_se"][0] for seed in (1, 1, 2))
    assert one == same != other
    assert other == pytest.approx(one, rel=0.25)


def test_every_other_bin_is_tried_as_the_line_but_those_near_it_or_at_the_ends() -> None:
    # 73 bins, the line the 37th; 7 bins and more from it and 8 from either end leave 22 on each side
    assert estimated(smooth()).estimates["placebo_lines"].to_list() == [44]


def test_too_little_cannot_tell() -> None:
    few, none = smooth(people=70), smooth().with_columns(count=pl.lit(0))
    for frame in (few, none):
        row = estimated(frame).estimates.row(0, named=True)
        assert (row["verdict"], row["why"]) == (CANNOT_TELL, "fewer than 100 in all bins")


def test_every_verdict_has_a_name() -> None:
    assert {estimated(frame).estimates["verdict"][0] for frame in (smooth(), moved(smooth(), 0.2)[0])} <= set(VERDICTS)


@pytest.mark.parametrize(
    ("frame", "options", "says"),
    [
        (smooth(), {"line": 999}, "expected a line from 60 to 420"),
        (smooth(), {"line": 242}, "the line 242 among them"),
        (smooth(), {"width": 4}, "bins 4 apart"),
        (smooth().head(9), {"line": 80}, "more than 5 bins below the line"),
        (smooth(), {"lowest": 230, "highest": 260}, "more than 5 bins below the line"),
        (smooth().filter(pl.col("bin") != 300), {}, "saw none at 300"),
        (pl.concat([smooth(), smooth().head(1)]), {}, "bin 60 twice"),
        (smooth().with_columns(count=pl.lit("x")), {}, "row 1, count: expected a number; saw 'x'"),
        (smooth().with_columns(count=pl.lit(None, pl.Int64)), {}, "saw an empty cell"),
        (smooth().with_columns(count=-pl.col("count")), {}, "a count, 0 or more"),
        (smooth(), {"bin": "minute"}, "no column minute"),
        (smooth(), {"degree": 40}, "a whole number from 1 to 12"),
        (smooth(), {"draws": 1}, "draws"),
        (smooth(), {"round_numbers": [0]}, "round_numbers"),
        (smooth(), {"left": -1}, "left"),
        (smooth(), {"line": float("nan")}, "line"),
    ],
)  # fmt: skip
def test_what_cannot_be_estimated_is_refused(frame: pl.DataFrame, options: dict[str, object], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        estimated(frame, **options)
