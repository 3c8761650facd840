"""What is parsed on a night: what is new, and nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from assets import intake
from assets.workplace import Workplace
from sightline.fetch import Archive
from sightline.home import Home
from sightline.sources import ae, rtt
from tests.ae_site import csv_of
from tests.rtt_site import month_extract


def test_a_night_with_one_new_month_parses_that_month_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path).create()
    parsed: list[str] = []
    archive, original = Archive(home.archive), rtt.numbered

    def seen(body: bytes, name: str) -> tuple[pl.DataFrame, dict[str, str]]:
        parsed.append(name)
        return original(body, name)

    monkeypatch.setattr(rtt, "numbered", seen)
    rows = [
        {"dataset": "rtt", "sha256": archive.add(month_extract(month)), "url": f"https://x/{month:%b%y}.zip", "month": month, "name_month": month}
        for month in (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
    ]

    def night(months: int) -> pl.DataFrame:
        parsed.clear()
        files = pl.DataFrame(rows[:months], schema_overrides={"month": pl.Date, "name_month": pl.Date})
        found = intake.parse_all(Workplace(home=str(home.root)), files, rtt.parse, "rtt: parsing", rtt.summed)
        assert found.rows is not None
        return found.rows

    assert (night(2)["month"].n_unique(), parsed) == (2, ["Jan26.zip", "Feb26.zip"])
    assert (night(3)["month"].n_unique(), parsed) == (3, ["Mar26.zip"])
    assert (night(3)["month"].n_unique(), parsed) == (3, [])


def test_many_files_are_parsed_in_other_processes_and_give_what_this_one_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    months = [date(2022 + place // 12, place % 12 + 1, 1) for place in range(6)]
    bodies = [*map(csv_of, months[:5]), b"what,is,this\r\n1,2,3\r\n"]

    def read(folder: str, few: int) -> intake.Reading:
        home = Home(tmp_path / folder).create()
        rows = [
            {"dataset": "ae", "sha256": Archive(home.archive).add(body), "url": f"https://x/{month:%b%y}.csv", "month": month, "name_month": month}
            for month, body in zip(months, bodies, strict=True)
        ]
        monkeypatch.setattr(intake, "FEW", few)
        return intake.parse_all(Workplace(home=str(home.root)), pl.DataFrame(rows), ae.parse, "ae: parsing", beside=True)

    here = read("here", few=6)
    monkeypatch.setattr(ae, "read_lines", lambda *_: pytest.fail("parsed in this process"))
    with pytest.raises(pytest.fail.Exception, match="parsed in this process"):  # the one that cannot be read is read again, to say why
        read("refused", few=5)
    monkeypatch.undo()
    beside = read("beside", few=5)
    assert here.rows is not None
    assert beside.rows is not None
    assert here.rows["month"].n_unique() == 5
    assert here.rows.equals(beside.rows)
    assert here.refused == beside.refused
    assert "Jun22.csv" in next(iter(here.refused.values()))
