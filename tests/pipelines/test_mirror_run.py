"""The whole line on the mirror of real published files, against figures that were made without sightline."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.run import Outcome, run_nightly
from sightline.home import Home

pytestmark = [pytest.mark.mirror, pytest.mark.usefixtures("history_in_memory")]

AS_OF = "2025-07-15"
AFTER_THE_REVISION = "2025-11-20"
MISSING = ["2020-07", "2024-09", "2025-01", "2025-02", "2025-03", "2025-04"]


@pytest.fixture(scope="module")
def run(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Home]:
    """The mirror exported as of a day, every dataset of it, and one run on that folder."""
    folder = tmp_path_factory.mktemp("mirror")
    home = Home(folder / "home")
    return run_nightly(home, exported(shared, folder / "site", AS_OF)), home


def exported(shared: Path, folder: Path, day: str) -> str:
    """The mirror as of a day, every dataset of it, as a folder."""
    export = [sys.executable, str(shared / "nhs-mirror" / "mirror.py"), "export", str(folder), "--as-of", day]
    subprocess.run(export, check=True, capture_output=True, timeout=120)
    return str(folder)


@pytest.fixture(scope="module")
def golden(shared: Path) -> list[dict[str, str]]:
    with (shared / "nhs-mirror" / "golden" / "england_ae.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def ask(home: Home, query: str) -> list[dict[str, Any]]:
    with duckdb.connect(str(home.published.resolve() / "sightline.duckdb"), read_only=True) as connection:
        found = connection.sql(query)
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


ENGLAND = """
    with
    department as (
        select
            strftime(month, '%Y-%m') as month,
            sum(attendances) as unplanned,
            sum(attendances) filter (where department_type = 'type_1') as type_1,
            sum(attendances) filter (where department_type = 'type_2') as type_2,
            sum(attendances) filter (where department_type = 'other') as other,
            sum(booked_attendances) as booked,
            sum(over_4h) as over_4h,
            sum(over_4h) filter (where department_type = 'type_1') as over_4h_type_1,
            sum(booked_over_4h) as booked_over_4h
        from core.ae_provider_month
        where organisation = 'ENG'
        group by all
    ),

    within as (
        select
            strftime(month, '%Y-%m') as month,
            count(distinct organisation) as organisations,
            count(distinct organisation) filter (where over_4h is null) as without_4h,
            sum(attendances + coalesce(booked_attendances, 0)) filter (where over_4h is null) as attendances_without_4h,
            1 - sum(over_4h + coalesce(booked_over_4h, 0))
                / sum(attendances + coalesce(booked_attendances, 0)) filter (where over_4h is not null) as all_types,
            1 - sum(over_4h + coalesce(booked_over_4h, 0)) filter (where department_type = 'type_1')
                / sum(attendances + coalesce(booked_attendances, 0)) filter (where department_type = 'type_1' and over_4h is not null) as type_1_share
        from core.ae_provider_month
        where organisation <> 'ENG'
        group by all
    ),

    bed as (
        select strftime(month, '%Y-%m') as month, dta_4_to_12h, dta_12h, other_emergency_admissions,
            emergency_admissions_type_1 + emergency_admissions_type_2 + emergency_admissions_other as via_ae
        from core.ae_admission_month
        where organisation = 'ENG'
    )

    select * from department join within using (month) join bed using (month)
"""

#: golden column -> what our rows give for it
COUNTS = {
    "attendances_all": lambda row: row["unplanned"] + (row["booked"] or 0),
    "attendances_booked": lambda row: row["booked"],
    "over4h_all": lambda row: row["over_4h"] + (row["booked_over_4h"] or 0),
    "over4h_booked": lambda row: row["booked_over_4h"],
    "organisations": lambda row: row["organisations"],
    "organisations_without_4h": lambda row: row["without_4h"],
    "attendances_without_4h": lambda row: row["attendances_without_4h"] or 0,
    "dta_4_to_12h": lambda row: row["dta_4_to_12h"],
    "dta_12h_plus": lambda row: row["dta_12h"],
    "emergency_admissions_via_ae": lambda row: row["via_ae"],
    "emergency_admissions_other": lambda row: row["other_emergency_admissions"],
}


def test_the_stored_months_are_published_and_the_missing_ones_named(run: tuple[Outcome, Home]) -> None:
    outcome, home = run
    assert (outcome.status, outcome.exit_status, outcome.lines) == ("published", 0, ())
    assert ask(home, "select count(distinct month) as months from core.ae_provider_month") == [{"months": 69}]
    found = ask(home, "select detail from meta.finding where expectation like 'no month is missing%' and not passed")
    assert found == [{"detail": "; ".join(f"month {month}" for month in MISSING)}]
    assert json.loads((home.published / "run.json").read_text())["missing_months"] == {"ae": MISSING}


def test_englands_counts_are_the_golden_ones_in_every_month(run: tuple[Outcome, Home], golden: list[dict[str, str]]) -> None:
    ours = {row["month"]: row for row in ask(run[1], ENGLAND)}
    assert len(golden) > 60
    wrong = [
        (row["month"], column, row[column], of(ours[row["month"]]))
        for row in golden
        for column, of in COUNTS.items()
        if (int(row[column]) if row[column] else None) != of(ours[row["month"]])
    ]
    assert wrong == []


def test_both_published_percentages_are_reproduced_from_counts_in_every_month(run: tuple[Outcome, Home], golden: list[dict[str, str]]) -> None:
    ours = {row["month"]: row for row in ask(run[1], ENGLAND)}
    far = [
        (row["month"], published)
        for row in golden
        for published, column in (("pct_within_4h_published", "all_types"), ("pct_within_4h_type1_published", "type_1_share"))
        if row[published] and abs(float(row[published]) - ours[row["month"]][column]) > 1e-9
    ]
    assert far == []


def test_the_measures_are_the_published_percentages(run: tuple[Outcome, Home], golden: list[dict[str, str]]) -> None:
    query = "select measure, strftime(month, '%Y-%m') as month, value from measure.value where level = 'england'"
    value = {(row["measure"], row["month"]): row["value"] for row in ask(run[1], query)}
    for row in golden:
        assert value["ae_within_4h", row["month"]] == pytest.approx(float(row["pct_within_4h_published"]), abs=1e-9)
        assert value["ae_within_4h_type1", row["month"]] == pytest.approx(float(row["pct_within_4h_type1_published"]), abs=1e-9)
        assert value["ae_dta_12h", row["month"]] == int(row["dta_12h_plus"])


def test_every_series_of_every_known_merger_begins_a_new_phase(run: tuple[Outcome, Home]) -> None:
    query = """
        select organisation, strftime(month, '%Y-%m') as month from analysis.spc_point
        where measure = 'ae_attendances' and level = 'provider'
        qualify phase > lag(phase) over (partition by organisation order by month) and not in_window
    """
    begun = {(row["organisation"], row["month"]) for row in ask(run[1], query)}
    april_2020 = {(organisation, "2020-04") for organisation in ("RC9", "RAJ", "RH5", "RA7")}
    assert april_2020 | {("REM", "2019-10"), ("RYR", "2021-04"), ("RM3", "2021-10"), ("RH8", "2022-04")} <= begun


def test_every_workbook_agrees_with_its_csv_cell_by_cell_and_to_a_thousand_millionth(run: tuple[Outcome, Home]) -> None:
    found = ask(
        run[1],
        """
        select count(distinct month) as months, count(*) filter (where differs = '') as same, count(*) as every,
            max(abs(percentage_all - csv_percentage_all)) as all_types, max(abs(percentage_type_1 - csv_percentage_type_1)) as type_1
        from core.ae_workbook_month where csv_vintage is not null
        """,
    )[0]
    assert found["months"] >= 47
    assert found["same"] == found["every"] > 9000
    assert max(found["all_types"], found["type_1"]) < 1e-9
    series = ask(
        run[1], "select count(*) as months, count(*) filter (where differs <> '') as other from core.ae_time_series_month where csv_vintage > 0"
    )
    assert series[0]["months"] > 40
    assert series[0]["other"] == 0


#: how the golden table of revisions names our columns: (department type, column)
REVISED = {
    "attendances_type1": ("type_1", "attendances"),
    "attendances_other": ("other", "attendances"),
    "booked_other": ("other", "booked_attendances"),
    "over4h_type1": ("type_1", "over_4h"),
    "over4h_other": ("other", "over_4h"),
    "admissions_type1": (None, "emergency_admissions_type_1"),
    "admissions_other_ae": (None, "emergency_admissions_other"),
    "admissions_not_via_ae": (None, "other_emergency_admissions"),
}


@pytest.fixture(scope="module")
def later(run: tuple[Outcome, Home], shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Home]:
    """The same home after the night of the revision; last in this file, because it changes what is published."""
    home = run[1]
    return run_nightly(home, exported(shared, tmp_path_factory.mktemp("later") / "site", AFTER_THE_REVISION)), home


def test_the_night_of_a_revision_lists_exactly_the_cells_that_changed(later: tuple[Outcome, Home], shared: Path) -> None:
    outcome, home = later
    assert (outcome.status, outcome.exit_status, outcome.lines) == ("published", 0, ())
    with (shared / "nhs-mirror" / "golden" / "ae_revisions.csv").open(encoding="utf-8", newline="") as lines:
        expected = {
            (row["month"], row["org_code"], *REVISED[row["field"]], float(row["first"]), float(row["revised"]), row["first_published"],
             row["revised_published"])
            for row in csv.DictReader(lines)
        }  # fmt: skip
    query = """
        select strftime(month, '%Y-%m') as month, organisation, key ->> 'department_type' as department_type, column_name, old_value, new_value,
            old_published::varchar as old_published, new_published::varchar as new_published
        from meta.revision where organisation {} 'ENG'
    """
    assert {tuple(row.values()) for row in ask(home, query.format("<>"))} == expected
    assert len(ask(home, query.format("="))) == 12
    assert json.loads((home.published / "run.json").read_text())["changed_by_code"] == []


def test_the_lines_of_the_published_year_are_the_golden_ones(run: tuple[Outcome, Home], shared: Path) -> None:
    query = """
        select level, organisation, line, n_cross, theta_adj, p_low, p_sharp, coalesce(extra, 0) as extra, verdict, providers
        from analysis.threshold_crossing
        where period = 'year' and period_to = date '2025-03-31' and level in ('england', 'provider')
    """
    ours = {(row["level"], row["organisation"], row["line"]): row for row in ask(run[1], query)}
    for level in ("england", "provider"):
        with (shared / f"golden/thresholds/crossing/expected_rtt_2024-25_{level.replace('provider', 'providers')}.csv").open(newline="") as lines:
            golden = list(csv.DictReader(lines))
        assert golden
        for row in golden:
            mine = ours[level, "ENG" if level == "england" else row["unit"], int(row["line"])]
            assert mine["verdict"] == row["verdict"], row
            for name in ("n_cross", "theta_adj", "p_low", "p_sharp"):
                assert mine[name] == (pytest.approx(float(row[name]), rel=1e-6, abs=1e-9) if row[name] else None), (row, name)
    assert {row["providers"] for row in ours.values() if row["level"] == "england"} == {152}


def test_base_rates_of_the_published_year_are_the_golden_ones(run: tuple[Outcome, Home], shared: Path) -> None:
    with (shared / "golden/thresholds/crossing/expected_rtt_2024-25_providers_counts.csv").open(newline="") as lines:
        golden = {int(row["line"]): row for row in csv.DictReader(lines)}
    query = """
        select line, tested, p_low_significant, break_at_line, possible_break, no_break, cannot_tell from analysis.threshold_base_rate
        where level = 'provider' and period = 'year' and period_to = date '2025-03-31' and line <> 78
    """
    theirs = ("tested", "p_low_le_005", "break_", "possible", "none", "cannot_tell")
    found = {row["line"]: tuple(value for name, value in row.items() if name != "line") for row in ask(run[1], query)}
    assert found == {line: tuple(int(row[name]) for name in theirs) for line, row in golden.items()}
