"""Where the marks of a picture stand: gaps, mergers, targets, limits, labels."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from sightline.charts import FORMATS, Kind
from sightline.charts.layout import LETTER, Layout, starts_above_zero
from sightline.charts.request import Series, Target, Upright
from tests.charts.series import LARGE, PICTURES, TARGETS, laid_out, months, series, shares, with_gap

HALF = 1 / 24


def _year(day: date) -> float:
    return day.year + (day.month - 1) / 12


def _lines(marks: Layout, kind: str) -> list[dict[str, Any]]:
    return [row for row in marks.line if row["class"] == kind]


def _words(marks: Layout, *kinds: str) -> list[dict[str, Any]]:
    return [row for row in marks.word if row["class"] in kinds]


def _pixels_up(marks: Layout, kind: Kind, y: float) -> float:
    bottom, top = marks.y_domain
    return (y - bottom) / (top - bottom) * FORMATS[kind].height


# ---------------------------------------------------------------------------------------------------------------- points


@pytest.mark.parametrize("kind", LARGE)
def test_every_month_with_a_figure_is_drawn_once_and_no_other(kind: Kind) -> None:
    known = series(with_gap())
    marks = laid_out(known, kind)
    drawn = sorted((row["x"], row["y"]) for row in [*marks.point, *marks.before] if row["y"] is not None)
    expected = [(_year(month), 100 * value) for month, value in zip(known.month, known.value, strict=True) if value is not None]
    assert drawn == [pytest.approx(one, abs=1e-3) for one in expected]


def test_months_before_the_window_carry_no_verdict_and_the_last_one_has_its_own() -> None:
    marks = laid_out(series(shares(36), last="improvement", before_last="concern"))
    assert len([row for row in marks.before if row["y"] is not None]) == 12
    assert [row["class"] for row in marks.point] == ["concern"] * 23 + ["improvement"]


def test_a_month_without_a_verdict_is_hollow() -> None:
    marks = laid_out(series(shares(5), chart="none"))
    assert [row["class"] for row in marks.point] == ["no_verdict"] * 5


# ------------------------------------------------------------------------------------------------------ gaps and mergers


@pytest.mark.parametrize("kind", LARGE)
def test_a_gap_breaks_the_line_and_nothing_is_drawn_across_it(kind: Kind) -> None:
    marks = laid_out(series(with_gap(start=14, length=6)), kind)
    gap = [_year(month) for month in months(36)[14:20]]
    inside = [row for row in marks.joining if gap[0] - HALF < row["x"] < gap[-1] + HALF]
    assert [row["y"] for row in inside] == [None] * 6


@pytest.mark.parametrize("kind", LARGE)
def test_a_long_gap_has_a_bracket_over_its_months_and_words(kind: Kind) -> None:
    marks = laid_out(series(with_gap(start=14, length=6)), kind)
    bracket = [row for row in _lines(marks, "gap") if row["y"] == row["y2"]]
    first, last = months(36)[14], months(36)[19]
    assert [(row["x"], row["x2"]) for row in bracket] == [pytest.approx((_year(first) - HALF, _year(last) + HALF), abs=1e-3)]
    assert _words(marks, "gap_word")[0]["text"] == "no figures"


def test_a_gap_for_want_of_a_file_says_so() -> None:
    assert _words(laid_out(series(with_gap(), note="no file for this month")), "gap_word")[0]["text"] == "no file"


def test_one_missing_month_breaks_the_line_without_a_bracket() -> None:
    marks = laid_out(series(with_gap(start=14, length=1)))
    assert [row["x"] for row in marks.joining if row["y"] is None] == [pytest.approx(_year(months(36)[14]), abs=1e-3)]
    assert _lines(marks, "gap") == []
    assert _words(marks, "gap_word") == []


@pytest.mark.parametrize("kind", LARGE)
def test_a_merger_breaks_the_line_and_stands_as_an_upright_with_its_words(kind: Kind) -> None:
    merged = date(2024, 1, 1)
    marks = laid_out(series(shares(36), window=18), kind, uprights=(Upright(merged, "merger"),))
    before, after = _year(date(2023, 12, 1)), _year(merged)
    assert [row["y"] for row in marks.joining if before + 1e-3 < row["x"] < after - 1e-3] == [None]
    upright = _lines(marks, "upright")
    assert [(row["x"], row["x2"]) for row in upright] == [pytest.approx((after - HALF, after - HALF), abs=1e-3)]
    assert " ".join(row["text"] for row in _words(marks, "upright_word")).replace(",", "") == "merger Jan 2024"


def test_a_merger_outside_the_months_shown_is_not_drawn() -> None:
    marks = laid_out(series(shares(36)), uprights=(Upright(date(2026, 4, 1), "merger"), Upright(date(2020, 4, 1), "merger")))
    assert _lines(marks, "upright") == []
    assert _words(marks, "upright_word") == []


def test_an_upright_makes_way_for_the_words_of_a_gap_that_begins_at_it() -> None:
    known = series([None if 18 <= place < 22 else value for place, value in enumerate(shares(36))], window=18)
    marks = laid_out(known, "column", uprights=(Upright(known.month[18], "merger"),))
    word = _words(marks, "gap_word")[0]
    foot = _pixels_up(marks, "column", word["y"])
    drawn = [(_pixels_up(marks, "column", row["y"]), _pixels_up(marks, "column", row["y2"])) for row in _lines(marks, "upright")]
    assert len(drawn) == 2
    assert all(end <= foot or start >= foot + 9 for start, end in drawn)


# --------------------------------------------------------------------------------------------------------------- targets


def test_each_target_stands_on_its_own_dates() -> None:
    marks = laid_out(series(shares(36)), targets=TARGETS)
    left, right = marks.x_domain
    drawn = sorted((row["y"], row["x"], row["x2"]) for row in _lines(marks, "target"))
    april_2023, april_2024 = _year(date(2023, 4, 1)) - HALF, _year(date(2024, 4, 1)) - HALF
    assert drawn == [
        pytest.approx((76, april_2023, april_2024), abs=1e-3),
        pytest.approx((78, april_2024, right), abs=1e-3),
        pytest.approx((95, left, right), abs=1e-3),
    ]


def test_where_one_target_follows_another_a_riser_joins_them() -> None:
    marks = laid_out(series(shares(36)), targets=TARGETS)
    at = _year(date(2024, 4, 1)) - HALF
    assert [(row["x"], row["x2"], row["y"], row["y2"]) for row in _lines(marks, "riser")] == [pytest.approx((at, at, 76, 78), abs=1e-3)]


def test_targets_with_months_between_them_are_not_joined() -> None:
    apart = (Target(0.70, date(2022, 10, 1), date(2023, 3, 31), "milestone"), Target(0.80, date(2024, 1, 1), date(2024, 12, 31), "milestone"))
    marks = laid_out(series(shares(36)), targets=apart)
    assert len(_lines(marks, "target")) == 2
    assert _lines(marks, "riser") == []


def test_a_target_of_the_future_is_not_drawn_yet() -> None:
    later = Target(0.85, date(2026, 4, 1), None, "milestone")
    assert _lines(laid_out(series(shares(36)), targets=(later,)), "target") == []


def test_targets_are_labelled_with_the_month_they_fell_due() -> None:
    texts = {row["text"] for row in _words(laid_out(series(shares(36)), targets=TARGETS), "target")}
    assert texts == {"95 %, the standard", "76 % due Mar 2024", "78 % due Mar 2026"}


def test_words_that_would_cross_many_points_are_shortened() -> None:
    crowded = series([0.76 + 0.004 * (-1) ** at for at in range(36)])
    assert "76 %" in {row["text"] for row in _words(laid_out(crowded, targets=TARGETS), "target")}


def test_the_years_of_a_long_series_do_not_meet_and_those_of_a_short_one_are_all_there() -> None:
    for kind in ("pair", "pair_phone", "column", "column_phone"):
        for count in (36, 90, 240):
            marks = laid_out(series(shares(count)), kind=kind)
            years = [row for row in _words(marks, "axis_word") if row["align"] == "center"]
            pixels = [(row["x"] - marks.x_domain[0]) * FORMATS[kind].width / (marks.x_domain[1] - marks.x_domain[0]) for row in years]
            widths = [LETTER * len(row["text"]) for row in years]
            assert all(b - a >= wide for (a, b), wide in zip(pairwise(pixels), widths, strict=False))
            assert len(years) >= (3 if count == 36 else 4)


def test_the_words_of_a_target_give_way_to_points_above_its_line() -> None:
    target = (Target(0.75, date(2010, 1, 1), None, "standard"),)
    crowded, free = laid_out(series([0.753] * 36), targets=target), laid_out(series([0.60] * 36, lines=(0.5, 0.6, 0.7)), targets=target)
    assert _words(crowded, "target")[0]["y"] < 75 < _words(free, "target")[0]["y"]


# ---------------------------------------------------------------------------------------------------------------- limits


def test_limits_are_cut_for_drawing_to_what_figures_can_be() -> None:
    over = laid_out(series([0.97, 0.99] * 18, lines=(0.93, 0.98, 1.03)))
    assert [(row["y"], row["y2"]) for row in over.band] == [pytest.approx((93, 100))]
    assert sorted(row["y"] for row in _lines(over, "limit")) == [pytest.approx(93), pytest.approx(100)]
    under = laid_out(series([2.0, 8.0] * 18, lines=(-6.0, 5.0, 16.0)), unit="per 1,000 emergency admissions")
    assert [(row["y"], row["y2"]) for row in under.band] == [(0, 16)]


def test_a_limit_that_no_month_can_cross_has_no_label() -> None:
    texts = [row["text"] for row in _words(laid_out(series([0.97, 0.99] * 18, lines=(0.93, 0.98, 1.03))), "limit_word")]
    assert sorted(texts) == ["lower limit 93.0", "mean 98.0"]


def test_a_rate_may_lie_over_one_hundred() -> None:
    marks = laid_out(series([150.0, 160.0] * 18, lines=(120.0, 155.0, 190.0)), unit="per 1,000 emergency admissions")
    assert [(row["y"], row["y2"]) for row in marks.band] == [(120, 190)]


@pytest.mark.parametrize("kind", LARGE)
def test_band_limits_and_mean_stand_over_the_window_alone(kind: Kind) -> None:
    known = series(shares(36), window=24)
    marks = laid_out(known, kind)
    begins = _year(known.month[12]) - HALF
    spans = [(row["x"], row["x2"]) for row in [*marks.band, *_lines(marks, "limit"), *_lines(marks, "centre")]]
    assert spans == [pytest.approx((begins, _year(known.month[-1]) + HALF), abs=1e-3)] * 4


def test_lines_that_the_rows_give_outside_the_window_are_not_drawn() -> None:
    known = series(shares(36), window=12)
    everywhere = known._replace(centre=[0.75] * 36, lower=[0.70] * 36, upper=[0.80] * 36)
    assert laid_out(everywhere).band == laid_out(known).band
    assert _lines(laid_out(everywhere), "limit") == _lines(laid_out(known), "limit")


def test_a_run_chart_has_a_median_and_neither_band_nor_limits() -> None:
    marks = laid_out(series(shares(30), chart="run"))
    assert (marks.band, _lines(marks, "limit")) == ([], [])
    assert [row["y"] for row in _lines(marks, "centre")] == [75]
    assert [row["text"] for row in _words(marks, "limit_word")] == ["median 75.0"]


def test_too_few_months_have_no_line_at_all_but_their_own() -> None:
    marks = laid_out(series(shares(5), chart="none"))
    assert (marks.band, marks.line, _words(marks, "limit_word")) == ([], [], [])


# ---------------------------------------------------------------------------------------------------------------- labels


@pytest.mark.parametrize("lines", [(0.70, 0.75, 0.80), (0.748, 0.75, 0.752), (0.01, 0.02, 0.99)])
@pytest.mark.parametrize("kind", ["pair", "pair_phone"])
def test_the_labels_at_the_lines_end_stand_fourteen_pixels_apart(kind: Kind, lines: tuple[float, float, float]) -> None:
    marks = laid_out(series(shares(36), lines=lines), kind)
    feet = sorted(_pixels_up(marks, kind, row["y"]) for row in _words(marks, "latest", "limit_word"))
    assert len(feet) == 4
    assert all(later - earlier >= 14 - 1e-6 for earlier, later in pairwise(feet))


@pytest.mark.parametrize("kind", LARGE)
def test_the_latest_figure_stands_at_the_lines_end(kind: Kind) -> None:
    marks = laid_out(series([*shares(35), 0.912]), kind)
    assert [row["text"] for row in _words(marks, "latest")] == ["91.2 %"]


@pytest.mark.parametrize("kind", LARGE)
def test_the_years_of_the_axis_are_those_of_the_months(kind: Kind) -> None:
    marks = laid_out(series(shares(36)), kind)
    years = [row["text"] for row in _words(marks, "axis_word") if row["align"] == "center"]
    assert [text.removeprefix("’").removeprefix("20") for text in years] == ["23", "24", "25"]


@pytest.mark.parametrize("kind", LARGE)
@pytest.mark.parametrize("name", PICTURES)
def test_all_figures_limits_and_targets_lie_within_the_axes(name: str, kind: Kind) -> None:
    one = PICTURES[name]
    marks = laid_out(one.series, kind, unit=one.unit, targets=one.targets, uprights=one.uprights)
    (left, right), (bottom, top) = marks.x_domain, marks.y_domain
    for row in [*marks.point, *marks.before, *marks.joining, *marks.band, *(row for row in marks.line if row["class"] != "gap")]:
        assert left - 1e-3 <= row["x"] <= row.get("x2", row["x"]) + 1e-3 <= right + 2e-3
        for place in ("y", "y2"):
            if row.get(place) is not None:
                assert bottom - 1e-6 <= row[place] <= top + 1e-6


def test_an_axis_that_does_not_begin_at_zero_is_told() -> None:
    assert starts_above_zero(series(shares(36)), "proportion", (), "pair") == laid_out(series(shares(36))).y_domain[0] > 0
    assert starts_above_zero(series([150.0] * 36, lines=(140.0, 150.0, 160.0)), "attendances", (), "pair") is None


# ------------------------------------------------------------------------------------------------------------- sparkline


def test_a_sparkline_shows_forty_months_at_most_and_the_last_point() -> None:
    known = series(shares(60), last="concern")
    marks = laid_out(known, "spark")
    assert len(marks.joining) == 40
    assert [(row["x"], row["class"]) for row in marks.point] == [(pytest.approx(_year(known.month[-1]), abs=1e-3), "concern")]
    assert marks.x_domain == pytest.approx((_year(known.month[20]), _year(known.month[-1])), abs=1e-3)
    assert (marks.word, marks.line, marks.grid) == ([], [], [])


@pytest.mark.parametrize("known", [series(shares(5), chart="none"), series([0.5], chart="none"), series([0.5] * 30, lines=(0.5, 0.5, 0.5))])
def test_a_short_or_flat_sparkline_has_room(known: Series) -> None:
    marks = laid_out(known, "spark")
    assert marks.x_domain[0] < marks.x_domain[1]
    assert marks.y_domain[0] < marks.y_domain[1]


# ------------------------------------------------------------------------------------------------------------- simulated


@pytest.mark.parametrize("kind", LARGE)
def test_simulated_stands_in_the_picture_when_it_is_and_only_then(kind: Kind) -> None:
    marks = laid_out(series(shares(36)), kind, simulated=True)
    (word,) = _words(marks, "simulated")
    assert word["text"] == "SIMULATED"
    assert word["y"] > marks.y_domain[1], "above the plot, where no point can hide it"
    assert _words(laid_out(series(shares(36)), kind), "simulated") == []
