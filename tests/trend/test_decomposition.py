"""Level, season and steps of series whose truth is known, and the same numbers from a filter that takes month after month."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from statsmodels.tsa.statespace.structural import UnobservedComponents

from sightline.trend import decomposition
from sightline.trend.coverage import Case, draw, rates
from sightline.trend.decomposition import RATIOS, Decomposition, Floats, decompose

SEASON = np.array([6.0, 4.0, 1.0, 0.0, -2.0, -3.0, -3.0, -4.0, -1.0, 0.0, 1.0, 1.0])
NO_STEP = np.zeros((60, 0))


def stepped(months: int, place: int) -> Floats:
    """The regressor of a step at a place."""
    return (np.arange(months) >= place).astype(float)[:, None]


def made(value: Floats, steps: Floats) -> Decomposition:
    """The decomposition of a series that has one."""
    found = decompose(value, steps)
    assert isinstance(found, Decomposition), found
    return found


def filtered(value: Floats, steps: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of level and season, each ``(2, months)``, by statsmodels' filter and smoother, averaged over the same ratios.

    The likelihood with the variance integrated out needs the weighted squares: what the likelihood of the figures at variance 1
    lacks to that of zeros in their place.
    """
    spare = int(np.isfinite(value).sum()) - 12 - steps.shape[1]
    weights = np.column_stack([np.ones(value.size), steps])

    def modelled(figures: Floats, ratio: float) -> Any:
        model = UnobservedComponents(
            figures, level="llevel", seasonal=12, stochastic_seasonal=False, exog=steps if steps.size else None, mle_regression=False,
            use_exact_diffuse=True,
        )  # fmt: skip
        model.update(np.array([1.0, ratio]))
        return model.ssm

    means, variances, likelihoods = [], [], []
    for ratio in RATIOS:
        smoother, of_zeros = modelled(value, ratio), float(modelled(value * 0, ratio).loglike())
        squares = 2 * (of_zeros - float(smoother.loglike()))
        found = smoother.smooth()
        held = [0, *range(found.smoothed_state.shape[0] - steps.shape[1], found.smoothed_state.shape[0])]
        covariance = found.smoothed_state_cov
        level = np.einsum("ti,ijt,tj->t", weights, covariance[np.ix_(held, held)], weights)
        means.append(np.stack([(weights.T * found.smoothed_state[held]).sum(axis=0), found.smoothed_state[1]]))
        variances.append(np.stack([level, covariance[1, 1]]) * squares / spare)
        likelihoods.append(of_zeros - spare / 2 * np.log(squares))
    weight = np.exp(np.array(likelihoods) - max(likelihoods))
    weight = np.where(weight < decomposition.LEAST_WEIGHT * weight.sum(), 0, weight)[:, None, None]
    weight /= weight.sum()
    middle = (weight * np.array(means)).sum(axis=0)
    return middle, np.sqrt((weight * (np.array(variances) + (np.array(means) - middle) ** 2)).sum(axis=0))


@pytest.mark.parametrize(("missing", "places"), [((), ()), ((3, 20, 21, 40), (30,)), ((0, 1, 2), (55,)), ((59,), (9, 41))])
def test_all_months_at_once_give_what_the_filter_of_statsmodels_gives_month_by_month(missing: tuple[int, ...], places: tuple[int, ...]) -> None:
    random = np.random.default_rng(4)
    value = 50 + np.cumsum(random.normal(0, 0.4, 60)) + np.resize(SEASON, 60) + random.normal(0, 1, 60)
    value[list(missing)] = np.nan
    steps = np.column_stack([NO_STEP, *(stepped(60, place) for place in places)])
    found, ((level, season), (level_sd, season_sd)) = made(value, steps), filtered(value, steps)
    # Student's t, 97.5 %, from a printed table
    times = {48: 2.0106, 45: 2.0141, 43: 2.0167, 44: 2.0154}[60 - len(missing) - 12 - len(places)]
    assert found.level == pytest.approx(level, abs=1e-7)
    assert found.season == pytest.approx(season, abs=1e-7)
    assert found.level_half == pytest.approx(times * level_sd, rel=1e-4)
    assert found.season_half == pytest.approx(times * season_sd, rel=1e-4)


def test_a_season_is_found_and_the_level_is_without_it() -> None:
    value = 100 + np.resize(SEASON - SEASON.mean(), 60) + np.random.default_rng(1).normal(0, 0.3, 60)
    found = made(value, NO_STEP)
    assert np.abs(found.season[:12] - (SEASON - SEASON.mean())).max() < 0.6
    assert np.abs(found.level - 100).max() < 0.6


def test_a_series_that_begins_in_july_has_its_season_from_july_on() -> None:
    value = 100 + np.resize(np.roll(SEASON, -6), 60) + np.random.default_rng(2).normal(0, 0.3, 60)
    found = made(value, NO_STEP)
    assert int(np.argmax(found.season[:12])) == 6  # January, six months after July


def test_a_declared_step_is_no_trend() -> None:
    value = 50 + np.resize(SEASON, 60) + 20 * stepped(60, 30)[:, 0] + np.random.default_rng(3).normal(0, 1, 60)
    declared, silent = made(value, stepped(60, 30)), made(value, NO_STEP)
    inside = np.r_[1:30, 31:60]
    assert np.abs(np.diff(declared.level)[inside - 1]).max() < 1
    assert 18 < declared.level[30] - declared.level[29] < 22
    assert declared.level_half.mean() < silent.level_half.mean() / 1.5


def test_a_gap_makes_the_level_less_sure_and_nothing_else() -> None:
    random = np.random.default_rng(5)
    value = 50 + np.cumsum(random.normal(0, 0.5, 60)) + np.resize(SEASON, 60) + random.normal(0, 1, 60)
    holed = value.copy()
    holed[24:33] = np.nan
    found = made(holed, NO_STEP)
    assert np.isfinite(found.level).all()
    assert found.level_half[28] > 1.3 * found.level_half[10]


@pytest.mark.parametrize(
    "case",
    [
        Case("still", 36, 0.0, 3.0, 0.0, 0.0),
        Case("moving, with a step and gaps", 60, 0.3, 3.0, 5.0, 0.1),
    ],
)
def test_the_interval_holds_the_level_about_as_often_as_it_says(case: Case) -> None:
    found = rates(case, 25, seed=11)
    assert found.refused == 0
    assert found.level > 0.9
    assert 0.9 < found.season < 0.99


def test_a_series_without_spare_months_is_refused() -> None:
    value = np.where(np.arange(24) < 22, np.random.default_rng(1).normal(0, 1, 24), np.nan)
    assert decompose(value, np.column_stack([stepped(24, place)[:, 0] for place in (6, 12, 18)])) == (
        "too few months for a level, a season and the declared steps"
    )


def test_a_step_that_cannot_be_told_from_the_season_is_refused() -> None:
    one = draw(Case("", 36, 0.0, 1.0, 0.0, 0.0), 1).value
    assert decompose(one, np.column_stack([stepped(36, 9), stepped(36, 9)])) == "the declared steps cannot be told from the season"


def test_figures_that_the_season_alone_makes_tell_nothing_of_how_sure_it_is() -> None:
    assert decompose(np.resize(SEASON, 60), NO_STEP) == "level, season and steps leave nothing of the figures, so nothing tells how sure they are"
