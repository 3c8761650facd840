"""Bank holidays of England: days on which next to no waiting-time clock starts.

Source: the Banking and Financial Dealings Act 1971 and the proclamations since, as listed on gov.uk/bank-holidays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

#: days proclaimed once: jubilees, weddings, a funeral, a coronation, and VE Day, to which May Day moved in 2020
ONCE = (
    date(2002, 6, 3), date(2002, 6, 4), date(2011, 4, 29), date(2012, 6, 4), date(2012, 6, 5), date(2020, 5, 8), date(2022, 6, 2), date(2022, 6, 3),
    date(2022, 9, 19), date(2023, 5, 8),
)  # fmt: skip
#: years in which May Day, or the spring bank holiday, was one of these
MAY_DAY_MOVED, SPRING_MOVED = (2020,), (2002, 2012, 2022)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876, as in Meeus, Astronomical Algorithms)."""
    century, rest = divmod(year, 100)
    epact = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    month, day = divmod(epact + weekday - 7 * ((year % 19 + 11 * epact + 22 * weekday) // 451) + 114, 31)
    return date(year, month, day + 1)


@cache
def bank_holidays(year: int) -> tuple[date, ...]:
    """The bank holidays of a year with their substitute days; one on a Saturday or Sunday is listed too (no clock starts then either)."""
    return tuple(sorted({*_days(year), *(day for day in ONCE if day.year == year)}))


def _days(year: int) -> Iterator[date]:
    new_year, christmas, boxing = date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)
    yield from (new_year, christmas, boxing, easter(year) - timedelta(2), easter(year) + timedelta(1))
    if new_year.weekday() >= 5:
        yield new_year + timedelta(7 - new_year.weekday())
    # Christmas and Boxing Day have substitutes on the next working days after them
    yield from {4: [date(year, 12, 28)], 5: [date(year, 12, 27), date(year, 12, 28)], 6: [date(year, 12, 27)]}.get(christmas.weekday(), [])
    if year not in MAY_DAY_MOVED:
        yield _first_monday(year, 5)
    if year not in SPRING_MOVED:
        yield _last_monday(date(year, 5, 31))
    yield _last_monday(date(year, 8, 31))


def _first_monday(year: int, month: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(-first.weekday() % 7)


def _last_monday(last: date) -> date:
    return last - timedelta(last.weekday())


def working(days: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Which of these days (datetime64[D], any shape) are neither a Saturday, a Sunday nor a bank holiday."""
    if not days.size:
        return np.ones(days.shape, dtype=bool)
    first, last = (int(str(edge.astype("datetime64[Y]"))) for edge in (days.min(), days.max()))
    holidays = np.array([day for year in range(first, last + 1) for day in bank_holidays(year)], dtype="datetime64[D]")
    return np.asarray(np.is_busday(days, holidays=holidays))
