"""The few drawings that are neither charts nor icons: the mark, and three pictures on how to read a chart."""

from __future__ import annotations

from collections.abc import Mapping

from sightline.charts import theme

_GREY, _INK2, _LINE, _BAND, _RED = theme.COMMON_CAUSE.value, theme.SECOND_INK.value, theme.JOINING.value, "#EDF1F3", theme.TARGET.value
_QUIET = ((8, 36), (28, 28), (48, 40), (68, 25), (88, 31), (108, 40), (128, 23), (148, 34), (168, 30), (188, 40))


def _svg(width: int, height: int, title: str, meaning: str, marks: str, css: str) -> str:
    return (
        f'<svg class="{css}" width="{width}" height="{height}" viewBox="0 0 {width} {height}" fill="none" role="img" aria-label="{title}">'
        f"<title>{title}</title><desc>{meaning}</desc>{marks}</svg>"
    )


def _dots(places: tuple[tuple[int, int], ...]) -> str:
    joined = "L".join(f"{x},{y}" for x, y in places)
    dots = "".join(f"M{x},{y}h0" for x, y in places)
    return f'<path stroke="{_LINE}" d="M{joined}"/><path stroke="{_GREY}" stroke-width="5.6" stroke-linecap="round" d="{dots}"/>'


def _band(top: int, height: int) -> str:
    return (
        f'<path fill="{_BAND}" d="M2 {top}h196v{height}h-196z"/>'
        f'<path stroke="{_GREY}" stroke-dasharray="3 3" d="M2 {top}h196M2 {top + height}h196"/><path stroke="{_INK2}" d="M2 {top + height / 2:g}h196"/>'
    )


PICTURES: Mapping[str, str] = {
    "mark": _svg(26, 16, "sightline", "A line that runs along a dashed target.",
                 f'<path d="M1 8h24" stroke="{_RED}" stroke-width="1.5" stroke-dasharray="4 2.5"/><path d="M1 13l5-4 4 2.5 5-7 4 3 6-6" stroke="{theme.INK.value}" stroke-width="1.6"/>', "mk"),
    "quiet": _svg(200, 64, "Points inside a band", "Grey circles move up and down inside the band between two dashed limits.", _band(14, 36) + _dots(_QUIET), "hw"),
    "signal": _svg(200, 64, "Points outside a band", "A blue square, an orange diamond and a purple triangle stand above the band.",
                   _band(24, 26) + _dots(((8, 40), (32, 33), (56, 42), (80, 31)))
                   + f'<path fill="{theme.IMPROVEMENT.value}" d="M104 7h8v8h-8z"/><path fill="{theme.CONCERN.value}" d="M145 5l6 6-6 6-6-6z"/><path fill="{theme.NEITHER.value}" d="M181 5l6 11h-12z"/>', "hw"),
    "target": _svg(200, 64, "A target above a band", "A dashed red line runs above the band in which the points lie.",
                   _band(34, 24) + f'<path stroke="{_LINE}" d="M8 48l24-6 24 9 24-8 24 5 24-9 24 8 24-3"/><path stroke="{_RED}" stroke-width="1.75" stroke-dasharray="9 4" d="M2 14h196"/>', "hw"),
}  # fmt: skip
