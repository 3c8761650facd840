"""The golden numbers of the threshold methods, through the same calls as everyone's."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from sightline import threshold
from sightline.threshold.bank_holidays import bank_holidays
from sightline.threshold.deadline import deadline

pytestmark = pytest.mark.mirror


@pytest.fixture(scope="module")
def check(shared: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("golden_check", shared / "golden" / "check.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("family", ["bunching", "crossing", "density"])
def test_every_golden_case_is_right(check: ModuleType, shared: Path, family: str) -> None:
    found = dict(check.FAMILIES[family][1](shared / "golden" / "thresholds"))
    assert found
    assert {case: differences for case, differences in found.items() if differences} == {}


def test_bank_holidays_are_the_published_ones(shared: Path) -> None:
    published = pl.read_csv(shared / "golden/thresholds/crossing/bank_holidays_england.csv")["date"].to_list()
    assert sorted(str(day) for year in range(2010, 2028) for day in bank_holidays(year)) == sorted(published)


def test_base_rates_of_the_providers_of_2024_25(shared: Path) -> None:
    home = shared / "golden" / "thresholds" / "crossing"
    frame = pl.read_csv(home / "rtt_2024-25_providers.csv", infer_schema_length=None)
    rates = threshold.crossing(frame, unit="unit", month="month", lines=[18, 52, 65], placebos=range(10, 70)).base_rates
    golden = pl.read_csv(home / "expected_rtt_2024-25_providers_counts.csv").filter(pl.col("line") != 26)  # a milestone: no base rate
    assert rates["line"].to_list() == golden["line"].to_list()
    pairs = {
        "tested": "tested",
        "p_low_significant": "p_low_le_005",
        "break_": "break_",
        "possible": "possible",
        "no_break": "none",
        "cannot_tell": "cannot_tell",
    }
    assert {ours: rates[ours].to_list() for ours in pairs} == {ours: golden[theirs].to_list() for ours, theirs in pairs.items()}


def test_the_months_of_the_four_hour_target(shared: Path) -> None:
    home = shared / "golden" / "thresholds" / "density"
    months = pl.read_csv(home / "ae_org_month.csv").filter(pl.col("org").str.starts_with("R"), pl.col("type1") >= 1000)
    seen, over = ("type1", "type2", "other"), ("type1_over4", "type2_over4", "other_over4")
    share = 100 * (1 - pl.sum_horizontal(over) / pl.sum_horizontal(seen))
    result = deadline(
        months.with_columns(share=share, month=(pl.col("month") + "-01").str.to_date()),
        unit="org",
        month="month",
        value="share",
        due=date(2024, 3, 1),
    )
    golden = pl.read_csv(home / "expected_ae_month_step.csv")
    assert result.steps["mean_change"].to_list() == pytest.approx(golden["mean_change"].to_list(), rel=1e-6)
    assert result.steps["improved"].to_list() == golden["improved"].to_list()
    assert result.estimates["p"][0] == pytest.approx(2 / golden.height)  # the second largest of all months
