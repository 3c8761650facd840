"""Simulated waiting lists of which it is known what happens at the line: day-level cohorts, so that the calendar is real.

Clock starts are Poisson by weekday, next to none on bank holidays, fewer about Christmas; the hazard of leaving is smooth and rises
after 40 weeks; months have shocks common to all waits; survival is binomial. Then one thing is planted, or nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

import numpy as np
import polars as pl

from sightline.threshold.bank_holidays import working
from sightline.threshold.stock import Floats, month_end

Kind = Literal["none", "treated_early", "removed"]

LAST_WEEK, WEEK = 104, 7
#: weeks before the line over which treatment is brought forward
RUN_UP = 4
#: share of the usual clock starts on a day on which nobody works, and between Christmas and New Year
IDLE_STARTS, CHRISTMAS_STARTS = 0.03, 0.5
#: smallest and largest provider, in clock starts a week; spread of the months' shocks
STARTS_A_WEEK, SHOCK = (150, 2_000), 0.08


@dataclass(frozen=True)
class Planted:
    """What happens at a line to the first `units`.

    `treated_early`: of those who near the line, `size` more than usual are treated over the four weeks before it.
    `removed`: at every month end, `size` of those who crossed it since the last are taken off the list.
    """

    kind: Kind = "none"
    line: int = 18
    size: float = 0.0
    units: int = 0


def waiting_lists(seed: int, *, units: int = 100, months: int = 25, since: date = date(2022, 9, 30), planted: Planted | None = None) -> pl.DataFrame:
    """People waiting by unit, month and week (104 is open), `months` month ends from `since`; the same seed gives the same people."""
    plan = planted or Planted()
    random = np.random.default_rng(seed)
    ages = np.arange(WEEK * LAST_WEEK + 2 * 31)  # days waited
    a_week = np.exp(random.uniform(np.log(STARTS_A_WEEK[0]), np.log(STARTS_A_WEEK[1]), units))
    leaving = np.tile(_hazard(ages), (units, 1)) * random.lognormal(0, 0.1, (units, 1))
    affected = np.arange(units) < (0 if plan.kind == "none" else plan.units)
    if plan.kind == "treated_early":
        leaving[affected] += np.where((ages > WEEK * (plan.line - RUN_UP)) & (ages <= WEEK * plan.line), -np.log1p(-plan.size) / (RUN_UP * WEEK), 0.0)
    to_age = np.concatenate([np.zeros((units, 1)), leaving.cumsum(axis=1)], axis=1)
    ends = _month_ends(since, months + LAST_WEEK // 4)
    people = np.zeros((units, ages.size), dtype=np.int64)
    found = []
    for start, end in pairwise(ends):
        days = (end - start).days
        shock = random.lognormal(0, SHOCK, (units, 1))
        started = np.zeros_like(people)
        started[:, :days] = random.poisson(a_week[:, None] / 5 * _starts(end, days))
        aged = np.concatenate([started[:, :days], people[:, :-days]], axis=1)
        here = np.arange(ages.size)
        stay = np.exp(-(to_age[:, here + 1] - to_age[:, np.maximum(here + 1 - days, 0)]) * shock)
        if plan.kind == "removed":
            crossed = (here > WEEK * plan.line) & (here - days <= WEEK * plan.line)
            stay = np.where(affected[:, None] & crossed, stay * (1 - plan.size), stay)
        people = random.binomial(aged, stay)
        found.append(_by_week(people))
    return _long(np.stack(found[-months:], axis=1), ends[-months:])


def _hazard(ages: np.ndarray) -> Floats:
    """Chance of leaving a day: smooth, falling a little at first, rising after 40 weeks."""
    weeks = ages / WEEK
    return np.asarray(0.0054 + 0.0022 * np.exp(-weeks / 8) + 0.021 / (1 + np.exp(-(weeks - 66) / 8)))


def _starts(end: date, days: int) -> Floats:
    """Clock starts on each day before a month end, newest first, as a share of a usual working day's."""
    dates = np.datetime64(end, "D") - np.arange(days)
    return np.where(working(dates), np.where(_christmas(dates), CHRISTMAS_STARTS, 1.0), IDLE_STARTS)


def _christmas(dates: np.ndarray) -> np.ndarray:
    """From 22 December to 2 January."""
    month = dates.astype("datetime64[M]")
    day, number = (dates - month).astype(int) + 1, month.astype(int) % 12 + 1
    return np.asarray(((number == 12) & (day >= 22)) | ((number == 1) & (day <= 2)))


def _by_week(people: np.ndarray) -> np.ndarray:
    """Days waited to week bands: band 0 holds days 0 to 7, band w days 7w + 1 to 7w + 7; the last is open."""
    band = np.minimum(np.maximum(np.arange(people.shape[1]) - 1, 0) // WEEK, LAST_WEEK)
    return np.asarray(np.add.reduceat(people, np.flatnonzero(np.diff(band, prepend=-1)), axis=1))


def _month_ends(since: date, months: int) -> list[date]:
    """Month ends up to so many, the list before `since` included that fills it."""
    first = (since.year * 12 + since.month - 1) - (LAST_WEEK // 4)
    return [month_end(date(number // 12, number % 12 + 1, 1)) for number in range(first - 1, first + months)]


def _long(counts: np.ndarray, ends: list[date]) -> pl.DataFrame:
    units, months, weeks = counts.shape
    return pl.DataFrame(
        {
            "unit": pl.Series([f"U{unit:03}" for unit in range(1, units + 1)]).gather(np.arange(units).repeat(months * weeks)),
            "month": pl.Series(ends).gather(np.tile(np.arange(months).repeat(weeks), units)),
            "week": np.tile(np.arange(weeks), units * months),
            "people": counts.ravel(),
        }
    )
