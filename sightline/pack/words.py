"""From rows to sentences: pure functions, British English, no judgement that the rows do not carry.

Machine values (``failing``, ``hit_or_miss`` ...) never reach prose; a sentence says what they mean. Nothing here ranks, blames
or guesses at reasons: "cannot tell" is a result, and a question is for the people who do the work.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from sightline.charts.figures import COUNT_UNITS, PER_CENT, PROPORTION, day_name, figure, month_name, number
from sightline.charts.figures import target_figure as target_text
from sightline.charts.request import Upright
from sightline.spc.fitness import STRONG_AUTOCORRELATION
from sightline.spc.presets import ENOUGH_FOR_LIMITS

Row = Mapping[str, Any]

CANNOT_TELL = "cannot tell"
RARELY = "that chance alone would rarely make"
NO_CHANGE = "no change that chance would not make"
#: from this lag-1 autocorrelation on neighbouring months are said to resemble each other
RESEMBLE = 0.3
#: notes of ``analysis.spc_point`` that are written for a table, as prose has them
NOTES = {"no row for this period": "Not in the published files", "no value": "In the published files without a figure"}
#: departments of A&E as tables of published figures code them
DEPARTMENTS = {"type_1": "type 1 departments", "type_2": "type 2 departments", "other": "other departments (type 3)"}

#: kinds of chart with limits, by their names
CHART_NAMES = {"xmr": "XmR", "pp": "p′", "up": "u′", "cp": "c′", "ip": "I′", "g": "g", "t": "t"}
#: how centre line and limits of a kind come about
LINES = {
    "xmr": "Mean and limits are those of an XmR chart: the mean of the window, and 2.66 mean moving ranges to both sides.",
    "pp": "Mean and limits are those of a p′ chart: the share of all cases of the window, and three sigma to both sides.",
    "up": "Mean and limits are those of a u′ chart: the rate of all cases of the window, and three sigma to both sides.",
    "cp": "Mean and limits are those of a c′ chart: the mean of the window, and three sigma to both sides.",
    "ip": "Mean and limits are those of an I′ chart: the rate of all cases of the window, and three sigma to both sides.",
    "g": "Centre line and limits are those of a g chart of cases between events: the median, and three sigma of a geometric series about the mean.",
    "t": "Centre line and limits are those of a t chart of times between events: an XmR chart of their 3.6th root, put back.",
}
#: kinds whose limits follow the size of each month
VARYING = {"pp", "up", "ip"}
SIZES = " Sigma holds chance in a month of its size and what months differ beyond it, so that limits widen where a month has fewer cases."

_SMALL_WORDS = {"And", "Of", "The", "In", "On", "For", "At", "With", "To", "By"}
_KEPT_CAPITALS = {
    "NHS",
    "UTC",
    "MIU",
    "GP",
    "A&E",
    "CIC",
    "LLP",
    "PLC",
    "WIC",
    "UCC",
    "HCRG",
    "PHL",
    "DHU",
    "IC24",
    "SEQOL",
    "II",
    "UK",
    "OOH",
    "ED",
    "LLC",
}


def readable_name(name: str) -> str:
    """An organisation's name in title case where the file has it in capitals only; other names stay as they are."""
    if name != name.upper():
        return name
    words = [_readable_word(word) for word in name.split()]
    return " ".join(word.lower() if place and word in _SMALL_WORDS else word for place, word in enumerate(words))


def _readable_word(word: str) -> str:
    if word.strip("(),.") in _KEPT_CAPITALS:
        return word
    titled = re.sub(r"[A-Z]+('[A-Z]+)?", lambda part: part.group().capitalize(), word)
    return titled.replace("'S", "'s")


def capitalised(text: str) -> str:
    """The first letter as a capital, the rest unchanged."""
    return text[:1].upper() + text[1:]


def listed(parts: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``; where a part has a comma of its own, semicolons tell the parts apart."""
    between, last = ("; ", "; and ") if len(parts) > 1 and any("," in part for part in parts) else (", ", " and ")
    return last.join(part for part in (between.join(parts[:-1]), *parts[-1:]) if part)


def plural(count: int, one: str, many: str | None = None) -> str:
    """``1 month``, ``4 months``; thousands are separated."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def about(count: float) -> str:
    """A count of people for a sentence: exact under a thousand, else two or three figures with "about"."""
    if count < 1000:
        return f"{count:,.0f}"
    if count >= 1_000_000:
        return f"about {count / 1_000_000:.3g} million"
    return f"about {float(f'{count:.3g}'):,.0f}"


def figure_in_words(value: float, definition: Row) -> str:
    """A figure with its unit, for prose: ``75.6 %``, ``161 per 1,000 emergency admissions``, ``about 2.35 million attendances``."""
    unit: str = definition["unit"]
    if unit == PROPORTION:
        return figure(value, unit)
    return f"{about(value)} {unit}" if unit in COUNT_UNITS else f"{number(value, unit)} {unit}"


def unit_words(definition: Row) -> str:
    """What the vertical axis counts: ``Per cent of attendances``."""
    if definition["unit"] == PROPORTION:
        return f"Per cent of {definition['share_of']}" if definition["share_of"] else "Per cent"
    return capitalised(f"number of {definition['unit']}" if definition["unit"] in COUNT_UNITS else definition["unit"])


def direction_words(better: str) -> str:
    """Which way is better, if either is."""
    return {"up": "Higher is better.", "down": "Lower is better."}.get(better, "Neither direction is better.")


def subtitle(definition: Row, axis_from: float | None = None) -> str:
    """Kind, unit, direction, and where the axis begins if not at zero."""
    start = f" Axis from {axis_from:g}." if axis_from else ""
    return f"{capitalised(definition['kind'])}. {unit_words(definition)}. {direction_words(definition['better'])}{start}"


def _side(summary: Row, definition: Row) -> str:
    """``above`` or ``below`` the centre: from the verdict, which for a trend is its direction."""
    variation, better = summary["variation"], definition["better"]
    high = variation == "neither_high" or ((variation == "improvement") == (better == "up") and variation in {"improvement", "concern"})
    return "above" if high else "below"


def place_words(summary: Row, definition: Row) -> str:
    """Where the last month stands, as a clause after its figure."""
    unit = definition["unit"]
    side = _side(summary, definition)
    limit = summary["upper_limit"] if side == "above" else summary["lower_limit"]
    match summary["signal"] if summary["variation"] else None:
        case "outside_limits":
            return f"{side} the {'upper' if side == 'above' else 'lower'} limit of {figure(limit, unit)}"
        case "shift":
            return f"one of a run of months {side} the mean of {figure(summary['centre_line'], unit)}"
        case "trend":
            return f"one of a run of months, each {'higher' if side == 'above' else 'lower'} than the one before"
        case "two_of_three":
            return f"one of two in three months far {side} the mean of {figure(summary['centre_line'], unit)}"
        case None:
            return "without a verdict"
        case _:
            return f"inside the limits, {limits_words(summary, unit)}"


def limits_words(summary: Row, unit: str) -> str:
    """``48.2 to 104``; limits are written where figures can be: not under 0, not over 100 %."""
    low, high = max(summary["lower_limit"], 0.0), summary["upper_limit"]
    return f"{number(low, unit)} to {figure(min(high, 1.0) if unit == PROPORTION else high, unit)}"


def verdict_words(variation: str | None) -> str:
    """What the last month says, in words."""
    return {
        "improvement": f"a change for the better {RARELY}",
        "concern": f"a change for the worse {RARELY}",
        "neither_high": f"a change {RARELY}; neither direction is better",
        "neither_low": f"a change {RARELY}; neither direction is better",
        "common_cause": NO_CHANGE,
    }.get(variation or "", "no verdict")


def short_verdict(variation: str | None) -> str:
    """The verdict in a word or two, for titles and tables."""
    return {
        "improvement": "better",
        "concern": "worse",
        "common_cause": "no change beyond chance",
        "neither_high": "changed",
        "neither_low": "changed",
    }.get(variation or "", "no verdict")


def reading(summary: Row, definition: Row) -> str:
    """The sentence of one measure: figure, month, place, verdict, or why there is none."""
    if summary["latest_value"] is None:
        return f"No figure in any month: {no_figure_reason(summary)}."
    value = f"{figure_in_words(summary['latest_value'], definition)} in {month_name(summary['latest_month'])}"
    before = year_before_words(summary, definition)
    if summary["variation"] is None:
        return capitalised(f"{value}.{before} {no_verdict_words(summary)}{runs_words(summary)}{changes_words(summary, definition)}")
    return capitalised(f"{value}, {place_words(summary, definition)}: {verdict_words(summary['variation'])}.{before}")


def year_before_words(summary: Row, definition: Row) -> str:
    """The same month a year earlier: like beside like, and no claim."""
    return f" A year before: {figure(summary['year_before'], definition['unit'])}." if summary["year_before"] is not None else ""


def no_figure_reason(summary: Row) -> str:
    """Why a series has no figure at all."""
    return str(summary["fitness_reason"] or "none was published").rstrip(".")


def no_verdict_words(summary: Row) -> str:
    """Why no verdict is given; that is a result, not an omission."""
    reason = str(summary["fitness_reason"] or "the series does not allow one").rstrip(".")
    return f"No verdict is given – {uncapitalised(reason)}."


def changes_words(summary: Row, definition: Row) -> str:
    """Of a stock whose months resemble each other: how it changed from month to month, which a chart of its level cannot show."""
    lag, change = summary["lag1_autocorrelation"], summary["month_change"]
    carried = definition["stock_or_flow"] == "stock" and lag is not None and lag >= STRONG_AUTOCORRELATION
    if not carried or summary["points"] < ENOUGH_FOR_LIMITS or change is None or not summary["changes_before"]:
        return ""
    low, high = (_signed(summary[name], definition).partition(" ")[0] for name in ("change_lowest", "change_highest"))
    return f" Month on month {_signed(change, definition)}; the {plural(summary['changes_before'], 'change')} before, {low} to {high}."


def stock_words(definitions: Iterable[Row]) -> str:
    """Why the months of what a month's end counts resemble each other; empty where nothing is such a stock."""
    if all(definition["stock_or_flow"] != "stock" for definition in definitions):
        return ""
    return "What a month’s end counts, as a waiting list does, was mostly there a month before: its changes tell more than its level."


def _signed(value: float, definition: Row) -> str:
    """A difference with its sign: ``+1.2 weeks``, ``−0.3 percentage points``."""
    unit = definition["unit"]
    return f"{'+' if value > 0 else ''}{number(value, unit)} {'percentage points' if unit == PROPORTION else unit}"


def runs_words(summary: Row) -> str:
    """What the run-chart rules say of a series without limits; empty where they do not apply."""
    if summary["chart"] != "run" or summary["runs_signal"] is None:
        return ""
    if not summary["runs_signal"]:
        return " Against its median, the runs of the series are such as chance makes."
    return (
        f" Against its median, the series moves in longer runs than chance makes: longest run {summary['longest_run']} (chance: up to "
        f"{summary['longest_run_limit']}), {plural(summary['crossings'], 'crossing')} (chance: at least {summary['crossings_limit']})."
    )


def rule_words(summary: Row, definition: Row) -> str:
    """The rule of the matrix, as short as can be."""
    if summary["variation"] is None:
        return {"run": "median only", "none": "data alone"}.get(summary["chart"], "no verdict")
    side, unit = _side(summary, definition), definition["unit"]
    match summary["signal"]:
        case "outside_limits":
            limit = summary["upper_limit"] if side == "above" else summary["lower_limit"]
            return f"{side} {'upper' if side == 'above' else 'lower'} limit {figure(limit, unit)}"
        case "shift":
            return f"run {side} mean {figure(summary['centre_line'], unit)}"
        case "trend":
            return "run of rises" if side == "above" else "run of falls"
        case "two_of_three":
            return f"two of three far {side} mean"
        case _:
            return f"inside {limits_words(summary, unit)}"


def title_words(summary: Row, definition: Row) -> str:
    """The message of a chart, its title: ``Waits over 12 hours: above the upper limit``."""
    return f"{definition['short_name']}: {_title_place(summary, definition)}{_title_target(summary)}"


def _title_place(summary: Row, definition: Row) -> str:
    side = _side(summary, definition)
    match summary["signal"] if summary["variation"] else None:
        case "outside_limits":
            return f"{side} the limits"
        case "shift":
            return f"a run {side} the mean"
        case "trend":
            return "rising month by month" if side == "above" else "coming down month by month"
        case "two_of_three":
            return f"far {side} the mean"
        case None:
            return "no verdict"
        case _:
            return "inside the limits"


def _title_target(summary: Row) -> str:
    target, value = summary["target"], summary["latest_value"]
    if target is None or value is None or value == target:
        return ""
    return ", below the target line" if value < target else ", above the target line"


def target_words(summary: Row, definition: Row, direction: str) -> str:
    """The target in force against the limits; empty where there is no target or there are no limits."""
    if summary["target"] is None or summary["assurance"] is None:
        return ""
    target = target_text(summary["target"], definition["unit"])
    far, near = ("above", "below") if direction == "at_least" else ("below", "above")
    return {
        "failing": f"The target of {target} lies {far} what this process delivers: as it stands, it will not reach it.",
        "passing": f"The target of {target} lies {near} what this process delivers: as it stands, it keeps to it.",
    }.get(
        summary["assurance"],
        f"The target of {target} lies inside what this process delivers: some months reach it and others do not, by chance alone.",
    )


def autocorrelation_words(summaries: Sequence[Row]) -> str:
    """How much neighbouring months resemble each other, and what that does to the limits."""
    lags = [summary["lag1_autocorrelation"] for summary in summaries if summary["lag1_autocorrelation"] is not None]
    if not lags:
        return "How much neighbouring months resemble each other cannot be told from so few months."
    figures = listed([lag_words(lag) for lag in lags])
    if max(lags) < RESEMBLE:
        return f"Neighbouring months resemble each other little (lag-1 correlation {figures}), as the limits assume."
    withheld = sum(summary["chart"] not in CHART_NAMES for summary in summaries)
    drawn = "limits signal more often than they should" if withheld < len(summaries) else "limits would signal where nothing has changed"
    kept = f"; {plural(withheld, 'chart has', 'charts have')} a median in place of limits" if withheld else ""
    return f"Neighbouring months resemble each other (lag-1 correlation {figures}), so that {drawn}{kept}."


def lag_words(lag: float) -> str:
    """An autocorrelation as prose has it; estimates from few months end at one."""
    return "over 0.95" if lag > 0.95 else f"{lag:.2f}".replace("-", "−")


def gap_words(months: Sequence[date]) -> str:
    """Which months are missing; neighbouring ones as a span."""
    if not months:
        return "No month is missing."
    missing = f"{capitalised(_count_word(len(months)))} {'month is' if len(months) == 1 else 'months are'} missing ({spans(months)})"
    return f"{missing}: the line breaks there, and runs end at a gap."


def _count_word(count: int) -> str:
    names = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    return names[count] if count < len(names) else str(count)


def spans(months: Sequence[date]) -> str:
    """``July 2020, September 2024 and January 2025 to April 2025``."""
    numbered = sorted(month.year * 12 + month.month - 1 for month in months)
    starts = [place for place in numbered if place - 1 not in numbered]
    ends = [place for place in numbered if place + 1 not in numbered]
    return listed([_span(start, end) for start, end in zip(starts, ends, strict=True)])


def _span(start: int, end: int) -> str:
    first, last = date(start // 12, start % 12 + 1, 1), date(end // 12, end % 12 + 1, 1)
    return month_name(first) if start == end else f"{month_name(first)} to {month_name(last)}"


def chance_words(summaries: Sequence[Row]) -> str:
    """How many icons signal, and how many chance alone would give: independent months, and months as these resemble each other."""
    judged = [summary for summary in summaries if summary["variation"] is not None]
    if not judged:
        return "No icon on this page carries a verdict, so none can signal by chance."
    signals = sum(summary["variation"] != "common_cause" for summary in judged)
    expected = sum(summary["chance_icon"] or 0.0 for summary in judged)
    seen = f"{signals} of {plural(len(judged), 'icon')} {'shows' if signals == 1 else 'show'} a signal"
    return f"{seen}; about {_rate(expected)} would if nothing had changed and months were independent{_autocorrelated_words(judged)}."


def _autocorrelated_words(judged: Sequence[Row]) -> str:
    known = [summary["chance_icon_autocorrelated"] for summary in judged if summary["chance_icon_autocorrelated"] is not None]
    beyond = len(judged) - len(known)
    parts = [f"about {_rate(sum(known))}{' among the others' if beyond else ''} given how much their months resemble each other"] if known else []
    if beyond:
        parts.append(f"for {beyond} of them the resemblance is beyond what was simulated, so that a signal there says little by itself")
    return "".join(f"; {part}" for part in reversed(parts))


def _rate(expected: float) -> str:
    return f"{expected:.2g}" if expected < 1 else f"{expected:.1f}"


def common_word(contrasts: Sequence[Row]) -> str:
    """The headline of a pair: what is said of most of its observation metrics, among equals the first; else ``cannot tell``."""
    known = [said for contrast in contrasts if (said := headline_of(contrast)) is not None]
    return Counter(known).most_common(1)[0][0] if known else CANNOT_TELL


def headline_of(contrast: Row) -> str | None:
    """One of the five words, or what is known in their place where both metrics have a verdict with a direction."""
    spoken = {contrast["target_state"], contrast["observation_state"]} <= {"better", "worse", "no_change"}
    return contrast["word"] or (contrast["reason"] if spoken else None)


def contrast_words(contrast: Row) -> str:
    """The contrast word of one pair of measures, or why there is none."""
    said = headline_of(contrast)
    if said:
        return said
    reason = str(contrast["reason"] or "").rstrip(".")
    return f"{CANNOT_TELL} – {reason}" if reason else CANNOT_TELL


def place_headline(place: str, word: str) -> str:
    """The two-second sentence about a place."""
    if word == CANNOT_TELL:
        return f"In {place} it cannot be told whether number and experience moved together"
    return f"In {place}, {word}" if word.startswith("no ") else f"In {place} {_with_verb(word)}"


def _with_verb(word: str) -> str:
    return {"together better": "number and experience got better together", "together worse": "number and experience got worse together"}.get(
        word, word
    )


def state_words(state: str) -> str:
    """A state of ``analysis.pair_contrast`` in words."""
    return {"better": "better", "worse": "worse", "no_change": "no change beyond chance", "changed": "changed, neither direction is better"}.get(
        state, CANNOT_TELL
    )


def aloud(target: Row, target_definition: Row, observation: Row, observation_definition: Row) -> str:
    """Two sentences and a caution that may be said in a meeting as they stand."""
    same = observation["latest_month"] == target["latest_month"]
    first = _said(target, target_definition, f" in {month_name(target['latest_month'])}" if target["latest_month"] else "")
    second = _said(
        observation, observation_definition, f" in {month_name(observation['latest_month'])}" if not same and observation["latest_month"] else ""
    )
    return f"{first} {'In the same month ' + uncapitalised(second) if same else second} These data cannot tell us why."


def _said(summary: Row, definition: Row, when: str) -> str:
    if summary["latest_value"] is None:
        return f"For “{definition['short_name']}” there is no figure."
    spoken = figure_in_words(summary["latest_value"], definition).replace(PER_CENT, " per cent")
    return f"“{definition['short_name']}” stood at {spoken}{when}: {said_verdict(summary['variation'])}."


def said_verdict(variation: str | None) -> str:
    """A verdict as it may be said aloud."""
    return {
        "improvement": "better than chance alone would readily make it",
        "concern": "worse than chance alone would readily make it",
        "common_cause": "no different from what chance alone makes of such a series",
        "neither_high": "higher than chance alone would readily make it, which is neither better nor worse",
        "neither_low": "lower than chance alone would readily make it, which is neither better nor worse",
    }.get(variation or "", "whether it has changed cannot be told")


def uncapitalised(text: str) -> str:
    """The first letter small, unless the word is all capitals or quoted."""
    return text if len(text) > 1 and text[1].isupper() else text[:1].lower() + text[1:]


def aloud_alone(summary: Row, definition: Row, place: str) -> str:
    """What may be said of one series in a meeting as it stands."""
    when = f" in {month_name(summary['latest_month'])}" if summary["latest_month"] else ""
    said = f"{place}: {uncapitalised(_said(summary, definition, when))}"
    return f"{said} These data cannot tell us why." if summary["variation"] not in {None, "common_cause"} else said


def chart_words(summary: Row) -> str:
    """What kind of chart it is, for readers of a screen."""
    kind = summary["chart"]
    if kind in CHART_NAMES:
        return f"{CHART_NAMES[kind]} chart with limits."
    return "Run chart with the median." if kind == "run" else "The figures alone."


def other_way(contrasts: Sequence[Row], names: Mapping[str, str]) -> str:
    """What went the other way than the target measure, or that nothing did beyond chance."""
    opposite = {"better": "worse", "worse": "better"}
    found = [contrast for contrast in contrasts if opposite.get(contrast["target_state"]) == contrast["observation_state"]]
    if found:
        return f"{capitalised(listed([names[contrast['observation_measure']] for contrast in found]))} moved the other way than the target measure."
    if all(contrast["target_state"] == "cannot_tell" for contrast in contrasts):
        return "That cannot be told, because the target measure gives no verdict."
    quiet = [names[contrast["observation_measure"]] for contrast in contrasts if contrast["observation_state"] == "no_change"]
    if quiet and contrasts[0]["target_state"] in opposite:
        return f"Nothing beyond chance; {listed(quiet)} did not move with the target measure."
    return "Nothing that chance would not make."


def overview(summaries: Sequence[tuple[Row, Row]]) -> str:
    """The lead of an organisation: which measures changed and how, in the order of the pathway."""
    groups: dict[str, list[str]] = {}
    for summary, definition in summaries:
        groups.setdefault(short_verdict(summary["variation"]), []).append(uncapitalised(definition["short_name"]))
    order = ("better", "worse", "changed", "no change beyond chance", "no verdict")
    openings = {
        "better": "Better than chance would readily make",
        "worse": "Worse than chance would readily make",
        "changed": "Changed, neither direction being better",
        "no change beyond chance": "No change beyond chance",
        "no verdict": "No verdict",
    }
    return " ".join(f"{openings[verdict]}: {listed(groups[verdict])}." for verdict in order if verdict in groups)


def ended_words(last_seen: date, newest: date) -> str:
    """Said of an organisation that is not in the newest file."""
    return "" if last_seen >= newest else f"No longer reports; the last month is {month_name(last_seen)}."


def zeros_words(months: int) -> str:
    """In place of a chart of zeros."""
    return f"Zero in {'the one month' if months == 1 else f'each of the {months} months'} with a figure: no chart is drawn of zeros alone."


def one_month_words(month: date) -> str:
    """In place of a chart of a single point."""
    return f"{month_name(month)} is the only month with a figure: no chart is drawn of one point."


def released_words(releases: Sequence[tuple[str, date, date | None]]) -> str:
    """``Data to June 2025, released 13 November 2025``; where publications end in different months, each with its name and month.

    ``releases`` are the name of a publication, its newest month and the day on which that came out.
    """
    months, days = {month for _, month, _ in releases}, {day for _, _, day in releases}
    if len(months) == 1:
        day = days.pop() if len(days) == 1 else None
        return f"Data to {month_name(months.pop())}" + (f", released {day_name(day)}" if day else "")
    return "Data to " + listed([f"{month_name(month)} ({name})" for name, month, _ in releases])


def phase_words(summary: Row, reason: str | None) -> str:
    """How the limits came about."""
    since = (
        f"The window begins in {month_name(summary['phase_start'])}" + (f" ({reason})" if reason else "")
        if summary["phase_start"]
        else "The window is the whole series"
    )
    size = f"{plural(summary['useful_points'] or 0, 'month')} in it {'has' if summary['useful_points'] == 1 else 'have'} a value off the centre line"
    if summary["chart"] not in CHART_NAMES:
        return f"{since}. {capitalised(size)}. {no_verdict_words(summary)}"
    lines = LINES[summary["chart"]] + (SIZES if summary["chart"] in VARYING else "")
    if summary["limits_from"] == "baseline":
        return (
            f"{since}. Lines are declared to be those of a baseline of {plural(summary['baseline_months'], 'month')}, in place of the window; "
            f"the months after it are judged by them. {lines} Earlier months are drawn and take no part."
        )
    if summary["limits_from"] == "declared":
        return f"{since}. The centre line is one that was declared, in place of the mean. {lines}"
    return f"{since} and holds at most {summary['window_months']} months. {lines} Earlier months are drawn and take no part."


def marks_words(summary: Row, *, has_target: bool) -> str:
    """The caption's first part: what the marks of a chart mean, as far as the chart has them."""
    if summary["chart"] in CHART_NAMES:
        varying = " Limits are steps, as they follow the size of each month." if summary["chart"] in VARYING else ""
        marks = (
            f"Band between dashed limits; line through it: the mean. Circle inside the limits, square better, diamond worse, triangle changed; "
            f"small hollow circles: before the window; hollow cross: left out, the table says why.{varying}"
        )
    elif summary["chart"] == "run":
        marks = "Line across: the median of the window. Hollow circles: no verdict on single months."
    else:
        marks = "Hollow circles: no verdict on single months."
    return f"{marks} Dashed red: the target on its dates." if has_target else marks


def target_figure(summary: Row, definition: Row) -> str:
    """The target in force, as the matrix shows it."""
    if summary["target"] is None:
        return "–"
    return target_text(summary["target"], definition["unit"])


def quality_words(missing: Sequence[date], summary: Row, newest: date) -> str:
    """The note on data quality of one measure, for the matrix."""
    parts = [f"{plural(len(missing), 'month')} without a figure"] if missing else ["complete"]
    if summary["latest_month"] is not None and summary["latest_month"] < newest:
        parts.append(f"last figure {month_name(summary['latest_month'])}")
    lag = summary["lag1_autocorrelation"]
    if lag is not None and lag >= RESEMBLE and summary["variation"] is not None:
        parts.append(f"months resemble each other ({lag:.1f})")
    return "; ".join(parts)


def expected_total(summaries: Sequence[Row]) -> str:
    """The number of icons that would signal by chance alone, independent months."""
    return _rate(sum(summary["chance_icon"] or 0.0 for summary in summaries if summary["variation"] is not None))


def pair_lead(target: tuple[Row, Row], observation: tuple[Row, Row]) -> str:
    """Two sentences with the numbers: the target measure, then what is observed beside it."""
    both = (target, observation)
    reasons = dict.fromkeys(no_verdict_words(summary) for summary, _ in both if summary["variation"] is None and summary["latest_value"] is not None)
    return " ".join([*(_lead(summary, definition) for summary, definition in both), *reasons])


def pair_headline(word: str) -> str:
    """The first line of a pair's page."""
    return "Whether number and experience moved together cannot be told" if word == CANNOT_TELL else capitalised(word)


def _lead(summary: Row, definition: Row) -> str:
    if summary["latest_value"] is None:
        return f"{definition['name']}: {uncapitalised(reading(summary, definition))}"
    placed = f", {place_words(summary, definition)}" if summary["variation"] is not None else ""
    value = f"{definition['name']}: {figure_in_words(summary['latest_value'], definition)} in {month_name(summary['latest_month'])}{placed}."
    return value + year_before_words(summary, definition)


def declared_when(entry: Row) -> str:
    """The months of a declaration: ``March 2020``, ``from May 2021 to July 2021``."""
    if entry["month_from"] is None:
        return "The newest phase"
    first = month_name(entry["month_from"])
    return first if entry["month_to"] in {None, entry["month_from"]} else f"{first} to {month_name(entry['month_to'])}"


def declared_words(entry: Row, measures: Mapping[str, str]) -> str:
    """What was declared of the charts of a place, why, and by which source; the measures are named unless it concerns all of them."""
    what = {
        "phase": "A new phase begins",
        "exclude": "Left out of centre line, limits and runs",
        "baseline": f"Mean and limits are those of {plural(entry['months'], 'month') if entry['months'] else 'these months'}",
        "lines": "The centre line is given",
    }[entry["kind"]]
    named = [measures[measure] for measure in entry["measures"].split() if measure in measures]
    whom = "" if len(entry["measures"].split()) >= entry["series"] or not named else f" Concerns: {listed([uncapitalised(name) for name in named])}."
    source = f" Source: {entry['source'].rstrip('.')}." if entry["source"] else ""
    return f"{what}: {entry['reason'].rstrip('.')}.{whom}{source}"


def uprights_words(uprights: Iterable[Upright]) -> str:
    """What the upright lines in the charts are: the declared phases of any of them."""
    found = [f"{one.words} of {month_name(one.month)}" for one in sorted(set(uprights))]
    return f"Upright lines: {listed(found)}." if found else ""


def note_words(note: Row, measures: Mapping[str, str]) -> str:
    """Why months have no figure; the measures are named unless it concerns all of them."""
    reason = NOTES.get(note["note"], capitalised(str(note["note"] or "no figure").rstrip(".")))
    concerned = [measures[measure] for measure in note["measures"].split() if measure in measures]
    whom = "" if len(concerned) >= note["series"] else f" Concerns: {listed([uncapitalised(name) for name in concerned])}."
    return f"{reason}.{whom} Drawn as {'a gap' if len(note['month']) == 1 else 'gaps'}; runs end there."


def validation_headline(checks: int, broken: int, quarantined: int) -> str:
    """The first sentence of the validation page."""
    files = "no file is held back" if not quarantined else f"{plural(quarantined, 'file')} {'is' if quarantined == 1 else 'are'} held back"
    if not broken:
        return f"All {plural(checks, 'check')} hold, and {files}"
    return f"{plural(checks - broken, 'check')} of {checks} hold, {broken} {'does' if broken == 1 else 'do'} not, and {files}"


def revision_headline(ours: pl.DataFrame, total: pl.DataFrame, again: Sequence[date]) -> str:
    """How many figures later releases changed, of how many organisations and months, and when last; none, and why.

    ``ours`` are the changed figures of organisations, ``total`` those of England's own row, ``again`` the months with several releases.
    """
    if not ours.height and not total.height:
        why = f"the releases of {spans(again)} have the same figures" if again else "the archive holds one release of each month"
        return f"No later release changed a figure: {why}"
    whose = [
        *([f"{plural(ours.height, 'figure')} of {plural(ours['organisation'].n_unique(), 'organisation')}"] if ours.height else []),
        *([f"{plural(total.height, 'figure')} of England's own row"] if total.height else []),
    ]
    both = pl.concat([ours, total])
    last = both["new_published"].max()
    when = f", last on {day_name(last)}" if isinstance(last, date) else ""
    return f"Later releases changed {listed(whose)} in {plural(both['month'].n_unique(), 'month')}{when}"


def column_words(comment: str) -> str:
    """What a column holds, from its comment: without the unit in brackets and without what follows a semicolon."""
    return re.sub(r"\s*\[[^\]]*\]$", "", comment).partition(";")[0]


def key_words(key: str) -> str:
    """The rest of a row's grain, such as the department type: ``{"department_type": "type_1"}`` is ``type 1 departments``."""
    return ", ".join(DEPARTMENTS.get(value) or value.replace("_", " ") for value in map(str, json.loads(key).values()))


def plain_figure(value: float | None) -> str:
    """A published figure as it stands in a file, with separators: ``1,234``, ``176.5``."""
    return "no figure" if value is None else f"{value:,.10g}".replace("-", "−")


def signed_figure(value: float | None) -> str:
    """A difference with its sign: ``+12``, ``−222``; a dash where there is none."""
    return "–" if value is None else f"{value:+,.10g}".replace("-", "−")


def left_out_words(rows: int, shown: int) -> str:
    """That a table stops before its end, and where the rest is; nothing where it does not."""
    return f"A table shows its first {shown:,} rows; the CSV file has all." if rows > shown else ""
