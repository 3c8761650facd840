"""The command line as people type it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.run import Outcome
from sightline.home import Home
from tests.ae_site import monthly, months, site

pytestmark = pytest.mark.usefixtures("history_in_memory")


def sightline(*words: str, home: Path | None = None) -> Result:
    """What the command does, in this process: Dagster is imported once."""
    return CliRunner().invoke(app, words, env={"SIGHTLINE_HOME": str(home) if home else None, "COLUMNS": "200"})


@pytest.fixture
def home(good: tuple[Outcome, Home]) -> Path:
    return good[1].root


@pytest.mark.long
def test_a_run_says_which_home_it_uses_what_it_does_and_where_the_doors_are(tmp_path: Path) -> None:
    source = site(tmp_path / "site", [monthly(month) for month in months(date(2024, 1, 1), 3) if month.month != 2])
    done = sightline("run", "--source", str(source), "--home", str(tmp_path / "home"))
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines()[:2] == [f"home: {tmp_path / 'home'}", f"source: {source}"]
    assert "ae: files: 2" in done.stdout
    assert "published: 2 months to 2024-03, folder site" in done.stdout
    assert "ae: no file for 2024-02" in done.stdout
    assert (tmp_path / "home" / "published" / "pack" / "index.html").as_uri() in done.stdout
    assert str(tmp_path / "home" / "published" / "sightline.duckdb") in done.stdout
    assert "make ui" in done.stdout


def test_quiet_says_nothing_where_nothing_is_wrong(home: Path) -> None:
    done = sightline("run", "--source", str(home.parent / "site"), "--quiet", home=home)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")


def test_json_is_one_object(home: Path) -> None:
    done = sightline("run", "--source", str(home.parent / "site"), "--json", home=home)
    told = json.loads(done.stdout)
    assert (told["status"], told["exit_status"], told["months"]) == ("nothing new", 0, 16)
    assert Path(told["database"]).exists()


def test_a_refused_source_is_one_plain_line_and_ends_with_3(tmp_path: Path) -> None:
    done = sightline("run", "--source", str(tmp_path), "--quiet", home=tmp_path / "home")
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr.startswith(f"{tmp_path}: expected a folder laid out as <host>/<path>")
    assert "Traceback" not in done.stderr


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("x")
    done = sightline("run", "--json", home=tmp_path / "home")
    assert done.exit_code == 3
    assert "a file in its place" in json.loads(done.stdout)["lines"][0]


@pytest.mark.parametrize("words", [("run", "--sauce"), ("fly",), ("sql",)])
def test_wrong_use_ends_with_2(words: tuple[str, ...]) -> None:
    done = sightline(*words)
    assert done.exit_code == 2
    assert "Traceback" not in done.stderr


def test_sql_answers_as_table_csv_and_json(home: Path) -> None:
    query = "select distinct month from core.ae_provider_month where month < '2023-03-01' order by month"
    assert "2023-02-01" in sightline("sql", query, home=home).stdout
    assert sightline("sql", query, "--format", "csv", home=home).stdout == "month\n2023-01-01\n2023-02-01\n"
    assert json.loads(sightline("sql", query, "--format", "json", home=home).stdout)[1] == {"month": "2023-02-01"}


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
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_sql_without_a_publication_says_what_to_run(tmp_path: Path) -> None:
    done = sightline("sql", "select 1", home=tmp_path)
    assert done.exit_code == 2
    assert "sightline run" in done.stderr


@pytest.mark.parametrize(
    "address", ["http://me:secret@127.0.0.1:1/x", "http://me:se@cret@127.0.0.1:1", "HTTP://me:secret@127.0.0.1:x", "me:secret@host"]
)
def test_a_user_and_password_of_a_mirror_are_never_shown(address: str) -> None:
    from pipelines.cli import shown

    assert "cret" not in shown(address)
    assert "me:" not in shown(address)


def test_a_source_is_shown_as_a_reader_of_pages_is_told_of_it(tmp_path: Path) -> None:
    from pipelines.cli import shown

    (tmp_path / "me@work").mkdir()
    assert shown("http://me:secret@127.0.0.1:8000/x") == "mirror at 127.0.0.1:8000"
    assert shown("snapshot") == "snapshot"
    assert shown(str(tmp_path / "me@work")) == str(tmp_path / "me@work")


def test_the_help_of_source_names_every_kind() -> None:
    said = " ".join(sightline("run", "--help").stdout.replace("│", " ").split())
    for kind in ("snapshot", "nhs", "sample", "address of a mirror", "folder", "ZIP"):
        assert kind in said


@pytest.fixture
def copy(home: Path, tmp_path: Path) -> Path:
    """A copy of the published house that may be changed."""
    return Path(shutil.copytree(home, tmp_path / "home", symlinks=True))


@pytest.mark.long
def test_reparse_reads_a_month_anew_and_publishes_again(copy: Path, home: Path) -> None:
    before = (copy / "published").resolve()
    done = sightline("run", "--reparse", "ae", "2023-02", "--source", str(home.parent / "site"), home=copy)
    assert done.exit_code == 0, done.stderr
    assert "to be read anew: 1 file" in done.stdout
    assert (copy / "published").resolve() != before


@pytest.mark.parametrize("words", [("--reparse", "rtt2"), ("--reparse", "ae", "1999-01"), ("2023-02",)])
def test_reparse_of_what_there_is_not_ends_with_2_and_runs_nothing(words: tuple[str, ...], copy: Path) -> None:
    before = (copy / "published").resolve()
    done = sightline("run", *words, home=copy)
    assert done.exit_code == 2
    assert "What to do" in done.stderr
    assert (copy / "published").resolve() == before


@pytest.mark.parametrize(
    "words", [("status",), ("export", "DEST"), ("verify",), ("quarantine", "list"), ("quarantine", "accept", "abcdef", "--reason", "x")]
)
def test_where_nothing_is_published_it_ends_with_3_and_makes_no_home(words: tuple[str, ...], tmp_path: Path) -> None:
    done = sightline(*[str(tmp_path / "out") if word == "DEST" else word for word in words], home=tmp_path / "home")
    assert done.exit_code == 3
    assert "sightline run" in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_status_of_the_published_house_is_fresh(home: Path) -> None:
    done = sightline("status", home=home)
    assert done.exit_code == 0, done.stdout
    assert "status: fresh" in done.stdout
    told = json.loads(sightline("status", "--json", home=home).stdout)
    assert (told["status"], told["exit_status"], told["newest_month"]) == ("fresh", 0, "2024-04-01")


def test_export_says_where_and_refuses_what_is_taken(home: Path, tmp_path: Path) -> None:
    done = sightline("export", str(tmp_path / "out"), home=home)
    assert (done.exit_code, done.stdout) == (0, f"exported: {tmp_path / 'out'}\n")
    assert (tmp_path / "out" / "pack.zip").is_file()
    assert sightline("export", str(tmp_path / "out"), home=home).exit_code == 2


def test_verify_ends_with_3_for_one_changed_byte(copy: Path) -> None:
    original = next(copy.glob("archive/??/??/*"))
    original.chmod(0o644)
    original.write_bytes(original.read_bytes()[:-1])
    done = sightline("verify", home=copy)
    assert done.exit_code == 3
    assert original.name in done.stdout


def test_prune_says_first_and_removes_then(copy: Path) -> None:
    (copy / "tidy" / "ae" / f"{'b' * 64}-aaaaaaaaaaaa.parquet").write_bytes(b"x" * 10)
    assert "would remove: 1 files and folders, 10 bytes" in sightline("prune", "--dry-run", home=copy).stdout
    assert "removed: 1 files and folders, 10 bytes" in sightline("prune", home=copy).stdout
    assert "nothing to remove" in sightline("prune", home=copy).stdout
    assert sightline("prune", home=copy / "nowhere").exit_code == 2


def test_an_empty_quarantine_says_so_and_digits_that_name_no_file_end_with_2(home: Path) -> None:
    assert sightline("quarantine", "list", home=home).stdout == "no file is held back\n"
    done = sightline("quarantine", "accept", "abcdef", "--reason", "x", home=home)
    assert done.exit_code == 2
    assert "sightline quarantine list" in done.stderr


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
