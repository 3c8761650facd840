"""What Dagster is told: everything has its place, its words, and its order."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import dagster as dg
import pytest

from assets import gates
from assets.tables import TABLES
from assets.workplace import Workplace
from pipelines.definitions import defs
from pipelines.job import DAGSTER_YAML, open_instance, unseen
from pipelines.nightly import schedule
from sightline.home import Home

ROOT = Path(__file__).parents[2]
graph = defs.resolve_asset_graph()


def test_every_described_table_is_an_asset_and_nothing_else_is_published() -> None:
    keys = {".".join(key.path) for key in graph.get_all_asset_keys()}
    assert set(TABLES) < keys
    made = {f"ae.{name}" for name in ("archive", "tidy", "file", "quarantine", "control", "workbook", "series")}
    made |= {f"rtt.{name}" for name in ("archive", "tidy", "file", "quarantine", "control", "series")}
    made |= {"archive.news", "publication.database", "publication.pack", "publication.published"}
    assert keys - set(TABLES) == made


def test_every_asset_has_a_group_and_a_description() -> None:
    nodes = [graph.get(key) for key in graph.get_all_asset_keys()]
    assert [node.key for node in nodes if not node.description or node.group_name == "default"] == []


def test_the_graph_runs_from_pages_to_publication() -> None:
    def upstream(name: str) -> set[str]:
        found, todo = set(), {dg.AssetKey(name.split("."))}
        while todo:
            key = todo.pop()
            parents = graph.get(key).parent_keys
            todo |= {parent for parent in parents if parent not in found}
            found |= parents
        return {".".join(key.path) for key in found}

    before = upstream("publication.published")
    assert {
        "ae.archive",
        "archive.news",
        "ae.tidy",
        "core.ae_provider_month",
        "measure.value",
        "analysis.spc_point",
        "analysis.pair_contrast",
    } < before
    assert upstream("ae.archive") == set()
    assert "analysis.spc_point" not in upstream("measure.value")


def test_every_table_of_figures_has_a_suite_and_its_critical_expectations_block() -> None:
    checks = {(".".join(key.asset_key.path), key.name): graph.get_check_spec(key) for key in graph.asset_check_keys}
    for suite in gates.suites().values():
        for one in suite.expectations:
            spec = checks[suite.table, one.name]
            assert spec.blocking == (suite.gate == "table" and one.severity == "critical")
            assert spec.description == one.words


def test_the_nightly_schedule_is_a_quarter_past_three_in_london() -> None:
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("15 3 * * *", "Europe/London")
    assert schedule.job_name == "nightly"


def test_the_job_runs_in_one_process() -> None:
    assert defs.resolve_job_def("nightly").executor_def is dg.in_process_executor


def test_definitions_load_with_an_empty_environment_from_any_folder(tmp_path: Path) -> None:
    code = "import os; from pipelines.definitions import defs; defs.resolve_job_def('nightly'); print(os.environ['DAGSTER_DISABLE_TELEMETRY'])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "1"), done.stderr
    assert list(tmp_path.iterdir()) == []


def test_dagster_is_told_to_send_nothing_wherever_it_is_started() -> None:
    assert (ROOT / "dagster.yaml").read_text() == DAGSTER_YAML
    assert "telemetry:\n  enabled: false" in DAGSTER_YAML


def test_the_workspace_names_the_definitions() -> None:
    assert "python_module: pipelines.definitions" in (ROOT / "workspace.yaml").read_text()
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]["sightline"] == "pipelines.cli:entry"


def test_the_history_of_runs_lies_in_the_home(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    with open_instance(home) as instance:
        assert instance.root_directory == str(home.dagster)
        assert not instance.telemetry_enabled
    assert (home.dagster / "dagster.yaml").read_text() == DAGSTER_YAML


@pytest.mark.parametrize("source", ["http://user:secret@127.0.0.1:9/", "snapshot"])
def test_a_password_in_a_source_reaches_the_run_and_not_its_history(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGHTLINE_SOURCE", "sample")
    seen = []

    @dg.op
    def looks(workplace: Workplace) -> None:
        seen.append(workplace.base)

    job = dg.GraphDefinition("looks_at_it", node_defs=[looks]).to_job(resource_defs={"workplace": Workplace.configure_at_launch()})
    with dg.DagsterInstance.ephemeral() as instance, unseen(source) as named:
        config = {"resources": {"workplace": {"config": {"source": named, "home": str(tmp_path)}}}}
        run = job.execute_in_process(instance=instance, run_config=config).dagster_run
        assert seen == [source]
        assert "secret" not in str(run.run_config) + "".join(str(one) for one in instance.all_logs(run.run_id))
    assert os.environ["SIGHTLINE_SOURCE"] == "sample"
