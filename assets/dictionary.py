"""Writes ``docs/DATA.md`` from the descriptions of the tables: ``python -m assets.dictionary docs/DATA.md``."""

import sys
from pathlib import Path

from assets.description import datasets, entries
from assets.tables import TABLES
from sightline.tables import Table

SCHEMAS = {
    "core": "Facts as published, tidy, one table a publication. `core.X` is the newest release of each month, `core.X_first` the first one, "
    "`core.X_vintage` every release.",
    "reference": "What the facts refer to: organisations, regions, targets, declared phases, known upstream errors.",
    "measure": "The measures: their definitions, their pairs, and every value in one long table.",
    "analysis": "What the run charts say: every point, every series, every pair.",
    "meta": "How it came about: run, pages, files, findings, files held back.",
}


def page() -> str:
    """The data dictionary as Markdown."""
    parts = [
        "# The data\n",
        "Written from the descriptions in `sql/` and `assets/` by `make docs`; a test fails when this page is stale. The same words are comments "
        "inside `sightline.duckdb`.\n",
        "## Datasets\n",
        table(
            ["dataset", "name", "publisher", "licence"],
            [[f"`{one.id}`", *(one.words["dataset"][k] for k in ("name", "publisher", "licence"))] for one in datasets().values()],
        ),
        "## Measures\n",
        table(
            ["measure", "kind", "what it counts", "calculation", "better"],
            [[f"`{row['id']}`", row["kind"], row["what_it_counts"], row["calculation"], row["better"]] for row in entries("measure")],
        ),
        "## Pairs\n",
        table(
            ["pair", "target metric", "observation metrics", "question"],
            [
                [row["title"], f"`{row['target']}`", ", ".join(f"`{name}`" for name in row["observations"]), row["question"]]
                for row in entries("pair")
            ],
        ),
        *(part for schema, words in SCHEMAS.items() for part in schema_page(schema, words)),
    ]
    return "\n".join(parts)


def schema_page(schema: str, words: str) -> list[str]:
    """One schema: its words, then its tables."""
    own = [described for described in TABLES.values() if described.schema == schema]
    return [f"## Schema `{schema}`\n", f"{words}\n", *(part for described in own for part in table_page(described))]


def table_page(described: Table) -> list[str]:
    """One table: what it is, its grain, its columns."""
    made = f" Made by [sql/{described.schema}/{described.name}.sql](../sql/{described.schema}/{described.name}.sql)." if described.sql else ""
    rows = [[f"`{column.name}`", column.meaning, column.unit] for column in described.columns]
    grain = ", ".join(f"`{name}`" for name in described.grain)
    return [f"### `{described.full_name}`\n", f"{described.description}{made} One row: {grain}.\n", table(["column", "meaning", "unit"], rows)]


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
