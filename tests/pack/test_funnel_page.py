"""The page of funnels: who differs and who cannot be told from the peers, in no order of results."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from sightline import charts, spc
from sightline.charts import FunnelRequest, funnel_layout
from sightline.charts.figures import PER_CENT
from sightline.pack import peers
from tests.pack.conftest import Pack
from tests.pack.page import SVG, words_of

DEFINITION = {"funnel": "has_type_1", "unit": "proportion", "share_of": "attendances", "name": "Seen", "short_name": "Seen"}


@pytest.fixture(scope="module")
def funnel() -> FunnelRequest:
    """Forty organisations of unlike size, of which one truly differs."""
    draw = np.random.default_rng(1)
    sizes = [300 + 200 * place for place in range(40)]
    rows = [("m", "provider", f"R{place:02}", date(2025, 1, 1), float(draw.binomial(size, 0.6 if place == 30 else 0.8)), float(size))
            for place, size in enumerate(sizes)]  # fmt: skip
    values = pl.DataFrame(rows, schema=["measure", "level", "organisation", "month", "numerator", "denominator"], orient="row")
    definitions = pl.DataFrame({"measure": ["m"], "unit": ["proportion"], "scale": [1.0], "funnel": ["true"]})
    points, summary = spc.funnel_analysis(values, definitions, values.select("organisation", "level"))
    return FunnelRequest(points.to_dicts(), summary.row(0, named=True), "proportion", 1.0, "A funnel", "What it shows")


def test_limits_narrow_with_volume_and_those_with_the_usual_spread_are_the_wider(funnel: FunnelRequest) -> None:
    curves = {name: [y for _, y in curve] for name, curve in funnel_layout(funnel).curves.items()}
    upper, lower = curves["adjusted_998 upper"], curves["adjusted_998 lower"]
    widths = [high - low for high, low in zip(upper, lower, strict=True) if high is not None and low is not None]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 2 * widths[-1]
    assert all(wide >= chance for wide, chance in zip(upper, curves["chance_998 upper"], strict=True) if wide and chance)


def test_points_lie_at_their_volume_and_value_and_only_the_one_outside_is_marked(funnel: FunnelRequest) -> None:
    laid = funnel_layout(funnel)
    assert [(point["x"], point["y"]) for point in laid.points] == [(point["denominator"], 100 * point["value"]) for point in funnel.points]
    assert [point["x"] for point in laid.points if point["class"] == "below"] == [6300]
    across, up = laid.place(funnel.points[30], "proportion")
    assert 0 < across < 1
    assert 0 < up < 0.5


def test_the_picture_names_nobody_and_comes_from_the_cache_the_second_time(funnel: FunnelRequest, tmp_path: Any) -> None:
    drawn = charts.draw_funnels({"m": funnel}, cache=tmp_path)
    assert set(drawn) == {"m funnel", "m funnel_phone"}
    assert not [code for code in (point["organisation"] for point in funnel.points) if any(code in svg for svg in drawn.values())]
    assert all(f"99.8{PER_CENT}".replace(PER_CENT, " %") in svg and "A funnel" in svg for svg in drawn.values())
    for file in tmp_path.glob("*.svg"):
        file.write_text("kept", "utf-8")
    assert set(charts.draw_funnels({"m": funnel}, cache=tmp_path).values()) == {"kept"}


def test_simulated_figures_say_so_in_the_picture(funnel: FunnelRequest, tmp_path: Any) -> None:
    made_up = funnel._replace(simulated=True)
    assert "SIMULATED" in charts.draw_funnels({"m": made_up}, cache=tmp_path)["m funnel"]


# ----------------------------------------------------------------------------------------------------------------- words


def test_the_words_give_what_is_seen_beside_what_chance_would_give(funnel: FunnelRequest) -> None:
    said = peers.seen_words(funnel.summary, DEFINITION)
    assert "Of 40 organisations with a major (type 1) department" in said
    assert "chance alone would put about 0.1" in said
    assert "differs from its peers by more than chance and the usual spread; ask why: data, case mix, catchment" in peers.says_words(funnel.summary)


def test_a_funnel_that_says_nothing_says_so() -> None:
    said = peers.says_words({"says": "nothing", "reason": "limits would hold nearly any share"})
    assert "says nothing about who differs: limits would hold nearly any share" in said
    assert peers.DIFFERS not in said


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((None, None), ""),
        (("inside", None), "within the usual spread of its peers in “A”"),
        (("inside", "above"), f"within the usual spread of its peers in “A”; in “B” it {peers.DIFFERS}"),
    ],
)
def test_an_organisation_is_told_only_what_is_safe(states: tuple[str | None, ...], said: str) -> None:
    found = [({"state": state, "note": None}, {"short_name": name}) for state, name in zip(states, "AB", strict=True)]
    told = peers.place_words(found, "June 2025")
    assert said in told
    assert bool(told) == bool(said)


def test_names_with_commas_of_their_own_are_quoted_and_listed_plainly() -> None:
    found = [({"state": "inside", "note": None}, {"short_name": name}) for name in ("Seen, all", "Seen, type 1", "Waits")]
    assert "in “Seen, all”, “Seen, type 1” and “Waits”." in peers.place_words(found, "June 2025")


def test_a_place_that_is_doubtful_is_not_told() -> None:
    assert peers.place_words([({"state": "above", "note": "too small for these limits"}, {"short_name": "A"})], "June 2025") == ""


# ------------------------------------------------------------------------------------------------------------------ page


def test_organisations_stand_by_region_and_name(made: Pack) -> None:
    rows = [row for row in made.pages["funnel.html"].all("tr") if "peer" in str(row.get("class"))]
    order = [(words_of(row[1]), words_of(row[0][0]).casefold()) for row in rows]
    assert len(order) > 3
    known = [one for one in order if one[0] != "Region not known"]
    assert known == sorted(known)
    assert order[: len(known)] == known


def test_too_few_organisations_get_no_lines_and_nobody_is_marked(made: Pack) -> None:
    page = made.pages["funnel.html"]
    assert "are too few to know their usual spread" in page.text
    assert "Nobody can be told from its peers in these funnels" in page.text
    assert "differs" not in {words_of(cell) for cell in page.all("small")}
    assert all("Among its peers" not in one.text for address, one in made.pages.items() if address.startswith("organisation/"))


def test_there_is_a_picture_a_funnel_in_two_sizes(made: Pack) -> None:
    page = made.pages["funnel.html"]
    titles = [words_of(title) for title in page.all(f"{SVG}title") if words_of(title).lower().startswith("funnel of")]
    assert len(titles) == 2 * made.house.frames["analysis.funnel_summary"].height


def test_a_headline_counts_the_funnels_that_tell_somebody_apart(funnel: FunnelRequest) -> None:
    telling, nothing = funnel.summary, {**funnel.summary, "says": "nothing"}
    assert peers.headline([telling, nothing]).startswith("In 1 of 2 funnels")
    assert peers.headline([nothing]) == "Nobody can be told from its peers in these funnels"
    assert peers.headline([{**telling, "outside_998": 0}]) == "No organisation differs by more than chance and the usual spread"
