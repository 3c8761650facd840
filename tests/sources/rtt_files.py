"""Small full extracts in the published layout: a ZIP with one CSV, made of a few rows. Figures are made up."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

NAME = "Full-CSV-data-file-Jan26-ZIP-4M-x.zip"
MEMBER = "20260131-RTT-January-2026-full-extract.csv"
BANDS = [*(f"Gt {week:02} To {week + 1:02} Weeks SUM 1" for week in range(104)), "Gt 104 Weeks SUM 1"]
LABELS = [
    *("Period", "Provider Parent Org Code", "Provider Parent Name", "Provider Org Code", "Provider Org Name"),
    *("Commissioner Parent Org Code", "Commissioner Parent Name", "Commissioner Org Code", "Commissioner Org Name"),
    *("RTT Part Type", "RTT Part Description", "Treatment Function Code", "Treatment Function Name"),
]
HEADER = [*LABELS, *BANDS, "Total", "Patients with unknown clock start date", "Total All"]
PROVIDERS = {
    "RA1": ("QWE", "NHS SOUTH WEST LONDON INTEGRATED CARE BOARD", "FIRST NHS TRUST"),
    "NT001": ("", "", '"SITE, THE"'),
}


@dataclass(frozen=True)
class Cell:
    """The pathways of one provider, commissioner, part and function, by week waited."""

    provider: str
    commissioner: str
    part: str
    function: str
    weeks: Mapping[int, int] = field(default_factory=dict)
    unknown: int = 0
    new: int = 0


CELLS = (
    Cell("RA1", "36L", "Part_1A", "C_100", {3: 5, 30: 2}, unknown=1),
    Cell("RA1", "36L", "Part_1B", "C_100", {0: 4}),
    Cell("RA1", "36L", "Part_2", "C_100", {0: 10, 17: 8, 18: 6, 52: 3, 104: 1}),
    Cell("RA1", "36L", "Part_2", "X04", {17: 20, 40: 2}),
    Cell("RA1", "36L", "Part_2A", "C_100", {18: 4}),
    Cell("RA1", "36L", "Part_3", "C_100", new=31),
    Cell("RA1", "72Q", "Part_2", "C_100", {0: 7}),
    Cell("RA1", "NONC", "Part_2", "C_100", {60: 9}),
    Cell("NT001", "13Q", "Part_2", "C_110", {5: 40}),
)


def rows_of(cells: Iterable[Cell], period: str = "RTT-January-2026") -> list[list[str]]:
    """The rows of an extract, each with its total row C_999 after it where the group ends."""
    rows, totals = [], {}
    for cell in cells:
        rows.append(row_of(cell, period))
        key = (cell.provider, cell.commissioner, cell.part)
        total = totals.setdefault(key, Cell(*key, "C_999", {}, 0, 0))
        weeks = {week: total.weeks.get(week, 0) + cell.weeks.get(week, 0) for week in {*total.weeks, *cell.weeks}}
        totals[key] = Cell(*key, "C_999", weeks, total.unknown + cell.unknown, total.new + cell.new)
    return [*rows, *(row_of(total, period) for total in totals.values())]


def row_of(cell: Cell, period: str) -> list[str]:
    """One row as it is published: `Total` and unknown starts in completed parts alone, blanks and zeros mixed, no bands in Part_3."""
    parent, parent_name, name = PROVIDERS[cell.provider]
    labels = [period, parent, parent_name, cell.provider, name, "", "", cell.commissioner, "#N/A" if cell.commissioner == "NONC" else "BOARD"]
    labels += [cell.part, "Pathways", cell.function, "Total" if cell.function == "C_999" else "Service"]
    waited = sum(cell.weeks.values())
    if cell.part == "Part_3":
        return [*labels, *[""] * 105, "", "", str(cell.new)]
    blank = [str(cell.weeks[week]) if week in cell.weeks else ("" if week % 2 else "0") for week in range(105)]
    completed = cell.part in ("Part_1A", "Part_1B")
    return [*labels, *blank, str(waited) if completed else "", str(cell.unknown) if completed else "", str(waited + cell.unknown)]


def csv_of(rows: Iterable[list[str]], header: Iterable[str] = HEADER) -> bytes:
    return ("\r\n".join([",".join(header), *(",".join(row) for row in rows)]) + "\r\n").encode()


def zipped(members: Mapping[str, bytes]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return body.getvalue()


def extract(cells: Iterable[Cell] = CELLS, period: str = "RTT-January-2026") -> bytes:
    """A whole extract."""
    return zipped({MEMBER: csv_of(rows_of(cells, period))})


def with_cell(row: int, column: str, text: str) -> bytes:
    """An extract with one cell changed; the first row below the header is 0."""
    rows = rows_of(CELLS)
    rows[row][HEADER.index(column)] = text
    return zipped({MEMBER: csv_of(rows)})
