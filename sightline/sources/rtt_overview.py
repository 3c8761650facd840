"""Consultant-led referral to treatment (RTT): the overview time series workbook, England month by month since April 2007.

One sheet with two rows of headings, data as far as there are months, and empty rows for months to come. The words of a heading
repeat from group to group (*Median wait (weeks)* four times), so a column is known by its group and its words together. Releases put
further groups in between; what is not known here is left out. Figures are those that were reported; the estimates for missing trusts
beside them are read for the list alone.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from sightline.errors import BadInput
from sightline.sources import spreadsheet
from sightline.sources.ae import LARGEST_COUNT, MONTHS, normal
from sightline.sources.ae_workbook import SHARE, Kind, as_text, with_numbers
from sightline.sources.spreadsheet import column_letters

#: the sheet is the only one; its name is not relied on
SHEET: Final = ".*"

#: group -> words of the heading -> tidy name, of columns that every release has
HEADINGS: Final = {
    "Incomplete RTT pathways": {
        "Median wait (weeks)": "waiting_median_weeks",
        "92nd percentile (weeks)": "waiting_p92_weeks",
        "No. within 18 weeks": "waiting_within_18_weeks",
        "% within 18 weeks": "waiting_share_within_18_weeks",
        "No. > 18 weeks": "waiting_over_18_weeks",
        "No. > 52 weeks": "waiting_over_52_weeks",
        "No. > 65 weeks": "waiting_over_65_weeks",
        "No. > 78 weeks": "waiting_over_78_weeks",
        "No. > 104 weeks": "waiting_over_104_weeks",
        "Total waiting (mil)": "waiting",
        "Total waiting (mil) with estimates for missing data": "waiting_with_estimates",
    },
    "Completed admitted (unadjusted) RTT pathways": {
        "Median wait (weeks)": "admitted_median_weeks",
        "95th percentile (weeks)": "admitted_p95_weeks",
        "No. within 18 weeks": "admitted_within_18_weeks",
        "No. > 52 weeks": "admitted_over_52_weeks",
        "No. of pathways (all)": "admitted",
    },
    "Completed non-admitted RTT pathways": {
        "Median wait (weeks)": "not_admitted_median_weeks",
        "95th percentile (weeks)": "not_admitted_p95_weeks",
        "No. within 18 weeks": "not_admitted_within_18_weeks",
        "No. > 52 weeks": "not_admitted_over_52_weeks",
        "No. of pathways (all)": "not_admitted",
    },
    "New RTT periods": {"No. of new RTT periods": "new_periods"},
}
#: columns that came later, in releases of 2026
LATER: Final = {
    "Derived unreported removals": {"Total unreported removals": "unreported_removals"},
    "Total removals": {"Total removals": "removals"},
}
KNOWN: Final = {(normal(group), normal(text)): tidy for group, texts in (HEADINGS | LATER).items() for text, tidy in texts.items()}
FIGURES: Final = tuple(KNOWN.values())
SHARES: Final = ("waiting_share_within_18_weeks",)
#: a removal that is not reported is what is left of other numbers: it may be below 0
DERIVED: Final = ("unreported_removals", "removals")

NUMBER: Final = Kind(r"^([0-9]{1,12}(?:\.[0-9]+)?)$", pl.Float64, LARGEST_COUNT, f"a number from 0 to {LARGEST_COUNT:,}, or '-'")
SIGNED: Final = Kind(r"^(-?[0-9]{1,12}(?:\.[0-9]+)?)$", pl.Float64, LARGEST_COUNT, "a number, or '-'")
#: a centile that lies in the open band is printed as such: 52+
OPEN: Final = r"^[0-9]+\+$"
#: a month as a date, or typed with a mark of a footnote: ``* Feb-24``
MONTH_TEXT: Final = r"^[^A-Za-z0-9]*([A-Za-z]{3,9})[ \-/]+((?:20)?[0-9]{2})[^A-Za-z0-9]*$"
MONTH_DATE: Final = r"^((?:19|20)[0-9]{2}-[0-9]{2}-01)(?: 00:00:00)?$"

SCHEMA: Final = {"month": pl.Date, "noted": pl.Boolean, **dict.fromkeys(FIGURES, pl.Float64)}


def parse(body: bytes, name: str, read: spreadsheet.Read = spreadsheet.read) -> pl.DataFrame:
    """Read one published workbook, ``.xlsx`` or ``.xls``.

    Returns one row a month that has figures, by month, columns as in ``SCHEMA``: pathways in England, those of ``NONC`` left out, weeks,
    and proportions from 0 to 1. Null is what the sheet prints as ``-`` or as ``52+``, and a column that this release does not have.
    ``noted`` says that the month carries a mark of a footnote. ``read`` is for many files (``spreadsheet.reader``).

    Raises BadInput where the file is no workbook with one such sheet, lacks a heading or has one twice, or holds a month twice or
    anything else than dates, numbers and ``-``.
    """
    sheets = read(body, name, SHEET)
    tables = {sheet: rows for sheet, rows in sheets.items() if len(sheets) == 1 or has_headings(rows)}
    if len(tables) != 1:
        raise BadInput(
            name,
            expected="one sheet with the headings 'Year' and 'Month'",
            seen=f"{len(tables)} of the sheets {', '.join(repr(spreadsheet.printable(sheet)[:40]) for sheet in list(sheets)[:6])}",
            action="compare the sheets with the month before",
        )
    ((sheet, rows),) = tables.items()
    where = f"{name}, sheet {sheet!r}"
    cells = as_text(rows, where)
    header, places = find_columns(cells, where)
    return figures(cells.filter(pl.col("row") > header + 1), places, where)


def has_headings(rows: spreadsheet.Rows) -> bool:
    """True for a sheet with a row that says Year and Month."""
    return any({"year", "month"} <= {normal(str(cell)) for cell in row} for row in rows[:60])


def find_columns(cells: pl.DataFrame, where: str) -> tuple[int, dict[str, int]]:
    """The row of the groups, which the row of the headings follows, and tidy name -> place of every known column."""
    rows = [(row[0], [normal(str(text)) for text in row[1:]]) for row in cells.head(60).iter_rows()]
    found = [place for place, (_, texts) in enumerate(rows[:-1]) if {"year", "month"} <= set(texts)]
    if len(found) != 1:
        seen = f"{len(found)} in the first {len(rows)} rows"
        raise BadInput(where, expected="one row with the headings 'Year' and 'Month'", seen=seen, action="compare the sheet with the month before")
    (header, groups), (_, texts) = rows[found[0]], rows[found[0] + 1]
    group, known = "", []
    for place, (over, text) in enumerate(zip(groups, texts, strict=True), start=1):
        group = over or group
        if tidy := KNOWN.get((group, text)):
            known.append((tidy, place))
    places = dict(known) | {"month": groups.index("month") + 1}
    missing = [f"{text!r} under {over!r}" for over, words in HEADINGS.items() for text, tidy in words.items() if tidy not in places]
    twice = next((place for at, (tidy, place) in enumerate(known) if tidy in [other for other, _ in known[:at]]), None)
    if missing or twice:
        expected = f"the heading {'; '.join(missing[:3])}" if missing else "each heading of a group once"
        seen = (
            f"{len(known)} known headings without {'it' if len(missing) == 1 else 'them'}"
            if missing
            else f"column {column_letters(twice or 0)} a second time"
        )
        action = "compare with the month before; a heading that was renamed needs a line in sightline/sources/rtt_overview.py"
        raise BadInput(f"{where}, rows {header} and {header + 1}", expected=expected, seen=seen, action=action)
    return int(header), places


def figures(below: pl.DataFrame, places: dict[str, int], where: str) -> pl.DataFrame:
    """The months that have figures. Notes below the table and rows of months to come have none."""
    columns = [column for column in places if column != "month"]
    table = below.select("row", *(pl.col(str(place)).alias(column) for column, place in places.items()))
    filled = table.filter(pl.any_horizontal(~pl.col(column).is_in(["", "-"]) for column in columns))
    dated = filled.with_columns(day=month_of("month"), noted=~pl.col("month").str.contains(r"^[0-9A-Za-z]"))
    wrong = dated.filter(pl.col("day").is_null() | ~pl.col("day").is_first_distinct())
    if wrong.height:
        raise BadInput(
            f"{where}, cell {column_letters(places['month'])}{wrong['row'][0]}",
            expected="a month, each once",
            seen=repr(spreadsheet.printable(wrong["month"][0])[:40]),
            action="compare the row with the month before",
        )
    if dated.is_empty():
        raise BadInput(where, expected="figures below the headings", seen="none", action="fetch it again; if it stays so, read its page")
    plain = dated.with_columns(pl.col(columns).str.replace(OPEN, "-"))
    counted = with_numbers(plain, [column for column in columns if column not in (*SHARES, *DERIVED)], NUMBER, places, where)
    derived = with_numbers(counted, [column for column in DERIVED if column in columns], SIGNED, places, where)
    shares = with_numbers(derived, list(SHARES), SHARE, places, where).drop("month").rename({"day": "month"})
    absent = [pl.lit(None, pl.Float64).alias(column) for column in FIGURES if column not in columns]
    return shares.with_columns(absent).sort("month").select(pl.col(column).cast(kind) for column, kind in SCHEMA.items())


def month_of(column: str) -> pl.Expr:
    """The first of the month that a cell names, as a date or in words."""
    words = pl.col(column).str.to_uppercase().str.extract_groups(MONTH_TEXT)
    number = words.struct.field("1").replace_strict(MONTHS, default=None, return_dtype=pl.Int8)
    year = words.struct.field("2").cast(pl.Int32, strict=False)
    typed = pl.date(pl.when(year < 100).then(year + 2000).otherwise(year), number, 1)
    return pl.coalesce(pl.col(column).str.extract(MONTH_DATE).str.to_date("%Y-%m-%d", strict=False), typed)
