"""From the index page to the file links."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sightline.errors import BadInput
from sightline.fetch import Answer, Ask, Crawl, Listing, NotCarried, Reply, Source, crawl, one_by_one, open_source
from sightline.fetch.crawl import LINK_LIMIT, PAGE_LIMIT, YEAR_PAGE_LIMIT
from tests.fetch.site import HOST, INDEX, JUNE, LISTING, MAY, YEAR, Site, anchor, page, small_site, upload

OLD = f"https://{HOST}/ae/2018-19/"


def _crawl(site: Site, listing: Listing = LISTING) -> Crawl:
    return crawl(open_source(str(site.root)), listing)


def test_the_links_of_a_year_are_found_over_the_index_page(tmp_path: Path) -> None:
    found = _crawl(small_site(tmp_path))
    assert [(page.url, page.title, page.links) for page in found.pages] == [(INDEX, "A&E", 0), (YEAR, "A&E 2025-26", 1)]
    assert found.frame().to_dicts() == [
        {
            "dataset": "ae",
            "page": YEAR,
            "url": MAY,
            "anchor_text": "Monthly A&E May 2025 (CSV, 28.0K)",
            "kind": "csv",
            "month": date(2025, 5, 1),
            "name_month": date(2025, 5, 1),
            "release": "first",
            "revised_on": None,
            "wanted": True,
        }
    ]
    assert found.notes == ()


def test_an_empty_list_of_links_still_has_its_columns() -> None:
    assert Crawl("ae", (), ()).frame().schema["month"] == pl.Date


def test_relative_links_are_resolved_and_http_is_https(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    site.index(anchor("2025-26/", "Admissions 2025-26"))
    site.year(anchor("../../wp/May-2025.csv", "Monthly May 2025"), anchor(JUNE.replace("https", "http"), "Monthly June 2025"))
    assert [link.url for link in _crawl(site).links] == [f"https://{HOST}/wp/May-2025.csv", JUNE]


def test_an_address_linked_twice_is_one_link(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    site.index(anchor(YEAR, "Admissions 2025-26"), anchor(YEAR.rstrip("/"), "Admissions 2025-26 again"))
    site.year(anchor(MAY, "Monthly May 2025"), anchor(MAY + "#top", "Monthly May 2025"))
    found = _crawl(site)
    assert [page.url for page in found.pages] == [INDEX, YEAR]
    assert len(found.links) == 1


def test_one_address_for_two_months_is_noted(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    site.year(anchor(MAY, "Monthly May 2025"), anchor(MAY, "Monthly June 2025"))
    found = _crawl(site)
    assert [link.month for link in found.links] == [date(2025, 5, 1)]
    assert [(note.severity, note.where) for note in found.notes] == [("warning", YEAR)]
    assert "«Monthly June 2025» leads to the same file as «Monthly May 2025»" in found.notes[0].text


def test_workbooks_documents_and_time_series_are_listed_and_not_wanted(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    others = ["May-2025-by-provider.xls", "Statistical-commentary.pdf", "Time-Series-May-2025.csv"]
    texts = ["Monthly A&E May 2025 (XLS, 320K)", "Commentary (PDF)", "Monthly A&E Time series May 2025 (CSV, 9K)"]
    site.year(anchor(MAY, "Monthly A&E May 2025 (CSV, 28K)"), *(anchor(upload(*pair[:1]), pair[1]) for pair in zip(others, texts, strict=True)))
    assert [(link.kind, link.wanted) for link in _crawl(site).links] == [("csv", True), ("xls", False), ("pdf", False), ("csv", False)]


def test_files_on_the_index_page_are_listed_too(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    site.index(anchor(YEAR, "Admissions 2025-26"), anchor(upload("TS.xls"), "Monthly Time series (XLS, 403K)"))
    assert [(link.page, link.wanted) for link in _crawl(site).links] == [(YEAR, True), (INDEX, False)]


def test_an_anchor_without_text_is_skipped_and_noted(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    site.year(anchor(MAY, "Monthly May 2025"), anchor(upload("old.xls"), " "), anchor(f"https://{HOST}/about/", ""))
    found = _crawl(site)
    assert [link.url for link in found.links] == [MAY]
    assert [(note.severity, upload("old.xls") in note.text) for note in found.notes] == [("info", True)]


def test_other_hosts_are_not_followed(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    site.index(anchor("https://elsewhere.example/2024-25/", "Admissions 2024-25"), anchor(YEAR, "Admissions 2025-26"))
    site.year(
        anchor(MAY, "Monthly May 2025"),
        anchor("https://elsewhere.example/June-2025.csv", "Monthly June 2025"),
        anchor("mailto:a@b.example", "Monthly"),
    )
    found = _crawl(site)
    assert {link.url for link in found.links} == {MAY}
    assert [page.url for page in found.pages] == [INDEX, YEAR]
    assert [(note.severity, "elsewhere.example" in note.text) for note in found.notes] == [("warning", True)]


def test_years_before_the_first_month_are_listed_and_not_read(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    site.index(anchor(YEAR, "Admissions 2025-26"), anchor(OLD, "Admissions 2018-19"))  # no page lies at OLD
    assert [(page.url, page.title, page.links) for page in _crawl(site).pages][-1] == (OLD, "Admissions 2018-19", None)
    with pytest.raises(BadInput, match="Admissions 2018-19"):
        _crawl(site, replace(LISTING, first_month=date(2019, 3, 1)))


def test_files_before_the_first_month_are_listed_and_not_wanted(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    site.year(anchor(MAY, "Monthly May 2025"), anchor(JUNE, "Monthly June 2025"))
    assert [link.wanted for link in _crawl(site, replace(LISTING, first_month=date(2025, 6, 1))).links] == [False, True]


def test_a_wrong_month_in_the_text_does_not_lose_the_file(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    site.year(anchor(MAY, "Monthly May 2015 (CSV)"))
    link = _crawl(site).links[0]
    assert (link.month, link.name_month, link.wanted) == (date(2015, 5, 1), date(2025, 5, 1), True)


def test_a_monthly_file_without_a_readable_month_is_wanted_and_noted(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    site.year(anchor(upload("abc.csv"), "Monthly A&E (CSV)"))
    found = _crawl(site)
    assert (found.links[0].month, found.links[0].wanted) == (None, True)
    assert "no month can be read" in found.notes[0].text


def test_a_missing_index_page_says_that_the_source_has_none(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.put(YEAR, page())
    with pytest.raises(BadInput, match="the source has no landing page") as caught:
        _crawl(site)
    assert caught.value.where == INDEX


def test_an_index_page_without_years_is_bad_input(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    site.index(anchor(YEAR, "Something else"))
    with pytest.raises(BadInput, match="links to the pages of the years"):
        _crawl(site)


def test_a_missing_page_of_a_year_is_named(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.index()
    with pytest.raises(BadInput, match="the page «A&E Attendances and Emergency Admissions 2025-26»") as caught:
        _crawl(site)
    assert caught.value.where == YEAR


def test_a_page_of_a_year_without_monthly_files_is_named(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    site.year(anchor(upload("cookies.pdf"), "Cookies"))
    with pytest.raises(BadInput, match="links to monthly files on the page") as caught:
        _crawl(site)
    assert caught.value.where == YEAR


def test_only_the_newest_of_several_years_may_have_no_file_yet(tmp_path: Path) -> None:
    newer = f"https://{HOST}/ae/2026-27/"
    site = small_site(tmp_path)
    site.index(anchor(newer, "Admissions 2026-27"), anchor(YEAR, "Admissions 2025-26"))
    site.put(newer, page())
    assert [(note.severity, note.where) for note in _crawl(site).notes] == [("warning", newer)]
    site.put(newer, page(anchor(MAY, "Monthly May 2025")))
    site.year()
    with pytest.raises(BadInput, match="Admissions 2025-26"):
        _crawl(site)


def test_pages_links_and_texts_are_bounded(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    site.year(anchor(MAY, "Monthly May 2025 " + "x" * 1000))
    assert len(_crawl(site).links[0].anchor_text) == 300
    site.year(*(anchor(upload(f"{number}.csv"), "Monthly May 2025") for number in range(LINK_LIMIT + 1)))
    with pytest.raises(BadInput, match="at most 5,000 file links"):
        _crawl(site)
    site.put(YEAR, b" " * (PAGE_LIMIT + 1))
    with pytest.raises(BadInput, match="a page of more than 4 MiB"):
        _crawl(site)
    site.index(*(anchor(f"https://{HOST}/{number}/", "Admissions 2025-26") for number in range(YEAR_PAGE_LIMIT + 1)))
    with pytest.raises(BadInput, match="at most 100 pages of years"):
        _crawl(site)


def test_markup_in_a_page_stays_plain_text(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    site.put(YEAR, f'<h1>x</h1><a href="{MAY}">Monthly <b>May</b> 2025 &lt;script&gt;</a>')
    assert _crawl(site).links[0].anchor_text == "Monthly May 2025 <script>"


class _Recording:
    """Notes which addresses are asked for."""

    name, label, simulated, remote = "recording", "recording", False, False

    def __init__(self, inner: Source) -> None:
        self.inner = inner
        self.asked: list[str] = []

    def read(self, url: str) -> Reply:
        self.asked.append(url)
        return self.inner.read(url)

    def read_all(self, asks: Sequence[Ask]) -> Iterator[Answer]:
        return one_by_one(self.read, asks)


def test_only_addresses_that_a_page_gave_are_asked_for(tmp_path: Path) -> None:
    source = _Recording(open_source(str(small_site(tmp_path).root)))
    crawl(source, LISTING)
    assert source.asked == [INDEX, YEAR]


def test_a_pattern_that_is_none_is_bad_input() -> None:
    with pytest.raises(BadInput, match="a regular expression"):
        replace(LISTING, year_page="(")


def test_a_source_without_the_landing_page_does_not_carry_the_dataset_though_something_is_known_of_it(tmp_path: Path) -> None:
    known = _crawl(small_site(tmp_path / "before"))
    now = Site(tmp_path / "now")
    now.put(YEAR, page())
    for earlier in (None, known):
        with pytest.raises(NotCarried, match="does not carry the dataset"):
            crawl(open_source(str(now.root)), LISTING, earlier)


def test_years_that_may_be_empty_are_told_from_pages_whose_wording_has_changed(tmp_path: Path) -> None:
    older = f"https://{HOST}/ae/2023-24/"
    site = small_site(tmp_path)
    site.index(anchor(YEAR, "Admissions 2025-26"), anchor(older, "Admissions 2023-24"))
    listing = replace(LISTING, empty_years=True)
    site.put(older, page(title="Admissions 2023-24"))
    assert [(note.severity, note.where) for note in _crawl(site, listing).notes] == [("info", older)]
    for other in (page(title="Sorry"), page(anchor(MAY, "May of another year"), title="Admissions 2023-24")):
        site.put(older, other)
        with pytest.raises(BadInput, match="Admissions 2023-24"):
            _crawl(site, listing)


def test_older_years_are_read_for_what_they_list_and_nothing_of_them_is_wanted(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    site.index(anchor(YEAR, "Admissions 2025-26"), anchor(OLD, "Admissions 2018-19"))
    listing = replace(LISTING, listed_from=date(2018, 4, 1))
    assert [page.links for page in _crawl(site, listing).pages if page.url == OLD] == [None]
    site.put(OLD, page(anchor(upload("June-2018.csv", "2018/07"), "Monthly June 2018")))
    assert [(link.month, link.wanted) for link in _crawl(site, listing).links if link.page == OLD] == [(date(2018, 6, 1), False)]
