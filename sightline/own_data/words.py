"""What may be said of a series of own data: figures, dates, rules and verdicts in words."""

from __future__ import annotations

import datetime as dt
import math
from itertools import groupby

from sightline.charts.figures import PER_CENT, day_name, month_name
from sightline.own_data.series import Series
from sightline.pack.words import RARELY, direction_words, listed, plural, said_verdict, verdict_words

KINDS = {
    "xmr": "Individuals chart (XmR)", "run": "Run chart", "mr": "Moving range chart", "p": "p chart", "pp": "p′ chart", "u": "u chart",
    "up": "u′ chart", "c": "c chart", "cp": "c′ chart", "g": "g chart, cases between events", "t": "t chart, time between events",
    "ip": "I′ chart", "xbar": "x̄ chart, means of subgroups", "s": "s chart, spread within subgroups",
}  # fmt: skip
#: what the line in the middle is called
CENTRE = {"run": "median", "g": "median"}
RULES = {
    "rule_outside_limits": "outside the limits", "rule_shift": "a shift, a run on one side of the centre line",
    "rule_trend": "a trend, a run of rises or falls", "rule_two_of_three": "two of three far from the centre line",
}  # fmt: skip
MOST_SPANS = 8


def number(value: float, share: bool = False) -> str:
    """A figure with three figures that count: ``75.6``, ``1,204``, ``0.0312``; of a share in per cent without the sign."""
    shown = value * 100 if share else value
    size = abs(shown)
    if size >= 1e9:
        return f"{shown:.3g}".replace("-", "−", 1)
    if share and size >= 1:
        text = f"{shown:.1f}"
    elif size >= 100 or shown == round(shown):
        text = f"{shown:,.0f}"
    else:
        text = f"{shown:.{min(8, 2 - math.floor(math.log10(size)))}f}" if size > 1e-9 else "0"
    return "0" if text.strip("-0.,") == "" else text.replace("-", "−")


def figure(value: float, share: bool) -> str:
    """A figure as it stands alone."""
    return number(value, share) + (PER_CENT if share else "")


def target_figure(value: float, share: bool) -> str:
    """A target as it was set, without decimals that it does not have."""
    shown = f"{value * 100 if share else value:,.10g}".replace("-", "−")
    return shown + (PER_CENT if share else "")


def when(day: dt.date | int, monthly: bool) -> str:
    """``June 2025``, ``3 June 2025`` or ``point 12``."""
    if not isinstance(day, dt.date):
        return f"point {day}"
    return month_name(day) if monthly else day_name(day)


def subtitle(series: Series, axis_from: float | None) -> str:
    """Kind, unit, direction, and where the axis begins if not at zero."""
    unit = " Per cent." if series.share else ""
    start = f" Axis from {number(axis_from)}." if axis_from else ""
    return f"{KINDS[series.chart]}.{unit} {direction_words(series.direction)}{start}"


def title(series: Series) -> str:
    """Name, and the first and last date."""
    days = series.points["date"]
    return f"{series.name}, {when(days[0], series.monthly)} to {when(days[-1], series.monthly)}"


def reading(series: Series) -> str:
    """The latest figure, where it stands and what that says, or why nothing is said. Also read aloud in the picture's place."""
    at = series.latest
    if at is None:
        return "No figure at all: there is nothing to chart."
    share, day = series.share, when(series.points["date"][at], series.monthly)
    value = f"{figure(series.points['value'][at], share)} ({day})"
    centre, lower, upper = (series.points[name][at] for name in ("centre_line", "lower_limit", "upper_limit"))
    lines = "" if centre is None else f" The {CENTRE.get(series.chart, 'mean')} is {figure(centre, share)}"
    lines += (
        f", the limits are {number(lower, share)} to {figure(upper, share)}." if lower is not None and upper is not None else "." if lines else ""
    )
    return f"Latest figure: {value}.{lines} {verdict(series)}"


def verdict(series: Series) -> str:
    """What the last point says, or why it says nothing."""
    if series.chart == "run":
        return runs(series)
    if series.variation is not None:
        text = verdict_words(series.variation)
        return f"The last point: {text}."
    return f"No verdict is given – {reason(series)}."


def reason(series: Series) -> str:
    """Why there is no verdict."""
    if series.points["value"][-1] is None:
        return "the last point has no value"
    if str(series.points["note"][-1] or "").startswith("left out"):
        return "the last point is left out"
    return series.short or series.unfit or "these data allow no limits"


def runs(series: Series) -> str:
    """What the Anhøj rules say of a run chart."""
    phase = series.phases[-1]
    if series.short or series.unfit or phase["runs_signal"] is None:
        return f"No verdict is given – {series.short or series.unfit or 'too few points lie off the median'}."
    found = f"longest run {phase['longest_run']}, chance: up to {phase['longest_run_limit']}; crossings {phase['crossings']}, "
    found += f"chance: at least {phase['crossings_limit']}"
    if phase["runs_signal"]:
        return f"The points move about their median in longer runs than chance makes ({found})."
    return f"The points move about their median as chance makes them ({found})."


def aloud(series: Series) -> str:
    """The sentence that a board member may safely say."""
    at = series.latest
    if at is None:
        return f"For “{series.name}” there is no figure."
    value = figure(series.points["value"][at], series.share).replace(PER_CENT, " per cent")
    day = when(series.points["date"][at], series.monthly)
    stood = f"“{series.name}” stood at {value} {'in' if series.monthly else 'at' if day.startswith('point') else 'on'} {day}"
    if series.chart == "run" and not (series.short or series.unfit) and series.phases[-1]["runs_signal"] is not None:
        moved = (
            "it has moved in longer runs than chance alone would readily make" if series.phases[-1]["runs_signal"] else said_verdict("common_cause")
        )
        return f"{stood}: {moved}. {'These data cannot tell us why.' if series.phases[-1]['runs_signal'] else ''}".strip()
    why = " These data cannot tell us why." if series.variation not in (None, "common_cause") else ""
    return f"{stood}: {said_verdict(series.variation)}.{why}"


def target(series: Series) -> str:
    """The latest target against the limits, and how often the target of its day was met."""
    now = series.points["target"][-1]
    judged = [
        (value, due) for value, due in zip(series.points["value"], series.points["target"], strict=True) if value is not None and due is not None
    ]
    if now is None and not judged:
        return ""
    far, near = ("above", "below") if series.direction == "up" else ("below", "above")
    said = ""
    if now is not None:
        shown = target_figure(now, series.share)
        said = {
            "failing": f"The target of {shown} lies {far} what this process delivers: as it stands, it will not reach it.",
            "passing": f"The target of {shown} lies {near} what this process delivers: as it stands, it keeps to it.",
            "hit_or_miss": f"The target of {shown} lies inside what this process delivers: some points reach it and others do not, by chance alone.",
        }.get(series.assurance or "", f"The target is {shown}; whether this process can reach it cannot be told.")
    if judged and series.direction != "neither":
        met = sum(value >= due if series.direction == "up" else value <= due for value, due in judged)
        said += f" The target of its day was met at {met} of {plural(len(judged), 'point')}."
    return said.strip()


def fired(series: Series) -> list[str]:
    """Each rule that fired, and when."""
    found = []
    for rule, text in RULES.items():
        keys = list(zip(series.points[rule], series.points["phase"], strict=True))
        spans = [list(places) for (flag, _), places in groupby(range(len(keys)), key=keys.__getitem__) if flag]
        if spans:
            said = [_span(series, places) for places in spans[-MOST_SPANS:]]
            earlier = f"{plural(len(spans) - MOST_SPANS, 'earlier time')}; " if len(spans) > MOST_SPANS else ""
            found.append(f"{text}: {earlier}{listed(said)}")
    return found


def _span(series: Series, places: list[int]) -> str:
    first, last = (when(series.points["date"][at], series.monthly) for at in (places[0], places[-1]))
    return first if first == last else f"{first} to {last}"


def warnings(series: Series) -> list[str]:
    """What a reader has to know before believing the chart."""
    found = [capital for capital in (series.short, series.unfit) if capital]
    lag = series.phases[-1]["lag1_autocorrelation"]
    if not series.unfit and lag is not None and lag >= 0.3:
        found.append(f"neighbouring points resemble each other (autocorrelation {lag:.2f}), so limits signal more often than they should")
    if series.monthly and series.seasonal_strength is None and len(series.values) < 36 and series.chart not in ("g", "t"):
        found.append("the season cannot be judged under 36 months")
    missing = sum(value is None for value in series.points["value"])
    if missing:
        found.append(f"{plural(missing, 'date')} without a value: the line breaks there, and runs end at a gap")
    return [text[:1].upper() + text[1:] + "." for text in found]


def notes(series: Series) -> list[str]:
    """Points left out with their reasons, and phases."""
    left_out = [f"{when(day, series.monthly)}: {note.split(';')[0]}" for day, note in zip(series.points["date"], series.points["note"], strict=True)
                if note and note.startswith("left out")]  # fmt: skip
    phases = [f"New limits from {when(phase['first_date'], series.monthly)}" for phase in series.phases[1:]]
    return [f"{text}." for text in (*phases, *left_out)]


def chance() -> str:
    """What a signal is."""
    return f"A signal is a change {RARELY}; it says that something changed, not what."
