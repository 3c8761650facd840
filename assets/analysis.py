"""What is made of all datasets: variation (SPC), and target metric against observation metric."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from assets.tables import TABLES, key, result, table_asset, words, write
from assets.workplace import Workplace
from sightline import spc, tables
from sightline.pack import texts
from sightline.trend import trend_points

INPUTS = ["measure.value", "measure.definition", "reference.target", "reference.phase"]
TREND_INPUTS = ["analysis.spc_point", "measure.definition", "measure.pair", "reference.phase"]
FUNNEL_INPUTS = ["measure.value", "measure.definition", "reference.organisation"]


@dg.multi_asset(
    name="spc",
    specs=[
        dg.AssetSpec(key(name), deps=[key(dep) for dep in INPUTS], group_name="analysis", kinds={"polars"}, description=words(TABLES[name]))
        for name in ("analysis.spc_point", "analysis.spc_summary")
    ],
)
def variation(workplace: Workplace) -> Iterator[dg.MaterializeResult]:
    """The chart of every series, of the kind its measure asks for; where a phase is declared a new one begins, and nowhere else."""
    values = workplace.read("measure.value")
    declared = spc.of_series(values, workplace.read("reference.phase"))
    starts = declared.filter(pl.col("kind") == "phase").rename({"month_from": "month"})
    points, summary = spc.series_analysis(values, workplace.read("measure.definition"), workplace.read("reference.target"), starts, declared)
    for name, frame in (("analysis.spc_point", points), ("analysis.spc_summary", summary)):
        kept = tables.write(TABLES[name], frame, workplace.path(name))
        told = result(kept, workplace.path(name))
        yield dg.MaterializeResult(asset_key=key(name), data_version=told.data_version, metadata=told.metadata)


@table_asset("analysis.spc_text", ["analysis.spc_point", "analysis.spc_summary", "measure.definition", "reference.organisation"])
def series_text(workplace: Workplace) -> dg.MaterializeResult:
    """What may be said of every series, from the rows of the charts."""
    read = ("analysis.spc_point", "analysis.spc_summary", "measure.definition", "reference.organisation")
    return write(workplace, "analysis.spc_text", texts.series_text(*map(workplace.read, read)))


@dg.multi_asset(
    name="funnels",
    specs=[
        dg.AssetSpec(key(name), deps=[key(dep) for dep in FUNNEL_INPUTS], group_name="analysis", kinds={"polars"}, description=words(TABLES[name]))
        for name in ("analysis.funnel_point", "analysis.funnel_summary")
    ],
)
def funnels(workplace: Workplace) -> Iterator[dg.MaterializeResult]:
    """Organisations among their peers over the newest twelve months."""
    made = spc.funnel_analysis(*map(workplace.read, FUNNEL_INPUTS))
    for name, frame in zip(("analysis.funnel_point", "analysis.funnel_summary"), made, strict=True):
        told = write(workplace, name, frame)
        yield dg.MaterializeResult(asset_key=key(name), data_version=told.data_version, metadata=told.metadata)


@table_asset("analysis.trend_point", TREND_INPUTS, kinds={"polars", "numpy"})
def trend_point(workplace: Workplace) -> dg.MaterializeResult:
    """The observation metrics with their level, season and remainder."""
    points, definitions, pairs, phases = map(workplace.read, TREND_INPUTS)
    observed = (pl.col("kind") == "observation") | pl.col("measure").is_in(pairs["observation_measure"].unique().to_list())
    told = points.join(definitions.filter(observed), on="measure", how="semi")
    return write(workplace, "analysis.trend_point", trend_points(told, definitions, phases))


@table_asset("analysis.pair_contrast", ["analysis.spc_point", "measure.pair"])
def pair_contrast(workplace: Workplace) -> dg.MaterializeResult:
    """The word of every pair, organisation and month, from the rows of the charts."""
    return write(workplace, "analysis.pair_contrast", contrast(workplace.read("analysis.spc_point"), workplace.read("measure.pair")))


def contrast(points: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Rows of analysis.pair_contrast: the months of the newest phase in which both metrics have a value."""
    speaking = points.filter("in_window", pl.col("value").is_not_null())
    states = speaking.select("measure", "level", "organisation", "month", spc.state(pl.col("judgement")).alias("state"))
    target = states.rename({"measure": "target_measure", "state": "target_state"})
    observation = states.rename({"measure": "observation_measure", "state": "observation_state"})
    both = (
        pairs.select("pair", "target_measure", "observation_measure")
        .join(target, on="target_measure")
        .join(observation, on=["observation_measure", "level", "organisation", "month"])
    )
    seen = pl.col("target_state"), pl.col("observation_state")
    return both.with_columns(spc.contrast_word(*seen).alias("word"), spc.contrast_reason(*seen).alias("reason"))
