"""Workbooks written by code: the published layouts with made-up figures, and what nobody should publish."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import xlsxwriter

Grid = list[list[Any]]

# ------------------------------------------------------------------------------------------------- Provider Level Data

TYPES = [
    "Type 1 Departments - Major A&E",
    "Type 2 Departments - Single Specialty",
    "Type 3 Departments - Other A&E/Minor Injury Unit",
]
WITHIN = "A&E attendances less than 4 hours from arrival to admission, transfer or discharge"
OVER = "A&E attendances greater than 4 hours from arrival to admission, transfer or discharge"
SHARE = "Percentage of attendances within 4 hours"
SHARES = [f"Percentage in 4 hours or less ({which})" for which in ("all", "type 1", "type 2", "type 3")]
VIA = [f"Emergency Admissions via Type {which} A&E" for which in ("1", "2", "3 and 4")]
WAITS = [f"Number of patients spending >{hours} hours from decision to admit to admission" for hours in (4, 12)]

GROUP_ROW = ["", "", "", "", "A&E attendances", "", "", "", WITHIN, "", "", "", OVER, "", "", "", SHARE, "", "", "", "Emergency Admissions"]
HEADINGS = [
    *("", "Code", "Region", "Name"),
    *(*TYPES, "Total attendances"),
    *(*TYPES, "Total Attendances < 4 hours"),
    *(*TYPES, "Total Attendances > 4 hours"),
    *SHARES,
    *(*VIA, "Total Emergency Admissions via A&E", "Other Emergency admissions (i.e not via A&E)", "Total Emergency Admissions"),
    *WAITS,
]

CAMBRIDGE = [8000, 0, 2500, 10500, *["-"] * 8, *["-"] * 4, 2000, 0, 30, 2030, 400, 2430, 150, 3]
ROYAL_FREE = [
    *(9000, 410, 2000, 11410, 7200, 400, 1990, 9590, 1800, 10, 10, 1820),
    *(9590 / 11410, 0.8, 400 / 410, 0.995),
    *(1900, 11, 13, 1924, 800, 2724, 622, 12),
]
SHEFFIELD = [0, 0, 3100, 3100, 0, 0, 3050, 3050, 0, 0, 50, 50, 3050 / 3100, "-", "-", 3050 / 3100, 0, 0, 0, 0, 0, 0, 0, 0]
ENGLAND = [
    *(17000, 410, 7600, 25010, 7200, 400, 5040, 12640, 1800, 10, 60, 1870),
    *(12640 / 14510, 0.8, 400 / 410, 5040 / 5100),
    *(3900, 11, 43, 3954, 1200, 5154, 772, 15),
]


def provider_sheet(period: object = "March 2020", published: object = "9th April 2020", revised: object = "13th August 2020") -> Grid:
    """The sheet as published: England in row 17, three organisations from row 19, a column of look-ups at the far right."""
    head = {
        1: ["", "", "", "", 4, 5, 6, "", "", "", "", "", 7, 8, 9],
        2: ["", "Title:", "A&E Attendances & Emergency Admission monthly statistics, NHS and independent sector organisations in England"],
        4: ["", "Summary:", "A&E attendances, performance and emergency admissions"],
        6: ["", "Period:", period],
        7: ["", "Source:", "SDCS data collection - MSitAE"],
        8: ["", "Basis:", "Provider"],
        9: ["", "Published:", published],
        10: ["", "Revised:", revised],
        11: ["", "Status:", "Published"],
        12: ["", "Contact:", "A. N. Other - nobody@example.org"],
        14: ["", "Provider Level Data"],
        15: GROUP_ROW,
        16: HEADINGS,
        17: ["", "-", "-", "England", *ENGLAND],
        19: ["", "RGT", "NHS England East Of England ", "Cambridge University Hospitals NHS Foundation Trust", *CAMBRIDGE, "Cambridgeshire STP"],
        20: ["", "RAL", "NHS England London", "Royal Free London NHS Foundation Trust", *ROYAL_FREE, "North London STP"],
        21: ["", "Y03047", "NHS England North East And Yorkshire ", "Sheffield Walk-in Centre", *SHEFFIELD, "South Yorkshire STP"],
    }
    return grid(head, 29)


def grid(rows: Mapping[int, list[Any]], width: int) -> Grid:
    """Rows by their number, filled up with empty cells."""
    return [rows.get(row, []) + [""] * (width - len(rows.get(row, []))) for row in range(1, max(rows) + 1)]


def with_cells(sheet: Grid, cells: Mapping[str, Any]) -> Grid:
    """The sheet with other cells, by their names: ``E19``."""
    places = {place_of(name): value for name, value in cells.items()}
    height = max([len(sheet), *(row + 1 for row, _ in places)])
    width = max([len(sheet[0]), *(place + 1 for _, place in places)])
    changed = [[*line, *[""] * (width - len(line))] for line in [*sheet, *[[]] * (height - len(sheet))]]
    for (row, place), value in places.items():
        changed[row][place] = value
    return changed


def place_of(cell: str) -> tuple[int, int]:
    """Row and column from 0 of a cell such as ``E19``."""
    letters, digits = re.fullmatch(r"([A-Z]+)([0-9]+)", cell).groups()  # type: ignore[union-attr]
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return int(digits) - 1, place - 1


# ------------------------------------------------------------------------------------------------- national time series


def activity_sheet() -> Grid:
    admissions = [*VIA, "Total Emergency Admissions via A&E", "Other Emergency Admissions (i.e not via A&E)", "Total Emergency Admissions", *WAITS]
    return series(
        ["", "", "A&E attendances", "", "", "", "Emergency Admissions"],
        ["", "Period", *TYPES, "Total Attendances", *admissions, "", "Operational standard (Performance)", "", 0.95],
        [
            [date(2010, 10, 1), 1100000, 50000, 550000, 1700000, 300000, 5000, 2500, 307500, 120000, 427500, 6900, 0, "", 0.95],
            [date(2010, 11, 1), 1110000.125, 51000.5, 480000.375, 1641001, 297000.25, 5700, 3200, 305900.25, 121000, 426900.25, 7100, 2, "", 0.95],
            [date(2010, 12, 1), 1120000, 45000, 530000, 1695000, 310000, 5500, 3300, 318800, 119000, 437800, 13800, 41, "", 0.95],
        ],
    )


def performance_sheet() -> Grid:
    return series(
        ["", "", WITHIN, "", "", "", OVER, "", "", "", SHARE],
        ["", "Period", *TYPES, "Total Attendances < 4 hours", *TYPES, "Total Attendances > 4 hours", *SHARES],
        [
            [date(2010, 11, 1), 1054500.125, 50500.5, 479500.375, 1584501, 55500, 500, 500, 56500, 0.96557, 0.95, 0.9902, 0.99896],
            [date(2010, 12, 1), 1008000, 44000, 528000, 1580000, 112000, 1000, 2000, 115000, 0.93215, 0.9, 0.97778, 0.99623],
        ],
    )


def booking_sheet() -> Grid:
    groups = [
        "A&E Booked Appointment attendances",
        "A&E Booked Appointment attendances less than or equal to 4 hours from arrival to admission, transfer or discharge",
        "A&E Booked Appointments attendances greater than 4 hours from arrival to admission, transfer or discharge",
        SHARE,
    ]
    totals = ["Total attendances", "Booked Appointment Attendances <= 4 hours", "Booked Appointment Attendances > 4 hours"]
    return series(
        ["", "", *(cell for group in groups for cell in (group, "", "", ""))],
        ["", "Period", *(text for total in totals for text in (*TYPES, total)), *(f"{share} (Booked Appointments Only)" for share in SHARES)],
        [[date(2010, 12, 1), 1400, 0, 19000, 20400, 1260, 0, 18905, 20165, 140, 0, 95, 235, 0.98848, 0.9, "-", 0.995]],
    )


def series(groups: list[Any], headings: list[Any], months: list[list[Any]]) -> Grid:
    head = {2: ["", "Title:", "A&E statistics"], 4: ["", "Period:", "August 2010 - present"], 7: ["", "Published:", "13th January 2011"]}
    rows = head | {13: groups, 14: headings} | {row: ["", *month] for row, month in enumerate(months, start=15)}
    return grid(rows, 18)


def time_series() -> dict[str, Grid]:
    return {"Activity": activity_sheet(), "Performance": performance_sheet(), "Booking": booking_sheet(), "Notes": [["", "Notes: \n"]]}


# ------------------------------------------------------------------------------------------------------------ .xlsx


def xlsx(
    sheets: Mapping[str, Grid], *, hidden: tuple[str, ...] = (), date_1904: bool = False, finish: Callable[[xlsxwriter.Workbook], None] | None = None
) -> bytes:
    """A workbook of these sheets; a cell that begins with ``=`` is a formula error."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "mmm yy", "date_1904": date_1904})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        if name in hidden:
            sheet.hide()
        for row, cells in enumerate(rows):
            for place, cell in enumerate(cells):
                write(sheet, row, place, cell)
    if finish:
        finish(book)
    book.close()
    return out.getvalue()


def write(sheet: Any, row: int, place: int, cell: Any) -> None:
    if isinstance(cell, (date, datetime)):
        sheet.write_datetime(row, place, cell)
    elif isinstance(cell, str) and cell.startswith("="):
        sheet.write_formula(row, place, "=1/0", None, cell[1:])
    elif isinstance(cell, str):
        if cell:
            sheet.write_string(row, place, cell)
    else:
        sheet.write(row, place, cell)


def provider(cells: Mapping[str, Any] | None = None, **head: Any) -> bytes:
    """A workbook with one sheet *Provider Level Data*, some cells being others than published."""
    return xlsx({"Provider Level Data": with_cells(provider_sheet(**head), cells or {})})


def members(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def with_member(body: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The archive with another text in one member."""
    parts = members(body)
    return zipped(parts | {name: change(parts.get(name, b""))})


SHEET_XML = "xl/worksheets/sheet1.xml"


def with_sheet(change: Callable[[bytes], bytes]) -> bytes:
    """A small workbook with another text in its one sheet, *A*; ``A1`` is 7."""
    return with_member(xlsx({"A": [[7]]}), SHEET_XML, change)


def with_rows(rows: bytes, dimension: bytes = b"A1") -> bytes:
    """A small workbook with these rows as XML, and a dimension that may lie."""
    head = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="%s"/><sheetData>'
    return with_sheet(lambda _: head % dimension + rows + b"</sheetData></worksheet>")


# -------------------------------------------------------------------------------------------------------------- .xls


def record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def biff(sheets: Mapping[str, Grid], *, dimensions: bytes | None = None, extra: bytes = b"") -> bytes:
    """The stream of a workbook in BIFF8: globals, then a substream a sheet, with numbers and texts."""
    start, end = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 6)), record(0x0A, b"")
    names = [name.encode("utf-16-le") for name in sheets]
    bodies = []
    for rows in sheets.values():
        height, width = len(rows), max((len(row) for row in rows), default=0)
        cells = [
            record(0x203, struct.pack("<HHHd", row, place, 0, cell)) if not isinstance(cell, str) else label(row, place, cell)
            for row, line in enumerate(rows)
            for place, cell in enumerate(line)
            if cell != ""
        ]
        bodies.append(start + (dimensions or record(0x200, struct.pack("<IIHHH", 0, height, 0, width, 0))) + b"".join(cells) + end)
    head = record(0x809, struct.pack("<HHHHII", 0x600, 0x05, 0, 0, 0, 6)) + extra
    offset = len(head) + sum(12 + len(name) for name in names) + len(end)
    listing = b""
    for name, body in zip(names, bodies, strict=True):
        listing += record(0x85, struct.pack("<IBBBB", offset, 0, 0, len(name) // 2, 1) + name)
        offset += len(body)
    return head + listing + end + b"".join(bodies)


def label(row: int, place: int, text: str) -> bytes:
    data = text.encode("utf-16-le")
    return record(0x204, struct.pack("<HHHHB", row, place, 0, len(data) // 2, 1) + data)


def ole(streams: Mapping[str, bytes]) -> bytes:
    """A compound file (OLE2) of these streams, each padded to at least 4,096 bytes so that none is a short one."""
    padded = {name: data.ljust(4096, b"\0") + b"\0" * (-len(data.ljust(4096, b"\0")) % 512) for name, data in streams.items()}
    fat = [0xFFFFFFFD]
    entries = [(b"Root Entry", 5, 0xFFFFFFFE, 0, 1)]
    sectors = b""
    start = 2
    for number, (name, data) in enumerate(padded.items(), start=1):
        count = len(data) // 512
        following = number + 1 if number < len(padded) else 0xFFFFFFFF
        entries.append((name.encode(), 2, start, len(data), following))
        sectors += data
        start += count
    fat += [0xFFFFFFFE]
    at = 2
    for data in padded.values():
        count = len(data) // 512
        fat += [*range(at + 1, at + count), 0xFFFFFFFE]
        at += count
    assert len(fat) <= 128 and len(entries) <= 4
    table = struct.pack("<128I", *fat, *[0xFFFFFFFF] * (128 - len(fat)))
    directory = b""
    for name_, kind, first, size, following in entries:
        wide = name_.decode().encode("utf-16-le") + b"\0\0"
        left, right, child = (0xFFFFFFFF, 0xFFFFFFFF, following) if kind == 5 else (0xFFFFFFFF, following, 0xFFFFFFFF)
        directory += (
            wide.ljust(64, b"\0") + struct.pack("<HBBIII", len(wide), kind, 1, left, right, child) + bytes(36) + struct.pack("<IQ", first, size)
        )
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return head + table + directory.ljust(512, b"\0") + sectors


def xls(sheets: Mapping[str, Grid], **settings: Any) -> bytes:
    return ole({"Workbook": biff(sheets, **settings)})
