"""What ``sightline quarantine`` promises: a file is let in only by name, with a reason, and only if it could be read."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from pipelines import quarantine
from sightline.accepted import Accepted, declare, read_accepted
from sightline.errors import BadInput
from sightline.home import Home
from tests.pipelines.published import hold_back, published

DAY = date(2025, 6, 13)
READ, TWIN, UNREAD = "abcdef1" + "0" * 57, "abcdef2" + "0" * 57, "99999900" + "0" * 56
WORDS = "the total row is the sum of the rows above it"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(quarantine, "file_expectations", lambda _dataset: [WORDS, "another"])
    home = published(tmp_path / "home")
    broken = f"expected: {WORDS}; saw: total 1. Likely cause: a slip."
    hold_back(home, (READ, broken), (TWIN, broken), (UNREAD, "May-2025.csv: expected a known layout; saw a workbook. What to do: look."))
    return home


def test_the_list_says_which_file_why_and_what_stays(home: Home) -> None:
    text = "\n".join(quarantine.lines(quarantine.held(home)))
    for said in (READ[:12], "ae 2025-05", "abcdef.csv", f"why: expected: {WORDS}; saw: total 1.", "what stays: nothing"):
        assert said in text


def test_an_empty_quarantine_says_so() -> None:
    assert list(quarantine.lines([])) == ["no file is held back"]


def test_a_file_is_accepted_with_its_expectation_reason_and_day(home: Home) -> None:
    said = quarantine.accept(home, "ABCDEF1", "  the total was mistyped,\n see the note ", DAY)
    assert "the next run lets it in" in said
    assert read_accepted(home) == {READ: Accepted(READ, (WORDS,), "the total was mistyped, see the note", DAY)}


@pytest.mark.parametrize(
    ("prefix", "reason", "said"),
    [
        ("abcdef", "why", "2 of 3 begin"),
        ("123456", "why", "none of 3 begin"),
        ("abc", "why", "6 or more hexadecimal digits"),
        ("../../..", "why", "6 or more hexadecimal digits"),
        ("999999", "why", "could not be read, so there is nothing to let in"),
        ("abcdef1", " \n", "--reason: expected why the file is right all the same; saw nothing"),
    ],
)
def test_what_names_no_one_file_or_has_no_reason_or_was_never_read_is_refused(prefix: str, reason: str, said: str, home: Home) -> None:
    with pytest.raises(BadInput, match=said):
        quarantine.accept(home, prefix, reason, DAY)
    assert list(home.declared.iterdir()) == []


def test_a_file_is_accepted_once(home: Home) -> None:
    quarantine.accept(home, "abcdef1", "why", DAY)
    with pytest.raises(BadInput, match="2025-06-13"):
        quarantine.accept(home, "abcdef1", "again", DAY)


def test_a_home_that_a_run_holds_is_left_alone(home: Home) -> None:
    with home.lock("a run"), pytest.raises(BadInput, match="no other run"):
        quarantine.accept(home, "abcdef1", "why", DAY)


def test_the_expectations_of_the_file_gate_are_those_of_its_suite() -> None:
    assert any("total row is the sum" in words for words in quarantine.file_expectations("ae"))


@pytest.mark.parametrize(
    "reason", ['say "no"', "back\\slash", "tab\tand \x7f and \x1b[31m", "é ’ 数", "\ud800 alone", "[[accepted]]", "a\n[[accepted]]\n#"]
)
def test_any_reason_becomes_toml(reason: str, tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    declare(home, READ, WORDS, reason, DAY)
    found = tomllib.loads((home.declared / "accepted.toml").read_text("utf-8"))["accepted"][0]["reason"]
    assert found.isprintable()
    assert found.split() == "".join(letter if letter.isprintable() else " " for letter in reason).split()


def test_entries_are_in_the_order_of_their_dates_and_comments_stay(tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    path = home.declared / "accepted.toml"
    declare(home, READ, WORDS, "late", date(2025, 8, 1))
    path.write_text("# ours\n" + path.read_text() + "# asked by telephone\n")
    declare(home, TWIN, WORDS, "early", DAY)
    declare(home, READ, "another", "latest", date(2025, 9, 1))
    text = path.read_text()
    assert text.startswith("# ours\n")
    assert text.index("early") < text.index('"late"') < text.index("# asked by telephone") < text.index("latest")
    assert read_accepted(home)[READ] == Accepted(READ, (WORDS, "another"), "latest", date(2025, 9, 1))


GOOD = f'[[accepted]]\nsha256 = "{READ}"\nexpectation = "{WORDS}"\nreason = "why"\naccepted = 2025-06-13\n'
MALFORMED = {
    "no TOML": ("[[accepted", "accepted.toml: expected TOML"),
    "one table": ("[accepted]\nsha256 = 1\n", "another form"),
    "a part too few": (GOOD + "[[accepted]]\nsha256 = 'x'\n", "entry 2: expected the parts sha256, expectation, reason, accepted; saw sha256"),
    "a part too many": (GOOD + "url = 'x'\n", "entry 1"),
    "short digits": (GOOD.replace(READ, READ[:12]), "entry 1: expected sha256 in 64 digits"),
    "an empty reason": (GOOD.replace('"why"', '" "'), "expectation and reason in words"),
    "a date in quotes": (GOOD.replace("2025-06-13", '"2025-06-13"'), "accepted as a date"),
    "a date with a time": (GOOD.replace("2025-06-13", "2025-06-13T10:00:00"), "accepted as a date"),
    "another encoding": ("# \xff", "cannot be read"),
}


@pytest.mark.parametrize("fault", MALFORMED)
def test_a_malformed_file_is_refused_by_name_and_entry_and_not_written(fault: str, tmp_path: Path) -> None:
    home = Home(tmp_path).create()
    text, said = MALFORMED[fault]
    path = home.declared / "accepted.toml"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(BadInput, match=r"declared/accepted\.toml") as refused:
        read_accepted(home)
    assert said in str(refused.value)
    with pytest.raises(BadInput):
        declare(home, TWIN, WORDS, "why", DAY)
    assert path.read_text(encoding="latin-1") == text


def test_without_the_file_nothing_is_accepted(tmp_path: Path) -> None:
    assert read_accepted(Home(tmp_path)) == {}
