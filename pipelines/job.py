"""The nightly job, run in this process on Dagster."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from datetime import UTC, datetime, timedelta
from typing import Any, TextIO

import dagster as dg
from dagster import DagsterEventType

from assets import gates
from assets.workplace import SOURCE
from pipelines.definitions import defs
from pipelines.nightly import TOLD_ELSEWHERE
from sightline.home import Home, fault_of_disk

#: what people may be told as it stands; anything else is a fault of sightline itself
PLAIN_ERRORS = ("BadInput", "HomeInUse", "NotThere")
DAGSTER_YAML = "# Nothing is sent to anybody.\ntelemetry:\n  enabled: false\nnux:\n  enabled: false\n"
#: the last asset of the job: a run that made it has published
PUBLISHED = "publication__published"
#: how Dagster begins to say that an event could not be kept
EVENT_NOT_KEPT = "Exception while writing logger call to event log"


def execute(home: Home, source: str, run: str, *, visited: bool, anew: bool = False) -> tuple[bool, list[str]]:
    """Run the job as ``run``, for which the home is held; returns whether something was published, and why not where it failed."""
    logging.getLogger("dagster._core.execution.plan").setLevel(logging.ERROR)  # on a quiet night it warns of every check that was skipped
    with engines_kept(), open_instance(home) as instance, unseen(source) as named, marked(home), redirect_stderr(Hushed(sys.stderr)):
        report_dead(instance, run)
        result = defs.resolve_job_def("nightly").execute_in_process(
            instance=instance,
            run_id=run,
            tags=TOLD_ELSEWHERE,
            raise_on_error=False,
            run_config={
                "resources": {"workplace": {"config": {"source": named, "home": str(home.root), "visited": visited, "anew": anew}}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )
    if not result.success:
        return False, list(failures(result))
    return bool(result.asset_materializations_for_node(PUBLISHED)), []


class Hushed:
    """A stream without what Dagster writes on it when an event cannot be kept, as on a full disk: the run says that once and in one line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Hand on everything else."""
        return len(text) if text.startswith(EVENT_NOT_KEPT) else self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def engines_kept() -> Iterator[None]:
    """One SQLAlchemy engine and one open connection a database while the job runs.

    Dagster makes both anew for every event that it keeps: each statement is then compiled again, and SQLite writes its whole log
    back and deletes it each time the last connection closes, which is over half of what an event costs. Committed events outlive
    the process at any moment; of a machine that loses its power the last ones may be missing, which harms no database in WAL mode.
    """
    from dagster._core.storage.event_log.sqlite import sqlite_event_log  # noqa: PLC0415
    from sqlalchemy import event, pool  # noqa: PLC0415

    storage: Any = sqlite_event_log
    made, engines = storage.create_engine, dict[str, Any]()

    def kept(address: str, **settings: Any) -> Any:
        if address not in engines:
            engine = engines[address] = made(address, **settings | {"poolclass": pool.QueuePool})
            event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = NORMAL"))
            engine.dispose, engine.end = (lambda: None), engine.dispose
        return engines[address]

    storage.create_engine = kept
    try:
        yield
    finally:
        storage.create_engine = made
        for engine in engines.values():
            engine.end()


@contextmanager
def marked(home: Home) -> Iterator[None]:
    """While the job runs a file says so, for a quiet night that would not ask Dagster whether a run had died."""
    home.under_way.touch()
    yield
    home.under_way.unlink(missing_ok=True)


def end_dead(home: Home, run: str) -> None:
    """Report runs as failed whose process died, on a night without a job of its own; the home is held for ``run``."""
    with open_instance(home) as instance, marked(home):
        report_dead(instance, run)


@contextmanager
def unseen(source: str) -> Iterator[str]:
    """A source as Dagster may keep it in the configuration of a run: what may hold a password stays in the environment alone."""
    if "@" not in source:
        yield source
        return
    before = os.environ.get(SOURCE)
    os.environ[SOURCE] = source
    try:
        yield ""
    finally:
        os.environ.pop(SOURCE)
        os.environ.update({SOURCE: before} if before is not None else {})


def report_dead(instance: dg.DagsterInstance, run: str) -> None:
    """Runs that still stand as under way though their process is gone are reported as failed.

    The caller holds the home for ``run``, so no other run of the command line is under way; one that the daemon has just started
    may not have come as far as asking for the home.
    """
    under_way = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.CANCELING])
    long_ago = datetime.now(UTC) - timedelta(minutes=10)
    for record in instance.get_run_records(under_way):
        known = record.dagster_run
        if known.run_id != run and (TOLD_ELSEWHERE.items() <= known.tags.items() or record.create_timestamp < long_ago):
            instance.report_run_failed(known, "its process died before the run had ended; what was published stays")


def open_instance(home: Home) -> dg.DagsterInstance:
    """The Dagster instance whose runs and events lie in the home."""
    settings = home.dagster / "dagster.yaml"
    if not settings.exists():
        settings.write_text(DAGSTER_YAML, encoding="utf-8")
    return dg.DagsterInstance.from_config(str(home.dagster))


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
    if fault := fault_of_disk(" ".join(str(one.message) for one in chain)):
        return fault
    last = chain[-1]
    return (
        f"a fault of sightline itself ({last.message.strip()[:300]}); what was published stays. The whole story stands in the Dagster UI, under Runs"
    )
