"""The icons: variation (what the last month says) and assurance (the target against the limits), as small inline SVG.

Our own drawings: a short line that goes up or down to the shape that the charts give the same verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import NamedTuple

from sightline.charts import theme

_UP, _DOWN = "M3 20l5-2 4 1 4-3 5-7", "M3 8l5 2 4-1 4 3 5 7"


class Drawing(NamedTuple):
    """An icon's title (read aloud), what it means, and its marks on a ground of 28 by 28."""

    title: str
    meaning: str
    marks: str


def _end(line: str, colour: str, shape: str) -> str:
    return f'<path d="{line}" fill="none" stroke="{colour}" stroke-width="1.6"/><path d="{shape}" fill="{colour}"/>'


def _target(band_top: float, band_height: float, line: float) -> str:
    middle = band_top + band_height / 2
    return (
        f'<rect x="3" y="{band_top:g}" width="22" height="{band_height:g}" fill="{theme.BAND_EDGE.value}"/>'
        f'<path d="M3 {middle:g}h22" stroke="{theme.SECOND_INK.value}" stroke-width="1.2"/>'
        f'<path d="M2 {line:g}h24" stroke="{theme.TARGET.value}" stroke-width="2" stroke-dasharray="5 2.5"/>'
    )


_SQUARE_HIGH, _SQUARE_LOW = "M18 4h7v7h-7z", "M18 17h7v7h-7z"
_DIAMOND_HIGH, _DIAMOND_LOW = "M21.5 2.5l4.8 4.8-4.8 4.8-4.8-4.8z", "M21.5 15.9l4.8 4.8-4.8 4.8-4.8-4.8z"
_CHANCE = "A change that chance alone would rarely make"
_QUIET = f'<path d="M3 16l4-4 4 5 4-6 4 4 5-3" fill="none" stroke="{theme.COMMON_CAUSE.value}" stroke-width="1.6"/>'
_NO_VERDICT = (
    f'<path d="M3 15l4-3 4 3 4-3 4 3 6-4" fill="none" stroke="{theme.COMMON_CAUSE.value}" stroke-width="1.6" stroke-dasharray="1.5 2.5"/>'
    f'<path d="M9 23h10" stroke="{theme.SECOND_INK.value}" stroke-width="1.5"/>'
)

DRAWINGS: Mapping[str, Drawing] = {
    "common_cause": Drawing("no change that chance would not make", "The last month lies within what this process does by itself.",
                            f'{_QUIET}<circle cx="24.2" cy="12.2" r="2.6" fill="{theme.COMMON_CAUSE.value}"/>'),
    "improvement_high": Drawing("better, high", f"{_CHANCE}, upwards, and higher is better.", _end(_UP, theme.IMPROVEMENT.value, _SQUARE_HIGH)),
    "improvement_low": Drawing("better, low", f"{_CHANCE}, downwards, and lower is better.", _end(_DOWN, theme.IMPROVEMENT.value, _SQUARE_LOW)),
    "concern_high": Drawing("worse, high", f"{_CHANCE}, upwards, and lower is better.", _end(_UP, theme.CONCERN.value, _DIAMOND_HIGH)),
    "concern_low": Drawing("worse, low", f"{_CHANCE}, downwards, and higher is better.", _end(_DOWN, theme.CONCERN.value, _DIAMOND_LOW)),
    "neither_high": Drawing("changed, high", f"{_CHANCE}, upwards; neither direction is better.", _end(_UP, theme.NEITHER.value, "M21.5 3l4.6 8h-9.2z")),
    "neither_low": Drawing("changed, low", f"{_CHANCE}, downwards; neither direction is better.", _end(_DOWN, theme.NEITHER.value, "M21.5 25l4.6-8h-9.2z")),
    "no_verdict": Drawing("no verdict", "These data do not allow a verdict on the last month.", _NO_VERDICT),
    "target_below": Drawing("target below the limits", "The target lies below what this process delivers.", _target(4, 10, 20.5)),
    "target_inside": Drawing("target inside the limits", "The target lies inside what this process delivers.", _target(6, 16, 10)),
    "target_above": Drawing("target above the limits", "The target lies above what this process delivers.", _target(14, 10, 7.5)),
}  # fmt: skip


def variation_icon(variation: str | None, better: str) -> str:
    """The name of the icon for a verdict on the last point; ``better`` is ``up``, ``down`` or ``neither``."""
    if variation in {"improvement", "concern"}:
        return f"{variation}_{'high' if (variation == 'improvement') == (better == 'up') else 'low'}"
    return variation or "no_verdict"


def assurance_icon(assurance: str | None, direction: str) -> str | None:
    """The name of the icon for the target against the limits: where the target *lies*, which is no judgement by itself."""
    if assurance is None:
        return None
    if assurance == "hit_or_miss":
        return "target_inside"
    return "target_above" if (assurance == "failing") == (direction == "at_least") else "target_below"


def icon(name: str) -> str:
    """An icon as inline SVG with its title and meaning."""
    drawing = DRAWINGS[name]
    return (
        f'<svg class="ic" width="28" height="28" viewBox="0 0 28 28" role="img" aria-label="{escape(drawing.title)}">'
        f"<title>{escape(drawing.title)}</title><desc>{escape(drawing.meaning)}</desc>{drawing.marks}</svg>"
    )
