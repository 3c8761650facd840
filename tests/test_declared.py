"""What declared/phases.toml may say, and how every fault of it is told: file, line, entry, what was expected and seen, what to do."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sightline import declared, declared_text
from sightline.declared import Declared, Known
from sightline.errors import BadInput
from sightline.home import Home

PHASE = """[[phase]]
measure = "within"
organisation = "RAA"
from = 2023-04-01
reason = "a new unit opened"
source = "board paper 7"
declared_by = "analyst"
declared_on = 2026-11-28
"""
EXCLUDE = """[[exclude]]
measure = "all"
organisation = "all"
month = 2023-08-01
reason = "the count failed"
"""
BASELINE = """[[baseline]]
measure = "waits"
level = "region"
months = 12
reason = "the year before the change"
"""
LINES = """[[lines]]
measure = "waits"
organisation = "ENG"
centre_line = 4
reason = "agreed with the board"
"""
SERIES = pl.DataFrame(
    [
        ("within", "provider", "RAA", date(2022, 1, 1), date(2024, 12, 1)),
        ("waits", "region", "Y60", date(2022, 1, 1), date(2024, 12, 1)),
        ("waits", "england", "ENG", date(2022, 1, 1), date(2024, 12, 1)),
    ],
    schema=["measure", "level", "organisation", "first", "last"],
    orient="row",
)
SHIPPED = declared.parsed(PHASE.replace("RAA", "all").replace("2023-04", "2022-03"), "shipped", "shipped").entries
KNOWN = Known({"within": "ae", "waits": "ae"}, SHIPPED, SERIES)


def read(text: str, known: Known = KNOWN) -> Declared:
    return declared.checked(declared.parsed(text, "home", declared.WHERE), known)


def test_an_entry_of_every_kind_can_be_used() -> None:
    found = read(PHASE + EXCLUDE + BASELINE + LINES)
    assert found.faults == ()
    assert [entry.kind for entry in found.entries] == ["phase", "exclude", "baseline", "lines"]
    phase, exclude, baseline, lines = found.entries
    assert (phase.month_from, phase.source, phase.declared_by) == (date(2023, 4, 1), "board paper 7", "analyst")
    assert phase.declared_on == date(2026, 11, 28)
    assert (exclude.month_from, exclude.month_to) == (date(2023, 8, 1), date(2023, 8, 1))
    assert (baseline.months, baseline.level, lines.centre_line) == (12, "region", 4.0)


def test_a_step_that_travels_with_sightline_is_taken_back_with_a_reason() -> None:
    text = '[[phase]]\nmeasure = "within"\norganisation = "RAA"\nfrom = 2022-03-01\nremove = true\nreason = "it did not concern us"\n'
    assert [entry.kind for entry in read(text).entries] == ["remove"]
    (fault,) = read(text.replace("2022-03", "2022-05")).faults
    assert "a step that travels with sightline" in str(fault)


#: what is wrong -> the text, the line that is named, and what is said
FAULTS = {
    "unknown measure": (PHASE.replace('"within"', '"witin"'), 1, "write one that there is, such as within"),
    "unknown organisation": (PHASE.replace("RAA", "RAB"), 1, "saw RAB"),
    "unknown level": (BASELINE.replace('"region"', '"trust"'), 3, "expected provider, region, england or all"),
    "level of another": (PHASE.replace("from =", 'level = "region"\nfrom ='), 1, "expected the level of RAA, provider"),
    "no such series": (PHASE.replace("within", "waits"), 1, "none of waits for RAA"),
    "a date in quotes": (PHASE.replace("2023-04-01", '"2023-04-01"'), 4, "without quotes"),
    "a date with a time": (PHASE.replace("2023-04-01", "2023-04-01T00:00:00"), 4, "as a date"),
    "not the first": (PHASE.replace("2023-04-01", "2023-04-15"), 4, "write 2023-04-01"),
    "before the series": (PHASE.replace("2023-04-01", "2021-12-01"), 1, "saw from 2021-12"),
    "after the series": (PHASE.replace("2023-04-01", "2025-01-01"), 1, "saw from 2025-01"),
    "an end after the series": (EXCLUDE.replace("month = 2023-08-01", "from = 2024-08-01\nto = 2025-01-01"), 1, "saw to 2025-01"),
    "end before start": (EXCLUDE.replace("month = 2023-08-01", "from = 2023-08-01\nto = 2023-07-01"), 5, "an end on or after 2023-08-01"),
    "from alone": (EXCLUDE.replace("month", "from"), 4, "expected from and to"),
    "month and from": (EXCLUDE + "from = 2023-01-01\n", 4, "saw both"),
    "unknown key": (PHASE + "declared_by_whom = 1\n", 9, "saw declared_by_whom"),
    "missing reason": (PHASE.replace('reason = "a new unit opened"\n', ""), 1, "expected reason; saw no reason"),
    "empty reason": (PHASE.replace("a new unit opened", " "), 5, "reason in words"),
    "reason to be written": (PHASE.replace("a new unit opened", "to be written: what happened"), 5, "written by a person"),
    "no organisation": (PHASE.replace('organisation = "RAA"\n', ""), 1, "organisation or level"),
    "a short baseline": (BASELINE.replace("12", "11"), 4, "12 months or more"),
    "a line that is no number": (LINES.replace("= 4", "= nan"), 4, "expected a number"),
    "twice": (PHASE + "\n" + PHASE, 10, "the same as in declared/phases.toml, line 2, phase 1"),
    "unknown kind": ("# a note\n" + PHASE.replace("[[phase]]", "[[phases]]"), 2, "saw [[phases]]"),
    "single brackets": (PHASE.replace("[[phase]]", "[phase]"), 1, "saw [phase]"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_names_file_line_and_entry_and_its_entry_is_left_out(fault: str) -> None:
    text, line, said = FAULTS[fault]
    found = read("# what we decided\n" + text)
    (told,) = found.faults
    assert told.where.startswith(f"declared/phases.toml, line {line + 1}")
    assert said in str(told)
    assert "What to do: " in str(told)
    assert len(found.entries) == (1 if fault == "twice" else 0)


def test_all_faults_are_told_in_the_order_of_the_file_and_the_good_entries_stay() -> None:
    found = read("\n".join([PHASE.replace("RAA", "RAB"), EXCLUDE, BASELINE.replace("12", "3").replace("waits", ""), PHASE]))
    assert [int(fault.where.split("line ")[1].split(",")[0]) for fault in found.faults] == [1, 17, 19]
    assert [entry.kind for entry in found.entries] == ["phase", "exclude"]


def test_an_entry_with_several_faults_is_told_of_each() -> None:
    text = PHASE.replace("within", "witin").replace("RAA", "RAB").replace("2023-04-01", "2023-04-02").replace('reason = "a new unit opened"\n', "")
    found = read(text)
    assert found.entries == ()
    said = " ".join(str(fault) for fault in found.faults)
    assert len(found.faults) == 4
    assert all(word in said for word in ("witin", "RAB", "2023-04-02", "no reason"))


def test_brackets_within_words_and_comments_are_no_entries() -> None:
    quoted = PHASE.replace('"a new unit opened"', '"""\n[[phase]]\nfrom = 1\n"""')
    text = "# [[phase]]\n" + quoted + EXCLUDE.replace("[[exclude]]", "[[ exclude ]] # [[phase]]")
    found = read(text + PHASE.replace("RAA", "RAB"))
    assert [entry.where.split(", ")[1] for entry in found.entries] == ["line 2", "line 13"]
    assert found.entries[0].reason == "[[phase]] from = 1"
    assert found.faults[0].where.startswith("declared/phases.toml, line 18, phase 2")


NO_TOML = [
    ("[[phase]]\nmeasure = within\n", "line 2, column 11"),
    ('[[phase]]\nmeasure = "', "line 2, column 12"),
    ("x = " + "[" * 9999, "line 1, column"),
]


@pytest.mark.parametrize(("text", "place"), NO_TOML, ids=["a bare word", "an open string", "brackets within brackets"])
def test_a_file_that_is_no_toml_is_told_with_line_and_column(text: str, place: str, tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    (home.declared / "phases.toml").write_text(text)
    (fault,) = declared.read_declared(home).faults
    assert fault.where.startswith(f"declared/phases.toml, {place}")


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"#" * 1_000_001])
def test_a_file_that_cannot_be_read_is_a_fault_and_no_error(body: bytes, tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    (home.declared / "phases.toml").write_bytes(body)
    assert len(declared.read_declared(home).faults) == 1


def test_without_the_file_nothing_is_declared(tmp_path: Path) -> None:
    assert declared.read_declared(Home(tmp_path)) == Declared()


def test_where_nothing_is_published_only_measures_are_looked_up() -> None:
    blind = Known(KNOWN.measures)
    assert read(PHASE.replace("RAA", "RZZ"), blind).faults == ()
    assert len(read(PHASE.replace("within", "witin"), blind).faults) == 1


def test_an_entry_for_a_whole_dataset_is_a_row_for_each_of_its_measures() -> None:
    entries = read(EXCLUDE + 'dataset = "ae"\n').entries
    rows = declared.frame(entries, {**KNOWN.measures, "list": "rtt"})
    assert rows.select("dataset", "measure").rows() == [("ae", "within"), ("ae", "waits")]


def test_a_text_survives_being_written_as_toml() -> None:
    text = 'say "no" \\ back [[phase]] é'
    assert declared.parsed(EXCLUDE.replace('"the count failed"', declared_text.toml_text(text)), "home", "x").entries[0].reason == text


def test_text_that_is_no_toml_is_refused() -> None:
    with pytest.raises(BadInput, match="expected TOML"):
        declared.parsed("]", "home", "x")
