"""What a simulated dataset gives to the site: its files, and the words and addresses under which they are published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class PublishedFile:
    """A file, the page that links to it, and the words of the link. ``body`` makes the same bytes every time."""

    page: str
    page_title: str
    url: str
    anchor_text: str
    published: date
    body: Callable[[], bytes]


@dataclass(frozen=True)
class Publication:
    """One dataset: the page on which the years are listed, and every file of every year in the order of the months."""

    title: str
    index_page: str
    files: tuple[PublishedFile, ...]
