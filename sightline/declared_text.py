"""A TOML file that people write, read so that every fault can be told with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from sightline.errors import BadInput

#: a file written by people is far smaller
LARGEST = 1_000_000
LONGEST_TEXT = 1000


def file_text(path: Path, name: str) -> str:
    """The text of a file, of bounded size; ``name`` is how it is called in messages.

    Raises:
        BadInput: it is too large or no text.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise BadInput(name, expected=f"a file of at most {LARGEST:,} bytes", seen="a larger one", action="keep the entries and nothing else")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(name, expected="a TOML file in UTF-8", seen="a file that cannot be read", action="save it anew as UTF-8 text") from error


def toml(text: str, name: str) -> dict[str, Any]:
    """The tables of a TOML text.

    Raises:
        BadInput: it is no TOML; says line and column.
    """
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _no_toml(text, name, error) from error


def _no_toml(text: str, name: str, error: Exception) -> BadInput:
    """The message of the parser, its line and column put in front; at the end of the document they are those of its last letter."""
    said = re.sub(r" \(at .*\)$", "", str(error)) if isinstance(error, tomllib.TOMLDecodeError) else "brackets within brackets, too many"
    found = re.search(r"at line (\d+), column (\d+)", str(error))
    lines = text.rstrip().splitlines() or [""]
    line, column = found.groups() if found else (len(lines), len(lines[-1]) + 1)
    return BadInput(
        f"{name}, line {line}, column {column}",
        expected="TOML",
        seen=plain(said, 200),
        action="mend the file there; docs/METHODS.md shows the form",
    )


#: what may hold brackets and signs without meaning them: strings and comments
_HIDDEN = re.compile(r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL)


def _bare(text: str) -> list[str]:
    """The lines of a TOML text, strings and comments blanked out."""
    return _HIDDEN.sub(lambda hidden: re.sub(r"[^\n]", " ", hidden[0]), text).split("\n")


def places_in(text: str) -> dict[tuple[str, int], dict[str, int]]:
    """The lines of every entry by kind and number: that of its head under "", and that of each key."""
    found: dict[tuple[str, int], dict[str, int]] = {}
    counted: dict[str, int] = {}
    current: dict[str, int] = {}
    for line, bare in enumerate(_bare(text), start=1):
        if head := re.match(r"\s*\[\[\s*([\w-]+)\s*\]\]", bare):
            counted[head[1]] = counted.get(head[1], 0) + 1
            current = found.setdefault((head[1], counted[head[1]]), {"": line})
        elif key := re.match(r"\s*([\w-]+)\s*=", bare):
            current.setdefault(key[1], line)
    return found


def line_of(text: str, key: str) -> int | None:
    """The first line that names a key or a table."""
    named = re.compile(rf"\s*\[*\s*{re.escape(key)}\s*[\]=.]")
    return next((line for line, bare in enumerate(_bare(text), start=1) if named.match(bare)), None)


def line_number(fault: BadInput) -> int:
    """The line that a fault names; 0 without one."""
    found = re.search(r", line (\d+)", fault.where)
    return int(found[1]) if found else 0


def plain(text: str, longest: int) -> str:
    """One line of printable text."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:longest]


def nearest(word: str, known: Iterable[str]) -> str:
    """What to do about a name that does not exist: the ones most like it."""
    near = get_close_matches(word, list(known), 3, 0.5)
    return f"write one that there is, such as {', '.join(near)}" if near else "write one that there is"


def toml_text(text: str) -> str:
    """A text as a TOML string in one line."""
    return '"' + plain(text, LONGEST_TEXT).replace("\\", "\\\\").replace('"', '\\"') + '"'
