"""What the sheet *Provider Level Data* says, in every form in which it was published, and what is refused of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import polars as pl
import pytest

from sightline.errors import BadInput
from sightline.sources import ae, ae_workbook, spreadsheet
from tests.sources.workbooks import (
    CAMBRIDGE,
    ENGLAND,
    GROUP_ROW,
    HEADINGS,
    OVER,
    ROYAL_FREE,
    SHEFFIELD,
    WITHIN,
    Grid,
    provider,
    provider_sheet,
    with_cells,
    xls,
    xlsx,
)

NAME = "March-2020-AE-by-provider.xls"
SHEET = "Provider Level Data"

#: the figures in the order in which the publisher prints them, by the names that sightline promises
PRINTED = (
    *("attendances_type_1", "attendances_type_2", "attendances_other", "attendances_all"),
    *("within_4h_type_1", "within_4h_type_2", "within_4h_other", "within_4h_all"),
    *("over_4h_type_1", "over_4h_type_2", "over_4h_other", "over_4h_all"),
    *("percentage_all", "percentage_type_1", "percentage_type_2", "percentage_other"),
    *("emergency_admissions_type_1", "emergency_admissions_type_2", "emergency_admissions_other", "emergency_admissions_via_ae"),
    *("other_emergency_admissions", "emergency_admissions_all", "dta_over_4h", "dta_12h"),
)


@pytest.fixture(scope="module")
def read() -> Iterator[spreadsheet.Reader]:
    with spreadsheet.reader() as many:
        yield many


def figures(frame: pl.DataFrame) -> dict[str, list[Any]]:
    return {code: list(printed) for code, *printed in frame.select("organisation", *PRINTED).iter_rows()}


def none_for_dashes(printed: list[Any]) -> list[Any]:
    return [None if cell == "-" else cell for cell in printed]


AS_PRINTED = {
    "ENG": ENGLAND,
    "RGT": none_for_dashes(CAMBRIDGE),
    "RAL": ROYAL_FREE,
    "Y03047": none_for_dashes(SHEFFIELD),
}


# ---------------------------------------------------------------------------------------------------------- as published


def test_every_figure_is_read_under_its_name(read: spreadsheet.Read) -> None:
    frame = ae_workbook.parse(provider(), NAME, read)
    assert figures(frame) == AS_PRINTED
    assert dict(frame.schema) == ae_workbook.SCHEMA
    assert frame.select("row", "is_total", "organisation", "organisation_name", "region").rows() == [
        (17, True, "ENG", "England", None),
        (19, False, "RGT", "Cambridge University Hospitals NHS Foundation Trust", "Y61"),
        (20, False, "RAL", "Royal Free London NHS Foundation Trust", "Y56"),
        (21, False, "Y03047", "Sheffield Walk-in Centre", "Y63"),
    ]
    assert frame.select("month", "published", "revised_on").unique().rows() == [(date(2020, 3, 1), date(2020, 4, 9), date(2020, 8, 13))]


def test_a_dash_is_no_figure_and_nought_is_one(read: spreadsheet.Read) -> None:
    trust = ae_workbook.parse(provider(), NAME, read).row(by_predicate=pl.col("organisation") == "RGT", named=True)
    assert trust["within_4h_all"] is None
    assert trust["over_4h_type_1"] is None
    assert trust["percentage_all"] is None
    assert trust["attendances_type_2"] == 0
    assert trust["dta_12h"] == 3


ERAS = {
    "2019-04": [SHEET, "STP Level Data", "STP Mapping", "Acute Trust Footprint Data", "Acute Trust Mapping"],
    "2020-08": [SHEET, "Non-Booked Data", "Booked Appointments Data", "STP Level Data", "STP Mapping", "Acute Trust Footprint Data"],
    "2022-04": ["System Level Data", SHEET, "Non-Booked Data", "Booked Appointments Data", "STP Mapping", "Acute Trust Footprint Data"],
    "2022-07": ["System Level Data", SHEET, "Non-Booked Data", "Booked Appointments Data", "System Mapping", "Acute Trust Footprint Data"],
    "2022-12": ["System Level Data", "System Mapping", SHEET, "Non-Booked Data", "Booked Appointments Data", "Acute Trust Footprint Data", "QA"],
}


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("kind", [xlsx, xls])
def test_the_sheet_is_found_among_those_of_its_era(era: str, kind: Callable[..., bytes], read: spreadsheet.Read) -> None:
    # the sheets of booked and of other attendances have the same headings over other figures
    others = with_cells(provider_sheet(), {"E17": 1, "E19": 1, "E20": 1, "E21": 1})
    body = kind({name: provider_sheet() if name == SHEET else others for name in ERAS[era]})
    assert figures(ae_workbook.parse(body, NAME, read)) == AS_PRINTED


def moved(rows: int, columns: int) -> bytes:
    """The sheet further down and to the right."""
    return xlsx({SHEET: [[""] * 40] * rows + [[""] * columns + line for line in provider_sheet()]})


def turned() -> bytes:
    """The groups from last to first, and the columns of each of them; the labels stay where they are."""
    sheet = provider_sheet()
    order = [0, 1, 2, 3, *range(20, 28), *range(16, 20), *range(12, 16), *range(8, 12), *range(4, 8)]
    lines = [[line[place] for place in order] for line in sheet]
    lines[14] = [""] * 28
    for place, old in {4: 20, 12: 16, 16: 12, 20: 8, 24: 4}.items():
        lines[14][place] = GROUP_ROW[old]
    return xlsx({SHEET: lines})


def merged(book: Any) -> None:
    sheet = book.get_worksheet_by_name(SHEET)
    for cells, text in {"E15:H15": "A&E attendances", "I15:L15": WITHIN, "M15:P15": OVER, "U15:AB15": "Emergency Admissions"}.items():
        sheet.merge_range(cells, text)


READ_ALIKE: dict[str, Callable[[], bytes]] = {
    "xls": lambda: xls({SHEET: provider_sheet()}),
    "sheet-name-in-other-case-and-blanks": lambda: xlsx({" PROVIDER level Data ": provider_sheet()}),
    "hidden-sheet": lambda: xlsx({"Notes": [["see next sheet"]], SHEET: provider_sheet()}, hidden=(SHEET,)),
    "table-further-down": lambda: moved(7, 0),
    "table-further-right": lambda: moved(0, 5),
    "groups-and-columns-in-another-order": turned,
    "merged-group-headings": lambda: xlsx({SHEET: provider_sheet()}, finish=merged),
    "headings-in-other-case-and-blanks": lambda: provider({"E15": " A&E  ATTENDANCES", "B16": "code ", "H16": "Total\nAttendances", "AA15": ""}),
    "no-column-of-look-ups": lambda: xlsx({SHEET: [line[:28] for line in provider_sheet()]}),
    "a-column-beyond-a-gap": lambda: provider({"AE16": "Standard", "AE17": 0.95, "AE19": 0.95} | {"AD1": 1}),
    "an-unknown-column-without-figures": lambda: provider({"AC16": "Comments", "AC19": "", "AC20": "", "AC21": ""}),
    "numbers-as-text": lambda: provider({"E19": "8000", "E20": "9000.0", "Q20": str(9590 / 11410)}),
    "blanks-around-texts": lambda: provider({"B19": " RGT ", "F19": " 0", "I19": " - "}),
    "code-in-small-letters": lambda: provider({"B19": "rgt"}),
    "england-without-dashes": lambda: provider({"B17": "", "C17": "", "D17": "ENGLAND "}),
    "england-under-its-code-of-the-ons": lambda: provider({"B17": "E92000001"}),
    "england-last": lambda: xlsx({SHEET: [*provider_sheet()[:16], *provider_sheet()[18:], provider_sheet()[16]]}),
    "an-empty-row-between-organisations": lambda: xlsx({SHEET: [*provider_sheet()[:19], [""] * 29, *provider_sheet()[19:]]}),
    "notes-below": lambda: provider(
        {
            "B23": "Note:",
            "B24": "1. Organisations that did not submit any Monthly Accident and Emergency data for the monthly period ending March 2020",
            "B25": "code - RYF",
            "C25": "Organisation  - South Western Ambulance Service NHS Foundation Trust",
            "B26": "NQ106",
            "C26": "Organisation  - Fryatt Hospital",
        }
    ),
    "notes-to-the-right": lambda: provider({"AF3": "Note:", "AF20": "provisional"}),
}


@pytest.mark.parametrize("quirk", READ_ALIKE)
def test_the_same_figures_are_read_in_another_form(quirk: str, read: spreadsheet.Read) -> None:
    frame = ae_workbook.parse(READ_ALIKE[quirk](), NAME, read)
    assert dict(sorted(figures(frame).items())) == dict(sorted(AS_PRINTED.items()))
    assert frame["is_total"].sum() == 1


def test_the_regions_of_2019_with_their_former_areas_are_the_regions_of_today(read: spreadsheet.Read) -> None:
    cells = {"C19": "NHS ENGLAND SOUTH WEST (SOUTH WEST NORTH)", "C20": "NHS England  Midlands ", "C21": "Elsewhere"}
    frame = ae_workbook.parse(provider(cells), NAME, read)
    assert frame["region"].to_list() == [None, "Y58", "Y60", None]


# -------------------------------------------------------------------------------------------------------------- the head


@pytest.mark.parametrize(
    ("period", "month"),
    [
        ("March 2020", date(2020, 3, 1)),
        ("November  2024", date(2024, 11, 1)),
        (" SEPTEMBER 2020 ", date(2020, 9, 1)),
        ("Sept 2020", date(2020, 9, 1)),
        ("Mar-2020", date(2020, 3, 1)),
        (date(2020, 3, 1), date(2020, 3, 1)),
        (date(2020, 3, 31), date(2020, 3, 1)),
    ],
)
def test_the_month_is_read_as_people_and_spreadsheets_write_it(period: object, month: date, read: spreadsheet.Read) -> None:
    assert ae_workbook.parse(provider(period=period), NAME, read)["month"].unique().to_list() == [month]


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("16th July 2022", date(2022, 7, 16)),
        ("13 June 2024", date(2024, 6, 13)),
        ("1st September 2022", date(2022, 9, 1)),
        ("22nd  Dec 2022", date(2022, 12, 22)),
        ("3RD JANUARY, 2023", date(2023, 1, 3)),
        ("Thursday 14th July 2022", date(2022, 7, 14)),
        (date(2022, 7, 14), date(2022, 7, 14)),
        ("", None),
        ("-", None),
        ("July 2022", None),
        ("31st June 2023", None),
        ("14th Julember 2022", None),
        ("14/07/2022", None),
        ("to be announced", None),
        ("13th May 2021 and 12th May 2022", None),
        # no month is published before it has ended: the year was typed wrong
        ("14th July 2021", None),
        ("30th June 2022", None),
    ],
)
def test_a_date_typed_by_hand_is_read_or_null(typed: object, day: date | None, read: spreadsheet.Read) -> None:
    frame = ae_workbook.parse(provider(period="June 2022", published=typed, revised=typed), NAME, read)
    assert frame.select("published", "revised_on").unique().rows() == [(day, day)]


def test_a_head_without_dates_gives_none(read: spreadsheet.Read) -> None:
    frame = ae_workbook.parse(provider({"B9": "", "C9": "", "B10": "", "C10": ""}), NAME, read)
    assert frame.select("published", "revised_on").unique().rows() == [(None, None)]


def test_head_cells_are_found_by_their_words(read: spreadsheet.Read) -> None:
    cells = {"B6": "", "C6": "", "B9": "", "C9": "", "H3": "PERIOD :", "I3": "May 2021", "F12": "Published:", "G12": "10th June 2021"}
    frame = ae_workbook.parse(provider(cells), NAME, read)
    assert frame.select("month", "published").unique().rows() == [(date(2021, 5, 1), date(2021, 6, 10))]


# --------------------------------------------------------------------------------------------------------------- refused


def cut(first: int, last: int) -> Grid:
    """The sheet without some rows, counted from 1."""
    return [line for row, line in enumerate(provider_sheet(), start=1) if not first <= row <= last]


def twice(row: int) -> Grid:
    sheet = provider_sheet()
    return [*sheet, sheet[row - 1]]


def without_column(place: int) -> bytes:
    return xlsx({SHEET: [line[:place] + line[place + 1 :] for line in provider_sheet()]})


def merged_headings(book: Any) -> None:
    book.get_worksheet_by_name(SHEET).merge_range("E16:F16", HEADINGS[4])


def chart_sheet(book: Any) -> None:
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=Notes!$A$1:$A$2"})
    book.add_chartsheet(SHEET).set_chart(chart)


#: a quirk -> the file, where the message looks, what it saw, what it expected
REFUSED: dict[str, tuple[Callable[[], bytes], str, str, str]] = {
    # sheets
    "sheet-missing": (lambda: xlsx({"System Level Data": [[1]]}), "", "'System Level Data'", "provider level data"),
    "sheet-renamed": (lambda: xlsx({"Provider Data": provider_sheet()}), "", "'Provider Data'", "provider level data"),
    "sheet-twice": (lambda: xlsx({SHEET: provider_sheet(), SHEET + " ": provider_sheet()}), "", "2 sheets", "no other of that name"),
    "sheet-that-is-a-chart": (lambda: xlsx({"Notes": [[1]]}, finish=chart_sheet), "", "(no worksheet)", "provider level data"),
    "sheet-empty": (lambda: xlsx({SHEET: [[]]}), "sheet", "an empty sheet", "a table"),
    "sheet-of-10000-columns": (lambda: provider({"NTP20": "far"}), "sheet", "10,000 columns", "256 columns"),
    "sheet-of-25000-rows": (lambda: provider({"E25000": 1}), "sheet", "25,000 rows", "20,000 rows"),
    "head-without-a-table": (lambda: xlsx({SHEET: provider_sheet()[:14]}), "sheet", "none in 14 rows", "'Code', 'Region', 'Name'"),
    "two-tables": (lambda: xlsx({SHEET: provider_sheet() + provider_sheet()[14:]}), "sheet", "2 (rows 16, 23)", "one row with the headings"),
    # headings
    "heading-renamed": (lambda: provider({"E16": "Type 1 visits"}), "row 16", "column E 'Type 1 visits'", "'Type 1 Departments - Major A&E'"),
    "heading-missing": (lambda: provider({"Q16": ""}), "row 16", "without it", "'Percentage in 4 hours or less (all)'"),
    "heading-doubled": (lambda: provider({"AC16": HEADINGS[27]}), "row 16", f"column AC {HEADINGS[27]!r} a second time", "once"),
    "heading-in-place-of-another": (lambda: provider({"F16": HEADINGS[4]}), "row 16", "without it", "'Type 2 Departments - Single Specialty'"),
    "heading-unknown-over-figures": (lambda: provider({"AC16": "Virtual"}), "row 16", "column AC 'Virtual'", "known"),
    "headings-merged": (
        lambda: xlsx({SHEET: with_cells(provider_sheet(), {"F16": ""})}, finish=merged_headings),
        "row 16",
        "without it",
        "'Type 2 Departments",
    ),
    "column-missing": (lambda: without_column(26), "row 16", "without it", ">4 hours from decision to admit"),
    "group-missing": (lambda: provider({"I15": ""}), "row 16", "without it", f"under {WITHIN!r}"),
    "group-renamed": (lambda: provider({"Q15": "Share"}), "row 16", "'Percentage in 4 hours or less (all)'", "under 'Percentage of attendances"),
    "groups-exchanged": (lambda: provider({"I15": OVER, "M15": WITHIN}), "row 16", "'Total Attendances < 4 hours'", "'Total Attendances < 4 hours'"),
    "all-groups-missing": (lambda: provider({f"{column}15": "" for column in "EIMQU"}), "above row 16", "none", "'A&E attendances'"),
    "label-renamed": (lambda: provider({"B16": "Org Code"}), "sheet", "none in 21 rows", "'Code'"),
    # figures
    "text-in-a-number": (lambda: provider({"E19": "eight"}), "cell E19", "'eight'", "a whole number"),
    "thousands-as-text": (lambda: provider({"E19": "8,000"}), "cell E19", "'8,000'", "a whole number"),
    "number-negative": (lambda: provider({"E20": -1}), "cell E20", "'-1.0'", "a whole number from 0"),
    "number-with-a-fraction": (lambda: provider({"AA20": 12.5}), "cell AA20", "'12.5'", "a whole number"),
    "number-too-large": (lambda: provider({"E20": 1e15}), "cell E20", "1", "999,999,999,999"),
    "number-that-is-true": (lambda: provider({"E20": True}), "cell E20", "'true'", "a whole number"),
    "number-that-is-a-date": (lambda: provider({"E20": date(2020, 3, 1)}), "cell E20", "'2020-03-01'", "a whole number"),
    "digits-of-another-script": (lambda: provider({"E20": "٣٤"}), "cell E20", "'٣٤'", "a whole number"),
    "asterisk-for-a-small-number": (lambda: provider({"AB21": "*"}), "cell AB21", "'*'", "or '-'"),
    "cell-empty": (lambda: provider({"G19": ""}), "cell G19", "an empty cell", "a whole number"),
    "several-cells-empty": (lambda: provider({"G19": "", "H19": "", "G20": ""}), "cell G19", "(3 such cells)", "a whole number"),
    "error-ref": (lambda: provider({"G20": "=#REF!"}), "cell G20", "a formula error", "a whole number"),
    "error-division-by-nought": (lambda: provider({"Q20": "=#DIV/0!"}), "cell Q20", "a formula error", "a proportion"),
    "error-not-available": (lambda: provider({"B20": "=#N/A"}), "cell B20", "''", "letters and digits"),
    "error-in-a-whole-row": (lambda: provider({f"{column}20": "=#REF!" for column in "EFGHIJKLMNOPQRSTUVWXYZ"}), "cell E20", "such cells", "a whole"),
    "percentage-above-1": (lambda: provider({"Q20": 84.05}), "cell Q20", "'84.05'", "from 0 to 1"),
    "percentage-just-above-1": (lambda: provider({"Q20": 1.0001}), "cell Q20", "'1.0001'", "from 0 to 1"),
    "percentage-negative": (lambda: provider({"Q20": -0.5}), "cell Q20", "'-0.5'", "from 0 to 1"),
    "percentage-as-text": (lambda: provider({"Q20": "95.1%"}), "cell Q20", "'95.1%'", "from 0 to 1"),
    "percentage-of-england-as-text": (lambda: provider({"Q17": "87.1%"}), "cell Q17", "'87.1%'", "from 0 to 1"),
    # rows
    "england-missing": (lambda: xlsx({SHEET: cut(17, 17)}), "sheet", "0 for England, 3 others", "one row for England"),
    "england-twice": (lambda: xlsx({SHEET: twice(17)}), "sheet", "2 for England (rows 17, 22)", "one row for England"),
    "england-and-a-total": (lambda: provider({"B21": "-", "D21": "Total"}), "sheet", "2 for England (rows 17, 21)", "one row for England"),
    "england-with-the-code-of-a-trust": (lambda: provider({"B17": "RXX"}), "sheet", "0 for England, 4 others", "one row for England"),
    "england-without-figures": (lambda: provider({f"{column}17": "-" for column in "EFGH"}), "cell E17", "'-'", "a figure for England"),
    "england-without-its-percentage": (lambda: provider({"Q17": "-"}), "cell Q17", "'-'", "a figure for England"),
    "england-alone": (lambda: xlsx({SHEET: cut(18, 21)}), "sheet", "1 for England (rows 17), 0 others", "a row an organisation"),
    "organisation-twice": (lambda: xlsx({SHEET: twice(20)}), "cell B22", "'RAL'", "once"),
    "organisation-twice-in-other-case": (lambda: provider({"B21": "ral"}), "cell B21", "'RAL'", "once"),
    "organisation-without-a-code": (lambda: provider({"B20": ""}), "cell B20", "''", "letters and digits"),
    "organisation-without-a-name": (lambda: provider({"D20": ""}), "cell D20", "an empty cell", "belong to"),
    "organisation-without-figures": (lambda: provider({"B22": "RYF", "C22": "London", "D22": "A Trust"}), "cell E22", "an empty cell", "a whole"),
    "code-that-is-none": (lambda: provider({"B20": "R A L"}), "cell B20", "'R A L'", "letters and digits"),
    "code-that-is-a-dash": (lambda: provider({"B20": "-"}), "cell B20", "'-'", "letters and digits"),
    "figures-without-any-label": (lambda: provider({"E22": 5}), "cell D22", "an empty cell", "belong to"),
    # period
    "period-missing": (lambda: provider({"B6": "", "C6": ""}), "sheet", "no 'Period:'", "one month"),
    "period-empty": (lambda: provider(period=""), "cell C6", "''", "one month"),
    "period-that-is-a-year": (lambda: provider(period="2019-20"), "cell C6", "'2019-20'", "one month"),
    "period-of-two-months": (lambda: provider(period="March 2020 to April 2020"), "cell C6", "'March 2020 to April 2020'", "one month"),
    "period-twice-and-not-the-same": (
        lambda: provider({"B13": "Period:", "C13": "May 2020"}),
        "cell C6 and C13",
        "'March 2020' and 'May",
        "one month",
    ),
    "period-twice-and-once-empty": (lambda: provider({"B13": "Period:"}), "cell C6 and C13", "'March 2020' and ''", "one month"),
    "period-of-month-13": (lambda: provider(period="2020-13-01"), "cell C6", "'2020-13-01'", "one month"),
    "period-an-error": (lambda: provider(period="=#NAME?"), "cell C6", "''", "one month"),
    # another file altogether
    "html-named-xls": (lambda: b"<html><table><tr><td>Code</td></tr></table></html>", "", "a web page", "a workbook"),
    "the-csv-of-the-month": (lambda: b"Period,Org Code,Parent Org,Org name\r\n", "", "text, as in a CSV file", "a workbook"),
    "the-time-series": (lambda: xlsx({"Activity": [[1]], "Performance": [[1]]}), "", "'Activity', 'Performance'", "provider level data"),
}


@pytest.mark.parametrize("quirk", REFUSED)
def test_what_is_refused_says_where_what_and_what_to_do(quirk: str, read: spreadsheet.Read) -> None:
    make, where, seen, expected = REFUSED[quirk]
    with pytest.raises(BadInput) as caught:
        ae_workbook.parse(make(), NAME, read)
    error = caught.value
    place = f"{NAME}, sheet 'Provider Level Data'" + (f", {where}" if where != "sheet" else "") if where else NAME
    assert error.where == place
    assert seen in error.seen
    assert expected in error.expected
    assert re.search(r"\w{4}", error.action)
    assert len(str(error)) < 1000
    assert str(error).isprintable()


def test_a_workbook_is_read_without_a_reader() -> None:
    assert figures(ae_workbook.parse(provider(), NAME)) == AS_PRINTED


def test_the_vocabulary_is_that_of_the_csv() -> None:
    shared = {"attendances_type_1", "over_4h_other", "dta_12h", "emergency_admissions_type_2", "other_emergency_admissions"}
    assert shared <= set(ae.COUNTS) & set(ae_workbook.COUNTS)
