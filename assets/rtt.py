"""Referral to treatment waiting times: landing pages -> archive -> tidy rows.

From there the tables are SELECTs: ``sql/core/rtt_*.sql``. Words, measures, pairs and targets stand in ``rtt.toml``,
what must hold in ``expectations/rtt.tidy.json`` and ``expectations/core.rtt_*.json``.
"""

from collections.abc import Iterator
from functools import partial

import dagster as dg

from assets import gates, intake
from assets.description import datasets
from assets.workplace import Workplace
from sightline.fetch import Role
from sightline.sources import rtt, rtt_overview, spreadsheet

DATASET = datasets()["rtt"]


@dg.asset(
    key=["rtt", "archive"],
    group_name="rtt",
    kinds={"html", "csv"},
    description="Reads NHS England's RTT pages, finds the full extracts by their anchor texts, and archives what is new by its SHA-256.",
)
def archive(workplace: Workplace) -> dg.MaterializeResult:
    """Landing pages -> links -> files, stored as published."""
    return intake.fetch(workplace, DATASET)


@dg.multi_asset(
    name="rtt_tidy",
    specs=[
        dg.AssetSpec(
            ["rtt", "tidy"],
            deps=[intake.NEWS],
            group_name="rtt",
            kinds={"polars"},
            description="Every extract that stands, commissioners summed. The full cross with commissioners lies beside it, a Parquet file a month.",
        ),
        dg.AssetSpec(["rtt", "file"], deps=[intake.NEWS], group_name="rtt", description="The files that stand: month, release, vintage, address."),
        dg.AssetSpec(["rtt", "quarantine"], deps=[intake.NEWS], group_name="rtt", description="The files held back, and what stands in their place."),
    ],
    check_specs=gates.check_specs(gates.suites()["rtt.tidy"], dg.AssetKey(["rtt", "tidy"])),
)
def tidy(workplace: Workplace) -> Iterator[dg.MaterializeResult]:
    """Archived extracts -> tidy rows, through the file gate."""
    yield from intake.read(workplace, DATASET, rtt.parse, rtt.SUMMED_SCHEMA, rtt.summed)


@dg.multi_asset(
    name="rtt_control",
    specs=[
        dg.AssetSpec(["rtt", "control"], deps=[intake.NEWS], group_name="rtt", description="The workbooks that the extracts are held against."),
        dg.AssetSpec(["rtt", "series"], deps=[intake.NEWS], group_name="rtt", description="The overview time series workbooks, month by month."),
    ],
)
def control(workplace: Workplace) -> Iterator[dg.MaterializeResult]:
    """Archived overview workbooks -> rows, read in a process of their own."""
    with spreadsheet.reader() as read:
        controls: dict[Role, intake.Control] = {"series": intake.Control(partial(rtt_overview.parse, read=read), rtt_overview.SCHEMA)}
        yield from intake.read_controls(workplace, DATASET, controls)
