"""``sightline quarantine``: the files that are held back, and letting one in with a reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from typing import Any

import polars as pl

from sightline import accepted
from sightline.errors import BadInput
from sightline.home import Home

SHOWN_DIGITS = 12
LEAST_DIGITS = 6


def held(home: Home) -> list[dict[str, Any]]:
    """The files that the publication holds back, rows of meta.quarantine in the order of their months.

    Raises:
        BadInput: nothing is published.
    """
    table = home.published.resolve() / "parquet" / "meta.quarantine.parquet"
    if not table.is_file():
        raise BadInput(str(home.root), expected="something that is published", seen="nothing", action="run: sightline run")
    return pl.read_parquet(table).sort("dataset", "month", "url", nulls_last=True).rows(named=True)


def lines(files_held: list[dict[str, Any]]) -> Iterator[str]:
    """The files held back, in words."""
    if not files_held:
        yield "no file is held back"
    for file in files_held:
        month = f"{file['month']:%Y-%m}" if file["month"] else "no month"
        yield f"{file['sha256'][:SHOWN_DIGITS]}  {file['dataset']} {month}  {name_of(file)}"
        yield f"  why: {file['reason']}"
        yield f"  what stays: {file['what_stays']}"


def name_of(file: dict[str, Any]) -> str:
    """The last part of a file's address."""
    return str(file["url"]).rsplit("/", 1)[-1][:120]


def accept(home: Home, prefix: str, reason: str, day: date) -> str:
    """Let in the one file held back whose SHA-256 begins with ``prefix``; returns a sentence on what that means.

    Raises:
        BadInput: nothing is published, no file or several begin so, the file could not be parsed, or it is accepted already.
    """
    with home.lock("accepting a file"):
        file = chosen(held(home), prefix)
        accepted.declare(home, file["sha256"], broken_expectation(file), reason, day)
    return f"accepted: {name_of(file)}; the next run lets it in (sightline run). The entry stands in {home.declared / accepted.NAME}"


def chosen(files_held: list[dict[str, Any]], prefix: str) -> dict[str, Any]:
    """The one file whose SHA-256 begins with ``prefix``."""
    if not re.fullmatch(rf"[0-9a-f]{{{LEAST_DIGITS},64}}", prefix.lower()):
        raise refused(f"{LEAST_DIGITS} or more hexadecimal digits, the first of a file's SHA-256", repr(prefix[:80]))
    found = {file["sha256"]: file for file in files_held if file["sha256"].startswith(prefix.lower())}
    if len(found) != 1:
        raise refused("the first digits of one file that is held back", f"digits with which {len(found) or 'none'} of {len(files_held)} begin")
    return next(iter(found.values()))


def broken_expectation(file: dict[str, Any]) -> str:
    """The words of the expectation for which a file is held back; refuses a file that could not be parsed at all."""
    words = [one for one in file_expectations(file["dataset"]) if str(file["reason"]).startswith(f"expected: {one}; saw: ")]
    if not words:
        raise BadInput(
            name_of(file),
            expected="a file that was read and breaks an expectation",
            seen=f"a file that could not be read, so there is nothing to let in ({file['reason']})",
            action="wait for a file in a known layout, or teach sightline this one (docs/adding-a-dataset.md)",
        )
    return max(words, key=len)


def file_expectations(dataset: str) -> list[str]:
    """The words of every expectation of the file gate of a dataset."""
    suites = (entry for entry in files("expectations").iterdir() if entry.name.startswith(f"{dataset}.") and entry.name.endswith(".json"))
    return [one["meta"]["words"] for suite in suites for one in json.loads(suite.read_text(encoding="utf-8"))["expectations"]]


def refused(expected: str, seen: str) -> BadInput:
    """What is said of digits that name no file."""
    return BadInput("SHA256-PREFIX", expected=expected, seen=seen, action="copy the digits from: sightline quarantine list")
