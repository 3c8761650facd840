"""A file that breaks an expectation, let in by people with a reason: narrowly, visibly, and no longer than it is wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import quarantine
from pipelines.run import run_nightly
from sightline.home import Home
from tests.ae_site import monthly, months, revised, site
from tests.conftest import new_home

pytestmark = pytest.mark.usefixtures("history_in_memory")


def ask(home: Home, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.published.resolve() / "sightline.duckdb"), read_only=True) as connection:
        return connection.sql(query).fetchall()


@pytest.mark.long
def test_an_accepted_file_is_published_and_its_entry_fails_once_the_publisher_has_mended_it(tmp_path: Path, charts: Path) -> None:
    january, february = months(date(2024, 1, 1), 2)
    good, wrong = monthly(january), monthly(february)
    total = next(line for line in wrong.body.splitlines() if line.startswith(b"TOTAL"))
    spoilt = wrong.body.replace(total, total[: total.rindex(b",")] + b",1")
    files = [good, wrong.__class__(wrong.month, wrong.name, wrong.text, spoilt, wrong.uploaded)]
    home, source = new_home(tmp_path / "home", charts), str(site(tmp_path / "site", files))
    assert run_nightly(home, source).exit_status == 1
    (held,) = quarantine.held(home)

    quarantine.accept(home, held["sha256"][:12], "the total row was typed by hand; its rows are right", date(2026, 11, 28))
    outcome = run_nightly(home, source)
    assert (outcome.status, outcome.exit_status, outcome.lines) == ("published", 0, ())
    assert ask(home, "select distinct month from core.ae_provider_month order by month") == [(january,), (february,)]
    told = "select passed, detail from meta.finding where expectation like 'a file that was let in%'"
    assert ask(home, told) == [(True, "let in on 2026-11-28: the total row was typed by hand; its rows are right")]

    site(tmp_path / "site", [*files, revised(wrong, wrong.body)])
    run_nightly(home, source)
    assert [passed for passed, _ in ask(home, told)] == [False]
