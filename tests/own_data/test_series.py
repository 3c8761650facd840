"""What a picture and a page of own data show: targets, gaps, points left out, and verdicts withheld."""

from __future__ import annotations

import html5lib
import polars as pl
import pytest

from sightline.own_data import every_kind, words
from sightline.own_data.chart import Asked, charted
from sightline.own_data.picture import layout
from sightline.own_data.read import ROW
from sightline.own_data.series import Series, every_series
from sightline.spc.presets import KINDS

SVG = "{http://www.w3.org/2000/svg}"


def month(at: int) -> str:
    return f"{2021 + at // 12}-{at % 12 + 1:02d}-01"


def series(values: list[float], **options: object) -> Series:
    days = [month(at) for at in range(len(values))]
    frame = pl.DataFrame(
        {ROW: range(2, len(values) + 2), "day": days, "n": values, "of": [10.0] * len(values), "due": [4.0 + at for at in range(len(values))]}
    )
    asked = Asked(**{"file": "own.csv", "value": "n", "date": "day", **options})
    return next(every_series(charted(frame, asked), asked))


QUIET = [float(4 + (5 * at) % 7) for at in range(26)]


def test_a_trajectory_is_drawn_date_by_date_and_judged_by_its_latest() -> None:
    one = series(QUIET, target_column="due", direction="up")
    levels = [row for row in layout(one, "one").line if row["class"] == "target"]
    assert [row["y"] for row in levels] == [4.0 + at for at in range(26)]
    assert len([row for row in layout(one, "one").line if row["class"] == "riser"]) == 25
    met = sum(value >= 4 + at for at, value in enumerate(QUIET))
    assert "target of 29 lies above" in words.target(one) and f"met at {met} of 26 points" in words.target(one)


def test_the_second_target_is_a_line_with_a_name_and_judges_nothing() -> None:
    one, without = series(QUIET, second_target=3.0), series(QUIET)
    drawn = layout(one, "one")
    assert [row["y"] for row in drawn.line if row["class"] == "second_target"] == [3.0]
    assert "second target 3" in [word["text"] for word in drawn.word]
    assert words.reading(one) == words.reading(without) and words.target(one) == ""


def test_points_left_out_are_hollow_and_say_why() -> None:
    one = series(QUIET, exclude={month(3): "strike"})
    assert [at for at, row in enumerate(layout(one, "one").point) if row["class"] == "no_verdict"] == [3]
    assert words.notes(one) == ["April 2021: left out of centre line, limits and runs: strike."]


def test_a_series_whose_months_resemble_each_other_gets_no_verdict_and_no_colour() -> None:
    one = series([50.0 + 12 * ((at // 9) % 2) + at for at in range(40)], direction="up")
    assert one.unfit is not None and one.variation is None
    assert {row["class"] for row in layout(one, "one").point} == {"no_verdict"}
    assert "cannot be told" in words.aloud(one) and any("resembles the last" in text for text in words.warnings(one))


def test_limits_are_drawn_where_figures_can_be() -> None:
    shares = series([9.0, 10.0] * 13, denominator="of", chart="pp")
    below = series([value - 6 for value in QUIET])
    assert shares.share and layout(shares, "one").y_domain[1] <= 100 and max(row["y2"] for row in layout(shares, "one").band) <= 100
    assert layout(below, "one").y_domain[0] < min(below.values) and min(row["y"] for row in layout(series(QUIET), "one").band) >= 0


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_chart_has_a_picture_and_words(kind: str) -> None:
    denominator = "of" if kind in ("p", "pp", "u", "up", "ip") else None
    one = series([value + 0.0 for value in QUIET], chart=kind, denominator=denominator, direction="down")
    assert len(layout(one, "one_phone").point) == len(one.values) and words.reading(one) and words.subtitle(one, None)


def test_every_kind_stands_on_one_page_that_says_it_is_simulated() -> None:
    page = html5lib.HTMLParser(strict=True).parse(every_kind.html())
    pictures = [svg for svg in page.iter(f"{SVG}svg") if svg.get("aria-labelledby")]
    assert len(pictures) == 2 * len(every_kind.table()["series"].unique())
    assert all("".join(svg.find(f"{SVG}title").itertext()).startswith("Simulated: ") for svg in pictures)
    charts = {row.split(",")[1] for row in every_kind.SETTINGS.splitlines()[1:]}
    assert charts == set(KINDS)
