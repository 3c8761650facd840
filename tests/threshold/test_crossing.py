"""Crossing cohorts: the calendar worked out by hand, what must not matter, what is found in simulated lists, and what is refused."""

from __future__ import annotations

from datetime import date
from math import exp, log, sqrt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sightline import threshold
from sightline.errors import BadInput
from sightline.threshold import ranks
from sightline.threshold.bank_holidays import bank_holidays, easter
from sightline.threshold.cohorts import share_moved
from sightline.threshold.crossing import BREAK, CANNOT_TELL, NO_BREAK, VERDICTS
from tests.threshold.lists import LINES, as_wide, crossed, few, hundred

#: each example tests ten units at thirteen lines
FEW = settings(max_examples=4)
#: hang on the other units of the call
OF_ALL_UNITS = ["p_pooled", "q_bh", "q_by", "verdict"]


# ------------------------------------------------------------------------------------------------------ the calendar


def test_bank_holidays_of_years_with_exceptions() -> None:
    assert {date(2022, 6, 2), date(2022, 6, 3), date(2022, 9, 19), date(2022, 12, 27)} <= set(bank_holidays(2022))
    assert date(2022, 5, 30) not in bank_holidays(2022)
    assert (date(2020, 5, 8) in bank_holidays(2020), date(2020, 5, 4) in bank_holidays(2020)) == (True, False)
    assert (easter(2024), easter(2025), easter(2000)) == (date(2024, 3, 31), date(2025, 4, 20), date(2000, 4, 23))


def test_four_whole_weeks_move_nobody_further() -> None:
    assert share_moved(date(2023, 1, 31), date(2023, 2, 28), 104).tolist() == [0.0] * 104


def test_the_oldest_three_start_dates_of_a_band_move_five_weeks_over_31_days() -> None:
    # 30 April 2024, band 2: start dates 15, 14 … 9 April; the oldest three are Thursday 11, Wednesday 10 and Tuesday 9
    assert share_moved(date(2024, 4, 30), date(2024, 5, 31), 3)[2] == pytest.approx(3 / 5.1)


def test_christmas_weighs_next_to_nothing() -> None:
    # 30 April 2024, band 17: start dates from 1 January back to 26 December; 27, 28 and 29 December are the working days
    assert share_moved(date(2024, 4, 30), date(2024, 5, 31), 18)[17] == pytest.approx((0.05 + 1 + 1) / 3.2)


def test_a_band_is_followed_to_where_it_must_be() -> None:
    people = [100.0 * week + 50 for week in range(20)]
    rows = [{"unit": "A", "month": month, "week": week, "people": count} for month in ("2023-01", "2023-02") for week, count in enumerate(people)]
    bands = crossed(pl.DataFrame(rows), [10], minimum_pairs=1).bands
    assert bands["gap_days"].unique().to_list() == [28]
    assert bands["band"].to_list() == list(range(5, 20))
    assert bands["predicted"].to_list() == people[1:16]
    assert bands["actual"].to_list() == people[5:]


# --------------------------------------------------------------------------------------------------- the contrast, by hand


def test_theta_and_its_error_are_those_of_the_three_windows() -> None:
    row = crossed(few()).estimates.row(0, named=True)
    s = {name: row[f"n_{name}"] / row[f"pred_{name}"] for name in ("before", "cross", "after")}
    assert row["theta"] == pytest.approx(log(s["cross"]) - (5 * log(s["before"]) + 4 * log(s["after"])) / 9)
    v = {name: max(1 - share, 0.02) / row[f"n_{name}"] for name, share in s.items()}
    assert row["se"] == pytest.approx(sqrt(v["cross"] + 25 / 81 * v["before"] + 16 / 81 * v["after"]))
    assert row["extra"] == pytest.approx((row["s_expected"] - s["cross"]) * row["pred_cross"])
    assert row["extra_ratio"] == pytest.approx((1 - s["cross"]) / (1 - row["s_expected"]))
    assert row["s_expected"] == pytest.approx(s["cross"] / exp(row["theta_adj"]))


def test_windows_are_the_sums_of_their_bands() -> None:
    result = crossed(few(), [18])
    unit = result.estimates["unit"][0]
    bands = result.bands.filter(pl.col("unit") == unit)
    for name, (first, last) in {"before": (14, 17), "cross": (18, 21), "after": (23, 26)}.items():
        inside = bands.filter(pl.col("band").is_between(first, last))
        assert result.estimates[f"n_{name}"][0] == inside["actual"].sum()
        assert result.estimates[f"pred_{name}"][0] == pytest.approx(inside["predicted"].sum())


def test_p_is_a_rank_among_placebo_lines_and_no_smaller_than_they_allow() -> None:
    estimates = crossed(few()).estimates.filter(pl.col("why").is_null())
    ranked = estimates["p_low"] * (1 + estimates["placebos"])
    assert (ranked - ranked.round()).abs().max() < 1e-9  # type: ignore[operator]
    assert (estimates["p_low"] >= 1 / (1 + estimates["placebos"]) - 1e-12).all()


def test_placebo_lines_keep_clear_of_every_real_line_and_of_the_one_tested() -> None:
    result = crossed(few(), [30])
    assert all(abs(line - real) > 4 for line in result.placebos["line"] for real in (18, 52, 65, 78, 104))
    usable = result.placebos.group_by("unit").len().sort("unit")["len"]
    near = result.placebos.filter((pl.col("line") - 30).abs() <= 4).group_by("unit").len().sort("unit")["len"]
    assert (usable - near).to_list() == result.estimates["placebos"].to_list()


def test_rule_r_counts_ties_as_extreme() -> None:
    assert ranks.rank_low(np.array([-1.0]), np.array([[-1.0, -2.0, 0.0, np.nan]])).tolist() == [0.75]
    assert ranks.rank_high(np.array([-1.0]), np.array([[-1.0, -2.0, 0.0, np.nan]])).tolist() == [0.75]
    assert ranks.rank_far(np.array([-1.0]), np.array([[1.0, -2.0, 0.0, np.nan]])).tolist() == [0.75]


def test_q_values_of_a_known_example() -> None:
    # Benjamini and Hochberg 1995: p (i) m / i, from the largest down; and times 1 + 1/2 + 1/3 + 1/4 for any dependence
    p = np.array([0.04, 0.01, np.nan, 0.03, 0.5])
    assert ranks.benjamini_hochberg(p)[[0, 1, 3, 4]].tolist() == pytest.approx([0.16 / 3, 0.04, 0.16 / 3, 0.5])
    assert ranks.benjamini_yekutieli(p)[[1, 4]].tolist() == pytest.approx([0.04 * 25 / 12, 1.0])


# ------------------------------------------------------------------------------------------------------ what must not matter


@FEW
@given(st.integers(0, 1000))
def test_neither_the_order_of_units_nor_of_months_matters(seed: int) -> None:
    shuffled = few().sample(fraction=1, shuffle=True, seed=seed)
    assert_frame_equal(crossed(shuffled).estimates, crossed(few()).estimates)


@FEW
@given(st.integers(2, 50))
def test_more_people_change_how_sure_but_not_how_much(times: int) -> None:
    few_people, many = crossed(few()).estimates, crossed(few().with_columns(pl.col("people") * times)).estimates
    assert_frame_equal(many.select("unit", "line", "s_before", "s_cross", "s_after", "theta", "step"),
                       few_people.select("unit", "line", "s_before", "s_cross", "s_after", "theta", "step"))  # fmt: skip
    assert (many["se"] * sqrt(times)).to_list() == pytest.approx(few_people["se"].to_list())


@FEW
@given(st.floats(0.1, 4))
def test_another_unit_changes_only_what_is_said_among_all_units(size: float) -> None:
    other = few().filter(pl.col("unit") == "U003").with_columns(pl.lit("X").alias("unit"), (pl.col("people") * size).round())
    with_other = crossed(pl.concat([few().cast({"people": pl.Float64}), other])).estimates.filter(pl.col("unit") != "X")
    assert_frame_equal(with_other.drop(OF_ALL_UNITS), crossed(few()).estimates.drop(OF_ALL_UNITS))


def test_a_wide_table_is_the_long_one() -> None:
    wide = threshold.crossing(as_wide(few()), unit="unit", month="month", lines=LINES, placebos=range(10, 70))
    assert_frame_equal(wide.estimates, crossed(few()).estimates)
    assert_frame_equal(wide.bands, crossed(few()).bands)


def test_text_as_a_csv_has_it_is_read_and_a_dash_is_nobody() -> None:
    text = as_wide(few()).with_columns(pl.exclude("unit", "month").cast(pl.String).replace("0", "-"))
    assert_frame_equal(threshold.crossing(text, unit="unit", month="month", lines=LINES, placebos=range(10, 70)).estimates, crossed(few()).estimates)


def test_a_long_table_is_known_by_its_plain_names_and_weeks_by_the_names_of_bands() -> None:
    named = few().with_columns(week=pl.format("Gt {} To {} Weeks SUM 1", "week", pl.col("week") + 1))
    found = threshold.crossing(named, unit="unit", month="month", lines=LINES, placebos=range(10, 70))
    assert_frame_equal(found.estimates, crossed(few()).estimates)


@pytest.mark.parametrize("name", ["week_{:03}", "w{}", "{}", "Week {}"])
def test_columns_may_be_named_by_their_lower_week_alone(name: str) -> None:
    wide = as_wide(few())
    closed = [column for column in wide.columns if " To " in column]
    numbered = wide.select("unit", "month", *(pl.col(column).alias(name.format(week)) for week, column in enumerate(closed)))
    found = threshold.crossing(numbered, unit="unit", month="month", lines=LINES, placebos=range(10, 70))
    assert_frame_equal(found.estimates, crossed(few()).estimates)


def test_the_open_band_is_left_out_where_columns_are_numbered() -> None:
    wide = as_wide(few()).rename(lambda name: f"week_{int(name.split()[1]):03}" if name.startswith("Gt") else name)
    assert "week_104" in wide.columns
    found = threshold.crossing(wide, unit="unit", month="month", lines=LINES, placebos=range(10, 70))
    assert_frame_equal(found.estimates, crossed(few()).estimates)


# ---------------------------------------------------------------------------------------------------------- what cannot tell


def test_a_month_that_is_missing_is_not_bridged() -> None:
    gone = few().filter((pl.col("unit") != "U001") | (pl.col("month") != date(2023, 3, 31)))
    estimates = crossed(gone, [18]).estimates
    assert estimates["months"].to_list() == [10, *[12] * 9]
    assert date(2023, 2, 28) not in crossed(gone, [18]).bands.filter(pl.col("unit") == "U001")["month_from"].to_list()


def test_what_cannot_tell_says_why_and_takes_no_numbers() -> None:
    short = few().filter(pl.col("month") < date(2023, 2, 1))
    small = few().with_columns(pl.col("people") // 40)
    expected = {"fewer than 6 month pairs": (short, [18]), "fewer than 200 in a window": (small, [52]),
                "line outside the closed bands or an empty window": (few(), [104])}  # fmt: skip
    for why, (frame, lines) in expected.items():
        found = crossed(frame, lines).estimates.filter(pl.col("why") == why)
        assert found.height, why
        assert found["verdict"].unique().to_list() == [CANNOT_TELL]
        assert found.select("p_low", "theta_adj", "extra", "q_bh").null_count().row(0) == (found.height,) * 4
        assert not found["persistent"].any()


def test_months_of_the_older_open_band_are_not_followed_into_the_newer_ones() -> None:
    old = pl.col("month") < date(2023, 1, 1)
    mixed = pl.concat([few().filter(~old), few().filter(old, pl.col("week") <= 52)])
    assert crossed(mixed, [18]).bands["month_from"].min() == date(2023, 1, 31)


# ----------------------------------------------------------------------------------------------------- simulated lists


def test_lists_without_anything_at_the_line_are_rarely_called() -> None:
    estimates = pl.concat([crossed(hundred("none", seed), [18, 52, 65]).estimates for seed in (1, 2)]).filter(pl.col("why").is_null())
    rates = estimates.group_by("line").agg(
        (pl.col("p_low") <= 0.05).mean(), (pl.col("p_two") <= 0.05).mean().alias("two"), (pl.col("verdict") == BREAK).mean()
    )
    assert estimates.filter(pl.col("line") == 18).height == 200
    assert rates["p_low"].max() <= 0.08  # type: ignore[operator]
    assert rates["two"].max() <= 0.08  # type: ignore[operator]
    assert rates["verdict"].max() == 0


@pytest.mark.parametrize(("kind", "found"), [("removed", 1.0), ("treated_early", 0.5)])
def test_what_is_planted_is_found_and_the_others_are_left_alone(kind: str, found: float) -> None:
    estimates = crossed(hundred(kind), [18]).estimates.with_columns(planted=pl.col("unit") <= "U020")
    rates = dict(estimates.group_by("planted").agg((pl.col("verdict") == BREAK).mean()).iter_rows())
    assert rates[True] >= found
    assert rates[False] <= 0.03


def test_base_rates_stand_beside_the_line() -> None:
    rates = crossed(hundred("removed"), [18]).base_rates
    assert rates.filter("asked")["line"].to_list() == [18]
    nobodys = rates.filter(~pl.col("asked"))
    assert nobodys.height == 11
    assert rates.select(pl.sum_horizontal("break_", "possible", "no_break", "cannot_tell") == pl.col("tested")).to_series().all()
    assert rates.filter("asked")["break_"][0] >= 20 > nobodys["break_"].max()  # type: ignore[operator]


def test_no_base_rate_near_a_line_that_is_asked() -> None:
    assert not set(range(26, 35)) & set(crossed(few(), [30]).base_rates.filter(~pl.col("asked"))["line"])


def test_every_verdict_is_one_of_four() -> None:
    seen = crossed(hundred("removed"), [18, 52, 65]).estimates["verdict"].unique().to_list()
    assert set(seen) <= set(VERDICTS)
    assert {BREAK, NO_BREAK, CANNOT_TELL} <= set(seen)


# ------------------------------------------------------------------------------------------------------------ bad input


def _wide(**changes: pl.Expr) -> pl.DataFrame:
    return as_wide(few()).with_columns(**changes)


BAND = "Gt 17 To 18 Weeks SUM 1"


@pytest.mark.parametrize(
    ("frame", "names"),
    [
        (lambda: _wide(**{BAND: pl.lit("many")}), "row 1, Gt 17 To 18 Weeks SUM 1: expected a count of people"),
        (lambda: _wide(**{BAND: pl.lit(-1)}), "expected a count of people, 0 or more; saw '-1'"),
        (lambda: _wide(month=pl.lit("April")), "expected a month as YYYY-MM"),
        (lambda: _wide(unit=pl.lit(None, pl.String)), "expected the name of a unit"),
        (lambda: _wide().drop("unit"), "no column unit"),
        (lambda: _wide().drop(BAND), "a gap before week 18"),
        (lambda: _wide().select("unit", "month"), "expected columns of week bands"),
        (lambda: pl.concat([_wide(), _wide().head(1)]), "expected one row a unit and month"),
        (lambda: _wide().filter(pl.col("month") == "2023-01"), "saw one month"),
        (lambda: _wide().clear(), "saw none"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_place(frame: object, names: str) -> None:
    with pytest.raises(BadInput, match=names.replace("(", r"\(")):
        threshold.crossing(frame(), unit="unit", month="month", lines=[18], placebos=range(10, 70))  # type: ignore[operator]


@pytest.mark.parametrize("lines", [[], [18.5], ["x"], [None]])
def test_lines_that_are_none_are_refused(lines: list[object]) -> None:
    with pytest.raises(BadInput, match="lines"):
        crossed(few(), lines)  # type: ignore[arg-type]
