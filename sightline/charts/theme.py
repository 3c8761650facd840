"""The one palette and the one theme of every chart, icon and page.

The meaning of Making Data Count's colours is kept, their values are not: #00b0f0 (2.48) and #a6a6a6 (2.43) miss the
3.0 that WCAG 2.2 asks of graphics (1.4.11). Colour is never the only sign: each verdict has a shape of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

WHITE = "#FFFFFF"
BAND = "#F1F4F6"

Use = Literal["text", "graphic", "decoration"]

#: WCAG 2.2 AA: text 4.5 (1.4.3), graphics that carry meaning 3.0 (1.4.11), decoration none
LEAST_CONTRAST: dict[Use, float] = {"text": 4.5, "graphic": 3.0, "decoration": 1.0}


@dataclass(frozen=True)
class Colour:
    """One entry of the palette: ``value`` as #RRGGBB, what it is ``used`` for, and on which grounds it stands."""

    name: str
    value: str
    use: Use
    grounds: tuple[str, ...] = (WHITE, BAND)


INK = Colour("ink", "#212B32", "text")
SECOND_INK = Colour("second ink", "#4C6272", "text")
IMPROVEMENT = Colour("improvement", "#005EB8", "text")
CONCERN = Colour("concern", "#D65C00", "graphic")
COMMON_CAUSE = Colour("common cause and limits", "#768692", "graphic")
NEITHER = Colour("neither", "#5B2D8E", "text")
TARGET = Colour("target", "#B3141D", "text")
JOINING = Colour("joining line", "#8C99A3", "decoration")
GRID = Colour("grid", "#E8ECEE", "decoration")
AXIS = Colour("axis", "#9AA6AE", "decoration")
BAND_EDGE = Colour("band in icons", "#C9D1D6", "decoration")

PALETTE = (INK, SECOND_INK, IMPROVEMENT, CONCERN, COMMON_CAUSE, NEITHER, TARGET, JOINING, GRID, AXIS, BAND_EDGE)


#: class of a word in a chart -> its colour
WORDS = {
    "latest": INK.value,
    "limit_word": SECOND_INK.value,
    "target": TARGET.value,
    "upright_word": SECOND_INK.value,
    "gap_word": SECOND_INK.value,
    "simulated": SECOND_INK.value,
    "axis_word": SECOND_INK.value,
}
#: classes in bold
BOLD = frozenset({"latest", "simulated"})


def _linear(channel: int) -> float:
    share = channel / 255
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    """Relative luminance of ``#RRGGBB``, 0 to 1 (WCAG 2.2, definition of relative luminance)."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def config() -> dict[str, Any]:
    """The Vega-Lite configuration of every chart: no frame, text set by the page."""
    return {
        "aria": False,
        "background": None,
        "font": "sans-serif",
        "view": {"stroke": None},
        "legend": {"disable": True},
        "text": {"fontSize": 12},
    }
