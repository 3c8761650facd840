"""`sightline spc`: what it writes, prints and refuses."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import html5lib
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner, Result

from pipelines.cli import app
from sightline import spc

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
NAMES = ("Ward A", "<script>alert(1)</script>", "../../x")


def month(at: int) -> str:
    return f"{2021 + at // 12}-{at % 12 + 1:02d}-01"


def lines(count: int = 26, names: tuple[str, ...] = NAMES) -> list[str]:
    rows = [
        f'{month(at)},"{name}",{20 + (7 * at * at + place) % 11},{90 + at % 3},{0.2 + at // 12 / 100}'
        for place, name in enumerate(names)
        for at in range(count)
    ]
    return ["month,ward,n,of,due", *rows]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["spc", *map(str, arguments)])


def refused(*arguments: object) -> str:
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    return done.stderr


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("own") / "own.csv"
    path.write_text("\n".join(lines()))
    return path


@pytest.fixture(scope="module")
def options(own: Path) -> list[object]:
    return [own, "--date", "month", "--value", "n", "--denominator", "of", "--by", "ward", "--chart", "pp", "--direction", "down",
            "--target-column", "due", "--second-target", "0.3", "--exclude", "2021-05-01: a <b>strike</b>"]  # fmt: skip


@pytest.fixture(scope="module")
def made(options: list[object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "charts"
    done = run(*options, "--explain", "--out", folder)
    assert done.exit_code == 0, done.output
    (folder.parent / "explained.txt").write_text(done.stdout)
    return folder


def test_tables_are_those_of_the_engine(own: Path, made: Path) -> None:
    frame = pl.read_csv(own, try_parse_dates=True)
    chart = spc.chart(frame, value="n", date="month", denominator="of", by="ward", chart="pp", direction="down", target_column="due",
                      exclude={"2021-05-01": "a <b>strike</b>"})  # fmt: skip
    assert_frame_equal(pl.read_parquet(made / "points.parquet"), chart.points)
    assert pl.read_csv(made / "points.csv").shape == chart.points.shape and pl.read_csv(made / "summary.csv").shape == chart.summary.shape


def test_each_series_has_an_svg_and_a_png_of_eight_by_five_inches_under_a_safe_name(made: Path) -> None:
    assert sorted(path.name for path in made.glob("*.svg")) == ["0001-x.svg", "0002-script-alert-1-script.svg", "0003-ward-a.svg"]
    for path in made.glob("*.svg"):
        root = ElementTree.fromstring(path.read_text())  # noqa: S314 - our own
        assert root.get("role") == "img" and (root.get("width"), root.get("height")) == ("768", "480")
        picture = path.with_suffix(".png").read_bytes()
        assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (1200, 750)


def test_the_page_is_complete_in_itself_and_escapes_every_text(made: Path) -> None:
    text = (made / "index.html").read_text()
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    assert not list(page.iter("script")) and "<b>strike" not in text and "&lt;b&gt;strike&lt;/b&gt;" in text
    assert not re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?!#)[a-z./]""", text)
    pictures = list(page.iter(f"{SVG}svg"))
    assert len(pictures) >= 6 and all(svg.get("role") == "img" and svg.find(f"{SVG}title") is not None for svg in pictures)
    assert len(list(page.iter("table"))) == 4 and "stood at" in text and "second target 30" in text
    assert "The target of its day was met at" in text and "A sentence that may be said aloud" in text


def test_the_explanation_adds_up(own: Path) -> None:
    text = run(own, "--date", "month", "--value", "n", "--by", "ward", "--explain", "--out", "-").stderr
    sums = re.findall(r"limit (\S+) ([+−]) (\S+) = (\S+)", text)
    assert len(sums) == 6
    for centre, sign, half, limit in sums:
        signed = float(half) if sign == "+" else -float(half)
        assert float(centre) + signed == pytest.approx(float(limit.replace("−", "-")), rel=1e-4)
    for constant, mean, half in re.findall(r": (\S+) × (\S+) = (\S+)\n", text):
        assert float(constant) * float(mean) == pytest.approx(float(half), rel=1e-5)
    assert "mean moving range" in text and "screened out" in text


def test_points_on_stdout_and_nothing_else(options: list[object], made: Path) -> None:
    done = run(*options, "--out", "-")
    assert done.exit_code == 0 and done.stderr == ""
    assert_frame_equal(pl.read_csv(io.StringIO(done.stdout)), pl.read_csv(made / "points.csv"))


def test_settings_of_each_series_from_a_file(own: Path, tmp_path: Path) -> None:
    (tmp_path / "settings.csv").write_text("ward,chart,target,direction\nWard A,run,,\n../../x,c,25,down\n")
    done = run(own, "--date", "month", "--value", "n", "--by", "ward", "--settings", tmp_path / "settings.csv", "--out", "-")
    kinds = pl.read_csv(io.StringIO(done.stdout)).select("series", "chart").unique()
    assert dict(kinds.iter_rows()) == {"Ward A": "run", "../../x": "c", NAMES[1]: "xmr"}
    (tmp_path / "settings.csv").write_text("ward,target\nWard A,many\n")
    said = refused(own, "--date", "month", "--value", "n", "--by", "ward", "--settings", tmp_path / "settings.csv", "--out", "-")
    assert "settings.csv, row 2, series Ward A, column 'target': expected a finite number; saw 'many'" in said


def test_a_former_output_is_replaced_whole_and_other_files_are_left_alone(own: Path, tmp_path: Path) -> None:
    arguments = [own, "--date", "month", "--value", "n", "--by", "ward", "--out", tmp_path / "out"]
    assert run(*arguments).exit_code == 0
    assert run(own, "--value", "n", "--out", tmp_path / "out").exit_code == 0
    assert [path.name for path in (tmp_path / "out").glob("*.svg")] == ["0001-n.svg"]
    (tmp_path / "out" / "mine.txt").write_text("kept")
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert "'mine.txt'" in refused(*arguments)
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert "saw a file" in refused(*arguments[:-1], own)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_nothing_is_left_behind_when_drawing_fails(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sightline.own_data.output.page", full)
    assert "No space left" in refused(own, "--value", "n", "--out", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_neither_dagster_nor_great_expectations_is_imported(own: Path) -> None:
    command = (
        "import sys; from typer.testing import CliRunner; from pipelines.cli import app; "
        "import sightline.own_data.output, sightline.charts.template; "
        f"done = CliRunner().invoke(app, ['spc', {str(own)!r}, '--value', 'n', '--by', 'ward', '--explain', '--out', '-']); "
        "assert done.exit_code == 0, done.output; "
        "print([name for name in sys.modules if name.split('.')[0] in ('dagster', 'great_expectations', 'assets', 'expectations')])"
    )
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("points", [1, 2, 9, 10, 12])
def test_too_few_points_never_give_limits(points: int, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("\n".join(lines(points, ("A",))))
    found = pl.read_csv(io.StringIO(run(tmp_path / "own.csv", "--date", "month", "--value", "n", "--by", "ward", "--out", "-").stdout))
    assert found["upper_limit"].null_count() == points and found["judgement"].null_count() == points


EDITS = {
    "text among numbers": ("n", "twelve", [], r"own\.csv, series A, row 5, column 'n': expected a number or an empty cell; saw 'twelve'"),
    "an infinite value": ("n", "inf", [], r"series A, row 5, column 'n': expected a finite number; saw 'inf'"),
    "a numerator above": ("n", "99", ["--denominator", "of", "--chart", "p"], r"series A, row 5, column 'n': expected a numerator that is not above"),
    "a denominator of zero": ("of", "0", ["--denominator", "of", "--chart", "u"], r"series A, row 5, column 'of': expected a denominator above 0"),
    "a slashed date": ("month", "04/05/2021", [], r"row 5, column 'month': expected a date as year-month-day.*--date-format dd/mm/yyyy"),
    "a date that is none": ("month", "2021-02-30", [], r"row 5, column 'month': expected a date"),
    "a far date": ("month", "9999-01-01", [], r"series A, row 5, column 'month': expected a date between 1900 and 2100"),
    "a date twice": ("month", "2021-01-01", [], r"series A, rows 2, 5: expected one row a date; saw 2021-01-01 more than once"),
    "a negative count": ("n", "-3", ["--chart", "c"], r"series A, row 5, column 'n': expected a count, 0 or more"),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_a_cell_that_cannot_be_used_is_named(edit: str, tmp_path: Path) -> None:
    column, cell, options, words = EDITS[edit]
    rows = lines(15, ("A",))
    cells = rows[4].split(",")
    cells[rows[0].split(",").index(column)] = cell
    (tmp_path / "own.csv").write_text("\n".join([*rows[:4], ",".join(cells), *rows[5:]]))
    said = refused(tmp_path / "own.csv", "--date", "month", "--value", "n", "--by", "ward", *options, "--out", tmp_path / "out")
    assert re.search(words, said), said
    assert said.count("\n") == 1 and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--value", "none"], "own.csv: expected a column 'none'; saw the columns month, ward, n, of, due"),
        (["--value", "n", "--by", "none"], "expected a column 'none'"),
        (["--value", "n", "--by", "ward", "--by", "ward"], "--by: expected each column once; saw 'ward' twice"),
        (["--value", "n", "--second-target", "nan"], "second_target: expected a finite number"),
        (["--value", "n", "--chart", "pie"], "expected one of xmr"),
        (["--value", "n", "--chart", "p"], "expected a denominator"),
        (["--value", "n", "--direction", "left"], "expected one of up, down, neither"),
        (["--value", "n", "--like", "magic"], "expected one of sightline"),
        (["--value", "n", "--shift", "1"], "at least 2"),
        (["--value", "n", "--baseline", "3"], "at least 12"),
        (["--value", "n", "--by", "ward", "--rebase", "soon", "--date", "month"], "expected a date as year-month-day"),
        (["--value", "n", "--exclude", "soon"], "--exclude: expected a date, or a place from 1"),
        (["--value", "n", "--date", "month", "--date-format", "dd"], "--date-format: expected the parts yyyy, mm and dd"),
        (["--value", "n", "--target", "nan"], "expected a finite number"),
    ],
)
def test_an_option_that_cannot_be_used_is_named(own: Path, tmp_path: Path, options: list[str], words: str) -> None:
    assert words in refused(own, *options, "--out", tmp_path / "out")


def test_a_column_of_lists_is_refused(tmp_path: Path) -> None:
    pl.DataFrame({"n": [1.0, 2.0], "g": [[1], [2]]}).write_parquet(tmp_path / "own.parquet")
    for option in ("--by", "--denominator", "--target-column"):
        assert "column 'g': expected text, numbers or dates" in refused(
            tmp_path / "own.parquet", "--value", "n", option, "g", "--out", tmp_path / "x"
        )


def test_dates_as_they_are_written_and_zero_of_zero_as_a_gap(tmp_path: Path) -> None:
    rows = [f"{1:02d}/{at:02d}/2024,{0 if at == 4 else 5},{0 if at == 4 else 9}" for at in range(1, 13)]
    (tmp_path / "own.csv").write_text("\n".join(["day,n,of", *rows]))
    arguments = [tmp_path / "own.csv", "--date", "day", "--value", "n", "--denominator", "of", "--out", "-"]
    assert "dd/mm/yyyy" in refused(*arguments)
    found = pl.read_csv(io.StringIO(run(*arguments, "--date-format", "dd/mm/yyyy").stdout))
    assert found["date"][1] == "2024-02-01" and found["value"].is_null().to_list() == [at == 4 for at in range(1, 13)]


@pytest.mark.parametrize("typed", ["2021-05-02", "2031-05-01: a strike", "999"])
def test_an_excluded_date_that_no_series_has_is_refused(typed: str, own: Path) -> None:
    said = refused(own, "--date", "month", "--value", "n", "--by", "ward", "--exclude", typed, "--out", "-")
    assert said.startswith("--exclude: expected a date of the file") and typed.partition(":")[0] in said


def test_each_series_may_have_a_second_target_of_its_own(own: Path, tmp_path: Path) -> None:
    (tmp_path / "settings.csv").write_text("ward,second_target,target\nWard A,41,\n../../x,,25\n")
    options = (own, "--date", "month", "--value", "n", "--by", "ward", "--second-target", "33", "--settings", tmp_path / "settings.csv")
    assert run(*options, "--out", tmp_path / "out").exit_code == 0
    pictures = {file.stem.partition("-")[2]: file.read_text() for file in (tmp_path / "out").glob("*.svg")}
    assert "second target 41" in pictures["ward-a"] and "second target 33" not in pictures["ward-a"]
    assert "second target 33" in pictures["x"]
    (tmp_path / "settings.csv").write_text("ward,second_target\nWard A,many\n")
    assert "settings.csv, row 2, column 'second_target': expected a finite number; saw 'many'" in refused(*options, "--out", "-")


def test_a_month_that_one_series_lacks_is_a_gap_whatever_another_has(tmp_path: Path) -> None:
    rows = [f"2024-{at:02d}-01,{ward},{at}" for ward in "AB" for at in range(1, 13) if (ward, at) != ("B", 5)]
    (tmp_path / "own.csv").write_text("\n".join(["month,ward,n", *rows]))
    found = pl.read_csv(io.StringIO(run(tmp_path / "own.csv", "--date", "month", "--value", "n", "--by", "ward", "--out", "-").stdout))
    gap = found.filter(pl.col("note").str.contains("no row for this period"))
    assert gap.select("series", "date").rows() == [("B", "2024-05-01")]
