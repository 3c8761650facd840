"""What a run promises: everything good is published, everything bad is named and held back, and nothing is ever published in part."""

from __future__ import annotations

import inspect
import io
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
import dagster._core.instance.types
import duckdb
import pytest

from assets import measures
from pipelines.job import EVENT_NOT_KEPT, Hushed, engines_kept
from pipelines.nightly import TOLD_ELSEWHERE
from pipelines.run import Outcome, run_nightly
from sightline.home import Home
from tests.ae_site import COUNTS, INDEX, csv_of, month_counts, monthly, months, revised, site
from tests.conftest import MONTHS, new_home

FIRST = MONTHS[0]

pytestmark = pytest.mark.usefixtures("history_in_memory")


def ask(home: Home, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.published.resolve() / "sightline.duckdb"), read_only=True) as connection:
        return connection.sql(query).fetchall()


def test_a_run_without_a_fault_publishes_every_month_and_ends_with_0(good: tuple[Outcome, Home]) -> None:
    outcome, home = good
    assert (outcome.status, outcome.exit_status, outcome.lines) == ("published", 0, ())
    assert [row[0] for row in ask(home, "select distinct month from core.ae_provider_month order by month")] == MONTHS
    assert ask(home, "select count(*) from meta.quarantine") == [(0,)]


def test_england_is_the_sum_of_what_was_published(good: tuple[Outcome, Home]) -> None:
    counts = month_counts(MONTHS[-1]).values()
    attendances = sum(sum(row[:6]) for row in counts)
    over = sum(sum(row[6:12]) for row in counts)
    admissions = sum(sum(row[14:17]) for row in counts)
    found = dict(ask(good[1], f"select measure, value from measure.value where level = 'england' and month = '{MONTHS[-1]}'"))
    assert found["ae_attendances"] == attendances
    assert found["ae_over_4h"] == over
    assert found["ae_within_4h"] == pytest.approx((attendances - over) / attendances, abs=1e-12)
    assert found["ae_dta_12h_per_1000_admissions"] == pytest.approx(1000 * sum(row[13] for row in counts) / admissions, abs=1e-9)
    assert found["ae_type3_share"] == pytest.approx(sum(row[2] + row[5] for row in counts) / attendances, abs=1e-12)


def test_a_region_is_the_sum_of_its_providers(good: tuple[Outcome, Home]) -> None:
    query = """
        select region.value, sum(provider.value)
        from measure.value as region
        join reference.organisation as place on place.region = region.organisation and place.level = 'provider'
        join measure.value as provider on provider.organisation = place.organisation and provider.level = 'provider'
            and provider.month = region.month and provider.measure = region.measure
        where region.level = 'region' and region.measure = 'ae_attendances'
        group by region.organisation, region.month, region.value
    """
    rows = ask(good[1], query)
    assert len(rows) == 2 * len(MONTHS)
    assert all(region == providers for region, providers in rows)


def test_for_counts_the_numerator_is_the_value_and_there_is_no_denominator(good: tuple[Outcome, Home]) -> None:
    query = "select count(*) filter (where numerator = value and denominator is null), count(*) from measure.value where measure = 'ae_attendances'"
    assert len(set(ask(good[1], query)[0])) == 1


def test_nothing_new_is_said_and_leaves_the_publication_alone(good: tuple[Outcome, Home]) -> None:
    home = good[1]
    before = home.published.resolve()
    again = run_nightly(home, str(home.root.parent / "site"))
    assert (again.status, again.exit_status) == ("nothing new", 0)
    assert home.published.resolve() == before


def test_a_quiet_night_ends_the_run_that_was_killed_before_it_in_the_history_too(
    good: tuple[Outcome, Home], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = Home(Path(shutil.copytree(good[1].root.parent, tmp_path / "copy", symlinks=True)) / good[1].root.name)
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        monkeypatch.setattr("pipelines.job.open_instance", lambda _home: nullcontext(instance))
        killed = instance.add_run(dg.DagsterRun("nightly", run_id=str(uuid4()), status=dg.DagsterRunStatus.STARTED, tags=TOLD_ELSEWHERE))
        home.under_way.touch()  # as it stands when the job is killed
        again = run_nightly(home, str(home.root.parent / "site"))
        (known,) = instance.get_runs()
    assert (again.status, known.run_id, known.status) == ("nothing new", killed.run_id, dg.DagsterRunStatus.FAILURE)
    assert not home.under_way.exists()


def test_the_published_folder_holds_database_parquet_pack_and_run_facts_and_nothing_else(good: tuple[Outcome, Home]) -> None:
    home = good[1]
    assert {entry.name for entry in home.published.iterdir()} == {"sightline.duckdb", "parquet", "pack", "run.json", "datapackage.json"}
    facts = json.loads((home.published / "run.json").read_text())
    assert facts["months"] == len(MONTHS)
    tables = {f"{schema}.{name}" for schema, name in ask(home, "select table_schema, table_name from information_schema.tables")}
    assert {path.name.removesuffix(".parquet") for path in (home.published / "parquet").iterdir()} == tables


def test_every_table_and_column_carries_its_meaning(good: tuple[Outcome, Home]) -> None:
    for bare in ("select table_name from duckdb_tables()", "select view_name from duckdb_views()", "select column_name from duckdb_columns()"):
        assert ask(good[1], f"{bare} where comment is null and not internal") == []


@pytest.mark.long
def test_a_zip_of_the_same_files_gives_the_same_content_hashes_in_another_home(good: tuple[Outcome, Home], tmp_path: Path, charts: Path) -> None:
    source = good[1].root.parent / "site"
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as archive:
        for path in source.rglob("*"):
            archive.write(path, path.relative_to(source))
    other = new_home(tmp_path / "home", charts)
    assert run_nightly(other, str(tmp_path / "site.zip")).exit_status == 0
    query = "select measure, level, organisation, month, value from measure.value order by all"
    assert ask(other, query) == ask(good[1], query)
    hashes = [json.loads((home.published / "run.json").read_text())["tables"] for home in (good[1], other)]
    assert hashes[0] == hashes[1]
    assert len(hashes[0]) > 10


def test_text_from_a_file_is_escaped_on_every_page(good: tuple[Outcome, Home]) -> None:
    pages = [page.read_text() for page in (good[1].published / "pack").rglob("*.html")]
    assert not any("<B>" in page or "<b>&" in page.lower() for page in pages)
    assert any("&lt;b&gt;" in page.lower() for page in pages)


def bad_bodies(month: date) -> dict[str, tuple[bytes, str]]:
    """Fault -> the body of a month with that fault, and what is to be said of it."""
    good, period = csv_of(month), f"MSitAE-{month:%B-%Y}".upper().replace("MSITAE", "MSitAE").encode()
    total = str(sum(row[12] for row in month_counts(month).values())).encode()
    return {
        "a renamed column": (good.replace(b"Attendances over 4hrs Type 1", b"Breaches Type 1"), "Attendances over 4hrs Type 1"),
        "a missing column": (b"\r\n".join(line.rsplit(b",", 1)[0] for line in good.splitlines()) + b"\r\n", "Other emergency admissions"),
        "text in a number": (good.replace(b",13,800", b",about 13,800").replace(b",13,8", b",about 13,8"), "about 13"),
        "two months in one file": (good.replace(period + b",RA2", b"MSitAE-MARCH-2019,RA2"), "2019-03"),
        "a total that is not the sum": (good.replace(b"," + total + b",", b",1,"), "the total row is the sum"),
        "more over four hours than came": (
            csv_of(month, {**COUNTS, "RA1": (10, *COUNTS["RA1"][1:])}),
            "over four hours are not more than attendances",
        ),
        "an organisation twice": (good.replace(b",Y00001,", b",RA1,"), "an organisation stands once in a file"),
        "the file of another month": (csv_of(date(2021, 5, 1)), "the month in the file is the month of its link or of its name"),
        "a web page": (b"<!DOCTYPE html><html><body>Page not found</body></html>", "a web page where a CSV was promised"),
        "an empty body": (b"", "an empty body where a CSV was promised"),
        "a workbook": (b"PK\x03\x04\x00\x00\x00\x00binary", "an Excel workbook"),
    }


FAULTS = dict(zip(bad_bodies(FIRST), months(date(2023, 3, 1), 11), strict=True))


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory, charts: Path) -> tuple[Outcome, Home]:
    """Two good months, then a fault a month."""
    good = [monthly(month) for month in MONTHS[:2]]
    bad = [replace(monthly(month), body=bad_bodies(month)[fault][0]) for fault, month in FAULTS.items()]
    folder = tmp_path_factory.mktemp("spoilt")
    home = new_home(folder / "home", charts)
    return run_nightly(home, str(site(folder / "site", [*good, *bad]))), home


def test_the_good_files_beside_bad_ones_are_published_and_the_run_ends_with_1(spoilt: tuple[Outcome, Home]) -> None:
    outcome, home = spoilt
    assert (outcome.status, outcome.exit_status) == ("published, with files held back", 1)
    assert len(outcome.lines) == len(FAULTS)
    assert [row[0] for row in ask(home, "select distinct month from core.ae_provider_month order by month")] == MONTHS[:2]
    assert ask(home, "select count(*) from meta.quarantine") == [(len(FAULTS) - 2,)]  # a web page and an empty body are never let in


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_file_is_named_with_what_was_expected_and_seen(fault: str, spoilt: tuple[Outcome, Home]) -> None:
    month = FAULTS[fault]
    lines = [line for line in spoilt[0].lines if f"{month:%B-%Y}" in line or f"{month:%B %Y}" in line]
    assert len(lines) == 1
    assert bad_bodies(month)[fault][1] in lines[0]
    assert "Traceback" not in lines[0]


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory, charts: Path) -> tuple[Outcome, Home]:
    """A revision, a bad revision, a month that is absent, one without an organisation, known and unknown zeros, a link to nothing."""
    january, february, march, _april, may, june = months(date(2023, 1, 1), 6)
    first = [monthly(january), monthly(february)]
    changed = {**month_counts(january), "RA1": (9999, *month_counts(january)["RA1"][1:])}
    bad = first[1].body.replace(b",13,", b",-,,")
    none_over = (*COUNTS["RA1"][:6], *(0,) * 6, *COUNTS["RA1"][12:])
    zeros = csv_of(march, {"RA1": none_over, "RA2": none_over}).replace(b",RA1,", b",RC9,")
    without = {code: counts for code, counts in month_counts(may).items() if code != "RA2"}
    files = [revised(first[0], csv_of(january, changed)), revised(first[1], bad), *first, replace(monthly(march), body=zeros), monthly(may, without)]
    folder = tmp_path_factory.mktemp("odd")
    source = site(folder / "site", [*files, monthly(june)])
    (source / monthly(june).url.partition("://")[2]).unlink()
    home = new_home(folder / "home", charts)
    return run_nightly(home, str(source)), home


@pytest.mark.long
def test_a_revision_replaces_the_first_release_and_both_are_kept(odd: tuple[Outcome, Home]) -> None:
    home = odd[1]
    key = "organisation = 'RA1' and department_type = 'type_1' and month = '2023-01-01'"
    first = month_counts(date(2023, 1, 1))["RA1"][0]
    assert ask(home, f"select attendances, release from core.ae_provider_month where {key}") == [(9999, "revised")]
    assert ask(home, f"select attendances, release from core.ae_provider_month_first where {key}") == [(first, "first")]
    assert ask(home, f"select vintage, release from core.ae_provider_month_vintage where {key} order by vintage") == [(1, "first"), (2, "revised")]
    assert ask(home, "select distinct release from measure.value where month = '2023-01-01'") == [("revised",)]


@pytest.mark.long
def test_a_bad_revision_leaves_the_first_release_published(odd: tuple[Outcome, Home]) -> None:
    outcome, home = odd
    assert outcome.exit_status == 1
    held = [line for line in outcome.lines if line.startswith("held back")]
    assert len(held) == 1
    assert "February-2023" in held[0]
    assert "The first release of the month stays published" in held[0]
    assert ask(home, "select distinct release from core.ae_provider_month where month = '2023-02-01'") == [("first",)]


@pytest.mark.long
def test_a_linked_file_that_is_not_there_is_named(odd: tuple[Outcome, Home]) -> None:
    missing = [line for line in odd[0].lines if line.startswith("not fetched")]
    assert len(missing) == 1
    assert "June 2023" in missing[0]
    assert "linked but not there" in missing[0]


@pytest.mark.long
def test_zeros_of_a_known_field_test_trust_are_missing_and_others_are_a_finding(odd: tuple[Outcome, Home]) -> None:
    home = odd[1]
    over = dict(ask(home, "select organisation, over_4h from core.ae_provider_month where department_type = 'type_1' and month = '2023-03-01'"))
    assert over == {"RC9": None, "RA2": 0, "ENG": 0}
    within = "select organisation, value from measure.value where measure = 'ae_within_4h' and month = '2023-03-01' and level <> 'region'"
    assert {name: value for name, value in ask(home, within) if value is not None} == {"RA2": 1.0, "ENG": 1.0}
    found = ask(home, "select detail from meta.finding where expectation like 'no organisation with major attendances%' and not passed")
    assert len(found) == 1
    assert "RA2" in found[0][0]
    assert "RC9" not in found[0][0]


@pytest.mark.long
def test_a_month_between_that_is_not_listed_is_a_finding_and_a_gap_in_the_charts(odd: tuple[Outcome, Home]) -> None:
    home = odd[1]
    found = ask(home, "select severity, detail from meta.finding where expectation like 'no month is missing%' and not passed")
    assert found == [("warning", "month 2023-04")]
    point = "select value, note is not null from analysis.spc_point where measure = 'ae_within_4h' and organisation = 'ENG' and month = '2023-04-01'"
    assert ask(home, point) == [(None, True)]


@pytest.mark.long
def test_organisations_that_vanish_are_named(odd: tuple[Outcome, Home]) -> None:
    found = ask(odd[1], "select severity, detail from meta.finding where expectation like 'organisations of the month before%'")
    assert found[0][0] == "info"
    assert "RA2" in found[0][1]


def tripled(row: dict[str, object], whole: Callable[[Mapping[str, object]], str] = measures.value_sql) -> str:
    """A measure gone wrong: every numerator three times what it is, beyond its denominator."""
    return f"select * replace (3 * numerator as numerator, 3 * numerator / nullif(denominator, 0) as value) from ({whole(row)})"


def test_what_dagster_says_of_events_that_cannot_be_kept_is_left_to_the_runs_one_line() -> None:
    assert EVENT_NOT_KEPT in inspect.getsource(dagster._core.instance.types)
    stream = io.StringIO()
    for said in (f"{EVENT_NOT_KEPT}: (sqlite3.OperationalError) database or disk is full\n(Background on this error)\n", "a warning\n"):
        Hushed(stream).write(said)
    assert stream.getvalue() == "a warning\n"


REFUSED = {
    "nothing at this path": lambda folder: folder / "nowhere",
    "an empty folder": lambda folder: folder,
    "other names": lambda folder: made(folder / "other.txt", b"x").parent,
    "no page at this address": lambda folder: made(folder / "www.england.nhs.uk" / "robots.txt", b"x").parents[1],
    "no ZIP, or a damaged one": lambda folder: made(folder / "broken.zip", b"no zip"),
    "a name that leads elsewhere": lambda folder: zipped(folder / "hostile.zip", {"www.england.nhs.uk/../../etc/passwd": b"x"}),
}


def made(path: Path, body: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return path


@pytest.mark.parametrize("seen", REFUSED)
def test_a_source_that_cannot_be_used_is_refused_in_plain_words(seen: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    outcome = run_nightly(Home(tmp_path / "home"), str(REFUSED[seen](source)))
    assert (outcome.status, outcome.exit_status) == ("nothing published", 3)
    assert len(outcome.lines) == 1
    assert seen in outcome.lines[0]
    assert "What to do: " in outcome.lines[0]
    assert not (tmp_path / "home" / "published").exists()


def test_a_home_that_another_run_holds_is_left_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    source = site(tmp_path / "site", [monthly(MONTHS[0])])
    with home.lock("another"):
        outcome = run_nightly(home, str(source))
    assert (outcome.status, outcome.exit_status) == ("nothing published", 3)
    assert "a run that holds it (process " in outcome.lines[0]


def test_pages_whose_wording_changed_are_named(tmp_path: Path) -> None:
    source = site(tmp_path / "site", [monthly(MONTHS[0])], changed=lambda page: page.replace("Admissions 20", "Statistics 20"))
    outcome = run_nightly(Home(tmp_path / "home"), str(source))
    assert outcome.exit_status == 3
    assert INDEX in outcome.lines[0]
    assert "no link whose text matches" in outcome.lines[0]


def test_a_later_bad_night_keeps_what_the_night_before_published(spoilt: tuple[Outcome, Home], tmp_path: Path) -> None:
    home = spoilt[1]
    before = ask(home, "select * from measure.value order by all")
    bad = [replace(monthly(month), body=b"<html>") for month in MONTHS[:2]]
    night = run_nightly(home, str(site(tmp_path / "site", bad)))
    assert night.exit_status == 1
    assert sum(line.startswith("not fetched") for line in night.lines) == 2
    assert ask(home, "select * from measure.value order by all") == before


@pytest.mark.long
def test_a_broken_table_gate_publishes_nothing_and_keeps_the_last_publication(
    spoilt: tuple[Outcome, Home], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = spoilt[1]
    before = home.published.resolve()
    monkeypatch.setattr("assets.measures.value_sql", tripled)
    night = run_nightly(home, str(site(tmp_path / "site", [monthly(month) for month in months(date(2024, 5, 1), 2)])))
    assert (night.status, night.exit_status) == ("nothing published", 3)
    assert any("table gate, measure.value" in line and "a share is not above 1" in line for line in night.lines), night.lines
    assert home.published.resolve() == before


def test_while_the_job_runs_a_database_of_events_has_one_connection_and_afterwards_dagster_is_as_it_was(tmp_path: Path) -> None:
    from dagster._core.storage.event_log.sqlite import sqlite_event_log as storage

    made = storage.create_engine
    with engines_kept():
        one, same, other = (storage.create_engine(f"sqlite:///{tmp_path}/{name}.db") for name in ("one", "one", "other"))
        assert one is same
        assert one is not other
        with one.connect() as first:
            kept = first.connection.dbapi_connection
        one.dispose()
        with one.connect() as second:
            assert second.connection.dbapi_connection is kept
    assert storage.create_engine is made
    assert kept is not None
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        kept.cursor()
