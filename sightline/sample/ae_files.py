"""A&E of the simulated NHS as it is published: monthly CSV and provider workbook in NHS England's layouts.

The layouts are spelt out here a second time and are not taken from the code that reads them, so that a reader which has a
heading wrong is found out.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Final

import polars as pl
import xlsxwriter  # type: ignore[import-untyped]

from sightline.sample.ae import COUNTS, DEPARTMENTS, LABELS, SEED, Release, releases
from sightline.sample.publication import Publication, PublishedFile

TITLE: Final = "A&E Attendances and Emergency Admissions"
HOST: Final = "https://www.england.nhs.uk"
INDEX: Final = f"{HOST}/statistics/statistical-work-areas/ae-waiting-times-and-activity/"
UPLOADS: Final = f"{HOST}/statistics/wp-content/uploads/sites/2"

#: the columns of the CSV in the order of publication (layout C), as published -> as ``figures`` calls them
COLUMNS: Final = {
    "Org Code": "organisation",
    "Parent Org": "parent_organisation",
    "Org name": "organisation_name",
    "A&E attendances Type 1": "attendances_type_1",
    "A&E attendances Type 2": "attendances_type_2",
    "A&E attendances Other A&E Department": "attendances_other",
    "A&E attendances Booked Appointments Type 1": "booked_attendances_type_1",
    "A&E attendances Booked Appointments Type 2": "booked_attendances_type_2",
    "A&E attendances Booked Appointments Other Department": "booked_attendances_other",
    "Attendances over 4hrs Type 1": "over_4h_type_1",
    "Attendances over 4hrs Type 2": "over_4h_type_2",
    "Attendances over 4hrs Other Department": "over_4h_other",
    "Attendances over 4hrs Booked Appointments Type 1": "booked_over_4h_type_1",
    "Attendances over 4hrs Booked Appointments Type 2": "booked_over_4h_type_2",
    "Attendances over 4hrs Booked Appointments Other Department": "booked_over_4h_other",
    "Patients who have waited 4-12 hs from DTA to admission": "dta_4_to_12h",
    "Patients who have waited 12+ hrs from DTA to admission": "dta_12h",
    "Emergency admissions via A&E - Type 1": "emergency_admissions_type_1",
    "Emergency admissions via A&E - Type 2": "emergency_admissions_type_2",
    "Emergency admissions via A&E - Other A&E department": "emergency_admissions_other",
    "Other emergency admissions": "other_emergency_admissions",
}

#: the columns of the workbook from E on: group (row 15), heading (row 16); groups stand over their first column only
TYPES: Final = ("Type 1 Departments - Major A&E", "Type 2 Departments - Single Specialty", "Type 3 Departments - Other A&E/Minor Injury Unit")
GROUPS: Final = {
    "A&E attendances": (*TYPES, "Total attendances"),
    "A&E attendances less than 4 hours from arrival to admission, transfer or discharge": (*TYPES, "Total Attendances < 4 hours"),
    "A&E attendances greater than 4 hours from arrival to admission, transfer or discharge": (*TYPES, "Total Attendances > 4 hours"),
    "Percentage of attendances within 4 hours": tuple(f"Percentage in 4 hours or less ({kind})" for kind in ("all", "type 1", "type 2", "type 3")),
    "Emergency Admissions": (
        "Emergency Admissions via Type 1 A&E",
        "Emergency Admissions via Type 2 A&E",
        "Emergency Admissions via Type 3 and 4 A&E",
        "Total Emergency Admissions via A&E",
        "Other Emergency admissions (i.e not via A&E)",
        "Total Emergency Admissions",
        "Number of patients spending >4 hours from decision to admit to admission",
        "Number of patients spending >12 hours from decision to admit to admission",
    ),
}
#: sheet -> what it counts, and the columns of attendances that it adds up
SHEETS: Final = {
    "Provider Level Data": ("The total of booked and non-booked A&E attendances, as well as emergency admissions.", ("", "booked_")),
    "Non-Booked Data": ("A&E attendances without booked appointments, as well as emergency admissions.", ("",)),
}


# ------------------------------------------------------------------------------------------------------ files and links


def publication(seed: int = SEED) -> Publication:
    """All of A&E that is ever published, a CSV and a workbook a release; workbooks are made when they are read."""
    return Publication(TITLE, INDEX, tuple(file for release in releases(seed) for file in files_of(release)))


def files_of(release: Release) -> tuple[PublishedFile, PublishedFile]:
    """The CSV and the workbook of a release, where and under which words NHS England would publish them."""
    month, year = f"{release.month:%B-%Y}", financial_year(release.month)
    ending = "simulated-revised" if release.revised else "simulated"
    text = f"Monthly A&E {release.month:%B %Y}" + (f" (revised {release.revised:%d.%m.%y})" if release.revised else "")
    table = csv_body(release)

    def file(name: str, kind: str, body: Callable[[], bytes]) -> PublishedFile:
        return PublishedFile(
            page=f"{INDEX}ae-attendances-and-emergency-admissions-{year}/",
            page_title=f"{TITLE} {year}",
            url=f"{UPLOADS}/{release.published:%Y/%m}/{name}",
            anchor_text=f"{text} ({kind})",
            published=release.published,
            body=body,
        )

    return (
        file(f"Monthly-AE-{month}-{ending}.csv", f"CSV, {len(table) / 1000:.1f}K", lambda: table),
        file(f"{month}-AE-by-provider-{ending}.xlsx", "XLS", lambda: workbook_body(release)),
    )


def financial_year(month: date) -> str:
    """April to March: '2024-25'."""
    begins = month.year - (month.month < 4)
    return f"{begins}-{(begins + 1) % 100:02d}"


# ------------------------------------------------------------------------------------------------------------------ CSV


def csv_body(release: Release) -> bytes:
    """The monthly CSV in layout C: ASCII, CRLF, a row an organisation, the total row last."""
    periods = {"MSitAE-" + f"{release.month:%B-%Y}".upper(): release.figures, "TOTAL": total(release.figures, "TOTAL")}
    rows = pl.concat(figures.with_columns(Period=pl.lit(period)) for period, figures in periods.items())
    published = rows.select("Period", *(pl.col(tidy).alias(heading) for heading, tidy in COLUMNS.items()))
    return published.write_csv(line_terminator="\r\n").encode("ascii")


def total(figures: pl.DataFrame, label: str) -> pl.DataFrame:
    """One row: the sum of every count, with the same label in every other column."""
    return figures.select(pl.lit(label).alias(column) for column in LABELS[1:]).head(1).hstack(figures.select(pl.col(COUNTS).sum()))


# ------------------------------------------------------------------------------------------------------------- workbook


def workbook_body(release: Release) -> bytes:
    """The provider workbook: England in row 17, organisations from row 19, proportions where it says percentage.

    The same release gives the same bytes.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        noon = datetime(release.published.year, release.published.month, release.published.day, 12, tzinfo=UTC)
        book.set_properties({"title": f"Simulated: {TITLE}, {release.month:%B %Y}", "created": noon})
        for sheet, (summary, prefixes) in SHEETS.items():
            page = book.add_worksheet(sheet)
            for row, words in enumerate(head(release, summary), start=1):
                page.write_row(row, 1, words)
            for row, cells in body_rows(release.figures, prefixes):
                page.write_row(row, 1, cells)
    return buffer.getvalue()


def head(release: Release, summary: str) -> list[tuple[str, ...]]:
    """Rows 2 to 16 from column B on."""
    groups = [words for group, headings in GROUPS.items() for words in (group, *[""] * (len(headings) - 1))]
    return [
        ("Title:", f"SIMULATED: {TITLE} monthly statistics of organisations that do not exist"),
        (),
        ("Summary:", summary),
        (),
        ("Period:", f"{release.month:%B %Y}"),
        ("Source:", "sightline sample: simulated figures, not real"),
        ("Basis:", "Provider"),
        ("Published:", spoken(release.first_published)),
        ("Revised:", spoken(release.revised) if release.revised else ""),
        ("Status:", "Simulated"),
        ("Contact:", "nobody: these figures are simulated"),
        (),
        ("Provider Level Data",),
        ("", "", "", *groups),
        ("Code", "Region", "Name", *(heading for headings in GROUPS.values() for heading in headings)),
    ]


def body_rows(figures: pl.DataFrame, prefixes: tuple[str, ...]) -> list[tuple[int, tuple[object, ...]]]:
    """Row of the sheet, counted from 0, and its cells from column B on: England, a gap, the organisations."""
    england = total(figures, "-").with_columns(organisation_name=pl.lit("England"))
    rows = {16: provider_table(england, prefixes).row(0)} | dict(enumerate(provider_table(figures, prefixes).rows(), start=18))
    return [(row, tuple("-" if cell is None else cell for cell in cells)) for row, cells in rows.items()]


def provider_table(figures: pl.DataFrame, prefixes: tuple[str, ...]) -> pl.DataFrame:
    """Code, region, name, and a column for each heading of ``GROUPS``; a proportion is null where nothing can be divided."""
    seen, over = (
        {kind: pl.sum_horizontal(f"{prefix}{count}_{kind}" for prefix in prefixes) for kind in DEPARTMENTS} for count in ("attendances", "over_4h")
    )
    all_seen, all_over = (pl.sum_horizontal(*counted.values()) for counted in (seen, over))
    admitted = [pl.col(f"emergency_admissions_{kind}") for kind in DEPARTMENTS]
    columns = [
        *seen.values(), all_seen,
        *(seen[kind] - over[kind] for kind in DEPARTMENTS), all_seen - all_over,
        *over.values(), all_over,
        share_within(all_seen, all_over), *(share_within(seen[kind], over[kind]) for kind in DEPARTMENTS),
        *admitted, pl.sum_horizontal(admitted), pl.col("other_emergency_admissions"),
        pl.sum_horizontal(*admitted, "other_emergency_admissions"),
        pl.col("dta_4_to_12h") + pl.col("dta_12h"), pl.col("dta_12h"),
    ]  # fmt: skip
    labels = [pl.col("organisation"), *(title_case(column) for column in ("parent_organisation", "organisation_name"))]
    return figures.select(*labels, *(column.alias(str(place)) for place, column in enumerate(columns)))


def share_within(seen: pl.Expr, over: pl.Expr) -> pl.Expr:
    """The proportion within four hours."""
    return pl.when(seen > 0).then((seen - over) / seen)


def title_case(column: str) -> pl.Expr:
    """Names are in capitals in the CSV and not in the workbook."""
    return pl.col(column).str.to_lowercase().str.to_titlecase().str.replace(r"^Nhs\b", "NHS")


def spoken(day: date) -> str:
    """A day as it is typed into the workbook: '10th July 2025'."""
    ending = "th" if day.day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    return f"{day.day}{ending} {day:%B %Y}"
