"""What happens at the lines of targets: the waiting list by week, completed pathways at 18 weeks, the four-hour line."""

from collections.abc import Iterator, Mapping

import dagster as dg
import polars as pl

from assets.tables import TABLES, key, table_asset, words, write
from assets.workplace import Workplace
from sightline.threshold import nightly

CROSSING = ("crossing", "placebo", "base_rate", "band")
FOUR_HOURS = ("density", "deadline")
#: the measure whose milestones fall due in a month
FOUR_HOUR_MEASURE = "ae_within_4h"


def specs(names: tuple[str, ...], inputs: list[str]) -> list[dg.AssetSpec]:
    """One asset a table, all of the same inputs."""
    tables = [TABLES[f"analysis.threshold_{name}"] for name in names]
    return [
        dg.AssetSpec(key(table.full_name), deps=[key(one) for one in inputs], group_name="analysis", kinds={"polars"}, description=words(table))
        for table in tables
    ]


def written(workplace: Workplace, made: Mapping[str, pl.DataFrame]) -> Iterator[dg.MaterializeResult]:
    """Write tables by their short names."""
    for name, frame in made.items():
        told = write(workplace, f"analysis.threshold_{name}", frame)
        yield dg.MaterializeResult(asset_key=key(f"analysis.threshold_{name}"), data_version=told.data_version, metadata=told.metadata)


def pathways(workplace: Workplace, *parts: str) -> pl.DataFrame:
    """Rows of core.rtt_wait_band of some parts; the file is large, and only what is asked for is read."""
    columns = ("organisation", "month", "part", "treatment_function", "band", "pathways", "release")
    return pl.scan_parquet(workplace.path("core.rtt_wait_band")).filter(pl.col("part").is_in(parts)).select(columns).collect()


@dg.multi_asset(name="threshold_crossing", specs=specs(CROSSING, ["core.rtt_wait_band", "core.rtt_england_month"]))
def crossing(workplace: Workplace) -> Iterator[dg.MaterializeResult]:
    """England, every provider and every treatment function at every line, by month, half-year and year."""
    yield from written(workplace, nightly.crossing_tables(pathways(workplace, "Part_2"), workplace.read("core.rtt_england_month")))


@table_asset("analysis.threshold_bunching", ["core.rtt_wait_band"])
def completed(workplace: Workplace) -> dg.MaterializeResult:
    """Completed pathways about 18 weeks, where the extracts hold them."""
    return write(workplace, "analysis.threshold_bunching", nightly.bunching_table(pathways(workplace, *nightly.COMPLETED)))


@dg.multi_asset(name="threshold_four_hours", specs=specs(FOUR_HOURS, ["core.ae_provider_month", "reference.target"]))
def four_hours(workplace: Workplace) -> Iterator[dg.MaterializeResult]:
    """The four-hour percentage of organisations at its milestones, in the months about their deadlines."""
    read = workplace.read("core.ae_provider_month"), workplace.read("reference.target")
    yield from written(workplace, nightly.four_hour_tables(*read, FOUR_HOUR_MEASURE))
