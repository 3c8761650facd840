"""A chart whose rows are swapped into the compiled kind is the chart that Altair draws, byte for byte."""

from __future__ import annotations

import json
import re

import pytest
import vl_convert

from sightline.charts import FORMATS, Kind
from sightline.charts.layout import layout
from sightline.charts.svg import set_words, shrunk
from sightline.charts.swap import filled
from sightline.charts.template import template, vega_lite
from tests.charts.series import KINDS, PICTURES, of_kind

#: every picture in the largest and the smallest kind, and a picture with a gap, limits and targets in every kind
EACH = [(name, kind) for name in PICTURES for kind in KINDS if kind in {"pair", "spark"} or name == "a gap"]


@pytest.mark.parametrize(("name", "kind"), EACH)
def test_swapping_rows_into_the_compiled_kind_draws_what_altair_draws(name: str, kind: Kind) -> None:
    marks, form = layout(of_kind(PICTURES[name], kind)), FORMATS[kind]
    plain = vl_convert.vegalite_to_svg(vega_lite(kind, marks))
    quick = vl_convert.vega_to_svg(filled(json.loads(template(kind)), marks))
    told = {"size": form.size, "name": "n", "title": "t", "description": "d"}
    assert shrunk(quick, **told, words=set_words(marks, form)) == shrunk(plain, **told)
    assert without_texts(quick) == without_texts(plain)


def without_texts(svg: str) -> str:
    """The drawing without its words and their groups."""
    return re.sub(r'<g class="mark-text.*?</g>', "", svg, flags=re.DOTALL)


def test_what_is_compiled_once_holds_no_rows_of_a_picture_drawn_before() -> None:
    compiled = json.loads(template("pair"))
    before = json.dumps(compiled)
    filled(compiled, layout(PICTURES["a gap"]))
    assert json.dumps(compiled) == before
