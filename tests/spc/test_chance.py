"""How often the rules see a change where there is none: the shipped table, and what is read from it."""

from __future__ import annotations

import csv
import itertools
from math import sqrt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sightline.spc import chance, icon_rate


def _cell(points: int, autocorrelation: float) -> dict[str, float]:
    (row,) = chance.table().filter(points=points, autocorrelation=autocorrelation).to_dicts()
    return row


def _agree(rate: float, other: float, series: int) -> bool:
    """Within four and a half standard errors of the difference of two simulations.

    The share of points varies less from series to series than a yes or no of the same mean, so the bound holds for it too.
    """
    pooled = max((rate + other) / 2, 1e-3)
    return abs(rate - other) <= 4.5 * sqrt(pooled * (1 - pooled) * (1 / series + 1 / chance.SERIES))


@pytest.mark.parametrize(("points", "autocorrelation"), [(13, 0.3), (24, 0.0), (24, 0.6), (60, 0.2)])
def test_the_shipped_table_comes_out_again_with_another_seed(points: int, autocorrelation: float) -> None:
    (again,) = chance.simulate((points,), (autocorrelation,), series=3000, seed=77).to_dicts()
    shipped = _cell(points, autocorrelation)
    for rate in chance.RATES:
        assert _agree(shipped[rate], again[rate], 3000), (rate, shipped[rate], again[rate])


def test_the_table_has_every_cell_once_and_rates_that_grow_with_autocorrelation() -> None:
    table = chance.table()
    assert table.select("points", "autocorrelation").rows() == list(itertools.product(chance.POINTS, chance.AUTOCORRELATIONS))
    for rate in chance.RATES:
        assert table[rate].is_between(0, 1).all()
        assert all(part[rate].is_sorted() for part in table.partition_by("points"))


def test_simulated_series_are_what_they_are_said_to_be() -> None:
    for wanted in (0.0, 0.4):
        made = chance.unchanged_series(500, 100, wanted, seed=1)
        assert made.shape == (500, 100)
        assert float(made.var()) == pytest.approx(1, abs=0.05)
        assert float((made[:, 1:] * made[:, :-1]).mean()) == pytest.approx(wanted, abs=0.03)
    assert not np.array_equal(chance.unchanged_series(2, 5, 0.0, seed=1), chance.unchanged_series(2, 5, 0.0, seed=2))


def test_false_alarms_are_shares_of_last_points_of_points_and_of_series() -> None:
    quiet = [10.0, 12.0] * 8
    at_the_end, in_the_middle = [*quiet[:15], 22.0], [*quiet[:9], 22.0, *quiet[10:]]
    found = chance.false_alarms(np.array([quiet, quiet, at_the_end, in_the_middle]))
    assert {name: found[name] for name in chance.RATES} == {"icon_rate": 1 / 4, "point_rate": 2 / 64, "series_rate": 2 / 4, "anhoej_rate": 0}
    assert {name: found[name] for name in chance.BY_RULE} == {
        "outside_limits_rate": 1 / 4, "trend_rate": 0, "two_of_three_rate": 0, "shift_rate": 0
    }  # fmt: skip


def test_the_rates_of_the_rules_add_up_to_that_of_the_icon() -> None:
    table = chance.table()
    assert np.allclose(table.select(pl.sum_horizontal(chance.BY_RULE)).to_series(), table["icon_rate"], atol=2.5e-5)


# ----------------------------------------------------------------------------------------------------------- reading it


def _rate(points: float | None, autocorrelation: float | None = 0.0, rate: str = "icon_rate") -> float | None:
    return icon_rate(pl.Series([points], dtype=pl.Float64), pl.Series([autocorrelation], dtype=pl.Float64), rate).item()


@pytest.mark.parametrize("rate", chance.RATES)
def test_a_simulated_cell_is_read_as_it_stands(rate: str) -> None:
    assert _rate(24, 0.3, rate) == pytest.approx(_cell(24, 0.3)[rate])
    assert _rate(120, 0.6, rate) == pytest.approx(_cell(120, 0.6)[rate])


def test_between_cells_the_rate_lies_in_proportion() -> None:
    assert _rate(22) == pytest.approx((_cell(20, 0)["icon_rate"] + _cell(24, 0)["icon_rate"]) / 2)
    assert _rate(24, 0.35) == pytest.approx((_cell(24, 0.3)["icon_rate"] + _cell(24, 0.4)["icon_rate"]) / 2)
    assert _rate(14, 0.1) == pytest.approx(_cell(13, 0.1)["icon_rate"] * 2 / 3 + _cell(16, 0.1)["icon_rate"] / 3)


@pytest.mark.parametrize(("points", "autocorrelation"), [(12, 0.0), (121, 0.0), (0, 0.0), (24, 0.61), (24, 1.0), (None, 0.0), (24, None)])
def test_beyond_what_was_simulated_there_is_no_rate(points: float | None, autocorrelation: float | None) -> None:
    assert _rate(points, autocorrelation) is None


def test_a_negative_autocorrelation_counts_as_none() -> None:
    assert _rate(24, -0.5) == _rate(24, 0.0) is not None


def test_one_autocorrelation_may_stand_for_all_and_counts_may_be_whole_numbers() -> None:
    many = icon_rate(pl.Series([13, 24, 200]), 0.2)
    assert many.to_list() == [_rate(13, 0.2), _rate(24, 0.2), None]
    assert icon_rate(pl.Series([], dtype=pl.Int64)).to_list() == []


# --------------------------------------------------------------------------------------------------- an older simulation


@pytest.mark.mirror
@pytest.mark.parametrize(("data", "autocorrelation"), [("independent", 0.0), ("AR(1) 0.3", 0.3), ("AR(1) 0.6", 0.6)])
@pytest.mark.parametrize("points", [24, 36, 60])
def test_the_table_agrees_with_the_simulation_of_the_reference(data: str, autocorrelation: float, points: int, shared: Path) -> None:
    with (shared / "reference" / "spc_false_alarms.csv").open(newline="", encoding="utf-8") as handle:
        rows = {row["rule"]: row for row in csv.DictReader(handle) if (row["data"], row["n"]) == (data, str(points))}
    rules, runs = rows["MDC, 7 points (all four rules)"], rows["Anhoej: either"]
    shipped = _cell(points, autocorrelation)
    for rate, theirs in (("icon_rate", rules["last"]), ("series_rate", rules["series"]), ("anhoej_rate", runs["series"])):
        assert _agree(shipped[rate], float(theirs) / 100, 20_000), (rate, shipped[rate], theirs)
    assert shipped["point_rate"] == pytest.approx(float(rules["points"]) / 100, rel=0.05)
