"""What happens at a line, drawn: who is still waiting, the line among lines that mean nothing, counts and the curve through them.

Nothing here is better or worse, so no verdict has a colour: purple diamonds are the line, hollow circles the weeks nobody targets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import altair as alt
import polars as pl
import polars.selectors as cs
import vl_convert

from sightline.charts import theme
from sightline.charts.svg import elements, picture

#: bands that cross a line between two month ends, counted from the line
CROSSING = 4
RIGHT, TOP, LEFT, BOTTOM = 20, 22, 46, 40
#: beside each other on a wide page, alone on it, and on a phone
WIDTHS = {"half": 540, "whole": 736, "phone": 328}
HEIGHT = 260
#: behind the crossing bands: the red of a target, faint; it carries no meaning that the diamonds do not
CROSSING_GROUND = "#F6EEEF"
#: numbers in full, and with k and M
FIGURES, SHORT = ",.6~g", "~s"


class Drawing(NamedTuple):
    """A figure as it is shown: title (what it says), subtitle (what, where, unit), caption, and its drawing on a wide page and on a phone."""

    title: str
    subtitle: str
    caption: str
    wide: str
    phone: str


class Sheet(NamedTuple):
    """Layers over shared axes, and what a reader of a screen is told."""

    layers: list[alt.Chart]
    description: str


def drawn(sheet: Sheet, *, name: str, title: str, subtitle: str, caption: str, form: str = "whole", simulated: bool = False) -> Drawing:
    """The two sizes of a figure as small SVG with a title and a description; `simulated` writes the word into both."""
    spec, told = _spec(_marked(sheet) if simulated else sheet), f"Simulated: {title}" if simulated else title
    wide, phone = (_svg(spec, WIDTHS[size], f"{name}{size[0]}", told, sheet.description) for size in (form, "phone"))
    return Drawing(title, subtitle, caption, wide, phone)


def _marked(sheet: Sheet) -> Sheet:
    word = alt.Chart(alt.Data(values=[{"word": "SIMULATED"}])).mark_text(
        x=4, y=10, align="left", baseline="middle", fill=theme.SECOND_INK.value, fontWeight=600
    )
    return Sheet([*sheet.layers, word.encode(text="word:N")], sheet.description)


def _spec(sheet: Sheet) -> dict[str, Any]:
    """The sheet as Vega-Lite without a width."""
    words, lines = theme.SECOND_INK.value, theme.AXIS.value
    axis = {"labelColor": words, "titleColor": words, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
            "gridColor": theme.GRID.value, "domainColor": lines, "tickColor": lines}  # fmt: skip
    chart = alt.layer(*sheet.layers).properties(
        height=HEIGHT - TOP - BOTTOM, autosize=alt.AutoSizeParams(type="none"), padding={"left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM}
    )
    spec: dict[str, Any] = chart.to_dict(validate=False)
    return {name: part for name, part in spec.items() if name != "$schema"} | {"config": theme.config() | {"axis": axis}}


def _svg(spec: dict[str, Any], width: int, name: str, title: str, description: str) -> str:
    marks = list(elements(vl_convert.vegalite_to_svg(spec | {"width": width - LEFT - RIGHT})))
    return picture(marks, size=(width, HEIGHT), name=name, title=title, description=description)


def _x(name: str, title: str, domain: tuple[float, float]) -> alt.X:
    axis = alt.Axis(title=title, grid=False, tickCount=7, labelOverlap="greedy", labelSeparation=8, format=FIGURES)
    return alt.X(f"{name}:Q", axis=axis, scale=alt.Scale(domain=list(domain), nice=False, zero=False))


def _y(name: str, *, domain: Sequence[float] | None = None, form: str = SHORT) -> alt.Y:
    scale = alt.Scale(domain=list(domain), nice=False, zero=False) if domain else alt.Scale(zero=True, nice=True)
    return alt.Y(f"{name}:Q", axis=alt.Axis(title=None, grid=True, domain=False, ticks=False, tickCount=5, format=form), scale=scale)


def _values(frame: pl.DataFrame) -> alt.Data:
    return alt.Data(values=frame.with_columns(cs.date().dt.to_string("%Y-%m-15T12:00")).to_dicts())


def _rules(lines: Sequence[float], x: alt.X, offset: float = 0.0) -> list[alt.Chart]:
    """The lines, dashed and red, each with its number above the plot."""
    rows = alt.Data(values=[{"at": line + offset, "line": f"{line:g}"} for line in lines])
    x = alt.X("at:Q", axis=x.to_dict()["axis"], scale=alt.Scale(**x.to_dict()["scale"]))
    return [
        alt.Chart(rows).mark_rule(stroke=theme.TARGET.value, strokeDash=[7, 4], strokeWidth=1.2).encode(x),
        alt.Chart(rows).mark_text(y=-8, fill=theme.TARGET.value).encode(x, text="line:N"),
    ]


def _shades(spans: Sequence[tuple[float, float]], x: alt.X) -> alt.Chart:
    rows = alt.Data(values=[{"from": since, "to": until} for since, until in spans])
    axis = x.to_dict()
    return (
        alt.Chart(rows).mark_rect(fill=CROSSING_GROUND).encode(alt.X("from:Q", axis=axis["axis"], scale=alt.Scale(**axis["scale"])), x2="to:Q")
    )  # fmt: skip


def still_waiting(survival: pl.DataFrame, lines: Sequence[int]) -> Sheet:
    """Share still waiting a month later by week band (`band`, `share` in per cent), the crossing bands shaded and marked."""
    rows = survival.filter(pl.col("share").is_finite()).with_columns(crossing=_crosses(lines))
    x = _x("band", "weeks waited at the second month end", _weeks(rows, lines))
    y = _y("share", domain=(0, max(100.0, _most(rows, "share"))), form=FIGURES)
    marked = rows.filter("crossing")
    layers = [
        _shades([(line - 0.5, line + CROSSING - 0.5) for line in lines], x), *_rules(lines, x, -0.5),
        alt.Chart(_values(rows)).mark_line(stroke=theme.JOINING.value, strokeWidth=1.1).encode(x, y),
        _dots(rows.filter(~pl.col("crossing"))).encode(x, y),
        *([_diamonds(marked).encode(x, y)] if marked.height else []),
    ]  # fmt: skip
    return Sheet(layers, f"Points by week band; dashed lines at {_listed(lines)} weeks, the four bands that cross each shaded.")


def carried_forward(bands: pl.DataFrame, lines: Sequence[int]) -> Sheet:
    """People by week band: carried forward from the month before (`predicted`) and still there (`actual`)."""
    x = _x("band", "weeks waited at the second month end", _weeks(bands, lines))
    y, y_there = _y("predicted"), _y("actual")
    layers = [
        _shades([(line - 0.5, line + CROSSING - 0.5) for line in lines], x), *_rules(lines, x, -0.5),
        alt.Chart(_values(bands)).mark_line(stroke=theme.COMMON_CAUSE.value, strokeWidth=1.5, strokeDash=[4, 3]).encode(x, y),
        alt.Chart(_values(bands)).mark_line(stroke=theme.INK.value, strokeWidth=1.5).encode(x, y_there),
    ]  # fmt: skip
    return Sheet(layers, f"Dashed: people carried forward from the month before. Solid: people still waiting. Lines at {_listed(lines)} weeks.")


def among_placebos(placebos: pl.DataFrame, tested: pl.DataFrame) -> Sheet:
    """Lines and placebo lines, each at its `line`, with `size`: still waiting, against what the neighbours suggest, in per cent.

    The lines have their 95 % intervals too, `low` and `high`.
    """
    x = _x("line", "week tried as if it were a line", (8.0, max(72.0, _most(tested, "line") + 4, _most(placebos, "line") + 4)))
    sizes = [*placebos["size"].to_list(), *tested["low"].to_list(), *tested["high"].to_list(), 0.0]
    room = 0.08 * (max(sizes) - min(sizes)) + 0.5
    y = _y("size", domain=(min(sizes) - room, max(sizes) + room), form=FIGURES)
    ends = alt.Y("low:Q", axis=y.to_dict()["axis"], scale=alt.Scale(**y.to_dict()["scale"]))
    zero = alt.Data(values=[{"size": 0}])
    layers = [
        alt.Chart(zero).mark_rule(stroke=theme.AXIS.value).encode(y), _hollow(placebos).encode(x, y),
        alt.Chart(_values(tested)).mark_rule(stroke=theme.NEITHER.value, strokeWidth=1.2).encode(x, ends, y2="high:Q"),
        _diamonds(tested).encode(x, y),
        alt.Chart(_values(tested)).mark_text(dx=8, align="left", baseline="middle", fill=theme.INK.value, fontWeight=600).encode(x, y, text="line:N"),
    ]  # fmt: skip
    return Sheet(
        layers,
        f"Hollow circles: {placebos.height} weeks that are nobody's target. Diamonds with intervals: {_listed(tested['line'].to_list())} weeks.",
    )


def by_month(rows: pl.DataFrame, reach: tuple[float, float]) -> Sheet:
    """One line month by month (`month`): `size` with its 95 % interval `low`, `high`, in per cent; filled where `lowest` of all weeks tried.

    `reach`: the least and the most of all lines that stand beside each other, so that they share a scale.
    """
    x, room = _time(), 0.08 * (reach[1] - reach[0]) + 0.5
    y = _y("size", domain=(reach[0] - room, reach[1] + room), form=FIGURES)
    low = alt.Y("low:Q", axis=y.to_dict()["axis"], scale=alt.Scale(**y.to_dict()["scale"]))
    zero = alt.Data(values=[{"size": 0}])
    filled, hollow = rows.filter("lowest"), rows.filter(~pl.col("lowest"))
    layers = [
        alt.Chart(zero).mark_rule(stroke=theme.AXIS.value).encode(y),
        alt.Chart(_values(rows)).mark_rule(stroke=theme.JOINING.value, strokeWidth=1.2).encode(x, low, y2="high:Q"),
        alt.Chart(_values(rows)).mark_line(stroke=theme.NEITHER.value, strokeWidth=1).encode(x, y),
        *([_hollow(hollow).encode(x, y)] if hollow.height else []), *([_diamonds(filled).encode(x, y)] if filled.height else []),
    ]  # fmt: skip
    return Sheet(layers, f"{rows.height} months with intervals; {filled.height} of them, diamonds, lie below every week that is nobody's target.")


def whole_list(rows: pl.DataFrame, lines: Sequence[int]) -> Sheet:
    """People waiting by week (`band`) at the newest month end (`last`, an area) and at the oldest (`first`, a line)."""
    x = _x("band", "weeks waited", (_least(rows, "band"), _most(rows, "band") + 1))
    step = "step-after"
    y, y_first = _y("last"), _y("first")
    layers = [
        alt.Chart(_values(rows)).mark_area(interpolate=step, fill=theme.GRID.value, opacity=1).encode(x, y),
        *_rules(lines, x),
        alt.Chart(_values(rows)).mark_line(interpolate=step, stroke=theme.SECOND_INK.value, strokeWidth=1.2).encode(x, y_first),
    ]
    return Sheet(layers, f"Shaded: people waiting at the newest month end. Line: at the oldest. Dashed lines at {_listed(lines)} weeks.")


def among_months(steps: pl.DataFrame) -> Sheet:
    """Mean changes by month (`month`, `change`): the deadline's (`is_due`) among the others."""
    x, y = _time(), _y("change", form=FIGURES)
    zero = alt.Data(values=[{"change": 0}])
    due, others = steps.filter("is_due"), steps.filter(~pl.col("is_due"))
    layers = [
        alt.Chart(zero).mark_rule(stroke=theme.AXIS.value).encode(y),
        *([_hollow(others).encode(x, y)] if others.height else []), *([_diamonds(due).encode(x, y)] if due.height else []),
    ]  # fmt: skip
    return Sheet(layers, f"Diamond: the change into the month of the deadline. Hollow circles: the changes into {others.height} other months.")


def _time() -> alt.X:
    """Months along the bottom; the middle of a month, so that no clock moves it into another."""
    axis = alt.Axis(title=None, grid=False, format="%b %Y", tickCount=4, labelOverlap="greedy", labelSeparation=12)
    return alt.X("month:T", axis=axis, scale=alt.Scale(padding=8))


def _hollow(rows: pl.DataFrame) -> alt.Chart:
    return alt.Chart(_values(rows)).mark_point(shape="circle", size=28, fill=theme.WHITE, stroke=theme.COMMON_CAUSE.value, strokeWidth=1.2, opacity=1)


def counts_and_curve(curve: pl.DataFrame, line: float, width: float) -> Sheet:
    """Counts by bin and the curve fitted to the bins outside the window, which is shaded."""
    window = curve.filter("in_window")["bin"]
    half = width / 2
    x = _x("bin", "bin", (_least(curve, "bin") - half, _most(curve, "bin") + half))
    y, y_curve = _y("count"), _y("counterfactual")
    inside, outside = curve.filter("in_window"), curve.filter(~pl.col("in_window"))
    layers = [
        _shades([(float(window.min()) - half, float(window.max()) + half)], x), *_rules([line], x, half),  # type: ignore[arg-type]
        alt.Chart(_values(curve)).mark_line(stroke=theme.SECOND_INK.value, strokeWidth=1.5, strokeDash=[4, 3]).encode(x, y_curve),
        alt.Chart(_values(curve)).mark_line(stroke=theme.JOINING.value, strokeWidth=1).encode(x, y),
        _dots(outside).encode(x, y), _diamonds(inside).encode(x, y),
    ]  # fmt: skip
    return Sheet(
        layers, f"Points: counts. Dashed curve: the counts expected were there no line at {line:g}; the shaded window was left out of the fit."
    )


def _dots(rows: pl.DataFrame) -> alt.Chart:
    colour = theme.COMMON_CAUSE.value
    return alt.Chart(_values(rows)).mark_point(shape="circle", size=12, fill=colour, stroke=colour, strokeWidth=1, opacity=1)


def _diamonds(rows: pl.DataFrame) -> alt.Chart:
    return alt.Chart(_values(rows)).mark_point(
        shape="diamond", size=64, fill=theme.NEITHER.value, stroke=theme.NEITHER.value, strokeWidth=1, opacity=1
    )


def _crosses(lines: Sequence[int]) -> pl.Expr:
    return pl.any_horizontal(pl.col("band").is_between(line, line + CROSSING - 1) for line in lines)


def _weeks(rows: pl.DataFrame, lines: Sequence[int]) -> tuple[float, float]:
    """From the first band to as far as there is something to see: 12 weeks beyond the last line, or all there is."""
    return _least(rows, "band"), min(_most(rows, "band"), max(lines) + 16.0)


def _most(rows: pl.DataFrame, name: str) -> float:
    return float(rows[name].max() or 0)  # type: ignore[arg-type]


def _least(rows: pl.DataFrame, name: str) -> float:
    return float(rows[name].min() or 0)  # type: ignore[arg-type]


def _listed(lines: Sequence[float]) -> str:
    *most, last = (f"{line:g}" for line in lines)
    return f"{', '.join(most)} and {last}" if most else last
