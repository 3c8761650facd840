"""``sightline bunching`` and ``sightline crossing`` on a person's own files: what is written, what is printed, what is refused."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import duckdb
import html5lib
import polars as pl
import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipelines.cli import app
from tests.pack.test_wording import BANNED, MERIT, _found
from tests.threshold.lists import as_wide, crossed, few
from tests.threshold.test_bunching import moved, smooth

HOSTILE = "<script>alert(1)</script>"


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same few units as wide CSV, long CSV, Parquet and DuckDB; one of them has a name that must not become markup."""
    folder = tmp_path_factory.mktemp("lists")
    rows = few().with_columns(pl.col("unit").replace("U001", HOSTILE))
    as_wide(rows).write_csv(folder / "wide.csv")
    rows.write_csv(folder / "long.csv")
    rows.write_parquet(folder / "long.parquet")
    with duckdb.connect(folder / "long.duckdb") as opened:
        opened.sql(f"create table waiting as from '{folder / 'long.parquet'}'")
    return folder


@pytest.fixture(scope="module")
def crossing_out(lists: Path) -> tuple[Result, Path]:
    out = lists / "out"
    return run("crossing", lists / "wide.csv", "--unit", "unit", "--month", "month", "--line", "18,52", "--draw", HOSTILE, "--out", out), out


@pytest.fixture(scope="module")
def bunching_out(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    folder = tmp_path_factory.mktemp("bins")
    sites = {HOSTILE: moved(smooth(), 0.2)[0], "B": smooth(5)}
    pl.concat([frame.with_columns(pl.lit(name).alias("site")) for name, frame in sites.items()]).write_csv(folder / "minutes.csv")
    found = run(
        "bunching",
        folder / "minutes.csv",
        "--bin",
        "bin",
        "--count",
        "count",
        "--line",
        240,
        "--by",
        "site",
        "--draws",
        50,
        "--correct",
        "--out",
        folder / "out",
    )
    return found, folder / "out"


def test_crossing_writes_its_tables_and_one_page(crossing_out: tuple[Result, Path]) -> None:
    found, out = crossing_out
    assert found.exit_code == 0, found.output
    assert sorted(file.name for file in out.iterdir()) == [
        "bands.csv", "base_rates.csv", "contents.json", "estimates.csv", "index.html", "placebos.csv", "together.csv", "words.csv",
    ]  # fmt: skip
    estimates = pl.read_csv(out / "estimates.csv")
    assert estimates.select("unit", "line").height == 20
    assert {"theta_lower", "theta_upper", "extra_lower", "extra_upper", "p_low", "q_bh", "verdict", "why"} <= set(estimates.columns)
    assert "18 weeks: " in found.stdout


def test_bunching_writes_its_tables_and_one_page(bunching_out: tuple[Result, Path]) -> None:
    found, out = bunching_out
    assert found.exit_code == 0, found.output
    assert sorted(file.name for file in out.iterdir()) == [
        "contents.json",
        "counterfactual.csv",
        "estimates.csv",
        "grid.csv",
        "index.html",
        "words.csv",
    ]
    assert dict(pl.read_csv(out / "estimates.csv").select("series", "verdict").iter_rows())[HOSTILE] == "bunching"
    assert found.stdout.splitlines()[0] == "bunching: 1"


@pytest.mark.parametrize("which", ["crossing", "bunching"])
def test_the_page_is_complete_in_itself_and_every_text_is_escaped(which: str, request: pytest.FixtureRequest) -> None:
    page = (request.getfixturevalue(f"{which}_out")[1] / "index.html").read_text("utf-8")
    html5lib.HTMLParser(strict=True).parse(page)
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not re.search(r"<script|src=|href=|url\(|@import|https?://(?!www\.w3\.org/2000/svg)", page)
    drawings = re.findall(r"<svg\b[^>]*>(?:(?!</svg>).)*", page, re.DOTALL)
    pictures = [drawing for drawing in drawings if 'role="img"' in drawing]
    assert len(pictures) >= 4
    assert all("<title" in drawing and "<desc" in drawing for drawing in pictures)
    assert all('role="img"' in drawing or 'aria-hidden="true"' in drawing for drawing in drawings)
    identifiers = re.findall(r'\bid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))


@pytest.mark.parametrize("which", ["crossing", "bunching"])
def test_the_page_uses_no_banned_word_and_no_order_of_merit(which: str, request: pytest.FixtureRequest) -> None:
    page = (request.getfixturevalue(f"{which}_out")[1] / "index.html").read_text("utf-8")
    text = re.sub(r"<style.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert _found(BANNED, text) + _found(MERIT, text) == []
    assert not re.search(r"\bnan\b|\bNone\b|\bnull\b|\{\{|\{%", text)


def test_the_page_lists_units_by_name_and_shows_the_counts_at_weeks_nobody_targets(crossing_out: tuple[Result, Path]) -> None:
    page = (crossing_out[1] / "index.html").read_text("utf-8")
    rows = re.findall(r'<th scope="row">([^<]+)</th>', page)
    units = [row for row in rows if not row.endswith("weeks") and "nobody" not in row]
    assert units == sorted(units)
    assert sum("nobody" in row for row in rows) == 11


def test_a_dash_prints_the_estimates_and_nothing_else(lists: Path) -> None:
    found = run("crossing", lists / "wide.csv", "--unit", "unit", "--month", "month", "--line", "18,52", "--out", "-")
    assert found.exit_code == 0
    printed = pl.read_csv(found.stdout.encode())
    want = crossed(few()).estimates
    assert printed["theta"].sum() == pytest.approx(want["theta"].sum())
    assert printed.height == want.height


@pytest.mark.parametrize("file", ["long.csv", "long.parquet", "long.duckdb"])
def test_other_files_of_the_same_people_say_the_same(lists: Path, file: str) -> None:
    words = ["--unit", "unit", "--month", "month", "--line", "18", "--placebos", "10-69", "--out", "-"]
    assert run("crossing", lists / file, *words, "--week", "week", "--count", "people").stdout == run("crossing", lists / "wide.csv", *words).stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--line", "18x"], "weeks such as 18,52 or 10-69"),
        (["--line", "60-20"], "weeks such as 18,52 or 10-69"),
        (["--line", "18", "--unit", "site"], "no column site"),
        (["--line", "18", "--week", "week"], "expected both"),
        (["--line", "18", "--draw", "nobody"], "expected units of the file"),
        (["--line", "18", "--minimum-pairs", "0"], "expected 1 or more"),
    ],
)  # fmt: skip
def test_what_crossing_cannot_use_ends_with_2_and_a_sentence(lists: Path, words: list[str], says: str) -> None:
    found = run("crossing", lists / "wide.csv", "--unit", "unit", "--month", "month", "--out", lists / "never", *words)
    assert (found.exit_code, found.stdout) == (2, "")
    assert says in found.stderr
    assert not (lists / "never").exists()


def test_what_bunching_cannot_use_ends_with_2_and_a_sentence(tmp_path: Path) -> None:
    smooth().write_csv(tmp_path / "bins.csv")
    for line, says in ((999, "expected a line from 60 to 420"), (241, "the line 241 among them")):
        found = run("bunching", tmp_path / "bins.csv", "--bin", "bin", "--count", "count", "--line", line, "--out", tmp_path / "never")
        assert (found.exit_code, found.stdout) == (2, "")
        assert says in found.stderr
    assert run("bunching", tmp_path / "absent.csv", "--bin", "bin", "--count", "count", "--line", 240, "--out", "-").exit_code == 2


def test_the_light_core_is_enough() -> None:
    code = (
        "import sys; import sightline.threshold.words, sightline.threshold.by_period, pipelines.cli, pipelines.threshold;"
        "sys.exit(bool({'dagster', 'great_expectations'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=120).returncode == 0


@pytest.mark.parametrize(
    ("command", "text", "words", "says"),
    [
        ("bunching", "bin,n\n1,5\n\n2,x\n", ("--bin", "bin", "--count", "n", "--line", 1), "own.csv, row 4, n: expected a number; saw 'x'"),
        ("bunching", "bin,n\n1,5\n2,7\n", ("--bin", "bin", "--count", "n", "--line", 1, "--degree", 99), "--degree: expected a whole number"),
        ("crossing", "who,month,week,n\nA,2024-04,0,5\n\nA,2024-0x,1,4\n",
         ("--unit", "who", "--month", "month", "--week", "week", "--count", "n", "--line", 18), "own.csv, row 4, month: expected a month"),
        ("crossing", "who,month,week,n\nA,2024-04,0,5\n",
         ("--unit", "who", "--month", "month", "--week", "week", "--count", "n", "--line", 18), "own.csv, months: expected month ends"),
    ],
)  # fmt: skip
def test_a_message_names_the_file_its_own_number_of_the_row_and_the_option(
    command: str, text: str, words: tuple[object, ...], says: str, tmp_path: Path
) -> None:
    (tmp_path / "own.csv").write_text(text)
    found = run(command, tmp_path / "own.csv", *words, "--out", "-")
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr.startswith(says)
