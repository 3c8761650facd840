"""The long tables of the pack: figures month by month as HTML rows, the same as CSV, and the SQL that gives them back.

Rows are put together in Polars: a pack has a hundred thousand of them. They hold numbers, months and this module's own words;
the one text from a file, why a point is left out, is escaped here.
"""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from sightline.charts.figures import COUNT_UNITS, PROPORTION

KEYS = ["measure", "level", "organisation"]
#: machine names of the rules, as the tables show them
_SIGNALS = {"outside_limits": "outside the limits", "shift": "shift", "trend": "trend", "two_of_three": "two of three", "none": ""}
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def safe_code(organisation: str) -> str:
    """An organisation's code as a file name: letters and digits stay, anything else is written as its number, so that no two codes share a file."""
    return re.sub(r"[^A-Za-z0-9]", lambda other: f"-{ord(other[0]):x}-", organisation)


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def series_query(measure: str, level: str, organisation: str) -> str:
    """The statement that gives one series back, as its table shows it."""
    return (
        "select month, value, numerator, denominator, centre_line, lower_limit, upper_limit, signal, release, note\n"
        "from analysis.spc_point\n"
        f"where measure = {literal(measure)} and level = {literal(level)} and organisation = {literal(organisation)}\n"
        "order by month"
    )


def summary_query(level: str, organisation: str | None = None) -> str:
    """The statement that gives the latest figures and verdicts of a place (or of all places of a level) back."""
    where = f"level = {literal(level)}" + (f" and organisation = {literal(organisation)}" if organisation else "")
    return (
        "select organisation, position, measure, latest_month, latest_value, centre_line, lower_limit, upper_limit,\n"
        "    signal, variation, target, assurance, chance_icon\n"
        "from analysis.spc_summary join measure.definition using (measure)\n"
        f"where {where}\norder by organisation, position"
    )


def contrast_query(pair: str) -> str:
    """The statement that gives the contrast words of a pair back, newest month, England and regions."""
    return (
        "select level, organisation, observation_measure, month, target_state, observation_state, word, reason\n"
        f"from analysis.pair_contrast\nwhere pair = {literal(pair)} and level <> 'provider'\n"
        "qualify month = max(month) over (partition by level, organisation, observation_measure)\n"
        "order by level, organisation, observation_measure"
    )


def _thousands(column: pl.Expr) -> pl.Expr:
    """Whole numbers with separators: 2,345,934."""
    whole = column.cast(pl.Int64)
    last = (whole % 1000).cast(pl.String).str.zfill(3)
    middle = (whole // 1000 % 1000).cast(pl.String)
    return (
        pl.when(whole < 1000).then(whole.cast(pl.String))
        .when(whole < 1_000_000).then(pl.concat_str(middle, pl.lit(","), last))
        .otherwise(pl.concat_str((whole // 1_000_000).cast(pl.String), pl.lit(","), middle.str.zfill(3), pl.lit(","), last))
    )  # fmt: skip


def _number(column: str) -> pl.Expr:
    """A figure as shown: proportions in per cent, counts with separators; empty where there is none."""
    value = pl.col(column)
    unit = pl.col("unit")
    text = (
        pl.when(unit == PROPORTION).then((value * 100).round(1).cast(pl.String))
        .when(unit.is_in(sorted(COUNT_UNITS))).then(_thousands(value.round(0)))
        .otherwise(value.round(1).cast(pl.String))
    )  # fmt: skip
    return text.str.replace("-", "−", literal=True).fill_null("")


def _escaped(column: str) -> pl.Expr:
    """Text that people wrote, safe in HTML."""
    return pl.col(column).fill_null("").str.replace_all("&", "&amp;", literal=True).str.replace_all("<", "&lt;", literal=True)


def _limit(column: str) -> pl.Expr:
    """A limit as drawn: not under 0, and percentages not over 100."""
    value = pl.col(column).clip(lower_bound=0)
    return pl.when(pl.col("unit") == PROPORTION).then(value.clip(upper_bound=1)).otherwise(value).alias(column)


def _month_text() -> pl.Expr:
    names = pl.col("month").dt.month().cast(pl.Int64).replace_strict(list(range(1, 13)), _MONTHS, return_dtype=pl.String)
    return pl.concat_str(names, pl.lit(" "), pl.col("month").dt.year().cast(pl.String))


def figure_rows(points: pl.DataFrame, definitions: pl.DataFrame) -> dict[tuple[str, str, str], str]:
    """The body of each series' table as HTML rows, by (measure, level, organisation).

    Columns: month, value, numerator, denominator, centre line, lower limit, upper limit, signal; in place of the signal of a month
    that was left out stands why. End tags that HTML does not
    need are left out.
    """
    units = definitions.select("measure", "unit")
    counts = pl.col("numerator", "denominator").cast(pl.Int64)
    cells = [
        _number("value"), _thousands(pl.col("numerator")).fill_null(""), _thousands(pl.col("denominator")).fill_null(""),
        _number("centre_line"), _number("lower_limit"), _number("upper_limit"),
        pl.when("excluded").then(_escaped("note")).otherwise(pl.col("signal").replace_strict(_SIGNALS, default="").fill_null("")),
    ]  # fmt: skip
    row = pl.concat_str(pl.lit("<tr><th scope=row>"), _month_text(), *[part for cell in cells for part in (pl.lit("<td>"), cell)])
    table = (
        points.join(units, on="measure").sort(*KEYS, "month").with_columns(counts, _limit("lower_limit"), _limit("upper_limit"))
        .select(*KEYS, row.alias("row")).group_by(KEYS, maintain_order=True).agg(pl.col("row").str.join("\n"))
    )  # fmt: skip
    return {found[:3]: found[3] for found in table.iter_rows()}


def write_csv(points: pl.DataFrame, folder: Path, *, simulated: bool = False) -> None:
    """One long CSV an organisation: every measure, every month, as ``analysis.spc_point`` has it, to six figures.

    Simulated figures have a further column that says so.
    """
    folder.mkdir(parents=True, exist_ok=True)
    figures = pl.col("value", "centre_line", "lower_limit", "upper_limit").round_sig_figs(6)
    columns = ["measure", "month", "value", "numerator", "denominator", "centre_line", "lower_limit", "upper_limit", "signal", "judgement", "release"]
    table = points.sort("organisation", "measure", "month").with_columns(figures, simulated=pl.lit(simulated))
    columns += ["simulated"] if simulated else []
    for (organisation,), rows in table.partition_by("organisation", as_dict=True, maintain_order=True).items():
        rows.select("organisation", "level", *columns).write_csv(folder / f"{safe_code(str(organisation))}.csv")
