"""What is published describes itself: every file, every column, as a Data Package."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from sightline.datapackage import type_of
from sightline.home import Home

if TYPE_CHECKING:
    from pipelines.run import Outcome


def test_every_parquet_file_and_each_of_its_columns_is_described(good: tuple[Outcome, Home]) -> None:
    published = good[1].published
    package = json.loads((published / "datapackage.json").read_text(encoding="utf-8"))
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert package["licenses"][0]["name"] == "OGL-UK-3.0"
    assert {part["path"] for part in package["resources"]} == {f"parquet/{path.name}" for path in (published / "parquet").iterdir()}
    for part in package["resources"]:
        columns = pl.read_parquet_schema(published / part["path"])
        assert [one["name"] for one in part["schema"]["fields"]] == list(columns), part["name"]
        assert all(one["description"] and one["type"] != "any" for one in part["schema"]["fields"]), part["name"]
    assert len({part["name"] for part in package["resources"]}) == len(package["resources"])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (pl.Int64(), "integer"),
        (pl.Float64(), "number"),
        (pl.String(), "string"),
        (pl.Boolean(), "boolean"),
        (pl.Date(), "date"),
        (pl.Datetime("us", "UTC"), "datetime"),
        (pl.List(pl.String()), "array"),
    ],
)
def test_types_are_those_of_table_schema(kind: pl.DataType, expected: str) -> None:
    assert type_of(kind) == expected
