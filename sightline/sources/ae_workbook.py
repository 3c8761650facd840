"""A&E attendances and emergency admissions: the monthly workbook by provider, sheet *Provider Level Data*.

Collection MSitAE, published beside the CSV that ``ae`` reads. It says what the CSV does not: England's percentage within
four hours as published, and ``-`` where an organisation has no figure. Its shape was the same in all files from 2019-04 to
2025-06: a head of labels with their values, a row of group headings, a row of headings, England, the organisations, notes.

Here attendances and waits **include booked appointments**, as the sheet counts them; the CSV has those apart.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Collection
from datetime import date
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

import polars as pl

from sightline.errors import BadInput
from sightline.sources import spreadsheet
from sightline.sources.ae import LARGEST_COUNT, MONTHS, MOST_COLUMNS, MOST_LINES, NO_ORGANISATION, REGIONS, TOTAL_WORDS, normal, refuse_masses
from sightline.sources.spreadsheet import column_letters

SHEET: Final = "provider level data"

LABELS: Final = {"Code": "organisation", "Region": "region", "Name": "organisation_name"}

Headings = dict[str, dict[str, str]]
"""Group heading -> heading -> tidy name."""


def by_type(tidy: str, total: str) -> dict[str, str]:
    """The headings of a group that has a column a type of department, and one for all."""
    return {
        "Type 1 Departments - Major A&E": f"{tidy}_type_1",
        "Type 2 Departments - Single Specialty": f"{tidy}_type_2",
        "Type 3 Departments - Other A&E/Minor Injury Unit": f"{tidy}_other",
        total: f"{tidy}_all",
    }


ATTENDANCES: Final[Headings] = {"A&E attendances": by_type("attendances", "Total attendances")}

PERFORMANCE: Final[Headings] = {
    "A&E attendances less than 4 hours from arrival to admission, transfer or discharge": by_type("within_4h", "Total Attendances < 4 hours"),
    "A&E attendances greater than 4 hours from arrival to admission, transfer or discharge": by_type("over_4h", "Total Attendances > 4 hours"),
    "Percentage of attendances within 4 hours": {
        "Percentage in 4 hours or less (all)": "percentage_all",
        "Percentage in 4 hours or less (type 1)": "percentage_type_1",
        "Percentage in 4 hours or less (type 2)": "percentage_type_2",
        "Percentage in 4 hours or less (type 3)": "percentage_other",
    },
}

ADMISSIONS: Final[Headings] = {
    "Emergency Admissions": {
        "Emergency Admissions via Type 1 A&E": "emergency_admissions_type_1",
        "Emergency Admissions via Type 2 A&E": "emergency_admissions_type_2",
        "Emergency Admissions via Type 3 and 4 A&E": "emergency_admissions_other",
        "Total Emergency Admissions via A&E": "emergency_admissions_via_ae",
        "Other Emergency admissions (i.e not via A&E)": "other_emergency_admissions",
        "Total Emergency Admissions": "emergency_admissions_all",
        "Number of patients spending >4 hours from decision to admit to admission": "dta_over_4h",
        "Number of patients spending >12 hours from decision to admit to admission": "dta_12h",
    },
}

HEADINGS: Final[Headings] = {"": LABELS} | ATTENDANCES | PERFORMANCE | ADMISSIONS

FIGURES: Final = tuple(tidy for group in HEADINGS.values() for tidy in group.values() if tidy not in LABELS.values())
PERCENTAGES: Final = tuple(tidy for tidy in FIGURES if tidy.startswith("percentage"))
COUNTS: Final = tuple(tidy for tidy in FIGURES if tidy not in PERCENTAGES)

PERIOD: Final = r"([A-Z]+)[\s,-]+(20[0-9]{2})"
TYPED_DATE: Final = r"(?:[A-Z]+DAY,?\s+)?([0-9]{1,2})\s*(?:ST|ND|RD|TH)?\s+([A-Z]+),?\s+(20[0-9]{2})"
DATE_CELL: Final = r"(20[0-9]{2})-(0[1-9]|1[0-2])-([0-9]{2})(?: 00:00:00)?"

SCHEMA: Final = {
    "row": pl.Int64,
    "is_total": pl.Boolean,
    "month": pl.Date,
    "published": pl.Date,
    "revised_on": pl.Date,
    "organisation": pl.String,
    "organisation_name": pl.String,
    "region": pl.String,
    **dict.fromkeys(COUNTS, pl.Int64),
    **dict.fromkeys(PERCENTAGES, pl.Float64),
}


def parse(body: bytes, name: str, read: spreadsheet.Read = spreadsheet.read) -> pl.DataFrame:
    """Read one published workbook, ``.xls`` or ``.xlsx``.

    Returns one row an organisation and England's (``is_total``, code ``ENG``), columns as in ``SCHEMA``. Counts are people
    or admissions in the month, booked appointments included; ``dta_over_4h`` are all waits over four hours from the
    decision to admit, those over twelve included; percentages are proportions from 0 to 1, not rounded. Null is what the
    sheet prints as ``-``: no figure, never nought. ``published`` and ``revised_on`` are typed by hand: null where they
    cannot be read or lie before the month's end. ``row`` is the row in the sheet. ``read`` is for many files
    (``spreadsheet.reader``), ``name`` is how messages call this one.

    Raises BadInput where the file is no workbook, or its sheet lacks a heading or has one twice, holds anything else than
    numbers and ``-``, no or several rows for England, an organisation twice, or no single month.
    """
    ((sheet, rows),) = read(body, name, SHEET).items()
    where = f"{name}, sheet {sheet!r}"
    cells = as_text(rows, where)
    header, places = find_columns(cells, HEADINGS, "Code", where)
    head = head_of(cells.filter(pl.col("row") < header))
    month = period(head, where)
    coded_and_named = (pl.col("organisation") != "") & (pl.col("organisation_name") != "")
    table = below(cells, header, places, "organisation_name", coded_and_named, where)
    counted = with_numbers(with_total(table, places, where), COUNTS, COUNT, places, where)
    numbers = with_numbers(counted, PERCENTAGES, SHARE, places, where)
    refuse_hollow(numbers, places, where)
    dated = numbers.with_columns(
        month=pl.lit(month), published=pl.lit(typed_date(head, "Published:", month)), revised_on=pl.lit(typed_date(head, "Revised:", month))
    )
    return with_labels(dated).select(pl.col(column).cast(kind) for column, kind in SCHEMA.items())


# ------------------------------------------------------------------------------------------------------ cells -> columns


def as_text(rows: spreadsheet.Rows, where: str) -> pl.DataFrame:
    """Cells as text in columns ``1``, ``2`` …, blanks around them gone, and ``row``, the number of the row in the sheet.

    A number is written so that it reads back exactly, a date as ``2019-04-01``.
    """
    if not rows:
        raise BadInput(where, expected="a table", seen="an empty sheet", action="fetch it again; if it stays so, read its page")
    refuse_masses(len(rows), MOST_LINES, "rows", where)
    refuse_masses(len(rows[0]), MOST_COLUMNS, "columns", where)
    columns = [pl.Series(str(place), column, dtype=pl.String, strict=False) for place, column in enumerate(zip(*rows, strict=True), start=1)]
    text = pl.all().fill_null("").str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.DataFrame(columns).select(text).with_row_index("row", offset=1)


def find_columns(cells: pl.DataFrame, headings: Headings, first: str, where: str) -> tuple[int, dict[str, int]]:
    """The row of the headings, and tidy name -> place of every column.

    Headings are found by their words and those of their group, in whatever row and order. The table is what stands
    without a gap beside the heading ``first``: further right published sheets hold what their own formulas look up.
    """
    plain = cells.with_columns(pl.exclude("row").str.replace_all(" ", "", literal=True).str.to_lowercase())  # as ``normal`` writes it
    header = header_row(plain, list(headings[""]), where)
    names = {place: str(text) for place, text in enumerate(cells.filter(pl.col("row") == header).row(0)[1:], start=1)}
    groups = group_headings(plain.filter(pl.col("row") < header), headings, f"{where}, above row {header}")
    known = {(normal(group), normal(text)): tidy for group, texts in headings.items() for text, tidy in texts.items()}
    table = beside(names, next(place for place, text in names.items() if normal(text) == normal(first)))
    tidy = {place: known.get((groups[place], normal(names[place]))) or known.get(("", normal(names[place]))) for place in table}
    refuse_columns(tidy, names, cells.filter(pl.col("row") > header), headings, f"{where}, row {header}")
    return header, {column: place for place, column in tidy.items() if column}


def header_row(plain: pl.DataFrame, labels: list[str], where: str) -> int:
    """The row that has all these headings."""
    rows = plain.filter(pl.all_horizontal(pl.any_horizontal(pl.exclude("row") == normal(label)) for label in labels))["row"].to_list()
    if len(rows) != 1:
        raise BadInput(
            where,
            expected=f"one row with the headings {', '.join(map(repr, labels))}",
            seen=f"{len(rows)} (rows {', '.join(map(str, rows[:5]))})" if rows else f"none in {plain.height} rows",
            action="compare the sheet with the month before",
        )
    return int(rows[0])


def group_headings(above: pl.DataFrame, headings: Headings, where: str) -> dict[int, str]:
    """Place -> group that it stands under, ``""`` before the first: a group's heading is written once, over its first column."""
    rows = above.filter(pl.any_horizontal(pl.exclude("row").is_in([normal(group) for group in headings if group]))).tail(1)
    if rows.is_empty():
        raise BadInput(where, expected=f"group headings such as {list(headings)[1]!r}", seen="none", action="compare the sheet with the month before")
    return dict(enumerate(accumulate(rows.row(0)[1:], lambda group, text: text or group), start=1))


def beside(names: dict[int, str], place: int) -> list[int]:
    """The places without a gap in the headings around a place."""
    gaps = [gap for gap, text in names.items() if not text]
    return list(range(max([0, *(gap for gap in gaps if gap < place)]) + 1, min([len(names) + 1, *(gap for gap in gaps if gap > place)])))


def refuse_columns(tidy: dict[int, str | None], names: dict[int, str], figures: pl.DataFrame, headings: Headings, where: str) -> None:
    """Raise BadInput where a heading is missing, is there twice, or is not known and has figures below."""
    columns = list(tidy.values())
    missing = [(group, text) for group, texts in headings.items() for text, column in texts.items() if column not in columns]
    twice = [place for place, column in tidy.items() if column and column in columns[: place - min(tidy)]]
    strange = [place for place, column in tidy.items() if column is None and figures[str(place)].ne("").any()]
    words = {place: f"column {column_letters(place)} {names[place][:80]!r}" for place in (*twice, *strange)}
    if missing:
        expected = "the heading " + "; ".join(f"{text!r}" + (f" under {group!r}" if group else "") for group, text in missing[:3])
        seen = f"{len(tidy)} headings without it" + (f"; not known: {'; '.join(words[place] for place in strange[:3])}" if strange else "")
    elif twice:
        expected, seen = "each heading of a group once", f"{words[twice[0]]} a second time"
    elif strange:
        expected, seen = "headings that are known", words[strange[0]]
    else:
        return
    action = "compare with the month before; a heading that is truly new needs a line in sightline/sources/ae_workbook.py or ae_time_series.py"
    raise BadInput(where, expected=expected, seen=seen, action=action)


def below(cells: pl.DataFrame, header: int, places: dict[str, int], label: str, without_figures: pl.Expr, where: str) -> pl.DataFrame:
    """The rows of the table, columns under their tidy names.

    A row belongs to it if it has any figure, and then it has its ``label``; or if it is one even ``without_figures``, so
    that lost figures are missed. Notes are neither.
    """
    table = cells.filter(pl.col("row") > header).select("row", *(pl.col(str(place)).alias(column) for column, place in places.items()))
    figures = [pl.col(column) != "" for column in places if column not in (label, *LABELS.values())]
    rows = table.filter(pl.any_horizontal(figures) | without_figures)
    nameless = rows.filter(pl.col(label) == "")
    if nameless.height:
        raise BadInput(
            f"{where}, cell {column_letters(places[label])}{nameless['row'][0]}",
            expected="what the figures of this row belong to",
            seen="an empty cell",
            action="compare the row with the publisher's CSV of the month",
        )
    if rows.is_empty():
        raise BadInput(where, expected=f"figures below row {header}", seen="none", action="fetch it again; if it stays so, read its page")
    return rows


# ------------------------------------------------------------------------------------------------------- cells -> figures


class Kind(NamedTuple):
    """What numbers of a column are: the text of one, its type, the largest, and all that in words."""

    text: str
    type: type[pl.DataType]
    most: int
    words: str


COUNT: Final = Kind(r"^([0-9]{1,12})(?:\.0)?$", pl.Int64, LARGEST_COUNT, f"a whole number from 0 to {LARGEST_COUNT:,}, or '-'")
ESTIMATE: Final = Kind(r"^([0-9]{1,12}(?:\.[0-9]+)?)$", pl.Float64, LARGEST_COUNT, f"a number from 0 to {LARGEST_COUNT:,}, or '-'")
SHARE: Final = Kind(r"^([01](?:\.[0-9]+)?|[0-9](?:\.[0-9]+)?e-[0-9]+)$", pl.Float64, 1, "a proportion from 0 to 1, or '-'")


def with_numbers(table: pl.DataFrame, columns: Collection[str], kind: Kind, places: dict[str, int], where: str) -> pl.DataFrame:
    """Columns as numbers; ``-`` is no figure.

    Raises BadInput at the first cell that is neither. An empty one is refused as well: none is published, and one is all
    that is left of a formula error.
    """
    if not columns:
        return table
    numbers = table.with_columns(pl.col(columns).str.extract(kind.text).cast(kind.type, strict=False))
    read = numbers.select((pl.col(columns) <= kind.most).fill_null(value=False)).unpivot()["value"]
    texts = table.select("row", *columns).unpivot(index="row", variable_name="column", value_name="text")
    unread = texts.filter(~read & (pl.col("text") != "-")).sort("row", maintain_order=True)
    if unread.height:
        row, column, text = unread.row(0)
        raise BadInput(
            f"{where}, cell {column_letters(places[column])}{row}",
            expected=kind.words,
            seen=(repr(text[:60]) if text else "an empty cell or a formula error") + (f" ({unread.height} such cells)" if unread.height > 1 else ""),
            action="compare the cell with the publisher's CSV of the month",
        )
    return numbers


def with_total(table: pl.DataFrame, places: dict[str, int], where: str) -> pl.DataFrame:
    """Mark England's row, of which there is one; every other row has a code, and no other row has the same."""
    plain = [pl.col(label).str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]", "") for label in ("organisation_name", "organisation")]
    marked = table.with_columns(pl.col("organisation").str.to_uppercase(), is_total=plain[0].is_in(TOTAL_WORDS) & plain[1].is_in(NO_ORGANISATION))
    england, organisations = marked.filter("is_total"), marked.filter(~pl.col("is_total"))
    if england.height != 1 or organisations.is_empty():
        rows = ", ".join(str(row) for row in england["row"][:5])
        raise BadInput(
            where,
            expected="one row for England and a row an organisation",
            seen=f"{england.height} for England{f' (rows {rows})' if rows else ''}, {organisations.height} others",
            action="check that the sheet is complete and holds one table",
        )
    code = pl.col("organisation")
    wrong = organisations.filter(~code.str.contains(r"^[A-Z0-9]{2,10}$") | ~code.is_first_distinct())
    if wrong.height:
        raise BadInput(
            f"{where}, cell {column_letters(places['organisation'])}{wrong['row'][0]}",
            expected="an organisation code of letters and digits, once",
            seen=repr(wrong["organisation"][0][:40]),
            action="compare the row with the publisher's CSV of the month",
        )
    return marked


def refuse_hollow(table: pl.DataFrame, places: dict[str, int], where: str) -> None:
    """Raise BadInput where England has no count, or no percentage of all: what every month has."""
    england = table.filter("is_total")
    for column in (*COUNTS, "percentage_all"):
        if england[column][0] is None:
            raise BadInput(
                f"{where}, cell {column_letters(places[column])}{england['row'][0]}",
                expected="a figure for England",
                seen="'-'",
                action="fetch it again; if it stays so, read its page",
            )


def with_labels(table: pl.DataFrame) -> pl.DataFrame:
    """The code of every region, and England under its own code and name."""
    region = pl.col("region").str.to_uppercase().str.replace(r"^NHS ENGLAND ", "").str.replace(r" ?\(.*$", "")
    return table.with_columns(
        organisation=pl.when("is_total").then(pl.lit("ENG")).otherwise("organisation"),
        organisation_name=pl.when("is_total").then(pl.lit("England")).otherwise("organisation_name"),
        region=pl.when("is_total").then(None).otherwise(region.replace_strict(REGIONS, default=None, return_dtype=pl.String)),
    )


# ---------------------------------------------------------------------------------------------------------- cells -> head


class Entry(NamedTuple):
    """A label of the head, as ``normal`` writes it, the text to its right, and the cell of that."""

    label: str
    value: str
    cell: str


def head_of(above: pl.DataFrame) -> list[Entry]:
    """What the rows above the headings say: every text that ends in a colon, with what stands beside it."""
    return [
        Entry(normal(text), value, f"{column_letters(place)}{row}")
        for row, *texts in above.iter_rows()
        for place, (text, value) in enumerate(pairwise(texts), start=2)
        if text.endswith(":")
    ]


def period(head: list[Entry], where: str) -> date:
    """The month of the sheet: the same in every ``Period:``, of which there is one in published sheets."""
    entries = [entry for entry in head if entry.label == "period:"]
    months = {month_of(entry.value) for entry in entries}
    month = months.pop() if len(months) == 1 else None
    if month is None:
        raise BadInput(
            f"{where}, cell {' and '.join(entry.cell for entry in entries[:3])}" if entries else where,
            expected="one month such as 'March 2020' beside 'Period:'",
            seen=" and ".join(repr(entry.value[:40]) for entry in entries[:3]) or "no 'Period:'",
            action="check that this is the monthly workbook of A&E attendances by provider",
        )
    return month


def month_of(text: str) -> date | None:
    """The month that a text names, or that a date lies in; the date is what a spreadsheet makes of ``March 2020``."""
    if found := re.fullmatch(DATE_CELL, text):
        return date(int(found[1]), int(found[2]), 1)
    if (found := re.fullmatch(PERIOD, text.upper())) and found[1] in MONTHS:
        return date(int(found[2]), MONTHS[found[1]], 1)
    return None


def typed_date(head: list[Entry], label: str, month: date) -> date | None:
    """A date typed by hand, such as ``16th July 2022``: null if it cannot be read, or is not after the month's end."""
    dates = {day_of(entry.value) for entry in head if entry.label == normal(label)}
    day = dates.pop() if len(dates) == 1 else None
    return day if day and day > month.replace(day=monthrange(month.year, month.month)[1]) else None


def day_of(text: str) -> date | None:
    """The day that a text or a date cell names."""
    try:
        if found := re.fullmatch(DATE_CELL, text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        found = re.fullmatch(TYPED_DATE, text.upper())
        return date(int(found[3]), MONTHS[found[2]], int(found[1])) if found and found[2] in MONTHS else None
    except ValueError:  # 31st June
        return None
