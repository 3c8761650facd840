"""Referral to treatment of the simulated NHS as it is published: monthly full extracts and the overview workbook in NHS England's layouts.

The layouts are spelt out here a second time and are not taken from the code that reads them, so that a reader which has a
heading wrong is found out.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import xlsxwriter  # type: ignore[import-untyped]

from sightline.sample.ae import SEED, publication_day
from sightline.sample.ae_files import HOST, UPLOADS, financial_year
from sightline.sample.publication import Publication, PublishedFile
from sightline.sample.rtt import FUNCTIONS, MONTHS, boards, figures, names

TITLE: Final = "Consultant-led Referral to Treatment Waiting Times"
INDEX: Final = f"{HOST}/statistics/statistical-work-areas/rtt-waiting-times/"
BANDS: Final = (*(f"Gt {week:02} To {week + 1:02} Weeks SUM 1" for week in range(104)), "Gt 104 Weeks SUM 1")
PARTS: Final = {
    "Part_1A": "Completed Pathways For Admitted Patients",
    "Part_1B": "Completed Pathways For Non-Admitted Patients",
    "Part_2": "Incomplete Pathways",
    "Part_2A": "Incomplete Pathways with DTA",
    "Part_3": "New RTT Periods - All Patients",
}
COMPLETED: Final = ("Part_1A", "Part_1B")
#: group (upper heading, over its first column only) -> headings, from column D on
GROUPS: Final = {
    "Incomplete RTT pathways": (
        *("Median wait (weeks)", "92nd percentile (weeks)", "No. within 18 weeks", "% within 18 weeks", "No. > 18 weeks", "No. > 52 weeks"),
        *("No. > 65 weeks", "No. > 78 weeks", "No. > 104 weeks", "Total waiting (mil)", "Total waiting (mil) with estimates for missing data"),
    ),
    **{
        f"Completed {kind} RTT pathways": (
            *("Median wait (weeks)", "95th percentile (weeks)", "No. within 18 weeks", "No. > 52 weeks", "No. of pathways (all)"),
        )
        for kind in ("admitted (unadjusted)", "non-admitted")
    },
    "New RTT periods": ("No. of new RTT periods",),
}
Cells = list[float | int | str]


# ------------------------------------------------------------------------------------------------------ files and links


def publication(seed: int = SEED) -> Publication:
    """All that is ever published: an extract a month, the overview with March's and with the newest; bodies are made when they are read."""
    extracts = [extract_file(month, seed) for month in MONTHS]
    overviews = [overview_file(month, seed) for month in MONTHS if month.month == 3 or month == MONTHS[-1]]
    return Publication(TITLE, INDEX, tuple(sorted((*extracts, *overviews), key=lambda file: file.published)))


def extract_file(month: date, seed: int) -> PublishedFile:
    """The full extract of a month."""
    return listed(month, f"Full CSV data file {month:%b%y} (ZIP)", f"Full-CSV-data-file-{month:%b%y}-ZIP-simulated.zip", lambda: extract(month, seed))


def overview_file(month: date, seed: int) -> PublishedFile:
    """The overview time series as it came out with a month."""
    words = f"RTT Overview Timeseries Including Estimates for Missing Trusts {month:%b%y}"
    return listed(month, f"{words} (XLS)", f"{words.replace(' ', '-')}-XLS-simulated.xlsx", lambda: overview(month, seed))


def listed(month: date, words: str, name: str, body: Callable[[], bytes]) -> PublishedFile:
    """A file where, and under which words, NHS England would publish it: on the second Thursday of the second month after."""
    year, day = financial_year(month), publication_day(date(month.year + month.month // 12, month.month % 12 + 1, 1))
    return PublishedFile(f"{INDEX}rtt-data-{year}/", f"{TITLE} Data {year}", f"{UPLOADS}/{day:%Y/%m}/{name}", words, day, body)


@cache
def known(seed: int) -> pl.DataFrame:
    """The figures of a seed, made once."""
    return figures(seed)


# -------------------------------------------------------------------------------------------------------------- extract


def extract(month: date, seed: int) -> bytes:
    """The full extract: a ZIP with one CSV, a row a provider, part and function, the total C_999 among them; the same bytes every time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(f"{month:%Y%m}-RTT-{month:%B-%Y}-full-extract-simulated.csv", (month.year, month.month, 28, 12, 0, 0))
        info.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(info, extract_rows(known(seed).filter(pl.col("month") == month)).write_csv(line_terminator="\r\n"))
    return buffer.getvalue()


def extract_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """The table as published, all of it text or whole numbers: zeros are blank bands, ``Total`` stands in completed parts alone."""
    keys = ["month", "organisation", "part"]
    wide = rows.with_columns(pl.col("bands").arr.to_struct([*BANDS])).unnest("bands")
    total = wide.group_by(keys).agg(pl.lit("C_999").alias("treatment_function"), pl.col(*BANDS, "unknown_clock_start", "pathways").sum())
    both = pl.concat([wide, total.select(wide.columns)]).sort(*keys, "treatment_function")
    completed, organisation = pl.col("part").is_in(COMPLETED), pl.col("organisation")
    labels = {
        "Period": pl.lit("RTT-") + pl.col("month").dt.strftime("%B-%Y"),
        "Provider Parent Org Code": organisation.replace_strict(boards()),
        "Provider Parent Name": pl.lit("SIMULATED BOARD"),
        "Provider Org Code": organisation,
        "Provider Org Name": organisation.replace_strict(names()),
        "Commissioner Parent Org Code": organisation.replace_strict(boards()),
        "Commissioner Parent Name": pl.lit("SIMULATED BOARD"),
        "Commissioner Org Code": pl.lit("SIM"),
        "Commissioner Org Name": pl.lit("SIMULATED COMMISSIONER"),
        "RTT Part Type": pl.col("part"),
        "RTT Part Description": pl.col("part").replace_strict(PARTS),
        "Treatment Function Code": pl.col("treatment_function"),
        "Treatment Function Name": pl.col("treatment_function").replace_strict({**FUNCTIONS, "C_999": "Total"}),
    }
    return both.select(
        *(text.alias(heading) for heading, text in labels.items()),
        *(pl.when(pl.col(band) > 0).then(band).alias(band) for band in BANDS),
        pl.when(completed).then(pl.sum_horizontal(BANDS)).alias("Total"),
        pl.when(completed).then("unknown_clock_start").alias("Patients with unknown clock start date"),
        pl.col("pathways").alias("Total All"),
    )


# ------------------------------------------------------------------------------------------------------------- overview


def overview(newest: date, seed: int) -> bytes:
    """The overview workbook as it came out with ``newest``: two rows of headings (11 and 12), a row a month; the same bytes every time."""
    buffer = io.BytesIO()
    day = publication_day(newest)
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"title": f"Simulated: {TITLE}, {newest:%B %Y}", "created": datetime(day.year, day.month, day.day, 12, tzinfo=UTC)})
        page, dated = book.add_worksheet("Full Time Series"), book.add_format({"num_format": "mmm-yy"})
        page.write_row(1, 1, ("Title:", "SIMULATED: waiting times of organisations that do not exist"))
        page.write_row(2, 1, ("Source:", "sightline sample: simulated figures, not real"))
        page.write_row(10, 1, ("Year", "Month", *(words for group, texts in GROUPS.items() for words in (group, *[""] * (len(texts) - 1)))))
        page.write_row(11, 3, [text for texts in GROUPS.values() for text in texts])
        for row, month in enumerate((one for one in MONTHS if one <= newest), start=12):
            page.write(row, 1, financial_year(month))
            page.write_datetime(row, 2, datetime(month.year, month.month, 1), dated)  # noqa: DTZ001  a cell knows no time zone
            page.write_row(row, 3, england(known(seed).filter(pl.col("month") == month)))
    return buffer.getvalue()


def england(rows: pl.DataFrame) -> Cells:
    """A month of all organisations, cells in the order of ``GROUPS``."""
    parts = rows.group_by("part").agg(pl.col("pathways").sum())
    size: dict[str, int] = dict(parts.iter_rows())
    bands = {part: rows.filter(pl.col("part") == part)["bands"].to_numpy().sum(axis=0) for part in PARTS}
    waiting = bands["Part_2"]
    cells: Cells = [centile(waiting, 0.5), centile(waiting, 0.92), int(waiting[:18].sum()), float(waiting[:18].sum() / waiting.sum())]
    cells += [int(waiting[line:].sum()) for line in (18, 52, 65, 78, 104)] + [size["Part_2"]] * 2
    for part in COMPLETED:
        ended = bands[part]
        cells += [centile(ended, 0.5), centile(ended, 0.95), int(ended[:18].sum()), int(ended[52:].sum()), size[part]]
    return [*cells, size["Part_3"]]


def centile(bands: npt.NDArray[np.int64], share: float) -> float:
    """A centile in weeks, interpolated within its band as the publisher does; 104 in the open band."""
    reached = bands.cumsum()
    wanted = share * reached[-1]
    band = int(np.searchsorted(reached, wanted))
    return float(band) if band == len(bands) - 1 else float(band + (wanted - reached[band] + bands[band]) / bands[band])
