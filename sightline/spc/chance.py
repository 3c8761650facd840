"""How often the rules see a change in series in which nothing changed.

`python -m sightline.spc.chance` simulates with this package's own engine and rewrites chance.csv beside this file.
Series are normal with first-order autocorrelation; limits, screening and rules are the defaults of `spc.chart`.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import polars as pl

from sightline.spc import anhoej, engine, rules
from sightline.spc.grouped import Floats, Ints

POINTS = (13, 16, 20, 24, 30, 36, 48, 60, 84, 120)
AUTOCORRELATIONS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
SERIES = 20_000
SEED = 20_190_401
RATES = ("icon_rate", "point_rate", "series_rate", "anhoej_rate")
#: by which rule the icon signals; their sum is icon_rate
BY_RULE = ("outside_limits_rate", "trend_rate", "two_of_three_rate", "shift_rate")


def unchanged_series(series: int, points: int, autocorrelation: float, seed: int) -> Floats:
    """`series` x `points` normal numbers of variance 1 with the first-order autocorrelation asked for."""
    start_up = 100
    made: Floats = np.random.default_rng(seed).normal(size=(series, start_up + points)) * np.sqrt(1 - autocorrelation**2)
    for month in range(1, start_up + points):
        made[:, month] += autocorrelation * made[:, month - 1]
    return made[:, start_up:]


def false_alarms(values: Floats) -> dict[str, float]:
    """Share of last points, of points and of series that the four rules flag, and of series the Anhøj rules flag.

    Then the share of last points by the rule that colours them: the first of outside, trend, two of three, shift.
    `values` has one unchanged series a row.
    """
    series, points = values.shape
    phase = np.repeat(np.arange(series, dtype=np.int64), points)
    rows = engine.Rows(values.ravel(), np.zeros(values.size, dtype=bool), phase, phase)
    found = engine.analyse(rows, engine.Settings()).rules
    flagged = (found.outside | found.shift | found.trend | found.two_of_three).reshape(series, points)
    middle = rows.phases.median(rows.value, rows.kept)
    sides = rules.side(rows.value, rows.phases.spread(middle), np.zeros(rows.value.size))
    runs = anhoej.runs(sides, rows.excluded, rows.phases)
    last = np.stack([rule.reshape(series, points)[:, -1] for rule in (found.outside, found.trend, found.two_of_three, found.shift)])
    colours = last & (np.cumsum(last, axis=0) == 1)
    shares = (flagged[:, -1].mean(), flagged.mean(), flagged.any(axis=1).mean(), runs.signal.mean(), *colours.mean(axis=1))
    return dict(zip((*RATES, *BY_RULE), (float(share) for share in shares), strict=True))


def simulate(
    points: tuple[int, ...] = POINTS, autocorrelations: tuple[float, ...] = AUTOCORRELATIONS, series: int = SERIES, seed: int = SEED
) -> pl.DataFrame:
    """One row a length and autocorrelation: the rates of `false_alarms`, from `series` series each."""
    cells = [(n, r) for n in points for r in autocorrelations]
    made = [false_alarms(unchanged_series(series, n, r, seed + place)) for place, (n, r) in enumerate(cells)]
    keys = [{"points": n, "autocorrelation": r, "series": series} for n, r in cells]
    return pl.DataFrame([key | {name: round(rate, 5) for name, rate in rates.items()} for key, rates in zip(keys, made, strict=True)])


@cache
def table() -> pl.DataFrame:
    """The table as shipped."""
    with resources.files("sightline.spc").joinpath("chance.csv").open("rb") as shipped:
        return pl.read_csv(shipped)


def icon_rate(points: pl.Series, autocorrelation: pl.Series | float = 0.0, rate: str = "icon_rate") -> pl.Series:
    """The chance that the last of so many points is flagged though nothing changed; null beyond what was simulated.

    Between the simulated cells the rate is interpolated. A negative autocorrelation counts as none.
    """
    grid = table().sort("points", "autocorrelation")
    lengths, degrees = grid["points"].unique().sort().to_numpy().astype(float), grid["autocorrelation"].unique().sort().to_numpy()
    rates = grid[rate].to_numpy().reshape(lengths.size, degrees.size)
    degree = autocorrelation if isinstance(autocorrelation, pl.Series) else pl.Series([autocorrelation]).new_from_index(0, points.len())
    row, down = _between(lengths, points.cast(pl.Float64).fill_null(float("nan")).to_numpy())
    column, across = _between(degrees, degree.cast(pl.Float64).clip(lower_bound=0).fill_null(float("nan")).to_numpy())
    above = rates[row, column] * (1 - across) + rates[row, column + 1] * across
    below = rates[row + 1, column] * (1 - across) + rates[row + 1, column + 1] * across
    return pl.Series(rate, above * (1 - down) + below * down, nan_to_null=True, dtype=pl.Float64)


def _between(grid: Floats, wanted: Floats) -> tuple[Ints, Floats]:
    """The place of the grid value at or below each wanted one, and how far it lies towards the next; NaN outside the grid."""
    place = np.clip(np.searchsorted(grid, wanted, side="right") - 1, 0, grid.size - 2)
    part = (wanted - grid[place]) / (grid[place + 1] - grid[place])
    return place, np.where((part >= 0) & (part <= 1), part, np.nan)


def main() -> None:
    """Rewrite the shipped table."""
    simulate().write_csv(Path(__file__).with_name("chance.csv"))


if __name__ == "__main__":
    main()
