"""The choices a tool makes silently, made aloud: which constant, which reading of a rule, how many points."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from numbers import Integral, Real

from sightline.errors import BadInput

KINDS = ("xmr", "run", "mr", "p", "pp", "u", "up", "c", "cp", "g", "t", "ip", "xbar", "s")
DIRECTIONS = ("up", "down", "neither")
RUN_METHODS = ("anhoej", "bestbox", "cutbox")
#: which periods there are: as all series of a frame have them together, or as each has them by itself
CALENDARS = ("frame", "series")
READINGS = ("beyond_two_sigma", "between_two_and_three_sigma")

#: points in a phase for limits, rules and icons (the Making Data Count Excel tool shows both from 13)
ENOUGH_FOR_LIMITS = 13
#: observations off the centre line for a verdict of the Anhøj rules
ENOUGH_FOR_RUNS = 10
#: points a frozen baseline must have (NHSRplotthedots `fix_after_n_points`)
SHORTEST_BASELINE = 12


@dataclass(frozen=True)
class Choices:
    """What `like` stands for."""

    constant: float
    two_of_three: str
    minimum: int
    runs_minimum: int
    complete_calendar: bool = False
    screen: bool = True
    cut_at_bounds: bool = False


CHOICES = {
    "sightline": Choices(2.66, "beyond_two_sigma", ENOUGH_FOR_LIMITS, ENOUGH_FOR_RUNS, complete_calendar=True),
    "nhsrplotthedots": Choices(2.66, "between_two_and_three_sigma", 0, 0),
    "qicharts2": Choices(3 / 1.128, "beyond_two_sigma", 0, 0, cut_at_bounds=True),
    "powerbi-spc": Choices(3 / 1.128, "beyond_two_sigma", 0, 0, cut_at_bounds=True),
    "excel": Choices(2.66, "beyond_two_sigma", ENOUGH_FOR_LIMITS, ENOUGH_FOR_RUNS, screen=False),
}


def one_of(what: str, seen: object, known: tuple[str | None, ...]) -> None:
    """Refuse a setting that is not among the known ones."""
    if not isinstance(seen, str | None) or seen not in known:
        raise BadInput(
            f"spc.chart, {what}",
            expected=f"one of {', '.join(name for name in known if name)}",
            seen=repr(seen),
            action=f"set {what} to one of these",
        )


def whole_number(what: str, seen: object, at_least: int, action: str) -> None:
    """Refuse a length that is no whole number or too small."""
    if isinstance(seen, bool) or not isinstance(seen, Integral) or int(seen) < at_least:
        raise BadInput(f"spc.chart, {what}", expected=f"a whole number, at least {at_least} points", seen=repr(seen), action=action)


def finite_number(what: str, seen: object, *, above_zero: bool = False) -> None:
    """Refuse a setting that is no number, infinite or (where asked) not above 0."""
    number = isinstance(seen, Real) and not isinstance(seen, bool) and isfinite(seen)
    if not number or (above_zero and float(seen) <= 0):  # type: ignore[arg-type]
        expected = "a finite number above 0" if above_zero else "a finite number"
        raise BadInput(f"spc.chart, {what}", expected=expected, seen=repr(seen), action=f"correct {what}, or leave it out")


def choices(like: str) -> Choices:
    """The choices of the tool named."""
    one_of("like", like, tuple(CHOICES))
    return CHOICES[like]
