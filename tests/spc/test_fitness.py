"""When limits, runs or the figures alone may speak: resemblance of neighbours, season, few figures, many zeros."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from sightline.spc import autocorrelation, fitness, season
from sightline.spc.chance import unchanged_series
from sightline.spc.grouped import Groups
from tests.spc.series import months

SEASON = (0, 3, 6, 8, 9, 8, 6, 3, 0, -3, -5, -3)


def _fit(**known: Any) -> tuple[str, str, bool]:
    row = {"figures": 24, "zeros": 0, "alike": False, "lag1_autocorrelation": 0.1, "seasonal_strength": 0.2} | known
    schema = {"figures": pl.Int64, "zeros": pl.Int64, "alike": pl.Boolean, "lag1_autocorrelation": pl.Float64, "seasonal_strength": pl.Float64}
    found = pl.DataFrame([row], schema=schema).select(fitness.fitness(), fitness.reason(), stands=fitness.runs_verdict_stands())
    return found.row(0)


@pytest.mark.parametrize(
    ("known", "word", "runs_stand", "reason"),
    [
        ({}, "limits", True, "months with a figure: 24; no strong season, no strong autocorrelation"),
        ({"seasonal_strength": None}, "limits", True, "months with a figure: 24; the season cannot be judged under 36 months"),
        ({"lag1_autocorrelation": None, "seasonal_strength": None, "alike": True}, "limits", True, "months with a figure: 24, all the same"),
        ({"figures": 0}, "data", False, "months with a figure: 0; a chart needs 10, limits need 13"),
        ({"figures": 9}, "data", False, "months with a figure: 9; a chart needs 10, limits need 13"),
        ({"figures": 10}, "run", True, "months with a figure: 10; enough for a run chart, limits need 13"),
        ({"figures": 12}, "run", True, "months with a figure: 12; enough for a run chart, limits need 13"),
        ({"figures": 13}, "limits", True, "months with a figure: 13; no strong season, no strong autocorrelation"),
        ({"zeros": 24}, "data", False, "every month is zero: there is nothing to chart"),
        ({"zeros": 13}, "data", False, "zero in 13 of 24 months: too rare for limits or runs"),
        ({"zeros": 12}, "limits", True, "months with a figure: 24; no strong season, no strong autocorrelation"),
        ({"lag1_autocorrelation": 0.59}, "limits", True, "months with a figure: 24; no strong season, no strong autocorrelation"),
        ({"lag1_autocorrelation": 0.6}, "run", False, "each month resembles the last (autocorrelation 0.6)"),
        ({"lag1_autocorrelation": 0.97}, "run", False, "each month resembles the last (autocorrelation over 0.95)"),
        ({"seasonal_strength": 0.63}, "limits", True, "months with a figure: 24; no strong season, no strong autocorrelation"),
        ({"seasonal_strength": 0.64}, "run", False, "much of the movement is the time of year (seasonal strength 0.64)"),
        (
            {"lag1_autocorrelation": 0.81, "seasonal_strength": 0.7},
            "run",
            False,
            "each month resembles the last (autocorrelation 0.81) and the season repeats (strength 0.7)",
        ),
    ],
)
def test_the_word_and_the_reason(known: dict[str, Any], word: str, runs_stand: bool, reason: str) -> None:
    found = _fit(**known)
    assert found[0] == word
    assert found[1].split(", so ")[0] == reason
    assert found[2] == runs_stand


# ----------------------------------------------------------------------------------------------------- autocorrelation


def _lag1(*all_values: list[float], excluded: list[int] | None = None) -> list[float | None]:
    values = np.concatenate([np.array(values, dtype=float) for values in all_values])
    phase = np.repeat(np.arange(len(all_values)), [len(values) for values in all_values])
    left_out = np.isin(np.arange(values.size), excluded or [])
    found = autocorrelation.lag1(values, left_out, Groups(phase, len(all_values)))
    return [None if np.isnan(one) else float(one) for one in found]


def test_months_that_swing_to_and_fro_resemble_their_neighbours_in_reverse() -> None:
    (found,) = _lag1([10.0, 12.0] * 12)
    assert found is not None
    assert found < -0.9


def test_a_slow_wave_is_strongly_autocorrelated() -> None:
    (found,) = _lag1([10 * np.sin(place / 3) for place in range(36)])
    assert found is not None
    assert found >= fitness.STRONG_AUTOCORRELATION


def test_a_lasting_step_between_two_quiet_levels_is_no_autocorrelation() -> None:
    noise = unchanged_series(400, 24, 0.0, seed=5)
    stepped = noise + np.where(np.arange(24) < 12, 0.0, 3.0)
    quiet, with_step = (np.array(_lag1(*rows.tolist()), dtype=float) for rows in (noise, stepped))
    assert abs(np.median(with_step) - np.median(quiet)) < 0.1
    assert (with_step >= fitness.STRONG_AUTOCORRELATION).mean() < 0.02


@pytest.mark.parametrize("after", [5, 4, 1])
def test_a_step_is_set_aside_with_five_points_on_each_side_at_least(after: int) -> None:
    for step in ([0.0] * (20 - after) + [10.0] * after, [10.0] * after + [0.0] * (20 - after)):
        start = autocorrelation.level_starts(np.array(step) - np.mean(step), Groups(np.zeros(20, dtype=np.int64), 1))
        assert start.tolist() == [0, 15 if step[0] == 0 else 5]


def test_the_estimate_is_near_the_truth_for_long_series() -> None:
    for truth in (0.0, 0.5):
        found = np.array(_lag1(*unchanged_series(200, 120, truth, seed=8).tolist()), dtype=float)
        assert abs(np.median(found) - truth) < 0.07


@pytest.mark.parametrize(
    ("values", "known"),
    [
        ([1.0, 2, 1, 3, 1, 2, 4, 1, 2], False),  # nine
        ([1.0, 2, 1, 3, 1, 2, 4, 1, 2, 3], True),  # ten
        ([5.0] * 20, False),  # nothing varies
        ([5.0] * 10 + [9.0] * 10, False),  # nothing varies once the step is set aside
        ([1.0, np.nan, 2, np.nan] * 12, False),  # no neighbours
    ],
)
def test_it_is_unknown_where_there_is_nothing_to_go_by(values: list[float], known: bool) -> None:
    assert (_lag1(values)[0] is not None) == known


def test_each_phase_is_judged_by_itself_and_left_out_points_make_no_pair() -> None:
    one, two = [3.0, 7, 4, 9, 2, 8, 8, 1, 5, 6, 2, 7], [10 * float(np.sin(place / 3)) for place in range(24)]
    assert _lag1(one, two) == [*_lag1(one), *_lag1(two)]
    assert _lag1([*one, 900.0], excluded=[12]) == _lag1(one)


# -------------------------------------------------------------------------------------------------------------- season


def _strength(values: list[float | None]) -> float | None:
    rows = pl.DataFrame({"series": "A", "month": months(len(values)), "value": values}, schema_overrides={"value": pl.Float64})
    return season.strength(rows, ["series"])["seasonal_strength"].item()


def test_a_year_that_repeats_is_all_season_whatever_the_level_and_slope() -> None:
    yearly = [float(100 + 2 * place + SEASON[place % 12]) for place in range(60)]
    assert _strength(yearly) == pytest.approx(1)


def test_noise_without_a_season_is_not_taken_for_one() -> None:
    strengths = [_strength(row) for row in unchanged_series(60, 48, 0.0, seed=3).tolist()]
    assert float(np.median(np.array(strengths, dtype=float))) < 0.3
    assert sum(strength is not None and strength >= fitness.STRONG_SEASON for strength in strengths) <= 1


def test_the_season_is_unknown_under_three_years_of_figures() -> None:
    yearly: list[float | None] = [float(100 + SEASON[place % 12]) for place in range(36)]
    assert _strength(yearly[:35]) is None
    assert _strength([*yearly[:20], None, *yearly[21:]]) is None
    assert _strength(yearly) == pytest.approx(1)


def test_a_missing_month_more_or_less_does_not_hide_the_season() -> None:
    yearly: list[float | None] = [float(100 + SEASON[place % 12]) for place in range(60)]
    yearly[25] = None
    found = _strength(yearly)
    assert found is not None
    assert found > 0.95


def test_only_the_last_five_years_count() -> None:
    yearly = [float(100 + SEASON[place % 12]) for place in range(60)]
    assert _strength([500.0, 3.0, 80.0, 900.0] * 12 + yearly) == pytest.approx(_strength(yearly))


def test_a_flat_series_has_no_season_to_speak_of() -> None:
    assert _strength([0.1] * 60) is None
