"""``datapackage.json``: the published Parquet files described as a Data Package, version 2 (https://datapackage.org/standard/data-package/)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from sightline.tables import Table

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
OPEN_GOVERNMENT_LICENCE = {
    "name": "OGL-UK-3.0",
    "title": "Open Government Licence v3.0",
    "path": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
}


def describe(tables: Mapping[str, tuple[Table, Path]], datasets: Iterable[Mapping[str, Any]], *, source: str, version: str, created: datetime) -> str:
    """The descriptor of a publication as JSON text.

    ``datasets`` are rows of reference.dataset; ``source`` is where the figures come from, in words; ``created`` has a time zone.
    """
    listed = list(datasets)
    package = {
        "$schema": PROFILE,
        "name": "sightline",
        "title": "sightline: public NHS activity data, observed in order to learn",
        "description": f"Source: {source}. " + " ".join(row["attribution"] for row in listed),
        "version": version,
        "created": created.isoformat(timespec="seconds"),
        "licenses": [OPEN_GOVERNMENT_LICENCE],
        "sources": [{"title": f"{row['publisher']}: {row['name']}", "path": row["index_page"]} for row in listed],
        "resources": [resource(table, path) for _, (table, path) in sorted(tables.items())],
    }
    return json.dumps(package, indent=2, ensure_ascii=False) + "\n"


def resource(table: Table, path: Path) -> dict[str, Any]:
    """One table: where it lies in the publication, and what its columns mean."""
    kinds = pl.read_parquet_schema(path)
    return {
        "name": table.full_name.replace("_", "-"),
        "title": table.full_name,
        "description": table.description,
        "path": f"parquet/{table.full_name}.parquet",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "schema": {"fields": [field(column.name, column.meaning, column.unit, kinds[column.name]) for column in table.columns]},
    }


def field(name: str, meaning: str, unit: str, kind: pl.DataType) -> dict[str, str]:
    """One column, its type as Table Schema names it."""
    return {"name": name, "type": type_of(kind), "description": f"{meaning} [{unit}]" if unit else meaning}


def type_of(kind: pl.DataType) -> str:
    """The Table Schema type of a polars type."""
    if kind.is_integer():
        return "integer"
    if kind.is_numeric():
        return "number"
    if isinstance(kind, pl.List | pl.Array):
        return "array"
    return {pl.Boolean: "boolean", pl.Date: "date", pl.Datetime: "datetime", pl.String: "string"}.get(type(kind), "any")
