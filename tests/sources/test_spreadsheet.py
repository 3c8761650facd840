"""Workbooks of any kind give their cells or a clear BadInput, and never take the process that asks with them."""

from __future__ import annotations

import io
import json
import os
import random
import re
import signal
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import pairwise

import pytest

from sightline.errors import BadInput
from sightline.sources import spreadsheet
from tests.sources.workbooks import (
    SHEET_XML,
    biff,
    members,
    ole,
    record,
    with_member,
    with_rows,
    with_sheet,
    xls,
    xlsx,
    zipped,
)

NAME = "March-2020-by-provider.xls"
SMALL = {"A": [[7, "seven"], ["", 1.5]], "B": [["other"]]}
SMALL_CELLS = {"A": [[7.0, "seven"], ["", 1.5]], "B": [["other"]]}


@pytest.fixture(scope="module")
def read() -> Iterator[spreadsheet.Reader]:
    with spreadsheet.reader() as many:
        yield many


def refusal(read: spreadsheet.Read, body: bytes, sheets: str = ".*") -> BadInput:
    """The error with which a body is refused; its message holds every part in words."""
    with pytest.raises(BadInput) as caught:
        read(body, NAME, sheets)
    error = caught.value
    for part in (error.where, error.expected, error.seen, error.action):
        assert part.strip()
        assert part in str(error)
    assert error.where.startswith(NAME)
    assert len(str(error)) < 1000
    assert str(error).isprintable()
    return error


# --------------------------------------------------------------------------------------------------------------- cells


def test_cells_have_the_types_of_their_formats(read: spreadsheet.Read) -> None:
    row = [7, 0.8427721577463726, "text", True, date(2020, 3, 1)]
    [cells] = read(xlsx({"A": [row]}), NAME, "a")["A"]
    assert cells == row
    assert [type(cell) for cell in cells] == [float, float, str, bool, date]


def test_a_time_of_day_is_kept(read: spreadsheet.Read) -> None:
    def add_time(book: object) -> None:
        book.get_worksheet_by_name("A").write_datetime("A1", datetime(2020, 3, 1, 12, 30), book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))  # type: ignore[attr-defined]

    assert read(xlsx({"A": [[]]}, finish=add_time), NAME, "a") == {"A": [[datetime(2020, 3, 1, 12, 30)]]}


def test_rows_are_those_of_the_sheet_empty_ones_and_empty_columns_included(read: spreadsheet.Read) -> None:
    assert read(xlsx({"A": [[], ["", "", 1], [], ["", 2]]}), NAME, "a") == {"A": [["", "", ""], ["", "", 1.0], ["", "", ""], ["", 2.0, ""]]}


def test_dates_of_the_1904_system_are_the_same_days(read: spreadsheet.Read) -> None:
    sheet = {"A": [[date(2020, 3, 1), date(2010, 8, 1)]]}
    assert read(xlsx(sheet, date_1904=True), NAME, "a") == read(xlsx(sheet), NAME, "a") == sheet


def test_only_sheets_of_the_pattern_are_read_whatever_case_and_blanks(read: spreadsheet.Read) -> None:
    body = xlsx({" Provider Level DATA ": [[1]], "Provider": [[2]], "System Level Data": [[3]]})
    assert read(body, NAME, "provider level data") == {"Provider Level DATA": [[1.0]]}
    assert list(read(body, NAME, ".* level data")) == ["Provider Level DATA", "System Level Data"]


def test_hidden_sheets_are_read(read: spreadsheet.Read) -> None:
    assert read(xlsx(SMALL, hidden=("B",)), NAME, "b") == {"B": [["other"]]}


@pytest.mark.parametrize("kind", [xlsx, xls])
@pytest.mark.parametrize("name", ["right.xlsx", "right.xls", "right.csv", "right"])
def test_the_first_bytes_say_what_a_file_is_and_its_name_does_not(kind: Callable[[object], bytes], name: str, read: spreadsheet.Read) -> None:
    assert read(kind(SMALL), name, ".*") == SMALL_CELLS


def test_one_file_is_read_without_a_reader() -> None:
    assert spreadsheet.read(xls(SMALL), NAME, ".*") == SMALL_CELLS


# --------------------------------------------------------------------------------------------------- files read as they are


def with_comment(comment: bytes) -> bytes:
    out = io.BytesIO(xlsx(SMALL))
    with zipfile.ZipFile(out, "a") as archive:
        archive.comment = comment
    return out.getvalue()


def with_dimension(ref: bytes) -> bytes:
    return with_member(xlsx(SMALL), SHEET_XML, lambda xml: re.sub(rb'<dimension ref="[^"]*"/>', b'<dimension ref="%s"/>' % ref, xml))


def endless(body: bytes) -> bytes:
    """The compound file with a sector that leads to itself."""
    at = 512 + 4 * 3
    return body[:at] + struct.pack("<I", 3) + body[at + 4 :]


HARMLESS = {
    "dimension-too-large": with_dimension(b"A1:XFD1048576"),
    "dimension-too-small": with_dimension(b"A1"),
    "no-dimension": with_member(xlsx(SMALL), SHEET_XML, lambda xml: re.sub(rb'<dimension ref="[^"]*"/>', b"", xml)),
    "comment-of-65535-bytes": with_comment(b"x" * 65535),
    "comment-that-looks-like-an-archive": with_comment(b"PK\x03\x04 PK\x01\x02 " * 500),
    "members-stored-and-not-deflated": zipped(members(xlsx(SMALL)), zipfile.ZIP_STORED),
    "members-in-another-order": zipped(dict(reversed(members(xlsx(SMALL)).items()))),
    "a-nested-archive-that-nobody-opens": with_member(xlsx(SMALL), "xl/embeddings/other.xlsx", lambda _: xlsx(SMALL)),
    "far-cells-without-a-value": with_member(
        xlsx(SMALL), SHEET_XML, lambda xml: xml.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>')
    ),
    "an-entity-bomb-that-nobody-expands": with_member(
        xlsx(SMALL), SHEET_XML, lambda xml: xml.replace(b"<worksheet", b'<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet', 1)
    ),
    "xls-with-dimensions-too-large": xls(SMALL, dimensions=record(0x200, struct.pack("<IIHHH", 0, 65536, 0, 256, 0))),
    "xls-with-dimensions-too-small": xls(SMALL, dimensions=record(0x200, struct.pack("<IIHHH", 0, 1, 0, 1, 0))),
    "xls-with-a-sector-after-its-cells-that-leads-to-itself": endless(xls(SMALL)),
    "xls-with-bytes-after-its-end": xls(SMALL) + b"\0" * 5000,
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_odd_and_harmless_gives_the_right_cells(name: str, read: spreadsheet.Read) -> None:
    assert read(HARMLESS[name], NAME, ".*") == SMALL_CELLS


# --------------------------------------------------------------------------------------------------------- files refused

HEX = random.Random(1).randbytes(300_000).hex().encode()  # noqa: S311 — text that hardly packs


def lying(body: bytes, member: str, size: int) -> bytes:
    """The archive with another size of a member in its directory, as if it unpacked to that."""
    changed = bytearray(body)
    at = changed.index(member.encode(), changed.index(b"PK\x01\x02"))
    changed[at - 22 : at - 18] = struct.pack("<I", size)
    return bytes(changed)


def flagged(body: bytes) -> bytes:
    """The archive with the mark of encryption on every member."""
    changed = bytearray(body)
    for found in re.finditer(b"PK\x03\x04", body):
        changed[found.start() + 6] |= 1
    for found in re.finditer(b"PK\x01\x02", body):
        changed[found.start() + 8] |= 1
    return bytes(changed)


def overlapping() -> bytes:
    """Two members whose directory entries lead to the same bytes."""
    body = bytearray(xlsx(SMALL))
    first = body.index(b"PK\x01\x02")
    second = body.index(b"PK\x01\x02", first + 4)
    body[second + 42 : second + 46] = body[first + 42 : first + 46]
    return bytes(body)


def doubled() -> bytes:
    out = io.BytesIO(xlsx(SMALL))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(out, "a") as archive:
        archive.writestr(SHEET_XML, "<worksheet/>")
    return out.getvalue()


def bomb_of_strings() -> bytes:
    """A text of 600,000 letters, and 20,000 cells that show it: 12 GB."""
    body = xlsx({"A": [["x"]]})
    body = with_member(body, "xl/sharedStrings.xml", lambda xml: xml.replace(b"<t>x</t>", b"<t>" + HEX + b"</t>"))
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (row, row) for row in range(1, 20_001))
    return with_member(body, SHEET_XML, lambda xml: re.sub(rb"<sheetData>.*</sheetData>", lambda _: b"<sheetData>" + rows + b"</sheetData>", xml))


def bomb_of_entities() -> bytes:
    """A billion laughs where a cell's text stands."""
    names = "abcdefghij"
    entities = '<!ENTITY a "ha">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise(names))
    text = f"<!DOCTYPE sst [{entities}]><sst>".encode()
    return with_member(
        xlsx({"A": [["x"]]}), "xl/sharedStrings.xml", lambda xml: re.sub(rb"<sst[^>]*>", lambda _: text, xml).replace(b">x<", b">&j;<")
    )


def far_cell_in_hiding() -> bytes:
    """A far cell where nobody looks for one: the sheet does not end in ``.xml``."""
    parts = members(with_rows(NEAR + LAST_ROW))
    parts["xl/worksheets/sheet1.dat"] = parts.pop(SHEET_XML)
    rels = "xl/_rels/workbook.xml.rels"
    return zipped(parts | {rels: parts[rels].replace(b"sheet1.xml", b"sheet1.dat")})


LAST_ROW = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
NEAR = b'<row r="1"><c r="A1"><v>1</v></c></row>'

REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    # no workbook
    "empty": (lambda: b"", "an empty file"),
    "blank": (lambda: b"\r\n  \r\n", "an empty file"),
    "html": (lambda: b"<!DOCTYPE html><html><body>Not found</body></html>", "a web page"),
    "html-after-a-byte-order-mark": (lambda: b"\xef\xbb\xbf\r\n<html></html>", "a web page"),
    "xml-spreadsheet-of-2003": (lambda: b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "a web page"),
    "csv": (lambda: b"Period,Org Code\r\nMSitAE-MARCH-2020,RGT\r\n", "text, as in a CSV file"),
    "pdf": (lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF document"),
    "gzip": (lambda: b"\x1f\x8b\x08\x00" + bytes(20), "a gzip archive"),
    "utf-16": (lambda: "Period\tOrg Code".encode("utf-16"), "text in UTF-16"),
    "noughts": (lambda: bytes(5000), "bytes of no known format"),
    "too-large": (lambda: b"PK\x03\x04" + bytes(spreadsheet.LARGEST_BODY), "bytes"),
    "empty-zip": (lambda: zipped({}), "nothing in it"),
    "zip-of-a-workbook": (lambda: zipped({"March-2020.xls": xls(SMALL)}), "a ZIP archive of 'march-2020.xls'"),
    "zip-of-a-csv": (lambda: zipped({"March-2020.csv": b"a,b"}), "a ZIP archive of"),
    "word-document": (lambda: zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"}), "'word/document.xml'"),
    "open-document": (lambda: zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}), "'content.xml'"),
    "binary-workbook": (lambda: zipped({"xl/workbook.bin": b"\x83\x01"}), "'xl/workbook.bin'"),
    "compound-file-without-a-workbook": (lambda: ole({"WordDocument": bytes(100)}), "damaged"),
    "dimension-that-is-none": (lambda: with_rows(NEAR, b"-1:&#9;"), "damaged"),
    # cut off
    "zip-cut-after-4-bytes": (lambda: xlsx(SMALL)[:4], "not a zip file"),
    "zip-cut-in-the-middle": (lambda: xlsx(SMALL)[:3000], "not a zip file"),
    "zip-cut-in-its-directory": (lambda: xlsx(SMALL)[:-200], "not a zip file"),
    "zip-cut-before-its-last-byte": (lambda: xlsx(SMALL)[:-1], "not a zip file"),
    "zip-without-its-first-half": (lambda: b"PK\x03\x04" + xlsx(SMALL)[3000:], ""),
    "xls-cut-after-8-bytes": (lambda: xls(SMALL)[:8], "damaged"),
    "xls-cut-after-its-header": (lambda: xls(SMALL)[:512], "damaged"),
    "xls-cut-in-its-directory": (lambda: xls(SMALL)[:1200], "damaged"),
    "xls-cut-in-its-cells": (lambda: xls(SMALL)[:1700], ""),
    # damaged or made to harm
    "a-flipped-byte-in-a-member": (lambda: flipped(xlsx(SMALL)), ""),
    "encrypted-zip": (lambda: flagged(xlsx(SMALL)), "encrypted"),
    "encrypted-ole": (lambda: ole({"EncryptedPackage": bytes(100), "EncryptionInfo": bytes(100)}), "password"),
    "xls-with-a-password": (lambda: xls(SMALL, extra=record(0x2F, struct.pack("<HHH", 1, 1, 1) + bytes(48))), "password"),
    "a-member-outside": (lambda: with_member(xlsx(SMALL), "../../evil.xml", lambda _: b"<x/>"), "leads out of it"),
    "a-member-from-the-root": (lambda: with_member(xlsx(SMALL), "/etc/evil.xml", lambda _: b"<x/>"), "leads out of it"),
    "a-member-with-backslashes": (lambda: with_member(xlsx(SMALL), "..\\evil.xml", lambda _: b"<x/>"), "leads out of it"),
    "a-member-twice": (doubled, "there twice"),
    "a-member-twice-in-other-case": (lambda: with_member(xlsx(SMALL), "XL/WorkSheets/Sheet1.XML", lambda _: b"<x/>"), "there twice"),
    "too-many-members": (lambda: zipped(members(xlsx(SMALL)) | {f"m{number}": b"" for number in range(2500)}), "2,5[0-9]+ members"),
    "zip-bomb-by-ratio": (lambda: with_member(xlsx(SMALL), "xl/theme/big.xml", lambda _: bytes(20_000_000)), "20,000,000 bytes out of"),
    "zip-bomb-by-size": (lambda: lying(xlsx(SMALL), SHEET_XML, 400_000_000), "4[0-9]+,[0-9]+,[0-9]+ bytes"),
    "zip-bomb-that-says-it-is-small": (
        lambda: lying(with_sheet(lambda xml: xml.replace(b"</sheetData>", b"<!--" + HEX * 9 + b"--></sheetData>")), SHEET_XML, 100),
        "Bad CRC-32",
    ),
    "members-that-overlap": (overlapping, "overlap|differ"),
    "far-cell": (lambda: with_rows(NEAR + LAST_ROW), "as far as XFD1048576"),
    "far-cell-alone": (lambda: with_rows(LAST_ROW), "as far as XFD1048576"),
    "far-cell-in-single-quotes": (lambda: with_rows(NEAR + LAST_ROW.replace(b'"', b"'")), "as far as XFD1048576"),
    "far-cell-written-as-an-entity": (lambda: with_rows(NEAR + LAST_ROW.replace(b'"X', b'"&#88;')), "."),
    "far-cell-beside-a-dimension-that-lies": (lambda: with_rows(NEAR + LAST_ROW, b"A1:B2"), "as far as XFD1048576"),
    "far-cell-beyond-any-sheet": (lambda: with_rows(NEAR + LAST_ROW.replace(b"XFD1048576", b"ZZZZ999999999")), "as far as ZZZZ999999999"),
    "far-cell-in-a-member-of-another-name": (far_cell_in_hiding, "ended by SIGABRT .memory allocation of [0-9]+ bytes failed"),
    "far-cell-by-the-number-of-its-row": (
        lambda: with_rows(b'<row r="1"><c r="XFD1"><v>1</v></c></row><row r="1048576"><c><v>1</v></c></row>'),
        ".",
    ),
    "far-row-and-far-column": (
        lambda: with_rows(b'<row r="1"><c r="XFD1"><v>1</v></c></row><row r="9999"><c r="A9999"><v>1</v></c></row>'),
        "XFD9999",
    ),
    "sheet-bomb": (lambda: with_rows(b"<row><c><v>1</v></c></row>" * 2_100_000 + b"<!--" + HEX * 3 + b"-->"), "."),
    "string-bomb": (bomb_of_strings, "ended by SIGABRT .memory allocation"),
    "xls-far-cell": (lambda: ole({"Workbook": far_biff()}), "ended by SIGABRT .memory allocation"),
    "no-xml-in-the-sheet": (lambda: with_sheet(lambda _: b"\0" * 100), "."),
    "a-sheet-that-is-missing": (lambda: zipped({name: part for name, part in members(xlsx(SMALL)).items() if name != SHEET_XML}), "."),
    "xml-cut-off-in-the-sheet": (lambda: with_sheet(lambda xml: xml[: len(xml) // 2]), "."),
    "workbook-without-sheets": (
        lambda: with_member(xlsx(SMALL), "xl/workbook.xml", lambda xml: re.sub(rb"<sheet .*?/>", b"", xml)),
        "no sheet at all",
    ),
    "sheets-of-one-name": (lambda: with_member(xlsx(SMALL), "xl/workbook.xml", lambda xml: xml.replace(b'name="B"', b'name=" a "')), "2 sheets"),
}


def flipped(body: bytes) -> bytes:
    at = body.index(SHEET_XML.encode()) + len(SHEET_XML) + 40
    return body[:at] + bytes([body[at] ^ 0xFF]) + body[at + 1 :]


def far_biff() -> bytes:
    """Two cells as far apart as sixteen bits allow."""
    return biff({"A": [[1]]}).removesuffix(record(0x0A, b"")) + record(0x203, struct.pack("<HHHd", 65535, 65535, 0, 1.0)) + record(0x0A, b"")


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_named_and_the_next_file_is_read(name: str, read: spreadsheet.Read) -> None:
    make, seen = REFUSED[name]
    assert re.search(seen, refusal(read, make()).seen)
    assert read(xlsx(SMALL), NAME, ".*") == SMALL_CELLS


def test_an_entity_bomb_in_a_text_is_not_expanded(read: spreadsheet.Read) -> None:
    try:
        cells = read(bomb_of_entities(), NAME, ".*")
    except BadInput as error:
        assert error.where == NAME
    else:
        assert len(json.dumps(cells)) < 100


def test_a_sheet_that_is_missing_is_asked_for_by_name_and_those_there_are_listed(read: spreadsheet.Read) -> None:
    error = refusal(read, xlsx({"System Level Data": [[1]], "QA": [[2]]}), "provider level data")
    assert "provider level data" in error.expected
    assert error.seen == "2 sheets: 'System Level Data', 'QA'"


def test_a_chart_sheet_is_no_sheet_of_cells(read: spreadsheet.Read) -> None:
    def add_chart(book: object) -> None:
        chart = book.add_chart({"type": "line"})  # type: ignore[attr-defined]
        chart.add_series({"values": "=A!$A$1:$A$2"})
        book.add_chartsheet("Provider Level Data").set_chart(chart)  # type: ignore[attr-defined]

    error = refusal(read, xlsx({"A": [[1]]}, finish=add_chart), "provider level data")
    assert error.seen == "2 sheets: 'A', 'Provider Level Data' (no worksheet)"


# ------------------------------------------------------------------------------------------------ the process that reads


def test_a_file_that_takes_too_long_is_stopped_and_the_next_one_is_read() -> None:
    with spreadsheet.reader(seconds=0.5) as read:
        assert read(xls(SMALL), NAME, ".*") == SMALL_CELLS
        assert read.process
        os.kill(read.process.pid, signal.SIGSTOP)
        assert refusal(read, xls(SMALL)).seen == "no end of it within 0.5 s"
        read.seconds = 20
        assert read(xls(SMALL), NAME, ".*") == SMALL_CELLS


def test_a_process_that_was_killed_is_started_again() -> None:
    with spreadsheet.reader() as read:
        assert read(xls(SMALL), NAME, ".*") == SMALL_CELLS
        first = read.process
        assert first
        first.kill()
        first.wait()
        assert read(xls(SMALL), NAME, ".*") == SMALL_CELLS
        assert read.process
        assert read.process.pid != first.pid


def test_many_files_are_read_by_one_process_which_ends_with_the_reader() -> None:
    with spreadsheet.reader() as read:
        pids = set()
        for _ in range(3):
            read(xls(SMALL), NAME, ".*")
            assert read.process
            pids.add(read.process.pid)
            process = read.process
    assert len(pids) == 1
    assert process.poll() is not None


def test_the_process_sees_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "not for a workbook")
    with spreadsheet.reader() as read:
        read(xls(SMALL), NAME, ".*")
        assert read.process
        assert "A_SECRET" in os.environ
        if sys.platform == "linux":
            with open(f"/proc/{read.process.pid}/environ", "rb") as environment:  # noqa: PTH123
                assert b"A_SECRET" not in environment.read()


BOMBS = """
import json, resource, sys
from sightline.errors import BadInput
from sightline.sources import spreadsheet

ends = []
with spreadsheet.reader(memory=int(sys.argv[1])) as read:
    for path in sys.argv[2:]:
        try:
            with open(path, "rb") as file:
                read(file.read(), path, ".*")
        except BadInput as error:
            ends.append(error.seen)
# not ru_maxrss of this process: it begins with that of the one that started it
own = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM:"))
print(json.dumps([ends, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, own * 1024]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its address space")
def test_bombs_stay_within_the_memory_of_the_process_that_reads(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("bombs")
    bombs = ["string-bomb", "far-cell-in-a-member-of-another-name", "xls-far-cell"]
    paths = []
    for bomb in bombs:
        path = folder / bomb
        path.write_bytes(REFUSED[bomb][0]())
        paths.append(str(path))
    limit = 256 * 1024**2
    done = subprocess.run([sys.executable, "-c", BOMBS, str(limit), *paths], capture_output=True, check=True, env={"PYTHONPATH": ":".join(sys.path)})
    ends, child, parent = json.loads(done.stdout)
    assert len(ends) == len(bombs)
    assert child < limit
    assert parent < 100 * 1024**2


def test_a_python_that_does_not_start_is_no_fault_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError, match="does not start: the process that reads ended by code 1"):
        spreadsheet.read(xls(SMALL), NAME, ".*")
