"""The two gates: Great Expectations suites of ``expectations/`` over the Parquet files that assets exchange.

*File gate*: a file that breaks a critical expectation is held back, the rest goes on. *Table gate*: a table that breaks
a critical expectation stops the run before anything is replaced. Both are seen as asset checks and as ``meta.finding``.

Great Expectations takes seconds to import, so it is imported where it validates and nowhere else.
"""

import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
import polars as pl

from assets.workplace import Workplace
from sightline import tables
from sightline.accepted import read_accepted
from sightline.errors import BadInput

ROWS_SHOWN = 10
#: how the query of a whole table begins
WHOLE = "select * from read_parquet"
FINDING = {
    "dataset": pl.String,
    "table_name": pl.String,
    "expectation": pl.String,
    "gate": pl.String,
    "severity": pl.String,
    "passed": pl.Boolean,
    "failing": pl.Int64,
    "detail": pl.String,
    "likely_cause": pl.String,
    "what_stays": pl.String,
}


@dataclass(frozen=True)
class Expectation:
    """One expectation of a suite: what Great Expectations runs, and its words."""

    name: str
    type: str
    kwargs: Mapping[str, Any]
    severity: str
    words: str
    likely_cause: str
    what_stays: str
    of_file: bool = False  #: says of a table what a file must hold as well: not asked of the rows of a file that people let in


@dataclass(frozen=True)
class Suite:
    """What must hold for one table. ``keys`` name a failing row."""

    table: str
    gate: str
    dataset: str | None
    keys: tuple[str, ...]
    expectations: tuple[Expectation, ...]


@dataclass(frozen=True)
class Outcome:
    """What one expectation found: failing rows as their keys."""

    expectation: Expectation
    passed: bool
    failing: int
    rows: Sequence[Mapping[str, Any]]
    problem: str = ""

    @property
    def detail(self) -> str:
        """The failing rows in one line, the first of them."""
        if self.problem:
            return f"the expectation could not run: {self.problem}"
        shown = "; ".join(", ".join(f"{name} {plain(value)}" for name, value in row.items()) for row in self.rows[:ROWS_SHOWN])
        return shown + (f"; and {self.failing - ROWS_SHOWN} more" if self.failing > ROWS_SHOWN else "")


def plain(value: object) -> str:
    """A cell as people write it: months without time or day."""
    text = str(value)
    return (
        text.removesuffix(" 00:00:00").removesuffix("T00:00:00").removesuffix("-01") if len(text) >= len("2024-05-01") and text[4:5] == "-" else text
    )


@cache
def suites() -> dict[str, Suite]:
    """Every suite of ``expectations/``, by table; refuses an empty one, as nothing would be checked."""
    found = (entry for entry in files("expectations").iterdir() if entry.name.endswith(".json"))
    return {suite.table: suite for suite in (read_suite(entry.name, json.loads(entry.read_text(encoding="utf-8"))) for entry in found)}


def read_suite(name: str, words: Mapping[str, Any]) -> Suite:
    """One suite from its JSON."""
    if not words.get("expectations"):
        raise BadInput(
            f"expectations/{name}", expected="at least one expectation", seen="an empty suite", action="write what must hold for the table"
        )
    meta = words["meta"]
    expectations = tuple(
        Expectation(
            name=entry["meta"]["name"],
            type=entry["type"],
            kwargs=entry["kwargs"],
            severity=entry["severity"],
            words=entry["meta"]["words"],
            likely_cause=entry["meta"]["likely_cause"],
            what_stays=entry["meta"].get("what_stays", meta["what_stays"]),
            of_file=entry["meta"].get("of_file", False),
        )
        for entry in words["expectations"]
    )
    return Suite(words["name"], meta["gate"], meta.get("dataset"), tuple(meta["keys"]), expectations)


def validate(suite: Suite, path: Path) -> list[Outcome]:
    """Run a suite over one Parquet file. An expectation that cannot run counts as failed."""
    batch = open_batch(path)
    import great_expectations as gx  # noqa: PLC0415  takes seconds
    from great_expectations.expectations.registry import get_expectation_impl  # noqa: PLC0415

    built = gx.ExpectationSuite(name=suite.table)
    for place, expectation in enumerate(suite.expectations):
        kind = get_expectation_impl(expectation.type)
        built.add_expectation(kind(**expectation.kwargs, severity=expectation.severity, meta={"place": place}))
    form = {"result_format": "COMPLETE", "unexpected_index_column_names": list(suite.keys)}
    found = batch.validate(built, result_format=form)
    by_place = {one.expectation_config.meta["place"]: one for one in found.results}
    return [outcome(expectation, by_place.get(place), suite.keys) for place, expectation in enumerate(suite.expectations)]


def validate_but(suite: Suite, path: Path, accepted: Collection[str]) -> list[Outcome]:
    """As ``validate``, but what a file must hold is not asked of the rows of files that people let in (``accepted``, SHA-256)."""
    narrow = tuple(one for one in suite.expectations if one.of_file)
    if not accepted or not narrow:
        return validate(suite, path)
    without = path.with_name(f"{path.stem}.without-accepted.parquet")
    tables.write_parquet(pl.read_parquet(path).filter(~pl.col("file").is_in(list(accepted))), without)
    rest = replace(suite, expectations=tuple(one for one in suite.expectations if not one.of_file))
    return [*validate(rest, path), *validate(replace(suite, expectations=narrow), without)]


def open_batch(path: Path) -> Any:
    """A Great Expectations batch over a Parquet file, read by DuckDB."""
    quoted = str(path).replace("'", "''")
    asset = duckdb_in_memory().add_query_asset(f"table {uuid4()}", query=f"{WHOLE}('{quoted}')")
    return asset.add_batch_definition_whole_table("all").get_batch()


@cache
def duckdb_in_memory() -> Any:
    """The one source of data of Great Expectations in this process.

    SQLAlchemy rolls back when it hands the connection back, and DuckDB then drops a result that was not read yet; so
    the rows are kept as soon as a statement has run. For the names of a table's columns Great Expectations selects all of the
    table, and reads none of it: it is given no rows.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx  # noqa: PLC0415  takes seconds
    from sqlalchemy import event  # noqa: PLC0415
    from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy  # noqa: PLC0415

    def keep_rows(_connection: Any, cursor: Any, _statement: Any, _parameters: Any, context: Any, _many: Any) -> None:
        if cursor.description:
            context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(cursor, initial_buffer=cursor.fetchall())

    def names_alone(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any) -> tuple[str, Any]:
        return (f"{statement} limit 0" if statement.startswith(WHOLE) else statement), parameters

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_sql("parquet", connection_string="duckdb:///:memory:")
    engine = source.get_execution_engine().engine
    event.listen(engine, "before_cursor_execute", names_alone, retval=True)
    event.listen(engine, "after_cursor_execute", keep_rows)
    return source


def outcome(expectation: Expectation, found: Any, keys: tuple[str, ...]) -> Outcome:
    """One result of Great Expectations as we tell it; ``success`` alone is not enough."""
    if found is None:
        return Outcome(expectation, passed=False, failing=0, rows=(), problem="no result came back")
    problem = exception_of(found.exception_info)
    if problem:
        return Outcome(expectation, passed=False, failing=0, rows=(), problem=problem)
    details = found.result.get("details") or {}
    rows = details.get("unexpected_rows") or found.result.get("unexpected_index_list") or []
    failing = int(found.result.get("unexpected_count") or found.result.get("observed_value") or 0) if not found.success else 0
    named = [{name: row[name] for name in row if name in keys or expectation.type == "unexpected_rows_expectation"} for row in rows]
    return Outcome(expectation, passed=bool(found.success), failing=max(failing, len(rows)), rows=named)


def exception_of(info: Mapping[str, Any] | None) -> str:
    """The message of an exception, in either of the two shapes in which it is reported; empty where there is none."""
    parts = [info or {}, *(part for part in (info or {}).values() if isinstance(part, Mapping))]
    return next((str(part.get("exception_message") or "unknown")[:200] for part in parts if part.get("raised_exception")), "")


def findings(suite: Suite, outcomes: Sequence[Outcome]) -> pl.DataFrame:
    """Outcomes as rows of meta.finding, without the run."""
    rows = [
        (
            suite.dataset,
            suite.table,
            one.expectation.words,
            suite.gate,
            one.expectation.severity,
            one.passed,
            one.failing,
            one.detail,
            one.expectation.likely_cause,
            one.expectation.what_stays,
        )
        for one in outcomes
    ]
    return pl.DataFrame(rows, schema=FINDING, orient="row")


def nothing_there(expectation: Expectation) -> Outcome:
    """The outcome for a dataset that the source does not have: nothing was asked, and nothing failed."""
    return Outcome(expectation, passed=True, failing=0, rows=())


def not_asked(suite: Suite) -> pl.DataFrame:
    """One row of meta.finding for a suite that had nothing to look at."""
    words = "this source has no file of the dataset: nothing was asked"
    row = (
        suite.dataset,
        suite.table,
        words,
        suite.gate,
        "info",
        True,
        0,
        "",
        "a source that does not carry the dataset",
        "nothing is published of it",
    )
    return pl.DataFrame([row], schema=FINDING, orient="row")


def check_specs(suite: Suite, asset: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """One asset check an expectation; at the table gate a critical one blocks what comes after."""
    return [
        dg.AssetCheckSpec(one.name, asset=asset, description=one.words, blocking=suite.gate == "table" and one.severity == "critical")
        for one in suite.expectations
    ]


def check_result(suite: Suite, asset: dg.AssetKey, one: Outcome) -> dg.AssetCheckResult:
    """One outcome as Dagster shows it."""
    critical = suite.gate == "table" and one.expectation.severity == "critical"
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=one.expectation.name,
        passed=one.passed,
        severity=dg.AssetCheckSeverity.ERROR if critical else dg.AssetCheckSeverity.WARN,
        metadata={
            "failing rows": one.failing,
            "rows": one.detail,
            "likely cause": one.expectation.likely_cause,
            "what stays": one.expectation.what_stays,
        },
    )


def gate_path(workplace: Workplace, table: str) -> Path:
    """Where a gate leaves its findings for meta.finding."""
    return workplace.path(f"gate.{table.replace('.', '_')}")


def table_gates() -> list[dg.AssetChecksDefinition]:
    """The table gate: one check step for every table that has a suite."""
    return [table_gate(suite) for suite in suites().values() if suite.gate == "table"]


def table_gate(suite: Suite) -> dg.AssetChecksDefinition:
    """The check step of one table."""
    asset = dg.AssetKey(suite.table.split("."))

    @dg.multi_asset_check(name=f"gate_{suite.table.replace('.', '_')}", specs=check_specs(suite, asset))
    def gate(workplace: Workplace) -> Iterator[dg.AssetCheckResult]:
        if suite.dataset and workplace.read(f"{suite.dataset}.file").is_empty():
            outcomes, found = [nothing_there(one) for one in suite.expectations], not_asked(suite)
        else:
            outcomes = validate_but(suite, workplace.path(suite.table), read_accepted(workplace.place))
            found = findings(suite, outcomes)
        workplace.keep(f"gate.{suite.table.replace('.', '_')}", found)
        yield from (check_result(suite, asset, one) for one in outcomes)

    return gate
