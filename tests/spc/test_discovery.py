"""What chance does with the figures of a series, and which of many signals stand."""

from __future__ import annotations

from math import nan, sqrt

import numpy as np
import polars as pl
import pytest

from sightline.spc import chance, discovery
from sightline.spc.engine import Rows, Settings
from sightline.spc.reordered import ORDERS, icon_share


def share(*series: list[float], excluded: tuple[int, ...] = ()) -> list[float]:
    values = np.array([value for one in series for value in one])
    phase = np.repeat(np.arange(len(series), dtype=np.int64), [len(one) for one in series])
    left_out = np.zeros(values.size, dtype=bool)
    left_out[list(excluded)] = True
    return icon_share(Rows(values, left_out, phase, phase), Settings()).tolist()


def near(found: float, wanted: float) -> bool:
    return abs(found - wanted) <= 4.5 * sqrt(wanted * (1 - wanted) / ORDERS)


ONE_HIGH = [40.0] + [10.0] * 23


def test_one_high_month_makes_a_signal_where_it_stands_last_or_has_not_come_for_seven_months() -> None:
    # 23 months lie below the mean: seven of them in a row are a shift, and the high one is outside the limits wherever it stands
    assert near(share(ONE_HIGH)[0], (1 + 17) / 24)


def test_no_run_reaches_across_a_gap_so_that_the_last_month_alone_can_signal() -> None:
    assert near(share([40.0] + [10.0] * 21 + [nan] + [10.0])[0], 1 / 23)


def test_a_month_that_is_left_out_stays_where_it_is_and_comes_last_in_no_order() -> None:
    assert near(share([40.0, *[10.0] * 23, 99.0, 10.0], excluded=(24,))[0], (1 + 18) / 25)


def test_months_all_alike_never_signal_and_the_series_beside_changes_nothing() -> None:
    alone, beside = share(ONE_HIGH), share([10.0] * 24, ONE_HIGH, [3.0, 5.0, 4.0] * 8)
    assert beside[:2] == [0.0, alone[0]]
    assert share() == []


def test_normal_series_signal_as_often_as_was_simulated() -> None:
    made = chance.unchanged_series(1500, 24, 0.0, seed=5)
    assert np.mean(share(*made.tolist())) == pytest.approx(chance.icon_rate(pl.Series([24])).item(), rel=0.1)


def test_a_rate_is_never_nothing_and_beyond_the_simulation_it_is_that_of_the_series() -> None:
    own = discovery.own_rate(pl.Series([0.0, 0.5, None]), pl.Series([0.021, None, 0.02]))
    assert own.to_list() == [pytest.approx(0.001), 0.5, None]


def test_autocorrelation_multiplies_the_odds_as_in_the_simulation() -> None:
    simulated = chance.icon_rate(pl.Series([24]), 0.3).item()
    same = discovery.at_autocorrelation(chance.icon_rate(pl.Series([24, 24, 24])), pl.Series([24, 24, 24]), pl.Series([0.3, 0.0, 0.7]))
    assert same.to_list() == [pytest.approx(simulated), pytest.approx(chance.icon_rate(pl.Series([24])).item()), None]


def family(rates: list[float | None], signals: list[str], measure: str = "m") -> pl.DataFrame:
    many = len(rates)
    return pl.DataFrame({
        "measure": [measure] * many, "figures": [24] * many, "lag1_autocorrelation": [0.0] * many, "signal": signals,
        "variation": ["concern"] * many, "chance_icon_autocorrelated": rates,
    }, schema_overrides={"chance_icon_autocorrelated": pl.Float64})  # fmt: skip


def commonest() -> str:
    row = chance.table().filter(points=24, autocorrelation=0.0).row(0, named=True)
    return max(chance.BY_RULE, key=lambda name: row[name]).removesuffix("_rate")


def test_q_values_are_those_of_benjamini_and_hochberg_within_each_family() -> None:
    rule = commonest()  # chance makes no rule more often, so its p-value is the whole chance of the icon
    two = pl.concat([family([0.01, 0.04, 0.03, 0.5], [rule, rule, rule, "none"]), family([0.02], [rule], "other")])
    found = discovery.controlled(two, ["measure"]).sort("measure", "p_value")
    assert found["p_value"].to_list() == pytest.approx([0.01, 0.03, 0.04, 1.0, 0.02])
    assert found["q_value"].to_list() == pytest.approx([0.04, 0.04 * 4 / 3, 0.04 * 4 / 3, 1.0, 0.02])


def test_a_rule_that_chance_makes_more_rarely_has_the_smaller_p_value() -> None:
    rates = chance.table().filter(points=24, autocorrelation=0.0).select(chance.BY_RULE).row(0, named=True)
    found = dict(
        discovery.controlled(family([0.02] * 4, [name.removesuffix("_rate") for name in rates]), ["measure"]).select("signal", "p_value").rows()
    )
    for name, rate in rates.items():
        rarer = sum(other for other in rates.values() if other <= rate)
        assert found[name.removesuffix("_rate")] == pytest.approx(0.02 * rarer / sum(rates.values()))


def test_where_the_chance_is_not_known_there_is_neither() -> None:
    found = discovery.controlled(family([None, 0.02], ["shift", commonest()]), ["measure"])
    assert found.filter(pl.col("chance_icon_autocorrelated").is_null()).select("p_value", "q_value").rows() == [(None, None)]
    assert found.drop_nulls("p_value").select("p_value", "q_value").rows() == [(pytest.approx(0.02), pytest.approx(0.02))]
