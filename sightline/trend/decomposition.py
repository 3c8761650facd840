"""Level, season and remainder of one monthly series: a structural time-series model, its signal-to-noise ratio averaged over.

The model is the local level with a fixed season (Harvey 1989, Forecasting, Structural Time Series Models and the Kalman
Filter, 2.3 and 2.4): value = level + season + noise; the level is a random walk, the season is twelve effects that sum to 0,
a declared step is a regressor that is 0 before its month and 1 from it on. It is solved for all months at once, by generalised
least squares for mean, season and steps and best linear unbiased prediction for the walk (Robinson 1991, Statistical Science 6,
15-32), which is what the Kalman smoother with an exact diffuse beginning gives month by month (Durbin and Koopman 2012, chapters 4
and 5); tests hold it against statsmodels' ``UnobservedComponents``. A missing month is a row that is not there. All but the
figures is shared by the series of one shape, so it is worked out once for each shape, and a series takes some products.

One estimate of the ratio q between the movement of the level and the noise makes intervals too narrow: with a few years of
months the likelihood often has its maximum at q = 0. So nothing is maximised. Each ratio of ``RATIOS`` gets a weight by its
likelihood with mean, season, steps and variance integrated out (Durbin and Koopman 2012, 13.2), and level and season are the
averages. There is no search that could fail to converge.
"""

from __future__ import annotations

from dataclasses import dataclass
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
#: a sum of squares below this, of figures of variance 1, is what rounding leaves of none
NO_SQUARES = 1e-10
#: observations that must be left once mean, season and steps have taken theirs
SPARE = 8


@dataclass(frozen=True)
class Decomposition:
    """Of every month: level (declared steps within), season, and half the width of the 95 % interval of each; in the unit of the values given."""

    level: Floats
    level_half: Floats
    season: Floats
    season_half: Floats


def decompose(value: Floats, steps: Floats) -> Decomposition | str:
    """The decomposition of one series, or why there is none, in words.

    ``value`` has one entry a month, NaN where there is none; ``steps`` has a column of 0 and 1 for each declared step,
    ``(months, steps)``. Which calendar month is the first does not matter: the twelve effects have no order.
    """
    there = np.isfinite(value)
    spare = int(there.sum()) - SEASON - steps.shape[1]
    if spare < SPARE:
        return "too few months for a level, a season and the declared steps"
    shape = _shape(there.tobytes(), steps.tobytes(), value.size)
    if shape is None:
        return "the declared steps cannot be told from the season"
    middle, size = value[there].mean(), value[there].std()
    found = _averaged((value[there] - middle) / size, shape)
    if found is None:
        return "level, season and steps leave nothing of the figures, so nothing tells how sure they are"
    level, level_sd, season, season_sd = found
    times = float(stdtrit(spare, UPPER_TAIL)) * size
    return Decomposition(middle + size * level, times * level_sd, size * season, times * season_sd)


@dataclass(frozen=True)
class _Shape:
    """What series with figures in the same months and the same declared steps share: all but their figures. Axis 0 is the ratio."""

    spare: int
    constant: Floats  #: the part of the logarithm of the likelihood that does not hang on the figures, ``(ratios,)``
    left: Floats  #: the quadratic form of the weighted squares that are left, ``(ratios, figures, figures)``
    means: Floats  #: level (steps within) and season of each month as sums of the figures, ``(ratios, 2, months, figures)``
    variances: Floats  #: of level and season of each month at noise variance 1, ``(ratios, 2, months)``


@lru_cache(maxsize=8)
def _shape(there: bytes, steps: bytes, months: int) -> _Shape | None:
    """None where the steps cannot be told from the season."""
    known, at = np.flatnonzero(np.frombuffer(there, dtype=np.bool_)), np.arange(months)
    columns, calendar = np.frombuffer(steps, dtype=np.float64).reshape(months, -1), np.eye(SEASON)[at % SEASON]
    effects = np.column_stack([calendar, columns])[known]
    if np.linalg.matrix_rank(effects) < effects.shape[1]:
        return None
    # the level is the mean of the effects of the year, the steps, and the walk; the season is what each month is off that mean
    of_level = np.column_stack([np.full((months, SEASON), 1 / SEASON), columns])
    of_season = np.column_stack([calendar - 1 / SEASON, np.zeros_like(columns)])
    walk = np.array(RATIOS)[:, None, None] * np.minimum.outer(at, at)
    weight = np.linalg.inv(walk[:, known[:, None], known] + np.eye(known.size))
    information = effects.T @ weight @ effects
    spread = np.linalg.inv(information)
    estimate = spread @ effects.T @ weight
    left = weight - weight @ effects @ estimate
    pulled = walk[:, :, known]
    apart = of_level - pulled @ weight @ effects
    level = of_level @ estimate + pulled @ left
    level_variance = (
        np.diagonal(walk, axis1=1, axis2=2) - np.einsum("rti,rij,rtj->rt", pulled, weight, pulled, optimize=True)
        + np.einsum("rti,rij,rtj->rt", apart, spread, apart, optimize=True)
    )  # fmt: skip
    season_variance = np.einsum("ti,rij,tj->rt", of_season, spread, of_season, optimize=True)
    return _Shape(
        spare=known.size - effects.shape[1],
        constant=(np.linalg.slogdet(weight)[1] - np.linalg.slogdet(information)[1]) / 2,
        left=left,
        means=np.stack([level, of_season @ estimate], axis=1),
        variances=np.maximum(np.stack([level_variance, season_variance], axis=1), 0),
    )


def _averaged(scaled: Floats, shape: _Shape) -> tuple[Floats, Floats, Floats, Floats] | None:
    """Means and standard deviations of level and season over all ratios; None where the squares that are left are none."""
    squares = (shape.left @ scaled) @ scaled
    if (squares < NO_SQUARES).any():
        return None
    likelihood = shape.constant - shape.spare / 2 * np.log(squares)
    weight = np.exp(likelihood - likelihood.max())
    weight = np.where(weight < LEAST_WEIGHT * weight.sum(), 0.0, weight)
    kept = np.flatnonzero(weight)
    share = (weight[kept] / weight.sum())[:, None, None]
    means, variances = shape.means[kept] @ scaled, shape.variances[kept] * (squares[kept] / shape.spare)[:, None, None]
    middles = (share * means).sum(axis=0)
    spreads = np.sqrt((share * (variances + (means - middles) ** 2)).sum(axis=0))
    return middles[0], spreads[0], middles[1], spreads[1]
