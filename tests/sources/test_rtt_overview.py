"""The overview time series of referral to treatment, in both layouts: cells as published, figures made up."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from sightline.errors import BadInput
from sightline.sources import rtt_overview, spreadsheet
from sightline.sources.spreadsheet import Cell, Rows

EARLIER: dict[str, list[str]] = {
    "": ["", "Year", "Month"],
    "Incomplete RTT pathways": [
        *("Median wait (weeks)", "92nd percentile (weeks)", "No. within 18 weeks", "No. within 18 weeks with estimates for missing data"),
        *("% within 18 weeks", "No. > 18 weeks", "No. > 52 weeks", "% > 52 weeks", "No. > 65 weeks", "No. > 78 weeks", "No. > 104 weeks"),
        *("Total waiting (mil)", "Total waiting (mil) with estimates for missing data"),
    ],
    "Unique Patients\n": ["Estimated number of unique patients (mil)"],
    "Completed admitted (unadjusted) RTT pathways": [
        *("Median wait (weeks)", "95th percentile (weeks)", "No. within 18 weeks", "No. > 52 weeks", "No. of pathways (all)"),
    ],
    "Completed non-admitted RTT pathways": [
        *("Median wait (weeks)", "95th percentile (weeks)", "No. within 18 weeks", "No. > 52 weeks", "No. of pathways (all)"),
    ],
    "New RTT periods": ["No. of new RTT periods", ""],
}
ADJUSTED: dict[str, list[str]] = {"Completed admitted (adjusted) RTT pathways": ["Median wait (weeks)", "No. of pathways (all)"]}
REMOVALS: dict[str, list[str]] = {
    "Total completed pathways": ["Total completed pathways"],
    "Derived unreported removals ": ["Total unreported removals", "Total unreported removals with estimates"],
    "Total removals": ["Total removals", ""],
}
JANUARY: list[Cell] = [
    *(13.5, 40.25, 610, 620, 0.61, 390, 13, 0.013, 3, 2, 1, 1000, 1020, 850.5),
    *(9.5, "52+", 70, 4, 101, 8.5, 52.4, 150, 9, 202, 300, ""),
]  # fmt: skip


def sheet(groups: dict[str, list[str]], *rows: list[Cell]) -> Rows:
    """The sheet as published: front matter, two rows of headings, months, empty months to come, notes."""
    top = [group if place == 0 else "" for group, texts in groups.items() for place, _ in enumerate(texts)]
    below = [text for group, texts in groups.items() if group for text in texts]
    top[:3] = ["", "Year", "Month"]
    to_come: list[Cell] = ["", "", date(2027, 3, 1), *["-"] * 2]
    notes: Rows = [["", "Notes:"], ["", "1. Median and percentile times are estimates."]]
    table: Rows = [
        [""],
        ["", "Title: Referral to Treatment (RTT) Waiting Times, England"],
        [""],
        list(top),
        ["", "", "", *below],
        *rows,
        to_come,
        [""],
        *notes,
    ]
    width = max(map(len, table))
    return [[*row, *[""] * (width - len(row))] for row in table]


def read(rows: Rows) -> pl.DataFrame:
    def cells(_body: bytes, _name: str, _sheets: str) -> dict[str, Rows]:
        return {"Full Time Series": rows}

    return rtt_overview.parse(b"", "overview.xlsx", cells)


def month(name: Cell, more: list[Cell] | None = None) -> list[Cell]:
    return ["", "2025/26", name, *JANUARY, *(more or [])]


def test_a_month_is_read_by_group_and_heading_together() -> None:
    table = read(sheet(EARLIER | ADJUSTED, month(date(2026, 1, 1), [99, 98])))
    assert table.schema == pl.Schema(rtt_overview.SCHEMA)
    row = table.row(0, named=True)
    assert (row["waiting"], row["waiting_with_estimates"], row["waiting_median_weeks"]) == (1000, 1020, 13.5)
    assert (row["admitted_median_weeks"], row["not_admitted_median_weeks"], row["admitted"], row["not_admitted"]) == (9.5, 8.5, 101, 202)
    assert (row["new_periods"], row["waiting_share_within_18_weeks"]) == (300, 0.61)


def test_groups_put_in_between_move_nothing_and_give_removals() -> None:
    later = read(sheet(EARLIER | REMOVALS | ADJUSTED, month(date(2026, 1, 1), [303, 25, 26, 328, "", 99, 98])))
    assert later.select("unreported_removals", "removals").row(0) == (25, 328)
    earlier = read(sheet(EARLIER | ADJUSTED, month(date(2026, 1, 1), [99, 98])))
    assert earlier.select("unreported_removals", "removals").row(0) == (None, None)
    assert later.drop("unreported_removals", "removals").equals(earlier.drop("unreported_removals", "removals"))


def test_a_month_in_words_with_a_mark_of_a_footnote_is_a_month() -> None:
    table = read(sheet(EARLIER, month(date(2024, 1, 1)), month("* Feb-24"), month(date(2024, 3, 1))))
    assert table.select("month", "noted").rows() == [(date(2024, 1, 1), False), (date(2024, 2, 1), True), (date(2024, 3, 1), False)]


def test_what_is_not_collected_or_lies_in_the_open_band_is_null_and_months_to_come_are_none() -> None:
    old = month(date(2007, 4, 1))
    old[-2] = "-"
    table = read(sheet(EARLIER, old))
    assert table.height == 1
    assert table.select("new_periods", "admitted_p95_weeks").row(0) == (None, None)


@pytest.mark.parametrize(
    ("rows", "seen"),
    [
        (
            sheet(EARLIER | {"New RTT periods": ["No. of new clocks", ""]}, month(date(2026, 1, 1))),
            "'No. of new RTT periods' under 'New RTT periods'",
        ),
        (sheet(EARLIER | {"New RTT periods": ["No. of new RTT periods"] * 2}, month(date(2026, 1, 1))), "a second time"),
        (sheet(EARLIER, month(date(2026, 1, 1)), month(date(2026, 1, 1))), "cell C7"),
        (sheet(EARLIER, month("some time")), "'some time'"),
        (sheet(EARLIER, [*month(date(2026, 1, 1))[:3], "many", *JANUARY[1:]]), "'many'"),
        (sheet(EARLIER), "figures below the headings"),
        ([["Year", "Figures"], ["2026", 1]], "'Year' and 'Month'"),
    ],
)
def test_a_sheet_that_is_not_as_published_is_refused(rows: Rows, seen: str) -> None:
    with pytest.raises(BadInput, match=seen.replace("(", r"\(")) as caught:
        read(rows)
    assert "overview.xlsx" in str(caught.value)


def test_a_body_that_is_no_workbook_is_refused() -> None:
    with pytest.raises(BadInput, match="a web page"):
        rtt_overview.parse(b"<html>", "overview.xlsx", spreadsheet.read)
