"""Level, season and steps of series whose truth is known, and the same numbers from a model that is solved another way."""

from __future__ import annotations

import numpy as np
import pytest

from sightline.trend import decomposition
from sightline.trend.coverage import Case, draw, rates
from sightline.trend.decomposition import RATIOS, Decomposition, Floats, decompose

SEASON = np.array([6.0, 4.0, 1.0, 0.0, -2.0, -3.0, -3.0, -4.0, -1.0, 0.0, 1.0, 1.0])
NO_STEP = np.zeros((60, 0))


def stepped(months: int, place: int) -> Floats:
    """The regressor of a step at a place."""
    return (np.arange(months) >= place).astype(float)[:, None]


def made(value: Floats, steps: Floats, first: int = 0) -> Decomposition:
    """The decomposition of a series that has one."""
    found = decompose(value, first, steps)
    assert isinstance(found, Decomposition), found
    return found


def solved(value: Floats, steps: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of level and step by generalised least squares with one dense matrix: no filter, no state.

    Restricted likelihood and best linear unbiased prediction of the random walk (Robinson 1991), averaged over the same ratios.
    """
    there, at = np.isfinite(value), np.arange(value.size)
    calendar = np.eye(12)[at % 12]
    design, spare = np.column_stack([calendar, steps]), int(there.sum()) - 12 - steps.shape[1]
    walk = np.minimum.outer(at, at).astype(float)
    # the level is the mean of the calendar effects, the steps, and the walk
    wanted = np.column_stack([np.full((value.size, 12), 1 / 12), steps])
    means, variances, weights = [], [], []
    for ratio in RATIOS:
        inverse = np.linalg.inv(np.eye(there.sum()) + ratio * walk[np.ix_(there, there)])
        known = design[there]
        information = known.T @ inverse @ known
        estimate = np.linalg.solve(information, known.T @ inverse @ value[there])
        left = value[there] - known @ estimate
        squares = left @ inverse @ left
        pulled = ratio * walk[:, there] @ inverse
        apart = wanted - pulled @ known
        means.append(wanted @ estimate + pulled @ left)
        variances.append(squares / spare * np.diag(ratio * walk - pulled @ (ratio * walk[there]) + apart @ np.linalg.inv(information) @ apart.T))
        sign = np.linalg.slogdet(inverse)[1] - np.linalg.slogdet(information)[1]
        weights.append(sign / 2 - spare / 2 * np.log(squares))
    weight = np.exp(np.array(weights) - max(weights))
    weight = np.where(weight < decomposition.LEAST_WEIGHT * weight.sum(), 0, weight)[:, None]
    weight /= weight.sum()
    middle = (weight * np.array(means)).sum(axis=0)
    return middle, np.sqrt((weight * (np.array(variances) + (np.array(means) - middle) ** 2)).sum(axis=0))


@pytest.mark.parametrize(("missing", "place"), [((), None), ((3, 20, 21, 40), 30), ((0, 1, 2), 55)])
def test_the_filter_gives_what_least_squares_with_the_whole_matrix_give(missing: tuple[int, ...], place: int | None) -> None:
    random = np.random.default_rng(4)
    value = 50 + np.cumsum(random.normal(0, 0.4, 60)) + np.resize(SEASON, 60) + random.normal(0, 1, 60)
    value[list(missing)] = np.nan
    steps = NO_STEP if place is None else stepped(60, place)
    found, (level, deviation) = made(value, steps), solved(value, steps)
    spare = 60 - len(missing) - 12 - steps.shape[1]
    times = {48: 2.0106, 43: 2.0167, 44: 2.0154}[spare]  # Student's t, 97.5 %, from a printed table
    assert found.level == pytest.approx(level, abs=1e-6)
    assert found.level_half == pytest.approx(times * deviation, rel=1e-4)


def test_a_season_is_found_and_the_level_is_without_it() -> None:
    value = 100 + np.resize(SEASON - SEASON.mean(), 60) + np.random.default_rng(1).normal(0, 0.3, 60)
    found = made(value, NO_STEP)
    assert np.abs(found.season[:12] - (SEASON - SEASON.mean())).max() < 0.6
    assert np.abs(found.level - 100).max() < 0.6


def test_the_season_begins_at_the_calendar_month_of_the_first_figure() -> None:
    value = 100 + np.resize(np.roll(SEASON, -6), 60) + np.random.default_rng(2).normal(0, 0.3, 60)
    found = made(value, NO_STEP, first=6)
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
    assert decompose(value, 0, np.column_stack([stepped(24, place)[:, 0] for place in (6, 12, 18)])) == (
        "too few months for a level, a season and the declared steps"
    )


def test_a_step_that_cannot_be_told_from_the_season_is_refused() -> None:
    one = draw(Case("", 36, 0.0, 1.0, 0.0, 0.0), 1).value
    assert decompose(one, 0, np.column_stack([stepped(36, 9), stepped(36, 9)])) == "the declared steps cannot be told from the season"


def test_a_likelihood_that_is_no_number_is_told_and_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decomposition, "_likelihood", lambda *_: float("nan"))
    assert decompose(draw(Case("", 36, 0.0, 1.0, 0.0, 0.0), 1).value, 0, np.zeros((36, 0))) == "the model could not be fitted"
