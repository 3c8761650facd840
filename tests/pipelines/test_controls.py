"""The simulated NHS through the whole line, and what the publisher's own workbook is good for: two files that disagree stop the night."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipelines.run import Outcome, run_nightly
from sightline.home import Home
from sightline.sample import TRUTH, write_site
from sightline.sample.ae import releases
from sightline.sample.ae_files import workbook_body
from tests.ae_site import monthly, site
from tests.conftest import MONTHS, new_home

pytestmark = pytest.mark.usefixtures("history_in_memory")

PAGES = "statistics/wp-content/uploads"


def ask(home: Home, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.published.resolve() / "sightline.duckdb"), read_only=True) as connection:
        return connection.sql(query).fetchall()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, charts: Path) -> tuple[Outcome, Home]:
    home = new_home(tmp_path_factory.mktemp("sample") / "home", charts)
    return run_nightly(home, "sample"), home


@pytest.mark.long
def test_the_simulated_nhs_is_published_by_the_same_code(sample: tuple[Outcome, Home]) -> None:
    outcome, home = sample
    assert (outcome.status, outcome.exit_status, outcome.lines) == ("published", 0, ())
    assert home.kind == "simulated"
    assert ask(home, "select count(distinct organisation) from core.ae_provider_month where organisation <> 'ENG'") == [(12,)]


@pytest.mark.long
def test_every_page_and_chart_says_that_it_is_simulated(sample: tuple[Outcome, Home]) -> None:
    pages = [page.read_text() for page in (sample[1].published / "pack").rglob("*.html")]
    assert len(pages) > 20
    assert all("Simulated: these figures and organisations are made up" in page for page in pages)
    charts = [svg for page in pages for svg in page.split("<svg")[1:] if ">Simulated: " in svg.partition("</title>")[0]]
    assert len(charts) > 100


@pytest.mark.long
def test_the_gap_the_merger_the_revision_and_the_improvement_are_found(sample: tuple[Outcome, Home]) -> None:
    home = sample[1]
    assert ask(home, "select detail from meta.finding where expectation like 'no month is missing%' and not passed") == [
        (f"month {TRUTH.gap:%Y-%m}",)
    ]
    assert ask(home, "select organisation, month from reference.organisation_change where kind = 'merger'") == [
        (TRUTH.merger.successor, TRUTH.merger.month)
    ]
    revised = ask(home, "select organisation, month, new_value - old_value from meta.revision where organisation <> 'ENG'")
    assert sorted(revised) == sorted((one.organisation, TRUTH.revision.month, one.change) for one in TRUTH.revision.corrections)
    better = """
        select distinct organisation from analysis.spc_summary
        where starts_with(measure, 'ae_') and level = 'provider' and variation = 'improvement'
    """
    assert ask(home, better) == [(TRUTH.improvement.organisation,)]


@pytest.mark.long
def test_every_workbook_is_held_against_the_csv_of_its_release(sample: tuple[Outcome, Home]) -> None:
    rows = ask(sample[1], "select count(*), count(csv_vintage), count(*) filter (where differs = '') from core.ae_workbook_month")
    assert rows[0][0] == rows[0][1] == rows[0][2] > 400
    assert ask(sample[1], "select max(abs(percentage_all - csv_percentage_all)) < 1e-12 from core.ae_workbook_month") == [(True,)]
    assert ask(sample[1], "select count(*) from meta.file where state = 'control' and kind = 'xlsx'")[0][0] > 30


@pytest.mark.long
def test_real_and_simulated_figures_never_share_a_home(sample: tuple[Outcome, Home], tmp_path: Path) -> None:
    outcome = run_nightly(sample[1], str(site(tmp_path / "site", [monthly(MONTHS[0])])))
    assert outcome.exit_status == 3
    assert "a home that holds simulated data" in outcome.lines[0]


def test_a_written_sample_stays_simulated(tmp_path: Path) -> None:
    write_site(tmp_path / "site")
    home = Home(tmp_path / "home").create()
    home.claim("real")
    outcome = run_nightly(home, str(tmp_path / "site"))
    assert (outcome.exit_status, home.kind) == (3, "real")


def spoilt(folder: Path, change: pl.Expr) -> Path:
    """The sample written to a folder, one figure of one organisation changed in the workbook of the newest month."""
    write_site(folder)
    newest = releases()[-1]
    where = pl.col("organisation") == TRUTH.unchanged[0]
    wrong = replace(
        newest, figures=newest.figures.with_columns(pl.when(where).then(change).otherwise(change.meta.output_name()).alias(change.meta.output_name()))
    )
    (path,) = [path for path in folder.rglob("*.xlsx") if f"{newest.month:%B-%Y}".lower() in path.name.lower()]
    path.write_bytes(workbook_body(wrong))
    return folder


@pytest.mark.long
def test_a_workbook_that_differs_from_its_csv_stops_at_the_table_gate(tmp_path: Path, charts: Path) -> None:
    home = new_home(tmp_path / "home", charts)
    outcome = run_nightly(home, str(spoilt(tmp_path / "site", pl.col("over_4h_type_1") + 1)))
    assert (outcome.status, outcome.exit_status) == ("nothing published", 3)
    told = "\n".join(outcome.lines)
    assert "the publisher's own percentages are those of the CSV of the same release" in told
    assert "every organisation has the same counts in the workbook and in the CSV of the same release" in told
    assert TRUTH.unchanged[0] in told
    assert f"{date(2025, 6, 1):%Y-%m}" in told
    assert not home.published.exists()


@pytest.mark.long
def test_a_workbook_that_cannot_be_read_is_held_back_and_its_month_stands_without_it(tmp_path: Path, charts: Path) -> None:
    home = new_home(tmp_path / "home", charts)
    folder = tmp_path / "site"
    write_site(folder)
    path = next(path for path in sorted(folder.rglob("*.xlsx")))
    body = path.read_bytes()
    path.write_bytes(body[:200] + bytes(200) + body[400:])
    outcome = run_nightly(home, str(folder))
    assert outcome.exit_status == 1
    assert [line for line in outcome.lines if path.name in line and "without this control" in line]
    assert ask(home, "select count(distinct month) from core.ae_provider_month") == [(35,)]
