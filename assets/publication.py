"""What readers get: findings and files as tables, the database, the board pack, and the swap."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import dagster as dg
import polars as pl

from assets import changes, gates, phases, visit
from assets.description import datasets
from assets.tables import TABLES, key, table_asset, write
from assets.workplace import Workplace
from sightline import datapackage, pack, publish, revision
from sightline.fetch import open_source
from sightline.tables import Table

ALL = sorted(datasets())
PUBLISHED = sorted(TABLES)
TIME = pl.Datetime("us", "UTC")
#: what the database step leaves for run.json: table_name, hash
HASHES = "hash.table"
GATED = sorted(suite.table for suite in gates.suites().values() if suite.gate == "table")


def of_all(workplace: Workplace, name: str) -> pl.DataFrame:
    """The table of that name of every dataset, one below the other."""
    return pl.concat([workplace.read(f"{dataset}.{name}") for dataset in ALL])


def all_held(workplace: Workplace) -> pl.DataFrame:
    """The files held back, of figures and of controls."""
    return pl.concat([of_all(workplace, "quarantine"), of_all(workplace, "control_quarantine")])


@table_asset("meta.file", [f"{name}.{table}" for name in ALL for table in ("file", "quarantine", "control")])
def file(workplace: Workplace) -> dg.MaterializeResult:
    """Every listed file: read, superseded, held back or listed only."""
    return write(
        workplace, "meta.file", files_listed(of_all(workplace, "link"), of_all(workplace, "file"), of_all(workplace, "control"), all_held(workplace))
    )


def files_listed(links: pl.DataFrame, accepted: pl.DataFrame, controls: pl.DataFrame, quarantine: pl.DataFrame) -> pl.DataFrame:
    """Rows of meta.file from links, files that stand, controls and files held back."""
    newest = pl.col("vintage") == pl.col("vintage").max().over("dataset", "month")
    read = accepted.with_columns(state=pl.when(newest).then(pl.lit("current")).otherwise(pl.lit("superseded")))
    labels = ["dataset", "url", "page", "anchor_text", "kind", "release"]
    held = quarantine.join(links.select(*labels), on=["dataset", "url"], how="left").with_columns(
        pl.lit("quarantined").alias("state"), pl.col("since").alias("first_seen")
    )
    compared = controls.with_columns(state=pl.lit("control"))
    known = pl.concat([read, compared, held], how="diagonal_relaxed")
    listed = links.join(known.select("dataset", "url"), on=["dataset", "url"], how="anti").with_columns(
        pl.lit("listed").alias("state"), pl.col("revised_on").alias("published")
    )
    return pl.concat([known, listed], how="diagonal_relaxed").select(column.name for column in TABLES["meta.file"].columns)


@table_asset("meta.source_page", [f"{name}.file" for name in ALL])
def source_page(workplace: Workplace) -> dg.MaterializeResult:
    """The pages that were read."""
    return write(workplace, "meta.source_page", of_all(workplace, "page"))


@table_asset("meta.quarantine", [f"{name}.{table}" for name in ALL for table in ("quarantine", "control")])
def quarantine(workplace: Workplace) -> dg.MaterializeResult:
    """The files held back."""
    return write(workplace, "meta.quarantine", all_held(workplace))


VINTAGES = sorted(name for name, table in TABLES.items() if revision.is_vintage(table))


@table_asset("meta.revision", VINTAGES)
def revised(workplace: Workplace) -> dg.MaterializeResult:
    """Every figure that a later release changed."""
    found = [revision.revised_cells(workplace.read(name), TABLES[name]) for name in VINTAGES]
    return write(workplace, "meta.revision", pl.concat(found))


@table_asset("meta.finding", [*(f"{name}.{table}" for name in ALL for table in ("tidy", "control")), *GATED, "reference.phase", "reference.change"])
def finding(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
    """What both gates found, and what of declared/phases.toml and declared/changes.toml cannot be used."""
    found = [pl.read_parquet(gates.gate_path(workplace, table)) for table in (*(f"{name}.tidy" for name in ALL), *GATED)]
    found += [of_all(workplace, "control_finding"), workplace.read(phases.FINDINGS), workplace.read(changes.FINDINGS)]
    return write(workplace, "meta.finding", pl.concat(found).with_columns(run=pl.lit(run_name(context))))


@table_asset("meta.run", [f"{name}.file" for name in ALL])
def run(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
    """The run itself: source, times, newest month."""
    files = of_all(workplace, "file")
    source = open_source(workplace.base)
    row = {
        "run": run_name(context),
        "source": source.name,
        "source_label": source.label,
        "simulated": source.simulated,
        "started": started(context),
        "finished": datetime.now(UTC),
        "version": version("sightline-health"),
        "newest_month": files["month"].max(),
        "months": files["month"].n_unique(),
        "files": files.height,
    }
    schema = [("started", TIME), ("finished", TIME), ("newest_month", pl.Date())]
    return write(workplace, "meta.run", pl.DataFrame([row], schema_overrides=pl.Schema(schema)))


def started(context: dg.AssetExecutionContext) -> datetime:
    """When the run was created."""
    record = context.instance.get_run_record_by_id(context.run_id)
    return record.create_timestamp if record else datetime.now(UTC)


def run_name(context: dg.AssetExecutionContext) -> str:
    """A name that sorts by time: 20261125T031500Z-1a2b3c4d."""
    return f"{started(context).astimezone(UTC):%Y%m%dT%H%M%SZ}-{context.run_id[:8]}"


def sources(workplace: Workplace) -> dict[str, tuple[Table, Path]]:
    """Every published table with its Parquet file."""
    return {name: (TABLES[name], workplace.path(name)) for name in PUBLISHED}


def building(workplace: Workplace) -> Path:
    """The folder in which a publication is built."""
    return workplace.place.stage / "publication"


@dg.asset(
    key=["publication", "database"],
    deps=[key(name) for name in PUBLISHED],
    group_name="publication",
    kinds={"duckdb"},
    description="sightline.duckdb with every table and its comments, and the same tables as Parquet, described as a Data Package.",
)
def database(workplace: Workplace) -> dg.MaterializeResult:
    """Build the database file anew, beside what is published."""
    folder = building(workplace)
    shutil.rmtree(folder, ignore_errors=True)
    with ThreadPoolExecutor(1) as beside:
        hashed = beside.submit(publish.hashes, sources(workplace))
        publish.build_database(folder / "sightline.duckdb", sources(workplace))
    workplace.keep(HASHES, pl.DataFrame(list(hashed.result().items()), schema=["table_name", "hash"], orient="row"))
    publish.copy_parquet(folder / "parquet", sources(workplace))
    about = workplace.read("meta.run").row(0, named=True)
    described = datapackage.describe(
        sources(workplace),
        workplace.read("reference.dataset").to_dicts(),
        source=about["source_label"],
        version=about["version"],
        created=about["finished"],
    )
    (folder / "datapackage.json").write_text(described, encoding="utf-8")
    return dg.MaterializeResult(metadata={"tables": len(PUBLISHED), "bytes": (folder / "sightline.duckdb").stat().st_size})


@dg.asset(
    key=["publication", "pack"],
    deps=[dg.AssetKey(["publication", "database"])],
    group_name="publication",
    kinds={"html", "altair"},
    description="The board pack: pages with run charts, made from the database file alone.",
)
def board_pack(workplace: Workplace) -> dg.MaterializeResult:
    """Write the pages and their charts."""
    folder = building(workplace)
    made = pack.write(folder / "sightline.duckdb", folder / "pack", cache=workplace.place.tidy / "charts")
    return dg.MaterializeResult(metadata={"pages": made.pages, "bytes": made.bytes})


def left_out(workplace: Workplace, findings: str) -> list[str]:
    """The faults of declared entries that could not be used."""
    return workplace.read(findings).filter(~pl.col("passed"))["detail"].to_list()


def missing_months(files: pl.DataFrame) -> dict[str, list[str]]:
    """The months without a file between the first and the newest of each dataset, as 2024-09."""
    ends = files.group_by("dataset").agg(pl.col("month").min().alias("first"), pl.col("month").max().alias("last"))
    calendar = ends.select("dataset", month=pl.date_ranges("first", "last", "1mo")).explode("month")
    absent = calendar.join(files, on=["dataset", "month"], how="anti").sort("dataset", "month")
    return dict(absent.group_by("dataset", maintain_order=True).agg(pl.col("month").dt.strftime("%Y-%m")).iter_rows())


def read_otherwise(workplace: Workplace) -> list[dict[str, object]]:
    """The figures that stand otherwise than in the last publication though their files are the same: changed by code, not by the publisher."""
    before = workplace.place.published / "parquet"
    found = [
        revision.changed_by_code(pl.read_parquet(before / f"{name}.parquet"), workplace.read(name), TABLES[name]).select(
            "table_name", "organisation", "month", "column_name", "old_value", "new_value", "file"
        )
        for name in VINTAGES
        if (before / f"{name}.parquet").exists()
    ]
    return pl.concat(found).to_dicts() if found else []


@dg.asset(
    key=["publication", "published"],
    deps=[dg.AssetKey(["publication", "pack"])],
    group_name="publication",
    description="One rename: what was built takes the place of what was published.",
)
def published(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
    """Swap the finished folder in."""
    about = workplace.read("meta.run").row(0, named=True)
    held = workplace.read("meta.quarantine")
    failed_downloads = of_all(workplace, "note").filter(pl.col("severity") != "info")
    facts = {
        **about,
        "state": visit.current_state(workplace.place, workplace.base),
        "missing_months": missing_months(of_all(workplace, "file")),
        "held_back": held.select("dataset", "month", "url", "reason", "what_stays").to_dicts(),
        "declared": publish.declared_hash(workplace.place),
        "declared_left_out": [fault for name in (phases.FINDINGS, changes.FINDINGS) for fault in left_out(workplace, name)],
        "not_carried": visit.not_carried(workplace.place),
        "not_fetched": failed_downloads.select("where", "text").to_dicts(),
        "inputs": of_all(workplace, "file").select("dataset", "month", "release", "sha256").to_dicts(),
        "tables": dict(workplace.read(HASHES).iter_rows()),
        "code": publish.code_hash(),
        "changed_by_code": read_otherwise(workplace),
    }
    final = publish.swap(workplace.place, building(workplace), run_name(context), facts)
    return dg.MaterializeResult(metadata={"folder": dg.MetadataValue.path(str(final)), "held back": held.height})
