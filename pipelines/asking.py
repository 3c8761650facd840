"""``sightline sql``: one question to the published database, and the answer as text."""

import json

import duckdb
import polars as pl

from sightline.errors import BadInput
from sightline.home import Home

FORMS = ("table", "csv", "json")
ROWS_SHOWN = 200


def answer(home: Home, query: str, form: str) -> str:
    """The rows of ``query`` as a table for people (at most 200 rows), as CSV or as JSON, one object a row.

    Raises:
        BadInput: nothing is published, an unknown form, or a query that DuckDB refuses.
    """
    if form not in FORMS:
        raise BadInput("--format", expected=" or ".join(FORMS), seen=repr(form), action="choose one of these")
    database = home.published / "sightline.duckdb"
    if not database.exists():
        raise BadInput(str(database), expected="a published database", seen="nothing", action="run: sightline run")
    try:
        with duckdb.connect(str(database.resolve()), read_only=True, config={"enable_external_access": "false"}) as connection:
            return written(connection.sql(query), form)
    except duckdb.Error as error:
        raise BadInput(
            "the query",
            expected="one SELECT that DuckDB can run",
            seen=str(error).strip(),
            action="mend the query; tables: sightline sql 'show all tables'",
        ) from None


def written(rows: duckdb.DuckDBPyRelation | None, form: str) -> str:
    """Rows as text."""
    if rows is None:
        return ""
    if form == "csv":
        return pl.DataFrame(rows).write_csv().removesuffix("\n")
    if form == "json":
        return json.dumps([dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()], default=str, ensure_ascii=False)
    return str(rows.limit(ROWS_SHOWN))
