"""Referral to treatment of the sample: files in the published layout, and what is planted at a line found there and nowhere else."""

from __future__ import annotations

import io
import zipfile
from functools import cache

import polars as pl
import pytest

from assets.description import datasets
from sightline import threshold
from sightline.fetch import crawl
from sightline.sample import RTT_TRUTH, TRUTH, sample_source, site
from sightline.sample.ae import SEED
from sightline.sample.rtt import MONTHS, PROVIDERS
from sightline.sample.rtt_files import extract, known, overview, publication
from sightline.sources import rtt, rtt_overview
from sightline.threshold.crossing import BREAK, POSSIBLE

LISTING = datasets()["rtt"].listing
#: the seed that everybody gets, and others, so that no seed is lucky
SEEDS = (SEED, 1, 2, 3)
LINES = (18, 52)


@cache
def judged(seed: int) -> pl.DataFrame:
    """The estimates of every provider at both lines, from the list of all functions; that files hold these figures is tested below."""
    waiting = known(seed).filter(pl.col("part") == "Part_2").with_columns(pl.col("bands").arr.to_list(), week=pl.int_ranges(0, 105))
    by_week = waiting.explode("bands", "week").group_by("month", "organisation", "week").agg(people=pl.col("bands").sum())
    found = threshold.crossing(by_week, unit="organisation", month="month", week="week", count="people", lines=LINES, placebos=range(10, 70))
    return found.estimates.with_columns(seed=pl.lit(seed))


# ---------------------------------------------------------------------------------------------------------------- truth


@pytest.mark.parametrize("planted", RTT_TRUTH.planted, ids=lambda one: f"{one.organisation}-{one.kind}-{one.line}")
def test_what_is_planted_is_found_at_its_line_with_every_seed(planted: object) -> None:
    at = pl.col("unit") == planted.organisation, pl.col("line") == planted.line  # type: ignore[attr-defined]
    found = pl.concat(judged(seed) for seed in SEEDS).filter(at)
    assert found["verdict"].to_list() == [BREAK] * len(SEEDS)
    assert (found["theta_adj"] < 0).all()
    assert (found["extra"] > 0).all()


def test_where_nothing_is_planted_no_break_is_claimed_with_the_seed_that_everybody_gets() -> None:
    planted = [f"{one.organisation} {one.line}" for one in RTT_TRUTH.planted]
    others = judged(SEED).filter(~pl.format("{} {}", "unit", "line").is_in(planted))
    assert others.height == len(PROVIDERS) * len(LINES) - len(planted)
    assert not set(others["verdict"]) & {BREAK, POSSIBLE}


def test_over_all_seeds_a_break_where_there_is_none_is_rare() -> None:
    """The method's own error rate is 5 % and less of those who do nothing: docs/METHODS.md."""
    calm = pl.concat(judged(seed) for seed in SEEDS).filter(pl.col("unit").is_in([*RTT_TRUTH.quiet, RTT_TRUTH.longest_first.organisation]))
    assert calm.height == len(SEEDS) * 7 * 2
    assert (calm["verdict"] == BREAK).mean() <= 0.05


def test_longest_first_shortens_the_longest_waits_and_is_no_break_at_any_line() -> None:
    waiting = known(SEED).filter(pl.col("part") == "Part_2").with_columns(over=pl.col("bands").arr.to_list().list.slice(65).list.sum())
    share = waiting.group_by("organisation").agg((pl.col("over").sum() / pl.col("pathways").sum()).alias("share"))
    longest_first = share.filter(pl.col("organisation") == RTT_TRUTH.longest_first.organisation)["share"][0]
    assert longest_first < share.filter(pl.col("organisation").is_in(RTT_TRUTH.quiet))["share"].min()
    assert BREAK not in set(judged(SEED).filter(pl.col("unit") == RTT_TRUTH.longest_first.organisation)["verdict"])


def test_who_is_in_the_list_has_no_part_in_what_is_planted_in_a_and_e() -> None:
    assert not {TRUTH.merger.organisation} & set(PROVIDERS)
    assert len({*(one.organisation for one in RTT_TRUTH.planted), RTT_TRUTH.longest_first.organisation, *RTT_TRUTH.quiet}) == len(PROVIDERS) == 10


# ---------------------------------------------------------------------------------------------------------------- files


@pytest.fixture(scope="module")
def first() -> pl.DataFrame:
    return rtt.parse(extract(MONTHS[0], SEED), "sample.zip")


def test_an_extract_is_read_as_it_was_made(first: pl.DataFrame) -> None:
    made = known(SEED).filter(pl.col("month") == MONTHS[0])
    read = rtt.summed(first).filter(~pl.col("is_total")).sort("organisation", "part", "treatment_function")
    assert read.select("month", "organisation", "part", "treatment_function", "pathways").equals(
        made.select("month", "organisation", "part", "treatment_function", "pathways")
    )
    with_bands = pl.col("part") != "Part_3"
    assert read.filter(with_bands)["bands"].to_list() == made.filter(with_bands)["bands"].to_list()
    assert first.filter("is_total").height == len(PROVIDERS) * 5
    assert read["region"].null_count() == 0


def test_the_list_is_carried_on_from_month_to_month() -> None:
    """Nobody is lost but by leaving: the list before and the new pathways less the reported are no fewer than the list after."""
    size = known(SEED).pivot("part", index=["month", "organisation"], values="pathways", aggregate_function="sum").sort("organisation", "month")
    after = pl.col("Part_2").shift(-1).over("organisation")
    new, reported = (
        pl.sum_horizontal(pl.col(part).shift(-1).over("organisation") for part in parts) for parts in (["Part_3"], ["Part_1A", "Part_1B"])
    )
    unreported = size.select("organisation", left_over=pl.col("Part_2") + new - reported - after).drop_nulls()
    assert (unreported["left_over"] > 0).all()
    removing = [one.organisation for one in RTT_TRUTH.planted if one.kind == "removed"]
    share = size.join(unreported.group_by("organisation").agg(pl.col("left_over").sum()), on="organisation").group_by("organisation").agg(
        (pl.col("left_over").first() / pl.col("Part_3").sum()).alias("share")
    )  # fmt: skip
    assert (
        share.filter(pl.col("organisation").is_in(removing))["share"].min()
        > share.filter(pl.col("organisation").is_in(RTT_TRUTH.quiet))["share"].max()
    )  # type: ignore[operator]


def test_the_overview_gives_england_as_the_sum_of_the_extracts() -> None:
    read = rtt_overview.parse(overview(MONTHS[-1], SEED), "sample.xlsx")
    assert read["month"].to_list() == list(MONTHS)
    sums = known(SEED).pivot("part", index="month", values="pathways", aggregate_function="sum").sort("month")
    for column, part in {"waiting": "Part_2", "admitted": "Part_1A", "not_admitted": "Part_1B", "new_periods": "Part_3"}.items():
        assert read[column].to_list() == sums[part].to_list()
    within = known(SEED).filter(pl.col("part") == "Part_2").select("month", within=pl.col("bands").arr.to_list().list.head(18).list.sum())
    assert read["waiting_within_18_weeks"].to_list() == within.group_by("month").agg(pl.col("within").sum()).sort("month")["within"].to_list()
    assert (read["waiting_share_within_18_weeks"] - read["waiting_within_18_weeks"] / read["waiting"]).abs().max() < 1e-12  # type: ignore[operator]
    assert read["waiting_median_weeks"].is_between(5, 30).all()
    assert (read["waiting_p92_weeks"] > read["waiting_median_weeks"]).all()


def test_the_same_seed_gives_the_same_files_and_they_say_simulated() -> None:
    body = extract(MONTHS[1], SEED)
    assert body == extract(MONTHS[1], SEED)
    assert overview(MONTHS[1], SEED) == overview(MONTHS[1], SEED)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert "simulated" in archive.namelist()[0]
    assert rtt.parse(body, "sample.zip")["organisation_name"].str.starts_with("SIMULATED ").all()
    assert all("simulated" in file.url for file in publication(SEED).files)


def test_the_listing_of_the_real_site_finds_every_month(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "PUBLICATIONS", (site.rtt_files.publication,))
    found = crawl(sample_source(LISTING.hosts), LISTING)
    assert {link.month for link in found.wanted if link.kind == "zip"} == set(MONTHS)
    assert [link.kind for link in found.wanted].count("xlsx") == 3
    assert [note.text for note in found.notes] == []
    assert all(page.title.startswith("Simulated: ") for page in found.pages)
