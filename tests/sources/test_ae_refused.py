"""What is refused of the monthly A&E CSV, and that the message says where, what was expected, what was seen and what to do."""

from __future__ import annotations

import time

import pytest

from sightline.errors import BadInput
from sightline.sources import ae
from tests.sources.ae_files import edited, fixture, with_cell

NAME = "November-2024-CSV.csv"


def refusal(body: bytes) -> BadInput:
    """The error with which a body is refused; its message holds every part in words."""
    with pytest.raises(BadInput) as caught:
        ae.parse(body, NAME)
    error = caught.value
    assert type(error) is BadInput
    for part in (error.where, error.expected, error.seen, error.action):
        assert part.strip()
        assert part in str(error)
    assert error.where.startswith(NAME)
    assert len(str(error)) < 1000
    assert str(error).isprintable()
    return error


# ------------------------------------------------------------------------------------------------------------- columns


def test_a_renamed_column_is_named_with_its_place_and_what_it_should_be() -> None:
    error = refusal(with_cell(1, 5, "Type 1 visits"))
    assert error.where == f"{NAME}, line 1, column 5"
    assert "'A&E attendances Type 1'" in error.expected
    assert "'Type 1 visits'" in error.seen
    assert "month before" in error.action


@pytest.mark.parametrize(("column", "header"), [(1, "Period"), (2, "Org Code"), (6, "A&E attendances Type 2"), (22, "Other emergency admissions")])
def test_a_missing_column_is_named(column: int, header: str) -> None:
    body = edited("layout-c", lambda lines: [b",".join(cell for place, cell in enumerate(line.split(b","), 1) if place != column) for line in lines])
    error = refusal(body)
    assert error.where == f"{NAME}, line 1"
    assert repr(header) in error.expected
    assert "21 columns" in error.seen


def test_a_missing_column_of_layout_a_is_named_in_the_words_of_layout_a() -> None:
    error = refusal(edited("layout-a", lambda lines: [lines[0].replace(b"Number of A&E attendances Type 2", b"Visits"), *lines[1:]]))
    assert "'Number of A&E attendances Type 2'" in error.expected


def test_booked_columns_are_all_there_or_none() -> None:
    error = refusal(with_cell(1, 10, ""))
    assert "'A&E attendances Booked Appointments Other Department'" in error.expected


def test_a_column_that_is_there_twice_with_figures_is_named() -> None:
    error = refusal(edited("layout-c", lambda lines: [lines[0] + b",A&E attendances Type 1", *(line + b",7" for line in lines[1:])]))
    assert error.where == f"{NAME}, line 1, column 23"
    assert "'A&E attendances Type 1' a second time" in error.seen
    assert "once" in error.expected


def test_a_further_column_with_a_name_and_figures_is_named() -> None:
    error = refusal(edited("layout-c", lambda lines: [lines[0] + b",Virtual attendances", *(line + b",7" for line in lines[1:])]))
    assert error.where == f"{NAME}, line 1, column 23"
    assert "'Virtual attendances'" in error.seen
    assert "known layout" in error.expected


def test_a_column_by_name_only_is_no_column_of_noughts() -> None:
    def without_figures(lines: list[bytes]) -> list[bytes]:
        return [lines[0], *(b",".join([*line.split(b",")[:4], b"", *line.split(b",")[5:]]) for line in lines[1:])]

    error = refusal(edited("layout-c", without_figures))
    assert error.where == f"{NAME}, column 5"
    assert "'A&E attendances Type 1'" in error.expected
    assert "empty" in error.seen


def test_absurdly_many_columns_are_refused() -> None:
    error = refusal(edited("layout-c", lambda lines: [lines[0] + b",x" * 100_000, *lines[1:]]))
    assert (error.where, error.expected, error.seen) == (f"{NAME}, line 1", "at most 256 columns", "100,022 columns")


# ---------------------------------------------------------------------------------------------------------------- rows


def test_a_row_with_too_many_filled_cells_is_named_with_line_and_column() -> None:
    error = refusal(edited("layout-c", lambda lines: [*lines[:2], lines[2] + b",17", *lines[3:]]))
    assert error.where == f"{NAME}, line 3, column 23"
    assert error.seen == "'17'"
    assert "header" in error.expected


@pytest.mark.parametrize("line", [2, 4, 6])
def test_a_row_cut_short_is_named_and_its_lost_cells_are_not_taken_as_missing(line: int) -> None:
    error = refusal(edited("layout-c", lambda lines: [*lines[: line - 1], lines[line - 1].rsplit(b",", 3)[0], *lines[line:]]))
    assert error.where == f"{NAME}, line {line}"
    assert "22 cells" in error.expected
    assert error.seen.startswith("19, beginning")


def test_a_file_cut_short_is_refused_wherever_it_was_cut() -> None:
    body = fixture("layout-c")
    start_of_total = body.index(b"TOTAL")
    last_cell = body.rindex(b",") + 1
    for end in range(0, last_cell, 7):
        error = refusal(body[:end])
        assert end < start_of_total or "line 6" in error.where


@pytest.mark.parametrize("line", [2, 3])
def test_a_lone_quotation_mark_that_swallows_the_rest_of_the_file_is_found_where_it_opens(line: int) -> None:
    body = edited("layout-c", lambda lines: [*lines[: line - 1], lines[line - 1].replace(b"NHS ENGLAND", b'"NHS ENGLAND', 1), *lines[line:]])
    error = refusal(body)
    assert error.where == f"{NAME}, line {line}"
    assert "quot" in error.expected
    assert "quotation mark" in error.action


def test_a_quotation_mark_that_swallows_whole_lines_is_found_even_where_another_closes_it() -> None:
    # what is left has the right number of cells, and two organisations would be gone without a word
    body = edited(
        "layout-c",
        lambda lines: [*lines[:2], lines[2].replace(b"NHS", b'"NHS', 1), lines[3], lines[4].replace(b"NORTH WEST ", b'NORTH WEST "'), lines[5]],
    )
    error = refusal(body)
    assert error.where == f"{NAME}, line 3"
    assert "next lines" in error.seen


@pytest.mark.parametrize(("line", "column", "text"), [(6, 22, '"1320'), (3, 5, '"90"00'), (3, 5, '"9000" '), (3, 4, '"ROYAL FREE" LONDON')])
def test_digits_and_letters_are_not_joined_over_a_quotation_mark(line: int, column: int, text: str) -> None:
    error = refusal(with_cell(line, column, text))
    assert error.where == f"{NAME}, line {line}"
    assert "quotation mark" in error.action


def test_a_quotation_mark_open_in_the_header_is_found() -> None:
    assert refusal(b'"' + fixture("layout-c")).where == f"{NAME}, line 1"


def test_a_cell_of_a_million_characters_is_refused() -> None:
    assert refusal(with_cell(3, 4, "A" * 1_000_000)).where == f"{NAME}, line 3"


@pytest.mark.parametrize("code", ["", "R/A", "ROYAL FREE", "R", "-", "RBD;RAL", "R1234567890", "<b>", "ÉÀÇ"])
def test_a_row_without_a_possible_organisation_code_is_named(code: str) -> None:
    error = refusal(with_cell(3, 2, code))
    assert error.where == f"{NAME}, line 3"
    assert "organisation code" in error.expected
    assert error.seen == repr(code)


def test_a_note_below_the_table_is_named_and_not_taken_for_an_organisation() -> None:
    error = refusal(edited("layout-c", lambda lines: [*lines, b"Source: monthly A&E return"]))
    assert error.where == f"{NAME}, line 7"
    assert "Source: monthly A&E return" in error.seen


# -------------------------------------------------------------------------------------------------------------- counts


@pytest.mark.parametrize(
    "text",
    [
        *("many", "-5", "+5", "12.5", "1.000", "1e3", "0x1F", "5%", "1 000", "12 34", "n/a", "*", "--", "NaN", "inf", "٣", "²"),
        *("1000000000000", "9223372036854775808", "9" * 40),
    ],
)
def test_a_count_that_is_no_whole_number_is_named_with_line_column_and_header(text: str) -> None:
    error = refusal(with_cell(4, 7, text))
    assert error.where == f"{NAME}, line 4, column 7 'A&E attendances Other A&E Department'"
    assert "whole number" in error.expected
    assert error.seen == repr(text)
    assert "workbook" in error.action


@pytest.mark.parametrize("text", ["1,2", "12,34", "1,0000", "1234,567", ",123", "1,234,56", "1,,234"])
def test_commas_elsewhere_than_between_thousands_are_refused(text: str) -> None:
    body = edited("layout-c", lambda lines: [lines[0], lines[1].replace(b",4100,", f',"{text}",'.encode()), *lines[2:]])
    error = refusal(body)
    assert error.where == f"{NAME}, line 2, column 5 'A&E attendances Type 1'"
    assert error.seen == repr(text)


def test_of_many_unreadable_counts_the_first_is_named_and_all_are_counted() -> None:
    body = edited(
        "layout-c", lambda lines: [*lines[:2], lines[2].replace(b"9000", b"x"), lines[3].replace(b"3100", b"y").replace(b",45,", b",z,"), *lines[4:]]
    )
    error = refusal(body)
    assert error.where.startswith(f"{NAME}, line 3, column 5")
    assert error.seen == "'x' (3 such cells)"


def test_a_count_in_the_total_row_is_held_to_the_same() -> None:
    assert refusal(with_cell(6, 5, "-18800")).where.startswith(f"{NAME}, line 6, column 5")


# ----------------------------------------------------------------------------------------------------------- total row


def test_a_file_without_a_total_row_is_refused() -> None:
    error = refusal(edited("layout-c", lambda lines: lines[:-1]))
    assert (error.expected, error.seen) == ("one total row", "none in 4 rows")
    assert "complete" in error.action


def test_two_total_rows_are_both_named() -> None:
    error = refusal(edited("layout-c", lambda lines: [*lines, lines[-1].replace(b"TOTAL", b"Total ")]))
    assert error.where == f"{NAME}, line 7"
    assert error.expected == "one total row"
    assert error.seen == "2 (lines 6, 7)"


def test_a_row_named_total_with_the_code_of_an_organisation_is_neither() -> None:
    error = refusal(with_cell(3, 4, "Total"))
    assert error.where == f"{NAME}, line 3"
    assert error.seen == "'Total' with code 'RAL'"


def test_a_total_row_alone_is_no_table() -> None:
    error = refusal(edited("layout-c", lambda lines: [lines[0], lines[-1].replace(b"TOTAL", b"MSitAE-NOVEMBER-2024", 1)]))
    assert "total row and nothing else" in error.seen


# -------------------------------------------------------------------------------------------------------------- period


def test_two_months_in_one_file_are_both_named() -> None:
    error = refusal(with_cell(4, 1, "MSitAE-OCTOBER-2024"))
    assert error.where == f"{NAME}, line 4"
    assert "2024-11" in error.expected
    assert "2024-10" in error.seen


def test_a_total_row_of_another_month_is_refused() -> None:
    error = refusal(with_cell(6, 1, "MSitAE-NOVEMBER-2023"))
    assert error.where == f"{NAME}, line 6"
    assert "2023-11" in error.seen


@pytest.mark.parametrize(
    "period",
    [
        *("", "2024-11", "November 2024", "MSitAE-NOVEMBER", "MSitAE-11-2024", "MSitAE-NOVEMBER-24", "MSitAE-NOVEMBER-0000", "MSitAE-NOVEMBER-20245"),
        *("MSitAE-NOVEMBRE-2024", "MSitAE-NOV2024", "MSitAE-NOVEMBER-٢٠٢٤", "RTT-November-2024", "MSitAE-QUARTER-2024"),
    ],
)
def test_a_period_that_cannot_be_read_is_named(period: str) -> None:
    error = refusal(fixture("layout-c").replace(b"MSitAE-NOVEMBER-2024", period.encode()))
    assert error.where == f"{NAME}, line 2"
    assert "MSitAE-APRIL-2019" in error.expected
    assert error.seen == repr(period)


# -------------------------------------------------------------------------------------------------------- other bodies


@pytest.mark.parametrize("body", [b"", b"\r\n\r\n", b"   ", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_an_empty_file_is_refused(body: bytes) -> None:
    assert refusal(body).seen == "an empty file"


@pytest.mark.parametrize("body", [b",,,\r\n,,,\r\n", b'""\r\n', "\u00a0\r\n\u2003".encode(), b'"\r\n"\r\n'])
def test_a_file_of_blank_lines_is_refused(body: bytes) -> None:
    assert "blank lines" in refusal(body).seen


@pytest.mark.parametrize(
    "body", [fixture("layout-c").split(b"\r\n")[0], fixture("layout-c").split(b"\r\n")[0] + b"\r\n\r\n,,\r\n", b"Period\r\n", b"x"]
)
def test_a_header_without_rows_is_refused(body: bytes) -> None:
    assert "rows" in refusal(body).expected


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!DOCTYPE html>\n<html><head><title>Page not found</title></head><body>Sorry, nothing here</body></html>", "web page"),
        (b"\xef\xbb\xbf\r\n  <html><body>404</body></html>", "web page"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "web page"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00[Content_Types].xml", ".xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512, ".xls"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "PDF"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "gzip"),
        (fixture("layout-c").decode().encode("utf-16"), "UTF-16"),
    ],
    ids=["html", "html after blanks", "xml", "xlsx", "xls", "pdf", "gzip", "utf-16"],
)
def test_a_body_that_is_no_csv_is_called_by_its_name(body: bytes, words: str) -> None:
    error = refusal(body)
    assert error.expected == "a CSV file"
    assert words in error.seen
    assert "link" in error.action


def test_a_nul_byte_is_named_with_its_line() -> None:
    error = refusal(with_cell(3, 4, b"ROYAL\x00FREE"))
    assert error.where == f"{NAME}, line 3"
    assert "NUL" in error.seen


@pytest.mark.parametrize("body", [bytes(range(1, 256)) * 40, b"\xff" * 1000, b"Not Found", b'{"error": "not found", "code": 404}\n{}\n'])
def test_any_other_body_is_refused(body: bytes) -> None:
    refusal(body)


def test_another_csv_is_refused_by_its_header() -> None:
    error = refusal(b"Period,Provider Org Code,Total All\r\nRTT-April-2024,RBD,12\r\n")
    assert "'Org Code'" in error.expected
    assert "'Provider Org Code'" in error.seen


# -------------------------------------------------------------------------------------------------------------- limits


def test_a_body_over_the_limit_is_refused_and_one_at_the_limit_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    body = fixture("layout-c")
    monkeypatch.setattr(ae, "LARGEST_BODY", len(body))
    assert ae.parse(body, NAME).height == 5
    monkeypatch.setattr(ae, "LARGEST_BODY", len(body) - 1)
    error = refusal(body)
    assert f"{len(body) - 1:,} bytes" in error.expected
    assert f"{len(body):,} bytes" in error.seen


@pytest.mark.parametrize("before", [b"", fixture("layout-c")], ids=["alone", "below a table"])
@pytest.mark.parametrize(
    "piece", [b"\n", b"\r", b"\r\n,", b",", b'"', b'",', b"a", b'"\n', b"a,b\n", b"\x80", fixture("layout-c").split(b"\r\n")[1] + b"\n"]
)
def test_masses_are_refused_within_seconds(before: bytes, piece: bytes) -> None:
    body = before + piece * (4 * 1024 * 1024 // len(piece))
    begun = time.monotonic()
    refusal(body)
    assert time.monotonic() - begun < 10
