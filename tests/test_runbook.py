"""The runbook leaves nothing out: every command, every setting, every exit status; its units and hooks are ones."""

from __future__ import annotations

import ast
import configparser
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer import main
from typer.core import TyperGroup

from pipelines.cli import app

ROOT = Path(__file__).parents[1]
RUNBOOK = (ROOT / "docs" / "RUNBOOK.md").read_text(encoding="utf-8")
ROOMS = ("pipelines", "assets", "sightline")


def _commands(group: TyperGroup, before: str) -> Iterator[str]:
    for name, command in group.commands.items():
        words = f"{before} {name}"
        if isinstance(command, TyperGroup):
            yield from _commands(command, words)
        elif not command.hidden:
            yield words


def _all_commands() -> list[str]:
    group = main.get_command(app)
    assert isinstance(group, TyperGroup)
    return list(_commands(group, "sightline"))


@pytest.mark.parametrize("command", _all_commands())
def test_every_command_has_a_mention(command: str) -> None:
    assert re.search(rf"{re.escape(command)}(?![a-z-])", RUNBOOK), f"docs/RUNBOOK.md does not mention: {command}"


def test_the_commands_are_found_at_all() -> None:
    assert {"sightline run", "sightline sql"} <= set(_all_commands())


def test_every_variable_that_the_code_reads_is_explained() -> None:
    read = {
        node.value
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"SIGHTLINE_[A-Z_]+", node.value)
    }
    explained = set(re.findall(r"^\| `(SIGHTLINE_[A-Z_]+)` \|", RUNBOOK, flags=re.MULTILINE))
    assert "SIGHTLINE_HOME" in read
    assert read - explained == set()


def _endings() -> dict[str, set[str]]:
    """The exit statuses that the table explains, by what stands in its first column; a row without a name goes on with the one above."""
    table = RUNBOOK.partition("## What each ending means")[2].partition("\n## ")[0]
    found: dict[str, set[str]] = {}
    named: list[str] = []
    for first, status, *_ in ([cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("| ")):
        named = ["".join(names) for names in re.findall(r"`(.+?)`|^(any)$", first)] or named
        for name in named:
            found.setdefault(name, set()).add(status)
    return found


@pytest.mark.parametrize("command", _all_commands())
def test_every_ending_that_a_command_tells_of_is_explained(command: str) -> None:
    group = main.get_command(app)
    assert isinstance(group, TyperGroup)
    told = set(re.findall(r"(?:Ends with|\.) (\d)[: ]", group.commands[command.split()[1]].help or ""))
    assert told <= _endings().get(command, set()) | _endings()["any"]


@pytest.mark.parametrize("command", ["run", "status"])
def test_a_run_and_a_status_end_with_0_1_or_3(command: str) -> None:
    assert _endings()[f"sightline {command}"] == {"0", "1", "3"}
    assert _endings()["any"] == {"2"}


def test_the_units_of_systemd_are_ones() -> None:
    units = {text.partition(" ")[2].partition("\n")[0]: text for text in re.findall(r"```ini\n(.*?)```", RUNBOOK, flags=re.DOTALL)}
    assert list(units) == ["sightline.service", "sightline.timer"]
    parsed = {}
    for name, text in units.items():
        parsed[name] = configparser.ConfigParser(interpolation=None)
        parsed[name].read_string(text)
    service, timer = parsed["sightline.service"], parsed["sightline.timer"]
    assert service["Service"]["Type"] == "oneshot"
    assert service["Service"]["ExecStart"].split()[1:] == ["run", "--source", "nhs", "--quiet"]
    assert timer["Timer"]["OnCalendar"].endswith("Europe/London")


def test_the_citation_names_the_version_of_the_package() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert re.search(rf"^version: {re.escape(version)}$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_every_link_of_the_papers_at_the_top_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_hooks_run_the_projects_own_tools_and_fetch_nothing() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"repo: (.*)", hooks) == ["local"]
    assert re.findall(r"language: (.*)", hooks) == ["system"] * hooks.count("- id:")
    assert [entry for entry in re.findall(r"entry: (\S+)", hooks) if not entry.startswith(".venv/bin/")] == []
