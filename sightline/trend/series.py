"""One monthly series: whether it may be decomposed, and its decomposition in the unit of the measure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sightline.trend.decomposition import SEASON, Floats, decompose
from sightline.trend.scale import scale_of

YEARS = 2
#: figures that differ by less than this share of the largest are the same
FLAT = 1e-12
#: figures are kept to so many digits of the largest of their series: what lies beyond hangs on the machine
DIGITS = 8
ESTIMATES = ("trend_level", "level_lower", "level_upper", "season", "season_lower", "season_upper", "remainder",
             "year_change", "year_change_lower", "year_change_upper")  # fmt: skip


class Task(NamedTuple):
    """A series: a value a month (None: none, or left out), the places of declared steps, its unit."""

    value: tuple[float | None, ...]
    steps: tuple[int, ...]
    unit: str


class Estimate(NamedTuple):
    """Columns of ``ESTIMATES``, an entry a month (NaN where there is no figure), or the reason why there are none."""

    columns: dict[str, Floats]
    note: str | None


def estimates(tasks: Sequence[Task]) -> list[Estimate]:
    """The estimate of every series, in order. Series of one shape are decomposed one after another, for what they share is kept for a while."""
    places = sorted(range(len(tasks)), key=lambda place: _alike(tasks[place]))
    found = {place: estimate(tasks[place]) for place in places}
    return [found[place] for place in range(len(tasks))]


def _alike(task: Task) -> tuple[tuple[bool, ...], tuple[int, ...]]:
    return tuple(one is None for one in task.value), task.steps


def estimate(task: Task) -> Estimate:
    """The decomposition of a series, back in its own unit."""
    value = np.array([np.nan if one is None else one for one in task.value], dtype=np.float64)
    reason = unfit(value, task.unit)
    if reason:
        return Estimate({}, reason)
    scale, places = scale_of(task.unit), told_apart(value, task.steps)
    steps = (np.arange(value.size)[:, None] >= np.array(places, dtype=np.int64)).astype(np.float64).reshape(value.size, len(places))
    found = decompose(scale.to(value), steps)
    if isinstance(found, str):
        return Estimate({}, found)
    level, fitted = scale.back(found.level), scale.back(found.level + found.season)
    columns = {
        "trend_level": level,
        "level_lower": scale.back(found.level - found.level_half),
        "level_upper": scale.back(found.level + found.level_half),
        "season": fitted - level,
        "season_lower": scale.back(found.level + found.season - found.season_half) - level,
        "season_upper": scale.back(found.level + found.season + found.season_half) - level,
    }
    columns |= year_change(columns, value, places)
    kept = int(DIGITS - np.ceil(np.log10(np.nanmax(np.abs(value)))))
    shown = {name: np.where(np.isfinite(value), np.round(column, kept) + 0.0, np.nan) for name, column in columns.items()}
    shown["remainder"] = value - shown["trend_level"] - shown["season"]
    return Estimate(shown, None)


def unfit(value: Floats, unit: str) -> str | None:
    """Why a series is not decomposed, in words; None where it may be."""
    known = value[np.isfinite(value)]
    if not known.any():
        return "zeros alone" if known.size else "no figure in any month"
    seen = np.bincount(np.flatnonzero(np.isfinite(value)) % SEASON, minlength=SEASON)
    reasons = {
        "figures that cannot be counts or shares": known.min() < 0 or (unit == "proportion" and known.max() > 1),
        "the same figure in every month": np.ptp(known) <= FLAT * known.max(),
        f"under {YEARS} full years of figures, so nothing is said of a season": seen.min() < YEARS,
        "zeros in more than half of the months": 2 * np.count_nonzero(known) < known.size,
    }
    return next((words for words, holds in reasons.items() if holds), None)


def told_apart(value: Floats, steps: tuple[int, ...]) -> list[int]:
    """The declared steps with figures before and after them; of two without a figure between them the earlier."""
    before = np.concatenate([[0], np.cumsum(np.isfinite(value))])
    found = {int(before[place]): place for place in sorted(steps, reverse=True) if 0 < before[place] < before[-1]}
    return sorted(found.values())


def year_change(columns: dict[str, Floats], value: Floats, steps: list[int]) -> dict[str, Floats]:
    """The level less that of twelve months before and its 95 % interval; none across a declared step, nor where either month has no figure.

    The interval is put together from those of the two levels (MOVER, Zou and Donner 2008, doi 10.1002/sim.3095), taken as independent.
    They are not: what moves one estimate moves the other, so it is rather too wide than too narrow.
    """
    level, lower, upper = (columns[name] for name in ("trend_level", "level_lower", "level_upper"))
    passed = (np.arange(value.size)[:, None] >= np.array(steps, dtype=np.int64)).sum(axis=1)
    there = np.isfinite(value)
    like = (passed[SEASON:] == passed[:-SEASON]) & there[SEASON:] & there[:-SEASON]
    change = level[SEASON:] - level[:-SEASON]
    down = np.hypot((level - lower)[SEASON:], (upper - level)[:-SEASON])
    up = np.hypot((upper - level)[SEASON:], (level - lower)[:-SEASON])
    found = {"year_change": change, "year_change_lower": change - down, "year_change_upper": change + up}
    return {name: np.concatenate([np.full(min(SEASON, value.size), np.nan), np.where(like, column, np.nan)]) for name, column in found.items()}
