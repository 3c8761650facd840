"""The text of every series as rows: what pages print, what stands beside and behind a chart, what may be said aloud, which rules fired when."""

from __future__ import annotations

import polars as pl

from sightline.charts.figures import MONTHS, month_name
from sightline.pack import words
from sightline.spc.stretches import stretches

KEYS = ["measure", "level", "organisation"]
TEXT = (*KEYS, "sentence", "aloud", "rules", "alt_title", "alt_text")
#: rule -> its words: above or below the centre line (a trend: rising or falling); `{}` are the number of months where they count, then the months
RULES = {
    "outside_limits": ("outside the limits: above, {}", "outside the limits: below, {}"),
    "trend": ("trend: {} months rising, {}", "trend: {} months falling, {}"),
    "two_of_three": ("two of three: far above the centre line, {}", "two of three: far below the centre line, {}"),
    "shift": ("shift: {} months above the centre line, {}", "shift: {} months below the centre line, {}"),
}
COUNTED = ("trend", "shift")


def series_text(points: pl.DataFrame, summary: pl.DataFrame, definitions: pl.DataFrame, organisations: pl.DataFrame) -> pl.DataFrame:
    """`analysis.spc_text`: one row a series of `analysis.spc_summary`.

    `points` has the columns of analysis.spc_point, `definitions` of measure.definition, `organisations` of reference.organisation;
    an organisation that is not there goes by its code.
    """
    names = organisations.select("level", "organisation", "name").unique(["level", "organisation"])
    known = (
        with_changes(with_year_before(summary, points), points)
        .join(fired(points), on=KEYS, how="left")
        .join(names, on=["level", "organisation"], how="left")
    )
    described = {row["measure"]: row for row in definitions.iter_rows(named=True)}
    rows = [_texts(row, described[row["measure"]]) for row in known.iter_rows(named=True)]
    return pl.DataFrame(rows, schema=dict.fromkeys(TEXT, pl.String), orient="row")


def _texts(row: words.Row, definition: words.Row) -> tuple[str | None, ...]:
    place = words.readable_name(row["name"]) if row["name"] else row["organisation"]
    sentence, rules = words.reading(row, definition), row["rules"]
    title = f"{definition['name']}, {place}, {month_name(row['first_month'])} to {month_name(row['last_month'])}"
    seen = [words.chart_words(row), sentence, f"Rules: {rules}." if rules else ""]
    return *(row[key] for key in KEYS), sentence, words.aloud_alone(row, definition, place), rules, title, " ".join(part for part in seen if part)


def with_year_before(summary: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    """The summaries with the value of the same month a year earlier, where there is one."""
    earlier = points.select(*KEYS, latest_month=pl.col("month").dt.offset_by("1y"), year_before=pl.col("value"))
    return summary.join(earlier, on=[*KEYS, "latest_month"], how="left", maintain_order="left")


def with_changes(summary: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    """The summaries with the latest month's `month_change`, and how many `changes_before` it there are in the window, from lowest to highest."""
    ordered = points.filter("in_window").sort(*KEYS, "month").with_columns(_change=pl.col("value").diff().over(KEYS))
    known = ordered.join(summary.select(*KEYS, "latest_month"), on=KEYS).filter(pl.col("month") <= pl.col("latest_month"))
    before = pl.col("_change").drop_nulls().head(pl.col("_change").drop_nulls().len() - 1)
    changes = known.group_by(KEYS).agg(
        month_change=pl.col("_change").last(), changes_before=before.len().cast(pl.Int64), change_lowest=before.min(), change_highest=before.max()
    )
    return summary.join(changes, on=KEYS, how="left", maintain_order="left")


def fired(points: pl.DataFrame) -> pl.DataFrame:
    """For each series in which some rule fired: `rules`, every rule with its months, the earliest first of each."""
    ordered = points.filter("in_window").sort(*KEYS, "month")
    found = pl.concat([_stretches(ordered, rule) for rule in RULES])
    return (
        found.sort("first", maintain_order=True).group_by(*KEYS, maintain_order=True)
        .agg(pl.col("words").sort_by("place", maintain_order=True).str.join("; ").alias("rules"))
    )  # fmt: skip


def _stretches(ordered: pl.DataFrame, rule: str) -> pl.DataFrame:
    """The stretches of months in which one rule fired on one side, in words; those of rules that do not count months are told together."""
    spans = stretches(ordered, rule).with_columns(span=span("first", "last"))
    above = pl.col("side") > 0
    high, low = RULES[rule]
    if rule in COUNTED:
        said = pl.when(above).then(pl.format(high, "months", "span")).otherwise(pl.format(low, "months", "span"))
    else:
        spans = spans.group_by(*KEYS, "side", maintain_order=True).agg(pl.col("first").first(), pl.col("span").str.join(", "))
        said = pl.when(above).then(pl.format(high, "span")).otherwise(pl.format(low, "span"))
    return spans.select(*KEYS, "first", words=said, place=pl.lit(list(RULES).index(rule)))


def span(first: str, last: str) -> pl.Expr:
    """``March 2024``, ``March to October 2024``, ``November 2023 to March 2024``."""
    same_year = pl.col(first).dt.year() == pl.col(last).dt.year()
    return (
        pl.when(pl.col(first) == pl.col(last)).then(_month(first))
        .when(same_year).then(pl.format("{} to {}", _name(first), _month(last)))
        .otherwise(pl.format("{} to {}", _month(first), _month(last)))
    )  # fmt: skip


def _name(column: str) -> pl.Expr:
    return pl.col(column).dt.month().cast(pl.Int64).replace_strict(list(range(1, 13)), list(MONTHS), return_dtype=pl.String)


def _month(column: str) -> pl.Expr:
    return pl.format("{} {}", _name(column), pl.col(column).dt.year())
