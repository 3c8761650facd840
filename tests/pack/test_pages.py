"""Pages that open from a folder: sound HTML, complete in themselves, and safe whatever a file says."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import polars as pl
import pytest

from sightline import pack
from sightline.errors import BadInput
from sightline.pack.tables import safe_code
from tests.pack import house
from tests.pack.conftest import Pack
from tests.pack.house import HOSTILE, House
from tests.pack.page import SVG, Page, cells, number, words_of

LICENCE = "Contains public sector information licensed under the Open Government Licence v3.0."


def _places(made: Pack) -> list[Page]:
    return [page for address, page in made.pages.items() if "/" in address]


def _pairs(made: Pack) -> list[Page]:
    return [page for address, page in made.pages.items() if address.startswith("pair-")]


# --------------------------------------------------------------------------------------------------------------- the pack


def test_there_is_one_page_a_pair_a_region_and_an_organisation(made: Pack) -> None:
    names = set(made.pages)
    assert {"index.html", "funnel.html", "validation.html", "revised.html", "data.html", "how-to-read.html"} <= names
    pairs = made.house.frames["measure.pair"]
    with_figures = pairs.filter(pl.col("target_measure").is_in(made.house.frames["measure.value"]["measure"].unique().to_list()))
    assert len(_pairs(made)) == len(set(with_figures["pair"])) > 0
    assert {name for name in names if name.startswith("region/")} == {"region/Y60.html", "region/Y63.html"}
    assert len([name for name in names if name.startswith("organisation/")]) == len(house.PROVIDERS)


def test_the_answer_counts_the_pages_and_their_bytes(finished: House, made: Pack, tmp_path: Path) -> None:
    said = pack.write(finished.path, tmp_path / "pack", cache=made.folder.parent / "cache", workers=1)
    assert said.pages == len(made.pages)
    assert said.bytes == sum(file.stat().st_size for file in (tmp_path / "pack").rglob("*") if file.is_file())


def test_the_same_database_gives_the_same_bytes(simulated: Pack, tmp_path: Path) -> None:
    pack.write(simulated.house.path, tmp_path / "pack", cache=tmp_path / "cache", workers=1)
    first, again = (
        {file.relative_to(one): file.read_bytes() for file in one.rglob("*") if file.is_file()} for one in (simulated.folder, tmp_path / "pack")
    )
    assert again == first


def test_a_folder_that_holds_something_is_left_alone(finished: House, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(BadInput, match="an empty folder"):
        pack.write(finished.path, tmp_path, cache=tmp_path / "cache")
    assert [file.name for file in tmp_path.iterdir()] == ["note.txt"]


def test_what_is_no_finished_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.duckdb").write_bytes(b"")
    with pytest.raises(BadInput, match="a finished sightline database"):
        pack.write(tmp_path / "empty.duckdb", tmp_path / "pack", cache=tmp_path / "cache")


# ------------------------------------------------------------------------------------------------------------- the markup


def test_every_page_is_sound_html(made: Pack) -> None:
    assert {address: page.errors for address, page in made.pages.items() if page.errors} == {}


def test_every_page_says_its_language_and_has_a_title_and_one_heading(made: Pack) -> None:
    for page in made.pages.values():
        assert page.root.get("lang") == "en-GB", page.address
        assert words_of(page.all("title")[0]).removesuffix("· sightline").strip(), page.address
        assert [bool(words_of(heading)) for heading in page.all("h1")] == [True], page.address


def test_headings_leave_no_level_out(made: Pack) -> None:
    for page in made.pages.values():
        levels = [int(node.tag[1]) for node in page.nodes if re.fullmatch(r"h[1-6]", str(node.tag))]
        assert all(later - earlier <= 1 for earlier, later in pairwise(levels)), page.address


def test_no_identifier_stands_twice_in_a_page(made: Pack) -> None:
    for page in made.pages.values():
        assert len(page.identifiers) == len(set(page.identifiers)), page.address


def test_every_link_and_every_anchor_leads_somewhere(made: Pack) -> None:
    for page in made.pages.values():
        for link in page.links:
            if link.startswith("https://"):
                continue
            path, _, anchor = unquote(link).partition("#")
            target = (made.folder / page.address).parent / path if path else made.folder / page.address
            assert target.is_file(), f"{page.address} -> {link}"
            assert target.resolve().is_relative_to(made.folder.resolve()), f"{page.address} -> {link}"
            if "#" in link:
                assert anchor in made.pages[target.resolve().relative_to(made.folder.resolve()).as_posix()].identifiers, f"{page.address} -> {link}"


def test_every_page_is_reached_from_the_first(made: Pack) -> None:
    seen, waiting = set(), ["index.html"]
    while waiting:
        address = waiting.pop()
        if address in seen or address not in made.pages:
            continue
        seen.add(address)
        here = made.folder / address
        waiting += [
            (here.parent / unquote(link.partition("#")[0])).resolve().relative_to(made.folder.resolve()).as_posix()
            for link in made.pages[address].links
            if not link.startswith(("https://", "#"))
        ]
    assert seen == set(made.pages)


def test_nothing_is_loaded_from_outside(made: Pack) -> None:
    for page in made.pages.values():
        tags = {str(node.tag).removeprefix(SVG) for node in page.nodes}
        assert not tags & {"link", "img", "image", "iframe", "object", "embed", "video", "audio", "source", "use", "base", "font"}, page.address
        assert not [node.tag for node in page.nodes for name in node.attrib if name in {"src", "srcset", "data", "poster", "action", "background"}]
        assert not re.search(r"@import|url\(", page.source), page.address


def test_only_plain_links_lead_out_and_only_to_https(made: Pack) -> None:
    for page in made.pages.values():
        for node in page.nodes:
            for name, value in node.items():
                if re.search(r"^\w*:|//", value) and name not in {"content", "d"} and not name.endswith("xmlns"):
                    assert (node.tag, name) == ("a", "href"), f"{page.address}: {node.tag} {name}"
                    assert value.startswith("https://"), value


def test_a_file_whose_address_is_no_web_address_is_named_without_a_link(made: Pack) -> None:
    assert "javascript:" not in made.pages["validation.html"].source
    row = next(row for row in made.pages["validation.html"].all("tr") if "Feb 2023" in words_of(row))
    assert f"Monthly {HOSTILE}" in words_of(row)
    assert list(row.iter("a")) == []


def test_every_picture_has_a_role_and_a_title(made: Pack) -> None:
    for page in made.pages.values():
        pictures = page.all(f"{SVG}svg")
        assert pictures, page.address
        for picture in pictures:
            assert picture.get("role") == "img", page.address
            assert words_of(next(picture.iter(f"{SVG}title"))), page.address
            assert words_of(next(picture.iter(f"{SVG}desc"))), page.address


def test_a_picture_named_by_its_identifiers_finds_them_in_the_page(made: Pack) -> None:
    for page in made.pages.values():
        wanted = {name for picture in page.all(f"{SVG}svg") for name in str(picture.get("aria-labelledby", "")).split()}
        assert wanted <= set(page.identifiers), page.address


def test_every_table_has_headings_with_a_scope(made: Pack) -> None:
    for page in made.pages.values():
        for table in page.all("table"):
            assert list(table.iter("th")), page.address
            assert all(cell.get("scope") in {"col", "row"} for cell in table.iter("th")), page.address


# ------------------------------------------------------------------------------------------------- what a file may contain


def test_what_a_file_says_never_becomes_markup(made: Pack) -> None:
    for page in made.pages.values():
        assert "<script>alert" not in page.source, page.address
        assert 'href="javascript' not in page.source, page.address
        handlers = [name for node in page.nodes for name in node.attrib if name.startswith("on")]
        assert handlers == [], page.address


def test_a_hostile_name_is_shown_as_it_is(made: Pack) -> None:
    name = f'{HOSTILE} & "quotes"'
    assert words_of(made.of(house.ODD.code).all("h1")[0]) == name
    assert name in {words_of(link) for link in made.pages["index.html"].all("a")}
    assert HOSTILE in made.of(house.ODD.code).text.replace(name, ""), "the former name, in what to know of these data"


def test_our_own_script_stands_on_the_two_pages_with_a_search_box_and_no_other(made: Pack) -> None:
    assert {address: len(page.all("script")) for address, page in made.pages.items() if page.all("script")} == {"index.html": 1, "funnel.html": 1}


def test_no_two_codes_share_a_file() -> None:
    codes = ["RX1", "R'X1", "RX-1", "R-X1", "R X1", "R/X1", "R'X/&<1", "../R", "..", "&", "é", "-27-"]
    assert len({safe_code(code) for code in codes}) == len(codes)
    assert all(re.fullmatch(r"[A-Za-z0-9-]+", safe_code(code)) for code in codes)
    assert safe_code("RX1") == "RX1"


# ------------------------------------------------------------------------------------------------------------- what it says


def test_each_page_names_its_source_its_licence_its_release_and_its_version(made: Pack) -> None:
    for page in made.pages.values():
        for wanted in (f"Source: {house.LABEL}.", LICENCE, "Data to June 2025, released 14 August 2025", "Made by sightline "):
            assert wanted in page.text, f"{page.address}: {wanted}"


def test_a_page_with_several_verdicts_says_how_many_signals_chance_would_give(made: Pack) -> None:
    wanted = r"\d+ of \d+ icons? shows? a signal; about [\d.]+ would if nothing had changed|No icon on this page carries a verdict"
    for page in [made.pages["index.html"], *_pairs(made), *_places(made)]:
        assert re.search(wanted, page.text), page.address


def test_the_number_of_signals_on_an_organisations_page_is_that_of_its_icons(made: Pack) -> None:
    for page in _places(made):
        names = [str(icon.get("aria-label")) for row in page.all("div", "ri") for icon in list(row)[:1]]
        judged = [name for name in names if name != "no verdict"]
        signals = [name for name in judged if not name.startswith("no change")]
        said = re.search(r"(\d+) of (\d+) icons? shows? a signal", page.text)
        assert (tuple(map(int, said.groups())) if said else (0, 0)) == (len(signals), len(judged)), page.address


def test_a_page_of_one_organisation_can_be_sent_by_e_mail(made: Pack) -> None:
    longest = 75  # months that the real files hold
    for page in _places(made):
        assert len(page.source.encode()) * longest / len(house.MONTHS) < 500_000, page.address


def test_the_organisation_that_ended_says_so_and_no_other(made: Pack) -> None:
    assert "No longer reports; the last month is December 2023." in made.of(house.ENDED.code).text
    assert [page.address for page in _places(made) if "No longer reports" in page.text] == [made.of(house.ENDED.code).address]


def test_a_merger_is_drawn_and_told(made: Pack) -> None:
    page = made.of(house.MERGER.code)
    assert "Upright lines: merger of January 2024." in page.text
    assert "January 2024 Merger: patients of Endingham Hospital NHS Trust come in. Source: a notice." in page.text
    assert any("merger, Jan 2024" in words_of(picture) for picture in page.all(f"{SVG}svg"))


def test_a_merger_after_the_newest_month_is_told_and_not_said_to_be_drawn(made: Pack) -> None:
    page = made.of(house.STEADY.code)
    assert "April 2026 Merger: patients of Gapford Hospitals NHS Trust come in." in page.text
    (uprights,) = set(re.findall(r"Upright lines: (.*?)\.", page.text))
    assert uprights == "hub of July 2024 and change tried of June 2025"


def test_a_gap_is_told_with_its_months_and_the_measures_it_concerns(made: Pack) -> None:
    page = made.of(house.GAP.code)
    assert "May 2023 to December 2023 In the published files without a figure. Concerns: " in page.text
    assert "February 2023 Not in the published files." in page.text
    assert any("no figures" in words_of(picture) for picture in page.all(f"{SVG}svg"))


def test_zeros_alone_are_a_sentence_and_not_a_chart(made: Pack) -> None:
    page = made.of(house.ZEROS.code)
    assert "no chart is drawn of zeros alone" in page.text
    assert page.all("div", "w") == []


def test_too_few_months_are_drawn_without_limits_and_without_a_verdict(made: Pack) -> None:
    page = made.of(house.FEW.code)
    assert "months with a figure: 5; a chart needs 10, limits need 13" in page.text
    said = " ".join(words_of(row) for row in page.all("div", "rt"))
    assert "limits need 13" in said
    assert not re.search("inside the limits|chance alone|no change", said)
    assert {str(row[0].get("aria-label")) for row in page.all("div", "ri")} == {"no verdict"}


def test_a_series_whose_months_resemble_each_other_gets_a_median_and_the_reason(made: Pack) -> None:
    row = next(row for row in made.of(house.STEADY.code).all("section", "row") if "Share of booked attendances" in words_of(row))
    assert "No verdict is given – each month resembles the last (autocorrelation" in words_of(row)


# ------------------------------------------------------------------------------------------------------------------- order


def test_organisations_stand_by_region_and_by_name(made: Pack) -> None:
    groups = made.pages["index.html"].all("section", "group")
    listed = {words_of(next(group.iter("h3"))): [words_of(link) for link in group.iter("a")] for group in groups}
    assert list(listed) == ["Midlands", "North East and Yorkshire", "Region not known"]
    assert {name: list(names) for name, names in listed.items()} == {
        region: sorted((one.name for one in house.PROVIDERS if house.REGIONS.get(one.region or "", "Region not known") == region), key=str.casefold)
        for region in listed
    }


def test_regions_stand_by_name_whatever_their_figures(made: Pack) -> None:
    names = sorted(house.REGIONS.values())
    (table,) = made.pages["index.html"].all("table", "rg")
    rows = cells(table)
    assert [row[0] for row in rows] == names
    figures = [[number(re.findall(r"[\d.,]+", row[place])[-1]) for row in rows] for place in range(1, len(rows[0]))]
    assert {column == sorted(column) for column in figures} == {True, False}, "rows in the order of a name follow no figure"
    for page in _pairs(made):
        assert [words_of(next(region.iter("a"))) for region in page.all("section", "region")] == names


def test_measures_stand_in_the_order_of_the_pathway(made: Pack) -> None:
    figures = made.house.frames["measure.value"]["measure"].unique().to_list()
    order = made.house.frames["measure.definition"].filter(pl.col("measure").is_in(figures)).sort("position")["name"].to_list()
    matrix = [row[0] for row in cells(made.pages["index.html"].all("table", "mx")[0])]
    places = [next(place for place, name in enumerate(order) if text.startswith(name)) for text in matrix[:-1]]
    assert places == sorted(places)
    assert len(places) == len(order)
    for page in _places(made):
        shown = [order.index(words_of(next(row.iter("h3")))) for row in page.all("section", "row")]
        assert shown == sorted(shown)


# --------------------------------------------------------------------------------------------------------------- simulated


def test_simulated_figures_are_said_to_be_so_on_every_page(simulated: Pack) -> None:
    for page in simulated.pages.values():
        assert "Simulated: these figures and organisations are made up." in page.text, page.address


def test_simulated_figures_are_said_to_be_so_in_every_picture(simulated: Pack, made: Pack) -> None:
    for page in simulated.pages.values():
        charts = [picture for picture in page.all(f"{SVG}svg") if picture.get("aria-labelledby")]
        assert all(words_of(next(chart.iter(f"{SVG}title"))).startswith("Simulated: ") for chart in charts), page.address
        large = [chart for chart in charts if chart.get("width") != "104"]
        assert all("SIMULATED" in words_of(chart) for chart in large), page.address
    assert not any("simulated" in page.text.casefold() for page in made.pages.values())
