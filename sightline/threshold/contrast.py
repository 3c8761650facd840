"""Those who cross a line between two month ends against their neighbours: theta, its standard error, and the step at the line.

theta = ln S(crossing) - (5 ln S(before) + 4 ln S(after)) / 9 with S the share still waiting: below 0, more of those about to
cross have left than the bands on either side suggest. 5/9 and 4/9 interpolate at the centre of the crossing bands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sightline.threshold.cohorts import FIRST_BAND, Cohorts
from sightline.threshold.stock import Floats

#: bands of each window, counted from the line; the band four above it is left out: part crossed, part did not
BEFORE, CROSS, AFTER = (-4, -1), (0, 3), (5, 8)
BELOW_STEP, ABOVE_STEP = (-2, -1), (0, 1)
WEIGHT_BEFORE, WEIGHT_AFTER = 5 / 9, 4 / 9
#: no window is surer than if this share had left
LEAST_DEPARTURES = 0.02
#: a line is usable from this week on, so that its windows begin at band 6
FIRST_LINE = 10


@dataclass(frozen=True)
class Contrast:
    """Every line at once: arrays [unit, line], NaN where a window is empty. `n` and `predicted` are [window, unit, line]: before, cross, after."""

    lines: NDArray[np.int64]
    n: Floats
    predicted: Floats
    theta: Floats
    se: Floats
    step: Floats
    step_se: Floats

    @property
    def survival(self) -> Floats:
        """Share still waiting, [window, unit, line]."""
        return _divided(self.n, self.predicted)

    @property
    def smallest(self) -> Floats:
        """People in the smallest window, [unit, line]."""
        return np.asarray(self.n.min(axis=0))

    def at(self, line: int) -> int | None:
        """Where a line stands among the columns; None outside the closed bands."""
        place = line - FIRST_LINE
        return place if 0 <= place < self.lines.size else None


def pooled(cohorts: Cohorts, chosen: NDArray[np.bool_] | None = None) -> Contrast:
    """The contrast at every line of the closed bands, bands pooled over the usable month pairs first (of these the `chosen` [unit, pair])."""
    counted = cohorts.usable if chosen is None else cohorts.usable & chosen
    actual, predicted = (np.einsum("upv,up->uv", people, counted.astype(np.float64)) for people in (cohorts.actual, cohorts.predicted))
    lines = np.arange(FIRST_LINE, cohorts.highest - AFTER[1] + 1)
    windows = (BEFORE, CROSS, AFTER)
    n, carried = (np.stack([_window(people, lines, *ends) for ends in windows]) for people in (actual, predicted))
    below, above = ((_window(actual, lines, *ends), _window(predicted, lines, *ends)) for ends in (BELOW_STEP, ABOVE_STEP))
    with np.errstate(divide="ignore", invalid="ignore"):
        log, variance = np.log(_divided(n, carried)), _variance(n, carried)
        theta = log[1] - WEIGHT_BEFORE * log[0] - WEIGHT_AFTER * log[2]
        se = np.sqrt(variance[1] + WEIGHT_BEFORE**2 * variance[0] + WEIGHT_AFTER**2 * variance[2])
        step = np.log(_divided(*above)) - np.log(_divided(*below))
        step_se = np.sqrt(_variance(*above) + _variance(*below))
    return Contrast(lines, n, carried, *_known(theta, se), *_known(step, step_se))


def _window(people: Floats, lines: NDArray[np.int64], first: int, last: int) -> Floats:
    """Sums over the bands line + first to line + last, [unit, line]."""
    to_here = np.concatenate([np.zeros((people.shape[0], 1)), people.cumsum(axis=1)], axis=1)
    return np.asarray(to_here[:, lines + last + 1 - FIRST_BAND] - to_here[:, lines + first - FIRST_BAND])


def _divided(n: Floats, predicted: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where((n > 0) & (predicted > 0), n / predicted, np.nan))


def _variance(n: Floats, predicted: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.maximum(1 - _divided(n, predicted), LEAST_DEPARTURES) / n)


def _known(statistic: Floats, error: Floats) -> tuple[Floats, Floats]:
    known = np.isfinite(statistic) & np.isfinite(error)
    return np.where(known, statistic, np.nan), np.where(known, error, np.nan)
