"""What the rule sets cost and find: held against another simulation, and against what must hold of any."""

from __future__ import annotations

import csv
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from sightline.spc import rule_rates

SERIES = 3000
#: our name of a rule set and of a kind of series -> theirs
SETS = {
    "outside": "XmR: outside limits (screened)",
    "shift of 7": "XmR: shift of 7",
    "trend of 7": "XmR: trend of 7",
    "two of three": "XmR: two of three (all beyond 2 sigma)",
    "all four, 7 months": "MDC, 7 points (all four rules)",
    "all four, 6 months": "MDC, 6 points (all four rules)",
    "Anhøj": "Anhoej: either",
}
DATA = {"independent": "independent", "autocorrelation 0.3": "AR(1) 0.3", "autocorrelation 0.6": "AR(1) 0.6"}


@pytest.mark.mirror
def test_false_alarms_agree_with_the_reference(shared: Path) -> None:
    with (shared / "reference" / "spc_false_alarms.csv").open(newline="", encoding="utf-8") as lines:
        theirs = {(row["data"], row["n"], row["rule"]): float(row["series"]) / 100 for row in csv.DictReader(lines)}
    for row in rule_rates.false_alarms(SERIES).iter_rows(named=True):
        for ours, name in DATA.items():
            rate, other = row[ours] / 100, theirs[name, str(row["months"]), SETS[row["rules"]]]
            mean = max((rate + other) / 2, 1e-3)
            assert abs(rate - other) <= 4.5 * sqrt(mean * (1 - mean) * (1 / SERIES + 1 / 20_000)) + 0.001, (
                row["rules"],
                row["months"],
                ours,
                rate,
                other,
            )


def test_every_rule_sees_what_it_is_for_and_nothing_in_a_flat_series() -> None:
    quiet = [10.0, 12.0] * 12
    outside, shift, trend = [*quiet[:23], 40.0], [*quiet[:16], *[16.0] * 8], [*quiet[:16], *(float(value) for value in range(10, 18))]
    found = rule_rates.flags(np.array([quiet, outside, shift, trend]))
    assert [name for name in rule_rates.SETS if found[name][0].any()] == []
    assert [bool(found[name][row, -1]) for name, row in (("outside", 1), ("shift of 7", 2), ("trend of 7", 3))] == [True] * 3
    assert found["all four, 7 months"][1:, -1].all()


def test_what_was_seen_stays_seen_and_a_larger_shift_is_seen_more_often() -> None:
    found = rule_rates.detection(120)
    months = [str(month) for month in rule_rates.MONTHS]
    assert all(list(row) == sorted(row) for row in found.select(months).rows())
    for name in ("outside", "shift of 7", "all four, 7 months", "Anhøj"):
        assert found.filter(rules=name)["12"].is_sorted()
