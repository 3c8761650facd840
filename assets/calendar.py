"""The publisher's calendar: the day on which the figures of a month are expected.

NHS England publishes its monthly statistics on a Thursday, mostly the second of the month that follows, or of the month after that
(https://www.england.nhs.uk/statistics/12-months-statistics-calendar/). Now and then a day is moved, hence the days of grace.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

THURSDAY = 3
#: a month counts as overdue only so many days after the day on which it was expected
GRACE = timedelta(days=3)


@dataclass(frozen=True)
class Expected:
    """The figures of ``month`` (its first day), the day on which they are expected, and whether that day and the grace have passed."""

    month: date
    day: date
    overdue: bool


def next_month(month: date) -> date:
    """The first day of the month that follows."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def expected_day(month: date, months_after: int = 1) -> date:
    """The second Thursday of the first, or of a later, month after ``month``."""
    first = month
    for _ in range(months_after):
        first = next_month(first)
    return first + timedelta(days=(THURSDAY - first.weekday()) % 7 + 7)


def expected(newest: date, today: date, months_after: int = 1) -> tuple[Expected, ...]:
    """What is expected after the month ``newest``: every month that is overdue on ``today``, the oldest first, and the next one."""
    found: list[Expected] = []
    month = newest
    while not found or found[-1].overdue:
        month = next_month(month)
        day = expected_day(month, months_after)
        found.append(Expected(month, day, today > day + GRACE))
    return tuple(found)
