"""A chart that is cut from a sheet of the compiled kind is the chart that Altair draws alone, byte for byte."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import vl_convert

from sightline.charts import FORMATS, Kind
from sightline.charts.layout import layout
from sightline.charts.sheet import cut, sheet
from sightline.charts.svg import elements, picture, set_words
from sightline.charts.template import template, vega_lite
from tests.charts.series import KINDS, PICTURES, of_kind

TOLD = {"name": "n", "title": "t", "description": "d"}


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=[pytest.mark.long] if kind.endswith("_phone") else []) for kind in KINDS])
def test_the_pictures_of_a_sheet_are_what_altair_draws_one_by_one(kind: Kind) -> None:
    form, marks = FORMATS[kind], [layout(of_kind(picture, kind)) for picture in PICTURES.values()]
    together = cut(vl_convert.vega_to_svg(sheet(json.loads(template(kind)), marks, form)), len(marks), form)
    for name, one, found in zip(PICTURES, marks, together, strict=True):
        alone = picture(list(elements(vl_convert.vegalite_to_svg(vega_lite(kind, one)))), size=form.size, **TOLD)
        assert picture([*found, *set_words(one, form)], size=form.size, **TOLD) == alone, name


@pytest.mark.parametrize("place", [0, 1, 40])
def test_a_picture_is_the_same_wherever_it_stands_on_its_sheet(place: int) -> None:
    form, one = FORMATS["pair"], layout(PICTURES["limits and targets"])
    others = [layout(PICTURES["a gap"])] * place
    drawn = vl_convert.vega_to_svg(sheet(json.loads(template("pair")), [*others, one], form))
    alone = vl_convert.vega_to_svg(sheet(json.loads(template("pair")), [one], form))
    found, expected = cut(drawn, place + 1, form)[place], cut(alone, 1, form)[0]
    assert picture(found, size=form.size, **TOLD) == picture(expected, size=form.size, **TOLD)


@pytest.mark.parametrize("empty", ["before", "joining", "point", "line", "band"])
def test_a_sheet_on_which_no_picture_has_a_kind_of_mark_is_drawn(empty: str) -> None:
    form, one = FORMATS["pair"], replace(layout(PICTURES["limits and targets"]), **{empty: []})
    (found,) = cut(vl_convert.vega_to_svg(sheet(json.loads(template("pair")), [one], form)), 1, form)
    alone = picture(list(elements(vl_convert.vegalite_to_svg(vega_lite("pair", one)))), size=form.size, **TOLD)
    assert picture([*found, *set_words(one, form)], size=form.size, **TOLD) == alone


def test_what_is_compiled_once_holds_no_rows_of_a_picture_drawn_before() -> None:
    compiled = json.loads(template("pair"))
    before = json.dumps(compiled)
    sheet(compiled, [layout(PICTURES["a gap"])], FORMATS["pair"])
    assert json.dumps(compiled) == before
