"""The nightly job, its schedule, and the telling of runs that Dagster's daemon has launched."""

from typing import Any

import dagster as dg

from sightline.home import Home
from sightline.telling import Told, tell

#: the tag of runs whose outcome the command line tells
TOLD_ELSEWHERE = {"sightline/told-by": "command line"}

#: one process: the whole night is shorter than starting a process for every step
nightly = dg.define_asset_job(
    "nightly",
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    description="Fetch what is new, check it, publish it. With nothing new it ends after the second step.",
)

#: 03:15 exists once on every day of the year; 01:15 does not when the clocks change
schedule = dg.ScheduleDefinition(job=nightly, cron_schedule="15 3 * * *", execution_timezone="Europe/London", name="nightly")


@dg.run_failure_sensor(monitored_jobs=[nightly], default_status=dg.DefaultSensorStatus.RUNNING)
def tell_failed(context: dg.RunFailureSensorContext) -> None:
    """A run of the daemon that failed, or whose process died, is told as the command line tells its own."""
    from pipelines import run as runs  # noqa: PLC0415
    from pipelines.job import plain_error  # noqa: PLC0415  it needs the definitions, which need this module

    if by_daemon(context.dagster_run):
        errors = [event.event_specific_data.error for event in context.get_step_failure_events()]  # type: ignore[union-attr]
        lines = [plain_error(error) for error in errors if error] or [context.failure_event.message or "the run ended without saying why"]
        home = home_of(context.dagster_run)
        runs.record(home, runs.Outcome("nothing published", 3, tuple(lines[:1])))
        tell(home, Told("failed", lines[:1]))


@dg.run_status_sensor(run_status=dg.DagsterRunStatus.SUCCESS, monitored_jobs=[nightly], default_status=dg.DefaultSensorStatus.RUNNING)
def tell_ended(context: dg.RunStatusSensorContext) -> None:
    """A run of the daemon that ended well: published, held back, nothing new, or recovered."""
    from pipelines import run as runs  # noqa: PLC0415
    from sightline.publish import published_run  # noqa: PLC0415

    if by_daemon(context.dagster_run):
        home = home_of(context.dagster_run)
        facts = published_run(home) or {}
        made = str(facts.get("run", "")).endswith(context.dagster_run.run_id[:8])
        outcome = runs.told(home) if made else runs.nothing_new(home)
        runs.record(home, outcome)
        tell(home, Told.of(outcome.status, outcome.exit_status, outcome.lines))


def by_daemon(run: dg.DagsterRun) -> bool:
    """False for a run of the command line, which tells its own."""
    return not TOLD_ELSEWHERE.items() <= run.tags.items()


def home_of(run: dg.DagsterRun) -> Home:
    """The home of a run: as it was configured, else that of the environment."""
    config: Any = run.run_config
    for part in ("resources", "workplace", "config", "home"):
        config = config.get(part) or {}
    return Home.find(config or None)
