"""The numbers of the tools NHS analysts use, held against the engine through the comparison that lies beside them.

Every case of NHSRplotthedots and of qicharts2, and the Making Data Count rules. In two of these, facets without a row for some
months, the rows close the months up; the default completes the calendar (D8), so those facets are left out. Funnels and
suggested phases are held in test_funnel.py and test_suggest.py.
"""

from __future__ import annotations

import csv
import importlib.util
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from tests.spc import agreement

pytestmark = pytest.mark.mirror

GOLDEN = Path(os.environ.get("SIGHTLINE_SHARED") or Path(__file__).parents[3] / "shared") / "golden" / "spc"
#: facets with absent months: the golden rows close them up as the tool does, the default completes the calendar (D8)
WITH_ABSENT_MONTHS = ("ptd_ae_60trusts", "ptd_facet_ragged")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


CASES = _rows(GOLDEN / "cases.csv") if (GOLDEN / "cases.csv").is_file() else []


def _cases(kind: str) -> list[str]:
    """Names of the cases; without the files one name, so that a test is there to be skipped."""
    return [row["case"] for row in CASES if row["kind"] == kind] or ["absent"]


def _has_own_numbers(name: str) -> bool:
    """Whether mdc/ has the case: not where values are missing, nor where it follows the tool in a deviation (D4, D8)."""
    return name == "absent" or ((GOLDEN / "mdc" / f"{name}.csv").is_file() and not set(_case(name)["differs_from_tool"].split()) & {"D4", "D8"})


def _case(name: str) -> dict[str, str]:
    (found,) = [row for row in CASES if row["case"] == name]
    return found


@pytest.fixture(scope="module")
def check() -> ModuleType:
    """The comparison, as a module."""
    spec = importlib.util.spec_from_file_location("golden_check", GOLDEN.parent / "check.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["golden_check"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", _cases("ptd"))
def test_nhsrplotthedots(check: ModuleType, name: str) -> None:
    assert list(check.spc_ptd(_case(name), GOLDEN)) == []


@pytest.mark.parametrize("name", [name for name in _cases("ptd") if name not in WITH_ABSENT_MONTHS and _has_own_numbers(name)])
def test_making_data_count_rules_with_our_own_choices(check: ModuleType, name: str) -> None:
    assert list(check.spc_mdc(_case(name), GOLDEN)) == []


@pytest.mark.parametrize("name", WITH_ABSENT_MONTHS)
def test_making_data_count_rules_of_the_facets_without_absent_months(check: ModuleType, name: str, tmp_path: Path) -> None:
    case = _case(name)
    given = pl.read_csv(GOLDEN / "input" / f"{name}.csv", try_parse_dates=True)
    spans = given.group_by("facet").agg(rows=pl.len(), months=(pl.col("date").max() - pl.col("date").min()).dt.total_days())
    whole = spans.filter((pl.col("months") / 30.4375).round() + 1 == pl.col("rows"))["facet"].to_list()
    assert 0 < len(whole) < spans.height
    for table, facet in ((f"input/{name}.csv", "facet"), (f"mdc/{name}.csv", "facet"), ("mdc_summary.csv", "facet"), ("ptd_summary.csv", "f")):
        (tmp_path / table).parent.mkdir(exist_ok=True)
        pl.read_csv(GOLDEN / table, infer_schema=False).filter(pl.col(facet).is_in(whole)).write_csv(tmp_path / table)
    assert list(check.spc_mdc(case, tmp_path)) == []


@pytest.mark.parametrize("name", _cases("qic"))
def test_qicharts2(check: ModuleType, name: str) -> None:
    assert list(check.spc_qic(_case(name), GOLDEN)) == []


def test_the_page_of_agreement_is_what_the_comparison_gives() -> None:
    assert agreement.PAGE.read_text(encoding="utf-8") == agreement.page(), "run: python -m tests.spc.agreement"


def test_the_comparison_notices_a_wrong_number(check: ModuleType, tmp_path: Path) -> None:
    name = "ptd_norm24_inc"
    for folder in ("input", "ptd", "mdc"):
        (tmp_path / folder).mkdir()
        shutil.copy(GOLDEN / folder / f"{name}.csv", tmp_path / folder)
    for summary in ("ptd_summary.csv", "mdc_summary.csv"):
        shutil.copy(GOLDEN / summary, tmp_path)
    table = tmp_path / "ptd" / f"{name}.csv"
    pl.read_csv(table).with_columns(pl.col("upl") * (1 + 1e-6)).write_csv(table)
    assert any("upper_limit" in difference for difference in check.spc_ptd(_case(name), tmp_path))
