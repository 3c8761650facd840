"""Files that people let in though they break an expectation: ``declared/accepted.toml``, one dated entry with a reason each.

[[accepted]]
sha256 = "…64 digits…"
expectation = "…the words of the expectation that the file may break…"
reason = "…why the file is right all the same…"
accepted = 2026-11-28
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sightline.errors import BadInput
from sightline.home import Home

NAME = "accepted.toml"
PARTS = ("sha256", "expectation", "reason", "accepted")
HEAD = "# Files that are let in though they break an expectation. Written by: sightline quarantine accept\n"


@dataclass(frozen=True)
class Accepted:
    """One content that is let in: the words of the expectations it may break, and why and when that was last decided."""

    sha256: str
    expectations: tuple[str, ...]
    reason: str
    accepted: date


def read_accepted(home: Home) -> dict[str, Accepted]:
    """What ``declared/accepted.toml`` lets in, by SHA-256; empty without that file. Several entries of one content are put together.

    Raises:
        BadInput: the file is no TOML, or an entry lacks a part or has one of another kind; names the file and the entry.
    """
    return parsed(written(home.declared / NAME))


def declare(home: Home, sha256: str, expectation: str, reason: str, day: date) -> None:
    """Add an entry of ``day`` to ``declared/accepted.toml``, kept in the order of the dates; what people wrote there stays.

    Raises:
        BadInput: the file cannot be read or written, the entry is there already, or the reason is empty.
    """
    path = home.declared / NAME
    text = written(path) or HEAD
    plain = " ".join("".join(c if c.isprintable() else " " for c in reason).split())[:1000]
    if not plain:
        raise BadInput("--reason", expected="why the file is right all the same", seen="nothing", action="say it in a sentence")
    known = parsed(text).get(sha256)
    if known and expectation in known.expectations:
        raise BadInput(
            f"declared/{NAME}", expected="a file that is not accepted yet", seen=f"an entry of {known.accepted}", action="run: sightline run"
        )
    sorted_text = in_order(f"{text.rstrip()}\n\n{entry(sha256, expectation, plain, day)}")
    parsed(sorted_text)
    beside = path.with_name(f".{NAME}.new")
    try:
        beside.write_text(sorted_text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise refused(f"declared/{NAME}", "a file that can be written", error.strerror or "an error of the disk") from error


def written(path: Path) -> str:
    """The text of the file; empty where there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise refused(f"declared/{NAME}", "a TOML file in UTF-8", "a file that cannot be read") from error


def parsed(text: str) -> dict[str, Accepted]:
    """The entries of the file's text, by SHA-256."""
    try:
        entries = tomllib.loads(text).get("accepted", [])
    except tomllib.TOMLDecodeError as error:
        raise refused(f"declared/{NAME}", "TOML", str(error)) from error
    if not isinstance(entries, list):
        raise refused(f"declared/{NAME}", "entries that begin with [[accepted]]", "another form")
    found: dict[str, Accepted] = {}
    for place, words in enumerate(entries, start=1):
        one = checked(words, f"declared/{NAME}, entry {place}")
        before = found.get(one.sha256)
        if before:
            newest = max(before, one, key=lambda known: known.accepted)
            one = Accepted(one.sha256, (*before.expectations, *one.expectations), newest.reason, newest.accepted)
        found[one.sha256] = one
    return found


def checked(words: object, where: str) -> Accepted:
    """One entry, every part of the kind it must be."""
    if not isinstance(words, Mapping) or set(words) != set(PARTS):
        seen = ", ".join(sorted(words)) if isinstance(words, Mapping) else "another form"
        raise refused(where, f"the parts {', '.join(PARTS)}", seen or "none")
    sha256, expectation, reason, day = (words[part] for part in PARTS)
    if not isinstance(sha256, str) or not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise refused(where, "sha256 in 64 digits", repr(sha256)[:80])
    if not _is_text(expectation) or not _is_text(reason):
        raise refused(where, "expectation and reason in words", "an empty or another value")
    if not isinstance(day, date) or isinstance(day, datetime):
        raise refused(where, "accepted as a date such as 2026-11-28, without quotes", repr(day)[:80])
    return Accepted(sha256, (expectation,), reason, day)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def entry(sha256: str, expectation: str, reason: str, day: date) -> str:
    """An entry as TOML; a JSON string of printable text is a TOML string."""
    words = (("sha256", sha256), ("expectation", expectation), ("reason", reason))
    return "[[accepted]]\n" + "".join(f"{name} = {json.dumps(text, ensure_ascii=False)}\n" for name, text in words) + f"accepted = {day}\n"


def in_order(text: str) -> str:
    """The text with its entries in the order of their dates; each keeps the comments that follow its head."""
    head, *entries = re.split(r"(?m)^(?=\[\[accepted\]\])", text)
    days = [tomllib.loads(one)["accepted"][0]["accepted"] for one in entries]
    ordered = [one for _, one in sorted(zip(days, entries, strict=True), key=lambda pair: pair[0])]
    return head + "\n".join(one.rstrip() + "\n" for one in ordered)


def refused(where: str, expected: str, seen: str) -> BadInput:
    """What is said of a file that cannot be used."""
    return BadInput(where, expected=expected, seen=seen, action="mend the file; `sightline quarantine accept` writes entries of the right form")
