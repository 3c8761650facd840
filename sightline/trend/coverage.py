"""How often the intervals of the trend hold what they should: simulated series with a known level, season and step.

``python -m sightline.trend.coverage [series]`` prints the table of docs/METHODS.md. Each case draws its series from a seed of
its own: monthly counts about a level that moves as the case says, a fixed season, months left out, a declared step.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np

from sightline.trend.decomposition import SEASON, Decomposition, Floats, decompose

SERIES = 120


class Case(NamedTuple):
    """A kind of series: months, the level's monthly step, the season's spread and a declared step (in deviations of the noise), share missing."""

    words: str
    months: int
    moves: float
    swing: float
    step: float
    missing: float


CASES = (
    Case("24 months, still level", 24, 0.0, 3.0, 0.0, 0.0),
    Case("36 months, still level", 36, 0.0, 3.0, 0.0, 0.0),
    Case("36 months, slow level", 36, 0.1, 3.0, 0.0, 0.0),
    Case("72 months, still level", 72, 0.0, 3.0, 0.0, 0.0),
    Case("72 months, slow level", 72, 0.1, 3.0, 0.0, 0.0),
    Case("72 months, moving level", 72, 0.5, 3.0, 0.0, 0.0),
    Case("72 months, level that moves more than the noise", 72, 2.0, 3.0, 0.0, 0.0),
    Case("72 months, slow level, no season", 72, 0.1, 0.0, 0.0, 0.0),
    Case("72 months, slow level, one in ten missing", 72, 0.1, 3.0, 0.0, 0.1),
    Case("72 months, still level, declared step of 5 after 12", 72, 0.0, 3.0, 5.0, 0.0),
    Case("72 months, slow level, declared step of 5 after 12, one in ten missing", 72, 0.1, 3.0, 5.0, 0.1),
)


class Drawn(NamedTuple):
    """One simulated series and the truth: values (NaN where missing), level with its step, season, the regressor of the step."""

    value: Floats
    level: Floats
    season: Floats
    steps: Floats


class Rates(NamedTuple):
    """Shares of months whose true level and season lie in the 95 % interval, the mean half width of the level's, and refusals."""

    level: float
    season: float
    half: float
    refused: int


def draw(case: Case, seed: int) -> Drawn:
    """A series of a case."""
    random = np.random.default_rng(seed)
    season = case.swing * random.normal(0, 1, SEASON)
    season = np.resize(season - season.mean(), case.months)
    steps = (np.arange(case.months) >= SEASON).astype(np.float64)[:, None][:, : int(case.step != 0)]
    level = 50 + np.cumsum(random.normal(0, 1, case.months)) * case.moves + steps.sum(axis=1) * case.step
    value = level + season + random.normal(0, 1, case.months)
    return Drawn(np.where(random.random(case.months) < case.missing, np.nan, value), level, season, steps)


def rates(case: Case, series: int, seed: int = 1) -> Rates:
    """What `series` series of a case give."""
    drawn = [draw(case, seed * 1_000_003 + place) for place in range(series)]
    found = [(one, decompose(one.value, one.steps)) for one in drawn]
    told = [(one, made) for one, made in found if isinstance(made, Decomposition)]
    level = np.mean([np.abs(made.level - one.level) <= made.level_half for one, made in told])
    season = np.mean([np.abs(made.season - one.season) <= made.season_half for one, made in told])
    half = np.mean([made.level_half for _, made in told])
    return Rates(float(level), float(season), float(half), series - len(told))


def table(series: int = SERIES) -> str:
    """The table as Markdown."""
    lines = ["| case | level held | season held | half width of the level's interval | refused |", "| --- | --- | --- | --- | --- |"]
    for case in CASES:
        found = rates(case, series)
        lines.append(f"| {case.words} | {found.level:.1%} | {found.season:.1%} | {found.half:.2f} | {found.refused} |".replace("%", " %"))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table(int(sys.argv[1]) if len(sys.argv) > 1 else SERIES) + "\n")
