"""A&E attendances and emergency admissions: landing pages -> archive -> tidy rows.

From there the tables are SELECTs: ``sql/core/ae_*.sql``. Words, measures, pairs and targets stand in ``ae.toml``,
what must hold in ``expectations/ae.tidy.json`` and ``expectations/core.ae_*.json``.
"""

from collections.abc import Iterator
from functools import partial

import dagster as dg

from assets import gates, intake
from assets.description import datasets
from assets.workplace import Workplace
from sightline.fetch import Role
from sightline.sources import ae, ae_time_series, ae_workbook, spreadsheet

DATASET = datasets()["ae"]


@dg.asset(
    key=["ae", "archive"],
    group_name="ae",
    kinds={"html", "csv"},
    description="Reads NHS England's A&E pages, finds the monthly files by their anchor texts, and archives what is new by its SHA-256.",
)
def archive(workplace: Workplace) -> dg.MaterializeResult:
    """Landing pages -> links -> files, stored as published."""
    return intake.fetch(workplace, DATASET)


@dg.multi_asset(
    name="ae_tidy",
    specs=[
        dg.AssetSpec(
            ["ae", "tidy"],
            deps=[intake.NEWS],
            group_name="ae",
            kinds={"polars"},
            description="Every file that stands, row by row, all layouts alike.",
        ),
        dg.AssetSpec(["ae", "file"], deps=[intake.NEWS], group_name="ae", description="The files that stand: month, release, vintage, address."),
        dg.AssetSpec(["ae", "quarantine"], deps=[intake.NEWS], group_name="ae", description="The files held back, and what stands in their place."),
    ],
    check_specs=gates.check_specs(gates.suites()["ae.tidy"], dg.AssetKey(["ae", "tidy"])),
)
def tidy(workplace: Workplace) -> Iterator[dg.MaterializeResult]:
    """Archived files -> tidy rows, through the file gate."""
    yield from intake.read(workplace, DATASET, ae.parse, ae.SCHEMA)


@dg.multi_asset(
    name="ae_control",
    specs=[
        dg.AssetSpec(["ae", "control"], deps=[intake.NEWS], group_name="ae", description="The workbooks that the CSV files are held against."),
        dg.AssetSpec(["ae", "workbook"], deps=[intake.NEWS], group_name="ae", description="The workbooks by provider, row by row."),
        dg.AssetSpec(["ae", "series"], deps=[intake.NEWS], group_name="ae", description="The national time series workbooks, month by month."),
    ],
)
def control(workplace: Workplace) -> Iterator[dg.MaterializeResult]:
    """Archived workbooks -> rows, read in a process of their own; no figure that is published comes from them."""
    with spreadsheet.reader() as read:
        controls: dict[Role, intake.Control] = {
            "workbook": intake.Control(partial(ae_workbook.parse, read=read), ae_workbook.SCHEMA),
            "series": intake.Control(partial(ae_time_series.parse, read=read), ae_time_series.SCHEMA),
        }
        yield from intake.read_controls(workplace, DATASET, controls)
