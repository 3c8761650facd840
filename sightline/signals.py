"""What publications said: every signal that one showed, when it was first and last seen, when it went away, and why.

A table of memory, not a function of the archive: each publication takes over the rows of the one before it, closes those of
signals it does not show, and adds its own. A signal is a rule that fired over a stretch of months of one series. It stays the
same signal while some month of the stretch stays: the stretch may grow, and its first months may leave the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from sightline import spc
from sightline.spc import verdict
from sightline.spc.stretches import KEYS, RULES, stretches

TIME = pl.Datetime("us", "UTC")
#: the columns of meta.signal
SIGNAL = pl.Schema(
    {
        "measure": pl.String(),
        "level": pl.String(),
        "organisation": pl.String(),
        "rule": pl.String(),
        "side": pl.String(),
        "judgement": pl.String(),
        "chart": pl.String(),
        "first_month": pl.Date(),
        "last_month": pl.Date(),
        "months": pl.Int64(),
        "latest_month": pl.Date(),
        "icon_first": pl.Date(),
        "icon_last": pl.Date(),
        "first_seen_run": pl.String(),
        "first_seen": TIME,
        "last_seen_run": pl.String(),
        "last_seen": TIME,
        "gone_run": pl.String(),
        "gone": TIME,
        "why": pl.String(),
        "detail": pl.String(),
    }
)
#: as seen in the newest publication that showed the signal
SEEN = ("judgement", "chart", "first_month", "last_month", "months", "latest_month")
IDENTITY = [*KEYS, "rule", "side"]
FIGURES = ("value", "numerator", "denominator")
MONTHS_NAMED = 6


@dataclass(frozen=True)
class Publication:
    """What a publication shows and was made from: analysis.spc_point and spc_summary, measure.definition, reference.phase, meta.file.

    `code` is the hash of the code that made it, `finished` the time of its run.
    """

    run: str
    finished: datetime
    code: str
    points: pl.DataFrame
    summary: pl.DataFrame
    definitions: pl.DataFrame
    phases: pl.DataFrame
    files: pl.DataFrame


def remembered(memory: pl.DataFrame | None, before: Publication | None, now: Publication) -> pl.DataFrame:
    """The rows of meta.signal of `now`: those of `memory` carried on, and what is new.

    `memory` is meta.signal of `before`, the publication that stood until now. Where a publication stands that kept no memory it
    begins with what that one shows. The same rows without change give the same signals, seen once more.
    """
    if before is None:
        return _new(shown(now), now)
    if memory is None:
        memory = _new(shown(before), before)
    known = memory.select(pl.col(name).cast(kind) for name, kind in SIGNAL.items())
    open_, closed = known.filter(pl.col("gone_run").is_null()), known.filter(pl.col("gone_run").is_not_null())
    rows = shown(now)
    old, new = open_.with_row_index("_old"), rows.with_row_index("_new")
    overlap = (pl.col("first_month_now") <= pl.col("last_month")) & (pl.col("last_month_now") >= pl.col("first_month"))
    both = old.join(new, on=IDENTITY, how="inner", suffix="_now", nulls_equal=True).filter(overlap).sort("_old", "_new")
    pairs = both.unique("_new", keep="first", maintain_order=True).unique("_old", keep="first", maintain_order=True)
    added = new.join(pairs, on="_new", how="anti").drop("_new")
    lost = old.join(pairs, on="_old", how="anti")
    joined = lost.join(both.select("_old"), on="_old", how="semi")["_old"]
    gone = _closed(lost.with_columns(_joined=pl.col("_old").is_in(joined.implode())).drop("_old"), before, now)
    made = pl.concat([closed, _seen_again(pairs, now), gone, _new(added, now)])
    return made.sort(*IDENTITY, "first_seen", "first_month", nulls_last=True)


def shown(now: Publication) -> pl.DataFrame:
    """Every signal that a publication shows: IDENTITY, SEEN, `on_icon` (whether it is the one that colours the latest point).

    The rules of charts with limits, a row a stretch of months; and, with rule `runs`, run charts whose longest run or
    crossings are unusual (Anhøj), from the first month of the phase to the latest.
    """
    ordered = now.points.filter("in_window").sort(*KEYS, "month")
    fired = pl.concat([stretches(ordered, rule).with_columns(rule=pl.lit(rule)) for rule in RULES])
    better = now.definitions.select("measure", "better")
    told = now.summary.select(*KEYS, "chart", "latest_month", "signal")
    ruled = (
        fired.join(told, on=KEYS).join(better, on="measure")
        .with_columns(verdict.judgement(pl.col("rule"), pl.col("side"), pl.col("side"), pl.col("better")))
        .with_columns(
            on_icon=(pl.col("last") == pl.col("latest_month")) & (pl.col("signal") == pl.col("rule")),
            side=pl.when(pl.col("side") > 0).then(pl.lit("high")).otherwise(pl.lit("low")),
        )
        .rename({"first": "first_month", "last": "last_month"})
    )  # fmt: skip
    runs = now.summary.filter(pl.col("chart") == "run", pl.col("runs_signal").fill_null(value=False)).with_columns(
        rule=pl.lit("runs"),
        side=pl.lit(None, pl.String),
        judgement=pl.lit(None, pl.String),
        first_month=pl.col("phase_start"),
        last_month=pl.col("latest_month"),
        months=pl.col("points"),
        on_icon=pl.lit(value=False),
    )
    columns = [*(pl.col(name).cast(SIGNAL[name]) for name in (*IDENTITY, *SEEN)), pl.col("on_icon")]
    return pl.concat([ruled.select(columns), runs.select(columns)])


def _new(rows: pl.DataFrame, now: Publication) -> pl.DataFrame:
    icon = pl.when("on_icon").then("latest_month")
    return rows.with_columns(
        icon.alias("icon_first"), icon.alias("icon_last"), *_at("first_seen", now), *_at("last_seen", now),
        *(pl.lit(None, SIGNAL[name]).alias(name) for name in ("gone_run", "gone", "why", "detail")),
    ).select(SIGNAL.names())  # fmt: skip


def _seen_again(pairs: pl.DataFrame, now: Publication) -> pl.DataFrame:
    icon = pl.when("on_icon").then("latest_month_now")
    return pairs.with_columns(
        pl.coalesce("icon_first", icon).alias("icon_first"), pl.coalesce(icon, "icon_last").alias("icon_last"), *_at("last_seen", now),
        *(pl.col(f"{name}_now").alias(name) for name in SEEN),
    ).select(SIGNAL.names())  # fmt: skip


def _at(name: str, now: Publication) -> tuple[pl.Expr, pl.Expr]:
    return pl.lit(now.run).alias(f"{name}_run"), pl.lit(now.finished).cast(TIME).alias(name)


# ------------------------------------------------------------------------------------------------------- why a signal went away


def _closed(lost: pl.DataFrame, before: Publication, now: Publication) -> pl.DataFrame:
    """Rows that `now` does not show any more, with what changed for their series since `before`."""
    series = lost.select(KEYS).unique(maintain_order=True)
    told = now.summary.select(*KEYS, "phase_start", "fitness_reason", chart_now="chart")
    known = lost.join(told, on=KEYS, how="left").join(_months_changed(series, before, now), on=KEYS, how="left")
    known = known.join(_declared_changed(series, before, now), on=KEYS, how="left")
    declared, revised, otherwise = (pl.col(name).is_not_null() for name in ("_declared", "_revised", "_otherwise"))
    code = otherwise | pl.lit(before.code != now.code)
    causes = pl.concat_str(
        pl.when(declared).then(pl.lit("declared")), pl.when(revised).then(pl.lit("revision")),
        pl.when(pl.col("_new").is_not_null()).then(pl.lit("new_data")), pl.when(code).then(pl.lit("code")),
        separator=", ", ignore_nulls=True,
    )  # fmt: skip
    left = (pl.col("last_month") < pl.col("phase_start")) & ~declared
    why = (
        pl.when("_joined").then(pl.lit("joined"))
        .when(left).then(pl.lit("left_window"))
        .when(causes == "").then(pl.lit("not_known"))
        .otherwise(causes)
    )  # fmt: skip
    plain = pl.col("chart_now").is_in(["run", "none"]) & (pl.col("chart_now") != pl.col("chart"))
    detail = pl.concat_str(
        pl.format("declared: {}", "_declared"), pl.format("revised: {}", "_revised"), pl.format("new: {}", "_new"),
        pl.format("read otherwise from the same file: {}", "_otherwise"),
        pl.when(plain).then(pl.format("no limits any more: {}", "fitness_reason")),
        pl.when(pl.col("chart_now").is_null()).then(pl.lit("the series is no longer published")),
        separator="; ", ignore_nulls=True,
    )  # fmt: skip
    return known.with_columns(why.alias("why"), detail.alias("detail"), *_at("gone", now)).select(SIGNAL.names())


def _months_changed(series: pl.DataFrame, before: Publication, now: Publication) -> pl.DataFrame:
    """For each series the months, in words, that are new, that a later file changed, and that the same file gives otherwise."""
    index = [*KEYS, "month"]
    old, new = (one.points.join(series, on=KEYS, how="semi").select(*index, *FIGURES) for one in (before, now))
    both = old.join(new, on=index, how="full", coalesce=True, suffix="_now").join(
        now.definitions.select("measure", "dataset"), on="measure", how="left"
    )
    same_files = _current(before).join(_current(now), on=["dataset", "month", "files"]).select("dataset", "month", _same=pl.lit(value=True))
    both = both.join(same_files, on=["dataset", "month"], how="left")
    figure, changed = pl.col("value").is_not_null(), pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_now")) for name in FIGURES)
    same = pl.col("_same").fill_null(value=False)
    kinds = {
        "_new": ~figure & pl.col("value_now").is_not_null(),
        "_revised": figure & changed & ~same,
        "_otherwise": figure & changed & same,
    }
    named = pl.col("month").dt.strftime("%B %Y")
    return both.sort(index).group_by(KEYS, maintain_order=True).agg(_listed(named.filter(kept)).alias(name) for name, kept in kinds.items())


def _current(one: Publication) -> pl.DataFrame:
    """The files from which each month of each dataset is read, as one text."""
    files = one.files.filter(pl.col("state") == "current").sort("sha256")
    return files.group_by("dataset", "month", maintain_order=True).agg(files=pl.col("sha256").str.join(" "))


def _declared_changed(series: pl.DataFrame, before: Publication, now: Publication) -> pl.DataFrame:
    """For each series the declarations that came, and those that were taken back, in words; a series without change has no row."""
    what = [*KEYS, "kind", "month_from", "month_to", "months", "centre_line"]
    old, new = (spc.of_series(series, one.phases) for one in (before, now))
    came = new.join(old, on=what, how="anti", nulls_equal=True).with_columns(said=pl.col("reason"))
    went = old.join(new, on=what, how="anti", nulls_equal=True).with_columns(said=pl.format("taken back: {}", "reason"))
    return (
        pl.concat([came, went])
        .group_by(KEYS, maintain_order=True)
        .agg(_declared=_listed(pl.col("said").fill_null("without a reason").unique(maintain_order=True)))
    )


def _listed(texts: pl.Expr) -> pl.Expr:
    """The first of several texts, and how many more; null where there is none."""
    more = texts.len().cast(pl.Int64) - MONTHS_NAMED
    first = texts.head(MONTHS_NAMED).str.join(", ")
    return pl.when(texts.len() == 0).then(None).when(more > 0).then(pl.format("{} and {} more", first, more)).otherwise(first)
