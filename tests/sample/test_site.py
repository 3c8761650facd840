"""The simulated site: found by the same listing, read by the same code, never taken for the real one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from assets.description import datasets
from sightline.errors import BadInput
from sightline.fetch import Ledger, NotThere, crawl, open_source, refresh
from sightline.fetch.source import Ask, Failed, Reply
from sightline.home import Home
from sightline.sample import TRUTH, sample_source, write_site
from sightline.sample.__main__ import main
from sightline.sample.ae import MONTHS

LISTING = datasets()["ae"].listing
NOW = datetime(2026, 1, 1, 3, tzinfo=UTC)


def files(folder: Path) -> dict[str, tuple[bytes, float]]:
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime) for path in folder.rglob("*") if path.is_file()}


def test_the_listing_of_the_real_site_finds_every_month_of_the_sample() -> None:
    found = crawl(sample_source(LISTING.hosts), LISTING)
    tables = [link for link in found.wanted if link.kind == "csv"]
    assert {link.month for link in tables} == set(MONTHS) - {TRUTH.gap}
    assert all(link.name_month == link.month for link in found.links)
    assert [note.text for note in found.notes] == []
    revised = [link for link in tables if link.release == "revised"]
    assert [(link.month, link.revised_on) for link in revised] == [(TRUTH.revision.month, TRUTH.revision.published)]


def test_there_is_a_workbook_beside_every_csv() -> None:
    links = crawl(sample_source(LISTING.hosts), LISTING).links
    csv, xlsx = ([(link.month, link.release) for link in links if link.kind == kind] for kind in ("csv", "xlsx"))
    assert csv == xlsx
    assert len(csv) == 36


def test_one_visit_archives_both_releases_with_the_days_on_which_they_came_out(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    visit = refresh(sample_source(LISTING.hosts), LISTING, home, now=NOW)
    assert (visit.missing, visit.failed) == (0, 0)
    assert home.kind == "simulated"
    stored = Ledger(home.ledger).files("ae").filter(pl.col("kind") == "csv", pl.col("month") == TRUTH.revision.month)
    assert stored.select("release", "published").rows() == [("first", date(2024, 12, 12)), ("revised", TRUTH.revision.published)]


def test_a_visit_before_the_revision_finds_the_first_release_only() -> None:
    before = crawl(sample_source(LISTING.hosts, as_of=date(2025, 5, 14)), LISTING)
    on_the_day = crawl(sample_source(LISTING.hosts, as_of=TRUTH.revision.published), LISTING)
    assert {link.release for link in before.wanted} == {"first"}
    assert {link.url for link in before.links} < {link.url for link in on_the_day.links}
    assert max(link.month for link in on_the_day.wanted if link.month) == date(2025, 4, 1)


def test_a_day_before_anything_was_published_is_refused() -> None:
    with pytest.raises(BadInput, match="a day on which something is published"):
        sample_source(as_of=date(2022, 8, 10)).read(LISTING.index_page)


def test_every_page_says_simulated() -> None:
    found = crawl(sample_source(LISTING.hosts), LISTING)
    assert len(found.pages) == 5
    for page in found.pages:
        assert page.title.startswith("Simulated: ")
        assert b"made up" in sample_source().read(page.url).body


def test_the_source_says_that_it_is_simulated_and_makes_nothing_before_it_is_read() -> None:
    source = sample_source(LISTING.hosts, as_of=date(1999, 1, 1))  # would be refused if anything were made
    assert (source.name, source.label, source.simulated, source.remote) == ("sample", "sample: simulated figures, not real", True, False)


def test_what_is_not_there_and_what_may_not_be_asked_for_is_refused() -> None:
    source = sample_source(LISTING.hosts)
    with pytest.raises(NotThere):
        source.read(LISTING.index_page + "no-such-year/")
    with pytest.raises(BadInput, match="an address on"):
        source.read("https://example.org/statistics/")
    answers = list(source.read_all([Ask(LISTING.index_page), Ask(LISTING.index_page + "none/")]))
    assert [type(answer) for answer in answers] == [Reply, Failed]


def test_the_folder_for_people_holds_the_same_site(tmp_path: Path) -> None:
    folder, source = tmp_path / "site", sample_source(LISTING.hosts)
    count = write_site(folder)
    found = crawl(open_source(str(folder), LISTING.hosts), LISTING)
    assert found == crawl(source, LISTING)
    of_lists = crawl(source, datasets()["rtt"].listing)
    assert count == sum(len(one.pages) + len(one.links) for one in (found, of_lists))
    link = found.links[-1]
    assert open_source(str(folder), LISTING.hosts).read(link.url) == source.read(link.url)
    assert "made up" in (folder / "SIMULATED.txt").read_text(encoding="utf-8")


def test_the_same_folder_may_be_written_again_and_comes_out_the_same(tmp_path: Path) -> None:
    write_site(tmp_path, as_of=date(2023, 1, 31), seed=5)
    write_site(tmp_path, as_of=date(2023, 3, 31), seed=5)
    write_site(tmp_path / "anew", as_of=date(2023, 3, 31), seed=5)
    anew = files(tmp_path / "anew")
    assert {name: kept for name, kept in files(tmp_path).items() if not name.startswith("anew/")} == anew


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(BadInput, match="other files"):
        write_site(tmp_path)
    with pytest.raises(BadInput):
        write_site(tmp_path / "mine.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_command_writes_the_folder_or_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "site")]) == 0
    assert "all simulated" in capsys.readouterr().out
    assert main([]) == 2
    assert "python -m sightline.sample FOLDER" in capsys.readouterr().err
    (tmp_path / "file").touch()
    assert main([str(tmp_path / "file")]) == 2
