"""From the points of the charts to the rows of the trend: units, gaps, what is left out, what is refused."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from sightline.spc.declarations import ENTRY
from sightline.trend import POINT, trend_points

FIRST = date(2021, 1, 1)
DEFINITIONS = pl.DataFrame({"measure": ["share", "people"], "unit": ["proportion", "people"]})
SHORT = "under 2 full years of figures, so nothing is said of a season"
NOTHING = pl.DataFrame(schema=ENTRY)


def points(value: list[float | None], measure: str = "people", excluded: tuple[int, ...] = (), organisation: str = "RAA") -> pl.DataFrame:
    """A series as analysis.spc_point has it."""
    months = pl.date_range(FIRST, pl.select(pl.lit(FIRST).dt.offset_by(f"{len(value) - 1}mo")).item(), "1mo", eager=True)
    return pl.DataFrame({"month": months, "value": pl.Series(value, dtype=pl.Float64)}).with_columns(
        measure=pl.lit(measure),
        level=pl.lit("provider"),
        organisation=pl.lit(organisation),
        excluded=pl.Series([place in excluded for place in range(len(value))]),
        note=pl.Series([None if one is not None else "no value" for one in value], dtype=pl.String),
    )


def phase(month: date, label: str = "merger") -> pl.DataFrame:
    """A declared phase of every series."""
    row = dict.fromkeys(ENTRY) | {
        "kind": "phase", "measure": "all", "level": "all", "organisation": "all", "month_from": month, "label": label, "origin": "home",
    }  # fmt: skip
    return pl.DataFrame([row], schema=ENTRY)


def noisy(months: int = 48, level: float = 400.0) -> list[float | None]:
    """Counts with a season and noise."""
    season = np.resize(np.cos(np.arange(12) * np.pi / 6), months)
    return list(level + level / 10 * season + np.random.default_rng(8).normal(0, level / 40, months).round())


@pytest.fixture(scope="module")
def told() -> pl.DataFrame:
    """A series of counts and one of shares; a month without a figure, one left out, a declared phase."""
    counts = [None if place == 20 else one for place, one in enumerate(noisy())]
    shares = [0.995 - 0.01 * abs(np.sin(place)) for place in range(48)]
    both = pl.concat([points(counts, excluded=(30,)), points(shares, "share")])
    return trend_points(both, DEFINITIONS, phase(date(2024, 1, 1)))


def test_every_month_of_every_series_has_a_row(told: pl.DataFrame) -> None:
    assert tuple(told.columns) == POINT
    assert told.group_by("measure").len().sort("measure").rows() == [("people", 48), ("share", 48)]


def test_level_season_and_remainder_make_the_value(told: pl.DataFrame) -> None:
    known = told.filter(pl.col("trend_level").is_not_null())
    parts = known["trend_level"] + known["season"] + known["remainder"]
    assert (known["value"] - parts).abs().max() < 1e-9  # type: ignore[operator]


def test_a_level_of_shares_stays_under_one(told: pl.DataFrame) -> None:
    shares = told.filter(measure="share")
    assert shares["level_upper"].max() <= 1  # type: ignore[operator]
    assert (shares["level_lower"] <= shares["trend_level"]).all()


def test_a_month_without_a_figure_or_left_out_has_no_estimate(told: pl.DataFrame) -> None:
    silent = told.filter(pl.col("trend_level").is_null())
    assert silent.select("measure", "month").rows() == [("people", date(2022, 9, 1)), ("people", date(2023, 7, 1))]
    assert silent["note"][0] == "no value"


def test_a_declared_phase_is_named_in_its_month(told: pl.DataFrame) -> None:
    assert told.filter(pl.col("note").str.contains("declared step"))["month"].unique().to_list() == [date(2024, 1, 1)]
    assert set(told.filter(month=date(2024, 1, 1))["note"]) == {"declared step: merger"}


def test_no_change_of_a_year_is_told_across_a_declared_step(told: pl.DataFrame) -> None:
    known = told.filter(pl.col("year_change").is_not_null()).group_by("measure").agg(pl.col("month")).sort("measure")["month"]
    full_years = [date(2022 + place // 12, place % 12 + 1, 1) for place in range(24)]
    without = [date(2022, 9, 1), date(2023, 9, 1), date(2023, 7, 1)]  # no figure then, none a year before, left out
    assert known.to_list() == [[month for month in full_years if month not in without], full_years]


def test_each_month_stands_beside_the_same_month_of_earlier_years() -> None:
    value: list[float | None] = [float(place) for place in range(36)]
    value[12] = None
    found = trend_points(points(value), DEFINITIONS, NOTHING).filter(pl.col("month").dt.month() == 1)
    earlier = found.select("year_before", "earlier_years", "earlier_lowest", "earlier_highest").rows()
    assert earlier == [(None, 0, None, None), (0.0, 1, 0.0, 0.0), (None, 1, 0.0, 0.0)]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([0.0] * 36, "zeros alone"),
        ([None] * 36, "no figure in any month"),
        ([7.0] * 36, "the same figure in every month"),
        (noisy(23), SHORT),
        ([None if place % 12 == 3 and place > 12 else one for place, one in enumerate(noisy(47))], SHORT),
        ([0.0 if place % 5 else 3.0 for place in range(60)], "zeros in more than half of the months"),
        ([*noisy(35), -1.0], "figures that cannot be counts or shares"),
    ],
)  # fmt: skip
def test_a_series_that_gives_no_level_says_why(value: list[float | None], reason: str) -> None:
    found = trend_points(points(value), DEFINITIONS, NOTHING)
    assert found["trend_level"].null_count() == found["season"].null_count() == len(value)
    assert found["note"].str.contains(f"not decomposed: {reason}", literal=True).all()


def test_series_of_other_shapes_and_their_order_change_nothing() -> None:
    one, other, short = points(noisy()), points([None, *noisy(40)], organisation="RBB"), points(noisy(20), organisation="RCC")
    together = trend_points(pl.concat([short, other, one]), DEFINITIONS, NOTHING)
    alone = pl.concat([trend_points(frame, DEFINITIONS, NOTHING) for frame in (one, other, short)])
    assert together.equals(alone)


def test_no_series_gives_no_rows() -> None:
    assert trend_points(points(noisy()).clear(), DEFINITIONS, NOTHING).shape == (0, len(POINT))
