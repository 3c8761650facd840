"""Density at a target: exact figures by hand, simulated jumps, and what cannot tell."""

from __future__ import annotations

from datetime import date
from math import comb

import numpy as np
import polars as pl
import pytest

from sightline import threshold
from sightline.errors import BadInput
from sightline.threshold.deadline import deadline
from sightline.threshold.density import frandsen

CUTOFF = 76.0


def made(seed: int, organisations: int = 600, moved: float = 0.0) -> pl.DataFrame:
    """Performances in per cent; a share of those within three points below the target moved to within one above it."""
    random = np.random.default_rng(seed)
    values = 50 + 45 * random.beta(6, 4, organisations)
    near = (values >= CUTOFF - 3) & (values < CUTOFF) & (random.random(organisations) < moved)
    return pl.DataFrame({"value": np.where(near, CUTOFF + random.random(organisations), values)})


def at_target(frame: pl.DataFrame) -> dict[str, float]:
    return threshold.density(frame, value="value", cutoff=CUTOFF).local_polynomial.row(0, named=True)


def test_a_smooth_density_is_rarely_called_and_a_jump_is() -> None:
    nothing, jump = ([at_target(made(seed, moved=moved))["p_jk"] for seed in range(12)] for moved in (0.0, 0.5))
    assert sum(p <= 0.05 for p in nothing) <= 2
    assert sum(p <= 0.05 for p in jump) >= 11


def test_a_mirrored_density_has_the_opposite_statistic() -> None:
    # no value lies at the cut-off, so that left and right may change places
    frame = made(1)
    there, back = at_target(frame), at_target(frame.select(value=2 * CUTOFF - pl.col("value")))
    assert (back["h_left"], back["h_right"]) == pytest.approx((there["h_right"], there["h_left"]), rel=1e-3)
    assert back["t_jk"] == pytest.approx(-there["t_jk"], abs=0.1)


def test_scaling_values_and_cutoff_leaves_the_statistic() -> None:
    frame = made(2)
    ten = threshold.density(frame.select(pl.col("value") * 10), value="value", cutoff=CUTOFF * 10).local_polynomial.row(0, named=True)
    one = at_target(frame)
    assert (ten["t_jk"], ten["h_left"], ten["f_left"]) == pytest.approx((one["t_jk"], one["h_left"] * 10, one["f_left"] / 10))


def test_windows_are_counted_and_a_value_at_the_target_has_met_it() -> None:
    frame = pl.DataFrame({"value": [75.4, 75.6, 75.95, 76.0, 76.2, 76.9, 80.0]})
    rows = {row["half_width"]: row for row in threshold.density(frame, value="value", cutoff=CUTOFF).binomial.iter_rows(named=True)}
    assert (rows[0.1]["left"], rows[0.1]["right"]) == (1, 1)
    assert (rows[0.5]["left"], rows[0.5]["right"]) == (2, 2)
    assert (rows[1.0]["left"], rows[1.0]["right"], rows[1.0]["p"]) == (3, 3, 1.0)
    assert rows[4.0]["right"] == 3  # 80.0 lies at the end, outside


def test_the_binomial_is_exact() -> None:
    frame = pl.DataFrame({"value": [76.01] * 9 + [75.99]})
    first = threshold.density(frame, value="value", cutoff=CUTOFF).binomial.row(0, named=True)
    assert first["p"] == pytest.approx(2 * (comb(10, 0) + comb(10, 1)) / 2**10)


def test_frandsen_is_a_third_where_the_mass_is_linear() -> None:
    # 1 of 6 at the line: P(X <= 1) = (2/3)^6 + 6 (1/3) (2/3)^5, P(X > 1) = 1 - that; twice the smaller
    low = (2 / 3) ** 6 + 6 * (1 / 3) * (2 / 3) ** 5
    assert frandsen(2, 1, 3, 0) == pytest.approx(2 * min(low, 1 - low))


@pytest.mark.parametrize("k", [0.01, 0.02, 0.05, 0.1])
def test_more_curvature_allowed_is_less_sure(k: float) -> None:
    assert frandsen(40, 90, 42, k) >= frandsen(40, 90, 42, k / 2) - 1e-12
    assert 0 <= frandsen(3, 0, 4, k) <= 1


def test_neighbours_are_the_next_values_observed() -> None:
    frame = pl.DataFrame({"value": [75.0] * 4 + [75.4] * 7 + [76.1] * 9 + [78.0] * 5})
    row = threshold.density(frame, value="value", cutoff=CUTOFF).frandsen.row(0, named=True)
    assert (row["below"], row["at"], row["above"]) == (7, 9, 5)


def test_too_few_on_one_side_and_rounded_values_cannot_tell() -> None:
    assert at_target(made(1, 40).filter(pl.col("value") < 79).head(30))["why"] == "fewer than 20 on one side"
    assert "rounded" in str(at_target(made(1, 3000).select(pl.col("value").round(1)))["why"])
    assert at_target(made(1))["why"] is None


@pytest.mark.parametrize("values", [[75.0], [76.0] * 5, [75.0, 77.0], [70.0, 71.0, 72.0]])
def test_a_handful_of_values_has_no_statistic_and_no_error(values: list[float]) -> None:
    row = at_target(pl.DataFrame({"value": values}))
    assert (row["t_jk"], row["why"]) == (None, "fewer than 20 on one side")


@pytest.mark.parametrize(
    ("frame", "says"),
    [(pl.DataFrame({"value": ["x"]}), "row 1, value: expected a number"), (pl.DataFrame({"other": [1]}), "no such column"),
     (pl.DataFrame({"value": [None]}, schema={"value": pl.Float64}), "at least one value")],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(frame: pl.DataFrame, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        at_target(frame)


def test_a_deadline_month_is_one_among_all_months() -> None:
    months = [date(2023 + number // 12, number % 12 + 1, 1) for number in range(20)]
    level = [70 + 0.1 * (number % 3) + (4 if number >= 14 else 0) for number in range(20)]  # four points into March 2024, and kept
    rows = [
        {"org": org, "month": month, "value": value + shift}
        for org, shift in (("A", 0), ("B", 5))
        for month, value in zip(months, level, strict=True)
    ]
    result = deadline(pl.DataFrame(rows), unit="org", month="month", value="value", due=date(2024, 3, 1))
    first = result.estimates.row(0, named=True)
    assert first["mean_change"] == pytest.approx(4 + level[14] - 4 - level[13])
    assert first["p"] == pytest.approx(1 / 19)
    assert result.estimates["mean_change"].to_list()[1:] == pytest.approx([level[15] - level[13], level[16] - level[13], level[17] - level[13]])
    assert result.steps.height == 19
    missing = deadline(pl.DataFrame(rows), unit="org", month="month", value="value", due=date(2030, 3, 1)).estimates
    assert missing["p"].null_count() == 4
