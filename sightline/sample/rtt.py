"""Referral to treatment of the simulated NHS: ten of its organisations, 16 months, two treatment functions, and what is true of them.

Lists come from the day-level cohorts of ``sightline.threshold.simulate``, a list a function: clock starts by weekday, a smooth chance
of leaving that differs between organisations, months with shocks. On top of it ``TRUTH`` plants what some organisations do at a line;
the others do nothing there. Of those who leave a share goes unreported everywhere, as records that are closed; the others were admitted
or not. Waits at the end of a pathway are those of the middle of the days on which it may have ended.

The same seed gives the same figures with the same NumPy; NumPy may change its random numbers between versions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from sightline.sample.ae import LONDON, ORGANISATIONS, SEED
from sightline.threshold.simulate import LAST_WEEK, WEEK, Kind, Month, Planted, by_week, movements

Counts = npt.NDArray[np.int64]

#: all after the last break in what is counted, February 2024
MONTHS: Final = tuple(date(2024 + (2 + n) // 12, (2 + n) % 12 + 1, 1) for n in range(16))
FUNCTIONS: Final = {"C_110": "Trauma and Orthopaedic Service", "C_130": "Ophthalmology Service"}
PARTS: Final = ("Part_1A", "Part_1B", "Part_2", "Part_2A", "Part_3")
#: clock starts a week of the smallest and the largest list
STARTS_A_WEEK: Final = (900, 1_800)
#: shares: of those who leave without a report, of the reported who are admitted, of those on the list with a decision to admit
UNREPORTED, ADMITTED, DECIDED = 0.06, 0.25, 0.2
#: completed pathways of a month and function with an unknown clock start
UNKNOWN_STARTS: Final = 2.0


@dataclass(frozen=True)
class AtTheLine:
    """What one organisation does: kinds, `line` and `size` as ``sightline.threshold.simulate.Planted`` has them."""

    organisation: str
    kind: Kind
    line: int
    size: float


@dataclass(frozen=True)
class Truth:
    """What is to be found in the lists, whatever the seed; nothing else is there to be found.

    ``planted`` do something at a line. ``longest_first`` treats those who wait longest sooner, which is no break at any line;
    ``quiet`` do nothing of the kind.
    """

    planted: tuple[AtTheLine, ...]
    longest_first: AtTheLine
    quiet: tuple[str, ...]


TRUTH: Final = Truth(
    planted=(
        AtTheLine("SIM01", "treated_early", 18, 0.25),
        AtTheLine("SIM05", "removed", 52, 0.4),
        AtTheLine("SIM08", "removed", 18, 0.15),
    ),
    longest_first=AtTheLine("SIM03", "longest_first", 52, 1.0),
    quiet=("SIM02", "SIM04", "SIM06", "SIM07", "SIM10", "SIM12"),
)
PROVIDERS: Final = tuple(sorted((*(one.organisation for one in TRUTH.planted), TRUTH.longest_first.organisation, *TRUTH.quiet)))


def figures(seed: int = SEED) -> pl.DataFrame:
    """What is published: one row a month, organisation, part and treatment function, sorted so.

    ``bands`` are pathways by whole weeks waited, 0 to 104 (open), all zero in ``Part_3``; ``unknown_clock_start`` is in no band;
    ``pathways`` is everything. Without totals of functions.
    """
    return pl.concat(of_provider(code, seed) for code in PROVIDERS).sort("month", "organisation", "part", "treatment_function")


def of_provider(code: str, seed: int) -> pl.DataFrame:
    """The rows of one organisation."""
    acts = {one.organisation: one for one in (*TRUTH.planted, TRUTH.longest_first)}
    act = acts.get(code)
    planted = Planted(act.kind, act.line, act.size, len(FUNCTIONS)) if act else None
    own_seed = 1_000 * seed + PROVIDERS.index(code)
    random = np.random.default_rng(own_seed + 500)
    last_of_first = MONTHS[0].replace(month=MONTHS[0].month + 1) - timedelta(1)
    found = movements(own_seed, units=len(FUNCTIONS), months=len(MONTHS), since=last_of_first, planted=planted, starts_a_week=STARTS_A_WEEK)
    return pl.concat(of_month(code, month, random) for month in found)


def of_month(code: str, month: Month, random: np.random.Generator) -> pl.DataFrame:
    """The rows of one organisation and month."""
    unreported = random.binomial(month.left, month.removed + (1 - month.removed) * UNREPORTED)
    reported = at_their_end(month.left - unreported, month.days)
    admitted, waiting = random.binomial(reported, ADMITTED), by_week(month.people)
    bands = {
        "Part_1A": admitted,
        "Part_1B": reported - admitted,
        "Part_2": waiting,
        "Part_2A": random.binomial(waiting, DECIDED),
        "Part_3": np.zeros_like(waiting),
    }
    unknown = {part: random.poisson(UNKNOWN_STARTS, len(FUNCTIONS)) if part in ("Part_1A", "Part_1B") else np.zeros(len(FUNCTIONS)) for part in PARTS}
    new = month.started.sum(axis=1)
    rows = {
        "month": [month.end.replace(day=1)] * len(PARTS) * len(FUNCTIONS),
        "organisation": [code] * len(PARTS) * len(FUNCTIONS),
        "part": np.repeat(PARTS, len(FUNCTIONS)),
        "treatment_function": list(FUNCTIONS) * len(PARTS),
        "bands": pl.Series(np.concatenate([bands[part] for part in PARTS]), dtype=pl.Array(pl.Int64, LAST_WEEK + 1)),
        "unknown_clock_start": np.concatenate([unknown[part] for part in PARTS]).astype(np.int64),
    }
    counted = pl.DataFrame(rows).with_columns(pathways=pl.col("bands").arr.sum() + pl.col("unknown_clock_start"))
    started = pl.Series(np.concatenate([new if part == "Part_3" else np.zeros_like(new) for part in PARTS]))
    return counted.with_columns(pathways=pl.col("pathways") + started)


def at_their_end(left: Counts, days: int) -> Counts:
    """Those who left by day waited at the month's end, had they stayed, to week bands of their wait when they left."""
    ages = np.arange(left.shape[1])
    waited = ages - np.minimum(ages, days) // 2
    into = np.minimum(np.maximum(waited - 1, 0) // WEEK, LAST_WEEK)
    return np.asarray(left @ (into[:, None] == np.arange(LAST_WEEK + 1)).astype(np.int64))


def names() -> dict[str, str]:
    """Code -> name of the organisations that have a waiting list."""
    return {one.code: one.name for one in ORGANISATIONS if one.code in PROVIDERS}


#: a board of the region of each organisation, by the region's name as A&E has it; the names of the boards are not taken over
BOARDS: Final = {
    LONDON.strip(): "QWE",
    "NHS ENGLAND SOUTH WEST": "QOX",
    "NHS ENGLAND SOUTH EAST": "QRL",
    "NHS ENGLAND MIDLANDS": "QHL",
    "NHS ENGLAND EAST OF ENGLAND": "QH8",
    "NHS ENGLAND NORTH WEST": "QOP",
    "NHS ENGLAND NORTH EAST AND YORKSHIRE": "QHM",
}


def boards() -> dict[str, str]:
    """Code -> code of the board that is the provider's parent."""
    return {one.code: BOARDS[one.region.strip()] for one in ORGANISATIONS if one.code in PROVIDERS}
