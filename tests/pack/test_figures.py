"""Every figure can be asked for again: the SQL on each page, the tables above it, and the CSV beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import duckdb
import polars as pl
import pytest

from tests.pack import house
from tests.pack.conftest import Pack
from tests.pack.page import Page, cells, number, words_of

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
#: the rules as tables show them
RULES = {"outside_limits": "outside the limits", "shift": "shift", "trend": "trend", "two_of_three": "two of three", "none": "", None: ""}
TREND_COLUMNS = ["month", "value", "trend_level", "level_lower", "level_upper", "season", "season_lower", "season_upper"]
COLUMNS = ["month", "value", "numerator", "denominator", "centre_line", "lower_limit", "upper_limit", "signal"]


@pytest.fixture(scope="module")
def database(made: Pack) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(made.house.path), read_only=True) as connection:
        yield connection


def _statements(page: Page) -> list[str]:
    return ["".join(pre.itertext()) for pre in page.all("pre", "sql")]


def test_every_page_with_figures_prints_sql(made: Pack) -> None:
    assert [address for address, page in made.pages.items() if not _statements(page)] == ["how-to-read.html"]


def test_every_statement_runs_and_gives_rows(made: Pack, database: duckdb.DuckDBPyConnection) -> None:
    for page in made.pages.values():
        for statement in _statements(page):
            assert database.sql(statement).fetchall(), f"{page.address}: {statement}"


def test_every_table_of_figures_has_its_own_statement_below_it(made: Pack) -> None:
    for page in made.pages.values():
        folded = page.all("details", "behind")
        assert len(folded) == len(page.all("table", "figures")), page.address
        for one in folded:
            assert (len(list(one.iter("pre"))), len(list(one.iter("table")))) == (1, 1), page.address
    assert sum(len(page.all("table", "figures")) for page in made.pages.values()) > 80


def _shown(text: str, value: float | None, *, scale: float, decimals: int, where: str) -> None:
    """A figure as it is printed is the value rounded to so many places; nothing where there is none."""
    if value is None:
        assert text == "", where
        return
    assert text, where
    assert len(text.partition(".")[2]) == decimals, f"{where}: {text}"
    assert abs(number(text) - value * scale) <= 0.5 * 10**-decimals + 1e-9, f"{where}: {text} for {value}"


def _cut(value: float | None, share: bool) -> float | None:
    """Limits are printed where figures can be: not under zero, shares not over one."""
    return None if value is None else min(max(value, 0.0), 1.0 if share else value + 1)


def _same_figures(table: Element, rows: list[dict[str, Any]], where: str) -> None:
    unit = words_of(list(table.iter("th"))[1])
    share, count = unit.startswith("Per cent"), unit.startswith("Number of")
    scale, decimals = (100.0 if share else 1.0), (0 if count else 1)
    printed = cells(table)
    assert [row[0] for row in printed] == [f"{MONTHS[row['month'].month - 1]} {row['month'].year}" for row in rows], where
    for texts, row in zip(printed, rows, strict=True):
        at = f"{where}, {texts[0]}"
        _shown(texts[1], row["value"], scale=scale, decimals=decimals, where=at)
        _shown(texts[2], row["numerator"], scale=1, decimals=0, where=at)
        _shown(texts[3], row["denominator"], scale=1, decimals=0, where=at)
        _shown(texts[4], row["centre_line"], scale=scale, decimals=decimals, where=at)
        _shown(texts[5], _cut(row["lower_limit"], share), scale=scale, decimals=decimals, where=at)
        _shown(texts[6], _cut(row["upper_limit"], share), scale=scale, decimals=decimals, where=at)
        ghost = (row["note"] or "").startswith("left out")
        assert texts[7] == (row["note"] if ghost else RULES[row["signal"]]), at


def _same_trend(table: Element, rows: list[dict[str, Any]], where: str) -> None:
    unit = words_of(list(table.iter("th"))[1])
    scale, decimals = (100.0 if unit.startswith("Per cent") else 1.0), (0 if unit.startswith("Number of") else 1)
    printed = cells(table)
    assert [row[0] for row in printed] == [f"{MONTHS[row['month'].month - 1]} {row['month'].year}" for row in rows], where
    shown = ["value", "trend_level", "level_lower", "level_upper", "season", "remainder", "earlier_lowest", "earlier_highest"]
    for texts, row in zip(printed, rows, strict=True):
        for text, column in zip(texts[1:], shown, strict=False):
            _shown(text, row[column], scale=scale, decimals=decimals, where=f"{where}, {texts[0]}, {column}")
        assert texts[9] == (row["note"] or ""), where


def test_the_statement_gives_back_the_figures_of_the_table_above_it(made: Pack, database: duckdb.DuckDBPyConnection) -> None:
    for page in made.pages.values():
        for one in page.all("details", "behind"):
            (table,), (pre,) = list(one.iter("table")), list(one.iter("pre"))
            found = database.sql("".join(pre.itertext()))
            learning = "learning" in str(one.get("class"))
            assert found.columns[:8] == (TREND_COLUMNS if learning else COLUMNS)
            rows = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
            (_same_trend if learning else _same_figures)(table, rows, f"{page.address}, {words_of(table)[:40]}")


def test_the_latest_figure_of_each_row_is_the_newest_in_the_table_behind_it(made: Pack) -> None:
    rows = cells(made.pages["index.html"].all("table", "mx")[0])[:-1]
    tables = made.pages["index.html"].all("table", "figures")
    assert len(rows) == len(tables)
    for row, table in zip(rows, tables, strict=True):
        assert number(row[2]) == pytest.approx(number(cells(table)[-1][1]), rel=0.005), row[0]
        assert number(row[3]) == pytest.approx(number(cells(table)[-13][1]), rel=0.005), row[0]


def test_the_statement_of_a_pair_gives_back_its_words(made: Pack, database: duckdb.DuckDBPyConnection) -> None:
    names = dict(made.house.frames["measure.definition"].select("measure", "name").iter_rows())
    for address, page in made.pages.items():
        if not address.startswith("pair-"):
            continue
        found = database.sql(_statements(page)[-1])
        for row in (dict(zip(found.columns, values, strict=True)) for values in found.fetchall()):
            said = row["word"] or f"{row['reason']}"
            assert said in page.text, f"{address}: {row}"
            assert names[row["observation_measure"]] in page.text


def test_every_csv_that_is_linked_holds_the_rows_of_the_analysis(made: Pack) -> None:
    linked = {
        (made.folder / page.address).parent / link
        for page in made.pages.values()
        for link in page.links
        if link.endswith(".csv") and "://" not in link
    }
    places = {file.resolve() for file in linked}
    assert places == {file.resolve() for file in (made.folder / "data").iterdir()}
    places -= {(made.folder / "data" / name).resolve() for name in ("revised.csv", "before.csv")}
    points = made.house.frames["analysis.spc_point"]
    assert len(places) == points["organisation"].n_unique()
    for file in places:
        _same_rows(file, points)


def _same_rows(file: Path, points: pl.DataFrame) -> None:
    kept = pl.read_csv(file, schema_overrides={"organisation": pl.String, "month": pl.Date, "judgement": pl.String, "release": pl.String})
    (organisation,) = kept["organisation"].unique()
    wanted = points.filter(pl.col("organisation") == organisation).sort("measure", "month")
    assert {"measure", "level", "month", "value", "numerator", "denominator", "centre_line", "lower_limit", "upper_limit"} <= set(kept.columns)
    assert kept.height == wanted.height, file.name
    for column in kept.columns:
        ours, theirs = kept.sort("measure", "month")[column].to_list(), wanted[column].to_list()
        if wanted.schema[column] == pl.Float64:
            assert [one is None for one in ours] == [one is None for one in theirs], f"{file.name}: {column}"
            assert [one for one in ours if one is not None] == pytest.approx([one for one in theirs if one is not None], rel=1e-5), file.name
        else:
            assert ours == theirs, f"{file.name}: {column}"


def test_an_organisations_page_leads_to_its_own_csv(made: Pack) -> None:
    for one in house.PROVIDERS:
        page = made.of(one.code)
        (link,) = {link for link in page.links if link.endswith(".csv")}
        file = (made.folder / page.address).parent / link
        assert set(pl.read_csv(file, columns=["organisation"])["organisation"]) == {one.code}


def test_the_figures_shown_are_those_that_were_put_in(made: Pack) -> None:
    """From hand-made counts to the page, without the database: the merged provider's last month."""
    counts = house.reported(house.MERGER, house.LAST)
    assert counts["over"] is not None
    assert counts["a"] is not None
    table = made.of(house.MERGER.code).all("table", "figures")[0]
    last = cells(table)[-1]
    assert last[0] == "Jun 2025"
    assert number(last[1]) == pytest.approx(100 * (counts["a"] - counts["over"]) / counts["a"], abs=0.05)
    assert [number(last[2]), number(last[3])] == [counts["a"] - counts["over"], counts["a"]]


def test_a_month_without_a_file_is_an_empty_row_and_not_left_out(made: Pack) -> None:
    for page in made.pages.values():
        for table in page.all("table", "figures"):
            rows = {row[0]: row[1:] for row in cells(table)}
            assert len(rows) == len(cells(table))
            if "Jan 2023" in rows:
                assert [rows["Feb 2023"][place] for place in (0, 1, 2, 6)] == [""] * 4, page.address


def test_the_page_of_the_data_names_every_table_and_column_of_the_database(made: Pack) -> None:
    page = made.pages["data.html"]
    code = {words_of(one) for one in page.all("code")}
    for name, frame in made.house.frames.items():
        assert name in code
        assert set(frame.columns) <= code


def test_the_page_of_the_data_names_every_measure_with_its_meaning_and_every_target_with_its_source(made: Pack) -> None:
    page = made.pages["data.html"]
    for row in made.house.frames["measure.definition"].iter_rows(named=True):
        for part in ("name", "what_it_counts", "calculation", "why_it_matters"):
            assert " ".join(row[part].split()) in page.text, row["measure"]
    for row in made.house.frames["reference.target"].iter_rows(named=True):
        assert row["source"] in page.text


def test_validation_shows_what_does_not_hold_before_what_holds_and_the_file_held_back(made: Pack) -> None:
    page = made.pages["validation.html"]
    assert words_of(page.all("h1")[0]) == "2 checks of 3 hold, 1 does not, and 1 file is held back"
    places = [page.text.index(text) for text in ("February 2023", "No month is missing", "A file holds rows", "Monthly A&E June 2025")]
    assert places == sorted(places)
    (held,) = cells(page.all("table")[0])
    assert held[0] == "February 2023"
    assert held[3] == "nothing: the month is missing"


def test_files_stand_newest_first_with_their_release(made: Pack) -> None:
    rows = [row for row in cells(made.pages["validation.html"].all("table")[-1]) if row[0] != "–"]
    months = [date(int(row[0].split()[1]), MONTHS.index(row[0].split()[0]) + 1, 1) for row in rows]
    assert months == sorted(months, reverse=True)
    assert [row[2] for row in rows[:2]] == ["revised", "first"]
    assert [row[4] for row in rows[:2]] == ["current", "superseded"]
