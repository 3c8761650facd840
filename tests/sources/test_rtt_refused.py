"""Extracts that are refused, with what was expected and what was seen."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from sightline.errors import BadInput
from sightline.sources import rtt
from tests.sources.rtt_files import BANDS, CELLS, HEADER, MEMBER, NAME, Cell, csv_of, extract, rows_of, with_cell, zipped


def refused(body: bytes) -> str:
    with pytest.raises(BadInput) as caught:
        rtt.parse(body, NAME)
    return str(caught.value)


def with_header(old: str, new: str) -> bytes:
    return zipped({MEMBER: csv_of(rows_of(CELLS), [new if text == old else text for text in HEADER])})


def without(column: str) -> bytes:
    place = HEADER.index(column)
    return zipped({MEMBER: csv_of([[*row[:place], *row[place + 1 :]] for row in rows_of(CELLS)], [text for text in HEADER if text != column])})


def further(header: str, cell: str) -> bytes:
    return zipped({MEMBER: csv_of([[*row, cell] for row in rows_of(CELLS)], [*HEADER, header])})


@pytest.mark.parametrize("band", [BANDS[0], BANDS[52], BANDS[-1]])
def test_a_renamed_or_missing_band_is_named(band: str) -> None:
    renamed = refused(with_header(band, "Over a while"))
    assert repr(band) in renamed
    assert "'Over a while'" in renamed
    assert repr(band) in refused(without(band))


def test_an_extra_or_doubled_column_is_named() -> None:
    assert "'Gt 104 To 105 Weeks SUM 1'" in refused(further("Gt 104 To 105 Weeks SUM 1", "1"))
    assert "a second time" in refused(further(BANDS[7], "0"))


def test_a_band_that_takes_the_name_of_another_is_missed() -> None:
    assert repr(BANDS[7]) in refused(with_header(BANDS[7], BANDS[8]))


@pytest.mark.parametrize(
    ("row", "column", "text", "seen"),
    [
        (2, BANDS[0], "11", "bands 29, total 28"),
        (0, "Total", "8", "bands 7, total 8"),
        (0, "Patients with unknown clock start date", "2", "7 and 2, in all 8"),
        (5, BANDS[0], "3", "Part_3: bands 3"),
        (2, BANDS[0], "ten", "'ten'"),
        (2, BANDS[0], "9.5", "'9.5'"),
        (2, BANDS[0], "-10", "'-10'|-10"),
        (2, BANDS[0], "99999999999", "'99999999999'"),
        (2, "Total All", "", "an empty cell"),
        (2, "RTT Part Type", "Part_9", "'Part_9'"),
        (2, "Provider Org Code", "", "None"),
        (2, "Period", "RTT-February-2026", "'RTT-February-2026'"),
    ],
)  # fmt: skip
def test_a_row_that_contradicts_itself_is_refused_at_its_line(row: int, column: str, text: str, seen: str) -> None:
    message = refused(with_cell(row, column, text))
    assert any(words in message for words in seen.split("|"))
    assert f"line {row + 2}" in message


def test_functions_that_do_not_sum_to_their_total_are_refused() -> None:
    rows = rows_of(CELLS)
    lost = zipped({MEMBER: csv_of(rows[1:])})
    assert "RA1 36L Part_1A: 0 pathways, C_999 8" in refused(lost)


def test_pathways_that_moved_from_band_to_band_are_seen() -> None:
    rows = rows_of(CELLS)
    first, second = HEADER.index(BANDS[0]), HEADER.index(BANDS[1])
    rows[2][first], rows[2][second] = "9", "1"
    assert "the same number of pathways in other bands" in refused(zipped({MEMBER: csv_of(rows)}))


def test_a_row_that_is_there_twice_is_refused() -> None:
    rows = rows_of(CELLS)
    assert "RA1 36L Part_1A C_100 more than once" in refused(zipped({MEMBER: csv_of([*rows, rows[0]])}))


def test_a_line_cut_short_or_an_open_quote_is_refused() -> None:
    text = csv_of(rows_of(CELLS))
    refused(zipped({MEMBER: text[:-200]}))
    refused(zipped({MEMBER: text.replace(b"FIRST NHS TRUST", b'"FIRST NHS TRUST', 1)}))


def test_what_is_no_extract_is_named() -> None:
    assert "an empty file" in refused(b"")
    assert "web page" in refused(b"<!DOCTYPE html>")
    assert "none in the first lines" in refused(zipped({"a.csv": b"Code,Name\r\n1,2\r\n"}))
    assert "a header and nothing else" in refused(zipped({MEMBER: csv_of([])}))


def test_an_archive_without_one_csv_is_refused() -> None:
    assert "an archive in an archive" in refused(zipped({"inner.zip": extract()}))
    assert "2 CSV files" in refused(zipped({"a.csv": b"x", "b.csv": b"y"}))
    assert "an empty archive" in refused(zipped({}))


@pytest.mark.parametrize("path", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "..\\evil.csv"])
def test_a_member_that_leads_out_of_the_archive_is_refused(path: str) -> None:
    assert "members inside the archive" in refused(zipped({MEMBER: csv_of(rows_of(CELLS)), path: b"x"}))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(MEMBER, "w") as member:
        for _ in range(64):
            member.write(bytes(1024**2))
    assert "packed at most" in refused(body.getvalue())


def test_a_member_that_lies_about_its_size_is_refused() -> None:
    body = bytearray(extract())
    directory = body.index(b"PK\x01\x02")
    (told,) = struct.unpack_from("<L", body, directory + 24)
    struct.pack_into("<L", body, directory + 24, told - 5000)
    refused(bytes(body))
    struct.pack_into("<L", body, directory + 24, told + 5000)
    refused(bytes(body))


def test_a_locked_or_damaged_archive_is_refused() -> None:
    body = bytearray(extract())
    directory = body.index(b"PK\x01\x02")
    body[directory + 8] |= 1
    assert "encrypted" in refused(bytes(body))
    damaged = bytearray(extract())
    damaged[len(damaged) // 3] ^= 0xFF
    refused(bytes(damaged))
    refused(extract()[:400])


def test_more_lines_than_any_month_has_are_refused() -> None:
    lines = csv_of([]) + b"\n" * (rtt.MOST_LINES + 1)
    assert "lines" in refused(zipped({MEMBER: lines}))


def test_a_part_larger_than_the_list_it_belongs_to_is_no_fault() -> None:
    cells = [*CELLS, Cell("NT001", "13Q", "Part_2A", "C_110", {5: 41})]
    assert rtt.parse(extract(cells), NAME).height == len(rows_of(cells))
