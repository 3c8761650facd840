"""The nightly job and its schedule."""

import dagster as dg

#: one process: the whole night is shorter than starting a process for every step
nightly = dg.define_asset_job(
    "nightly",
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    description="Fetch what is new, check it, publish it. With nothing new it ends after the second step.",
)

#: 03:15 exists once on every day of the year; 01:15 does not when the clocks change
schedule = dg.ScheduleDefinition(job=nightly, cron_schedule="15 3 * * *", execution_timezone="Europe/London", name="nightly")
