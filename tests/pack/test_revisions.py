"""The page of revisions: every changed figure once, in the order of names, with its words, and the publisher's total apart."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sightline import pack
from sightline.pack import revisions, words
from sightline.pack.database import read
from tests.pack import house, page
from tests.pack.conftest import Pack
from tests.pack.house import HOSTILE, House
from tests.pack.page import Page, cells, words_of

ATTENDANCES = "Unplanned attendances"
BEFORE, AFTER = "10 July 2025", "14 August 2025"


@pytest.fixture(scope="module")
def revised(made: Pack) -> Page:
    return made.pages["revised.html"]


def _changed(finished: House, folder: Path, **frames: pl.DataFrame) -> Pack:
    """The pack of one organisation less and other tables in place of those of the house."""
    few = pl.col("organisation").is_in(["ENG", house.GAP.code])
    kept = {name: frame.filter(few) if "organisation" in frame.columns else frame for name, frame in finished.frames.items()}
    made = kept | {name.replace("__", "."): frame for name, frame in frames.items()}
    house.build(made, folder / "sightline.duckdb")
    pack.write(folder / "sightline.duckdb", folder / "pack", cache=folder / "cache", workers=1)
    read_page = page.read(folder / "pack", folder / "pack" / "revised.html")
    return Pack(folder / "pack", {"revised.html": read_page}, replace(finished, path=folder / "sightline.duckdb", frames=made))


# -------------------------------------------------------------------------------------------------------------- the headline


def _some(*organisations: str, month: date = house.LAST) -> pl.DataFrame:
    rows = [{"organisation": one, "month": month, "new_published": house.RELEASED} for one in organisations]
    return pl.DataFrame(rows, schema={"organisation": pl.String, "month": pl.Date, "new_published": pl.Date})


def test_the_headline_counts_figures_organisations_and_months_and_names_the_newest_day(revised: Page) -> None:
    said = words_of(revised.all("h1")[0])
    assert said == "Later releases changed 5 figures of 4 organisations and 1 figure of England's own row in 2 months, last on 14 August 2025"


def test_one_of_each_is_said_in_the_singular_and_england_alone_without_organisations() -> None:
    one, none = _some("RXX"), _some()
    assert words.revision_headline(one, none, []) == "Later releases changed 1 figure of 1 organisation in 1 month, last on 14 August 2025"
    assert words.revision_headline(none, one, []) == "Later releases changed 1 figure of England's own row in 1 month, last on 14 August 2025"


def test_a_release_without_a_day_gives_no_day() -> None:
    undated = _some("RXX").with_columns(new_published=pl.lit(None, pl.Date))
    assert words.revision_headline(undated, undated.clear(), []) == "Later releases changed 1 figure of 1 organisation in 1 month"


def test_without_a_revision_the_page_says_so_and_why() -> None:
    none = _some()
    assert words.revision_headline(none, none, []) == "No later release changed a figure: the archive holds one release of each month"
    assert words.revision_headline(none, none, [house.LAST]) == "No later release changed a figure: the releases of June 2025 have the same figures"


def test_a_month_is_released_again_where_two_files_of_one_kind_differ(finished: House) -> None:
    tables = read(finished.path)
    assert revisions.months_released_again(tables) == [house.LAST]
    same = tables.file.with_columns(sha256=pl.lit("the same"))
    assert revisions.months_released_again(replace(tables, file=same)) == []
    other_kind = tables.file.with_columns(kind=pl.when(pl.col("state") == "superseded").then(pl.lit("xls")).otherwise("kind"))
    assert revisions.months_released_again(replace(tables, file=other_kind)) == []


def test_a_page_without_revisions_has_no_table_and_still_says_what_a_revision_is(finished: House, tmp_path: Path) -> None:
    files = finished.frames["meta.file"].filter(pl.col("state") != "superseded")
    found = _changed(finished, tmp_path, meta__revision=house.revisions().clear(), meta__file=files).pages["revised.html"]
    assert words_of(found.all("h1")[0]) == "No later release changed a figure: the archive holds one release of each month"
    assert (found.all("table"), found.errors) == ([], [])
    assert "What a revision is" in found.text
    assert (tmp_path / "pack" / "data" / "revised.csv").read_text("utf-8").count("\n") == 1, "its heading alone"


# ------------------------------------------------------------------------------------------------------------------ the rows


def test_every_changed_figure_stands_once_with_before_after_difference_and_both_days(revised: Page) -> None:
    ours, _ = (cells(table) for table in revised.all("table"))
    over = "Unplanned attendances that took more than four hours from arrival: type 1 departments"
    odd = f'{HOSTILE} & "quotes"'
    assert ours == [
        ["Jun 2025", house.GAP.name, f"{ATTENDANCES}: other departments (type 3)", "2,000", "12,345", "+10,345", BEFORE, AFTER],
        ["Jun 2025", house.GAP.name, over, "1,500", "1,250", "−250", BEFORE, AFTER],
        ["Jun 2025", house.STEADY.name, f"{ATTENDANCES}: type 2 departments", "no figure", "40", "–", BEFORE, AFTER],
        ["Jan 2024", odd, f"{ATTENDANCES}: type 1 departments", "90", "no figure", "–", "not known", "1 June 2024"],
        ["Jan 2024", "=1+1", "A new column: type 1 departments", "0", "1.5", "+1.5", "not known", "1 June 2024"],
    ]


def test_englands_own_row_stands_apart_as_the_publishers_total(revised: Page) -> None:
    headings = [words_of(heading) for heading in revised.all("h2")]
    assert headings[:2] == ["Figures of organisations", "England's own row"]
    assert "The publisher prints a total for England in each file." in revised.text
    assert cells(revised.all("table")[1]) == [
        ["Jun 2025", "England", f"{ATTENDANCES}: type 1 departments", "1,000,000", "1,000,040", "+40", BEFORE, AFTER]
    ]


def test_rows_stand_by_region_and_name_whatever_their_difference(finished: House) -> None:
    """One revision an organisation, the size of each change against the order of the names."""
    names = sorted(house.PROVIDERS, key=lambda one: (house.REGIONS.get(one.region or "", "zzz"), one.name.casefold()))
    one = house.revisions().head(1)
    many = pl.concat([one.with_columns(organisation=pl.lit(known.code), new_value=1500.0 - place) for place, known in enumerate(names)])
    for rows in (many, many.reverse(), many.with_columns(new_value=-pl.col("new_value"))):
        found = revisions.arranged(replace(read(finished.path), revision=rows))
        assert found["organisation"].to_list() == [known.code for known in names]


def test_a_long_table_stops_and_says_where_the_rest_is(finished: House, tmp_path: Path) -> None:
    one = house.revisions().head(1)
    rows = one.join(pl.DataFrame({"old": range(revisions.SHOWN + 1)}), how="cross").with_columns(old_value=pl.col("old").cast(pl.Float64)).drop("old")
    found = _changed(finished, tmp_path, meta__revision=rows)
    assert len(cells(found.pages["revised.html"].all("table")[0])) == revisions.SHOWN
    assert "A table shows its first 1,000 rows; the CSV file has all." in found.pages["revised.html"].text
    assert pl.read_csv(found.folder / "data" / "revised.csv").height == revisions.SHOWN + 1


def test_the_page_is_reached_from_the_files_of_the_validation_page(made: Pack) -> None:
    assert "What was revised" in [words_of(link) for link in made.pages["validation.html"].all("a") if link.get("href") == "revised.html"]


def test_the_statement_on_the_page_gives_its_figures_back(made: Pack, revised: Page) -> None:
    (statement,) = ("".join(pre.itertext()) for pre in revised.all("pre", "sql"))
    rows = made.ask(f"select organisation, old_value, new_value, difference from ({statement})")
    assert sorted(rows, key=str) == sorted(
        house.revisions().select("organisation", "old_value", "new_value", difference=pl.col("new_value") - pl.col("old_value")).rows(), key=str
    )


# ------------------------------------------------------------------------------------------------------------------- the CSV


def _csv(folder: Path) -> list[dict[str, Any]]:
    with (folder / "data" / "revised.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_csv_has_every_row_of_the_page(made: Pack, revised: Page) -> None:
    rows = _csv(made.folder)
    assert len(rows) == sum(len(cells(table)) for table in revised.all("table"))
    over = next(row for row in rows if row["organisation"] == house.GAP.code and row["what"].startswith("Unplanned attendances that took"))
    assert {name: over[name] for name in ("month", "region_name", "old_value", "new_value", "difference", "old_published", "new_published")} == {
        "month": "2025-06-01", "region_name": "Midlands", "old_value": "1500.0", "new_value": "1250.0", "difference": "-250.0",
        "old_published": "2025-07-10", "new_published": "2025-08-14",
    }  # fmt: skip


def test_a_name_that_a_spreadsheet_takes_for_a_formula_is_made_harmless(made: Pack) -> None:
    texts = [text for row in _csv(made.folder) for text in (row["organisation"], row["name"])]
    assert "'=1+1" in texts
    assert [text for text in texts if text[:1] in {"=", "+", "-", "@"}] == []


def test_every_csv_of_simulated_figures_says_so_and_no_other(simulated: Pack, made: Pack) -> None:
    for file in (simulated.folder / "data").iterdir():
        kept = pl.read_csv(file)
        assert kept["simulated"].to_list() == [True] * kept.height, file.name
    assert [file.name for file in (made.folder / "data").iterdir() if "simulated" in pl.read_csv(file, n_rows=1).columns] == []


# ------------------------------------------------------------------------------------------------------------------ the words


def test_a_column_is_told_without_its_unit_and_without_what_comes_after_a_semicolon() -> None:
    assert words.column_words("people seen; null where nobody counts [people]") == "people seen"
    assert words.column_words("people seen [in all] twice") == "people seen [in all] twice"


def test_the_rest_of_a_grain_is_told_in_words() -> None:
    assert words.key_words("{}") == ""
    assert words.key_words('{"department_type":"other"}') == "other departments (type 3)"
    assert words.key_words('{"part":"part_1a","band":12}') == "part 1a, 12"


def test_a_difference_has_its_sign() -> None:
    assert [words.signed_figure(value) for value in (12.0, -222.0, -0.5, 1234567.0, None)] == ["+12", "−222", "−0.5", "+1,234,567", "–"]
