"""The published workbooks themselves: every one is read, and agrees with the CSV and the golden figures of its release."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sightline.errors import BadInput
from sightline.sources import ae, ae_time_series, ae_workbook, spreadsheet

pytestmark = pytest.mark.mirror

#: a column of the workbook -> the columns of the CSV that add up to it
AS_CSV = {
    **{f"attendances_{kind}": (f"attendances_{kind}", f"booked_attendances_{kind}") for kind in ("type_1", "type_2", "other")},
    **{f"over_4h_{kind}": (f"over_4h_{kind}", f"booked_over_4h_{kind}") for kind in ("type_1", "type_2", "other")},
    "dta_over_4h": ("dta_4_to_12h", "dta_12h"),
    **{f"emergency_admissions_{kind}": (f"emergency_admissions_{kind}",) for kind in ("type_1", "type_2", "other")},
    **{column: (column,) for column in ("dta_12h", "other_emergency_admissions")},
}
OVER_4H = tuple(column for column in AS_CSV if column.startswith("over_4h"))

#: a column that the workbook prints as a total -> its parts
TOTALS = {
    **{f"{what}_all": tuple(f"{what}_{kind}" for kind in ("type_1", "type_2", "other")) for what in ("attendances", "within_4h", "over_4h")},
    "emergency_admissions_via_ae": tuple(f"emergency_admissions_{kind}" for kind in ("type_1", "type_2", "other")),
    "emergency_admissions_all": ("emergency_admissions_via_ae", "other_emergency_admissions"),
}

GOLDEN_SERIES = {
    "attendances_type1": "attendances_type_1",
    "attendances_type2": "attendances_type_2",
    "attendances_type3": "attendances_other",
    "attendances_all": "attendances_all",
    "emergency_admissions_via_ae": "emergency_admissions_via_ae",
    "emergency_admissions_other": "other_emergency_admissions",
    "emergency_admissions_all": "emergency_admissions_all",
    "dta_over_4h": "dta_over_4h",
    "dta_12h_plus": "dta_12h",
    "over4h_all": "over_4h_all",
    "pct_within_4h": "percentage_all",
    "pct_within_4h_type1": "percentage_type_1",
}


@pytest.fixture(scope="session")
def folder(shared: Path) -> Path:
    return shared / "nhs-mirror" / "files" / "ae"


@pytest.fixture(scope="session")
def workbooks(folder: Path) -> dict[Path, pl.DataFrame]:
    """Every stored workbook by provider, parsed, with one process for all of them."""
    with spreadsheet.reader() as read:
        return {path: ae_workbook.parse(path.read_bytes(), path.name, read) for path in sorted(folder.glob("20*/*.xls*"))}


def csv_of_the_release(path: Path, workbook: pl.DataFrame) -> Path:
    """The CSV beside a workbook: of two, the one that is revised as the workbook is."""
    beside = sorted(path.parent.glob("*.csv"))
    if len(beside) == 1:
        return beside[0]
    return next(file for file in beside if ("revised" in file.name) == (workbook["revised_on"][0] is not None))


def golden(shared: Path, name: str) -> Iterator[dict[str, str]]:
    with (shared / "nhs-mirror" / "golden" / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def test_every_published_workbook_is_read_in_its_month(workbooks: dict[Path, pl.DataFrame]) -> None:
    assert len(workbooks) >= 49
    assert {path.suffix for path in workbooks} == {".xls", ".xlsx"}
    for path, frame in workbooks.items():
        assert frame["month"].unique().to_list() == [date.fromisoformat(f"{path.parent.name}-01")], path.name
        assert frame.filter("is_total").select("row", "organisation").rows() == [(17, "ENG")], path.name
        assert frame.filter(pl.col("region").is_null())["organisation"].to_list() == ["ENG"], path.name
        assert frame["row"].to_list() == [17, *range(19, 18 + frame.height)], path.name


def test_every_organisation_has_the_counts_of_the_csv_of_the_same_release(workbooks: dict[Path, pl.DataFrame]) -> None:
    for path, frame in workbooks.items():
        file = csv_of_the_release(path, frame)
        published = ae.parse(file.read_bytes(), file.name).select(
            "organisation", *(pl.sum_horizontal(parts).alias(column) for column, parts in AS_CSV.items())
        )
        both = frame.filter(~pl.col("is_total")).join(published, on="organisation", how="full", suffix="_csv")
        assert both.select("organisation", "organisation_csv").null_count().row(0) == (1, 0), path.name  # the total row of the CSV
        pairs = both.filter(pl.col("organisation").is_not_null())
        # the CSV prints nought where the workbook says that there is no figure
        differ = [
            column
            for column in AS_CSV
            if not pairs.select(
                (pl.col(column).fill_null(0) if column in OVER_4H else pl.col(column)).eq_missing(pl.col(f"{column}_csv")).all()
            ).item()
        ]
        assert differ == [], path.name


def test_dashes_stand_for_the_fourteen_trusts_of_the_field_test_and_nobody_else(workbooks: dict[Path, pl.DataFrame]) -> None:
    counts = [column for column in ae_workbook.COUNTS if not column.startswith(("within_4h", "over_4h"))]
    for path, frame in workbooks.items():
        month = frame["month"][0]
        without = frame.filter(pl.col("over_4h_all").is_null())
        assert without.height == (14 if date(2019, 5, 1) <= month <= date(2023, 5, 1) else 0), path.name
        assert frame.select(pl.col(counts).null_count()).row(0) == (0,) * len(counts), path.name
        assert without.select(pl.col("within_4h_all", "percentage_all").is_null().all()).row(0) == (True, True), path.name


def test_printed_totals_are_the_sums_of_their_types(workbooks: dict[Path, pl.DataFrame]) -> None:
    for path, frame in workbooks.items():
        for total, parts in TOTALS.items():
            wrong = frame.filter(pl.col(total) != pl.sum_horizontal(pl.col(parts)))
            assert wrong.is_empty(), (path.name, total)


def test_the_percentages_of_england_are_the_golden_ones(workbooks: dict[Path, pl.DataFrame], shared: Path) -> None:
    named = {path.name: frame.row(by_predicate=pl.col("is_total"), named=True) for path, frame in workbooks.items()}
    seen = 0
    for row in golden(shared, "england_ae.csv"):
        if england := named.get(row["workbook"]):
            seen += 1
            assert england["percentage_all"] == pytest.approx(float(row["pct_within_4h_published"]), abs=1e-9, rel=0), row["month"]
            assert england["percentage_type_1"] == pytest.approx(float(row["pct_within_4h_type1_published"]), abs=1e-9, rel=0), row["month"]
            assert england["attendances_all"] == int(row["attendances_all"]), row["month"]
            assert england["dta_12h"] == int(row["dta_12h_plus"]), row["month"]
    assert seen >= 46


def test_every_workbook_says_when_it_was_published_and_a_revision_came_later(workbooks: dict[Path, pl.DataFrame]) -> None:
    days = {path.name: frame.select("published", "revised_on").row(0) for path, frame in workbooks.items()}
    assert [name for name, (published, _) in days.items() if published is None] == []
    assert [name for name, (published, revised) in days.items() if revised and revised <= published] == []
    assert days["June-2025-AE-by-provider-3euC4-1.xlsx"] == (date(2025, 7, 10), None)
    assert days["June-2025-AE-by-provider-CkkTE-revised.xls"] == (date(2025, 7, 10), date(2025, 11, 13))


def test_both_time_series_give_the_golden_figures(folder: Path, shared: Path) -> None:
    expected = list(golden(shared, "england_ae_time_series.csv"))
    with spreadsheet.reader() as read:
        for path in sorted((folder / "time-series").glob("*.xls")):
            frame = ae_time_series.parse(path.read_bytes(), path.name, read)
            rows = [row for row in expected if row["workbook"] == path.name]
            assert frame["month"].to_list() == [date.fromisoformat(f"{row['month']}-01") for row in rows]
            for name, column in GOLDEN_SERIES.items():
                figures = [float(row[name]) if row[name] else None for row in rows]
                near = 1e-9 if column.startswith("percentage") else 1e-6  # the golden estimates have six decimals
                assert [None if figure is None else pytest.approx(figure, abs=near, rel=0) for figure in figures] == frame[column].to_list(), column
            published = {"January": date(2024, 2, 8), "March": date(2024, 4, 11)}[path.stem.split("-")[-2]]
            assert frame["published"].unique().to_list() == [published]


def test_booked_attendances_of_the_time_series_are_those_of_the_csv(folder: Path, shared: Path) -> None:
    path = folder / "time-series" / "Monthly-AE-Time-Series-March-2024.xls"
    frame = ae_time_series.parse(path.read_bytes(), path.name)
    booked = dict(frame.select("month", "booked_attendances_all").iter_rows())
    # later months were revised after the time series was published
    rows = [row for row in golden(shared, "england_ae.csv") if "2020-08" <= row["month"] <= "2023-03"]
    assert len(rows) >= 31
    assert {row["month"]: booked[date.fromisoformat(f"{row['month']}-01")] for row in rows} == {
        row["month"]: float(row["attendances_booked"]) for row in rows
    }


def test_a_published_xls_cut_off_or_damaged_gives_a_clear_error_or_its_own_figures(folder: Path) -> None:
    path = next(folder.glob("2020-03/*.xls"))
    body = path.read_bytes()
    whole = ae_workbook.parse(body, path.name)
    with spreadsheet.reader(seconds=2) as read:
        for length in (100, 512, 5_000, len(body) // 4, len(body) // 2, len(body) - 70_000):
            with pytest.raises(BadInput, match=path.name):
                ae_workbook.parse(body[:length], path.name, read)
        for place in range(0, len(body), len(body) // 40):
            spoilt = body[:place] + bytes(byte ^ 0xFF for byte in body[place : place + 16]) + body[place + 16 :]
            try:
                frame = ae_workbook.parse(spoilt, path.name, read)
            except BadInput as error:
                assert error.where.startswith(path.name)
            else:
                assert frame.schema == whole.schema
        assert ae_workbook.parse(body, path.name, read).equals(whole)
