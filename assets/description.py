"""The datasets in words: ``assets/<dataset>.toml`` as typed objects and as tables."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl

from sightline import spc
from sightline.errors import BadInput
from sightline.fetch import Listing
from sightline.spc.kinds import DIVIDED, UNDIVIDED

WINDOW_MONTHS = 24
STOCK_OR_FLOW = ("stock", "flow")


@dataclass(frozen=True)
class Dataset:
    """One dataset as its TOML describes it."""

    id: str
    name: str
    attribution: str
    listing: Listing
    words: Mapping[str, Any]
    #: figures of a month are published so many months after it
    published_after: int = 1


@cache
def datasets() -> dict[str, Dataset]:
    """Every dataset of the house, by identifier; raises BadInput where a description lacks its parts."""
    found = (entry for entry in files("assets").iterdir() if entry.name.endswith(".toml"))
    described = [describe(entry.name, tomllib.loads(entry.read_text(encoding="utf-8"))) for entry in sorted(found, key=lambda entry: entry.name)]
    return {dataset.id: dataset for dataset in described}


def describe(name: str, words: Mapping[str, Any]) -> Dataset:
    """One dataset from the parsed text of ``assets/<name>``."""
    for part in ("dataset", "listing", "measure", "pair"):
        if part not in words:
            raise BadInput(f"assets/{name}", expected=f"a part [{part}]", seen="none", action="compare it with assets/ae.toml")
    listing, about = words["listing"], words["dataset"]
    return Dataset(
        id=about["id"],
        name=about["name"],
        attribution=about["attribution"],
        listing=Listing(
            dataset=about["id"],
            index_page=listing["index_page"],
            year_page=listing["year_page"],
            file=listing["file"],
            file_not=listing.get("file_not"),
            series=listing.get("series"),
            kinds=tuple(listing["kinds"]),
            hosts=tuple(listing["hosts"]),
            first_month=about["first_month"],
            listed_from=listing.get("listed_from"),
            empty_years=listing.get("empty_years", False),
        ),
        words=words,
        published_after=about.get("published_after", 1),
    )


def dataset_table() -> pl.DataFrame:
    """reference.dataset: one row a dataset."""
    rows = [
        {
            "dataset": dataset.id,
            **{column: dataset.words["dataset"][column] for column in ("name", "short_name", "publisher", "licence", "attribution", "first_month")},
            "index_page": dataset.listing.index_page,
        }
        for dataset in datasets().values()
    ]
    return pl.DataFrame(rows)


def entries(part: str) -> list[dict[str, Any]]:
    """All ``[[part]]`` entries of all datasets, each with its dataset and its place in the order of display."""
    rows = [{"dataset": dataset.id, **row} for dataset in datasets().values() for row in dataset.words.get(part, [])]
    return [{"position": position, **row} for position, row in enumerate(rows, start=1)]


def definitions() -> pl.DataFrame:
    """measure.definition: one row a measure."""
    rows = [
        {
            "measure": row["id"],
            "dataset": row["dataset"],
            "position": row["position"],
            "name": row["name"],
            "short_name": row["short_name"],
            "what_it_counts": row["what_it_counts"],
            "calculation": row["calculation"],
            "numerator": row["numerator"],
            "denominator": row.get("denominator"),
            "source_table": row["table"],
            "unit": row["unit"],
            "share_of": row.get("share_of"),
            "scale": float(row.get("scale", 1)),
            "better": row["better"],
            "kind": row["kind"],
            "stock_or_flow": stock_or_flow(row),
            "chart": chart_of(row),
            "window_months": row.get("window", WINDOW_MONTHS),
            "funnel": row.get("funnel"),
            "why_it_matters": row["why_it_matters"],
            "review_by": row["review_by"],
            "status": row.get("status", "active"),
        }
        for row in entries("measure")
    ]
    return pl.DataFrame(rows, schema_overrides={"funnel": pl.String}, infer_schema_length=None)


def stock_or_flow(row: Mapping[str, Any]) -> str:
    """Whether a measure counts what is there at the end of the month (stock) or what happened in it (flow). Raises BadInput for another word."""
    asked = str(row.get("stock_or_flow", "flow"))
    if asked not in STOCK_OR_FLOW:
        raise BadInput(f"measure {row['id']}, stock_or_flow", expected="stock or flow", seen=repr(asked), action="name one of these")
    return asked


def chart_of(row: Mapping[str, Any]) -> str:
    """The kind of chart of a measure: the one it names, else by its kind of data: proportions p′, other ratios u′, counts XmR.

    Raises BadInput for a kind that is not known, or that the measure's figures cannot make.
    """
    divided = "denominator" in row
    asked = str(row.get("chart", ("pp" if row["unit"] == "proportion" else "up") if divided else "xmr"))
    fitting = [kind for kind in spc.CHARTS if kind not in (UNDIVIDED if divided else DIVIDED)]
    if asked not in fitting:
        raise BadInput(f"measure {row['id']}, chart", expected=f"one of {', '.join(fitting)}", seen=repr(asked), action="name one of these")
    return asked


def pairs() -> pl.DataFrame:
    """measure.pair: one row a pair and observation metric."""
    rows = [
        {
            "pair": row["id"],
            "dataset": row["dataset"],
            "position": row["position"],
            "title": row["title"],
            "target_measure": row["target"],
            "observation_measure": observation,
            "observation_position": place,
            "question": row["question"],
        }
        for row in entries("pair")
        for place, observation in enumerate(row["observations"], start=1)
    ]
    return pl.DataFrame(rows)


def targets() -> pl.DataFrame:
    """reference.target: one row a target and period."""
    schema = {
        "measure": pl.String,
        "target_value": pl.Float64,
        "direction": pl.String,
        "valid_from": pl.Date,
        "valid_to": pl.Date,
        "status": pl.String,
        "source": pl.String,
        "note": pl.String,
    }
    rows = [
        (row["measure"], row["value"], row["direction"], row["from"], row.get("to"), row["status"], row["source"], row.get("note"))
        for entry in entries("target")
        for row in months_of(entry)
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def months_of(target: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A target as it stands; a trajectory, ``values`` by month in place of ``value``, as one target a month, each in force in its month."""
    for step in target.get("values", []):
        first: date = step["month"]
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        yield {"status": "trajectory", **target, "from": first, "to": after - timedelta(days=1), "value": step["value"]}
    if "values" not in target:
        yield target


def definition_breaks() -> pl.DataFrame:
    """reference.definition_break: one row a measure and a month from which something else is counted."""
    schema = {"measure": pl.String, "dataset": pl.String, "month": pl.Date, "reason": pl.String, "source": pl.String}
    rows = [(measure, row["dataset"], row["month"], row["reason"], row["source"]) for row in entries("break") for measure in row["measures"]]
    return pl.DataFrame(rows, schema=schema, orient="row")


def known_missing() -> pl.DataFrame:
    """reference.known_missing: months in which a published 0 means no figure."""
    schema = {
        "dataset": pl.String,
        "organisation": pl.String,
        "month_from": pl.Date,
        "month_to": pl.Date,
        "columns": pl.String,
        "reason": pl.String,
        "source": pl.String,
        "recorded": pl.Date,
    }
    rows = [
        (
            dataset.id,
            row["organisation"],
            row["from"],
            row["to"],
            " ".join(missing["columns"]),
            missing["reason"],
            missing["source"],
            missing["recorded"],
        )
        for dataset in datasets().values()
        if (missing := dataset.words.get("missing"))
        for row in missing["organisations"]
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def successors(*, simulated: bool) -> pl.DataFrame:
    """reference.organisation_successor, from ``assets/organisation_successor.csv``: the real rows, or those of the sample."""
    text = files("assets").joinpath("organisation_successor.csv").read_bytes()
    return pl.read_csv(text, schema_overrides={"month": pl.Date}).filter(pl.col("source").str.starts_with("the sample") == simulated)


def first_month() -> date:
    """The earliest month that any dataset is read from."""
    return min(dataset.listing.first_month for dataset in datasets().values())
