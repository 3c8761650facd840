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
from dataclasses import dataclass, field
from functools import lru_cache
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
    shape = _shape(np.isfinite(scaled).tobytes(), steps.tobytes(), scaled.size)
    model = _model(scaled, steps)
    found = np.array([_likelihood(model, ratio) for ratio in RATIOS])
    squares = 2 * (shape.of_zeros - found)
    if not (np.isfinite(found).all() and (squares > 0).all()):
        return None
    likelihood = found + squares / 2 - spare / 2 * np.log(squares)
    weight = np.exp(likelihood - likelihood.max())
    weight = np.where(weight < LEAST_WEIGHT * weight.sum(), 0.0, weight)
    weight /= weight.sum()
    kept = np.flatnonzero(weight)
    means = np.array([_means(model, RATIOS[place], steps) for place in kept])
    variances = np.array([shape.variances(int(place)) for place in kept]) * (squares[kept] / spare)[:, None, None]
    if not (np.isfinite(means).all() and np.isfinite(variances).all()):
        return None
    share = weight[kept][:, None, None]
    middles = (share * means).sum(axis=0)
    spreads = np.sqrt((share * (variances + (means - middles) ** 2)).sum(axis=0))
    return middles[0], spreads[0], middles[1], spreads[1]


@dataclass(frozen=True)
class _Shape:
    """What series with figures in the same months and the same declared steps share: all but their figures.

    At noise variance 1 neither the part of a likelihood beside its squares nor the variances of the estimates hang on the figures
    (Durbin and Koopman 2012, 4.3 and 7.2), so both are worked out once, with zeros for figures.
    """

    model: Any
    steps: Floats
    of_zeros: Floats  #: the logarithm of the likelihood of zeros, an entry a ratio
    found: dict[int, Floats] = field(default_factory=dict)

    def variances(self, place: int) -> Floats:
        """Of level and season in every month at noise variance 1 and the ratio in this place, ``(2, months)``."""
        if place not in self.found:
            self.found[place] = _variances(self.model, RATIOS[place], self.steps)
        return self.found[place]


@lru_cache(maxsize=8)
def _shape(there: bytes, steps: bytes, months: int) -> _Shape:
    columns = np.frombuffer(steps, dtype=np.float64).reshape(months, -1)
    model = _model(np.where(np.frombuffer(there, dtype=np.bool_), 0.0, np.nan), columns)
    return _Shape(model, columns, np.array([_likelihood(model, ratio) for ratio in RATIOS]))


def _model(scaled: Floats, steps: Floats) -> Any:
    from statsmodels.tsa.statespace.structural import UnobservedComponents  # noqa: PLC0415 - takes seconds to import

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return UnobservedComponents(
            scaled, level="llevel", seasonal=SEASON, stochastic_seasonal=False, exog=steps if steps.shape[1] else None,
            mle_regression=False, use_exact_diffuse=True,
        )  # fmt: skip


def _likelihood(model: Any, ratio: float) -> float:
    """The logarithm of the likelihood at noise variance 1: half the weighted sum of squares is taken from that of zeros."""
    model.update(np.array([1.0, ratio]))
    return float(model.ssm.loglike())


def _means(model: Any, ratio: float, steps: Floats) -> Floats:
    """Level with its steps and season of every month given all months, ``(2, months)``; they do not hang on the noise variance."""
    from statsmodels.tsa.statespace.kalman_smoother import SMOOTHER_STATE  # noqa: PLC0415

    model.update(np.array([1.0, ratio]))
    state = model.ssm.smooth(smoother_output=SMOOTHER_STATE).smoothed_state
    weights = np.column_stack([np.ones(len(steps)), steps])
    return np.stack([(weights.T * state[_held(model, steps)]).sum(axis=0), state[1]])


def _variances(model: Any, ratio: float, steps: Floats) -> Floats:
    from statsmodels.tsa.statespace.kalman_smoother import SMOOTHER_STATE_COV  # noqa: PLC0415

    model.update(np.array([1.0, ratio]))
    covariance = model.ssm.smooth(smoother_output=SMOOTHER_STATE_COV).smoothed_state_cov
    held, weights = _held(model, steps), np.column_stack([np.ones(len(steps)), steps])
    level = np.einsum("ti,ijt,tj->t", weights, covariance[np.ix_(held, held)], weights)
    found: Floats = np.maximum(np.stack([level, covariance[1, 1]]), 0)
    return found


def _held(model: Any, steps: Floats) -> list[int]:
    """The places of the level and of the steps in the state."""
    return [0, *range(model.k_states - steps.shape[1], model.k_states)]
