"""The simulated CSV and workbook: the published layouts, to the letter and to the cell."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from sightline.sample import TRUTH
from sightline.sample.ae import COUNTS, DEPARTMENTS, Release, releases
from sightline.sample.ae_files import csv_body, financial_year, publication, spoken, workbook_body
from sightline.sources import ae

SHEET = "Provider Level Data"


def first_of(month: date, seed: int = 5) -> Release:
    return next(release for release in releases(seed) if release.month == month)


def rows_of(body: bytes, sheet: str = SHEET) -> list[list[object]]:
    """Rows of a sheet from A1 on, so that row 17 is element 16."""
    return CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def test_every_csv_is_read_as_it_was_made() -> None:
    for release in releases():
        parsed = ae.parse(csv_body(release), "sample.csv")
        assert parsed["month"].unique().to_list() == [release.month]
        assert parsed["region"].null_count() == 1  # England's
        kept = ["organisation", "organisation_name", *COUNTS]
        assert parsed.filter(~pl.col("is_total")).select(kept).equals(release.figures.select(kept))


def test_the_total_row_is_the_sum() -> None:
    for release in releases():
        parsed = ae.parse(csv_body(release), "sample.csv")
        summed = parsed.filter(~pl.col("is_total")).select(pl.col(COUNTS).sum())
        assert parsed.filter("is_total").select(COUNTS).equals(summed)


def test_the_csv_is_ascii_with_crlf_and_its_total_row_last() -> None:
    body = csv_body(first_of(date(2024, 6, 1)))
    lines = body.decode("ascii").split("\r\n")
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert lines[1].startswith("MSitAE-JUNE-2024,SIM01,NHS ENGLAND LONDON,SIMULATED ")
    assert lines[-2].startswith("TOTAL,TOTAL,TOTAL,TOTAL,")
    assert lines[-1] == ""


def test_the_workbook_gives_the_percentages_and_counts_of_the_csv() -> None:
    for release in (first_of(date(2022, 7, 1)), *(one for one in releases(5) if one.month == TRUTH.revision.month)):
        rows = rows_of(workbook_body(release))
        lines = [rows[16], *rows[18:]]
        parsed = ae.parse(csv_body(release), "sample.csv").sort("is_total", "organisation", descending=[True, False])
        assert [row[1] for row in lines] == ["-", *parsed["organisation"][1:]]
        for place, kinds in ((16, DEPARTMENTS), *((17 + at, (kind,)) for at, kind in enumerate(DEPARTMENTS))):
            seen, over = (sum(parsed[f"{p}{count}_{kind}"] for p in ("", "booked_") for kind in kinds) for count in ("attendances", "over_4h"))
            within = [(1 - o / s) if s else "-" for s, o in zip(seen, over, strict=True)]
            assert [row[place] for row in lines] == [one if one == "-" else pytest.approx(one, abs=1e-12) for one in within]
        assert [row[26] for row in lines] == (parsed["dta_4_to_12h"] + parsed["dta_12h"]).to_list()
        assert [row[27] for row in lines] == parsed["dta_12h"].to_list()
        assert [row[25] for row in lines] == parsed.select(pl.sum_horizontal(COUNTS[-4:])).to_series().to_list()


def test_the_second_sheet_leaves_booked_appointments_out() -> None:
    release = first_of(date(2024, 6, 1))
    england = rows_of(workbook_body(release), "Non-Booked Data")[16]
    assert england[4:7] == [release.figures[f"attendances_{kind}"].sum() for kind in DEPARTMENTS]


def test_the_workbook_says_what_it_is_and_when_it_came_out() -> None:
    first, revised = (rows_of(workbook_body(one)) for one in releases() if one.month == TRUTH.revision.month)
    head = {row[1]: row[2] for row in first[:13]}
    assert head["Title:"].startswith("SIMULATED")
    assert (head["Period:"], head["Published:"], head["Revised:"]) == ("November 2024", "12th December 2024", "")
    assert {row[1]: row[2] for row in revised[:13]}["Revised:"] == "15th May 2025"
    assert first[16][1:4] == ["-", "-", "England"]
    assert first[18][1:4] == ["SIM01", "NHS England London", "Simulated Quillbury Hospitals"]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    month = date(2023, 5, 1)
    for body in (csv_body, workbook_body):
        assert body(first_of(month, 5)) == body(first_of(month, 5))
        assert body(first_of(month, 5)) != body(first_of(month, 6))


def test_nothing_in_the_workbook_tells_when_it_was_made() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook_body(first_of(date(2024, 6, 1))))) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", parts.read("docProps/core.xml").decode())) == {"2024-07-11T12:00:00Z"}


def test_the_bodies_behind_the_links_are_those_of_their_release() -> None:
    files, made = publication(5).files, releases(5)
    assert [file.body() for file in files[::2]] == [csv_body(release) for release in made]
    assert files[-1].body() == workbook_body(made[-1])
    assert len({file.url for file in files}) == len(files) == 2 * len(made)


def test_years_and_days_are_written_as_on_the_site() -> None:
    assert [financial_year(month) for month in (date(2023, 3, 1), date(2023, 4, 1), date(1999, 4, 1))] == ["2022-23", "2023-24", "1999-00"]
    assert [spoken(date(2025, 6, day)) for day in (1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 30)] == [
        f"{day} June 2025" for day in ("1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "23rd", "30th")
    ]


@pytest.mark.mirror
def test_headings_are_those_of_the_real_files(shared: Path) -> None:
    folder, release = shared / "nhs-mirror" / "files" / "ae" / "2025-06", releases()[-1]
    with (folder / "Monthly-AE-June-2025-1-1.csv").open(newline="", encoding="utf-8-sig") as file:
        assert csv.reader(io.StringIO(csv_body(release).decode())).__next__() == next(csv.reader(file))
    real, ours = (rows_of(body) for body in ((folder / "June-2025-AE-by-provider-3euC4-1.xlsx").read_bytes(), workbook_body(release)))
    assert [row[:28] for row in ours[14:16]] == [row[:28] for row in real[14:16]]
    assert [row[1] for row in ours[:14]] == [row[1] for row in real[:14]]
    assert ours[17] == [""] * len(ours[17])
