"""The small files of tests/fixtures/ae, and hands that change a line or a cell of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from sightline.sources import ae

FIXTURES = Path(__file__).parents[1] / "fixtures" / "ae"

# the counts in the order in which the publisher prints them, by the names that sightline promises
SIXTEEN = (
    *("attendances_type_1", "attendances_type_2", "attendances_other"),
    *("over_4h_type_1", "over_4h_type_2", "over_4h_other"),
    *("dta_4_to_12h", "dta_12h"),
    *("emergency_admissions_type_1", "emergency_admissions_type_2", "emergency_admissions_other", "other_emergency_admissions"),
)
TWENTY_TWO = (
    *SIXTEEN[:3],
    *("booked_attendances_type_1", "booked_attendances_type_2", "booked_attendances_other"),
    *SIXTEEN[3:6],
    *("booked_over_4h_type_1", "booked_over_4h_type_2", "booked_over_4h_other"),
    *SIXTEEN[6:],
)
BOOKED = (*TWENTY_TWO[3:6], *TWENTY_TWO[9:12])

Edit = Callable[[list[bytes]], list[bytes]]


def fixture(name: str) -> bytes:
    return (FIXTURES / f"{name}.csv").read_bytes()


def parsed(name: str) -> pl.DataFrame:
    return ae.parse(fixture(name), f"{name}.csv")


def edited(name: str, edit: Edit) -> bytes:
    """A fixture with its lines changed; line 1 of the file is the first of the list."""
    return b"\r\n".join(edit(fixture(name).rstrip(b"\r\n").split(b"\r\n"))) + b"\r\n"


def with_cell(line: int, column: int, text: str | bytes, name: str = "layout-c") -> bytes:
    """A fixture without quoted fields, one cell of it changed; line and column count from 1."""

    def edit(lines: list[bytes]) -> list[bytes]:
        cells = lines[line - 1].split(b",")
        cells[column - 1] = text if isinstance(text, bytes) else text.encode()
        return [*lines[: line - 1], b",".join(cells), *lines[line:]]

    return edited(name, edit)


def counts(frame: pl.DataFrame, columns: tuple[str, ...] = TWENTY_TWO) -> dict[str, list[int | None]]:
    """Organisation -> its counts, in the order of the publisher."""
    return {row[0]: list(row[1:]) for row in frame.select("organisation", *columns).iter_rows()}
