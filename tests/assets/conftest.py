"""Runs of these tests keep Dagster's own history in memory: on disk it takes longer than the run."""

from __future__ import annotations

import dagster as dg
import pytest


@pytest.fixture(scope="session", autouse=True)
def history_in_memory() -> None:
    patch = pytest.MonkeyPatch()
    patch.setattr("pipelines.run.open_instance", lambda _home: dg.DagsterInstance.ephemeral())
    yield
    patch.undo()
