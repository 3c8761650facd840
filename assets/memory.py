"""What earlier publications said, carried on: signals with their dates, and sightline's own corrections."""

import tomllib
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import dagster as dg
import polars as pl

from assets.publication import run_name
from assets.tables import table_asset, write
from assets.workplace import Workplace
from sightline import publish, signals
from sightline.home import Home
from sightline.signals import SIGNAL, Publication

#: the tables that say what a publication showed and what it was made from
READ = {
    "points": "analysis.spc_point",
    "summary": "analysis.spc_summary",
    "definitions": "measure.definition",
    "phases": "reference.phase",
    "files": "meta.file",
}
CORRECTION = pl.Schema({"corrected_on": pl.Date, "version": pl.String, "what": pl.String, "reach": pl.String, "mended": pl.String})


@table_asset("meta.signal", [*READ.values(), "meta.run"])
def signal(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
    """The signals of this publication and of all before it: the one table that is memory."""
    finished = workplace.read("meta.run")["finished"].item()
    now = Publication(run_name(context), finished, publish.code_hash(), **{name: workplace.read(table) for name, table in READ.items()})
    memory, before = recalled(workplace.place, now)
    return write(workplace, "meta.signal", signals.remembered(memory, before, now))


def recalled(home: Home, now: Publication) -> tuple[pl.DataFrame | None, Publication | None]:
    """meta.signal of what is published, and that publication; none where nothing is published.

    Its tables are brought to the columns of ``now``: what an older sightline did not write is missing in them, and stops no run.
    """
    facts, folder = publish.published_run(home), home.published.resolve() / "parquet"
    if facts is None:
        return None, None
    frames = {name: brought_to(getattr(now, name), folder / f"{table}.parquet") for name, table in READ.items()}
    before = Publication(str(facts.get("run")), datetime.fromisoformat(str(facts.get("finished"))), str(facts.get("code")), **frames)
    memory = folder / "meta.signal.parquet"
    return (brought_to(pl.DataFrame(schema=SIGNAL), memory) if memory.exists() else None), before


def brought_to(frame: pl.DataFrame, path: Path) -> pl.DataFrame:
    """The table at ``path`` with the columns of ``frame``; empty where it is not there or has other types."""
    try:
        return pl.concat([frame.clear(), pl.read_parquet(path)], how="diagonal_relaxed").select(frame.columns)
    except (OSError, pl.exceptions.PolarsError):
        return frame.clear()


@table_asset("reference.correction", ["archive.news"])
def correction(workplace: Workplace) -> dg.MaterializeResult:
    """Sightline's own errors that reached a publication, and how they were mended."""
    return write(workplace, "reference.correction", corrections(files("assets").joinpath("declared/corrections.toml").read_text(encoding="utf-8")))


def corrections(text: str) -> pl.DataFrame:
    """The entries of ``assets/declared/corrections.toml``: corrected_on, version, what, reach, mended; a row each, perhaps none."""
    return pl.DataFrame(tomllib.loads(text).get("correction", []), schema=CORRECTION)
