"""The documents say what is: every command, table, query and column of them is held against the code."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from assets import dictionary
from pipelines.cli import app
from pipelines.run import Outcome
from sightline.home import Home

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


pytestmark = pytest.mark.usefixtures("history_in_memory")


@pytest.fixture
def home(good: tuple[Outcome, Home]) -> Home:
    return good[1]


def test_the_data_dictionary_is_not_stale() -> None:
    assert (ROOT / "docs" / "DATA.md").read_text(encoding="utf-8") == dictionary.page(), "run: make docs"


def test_every_column_of_the_readmes_sql_is_there(home: Home) -> None:
    queries = [query for block in blocks("sql") for query in block.split(";") if query.strip()]
    queries += re.findall(r'sightline sql "(select.*?)"', README)
    queries += re.findall(r'file\.sql\("(.*?)"\)', README)
    queries += re.findall(r'dbGetQuery\(con, "(.*?)"\)', README, flags=re.DOTALL)
    assert len(queries) >= 4
    with duckdb.connect(str(home.published.resolve() / "sightline.duckdb"), read_only=True) as connection:
        assert all(connection.sql(query).fetchall() for query in queries)


def test_the_readmes_python_runs_beside_a_home(home: Home) -> None:
    done = subprocess.run([sys.executable, "-c", blocks("python")[0]], cwd=home.root.parent, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "ae_within_4h" in done.stdout


def commands() -> list[str]:
    """Every command of the README."""
    found = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("sightline ")]
    return found + [command for command in re.findall(r"\| `(sightline [^`]*)` \|", README) if "…" not in command]


def test_the_readme_has_commands() -> None:
    assert len(commands()) > 5


@pytest.mark.parametrize(
    "command", [pytest.param(one, marks=[pytest.mark.long] if re.search("--reparse|verify", one) else [], id=one) for one in commands()]
)
def test_the_readmes_commands_run(command: str, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = shutil.copytree(home.root.parent, tmp_path / "folder", symlinks=True)
    monkeypatch.chdir(copy)
    arguments = [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', command)][1:]
    if arguments[0] == "run":
        arguments += ["--source", str(copy / "site"), "--quiet"]
    done = CliRunner().invoke(app, arguments, env={"SIGHTLINE_HOME": None})
    assert done.exit_code == 0, (command, done.stderr)


def test_every_make_target_of_the_documents_is_one() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    pages = [README, *(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md"))]
    named = {name for page in pages for name in re.findall(r"`make ([a-z]+)", page)}
    assert {"run", "test", "ui"} <= named
    assert named <= targets


def test_every_link_of_the_documents_leads_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")) if "://" not in link]
    assert links
    assert [link for page, link in links if not (page.parent / link).exists()] == []
