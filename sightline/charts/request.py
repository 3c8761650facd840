"""What a chart is asked for, and the rows it is drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

import polars as pl

#: a picture's size and place: beside its partner, in a column of measures, in the matrix, alone; all but the matrix also for a phone
#: the trend of a series and its calendar months, each beside its partner and for a phone
Kind = Literal["pair", "pair_phone", "column", "column_phone", "spark", "one", "one_phone", "trend", "trend_phone", "months", "months_phone"]
TRENDS: frozenset[Kind] = frozenset({"trend", "trend_phone", "months", "months_phone"})


class ChartRequest(NamedTuple):
    """One picture. ``key`` names it in the answer; ``title`` and ``description`` are read aloud in its place."""

    key: str
    kind: Kind
    measure: str
    level: str
    organisation: str
    title: str
    description: str


@dataclass(frozen=True)
class ChartRows:
    """The rows that charts are drawn from, columns as in the tables of the same name.

    ``points`` is ``analysis.spc_point``, ``definitions`` ``measure.definition``, ``targets`` ``reference.target``,
    ``phases`` ``reference.phase``; ``period`` is the first and last month of the common time axis, but for the
    measures and levels of ``periods``, whose publication begins or ends elsewhere;
    ``simulated`` writes the word into each picture; ``changes`` is ``reference.change``, None for none.
    """

    points: pl.DataFrame
    definitions: pl.DataFrame
    targets: pl.DataFrame
    phases: pl.DataFrame
    period: tuple[date, date]
    simulated: bool = False
    trends: pl.DataFrame | None = None  #: ``analysis.trend_point``; only for pictures of a trend
    region_of: Mapping[str, str] = field(default_factory=dict)  #: region of each provider, by codes
    changes: pl.DataFrame | None = None
    periods: Mapping[tuple[str, str], tuple[date, date]] = field(default_factory=dict)

    def axis(self, request: ChartRequest) -> tuple[date, date]:
        """The first and last month of a picture's time axis."""
        return self.periods.get((request.measure, request.level), self.period)


class Target(NamedTuple):
    """One target on its own dates: ``value`` as stored (proportions 0-1), ``until`` None while it is in force."""

    value: float
    since: date
    until: date | None
    status: str


class Upright(NamedTuple):
    """The start of a declared phase, a merger for instance, or of a change that was tried: its month and its words.

    A phase ``breaks`` the line, a change does not.
    """

    month: date
    words: str
    breaks: bool = True


class Series(NamedTuple):
    """One series, a column a list, all of the same length: every calendar month between its first and its last."""

    month: list[date]
    value: list[float | None]
    centre: list[float | None]
    lower: list[float | None]
    upper: list[float | None]
    median: list[float | None]
    judgement: list[str | None]
    in_window: list[bool]
    note: list[str | None]
    chart: str


class Context(NamedTuple):
    """A level in grey behind a trend: England's, the region's. The lists are of one length; None where there is a gap."""

    words: str
    month: list[date]
    value: list[float | None]
    level: list[float | None]


class Picture(NamedTuple):
    """Everything one picture needs; its content hash names the file in the cache."""

    request: ChartRequest
    unit: str
    series: Series
    targets: tuple[Target, ...]
    uprights: tuple[Upright, ...]
    period: tuple[date, date]
    simulated: bool
    context: tuple[Context, ...] = ()
