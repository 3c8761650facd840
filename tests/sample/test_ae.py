"""The simulated figures: what no seed may break, and what is known to be true of them."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sightline.sample import TRUTH
from sightline.sample.ae import COUNTS, DEPARTMENTS, MONTHS, ORGANISATIONS, figures, publication_day, releases

SEEDS = (0, 1, 7, 2030)
REGIONS = {
    "NHS ENGLAND LONDON",
    "NHS ENGLAND SOUTH WEST ",
    "NHS ENGLAND SOUTH EAST ",
    "NHS ENGLAND MIDLANDS ",
    "NHS ENGLAND EAST OF ENGLAND ",
    "NHS ENGLAND NORTH WEST ",
    "NHS ENGLAND NORTH EAST AND YORKSHIRE ",
}


def test_there_are_twelve_organisations_in_seven_regions_and_36_months() -> None:
    assert len({one.code for one in ORGANISATIONS}) == 12
    assert {one.region for one in ORGANISATIONS} == REGIONS
    assert (len(set(MONTHS)), MONTHS[0], MONTHS[-1]) == (36, date(2022, 7, 1), date(2025, 6, 1))


def test_codes_and_names_say_that_they_are_simulated() -> None:
    for one in ORGANISATIONS:
        assert re.fullmatch(r"SIM[0-9]{2}", one.code)
        assert one.name.startswith("SIMULATED ")
        assert not re.search(r"\b(NHS|TRUST|FOUNDATION)\b", one.name)


@pytest.mark.mirror
def test_no_code_and_no_place_is_a_real_one(shared: Path) -> None:
    with (shared / "reference" / "organisations.csv").open(newline="", encoding="utf-8") as file:
        real = list(csv.DictReader(file))
    assert len(real) > 500
    assert not {one.code for one in ORGANISATIONS} & {row["code"] for row in real}
    names = " ".join(row["name"].upper() for row in real)
    assert not [one.name for one in ORGANISATIONS if one.name.split()[1] in names]


@pytest.mark.parametrize("seed", SEEDS)
def test_no_part_exceeds_its_whole_and_no_count_is_negative(seed: int) -> None:
    made = figures(seed)
    assert made.select(pl.min_horizontal(COUNTS).min()).item() >= 0
    for kind in DEPARTMENTS:
        for prefix in ("", "booked_"):
            assert made.filter(pl.col(f"{prefix}over_4h_{kind}") > pl.col(f"{prefix}attendances_{kind}")).is_empty()
        assert made.filter(pl.col(f"emergency_admissions_{kind}") > pl.col(f"attendances_{kind}")).is_empty()
    admitted = pl.sum_horizontal(f"emergency_admissions_{kind}" for kind in DEPARTMENTS)
    assert made.filter(pl.col("dta_4_to_12h") + pl.col("dta_12h") > admitted).is_empty()


def test_the_seed_decides_the_figures() -> None:
    assert figures(3).equals(figures(3))
    assert not figures(3).equals(figures(4))


def test_the_files_come_out_on_the_days_on_which_the_real_ones_did() -> None:
    assert publication_day(date(2024, 11, 1)) == date(2024, 12, 12)
    assert publication_day(date(2024, 12, 1)) == date(2025, 1, 9)
    assert publication_day(date(2025, 6, 1)) == date(2025, 7, 10)


def test_one_month_is_never_published_and_one_is_published_twice() -> None:
    months = [release.month for release in releases()]
    assert sorted(set(MONTHS) - set(months)) == [TRUTH.gap]
    assert [month for month in set(months) if months.count(month) > 1] == [TRUTH.revision.month]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_revision_changes_the_cells_it_says_and_no_others(seed: int) -> None:
    first, revised = (release.figures for release in releases(seed) if release.month == TRUTH.revision.month)
    long = [frame.unpivot(COUNTS, index="organisation") for frame in (first, revised)]
    changed = long[0].join(long[1], on=["organisation", "variable"], validate="1:1").with_columns(change=pl.col("value_right") - pl.col("value"))
    found = set(changed.filter(pl.col("change") != 0).select("organisation", "variable", "change").rows())
    assert found == {(one.organisation, one.column, one.change) for one in TRUTH.revision.corrections}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_merger_ends_one_organisation_and_its_patients_are_counted_by_the_other(seed: int) -> None:
    merger, made = TRUTH.merger, figures(seed)
    gone = made.filter(pl.col("organisation") == merger.organisation)
    assert gone["month"].max() < merger.month
    sizes = {one.code: one.type_1 for one in ORGANISATIONS}
    stays = made.filter(pl.col("organisation") == merger.successor).with_columns(after=pl.col("month") >= merger.month)
    before, after = stays.group_by("after").agg(pl.col("attendances_type_1").mean()).sort("after")["attendances_type_1"]
    assert after / before == pytest.approx(1 + sizes[merger.organisation] / sizes[merger.successor], rel=0.03)
    assert {one.region for one in ORGANISATIONS if one.code in (merger.organisation, merger.successor)} == {"NHS ENGLAND NORTH EAST AND YORKSHIRE "}


def test_the_improvement_is_as_large_as_it_says_and_nobody_else_has_one() -> None:
    made = pl.concat(figures(seed) for seed in range(40)).with_columns(after=pl.col("month") >= TRUTH.improvement.month)
    admitted = pl.sum_horizontal(pl.col(f"emergency_admissions_{kind}") for kind in DEPARTMENTS)
    shares = made.group_by("organisation", "after").agg(
        within=1 - pl.col("over_4h_type_1").sum() / pl.col("attendances_type_1").sum(), waited=pl.col("dta_12h").sum() / admitted.sum()
    )
    before, after = (shares.filter(pl.col("after") == after) for after in (False, True))
    moved = {
        row["organisation"]: (row["within_right"] - row["within"], row["waited_right"] / row["waited"] if row["waited"] else 1)
        for row in before.join(after, on="organisation").iter_rows(named=True)
    }
    within, waited = moved[TRUTH.improvement.organisation]
    assert within == pytest.approx(TRUTH.improvement.within_4h, abs=0.003)
    assert waited == pytest.approx(TRUTH.improvement.wait_12h, abs=0.02)
    for organisation in set(TRUTH.unchanged) - {"SIM09"}:  # SIM09 has no type 1
        assert moved[organisation] == (pytest.approx(0, abs=0.003), pytest.approx(1, abs=0.03)), organisation


def test_england_hardly_moves() -> None:
    made = pl.concat(figures(seed) for seed in range(40)).with_columns(after=pl.col("month") >= TRUTH.improvement.month)
    every = [f"{prefix}{{}}_{kind}" for prefix in ("", "booked_") for kind in DEPARTMENTS]
    over, seen = (pl.sum_horizontal(pl.col(one.format(count)) for one in every).sum() for count in ("over_4h", "attendances"))
    before, after = made.group_by("after").agg(within=1 - over / seen).sort("after")["within"]
    assert 0 < after - before < 0.005


def test_every_organisation_is_accounted_for() -> None:
    told = {TRUTH.improvement.organisation, TRUTH.merger.organisation, TRUTH.merger.successor, *TRUTH.unchanged}
    assert told == {one.code for one in ORGANISATIONS}
