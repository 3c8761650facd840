"""The local-polynomial density test at a cut-off, from its published arithmetic.

Cattaneo, Jansson and Ma 2020 (doi 10.1080/01621459.2019.1635480), an heir of McCrary 2008: the empirical distribution function is fitted on
each side by a polynomial with a triangular kernel, and the slopes at the cut-off are the two densities. Symbols, constants and
defaults (order 2, bias corrected with order 3, jackknife variance, bandwidths by side, regularised): docs/METHODS.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, pi, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sightline.threshold.stock import Flags, Floats

#: order of the polynomial whose slopes are compared; one more corrects their bias
ORDER = 2
#: a bandwidth reaches at least so many points, and distinct values, for the fits of the density, of the bias
NEAREST, NEAREST_BIAS = 20 + ORDER + 1, 20 + ORDER + 3
#: constants of the two pilot bandwidths and of the bias for the triangular kernel, order 2
PILOT_DENSITY, PILOT_BIAS, BIAS = 548.5714285715546, 3430865.4551236178, -3 / 7


@dataclass(frozen=True)
class Sides:
    """Slopes left and right of the cut-off, and their variances and covariance; `bend` are the coefficients of x³ (NaN under order 3)."""

    left: float
    right: float
    variance_left: float
    variance_right: float
    covariance: float
    bend: tuple[float, float]

    @property
    def variance_of_difference(self) -> float:
        """Of right - left."""
        return self.variance_left + self.variance_right - 2 * self.covariance


@dataclass(frozen=True)
class DensityTest:
    """Bandwidths, densities and the statistic of their difference; NaN throughout where the data do not bear a fit."""

    h_left: float
    h_right: float
    f_left: float
    f_right: float
    t: float
    p: float


def density_test(values: Floats, cutoff: float) -> DensityTest:
    """Test the densities on both sides of `cutoff`; a value at it is on the right."""
    x = np.sort(values) - cutoff
    try:
        if not (x[0] < 0 <= x[-1]):
            return DensityTest(*(float("nan"),) * 6)
        h_left, h_right = bandwidths(x)
        sides = fit(x, h_left, h_right, ORDER + 1)
        t = (sides.right - sides.left) / sqrt(sides.variance_of_difference)
    except (np.linalg.LinAlgError, ValueError, ZeroDivisionError, OverflowError):  # a handful of values, or all the same
        return DensityTest(*(float("nan"),) * 6)
    return DensityTest(h_left, h_right, sides.left, sides.right, t, float(2 * ndtr(-abs(t))))


def fit(x: Floats, h_left: float, h_right: float, order: int) -> Sides:
    """Fit the distribution function of the sorted `x` on both sides of 0, [-h_left, 0) and [0, h_right].

    Raises ``LinAlgError`` where too few distinct points lie in a bandwidth.
    """
    n = x.size
    # tied points take the rank of the last of them, and the later sums of the first of them
    first, last = np.searchsorted(x, x, side="left"), np.searchsorted(x, x, side="right") - 1
    within = (x >= -h_left) & (x <= h_right)
    right = x[within] >= 0
    scaled = x[within] / np.where(right, h_right, h_left)
    weight = (1 - np.abs(scaled)) / np.where(right, h_right, h_left)
    powers = np.vander(scaled, order + 1, increasing=True)
    rows = np.hstack([powers * ~right[:, None], powers * right[:, None]])
    inverse = np.linalg.inv((rows * weight[:, None]).T @ rows)
    beta = inverse @ ((rows * weight[:, None]).T @ (last[within] / (n - 1)))
    variance = inverse @ _scatter(rows * weight[:, None], first, within) @ inverse
    undo = np.concatenate([1 / h_left ** np.arange(order + 1), 1 / h_right ** np.arange(order + 1)])
    beta, variance = beta * undo, variance * np.outer(undo, undo)
    l1, r1 = 1, order + 2
    bend = (float(beta[3]), float(beta[order + 4])) if order >= 3 else (float("nan"), float("nan"))
    return Sides(float(beta[l1]), float(beta[r1]), float(variance[l1, l1]), float(variance[r1, r1]), float(variance[l1, r1]), bend)


def _scatter(weighted: Floats, first: NDArray[np.int64], within: Flags) -> Floats:
    """Sum of L L' over all points, L the sum of the weighted rows of the points after one, over n - 1."""
    every = np.zeros((within.size, weighted.shape[1]))
    every[within] = weighted
    later = (every.sum(axis=0) - every.cumsum(axis=0))[first] / (within.size - 1)
    return np.asarray(later.T @ later)


def bandwidths(x: Floats) -> tuple[float, float]:
    """The bandwidths of both sides: medians of those that suit a side, the difference and the sum."""
    n, spread = x.size, float(x.std(ddof=1))
    m = float(x.mean()) / spread
    normal = exp(-(m**2) / 2) / sqrt(2 * pi)
    hermite_2, hermite_4 = m**2 - 1, m**4 - 6 * m**2 + 3
    pilot = spread * (1 / 4 * PILOT_DENSITY / (hermite_2**2 * normal) / n) ** (1 / 5)
    pilot_bias = spread * (5 / 4 * PILOT_BIAS / (hermite_4**2 * normal) / n) ** (1 / 9)
    left, right = -x[x < 0][::-1], x[x >= 0]
    far = float(np.abs(x).max())
    c = max(min(pilot, far), _reach(left, NEAREST), _reach(right, NEAREST))
    b = max(min(pilot_bias, far), _reach(left, NEAREST_BIAS), _reach(right, NEAREST_BIAS))
    spread_at = fit(x, c, c, ORDER)
    bias_left, bias_right = (BIAS * bend for bend in fit(x, b, b, ORDER + 2).bend)
    both = spread_at.variance_left + spread_at.variance_right
    wanted = {
        "left": (spread_at.variance_left, bias_left, -float(x[0]), _reach(left, NEAREST)),
        "right": (spread_at.variance_right, bias_right, float(x[-1]), _reach(right, NEAREST)),
        "difference": (both - 2 * spread_at.covariance, bias_right - bias_left, far, max(_reach(left, NEAREST), _reach(right, NEAREST))),
        "sum": (both + 2 * spread_at.covariance, bias_right + bias_left, far, max(_reach(left, NEAREST), _reach(right, NEAREST))),
    }
    if min(variance for variance, *_ in wanted.values()) <= 0:  # by rounding alone: a handful of distinct values
        raise ValueError("no variance")
    h = {name: max(min((n * c * variance / (4 * bias**2 * n)) ** (1 / 5), most), least) for name, (variance, bias, most, least) in wanted.items()}
    return float(np.median([h["left"], h["difference"], h["sum"]])), float(np.median([h["right"], h["difference"], h["sum"]]))


def _reach(distances: Floats, k: int) -> float:
    """The distance of the k-th nearest point and of the k-th nearest distinct value, the larger; the farthest where there are fewer."""
    distinct = np.unique(distances)
    return float(max(distances[min(k, distances.size) - 1], distinct[min(k, distinct.size) - 1]))
