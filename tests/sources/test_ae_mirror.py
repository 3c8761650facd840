"""The published files themselves: every one is read, adds up, and gives England's figures."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sightline.sources import ae
from tests.sources.ae_files import SIXTEEN, TWENTY_TWO

pytestmark = pytest.mark.mirror

# a golden column -> where the counts that it adds up stand in a line of a file of 16 and of 22 cells, the first cell being 0
GOLDEN = {
    "attendances_type1": ((4,), (4, 7)),
    "attendances_type2": ((5,), (5, 8)),
    "attendances_other": ((6,), (6, 9)),
    "attendances_all": ((4, 5, 6), (4, 5, 6, 7, 8, 9)),
    "attendances_booked": ((), (7, 8, 9)),
    "over4h_type1": ((7,), (10, 13)),
    "over4h_all": ((7, 8, 9), (10, 11, 12, 13, 14, 15)),
    "over4h_booked": ((), (13, 14, 15)),
    "dta_4_to_12h": ((10,), (16,)),
    "dta_12h_plus": ((11,), (17,)),
    "emergency_admissions_via_ae": ((12, 13, 14), (18, 19, 20)),
    "emergency_admissions_other": ((15,), (21,)),
    "emergency_admissions_all": ((12, 13, 14, 15), (18, 19, 20, 21)),
}


@pytest.fixture(scope="module")
def published(shared: Path) -> dict[Path, pl.DataFrame]:
    """Every stored file, parsed."""
    return {path: ae.parse(path.read_bytes(), path.name) for path in sorted((shared / "nhs-mirror" / "files" / "ae").rglob("*.csv"))}


def cells(path: Path) -> list[list[str]]:
    """The lines of a file without its header, as Python reads them."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))[1:]


def golden(shared: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    with (shared / "nhs-mirror" / "golden" / "england_ae.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield shared / "nhs-mirror" / "files" / "ae" / row["month"] / row["csv"], row


def test_every_published_file_is_read_to_the_last_cell(published: dict[Path, pl.DataFrame]) -> None:
    assert len(published) >= 71
    for path, frame in published.items():
        lines = cells(path)
        columns = SIXTEEN if len(lines[0]) == 16 else TWENTY_TWO
        assert frame["month"].unique().to_list() == [date.fromisoformat(f"{path.parent.name}-01")], path.name
        assert frame["row"].to_list() == list(range(2, len(lines) + 2)), path.name
        assert frame.select(columns).rows() == [tuple(map(int, line[4:])) for line in lines], path.name
        assert frame["organisation"].to_list() == [*(line[1] for line in lines[:-1]), "ENG"], path.name
        assert frame["organisation_name"].to_list() == [*(line[3].strip() for line in lines[:-1]), "England"], path.name


def test_the_total_row_of_every_published_file_is_the_sum_of_its_organisations(published: dict[Path, pl.DataFrame]) -> None:
    for path, frame in published.items():
        columns = [column for column in TWENTY_TWO if frame[column].null_count() < frame.height]
        assert frame.filter(~pl.col("is_total")).select(pl.col(columns).sum()).row(0) == frame.filter("is_total").select(columns).row(0), path.name


def test_every_published_organisation_has_a_region(published: dict[Path, pl.DataFrame]) -> None:
    for path, frame in published.items():
        organisations = frame.filter(~pl.col("is_total"))
        assert organisations.filter(pl.col("region").is_null())["parent_organisation"].to_list() == [], path.name
        assert organisations["region"].n_unique() == 7, path.name


def test_england_is_what_the_golden_file_says(shared: Path, published: dict[Path, pl.DataFrame]) -> None:
    months = []
    for path, row in golden(shared):
        lines, frame = cells(path), published[path]
        wide = len(lines[0]) == 22
        columns = TWENTY_TWO if wide else SIXTEEN
        england = dict(enumerate(frame.filter("is_total").select(columns).row(0), start=4))
        for column, places in GOLDEN.items():
            if row[column] == "":
                assert not places[wide], (path.name, column)
                continue
            by_hand = sum(int(line[place]) for line in lines[:-1] for place in places[wide])
            by_parser = sum(england[place] for place in places[wide])
            assert by_parser == by_hand == int(row[column]), (path.name, column)
        assert frame.height - 1 == int(row["organisations"]), path.name
        months.append(row["month"])
    assert len(set(months)) >= 67
