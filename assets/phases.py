"""Declared phases: the steps that travel with sightline and what a home declares, held against what there is."""

from functools import cache
from importlib.resources import files

import dagster as dg
import polars as pl

from assets import description, gates
from assets.tables import table_asset, write
from assets.workplace import Workplace
from sightline import declared
from sightline.declared import Declared, Entry, Known
from sightline.spc.declarations import ALL

SHIPPED = "assets/declared/phases.toml"
FINDINGS = "declared.finding"
INPUTS = ["measure.value", "reference.organisation_change"]


def measures() -> dict[str, str]:
    """The dataset of every measure."""
    return {row["id"]: row["dataset"] for row in description.entries("measure")}


@cache
def shipped_file() -> tuple[Entry, ...]:
    """The steps of ``assets/declared/phases.toml``."""
    return declared.parsed(files("assets").joinpath("declared/phases.toml").read_text(encoding="utf-8"), "shipped", SHIPPED).entries


def mergers(successors: pl.DataFrame) -> tuple[Entry, ...]:
    """Mergers as phases of the successor; ``successors`` has organisation, month, description and source."""
    return tuple(
        Entry(
            "phase",
            None,
            ALL,
            ALL,
            row["organisation"],
            row["month"],
            None,
            None,
            None,
            "merger",
            row["description"],
            row["source"],
            None,
            None,
            "shipped",
            "",
        )
        for row in successors.iter_rows(named=True)
    )


def shipped(changes: pl.DataFrame, *, simulated: bool) -> tuple[Entry, ...]:
    """Every step that travels with sightline; ``changes`` is reference.organisation_change. A simulated NHS has its own mergers and no other step."""
    merged = changes.filter(pl.col("kind") == "merger").sort("organisation", "month")
    return (*(() if simulated else shipped_file()), *mergers(merged))


def known(values: pl.DataFrame, changes: pl.DataFrame, *, simulated: bool) -> Known:
    """What entries are held against, from measure.value and reference.organisation_change."""
    return Known(measures(), shipped(changes, simulated=simulated), declared.extents(values))


@table_asset("reference.phase", INPUTS)
def phase(workplace: Workplace) -> dg.MaterializeResult:
    """Declared phases, exclusions, baselines and centre lines; an entry that cannot be used is left out and told."""
    simulated = workplace.place.kind == "simulated"
    there = known(workplace.read("measure.value"), workplace.read("reference.organisation_change"), simulated=simulated)
    found = declared.checked(declared.read_declared(workplace.place), there)
    workplace.keep(FINDINGS, findings(found))
    return write(workplace, "reference.phase", declared.frame((*there.shipped, *found.entries), there.measures))


def findings(found: Declared) -> pl.DataFrame:
    """Rows of meta.finding, without the run: one a fault, or one that says that there is none."""
    said = [str(fault) for fault in found.faults] or [""]
    words = f"every entry of {declared.WHERE} can be used"
    cause, stays = "a slip of the pen: `sightline declared check` lists every fault", "the entry is left out; the charts stand as without it"
    rows = [(None, "reference.phase", words, "declared", "warning", not one, int(bool(one)), one, cause, stays) for one in said]
    return pl.DataFrame(rows, schema=gates.FINDING, orient="row")
