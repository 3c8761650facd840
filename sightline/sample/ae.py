"""A&E of the simulated NHS: twelve organisations, 36 months, and what is true of them.

The model, for organisation i and month t, seen before anything is published. Every effect is on the log or the
log-odds scale; ``winter`` is a cosine that is 1 in January and -1 in July; ``common`` (weather, viruses) is shared by
all, ``own`` is each organisation's; both wander as AR(1) with the autocorrelation ``PERSISTENCE``:

* attendances of a department: Poisson; mean = its usual month x days / 30.4 x exp(winter + common + own), the
  season being negative here; booked attendances likewise, as a share of the usual month
* over four hours: binomial of the attendances; in type 1 the log-odds of the organisation's share + winter + common + own,
  in type 2 and other departments a fixed share
* emergency admissions: binomial of the attendances of each department; those that never saw A&E: Poisson
* over twelve hours from the decision to admit: binomial of the admissions, log-odds as above with wider effects; four to
  twelve hours likewise, drawn from the admissions that are left so that the two never exceed the whole

So counts vary more than Poisson and binomial do by themselves, months resemble their neighbours a little, and no part
exceeds its whole. On top of it lies what ``TRUTH`` says: one organisation improves, one goes over into another (its
patients are counted there, as well or badly cared for as before), one month is never published, one is revised, and
from one month on more people book everywhere.

The same seed gives the same figures with the same NumPy; NumPy may change its random numbers between versions.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

#: one of several: the charts of the truth have limits with it, and nothing else has a signal in the latest month
SEED: Final = 2030
MONTHS: Final = tuple(date(2022 + (6 + n) // 12, (6 + n) % 12 + 1, 1) for n in range(36))
DEPARTMENTS: Final = ("type_1", "type_2", "other")
LABELS: Final = ("month", "organisation", "organisation_name", "parent_organisation")
COUNTS: Final = (
    *(f"attendances_{kind}" for kind in DEPARTMENTS),
    *(f"booked_attendances_{kind}" for kind in DEPARTMENTS),
    *(f"over_4h_{kind}" for kind in DEPARTMENTS),
    *(f"booked_over_4h_{kind}" for kind in DEPARTMENTS),
    "dta_4_to_12h",
    "dta_12h",
    *(f"emergency_admissions_{kind}" for kind in DEPARTMENTS),
    "other_emergency_admissions",
)

#: lag-1 autocorrelation of every wandering effect
PERSISTENCE: Final = 0.1


@dataclass(frozen=True)
class Effect:
    """How far something is moved: amplitude of the season, standard deviations of the common and the own movement."""

    winter: float
    common: float
    own: float


ATTENDANCES: Final = Effect(winter=-0.03, common=0.015, own=0.015)
OVER_4H: Final = Effect(winter=0.015, common=0.02, own=0.03)
WAIT_12H: Final = Effect(winter=0.03, common=0.05, own=0.09)
WAIT_4_TO_12H: Final = Effect(winter=0.03, common=0.04, own=0.06)

#: shares by department: booked beside the unplanned, over four hours (type 1: by organisation), admitted
BOOKED: Final = {"type_1": 0.015, "type_2": 0.01, "other": 0.06}
OVER_4H_ELSEWHERE: Final = {"type_2": 0.03, "other": 0.025}
ADMITTED: Final = {"type_1": 0.28, "type_2": 0.03, "other": 0.004}
#: of all admissions via A&E
WAITED_4_TO_12H: Final = 0.18
#: admissions past A&E, as a share of a usual month of type 1
PAST_A_AND_E: Final = 0.09


@dataclass(frozen=True)
class Organisation:
    """One simulated organisation: its usual month (unplanned attendances), and shares of its type 1.

    ``over_4h`` is a share of type 1 attendances, ``wait_12h`` a share of emergency admissions via A&E.
    ``region`` is the Parent Org as NHS England writes it, but for LONDON with a blank at its end.
    """

    code: str
    name: str
    region: str
    type_1: int
    type_2: int
    other: int
    over_4h: float
    wait_12h: float


LONDON, SOUTH_WEST, SOUTH_EAST = "NHS ENGLAND LONDON", "NHS ENGLAND SOUTH WEST ", "NHS ENGLAND SOUTH EAST "
MIDLANDS, EAST = "NHS ENGLAND MIDLANDS ", "NHS ENGLAND EAST OF ENGLAND "
NORTH_WEST, NORTH_EAST = "NHS ENGLAND NORTH WEST ", "NHS ENGLAND NORTH EAST AND YORKSHIRE "

#: places that do not exist, codes that no register gives
ORGANISATIONS: Final = (
    Organisation("SIM01", "SIMULATED QUILLBURY HOSPITALS", LONDON, 11500, 900, 6000, 0.32, 0.07),
    Organisation("SIM02", "SIMULATED LANTERNGATE HOSPITALS", LONDON, 9200, 0, 5200, 0.27, 0.05),
    Organisation("SIM03", "SIMULATED MARROWCOMBE HOSPITALS", SOUTH_WEST, 7800, 0, 4100, 0.36, 0.10),
    Organisation("SIM04", "SIMULATED THISTLEHURST HOSPITALS", SOUTH_EAST, 8600, 0, 0, 0.34, 0.09),
    Organisation("SIM05", "SIMULATED KETTLEWORTH HOSPITALS", MIDLANDS, 12400, 600, 5600, 0.38, 0.11),
    Organisation("SIM06", "SIMULATED OAKENLOW HOSPITALS", MIDLANDS, 6900, 0, 3000, 0.29, 0.06),
    Organisation("SIM07", "SIMULATED REEDLOW HOSPITALS", EAST, 8100, 0, 3900, 0.31, 0.08),
    Organisation("SIM08", "SIMULATED COPPERDALE HOSPITALS", NORTH_WEST, 13200, 700, 7100, 0.35, 0.12),
    Organisation("SIM09", "SIMULATED PELLMERE WALK-IN CENTRE", NORTH_WEST, 0, 0, 4300, 0.0, 0.0),
    Organisation("SIM10", "SIMULATED GRITMOOR HOSPITALS", NORTH_EAST, 10100, 0, 6400, 0.25, 0.04),
    Organisation("SIM11", "SIMULATED WHINTHWAITE HOSPITALS", NORTH_EAST, 5200, 0, 1500, 0.42, 0.13),
    Organisation("SIM12", "SIMULATED HARROWBECK HOSPITALS", NORTH_EAST, 7400, 0, 3600, 0.22, 0.04),
)


# ---------------------------------------------------------------------------------------------------------------- truth


@dataclass(frozen=True)
class Improvement:
    """What is better from ``month`` on, in every month.

    The expected share of attendances within four hours is higher by ``within_4h`` (a proportion: all of this organisation's
    are type 1); the expected share of admissions that wait over twelve hours is ``wait_12h`` times what it was.
    """

    organisation: str
    month: date
    within_4h: float
    wait_12h: float


@dataclass(frozen=True)
class Merger:
    """From ``month`` on the patients of ``organisation``, which ends, are counted by ``successor``."""

    organisation: str
    successor: str
    month: date


@dataclass(frozen=True)
class Correction:
    """One count of one organisation: the revised release less the first."""

    organisation: str
    column: str
    change: int


@dataclass(frozen=True)
class Revision:
    """The figures of ``month`` were published anew on ``published``; nothing but these cells (and the totals) changed."""

    month: date
    published: date
    corrections: tuple[Correction, ...]


@dataclass(frozen=True)
class Booking:
    """From ``month`` on everywhere so many times as many people book before they come; how long they wait is as before."""

    month: date
    times: float


@dataclass(frozen=True)
class Tried:
    """What came of a change that the simulated NHS declares (assets/declared/changes_simulated.toml), by its organisation and month.

    ``moved`` are the measures that it moved as hoped; the others it did not move. ``everywhere``: what moved is the shift that
    all had. ``enough``: whether there are months enough to say so.
    """

    organisation: str
    month: date
    moved: tuple[str, ...] = ()
    everywhere: bool = False
    enough: bool = True


@dataclass(frozen=True)
class Truth:
    """What is to be found in the sample, whatever the seed; nothing else is there to be found.

    Care changed in one organisation only, and organisations in ``unchanged`` neither improve nor merge. The improvement is
    its region's as well, which has no other organisation; England's share within four hours rises by less than half a point
    through it. ``gap`` is the month without a file; from the month of ``booking`` on more people book, everywhere.
    """

    improvement: Improvement
    merger: Merger
    revision: Revision
    gap: date
    unchanged: tuple[str, ...]
    booking: Booking
    tried: tuple[Tried, ...]


TRUTH: Final = Truth(
    improvement=Improvement("SIM04", date(2024, 7, 1), within_4h=0.06, wait_12h=0.5),
    merger=Merger("SIM11", "SIM12", date(2023, 10, 1)),
    revision=Revision(
        date(2024, 11, 1),
        date(2025, 5, 15),
        (
            Correction("SIM05", "attendances_other", 418),
            Correction("SIM05", "over_4h_other", 9),
            Correction("SIM08", "dta_4_to_12h", 37),
            Correction("SIM08", "emergency_admissions_type_1", -212),
        ),
    ),
    gap=date(2024, 2, 1),
    unchanged=("SIM01", "SIM02", "SIM03", "SIM05", "SIM06", "SIM07", "SIM08", "SIM09", "SIM10"),
    booking=Booking(date(2024, 10, 1), times=1.5),
    tried=(
        Tried("SIM04", date(2024, 7, 1), moved=("ae_within_4h", "ae_dta_12h_per_1000_admissions")),
        Tried("SIM06", date(2024, 7, 1)),
        Tried("SIM01", date(2024, 10, 1), everywhere=True),
        Tried("SIM08", date(2025, 4, 1), enough=False),
    ),
)


# -------------------------------------------------------------------------------------------------------------- figures


def figures(seed: int = SEED) -> pl.DataFrame:
    """What happened, as it is known in the end: one row an organisation and month, all 36 months.

    Columns ``month``, ``organisation``, ``organisation_name``, ``parent_organisation`` and the eighteen counts of layout C
    under their tidy names: people or admissions in the month.
    """
    labels = {
        "month": pl.Series(np.tile(np.array(MONTHS, dtype="datetime64[D]"), len(ORGANISATIONS))).cast(pl.Date),
        "organisation": np.repeat([one.code for one in ORGANISATIONS], len(MONTHS)),
    }
    counts = _more_booked(_counts(np.random.default_rng(seed)), np.random.default_rng([seed, 1]))
    counted = pl.DataFrame(labels | {column: made.ravel() for column, made in counts.items()})
    return _merged(counted, TRUTH.merger).join(_names(), on="organisation", maintain_order="left").select(*LABELS, *COUNTS)


@dataclass(frozen=True)
class Release:
    """What is published of a month on a day: a row an organisation, columns as in ``figures`` without ``month``.

    ``revised`` is None for the first release.
    """

    month: date
    first_published: date
    revised: date | None
    figures: pl.DataFrame

    @property
    def published(self) -> date:
        """The day of this release."""
        return self.revised or self.first_published


def releases(seed: int = SEED) -> tuple[Release, ...]:
    """Everything that is ever published, in the order of the months: the gap is not, the revised month is twice."""
    known, revision = figures(seed), TRUTH.revision
    published: list[Release] = []
    for month in MONTHS:
        of_month, day = known.filter(pl.col("month") == month).drop("month"), publication_day(month)
        if month == revision.month:
            published += [Release(month, day, None, _before(of_month, revision)), Release(month, day, revision.published, of_month)]
        elif month != TRUTH.gap:
            published.append(Release(month, day, None, of_month))
    return tuple(published)


def publication_day(month: date) -> date:
    """The second Thursday of the month after, as NHS England mostly does."""
    later = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return later + timedelta(days=(3 - later.weekday()) % 7 + 7)


def _counts(rng: np.random.Generator) -> dict[str, Counts]:
    """Every published column as an array, organisations by months, before the merger."""
    size = _days() * np.exp(_moved(rng, ATTENDANCES))
    better = _improved()
    over = {kind: np.full_like(size, share) for kind, share in OVER_4H_ELSEWHERE.items()}
    over["type_1"] = np.clip(_share([one.over_4h for one in ORGANISATIONS], _moved(rng, OVER_4H)) - TRUTH.improvement.within_4h * better, 0, 1)
    made: dict[str, Counts] = {}
    for kind in DEPARTMENTS:
        usual = np.array([[getattr(one, kind)] for one in ORGANISATIONS], dtype=np.float64)
        for booked, share in (("", 1.0), ("booked_", BOOKED[kind])):
            made[f"{booked}attendances_{kind}"] = rng.poisson(usual * share * size)
            made[f"{booked}over_4h_{kind}"] = rng.binomial(made[f"{booked}attendances_{kind}"], over[kind])
        made[f"emergency_admissions_{kind}"] = rng.binomial(made[f"attendances_{kind}"], ADMITTED[kind])
    admitted = made["emergency_admissions_type_1"] + made["emergency_admissions_type_2"] + made["emergency_admissions_other"]
    halved = np.where(better, TRUTH.improvement.wait_12h, 1.0)
    longest = _share([one.wait_12h for one in ORGANISATIONS], _moved(rng, WAIT_12H)) * halved
    long = _share([WAITED_4_TO_12H] * len(ORGANISATIONS), _moved(rng, WAIT_4_TO_12H))
    made["dta_12h"] = rng.binomial(admitted, longest)
    made["dta_4_to_12h"] = rng.binomial(admitted - made["dta_12h"], np.clip(long / (1 - longest), 0, 1))
    made["other_emergency_admissions"] = rng.poisson(PAST_A_AND_E * np.array([[one.type_1] for one in ORGANISATIONS]) * size)
    return made


def _more_booked(counts: dict[str, Counts], rng: np.random.Generator) -> dict[str, Counts]:
    """The same with further people who book from the month of the shift on, drawn by themselves so that every other count stays.

    They wait over four hours as often as those who booked before, over all months.
    """
    since = np.array([[month >= TRUTH.booking.month for month in MONTHS]])
    made = dict(counts)
    for kind in DEPARTMENTS:
        booked, over = counts[f"booked_attendances_{kind}"], counts[f"booked_over_4h_{kind}"]
        share = over.sum(axis=1, keepdims=True) / np.maximum(booked.sum(axis=1, keepdims=True), 1)
        more = rng.poisson(booked * (TRUTH.booking.times - 1) * since)
        made[f"booked_attendances_{kind}"] = booked + more
        made[f"booked_over_4h_{kind}"] = over + rng.binomial(more, share)
    return made


def _moved(rng: np.random.Generator, effect: Effect) -> Floats:
    """Season, common and own movement together, organisations by months."""
    winter = effect.winter * np.cos(2 * np.pi * (np.array([month.month for month in MONTHS]) - 1) / 12)
    moved: Floats = winter + _wandering(rng, 1, effect.common) + _wandering(rng, len(ORGANISATIONS), effect.own)
    return moved


def _wandering(rng: np.random.Generator, rows: int, deviation: float) -> Floats:
    """Stationary AR(1) of this standard deviation, ``rows`` by months."""
    shocks = rng.normal(0, deviation, (rows, len(MONTHS)))
    shocks[:, 1:] *= np.sqrt(1 - PERSISTENCE**2)
    for at in range(1, len(MONTHS)):
        shocks[:, at] += PERSISTENCE * shocks[:, at - 1]
    return shocks


def _share(usual: list[float], moved: Floats) -> Floats:
    """The usual share of each organisation, its log-odds moved."""
    odds = np.array([[share / (1 - share)] for share in usual]) * np.exp(moved)
    shares: Floats = odds / (1 + odds)
    return shares


def _days() -> Floats:
    """The length of each month, in usual months."""
    return np.array([monthrange(month.year, month.month)[1] for month in MONTHS]) / 30.4


def _improved() -> npt.NDArray[np.bool_]:
    """True for the organisation that improves, from its month on."""
    who = np.array([[one.code == TRUTH.improvement.organisation] for one in ORGANISATIONS])
    when = np.array([[month >= TRUTH.improvement.month for month in MONTHS]])
    better: npt.NDArray[np.bool_] = np.logical_and(who, when)
    return better


def _merged(counted: pl.DataFrame, merger: Merger) -> pl.DataFrame:
    """The rows of the organisation that ended are added to its successor's."""
    gone = (pl.col("organisation") == merger.organisation) & (pl.col("month") >= merger.month)
    counted_by = pl.when(gone).then(pl.lit(merger.successor)).otherwise("organisation").alias("organisation")
    return counted.group_by("month", counted_by).agg(pl.col(COUNTS).sum()).sort("month", "organisation")


def _names() -> pl.DataFrame:
    rows = [(one.code, one.name, one.region) for one in ORGANISATIONS]
    return pl.DataFrame(rows, schema=LABELS[1:], orient="row")


def _before(revised: pl.DataFrame, revision: Revision) -> pl.DataFrame:
    """The first release: the revised figures without the corrections."""
    first = revised
    for one in revision.corrections:
        change = pl.when(pl.col("organisation") == one.organisation).then(one.change).otherwise(0)
        first = first.with_columns(pl.col(one.column) - change)
    return first
