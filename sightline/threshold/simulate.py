"""Simulated waiting lists of which it is known what happens at the line: day-level cohorts, so that the calendar is real.

Clock starts are Poisson by weekday, next to none on bank holidays, fewer about Christmas; the hazard of leaving is smooth and rises
after 40 weeks; months have shocks common to all waits; survival is binomial. Then one thing is planted, or nothing. ``waiting_lists``
gives who waits at each month end, ``movements`` also who came and who left, day by day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

import numpy as np
import polars as pl

from sightline.threshold.bank_holidays import working
from sightline.threshold.stock import Floats, month_end

Kind = Literal["none", "treated_early", "removed", "longest_first"]

LAST_WEEK, WEEK = 104, 7
#: weeks before the line over which treatment is brought forward
RUN_UP = 4
#: share of the usual clock starts on a day on which nobody works, and between Christmas and New Year
IDLE_STARTS, CHRISTMAS_STARTS = 0.03, 0.5
#: smallest and largest provider, in clock starts a week; spread of the months' shocks
STARTS_A_WEEK, SHOCK = (150, 2_000), 0.08
#: where those who wait longest go first: about which week their chance of leaving rises, and over how many
LONGEST_FROM, LONGEST_OVER = 60, 8


@dataclass(frozen=True)
class Planted:
    """What happens at a line to the first `units`.

    `treated_early`: of those who near the line, `size` more than usual are treated over the four weeks before it.
    `removed`: at every month end, `size` of those who crossed it since the last are taken off the list.
    `longest_first`: the chance of leaving rises smoothly with the wait, to 1 + `size` times the usual; nothing happens at any line.
    """

    kind: Kind = "none"
    line: int = 18
    size: float = 0.0
    units: int = 0


@dataclass(frozen=True)
class Month:
    """One month of a simulated list, arrays [unit, days waited at its end].

    `people` wait still; `left` were on the list in the month and are no longer; of `started` (in the month) some are in either. `removed`
    is the share of those who left that was taken off the list, the others were treated or discharged.
    """

    end: date
    days: int
    people: np.ndarray
    left: np.ndarray
    removed: Floats
    started: np.ndarray


def waiting_lists(
    seed: int,
    *,
    units: int = 100,
    months: int = 25,
    since: date = date(2022, 9, 30),
    planted: Planted | None = None,
    starts_a_week: tuple[int, int] = STARTS_A_WEEK,
) -> pl.DataFrame:
    """People waiting by unit, month and week (104 is open), `months` month ends from `since`; the same seed gives the same people."""
    found = list(movements(seed, units=units, months=months, since=since, planted=planted, starts_a_week=starts_a_week))
    return _long(np.stack([by_week(month.people) for month in found], axis=1), [month.end for month in found])


def movements(
    seed: int,
    *,
    units: int = 100,
    months: int = 25,
    since: date = date(2022, 9, 30),
    planted: Planted | None = None,
    starts_a_week: tuple[int, int] = STARTS_A_WEEK,
) -> Iterator[Month]:
    """The months of which :func:`waiting_lists` gives the ends. `starts_a_week`: clock starts of the smallest and the largest unit."""
    plan = planted or Planted()
    random = np.random.default_rng(seed)
    ages = np.arange(WEEK * LAST_WEEK + 2 * 31)  # days waited
    a_week = np.exp(random.uniform(np.log(starts_a_week[0]), np.log(starts_a_week[1]), units))
    leaving = np.tile(_hazard(ages), (units, 1)) * random.lognormal(0, 0.1, (units, 1))
    affected = np.arange(units) < (0 if plan.kind == "none" else plan.units)
    if plan.kind == "treated_early":
        leaving[affected] += np.where((ages > WEEK * (plan.line - RUN_UP)) & (ages <= WEEK * plan.line), -np.log1p(-plan.size) / (RUN_UP * WEEK), 0.0)
    if plan.kind == "longest_first":
        leaving[affected] *= 1 + plan.size / (1 + np.exp(-(ages / WEEK - LONGEST_FROM) / LONGEST_OVER))
    to_age = np.concatenate([np.zeros((units, 1)), leaving.cumsum(axis=1)], axis=1)
    ends = _month_ends(since, months + LAST_WEEK // 4)
    people = np.zeros((units, ages.size), dtype=np.int64)
    for number, (start, end) in enumerate(pairwise(ends)):
        days = (end - start).days
        shock = random.lognormal(0, SHOCK, (units, 1))
        started = np.zeros_like(people)
        started[:, :days] = random.poisson(a_week[:, None] / 5 * _starts(end, days))
        aged = np.concatenate([started[:, :days], people[:, :-days]], axis=1)
        here = np.arange(ages.size)
        stay = np.exp(-(to_age[:, here + 1] - to_age[:, np.maximum(here + 1 - days, 0)]) * shock)
        removed = np.zeros_like(stay)
        if plan.kind == "removed":
            crossed = affected[:, None] & (here > WEEK * plan.line) & (here - days <= WEEK * plan.line)
            off = np.where(crossed, stay * plan.size, 0.0)
            removed, stay = off / np.maximum(1 - stay + off, np.finfo(float).tiny), np.where(crossed, stay * (1 - plan.size), stay)
        people = random.binomial(aged, stay)
        if number >= len(ends) - 1 - months:
            yield Month(end, days, people, aged - people, removed, started)


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


def by_week(people: np.ndarray) -> np.ndarray:
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
