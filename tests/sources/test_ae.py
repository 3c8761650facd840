"""What the monthly A&E CSV says, in every form in which it was published."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sightline.sources import ae
from tests.sources.ae_files import BOOKED, FIXTURES, SIXTEEN, TWENTY_TWO, counts, edited, fixture, parsed, with_cell

# the figures that stand in layout-c.csv, and in the fixtures that differ from it in form only
DORSET = [4100, 0, 900, 30, 0, 5, 1200, 0, 10, 4, 0, 1, 150, 3, 1300, 0, 2, 250]
ROYAL_FREE = [9000, 410, 2000, 200, 7, 60, 3600, 9, 55, 21, 6, 8, 610, 12, 1900, 11, 13, 800]
SHEFFIELD = [0, 0, 3100, 0, 0, 45, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0]
CHESTER = [5700, 0, 640, 16, 0, 14, 2650, 0, 2, 17, 0, 0, 1040, 160, 1800, 0, 5, 270]
ALL_THREE = [13100, 410, 6000, 230, 7, 110, 4800, 9, 85, 25, 6, 9, 760, 15, 3200, 11, 15, 1050]
THREE = {"RBD": DORSET, "RAL": ROYAL_FREE, "Y03047": SHEFFIELD, "ENG": ALL_THREE}
FIRST_TWO = {"RBD": DORSET, "RAL": ROYAL_FREE}


# ------------------------------------------------------------------------------------------------------------- layouts


def test_layout_a_is_read_with_nothing_for_booked_appointments() -> None:
    frame = parsed("layout-a")
    assert counts(frame, SIXTEEN) == {
        "RBD": [3900, 0, 4200, 900, 0, 3, 120, 1, 1400, 0, 2, 330],
        "Y04538": [0, 0, 3300, 0, 0, 7, 0, 0, 0, 0, 0, 0],
        "RAL": [16000, 450, 5100, 3500, 11, 60, 700, 9, 4000, 21, 0, 1500],
        "RJR": [5700, 0, 640, 1650, 0, 2, 410, 16, 1800, 0, 5, 270],
        "ENG": [25600, 450, 13240, 6050, 11, 72, 1230, 26, 7200, 21, 7, 2100],
    }
    assert frame.select(pl.col(BOOKED).null_count()).row(0) == (5,) * 6
    assert frame["month"].unique().to_list() == [date(2020, 2, 1)]


def test_layout_b_is_read_with_nothing_for_booked_appointments() -> None:
    frame = parsed("layout-b")
    assert counts(frame, SIXTEEN) == {
        "RRK": [17000, 0, 2100, 2400, 0, 15, 310, 4, 6100, 0, 12, 950],
        "RAL": [8800, 190, 2600, 610, 2, 8, 90, 0, 2700, 5, 0, 1100],
        "Y02572": [0, 0, 830, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        "ENG": [25800, 190, 5530, 3010, 2, 23, 400, 4, 8800, 5, 12, 2050],
    }
    assert frame.select(pl.col(BOOKED).null_count()).row(0) == (4,) * 6
    assert frame["month"].unique().to_list() == [date(2020, 5, 1)]


def test_layout_c_is_read_with_booked_appointments_apart() -> None:
    frame = parsed("layout-c")
    assert counts(frame) == {
        "RBD": DORSET,
        "RAL": ROYAL_FREE,
        "Y03047": SHEFFIELD,
        "RJR": CHESTER,
        "ENG": [18800, 410, 6640, 246, 7, 124, 7450, 9, 87, 42, 6, 9, 1800, 175, 5000, 11, 20, 1320],
    }
    assert frame["month"].unique().to_list() == [date(2024, 11, 1)]


@pytest.mark.parametrize("name", sorted(path.stem for path in FIXTURES.glob("*.csv")))
def test_every_fixture_gives_the_columns_of_the_schema_one_total_and_one_month(name: str) -> None:
    frame = parsed(name)
    assert dict(frame.schema) == ae.SCHEMA
    assert frame["is_total"].to_list() == [False] * (frame.height - 1) + [True]
    assert frame["month"].n_unique() == 1
    assert frame["row"].is_sorted()


def test_every_fixture_is_named_in_the_readme() -> None:
    words = (FIXTURES / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in sorted(FIXTURES.glob("*.csv")) if f"`{path.name}`" not in words] == []


def test_fixtures_have_the_line_ends_of_the_publisher() -> None:
    bare = {path.stem for path in FIXTURES.glob("*.csv") if path.read_bytes().replace(b"\r\n", b"").count(b"\n")}
    assert bare == {"line-feeds"}


# --------------------------------------------------------------------------------------------- form without meaning


@pytest.mark.parametrize(
    "name",
    [
        "six-header-cells-too-many",
        "six-empty-columns",
        "rows-longer-than-header",
        "total-row-longer-than-header",
        "named-column-without-values",
        "name-twice-one-empty",
        "blank-lines",
        "blank-lines-before-the-header",
        "line-feeds",
        "headers-in-other-case-and-blanks",
        "columns-in-another-order",
    ],
)
def test_form_changes_no_figure(name: str) -> None:
    frame = parsed(name)
    assert counts(frame) == THREE
    assert frame["organisation_name"].to_list() == [
        "DORSET COUNTY HOSPITAL NHS FOUNDATION TRUST",
        "ROYAL FREE LONDON NHS FOUNDATION TRUST",
        "SHEFFIELD MINOR INJURIES UNIT",
        "England",
    ]
    assert frame["region"].to_list() == ["Y58", "Y56", "Y63", None]


@pytest.mark.parametrize("name", ["layout-a", "layout-b"])
def test_form_changes_no_figure_of_the_older_layouts(name: str) -> None:
    frame = parsed(name)
    for edit in (
        lambda lines: [lines[0] + b"," * 6, *lines[1:]],
        lambda lines: [line + b"," * 6 for line in lines],
        lambda lines: [lines[0], *(line + b"," * 6 for line in lines[1:])],
        lambda lines: [lines[0] + b",,Comments", *lines[1:]],
    ):
        assert ae.parse(edited(name, edit), name).equals(frame)


def test_a_byte_order_mark_is_no_part_of_the_first_header() -> None:
    assert fixture("byte-order-mark").startswith(b"\xef\xbb\xbfPeriod")
    assert parsed("byte-order-mark").equals(parsed("layout-a"))


def test_a_file_may_end_without_a_line_end() -> None:
    assert parsed("no-line-end-after-the-total").equals(parsed("layout-c"))


def test_line_ends_of_old_computers_are_line_ends() -> None:
    assert ae.parse(fixture("layout-c").replace(b"\r\n", b"\r"), "cr").equals(parsed("layout-c"))


def test_rows_are_numbered_by_the_line_in_the_file_whatever_is_blank() -> None:
    assert parsed("layout-c")["row"].to_list() == [2, 3, 4, 5, 6]
    assert parsed("blank-lines")["row"].to_list() == [2, 4, 7, 8]
    assert parsed("blank-lines-before-the-header")["row"].to_list() == [4, 5, 6, 7]
    assert parsed("name-on-two-lines")["row"].to_list() == [2, 4, 5]


def test_booked_columns_by_name_only_are_no_figures() -> None:
    for name in ("booked-names-without-cells", "booked-names-over-empty-cells"):
        assert parsed(name).equals(parsed("layout-b"))


# --------------------------------------------------------------------------------------------------------------- cells


def test_commas_and_quotation_marks_within_quoted_fields_belong_to_the_text() -> None:
    frame = parsed("quoted-fields")
    assert frame["organisation_name"].to_list() == [
        "BRACKNELL URGENT CARE CENTRE, ROYAL BERKSHIRE",
        'LOUGHBOROUGH "WALK IN" CENTRE',
        "DORSET COUNTY HOSPITAL NHS FOUNDATION TRUST",
        "England",
    ]
    assert frame["parent_organisation"][0] == "NHS ENGLAND SOUTH EAST (HAMPSHIRE, ISLE OF WIGHT AND THAMES VALLEY)"
    assert counts(frame, SIXTEEN)["RBD"] == [3900, 0, 4200, 900, 0, 3, 120, 1, 1400, 0, 2, 330]


def test_a_quotation_mark_within_a_plain_field_is_a_character() -> None:
    frame = ae.parse(with_cell(2, 4, 'DORSET 3" HOSPITAL'), "quote")
    assert frame["organisation_name"][0] == 'DORSET 3" HOSPITAL'
    assert counts(frame) == counts(parsed("layout-c"))


def test_a_name_broken_over_two_lines_is_one_name() -> None:
    frame = parsed("name-on-two-lines")
    assert frame["organisation_name"][0] == "DORSET COUNTY HOSPITAL NHS FOUNDATION TRUST"
    assert counts(frame.filter(~pl.col("is_total"))) == FIRST_TWO


@pytest.mark.parametrize("name", ["windows-1252", "byte-order-mark-and-windows-1252", "utf-8-name"])
def test_names_are_read_in_utf_8_and_in_windows_1252(name: str) -> None:
    frame = parsed(name)
    assert frame["organisation_name"][0] == "HÔPITAL DE L’EST – DORSET"
    assert counts(frame.filter(~pl.col("is_total"))) == FIRST_TWO


def test_a_byte_that_no_encoding_knows_does_not_hide_the_figures() -> None:
    frame = ae.parse(with_cell(2, 4, b"DORSET \x81 HOSPITAL"), "byte")
    assert frame["organisation_name"][0] == "DORSET \N{REPLACEMENT CHARACTER} HOSPITAL"
    assert counts(frame) == counts(parsed("layout-c"))


def test_blanks_around_a_cell_belong_to_nothing() -> None:
    frame = parsed("blanks-around-cells")
    assert counts(frame.filter(~pl.col("is_total"))) == FIRST_TWO
    assert frame["organisation_name"][0] == "DORSET COUNTY HOSPITAL NHS FOUNDATION TRUST"
    assert frame["parent_organisation"][0] == "NHS ENGLAND SOUTH WEST"


def test_commas_between_thousands_are_left_out() -> None:
    figures = counts(parsed("thousands-separators"))
    assert figures["RAL"][:3] == [9000, 410, 2000]
    assert figures["RRK"][:3] == [27015, 0, 1000000]
    assert figures["ENG"][:3] == [36015, 410, 1002000]


def test_a_whole_number_may_be_printed_with_one_or_two_decimal_noughts() -> None:
    assert counts(parsed("whole-numbers-with-decimals").filter(~pl.col("is_total"))) == FIRST_TWO


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("999999999999", 999999999999), ('"1,234,567"', 1234567), ('" 42 "', 42)])
def test_a_count_is_read_to_the_digit(text: str, number: int) -> None:
    body = edited("layout-c", lambda lines: [lines[0], lines[1].replace(b",4100,", f",{text},".encode()), *lines[2:]])
    assert ae.parse(body, "count")["attendances_type_1"][0] == number


def test_a_dash_and_an_empty_cell_are_no_figure_and_not_nought() -> None:
    figures = counts(parsed("dashes-and-empty-cells"))
    assert figures["RBD"] == [4100, 0, 900, 30, 0, 5, None, None, None, None, None, None, 150, 3, 1300, 0, 2, 250]
    assert figures["RAL"] == [9000, 410, 2000, 200, 7, None, *ROYAL_FREE[6:]]


# ------------------------------------------------------------------------------------------------------- organisations


def test_rows_of_noughts_are_kept() -> None:
    assert counts(parsed("rows-of-zeros")) == {"8J094": [0] * 18, "RBD": DORSET, "Y00751": [0] * 18, "ENG": DORSET}


def test_noughts_of_field_test_trusts_are_kept_as_published() -> None:
    frame = parsed("field-test-trust")
    over = [column for column in TWENTY_TWO if "over_4h" in column]
    assert frame.filter(pl.col("organisation").is_in(["RGT", "RYJ"])).select(over).rows() == [(0,) * 6, (0,) * 6]
    assert frame.filter(organisation="RGT")["attendances_type_1"].item() == 9800


def test_codes_and_names_are_those_of_the_file_whatever_became_of_them() -> None:
    assert parsed("changed-codes").select("organisation", "organisation_name").rows() == [
        ("RC9", "BEDFORDSHIRE HOSPITALS NHS FOUNDATION TRUST"),
        ("RH5", "SOMERSET NHS FOUNDATION TRUST"),
        ("RD3", "POOLE HOSPITAL NHS FOUNDATION TRUST"),
        ("NTV0B", "SKELMERSDALE WALK IN CENTRE"),
        ("ENG", "England"),
    ]


def test_codes_are_given_in_capitals() -> None:
    assert ae.parse(with_cell(2, 2, "rbd"), "code")["organisation"][0] == "RBD"


def test_the_order_of_rows_is_that_of_the_file() -> None:
    body = edited("layout-c", lambda lines: [lines[0], lines[5], *lines[4:0:-1]])
    assert ae.parse(body, "order")["organisation"].to_list() == ["ENG", "RJR", "Y03047", "RAL", "RBD"]


# ------------------------------------------------------------------------------------------------------------- regions


def test_all_seven_regions_are_known_with_their_trailing_blanks() -> None:
    names = fixture("region-names-with-trailing-blanks").decode()
    assert names.count(" ,") == 6  # six of seven: London has none
    frame = parsed("region-names-with-trailing-blanks")
    assert frame["region"].to_list() == ["Y56", "Y58", "Y59", "Y60", "Y61", "Y62", "Y63", None]
    assert frame["parent_organisation"].to_list()[:3] == ["NHS ENGLAND LONDON", "NHS ENGLAND SOUTH WEST", "NHS ENGLAND SOUTH EAST"]


def test_former_areas_in_brackets_count_in_their_region_and_stay_in_the_name() -> None:
    frame = parsed("former-areas-in-brackets")
    assert frame["region"].to_list() == ["Y61", "Y60", "Y63", "Y59", "Y58", "Y56", None]
    assert frame["parent_organisation"][3] == "NHS ENGLAND SOUTH EAST (KENT, SURREY AND SUSSEX)"


@pytest.mark.parametrize("text", ["Nhs England Midlands", "NHS  ENGLAND   MIDLANDS", "MIDLANDS", "NHS ENGLAND MIDLANDS(WEST MIDLANDS)"])
def test_a_region_is_known_in_other_spellings(text: str) -> None:
    assert ae.parse(with_cell(2, 3, text), "region")["region"][0] == "Y60"


@pytest.mark.parametrize("text", ["NHS ENGLAND NORTH", "", "NHS ENGLAND"])
def test_an_unknown_region_is_no_region_and_not_a_guess(text: str) -> None:
    frame = ae.parse(with_cell(2, 3, text), "region")
    assert frame["region"][0] is None
    assert frame["region"][1] == "Y56"


# ----------------------------------------------------------------------------------------------------------- total row

TOTALS = [
    # the eight published
    '"","","",TOTAL',
    '"","","",Total',
    "TOTAL,TOTAL,TOTAL,TOTAL",
    "Total,Total,Total,Total",
    'TOTAL,"TOTAL ","TOTAL ","TOTAL "',
    "TOTAl,TOTAl,TOTAl,TOTAl",
    '"Total ",Total,Total,Total',
    "Total ,Total ,Total ,Total ",
    # plausible
    "Total,,,",
    ",Total,,",
    ",,Total,",
    ",,,total",
    "MSitAE-NOVEMBER-2024,,,TOTAL",
    "MSitAE-NOVEMBER-2024,-,-,TOTAL",
    "MSitAE-NOVEMBER-2024,TOTAL,,",
    "-,-,-,England",
    "MSitAE-NOVEMBER-2024,-,England,England",
    "MSitAE-NOVEMBER-2024,ENG,ENGLAND,ENGLAND",
    "MSitAE-NOVEMBER-2024,E92000001,,England",
    ",,,England Total",
    ",,,Grand Total",
    ",,,Total:",
    ",,,Totals",
    ",,,TOTAL ENGLAND",
    ",,NHS ENGLAND,TOTAL",
    "\t TOTAL \t,\u00a0Total,,",
]


@pytest.mark.parametrize("labels", TOTALS)
def test_the_total_row_is_known_in_every_spelling(labels: str) -> None:
    body = edited("layout-c", lambda lines: [*lines[:-1], lines[-1].replace(b"TOTAL,TOTAL,TOTAL,TOTAL", labels.encode())])
    assert labels.encode() in body
    assert ae.parse(body, "total").equals(parsed("layout-c"))


def test_the_total_row_is_england_under_its_own_code() -> None:
    total = parsed("layout-c").filter("is_total")
    columns = ("row", "month", "organisation", "organisation_name", "parent_organisation", "region")
    assert total.select(columns).rows() == [(6, date(2024, 11, 1), "ENG", "England", None, None)]


def test_the_total_row_need_not_be_the_last() -> None:
    body = edited("layout-c", lambda lines: [lines[0], lines[-1], *lines[1:-1]])
    frame = ae.parse(body, "total")
    assert frame["is_total"].to_list() == [True, False, False, False, False]
    assert counts(frame) == counts(parsed("layout-c"))


def test_an_organisation_with_total_in_its_name_is_an_organisation() -> None:
    frame = ae.parse(with_cell(2, 4, "TOTAL CARE LTD"), "total")
    assert frame.select("organisation", "organisation_name", "is_total").row(0) == ("RBD", "TOTAL CARE LTD", False)


# -------------------------------------------------------------------------------------------------------------- period


@pytest.mark.parametrize(
    ("period", "month"),
    [
        ("MSitAE-JANUARY-2021", date(2021, 1, 1)),
        ("MSitAE-FEBRUARY-2021", date(2021, 2, 1)),
        ("MSitAE-MARCH-2021", date(2021, 3, 1)),
        ("MSitAE-APRIL-2021", date(2021, 4, 1)),
        ("MSitAE-MAY-2021", date(2021, 5, 1)),
        ("MSitAE-JUNE-2021", date(2021, 6, 1)),
        ("MSitAE-JULY-2021", date(2021, 7, 1)),
        ("MSitAE-AUGUST-2021", date(2021, 8, 1)),
        ("MSitAE-SEPTEMBER-2021", date(2021, 9, 1)),
        ("MSitAE-OCTOBER-2021", date(2021, 10, 1)),
        ("MSitAE-NOVEMBER-2021", date(2021, 11, 1)),
        ("MSitAE-DECEMBER-2021", date(2021, 12, 1)),
        ("msitae-december-2021", date(2021, 12, 1)),
        ("MSitAE - December - 2021", date(2021, 12, 1)),
        ("MSitAE-DEC-2021", date(2021, 12, 1)),
        ("MSitAE-SEPT-2021", date(2021, 9, 1)),
        ("MSitAE_MAY_2021", date(2021, 5, 1)),
    ],
)
def test_the_month_is_that_of_the_period(period: str, month: date) -> None:
    body = fixture("layout-c").replace(b"MSitAE-NOVEMBER-2024", period.encode())
    assert ae.parse(body, "period")["month"].unique().to_list() == [month]


def test_a_further_column_without_a_name_carries_no_data_whatever_stands_below_it() -> None:
    body = edited("layout-c", lambda lines: [lines[0] + b",", *(line + b",7" for line in lines[1:])])
    assert_frame_equal(ae.parse(body, "nameless.csv"), parsed("layout-c"))
