"""Makes the drawing's SVG small enough to lie in a page two thousand times, and gives it a title and a description.

Vega writes one element a mark, each with its own style and with accessibility attributes of its own; a reader of a screen
needs one title and one description in their place. Lines and points of one style become one path, numbers keep one decimal,
groups and empty elements go: about 21 kB become 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape
from itertools import groupby, pairwise
from typing import NamedTuple

from sightline.charts import theme
from sightline.charts.layout import Format, Layout

_TAG = re.compile(r"<(/?)(\w+)((?:[^>\"]|\"[^\"]*\")*?)(/?)>([^<]*)")
_ATTRIBUTE = re.compile(r"([\w-]+)=\"([^\"]*)\"")
TIE = 1e-6
_LONG_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_PLACE = re.compile(r"translate\((-?[\d.e-]+),(-?[\d.e-]+)\)")
_CIRCLE = re.compile(r"^M([\d.]+),0A")
_CORNER = re.compile(r"([ML])(-?[\d.e-]+),(-?[\d.e-]+)(Z?)")
_CORNERS = re.compile(r"-?[\d.]+(?:e-?\d+)?")
#: attributes that style a path
_STYLE = ("fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "fill-opacity")
_SAYS_NOTHING = {("fill-opacity", "1"), ("stroke-dasharray", ""), ("stroke-width", "1")}

Style = tuple[tuple[str, str], ...]


class Element(NamedTuple):
    """One mark: its tag, attributes, text and where its groups put it (pixels)."""

    tag: str
    attributes: dict[str, str]
    text: str
    left: float
    top: float


def _short(value: float) -> str:
    """One decimal. A tie goes up, so that the last bit of a number decides nothing."""
    text = f"{value + TIE:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _rounded(path: str) -> str:
    return _LONG_NUMBER.sub(lambda number: _short(float(number.group())), path)


def _place(attributes: dict[str, str]) -> tuple[float, float]:
    found = _PLACE.match(attributes.get("transform", ""))
    return (float(found[1]), float(found[2])) if found else (0.0, 0.0)


def elements(svg: str) -> Iterable[Element]:
    """The marks of a Vega SVG in drawing order, without frames and without what is never shown."""
    places = [(0.0, 0.0)]
    for closing, tag, raw, alone, text in _TAG.findall(svg):
        if tag == "svg":
            continue
        if closing:
            if tag == "g":
                places.pop()
            continue
        attributes = dict(_ATTRIBUTE.findall(raw))
        left, top = _place(attributes)
        if tag == "g" and not alone:
            places.append((places[-1][0] + left, places[-1][1] + top))
        elif tag in {"path", "line", "text"} and attributes.get("class") not in {"background", "foreground"}:
            yield Element(tag, attributes, text, places[-1][0] + left, places[-1][1] + top)


def _style(attributes: dict[str, str]) -> Style:
    return tuple((name, attributes[name]) for name in _STYLE if name in attributes and (name, attributes[name]) not in _SAYS_NOTHING)


def _line(element: Element) -> str:
    across, down = float(element.attributes["x2"]), float(element.attributes["y2"])
    move = f"h{_short(across)}" if abs(down) < 0.05 else f"v{_short(down)}" if abs(across) < 0.05 else f"l{_short(across)},{_short(down)}"
    return f"M{_short(element.left)},{_short(element.top)}{move}"


@lru_cache(maxsize=4)
def _placed(path: str, left: float, top: float) -> str:
    """An absolute path of M, L, h, v, Z moved by the place of its groups, its numbers short. Two lines often take one course after another."""
    if "h" in path:
        return _rounded(_CORNER.sub(lambda at: f"{at[1]}{_short(float(at[2]) + left)},{_short(float(at[3]) + top)}{at[4]}", path))
    return "".join([f"{pen}{_short(float(x) + left)},{_short(float(y) + top)}{end}" for pen, x, y, end in _CORNER.findall(path)])


def _dots(element: Element, radius: float) -> list[tuple[Style, str]]:
    """A circle is a dot of a round pen; a hollow one a dot of the stroke's colour with a smaller white one on it."""
    fill, stroke, width = element.attributes["fill"], element.attributes["stroke"], float(element.attributes["stroke-width"])
    dot = f"M{_short(element.left)},{_short(element.top)}h0"
    outer = _pen(stroke, 2 * radius + (width if fill != stroke else 0))
    return [(outer, dot)] if fill == stroke else [(outer, dot), (_pen(fill, 2 * radius - width), dot)]


def _pen(colour: str, width: float) -> Style:
    return (("stroke", colour), ("stroke-width", _short(width)), ("stroke-linecap", "round"))


def _polygon(element: Element) -> tuple[Style, str]:
    """A square, diamond, triangle or cross: its first corner where it stands, the others from there; a hollow one has its outline."""
    numbers = [float(number) for number in _CORNERS.findall(_absolute(element.attributes["d"]))]
    corners = list(zip(numbers[::2], numbers[1::2], strict=True))
    first = corners[0]
    moves = [f"{_short(x - before_x)},{_short(y - before_y)}" for (before_x, before_y), (x, y) in pairwise(corners)]
    start = f"M{_short(element.left + first[0])},{_short(element.top + first[1])}"
    fill, stroke = element.attributes["fill"], element.attributes["stroke"]
    outline = (("stroke", stroke), ("stroke-width", _short(float(element.attributes["stroke-width"])))) if stroke != fill else ()
    return (("fill", fill), *outline), f"{start}l{' '.join(moves)}z"


def _absolute(path: str) -> str:
    """A square is written with h and v: give its corners."""
    found = re.match(r"M(-?[\d.]+),(-?[\d.]+)h([\d.]+)v([\d.]+)h(-?[\d.]+)Z", path)
    if not found:
        return path
    x, y, width, height = (float(found[place]) for place in range(1, 5))
    return f"{x},{y} {x + width},{y} {x + width},{y + height} {x},{y + height}"


def _symbols(found: list[Element]) -> list[tuple[Style, str]]:
    """Points of one look as one path each; the hollow ones' rings stay below their white."""
    drawn: list[tuple[Style, str]] = []
    for element in found:
        circle = _CIRCLE.match(element.attributes["d"])
        drawn += _dots(element, float(circle[1])) if circle else [_polygon(element)]
    together: dict[Style, list[str]] = {}
    for style, path in drawn:
        together.setdefault(style, []).append(path)
    return [(style, "".join(paths)) for style, paths in together.items()]


def _is_symbol(element: Element) -> bool:
    return element.tag == "path" and "transform" in element.attributes


def _kind_of(element: Element) -> str:
    return "symbol" if _is_symbol(element) else element.tag


def _shapes(found: Iterable[Element]) -> list[tuple[Style, str]]:
    """All marks but words as (style, path), neighbours of one style joined."""
    drawn: list[tuple[Style, str]] = []
    for kind, members in groupby(found, key=_kind_of):
        if kind == "symbol":
            drawn += _symbols(list(members))
        elif kind == "line":
            drawn += [(_style(element.attributes), _line(element)) for element in members]
        elif kind == "path":  # Vega writes a line without any point as a path without a course
            lines = [element for element in members if "d" in element.attributes]
            drawn += [(_style(element.attributes), _placed(element.attributes["d"], element.left, element.top)) for element in lines]
    return [(style, "".join(path for _, path in same)) for style, same in groupby(drawn, key=lambda one: one[0])]


def _attributes(style: Iterable[tuple[str, str]]) -> str:
    return "".join(f' {name}="{value}"' for name, value in style)


def _word(element: Element) -> str:
    kept = [("x", _short(element.left)), ("y", _short(element.top))]
    kept += [
        (name, element.attributes[name]) for name in ("text-anchor", "font-weight") if element.attributes.get(name, "400") not in {"400", "start"}
    ]
    colour = element.attributes.get("fill", theme.SECOND_INK.value)
    kept += [] if colour == theme.SECOND_INK.value else [("fill", colour)]
    return f"<text{_attributes(kept)}>{element.text}</text>"


ANCHORS = {"left": "start", "center": "middle", "right": "end"}
#: Vega moves words whose middle stands at a place down by three tenths of their size
DOWN = {"middle": 4.0, "alphabetic": 0.0}


def set_words(layout: Layout, form: Format) -> list[Element]:
    """The words of a layout where Vega would set them, as its SVG would hold them."""
    (left, right), (bottom, top) = layout.x_domain, layout.y_domain
    return [
        Element(
            "text",
            {
                "text-anchor": ANCHORS[word["align"]],
                "font-weight": "600" if word["class"] in theme.BOLD else "400",
                "fill": theme.WORDS[word["class"]],
            },
            escape(word["text"], quote=False),
            form.left + (word["x"] - left) / (right - left) * form.width,
            form.top + (top - word["y"]) / (top - bottom) * form.height + DOWN[word["baseline"]],
        )
        for word in layout.word
    ]


def picture(found: Sequence[Element], *, size: tuple[int, int], name: str, title: str, description: str) -> str:
    """Marks as one small picture with a title and a description; ``name`` makes its identifiers unique in a page.

    ``title`` and ``description`` are plain text and are escaped here; words in the drawing were escaped by vl-convert, or by
    :func:`set_words` where they come from there.
    """
    shapes = "".join(
        f'<path{_attributes(style)} d="{path.replace("Z", "z")}"/>' for style, path in _shapes(one for one in found if one.tag != "text") if path
    )
    texts = "".join(_word(element) for element in found if element.tag == "text" and element.text)
    width, height = size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" fill="none" role="img"'
        f' aria-labelledby="t{name} d{name}"><title id="t{name}">{escape(title)}</title><desc id="d{name}">{escape(description)}</desc>'
        f'{shapes}<g fill="{theme.SECOND_INK.value}" font-family="sans-serif" font-size="12">{texts}</g></svg>'
    )
