"""From monthly measures to analysis.spc_point and analysis.spc_summary."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sightline import spc
from sightline.errors import BadInput
from tests.spc.series import QUIET, months, numbers

SQL = Path(__file__).parents[2] / "sql" / "analysis"
FIRST = date(2020, 1, 1)
LINES = ["centre_line", "lower_limit", "upper_limit", "lower_two_sigma", "upper_two_sigma"]
RULES = ["rule_outside_limits", "rule_shift", "rule_trend", "rule_two_of_three"]
TARGETS = {"measure": pl.String, "target_value": pl.Float64, "valid_from": pl.Date, "valid_to": pl.Date, "status": pl.String}

Values = str | Sequence[float | None]


def _series(values: Values, measure: str = "m", organisation: str = "R1A", first: date = FIRST, level: str = "provider") -> pl.DataFrame:
    """Rows of measure.value; a dot is a row without a value, a comma an absent month."""
    words = values.split() if isinstance(values, str) else values
    rows = [
        (measure, level, organisation, month, None, None, numbers(word)[0] if isinstance(word, str) else word, "first")
        for month, word in zip(months(len(words), first), words, strict=True)
        if word != ","
    ]
    kinds = [pl.String] * 3 + [pl.Date] + [pl.Float64] * 3 + [pl.String]
    names = ["measure", "level", "organisation", "month", "numerator", "denominator", "value", "release"]
    return pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")


def _definitions(window: int = 24, better: str = "up", chart: str = "xmr", measures: Sequence[str] = ("m",)) -> pl.DataFrame:
    return pl.DataFrame([{"measure": measure, "better": better, "window_months": window, "chart": chart} for measure in measures])


def _targets(*rows: tuple[float, date | None, date | None, str]) -> pl.DataFrame:
    return pl.DataFrame([("m", *row) for row in rows], schema=TARGETS, orient="row")


def _starts(*months_begun: date, organisation: str = "R1A") -> pl.DataFrame:
    return pl.DataFrame([(organisation, month) for month in months_begun], schema={"organisation": pl.String, "month": pl.Date}, orient="row")


def _analysed(
    values: Values | pl.DataFrame, targets: pl.DataFrame | None = None, starts: pl.DataFrame | None = None, **defined: Any
) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = values if isinstance(values, pl.DataFrame) else _series(values)
    measures = rows["measure"].unique().to_list() or ["m"]
    return spc.series_analysis(
        rows, _definitions(measures=measures, **defined), _targets() if targets is None else targets, _starts() if starts is None else starts
    )


def _one(summary: pl.DataFrame) -> dict[str, Any]:
    (row,) = summary.to_dicts()
    return row


#: 36 months, of which the first twelve lie on another level
TWO_LEVELS = "50 52 " * 6 + QUIET * 2


# ------------------------------------------------------------------------------------------------------------- columns


@pytest.mark.parametrize("values", [TWO_LEVELS, "1", "0 0 0", ". . .", ""])
def test_the_columns_are_those_documented_and_no_other(values: str) -> None:
    for frame, table in zip(_analysed(values), ("spc_point", "spc_summary"), strict=True):
        documented = tomllib.loads((SQL / f"{table}.toml").read_text(encoding="utf-8"))
        assert sorted(frame.columns) == sorted(documented["columns"])
        assert frame.select(documented["grain"]).is_duplicated().sum() == 0


def test_kinds_of_columns_do_not_depend_on_the_data() -> None:
    full, empty = _analysed(TWO_LEVELS, _targets((12, None, None, "standard"))), _analysed("")
    for with_rows, without in zip(full, empty, strict=True):
        assert without.height == 0
        assert {name: kind for name, kind in with_rows.schema.items() if kind != pl.Null} == dict(without.schema)


# -------------------------------------------------------------------------------------------------------------- window


def test_lines_and_rules_use_the_last_months_of_the_window_only() -> None:
    points, summary = _analysed(TWO_LEVELS)
    before, within = points[:12], points[12:]
    assert within["in_window"].all()
    assert not before["in_window"].any()
    for name in [*LINES, "judgement", "median", "moving_range"]:
        assert before[name].null_count() == 12
    assert not any(before[name].any() for name in RULES)
    assert set(before["signal"]) == {"none"}
    assert within["centre_line"].to_list() == [pytest.approx(11)] * 24
    assert (_one(summary)["centre_line"], _one(summary)["median"]) == (pytest.approx(11), 11)
    assert _one(summary)["lower_limit"] > 5  # the fall from 52 is no range of the window


def test_the_rows_of_the_window_are_those_of_a_chart_of_its_months() -> None:
    points, summary = _analysed(TWO_LEVELS + "17 12")
    chart = spc.chart(_series(TWO_LEVELS + "17 12").tail(24), value="value", date="month", direction="up")
    kept = [*LINES, *RULES, "signal", "judgement", "value"]
    assert_frame_equal(points.tail(24).select(kept), chart.points.select(kept))
    for name in ("centre_line", "upper_limit", "variation", "lag1_autocorrelation"):
        assert _one(summary)[name] == chart.summary[name].item()


@pytest.mark.parametrize(
    ("window", "in_window", "first"), [(24, 24, date(2021, 1, 1)), (13, 13, date(2021, 12, 1)), (36, 36, FIRST), (60, 36, FIRST)]
)
def test_a_window_is_at_most_so_many_months_counted_back_from_the_last(window: int, in_window: int, first: date) -> None:
    points, summary = _analysed(TWO_LEVELS, window=window)
    assert points["in_window"].sum() == in_window
    row = _one(summary)
    assert (row["phase_start"], row["window_months"], row["points"]) == (first, window, in_window)
    assert (row["first_month"], row["last_month"]) == (FIRST, date(2022, 12, 1))


def test_months_without_a_value_count_towards_the_window() -> None:
    row = _one(_analysed(TWO_LEVELS + ". . .")[1])
    assert (row["points"], row["missing_months"], row["phase_start"]) == (21, 3, date(2021, 4, 1))


def test_each_series_has_a_window_of_its_own() -> None:
    ended = _series(QUIET + "12 10", organisation="R2B")
    points, _ = _analysed(pl.concat([_series(TWO_LEVELS), ended]))
    assert points.filter(pl.col("organisation") == "R2B")["in_window"].all()


def test_phases_are_numbered_and_a_new_one_begins_with_the_window() -> None:
    points, _ = _analysed(TWO_LEVELS)
    assert points["phase"].to_list() == [1] * 12 + [2] * 24
    assert (points["phase"] == points["phase"].max()).to_list() == points["in_window"].to_list()


# ------------------------------------------------------------------------------------------------------------- mergers


def test_a_merger_begins_the_newest_phase() -> None:
    points, summary = _analysed(TWO_LEVELS, starts=_starts(date(2021, 7, 1)))
    row = _one(summary)
    assert (row["phase_start"], row["points"]) == (date(2021, 7, 1), 18)
    assert points["phase"].to_list() == [1] * 18 + [2] * 18
    assert points["in_window"].to_list() == [False] * 18 + [True] * 18
    assert points["moving_range"][18] is None


def test_a_merger_before_the_window_and_the_window_each_begin_a_phase() -> None:
    points, _ = _analysed(TWO_LEVELS, starts=_starts(date(2020, 7, 1)))
    assert points["phase"].to_list() == [1] * 6 + [2] * 6 + [3] * 24


@pytest.mark.parametrize("month", [date(2019, 1, 1), FIRST, date(2030, 1, 1)])
def test_a_merger_before_the_second_month_or_after_the_last_begins_no_phase(month: date) -> None:
    assert_frame_equal(_analysed(TWO_LEVELS, starts=_starts(month))[0], _analysed(TWO_LEVELS)[0])


def test_a_merger_concerns_its_own_organisation() -> None:
    assert_frame_equal(_analysed(TWO_LEVELS, starts=_starts(date(2021, 7, 1), organisation="R9Z"))[1], _analysed(TWO_LEVELS)[1])


def test_the_last_of_several_mergers_counts() -> None:
    row = _one(_analysed(TWO_LEVELS, starts=_starts(date(2021, 7, 1), date(2021, 3, 1), date(2021, 7, 1)))[1])
    assert row["phase_start"] == date(2021, 7, 1)


def test_a_merger_leaves_too_few_months_for_limits_at_first() -> None:
    points, summary = _analysed(TWO_LEVELS, starts=_starts(date(2022, 2, 1)), targets=_targets((5, None, None, "standard")))
    row = _one(summary)
    assert (row["fitness"], row["chart"]) == ("run", "run")
    assert [row[name] for name in ("centre_line", "upper_limit", "variation", "assurance", "chance_icon")] == [None] * 5
    assert points["upper_limit"].null_count() == 36
    assert points["median"].null_count() == 36 - 11


# ---------------------------------------------------------------------------------------------------------------- gaps


def test_an_absent_month_gets_a_row_a_note_and_no_value() -> None:
    points, summary = _analysed(QUIET + "12 , , 12 10 .")
    assert points["month"].to_list() == months(18, FIRST)
    gap = points.row(13, named=True)
    assert (gap["value"], gap["note"], gap["release"], gap["judgement"], gap["signal"]) == (None, "no row for this period", None, None, "none")
    assert (points["note"][17], points["judgement"][17]) == ("no value", None)
    row = _one(summary)
    assert (row["points"], row["missing_months"]) == (15, 3)
    assert (row["latest_month"], row["latest_value"], row["last_month"]) == (date(2021, 5, 1), 10, date(2021, 6, 1))


def test_a_last_month_without_a_value_gives_no_icon() -> None:
    assert _one(_analysed(QUIET * 2 + "40")[1])["variation"] == "improvement"
    row = _one(_analysed(QUIET * 2 + "40 .")[1])
    assert (row["variation"], row["signal"], row["chart"]) == (None, "none", "xmr")


def test_a_gap_breaks_runs_and_loses_ranges() -> None:
    high = QUIET + "13 12 12 , 12 12 13 12"
    assert "#" not in "".join("#" if flag else "." for flag in _analysed(high)[0]["rule_shift"])
    assert _analysed(high.replace(", ", ""))[0]["rule_shift"].sum() == 7


# ------------------------------------------------------------------------------------------------------------- targets


def test_the_milestone_stands_before_the_standard_while_it_is_in_force_first_and_last_day_included() -> None:
    targets = _targets((0.95, date(2010, 6, 21), None, "standard"), (0.78, date(2020, 4, 1), date(2020, 6, 1), "milestone"))
    points, _ = _analysed("1 2 3 4 5 6 7 8", targets)
    assert points["target"].to_list() == [0.95] * 3 + [0.78] * 3 + [0.95] * 2


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        (None, None, [True] * 4),
        (date(2020, 2, 1), None, [False, True, True, True]),
        (date(2020, 2, 2), None, [False, False, True, True]),  # a month has the target of its first day
        (None, date(2020, 2, 1), [True, True, False, False]),
        (None, date(2020, 1, 31), [True, False, False, False]),
        (date(2020, 2, 1), date(2020, 2, 29), [False, True, False, False]),
    ],
)
def test_a_target_is_in_force_from_its_first_day_to_its_last(begins: date | None, ends: date | None, expected: list[bool]) -> None:
    points, _ = _analysed("1 2 3 4", _targets((5, begins, ends, "standard")))
    assert points["target"].is_not_null().to_list() == expected


def test_a_planning_figure_stands_behind_the_standard_and_of_two_of_a_kind_the_later_counts() -> None:
    operational = (0.7, date(2020, 1, 1), None, "operational")
    earlier, later = (0.95, None, None, "standard"), (0.98, date(2020, 3, 1), None, "standard")
    points, _ = _analysed("1 2 3 4", _targets(operational, later, earlier))
    assert points["target"].to_list() == [0.95, 0.95, 0.98, 0.98]
    dated = (0.9, date(2019, 1, 1), None, "standard")
    for targets in (_targets(dated, later), _targets(later, dated)):
        assert _analysed("1 2 3 4", targets)[0]["target"].to_list() == [0.9, 0.9, 0.98, 0.98]
    assert _analysed("1 2 3 4", _targets(operational))[0]["target"].to_list() == [0.7] * 4


def test_the_target_of_the_last_month_is_held_against_the_limits() -> None:
    row = _one(_analysed(QUIET * 2, _targets((20, None, date(2021, 11, 1), "standard"), (4, date(2021, 12, 1), None, "standard")))[1])
    assert (row["target"], row["assurance"]) == (4, "passing")


def test_a_target_of_one_measure_is_none_of_another() -> None:
    both = pl.concat([_series(QUIET * 2), _series(QUIET * 2, measure="other")])
    _, summary = _analysed(both, _targets((20, None, None, "standard")))
    assert summary.select("measure", "target", "assurance").rows() == [("m", 20, "failing"), ("other", None, None)]


def test_a_measure_without_a_better_direction_has_neither_praise_nor_assurance() -> None:
    row = _one(_analysed(QUIET * 2 + "40", _targets((20, None, None, "standard")), better="neither")[1])
    assert (row["variation"], row["assurance"], row["target"]) == ("neither_high", None, 20)


# ------------------------------------------------------------------------------------------- series that say very little


@pytest.mark.parametrize("values", ["7", "7 8", "7 8 9 7 8 9 7 8 9"])
def test_single_points_and_short_series_get_rows_and_no_claim(values: str) -> None:
    points, summary = _analysed(values, _targets((1, None, None, "standard")))
    row, count = _one(summary), len(numbers(values))
    assert (row["chart"], row["fitness"], row["points"], row["latest_value"]) == ("none", "data", count, numbers(values)[-1])
    assert row["fitness_reason"] == f"months with a figure: {count}; a chart needs 10, limits need 13"
    assert [row[name] for name in ("centre_line", "median", "runs_signal", "variation", "assurance", "chance_icon")] == [None] * 6
    assert all(points[name].null_count() == count for name in (*LINES, "median", "judgement"))
    assert set(points["signal"]) == {"none"}


def test_a_series_of_zeros_gets_no_chart_and_says_so() -> None:
    points, summary = _analysed("0 " * 30)
    row = _one(summary)
    assert (row["chart"], row["fitness"], row["fitness_reason"]) == ("none", "data", "every month is zero: there is nothing to chart")
    assert (row["points"], row["median"], row["variation"]) == (24, None, None)
    assert points["centre_line"].null_count() == points.height == 30


def test_a_series_without_any_value_is_left_out() -> None:
    points, summary = _analysed(pl.concat([_series(". . ."), _series(QUIET, organisation="R2B")]))
    assert points["organisation"].unique().to_list() == summary["organisation"].to_list() == ["R2B"]


def test_a_flat_series_keeps_its_limits_and_meets_the_target_it_equals() -> None:
    row = _one(_analysed([1.0] * 40, _targets((1, None, None, "standard")))[1])
    assert (row["chart"], row["upper_limit"], row["variation"], row["assurance"]) == ("xmr", 1, "common_cause", "passing")
    assert row["fitness_reason"] == "months with a figure: 24, all the same"


def test_a_measure_that_asks_for_a_run_chart_gets_one() -> None:
    points, summary = _analysed(QUIET * 2, chart="run")
    row = _one(summary)
    assert (row["chart"], row["fitness"], row["median"], row["upper_limit"]) == ("run", "limits", 11, None)
    assert (row["runs_signal"], row["longest_run"], row["crossings"]) == (False, 1, 23)
    assert set(points["chart"]) == {"run"}


def test_a_measure_that_is_not_defined_is_left_out() -> None:
    points, summary = spc.series_analysis(_series(QUIET), _definitions(measures=["other"]), _targets(), _starts())
    assert points.height == summary.height == 0


# ----------------------------------------------------------------------------------------------------------- other sums


def test_the_chance_of_a_false_icon_stands_beside_limits_and_only_there() -> None:
    with_limits, without = _one(_analysed(QUIET * 2)[1]), _one(_analysed(QUIET * 2, chart="run")[1])
    assert 0 < with_limits["chance_icon"] < 1
    assert with_limits["chance_icon_autocorrelated"] == pytest.approx(with_limits["chance_icon"])  # a zigzag is no resemblance
    assert (with_limits["p_value"], with_limits["q_value"], without["p_value"], without["q_value"]) == (1, 1, None, None)
    assert without["chance_icon"] is without["chance_icon_autocorrelated"] is None


def test_the_icon_and_the_signal_are_those_of_the_last_point() -> None:
    points, summary = _analysed(QUIET * 2 + "40")
    last = points.row(-1, named=True)
    assert (_one(summary)["signal"], _one(summary)["variation"]) == (last["signal"], last["judgement"]) == ("outside_limits", "improvement")


def test_levels_and_measures_of_one_organisation_are_series_of_their_own() -> None:
    rows = pl.concat([
        _series(QUIET * 2), _series("50 60 " * 12, level="region"), _series("1 2 " * 12, measure="other"),
    ])  # fmt: skip
    _, summary = _analysed(rows)
    assert summary.select("measure", "level", "centre_line").rows() == [("m", "provider", 11), ("m", "region", 55), ("other", "provider", 1.5)]


def test_an_unrelated_series_and_the_order_of_rows_change_nothing() -> None:
    mine, other = _series(TWO_LEVELS + "17 , 12"), _series("3 , 4 9 " * 9, organisation="R0A")
    alone, together = _analysed(mine), _analysed(pl.concat([other, mine]).reverse())
    for by_itself, beside in zip(alone, together, strict=True):
        assert_frame_equal(by_itself, beside.filter(pl.col("organisation") == "R1A"), check_exact=True)


@pytest.mark.parametrize(
    "rows",
    [pl.concat([_series("1 2 3"), _series("4")]), _series("1 2 3").with_columns(pl.col("month") + pl.duration(days=3))],
)
def test_two_rows_of_a_month_or_days_within_it_are_refused(rows: pl.DataFrame) -> None:
    with pytest.raises(BadInput, match="one row a month, dated the first of the month") as refused:
        _analysed(rows)
    assert refused.value.where == "monthly values, series m, provider, R1A"


# ------------------------------------------------------------------------------------------------------ kinds of chart


def _counted(values: str, sizes: str, measure: str = "m", organisation: str = "R1A") -> pl.DataFrame:
    """Rows of a ratio: counts over their sizes."""
    counts = zip(values.split(), sizes.split(), strict=True)
    rows = [(measure, "provider", organisation, float(above), float(below), float(above) / float(below), "first") for above, below in counts]
    names = ["measure", "level", "organisation", "numerator", "denominator", "value", "release"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(month=pl.Series(months(len(rows), FIRST)))


def _half_widths(points: pl.DataFrame) -> list[float]:
    return (points["upper_limit"] - points["centre_line"]).to_list()


@pytest.mark.parametrize("kind", ["pp", "up", "ip"])
def test_a_measure_gets_the_chart_that_its_definition_names_with_limits_that_follow_the_size_of_a_month(kind: str) -> None:
    points, summary = _analysed(_counted("1200 1000 " * 11 + "1100 4400", "10000 " * 23 + "40000"), chart=kind)
    assert set(points["chart"]) == set(summary["chart"]) == {kind}
    widths = _half_widths(points)
    assert widths[:23] == pytest.approx([widths[0]] * 23)
    assert widths[23] == pytest.approx(widths[0] / 2)  # four times the size, half the sigma
    assert (_one(summary)["lower_limit"], _one(summary)["upper_limit"]) == (points["lower_limit"][-1], points["upper_limit"][-1])
    assert points["centre_line"].to_list() == pytest.approx([(11 * 2200 + 1100 + 4400) / (23 * 10_000 + 40_000)] * 24)


def test_where_all_months_are_of_one_size_a_p_prime_chart_is_an_individuals_chart() -> None:
    points, _ = _analysed(_counted("1200 1000 " * 12, "10000 " * 24), chart="pp")
    assert _half_widths(points) == pytest.approx([0.02 * 3 / 1.128] * 24)


def test_lines_of_a_rate_are_in_its_unit() -> None:
    rows = _counted("12 10 " * 12, "1000 " * 24).with_columns(value=1000 * pl.col("value"))
    definitions = _definitions(chart="up").with_columns(scale=pl.lit(1000.0))
    points, _ = spc.series_analysis(rows, definitions, _targets((20, None, None, "standard")), _starts())
    assert points["centre_line"].to_list() == pytest.approx([11] * 24)
    assert _half_widths(points) == pytest.approx([2 * 3 / 1.128] * 24)


def test_a_chart_of_counts_takes_the_value() -> None:
    points, summary = _analysed(QUIET * 2, chart="cp")
    assert _one(summary)["chart"] == "cp"
    assert _half_widths(points) == pytest.approx([2 * 3 / 1.128] * 24)


def test_measures_of_different_kinds_do_not_touch_each_other() -> None:
    share, count = _counted("1200 1000 " * 12, "10000 " * 24), _series(QUIET * 2, measure="n", organisation="R0A")
    definitions = pl.DataFrame({"measure": ["m", "n"], "better": "up", "window_months": 24, "chart": ["pp", "xmr"]})
    points, summary = spc.series_analysis(pl.concat([share, count], how="diagonal_relaxed"), definitions, _targets(), _starts())
    assert dict(summary.select("measure", "chart").iter_rows()) == {"m": "pp", "n": "xmr"}
    for rows, kind in ((share, "pp"), (count, "xmr")):
        alone = _analysed(rows, chart=kind)[0]
        assert_frame_equal(points.filter(pl.col("measure") == rows["measure"][0]), alone, check_exact=True)


@pytest.mark.parametrize(
    ("values", "sizes", "kind"),
    [("1200 1000 " * 11 + "1100 12000", "10000 " * 24, "pp"), ("1200 1000 " * 11 + "1100 -3", "10000 " * 24, "up")],
)
def test_a_series_whose_figures_its_chart_cannot_take_gets_an_individuals_chart_and_says_so(values: str, sizes: str, kind: str) -> None:
    fine = _counted("1200 1000 " * 12, "10000 " * 24, organisation="R2B")
    _, summary = _analysed(pl.concat([_counted(values, sizes), fine]), chart=kind)
    assert dict(summary.select("organisation", "chart").iter_rows()) == {"R1A": "xmr", "R2B": kind}
    reasons = dict(summary.select("organisation", "fitness_reason").iter_rows())
    assert "not counts that the measure's own chart can take" in reasons["R1A"]
    assert "not counts" not in reasons["R2B"]


def test_a_month_without_a_denominator_has_a_centre_line_and_no_limits() -> None:
    rows = _counted("1200 1000 " * 12, "10000 " * 24)
    gap = pl.when(pl.col("month") == months(24, FIRST)[11]).then(None)
    points, _ = _analysed(rows.with_columns(gap.otherwise(pl.col(name)).alias(name) for name in ("numerator", "denominator", "value")), chart="pp")
    assert points.row(11, named=True)["upper_limit"] is None
    assert points.row(11, named=True)["centre_line"] is not None
    assert points["upper_limit"].null_count() == 1


def test_a_series_that_is_not_fit_for_limits_has_none_whatever_its_kind() -> None:
    points, summary = _analysed(_counted("120 100 " * 5, "1000 " * 10), chart="pp")
    assert (_one(summary)["chart"], _one(summary)["upper_limit"], points["upper_limit"].null_count()) == ("run", None, 10)


@pytest.mark.parametrize("kind", ["p", "u", "c", "mr", "pie"])
def test_plain_p_u_and_c_and_kinds_that_are_not_known_are_refused(kind: str) -> None:
    with pytest.raises(BadInput, match="one of run, xmr, pp"):
        _analysed(QUIET, chart=kind)
