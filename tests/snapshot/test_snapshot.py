"""The snapshot: rebuilt the same, and what ships with the package."""

from __future__ import annotations

import csv
import hashlib
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from assets.description import datasets
from sightline import snapshot
from sightline.errors import BadInput
from sightline.fetch import Ledger, Listing, crawl, open_source, refresh
from sightline.home import Home
from sightline.snapshot.build import REBUILT, build, main
from sightline.sources import rtt, rtt_overview

HOST = "www.england.nhs.uk"
LICENCE = "licensed under the Open Government Licence v3.0. Source: NHS England, A&E Attendances and Emergency Admissions"
INDEX = f"https://{HOST}/statistics/statistical-work-areas/ae-waiting-times-and-activity/"
LISTING = Listing(
    dataset="ae",
    index_page=INDEX,
    year_page=r"A&E Attendances and Emergency Admissions \d{4}-\d{2}",
    file="^Monthly",
    hosts=(HOST,),
    first_month=date(2019, 4, 1),
)
RTT = datasets()["rtt"].listing


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
    _list(folder / "manifest.csv", rows)
    return folder


def _list(manifest: Path, rows: list[dict[str, str]]) -> None:
    with manifest.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def with_rtt(mirror: Path) -> Path:
    """The mirror with two rebuilt extracts, one as published, and two overview workbooks."""
    rebuilt = [_rtt_row(mirror, "2024-04", "2025-02-13", "Full CSV data file Apr24 revised (ZIP, 4M)", "zip", "REBUILT: counts of a workbook"),
               _rtt_row(mirror, "2025-03", "2025-05-08", "Full CSV data file Mar25 (ZIP, 4M)", "zip", "REBUILT: counts of a workbook")]  # fmt: skip
    others = [_rtt_row(mirror, "2026-01", "2026-03-12", "Full CSV data file Jan26 (ZIP, 4M)", "zip", "as stored"),
              _rtt_row(mirror, "2007-04..2025-12", "2026-02-12", "RTT Overview Timeseries Dec25 (XLS)", "xlsx", "as stored", OVERVIEW),
              _rtt_row(mirror, "2007-04..2026-05", "2026-07-09", "RTT Overview Timeseries May26 (XLS)", "xlsx", "as stored", OVERVIEW)]  # fmt: skip
    _list(mirror / "manifest-rtt-rebuilt.csv", rebuilt)
    _list(mirror / "manifest-rtt.csv", others)
    return mirror


OVERVIEW = "RTT-Overview-Timeseries"


def _rtt_row(mirror: Path, period: str, published: str, text: str, kind: str, bytes_are: str, series: str = "") -> dict[str, str]:
    year = "2026-27" if published >= "2026-04" else "2025-26" if published > "2026" else "2024-25"
    page = f"{RTT.index_page}rtt-data-{year}/"
    return {**_row(mirror, period, published, text, kind), "dataset": "rtt", "landing_page": page, "bytes_are": bytes_are, "series": series}


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


def test_of_referral_to_treatment_it_takes_the_rebuilt_months_and_the_newest_overview(with_rtt: Path, tmp_path: Path) -> None:
    assert build(with_rtt, tmp_path / "s.zip") == 3 + 3
    links = crawl(open_source(str(tmp_path / "s.zip")), RTT).wanted
    assert sorted((link.month, link.release) for link in links if link.kind == "zip" and link.month) == [
        (date(2024, 4, 1), "revised"),
        (date(2025, 3, 1), "first"),
    ]
    assert ["May26" in link.anchor_text for link in links if link.kind == "xlsx"] == [True]


def test_rebuilt_files_are_told_of_wherever_the_source_is_named(with_rtt: Path, tmp_path: Path) -> None:
    build(with_rtt, tmp_path / "s.zip")
    with zipfile.ZipFile(tmp_path / "s.zip") as archive:
        page = next(name for name in archive.namelist() if name.endswith("rtt-data-2024-25/index.html"))
        told = [archive.comment.decode(), *(archive.read(name).decode() for name in ("README.txt", "LICENCE.txt", page))]
    assert all(REBUILT in text for text in told)
    assert "Referral to Treatment Waiting Times" in told[2]


def test_the_shipped_snapshot_holds_69_months_and_2_revisions_of_a_and_e(tmp_path: Path) -> None:
    source = open_source("snapshot")
    assert (source.name, source.simulated) == ("snapshot", False)
    assert source.label == f"snapshot: real figures, not live, A&E to June 2025, referral to treatment April 2024 to March 2025 ({REBUILT})"
    home = Home(tmp_path)
    result = refresh(source, LISTING, home, now=datetime(2025, 12, 1, tzinfo=UTC))
    assert (result.new, result.missing, result.failed, result.notes) == (71, 0, 0, ())
    files = Ledger(home.ledger).files("ae")
    assert (files["month"].n_unique(), files["month"].min(), files["month"].max()) == (69, date(2019, 4, 1), date(2025, 6, 1))
    both = files.filter(files["month"].is_duplicated())
    assert both["month"].unique().sort().to_list() == [date(2025, 5, 1), date(2025, 6, 1)]
    assert files["published"].max() == date(2025, 11, 13)
    assert files["published"].null_count() == 0


def test_the_shipped_snapshot_holds_twelve_months_of_the_waiting_list(tmp_path: Path) -> None:
    home = Home(tmp_path)
    result = refresh(open_source("snapshot"), RTT, home, now=datetime(2026, 12, 1, tzinfo=UTC))
    assert (result.new, result.missing, result.failed) == (13, 0, 0)
    files = Ledger(home.ledger).files("rtt")
    months = files.filter(pl.col("kind") == "zip")["month"].sort()
    assert months.to_list() == pl.date_range(date(2024, 4, 1), date(2025, 3, 1), "1mo", eager=True).to_list()
    assert files.filter(pl.col("kind") == "xlsx").height == 1


def test_no_month_of_the_shipped_waiting_list_passes_for_all_of_england(tmp_path: Path) -> None:
    """The rebuilt months hold NHS providers alone: each is short of the publisher's own figure, and says by how much."""
    with zipfile.ZipFile(snapshot.path()) as archive:
        found = {name.rpartition("/")[2]: archive.read(name) for name in archive.namelist() if name.endswith((".zip", ".xlsx"))}
    overview = rtt_overview.parse(next(body for name, body in found.items() if name.endswith(".xlsx")), "overview.xlsx")
    tidy = pl.concat(
        rtt.summed(rtt.parse(body, name)).with_columns(sha256=pl.lit(name)) for name, body in found.items() if name.endswith(".zip")
    )  # fmt: skip
    held = tidy.filter("is_total", ~pl.col("is_nonc")).group_by("month").agg(pl.col("pathways").sum())
    both = held.join(overview, on="month").with_columns(missing=1 - pl.col("pathways") / pl.col("waiting"))
    assert both.height == 12
    assert both["missing"].is_between(0.03, 0.10).all()
    assert tidy["part"].unique().to_list() == ["Part_2"]
    assert tidy["region"].null_count() == tidy.height


def test_the_shipped_snapshot_is_small() -> None:
    assert snapshot.path().stat().st_size < 4_000_000


@pytest.mark.mirror
def test_the_shipped_snapshot_is_what_the_mirror_gives(shared: Path, tmp_path: Path) -> None:
    assert build(shared / "nhs-mirror", tmp_path / "s.zip") == 71 + 13
    assert (tmp_path / "s.zip").read_bytes() == snapshot.path().read_bytes()
