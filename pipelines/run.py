"""One run, and what came of it in plain words: a visit to the publisher, and the nightly job where it found something new."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import uuid4

from assets import visit
from sightline import publish, telling
from sightline.errors import BadInput, HomeInUse
from sightline.home import Home, fault_of_disk


@dataclass(frozen=True)
class Outcome:
    """What a run did: its exit status, and a line for everything a person should know."""

    status: Literal["published", "nothing new", "published, with files held back", "published, with declared entries left out", "nothing published"]
    exit_status: Literal[0, 1, 3]
    lines: tuple[str, ...]


def run_nightly(home: Home, source: str, *, anew: bool = False) -> Outcome:
    """Visit ``source``; where something is new (or everything is to be made ``anew``), run the job; tell what came of it.

    What came of it is left for ``last_run``. Never raises for bad input, nor for a disk on which nothing can be written.

    Raises:
        BadInput: the home cannot be made or belongs to a newer sightline.
    """
    home.create()
    try:
        outcome = attempt(home, source, anew=anew)
        record(home, outcome)
    except HomeInUse as error:  # no failure of the home, so it is not recorded; yet a run that holds it night after night must be heard of
        outcome = Outcome("nothing published", 3, (str(error),))
    except Exception as error:
        fault = fault_of_disk(str(error))
        if not fault:
            telling.tell(home, telling.Told("failed", (f"a fault of sightline itself ({type(error).__name__})",)))
            raise
        outcome = Outcome("nothing published", 3, (fault,))
        with suppress(OSError):
            record(home, outcome)
    telling.tell(home, telling.Told.of(outcome.status, outcome.exit_status, outcome.lines))
    return outcome


def attempt(home: Home, source: str, *, anew: bool) -> Outcome:
    """The visit and the job in one hold of the home, and what came of them; raises HomeInUse where another run holds it."""
    run = str(uuid4())
    try:
        with home.lock(run):
            visit.visit_all(home, source)
            quiet = not anew and visit.nothing_new(home, source)
            if quiet and not home.under_way.exists():
                return nothing_new(home)
            from pipelines import job  # noqa: PLC0415  Dagster takes seconds to import, and a quiet night needs none of it

            if quiet:  # yet the run before it was killed
                job.end_dead(home, run)
                return nothing_new(home)
            published, failures = job.execute(home, source, run, visited=True, anew=anew)
    except HomeInUse:
        raise
    except BadInput as error:
        return Outcome("nothing published", 3, (str(error),))
    if failures:
        return Outcome("nothing published", 3, tuple(failures))
    return told(home) if published else nothing_new(home)


def nothing_new(home: Home) -> Outcome:
    """A quiet night; what is still held back or was not fetched is said again."""
    missed = tuple(visit.not_fetched(home))
    return Outcome("nothing new", 1 if missed else 0, (*held_back(home), *left_out(home), *missed))


def told(home: Home) -> Outcome:
    """A publication, and what it lacks."""
    held, unused = (*held_back(home), *visit.not_fetched(home)), tuple(left_out(home))
    if held:
        return Outcome("published, with files held back", 1, (*held, *unused))
    return Outcome("published, with declared entries left out", 1, unused) if unused else Outcome("published", 0, ())


def held_back(home: Home) -> Iterator[str]:
    """A line for every file that the current publication holds back."""
    for file in (publish.published_run(home) or {}).get("held_back", []):
        yield f"held back: {file['url'].rsplit('/', 1)[-1]}: {file['reason']} {file['what_stays'][:1].upper() + file['what_stays'][1:]}."


def left_out(home: Home) -> Iterator[str]:
    """A line for every declared entry that the current publication could not use."""
    for fault in (publish.published_run(home) or {}).get("declared_left_out", []):
        yield f"left out: {fault}"


def record(home: Home, outcome: Outcome) -> None:
    """Leave what came of a run in ``logs/last-run.json``, so that it is known without Dagster."""
    place = home.logs / "last-run.json"
    beside = place.with_suffix(".new")
    beside.write_text(json.dumps({**asdict(outcome), "ended": datetime.now(UTC).isoformat()}, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    beside.replace(place)


def last_run(home: Home) -> dict[str, Any]:
    """What came of the last run: status, exit_status, lines, ended; empty where no run has ended or it cannot be read."""
    try:
        found = json.loads((home.logs / "last-run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
