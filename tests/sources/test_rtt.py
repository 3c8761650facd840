"""The full extract of referral to treatment waiting times, read as published."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from sightline.sources import rtt
from tests.sources.rtt_files import CELLS, HEADER, MEMBER, NAME, Cell, csv_of, extract, rows_of, with_cell, zipped


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return rtt.parse(extract(), NAME)


def one(table: pl.DataFrame, **key: str) -> dict[str, object]:
    return table.filter(*(pl.col(name) == value for name, value in key.items())).row(0, named=True)


def test_every_published_row_is_there_with_its_month_and_its_labels(table: pl.DataFrame) -> None:
    assert table.schema == pl.Schema(rtt.SCHEMA)
    assert table.height == len(rows_of(CELLS))
    assert table["month"].unique().to_list() == [date(2026, 1, 1)]
    row = one(table, organisation="NT001", treatment_function="C_110")
    assert (row["organisation_name"], row["commissioner"], row["row"]) == ("SITE, THE", "13Q", 10)


def test_a_blank_band_is_a_zero_but_a_part_without_bands_has_none(table: pl.DataFrame) -> None:
    waiting = one(table, commissioner="36L", part="Part_2", treatment_function="C_100")
    assert [waiting[f"week_{week:03}"] for week in (0, 1, 2, 17, 104)] == [10, 0, 0, 8, 1]
    new = one(table, part="Part_3", treatment_function="C_100")
    assert (new["week_000"], new["pathways"]) == (None, 31)


def test_total_all_is_the_size_where_total_is_blank(table: pl.DataFrame) -> None:
    waiting, completed = one(table, part="Part_2", treatment_function="X04"), one(table, part="Part_1A", treatment_function="C_100")
    assert (waiting["known_clock_start"], waiting["pathways"]) == (None, 22)
    assert (completed["known_clock_start"], completed["unknown_clock_start"], completed["pathways"]) == (7, 1, 8)


def test_total_rows_are_marked_by_their_code_wherever_they_stand() -> None:
    rows = rows_of(CELLS)
    turned = rtt.parse(zipped({MEMBER: csv_of(reversed(rows))}), NAME)
    assert turned.filter("is_total")["treatment_function"].unique().to_list() == ["C_999"]
    assert turned["is_total"].sum() == sum(row[HEADER.index("Treatment Function Code")] == "C_999" for row in rows)


def test_commissioners_are_summed_and_nonc_is_kept_apart_by_its_code(table: pl.DataFrame) -> None:
    summed = rtt.summed(table)
    assert summed.schema == pl.Schema(rtt.SUMMED_SCHEMA)
    mine = summed.filter(organisation="RA1", part="Part_2", treatment_function="C_100")
    assert mine.select("is_nonc", "pathways").rows() == [(False, 35), (True, 9)]
    assert mine["bands"][0][0] == 17
    assert (mine["bands"].list.len() == 105).all()
    assert summed.filter(part="Part_3")["bands"].list.len().unique().to_list() == [0]
    assert summed.select("organisation", "region").unique().sort("organisation").rows() == [("NT001", None), ("RA1", "Y56")]


def test_columns_are_found_by_their_text_in_any_order_and_below_front_matter() -> None:
    rows = [list(reversed(row)) for row in rows_of(CELLS)]
    body = b"Referral to treatment\r\n\r\n" + csv_of(rows, reversed(HEADER))
    turned = rtt.parse(zipped({MEMBER: body}), NAME)
    assert turned.drop("row").equals(rtt.parse(extract(), NAME).drop("row"))


@pytest.mark.parametrize("spelling", ["10 ", "10.0", " 10"])
def test_what_spreadsheets_add_to_a_number_is_no_other_number(spelling: str) -> None:
    read = rtt.parse(with_cell(2, "Gt 00 To 01 Weeks SUM 1", spelling), NAME)
    assert one(read, part="Part_2", commissioner="36L", treatment_function="C_100")["week_000"] == 10


def test_quoted_blanks_a_byte_order_mark_and_an_empty_column_are_read_past() -> None:
    rows = [[cell or '""' for cell in row] + [""] for row in rows_of(CELLS)]
    read = rtt.parse(zipped({MEMBER: b"\xef\xbb\xbf" + csv_of(rows, [*HEADER, ""])}), NAME)
    assert read["pathways"].to_list() == rtt.parse(extract(), NAME)["pathways"].to_list()


def test_other_members_beside_the_csv_are_read_past() -> None:
    members = {"readme.txt": b"x", "__MACOSX/._" + MEMBER: b"y", "older.zip": extract(), "folder/" + MEMBER: csv_of(rows_of(CELLS))}
    assert rtt.parse(zipped(members), NAME).height == len(rows_of(CELLS))


def test_a_wait_of_a_part_of_another_function_code_is_kept() -> None:
    new_function = Cell("RA1", "36L", "Part_2", "X99", {1: 1})
    assert "X99" in rtt.parse(extract([*CELLS, new_function]), NAME)["treatment_function"].to_list()
