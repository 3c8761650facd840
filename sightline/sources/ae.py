"""A&E attendances and emergency admissions: the monthly CSV of NHS England, every layout of it.

Collection MSitAE, one row an organisation and one total row, published since April 2019 in three layouts:

* A, 2019-04 to 2020-03: 16 columns, ``Number of A&E attendances Type 1`` …
* B, 2020-04 to 2020-07: 16 columns, ``A&E attendances Type 1`` …
* C, since 2020-08: 22 columns, booked appointments apart

Nothing else is known here: neither where files lie nor what is measured with them.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from sightline.errors import BadInput

# Published are some 35,000 bytes in 240 lines of 22 cells. Whatever is far beyond is another file.
LARGEST_BODY: Final = 16 * 1024 * 1024
MOST_LINES: Final = 20_000
MOST_COLUMNS: Final = 256
LARGEST_COUNT: Final = 999_999_999_999
COMMAS_OF_A_LINE: Final = 10

LABELS: Final = {
    "Period": "period",
    "Org Code": "organisation",
    "Parent Org": "parent_organisation",
    "Org name": "organisation_name",
}

COMMON_COUNTS: Final = {
    "Patients who have waited 4-12 hs from DTA to admission": "dta_4_to_12h",
    "Patients who have waited 12+ hrs from DTA to admission": "dta_12h",
    "Emergency admissions via A&E - Type 1": "emergency_admissions_type_1",
    "Emergency admissions via A&E - Type 2": "emergency_admissions_type_2",
    "Emergency admissions via A&E - Other A&E department": "emergency_admissions_other",
    "Other emergency admissions": "other_emergency_admissions",
}

LAYOUT_A: Final = {
    "Number of A&E attendances Type 1": "attendances_type_1",
    "Number of A&E attendances Type 2": "attendances_type_2",
    "Number of A&E attendances Other A&E Department": "attendances_other",
    "Number of attendances over 4hrs Type 1": "over_4h_type_1",
    "Number of attendances over 4hrs Type 2": "over_4h_type_2",
    "Number of attendances over 4hrs Other A&E Department": "over_4h_other",
} | COMMON_COUNTS

LAYOUT_B: Final = {
    "A&E attendances Type 1": "attendances_type_1",
    "A&E attendances Type 2": "attendances_type_2",
    "A&E attendances Other A&E Department": "attendances_other",
    "Attendances over 4hrs Type 1": "over_4h_type_1",
    "Attendances over 4hrs Type 2": "over_4h_type_2",
    "Attendances over 4hrs Other Department": "over_4h_other",
} | COMMON_COUNTS

BOOKED: Final = {
    "A&E attendances Booked Appointments Type 1": "booked_attendances_type_1",
    "A&E attendances Booked Appointments Type 2": "booked_attendances_type_2",
    "A&E attendances Booked Appointments Other Department": "booked_attendances_other",
    "Attendances over 4hrs Booked Appointments Type 1": "booked_over_4h_type_1",
    "Attendances over 4hrs Booked Appointments Type 2": "booked_over_4h_type_2",
    "Attendances over 4hrs Booked Appointments Other Department": "booked_over_4h_other",
}

LAYOUT_C: Final = LAYOUT_B | BOOKED

COUNTS: Final = tuple(LAYOUT_C.values())

#: what a total row calls itself, letters and digits only
TOTAL_WORDS: Final = ("total", "totals", "grandtotal", "england", "englandtotal", "totalengland", "nhsengland")
#: what stands for a code in a total row, letters and digits only; E92000001 is England in the codes of the ONS
NO_ORGANISATION: Final = ("", "eng", "e92000001", *TOTAL_WORDS)

#: the seven regions of NHS England, by the name that Parent Org carries without its brackets
REGIONS: Final = {
    "LONDON": "Y56",
    "SOUTH WEST": "Y58",
    "SOUTH EAST": "Y59",
    "MIDLANDS": "Y60",
    "EAST OF ENGLAND": "Y61",
    "NORTH WEST": "Y62",
    "NORTH EAST AND YORKSHIRE": "Y63",
}

MONTH_NAMES: Final = (
    ("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"),
    ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
)
MONTHS: Final = {name: number for names in MONTH_NAMES for number, name in enumerate(names, start=1)} | {"SEPT": 9}
PERIOD: Final = r"^MSITAE[\s_-]+([A-Z]+)[\s_-]+(20[0-9]{2})$"

#: how bodies begin that are no CSV
OTHER_FORMATS: Final = {
    b"PK\x03\x04": "an Excel workbook (.xlsx) or another ZIP archive",
    b"\xd0\xcf\x11\xe0": "an Excel workbook (.xls)",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a gzip archive",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
    b"<": "a web page (HTML or XML)",
}

SCHEMA: Final = {
    "row": pl.Int64,
    "is_total": pl.Boolean,
    "month": pl.Date,
    "organisation": pl.String,
    "organisation_name": pl.String,
    "parent_organisation": pl.String,
    "region": pl.String,
    **dict.fromkeys(COUNTS, pl.Int64),
}


def parse(body: bytes, name: str) -> pl.DataFrame:
    """Read one published file.

    Returns one row an organisation and the total row (``is_total``), columns as in ``SCHEMA``; counts are people or
    admissions in the month, null where the layout has no such column or the cell holds no figure. ``row`` is the line
    in the file. ``name`` is how messages call the file.

    Raises BadInput where the file is not in a known layout, holds a count that is no whole number, no or several total
    rows, or more than one month.
    """
    lines = read_lines(decode(body, name), name)
    headers, rows = published_headers(lines), lines.slice(1)
    places = find_columns(headers, lines.row(0, named=True), rows, name)
    table = rows.select("row", *(pl.col(str(place)).alias(tidy) for tidy, place in places.items()))
    counted = with_counts(with_total(table, name), {tidy: f"column {place} {headers[place]!r}" for tidy, place in places.items()}, name)
    return with_labels(with_month(counted, name)).select(pl.col(column).cast(kind) for column, kind in SCHEMA.items())


# ------------------------------------------------------------------------------------------------------ bytes -> cells


def decode(body: bytes, name: str) -> str:
    """The text of a body: UTF-8 with or without byte order mark, else Windows-1252 as spreadsheets save it."""
    text = body.removeprefix(codecs.BOM_UTF8)
    if not text.strip():
        raise BadInput(name, expected="a CSV file", seen="an empty file", action="fetch it again")
    if len(body) > LARGEST_BODY:
        raise BadInput(name, expected=f"at most {LARGEST_BODY:,} bytes", seen=f"{len(body):,} bytes", action="look at the file before it is let in")
    start = text[:1000].lstrip()
    other = next((words for begin, words in OTHER_FORMATS.items() if start.startswith(begin)), None)
    if other:
        raise BadInput(name, expected="a CSV file", seen=other, action="check that the link leads to the CSV")
    if b"\x00" in text:
        line = text[: text.index(b"\x00")].count(b"\n") + 1
        raise BadInput(f"{name}, line {line}", expected="text", seen="a NUL byte, as in binary files", action="check that the link leads to the CSV")
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("cp1252", errors="replace")


def read_lines(text: str, name: str) -> pl.DataFrame:
    """Every line that holds something: ``row`` (its number), ``cells`` (how many), and their text in columns ``1``, ``2`` …."""
    refuse_masses(max(text.count("\n"), text.count("\r")), MOST_LINES, "lines", name)
    lines = pl.DataFrame(records(text, name), schema={"row": pl.Int64, "text": pl.List(pl.String)}, orient="row")
    width = lines.select(pl.col("text").list.len().max().fill_null(0)).item()
    raw = [pl.col("text").list.get(place - 1, null_on_oob=True).fill_null("").alias(str(place)) for place in range(1, width + 1)]
    cells = lines.select("row", pl.col("text").list.len().alias("cells"), *raw)
    refuse_swallowed(cells, name)
    texts = pl.exclude("row", "cells")
    filled = cells.with_columns(texts.str.replace_all(r"\s*[\r\n]\s*", " ").str.strip_chars()).filter(~pl.all_horizontal(texts == ""))
    if filled.is_empty():
        raise BadInput(name, expected="a CSV file", seen="blank lines and nothing else", action="fetch it again")
    return filled


def records(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """The line on which a record begins, and its cells.

    Read with the standard library: polars refuses rows longer than the header whatever the further cells hold, counts a
    name on two lines as one line, and does not say where a quote was left open.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            refuse_masses(len(cells), MOST_COLUMNS, "columns", f"{name}, line {line}")
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadInput(
            f"{name}, line {line}",
            expected="cells with closed quotes",
            seen=f"cells that cannot be told apart ({error})",
            action="look for a lone quotation mark in this line",
        ) from error


def refuse_masses(seen: int, most: int, what: str, where: str) -> None:
    """Raise BadInput where there is far more of something than any month has."""
    if seen > most:
        raise BadInput(where, expected=f"at most {most:,} {what}", seen=f"{seen:,} {what}", action="look at the file before it is let in")


def refuse_swallowed(cells: pl.DataFrame, name: str) -> None:
    """Raise BadInput where a cell holds whole lines: a name may be broken in two, but no name has that many commas."""
    texts = pl.exclude("row", "cells")
    whole_line = texts.str.contains(r"[\r\n]") & (texts.str.count_matches(",", literal=True) >= COMMAS_OF_A_LINE)
    swallowed = cells.filter(pl.any_horizontal(whole_line))
    if swallowed.height:
        raise BadInput(
            f"{name}, line {swallowed['row'][0]}",
            expected="cells with closed quotes",
            seen="a cell that holds the next lines as well",
            action="look for a lone quotation mark in this line",
        )


# ---------------------------------------------------------------------------------------------------- cells -> columns


def normal(header: str) -> str:
    """A header as it is compared: without case and blanks."""
    return "".join(header.split()).casefold()


KNOWN: Final = {normal(header): tidy for header, tidy in (LABELS | LAYOUT_A | LAYOUT_C).items()}


def published_headers(lines: pl.DataFrame) -> dict[int, str]:
    """Place -> header as published, shortened, for every column."""
    return {place: str(text)[:80] for place, text in enumerate(lines.row(0)[2:], start=1)}


def find_columns(headers: dict[int, str], header: dict[str, Any], rows: pl.DataFrame, name: str) -> dict[str, int]:
    """Tidy name -> place of every known column, whatever the layout and the order.

    Further columns without a name, or in which no cell holds anything, carry no data and are left out (published with
    some months). ``header`` is the header's line; cells beyond its end belong to no column at all.
    """
    if rows.is_empty():
        raise BadInput(name, expected="rows below the header", seen="one line only", action="fetch it again; if it stays so, read its page")
    filled = {place for place in headers if rows[str(place)].ne("").any()}
    known = {place: KNOWN[normal(header)] for place, header in headers.items() if normal(header) in KNOWN}
    # of two columns of one name, one of them empty, the one with figures counts
    places = {known[place]: place for place in sorted(known, key=lambda place: (place in filled, -place))}
    nameless = {place for place, text in headers.items() if not text and place <= header["cells"]}
    refuse_missing(places, headers, f"{name}, line {header['row']}")
    refuse_further(filled - set(places.values()) - nameless, headers, header["row"], rows, name)
    refuse_hollow(places, filled, headers, rows, name)
    refuse_short(max(filled & set(places.values())), rows, name)
    return places


def refuse_missing(places: dict[str, int], headers: dict[int, str], where: str) -> None:
    """Raise BadInput where a known layout lacks columns, in the words of the publisher, with the headers that nobody knows."""
    layout = LABELS | nearest_layout(headers)
    missing = [header for header, tidy in layout.items() if tidy not in places]
    if missing:
        unknown = [place for place, header in headers.items() if header and normal(header) not in KNOWN]
        strange = ", ".join(f"column {place} {headers[place]!r}" for place in unknown[:4])
        raise BadInput(
            where + (f", column {unknown[0]}" if len(unknown) == 1 else ""),
            expected=f"the {len(layout)} columns of a known layout, among them {', '.join(repr(header) for header in missing[:4])}",
            seen=f"{sum(map(bool, headers.values()))} columns with a name and not {'that one' if len(missing) == 1 else 'those'}"
            + (f"; not known: {strange}" if unknown else ""),
            action="compare the header with the month before; a column that was renamed needs a line in sightline/sources/ae.py",
        )


def nearest_layout(headers: dict[int, str]) -> dict[str, str]:
    """The layout that most headers belong to, the smaller one where two have the same."""
    seen = {normal(header) for header in headers.values()}
    return max((LAYOUT_B, LAYOUT_A, LAYOUT_C), key=lambda layout: len(seen & {normal(header) for header in layout}))


def refuse_further(places: set[int], headers: dict[int, str], header_line: int, rows: pl.DataFrame, name: str) -> None:
    """Raise BadInput at the first column that holds something and is not known, or is there twice."""
    for place in sorted(places)[:1]:
        header, cell = headers[place], rows.filter(pl.col(str(place)) != "").row(0, named=True)
        if normal(header) in KNOWN:
            line, expected, seen = header_line, "each known column once", f"{header!r} a second time"
        elif header:
            line, expected, seen = header_line, "a column of a known layout (A, B or C)", repr(header)
        else:
            line, expected, seen = cell["row"], "no cell where the header has none", repr(cell[str(place)][:60])
        raise BadInput(
            f"{name}, line {line}, column {place}",
            expected=expected,
            seen=seen,
            action="compare with the month before; a column that is truly new needs a line in sightline/sources/ae.py",
        )


def refuse_hollow(places: dict[str, int], filled: set[int], headers: dict[int, str], rows: pl.DataFrame, name: str) -> None:
    """Raise BadInput where a column of every layout is there by name and holds nothing at all."""
    hollow = [places[tidy] for tidy in LAYOUT_B.values() if places[tidy] not in filled]
    if hollow:
        raise BadInput(
            f"{name}, column {hollow[0]}",
            expected=f"figures below {headers[hollow[0]]!r}",
            seen=f"empty cells in all {rows.height} rows",
            action="compare with the publisher's workbook of the month",
        )


def refuse_short(width: int, rows: pl.DataFrame, name: str) -> None:
    """Raise BadInput at the first line that ends before the last known column: it was cut, and which cells are lost nobody knows."""
    short = rows.filter(pl.col("cells") < width)
    if short.height:
        raise BadInput(
            f"{name}, line {short['row'][0]}",
            expected=f"at least {width} cells as in the other lines",
            seen=f"{short['cells'][0]}, beginning {short['1'][0][:40]!r}",
            action="compare the line with the published file; if it is the last one, fetch the file again",
        )


# ----------------------------------------------------------------------------------------------------- columns -> facts


def with_total(table: pl.DataFrame, name: str) -> pl.DataFrame:
    """Mark the total row by its labels, in any of their spellings; there is exactly one, and something beside it."""
    plain = {label: pl.col(label).str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]", "") for label in LABELS.values()}
    no_code = plain["organisation"].is_in(NO_ORGANISATION)
    says_total = pl.any_horizontal(label.is_in(TOTAL_WORDS) for label in plain.values())
    refuse_ambiguous(table.filter(plain["organisation_name"].is_in(TOTAL_WORDS) & ~no_code), name)
    marked = table.with_columns(is_total=says_total & no_code)
    totals = marked.filter("is_total")
    if totals.is_empty():
        raise BadInput(name, expected="one total row", seen=f"none in {table.height} rows", action="check that the file is complete")
    if totals.height > 1:
        lines = ", ".join(str(row) for row in totals["row"][:5])
        raise BadInput(
            f"{name}, line {totals['row'][1]}",
            expected="one total row",
            seen=f"{totals.height} (lines {lines})",
            action="check that the file holds one table and no subtotals",
        )
    if marked.height == 1:
        raise BadInput(name, expected="a row an organisation", seen="a total row and nothing else", action="fetch the file again")
    return marked


def refuse_ambiguous(rows: pl.DataFrame, name: str) -> None:
    """Raise BadInput at a row that is named like a total and has the code of an organisation."""
    if rows.height:
        raise BadInput(
            f"{name}, line {rows['row'][0]}",
            expected="a total row without the code of an organisation",
            seen=f"{rows['organisation_name'][0][:40]!r} with code {rows['organisation'][0][:40]!r}",
            action="check in the published file whether this is the total or an organisation",
        )


def with_counts(table: pl.DataFrame, where: dict[str, str], name: str) -> pl.DataFrame:
    """Turn the counts into whole numbers; an empty cell or a dash is no figure.

    Blanks around, commas between thousands and ``.0`` or ``.00`` are what spreadsheets add; anything else is no count.
    """
    present = [column for column in COUNTS if column in table.columns]
    cell = pl.col(present)
    whole = pl.when(cell.str.contains(r"^([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.0{1,2})?$")).then(cell.str.replace_all(",", "").str.replace(r"\.0+$", ""))
    numbers = table.with_columns(whole.cast(pl.Int64, strict=False).name.keep())
    read = [(pl.col(column) <= LARGEST_COUNT).fill_null(value=False) | table[column].is_in(["", "-"]) for column in present]
    refuse_text(table, numbers.select("row", *read), where, name)
    return numbers.with_columns(pl.lit(None, dtype=pl.Int64).alias(column) for column in COUNTS if column not in present)


def refuse_text(table: pl.DataFrame, read: pl.DataFrame, where: dict[str, str], name: str) -> None:
    """Raise BadInput at the first cell that could not be read as a count."""
    unread = read.unpivot(index="row", variable_name="column").filter(~pl.col("value")).sort("row", maintain_order=True)
    if unread.height:
        row, column = unread["row"][0], unread["column"][0]
        seen = str(table.filter(pl.col("row") == row)[column][0])
        raise BadInput(
            f"{name}, line {row}, {where[column]}",
            expected=f"a whole number from 0 to {LARGEST_COUNT:,}",
            seen=repr(seen[:60]) + (f" ({unread.height} such cells)" if unread.height > 1 else ""),
            action="compare the cell with the publisher's workbook of the month",
        )


def with_month(table: pl.DataFrame, name: str) -> pl.DataFrame:
    """Read the month from Period (``MSitAE-APRIL-2019``): the same in every row; a total row need not have one."""
    period = pl.col("period").str.to_uppercase().str.extract_groups(PERIOD)
    number = period.struct.field("1").replace_strict(MONTHS, default=None, return_dtype=pl.Int8)
    dated = table.with_columns(month=pl.date(period.struct.field("2").cast(pl.Int32), number, 1))
    organisations = dated.filter(~pl.col("is_total"))
    refuse_codes(organisations, name)
    undated = organisations.filter(pl.col("month").is_null())
    if undated.height:
        raise BadInput(
            f"{name}, line {undated['row'][0]}",
            expected="a period such as 'MSitAE-APRIL-2019'",
            seen=repr(undated["period"][0][:40]),
            action="check that this is the monthly CSV of A&E attendances",
        )
    month = organisations["month"][0]
    others = dated.filter(pl.col("month") != month)
    if others.height:
        raise BadInput(
            f"{name}, line {others['row'][0]}",
            expected=f"one month a file, here {month:%Y-%m} as in line {organisations['row'][0]}",
            seen=f"{others['month'][0]:%Y-%m} ({others.height} such rows)",
            action="check the file with its publisher",
        )
    return dated.with_columns(month=pl.lit(month))


def refuse_codes(organisations: pl.DataFrame, name: str) -> None:
    """Raise BadInput where a row of figures has no organisation code, or none that can be one."""
    bad = organisations.filter(~pl.col("organisation").str.contains(r"^[A-Za-z0-9]{2,10}$"))
    if bad.height:
        raise BadInput(
            f"{name}, line {bad['row'][0]}",
            expected="an organisation code of letters and digits",
            seen=repr(bad["organisation"][0][:40]),
            action="check the line in the published file",
        )


def with_labels(table: pl.DataFrame) -> pl.DataFrame:
    """Codes in capitals, the region of every organisation, and England's row under its own code and name."""
    parent = pl.col("parent_organisation").str.to_uppercase().str.replace_all(r"\s+", " ")
    region = parent.str.replace(r"^NHS ENGLAND ", "").str.replace(r" ?\(.*$", "").replace_strict(REGIONS, default=None, return_dtype=pl.String)
    return table.with_columns(
        organisation=pl.when("is_total").then(pl.lit("ENG")).otherwise(pl.col("organisation").str.to_uppercase()),
        organisation_name=pl.when("is_total").then(pl.lit("England")).otherwise("organisation_name"),
        parent_organisation=pl.when("is_total").then(None).otherwise("parent_organisation"),
        region=pl.when("is_total").then(None).otherwise(region),
    )
