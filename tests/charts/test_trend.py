"""The pictures of a trend: what is drawn, what a gap leaves out, what stands in grey, and no target."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sightline.charts import ChartRequest, ChartRows, Kind, render
from sightline.charts.request import Context, Picture, Upright
from sightline.charts.trend import contexts, months_layout, trend_layout, trend_series
from tests.charts.series import months, rows

GAP = range(14, 20)
KINDS: tuple[Kind, ...] = ("trend", "trend_phone", "months", "months_phone")


def points(level: str = "provider", organisation: str = "RAA", measure: str = "ae_within_4h", shift: float = 0.0) -> pl.DataFrame:
    """Rows of analysis.trend_point: a level that rises by a thousandth a month, six months without a figure."""
    count = 36
    line = [None if place in GAP else 0.7 + place / 1000 + shift for place in range(count)]
    season = [0.02 * (place % 2) for place in range(count)]
    return pl.DataFrame({"month": months(count), "trend_level": line, "season": season}).with_columns(
        measure=pl.lit(measure), level=pl.lit(level), organisation=pl.lit(organisation),
        value=pl.col("trend_level") + pl.col("season"), level_lower=pl.col("trend_level") - 0.01, level_upper=pl.col("trend_level") + 0.01,
        note=pl.when(pl.col("trend_level").is_null()).then(pl.lit("no value")),
    )  # fmt: skip


def picture(kind: Kind, context: tuple[Context, ...] = (), uprights: tuple[Upright, ...] = ()) -> Picture:
    """One picture of the series."""
    ((_, series),) = trend_series(points()).items()
    request = ChartRequest("key", kind, "ae_within_4h", "provider", "RAA", "A level, a place", "What it says.")
    return Picture(request, "proportion", series, (), uprights, (series.month[0], series.month[-1]), False, context)


def england() -> Context:
    """England's level, two points below."""
    ((_, one),) = trend_series(points("england", "ENG", shift=-0.02)).items()
    return Context("England", one.month, one.value, one.centre)


@pytest.mark.parametrize("kind", ["trend", "trend_phone"])
def test_the_level_and_its_band_leave_out_months_without_a_figure(kind: Kind) -> None:
    laid = trend_layout(picture(kind))
    silent = [row["x"] for row in laid.joining if row["y"] is None]
    assert len(silent) == len(GAP)
    assert [row["x"] for row in laid.spread if row["y"] is None] == silent
    ends = [row["x"] for row in laid.spread if row["y"] is not None]
    assert len(ends) == 2 * (36 - len(GAP))
    assert not any(left < at < right for left, right in zip(ends[::2], ends[1::2], strict=True) for at in silent)
    assert [word["text"] for word in laid.word if word["class"] == "gap_word"] == ["no figures", "2023–2024"]


def test_every_figure_is_a_hollow_dot_and_none_has_a_verdict() -> None:
    laid = trend_layout(picture("trend"))
    assert len([row for row in laid.before if row["y"] is not None]) == 36 - len(GAP)
    assert laid.point == []


def test_the_newest_level_stands_at_the_lines_end_and_grey_lines_have_names() -> None:
    laid = trend_layout(picture("trend", (england(),)))
    assert [word["text"] for word in laid.word if word["class"] in {"latest", "limit_word"}] == ["England", "73.5 %"]
    assert len(laid.england) == len(england().month)
    assert laid.region == []


def test_a_declared_step_breaks_the_level_and_has_its_words() -> None:
    laid = trend_layout(picture("trend", uprights=(Upright(date(2024, 7, 1), "merger"),)))
    assert "merger" in {word["text"] for word in laid.word}
    assert len([row for row in laid.joining if row["y"] is None]) == len(GAP) + 1


@pytest.mark.parametrize("kind", ["months", "months_phone"])
def test_each_figure_stands_once_among_the_years_of_its_month(kind: Kind) -> None:
    laid = months_layout(picture(kind, (england(),)))
    dots = [row for row in laid.before if row["y"] is not None]
    assert len(dots) + len(laid.point) == 36 - len(GAP)
    assert len(laid.point) == 12
    assert {word["text"] for word in laid.word} >= {"Jan", "Jun", "Jul", "Dec"}
    (left, right), (bottom, top) = laid.x_domain, laid.y_domain
    assert all(left <= row["x"] <= right and bottom <= row["y"] <= top for row in (*dots, *laid.point))


def test_no_line_joins_two_calendar_months() -> None:
    laid = months_layout(picture("months"))
    together: list[list[int]] = [[]]
    for row in laid.joining:
        if row["y"] is None:
            together.append([])
        else:
            together[-1].append(int(row["x"]))
    assert all(len(set(columns)) <= 1 for columns in together)


def test_a_provider_stands_before_england_and_its_region_and_counts_before_nothing() -> None:
    series = trend_series(pl.concat([points(), points("region", "Y60"), points("england", "ENG")]))
    key = ("ae_within_4h", "provider", "RAA")
    assert [one.words for one in contexts(series, key, "proportion", "Y60")] == ["England", "region"]
    assert [one.words for one in contexts(series, ("ae_within_4h", "region", "Y60"), "proportion", None)] == ["England"]
    assert contexts(series, key, "people", "Y60") == ()
    assert contexts(series, ("ae_within_4h", "england", "ENG"), "proportion", None) == ()


def test_pictures_are_named_and_hold_no_target_though_the_measure_has_one(tmp_path: Path) -> None:
    known = rows()
    asked = [ChartRequest(kind, kind, "ae_within_4h", "provider", "RAA", "A level, a place", "What it says.") for kind in KINDS]
    with_trend = ChartRows(known.points, known.definitions, known.targets, known.phases, known.period, trends=points())
    drawn = render(asked, with_trend, cache=tmp_path, workers=1)
    assert set(drawn) == set(KINDS)
    for svg in drawn.values():
        assert 'role="img"' in svg
        assert "<title" in svg
        assert "#B3141D" not in svg
