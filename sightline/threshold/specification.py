"""One way to fit the counts that would be expected were there no line, as linear functionals of the counts.

A polynomial and round-number terms are fitted by least squares to the bins outside an excluded window, which is the same as an
indicator for every bin of the window. What a fit yields is then linear in the counts, so that one factorisation serves every
series, every bootstrap draw and the integration constraint alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.polynomial.chebyshev import chebvander
from numpy.typing import NDArray

from sightline.threshold.stock import Flags, Floats


@dataclass(frozen=True)
class Axis:
    """The bins: `steps` from the line in widths (0 at the line), and `rounds` [bin, term], which round numbers a bin's label counts for."""

    steps: NDArray[np.int64]
    rounds: Floats

    def terms(self, degree: int) -> Floats:
        """The columns that stay on in the counterfactual: the polynomial (in a basis that keeps its digits) and the round numbers."""
        return np.hstack([chebvander(self.steps / max(np.abs(self.steps).max(), 1), degree), self.rounds])

    def window(self, left: int, right: int, centre: int = 0) -> Flags:
        """The bins from `left` below to `right` above a centre, that is included."""
        return np.asarray((self.steps >= centre - left) & (self.steps <= centre + right))


def axis_of(bins: Floats, line: float, width: float, round_numbers: Sequence[float]) -> Axis:
    """Number the bins from the line. A bin divisible by two of the round numbers, one a multiple of the other, counts for the larger only."""
    distinct = sorted(set(round_numbers))
    divisible = [np.abs(bins / number - np.round(bins / number)) < 1e-9 for number in distinct]
    own = [
        here
        & ~np.any(
            [other for larger, other in zip(distinct, divisible, strict=True) if larger > number and not larger % number] or [here & False], axis=0
        )
        for number, here in zip(distinct, divisible, strict=True)
    ]
    rounds = np.array(own, dtype=np.float64).T if own else np.zeros((bins.size, 0))
    return Axis(np.round((bins - line) / width).astype(np.int64), rounds)


@dataclass(frozen=True)
class Fit:
    """A fitted specification. `matrix` [bin, bin] turns counts into the counterfactual; `outside` are the bins that were fitted.

    The others are vectors over bins, whose product with counts is a number: the excess `below` the line, `above` it and in all; the
    `base` it is divided by (the counterfactual's mean over the window, or in notch form its value in the line's bin); the counts to the
    `right` of the line; the counts `summed` in the excess.
    """

    matrix: Floats
    outside: Flags
    below: Floats
    above: Floats
    excess: Floats
    base: Floats
    right: Floats
    summed: Flags

    def residuals(self, counts: Floats) -> Floats:
        """Counts [series, bin] less the fit; the bins of the window fit exactly."""
        return np.asarray((counts - counts @ self.matrix.T) * self.outside)

    def b(self, counts: Floats) -> Floats:
        """Excess in bins' worth of the expected count, over the last axis of `counts`."""
        return _quotient(counts @ self.excess, counts @ self.base)

    def corrected(self, counts: Floats) -> tuple[Floats, Floats]:
        """Excess and b under the integration constraint, at its fixed point.

        Counts right of the line are multiplied by 1 + B / T, T their sum, and refitted until B stays: B = B0 / (1 + g / T), where g is what
        the refit adds to the counterfactual in the window were it multiplied by 2 (Chetty et al. 2011; closed form since all is linear).
        """
        over = np.asarray(counts @ self.right)
        added = (counts * self.right) @ (self.summed - self.excess)
        excess = _quotient(counts @ self.excess, 1 + _quotient(added, over))
        base = counts @ self.base + _quotient(excess, over) * ((counts * self.right) @ self.base)
        return excess, _quotient(excess, base)


def fitted(axis: Axis, degree: int, left: int, right: int, *, notch: bool = False, centre: int = 0, left_out: Flags | None = None) -> Fit:
    """Factorise a specification: a window about `centre`, further bins `left_out` of the fit (the real line's, for a placebo line)."""
    window = axis.window(left, right, centre)
    outside = ~window if left_out is None else ~(window | left_out)
    terms = axis.terms(degree)
    matrix = np.zeros((terms.shape[0], terms.shape[0]))
    matrix[:, outside] = terms @ np.linalg.pinv(terms[outside])
    below, above = window & (axis.steps <= centre), window & (axis.steps > centre)
    lower, upper = (bins.astype(np.float64) - bins @ matrix for bins in (below, above))
    base = matrix[axis.steps == centre][0] if notch else (window @ matrix) / window.sum()
    return Fit(
        matrix, outside, lower, upper, lower if notch else lower + upper, base, (axis.steps > centre).astype(np.float64), below if notch else window
    )


def _quotient(above: Floats, below: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(np.asarray(below) != 0, np.divide(above, below), np.nan))
