"""How much of a monthly series is the time of the year.

Strength of the season after Wang, Smith and Hyndman (2006) and Hyndman and Athanasopoulos, Forecasting: Principles and
Practice, 6.7: 1 - Var(remainder) / Var(season + remainder), from a classical decomposition (centred 2 x 12 moving
average, mean of each calendar month). Both variances are divided by their degrees of freedom, because twelve monthly
means explain half of 24 random numbers; without this pure noise of three years would have a strength of 0.5.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from sightline.spc.grouped import Floats

YEARS = 5
MONTHS_NEEDED = 36
#: months with a trend, after the moving average has taken six at each end
DETRENDED_NEEDED = 24


def strength(monthly: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """One row a series: `keys`, `seasonal_strength` (0 to 1) of its last five years; null under 36 months with a value.

    `monthly` has `keys`, `month` (first of month, every month of a series present) and `value`.
    """
    placed = monthly.with_columns(_at=_month_number(), _filled=pl.col("value").interpolate().over(keys, order_by="month"))
    placed = placed.with_columns(_last=pl.col("_at").max().over(keys)).filter(pl.col("_at") > pl.col("_last") - 12 * YEARS)
    series = placed.select(keys).unique(maintain_order=True).with_row_index("_row")
    placed = placed.join(series, on=keys, nulls_equal=True)
    first_year = (placed["_last"] - 12 * YEARS + 1) // 12
    column = (placed["_at"] - 12 * first_year).to_numpy()
    shape = (series.height, 12 * (YEARS + 1))
    value, filled = (_matrix(placed, name, column, shape) for name in ("value", "_filled"))
    found = strengths(value, filled)
    return series.select(keys).with_columns(pl.Series("seasonal_strength", found, nan_to_null=True, dtype=pl.Float64))


def _month_number() -> pl.Expr:
    return pl.col("month").dt.year().cast(pl.Int64) * 12 + pl.col("month").dt.month().cast(pl.Int64) - 1


def _matrix(placed: pl.DataFrame, name: str, column: np.ndarray[tuple[int], np.dtype[np.int64]], shape: tuple[int, int]) -> Floats:
    made = np.full(shape, np.nan)
    made[placed["_row"].to_numpy(), column] = placed[name].fill_null(float("nan")).to_numpy()
    return made


def strengths(value: Floats, filled: Floats) -> Floats:
    """Strength of each row; a row is a series, its columns whole years from January, NaN where there is no month."""
    detrended = value - trend(filled)
    by_year = detrended.reshape(detrended.shape[0], YEARS + 1, 12)
    present = ~np.isnan(by_year)
    observed = np.maximum(present.sum(axis=1), 1)
    pattern = np.where(present, by_year, 0).sum(axis=1) / observed
    months = present.sum(axis=(1, 2))
    enough = ((~np.isnan(value)).sum(axis=1) >= MONTHS_NEEDED) & (months >= DETRENDED_NEEDED) & (present.sum(axis=1) >= 2).all(axis=1)
    mean = np.where(present, by_year, 0).sum(axis=(1, 2)) / np.maximum(months, 1)
    left = np.where(present, by_year - pattern[:, None, :], 0)
    whole = np.where(present, by_year - mean[:, None, None], 0)
    remainder, total = (left**2).sum(axis=(1, 2)), (whole**2).sum(axis=(1, 2))
    moving = total > (1e-12 * np.nan_to_num(np.abs(value)).max(axis=1, initial=0)) ** 2 * np.maximum(months, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = 1 - (remainder / (months - 12)) / (total / (months - 1))
    return np.where(enough & moving, np.clip(found, 0, 1), np.nan)


def trend(filled: Floats) -> Floats:
    """Centred moving average over a year: twelve months and a half month at each end."""
    weights = np.array([0.5] + [1.0] * 11 + [0.5]) / 12
    found = np.full(filled.shape, np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(filled, 13, axis=1)
    found[:, 6:-6] = windows @ weights
    return found
