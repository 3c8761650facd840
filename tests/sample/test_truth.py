"""What is true of the sample is found, and what is not true is hardly ever claimed: over many seeds, so that no seed is lucky."""

from __future__ import annotations

from datetime import date
from functools import cache

import polars as pl
import pytest

from assets.description import definitions, targets
from sightline import spc
from sightline.sample import TRUTH
from sightline.sample.ae import COUNTS, DEPARTMENTS, SEED, releases

SEEDS = (SEED, *range(40))
IMPROVED = ["ae_within_4h", "ae_within_4h_type1", "ae_dta_12h_per_1000_admissions"]


def values(seed: int) -> pl.DataFrame:
    """measure.value of one seed, the newest release of each month; organisations carry the seed: SIM01-7.

    That the files hold these figures is promised in test_ae_files.py.
    """
    published = pl.concat(release.figures.with_columns(month=release.month, published=release.published) for release in releases(seed))
    newest = published.filter(pl.col("published") == pl.col("published").max().over("month")).select("organisation", "month", *COUNTS)
    england = newest.group_by(pl.lit("ENG").alias("organisation"), "month").agg(pl.col(COUNTS).sum())

    def added(count: str, *kinds: str) -> pl.Expr:
        return pl.sum_horizontal(pl.col(f"{prefix}{count}_{kind}") for prefix in ("", "booked_") for kind in kinds)

    admitted = pl.sum_horizontal(pl.col(f"emergency_admissions_{kind}") for kind in DEPARTMENTS)
    parts = {
        "ae_within_4h": (added("attendances", *DEPARTMENTS) - added("over_4h", *DEPARTMENTS), added("attendances", *DEPARTMENTS), 1),
        "ae_within_4h_type1": (added("attendances", "type_1") - added("over_4h", "type_1"), added("attendances", "type_1"), 1),
        "ae_dta_12h_per_1000_admissions": (pl.col("dta_12h"), admitted, 1000),
        "ae_dta_4_to_12h_per_1000_admissions": (pl.col("dta_4_to_12h"), admitted, 1000),
    }
    keys = [pl.lit("provider").alias("level"), pl.format("{}-{}", "organisation", pl.lit(seed)).alias("organisation"), "month"]
    return pl.concat(
        pl.concat([newest, england]).select(
            pl.lit(measure).alias("measure"),
            *keys,
            numerator.cast(pl.Float64).alias("numerator"),
            denominator.cast(pl.Float64).alias("denominator"),
            pl.when(denominator > 0).then(scale * numerator / denominator).alias("value"),
            pl.lit("first").alias("release"),
        )
        for measure, (numerator, denominator, scale) in parts.items()
    )


@cache
def judged() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Points and summary of every seed at once, with columns ``code`` and ``seed``."""
    mergers = pl.DataFrame({"organisation": [f"{TRUTH.merger.successor}-{seed}" for seed in SEEDS], "month": [TRUTH.merger.month] * len(SEEDS)})
    tables = spc.series_analysis(pl.concat(values(seed) for seed in SEEDS), definitions(), targets(), mergers)
    parts = pl.col("organisation").str.split("-")
    points, summary = (table.with_columns(code=parts.list.first(), seed=parts.list.last().cast(pl.Int64)) for table in tables)
    return points, summary


def last_six_improved(points: pl.DataFrame) -> pl.DataFrame:
    """One row a series: whether each of its last six months is judged an improvement."""
    last = points.filter(pl.col("month") > date(2024, 12, 1))
    return last.group_by("measure", "code", "seed").agg(found=(pl.col("judgement") == "improvement").fill_null(value=False).all())


@pytest.mark.parametrize("measure", IMPROVED)
def test_the_improvement_is_found_with_the_seed_that_everybody_gets(measure: str) -> None:
    points, _ = judged()
    mine = points.filter(pl.col("seed") == SEED, pl.col("code") == TRUTH.improvement.organisation, pl.col("measure") == measure)
    window = mine.filter("in_window").sort("month")
    assert (window["month"][0], window["month"][-1]) == (date(2023, 7, 1), date(2025, 6, 1))
    assert window["judgement"][-6:].to_list() == ["improvement"] * 6
    assert "improvement" not in window.filter(pl.col("month") < TRUTH.improvement.month)["judgement"]


@pytest.mark.parametrize("measure", IMPROVED)
def test_the_improvement_is_found_with_nearly_every_seed(measure: str) -> None:
    """Now and then chance makes months resemble each other so much that the chart refuses limits; then nothing is claimed."""
    points, summary = judged()
    mine = pl.col("code") == TRUTH.improvement.organisation, pl.col("measure") == measure
    limited = summary.filter(*mine, ~pl.col("chart").is_in(["run", "none"])).select("measure", "code", "seed")
    found = last_six_improved(points.filter(*mine)).join(limited, on=["measure", "code", "seed"])["found"]
    assert found.mean() > 0.95
    assert found.sum() >= 0.85 * len(SEEDS)


def test_the_seed_that_everybody_gets_claims_nothing_that_is_not_true() -> None:
    _, summary = judged()
    others = summary.filter(pl.col("seed") == SEED, pl.col("code") != TRUTH.improvement.organisation, pl.col("code") != TRUTH.merger.organisation)
    assert set(others["variation"]) <= {"common_cause", None}
    shown = summary.filter(pl.col("seed") == SEED, pl.col("measure").is_in(IMPROVED), pl.col("code").is_in(["ENG", TRUTH.merger.successor]))
    assert dict(shown.select("measure", "chart").iter_rows()) == {
        "ae_within_4h": "pp",
        "ae_within_4h_type1": "xmr",
        "ae_dta_12h_per_1000_admissions": "up",
    }
    assert shown.height == 6


def test_where_nothing_changed_an_icon_is_about_as_rare_as_the_page_says() -> None:
    """Every chart states its own chance of a false icon; over all seeds the two agree roughly: a common winter is no independence."""
    _, summary = judged()
    calm = summary.filter(pl.col("code").is_in(TRUTH.unchanged), ~pl.col("chart").is_in(["run", "none"]), pl.col("variation").is_not_null())
    assert calm.height > 1000
    assert (calm["variation"] != "common_cause").mean() < 3 * calm["chance_icon"].mean()
    stable = last_six_improved(judged()[0].filter(pl.col("code").is_in(TRUTH.unchanged)))["found"]
    assert stable.mean() < 0.02


def test_the_merger_begins_a_new_phase_and_the_gap_is_a_month_without_a_figure() -> None:
    points, summary = judged()
    successor = summary.filter(pl.col("code") == TRUTH.merger.successor)
    assert successor["phase_start"].unique().to_list() == [TRUTH.merger.month]
    gap = points.filter(pl.col("month") == TRUTH.gap)
    assert gap["value"].null_count() == gap.height > 0
    assert set(summary.filter(pl.col("code") == "ENG")["missing_months"]) == {1}
