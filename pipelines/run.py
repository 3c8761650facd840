"""One run of the nightly job in this process, and what came of it in plain words."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import dagster as dg
import polars as pl
from dagster import DagsterEventType

from assets import gates, publication
from assets.workplace import Workplace
from pipelines.definitions import defs
from sightline import publish
from sightline.home import Home

#: what people may be told as it stands; anything else is a fault of sightline itself
PLAIN_ERRORS = ("BadInput", "HomeInUse", "NotThere")
DAGSTER_YAML = "# Nothing is sent to anybody.\ntelemetry:\n  enabled: false\nnux:\n  enabled: false\n"


@dataclass(frozen=True)
class Outcome:
    """What a run did: its exit status, and a line for everything a person should know."""

    status: Literal["published", "nothing new", "published, with files held back", "nothing published"]
    exit_status: Literal[0, 1, 3]
    lines: tuple[str, ...]


def run_nightly(home: Home, source: str) -> Outcome:
    """Run the job on ``source`` and say what came of it; never raises for bad input.

    Raises:
        BadInput: the home cannot be made or belongs to a newer sightline.
    """
    home.create()
    logging.getLogger("dagster._core.execution.plan").setLevel(logging.ERROR)  # on a quiet night it warns of every check that was skipped
    with open_instance(home) as instance:
        result = defs.resolve_job_def("nightly").execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={
                "resources": {"workplace": {"config": {"source": source, "home": str(home.root)}}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )
    if not result.success:
        return Outcome("nothing published", 3, tuple(failures(result)))
    missed = tuple(not_fetched(home))
    if not result.asset_materializations_for_node("publication__published"):
        return Outcome("nothing new", 1 if missed else 0, (*held_back(home), *missed))
    held = (*held_back(home), *missed)
    return Outcome("published, with files held back", 1, held) if held else Outcome("published", 0, ())


def open_instance(home: Home) -> dg.DagsterInstance:
    """The Dagster instance whose runs and events lie in the home."""
    settings = home.dagster / "dagster.yaml"
    if not settings.exists():
        settings.write_text(DAGSTER_YAML, encoding="utf-8")
    return dg.DagsterInstance.from_config(str(home.dagster))


def held_back(home: Home) -> Iterator[str]:
    """A line for every file that the current publication holds back."""
    for file in (publish.published_run(home) or {}).get("held_back", []):
        yield f"held back: {file['url'].rsplit('/', 1)[-1]}: {file['reason']} {file['what_stays'][:1].upper() + file['what_stays'][1:]}."


def not_fetched(home: Home) -> Iterator[str]:
    """A line for every file or page that this run looked for in vain; what is archived of it stays."""
    workplace = Workplace(home=str(home.root))
    for note in publication.of_all(workplace, "note").filter(pl.col("severity") != "info").iter_rows(named=True):
        yield f"not fetched: {note['where']}: {note['text']}."


def failures(result: dg.ExecuteInProcessResult) -> Iterator[str]:
    """Why nothing was published: broken expectations of the table gate, else the first error."""
    broken = [one for one in result.get_asset_check_evaluations() if not one.passed and one.severity == dg.AssetCheckSeverity.ERROR]
    if broken:
        yield from (broken_expectation(one) for one in broken)
        return
    kinds = (DagsterEventType.STEP_FAILURE, DagsterEventType.RESOURCE_INIT_FAILURE, DagsterEventType.RUN_FAILURE)
    errors = [error for kind in kinds for event in result.all_events if event.event_type == kind and (error := event.event_specific_data.error)]  # type: ignore[union-attr]
    yield plain_error(errors[0]) if errors else "the run ended without saying why; its events stand in the Dagster UI"


def broken_expectation(one: dg.AssetCheckEvaluation) -> str:
    """One broken expectation of the table gate, in words."""
    table = ".".join(one.asset_key.path)
    words = next(expectation.words for expectation in gates.suites()[table].expectations if expectation.name == one.check_name)
    told = {name: value.value for name, value in one.metadata.items()}
    return f"table gate, {table}: expected: {words}; saw: {told['rows']}. Likely cause: {told['likely cause']}. What stays: {told['what stays']}."


def plain_error(error: Any) -> str:
    """The message of the first plain error of a chain; for anything else its name and where to look."""
    chain = [error]
    while chain[-1].cause:
        chain.append(chain[-1].cause)
    plain = [one for one in chain if one.cls_name in PLAIN_ERRORS]
    if plain:
        return str(plain[0].message.partition(": ")[2].strip())
    last = chain[-1]
    return (
        f"a fault of sightline itself ({last.message.strip()[:300]}); what was published stays. The whole story stands in the Dagster UI, under Runs"
    )
