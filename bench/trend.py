"""The trend of 1,500 series, against one bare fit of statsmodels a series; one process each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import polars as pl
from statsmodels.tsa.statespace.structural import UnobservedComponents

from bench.clock import least, table
from sightline.spc.declarations import ENTRY
from sightline.trend import trend_points

SERIES, MONTHS, STEP = 1_500, 75, 12
#: so many series are fitted by statsmodels alone; their time is multiplied
FITTED = 30


def points() -> pl.DataFrame:
    """Counts with a moving level and a season, as analysis.spc_point has them."""
    random = np.random.default_rng(1)
    level = 400 + np.cumsum(random.normal(0, 4, (SERIES, MONTHS)), axis=1)
    value = level + np.resize(40 * np.cos(np.arange(12) * np.pi / 6), MONTHS) + random.normal(0, 15, (SERIES, MONTHS))
    months = pl.date_range(date(2019, 4, 1), date(2019 + (3 + MONTHS - 1) // 12, (3 + MONTHS - 1) % 12 + 1, 1), "1mo", eager=True)
    return pl.DataFrame(
        {
            "organisation": np.repeat([f"R{place:04d}" for place in range(SERIES)], MONTHS),
            "month": months.gather(np.tile(np.arange(MONTHS), SERIES)),
            "value": value.round().ravel(),
        }
    ).with_columns(measure=pl.lit("people"), level=pl.lit("provider"), excluded=pl.lit(value=False), note=pl.lit(None, pl.String))


def rows(repeats: int) -> Iterator[str]:
    """The table."""
    frame, definitions = points(), pl.DataFrame({"measure": ["people"], "unit": ["people"]})
    phase = {"kind": "phase", "measure": "all", "level": "all", "organisation": "all", "month_from": date(2020, 3, 1), "origin": "shipped"}
    phases = pl.DataFrame([dict.fromkeys(ENTRY) | phase], schema=ENTRY)
    matrix = frame["value"].to_numpy().reshape(SERIES, MONTHS)[:FITTED]
    step = (np.arange(MONTHS) >= STEP).astype(float)[:, None]

    def fitted() -> None:
        for value in matrix:
            UnobservedComponents(
                value, level="llevel", seasonal=12, stochastic_seasonal=False, exog=step, mle_regression=False, use_exact_diffuse=True
            ).fit(disp=0)

    def ours() -> None:
        trend_points(frame, definitions, phases)

    bare = f"statsmodels' own fit, × {SERIES // FITTED}"
    found = least(repeats, {bare: fitted, "sightline.trend": ours})
    found[bare] *= SERIES / FITTED
    yield from table(f"trend of {SERIES:,} series of {MONTHS} months", found, bare, lambda name: f"{SERIES / found[name]:10,.0f} series/s")
