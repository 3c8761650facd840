"""Sustained medians of a run chart: where a long run on one side would move the median. Over the array of one series.

Source: runcharter, whose numbers these are. Missing points and points on the median are passed over: they neither count
nor break a run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sightline.spc import limits, rules
from sightline.spc.grouped import Floats, Ints, in_runs

#: where a run may lie, as signs: 1 above the median, -1 below
SIDES = {"above": (1,), "below": (-1,), "both": (1, -1)}


@dataclass(frozen=True)
class Settings:
    """Points of the first median (`period`), points of a run that moves it (`shift`), and on which `side` (see `SIDES`)."""

    period: int = 13
    shift: int = 9
    side: str = "both"


@dataclass(frozen=True)
class Median:
    """A median and the places of the first and last point it is made from; `side` is where these lay, 0 for the first median."""

    centre: float
    start: int
    end: int
    side: int


def sustained_medians(value: Floats, settings: Settings) -> tuple[Median, ...]:
    """The median of the first points, and after it that of every run long enough, each run held against the median before.

    `value` is in order of date, NaN = missing. Under `period` + `shift` points there is the first median alone, of the points
    there are; without points there is none.
    """
    there = np.flatnonzero(~np.isnan(value))
    if not there.size:
        return ()
    found = [_median(value, there[: settings.period], 0)]
    rest = there[settings.period :]
    while (run := _run(value, rest, found[-1].centre, settings)) is not None:
        side = 1 if value[run[0]] > found[-1].centre else -1
        found.append(_median(value, run, side))
        rest = rest[rest > run[-1]]
    return tuple(found)


def _median(value: Floats, places: Ints, side: int) -> Median:
    return Median(float(np.median(value[places])), int(places[0]), int(places[-1]), side)


def _run(value: Floats, places: Ints, centre: float, settings: Settings) -> Ints | None:
    """Places of the points of the first run that is long enough, or none."""
    tie = np.full(places.size, limits.TIE * abs(centre))
    sides = rules.side(value[places], np.full(places.size, centre), tie)
    off, sides = places[sides != 0], sides[sides != 0]
    long = in_runs(sides, np.zeros(off.size, dtype=np.int64), settings.shift) & np.isin(sides, SIDES[settings.side])
    first = int(np.argmax(long)) if long.any() else None
    return None if first is None else off[first : first + settings.shift]
