"""Measures of all datasets: their definitions, and their values for every organisation, region and England."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
import polars as pl

from assets import description
from assets.tables import table_asset, write
from assets.workplace import Workplace
from sightline import tables

Entry = Mapping[str, Any]

LEVELS = {
    "provider": "organisation <> 'ENG'",
    "region": "organisation <> 'ENG' and region is not null",
    "england": "organisation <> 'ENG'",
}
CODES = {"provider": "organisation", "region": "region", "england": "'ENG'"}


#: a centile is given for at least so many, as NHS England does
FEWEST_FOR_A_CENTILE = 20
#: the band that has no upper end; a centile in it is its lower end
OPEN_BAND = 104


def source_tables() -> list[str]:
    """Every table that a measure is summed from."""
    return sorted({table for row in description.entries("measure") for source in sources(row) for table in tables.reads(source, row["id"])})


def sources(row: Entry) -> list[str]:
    """A SELECT over each source that a measure names."""
    england = [row["england"]["table"]] if "england" in row else []
    whole = [row["whole_months"]] if "whole_months" in row else []
    return [f"select 1 from {source}" for source in (row["table"], *england, *whole)]


def value_sql(row: Entry) -> str:
    """The SELECT that gives one measure at every level; its parts come from the dataset's own TOML.

    England and regions are sums over organisations, so that organisations without figures count in neither numerator
    nor denominator. Where a measure names ``whole_months``, they have no value in months in which organisations are missing;
    where it names ``england``, England has the publisher's own figure. A series without any value is left out.
    """
    levels = [level for level in row.get("levels", LEVELS) if not (level == "england" and "england" in row)]
    summed = [centile_sql(row, level) if "centile" in row else level_sql(row, level) for level in levels]
    own = [england_sql(row["england"])] if "england" in row else []
    return f"""
        with level_value as ({" union all by name ".join([*summed, *own])})
        select
            '{row["id"]}' as measure, level, organisation, month,
            numerator::double as numerator, denominator::double as denominator, ({row.get("scale", 1)} * value)::double as value, release
        from level_value
        qualify count(value) over (partition by level, organisation) > 0
    """


def level_sql(row: Entry, level: str) -> str:
    """Numerator, denominator and value of one measure, summed at one level."""
    value = "numerator / nullif(denominator, 0)" if "denominator" in row else "numerator"
    return f"""
        select *, {value} as value
        from (
            select '{level}' as level, {CODES[level]} as organisation, month, max(release) as release,
                ({row["numerator"]})::double as numerator, ({row.get("denominator", "null")})::double as denominator
            from {row["table"]}
            where {conditions(row, level)}
            group by {CODES[level]}, month
        )
    """


def centile_sql(row: Entry, level: str) -> str:
    """A centile of the pathways of one level, interpolated within its band."""
    return f"""
        select level, organisation, month, max(release) as release, null as numerator, any_value(pathways_in_all) as denominator,
            case when any_value(pathways_in_all) >= {FEWEST_FOR_A_CENTILE} then arg_min(
                case when band = {OPEN_BAND} then band else band + ({row["centile"]} * pathways_in_all - reached + pathways) / pathways end, band
            ) filter (where reached >= {row["centile"]} * pathways_in_all) end as value
        from (
            select *, sum(pathways) over (partition by organisation, month order by band) as reached,
                sum(pathways) over (partition by organisation, month) as pathways_in_all
            from (
                select '{level}' as level, {CODES[level]} as organisation, month, band, max(release) as release, sum(pathways) as pathways
                from {row["table"]}
                where {conditions(row, level)} and pathways > 0 and ({row["where"]})
                group by {CODES[level]}, month, band
            )
        )
        group by level, organisation, month
    """


def england_sql(own: Entry) -> str:
    """England as the publisher prints it."""
    value = own.get("value") or ("numerator / nullif(denominator, 0)" if "denominator" in own else "numerator")
    return f"""
        select 'england' as level, 'ENG' as organisation, month, max(release) as release,
            ({own.get("numerator", "null")})::double as numerator, ({own.get("denominator", "null")})::double as denominator, {value} as value
        from {own["table"]}
        group by month
    """


def conditions(row: Entry, level: str) -> str:
    """The rows that count at one level."""
    whole = f" and month in (select month from {row['whole_months']} where is_whole)" if "whole_months" in row and level != "provider" else ""
    return LEVELS[level] + whole


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
