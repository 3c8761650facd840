"""A page as its readers have it: its text, links and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib

SVG = "{http://www.w3.org/2000/svg}"
#: what holds machine words on purpose, or is not read
NOT_PROSE = {"script", "style", "pre", "code"}
#: what stands within a sentence
INLINE = {"a", "b", "i", "small", "code"}


@dataclass(frozen=True, repr=False)
class Page:
    """One HTML file: its address within the pack, its source, and what a strict parser made of it."""

    address: str
    source: str
    root: Element
    errors: list[Any]

    @cached_property
    def nodes(self) -> list[Element]:
        """Every element, in order."""
        return list(self.root.iter())

    def all(self, tag: str, css: str | None = None) -> list[Element]:
        """Every element of a tag, of a class if one is given."""
        return [node for node in self.nodes if node.tag == tag and (css is None or css in str(node.get("class", "")).split())]

    @cached_property
    def text(self) -> str:
        """All that is read or read aloud, without SQL, code and the lists of columns."""
        return " ".join("".join(_prose(self.root, columns=self.address == "data.html")).split())

    @cached_property
    def links(self) -> list[str]:
        """Where the links lead."""
        return [str(node.get("href")) for node in self.all("a")]

    @cached_property
    def identifiers(self) -> list[str]:
        """Every id."""
        return [str(node.get("id")) for node in self.nodes if node.get("id") is not None]


def _prose(element: Element, *, columns: bool) -> Iterator[str]:
    """The text of an element and of the attributes that are read aloud; ``columns`` leaves folded lists out."""
    if element.tag in NOT_PROSE or (columns and element.tag == "details"):
        yield f"{'…' if element.tag == 'code' else ''}{element.tail or ''}"
        return
    edge = "" if element.tag in INLINE else " "
    yield from (f" {element.get(name)} " for name in ("aria-label", "title", "placeholder", "data-m") if element.get(name))
    yield edge + (element.text or "")
    for child in element:
        yield from _prose(child, columns=columns)
    yield edge + (element.tail or "")


def read(folder: Path, file: Path) -> Page:
    """Parse one page."""
    source = file.read_text("utf-8")
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), strict=False, namespaceHTMLElements=False)
    root = parser.parse(source)
    return Page(file.relative_to(folder).as_posix(), source, root, parser.errors)


def words_of(element: Element) -> str:
    """The text of an element with single blanks."""
    return " ".join("".join(element.itertext()).split())


def cells(table: Element) -> list[list[str]]:
    """The body of a table as text."""
    return [[words_of(cell) for cell in row] for body in table.iter("tbody") for row in body.iter("tr")]


def number(text: str) -> float:
    """A figure as shown: ``2,345``, ``75.6 %``, ``−1.3``."""
    return float(re.sub(r"[,\s%]", "", text).replace("−", "-"))
