"""What a dataset says of its pages: where to begin, which links to follow, which files to fetch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sightline.errors import BadInput

Role = Literal["figures", "workbook", "series"]


@dataclass(frozen=True)
class Listing:
    """How the files of one dataset are found. Patterns are searched in anchor texts, whatever their case.

    The first of ``kinds`` holds the figures; other kinds of monthly file are the publisher's workbooks of the same months, and
    ``series`` leads to a workbook of all months: controls, from which no figure of an organisation is published. Files from
    ``first_month`` on are fetched; pages of years from ``listed_from`` on, where that is earlier, are read for what they list. With
    ``empty_years`` the page of a year may link to no file at all.
    """

    dataset: str
    index_page: str
    year_page: str
    file: str
    hosts: tuple[str, ...]
    first_month: date
    kinds: tuple[str, ...] = ("csv",)
    file_not: str | None = None
    series: str | None = None
    listed_from: date | None = None
    empty_years: bool = False

    @property
    def first_page(self) -> date:
        """A month: the pages of its year and of later ones are read."""
        return min(self.first_month, self.listed_from or self.first_month)

    def __post_init__(self) -> None:
        """Raises BadInput for a pattern that is no regular expression."""
        for name in ("year_page", "file", "file_not", "series"):
            try:
                re.compile(getattr(self, name) or "")
            except re.error as error:
                raise BadInput(f"{self.dataset}: {name}", expected="a regular expression", seen=str(error), action="mend the pattern") from error

    def is_year_page(self, anchor_text: str) -> bool:
        """True when the anchor leads to the page of a year."""
        return _matches(self.year_page, anchor_text)

    def is_file(self, anchor_text: str) -> bool:
        """True when the anchor leads to a file of this dataset, of any kind: a monthly one, or the series of all months."""
        monthly = _matches(self.file, anchor_text) and not (self.file_not and _matches(self.file_not, anchor_text))
        return monthly or self.is_series(anchor_text)

    def is_series(self, anchor_text: str) -> bool:
        """True when the anchor leads to the workbook of all months."""
        return bool(self.series) and _matches(self.series or "", anchor_text)

    def role(self, anchor_text: str, kind: str) -> Role:
        """What a file is for."""
        return "series" if self.is_series(anchor_text) else "figures" if kind == self.kinds[0] else "workbook"


def _matches(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None
