"""Draws simulated series of every kind and state on one page: ``python -m sightline.own_data.every_kind docs/every-kind.html``.

The figures are made up here; `SETTINGS` is the table of settings that draws them, one row a series.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from sightline.own_data.chart import Asked, charted
from sightline.own_data.draw import drawn
from sightline.own_data.page import page
from sightline.own_data.read import ROW
from sightline.own_data.series import every_series

SEED: Final = 20_240_401
MONTHS: Final = 42
SETTINGS: Final = """\
series,chart,direction,target,rebase,exclude,multiply,baseline
01 Seen within four hours,pp,up,,,2022-12-01: walk-out; 2023-01-01: walk-out,,
02 Falls per 1000 bed days,up,down,5,,,1000,24
03 Waits over twelve hours,xmr,down,,2023-03-01,,,
04 Calls answered within a minute,ip,up,0.8,,,,
05 Referrals a month,cp,neither,,,,,24
06 Beds occupied,xmr,down,,,,,
07 A new clinic,xmr,up,40,,,,
08 Comments read aloud to the team,run,up,,,,,
09 Infections,c,down,5,,,,
10 Operations between complications,g,up,,,,,
11 Days between falls with harm,t,up,,,,,
12 Length of stay of ten patients a week,xbar,down,,,,,
13 Spread of their length of stay,s,neither,,,,,
14 From month to month in theatre hours,mr,neither,,,,,
15 Wounds infected after an operation,p,down,0.1,,,,
16 Pressure ulcers per 100 patients,u,down,,,,100,
"""

Made = tuple[list[date], Any, Any]


def months(count: int = MONTHS) -> list[date]:
    """So many months from January 2022."""
    return [date(2022 + at // 12, at % 12 + 1, 1) for at in range(count)]


def table() -> pl.DataFrame:
    """The simulated figures: `series`, `date`, `figure`, `of` (null where nothing is divided), `due` (the target of the date)."""
    made = np.random.default_rng(SEED)
    level = np.arange(MONTHS)
    size = made.integers(900, 1100, MONTHS)
    autocorrelated = np.cumsum(made.normal(0, 6, MONTHS)) + 430
    event = np.cumsum(made.exponential(12, 30).round() + 1)
    weeks = [date(2024, 1, 1) + timedelta(weeks=at // 10) for at in range(300)]

    def plain(values: Any) -> Made:
        return months(len(values)), values, None

    sources: list[Callable[[], Made]] = [
        lambda: (months(), made.binomial(size, 0.74 + 0.06 * made.random(MONTHS) - 0.2 * np.isin(level, (11, 12))), size),
        lambda: (months(), made.poisson(np.where(level < 24, 6.2, 3.4)), size),
        lambda: plain(made.normal(np.where(level < 14, 90, np.where(level < 36, 140, 175)), 9).round()),
        lambda: (months(), made.binomial(size // 3, 0.91), size // 3),
        lambda: plain(made.normal(np.where(level < 35, 300, 345), 14).round()),
        lambda: plain(autocorrelated.round()),
        lambda: plain(made.normal(35, 4, 9).round()),
        lambda: plain(made.poisson(np.where(level < 20, 11, 17))),
        lambda: plain(made.poisson(24, MONTHS)),
        lambda: ([date(2022, 1, 3) + timedelta(days=int(at)) for at in event], made.geometric(0.02, 30), None),
        lambda: ([date(2022, 1, 3) + timedelta(days=int(at)) for at in event], made.exponential(11, 30).round(1) + 0.5, None),
        lambda: (weeks, made.gamma(4, 1.6, 300).round(1), None),
        lambda: (
            weeks,
            made.gamma(4, np.where(np.arange(300) < 200, 1.6, 2.6)).round(1),
            None,
        ),
        lambda: plain(made.normal(820, np.where(level < 30, 18, 60)).round()),
        lambda: (months(), made.binomial(60, np.where(level < 26, 0.11, 0.05)), np.full(MONTHS, 60)),
        lambda: (months(), made.poisson(7, MONTHS) + 14 * (level == 33), made.integers(180, 260, MONTHS)),
    ]
    names = pl.read_csv(io.StringIO(SETTINGS))["series"].to_list()
    frames = [_frame(name, *source()) for name, source in zip(names, sources, strict=True)]
    due = pl.when(pl.col("series") == names[0]).then(pl.when(pl.col("date") < date(2024, 4, 1)).then(0.76).otherwise(0.78))
    gone = (pl.col("series") == names[0]) & pl.col("date").is_between(date(2023, 6, 1), date(2023, 8, 1))
    return pl.concat(frames).filter(~gone).with_columns(due=due).with_row_index(ROW, offset=2)


def _frame(name: str, days: list[date], figure: Any, of: Any) -> pl.DataFrame:
    figures = pl.Series("figure", figure).cast(pl.Float64)
    whole = pl.Series("of", [None] * len(days) if of is None else of, dtype=pl.Float64, strict=False)
    return pl.DataFrame([pl.Series("series", [name] * len(days)), pl.Series("date", days), figures, whole])


def html() -> str:
    """The page."""
    asked = Asked(file="simulated", value="figure", date="date", denominator="of", by=("series",), target_column="due")
    settings = pl.read_csv(io.StringIO(SETTINGS), infer_schema=False)
    series = list(every_series(charted(table(), asked, settings), asked))
    pictures = list(drawn(series, simulated=True, workers=1))
    source = "Simulated data, by python -m sightline.own_data.every_kind"
    return page(series, pictures, title="Every kind of chart, and what it can and cannot say", source=source, simulated=True, files=False)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(html(), "utf-8", newline="\n")
