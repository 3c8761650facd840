"""The one place where Dagster is told of everything. Datasets are found by their modules."""

from importlib import import_module

import dagster as dg

from assets import analysis, changes, gates, intake, measures, memory, phases, publication, reference, threshold
from assets.description import datasets
from assets.tables import sql_assets
from assets.workplace import Workplace
from pipelines.nightly import nightly, schedule, tell_ended, tell_failed

named = (import_module(f"assets.{name}") for name in datasets())
modules = [*named, intake, reference, measures, phases, changes, analysis, threshold, publication, memory]

defs = dg.Definitions(
    assets=[*dg.load_assets_from_modules(modules), *sql_assets()],
    asset_checks=gates.table_gates(),
    jobs=[nightly],
    schedules=[schedule],
    sensors=[tell_failed, tell_ended],
    resources={"workplace": Workplace()},
)
