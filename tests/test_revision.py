"""What a later release changed is listed cell by cell, and what code changed is told apart from it."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from sightline.revision import changed_by_code, revised_cells
from sightline.tables import Column, Table

MAY, JUNE = date(2025, 5, 1), date(2025, 6, 1)
FIRST, REVISED, AGAIN = date(2025, 6, 12), date(2025, 11, 13), date(2025, 12, 11)
TABLE = Table(
    "core",
    "ae_seen_vintage",
    "",
    ("month", "organisation", "department_type", "vintage"),
    tuple(Column(name, "", "") for name in ("seen", "late")),
    None,
)
COLUMNS = ["month", "organisation", "department_type", "seen", "late", "region", "vintage", "published", "file"]


def vintages(*rows: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=COLUMNS, orient="row", schema_overrides={"published": pl.Date, "late": pl.Int64, "seen": pl.Int64})


def changed(*rows: tuple[object, ...]) -> set[tuple[object, ...]]:
    found = revised_cells(vintages(*rows), TABLE)
    assert set(found["dataset"]) <= {"ae"}
    assert set(found["table_name"]) <= {"core.ae_seen"}
    return set(found.select("month", "organisation", "key", "column_name", "old_value", "new_value", "old_published", "new_published").rows())


def test_only_the_cells_that_differ_are_listed_with_both_days() -> None:
    assert changed(
        (MAY, "RAA", "type_1", 100, 9, "Y56", 1, FIRST, "a"),
        (MAY, "RAA", "other", 50, 1, "Y56", 1, FIRST, "a"),
        (MAY, "RAA", "type_1", 100, 7, "Y58", 2, REVISED, "b"),
        (MAY, "RAA", "other", 55, 1, "Y56", 2, REVISED, "b"),
        (JUNE, "RAA", "other", 1, 1, "Y56", 1, FIRST, "c"),
    ) == {
        (MAY, "RAA", '{"department_type":"type_1"}', "late", 9.0, 7.0, FIRST, REVISED),
        (MAY, "RAA", '{"department_type":"other"}', "seen", 50.0, 55.0, FIRST, REVISED),
    }


def test_a_figure_that_comes_or_goes_and_an_organisation_that_comes_or_goes_are_revisions() -> None:
    key = '{"department_type":"other"}'
    assert changed(
        (MAY, "RAA", "other", 50, None, None, 1, FIRST, "a"),
        (MAY, "RBB", "other", 5, 5, None, 1, FIRST, "a"),
        (MAY, "RAA", "other", None, None, None, 2, REVISED, "b"),
        (MAY, "RCC", "other", None, 4, None, 2, REVISED, "b"),
    ) == {
        (MAY, "RAA", key, "seen", 50.0, None, FIRST, REVISED),
        (MAY, "RBB", key, "seen", 5.0, None, FIRST, REVISED),
        (MAY, "RBB", key, "late", 5.0, None, FIRST, REVISED),
        (MAY, "RCC", key, "late", None, 4.0, FIRST, REVISED),
    }


def test_every_release_is_compared_with_the_one_before_it() -> None:
    key = '{"department_type":"other"}'
    assert changed(*((MAY, "RAA", "other", seen, 0, None, place, day, day.isoformat()) for place, (seen, day) in
                     enumerate([(1, FIRST), (2, REVISED), (1, AGAIN)], start=1))) == {
        (MAY, "RAA", key, "seen", 1.0, 2.0, FIRST, REVISED),
        (MAY, "RAA", key, "seen", 2.0, 1.0, REVISED, AGAIN),
    }  # fmt: skip


@pytest.mark.parametrize("published", [FIRST, None])
def test_one_release_is_no_revision(published: date | None) -> None:
    assert changed((MAY, "RAA", "other", 50, 1, None, 1, published, "a")) == set()


def test_what_the_same_file_gives_otherwise_is_changed_by_code_and_a_new_file_is_not() -> None:
    before = vintages((MAY, "RAA", "other", 0, 1, None, 1, FIRST, "a"), (JUNE, "RAA", "other", 3, 3, None, 1, FIRST, "gone"))
    after = vintages((MAY, "RAA", "other", None, 1, None, 1, FIRST, "a"), (MAY, "RAA", "other", 9, 9, None, 2, REVISED, "b"))
    found = changed_by_code(before, after, TABLE)
    assert found.select("month", "organisation", "column_name", "old_value", "new_value", "file").rows() == [(MAY, "RAA", "seen", 0.0, None, "a")]
