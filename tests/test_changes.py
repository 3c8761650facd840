"""What declared/changes.toml may say, and how every fault of it is told: file, line, entry, what was expected and seen, what to do."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sightline import changes
from sightline.changes import Changes
from sightline.declared import Known
from sightline.home import Home

GOOD = """# what we tried
[[change]]
name = "Hub"
what = "a hub for same-day care"
organisation = ["RAA", "Y60"]
from = 2023-04-01
hopes = { within = "up", waits = "down" }
look_again = 2023-10-01
learning = "urgent care board"
"""
SERIES = pl.DataFrame(
    [
        (measure, level, code, date(2022, 1, 1), date(2024, 12, 1))
        for measure in ("within", "waits")
        for level, code in (("provider", "RAA"), ("region", "Y60"))
    ]
    + [("within", "england", "ENG", date(2022, 1, 1), date(2024, 12, 1))],
    schema=["measure", "level", "organisation", "first", "last"],
    orient="row",
)
KNOWN = Known({"within": "ae", "waits": "ae"}, (), SERIES)


def read(text: str, known: Known = KNOWN) -> Changes:
    return changes.checked(changes.parsed(text, "home", changes.WHERE), known)


def test_a_change_is_a_row_for_each_measure_and_organisation() -> None:
    found = read(GOOD)
    assert found.faults == ()
    rows = changes.frame(found.entries, SERIES).select("change", "level", "organisation", "measure", "hoped").rows()
    assert sorted(rows) == [
        ("Hub", "provider", "RAA", "waits", "down"), ("Hub", "provider", "RAA", "within", "up"),
        ("Hub", "region", "Y60", "waits", "down"), ("Hub", "region", "Y60", "within", "up"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ('name = "Hub"', "", 2, "name"),
        ('name = "Hub"', 'name = "' + "x" * 61 + '"', 3, "at most 60 letters"),
        ('what = "a hub for same-day care"', 'what = "to be written"', 4, "written by a person"),
        ('["RAA", "Y60"]', '["RAA", "RAA"]', 5, "each code once"),
        ('["RAA", "Y60"]', "[]", 5, "code of an organisation"),
        ('["RAA", "Y60"]', '"RAB"', 2, "code of an organisation or region that is published"),
        ('["RAA", "Y60"]', '"ENG"', 2, "a series that is published"),
        ("2023-04-01", "2023-04-02", 6, "first of a month"),
        ("2023-04-01", '"2023-04-01"', 6, "without quotes"),
        ("2023-04-01", "2022-01-01", 2, "from after 2022-01"),
        ("from = 2023-04-01", "from = 2027-01-01\n", 2, "by 2026-12"),
        ('within = "up"', 'within = "better"', 7, "up or down"),
        ('within = "up"', 'withn = "up"', 2, "measures of measure.definition"),
        ('{ within = "up", waits = "down" }', "{}", 7, "the measures it hopes to move"),
        ("look_again = 2023-10-01", "look_again = 2023-04-01", 8, "a month after"),
        ("learning =", "lerning =", 9, "the keys"),
        ("[[change]]", "[change]", 2, "[[change]]"),
    ],
)
def test_every_fault_is_told_with_its_line(old: str, new: str, line: int, expected: str) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new)
    found = read(text.replace("2023-10-01", "2027-06-01") if "2027" in new else text)
    assert found.entries == ()
    assert any(f"declared/changes.toml, line {line}" in str(fault) and expected in str(fault) for fault in found.faults), found.faults


def test_a_change_to_come_may_be_declared() -> None:
    assert read(GOOD.replace("2023-04", "2025-06").replace("2023-10", "2025-12")).faults == ()


def test_a_name_stands_once() -> None:
    found = read(GOOD + GOOD.replace('"Hub"', '"hub"'))
    assert (len(found.entries), len(found.faults)) == (1, 1)
    assert "a name of its own" in str(found.faults[0])


def test_no_file_and_a_broken_file(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    assert changes.read_changes(home) == Changes()
    (home.declared / changes.NAME).write_text(GOOD + "\nfrom = = 3\n", encoding="utf-8")
    (fault,) = changes.read_changes(home).faults
    assert "declared/changes.toml, line 11, column 8" in str(fault)


def test_an_entry_written_is_the_entry_read() -> None:
    words = {
        "name": 'The "hub"',
        "what": "a hub\nfor \\ all",
        "organisation": ["RAA", "Y60"],
        "from": date(2023, 4, 1),
        "hopes": {"within": "up"},
        "look_again": date(2023, 10, 1),
        "learning": "board",
        "source": None,
    }
    (entry,) = read(changes.entry_text(words)).entries
    assert (entry.name, entry.what, entry.organisations) == ('The "hub"', "a hub for \\ all", ("RAA", "Y60"))
    assert (entry.hopes, entry.look_again, entry.source) == ((("within", "up"),), date(2023, 10, 1), None)
