"""The trend in the pack: pages without a target, sentences that the rows support, and their doubt."""

from __future__ import annotations

import re
from datetime import date

import polars as pl
import pytest

from sightline.charts import theme
from sightline.pack import trends
from tests.pack.conftest import Pack

PEOPLE = {"unit": "people", "scale": 1.0, "share_of": None, "stock_or_flow": "flow"}
RATE = {"unit": "per 1,000 admissions", "scale": 1000.0, "share_of": None, "stock_or_flow": "flow"}
SHARE = {"unit": "proportion", "scale": 1.0, "share_of": "attendances", "stock_or_flow": "flow"}


def row(**more: object) -> dict[str, object]:
    """What the sentences need of one series."""
    told: dict[str, object] = {
        "month": date(2025, 1, 1), "value": 130.0, "trend_level": 113.0, "level_lower": 100.0, "level_upper": 126.0,
        "year_change": 20.0, "year_change_lower": 10.0, "year_change_upper": 30.0, "earlier_years": 3, "earlier_lowest": 60.0,
        "earlier_highest": 120.0, "volume": 30_437.5, "reason": None, "above": [1, 12], "below": [7], "full_years": 3, "highest": [1],
    }  # fmt: skip
    return told | more


def test_every_pair_has_a_page_of_its_trend_and_a_way_there(made: Pack) -> None:
    pairs = {address.removeprefix("pair-") for address in made.pages if address.startswith("pair-")}
    assert pairs
    for pair in pairs:
        address = f"trend-{pair}"
        assert address in made.pages
        assert any(one.get("href") == address for one in made.pages[f"pair-{pair}"].all("a"))


def test_no_target_is_drawn_in_a_trend(made: Pack) -> None:
    for address, page in made.pages.items():
        if address.startswith("trend-"):
            charts = re.findall(r"<svg[^>]* aria-labelledby=.*?</svg>", page.source, re.DOTALL)
            assert charts
            assert not any(theme.TARGET.value in one for one in charts)


def test_an_organisations_page_holds_its_trends(made: Pack) -> None:
    assert "The trend, for learning" in made.of("RGP").text


def test_a_change_is_told_in_people_a_day_at_the_newest_volume() -> None:
    # 20 of 1,000 among 30,437.5 a month are 608.75 a month, 20 a day of 30.4375
    assert trends.change_words(row(), RATE) == (
        "That is about 20 more a day than a year before (95\u00a0% interval 10 to 30, at the volume of the last twelve months)."
    )


def test_a_small_change_is_told_a_month() -> None:
    fewer = row(year_change=-12.0, year_change_lower=-20.0, year_change_upper=-4.0)
    assert trends.change_words(fewer, PEOPLE) == "That is about 12 fewer a month than a year before (95\u00a0% interval 4 to 20)."


def test_a_change_of_weeks_waited_is_told_in_weeks() -> None:
    weeks = {"unit": "weeks", "scale": 1.0, "share_of": None, "stock_or_flow": "stock"}
    fewer = row(year_change=-1.2, year_change_lower=-1.8, year_change_upper=-0.6, volume=7_000_000.0)
    assert trends.change_words(fewer, weeks) == (
        "A year before it was another: the change is −1.2 weeks, with 95\u00a0% certainty between −1.8 weeks and −0.6 weeks."
    )  # fmt: skip


def test_a_change_of_a_stock_is_told_at_the_end_of_a_month_and_never_a_day() -> None:
    pathways = {"unit": "pathways", "scale": 1.0, "share_of": None, "stock_or_flow": "stock"}
    more = row(year_change=2000.0, year_change_lower=1000.0, year_change_upper=3000.0)
    assert trends.change_words(more, pathways) == (
        "That is about 2,000 more pathways at the end of a month than a year before (95\u00a0% interval about 1,000 to about 3,000)."
    )
    share = {"unit": "proportion", "scale": 1.0, "share_of": "incomplete pathways", "stock_or_flow": "stock"}
    fewer = row(year_change=-0.02, year_change_lower=-0.03, year_change_upper=-0.01, volume=10_000.0)
    assert trends.change_words(fewer, share) == (
        "That is about 200 fewer of the incomplete pathways at the end of a month than a year before "
        "(95\u00a0% interval 100 to 300, at the size of the last twelve months)."
    )  # fmt: skip


def test_a_change_whose_interval_holds_nothing_cannot_be_told() -> None:
    told = trends.change_words(row(year_change=0.01, year_change_lower=-0.026, year_change_upper=0.048), SHARE)
    assert told == (
        "Whether that is another level than a year before cannot be told: "
        "the change lies between −2.6 percentage points and +4.8 percentage points."
    )  # fmt: skip


def test_across_a_declared_step_nothing_is_compared() -> None:
    assert "a declared step lies between" in trends.change_words(row(year_change=None), RATE)


@pytest.mark.parametrize(("value", "where"), [(130.0, "above"), (50.0, "below"), (100.0, "within")])
def test_the_newest_figure_stands_beside_earlier_years(value: float, where: str) -> None:
    assert trends.earlier_words(row(value=value), RATE).endswith(f"lies {where} those of the 3 earlier Januarys, 60.0 to 120.")


def test_a_month_is_always_the_highest_only_where_every_whole_year_says_so() -> None:
    assert "January was the highest month in each of the 3 years with all twelve figures." in trends.season_words(row())
    assert "No month was the highest in each" in trends.season_words(row(highest=[1, 12]))
    assert "highest" not in trends.season_words(row(full_years=1))


def test_of_a_season_that_is_not_sure_nothing_is_told() -> None:
    assert trends.season_words(row(above=[], below=[], full_years=None, highest=None)) == (
        "Whether any month stands off the level year after year cannot be told."
    )


def test_a_series_that_is_not_decomposed_says_why() -> None:
    assert trends.sentence(row(trend_level=None, reason="zeros alone"), RATE) == "The level cannot be told from the season: zeros alone."
    assert trends.beside_words(row(trend_level=None), RATE) == ""


def test_the_summary_takes_the_newest_level_and_counts_whole_years() -> None:
    months = pl.date_range(date(2022, 3, 1), date(2025, 2, 1), "1mo", eager=True)
    rows = pl.DataFrame({"month": months}).with_columns(
        measure=pl.lit("m"), level=pl.lit("provider"), organisation=pl.lit("RAA"), value=pl.col("month").dt.month().cast(pl.Float64),
        trend_level=pl.when(pl.col("month") < date(2025, 2, 1)).then(6.5),
        season=pl.when(pl.col("month").dt.month() == 12).then(2.0).otherwise(1.2),
        season_lower=pl.when(pl.col("month").dt.month() == 12).then(1.0).otherwise(0.2), season_upper=pl.lit(3.0),
        note=pl.lit(None, pl.String),
    )  # fmt: skip
    points = rows.select("measure", "level", "organisation", "month", denominator=pl.lit(100.0))
    (found,) = trends.summaries(rows, points).values()
    assert (found["month"], found["full_years"], found["highest"], found["above"], found["below"]) == (date(2025, 1, 1), 2, [12], [12], [])
