"""Reads what the pack is made from: the tables of a finished database, opened read-only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from sightline.errors import BadInput

Row = dict[str, Any]


@dataclass(frozen=True)
class Tables:
    """The tables of a finished database that pages are made from, columns as documented there."""

    dataset: pl.DataFrame
    definition: pl.DataFrame
    pair: pl.DataFrame
    value: pl.DataFrame
    organisation: pl.DataFrame
    change: pl.DataFrame
    phase: pl.DataFrame
    tried: pl.DataFrame
    effect: pl.DataFrame
    target: pl.DataFrame
    point: pl.DataFrame
    summary: pl.DataFrame
    contrast: pl.DataFrame
    text: pl.DataFrame
    trend: pl.DataFrame
    funnel: pl.DataFrame
    funnel_summary: pl.DataFrame
    crossing: pl.DataFrame
    placebo: pl.DataFrame
    base_rate: pl.DataFrame
    band: pl.DataFrame
    bunching: pl.DataFrame
    density: pl.DataFrame
    deadline: pl.DataFrame
    file: pl.DataFrame
    source_page: pl.DataFrame
    finding: pl.DataFrame
    quarantine: pl.DataFrame
    revision: pl.DataFrame
    signal: pl.DataFrame
    correction: pl.DataFrame
    run: Row
    dictionary: pl.DataFrame


_TABLES = {
    "dataset": "reference.dataset order by dataset",
    "definition": "measure.definition order by dataset, position",
    "pair": "measure.pair order by dataset, position, observation_position",
    "value": "measure.value order by measure, level, organisation, month",
    "organisation": "reference.organisation order by level, name, organisation",
    "change": "reference.organisation_change order by organisation, month, kind",
    "phase": "reference.phase order by all",
    "tried": "reference.change order by change, organisation, measure",
    "effect": "analysis.change_effect order by change, organisation, measure",
    "target": "reference.target order by measure, valid_from",
    "point": "analysis.spc_point order by measure, level, organisation, month",
    "summary": "analysis.spc_summary order by measure, level, organisation",
    "contrast": "analysis.pair_contrast order by pair, level, organisation, month",
    "text": "analysis.spc_text order by measure, level, organisation",
    "trend": "analysis.trend_point order by measure, level, organisation, month",
    "funnel": "analysis.funnel_point order by measure, level, organisation",
    "funnel_summary": "analysis.funnel_summary order by measure, level",
    "crossing": "analysis.threshold_crossing where level = 'england' order by period, period_from, line",
    "placebo": "analysis.threshold_placebo where level = 'england' order by period, period_from, line",
    "base_rate": "analysis.threshold_base_rate order by level, period, period_from, line",
    "band": "analysis.threshold_band order by period, period_from, band",
    "bunching": "analysis.threshold_bunching order by period, period_from, pathways",
    "density": "analysis.threshold_density order by due, month, test, parameter",
    "deadline": "analysis.threshold_deadline order by due, after, month_to",
    "file": "meta.file order by dataset, month, published",
    "source_page": "meta.source_page order by dataset, url",
    "finding": "meta.finding order by passed, dataset, table_name, expectation",
    "quarantine": "meta.quarantine order by dataset, month",
    "revision": "meta.revision order by all",
    "signal": "meta.signal order by all",
    "correction": "reference.correction order by corrected_on, version, what",
}

_DICTIONARY = """
select c.schema_name, c.table_name, t.comment as table_comment, t.estimated_size as row_count, c.column_name, c.data_type, c.comment
from duckdb_columns() c join (
    select database_name, schema_name, table_name, comment, estimated_size from duckdb_tables()
    union all select database_name, schema_name, view_name, comment, null from duckdb_views()
) t using (database_name, schema_name, table_name)
where not c.internal and c.schema_name in ('core', 'reference', 'measure', 'analysis', 'meta')
order by c.schema_name, c.table_name, c.column_index
"""


def read(database: Path) -> Tables:
    """Read the tables of a database file. Raises ``BadInput`` if it is no database or a table is missing."""
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            frames = {name: pl.DataFrame(connection.sql(f"select * from {rest}")) for name, rest in _TABLES.items()}
            run = pl.DataFrame(connection.sql("select * from meta.run order by started desc limit 1"))
            dictionary = pl.DataFrame(connection.sql(_DICTIONARY))
    except duckdb.Error as error:
        raise BadInput(
            database.name, expected="a finished sightline database", seen=str(error).splitlines()[0], action="run sightline first"
        ) from error
    if run.is_empty() or frames["definition"].is_empty():
        raise BadInput(database.name, expected="a run and at least one measure", seen="none", action="run sightline first")
    return Tables(run=run.row(0, named=True), dictionary=dictionary, **frames)
