"""From monthly measures to the two tables of the analysis: every month of every series, and one row a series."""

from __future__ import annotations

import polars as pl

from sightline.spc import chance, fitness, season, verdict
from sightline.spc.chart import chart
from sightline.spc.targets import in_force
from sightline.spc.windows import absent_note, complete_months, mark_windows

KEYS = ["measure", "level", "organisation"]
LINES = ["centre_line", "lower_limit", "upper_limit", "lower_two_sigma", "upper_two_sigma"]
RULES = ["rule_outside_limits", "rule_shift", "rule_trend", "rule_two_of_three"]

SPC_POINT = (
    *KEYS, "month", "phase", "chart", "value", "numerator", "denominator", "release", "median", *LINES, "moving_range",
    *RULES, "signal", "judgement", "target", "in_window", "note",
)  # fmt: skip
SPC_SUMMARY = (
    *KEYS, "chart", "fitness", "fitness_reason", "phase_start", "first_month", "last_month", "latest_month", "latest_value", "latest_release",
    "points", "useful_points", "missing_months", "window_months", "centre_line", "lower_limit", "upper_limit", "median",
    "longest_run", "longest_run_limit", "crossings", "crossings_limit", "runs_signal", "lag1_autocorrelation", "seasonal_strength",
    "signal", "variation", "assurance", "target", "chance_icon", "chance_icon_autocorrelated",
)  # fmt: skip


def series_analysis(
    values: pl.DataFrame, definitions: pl.DataFrame, targets: pl.DataFrame, phase_starts: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`analysis.spc_point` and `analysis.spc_summary` of all series at once.

    `values` has the columns of measure.value, `definitions` of measure.definition, `targets` of reference.target,
    `phase_starts` an `organisation` and a `month` in which a new phase begins. Values and limits are in the measure's
    unit, proportions 0 to 1, limits unclipped. Raises :class:`sightline.errors.BadInput` for two rows of one month.
    """
    months = _months(values, definitions, targets, phase_starts)
    spoken = months.filter("in_window")
    limits = chart(spoken, value="value", date="month", by=KEYS, target_column="target", direction_column="better")
    runs = chart(spoken, value="value", date="month", by=KEYS, chart="run")
    summary = _summary(months, limits.summary, limits.points, runs.summary)
    return _points(months, limits.points, runs.points, summary), summary.select(SPC_SUMMARY)


def _months(values: pl.DataFrame, definitions: pl.DataFrame, targets: pl.DataFrame, phase_starts: pl.DataFrame) -> pl.DataFrame:
    described = definitions.select("measure", "better", "window_months", pl.col("chart").alias("asked"))
    floats = values.with_columns(pl.col("numerator", "denominator", "value").cast(pl.Float64), pl.col("month").cast(pl.Date))
    complete = complete_months(floats, KEYS).join(described, on="measure", how="inner")
    aimed = complete.join(in_force(complete, targets), on=["measure", "month"], how="left")
    return mark_windows(aimed, KEYS, phase_starts).with_columns(note=absent_note())


def _summary(months: pl.DataFrame, limits: pl.DataFrame, points: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    """One row a series, with what is withheld where the series is not fit for it."""
    last = points.group_by(KEYS, maintain_order=True).agg(pl.col("signal", "target").last(), last_missing=pl.col("value").last().is_null())
    run_columns = ["median", "useful_points", "longest_run", "longest_run_limit", "crossings", "crossings_limit", "runs_signal"]
    joined = (
        _described(months)
        .join(limits.select(*KEYS, "centre_line", "lower_limit", "upper_limit", "variation", "assurance", "lag1_autocorrelation"), on=KEYS)
        .join(runs.select(*KEYS, *run_columns), on=KEYS)
        .join(last, on=KEYS)
        .join(season.strength(months.select(*KEYS, "month", "value"), KEYS), on=KEYS)
    )
    judged = joined.with_columns(fitness.fitness(), fitness.reason()).with_columns(_chart())
    return judged.with_columns(*_withheld(), *_chance(judged)).sort(KEYS)


def _described(months: pl.DataFrame) -> pl.DataFrame:
    speaking, figure = pl.col("in_window"), pl.col("value").is_not_null()
    return months.group_by(KEYS, maintain_order=True).agg(
        pl.col("asked", "window_months").first(),
        phase_start=pl.col("month").filter(speaking).min(),
        first_month=pl.col("month").min(),
        last_month=pl.col("month").max(),
        latest_month=pl.col("month").filter(figure).last(),
        latest_value=pl.col("value").filter(figure).last(),
        latest_release=pl.col("release").filter(figure).last(),
        points=(speaking & figure).sum().cast(pl.Int64),
        figures=(speaking & figure).sum().cast(pl.Int64),
        alike=pl.col("value").filter(speaking & figure).n_unique() == 1,
        zeros=(speaking & (pl.col("value") == 0)).sum().cast(pl.Int64),
        missing_months=(speaking & ~figure).sum().cast(pl.Int64),
    )


def _chart() -> pl.Expr:
    return (
        pl.when(pl.col("fitness") == "data").then(pl.lit("none"))
        .when((pl.col("fitness") == "run") | (pl.col("asked") == "run")).then(pl.lit("run"))
        .otherwise(pl.lit("xmr"))
        .alias("chart")
    )  # fmt: skip


def _withheld() -> list[pl.Expr]:
    """Limits and the icons only where limits may speak; the verdict of the runs only where it stands."""
    limited = pl.col("chart") == "xmr"
    return [
        *(pl.when(limited).then(pl.col(name)).alias(name) for name in ("centre_line", "lower_limit", "upper_limit", "assurance")),
        pl.when(limited & ~pl.col("last_missing")).then(pl.col("variation")).alias("variation"),
        pl.when(limited).then(pl.col("signal")).otherwise(pl.lit("none")).alias("signal"),
        pl.when(fitness.runs_verdict_stands()).then(pl.col("runs_signal")).alias("runs_signal"),
        pl.when(pl.col("chart") != "none").then(pl.col("median")).alias("median"),
    ]


def _chance(judged: pl.DataFrame) -> list[pl.Expr]:
    """The chance of a false icon, for the charts that have one."""
    unconnected = chance.icon_rate(judged["figures"])
    connected = chance.icon_rate(judged["figures"], judged["lag1_autocorrelation"])
    limited = pl.col("chart") == "xmr"
    return [
        pl.when(limited).then(pl.lit(unconnected)).alias("chance_icon"),
        pl.when(limited).then(pl.lit(connected)).alias("chance_icon_autocorrelated"),
    ]


def _points(months: pl.DataFrame, limits: pl.DataFrame, runs: pl.DataFrame, summary: pl.DataFrame) -> pl.DataFrame:
    """Every month; lines, rules and judgement only in the window and where the series is fit for them."""
    on = [*KEYS, "month"]
    drawn = limits.rename({"date": "month", "note": "said"}).select(*on, *LINES, "moving_range", *RULES, "judgement", "said")
    middle = runs.rename({"date": "month"}).select(*on, "median")
    joined = (
        months.join(summary.select(*KEYS, "chart"), on=KEYS)
        .join(drawn, on=on, how="left")
        .join(middle, on=on, how="left")
        .with_columns(_limited=(pl.col("chart") == "xmr") & pl.col("in_window"))
    )
    held = joined.with_columns(
        *(pl.when("_limited").then(pl.col(name)).alias(name) for name in (*LINES, "moving_range")),
        *((pl.col("_limited") & pl.col(name).fill_null(value=False)).alias(name) for name in RULES),
        pl.when(pl.col("_limited") & pl.col("value").is_not_null()).then(pl.col("judgement")).alias("judgement"),
        pl.when(pl.col("chart") != "none").then(pl.col("median")).alias("median"),
        pl.coalesce("note", pl.when("_limited").then(pl.col("said"))).alias("note"),
    )
    return held.with_columns(verdict.signal()).select(SPC_POINT).sort(on)
