"""Words of the funnels: how many differ, how many would, what that lets one say, and what it never does. Nobody is ranked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sightline.charts.figures import PER_CENT, figure, month_name
from sightline.pack import words
from sightline.spc.funnel import ENOUGH_GROUPS

Row = Mapping[str, Any]

P95, P998 = f"95{PER_CENT}", f"99.8{PER_CENT}"
#: who is compared, by the condition of the measure's definition
PEERS = {"has_type_1": "organisations with a major (type 1) department", "true": "organisations"}
DIFFERS = "differs from its peers by more than chance and the usual spread; ask why: data, case mix, catchment"
OUTSIDE = ("above", "below")

QUERY = (
    "select measure, organisation, first_month, last_month, months, numerator, denominator, value, centre_line,\n"
    "    adjusted_lower_95, adjusted_upper_95, adjusted_lower_998, adjusted_upper_998, phi, tau2, state, note\n"
    "from analysis.funnel_point\norder by measure, organisation"
)


def peers_words(definition: Row) -> str:
    """Who stands in the funnel of a measure."""
    return PEERS.get(definition["funnel"] or "", "organisations")


def period_words(summary: Row) -> str:
    """``July 2024 to June 2025, 7 months with figures``."""
    months = [summary["first_month"], summary["last_month"]]
    span = " to ".join(dict.fromkeys(month_name(month) for month in months))
    return f"{span}, {words.plural(summary['months'], 'month')} with figures"


def subtitle(summary: Row, definition: Row, axis_from: float) -> str:
    """Unit, volume and period of a funnel, and where its upright axis begins if not at zero."""
    start = f" Axis from {axis_from:g}." if axis_from else ""
    volume = definition["share_of"] or re.sub(r"^per [\d,]+ ", "", definition["unit"])
    return f"Upward: {words.uncapitalised(words.unit_words(definition))}. Across: {volume} in the period. {period_words(summary)}.{start}"


def marks_words(summary: Row, *, limits: bool) -> str:
    """The caption of a funnel: what its lines and points mean."""
    points = "Hollow circles: nobody is marked." if summary["says"] == "nothing" else f"Triangle: outside {P998}."
    if not limits:
        return points
    lines = f"Full lines: {P998}. Dashed: {P95}. Both hold chance and the usual spread. Dotted: {P998} by chance alone. Thin line: all together."
    return f"{lines} {points}"


def seen_words(summary: Row, definition: Row) -> str:
    """How many lie outside the limits, and how many would."""
    if summary["compared"] < ENOUGH_GROUPS:
        return f"{words.plural(summary['compared'], 'organisation')} of the {peers_words(definition)} can be compared."
    compared = f"Of {summary['compared']:,} {peers_words(definition)}"
    chance = (
        f"{compared}, {summary['outside_chance_998']:,} lie outside the limits of {P998} that chance alone would set (dotted), where chance alone "
        f"would put about {_about(summary['expected_998'])}"
    )
    if summary["limits"] != "adjusted":
        return chance.replace(" (dotted)", "") + "."
    return (
        f"{chance}. With the usual spread of these organisations held in (full and dashed lines), {summary['outside_998']:,} lie outside {P998} and "
        f"{summary['outside_95']:,} outside {P95}; about {_about(summary['expected_spread_998'])} and {_about(summary['expected_spread_95'])} would, "
        "were that spread of the shape of a bell."
    )


def _about(expected: float) -> str:
    return f"{expected:.1f}" if expected < 10 else f"{expected:.0f}"


def says_words(summary: Row) -> str:
    """What the funnel lets one say."""
    if summary["says"] == "nothing":
        return (
            f"This funnel says nothing about who differs: {summary['reason']}. No organisation is marked; each one's own chart over time says more."
        )
    level = (
        "Chance is next to no part of what is seen here: the counts are large, size tells nothing, and the limits are nearly level. "
        "What remains is the usual spread of these organisations, and who lies beyond it. "
        if summary["says"] == "spread"
        else ""
    )
    return f"{level}An organisation outside {P998} (a triangle) {DIFFERS}."


def headline(summaries: Sequence[Row]) -> str:
    """What the funnels together say: in how many somebody can be told from the peers."""
    if not summaries:
        return "No measure has a funnel here"
    telling = [summary for summary in summaries if summary["says"] != "nothing"]
    if not telling:
        return "Nobody can be told from its peers in these funnels"
    some = [summary for summary in telling if summary["outside_998"]]
    named = f"In {len(some)} of {words.plural(len(summaries), 'funnel')}"
    return (
        f"{named} some organisations differ by more than chance and the usual spread"
        if some
        else "No organisation differs by more than chance and the usual spread"
    )


def cell(point: Row | None, definition: Row) -> tuple[str, str]:
    """The figure of one organisation in one funnel, and what is said of it; dashes where it is not compared."""
    if point is None:
        return "–", ""
    said = "differs" if point["state"] in OUTSIDE and not point["note"] else "not compared" if point["upper_998"] is None else ""
    return figure(point["value"], definition["unit"]), said


def place_words(found: Sequence[tuple[Row, Row]], period: str) -> str:
    """Where an organisation lies among its peers, from (point, definition); empty where nothing safe can be said."""
    inside = [definition["short_name"] for point, definition in found if point["state"] == "inside" and not point["note"]]
    outside = [definition["short_name"] for point, definition in found if point["state"] in OUTSIDE and not point["note"]]
    parts = [f"within the usual spread of its peers in {_named(inside)}"] if inside else []
    parts += [f"in {_named(outside)} it {DIFFERS}"] if outside else []
    return f"Among its peers, {period}: {'; '.join(parts)}." if parts else ""


def _named(names: Sequence[str]) -> str:
    """Names in quotes: their own commas then part nothing."""
    quoted = [f"“{name}”" for name in names]
    return " and ".join(part for part in (", ".join(quoted[:-1]), quoted[-1]) if part)
