"""The small SVG keeps every mark of the drawing, speaks to those who do not see it, and asks for nothing from outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest
import vl_convert

from sightline.charts import FORMATS, Kind
from sightline.charts.layout import layout
from sightline.charts.svg import elements, picture
from sightline.charts.template import vega_lite
from tests.charts.series import KINDS, PICTURES, of_kind

SVG = "{http://www.w3.org/2000/svg}"
#: one decimal is kept
NEAR = 0.11
Place = tuple[float, ...]


class Marks(NamedTuple):
    """What a picture shows, whichever way it is written."""

    dots: list[Place]
    shapes: list[tuple[str, Place]]
    lines: list[Place]
    corners: list[Place]
    areas: list[Place]
    words: list[tuple[str, Place]]


@cache
def _long(name: str, kind: Kind) -> str:
    return vl_convert.vegalite_to_svg(vega_lite(kind, layout(of_kind(PICTURES[name], kind))))


def _short(name: str, kind: Kind, *, called: str = "a1", title: str = "A title", description: str = "A description") -> str:
    return picture(list(elements(_long(name, kind))), size=FORMATS[kind].size, name=called, title=title, description=description)


def _numbers(text: str) -> list[float]:
    return [float(found) for found in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", text)]


# ------------------------------------------------------------------------------------------ the drawing as Vega writes it


def _walk(element: ET.Element, left: float = 0, top: float = 0, group: str = "") -> Iterator[tuple[ET.Element, float, float, str]]:
    moved = re.match(r"translate\(([^,]+),([^)]+)\)", element.get("transform", ""))
    left, top = (left + float(moved[1]), top + float(moved[2])) if moved else (left, top)
    group = element.get("class", group) if element.tag == f"{SVG}g" else group
    yield element, left, top, group
    for child in element:
        yield from _walk(child, left, top, group)


def _drawn(svg: str) -> Marks:
    """Circles count as dots (a hollow one as two: ring and white); other symbols by the colour of their fill."""
    marks = Marks([], [], [], [], [], [])
    for element, left, top, group in _walk(ET.fromstring(svg)):  # noqa: S314 - our own drawing
        path = element.get("d", "")
        if element.tag == f"{SVG}text" and element.text:
            marks.words.append((element.text, (left, top)))
        elif element.tag == f"{SVG}line":
            marks.lines.append((left, top, left + float(element.get("x2", 0)), top + float(element.get("y2", 0))))
        elif "mark-symbol" in group and path:
            if "A" in path:
                marks.dots.extend([(left, top)] * (1 if element.get("fill") == element.get("stroke") else 2))
            else:
                marks.shapes.append((str(element.get("fill")), (left, top)))
        elif "mark-line" in group and path:
            corners = [(left + float(x), top + float(y)) for x, y in re.findall(r"[ML](-?[\d.]+),(-?[\d.]+)", path)]
            (marks.dots if element.get("stroke-linecap") == "round" else marks.corners).extend(corners)
        elif "mark-rect" in group and path:
            x, y, width, height = _numbers(path)[:4]
            marks.areas.append((left + x, top + y, left + x + width, top + y + height))
    return marks


# ------------------------------------------------------------------------------------------------ the same, as it is kept


def _strokes(path: str) -> Iterator[list[tuple[float, float]]]:
    """The corners of each stretch of a path, all absolute."""
    at, corners = (0.0, 0.0), []
    for command, rest in re.findall(r"([MLlhvz])([^MLlhvz]*)", path):
        numbers = _numbers(rest)
        if command == "M":
            if corners:
                yield corners
            corners = []
        across, up = (
            (numbers, [0.0] * len(numbers))
            if command == "h"
            else ([0.0] * len(numbers), numbers)
            if command == "v"
            else (numbers[::2], numbers[1::2])
        )
        for x, y in zip(across, up, strict=True):
            at = (x, y) if command in "ML" else (at[0] + x, at[1] + y)
            corners.append(at)
    yield corners


def _kept(svg: str) -> Marks:
    marks = Marks([], [], [], [], [], [])
    for element in ET.fromstring(svg).iter():  # noqa: S314 - our own drawing
        if element.tag == f"{SVG}text":
            marks.words.append((str(element.text), (float(element.get("x", 0)), float(element.get("y", 0)))))
        if element.tag != f"{SVG}path":
            continue
        for corners in _strokes(element.get("d", "")):
            if element.get("stroke-linecap") == "round":
                marks.dots.append(corners[0])
            elif element.get("stroke") and element.get("stroke-width") == "1.1":
                marks.corners.extend(corners)
            elif element.get("stroke"):
                marks.lines.append((*corners[0], *corners[-1]))
            elif "h" in element.get("d", ""):
                marks.areas.append((*corners[0], *corners[2]))
            else:
                middle = tuple((min(one) + max(one)) / 2 for one in zip(*corners, strict=True))
                marks.shapes.append((str(element.get("fill")), middle))
    return marks


def _same(found: list[Place], expected: list[Place], near: float = NEAR) -> None:
    """Each expected place is found once, and no other."""
    left = list(found)
    for place in expected:
        at = next((one for one in left if all(abs(a - b) <= near for a, b in zip(one, place, strict=True))), None)
        assert at is not None, f"nothing at {place}"
        left.remove(at)
    assert left == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", PICTURES)
def test_every_point_line_area_and_word_is_kept_where_it_was(name: str, kind: Kind) -> None:
    drawn, kept = _drawn(_long(name, kind)), _kept(_short(name, kind))
    assert drawn.dots or drawn.shapes
    _same(kept.dots, drawn.dots)
    _same(kept.lines, drawn.lines, 2 * NEAR)
    _same(kept.corners, drawn.corners)
    _same(kept.areas, drawn.areas, 2 * NEAR)
    for ours, theirs, near in ((kept.words, drawn.words, NEAR), (kept.shapes, drawn.shapes, 2.5)):  # a triangle's middle is not its centre
        assert sorted(name for name, _ in ours) == sorted(name for name, _ in theirs)
        for label in {name for name, _ in theirs}:
            _same([place for name, place in ours if name == label], [place for name, place in theirs if name == label], near)


def test_it_is_a_fraction_of_the_drawing() -> None:
    assert len(_short("limits and targets", "pair")) < 0.5 * len(_long("limits and targets", "pair"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_an_image_with_a_title_and_a_description(kind: Kind) -> None:
    root = ET.fromstring(_short("a gap", kind, called="q7"))  # noqa: S314 - our own drawing
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("role") == "img"
    assert (title is not None and title.text, description is not None and description.text) == ("A title", "A description")
    assert str(root.get("aria-labelledby")).split() == [title.get("id"), description.get("id")]  # type: ignore[union-attr]
    assert (root.get("width"), root.get("height")) == tuple(map(str, FORMATS[kind].size))
    assert root.get("viewBox") == "0 0 {} {}".format(*FORMATS[kind].size)


def test_two_pictures_in_a_page_share_no_identifier() -> None:
    first, second = (set(re.findall(r'\bid="([^"]+)"', _short("a gap", "pair", called=name))) for name in ("a1", "b2"))
    assert len(first) == len(second) == 2
    assert not first & second


def test_words_from_a_file_cannot_become_markup() -> None:
    hostile = '<script>alert(1)</script> & "quotes"'
    svg = _short("a gap", "pair", title=hostile, description=hostile)
    root = ET.fromstring(svg)  # noqa: S314 - our own drawing
    assert [root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")] == [hostile, hostile]
    assert "<script" not in svg


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_loads_nothing_and_runs_nothing(name: str, kind: Kind) -> None:
    svg = _short(name, kind).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?:|//|href|url\(|<style|<script|\bon\w+=|@import", svg)
    assert {element.tag.removeprefix(SVG) for element in ET.fromstring(_short(name, kind)).iter()} <= {"svg", "title", "desc", "path", "g", "text"}  # noqa: S314


def test_the_pictures_for_a_phone_are_as_wide_as_its_text() -> None:
    assert {FORMATS[kind].size[0] for kind in ("pair_phone", "column_phone")} == {328}
