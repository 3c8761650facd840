"""``sightline status``: what is published, how the last run and the last visit went, and what the publisher's calendar expects.

Loads neither Dagster nor Great Expectations: it is asked often, and by people who wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import polars as pl

from assets import calendar, visit
from assets.calendar import Expected
from assets.description import datasets
from pipelines.run import last_run
from sightline import publish
from sightline.fetch import Ledger
from sightline.home import Home

#: sources to which the publisher's calendar applies: what is not live grows old without a fault
LIVE = ("nhs", "mirror")
LONDON = ZoneInfo("Europe/London")

Word = Literal["fresh", "stale", "held back", "last run failed", "nothing published"]


@dataclass(frozen=True)
class Status:
    """How a home stands. ``facts`` is run.json of what is published, ``visits`` the last visit and the quiet nights of each dataset."""

    word: Word
    home: str
    facts: dict[str, Any]
    visits: dict[str, dict[str, Any]]
    expected: dict[str, tuple[Expected, ...]]
    not_fetched: tuple[str, ...]
    last_run: dict[str, Any]

    @property
    def exit_status(self) -> Literal[0, 1, 3]:
        """0 fresh, 1 stale or something held back, 3 last run failed or nothing published."""
        return {"fresh": 0, "stale": 1, "held back": 1, "last run failed": 3, "nothing published": 3}[self.word]  # type: ignore[return-value]


def status(home: Home, now: datetime) -> Status:
    """How ``home`` stands at ``now`` (with its time zone); a home that is not there is one where nothing is published.

    Raises:
        BadInput: the home belongs to a newer sightline, or its ledger cannot be read.
    """
    _ = home.kind  # refuses the home of a newer sightline
    facts = publish.published_run(home) or {}
    newest = newest_months(facts)
    today = now.astimezone(LONDON).date()
    due = {name: calendar.expected(month, today, months_after(name)) for name, month in newest.items()}
    missed = tuple(visit.not_fetched(home)) if all((home.stage / name / "note.parquet").exists() for name in datasets()) else ()
    run = last_run(home)
    word = judged(facts, due, missed, failed=failed_since(run, facts))
    return Status(word, str(home.root), facts, dict(last_visits(home, moment(facts.get("finished")))), due, missed, run)


def judged(facts: dict[str, Any], due: dict[str, tuple[Expected, ...]], missed: tuple[str, ...], *, failed: bool) -> Word:
    """The one word for a home; the gravest comes first."""
    if not facts:
        return "nothing published"
    if failed:
        return "last run failed"
    if facts.get("source") in LIVE and any(one.overdue for months in due.values() for one in months):
        return "stale"
    return "held back" if facts.get("held_back") or facts.get("declared_left_out") or missed else "fresh"


def failed_since(run: dict[str, Any], facts: dict[str, Any]) -> bool:
    """True when the last run failed and nothing has been published after it (as a run started in Dagster may have)."""
    ended, finished = moment(run.get("ended")), moment(facts.get("finished"))
    return run.get("exit_status") == 3 and not (ended and finished and finished > ended)


def moment(text: object) -> datetime | None:
    """A moment as JSON holds it; None for anything else."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def months_after(name: str) -> int:
    """How many months after a month its figures are published."""
    known = datasets().get(name)
    return known.published_after if known else 1


def newest_months(facts: dict[str, Any]) -> dict[str, date]:
    """The newest published month of each dataset."""
    found: dict[str, date] = {}
    for file in facts.get("inputs", []):
        month = date.fromisoformat(file["month"][:10])
        found[file["dataset"]] = max(month, found.get(file["dataset"], month))
    return found


def last_visits(home: Home, published: datetime | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """The last visit of each dataset, with ``quiet_nights``: how many visits up to now found nothing new since the publication."""
    if not home.ledger.exists():
        return
    for name in datasets():
        visits = Ledger(home.ledger).visits(name)
        if visits.height:
            after = visits.filter(pl.col("ended") > published) if published else visits.clear()
            loud = (pl.col("new") > 0) | (pl.col("failed") > 0) | (pl.col("unchanged") == 0)
            quiet = after.reverse().select(loud.cum_sum() == 0).to_series().sum()
            yield name, {**visits.row(-1, named=True), "quiet_nights": quiet}


def as_json(found: Status) -> dict[str, Any]:
    """The status as one object of plain values."""
    known = ("run", "source", "source_label", "simulated", "newest_month", "months", "finished", "missing_months", "held_back")
    return {
        "status": found.word,
        "exit_status": found.exit_status,
        "home": found.home,
        **{name: found.facts.get(name) for name in known},
        "not_fetched": found.not_fetched,
        "visits": found.visits,
        "expected": {name: [asdict(one) for one in months] for name, months in found.expected.items()},
        "last_run": found.last_run,
    }


def lines(found: Status) -> Iterator[str]:
    """The status in words, a line for everything a person should know."""
    facts = found.facts
    yield f"home: {found.home}"
    yield f"status: {found.word}"
    if found.exit_status == 3:
        yield from (f"last run, {instant(found.last_run.get('ended'))}: {line}" for line in found.last_run.get("lines", []))
    if facts:
        yield f"source: {facts.get('source_label')}"
        yield f"newest month: {date.fromisoformat(facts['newest_month'][:10]):%B %Y} ({facts.get('months')} months)"
        yield f"published: {instant(facts.get('finished'))}"
    else:
        yield "to publish: sightline run"
    for name, one in found.visits.items():
        yield f"{name}: last visit: {instant(one['ended'])}, {visited(one)}"
    for name, months in facts.get("missing_months", {}).items():
        yield f"{name}: no file for {', '.join(months)}: gaps in the charts"
    for file in facts.get("held_back", []):
        yield f"held back: {file['url'].rsplit('/', 1)[-1]}: {file['reason']} What stays: {file['what_stays']}."
    yield from (f"left out: {fault}" for fault in facts.get("declared_left_out", []))
    yield from found.not_fetched
    for name, months in found.expected.items():
        yield from (f"{name}: {line}" for line in in_words(months))
    if facts and facts.get("source") not in LIVE:
        yield "this source is not live: months that are overdue do not make it stale"


def visited(one: dict[str, Any]) -> str:
    """What came of a visit."""
    counts = [f"{one[name]} {words}" for name, words in (("missing", "linked but not there"), ("failed", "not fetched")) if one[name]]
    quiet = [f"{one['quiet_nights']} quiet {'night' if one['quiet_nights'] == 1 else 'nights'} since the publication"]
    note = [one["note"]] if one["note"] else []
    return ", ".join([f"{one['new'] or 'nothing'} new", *counts, *quiet, *note])


def in_words(months: tuple[Expected, ...]) -> Iterator[str]:
    """``the June 2025 figures were expected on Thursday 10 July 2025``: the first that is overdue, how many more, and the next."""
    *overdue, coming = months
    if overdue:
        more = f", and those of {len(overdue) - 1} more since then" if len(overdue) > 1 else ""
        yield f"the {overdue[0].month:%B %Y} figures were expected on {long_day(overdue[0].day)}{more}"
    yield f"the {coming.month:%B %Y} figures are expected on {long_day(coming.day)}"


def long_day(day: date) -> str:
    """``Thursday 10 July 2025``."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def instant(value: object) -> str:
    """A moment as people in London read it."""
    known = value if isinstance(value, datetime) else moment(value)
    return f"{known.astimezone(LONDON):%Y-%m-%d %H:%M} (London)" if known else "at an unknown time"
