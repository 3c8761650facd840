"""The snapshot: rebuilt the same, and what ships with the package."""

from __future__ import annotations

import csv
import hashlib
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sightline import snapshot
from sightline.errors import BadInput
from sightline.fetch import Ledger, Listing, open_source, refresh
from sightline.home import Home
from sightline.snapshot.build import LICENCE, build, main

HOST = "www.england.nhs.uk"
INDEX = f"https://{HOST}/statistics/statistical-work-areas/ae-waiting-times-and-activity/"
LISTING = Listing(
    dataset="ae",
    index_page=INDEX,
    year_page=r"A&E Attendances and Emergency Admissions \d{4}-\d{2}",
    file="^Monthly",
    hosts=(HOST,),
    first_month=date(2019, 4, 1),
)


def _row(mirror: Path, period: str, published: str, text: str, kind: str = "csv") -> dict[str, str]:
    body = f"{period} {published}".encode()
    name = f"{period}-{published}.{kind}"
    (mirror / "files").mkdir(parents=True, exist_ok=True)
    (mirror / "files" / name).write_bytes(body)
    return {
        "dataset": "ae",
        "period": period,
        "kind": kind,
        "published": published,
        "landing_page": f"{INDEX}ae-attendances-and-emergency-admissions-2025-26/",
        "url": f"https://{HOST}/statistics/wp-content/uploads/sites/2/{published[:7].replace('-', '/')}/{name}",
        "anchor_text": text,
        "stored_path": f"files/{name}",
        "sha256": hashlib.sha256(body).hexdigest(),
    }


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    folder = tmp_path / "mirror"
    rows = [
        _row(folder, "2025-06", "2025-07-10", "Monthly A&E June 2025 (CSV, 29KB)"),
        _row(folder, "2025-05", "2025-06-12", "Monthly A&E May 2025 (CSV, 28.0K)"),
        _row(folder, "2025-05", "2025-11-13", "Monthly A&E May 2025 (revised 13.11.25) (CSV, 29KB)"),
        _row(folder, "2025-05", "2025-06-12", "Monthly A&E May 2025 (XLS, 300K)", "xls"),
    ]
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return folder


def test_the_same_mirror_gives_the_same_bytes(mirror: Path, tmp_path: Path) -> None:
    assert build(mirror, tmp_path / "one.zip") == build(mirror, tmp_path / "two.zip") == 3
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_it_holds_the_counts_the_pages_and_the_licence_alone(mirror: Path, tmp_path: Path) -> None:
    build(mirror, tmp_path / "s.zip")
    with zipfile.ZipFile(tmp_path / "s.zip") as archive:
        names = archive.namelist()
        assert names == sorted(names)
        assert [name.rpartition(".")[2] for name in names].count("csv") == 3
        assert {name.rpartition("/")[2] for name in names if not name.endswith(".csv")} == {"LICENCE.txt", "README.txt", "index.html"}
        for name in names:
            if not name.endswith(".csv"):
                assert "Open Government Licence v3.0" in archive.read(name).decode()
        assert LICENCE in archive.read("LICENCE.txt").decode()
        readme = archive.read("README.txt").decode()
    assert all(words in readme for words in ("June 2025", "as published up to 2025-11-13", "Real figures, not live"))


def test_times_and_texts_survive_the_way_to_the_ledger(mirror: Path, tmp_path: Path) -> None:
    build(mirror, tmp_path / "s.zip")
    home = Home(tmp_path / "home")
    refresh(open_source(str(tmp_path / "s.zip")), LISTING, home, now=datetime(2025, 12, 1, tzinfo=UTC))
    assert Ledger(home.ledger).files("ae").select("month", "release", "published", "last_modified").rows() == [
        (date(2025, 5, 1), "first", date(2025, 6, 12), datetime(2025, 6, 12, 12, tzinfo=UTC)),
        (date(2025, 5, 1), "revised", date(2025, 11, 13), datetime(2025, 11, 13, 12, tzinfo=UTC)),
        (date(2025, 6, 1), "first", date(2025, 7, 10), datetime(2025, 7, 10, 12, tzinfo=UTC)),
    ]


def test_a_file_that_is_not_the_one_of_the_manifest_stops_the_build(mirror: Path, tmp_path: Path) -> None:
    (mirror / "files" / "2025-06-2025-07-10.csv").write_bytes(b"other")
    with pytest.raises(BadInput, match="another file, or none"):
        build(mirror, tmp_path / "s.zip")
    assert not (tmp_path / "s.zip").exists()


def test_the_command_says_what_is_wrong(mirror: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(mirror), str(tmp_path / "s.zip")]) == 0
    assert main([str(tmp_path), str(tmp_path / "s.zip")]) == 2
    assert main([]) == 2
    assert "no manifest.csv" in capsys.readouterr().err


def test_the_shipped_snapshot_holds_69_months_and_2_revisions(tmp_path: Path) -> None:
    source = open_source("snapshot")
    assert (source.name, source.simulated) == ("snapshot", False)
    assert source.label == "snapshot: real figures, not live, data to June 2025"
    home = Home(tmp_path)
    result = refresh(source, LISTING, home, now=datetime(2025, 12, 1, tzinfo=UTC))
    assert (result.new, result.missing, result.failed, result.notes) == (71, 0, 0, ())
    files = Ledger(home.ledger).files("ae")
    assert (files["month"].n_unique(), files["month"].min(), files["month"].max()) == (69, date(2019, 4, 1), date(2025, 6, 1))
    both = files.filter(files["month"].is_duplicated())
    assert both["month"].unique().sort().to_list() == [date(2025, 5, 1), date(2025, 6, 1)]
    assert files["published"].max() == date(2025, 11, 13)
    assert files["published"].null_count() == 0


def test_the_shipped_snapshot_is_small() -> None:
    assert snapshot.path().stat().st_size < 1_000_000
