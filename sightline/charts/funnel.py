"""The picture of a funnel: organisations as points over their volume, limits that widen to the left. Nobody is named in it.

Limits with the usual spread are the main lines; those of chance alone are thin and dotted. Drawn in Altair, one picture a measure and size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sightline.charts import theme
from sightline.charts.figures import number, shown
from sightline.charts.layout import FORMATS, Format, Layout, Row, Scale, axis_figure, axis_span, clip, pushed_apart, ticks
from sightline.charts.render import drawing_source, keep
from sightline.charts.svg import elements, picture, set_words
from sightline.spc.funnel import limits_at

FORMS: dict[str, Format] = {
    "funnel": FORMATS["pair"]._replace(width=530, height=280, left=44, right=106, top=24, bottom=40, point=2.6),
    "funnel_phone": FORMATS["pair_phone"]._replace(width=214, height=220, left=38, right=76, top=24, bottom=40, point=2.2, intervals=4),
}
#: places along the volume at which limits are worked out
STEPS = 48
#: the axis holds limits up to so many times the largest value; beyond, they leave the picture
ROOM = 1.25

#: line -> (colour, dash, width)
LINES: Mapping[str, tuple[str, list[int], float]] = {
    "adjusted_998": (theme.COMMON_CAUSE.value, [], 1.2),
    "adjusted_95": (theme.COMMON_CAUSE.value, [3, 3], 1.0),
    "chance_998": (theme.AXIS.value, [1, 3], 1.0),
    "centre": (theme.SECOND_INK.value, [], 1.0),
}
#: where a point lies -> (shape, fill, stroke, radius relative to a point)
POINTS: Mapping[str, tuple[str, str, str, float]] = {
    "inside": ("circle", theme.COMMON_CAUSE.value, theme.COMMON_CAUSE.value, 1.0),
    "above": ("triangle-up", theme.NEITHER.value, theme.NEITHER.value, 1.5),
    "below": ("triangle-down", theme.NEITHER.value, theme.NEITHER.value, 1.5),
    "silent": ("circle", theme.WHITE, theme.COMMON_CAUSE.value, 1.0),
}


class FunnelRequest(NamedTuple):
    """One funnel: rows of analysis.funnel_point and the row of analysis.funnel_summary, the measure's unit and scale, and its words."""

    points: Sequence[Mapping[str, Any]]
    summary: Mapping[str, Any]
    unit: str
    scale: float
    title: str
    description: str
    simulated: bool = False


@dataclass(frozen=True)
class FunnelLayout:
    """The marks of one funnel in the units shown, and what its axes span."""

    x_domain: tuple[float, float]
    y_domain: tuple[float, float]
    step: float
    curves: dict[str, list[tuple[float, float | None]]]
    points: list[Row]

    def place(self, point: Mapping[str, Any], unit: str) -> tuple[float, float]:
        """How far along the two axes an organisation lies, each from 0 to 1 (1 is right, and top)."""
        (left, right), (bottom, top) = self.x_domain, self.y_domain
        return (point["denominator"] - left) / (right - left), (shown(point["value"], unit) - bottom) / (top - bottom)


def funnel_layout(asked: FunnelRequest) -> FunnelLayout:
    """Where everything lies. There is at least one point with a value."""
    compared = [point for point in asked.points if point["adjusted_upper_998"] is not None or point["upper_998"] is not None]
    drawn = [point for point in compared or asked.points if point["value"] is not None]
    volumes = [point["denominator"] for point in drawn]
    x_top = axis_span([0.0, max(volumes) * 1.02], "", 5)[1]
    values = [shown(point["value"], asked.unit) for point in drawn]
    curves = _curves(asked, min(volumes), x_top) if compared else {}
    held = [y for curve in curves.values() for _, y in curve if y is not None and y <= ROOM * max(values)]
    bottom, top, step = axis_span([*values, *held], asked.unit, 5)
    points = [{"x": point["denominator"], "y": y, "class": point["state"] or "silent"} for point, y in zip(drawn, values, strict=True)]
    inside = {name: [(x, y if y is not None and bottom <= y <= top else None) for x, y in curve] for name, curve in curves.items()}
    return FunnelLayout((0.0, x_top), (bottom, top), step, inside, points)


def _curves(asked: FunnelRequest, smallest: float, largest: float) -> dict[str, list[tuple[float, float | None]]]:
    """The lines of a funnel as points from the smallest to the largest volume, clipped to what figures can be."""
    summary = asked.summary
    if summary["centre_line"] is None:
        return {}
    volume = np.geomspace(smallest, largest, STEPS)
    known = {"kind": summary["kind"], "centre": summary["centre_line"] / asked.scale, "multiply": asked.scale}
    chance, adjusted = limits_at(volume, **known), limits_at(volume, tau2=summary["tau2"] or 0.0, **known)
    lines = {
        **{f"adjusted_{level} {side}": adjusted[f"{side}_{level}"] for level in ("998", "95") for side in ("lower", "upper")},
        **{f"chance_998 {side}": chance[f"{side}_998"] for side in ("lower", "upper")},
        "centre": np.full(STEPS, summary["centre_line"]),
    }
    return {
        name: [(float(x), clip(shown(float(y), asked.unit), asked.unit) if np.isfinite(y) else None) for x, y in zip(volume, line, strict=True)]
        for name, line in lines.items()
    }


def draw_funnels(requests: Mapping[str, FunnelRequest], *, cache: Path) -> dict[str, str]:
    """Every funnel in both sizes as SVG text, by ``<key> funnel`` and ``<key> funnel_phone``; known pictures come from ``cache``."""
    cache.mkdir(parents=True, exist_ok=True)
    return {f"{key} {form}": _drawn(asked, form, cache) for key, asked in requests.items() for form in FORMS}


def _drawn(asked: FunnelRequest, form: str, cache: Path) -> str:
    digest = hashlib.sha256(f"{drawing_source()}\n{form}\n{asked!r}".encode()).hexdigest()[:40]
    file = cache / f"{digest}.svg"
    if not file.exists():
        keep(file, _picture(asked, FORMS[form], digest[:10], short=form.endswith("phone")))
    return file.read_text("utf-8")


def _picture(asked: FunnelRequest, form: Format, name: str, *, short: bool) -> str:
    import vl_convert  # noqa: PLC0415 - with Altair it takes a second to import; a warm cache needs none of it

    laid = funnel_layout(asked)
    spec = altair_funnel(laid, form).to_dict(validate=False) | {"config": theme.config()}
    marks = list(elements(vl_convert.vegalite_to_svg({part: found for part, found in spec.items() if part != "$schema"})))
    words = set_words(_words(laid, asked, form, short=short), form)
    return picture([*marks, *words], size=form.size, name=name, title=asked.title, description=asked.description)


def altair_funnel(laid: FunnelLayout, form: Format) -> Any:
    """One funnel as an Altair chart. Layers from below: grid, limits, centre, points."""
    import altair as alt  # noqa: PLC0415

    scales = {"x": alt.Scale(domain=list(laid.x_domain), nice=False), "y": alt.Scale(domain=list(laid.y_domain), nice=False, zero=False)}
    x, y = alt.X("x:Q", title=None, axis=None, scale=scales["x"]), alt.Y("y:Q", title=None, axis=None, scale=scales["y"])
    (left, right), (bottom, top) = laid.x_domain, laid.y_domain
    levels = [{"x": left, "x2": right, "y": level, "y2": level} for level in ticks(bottom, top, laid.step)]
    layers = [alt.Chart(alt.InlineData(levels)).mark_rule(stroke=theme.GRID.value).encode(x, y, x2="x2:Q", y2="y2:Q")]
    for line, curve in laid.curves.items():
        colour, dash, width = LINES[line.partition(" ")[0]]
        rows = [{"x": at, "y": height} for at, height in curve]
        drawn = alt.Chart(alt.InlineData(rows)).mark_line(stroke=colour, strokeDash=dash, strokeWidth=width, invalid="break-paths-filter-domains")
        layers.append(drawn.encode(x, y))
    for state, (shape, fill, stroke, radius) in POINTS.items():
        rows = [point for point in laid.points if point["class"] == state]
        size = round(4 * (form.point * radius) ** 2, 2)
        layers.append(
            alt.Chart(alt.InlineData(rows)).mark_point(opacity=1, strokeWidth=1.2, shape=shape, fill=fill, stroke=stroke, size=size).encode(x, y)
        )
    return alt.layer(*layers).properties(
        width=form.width, height=form.height, autosize=alt.AutoSizeParams(type="none"),
        padding={"left": form.left, "right": form.right, "top": form.top, "bottom": form.bottom},
    )  # fmt: skip


def _words(laid: FunnelLayout, asked: FunnelRequest, form: Format, *, short: bool) -> Layout:
    """The figures of both axes, the names of the lines at their right end, and the word for simulated figures."""
    (left, right), (bottom, top) = laid.x_domain, laid.y_domain
    scale = Scale(laid.x_domain, laid.y_domain, form.width, form.height)
    beside = [_word(left - scale.across(6), level, axis_figure(level), "axis_word", "right", "middle") for level in ticks(bottom, top, laid.step)]
    volumes = ticks(left, right, axis_span([left, right], "", 3 if short else 5)[2])
    below = [_word(volume, bottom - scale.up(16), axis_figure(volume), "axis_word", "center") for volume in volumes if volume <= right]
    ends = sorted(
        (curve[-1][1], text, kind)
        for name, text, kind in _line_names(asked, short=short)
        if (curve := laid.curves.get(name)) and curve[-1][1] is not None
    )
    heights = pushed_apart([height for height, _, _ in ends], scale.up(14))
    named = [_word(right + scale.across(8), height, text, kind, "left", "middle") for height, (_, text, kind) in zip(heights, ends, strict=True)]
    made_up = [_word(left, top + scale.up(8), "SIMULATED", "simulated")] if asked.simulated else []
    return Layout(laid.x_domain, laid.y_domain, [], [], [], [], [], [], [*beside, *below, *named, *made_up])


def _line_names(asked: FunnelRequest, *, short: bool) -> list[tuple[str, str, str]]:
    centre = number(asked.summary["centre_line"], asked.unit) if asked.summary["centre_line"] is not None else ""
    told = {
        "adjusted_998 upper": "99.8 % limit",
        "adjusted_95 upper": "95 % limit",
        "adjusted_95 lower": "95 % limit",
        "adjusted_998 lower": "99.8 % limit",
    }
    names = [(name, text.removesuffix(" limit") if short else text, "limit_word") for name, text in told.items()]
    return [*names, ("centre", f"all {centre}" if short else f"together {centre}", "latest")]


def _word(x: float, y: float, text: str, kind: str, align: str = "left", baseline: str = "alphabetic") -> Row:
    return {"x": x, "y": y, "text": text, "class": kind, "align": align, "baseline": baseline}
