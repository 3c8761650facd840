"""Workbooks: the cells of an ``.xls`` or ``.xlsx``, whoever made it.

A workbook can end the process that reads it: one cell in the far corner of a sheet makes calamine ask for 500 GB and
abort. So it is read in a process of its own, with a limit on memory and one on time; whatever happens there is a
BadInput here. That process imports little, serves many workbooks and is started again when one has ended it::

    with spreadsheet.reader() as read:
        for body, name in files:
            cells = read(body, name, r"provider level data")

Read by python-calamine (both formats); a formula counts with the value that was saved, a formula error as an empty cell.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import PurePosixPath
from typing import IO, Any, Final

import python_calamine as calamine

from sightline.errors import BadInput

#: a cell as its format says; an empty one is ``""``
Cell = str | int | float | bool | date | datetime | time | timedelta
#: rows from the first of the sheet, cells from column A, all rows of one length
Rows = list[list[Cell]]
#: body, name of the file in messages, pattern of the sheets' names -> name of a sheet as published, stripped -> its rows
Read = Callable[[bytes, str, str], dict[str, Rows]]

MEMORY: Final = 1024**3
SECONDS: Final = 20.0
SECONDS_TO_START: Final = 60.0

# The largest published are 2.5 MB, unpack to 17 MB at 1 : 10 in 90 members, and have 370,000 cells in a sheet.
LARGEST_BODY: Final = 64 * 1024**2
LARGEST_UNPACKED: Final = 256 * 1024**2
HIGHEST_RATIO: Final = 100
UNPACKED_AT_ANY_RATIO: Final = 1024**2
MOST_MEMBERS: Final = 2_000
MOST_CELLS: Final = 2_000_000
LARGEST_ANSWER: Final = 64 * 1024**2

ZIP: Final = b"PK\x03\x04"
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: how bodies begin that are no workbook
OTHER_FORMATS: Final = {
    b"PK\x05\x06": "a ZIP archive with nothing in it",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a gzip archive",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
    b"<": "a web page (HTML or XML)",
}
LOOK: Final = "look at the file before it is let in"
AGAIN: Final = "fetch it again; if it stays so, open it and compare with the month before"


def read(body: bytes, name: str, sheets: str) -> dict[str, Rows]:
    """Cells of the sheets whose name, stripped and whatever its case, matches the whole pattern ``sheets``.

    Returns sheet -> rows, at least one sheet, hidden ones as well. ``name`` is how messages call the file; whether it is
    an ``.xls`` or an ``.xlsx`` its first bytes say.

    Raises BadInput where the body is no workbook, has no such sheet or one twice, is larger than any that is published,
    or ends the process that reads it.
    """
    with reader() as once:
        return once(body, name, sheets)


@contextlib.contextmanager
def reader(memory: int = MEMORY, seconds: float = SECONDS) -> Iterator[Reader]:
    """``read`` for many files, with one process for all of them: bytes of address space, seconds a file."""
    many = Reader(memory, seconds)
    try:
        yield many
    finally:
        many.end()


class Reader:
    """The process that reads, as its caller sees it: called like ``read``; threads take turns."""

    def __init__(self, memory: int = MEMORY, seconds: float = SECONDS) -> None:
        self.memory, self.seconds = memory, seconds
        self.process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()

    def __call__(self, body: bytes, name: str, sheets: str) -> dict[str, Rows]:
        """As ``read``."""
        refuse_other_formats(body, name)
        with self._turn:
            process = self.process if self.process and self.process.poll() is None else self._start()
            self._words.seek(0)
            self._words.truncate()  # what it said of another file is not about this one
            try:
                answer = ask(process, self.seconds, json.dumps([name, sheets]).encode(), body)
            except Ended as error:
                within = f"{self.memory // 1024**2:,} MiB and {self.seconds:g} s"
                raise BadInput(name, expected=f"a workbook that can be read in {within}", seen=f"{error}{self._last_words()}", action=LOOK) from None
        return unpacked(answer)

    def end(self) -> None:
        """End the process; the next call would start another."""
        if self.process:
            self.process.kill()
            self.process.communicate()
            self._words.close()
            self.process = None

    def _start(self) -> subprocess.Popen[bytes]:
        self.end()
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 — a pipe that nobody reads would fill up
        self.process = subprocess.Popen(  # noqa: S603 — this file, by the Python that runs
            [sys.executable, "-P", "-m", "sightline.sources.spreadsheet", str(self.memory), str(self.seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            env={"PYTHONPATH": os.pathsep.join(sys.path)},  # and nothing else of the environment: it may hold secrets
            start_new_session=True,
        )
        try:
            ask(self.process, SECONDS_TO_START)
        except Ended as error:
            raise RuntimeError(f"the process that reads workbooks does not start: {error}{self._last_words()}") from None
        return self.process

    def _last_words(self) -> str:
        """The last line that the process wrote of its end."""
        self._words.seek(max(0, self._words.seek(0, os.SEEK_END) - 1000))
        lines = [line for line in self._words.read().decode(errors="replace").split("\n") if line.strip() and not line.startswith("note:")]
        return f" ({printable(lines[-1])})" if lines else ""


class Ended(Exception):
    """The process that reads has ended before it answered; the text says how."""


def ask(process: subprocess.Popen[bytes], seconds: float, *frames: bytes) -> bytes:
    """The answer to some frames. Raises Ended, and then the process has ended."""
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, stop)
    timer.start()
    try:
        for frame in frames:
            send(process.stdin, frame)
        return receive(process.stdout, LARGEST_ANSWER)
    except (BrokenPipeError, EOFError):
        process.kill()
        code = process.wait()
        by = signal.Signals(-code).name if code < 0 else f"code {code}"
        raise Ended(f"no end of it within {seconds:g} s" if late.is_set() else f"the process that reads ended by {by}") from None
    finally:
        timer.cancel()
        timer.join()
        if late.is_set():
            process.wait()  # so that nobody takes it for a process that still reads


def refuse_other_formats(body: bytes, name: str) -> None:
    """Raise BadInput where the first bytes are those of no workbook, or there are too many of them."""
    if len(body) > LARGEST_BODY:
        raise BadInput(name, expected=f"at most {LARGEST_BODY:,} bytes", seen=f"{len(body):,} bytes", action=LOOK)
    if body.startswith((ZIP, OLE)):
        return
    start = body[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    text = "bytes of no known format" if b"\x00" in start else "text, as in a CSV file"
    seen = next((words for begin, words in OTHER_FORMATS.items() if start.startswith(begin)), text) if start else "an empty file"
    action = "fetch it again" if not start else "check that the link leads to the workbook"
    raise BadInput(name, expected="a workbook (.xls or .xlsx)", seen=seen, action=action)


def printable(text: object) -> str:
    """Text from outside as it may stand in a message: one line, short, nothing that a terminal obeys."""
    line = " ".join(str(text).split())
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line[:160])


# ------------------------------------------------------------------------------------------------- between the processes


def send(stream: Any, frame: bytes) -> None:
    """Write a frame: eight bytes that say how long it is, and the frame."""
    stream.write(len(frame).to_bytes(8, "big") + frame)
    stream.flush()


def receive(stream: Any, largest: int) -> bytes:
    """Read a frame. Raises EOFError where the other side has ended."""
    length = int.from_bytes(exactly(stream, 8), "big")
    if length > largest:
        raise EOFError
    return exactly(stream, length)


def exactly(stream: Any, length: int) -> bytes:
    """So many bytes, or EOFError."""
    data: bytes = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def packed(sheets: dict[str, Rows]) -> bytes:
    """Sheets as lines of JSON, a row a line: JSON because whoever reads it runs nothing."""
    lines = [json.dumps({sheet: len(rows) for sheet, rows in sheets.items()})]
    lines += [json.dumps(row, default=tagged) for rows in sheets.values() for row in rows]
    return "\n".join(lines).encode()


def unpacked(answer: bytes) -> dict[str, Rows]:
    """Sheets out of such lines. Raises the BadInput that they hold."""
    lines = iter(answer.split(b"\n"))
    heights = json.loads(next(lines))
    if isinstance(heights, list):
        where, expected, seen, action = heights
        raise BadInput(where, expected=expected, seen=seen, action=action)
    return {sheet: [json.loads(next(lines), object_hook=untagged) for _ in range(height)] for sheet, height in heights.items()}


def tagged(cell: object) -> dict[str, Any]:
    """What JSON has no form for."""
    if isinstance(cell, timedelta):
        return {"timedelta": cell.total_seconds()}
    if isinstance(cell, (date, time)):
        return {type(cell).__name__: cell.isoformat()}
    raise TypeError(f"a cell of {type(cell)}")


def untagged(value: dict[str, Any]) -> Cell:
    """And back."""
    ((kind, of),) = value.items()
    return FROM_JSON[kind](of)


FROM_JSON: Final[dict[str, Callable[[Any], Cell]]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda seconds: timedelta(seconds=seconds),
}


# ------------------------------------------------------------------------------------------- in the process that reads


def serve(memory: int, seconds: float) -> None:
    """Answer requests until the other side has ended."""
    limit_itself(memory)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    send(answers, b"ready")
    with contextlib.suppress(EOFError):
        while True:
            name, sheets = json.loads(receive(requests, LARGEST_BODY))
            body = receive(requests, LARGEST_BODY)
            signal.alarm(int(seconds) + 5)  # the other side stops it sooner, unless it is gone
            send(answers, answered(body, name, sheets))
            signal.alarm(0)


def limit_itself(memory: int) -> None:
    """No more memory than this, and no core file. macOS takes the limit on memory and may not hold to it."""
    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(what)[1]
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (allowed, allowed))


def answered(body: bytes, name: str, sheets: str) -> bytes:
    """The frame that answers a request: sheets, or the four parts of a BadInput."""
    try:
        answer = packed(cells(body, name, sheets))
        if len(answer) > LARGEST_ANSWER:
            raise BadInput(name, expected=f"at most {LARGEST_ANSWER:,} bytes of text", seen=f"{len(answer):,} bytes", action=LOOK)
    except BadInput as error:
        return json.dumps([error.where, error.expected, error.seen, error.action]).encode()
    except MemoryError:
        return json.dumps([name, "cells that fit into the memory allowed", "more than that", LOOK]).encode()
    except BaseException as error:  # a panic of calamine is no Exception
        seen = f"one that is damaged, of another kind or locked by a password ({type(error).__name__}: {printable(error)})"
        return json.dumps([name, "a workbook that can be read", seen, AGAIN]).encode()
    return answer


def cells(body: bytes, name: str, sheets: str) -> dict[str, Rows]:
    """The sheets, read in this process."""
    if body.startswith(ZIP):
        refuse_archive(body, name)
    try:
        workbook = calamine.load_workbook(io.BytesIO(body))
    except calamine.PasswordError as error:
        raise BadInput(name, expected="a workbook without a password", seen="one that is encrypted", action="ask its publisher") from error
    every = workbook.sheets_metadata
    wanted = re.compile(sheets, re.IGNORECASE)
    places = [place for place, sheet in enumerate(every) if sheet.typ == calamine.SheetTypeEnum.WorkSheet and wanted.fullmatch(sheet.name.strip())]
    found = [every[place].name.strip() for place in places]
    if not found or len({sheet.casefold() for sheet in found}) < len(found):
        seen = [repr(sheet.name[:40]) + ("" if sheet.typ == calamine.SheetTypeEnum.WorkSheet else " (no worksheet)") for sheet in every[:12]]
        raise BadInput(
            name,
            expected=f"a sheet called {sheets!r}" + (", and no other of that name" if found else ""),
            seen=f"{len(every)} sheets: {', '.join(seen)}" if seen else "no sheet at all",
            action="compare the names of the sheets with the month before",
        )
    return {sheet: rows(workbook.get_sheet_by_index(place), f"{name}, sheet {sheet[:40]!r}") for sheet, place in zip(found, places, strict=True)}


def rows(sheet: Any, where: str) -> Rows:
    """The rows of a sheet from its first, unless they are too many."""
    last_row, last_column = sheet.end or (-1, -1)
    refuse_extent(last_row + 1, last_column + 1, where)
    every: Rows = sheet.to_python(skip_empty_area=False)
    return every


def refuse_extent(height: int, width: int, where: str) -> None:
    """Raise BadInput where a sheet reaches so far that its cells would fill the memory, empty ones being cells as well."""
    if height * width > MOST_CELLS:
        raise BadInput(
            where, expected=f"at most {MOST_CELLS:,} cells, empty ones counted", seen=f"cells as far as {column_letters(width)}{height}", action=LOOK
        )


# -------------------------------------------------------------------------------------------------- a look into the ZIP


def refuse_archive(body: bytes, name: str) -> None:
    """Raise BadInput where the archive is no workbook, is damaged, or is made to be large, before a byte of it is parsed."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = archive.infolist()
            refuse_members(members, name)
            refuse_sizes(members, len(body), name)
            for member in members:
                if member.filename.endswith(".xml"):
                    with archive.open(member) as text:
                        refuse_far_cells(text, f"{name}, member {printable(member.filename)!r}")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise BadInput(name, expected="a whole ZIP archive, as an .xlsx is", seen=printable(error), action=AGAIN) from error


def refuse_members(members: list[zipfile.ZipInfo], name: str) -> None:
    """Raise BadInput where the names of the members are not those of a workbook."""
    if len(members) > MOST_MEMBERS:
        raise BadInput(name, expected=f"at most {MOST_MEMBERS:,} members", seen=f"{len(members):,} members", action=LOOK)
    names = Counter(member.filename.casefold() for member in members)
    twice = [path for path, times in names.items() if times > 1]
    outside = [path for path in names if path.startswith("/") or "\\" in path or ".." in PurePosixPath(path).parts]
    locked = [member.filename for member in members if member.flag_bits & 1]
    for paths, expected, seen in (
        (locked, "a workbook without a password", "encrypted"),
        (outside, "members inside the archive", "with a path that leads out of it"),
        (twice, "each member once", "there twice"),
    ):
        if paths:
            raise BadInput(name, expected=expected, seen=f"member {printable(paths[0])!r} {seen}", action=LOOK)
    if "xl/workbook.xml" not in names:
        some = ", ".join(repr(printable(path)) for path in list(names)[:4])
        action = "check that the link leads to the workbook; one that lies in an archive is to be unpacked first"
        raise BadInput(name, expected="an .xlsx workbook", seen=f"a ZIP archive of {some}", action=action)


def refuse_sizes(members: list[zipfile.ZipInfo], length: int, name: str) -> None:
    """Raise BadInput where members unpack to far more than a workbook has, or share their bytes."""
    total = sum(member.file_size for member in members)
    if total > LARGEST_UNPACKED:
        raise BadInput(name, expected=f"at most {LARGEST_UNPACKED:,} bytes unpacked", seen=f"{total:,} bytes", action=LOOK)
    for member in members:
        if member.file_size > max(UNPACKED_AT_ANY_RATIO, HIGHEST_RATIO * member.compress_size):
            seen = f"member {printable(member.filename)!r}: {member.file_size:,} bytes out of {member.compress_size:,}"
            raise BadInput(name, expected=f"members packed at most 1 : {HIGHEST_RATIO}", seen=seen, action=LOOK)
    starts = sorted((member.header_offset, member.compress_size) for member in members)
    ends = [start for start, _ in starts[1:]] + [length]
    if any(start + size > end for (start, size), end in zip(starts, ends, strict=True)):
        raise BadInput(name, expected="members one after the other", seen="members that overlap", action=LOOK)


CELL: Final = re.compile(rb"""\sr=["']([A-Za-z]{1,4})([0-9]{1,9})["'][^<>/]*>""")
PIECE: Final = 1024**2
LONGEST_TAG: Final = 4096


def refuse_far_cells(text: IO[bytes], where: str) -> None:
    """Raise BadInput where cells lie so far out that the rectangle around them would fill the memory.

    The ``dimension`` that a sheet states of itself may lie, so its cells are asked; empty ones (``<c …/>``) do not count.
    """
    height = width = 0
    rest = b""
    while piece := text.read(PIECE):
        whole, opened, rest = (rest + piece).rpartition(b"<")
        for letters, digits in CELL.findall(whole):
            height, width = max(height, int(digits)), max(width, column_number(letters))
        rest = (opened + rest)[-LONGEST_TAG:]
        refuse_extent(height, width, where)


def column_number(letters: bytes) -> int:
    """``A`` is 1, ``XFD`` is 16,384."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def column_letters(number: int) -> str:
    """1 is ``A``, 16,384 is ``XFD``."""
    letters = ""
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


if __name__ == "__main__":
    serve(int(sys.argv[1]), float(sys.argv[2]))
