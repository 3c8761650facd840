"""The tables and measures that are made of RTT extracts and overviews: small months, run through their own SELECTs."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from assets import intake, measures
from assets.description import datasets, entries
from assets.tables import TABLES
from sightline import tables
from sightline.revision import revised_cells
from sightline.sources import rtt, rtt_overview
from tests.rtt_site import month_extract
from tests.sources.rtt_files import CELLS, NAME, Cell

DECEMBER, JANUARY, FEBRUARY, MARCH = date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
MOVED = [Cell("RA1", "36L", "Part_2", "C_100", {0: 9, 1: 1, 17: 8, 18: 6, 52: 3, 104: 1}) if cell == CELLS[2] else cell for cell in CELLS]
ONLY_LIST = [cell for cell in CELLS if cell.part == "Part_2"]
#: month, release, vintage, cells
FILES = (
    (DECEMBER, "first", 1, CELLS),
    (DECEMBER, "revised", 2, MOVED),
    (JANUARY, "first", 1, CELLS),
    (FEBRUARY, "revised", 1, ONLY_LIST),
    (MARCH, "first", 1, CELLS),
)
#: what the overview says of England's list, of within 18 and of the flows; the extracts hold 97 pathways
OVERVIEW = {DECEMBER: 97, JANUARY: 97, FEBRUARY: 194}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tables of five files and an overview that does not have the newest month."""
    folder = tmp_path_factory.mktemp("stage")
    tidy, files = [], []
    for number, (month, release, vintage, cells) in enumerate(FILES):
        sha256 = f"{number:064}"
        labels = {"sha256": pl.lit(sha256), "link_month": pl.lit(month), "name_month": pl.lit(month)}
        tidy.append(rtt.summed(rtt.parse(month_extract(month, cells), NAME)).with_columns(**labels))
        files.append({"sha256": sha256, "month": month, "release": release, "vintage": vintage, "published": month.replace(day=12)})
    months = [
        {"month": month, "waiting": float(size), "waiting_within_18_weeks": 85.0, "new_periods": 31.0, "admitted": 8.0, "not_admitted": 4.0}
        for month, size in OVERVIEW.items()
    ]
    series = pl.DataFrame(months, schema_overrides=rtt_overview.SCHEMA)
    absent = [pl.lit(None, dtype=kind).alias(name) for name, kind in rtt_overview.SCHEMA.items() if name not in series.columns]
    labelled = series.with_columns(*absent, sha256=pl.lit("f" * 64), link_month=pl.lit(None, pl.Date), name_month=pl.lit(None, pl.Date))
    control = pl.DataFrame({"sha256": ["f" * 64], "published": [date(2026, 4, 9)], "first_seen": [date(2026, 4, 9)]})
    for name, frame in {"tidy": pl.concat(tidy), "file": pl.DataFrame(files), "series": labelled, "control": control}.items():
        tables.write_parquet(frame, folder / "rtt" / f"{name}.parquet")
    for name in ("wait_band_vintage", "wait_band", "wait_band_first", "wait_band_nonc", "pathway_month_vintage", "pathway_month",
                 "organisation_month", "overview_month", "england_month", "transition"):  # fmt: skip
        table = TABLES[f"core.rtt_{name}"]
        tables.run_select(table, {read: place(folder, read) for read in table.reads}, place(folder, table.full_name))
    return folder


def place(folder: Path, name: str) -> Path:
    schema, table = name.split(".")
    return folder / schema / f"{table}.parquet"


def table(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(place(folder, f"core.rtt_{name}"))


def values(folder: Path, measure: str) -> dict[tuple[str, str, date], float | None]:
    """Level, organisation and month -> value of one measure."""
    row = next(entry for entry in entries("measure") if entry["id"] == measure)
    with tables.connect({name: place(folder, name) for name in measures.source_tables() if name.startswith("core.rtt_")}) as connection:
        found = pl.DataFrame(connection.sql(measures.value_sql(row)))
    return {row[:3]: row[3] for row in found.select("level", "organisation", "month", "value").iter_rows()}


def test_bands_hold_no_zero_no_total_and_no_nonc(made: Path) -> None:
    bands = table(made, "wait_band").filter(month=JANUARY, part="Part_2")
    assert bands["pathways"].sum() == 28 + 22 + 7 + 40
    assert bands["pathways"].min() > 0
    assert "C_999" not in bands["treatment_function"]
    assert table(made, "wait_band_nonc").filter(month=JANUARY)["pathways"].to_list() == [9]


def test_totals_keep_unknown_starts_and_new_periods_and_have_nonc_beside_them(made: Path) -> None:
    months = table(made, "pathway_month").filter(month=JANUARY, organisation="RA1", treatment_function="C_100")
    rows = {row[0]: row[1:] for row in months.select("part", "pathways", "unknown_clock_start", "nonc_pathways").iter_rows()}
    assert rows == {"Part_1A": (8, 1, 0), "Part_1B": (4, 0, 0), "Part_2": (35, None, 9), "Part_2A": (4, None, 0), "Part_3": (31, None, 0)}


def test_the_newest_and_the_first_release_stand_apart(made: Path) -> None:
    newest, first = (table(made, name).filter(month=DECEMBER, band=1)["pathways"].sum() for name in ("wait_band", "wait_band_first"))
    assert (newest, first) == (1, 0)
    assert FEBRUARY not in table(made, "wait_band_first")["month"].to_list()


def test_a_revision_is_listed_once_a_function_and_never_by_band(made: Path) -> None:
    found = revised_cells(table(made, "wait_band_vintage"), TABLES["core.rtt_wait_band_vintage"])
    ((key, column, old, new),) = found.select("key", "column_name", "old_value", "new_value").rows()
    assert json.loads(key) == {"part": "Part_2", "treatment_function": "C_100"}
    assert (column, old, new) == ("pathways", 35, 35)


def test_a_step_from_a_revised_to_a_first_release_is_marked_where_there_is_no_like_pair(made: Path) -> None:
    steps = table(made, "transition").select("month_from", "release_from", "release_to", "is_alike").rows()
    assert steps == [(DECEMBER, "first", "first", True), (JANUARY, "first", "revised", False), (FEBRUARY, "revised", "first", False)]


def test_an_extract_that_lacks_organisations_is_no_fall_of_the_list(made: Path) -> None:
    england = {row[0]: row[1:] for row in table(made, "england_month").select("month", "taken_from", "share_missing", "is_whole").iter_rows()}
    assert england[JANUARY] == ("overview", 0, True)
    assert england[FEBRUARY] == ("overview", 0.5, False)
    assert england[MARCH] == ("extract", None, True)
    size = values(made, "rtt_list_size")
    assert [size["england", "ENG", month] for month in (DECEMBER, JANUARY, FEBRUARY, MARCH)] == [97, 97, 194, 97]
    assert ("region", "Y56", FEBRUARY) not in size
    assert size["region", "Y56", JANUARY] == 57


def test_a_centile_lies_within_its_band_as_far_as_it_is_into_its_pathways(made: Path) -> None:
    # RA1: 17 pathways in week 0, 28 in week 17, then 6, 2, 3 and 1: half of 57 is reached 11.5 pathways into week 17
    assert values(made, "rtt_median_weeks")["provider", "RA1", JANUARY] == pytest.approx(17 + 11.5 / 28)
    # 92 in 100 are 52.44, reached 1.44 into the two pathways of week 40
    assert values(made, "rtt_p92_weeks")["provider", "RA1", JANUARY] == pytest.approx(40 + 1.44 / 2)


def test_shares_and_counts_over_a_line_begin_with_its_week(made: Path) -> None:
    assert values(made, "rtt_within_18w")["provider", "RA1", JANUARY] == pytest.approx(45 / 57)
    assert values(made, "rtt_over_40w_share")["provider", "RA1", JANUARY] == pytest.approx(6 / 57)
    assert [values(made, f"rtt_over_{week}w")["provider", "RA1", JANUARY] for week in (18, 52, 65, 104)] == [12, 4, 1, 1]
    assert values(made, "rtt_over_52w")["provider", "NT001", JANUARY] == 0


def test_removals_that_no_figure_reports_are_what_the_others_leave_over_and_england_s_alone(made: Path) -> None:
    # list 97 + 31 clocks − 8 − 4 completed − list 97; the first month has none before it
    found = values(made, "rtt_unreported_removals")
    assert found["england", "ENG", JANUARY] == 19
    assert {level for level, _, _ in found} == {"england"}


def test_one_content_that_is_linked_for_two_months_is_told() -> None:
    files = pl.DataFrame({"sha256": ["a", "a", "b"], "month": [JANUARY, FEBRUARY, MARCH], "url": ["x/jan.zip", "x/feb.zip", "x/mar.zip"]})
    found = intake.same_content(datasets()["rtt"], files)
    assert found.select("passed", "detail").rows() == [(False, "one content is linked for 2026-01, 2026-02")]
