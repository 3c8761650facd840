"""A&E attendances and emergency admissions: the national time series workbook, England month by month since August 2010.

Three sheets, each a table of its own with a head, a row of group headings and a row of headings: *Activity* since 2010-08,
*Performance* since 2010-11, *Booking* (booked appointments alone) since 2020-08. Figures before June 2015 are estimates from
weekly data, so counts have fractions. From 2019-05 to 2023-05 *Performance* leaves out fourteen trusts that had no 4-hour
figures, *Activity* does not: within and over four hours do not add up to the attendances of those months.

Attendances and waits **include booked appointments**, as in ``ae_workbook``.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from sightline.errors import BadInput
from sightline.sources import spreadsheet
from sightline.sources.ae_workbook import (
    ADMISSIONS,
    ATTENDANCES,
    ESTIMATE,
    PERFORMANCE,
    SHARE,
    Headings,
    as_text,
    below,
    by_type,
    find_columns,
    head_of,
    typed_date,
    with_numbers,
)
from sightline.sources.spreadsheet import column_letters

MONTH: Final[Headings] = {"": {"Period": "month"}}

BOOKED: Final[Headings] = {
    "A&E Booked Appointment attendances": by_type("booked_attendances", "Total attendances"),
    "A&E Booked Appointment attendances less than or equal to 4 hours from arrival to admission, transfer or discharge": by_type(
        "booked_within_4h", "Booked Appointment Attendances <= 4 hours"
    ),
    "A&E Booked Appointments attendances greater than 4 hours from arrival to admission, transfer or discharge": by_type(
        "booked_over_4h", "Booked Appointment Attendances > 4 hours"
    ),
    "Percentage of attendances within 4 hours": {
        "Percentage in 4 hours or less (all) (Booked Appointments Only)": "booked_percentage_all",
        "Percentage in 4 hours or less (type 1) (Booked Appointments Only)": "booked_percentage_type_1",
        "Percentage in 4 hours or less (type 2) (Booked Appointments Only)": "booked_percentage_type_2",
        "Percentage in 4 hours or less (type 3) (Booked Appointments Only)": "booked_percentage_other",
    },
}

#: sheet -> its headings
SHEETS: Final[dict[str, Headings]] = {"Activity": MONTH | ATTENDANCES | ADMISSIONS, "Performance": MONTH | PERFORMANCE, "Booking": MONTH | BOOKED}

FIGURES: Final = tuple(tidy for sheet in SHEETS.values() for group in sheet.values() for tidy in group.values() if tidy != "month")

#: an Excel date as ``as_text`` writes it: the first of a month
FIRST_OF_MONTH: Final = r"^((?:19|20)[0-9]{2}-[0-9]{2}-01)(?: 00:00:00)?$"

SCHEMA: Final = {"month": pl.Date, "published": pl.Date, **dict.fromkeys(FIGURES, pl.Float64)}


def parse(body: bytes, name: str, read: spreadsheet.Read = spreadsheet.read) -> pl.DataFrame:
    """Read one published workbook, ``.xls`` or ``.xlsx``.

    Returns one row a month, by month, columns as in ``SCHEMA``. Counts are people or admissions in England in the month,
    those before June 2015 estimates with fractions; percentages are proportions from 0 to 1, not rounded. Null is what a
    sheet prints as ``-``, and the months that it does not have. ``published`` is the day of the whole workbook, typed by
    hand: null if it cannot be read. ``read`` is for many files (``spreadsheet.reader``), ``name`` is how messages call this one.

    Raises BadInput where the file is no workbook, lacks one of the three sheets, or a sheet lacks a heading or has one
    twice, holds a month twice, or anything else than dates, numbers and ``-``.
    """
    found = {sheet.casefold(): rows for sheet, rows in read(body, name, "|".join(SHEETS)).items()}
    missing = [sheet for sheet in SHEETS if sheet.casefold() not in found]
    if missing:
        raise BadInput(
            name,
            expected=f"the sheets {', '.join(SHEETS)}",
            seen=f"no {' and no '.join(missing)}",
            action="compare the names of the sheets with the month before",
        )
    cells = {sheet: as_text(found[sheet.casefold()], f"{name}, sheet {sheet!r}") for sheet in SHEETS}
    activity, performance, booking = (months(cells[sheet], headings, f"{name}, sheet {sheet!r}") for sheet, headings in SHEETS.items())
    series = activity.join(performance, on="month", how="full", coalesce=True).join(booking, on="month", how="full", coalesce=True).sort("month")
    published = typed_date(head_of(cells["Activity"]), "Published:", series["month"][-1])
    return series.with_columns(published=pl.lit(published)).select(pl.col(column).cast(kind) for column, kind in SCHEMA.items())


def months(cells: pl.DataFrame, headings: Headings, where: str) -> pl.DataFrame:
    """The table of one sheet: month and figures."""
    header, places = find_columns(cells, headings, "Period", where)
    table = below(cells, header, places, "month", pl.col("month").str.contains(FIRST_OF_MONTH), where)
    month = pl.col("month").str.extract(FIRST_OF_MONTH).str.to_date("%Y-%m-%d", strict=False)
    wrong = table.filter(month.is_null() | ~month.is_first_distinct())
    if wrong.height:
        raise BadInput(
            f"{where}, cell {column_letters(places['month'])}{wrong['row'][0]}",
            expected="a date, the first of a month, each once",
            seen=repr(wrong["month"][0][:40]),
            action="compare the row with the month before",
        )
    figures = [column for column in places if column != "month"]
    shares = [column for column in figures if "percentage" in column]
    counted = with_numbers(table, [column for column in figures if column not in shares], ESTIMATE, places, where)
    return with_numbers(counted, shares, SHARE, places, where).select(month, *figures)
