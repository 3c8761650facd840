"""What was tried: the changes that a home declares, and what the rows of the charts show since."""

from functools import cache
from importlib.resources import files

import dagster as dg
import polars as pl

from assets import gates, phases
from assets.tables import table_asset, write
from assets.workplace import Workplace
from sightline import changes, declared, spc
from sightline.changes import Change, Changes
from sightline.declared import Known
from sightline.pack import tried

SIMULATED = "assets/declared/changes_simulated.toml"
FINDINGS = "changes.finding"
READ = ["analysis.spc_point", "reference.change", "reference.phase", "measure.definition", "reference.organisation"]


@cache
def simulated_file() -> tuple[Change, ...]:
    """The changes of the simulated NHS."""
    text = files("assets").joinpath("declared/changes_simulated.toml").read_text(encoding="utf-8")
    return changes.parsed(text, "simulated", SIMULATED).entries


def shipped(known: Known, *, simulated: bool) -> tuple[Change, ...]:
    """The changes that travel with sightline: those of the simulated NHS, for simulated homes that have their organisations."""
    return changes.checked(Changes(simulated_file()), known).entries if simulated else ()


def together(own: Changes, travelling: tuple[Change, ...]) -> Changes:
    """The changes of a home and those that travel with sightline; of two with one name the home's stands."""
    taken = {one.name.casefold() for one in own.entries}
    return Changes((*own.entries, *(one for one in travelling if one.name.casefold() not in taken)), own.faults)


@table_asset("reference.change", ["measure.value"])
def change(workplace: Workplace) -> dg.MaterializeResult:
    """Changes that were tried; an entry that cannot be used is left out and told."""
    series = declared.extents(workplace.read("measure.value"))
    known = Known(phases.measures(), (), series)
    own = changes.checked(changes.read_changes(workplace.place), known)
    found = together(own, shipped(known, simulated=workplace.place.kind == "simulated"))
    workplace.keep(FINDINGS, findings(found))
    return write(workplace, "reference.change", changes.frame(found.entries, series))


def findings(found: Changes) -> pl.DataFrame:
    """Rows of meta.finding, without the run: one a fault, or one that says that there is none."""
    said = [str(fault) for fault in found.faults] or [""]
    words = f"every entry of {changes.WHERE} can be used"
    cause, stays = "a slip of the pen: `sightline change check` lists every fault", "the entry is left out; the rest is shown as without it"
    rows = [(None, "reference.change", words, "declared", "warning", not one, int(bool(one)), one, cause, stays) for one in said]
    return pl.DataFrame(rows, schema=gates.FINDING, orient="row")


@table_asset("analysis.change_effect", READ)
def change_effect(workplace: Workplace) -> dg.MaterializeResult:
    """What the rows of the charts show since each change, with its words."""
    points, declared_changes, declared_phases, definitions, organisations = map(workplace.read, READ)
    found = spc.change_effect(points, declared_changes, declared_phases, definitions, organisations)
    return write(workplace, "analysis.change_effect", tried.with_words(found, points, definitions, organisations))
