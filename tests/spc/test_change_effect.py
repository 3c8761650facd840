"""What is said of a change that was tried: the difference and its interval, the comparison, and one verdict."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

from sightline.spc import change_rates, level_change
from sightline.spc.change_effect import AS_HOPED, CANNOT_TELL, CHANGE, NO_CHANGE, OTHER_WAY, TOO_EARLY, change_effect
from sightline.spc.change_rates import FACTS, KINDS
from sightline.spc.declarations import ENTRY

RNG = np.random.default_rng(7)
MONTH = np.arange(24000, 24040)
AFTER = np.broadcast_to(np.arange(40) >= 30, (4, 40))
NOISE = RNG.normal(size=(4, 40))
SURE = np.full(4, 0.97)


def test_without_autocorrelation_it_is_the_regression_of_any_textbook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level_change, "GRID", np.array([0.0]))
    found = level_change.level_change(NOISE, MONTH, AFTER, SURE)
    design = np.column_stack([MONTH[:, None] % 12 == np.arange(12), AFTER[0]]).astype(float)
    for row, y in enumerate(NOISE):
        fitted, left, _, _ = np.linalg.lstsq(design, y, rcond=None)
        error = np.sqrt(left[0] / 27 * np.linalg.inv(design.T @ design)[12, 12])
        reach = stats.t.ppf(0.985, 27) * error
        assert (found.value[row], found.lower[row], found.upper[row]) == pytest.approx((fitted[12], fitted[12] - reach, fitted[12] + reach))


def test_a_step_moves_difference_and_interval_by_itself_and_a_season_moves_neither() -> None:
    plain = level_change.level_change(NOISE, MONTH, AFTER, SURE)
    season = RNG.normal(size=12)[MONTH % 12]
    moved = level_change.level_change(NOISE + 5 * AFTER + season, MONTH, AFTER, SURE)
    for before, after in zip(plain, moved, strict=True):
        assert after == pytest.approx(before + 5)
    scaled = level_change.level_change(1000 * NOISE, MONTH, AFTER, SURE)
    assert scaled.upper == pytest.approx(1000 * plain.upper)


def test_beside_a_slope_neither_a_steady_rise_nor_a_fall_moves_difference_and_interval() -> None:
    plain = level_change.level_change_beside_slope(NOISE, MONTH, AFTER, SURE)
    rising = level_change.level_change_beside_slope(NOISE + 0.7 * np.arange(40) + 5 * AFTER, MONTH, AFTER, SURE)
    for before, after in zip(plain, rising, strict=True):
        assert after == pytest.approx(before + 5)


def test_months_without_a_figure_are_not_filled_in() -> None:
    gaps = NOISE.copy()
    gaps[:, [3, 17, 34]] = np.nan
    wider = np.concatenate([np.full((4, 5), np.nan), gaps, np.full((4, 2), np.nan)], axis=1)
    after = np.concatenate([np.zeros((4, 5), bool), AFTER, np.ones((4, 2), bool)], axis=1)
    one = level_change.level_change(gaps, MONTH, AFTER, SURE)
    other = level_change.level_change(wider, np.arange(MONTH[0] - 5, MONTH[-1] + 3), after, SURE)
    assert other.lower == pytest.approx(one.lower)


def test_a_flat_series_has_no_difference_to_be_sure_of() -> None:
    assert np.isnan(level_change.level_change(np.ones((4, 40)), MONTH, AFTER, SURE).lower).all()


def test_changes_that_did_nothing_are_hardly_ever_called_moved() -> None:
    # of 80 series 5 % are 4, and more than 10 would come once in 500 seeds; the long table stands in docs/METHODS.md
    assert change_rates.rate(11, KINDS["autocorrelation 0.6"], FACTS["nothing, alone"], 24, 12, 80) <= 12.5


def test_what_happened_everywhere_is_not_claimed_and_what_helped_is_found() -> None:
    independent = KINDS["independent"]
    assert change_rates.rate(12, independent, FACTS["2 sd everywhere"], 36, 12, 25) <= 8
    assert change_rates.rate(12, independent, FACTS["helped by 2 sd"], 36, 12, 25) >= 88


# ------------------------------------------------------------------------------------------------------------- verdicts

START = date(2020, 1, 1)


def months(count: int) -> list[date]:
    return [date(START.year + at // 12, at % 12 + 1, 1) for at in range(count)]


def series(level: str, code: str, values: np.ndarray[Any, Any], size: float = 1.0, measure: str = "within") -> pl.DataFrame:
    return pl.DataFrame({"month": months(values.size), "value": values, "numerator": values * size}).with_columns(
        measure=pl.lit(measure), level=pl.lit(level), organisation=pl.lit(code), denominator=pl.lit(float(size)), excluded=pl.lit(value=False)
    )


def told(points: pl.DataFrame, begins: date, hoped: str = "up", phases: pl.DataFrame | None = None, **other: Any) -> dict[str, Any]:
    words = {"change": "hub", "what": "a hub", "organisation": "RAA", "level": "provider", "measure": "within", "hoped": hoped,
             "month_from": begins, "look_again": other.get("look_again", begins), "learning": "board", "origin": "home"}  # fmt: skip
    definitions = pl.DataFrame({"measure": ["within"], "scale": [1.0]})
    places = pl.DataFrame({"level": ["provider"], "organisation": ["RAA"], "region": ["Y60"]})
    asked = pl.DataFrame([words], schema=CHANGE)
    return change_effect(points, asked, pl.DataFrame(schema=ENTRY) if phases is None else phases, definitions, places).row(0, named=True)


DRAWN, TIME = RNG.normal(size=60), np.arange(60)
#: without a drift in its first forty months, which one series in ten would have by chance, and level after them
NOISY = 50 + np.concatenate([DRAWN[:40] - np.polyval(np.polyfit(TIME[:40], DRAWN[:40], 1), TIME[:40]), DRAWN[40:] - DRAWN[40:].mean()])
REST = 50 + 0.3 * RNG.normal(size=60)


def england(own: np.ndarray[Any, Any], rest: np.ndarray[Any, Any]) -> pl.DataFrame:
    return series("england", "ENG", (own + 9 * rest) / 10, 10)


def step(at: int, by: float, size: int = 60) -> np.ndarray[Any, Any]:
    return by * (np.arange(size) >= at)


def test_moved_as_hoped_the_other_way_or_not_by_more_than_chance() -> None:
    own = NOISY + step(40, 4)
    points = pl.concat([series("provider", "RAA", own), england(own, REST)])
    found = told(points, months(60)[40])
    assert (found["verdict"], found["told_apart"], found["points_before"], found["points_since"]) == (AS_HOPED, "apart", 36, 20)
    assert found["lower"] < 4 < found["upper"]
    assert found["england_apart_lower"] < 4 < found["england_apart_upper"]
    assert told(points, months(60)[40], "down")["verdict"] == OTHER_WAY
    still = pl.concat([series("provider", "RAA", NOISY), england(NOISY, REST)])
    assert told(still, months(60)[40])["verdict"] == NO_CHANGE


def test_what_moved_everywhere_is_not_told_apart() -> None:
    own, rest = NOISY + step(40, 4), REST + step(40, 4)
    found = told(pl.concat([series("provider", "RAA", own), england(own, rest)]), months(60)[40])
    assert (found["verdict"], found["told_apart"]) == (CANNOT_TELL, "likewise")
    assert "everywhere" in found["reason"]


def test_england_itself_and_a_region_of_one_have_nothing_to_be_held_against() -> None:
    own = NOISY + step(40, 4)
    found = told(pl.concat([series("provider", "RAA", own), series("region", "Y60", own), england(own, own)[:0]]), months(60)[40])
    assert (found["verdict"], found["told_apart"], found["region_difference"]) == (AS_HOPED, "alone", None)


def test_a_drift_with_nothing_to_hold_it_against_is_not_claimed() -> None:
    assert change_rates.rate(13, KINDS["drift of 1 sd a year"], FACTS["nothing, alone"], 24, 24, 60) <= 5
    found = told(series("provider", "RAA", NOISY + 0.04 * TIME), months(60)[36])
    assert found["verdict"] in (CANNOT_TELL, NO_CHANGE)


def test_a_series_that_was_on_its_way_before_is_not_claimed() -> None:
    own = NOISY + 0.06 * TIME + step(40, 2)
    found = told(series("provider", "RAA", own), months(60)[40])
    assert (found["verdict"], found["drift"]) == (CANNOT_TELL, 1)
    assert "already on its way" in found["reason"]


@pytest.mark.parametrize(
    ("begins", "look", "verdict", "next_look"),
    [
        (56, 57, TOO_EARLY, 61),  # four months have come in: two more
        (50, 70, TOO_EARLY, 70),  # ten have, but the people said when to look
        (50, 55, NO_CHANGE, None),
        (11, 20, CANNOT_TELL, None),  # eleven months before
    ],
)
def test_when_to_look_again(begins: int, look: int, verdict: str, next_look: int | None) -> None:
    month = months(80)
    found = told(series("provider", "RAA", NOISY), month[begins], look_again=month[look])
    assert (found["verdict"], found["look_next"]) == (verdict, None if next_look is None else month[next_look])
    assert (found["reason"] is not None) == (verdict == CANNOT_TELL)


def test_a_series_that_has_ended_is_no_longer_too_early() -> None:
    newer = series("provider", "RBB", NOISY)
    found = told(pl.concat([series("provider", "RAA", NOISY[:50]), newer]), months(60)[47], look_again=months(60)[50])
    assert (found["verdict"], found["points_since"]) == (CANNOT_TELL, 3)


def test_months_beyond_another_declared_phase_and_months_left_out_do_not_count() -> None:
    month = months(60)
    begun = {"kind": "phase", "measure": "all", "level": "all", "organisation": "RAA", "reason": "x", "origin": "home"}
    phases = pl.DataFrame([{**begun, "month_from": month[20]}, {**begun, "month_from": month[50]}], schema=ENTRY)
    points = series("provider", "RAA", NOISY).with_columns(excluded=pl.col("month") == month[30])
    found = told(points, month[40], phases=phases)
    assert (found["before_from"], found["points_before"], found["points_since"]) == (month[20], 19, 10)
    merged = pl.DataFrame([{**begun, "origin": "shipped", "month_from": month[40]}], schema=ENTRY)
    assert told(points, month[40], phases=merged)["reason"] == "another declared phase begins in the same month"


def test_no_change_declared_is_no_row() -> None:
    places = pl.DataFrame(schema={"level": pl.String, "organisation": pl.String, "region": pl.String})
    definitions = pl.DataFrame({"measure": ["within"], "scale": [1.0]})
    points = series("provider", "RAA", NOISY)
    assert change_effect(points, pl.DataFrame(schema=CHANGE), pl.DataFrame(schema=ENTRY), definitions, places).height == 0
