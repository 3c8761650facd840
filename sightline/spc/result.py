"""The two frames of a chart: one row a point, one row a series and phase."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import polars.selectors as cs

from sightline.spc import autocorrelation, boxes, verdict
from sightline.spc.cadence import ABSENT, CLOSED
from sightline.spc.engine import Analysis, Rows, Settings
from sightline.spc.grouped import Floats
from sightline.spc.kinds import DIVIDED, JUDGED
from sightline.spc.presets import SHORTEST_BASELINE

POINT_COLUMNS = (
    "date", "value", "denominator", "phase", "chart", "centre_line", "lower_limit", "upper_limit", "lower_two_sigma", "upper_two_sigma",
    "moving_range", "median", "rule_outside_limits", "rule_shift", "rule_trend", "rule_two_of_three", "signal", "judgement", "target", "note",
)  # fmt: skip
SUMMARY_COLUMNS = (
    "phase", "chart", "points", "useful_points", "centre_line", "lower_limit", "upper_limit", "median", "variation", "assurance",
    "longest_run", "longest_run_limit", "crossings", "crossings_limit", "runs_signal", "lag1_autocorrelation", "first_date", "last_date",
)  # fmt: skip
LIMITS = ("lower_limit", "upper_limit", "lower_two_sigma", "upper_two_sigma")
FLAT = "no movement from point to point: the limits lie on the centre line"
LEFT_OUT = "left out of centre line, limits and runs"
NOT_SCREENED = "screening would leave no movement, so no range is left out"


@dataclass(frozen=True)
class Chart:
    """What `chart` gives back: `points` (one row a series and date) and `summary` (one row a series and phase)."""

    points: pl.DataFrame
    summary: pl.DataFrame


@dataclass(frozen=True)
class Analysed:
    """The sorted frame of rows, the same rows as arrays, and what was found of them."""

    ordered: pl.DataFrame
    keys: list[str]
    rows: Rows
    found: Analysis
    settings: Settings


def points(made: Analysed) -> pl.DataFrame:
    """The frame of points."""
    found = made.found
    flags = {
        "rule_outside_limits": found.rules.outside, "rule_shift": found.rules.shift, "rule_trend": found.rules.trend,
        "rule_two_of_three": found.rules.two_of_three, "_side": found.rules.sides, "_trend": found.rules.trends,
        "_enough": made.rows.phases.spread(found.enough),
    }  # fmt: skip
    framed = made.ordered.drop("value").hstack([*_lines(made), *(pl.Series(name, flag) for name, flag in flags.items())])
    framed = framed.hstack(_verdicts(framed, made)).with_columns(*_without_size(made), chart=pl.lit(made.settings.kind))
    return framed.select(*made.keys, *(_notes(framed, made) if name == "note" else name for name in POINT_COLUMNS))


def _verdicts(framed: pl.DataFrame, made: Analysed) -> list[pl.Series]:
    """The signal of each point and its judgement; words are made for points with a signal, which are few.

    No judgement in run charts and in phases too short for limits, where no rule holds. A spread or a moving range is neither good nor bad.
    """
    found, settings = made.found, made.settings
    rule = found.rules
    at = np.flatnonzero(rule.outside | rule.shift | rule.trend | rule.two_of_three)
    signals = framed.select("_side", "_trend", "direction", cs.starts_with("rule_"))[at].with_columns(verdict.signal())
    direction = pl.col("direction") if settings.kind in JUDGED else pl.lit("neither")
    words = signals.select(verdict.judgement(pl.col("signal"), pl.col("_side"), pl.col("_trend"), direction)).to_series()
    judged = _same("judgement", "common_cause", framed.height).scatter(at, words)
    silent = np.arange(framed.height) if settings.kind == "run" else np.flatnonzero(~made.rows.phases.spread(found.enough))
    return [_same("signal", "none", framed.height).scatter(at, signals["signal"]), judged.scatter(silent, None)]


def _same(name: str, word: str | None, times: int) -> pl.Series:
    return pl.Series(name, [word], dtype=pl.String).new_from_index(0, times)


def _lines(made: Analysed) -> list[pl.Series]:
    found, lines = made.found, made.found.lines
    by_point = {
        "value": found.value, "moving_range": found.ranges, "median": made.rows.phases.spread(found.median), "centre_line": lines.centre,
        "lower_limit": lines.lower, "upper_limit": lines.upper, "lower_two_sigma": lines.lower_two_sigma, "upper_two_sigma": lines.upper_two_sigma,
    }  # fmt: skip
    return [_column(name, numbers) for name, numbers in by_point.items()]


def _column(name: str, numbers: Floats) -> pl.Series:
    return pl.Series(name, numbers, nan_to_null=True, dtype=pl.Float64)


def _without_size(made: Analysed) -> list[pl.Expr]:
    """A month without a denominator has a centre line and no limits; where limits hang on the size of each month, one without a value neither."""
    by_size = made.settings.kind in DIVIDED
    if not (by_size or made.ordered["_divided"].any()):
        return []
    known = pl.col("value").is_not_null() if by_size else _has_denominator()
    return [pl.when(known).then(pl.col(name)).alias(name) for name in LIMITS]


def _has_denominator() -> pl.Expr:
    """Whether there is a denominator to divide by, or none is asked for."""
    return ~pl.col("_divided") | (pl.col("denominator") > 0).fill_null(value=False)


def _notes(framed: pl.DataFrame, made: Analysed) -> pl.Series:
    """What a reader has to know of each point, in words; null where there is nothing, as at most points, for which no words are made."""
    found, phases, none = made.found, made.rows.phases, _same("note", None, framed.height)
    plain = found.enough & ~found.flat & ~found.not_screened
    if plain.all() and made.rows.kept.all() and not (np.isnan(found.value).any() or framed["absent"].any() or framed["closed"].any()):
        return none
    by_phase = {
        "_flat": found.flat, "_not_screened": found.not_screened,
        "_kept": phases.count(made.rows.kept), "_frozen": phases.count(made.rows.in_baseline(made.settings.baseline)),
    }  # fmt: skip
    framed = framed.hstack([pl.Series(name, phases.spread(known)) for name, known in by_phase.items()])
    said = _said(made.settings)
    noted = framed.select(pl.any_horizontal(holds for holds, _ in said).fill_null(value=False)).to_series()
    words = framed.filter(noted).select(pl.concat_str([pl.when(holds).then(words) for holds, words in said], separator="; ", ignore_nulls=True))
    return none.scatter(noted.arg_true(), words.to_series())


def _said(settings: Settings) -> list[tuple[pl.Expr, pl.Expr]]:
    """What may have to be said of a point, and its words."""
    kind = settings.kind
    no_value = pl.col("value").is_null() & ~pl.col("absent") & pl.lit(kind != "mr")
    no_denominator = ~_has_denominator()
    return [
        (pl.col("absent"), pl.lit(ABSENT)),
        (pl.col("closed"), pl.lit(CLOSED)),
        (no_value & ~no_denominator, pl.lit("no value")),
        (no_value & no_denominator, pl.lit("no denominator, so no value")),
        (pl.col("excluded"), pl.concat_str(pl.lit(LEFT_OUT), pl.lit(": ") + pl.col("_why"), ignore_nulls=True)),
        (~pl.col("_enough") & ~pl.col("excluded") & pl.lit(kind != "run"), _why_no_limits(settings)),
        (pl.col("_flat") & pl.lit(kind in JUDGED), pl.lit(FLAT)),
        (pl.col("_not_screened"), pl.lit(NOT_SCREENED)),
    ]


def _why_no_limits(settings: Settings) -> pl.Expr:
    """The words for a phase without enough points for limits."""
    points, baseline = pl.col("_kept"), pl.col("_frozen")
    return (
        pl.when(points < settings.minimum)
        .then(pl.format(f"{{}} points in this phase: no limits under {settings.minimum}", points))
        .when((baseline < SHORTEST_BASELINE) & pl.lit(settings.baseline is not None))
        .then(pl.format(f"{{}} points in the baseline: no limits under {SHORTEST_BASELINE}", baseline))
        .otherwise(pl.lit("no point has a neighbour, so there is no moving range and no limits"))
    )


def summary(made: Analysed, drawn: pl.DataFrame) -> pl.DataFrame:
    """The frame of phases; `drawn` are the points."""
    rows, found, dates = made.rows, made.found, made.ordered["date"]
    first = rows.phases.start
    last = first + rows.phases.size - 1
    framed = drawn.select(*made.keys, "phase", "chart", "median", variation="judgement")[last].hstack([
        pl.Series("points", found.points),
        pl.Series("useful_points", found.runs.useful),
        _column("centre_line", found.lines.centre[last]),
        _column("lower_limit", found.lines.lower[last]),
        _column("upper_limit", found.lines.upper[last]),
        _assurance(made, last),
        *_runs(made),
        _column("lag1_autocorrelation", autocorrelation.lag1(rows.value, rows.excluded, rows.phases)),
        dates[first].alias("first_date"),
        dates[last].alias("last_date"),
    ])  # fmt: skip
    return framed.select(*made.keys, *SUMMARY_COLUMNS)


def _runs(made: Analysed) -> list[pl.Series]:
    """Counts of the runs analysis and its signal.

    Moving ranges share points, so no rule of runs holds for them; too few useful observations give no verdict.
    """
    runs = made.found.runs
    counts = {
        "longest_run": runs.longest, "longest_run_limit": runs.longest_limit,
        "crossings": runs.crossings, "crossings_limit": runs.crossings_limit,
    }  # fmt: skip
    withheld = (runs.useful > 0) & (runs.useful < made.settings.runs_minimum)
    found = runs.signal if made.settings.run_method == "anhoej" else boxes.signal(runs, made.settings.run_method)
    signal = pl.Series("runs_signal", found & (made.settings.kind != "mr"))
    return [*(_column(name, number).cast(pl.Int64) for name, number in counts.items()), signal.set(pl.Series(withheld), None)]


def _assurance(made: Analysed, last: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pl.Series:
    """The last target of each phase against the limits of its last point; charts of ranges, spreads and runs have none."""
    held = made.ordered.select("target", "direction")[last]
    if made.settings.kind not in JUDGED or held["target"].null_count() == held.height:
        return pl.repeat(None, held.height, dtype=pl.String, eager=True).alias("assurance")
    limits = {"lower": made.found.lines.lower[last], "upper": made.found.lines.upper[last], "tie": made.found.tie}
    held = held.with_columns(_column(name, line) for name, line in limits.items())
    named = [pl.col(name) for name in ("target", "lower", "upper", "direction", "tie")]
    return held.select(verdict.assurance(*named))["assurance"]
