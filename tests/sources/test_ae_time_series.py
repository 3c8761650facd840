"""What the national time series workbook says, and what is refused of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl
import pytest

from sightline.errors import BadInput
from sightline.sources import ae_time_series, ae_workbook, spreadsheet
from tests.sources.workbooks import WITHIN, Grid, provider, time_series, with_cells, xlsx

NAME = "Monthly-AE-Time-Series-December-2010.xls"


@pytest.fixture(scope="module")
def read() -> Iterator[spreadsheet.Reader]:
    with spreadsheet.reader() as many:
        yield many


def changed(sheet: str, cells: Mapping[str, Any]) -> dict[str, Grid]:
    sheets = time_series()
    return sheets | {sheet: with_cells(sheets[sheet], cells)}


def december(frame: pl.DataFrame, *columns: str) -> list[Any]:
    return list(frame.filter(pl.col("month") == date(2010, 12, 1)).select(columns).row(0))


def test_every_sheet_gives_its_figures_month_by_month(read: spreadsheet.Read) -> None:
    frame = ae_time_series.parse(xlsx(time_series()), NAME, read)
    assert dict(frame.schema) == ae_time_series.SCHEMA
    assert frame["month"].to_list() == [date(2010, 10, 1), date(2010, 11, 1), date(2010, 12, 1)]
    assert frame["published"].unique().to_list() == [date(2011, 1, 13)]
    attendances = ("attendances_type_1", "attendances_type_2", "attendances_other", "attendances_all")
    assert december(frame, *attendances) == [1120000, 45000, 530000, 1695000]
    via = ("emergency_admissions_type_1", "emergency_admissions_type_2", "emergency_admissions_other", "emergency_admissions_via_ae")
    assert december(frame, *via) == [310000, 5500, 3300, 318800]
    assert december(frame, "other_emergency_admissions", "emergency_admissions_all", "dta_over_4h", "dta_12h") == [119000, 437800, 13800, 41]
    assert december(frame, "within_4h_type_1", "within_4h_type_2", "within_4h_other", "within_4h_all") == [1008000, 44000, 528000, 1580000]
    assert december(frame, "over_4h_type_1", "over_4h_type_2", "over_4h_other", "over_4h_all") == [112000, 1000, 2000, 115000]
    assert december(frame, "percentage_all", "percentage_type_1", "percentage_type_2", "percentage_other") == [0.93215, 0.9, 0.97778, 0.99623]
    assert december(frame, *(f"booked_{column}" for column in attendances)) == [1400, 0, 19000, 20400]
    assert december(frame, "booked_within_4h_type_1", "booked_within_4h_other", "booked_within_4h_all") == [1260, 18905, 20165]
    assert december(frame, "booked_over_4h_type_1", "booked_over_4h_type_2", "booked_over_4h_other", "booked_over_4h_all") == [140, 0, 95, 235]
    assert december(frame, "booked_percentage_all", "booked_percentage_type_1", "booked_percentage_type_2") == [0.98848, 0.9, None]


def test_estimates_from_weekly_data_keep_their_fractions(read: spreadsheet.Read) -> None:
    november = ae_time_series.parse(xlsx(time_series()), NAME, read).row(1, named=True)
    assert november["attendances_type_1"] == 1110000.125
    assert november["within_4h_type_2"] == 50500.5


def test_months_that_a_sheet_does_not_have_are_null(read: spreadsheet.Read) -> None:
    frame = ae_time_series.parse(xlsx(time_series()), NAME, read)
    assert frame["over_4h_all"].is_null().to_list() == [True, False, False]
    assert frame["booked_attendances_all"].is_null().to_list() == [True, True, False]


def test_the_vocabulary_is_that_of_the_workbook() -> None:
    assert set(ae_workbook.COUNTS) | set(ae_workbook.PERCENTAGES) == {column for column in ae_time_series.FIGURES if not column.startswith("booked_")}


def down(sheets: dict[str, Grid], rows: int) -> dict[str, Grid]:
    return {name: [[""] * 18] * rows + sheet for name, sheet in sheets.items()}


READ_ALIKE: dict[str, Callable[[], bytes]] = {
    "dates-in-the-1904-system": lambda: xlsx(time_series(), date_1904=True),
    "sheets-in-other-case-order-and-blanks": lambda: xlsx({f" {name.upper()} ": sheet for name, sheet in reversed(time_series().items())}),
    "hidden-sheets": lambda: xlsx(time_series(), hidden=("Performance", "Booking")),
    "tables-further-down": lambda: xlsx(down(time_series(), 4)),
    "notes-below": lambda: xlsx(changed("Activity", {"B19": "Note: 1. Figures before June 2015 are estimates", "B20": "2. Another"})),
    "months-from-last-to-first": lambda: xlsx(
        time_series() | {"Activity": time_series()["Activity"][:14] + list(reversed(time_series()["Activity"][14:]))}
    ),
}


@pytest.mark.parametrize("quirk", READ_ALIKE)
def test_the_same_figures_are_read_in_another_form(quirk: str, read: spreadsheet.Read) -> None:
    assert ae_time_series.parse(READ_ALIKE[quirk](), NAME, read).equals(ae_time_series.parse(xlsx(time_series()), NAME, read))


def test_a_date_of_publication_that_cannot_be_read_is_null(read: spreadsheet.Read) -> None:
    assert ae_time_series.parse(xlsx(changed("Activity", {"C7": "soon"})), NAME, read)["published"].unique().to_list() == [None]


#: a quirk -> the sheets, the sheet and the place of the message, what it saw, what it expected
REFUSED: dict[str, tuple[Callable[[], dict[str, Grid]], str, str, str]] = {
    "sheet-missing": (lambda: {name: sheet for name, sheet in time_series().items() if name != "Booking"}, "", "no Booking", "Activity, Performance"),
    "sheet-twice": (lambda: time_series() | {"activity ": time_series()["Activity"]}, "", "5 sheets", "no other of that name"),
    "sheet-empty": (lambda: time_series() | {"Booking": [[]]}, "Booking", "an empty sheet", "a table"),
    "sheets-exchanged": (
        lambda: time_series() | {"Activity": time_series()["Performance"]},
        "Activity, above row 14",
        "none",
        "'A&E attendances'",
    ),
    "heading-renamed": (
        lambda: changed("Performance", {"K14": "Percentage"}),
        "Performance, row 14",
        "column K 'Percentage'",
        "'Percentage in 4 hours or less (all)'",
    ),
    "heading-missing": (lambda: changed("Activity", {"F14": ""}), "Activity, row 14", "without it", "'Total attendances'"),
    "group-missing": (lambda: changed("Performance", {"C13": ""}), "Performance, row 14", "without it", f"under {WITHIN!r}"),
    "header-missing": (lambda: changed("Booking", {"B14": "Month"}), "Booking", "none in 15 rows", "'Period'"),
    "month-twice": (lambda: changed("Activity", {"B16": date(2010, 10, 1)}), "Activity, cell B16", "'2010-10-01'", "each once"),
    "month-as-text": (lambda: changed("Activity", {"B16": "Nov-10"}), "Activity, cell B16", "'Nov-10'", "a date"),
    "month-as-a-bare-number": (lambda: changed("Activity", {"B16": 40483}), "Activity, cell B16", "'40483.0'", "a date"),
    "month-that-begins-on-the-second": (
        lambda: changed("Activity", {"B16": date(2010, 11, 2)}),
        "Activity, cell B16",
        "'2010-11-02'",
        "first of a month",
    ),
    "figures-without-a-month": (lambda: changed("Activity", {"B16": ""}), "Activity, cell B16", "an empty cell", "belong to"),
    "month-without-figures": (lambda: changed("Activity", {"B18": date(2011, 1, 1)}), "Activity, cell C18", "an empty cell", "a number"),
    "no-months-at-all": (lambda: time_series() | {"Booking": time_series()["Booking"][:14]}, "Booking", "none", "figures below row 14"),
    "number-negative": (lambda: changed("Activity", {"C15": -5}), "Activity, cell C15", "'-5.0'", "a number from 0"),
    "number-as-words": (lambda: changed("Activity", {"C15": "about a million"}), "Activity, cell C15", "'about a million'", "a number"),
    "error-ref": (lambda: changed("Performance", {"C15": "=#REF!"}), "Performance, cell C15", "a formula error", "a number"),
    "percentage-above-1": (lambda: changed("Booking", {"O15": 98.8}), "Booking, cell O15", "'98.8'", "from 0 to 1"),
    "percentage-as-text": (lambda: changed("Booking", {"O15": "98.8%"}), "Booking, cell O15", "'98.8%'", "from 0 to 1"),
}


@pytest.mark.parametrize("quirk", REFUSED)
def test_what_is_refused_says_where_what_and_what_to_do(quirk: str, read: spreadsheet.Read) -> None:
    make, where, seen, expected = REFUSED[quirk]
    with pytest.raises(BadInput) as caught:
        ae_time_series.parse(xlsx(make()), NAME, read)
    error = caught.value
    sheet, _, place = where.partition(", ")
    assert error.where == NAME + (f", sheet {sheet!r}" if sheet else "") + (f", {place}" if place else "")
    assert seen in error.seen
    assert expected.casefold() in error.expected.casefold()
    assert error.action
    assert str(error).isprintable()


def test_the_workbook_by_provider_is_no_time_series(read: spreadsheet.Read) -> None:
    with pytest.raises(BadInput, match="Activity"):
        ae_time_series.parse(provider(), NAME, read)
