"""How a figure is written: one rule for charts, sentences and tables."""

from __future__ import annotations

from datetime import date

PROPORTION = "proportion"
#: stands after a figure; the space does not break, so that the sign is never alone on a line
PER_CENT = "\u00a0%"
#: units in which the value is a plain count
COUNT_UNITS = frozenset({"attendances", "people", "admissions", "pathways"})
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def shown(value: float, unit: str) -> float:
    """The number as it is drawn: a proportion (0-1) in per cent, anything else unchanged."""
    return value * 100 if unit == PROPORTION else value


def _decimals(value: float, unit: str) -> int:
    if unit == PROPORTION:
        return 1
    return 0 if unit in COUNT_UNITS or abs(value) >= 100 else 1


def number(value: float, unit: str) -> str:
    """The figure without its unit: ``75.6``, ``161``, ``28.1``, ``2,345,934``; a minus sign is U+2212."""
    text = f"{shown(value, unit):,.{_decimals(value, unit)}f}"
    return "0" if float(text.replace(",", "")) == 0 else text.replace("-", "−")


def figure(value: float, unit: str) -> str:
    """The figure as it stands alone: ``75.6 %`` for a proportion, else the number."""
    return f"{number(value, unit)}{PER_CENT}" if unit == PROPORTION else number(value, unit)


def target_figure(value: float, unit: str) -> str:
    """A target as it was set, without decimals that it does not have: ``78 %``, ``62.5 %``, ``30``."""
    return f"{shown(value, unit):g}{PER_CENT if unit == PROPORTION else ''}"


def month_name(month: date) -> str:
    """``June 2025``."""
    return f"{MONTHS[month.month - 1]} {month.year}"


def short_month(month: date) -> str:
    """``Jun 2025``."""
    return f"{MONTHS[month.month - 1][:3]} {month.year}"


def day_name(day: date) -> str:
    """``13 November 2025``."""
    return f"{day.day} {month_name(day)}"
