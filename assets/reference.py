"""Reference tables that Python makes: what the dataset descriptions declare, and organisations across all datasets."""

import dagster as dg
import polars as pl

from assets import description
from assets.description import datasets
from assets.tables import table_asset, write
from assets.workplace import Workplace

#: words that stay in capitals or small letters when a name in capitals is put into title case
KEPT = {
    "Nhs": "NHS",
    "Utc": "UTC",
    "Gp": "GP",
    "Miu": "MIU",
    "Wic": "WIC",
    "Cic": "CIC",
    "Llp": "LLP",
    "Ltd": "Ltd",
    "Phl": "PHL",
    "Ooh": "OOH",
    "Uk": "UK",
}
SMALL = ("and", "of", "the", "for", "on", "in", "at", "with", "upon", "by", "to")


@table_asset("reference.dataset", ["archive.news"])
def dataset(workplace: Workplace) -> dg.MaterializeResult:
    """Every dataset: publisher, licence, where it is listed."""
    return write(workplace, "reference.dataset", description.dataset_table())


@table_asset("reference.known_missing", ["archive.news"])
def known_missing(workplace: Workplace) -> dg.MaterializeResult:
    """Known upstream errors, from the dataset descriptions."""
    return write(workplace, "reference.known_missing", description.known_missing())


@table_asset("reference.definition_break", ["archive.news"])
def definition_break(workplace: Workplace) -> dg.MaterializeResult:
    """Months from which a measure counts something else, from the dataset descriptions."""
    return write(workplace, "reference.definition_break", description.definition_breaks())


@table_asset("reference.target", ["archive.news"])
def target(workplace: Workplace) -> dg.MaterializeResult:
    """Targets with their dates, from the dataset descriptions."""
    return write(workplace, "reference.target", description.targets())


@table_asset("reference.organisation_successor", ["archive.news"])
def organisation_successor(workplace: Workplace) -> dg.MaterializeResult:
    """Organisations that went over to another; real and simulated ones never stand together."""
    return write(workplace, "reference.organisation_successor", description.successors(simulated=workplace.place.kind == "simulated"))


@table_asset("reference.organisation_month", [f"core.{name}_organisation_month" for name in datasets()])
def organisation_month(workplace: Workplace) -> dg.MaterializeResult:
    """Organisations of all datasets; where two name one, the first dataset's name stands."""
    frames = [workplace.read(f"core.{name}_organisation_month") for name in datasets()]
    return write(
        workplace, "reference.organisation_month", pl.concat(frames).unique(["organisation", "month"], keep="first").with_columns(title_case("name"))
    )


def title_case(column: str) -> pl.Expr:
    """A name in capitals as people write it: ``ST GEORGE'S … NHS FOUNDATION TRUST`` -> ``St George's … NHS Foundation Trust``."""
    name = pl.col(column).str.replace_all(r"\s+", " ").str.strip_chars().str.to_lowercase().str.to_titlecase()
    name = name.str.replace_all("'S\\b", "'s")
    for word, kept in KEPT.items():
        name = name.str.replace_all(rf"\b{word}\b", kept)
    for word in SMALL:
        name = name.str.replace_all(rf" {word.capitalize()} ", f" {word} ")
    return name.alias(column)
