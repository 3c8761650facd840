"""Anchor texts in all the spellings seen on the site."""

from __future__ import annotations

from datetime import date

import pytest

from sightline.fetch.anchor import financial_year, kind_of, month_in, release_of, revised_on, squeezed


@pytest.mark.parametrize(
    ("text", "month", "release", "day"),
    [
        ("Monthly A&E April 2019 (Revised 13.08.20) (CSV,34K)", date(2019, 4, 1), "revised", date(2020, 8, 13)),
        ("Monthly A&E April 2020 (Revised 13.05.2021) (XLS, 313K)", date(2020, 4, 1), "revised", date(2021, 5, 13)),
        ("Monthly July 2021 (Revised 120522) (CSV, 30K)", date(2021, 7, 1), "revised", date(2022, 5, 12)),
        ("Monthly A&E October 2020 A&E (Revised 13.05.2021) (CSV, 31K)", date(2020, 10, 1), "revised", date(2021, 5, 13)),
        ("Monthly A&E July 2021 (Revised 12.05.2022)(XLS, 446K)", date(2021, 7, 1), "revised", date(2022, 5, 12)),
        ("Monthly A&E May 2025 (revised 13.11.25) (CSV, 29KB)", date(2025, 5, 1), "revised", date(2025, 11, 13)),
        ("Monthly A&E May 2025 (REVISED 13/11/2025) (CSV)", date(2025, 5, 1), "revised", date(2025, 11, 13)),
        ("Monthly A&E May 2025 (Revised: 13th November 2025)", date(2025, 5, 1), "revised", date(2025, 11, 13)),
        ("(revised on 13 November 2025) Monthly A&E May 2025", date(2025, 5, 1), "revised", date(2025, 11, 13)),
        ("Monthly A&E May 2025 revised 13 Nov 2025", date(2025, 5, 1), "revised", date(2025, 11, 13)),
        ("Monthly A&E May 2025 (Revised 13112025)", date(2025, 5, 1), "revised", date(2025, 11, 13)),
        ("Monthly A&E Sept 2021 (CSV, 30K)", date(2021, 9, 1), "first", None),
        ("Monthly A&E Sep. 2021 (CSV, 30K)", date(2021, 9, 1), "first", None),
        ("MONTHLY A&E FEBRUARY 2021", date(2021, 2, 1), "first", None),
        ("Monthly A&E May 2025 (Revised) (CSV, 29KB)", date(2025, 5, 1), "revised", None),
        ("Monthly A&E May 2025 (Revised 32.13.25)", date(2025, 5, 1), "revised", None),
        ("Published 12 June 2025: Monthly A&E May 2025", date(2025, 5, 1), "first", None),
        ("Monthly A&E definitions (PDF)", None, "first", None),
        ("Marchioness 2021", None, "first", None),
        ("", None, "first", None),
    ],
)
def test_an_anchor_says_month_release_and_day(text: str, month: date | None, release: str, day: date | None) -> None:
    assert (month_in(text), release_of(text), revised_on(text)) == (month, release, day)


@pytest.mark.parametrize(
    ("name", "month"),
    [
        ("Monthly-AE-April-2019-revised-220720-ab123.csv", date(2019, 4, 1)),
        ("Monthly-September-2019-revised-210720-jh930.csv", date(2019, 9, 1)),
        ("June-2025-CSV-revised.csv", date(2025, 6, 1)),
        ("Monthly-AE-June-2025-1-1.csv", date(2025, 6, 1)),
        ("Full-CSV-data-file-Oct24-ZIP.zip", date(2024, 10, 1)),
        ("AE_by_provider_May_2022.xls", date(2022, 5, 1)),
        ("data-632O5.csv", None),
    ],
)
def test_a_file_name_is_a_second_reading_of_the_month(name: str, month: date | None) -> None:
    assert month_in(name) == month


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.csv", "Monthly (CSV, 29K)", "csv"),
        ("a.xlsx", "Monthly (XLS, 29K)", "xlsx"),
        ("a.XLS", "Monthly", "xls"),
        ("download", "Monthly (CSV,29K)", "csv"),
        ("a.csv", "Monthly (XLS, 29K)", "csv"),
        ("index.html", "A&E 2025-26", None),
        ("", "A&E 2025-26", None),
    ],
)
def test_the_ending_wins_over_the_kind_in_the_text(name: str, text: str, kind: str | None) -> None:
    assert kind_of(name, text) == kind


@pytest.mark.parametrize(
    ("text", "year"), [("A&E 2018-19", 2018), ("2015-16 (Monthly and Quarterly)", 2015), ("1999", None), ("2015–2016", 2015), ("2018-25", None)]
)
def test_a_financial_year_is_two_years_that_follow_each_other(text: str, year: int | None) -> None:
    assert financial_year(text) == year


def test_text_is_squeezed_and_bounded() -> None:
    assert squeezed("  Monthly\n\t A&E\xa0May\x00 2025 ") == "Monthly A&E May 2025"
    assert len(squeezed("x" * 10_000)) == 300
