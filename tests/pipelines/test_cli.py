"""The command line as people type it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.ae_site import monthly, months, site

SIGHTLINE = [sys.executable, "-c", "from pipelines.cli import entry; entry()"]


def sightline(*words: str, home: Path | None = None, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SIGHTLINE", "DAGSTER"))}
    if home:
        environment["SIGHTLINE_HOME"] = str(home)
    return subprocess.run([*SIGHTLINE, *words], capture_output=True, text=True, env=environment, cwd=cwd, timeout=300)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three months published by the command itself, Dagster's history on disk."""
    folder = tmp_path_factory.mktemp("cli")
    source = site(folder / "site", [monthly(month) for month in months(date(2024, 1, 1), 3)])
    done = sightline("run", "--source", str(source), home=folder / "home", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "published: 3 months to 2024-03, folder site" in done.stdout
    assert (folder / "home" / "published" / "pack" / "index.html").as_uri() in done.stdout
    assert f"{folder / 'home' / 'published' / 'sightline.duckdb'}" in done.stdout
    return folder / "home"


def test_every_command_prints_which_home_it_uses_and_counts_what_it_does(home: Path) -> None:
    again = sightline("run", "--source", str(home.parent / "site"), home=home)
    assert again.returncode == 0
    assert again.stdout.splitlines()[0] == f"home: {home}"
    assert "ae: files: 3" in again.stdout
    assert "nothing new" in again.stdout
    assert again.stderr == ""


def test_quiet_says_nothing_where_nothing_is_wrong(home: Path) -> None:
    done = sightline("run", "--source", str(home.parent / "site"), "--quiet", home=home)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_json_is_one_object(home: Path) -> None:
    done = sightline("run", "--source", str(home.parent / "site"), "--json", home=home)
    told = json.loads(done.stdout)
    assert (told["status"], told["exit_status"], told["months"]) == ("nothing new", 0, 3)
    assert Path(told["database"]).exists()


def test_a_refused_source_is_one_plain_line_and_ends_with_3(tmp_path: Path) -> None:
    done = sightline("run", "--source", str(tmp_path), "--quiet", home=tmp_path / "home")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"{tmp_path}: expected a folder laid out as <host>/<path>")
    assert "Traceback" not in done.stderr


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("x")
    done = sightline("run", "--json", home=tmp_path / "home")
    assert done.returncode == 3
    assert "a file in its place" in json.loads(done.stdout)["lines"][0]


@pytest.mark.parametrize("words", [("run", "--sauce"), ("fly",), ("sql",)])
def test_wrong_use_ends_with_2(words: tuple[str, ...]) -> None:
    done = sightline(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_sql_answers_as_table_csv_and_json(home: Path) -> None:
    query = "select distinct month from core.ae_provider_month order by month"
    assert "2024-03-01" in sightline("sql", query, home=home).stdout
    assert sightline("sql", query, "--format", "csv", home=home).stdout == "month\n2024-01-01\n2024-02-01\n2024-03-01\n"
    assert json.loads(sightline("sql", query, "--format", "json", home=home).stdout)[2] == {"month": "2024-03-01"}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select nothing from nowhere", "Catalog Error"),
        ("drop table core.ae_provider_month", "read-only"),
        ("select * from read_csv('/etc/hosts')", "disabled"),
        ("selec 1", "Parser Error"),
    ],
)
def test_a_query_that_cannot_or_may_not_run_ends_with_2_and_changes_nothing(query: str, said: str, home: Path) -> None:
    done = sightline("sql", query, home=home)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_sql_without_a_publication_says_what_to_run(tmp_path: Path) -> None:
    done = sightline("sql", "select 1", home=tmp_path)
    assert done.returncode == 2
    assert "sightline run" in done.stderr


def test_help_and_version_are_free_of_the_heavy_libraries() -> None:
    code = (
        "import sys; from pipelines.cli import app; app(['--help'], standalone_mode=False); print(sorted({m.partition('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    loaded = done.stdout.splitlines()[-1]
    assert "'typer'" in loaded
    assert not {"dagster", "great_expectations", "altair", "vl_convert", "polars", "pandas"} & set(json.loads(loaded.replace("'", '"')))


def test_version() -> None:
    assert sightline("--version").stdout == "sightline 0.1.0\n"
