"""Reads anchor texts and file names: month, kind, release, day of revision. Spellings as seen on the site."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

TEXT_LIMIT = 300
#: endings of files; everything else that is linked is a page
KINDS = ("csv", "xls", "xlsx", "xlsm", "xlsb", "ods", "zip", "pdf", "doc", "docx", "ppt", "pptx", "txt", "xml", "json")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
# A month with a day before it is a date, not a period: "13 November 2025".
_DAY_BEFORE = r"(?<![A-Za-z])(\d{1,2}(?:st|nd|rd|th)?[\s._-]+)?"
_PERIOD = re.compile(rf"{_DAY_BEFORE}{_MONTH}(?:\.?[\s,._–-]*(20\d\d)|(\d\d))(?!\d)", re.IGNORECASE)
_REVISED = re.compile(r"revis(?:ed|ion)", re.IGNORECASE)
_REVISION_NOTE = re.compile(r"\([^()]*revis(?:ed|ion)[^()]*\)", re.IGNORECASE)
_AFTER_REVISED = r"revis(?:ed|ion)\b[\s:,–-]*(?:on\s+)?"
_NUMBERS = re.compile(_AFTER_REVISED + r"(?:(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})|(\d{2})(\d{2})(\d{4}|\d{2}))(?!\d)", re.IGNORECASE)
_WORDS = re.compile(_AFTER_REVISED + rf"(\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH}\.?,?\s+(\d{{4}})(?!\d)", re.IGNORECASE)
_KIND_IN_TEXT = re.compile(rf"\(({'|'.join(KINDS)})\b", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(20\d\d)\s*[-–/]\s*(?:20)?(\d\d)(?!\d)")


def squeezed(text: str) -> str:
    """``text`` with single spaces, without control characters, at most 300 characters; still untrusted."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())[:TEXT_LIMIT]


def month_in(text: str) -> date | None:
    """The first month with its year, as the first of that month: 'Monthly A&E Sept 2021 (CSV, 30K)'; None if unreadable."""
    for day_before, name, year, short_year in _PERIOD.findall(_REVISION_NOTE.sub(" ", text)):
        if not day_before:
            return date(int(year or f"20{short_year}"), _month_number(name), 1)
    return None


def kind_of(file_name: str, anchor_text: str) -> str | None:
    """The kind of file, from its ending, else from '(CSV, 29K)'; None for a page. The text says XLS for .xlsx too."""
    ending = file_name.rpartition(".")[2].lower() if "." in file_name else ""
    if ending in KINDS:
        return ending
    said = _KIND_IN_TEXT.search(anchor_text)
    return said[1].lower() if said else None


def release_of(anchor_text: str) -> Literal["first", "revised"]:
    """'revised' when the anchor says so, else 'first'."""
    return "revised" if _REVISED.search(anchor_text) else "first"


def revised_on(anchor_text: str) -> date | None:
    """The day after the word revised: '13.08.20', '13.05.2021', '120522', '13/11/2025', '13 November 2025'."""
    if found := _NUMBERS.search(anchor_text):
        day, month, year = (part for part in found.groups() if part)
        return _date(day, int(month), year)
    if found := _WORDS.search(anchor_text):
        return _date(found[1], _month_number(found[2]), found[3])
    return None


def financial_year(anchor_text: str) -> int | None:
    """The year in which the financial year of '2018-19' begins, April to March; None if there is none."""
    found = _YEAR.search(anchor_text)
    return int(found[1]) if found and (int(found[1]) + 1) % 100 == int(found[2]) else None


def _month_number(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _date(day: str, month: int, year: str) -> date | None:
    try:
        return date(int(year) if len(year) == 4 else 2000 + int(year), month, int(day))
    except ValueError:
        return None
