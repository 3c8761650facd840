"""The changes of the simulated NHS come out as they are: one helped, one did not, one met what happened everywhere, one is too early."""

from __future__ import annotations

import polars as pl
import pytest

from assets import changes as travelling
from assets import phases
from assets.description import definitions
from sightline import changes, declared, spc
from sightline.sample import TRUTH
from sightline.sample.ae import COUNTS, DEPARTMENTS, ORGANISATIONS, SEED, Tried, releases
from sightline.spc.change_effect import AS_HOPED, CANNOT_TELL, NO_CHANGE, OTHER_WAY, TOO_EARLY
from sightline.spc.declarations import ENTRY

SEEDS = (SEED, *range(6))
REGIONS = {one.code: one.region for one in ORGANISATIONS}


def points(seed: int) -> pl.DataFrame:
    """What the charts plot, the newest release of each month, in the columns that are read: providers, their regions and England."""
    published = pl.concat(release.figures.with_columns(month=release.month, published=release.published) for release in releases(seed))
    newest = published.filter(pl.col("published") == pl.col("published").max().over("month"))
    own = newest.select("organisation", "month", *COUNTS).with_columns(level=pl.lit("provider"))
    region = own.with_columns(pl.col("organisation").replace_strict(REGIONS), level=pl.lit("region"))
    england = own.with_columns(organisation=pl.lit("ENG"), level=pl.lit("england"))
    summed = pl.concat([own, region, england]).group_by("level", "organisation", "month").agg(pl.col(COUNTS).sum())
    attended, booked, over, admitted = (
        pl.sum_horizontal(f"{name}_{kind}" for name in names for kind in DEPARTMENTS)
        for names in (
            ("attendances", "booked_attendances"),
            ("booked_attendances",),
            ("over_4h", "booked_over_4h"),
            ("emergency_admissions",),
        )
    )
    parts = {
        "ae_within_4h": (attended - over, attended, 1),
        "ae_booked_share": (booked, attended, 1),
        "ae_dta_12h_per_1000_admissions": (pl.col("dta_12h"), admitted, 1000),
    }
    return pl.concat(
        summed.select(
            "level", "organisation", "month", measure=pl.lit(measure), numerator=upper.cast(pl.Float64), denominator=lower.cast(pl.Float64),
            value=pl.when(lower > 0).then(scale * upper / lower), excluded=pl.lit(value=False),
        )
        for measure, (upper, lower, scale) in parts.items()
    )  # fmt: skip


@pytest.fixture(scope="module")
def told() -> pl.DataFrame:
    places = pl.DataFrame({"level": "provider", "organisation": list(REGIONS), "region": list(REGIONS.values())})
    found = []
    for seed in SEEDS:
        shown = points(seed)
        known = declared.Known(phases.measures(), (), declared.extents(shown))
        rows = changes.frame(travelling.shipped(known, simulated=True), shown)
        found.append(spc.change_effect(shown, rows, pl.DataFrame(schema=ENTRY), definitions(), places).with_columns(seed=seed))
    return pl.concat(found, how="vertical_relaxed")


def test_every_change_of_the_truth_is_declared_and_no_other(told: pl.DataFrame) -> None:
    assert {(one.organisation, one.month) for one in TRUTH.tried} == set(told.select("organisation", "month_from").iter_rows())
    for one in TRUTH.tried:
        assert set(one.moved) <= set(told.filter(organisation=one.organisation)["measure"])


@pytest.mark.parametrize("tried", TRUTH.tried, ids=lambda one: one.organisation)
def test_its_verdict_is_the_truth(told: pl.DataFrame, tried: Tried) -> None:

    mine = told.filter(organisation=tried.organisation)
    if not tried.enough:
        right = mine["verdict"] == TOO_EARLY
    elif tried.everywhere:
        right = (mine["verdict"] == CANNOT_TELL) & (mine["told_apart"] == "likewise")
    elif tried.moved:
        right = mine["verdict"] == AS_HOPED
    else:
        right = mine["verdict"] == NO_CHANGE
    assert right.filter(mine["seed"] == SEED).all()  # the one that everybody gets
    assert right.mean() >= 0.8  # type: ignore[operator]
    assert OTHER_WAY not in mine["verdict"]


def test_they_are_shown_in_simulated_homes_alone() -> None:
    known = declared.Known(phases.measures(), (), declared.extents(points(SEED)))
    assert travelling.shipped(known, simulated=False) == ()
    assert all(entry.what.startswith("Simulated: ") for entry in travelling.shipped(known, simulated=True))
