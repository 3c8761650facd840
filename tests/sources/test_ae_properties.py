"""What holds for every table of counts, and for every file however it was spoilt."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sightline.errors import BadInput
from sightline.sources import ae
from tests.sources.ae_files import FIXTURES, SIXTEEN, TWENTY_TWO, fixture

# ------------------------------------------------------------------------------------------- tables there and back

LAYOUTS = {
    "layout-a": (SIXTEEN, date(2019, 4, 1), date(2020, 3, 1)),
    "layout-b": (SIXTEEN, date(2020, 4, 1), date(2020, 7, 1)),
    "layout-c": (TWENTY_TWO, date(2020, 8, 1), date(2030, 12, 1)),
}
REGIONS = {
    "NHS ENGLAND LONDON": "Y56",
    "NHS ENGLAND SOUTH WEST ": "Y58",
    "NHS ENGLAND MIDLANDS (CENTRAL MIDLANDS)": "Y60",
    "NHS ENGLAND SOUTH EAST (KENT, SURREY AND SUSSEX)": "Y59",
    "NHS ENGLAND NORTH EAST AND YORKSHIRE ": "Y63",
}
CODES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=3, max_size=6).filter(lambda code: code not in {"ENG", "TOTAL"})
NAMES = st.text("ABCDEFG abcdefg'\"&,;()-ÉŴ’", min_size=1, max_size=40).map(str.strip).filter(bool)
COUNTS = st.integers(0, 30_000) | st.integers(0, 1_000_000_000)


@st.composite
def tables(draw: st.DrawFn, layout: str) -> tuple[date, list[tuple[str, str, str, list[int]]]]:
    """A month, and rows of code, region as published, name and counts."""
    columns, first, last = LAYOUTS[layout]
    month = draw(st.dates(first, last)).replace(day=1)
    codes = draw(st.lists(CODES, min_size=1, max_size=6, unique=True))
    numbers = st.lists(COUNTS, min_size=len(columns), max_size=len(columns))
    return month, [(code, draw(st.sampled_from(sorted(REGIONS))), draw(NAMES), draw(numbers)) for code in codes]


def written(layout: str, month: date, rows: list[tuple[str, str, str, list[int]]], total: list[int]) -> bytes:
    """The file that the publisher would make of these rows."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    period = f"MSitAE-{month:%B}-{month:%Y}".upper().replace("MSITAE", "MSitAE")
    writer.writerows([period, code, region, name, *numbers] for code, region, name, numbers in rows)
    writer.writerow(["TOTAL"] * 4 + total)
    return fixture(layout).split(b"\r\n")[0] + b"\r\n" + out.getvalue().encode()


@pytest.mark.parametrize("layout", LAYOUTS)
@given(data=st.data())
@settings(max_examples=30, deadline=timedelta(seconds=5))
def test_parse_gives_back_the_counts_that_were_written(layout: str, data: st.DataObject) -> None:
    columns = LAYOUTS[layout][0]
    month, rows = data.draw(tables(layout))
    total = [sum(row[3][place] for row in rows) for place in range(len(columns))]
    frame = ae.parse(written(layout, month, rows, total), "there-and-back.csv")
    labels = ("row", "is_total", "month", "organisation", "organisation_name", "parent_organisation", "region")
    organisations = [
        (line, False, month, code, name, region.strip(), REGIONS[region], *numbers)
        for line, (code, region, name, numbers) in enumerate(rows, start=2)
    ]
    england = (len(rows) + 2, True, month, "ENG", "England", None, None, *total)
    assert frame.select(*labels, *columns).rows() == [*organisations, england]
    assert all(frame[column].null_count() == frame.height for column in TWENTY_TWO if column not in columns)


# --------------------------------------------------------------------------------------------------------- spoilt files

# what people, spreadsheets and broken downloads leave in a cell or between two
DEBRIS = [
    *(b"", b" ", b",", b",,", b'"', b'""', b'",', b"\r\n", b"\r", b"\n", b"\t", b"," * 300, b"A" * 3000),
    *(b"\x00", b"\x1a", b"\xff", b"\xc3", b"\xef\xbb\xbf", b"\xc2\xa0", b"\xe2\x80\xae"),
    *(b"-", b"0", b"-1", b"1.5", b"1e9", b"9223372036854775807", b"9223372036854775808", b"1,000", b'"1,000"', b"NaN", b"\xd9\xa3", b"#REF!"),
    *(b"TOTAL", b"Total ", b"England", b"ENG", b"RBD", b"Period", b"Org Code", b"Notes", b"NHS ENGLAND LONDON", b"NHS ENGLAND ("),
    *(b"MSitAE-APRIL-2019", b"MSitAE-APRIL-0000", b"MSitAE-APRIL-99999", b"MSitAE-\xd9\xa3-2019", b"<html>", b"=SUM(A1:A3)"),
]
GOOD = sorted(path.stem for path in FIXTURES.glob("*.csv"))


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A good file after a few changes of bytes, cells and lines."""
    body = fixture(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 3))):
        change = draw(st.sampled_from([_bytes_changed, _cell_changed, _cell_changed, _lines_changed]))
        body = change(draw, body)
    return body


def _bytes_changed(draw: st.DrawFn, body: bytes) -> bytes:
    begin = draw(st.integers(0, len(body)))
    end = begin + draw(st.sampled_from([0, 0, 1, 2, 30, 500]))
    return body[:begin] + draw(st.sampled_from(DEBRIS) | st.binary(max_size=4)) + body[end:]


def _cell_changed(draw: st.DrawFn, body: bytes) -> bytes:
    lines = body.split(b"\n")
    line = draw(st.integers(0, len(lines) - 1))
    cells = lines[line].split(b",")
    cell = draw(st.integers(0, len(cells) - 1))
    kept = cells[cell : cell + 1] if draw(st.booleans()) else []
    cells[cell : cell + 1] = [*kept, draw(st.sampled_from(DEBRIS))] if draw(st.booleans()) else kept
    lines[line] = b",".join(cells)
    return b"\n".join(lines)


def _lines_changed(draw: st.DrawFn, body: bytes) -> bytes:
    lines = body.split(b"\n")
    one, other = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
    how = draw(st.sampled_from(["delete", "double", "exchange", "blank", "cut"]))
    if how == "delete":
        del lines[one]
    elif how == "double":
        lines.insert(other, lines[one])
    elif how == "exchange":
        lines[one], lines[other] = lines[other], lines[one]
    elif how == "blank":
        lines.insert(one, b"," * other)
    else:
        lines[one] = lines[one][: len(lines[one]) // 2]
    return b"\n".join(lines)


def parsed_or_refused(body: bytes) -> None:
    """A frame that keeps every promise of its schema, or BadInput; any other exception is a defect."""
    try:
        frame = ae.parse(body, "spoilt.csv")
    except BadInput as error:
        assert error.where.startswith("spoilt.csv")
        assert str(error).isprintable()
        return
    assert dict(frame.schema) == ae.SCHEMA
    assert frame["is_total"].sum() == 1
    assert frame.height > 1
    assert frame["month"].n_unique() == 1
    assert frame.select("row", "month", "organisation", "organisation_name").null_count().row(0) == (0, 0, 0, 0)
    assert frame.filter("is_total")["organisation"].item() == "ENG"
    assert frame["organisation"].str.contains("^[A-Z0-9]{2,10}$").all()
    assert all(frame[column].drop_nulls().is_between(0, 999_999_999_999).all() for column in TWENTY_TWO)
    assert frame["row"].is_unique().all()
    assert frame["row"].max() <= body.count(b"\n") + body.count(b"\r") + 1


@given(body=spoilt())
@settings(max_examples=250, deadline=timedelta(seconds=5))
def test_a_spoilt_file_is_read_or_refused_and_nothing_else(body: bytes) -> None:
    parsed_or_refused(body)


@given(body=st.binary(max_size=400) | st.text(',"\r\n\x00aé1-', max_size=200).map(str.encode))
@example(body=b"\x85")
@example(body=b'"')
@settings(max_examples=60, deadline=timedelta(seconds=5))
def test_bytes_at_random_are_refused(body: bytes) -> None:
    with pytest.raises(BadInput):
        ae.parse(body, "random.csv")


@given(at=st.integers(2, 5), column=st.integers(5, 22), number=st.integers(0, 10**12 + 5) | st.integers(-(10**25), 10**25))
@settings(max_examples=60, deadline=timedelta(seconds=5))
def test_a_whole_number_is_read_exactly_or_refused(at: int, column: int, number: int) -> None:
    lines = fixture("layout-c").split(b"\r\n")
    cells = lines[at - 1].split(b",")
    cells[column - 1] = str(number).encode()
    body = b"\r\n".join([*lines[: at - 1], b",".join(cells), *lines[at:]])
    if 0 <= number <= 999_999_999_999:
        assert ae.parse(body, "number.csv")[TWENTY_TWO[column - 5]][at - 2] == number
    else:
        with pytest.raises(BadInput, match=f"line {at}, column {column}"):
            ae.parse(body, "number.csv")
