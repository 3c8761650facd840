"""The table of docs/METHODS.md is what the script prints, and the script prints what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from sightline.threshold.detection import SEEDS, as_markdown, rates
from sightline.threshold.simulate import Planted

METHODS = Path(__file__).parents[2] / "docs" / "METHODS.md"


def test_a_run_counts_the_units_with_the_effect_apart() -> None:
    table = rates([3], [Planted("removed", 18, 0.2)], units=24, months=13)
    assert table.select("planted", "line", "per cent", "units", "tested").rows() == [
        ("removed at the month end", 18, 20, "with it", 20), ("removed at the month end", 18, 20, "the others", 4),
    ]  # fmt: skip
    assert table["break at the line"][0] >= 90
    assert table.select(
        "break at the line", "possible break", "no break of practical size", "cannot tell"
    ).sum_horizontal().to_list() == pytest.approx([100, 100], abs=0.3)


@pytest.mark.long
def test_the_table_in_the_documents_is_the_one_that_is_printed() -> None:
    assert as_markdown(rates(SEEDS)) in METHODS.read_text("utf-8")
