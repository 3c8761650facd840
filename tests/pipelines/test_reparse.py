"""What ``--reparse`` promises: the tables of the named files are forgotten, those of no other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipelines.reparse import forget
from pipelines.run import Outcome
from sightline.errors import BadInput
from sightline.fetch import Ledger
from sightline.home import Home
from tests.conftest import MONTHS

pytestmark = pytest.mark.usefixtures("history_in_memory")


@pytest.fixture
def home(good: tuple[Outcome, Home], tmp_path: Path) -> Home:
    return Home(Path(shutil.copytree(good[1].root, tmp_path / "home", symlinks=True)))


def tables(home: Home) -> set[str]:
    """The contents whose tables are there."""
    return {path.name[:64] for path in (home.tidy / "ae").glob("*.parquet")}


def test_a_month_is_forgotten_and_every_other_stays(home: Home) -> None:
    before = tables(home)
    assert len(before) == len(MONTHS)
    assert forget(home, ["ae"], ["2023-02", "2023-03"]) == 2
    files = Ledger(home.ledger).files("ae")
    gone = {row["sha256"] for row in files.rows(named=True) if (row["month"].year, row["month"].month) in ((2023, 2), (2023, 3))}
    assert before - tables(home) == gone


def test_without_a_month_all_are_forgotten(home: Home) -> None:
    assert forget(home, ["ae", "ae"], []) == len(MONTHS)
    assert tables(home) == set()


@pytest.mark.parametrize(
    ("names", "months", "said"),
    [
        (["aee"], [], "a dataset: ae"),
        (["ae"], ["2023-02", "2031-01"], "2023-01, 2023-02.*saw 2031-01"),
        (["ae"], ["May"], "saw May"),
        ([], ["2023-02"], "--reparse DATASET before a month"),
    ],
)
def test_what_there_is_not_is_refused_and_nothing_is_forgotten(names: list[str], months: list[str], said: str, home: Home) -> None:
    with pytest.raises(BadInput, match=said):
        forget(home, names, months)
    assert len(tables(home)) == len(MONTHS)
