"""From one month end to the next: how many of a week band should stand where, were nobody to leave, and how many do.

Band 0 holds waits of 0 to 7 days, band w the days 7w + 1 to 7w + 7 (NHS England, RTT recording guidance). Over g days the
oldest g mod 7 start dates of a band move one band further than the rest. Clock starts fall on working days, so dates are
weighed, not days: that is what keeps Christmas from looking like a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from sightline.threshold.bank_holidays import working
from sightline.threshold.stock import Flags, Floats, Stock

#: the weight of a start date on which nobody works, beside 1 for a working day; anything from 0 to 0.12 does as well
IDLE_DAY = 0.05
#: the first band that holds only people who were on the list a month before
FIRST_BAND = 5
WEEK = 7


@dataclass(frozen=True)
class Cohorts:
    """People carried forward over month pairs: `predicted`, `actual` [unit, pair, band - FIRST_BAND], 0 where a pair is not `usable` [unit, pair]."""

    starts: tuple[date, ...]
    gaps: tuple[int, ...]
    predicted: Floats
    actual: Floats
    usable: Flags

    @property
    def highest(self) -> int:
        """The highest closed week band."""
        return FIRST_BAND + int(self.predicted.shape[2]) - 1


def followed(stock: Stock) -> Cohorts:
    """Follow every band of every unit over every pair of neighbouring months; a pair counts where both month ends are reported."""
    months, weeks = stock.months, stock.highest + 1
    usable = stock.reported[:, :-1] & stock.reported[:, 1:]
    moved = np.array([share_moved(start, end, weeks) for start, end in pairwise(months)]).reshape(-1, weeks)
    # a month is 28 to 31 days: everyone moves by four whole weeks, some by five
    before, shift = stock.people[:, :-1], FIRST_BAND - 1
    oldest, rest = before * moved, before * (1 - moved)
    width = max(weeks - FIRST_BAND, 0)
    predicted = rest[:, :, FIRST_BAND - shift : FIRST_BAND - shift + width] + oldest[:, :, :width]
    counted = usable[:, :, None]
    gaps = tuple((end - start).days for start, end in pairwise(months))
    return Cohorts(months[:-1], gaps, predicted * counted, stock.people[:, 1:, FIRST_BAND:] * counted, usable)


def share_moved(start: date, end: date, weeks: int) -> Floats:
    """Of each band at `start`, the share whose start dates are the oldest (days between month ends mod 7): shape [weeks]."""
    ages = WEEK * np.arange(weeks)[:, None] + np.arange(1, WEEK + 1)
    weight = np.where(working(np.datetime64(start, "D") - ages), 1.0, IDLE_DAY)
    older = (end - start).days % WEEK
    return np.asarray(weight[:, WEEK - older :].sum(axis=1) / weight.sum(axis=1))
