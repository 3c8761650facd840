"""Measures of all datasets: their definitions, and their values for every organisation, region and England."""

import dagster as dg
import polars as pl

from assets import description
from assets.tables import table_asset, write
from assets.workplace import Workplace
from sightline import tables

LEVELS = {
    "provider": "organisation <> 'ENG'",
    "region": "organisation <> 'ENG' and region is not null",
    "england": "organisation <> 'ENG'",
}
CODES = {"provider": "organisation", "region": "region", "england": "'ENG'"}


def source_tables() -> list[str]:
    """Every table that a measure is summed from."""
    return sorted({table for row in description.entries("measure") for table in tables.reads(f"select 1 from {row['table']}", row["id"])})


def value_sql(row: dict[str, object]) -> str:
    """The SELECT that gives one measure at every level; its parts come from the dataset's own TOML.

    England and regions are sums over organisations, so that organisations without figures count in neither numerator
    nor denominator. A series without any value is left out.
    """
    levels = " union all by name ".join(level_sql(row, level) for level in LEVELS)
    ratio = f"{row.get('scale', 1)} * numerator / nullif(denominator, 0)" if "denominator" in row else "numerator"
    return f"""
        with summed as ({levels})
        select
            '{row["id"]}' as measure, level, organisation, month,
            numerator::double as numerator, denominator::double as denominator, ({ratio})::double as value, release
        from summed
        qualify count({ratio}) over (partition by level, organisation) > 0
    """


def level_sql(row: dict[str, object], level: str) -> str:
    """Numerator and denominator of one measure, summed at one level."""
    return f"""
        select '{level}' as level, {CODES[level]} as organisation, month, max(release) as release,
            {row["numerator"]} as numerator, {row.get("denominator", "null")} as denominator
        from {row["table"]}
        where {LEVELS[level]}
        group by {CODES[level]}, month
    """


@table_asset("measure.definition", ["archive.news"])
def definition(workplace: Workplace) -> dg.MaterializeResult:
    """Every measure in words."""
    return write(workplace, "measure.definition", description.definitions())


@table_asset("measure.pair", ["archive.news"])
def pair(workplace: Workplace) -> dg.MaterializeResult:
    """Which target metric stands beside which observation metrics."""
    return write(workplace, "measure.pair", description.pairs())


@table_asset("measure.value", [*source_tables(), "measure.definition"], {"duckdb"})
def value(workplace: Workplace) -> dg.MaterializeResult:
    """Every measure, organisation and month."""
    with tables.connect(workplace.paths(frozenset(source_tables()))) as connection:
        frames = [pl.DataFrame(connection.sql(value_sql(row))) for row in description.entries("measure")]
    return write(workplace, "measure.value", pl.concat(frames))
