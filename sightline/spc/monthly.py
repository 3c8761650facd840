"""From monthly measures to the two tables of the analysis: every month of every series, and one row a series."""

from __future__ import annotations

import numpy as np
import polars as pl

from sightline.errors import BadInput
from sightline.spc import chance, declarations, discovery, fitness, kinds, reordered, season, verdict
from sightline.spc.chart import chart
from sightline.spc.engine import Rows, Settings
from sightline.spc.phases import ForSeries
from sightline.spc.presets import SHORTEST_BASELINE
from sightline.spc.result import Chart
from sightline.spc.targets import in_force
from sightline.spc.windows import absent_note, complete_months, mark_windows

KEYS = ["measure", "level", "organisation"]
#: kinds of chart that a measure may ask for. Plain p, u and c are not among them: with the denominators of the NHS nearly every
#: month lies outside their limits (docs/METHODS.md)
CHARTS = ("run", "xmr", "pp", "up", "cp", "ip", "g", "t")
#: charts without limits
UNLIMITED = ("run", "none")
#: kinds whose false icons were simulated, or follow the same sum of moving ranges
SIMULATED = ("xmr", "pp", "up", "cp", "ip")
LINES = ["centre_line", "lower_limit", "upper_limit", "lower_two_sigma", "upper_two_sigma"]
RULES = ["rule_outside_limits", "rule_shift", "rule_trend", "rule_two_of_three"]

SPC_POINT = (
    *KEYS, "month", "phase", "chart", "value", "numerator", "denominator", "release", "median", *LINES, "moving_range",
    *RULES, "signal", "judgement", "target", "in_window", "excluded", "note",
)  # fmt: skip
SPC_SUMMARY = (
    *KEYS, "chart", "fitness", "fitness_reason", "phase_start", "first_month", "last_month", "latest_month", "latest_value", "latest_release",
    "points", "useful_points", "missing_months", "window_months", "limits_from", "baseline_months",
    "centre_line", "lower_limit", "upper_limit", "median",
    "longest_run", "longest_run_limit", "crossings", "crossings_limit", "runs_signal", "lag1_autocorrelation", "seasonal_strength",
    "signal", "variation", "assurance", "target", "chance_icon", "chance_icon_autocorrelated",
    "p_value", "q_value",
)  # fmt: skip


def series_analysis(
    values: pl.DataFrame, definitions: pl.DataFrame, targets: pl.DataFrame, phase_starts: pl.DataFrame, declared: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`analysis.spc_point` and `analysis.spc_summary` of all series at once.

    `values` has the columns of measure.value, `definitions` of measure.definition (its `chart` is one of `CHARTS`; without a
    `scale` it is 1), `targets` of reference.target, `phase_starts` the `month` in which a new phase begins, those of measure,
    level and organisation that say of what, and perhaps its `reason`; `declared` what
    :func:`sightline.spc.declarations.of_series` gives of points left out, fixed baselines and centre lines. Nothing else begins
    a phase. Values and limits are in the measure's unit, proportions 0 to 1, limits unclipped. A series whose figures are no
    counts that the kind asked for can take gets an XmR chart. Raises :class:`sightline.errors.BadInput` for two rows of one
    month, and for a kind of chart that is not known.
    """
    months = _months(values, definitions, targets, phase_starts, declarations.nothing() if declared is None else declared)
    spoken = months.filter("in_window")
    limits, runs = _charts(spoken), _charts(spoken.with_columns(kind=pl.lit("run"), scale=pl.lit(1.0), centre=pl.lit(None, pl.Float64)))
    summary = _summary(months, limits.summary, limits.points, runs.summary, _reordered(spoken))
    return _points(months, limits.points, runs.points, summary), summary.select(SPC_SUMMARY)


def _charts(spoken: pl.DataFrame) -> Chart:
    """The charts of all series: one call for each kind, scale and way in which lines are fixed, which for most is not at all."""
    parts = spoken.partition_by("kind", "scale", "baseline", "centre", as_dict=True, maintain_order=True) or {("xmr", 1.0, None, None): spoken}
    made = [_charted(part, *way) for way, part in parts.items()]
    return Chart(pl.concat(one.points for one in made), pl.concat(one.summary for one in made))


def _reordered(spoken: pl.DataFrame) -> pl.DataFrame:
    """KEYS, `reordered`: the share of orders of chance in which the last month signals, for the kinds that have an icon."""
    known = spoken.filter(pl.col("kind").is_in(SIMULATED)).sort(*KEYS, "month")
    parts = known.partition_by("kind", "scale", "baseline", "centre", as_dict=True, maintain_order=True)
    shares = [
        _share(part, Settings(kind, baseline=months, centre_line=None if line is None else line / scale))
        for (kind, scale, months, line), part in parts.items()
    ]
    return pl.concat([pl.DataFrame(schema={**dict.fromkeys(KEYS, pl.String), "reordered": pl.Float64}), *shares])


def _share(part: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    numbered = part.with_columns(_phase=pl.struct(KEYS).rle_id().cast(pl.Int64))
    above, below, phase = (numbered[name].cast(pl.Float64).to_numpy() for name in ("numerator", "denominator", "_phase"))
    divided = settings.kind in kinds.DIVIDED
    with np.errstate(invalid="ignore", divide="ignore"):
        value = above / below if divided else numbered["value"].to_numpy()
    value = np.where(numbered["value"].is_null().to_numpy(), np.nan, value)
    of = phase.astype(np.int64)
    rows = Rows(value, numbered["excluded"].to_numpy(), of, of, above if divided else None, below if divided else None)
    return numbered.select(KEYS).unique(maintain_order=True).with_columns(reordered=pl.Series(reordered.icon_share(rows, settings)))


def _charted(part: pl.DataFrame, kind: str, scale: float, baseline: int | None, centre: float | None) -> Chart:
    left_out = part.filter("excluded").group_by(KEYS, maintain_order=True).agg("month")
    exclude = ForSeries(zip(left_out.select(KEYS).rows(), left_out["month"].to_list(), strict=True))
    value, denominator = ("numerator", "denominator") if kind in kinds.DIVIDED else ("value", None)
    return chart(
        part, value=value, denominator=denominator, date="month", by=KEYS, chart=kind, multiply=scale, baseline=baseline,
        centre_line=None if centre is None else centre / scale, exclude=exclude, target_column="target", direction_column="better",
    )  # fmt: skip


def _months(
    values: pl.DataFrame, definitions: pl.DataFrame, targets: pl.DataFrame, phase_starts: pl.DataFrame, declared: pl.DataFrame
) -> pl.DataFrame:
    for asked in definitions["chart"].unique():
        if asked not in CHARTS:
            raise BadInput("measure.definition, chart", expected=f"one of {', '.join(CHARTS)}", seen=repr(asked), action="name one of these")
    scale = pl.col("scale") if "scale" in definitions.columns else pl.lit(1.0).alias("scale")
    described = definitions.select("measure", "better", "window_months", scale, pl.col("chart").alias("asked"))
    floats = values.with_columns(pl.col("numerator", "denominator", "value").cast(pl.Float64), pl.col("month").cast(pl.Date))
    complete = complete_months(floats, KEYS).join(described, on="measure", how="inner")
    aimed = complete.join(in_force(complete, targets), on=["measure", "month"], how="left")
    fixed = declarations.with_lines(declarations.mark_excluded(aimed, declared), declared, phase_starts)
    marked = declarations.phase_words(mark_windows(fixed, KEYS, phase_starts), phase_starts).with_columns(note=absent_note())
    kind = pl.when(pl.col("asked") != "run", (_fits() | ~pl.col("in_window")).all().over(KEYS)).then("asked").otherwise(pl.lit("xmr"))
    return marked.with_columns(kind=kind).with_columns(scale=pl.when(pl.col("kind").is_in(kinds.DIVIDED)).then("scale").otherwise(1.0))


def _fits() -> pl.Expr:
    """Whether a month holds what the kind of chart asked for can take; a month without a value fits unless its counts contradict it."""
    asked, value, above, below = pl.col("asked"), pl.col("value"), pl.col("numerator"), pl.col("denominator")
    counted = (above.is_not_null() & (below > 0)) | value.is_null()
    possible = (above >= 0).fill_null(value=True) & (below >= 0).fill_null(value=True)
    contained = (above <= below).fill_null(value=True)
    fits = (
        pl.when(asked.is_in(["pp"])).then(counted & possible & contained)
        .when(asked.is_in(["up", "ip"])).then(counted & possible)
        .when(asked.is_in(["cp", "g"])).then(value >= 0)
        .when(asked == "t").then(value > 0)
        .otherwise(pl.lit(value=True))
    )  # fmt: skip
    return fits.fill_null(value=True)


def _summary(months: pl.DataFrame, limits: pl.DataFrame, points: pl.DataFrame, runs: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """One row a series, with what is withheld where the series is not fit for it."""
    last = points.group_by(KEYS, maintain_order=True).agg(pl.col("signal", "target").last())
    run_columns = ["median", "useful_points", "longest_run", "longest_run_limit", "crossings", "crossings_limit", "runs_signal"]
    joined = (
        _described(months)
        .join(limits.select(*KEYS, "centre_line", "lower_limit", "upper_limit", "variation", "assurance", "lag1_autocorrelation"), on=KEYS)
        .join(runs.select(*KEYS, *run_columns), on=KEYS)
        .join(last, on=KEYS)
        .join(shares, on=KEYS, how="left")
        .join(season.strength(months.select(*KEYS, "month", pl.when(~pl.col("excluded")).then(pl.col("value")).alias("value")), KEYS), on=KEYS)
    )
    judged = joined.with_columns(fitness.fitness(), fitness.reason()).with_columns(*_thin_baseline()).with_columns(_chart(), _reason())
    return discovery.controlled(judged.with_columns(*_withheld(), *_chance(judged)), ["measure", "level"]).sort(KEYS)


def _described(months: pl.DataFrame) -> pl.DataFrame:
    speaking, figure = pl.col("in_window"), pl.col("value").is_not_null()
    counts = figure & ~pl.col("excluded")
    return months.group_by(KEYS, maintain_order=True).agg(
        pl.col("asked", "kind", "window_months", "limits_from").first(),
        baseline_months=pl.col("baseline").first(),
        phase_start=pl.col("month").filter(speaking).min(),
        first_month=pl.col("month").min(),
        last_month=pl.col("month").max(),
        latest_month=pl.col("month").filter(figure).last(),
        latest_value=pl.col("value").filter(figure).last(),
        latest_release=pl.col("release").filter(figure).last(),
        points=(speaking & counts).sum().cast(pl.Int64),
        figures=(speaking & counts).sum().cast(pl.Int64),
        alike=pl.col("value").filter(speaking & counts).n_unique() == 1,
        zeros=(speaking & counts & (pl.col("value") == 0)).sum().cast(pl.Int64),
        last_silent=~counts.last(),
        missing_months=(speaking & ~figure).sum().cast(pl.Int64),
    )


def _thin_baseline() -> list[pl.Expr]:
    """A declared baseline with too few figures gives no limits: that is said, and no other months take its place."""
    thin = pl.col("baseline_months").is_not_null() & pl.col("lower_limit").is_null() & (pl.col("fitness") == "limits")
    words = pl.format(f"the declared baseline of {{}} months has fewer than the {SHORTEST_BASELINE} figures that limits need", "baseline_months")
    return [pl.when(thin).then(value).otherwise(pl.col(name)).alias(name) for name, value in (("fitness", pl.lit("run")), ("fitness_reason", words))]


def _chart() -> pl.Expr:
    return (
        pl.when(pl.col("fitness") == "data").then(pl.lit("none"))
        .when((pl.col("fitness") == "run") | (pl.col("asked") == "run")).then(pl.lit("run"))
        .otherwise("kind")
        .alias("chart")
    )  # fmt: skip


def _reason() -> pl.Expr:
    """The reason of fitness, and why the series has not the chart that its measure asks for."""
    other = (pl.col("fitness") == "limits") & (pl.col("asked") != "run") & (pl.col("asked") != pl.col("kind"))
    why = pl.lit("; an individuals chart, because some month's figures are not counts that the measure's own chart can take")
    return pl.concat_str("fitness_reason", pl.when(other).then(why).otherwise(pl.lit(""))).alias("fitness_reason")


def limited() -> pl.Expr:
    """Whether the `chart` of a row has limits."""
    return ~pl.col("chart").is_in(UNLIMITED)


def _withheld() -> list[pl.Expr]:
    """Limits and the icons only where limits may speak; the verdict of the runs only where it stands."""
    return [
        *(pl.when(limited()).then(pl.col(name)).alias(name) for name in ("centre_line", "lower_limit", "upper_limit", "assurance")),
        pl.when(limited() & ~pl.col("last_silent")).then(pl.col("variation")).alias("variation"),
        pl.when(limited() & ~pl.col("last_silent")).then(pl.col("signal")).otherwise(pl.lit("none")).alias("signal"),
        pl.when(fitness.runs_verdict_stands()).then(pl.col("runs_signal")).alias("runs_signal"),
        pl.when(pl.col("chart") != "none").then(pl.col("median")).alias("median"),
    ]


def _chance(judged: pl.DataFrame) -> list[pl.Expr]:
    """The chance of a false icon, for the charts that have one and for which it is known."""
    unconnected = discovery.own_rate(judged["reordered"], chance.icon_rate(judged["figures"]))
    connected = discovery.at_autocorrelation(unconnected, judged["figures"], judged["lag1_autocorrelation"])
    known = pl.col("chart").is_in(SIMULATED)
    return [
        pl.when(known).then(pl.lit(unconnected)).alias("chance_icon"),
        pl.when(known).then(pl.lit(connected)).alias("chance_icon_autocorrelated"),
    ]


def _declared_words() -> pl.Expr:
    """What a month with a figure has to say: that it is left out and why, that a phase begins and what it is, what the chart says."""
    begins = pl.when(pl.col("month") > pl.col("month").min().over(KEYS)).then(pl.format("a new phase begins: {}", "_begins"))
    said = pl.when(pl.col("_limited")).then(pl.col("said").str.replace("left out of centre line, limits and runs(; )?", ""))
    left_out = pl.when("excluded").then(pl.format("left out of centre line, limits and runs: {}", "_left_out"))
    words = pl.concat_str(left_out, begins, pl.when(said != "").then(said), separator="; ", ignore_nulls=True)
    return pl.when(words != "").then(words)


def _points(months: pl.DataFrame, limits: pl.DataFrame, runs: pl.DataFrame, summary: pl.DataFrame) -> pl.DataFrame:
    """Every month; lines, rules and judgement only in the window and where the series is fit for them."""
    on = [*KEYS, "month"]
    drawn = limits.rename({"date": "month", "note": "said"}).select(*on, *LINES, "moving_range", *RULES, "judgement", "said")
    middle = runs.rename({"date": "month"}).select(*on, "median")
    joined = (
        months.join(summary.select(*KEYS, "chart"), on=KEYS)
        .join(drawn, on=on, how="left")
        .join(middle, on=on, how="left")
        .with_columns(_limited=limited() & pl.col("in_window"))
        .with_columns(_judged=pl.col("_limited") & ~pl.col("excluded"))
    )
    held = joined.with_columns(
        *(pl.when("_limited").then(pl.col(name)).alias(name) for name in (*LINES, "moving_range")),
        *((pl.col("_judged") & pl.col(name).fill_null(value=False)).alias(name) for name in RULES),
        pl.when(pl.col("_judged") & pl.col("value").is_not_null()).then(pl.col("judgement")).alias("judgement"),
        pl.when(pl.col("chart") != "none").then(pl.col("median")).alias("median"),
        pl.coalesce("note", _declared_words()).alias("note"),
    )
    return held.with_columns(verdict.signal()).select(SPC_POINT).sort(on)
