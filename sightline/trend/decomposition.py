"""Level, season and remainder of one monthly series: a structural time-series model, its signal-to-noise ratio averaged over.

The model is the local level with a fixed season (Harvey 1989, Forecasting, Structural Time Series Models and the Kalman
Filter, 2.3 and 2.4): value = level + season + noise; the level is a random walk, the season is twelve effects that sum to 0,
a declared step is a regressor that is 0 before its month and 1 from it on. All of it is statsmodels' ``UnobservedComponents``
with exact diffuse beginnings (Durbin and Koopman 2012, chapter 5), which takes a missing month as it is.

One estimate of the ratio q between the movement of the level and the noise makes intervals too narrow: with a few years of
months the likelihood often has its maximum at q = 0. So nothing is maximised. Each ratio of ``RATIOS`` gets a weight by its
likelihood with mean, season, steps and variance integrated out (Durbin and Koopman 2012, 13.2), and level and season are the
averages. There is no search that could fail to converge; a likelihood that is no number is told and nothing is shown.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtrit

Floats = np.ndarray[Any, np.dtype[np.float64]]

SEASON = 12
#: variance of the level's monthly step over that of the noise, from a level that moves by a third of the noise in three years to
#: one that is nearly all that moves. A level that cannot move is not among them: with it intervals of levels that move a little
#: were too narrow
RATIOS = tuple(10.0 ** (0.7 * place - 2.5) for place in range(7))
#: ratios with less than this share of all weight are left out: they move no figure that is shown
LEAST_WEIGHT = 0.01
#: 95 % intervals
UPPER_TAIL = 0.975
#: observations that must be left once mean, season and steps have taken theirs
SPARE = 8


@dataclass(frozen=True)
class Decomposition:
    """Of every month: level (declared steps within), season, and half the width of the 95 % interval of each; in the unit of the values given."""

    level: Floats
    level_half: Floats
    season: Floats
    season_half: Floats


def decompose(value: Floats, first: int, steps: Floats) -> Decomposition | str:
    """The decomposition of one series, or why there is none, in words.

    ``value`` has one entry a month, NaN where there is none; ``first`` is its first calendar month (0 is January); ``steps``
    has a column of 0 and 1 for each declared step, ``(months, steps)``.
    """
    there = np.isfinite(value)
    calendar = (first + np.arange(value.size)) % SEASON
    effects = np.column_stack([np.eye(SEASON)[calendar], steps])
    spare = int(there.sum()) - effects.shape[1]
    if spare < SPARE:
        return "too few months for a level, a season and the declared steps"
    if np.linalg.matrix_rank(effects[there]) < effects.shape[1]:
        return "the declared steps cannot be told from the season"
    middle, size = value[there].mean(), value[there].std()
    found = _averaged((value - middle) / size, steps, spare)
    if found is None:
        return "the model could not be fitted"
    level, level_sd, season, season_sd = found
    times = float(stdtrit(spare, UPPER_TAIL)) * size
    return Decomposition(middle + size * level, times * level_sd, size * season, times * season_sd)


def _averaged(scaled: Floats, steps: Floats, spare: int) -> tuple[Floats, Floats, Floats, Floats] | None:
    """Means and standard deviations of level and season over all ratios; None where some number is none."""
    model = _model(scaled, steps)
    squares, likelihood = np.array([_profile(model, ratio, spare) for ratio in RATIOS]).T
    if not (np.isfinite(squares).all() and np.isfinite(likelihood).all() and (squares > 0).all()):
        return None
    weight = np.exp(likelihood - likelihood.max())
    weight = np.where(weight < LEAST_WEIGHT * weight.sum(), 0.0, weight)
    weight /= weight.sum()
    kept = np.flatnonzero(weight)
    states = np.array([_smoothed(model, squares[place] / spare, RATIOS[place], steps) for place in kept])
    if not np.isfinite(states).all():
        return None
    share = weight[kept][:, None]
    (level, level_var), (season, season_var) = ((states[:, 2 * part], states[:, 2 * part + 1]) for part in (0, 1))
    middles = [(share * mean).sum(axis=0) for mean in (level, season)]
    spreads = [
        np.sqrt((share * (variance + (mean - middle) ** 2)).sum(axis=0))
        for mean, variance, middle in ((level, level_var, middles[0]), (season, season_var, middles[1]))
    ]
    return middles[0], spreads[0], middles[1], spreads[1]


def _model(scaled: Floats, steps: Floats) -> Any:
    from statsmodels.tsa.statespace.kalman_smoother import SMOOTHER_STATE, SMOOTHER_STATE_COV  # noqa: PLC0415 - takes seconds to import
    from statsmodels.tsa.statespace.structural import UnobservedComponents  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = UnobservedComponents(
            scaled, level="llevel", seasonal=SEASON, stochastic_seasonal=False, exog=steps if steps.shape[1] else None,
            mle_regression=False, use_exact_diffuse=True,
        )  # fmt: skip
    model.ssm.smoother_output = SMOOTHER_STATE | SMOOTHER_STATE_COV
    return model


def _profile(model: Any, ratio: float, spare: int) -> tuple[float, float]:
    """The weighted sum of squares at noise variance 1, and the logarithm of the likelihood with the variance integrated out.

    Doubling both variances takes half the squares from the likelihood and adds a known constant: two likelihoods give the squares.
    (statsmodels' own concentrated scale counts only months after the last step is known, so it is not used.)
    """
    one, two = _likelihood(model, 1.0, ratio), _likelihood(model, 2.0, ratio)
    squares = 2 * (spare * np.log(2) + 2 * (two - one))
    return squares, one + squares / 2 - spare / 2 * np.log(max(squares, np.finfo(float).tiny))


def _likelihood(model: Any, noise: float, ratio: float) -> float:
    model.update(np.array([noise, noise * ratio]))
    return float(model.ssm.loglike())


def _smoothed(model: Any, noise: float, ratio: float, steps: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Level with its steps and season of every month, each with its variance, given all months."""
    model.update(np.array([noise, noise * ratio]))
    found = model.ssm.smooth()
    months, count = steps.shape
    held = [0, *range(model.k_states - count, model.k_states)]
    weights = np.column_stack([np.ones(months), steps])
    covariance = found.smoothed_state_cov[np.ix_(held, held)]
    level = (weights.T * found.smoothed_state[held]).sum(axis=0)
    variance = np.einsum("ti,ijt,tj->t", weights, covariance, weights)
    return level, np.maximum(variance, 0), found.smoothed_state[1], np.maximum(found.smoothed_state_cov[1, 1], 0)
