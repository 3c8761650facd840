"""Every RTT file of the mirror, against golden figures that were not computed here."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from sightline.sources import rtt, rtt_overview

pytestmark = pytest.mark.mirror

#: columns of the golden overview -> ours
OVERVIEW = {
    "incomplete_median_weeks": "waiting_median_weeks",
    "incomplete_p92_weeks": "waiting_p92_weeks",
    "incomplete_within18": "waiting_within_18_weeks",
    "incomplete_pct_within18": "waiting_share_within_18_weeks",
    "incomplete_over18": "waiting_over_18_weeks",
    "incomplete_over52": "waiting_over_52_weeks",
    "incomplete_over65": "waiting_over_65_weeks",
    "incomplete_over78": "waiting_over_78_weeks",
    "incomplete_over104": "waiting_over_104_weeks",
    "incomplete_total": "waiting",
    "incomplete_total_est": "waiting_with_estimates",
    "admitted_median_weeks": "admitted_median_weeks",
    "admitted_within18": "admitted_within_18_weeks",
    "admitted_over52": "admitted_over_52_weeks",
    "admitted_total": "admitted",
    "nonadmitted_median_weeks": "not_admitted_median_weeks",
    "nonadmitted_p95_weeks": "not_admitted_p95_weeks",
    "nonadmitted_within18": "not_admitted_within_18_weeks",
    "nonadmitted_over52": "not_admitted_over_52_weeks",
    "nonadmitted_total": "not_admitted",
    "new_periods_total": "new_periods",
}


@pytest.fixture(scope="module")
def january(shared: Path) -> pl.DataFrame:
    (path,) = (shared / "nhs-mirror" / "files" / "rtt" / "2026").glob("*.zip")
    return rtt.parse(path.read_bytes(), path.name)


def golden(shared: Path, name: str) -> Iterator[dict[str, str]]:
    with (shared / "nhs-mirror" / "golden" / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def test_the_whole_extract_is_read_to_the_last_row(january: pl.DataFrame) -> None:
    assert january.height == 183_417
    parts = january.group_by("part").len().sort("part").rows()
    assert parts == [("Part_1A", 18_558), ("Part_1B", 32_570), ("Part_2", 64_894), ("Part_2A", 30_777), ("Part_3", 36_618)]


def test_england_without_nonc_is_what_the_golden_file_says(january: pl.DataFrame, shared: Path) -> None:
    rows = january.filter("is_total", pl.col("commissioner") != "NONC")
    sizes = dict(rows.group_by("part").agg(pl.col("pathways").sum()).iter_rows())
    late = rows.filter(part="Part_2").select(pl.col(week).sum() for week in rtt.WEEKS).row(0)
    ours = {
        "incomplete_total": sizes["Part_2"],
        "admitted_total": sizes["Part_1A"],
        "nonadmitted_total": sizes["Part_1B"],
        "new_periods_total": sizes["Part_3"],
        "dta_total": sizes["Part_2A"],
        "incomplete_within18": sum(late[:18]),
        **{f"incomplete_over{week}": sum(late[week:]) for week in (18, 52, 65, 78, 104)},
    }
    published = {row["measure"]: float(row["computed"]) for row in golden(shared, "england_rtt.csv") if row["month"] == "2026-01"}
    assert ours == {measure: published[measure] for measure in ours}


def test_the_rebuilt_months_hold_the_lists_that_the_provider_workbooks_print(shared: Path) -> None:
    published = {(row["month"], row["provider"]): int(row["list_size"]) for row in golden(shared, "rtt_provider_published.csv")}
    read = {}
    for path in (shared / "nhs-mirror" / "files" / "rtt" / "rebuilt").glob("*.zip"):
        table = rtt.parse(path.read_bytes(), path.name).filter("is_total", part="Part_2")
        read |= {(f"{month:%Y-%m}", code): size for month, code, size in table.select("month", "organisation", "pathways").iter_rows()}
    assert {key: read[key] for key in published} == published


def test_both_overviews_give_the_golden_figures(shared: Path) -> None:
    for path in (shared / "nhs-mirror" / "files" / "rtt" / "overview").glob("*.xlsx"):
        edition = "Dec25" if "Dec25" in path.name else "May26"
        table = {f"{row['month']:%Y-%m}": row for row in rtt_overview.parse(path.read_bytes(), path.name).iter_rows(named=True)}
        known = {row["month"]: row for row in golden(shared, "england_rtt_overview.csv") if row["workbook"] == edition}
        assert table.keys() == known.keys()
        for month, row in known.items():
            ours = {theirs: table[month][mine] for theirs, mine in OVERVIEW.items()}
            assert ours == {theirs: float(row[theirs]) if row[theirs] else None for theirs in OVERVIEW}
