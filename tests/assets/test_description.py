"""The datasets in words: which chart a measure gets."""

from __future__ import annotations

import polars as pl
import pytest

from assets import description
from sightline.errors import BadInput

SHARE = {"id": "m", "unit": "proportion", "denominator": "sum(n)"}
RATE = {"id": "m", "unit": "per 1,000 people", "denominator": "sum(n)"}
COUNT = {"id": "m", "unit": "people"}


@pytest.mark.parametrize(("measure", "kind"), [(SHARE, "pp"), (RATE, "up"), (COUNT, "xmr")])
def test_without_a_chart_of_its_own_a_measure_has_that_of_its_kind_of_data(measure: dict[str, str], kind: str) -> None:
    assert description.chart_of(measure) == kind


def test_a_measure_gets_the_chart_that_it_names() -> None:
    assert description.chart_of(SHARE | {"chart": "xmr"}) == "xmr"
    assert description.chart_of(COUNT | {"chart": "cp"}) == "cp"


@pytest.mark.parametrize(
    "measure", [SHARE | {"chart": "p"}, RATE | {"chart": "u"}, COUNT | {"chart": "pp"}, SHARE | {"chart": "cp"}, COUNT | {"chart": "x"}]
)
def test_a_chart_that_the_figures_cannot_make_or_that_would_signal_every_month_is_refused(measure: dict[str, str]) -> None:
    with pytest.raises(BadInput, match="measure m, chart"):
        description.chart_of(measure)


def test_every_measure_of_the_house_has_a_chart_and_only_ratios_have_funnels() -> None:
    definitions = description.definitions()
    assert definitions["chart"].null_count() == 0
    assert definitions.filter(pl.col("funnel").is_not_null())["denominator"].null_count() == 0


def test_what_is_counted_at_a_month_end_is_a_stock_and_what_happens_in_a_month_a_flow() -> None:
    definitions = description.definitions()
    waiting = pl.coalesce("denominator", "numerator").str.contains("part = 'Part_2'", literal=True)
    stocks = definitions.filter(waiting)["measure"].to_list()
    assert len(stocks) >= 10
    assert definitions.filter(pl.col("stock_or_flow") == "stock")["measure"].to_list() == stocks
    assert set(definitions["stock_or_flow"]) == {"stock", "flow"}
    with pytest.raises(BadInput, match="measure m, stock_or_flow: expected stock or flow; saw 'level'"):
        description.stock_or_flow(COUNT | {"stock_or_flow": "level"})
