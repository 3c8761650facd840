"""From rows to sentences: what was seen, how sure, how much, what else could be, what would change our mind, and a question.

The subject of every sentence is the measure at the line. Nothing here ranks, blames or guesses at reasons: "cannot tell" is a result,
and a p-value never stands without its base rate. The order and the words: docs/METHODS.md, "Words".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import polars as pl

from sightline.threshold.bunching import DEPENDS, MISSING, NO_BUNCHING, Bunching
from sightline.threshold.crossing import BREAK, CANNOT_TELL, NO_BREAK, OUTSIDE, PEOPLE, PLACEBOS, POSSIBLE, TOO_FEW_PLACEBOS, TOO_SMALL, Crossing

Row = Mapping[str, Any]

#: weeks at which lists are to be checked (NHS England, December 2022)
CHECKED = (12, 26, 52)
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NOT_SHOWN = "Published counts cannot show who was treated and who was removed, whether a removal was right, or why."


class Reading(NamedTuple):
    """The six parts of a finding, in the order in which they are read."""

    seen: str
    how_sure: str
    how_much: str
    other_explanations: str
    change_our_mind: str
    question: str


TITLES = Reading(
    "What was seen", "How sure", "How much", "Other explanations", "What would change our mind", "A question to take to the people who do the work"
)


def crossing_words(result: Crossing) -> pl.DataFrame:
    """A row a unit and line, in the order of the estimates: unit, line, verdict, then the six parts."""
    base_rate = base_rate_words(result.base_rates)
    return _worded(
        result.estimates, ("unit", "line", "verdict"), (crossing_reading(row, base_rate) for row in result.estimates.iter_rows(named=True))
    )


def bunching_words(result: Bunching, *, line: float) -> pl.DataFrame:
    """A row a series: series (with `by`), verdict, then the six parts."""
    keys = tuple(name for name in ("series", "verdict") if name in result.estimates.columns)
    return _worded(result.estimates, keys, (bunching_reading(row, line) for row in result.estimates.iter_rows(named=True)))


def _worded(estimates: pl.DataFrame, keys: tuple[str, ...], readings: Iterable[Reading]) -> pl.DataFrame:
    said = pl.DataFrame(list(readings), schema=dict.fromkeys(Reading._fields, pl.String), orient="row")
    return pl.concat([estimates.select(keys), said], how="horizontal")


# -------------------------------------------------------------------------------------------------------- crossing


def crossing_reading(row: Row, base_rate: str) -> Reading:
    """One unit at one line in six parts. `base_rate`: what :func:`base_rate_words` says of the same test."""
    line = row["line"]
    return Reading(_seen_at(row), f"{_sure(row)} {base_rate}", _amount(row), _explanations(line), _other_evidence(line), crossing_question(line))


def _seen_at(row: Row) -> str:
    who = f"Among people who would have passed {row['line']} weeks by the end of the month"
    if row["s_cross"] is None:
        return f"The people who would have passed {row['line']} weeks cannot be followed here: {_reason(row)}."
    waiting = f"{who}, {per_cent(row['s_cross'])} were still waiting"
    if row["why"] is not None:
        return f"{waiting}."
    against = f"people a few weeks on either side suggest {per_cent(row['s_expected'])}"
    if row["verdict"] in (BREAK, POSSIBLE):
        return f"{who}, fewer were still waiting than among people a few weeks on either side: {per_cent(row['s_cross'])}; {against}."
    return f"{waiting}; {against}."


def _sure(row: Row) -> str:
    verdict = capital(row["verdict"])
    if row["why"] is not None:
        return f"{verdict}: {_reason(row)}."
    if row["verdict"] == NO_BREAK:
        return f"{verdict}: a difference of two people in a hundred or more can be ruled out, at 5\u00a0%."
    rank = f"lower than at {lower_than(row['p_low'], row['placebos'])} weeks tried as if they were lines"
    if row["verdict"] == BREAK:
        return f"{verdict}: {rank}, and in both halves of the time."
    if row["verdict"] == POSSIBLE:
        weak = "among so many units some such are to be expected" if row["persistent"] else "not in both halves of the time"
        return f"{verdict}: {rank}, but {weak}."
    return f"{verdict}: {rank}, and a difference that matters cannot be ruled out."


def _amount(row: Row) -> str:
    if row["verdict"] == NO_BREAK:
        return "Any difference is smaller than two people in a hundred of those who would have passed the line."
    if row["verdict"] == CANNOT_TELL:
        return "No size is given where the method cannot tell."
    pairs, ratio = row["months"], row["extra_ratio"]
    times = f", {ratio:.2f} times the expected" if ratio is not None and ratio > 0 else ""
    span = f" (95\u00a0% interval {about(row['extra_lower'])} to {about(row['extra_upper'])})"
    return f"About {about(row['extra'])} more departures over {pairs} months than the neighbouring weeks suggest{times}{span}."


def _reason(row: Row) -> str:
    """Why a unit cannot tell, as a sentence has it."""
    if row["why"] == OUTSIDE:
        return "the week bands on file do not reach far enough, or one side of the line is empty"
    if row["why"] == TOO_SMALL:
        return f"fewer than {PEOPLE} people in one of the three groups that are compared"
    if row["why"] == TOO_FEW_PLACEBOS:
        return f"fewer than {PLACEBOS} other weeks hold enough people to compare with"
    return str(row["why"]).replace("month pairs", "pairs of neighbouring month ends")


def _explanations(line: int) -> str:
    checked = (
        f"National guidance asks for lists to be checked at {line} weeks, and people no longer needing care come off then. "
        if line in CHECKED
        else ""
    )
    return (
        f"{checked}Patients near the limit were treated first, as a limit intends. Lists were checked at that point and people no longer needing"
        " care came off. Transfers to other providers. Bookings made to a date. A calendar effect. A change of definition or of system. Late "
        "entries."
    )


def _other_evidence(line: int) -> str:
    return (
        f"If completed treatments in the weeks just below {line} rose by as much, this is treatment. If the dip is as large at weeks nobody "
        f"targets, it is the calendar. If it vanishes when the revised files are used, it was a correction. {NOT_SHOWN}"
    )


def crossing_question(line: int) -> str:
    """What to ask the people who do the work."""
    return f"What happens in the fortnight before someone reaches {line} weeks? Who decides, what do they see, and what would they rather be asked?"


def base_rate_words(base_rates: pl.DataFrame) -> str:
    """How often the same test speaks at weeks that are nobody's target."""
    nobodys = base_rates.filter(~pl.col("asked") & (pl.col("tested") > 0))
    if not nobodys.height:
        return "No week that is nobody's target could be tried, so how often the test speaks of nothing is not known here."
    units = round(nobodys["tested"].median())  # type: ignore[arg-type]
    weeks = "At one week that is nobody's target" if nobodys.height == 1 else f"At {in_words(nobodys.height)} weeks that are nobody's target"
    breaks, possible, tested = (int(nobodys[name].sum()) for name in ("break_", "possible", "tested"))
    if nobodys["units"].max() == 1:
        if not breaks + possible:
            return f"{weeks} the same test called neither a break nor a possible break."
        return f"{weeks} the same test called a break {_times(breaks)} and a possible break {_times(possible)}."
    called = "none" if not breaks else f"{per_cent(breaks / tested, 1)}"
    maybe = "none" if not possible else per_cent(possible / tested)
    return f"{weeks} the same test called a break for {called}, and a possible break for {maybe}, of about {units} units."


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{in_words(number)} times")


# -------------------------------------------------------------------------------------------------------- bunching


def bunching_reading(row: Row, line: float) -> Reading:
    """One series of counts at one line in six parts."""
    return Reading(
        _seen_in(row, line), _sure_of(row), _amount_of(row),
        "People near the limit were seen or treated first, as a limit intends. Times were written down rounded, or to the limit. A step or a "
        "bend in the counts, which a smooth curve cannot follow. A change of definition, of clock or of system. A calendar or a roster with its"
        " own rhythm.",
        "If an independent clock shows the same pile, it is care and not the record. If other round numbers carry as much, it is rounding. If "
        f"the pile stays where it is when the limit moves, it has another cause. {NOT_SHOWN}",
        f"What happens shortly before {line:g}? Who decides, what do they see, and how is the time written down?",
    )  # fmt: skip


def _seen_in(row: Row, line: float) -> str:
    if row["why"] is not None:
        return f"The counts about {line:g} cannot be held against a curve: {row['why']}."
    curve = "a smooth curve through the other bins has there"
    apart = f" As fitted here, {_more(row['excess_below'])} at and just below it and {_more(row['excess_above'])} above it, within the window."
    if row["verdict"] == DEPENDS:
        return f"Whether more lie at and just below {line:g} than {curve} depends on how the curve is fitted.{apart if row['excess_above'] else ''}"
    if row["verdict"] == NO_BUNCHING:
        return f"About as many lie at and just below {line:g} as {curve}."
    return f"{'More' if row['excess_below'] > 0 else 'Fewer'} lie at and just below {line:g} than {curve}.{apart if row['excess_above'] else ''}"


def _more(excess: float) -> str:
    """``about 1,600 more``, ``about 1,000 fewer``."""
    return f"about {about(abs(excess))} {'more' if excess > 0 else 'fewer'}"


def _sure_of(row: Row) -> str:
    if row["verdict"] is None:
        return "No verdict: in notch form neither other lines nor other ways of fitting are tried."
    if row["why"] is not None:
        return f"Cannot tell: {row['why']}."
    tried = "No other value could be tried as if it were the line." if not row["placebo_lines"] else (
        f"The excess is {_rank_of(row)} values tried as if they were the line."
    )  # fmt: skip
    grid = (
        f"Over thirty ways of fitting b runs from {signed(row['grid_lowest'])} to {signed(row['grid_highest'])} (median {signed(row['grid_median'])})"
    )
    return f"{capital(row['verdict'])}. {tried} {grid}; {per_cent(row['grid_above'])} of them lie clearly above 0."


def _rank_of(row: Row) -> str:
    lines = row["placebo_lines"]
    as_large = round(row["p_placebo"] * (1 + lines)) - 1
    if row["verdict"] == MISSING:
        return f"smaller than at {'all' if as_large == lines else f'{as_large} of'} {lines} other"
    return f"larger than at {lower_than(row['p_placebo'], lines)}"


def _amount_of(row: Row) -> str:
    if row["why"] is not None:
        return "No size is given where the method cannot tell."
    if row["verdict"] == DEPENDS:
        return "No size is given where it depends on how the curve is fitted."
    if row["verdict"] == NO_BUNCHING:
        return "Any excess is smaller than a quarter of one bin's expected count in most ways of fitting."
    more = "more" if row["excess"] > 0 else "fewer"
    span = f"(95\u00a0% interval of b {signed(row['b_lower'])} to {signed(row['b_upper'])})"
    own = f"About {about(abs(row['excess']))} {more} than the curve, {abs(row['b']):.2f} bins' worth of the expected count {span}."
    if row["excess_corrected"] is None:
        return own
    return f"{own} Were those below the line taken from above it: about {about(abs(row['excess_corrected']))}."


# -------------------------------------------------------------------------------------------------------- deadline


def deadline_reading(row: Row, after: Row | None, window: Row | None, target: float) -> Reading:
    """The month in which a target of organisations fell due, in six parts.

    `row`: the change into the month (a row of :class:`sightline.threshold.deadline.Deadline`), `after` the change up to three months later,
    `window`: how many organisations lie just `below_line` and just `above_line` within `parameter` points; `target` in per cent.
    """
    month = f"{row['month_to']:%B %Y}"
    if row["mean_change"] is None:
        seen, sure, much = f"Whether results moved into {month} cannot be said: {row['why']}.", f"Cannot tell: {row['why']}.", "No size is given."
    else:
        seen = (
            f"Into {month}, when {target:g}\u00a0% fell due, the percentage of {row['organisations']} organisations changed by "
            f"{signed(row['mean_change'])} points on average; it rose in {row['improved']} of them.{_near(window, target)}"
        )
        sure = f"{_among(row)} One month of so many organisations can show only gross gathering at a line: whether results gather, this cannot tell."
        usual = signed(row["mean_change"] - row["above_median"]) if row["above_median"] is not None else "an unknown number"
        much = f"{signed(row['mean_change'])} points on average, against {usual} in the middle one of the other months."
        if after is not None and after["mean_change"] is not None:
            much += f" Three months later it stood {signed(after['mean_change'])} points from where it had been before."
    return Reading(
        seen, sure, much,
        "Patients were seen sooner, as a target intends. The end of a winter, or of another hard season. Money or people that came for one "
        "month. A change in which departments are counted. Waits recorded to the limit. Late entries and later revisions.",
        "If waits that no target runs through fell as well, it is care. If the same month rises as much in years without a deadline, it is the "
        f"calendar. If the rise is gone three months later, it was the month. {NOT_SHOWN}",
        f"What was done in {month} that was not done the month before? What was set aside for it, and what of it was kept?",
    )  # fmt: skip


def _among(row: Row) -> str:
    others = row["others"]
    if not others:
        return "Cannot tell: there is no other month to compare with."
    as_large = round(row["p"] * (1 + others)) - 1
    larger = f"The change is larger than into {others - as_large} of {others} other months within two years of it"
    return f"{larger}; changes of this size happen without a deadline." if as_large else f"{larger}."


def _near(window: Row | None, target: float) -> str:
    if window is None:
        return ""
    below, above = window["below_line"], window["above_line"]
    return f" Within {window['parameter']:g} points of {target:g}\u00a0%, {below} organisations lay below and {above} at or above."


# --------------------------------------------------------------------------------------------------------- figures


def about(people: float) -> str:
    """A count to two figures: ``54,000``, ``690``, ``7``; a minus sign is U+2212."""
    size = abs(people)
    rounded = float(f"{size:.2g}") if size >= 10 else float(round(size))
    return f"{'−' if people < 0 and rounded else ''}{rounded:,.0f}"


def per_cent(share: float, decimals: int = 0) -> str:
    """``37 %``, the space unbreakable."""
    return f"{100 * share:.{decimals}f}\u00a0%"


def signed(value: float) -> str:
    """Two decimals, the minus sign U+2212."""
    text = f"{value:.2f}"
    return "0.00" if float(text) == 0 else text.replace("-", "−")


def lower_than(p: float, placebos: int) -> str:
    """A rank in words: ``all 33 other``, ``31 of 33 other``."""
    as_extreme = round(p * (1 + placebos)) - 1
    return f"all {placebos} other" if as_extreme == 0 else f"{placebos - as_extreme} of {placebos} other"


def in_words(number: int) -> str:
    """``eleven``; figures from thirteen on."""
    return NUMBERS[number] if 0 <= number < len(NUMBERS) else f"{number:,}"


def capital(text: str) -> str:
    """The first letter a capital."""
    return text[:1].upper() + text[1:]
