"""Consultant-led referral to treatment (RTT): the monthly full extract of NHS England, a ZIP with one CSV.

One row a provider, commissioner, part and treatment function, with the pathways of each week waited in 105 bands, as published
since April 2021; earlier layouts are not known here. What an extract says twice is held against itself: the bands against their
totals, the treatment functions against their total ``C_999``.

Parts: ``Part_1A`` completed with admission, ``Part_1B`` completed without, ``Part_2`` incomplete (the waiting list), ``Part_2A`` those
of them with a decision to admit, ``Part_3`` new periods (clock starts), which have a total and no bands. A blank band is a zero.
Pathways of the commissioner ``NONC`` are in the file and in no figure that the publisher prints for England.
"""

from __future__ import annotations

import csv
import io
import re
import stat
import zipfile
import zlib
from typing import Final

import polars as pl

from sightline.errors import BadInput
from sightline.sources.ae import MONTHS, OTHER_FORMATS

# Published are up to 4.5 MB packed, 86 MB unpacked at 1 : 24, some 185,000 rows.
LARGEST_UNPACKED: Final = 256 * 1024**2
HIGHEST_RATIO: Final = 200
UNPACKED_AT_ANY_RATIO: Final = 1024**2
MOST_MEMBERS: Final = 1_000
MOST_LINES: Final = 400_000
MOST_COLUMNS: Final = 160
LINES_ABOVE_HEADER: Final = 20
#: in one cell; England's whole list is below, and 105 of them fit into 32 bits
LARGEST_COUNT: Final = 9_999_999
LOOK: Final = "look at the file before it is let in"
COMPARE: Final = "compare with the month before; a layout that is truly new needs a line in sightline/sources/rtt.py"

#: headers of the labels -> tidy names
LABELS: Final = {
    "Period": "period",
    "Provider Parent Org Code": "parent_organisation",
    "Provider Parent Name": "parent_organisation_name",
    "Provider Org Code": "organisation",
    "Provider Org Name": "organisation_name",
    "Commissioner Parent Org Code": "commissioner_parent",
    "Commissioner Parent Name": "commissioner_parent_name",
    "Commissioner Org Code": "commissioner",
    "Commissioner Org Name": "commissioner_name",
    "RTT Part Type": "part",
    "RTT Part Description": "part_description",
    "Treatment Function Code": "treatment_function",
    "Treatment Function Name": "treatment_function_name",
}
#: the last band is open: 104 weeks and more
OPEN_BAND: Final = 104
#: headers of the bands -> tidy names; the number is the week at which a band begins
BANDS: Final = {f"Gt {week:02} To {week + 1:02} Weeks SUM 1": f"week_{week:03}" for week in range(OPEN_BAND)} | {
    f"Gt {OPEN_BAND} Weeks SUM 1": f"week_{OPEN_BAND}"
}
TOTALS: Final = {"Total": "known_clock_start", "Patients with unknown clock start date": "unknown_clock_start", "Total All": "pathways"}
HEADERS: Final = LABELS | BANDS | TOTALS
WEEKS: Final = tuple(BANDS.values())
COUNT_NAMES: Final = (*WEEKS, *TOTALS.values())
KEY: Final = ("organisation", "commissioner", "part", "treatment_function")

#: parts in which patients have a known or an unknown clock start, those with bands alone, and those without any
COMPLETED: Final = ("Part_1A", "Part_1B")
WAITING: Final = ("Part_2", "Part_2A")
NEW_PERIODS: Final = ("Part_3",)
#: the treatment function that is the sum of the others
TOTAL_FUNCTION: Final = "C_999"
#: the commissioner of patients for whom no English commissioner is responsible
NONC: Final = "NONC"

#: region of each integrated care board, in force to March 2026 and from April 2026
REGION_OF_BOARD: Final = {
    **dict.fromkeys(["QKK", "QMF", "QMJ", "QRV", "QWE", "Z9B2Z"], "Y56"),
    **dict.fromkeys(["QJK", "QOX", "QR1", "QSL", "QT6", "QUY", "QVV"], "Y58"),
    **dict.fromkeys(["QKS", "QNQ", "QNX", "QRL", "QU9", "QXU", "S0E4D", "S9B9J"], "Y59"),
    **dict.fromkeys(["QGH", "QHL", "QJ2", "QJM", "QK1", "QNC", "QOC", "QPM", "QT1", "QUA", "QWU"], "Y60"),
    **dict.fromkeys(["D7T5G", "QH8", "QHG", "QJG", "QM7", "QMM", "QUE", "S1Y5D", "T6Y0W"], "Y61"),
    **dict.fromkeys(["QE1", "QOP", "QYG"], "Y62"),
    **dict.fromkeys(["QF7", "QHM", "QOQ", "QWO"], "Y63"),
}

SCHEMA: Final = {
    "row": pl.Int64,
    "is_total": pl.Boolean,
    "month": pl.Date,
    **dict.fromkeys((name for name in LABELS.values() if name not in ("period", "part_description")), pl.String),
    **dict.fromkeys((*WEEKS, *TOTALS.values()), pl.Int32),
}

#: what is left of a file when its commissioners are summed
SUMMED_SCHEMA: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "is_total": pl.Boolean,
    "month": pl.Date,
    "organisation": pl.String,
    "organisation_name": pl.String,
    "region": pl.String,
    "part": pl.String,
    "treatment_function": pl.String,
    "is_nonc": pl.Boolean,
    "bands": pl.List(pl.Int64),
    "unknown_clock_start": pl.Int64,
    "pathways": pl.Int64,
}


def parse(body: bytes, name: str) -> pl.DataFrame:
    """Read one published full extract, a ZIP.

    Returns a row for every row of the file, columns as in ``SCHEMA``: ``week_000`` … ``week_104`` are pathways that have waited that
    many whole weeks (104 and more in the last), null in ``Part_3`` alone; ``pathways`` is the published ``Total All``. ``is_total``
    marks rows of the function ``C_999``, the sum of the others. ``row`` is the record in the CSV, the header being in record 1.

    Raises BadInput where the file is no ZIP with one such CSV, is made to be large, is not in the known layout, holds a count that is
    no whole number, a row twice, more than one month, or totals that are not the sums of what they total.
    """
    table, text = numbered(unzipped(body, name), name)
    checked(table, text, name)
    return table


def summed(table: pl.DataFrame) -> pl.DataFrame:
    """The rows of ``parse`` with commissioners summed, those of ``NONC`` apart: columns as in ``SUMMED_SCHEMA``.

    ``bands`` holds the pathways of each week, the first band first; it is empty in ``Part_3``.
    """
    keys = ["organisation", "part", "treatment_function", "is_nonc"]
    rows = (
        table.with_columns(is_nonc=pl.col("commissioner") == NONC)
        .group_by(keys)
        .agg(
            pl.col("is_total", "month", "organisation_name", "parent_organisation").first(),
            pl.col(*WEEKS, *TOTALS.values()).sum().cast(pl.Int64),
        )
        .sort(keys)
    )
    every = pl.Series("bands", rows.select(WEEKS).to_numpy(), dtype=pl.Array(pl.Int64, len(WEEKS))).cast(pl.List(pl.Int64))
    bands = pl.when(~pl.col("part").is_in(NEW_PERIODS)).then(every).otherwise(pl.lit([], dtype=pl.List(pl.Int64)))
    region = pl.col("parent_organisation").replace_strict(REGION_OF_BOARD, default=None, return_dtype=pl.String)
    return rows.with_columns(bands=bands, region=region).select(pl.col(column).cast(kind) for column, kind in SUMMED_SCHEMA.items())


# -------------------------------------------------------------------------------------------------------- ZIP -> bytes


def unzipped(body: bytes, name: str) -> bytes:
    """The one CSV of an archive, in memory and never more than is allowed; other members are not read.

    Raises BadInput where the body is no ZIP, has no CSV or several, or a member that leads out of it, is encrypted or lies about its size.
    """
    start = body[:1000].lstrip()
    if not start:
        raise BadInput(name, expected="a ZIP archive", seen="an empty file", action="fetch it again")
    if not body.startswith(b"PK"):
        seen = next((words for begin, words in OTHER_FORMATS.items() if start.startswith(begin)), "bytes of another format, such as a CSV")
        raise BadInput(name, expected="a ZIP archive", seen=seen, action="check that the link leads to the ZIP of the full extract")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            member = only_csv(archive.infolist(), name)
            with archive.open(member) as stream:
                text = stream.read(member.file_size + 1)
    except BadInput:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError) as error:
        again = "fetch it again; if it stays so, open it and compare with the month before"
        raise BadInput(name, expected="a whole ZIP archive", seen=f"a damaged one ({printable(error)})", action=again) from error
    if len(text) != member.file_size:
        raise BadInput(name, expected=f"{member.file_size:,} bytes of CSV as the archive says", seen=f"{len(text):,}", action=LOOK)
    return text


def only_csv(members: list[zipfile.ZipInfo], name: str) -> zipfile.ZipInfo:
    """The one member that is a CSV, once it is seen to be harmless."""
    if len(members) > MOST_MEMBERS:
        raise BadInput(name, expected=f"at most {MOST_MEMBERS:,} members", seen=f"{len(members):,}", action=LOOK)
    outside = next((one for one in members if leads_out(one.orig_filename)), None)
    if outside:
        raise BadInput(name, expected="members inside the archive", seen=f"the name {printable(outside.orig_filename)!r}", action=LOOK)
    found = [one for one in members if is_csv(one)]
    if len(found) != 1:
        names = ", ".join(repr(printable(one.filename)) for one in (found or members)[:4])
        nested = not found and any(one.filename.lower().endswith(".zip") for one in members)
        raise BadInput(
            name,
            expected="one CSV in the archive",
            seen=f"{len(found)} CSV files: {names}" if found else f"none among {len(members)} members: {names}" if members else "an empty archive",
            action="an archive in an archive is to be unpacked first" if nested else "check that the link leads to the ZIP of the full extract",
        )
    member, label = found[0], f"member {printable(found[0].filename)!r}"
    if member.flag_bits & 1:
        raise BadInput(name, expected="a CSV without a password", seen=f"{label} is encrypted", action="ask its publisher")
    if member.file_size > LARGEST_UNPACKED:
        raise BadInput(name, expected=f"at most {LARGEST_UNPACKED:,} bytes unpacked", seen=f"{label}: {member.file_size:,} bytes", action=LOOK)
    if member.file_size > max(UNPACKED_AT_ANY_RATIO, HIGHEST_RATIO * member.compress_size):
        seen = f"{label}: {member.file_size:,} bytes out of {member.compress_size:,}"
        raise BadInput(name, expected=f"a CSV packed at most 1 : {HIGHEST_RATIO}", seen=seen, action=LOOK)
    return member


def leads_out(path: str) -> bool:
    """True for the name of a member that would lie outside of the folder it is unpacked to, or that no archive of files has."""
    return path.startswith(("/", "\\")) or "\x00" in path or ":" in path[:2] or ".." in re.split(r"[/\\]", path)


def is_csv(member: zipfile.ZipInfo) -> bool:
    """True for a file that ends in .csv; what macOS adds beside a file (``__MACOSX/._…``) is none, nor is a link."""
    parts = member.filename.split("/")
    plain = stat.S_IFMT(member.external_attr >> 16) in (0, stat.S_IFREG)
    return plain and parts[-1].lower().endswith(".csv") and not parts[-1].startswith(".") and "__MACOSX" not in parts


def printable(text: object) -> str:
    """Text from outside as it may stand in a message: one line, short, nothing that a terminal obeys."""
    line = " ".join(str(text).split())
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line[:120])


# ------------------------------------------------------------------------------------------------------ bytes -> columns


def numbered(body: bytes, name: str) -> tuple[pl.DataFrame, dict[str, str]]:
    """The CSV as ``SCHEMA`` says, totals not yet checked, and for every tidy name how messages call its column."""
    text = as_utf8(body, name)
    header, begins, ahead = find_header(text, name)
    places = find_columns(header, f"{name}, line {ahead + 1}")
    rows = text[begins:]
    if not rows.strip():
        raise BadInput(
            name, expected="rows below the header", seen="a header and nothing else", action="fetch it again; if it stays so, read its page"
        )
    called = {tidy: f"column {place} {header[place - 1][:60]!r}" for tidy, place in places.items()}
    raw = read_rows(rows, len(header), places, called, ahead, name)
    refuse_further(raw, header, places, ahead, name)
    return with_month(tidied(raw, ahead), called, name), called


def as_utf8(body: bytes, name: str) -> bytes:
    """The bytes of a text: UTF-8 with or without byte order mark, else Windows-1252 as spreadsheets save it."""
    text = body.removeprefix(b"\xef\xbb\xbf")
    if b"\x00" in text:
        line = text[: text.index(b"\x00")].count(b"\n") + 1
        raise BadInput(f"{name}, line {line}", expected="text", seen="a NUL byte, as in binary files", action=LOOK)
    lines = max(text.count(b"\n"), text.count(b"\r"))
    if lines > MOST_LINES:
        raise BadInput(name, expected=f"at most {MOST_LINES:,} lines", seen=f"{lines:,}", action=LOOK)
    if text.isascii():
        return text
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("cp1252", errors="replace").encode()
    return text


def normal(header: str) -> str:
    """A header as it is compared: without case, blanks and leading zeros of weeks."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", "".join(header.split()).casefold())


KNOWN: Final = {normal(header): tidy for header, tidy in HEADERS.items()}


def find_header(text: bytes, name: str) -> tuple[list[str], int, int]:
    """The cells of the line of headers, the byte at which the next line begins, and how many lines stand above."""
    marks = {normal("Period"), normal("Provider Org Code"), normal("RTT Part Type")}
    begins = 0
    for ahead in range(LINES_ABOVE_HEADER + 1):
        end = text.find(b"\n", begins)
        line = text[begins : end if end >= 0 else len(text)]
        if line.count(b",") > MOST_COLUMNS:
            raise BadInput(f"{name}, line {ahead + 1}", expected=f"at most {MOST_COLUMNS} columns", seen="more", action=LOOK)
        cells = next(csv.reader(io.StringIO(line.decode("utf-8", errors="replace"))), [])
        if marks <= {normal(cell) for cell in cells}:
            return [cell.strip() for cell in cells], end + 1 if end >= 0 else len(text), ahead
        if end < 0:
            break
        begins = end + 1
    first = printable(text[:200].decode("utf-8", errors="replace"))[:60]
    expected = "a line with the headers 'Period', 'Provider Org Code' and 'RTT Part Type'"
    raise BadInput(name, expected=expected, seen=f"none in the first lines, which begin {first!r}", action=COMPARE)


def find_columns(header: list[str], where: str) -> dict[str, int]:
    """Tidy name -> place of every column, in whatever order. Raises BadInput where one is missing or is there twice."""
    tidy = {place: KNOWN.get(normal(cell)) for place, cell in enumerate(header, start=1)}
    found = [column for column in tidy.values() if column]
    missing = [text for text, column in HEADERS.items() if column not in found]
    twice = [place for place, column in tidy.items() if column and found.index(column) != sum(map(bool, list(tidy.values())[: place - 1]))]
    strange = [f"column {place} {header[place - 1][:60]!r}" for place, column in tidy.items() if column is None and header[place - 1]]
    if missing:
        raise BadInput(
            where,
            expected=f"the {len(HEADERS)} columns of the layout of 105 bands, among them {', '.join(map(repr, missing[:4]))}",
            seen=f"{len(header)} columns without {f'these {len(missing)}' if len(missing) > 1 else 'that one'}"
            + (f"; not known: {', '.join(strange[:4])}" if strange else ""),
            action=COMPARE,
        )
    if twice:
        raise BadInput(where, expected="each column once", seen=f"column {twice[0]} {header[twice[0] - 1][:60]!r} a second time", action=COMPARE)
    return {column: place for place, column in tidy.items() if column}


def read_rows(rows: bytes, width: int, places: dict[str, int], called: dict[str, str], ahead: int, name: str) -> pl.DataFrame:
    """Columns under their tidy names, unknown ones under their numbers as text; counts as numbers."""
    names = {place: tidy for tidy, place in places.items()}
    kinds = {names.get(place, str(place)): pl.Int32 if names.get(place) in COUNT_NAMES else pl.String for place in range(1, width + 1)}
    try:
        return pl.read_csv(rows, has_header=False, schema=kinds)
    except pl.exceptions.PolarsError as error:
        return read_slowly(rows, dict.fromkeys(kinds, pl.String), called, ahead, name, error)


def read_slowly(rows: bytes, kinds: dict[str, type[pl.DataType]], called: dict[str, str], ahead: int, name: str, error: Exception) -> pl.DataFrame:
    """As ``read_rows``, cell by cell as text: blanks around, commas between thousands and ``.0`` are what spreadsheets add.

    Raises BadInput at the first cell that is no count, or where lines cannot be told apart.
    """
    try:
        text = pl.read_csv(rows, has_header=False, schema=kinds)
    except pl.exceptions.PolarsError:
        what = printable(error).split("hint")[0][:100]
        raise BadInput(name, expected=f"lines of {len(kinds)} cells with closed quotes", seen=f"others ({what})", action=LOOK) from error
    columns = [column for column in kinds if column in COUNT_NAMES]
    cell = pl.col(columns).str.strip_chars()
    whole = pl.when(cell.str.contains(r"^([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.0{1,2})?$")).then(cell.str.replace_all(",", "").str.replace(r"\.0+$", ""))
    numbers = text.with_columns(whole.cast(pl.Int32, strict=False).name.keep())
    for column in columns:
        wrong = text[column].is_not_null() & (text[column].str.strip_chars() != "") & numbers[column].is_null()
        if wrong.any():
            row = int(wrong.arg_true()[0])
            raise BadInput(
                f"{name}, line {row + ahead + 2}, {called[column]}",
                expected=f"a whole number from 0 to {LARGEST_COUNT:,}",
                seen=repr(printable(text[column][row])[:60]) + (f" ({wrong.sum()} such cells in this column)" if wrong.sum() > 1 else ""),
                action="compare the cell with the published file",
            )
    return numbers


def refuse_further(raw: pl.DataFrame, header: list[str], places: dict[str, int], ahead: int, name: str) -> None:
    """Raise BadInput at the first column that is not known and holds something."""
    for column in (column for column in raw.columns if column not in places):
        filled = raw[column].is_not_null() & (raw[column].str.strip_chars() != "")
        if filled.any():
            raise BadInput(
                f"{name}, line {ahead + 1}, column {column}",
                expected="the columns of the layout of 105 bands",
                seen=f"{header[int(column) - 1][:60]!r} as well, holding {printable(raw[column].filter(filled)[0])[:40]!r}",
                action=COMPARE,
            )


def tidied(raw: pl.DataFrame, ahead: int) -> pl.DataFrame:
    """Labels without blanks around them and codes in capitals; blank bands are zeros but in parts without bands."""
    labels = [pl.col(label).str.strip_chars() for label in LABELS.values()]
    codes = [
        pl.col(label).str.strip_chars().str.to_uppercase() for label in ("organisation", "commissioner", "parent_organisation", "treatment_function")
    ]
    has_bands = ~pl.col("part").is_in(NEW_PERIODS)
    return (
        raw.with_row_index("row", offset=ahead + 2)
        .filter(pl.any_horizontal(pl.col("period", "organisation", "pathways").is_not_null()))  # an empty line holds nothing
        .with_columns(labels)
        .with_columns(codes)
        .with_columns(
            pl.when(has_bands).then(pl.col(WEEKS).fill_null(0)).otherwise(pl.col(WEEKS)), is_total=pl.col("treatment_function") == TOTAL_FUNCTION
        )
    )


def with_month(table: pl.DataFrame, called: dict[str, str], name: str) -> pl.DataFrame:
    """Read the month from Period (``RTT-January-2026``), the same in every row."""
    if table.is_empty():
        raise BadInput(name, expected="rows below the header", seen="blank lines", action="fetch it again; if it stays so, read its page")
    first = table["period"][0]
    others = table.filter(pl.col("period").ne_missing(first))
    if others.height:
        raise BadInput(
            f"{name}, line {others['row'][0]}, {called['period']}",
            expected=f"one month a file, here {printable(first)[:40]!r} as in line {table['row'][0]}",
            seen=f"{printable(others['period'][0])[:40]!r} ({others.height:,} such rows)",
            action="check the file with its publisher",
        )
    read = re.fullmatch(r"RTT[\s_-]+([A-Z]+)[\s_-]+(20[0-9]{2})", (first or "").upper())
    if not read or read[1] not in MONTHS:
        raise BadInput(
            f"{name}, line {table['row'][0]}, {called['period']}",
            expected="a period such as 'RTT-January-2026'",
            seen=repr(printable(first)[:40]),
            action="check that this is the full extract of referral to treatment waiting times",
        )
    month = pl.date(int(read[2]), MONTHS[read[1]], 1).alias("month")
    return table.with_columns(month).select(pl.col(column).cast(kind) for column, kind in SCHEMA.items())


# -------------------------------------------------------------------------------------------------------- what must hold


def checked(table: pl.DataFrame, called: dict[str, str], name: str) -> None:
    """Raise BadInput at the first row that contradicts itself or another."""
    refuse_labels(table, called, name)
    refuse_counts(table, name)
    refuse_functions(table, name)


def refuse_labels(table: pl.DataFrame, called: dict[str, str], name: str) -> None:
    """Raise BadInput where a code or a part cannot be one, or a row is there twice."""
    code, parts = r"^[A-Z0-9]{3,10}$", (*COMPLETED, *WAITING, *NEW_PERIODS)
    wrong = {
        "organisation": (~pl.col("organisation").str.contains(code), "a provider code of letters and digits"),
        "commissioner": (~pl.col("commissioner").str.contains(code), "a commissioner code of letters and digits"),
        "treatment_function": (~pl.col("treatment_function").str.contains(r"^[A-Z0-9_]{2,10}$"), "the code of a treatment function"),
        "part": (~pl.col("part").is_in(parts), f"a part of {', '.join(parts)}"),
    }
    for column, (is_wrong, expected) in wrong.items():
        bad = table.filter(is_wrong.fill_null(value=True))
        if bad.height:
            seen = repr(printable(bad[column][0])[:40]) + (f" ({bad.height:,} such rows)" if bad.height > 1 else "")
            raise BadInput(f"{name}, line {bad['row'][0]}, {called[column]}", expected=expected, seen=seen, action=COMPARE)
    repeated = table.filter(table.select(pl.struct(KEY).is_duplicated()).to_series())
    if repeated.height:
        row = repeated.row(0, named=True)
        raise BadInput(
            f"{name}, line {repeated['row'][1]}",
            expected="one row a provider, commissioner, part and treatment function",
            seen=f"{' '.join(row[key] for key in KEY)} more than once",
            action="check the file with its publisher",
        )


def refuse_counts(table: pl.DataFrame, name: str) -> None:
    """Raise BadInput where a row has no total, a count below 0, or bands that do not sum to their total."""
    refuse_sizes(table, name)
    bands = pl.sum_horizontal(pl.col(WEEKS)).cast(pl.Int64)
    known, unknown, whole = (pl.col(column).cast(pl.Int64) for column in TOTALS.values())
    completed, has_bands = pl.col("part").is_in(COMPLETED), ~pl.col("part").is_in(NEW_PERIODS)
    sums = table.select("row", "part", *TOTALS.values(), bands=bands)
    # `Total` is blank where no clock start is unknown; where it is printed it holds as well
    banded = pl.when(completed).then(known).otherwise(pl.coalesce(known, whole))
    for wrong, expected, seen in (
        (whole.is_null(), "a figure in every 'Total All'", "an empty cell; the line may have been cut short"),
        (has_bands & (pl.col("bands") != banded).fill_null(value=True), "bands that sum to their total", "{part}: bands {bands:,}, total {total}"),
        (
            (known.is_not_null() | unknown.is_not_null()) & (known.fill_null(0) + unknown.fill_null(0) != whole) & completed
            | ~completed & (known.fill_null(whole) + unknown.fill_null(0) != whole),
            "'Total' and unknown clock starts that sum to 'Total All'",
            "{part}: {known} and {unknown}, in all {whole:,}",
        ),
        (~has_bands & (pl.col("bands") > 0), "no bands in a part of new periods", "{part}: bands {bands:,}"),
    ):
        bad = sums.filter(wrong)
        if bad.height:
            row = bad.row(0, named=True)
            shown = {"part": row["part"], "bands": row["bands"], "known": row["known_clock_start"], "unknown": row["unknown_clock_start"]}
            total = row["pathways"] if row["known_clock_start"] is None else row["known_clock_start"]
            words = seen.format(**shown, whole=row["pathways"] or 0, total=f"{total:,}" if total is not None else "not printed")
            several = f" ({bad.height:,} such rows)" if bad.height > 1 else ""
            raise BadInput(f"{name}, line {row['row']}", expected=expected, seen=words + several, action="check the file with its publisher")


def refuse_sizes(table: pl.DataFrame, name: str) -> None:
    """Raise BadInput at the first column with a count below 0 or far beyond any."""
    counts = pl.col(*WEEKS, *TOTALS.values())
    for column, least, most in zip(COUNT_NAMES, table.select(counts.min()).row(0), table.select(counts.max()).row(0), strict=True):
        if (least or 0) < 0 or (most or 0) > LARGEST_COUNT:
            bad = table.filter(~pl.col(column).is_between(0, LARGEST_COUNT))
            seen = f"{bad[column][0]:,} ({column}; {bad.height:,} such cells in this column)"
            raise BadInput(f"{name}, line {bad['row'][0]}", expected=f"a whole number from 0 to {LARGEST_COUNT:,}", seen=seen, action=COMPARE)


def refuse_functions(table: pl.DataFrame, name: str) -> None:
    """Raise BadInput where the treatment functions of a provider, commissioner and part are not its ``C_999``, in number and in weeks waited."""
    # one number for all bands: pathways that moved from band to band change it
    weighted = pl.sum_horizontal(pl.col(week).cast(pl.Int64) * (place * place + 1) for place, week in enumerate(WEEKS))
    sums = {"pathways": pl.col("pathways").cast(pl.Int64), "unknown": pl.col("unknown_clock_start").cast(pl.Int64), "weeks": weighted}
    keys = ["organisation", "commissioner", "part"]
    groups = table.select(*keys, "row", "is_total", **sums).group_by(keys).agg(
        pl.col("row").min(),
        *(pl.col(column).filter("is_total").sum().alias(f"total_{column}") for column in sums),
        *(pl.col(column).filter(~pl.col("is_total")).sum() for column in sums),
    )  # fmt: skip
    bad = groups.filter(pl.any_horizontal(pl.col(column) != pl.col(f"total_{column}") for column in sums)).sort("row")
    if bad.height:
        row = bad.row(0, named=True)
        differs = (
            f"{row['pathways']:,} pathways, {TOTAL_FUNCTION} {row['total_pathways']:,}"
            if row["pathways"] != row["total_pathways"]
            else "the same number of pathways in other bands"
        )
        raise BadInput(
            f"{name}, line {row['row']}",
            expected=f"treatment functions that sum to {TOTAL_FUNCTION}",
            seen=f"{' '.join(row[key] for key in keys)}: {differs}" + (f" ({bad.height:,} such groups)" if bad.height > 1 else ""),
            action="check the file with its publisher: a row is lost, is there twice or was changed",
        )
