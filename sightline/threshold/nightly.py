"""The published tables of the lines: from rows of the datasets to rows of ``analysis.threshold_*``.

Nothing here knows where rows come from. A source without waiting lists gives the same tables without rows.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from sightline.errors import BadInput
from sightline.threshold.bunching import bunching
from sightline.threshold.by_period import ENGLAND, FIRST_MONTH, LENGTHS, LEVELS, LINES, crossing_by_period, throughout
from sightline.threshold.crossing import MILESTONES, SEEN, TESTED
from sightline.threshold.deadline import deadline
from sightline.threshold.density import Density, density
from sightline.threshold.words import Reading, base_rate_words, bunching_reading, crossing_reading

#: the validation milestone that has no target of its own: judged beside the lines, never a base rate
BESIDE = MILESTONES[1:]
#: the crossing bands of a line, counted from it
CROSSING = 4
#: an organisation's month counts from so many type 1 attendances on: fewer make its percentage jump
TYPE_1_AT_LEAST = 1000
#: months before and after a deadline that are looked at, and those its change is ranked among
AROUND, RANKED_AMONG = (-3, 2), 24
#: two values nearer than this are the same value
TIE = 1e-9
#: the last whole week within 18 weeks; the bins that a curve is fitted to: the first weeks have a shape of their own, the last hold few
LAST_WEEK_WITHIN, BINS = 17, (2, 45)
COMPLETED = {"Part_1A": "admitted", "Part_1B": "not_admitted"}

KEYS: dict[str, pl.DataType] = {
    "level": pl.String(), "organisation": pl.String(), "treatment_function": pl.String(), "period": pl.String(), "period_from": pl.Date(),
    "period_to": pl.Date(),
}  # fmt: skip
_INTEGERS = {"line": pl.Int64(), "months": pl.Int64(), "placebos": pl.Int64()}
_FLOATS: dict[str, pl.DataType] = dict.fromkeys((*SEEN, *TESTED), pl.Float64())
_WORDS: dict[str, pl.DataType] = dict.fromkeys(Reading._fields, pl.String())
CROSSING_SCHEMA = {
    **KEYS, **_INTEGERS, "line_kind": pl.String(), **_FLOATS, "persistent": pl.Boolean(), "verdict": pl.String(), "why": pl.String(),
    "providers": pl.Int64(), "mixed_pairs": pl.Int64(), "share_missing": pl.Float64(), "note": pl.String(), **_WORDS,
}  # fmt: skip
PLACEBO_SCHEMA: dict[str, pl.DataType] = {
    **KEYS, "line": pl.Int64(), **dict.fromkeys(("s_before", "s_cross", "s_after", "theta", "se", "step", "se_step"), pl.Float64()),
}  # fmt: skip
BASE_RATE_SCHEMA: dict[str, pl.DataType] = {
    **{name: KEYS[name] for name in ("level", "period", "period_from", "period_to")}, "line": pl.Int64(), "line_kind": pl.String(),
    **dict.fromkeys(("units", "tested", "p_low_significant", "break_at_line", "possible_break", "no_break", "cannot_tell"), pl.Int64()),
}  # fmt: skip
BAND_SCHEMA: dict[str, pl.DataType] = {
    **{name: KEYS[name] for name in ("organisation", "period", "period_from", "period_to")}, "band": pl.Int64(), "predicted": pl.Float64(),
    "actual": pl.Float64(), "still_waiting": pl.Float64(), "crosses": pl.Int64(),
}  # fmt: skip
BUNCHING_SCHEMA: dict[str, pl.DataType] = {
    "organisation": pl.String(), "pathways": pl.String(), "period": pl.String(), "period_from": pl.Date(), "period_to": pl.Date(),
    "line": pl.Int64(), "months": pl.Int64(), "providers": pl.Int64(), "completed": pl.Float64(),
    **dict.fromkeys(("excess", "excess_below", "excess_above", "counterfactual_at_line", "b", "b_se", "b_lower", "b_upper"), pl.Float64()),
    "placebo_lines": pl.Int64(),
    **dict.fromkeys(("p_placebo", "grid_lowest", "grid_median", "grid_highest", "grid_above"), pl.Float64()),
    "verdict": pl.String(), "why": pl.String(), **_WORDS,
}  # fmt: skip
DENSITY_SCHEMA: dict[str, pl.DataType] = {
    "measure": pl.String(), "target": pl.Float64(), "due": pl.Date(), "month": pl.Date(), "test": pl.String(), "parameter": pl.Float64(),
    "organisations": pl.Int64(), "at_or_above": pl.Int64(), "below_line": pl.Int64(), "at_line": pl.Int64(), "above_line": pl.Int64(),
    **dict.fromkeys(("bandwidth_left", "bandwidth_right", "density_left", "density_right", "t", "p"), pl.Float64()), "why": pl.String(),
}  # fmt: skip
DEADLINE_SCHEMA: dict[str, pl.DataType] = {
    "measure": pl.String(), "target": pl.Float64(), "due": pl.Date(), "after": pl.Int64(), "month_from": pl.Date(), "month_to": pl.Date(),
    "is_due": pl.Boolean(), "organisations": pl.Int64(), "mean_change": pl.Float64(), "median_change": pl.Float64(), "improved": pl.Int64(),
    "above_median": pl.Float64(), "others": pl.Int64(), "p": pl.Float64(), "why": pl.String(),
}  # fmt: skip


def shaped(frame: pl.DataFrame, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """The columns of a schema in its order and kinds; without a column, no row."""
    return frame.select(pl.col(name).cast(kind) for name, kind in schema.items()) if frame.width else pl.DataFrame(schema=schema)


# ------------------------------------------------------------------------------------------------------------ crossing


def crossing_tables(waiting: pl.DataFrame, england_month: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Rows of threshold_crossing, threshold_placebo, threshold_base_rate and threshold_band.

    `waiting`: incomplete pathways by organisation, month (its first day), treatment_function, band, with `pathways` and `release`.
    `england_month`: month, share_missing (of England's list, in the extract of the month). England is tested in every month, half-year and
    year; providers and treatment functions in half-years and years.
    """
    empty = {"crossing": CROSSING_SCHEMA, "placebo": PLACEBO_SCHEMA, "base_rate": BASE_RATE_SCHEMA, "band": BAND_SCHEMA}
    if not waiting.height:
        return {name: pl.DataFrame(schema=schema) for name, schema in empty.items()}
    runs = [
        crossing_by_period(
            waiting, provider="organisation", treatment_function="treatment_function", month="month", week="band", count="pathways",
            length=length, levels=LEVELS[:1] if length == "month" else LEVELS, beside=BESIDE,
        )
        for length in LENGTHS
    ]  # fmt: skip
    runs = [one for one in runs if one.estimates.width]
    if not runs:
        return {name: pl.DataFrame(schema=schema) for name, schema in empty.items()}
    estimates, placebos, base_rates, bands = (
        pl.concat(getattr(one, table) for one in runs) for table in ("estimates", "placebos", "base_rates", "bands")
    )
    rates = base_rates.rename({"break_": "break_at_line", "possible": "possible_break"}).with_columns(line_kind=_kind(pl.col("asked")))
    return {
        "crossing": shaped(_with_words(_with_notes(_placed(estimates), waiting, england_month), base_rates), CROSSING_SCHEMA),
        "placebo": shaped(_placed(placebos).filter(pl.col("period") != "month"), PLACEBO_SCHEMA),
        "base_rate": shaped(rates.filter(pl.col("period") != "month"), BASE_RATE_SCHEMA),
        "band": shaped(_england_bands(bands), BAND_SCHEMA),
    }


def _placed(table: pl.DataFrame) -> pl.DataFrame:
    """A unit as organisation and treatment function: England, a provider, or one function of England."""
    function = pl.col("level") == "treatment_function"
    return table.with_columns(
        organisation=pl.when(function).then(pl.lit(ENGLAND)).otherwise("unit"),
        treatment_function=pl.when(function).then("unit").otherwise(pl.lit("all")),
    )


def _kind(asked: pl.Expr) -> pl.Expr:
    return pl.when(pl.col("line").is_in(BESIDE)).then(pl.lit("milestone")).when(asked).then(pl.lit("target")).otherwise(pl.lit("nobodys"))


def _with_notes(estimates: pl.DataFrame, waiting: pl.DataFrame, england_month: pl.DataFrame) -> pl.DataFrame:
    """Beside every period: the providers summed, pairs of month ends of two kinds of release, the share of England that the files lack, in words."""
    ends = waiting.group_by(end=pl.col("month").dt.month_end()).agg(release=pl.col("release").max()).sort("end").join(
        england_month.select(end=pl.col("month").dt.month_end(), missing=pl.col("share_missing")), on="end", how="left"
    )  # fmt: skip
    there = waiting.select("organisation", end=pl.col("month").dt.month_end()).unique()
    keys = ["period_from", "period_to"]
    about = [_about(ends, there, since, until) for since, until in estimates.select(keys).unique().sort(keys).iter_rows()]
    known = estimates.join(pl.DataFrame(about, schema_overrides={"share_missing": pl.Float64}), on=keys)
    providers = pl.when(pl.col("level") == "provider").then(1).otherwise("providers")
    return known.with_columns(line_kind=_kind(pl.lit(value=True)), providers=providers)


def _about(ends: pl.DataFrame, there: pl.DataFrame, since: date, until: date) -> dict[str, Any]:
    """What is to be known of the files of one period."""
    inside = pl.col("end").is_between(since.replace(day=1) - pl.duration(days=1), until)
    months = ends.filter(inside)
    present = throughout(there.filter(inside).rename({"end": "month", "organisation": "provider"}))["provider"].n_unique()
    following = pl.col("end").shift(-1) == pl.col("end").dt.offset_by("1d").dt.month_end()
    mixed = months.with_columns(end_to=pl.col("end").shift(-1), later=pl.col("release").shift(-1), pair=following).filter(
        "pair", pl.col("release") != pl.col("later")
    )
    missing = months["missing"].max()
    return {
        "period_from": since, "period_to": until, "providers": present, "mixed_pairs": mixed.height, "share_missing": missing,
        "note": " ".join([*_mixed_words(mixed), *_missing_words(missing)]) or None,
    }  # fmt: skip


def _mixed_words(mixed: pl.DataFrame) -> list[str]:
    """What a pair of a revised and a first release may do."""
    if not mixed.height:
        return []
    named = "; ".join(f"{row['end']:%B %Y} ({row['release']}) to {row['end_to']:%B %Y} ({row['later']})" for row in mixed.iter_rows(named=True))
    return [f"Releases of two kinds meet: {named}. What was revised between them reads like departures."]


def _missing_words(missing: Any) -> list[str]:
    if missing is None or abs(missing) < 0.005:
        return []
    return [f"The extracts lack up to {100 * missing:.1f}\u00a0% of England's list: not every organisation is in them."]


def _with_words(estimates: pl.DataFrame, base_rates: pl.DataFrame) -> pl.DataFrame:
    """Each row in six parts; a single month has neither a verdict nor words, for a month proves nothing."""
    keys = ["level", "period", "period_from", "period_to"]
    said = {key: base_rate_words(rows) for key, rows in base_rates.partition_by(keys, as_dict=True).items()}
    empty = Reading(*[""] * len(Reading._fields))
    readings = [
        empty if row["period"] == "month" else crossing_reading(row, said[tuple(row[key] for key in keys)]) for row in estimates.iter_rows(named=True)
    ]
    words = pl.DataFrame(readings, schema=_WORDS, orient="row").with_columns(pl.all().replace("", None))
    month = pl.col("period") == "month"
    return pl.concat([estimates, words], how="horizontal").with_columns(
        verdict=pl.when(~month).then("verdict"), why=pl.when(month & pl.col("why").is_null()).then(pl.lit("a single month")).otherwise("why")
    )


def _england_bands(bands: pl.DataFrame) -> pl.DataFrame:
    """England's week bands, month pairs of a period pooled; `crosses` names the line that a band crosses."""
    crosses = pl.coalesce(pl.when(pl.col("band").is_between(line, line + CROSSING - 1)).then(line) for line in LINES)
    return (
        bands.filter(pl.col("level") == "england")
        .group_by("unit", "period", "period_from", "period_to", "band")
        .agg(pl.col("predicted", "actual").sum())
        .with_columns(still_waiting=pl.when(pl.col("predicted") > 0).then(pl.col("actual") / pl.col("predicted")), crosses=crosses)
        .rename({"unit": "organisation"})
    )


# ------------------------------------------------------------------------------------------------------------ bunching


def bunching_table(completed: pl.DataFrame) -> pl.DataFrame:
    """Rows of threshold_bunching: pathways completed with and without admission by week waited, England, about 18 weeks.

    `completed`: organisation, month, part (Part_1A, Part_1B), band, pathways. Half-years and years of whatever months are there.
    """
    closed = completed.filter(pl.col("band") < 104)
    if not closed.height:
        return pl.DataFrame(schema=BUNCHING_SCHEMA)
    rows = closed.with_columns(pathways_kind=pl.col("part").replace_strict(COMPLETED))
    found = [_bunched(part, kind, period) for period in ("half_year", "year")
             for (kind, *_), part in _in_periods(rows, period)]  # fmt: skip
    kept = [one for one in found if one is not None]
    return shaped(pl.concat(kept), BUNCHING_SCHEMA) if kept else pl.DataFrame(schema=BUNCHING_SCHEMA)


def _in_periods(rows: pl.DataFrame, period: str) -> list[tuple[tuple[Any, ...], pl.DataFrame]]:
    """The rows of every kind of pathway and period, with period_from and period_to (last days of months)."""
    span = LENGTHS[period]
    number = pl.col("month").dt.year().cast(pl.Int64) * 12 + pl.col("month").dt.month().cast(pl.Int64) - 1
    start = number - (number - (FIRST_MONTH - 1)) % span
    since = pl.date(start // 12, start % 12 + 1, 1)
    keyed = rows.with_columns(period_from=since.dt.month_end(), period_to=since.dt.offset_by(f"{span - 1}mo").dt.month_end())
    return sorted(keyed.partition_by("pathways_kind", "period_from", as_dict=True).items())


def _bunched(part: pl.DataFrame, kind: str, period: str) -> pl.DataFrame | None:
    """One kind of pathway in one period; None where a week of the fit has nobody at all, so that there is no distribution."""
    lowest, highest = BINS
    weeks = pl.DataFrame({"band": range(lowest, highest + 1)}, schema={"band": pl.Int64})
    counts = weeks.join(part.group_by(pl.col("band").cast(pl.Int64)).agg(pl.col("pathways").sum()), on="band", how="left").fill_null(0)
    try:
        found = bunching(counts, bin="band", count="pathways", line=LAST_WEEK_WITHIN, width=1, degree=5, lowest=lowest, highest=highest)
    except BadInput:
        return None
    row = found.estimates.row(0, named=True)
    return found.estimates.with_columns(
        organisation=pl.lit(ENGLAND), pathways=pl.lit(kind), period=pl.lit(period), period_from=pl.lit(part["period_from"][0]),
        period_to=pl.lit(part["period_to"][0]), line=pl.lit(LAST_WEEK_WITHIN + 1), months=pl.lit(part["month"].n_unique()),
        providers=pl.lit(part["organisation"].n_unique()), completed=pl.lit(part["pathways"].sum()),
        **{name: pl.lit(text) for name, text in bunching_reading(row, LAST_WEEK_WITHIN + 1)._asdict().items()},
    )  # fmt: skip


# -------------------------------------------------------------------------------------------------- the four-hour line


def within_four_hours(attendances: pl.DataFrame) -> pl.DataFrame:
    """Organisation, month (last day) and per cent within four hours, of organisations with enough type 1 attendances in the month.

    `attendances`: rows of core.ae_provider_month. Booked attendances count; an organisation without a four-hour figure has no row: missing
    is not zero.
    """
    seen = pl.col("attendances").fill_null(0) + pl.col("booked_attendances").fill_null(0)
    over = pl.col("over_4h") + pl.col("booked_over_4h").fill_null(0)
    return (
        attendances.filter(pl.col("organisation") != ENGLAND)
        .group_by("organisation", month=pl.col("month").dt.month_end())
        .agg(
            type_1=seen.filter(pl.col("department_type") == "type_1").sum(), seen=seen.sum(), over=over.sum(),
            told=pl.col("over_4h").is_not_null().filter(seen > 0).all(),
        )
        .filter("told", pl.col("type_1") >= TYPE_1_AT_LEAST)
        .select("organisation", "month", value=100 * (1 - pl.col("over") / pl.col("seen")))
        .sort("organisation", "month")
    )  # fmt: skip


def four_hour_tables(attendances: pl.DataFrame, targets: pl.DataFrame, measure: str) -> dict[str, pl.DataFrame]:
    """Rows of threshold_density and threshold_deadline: milestones of `measure` in `targets`, each with the month it falls due."""
    values = within_four_hours(attendances)
    due = (
        targets.filter((pl.col("measure") == measure) & (pl.col("status") == "milestone") & pl.col("valid_to").is_not_null())
        .select(target=pl.col("target_value"), due=pl.col("valid_to").dt.month_start())
        .sort("due")
    )
    densities = [_densities(values, measure, target, month) for target, month in due.iter_rows()]
    deadlines = [_deadlines(values, measure, target, month) for target, month in due.iter_rows()]
    return {
        "density": pl.concat(densities) if densities else pl.DataFrame(schema=DENSITY_SCHEMA),
        "deadline": pl.concat(deadlines) if deadlines else pl.DataFrame(schema=DEADLINE_SCHEMA),
    }


def _densities(values: pl.DataFrame, measure: str, target: float, due: date) -> pl.DataFrame:
    """The months about a deadline, tested at its target; the deadline's own month has a row though there are no figures of it."""
    first, last = (pl.lit(due).dt.offset_by(f"{step}mo") for step in AROUND)
    around = pl.select(pl.date_range(first, last, "1mo"))[:, 0].to_list()
    keys = {"measure": measure, "target": target, "due": due}
    rows: list[dict[str, Any]] = []
    for month in around:
        there = values.filter(pl.col("month") == pl.lit(month).dt.month_end())
        if there.height:
            rows += [keys | {"month": month} | row for row in _tests(density(there, value="value", cutoff=100 * target), there, 100 * target)]
        elif month == due:
            rows.append(keys | {"month": month, "test": "none", "organisations": 0, "why": not_on_file(month)})
    return pl.DataFrame(rows, schema=DENSITY_SCHEMA)


def not_on_file(month: date) -> str:
    """Why a month says nothing: it is not there."""
    return f"{month:%B %Y} is not in the files"


def _tests(found: Density, there: pl.DataFrame, cutoff: float) -> list[dict[str, Any]]:
    values = there["value"]
    whole = {"organisations": values.len(), "at_or_above": int((values >= cutoff - TIE).sum())}
    local = found.local_polynomial.row(0, named=True)
    rounded = "values are not rounded: made for those that are" if values.n_unique() > values.len() / 2 else None
    return [
        whole | {
            "test": "local_polynomial", "below_line": local["n_left"], "above_line": local["n_right"], "bandwidth_left": local["h_left"],
            "bandwidth_right": local["h_right"], "density_left": local["f_left"], "density_right": local["f_right"], "t": local["t_jk"],
            "p": local["p_jk"], "why": local["why"],
        },
        *(whole | {"test": "binomial_window", "parameter": half, "below_line": left, "above_line": right, "p": p}
          for half, left, right, p in found.binomial.iter_rows()),
        *(whole | {"test": "frandsen", "parameter": k, "below_line": below, "at_line": at, "above_line": above, "p": p, "why": rounded}
          for k, below, at, above, p in found.frandsen.iter_rows()),
    ]  # fmt: skip


def _deadlines(values: pl.DataFrame, measure: str, target: float, due: date) -> pl.DataFrame:
    """Every month's change about a deadline, and the deadline's own, ranked among the others."""
    end = pl.lit(due).dt.month_end()
    near = values.filter(pl.col("month").is_between(end.dt.offset_by(f"-{RANKED_AMONG}mo"), end.dt.offset_by(f"{RANKED_AMONG}mo")))
    found = deadline(near, unit="organisation", month="month", value="value", due=due)
    keys = {"measure": pl.lit(measure), "target": pl.lit(target), "due": pl.lit(due)}
    months = {"month_from": pl.col("month_from").dt.month_start(), "month_to": pl.col("month_to").dt.month_start()}
    steps = found.steps.rename({"units": "organisations"}).with_columns(**months, **keys, after=pl.lit(0, pl.Int64), is_due=pl.lit(value=False))
    reached = pl.lit(due).dt.offset_by(pl.col("after").cast(pl.String) + "mo")
    told = found.estimates.rename({"units": "organisations"}).with_columns(
        **keys, is_due=pl.lit(value=True), month_from=pl.lit(due).dt.offset_by("-1mo"), month_to=reached
    ).with_columns(why=pl.when(pl.col("mean_change").is_null()).then(_why_none(near)))  # fmt: skip
    own = steps.filter(pl.col("month_to") == due).select(pl.lit(0, pl.Int64).alias("after"), "median_change", "improved")
    whole = pl.concat([steps.filter(pl.col("month_to") != due), told.join(own, on="after", how="left")], how="diagonal_relaxed")
    return whole.select((pl.col(name) if name in whole.columns else pl.lit(None)).cast(kind).alias(name) for name, kind in DEADLINE_SCHEMA.items())


def _why_none(near: pl.DataFrame) -> pl.Expr:
    """Which of the two months of a change is not there; the later one, where neither is."""
    known = near["month"].unique().dt.month_start().to_list()
    absent = pl.when(~pl.col("month_to").is_in(known)).then("month_to").otherwise("month_from")
    return absent.dt.strftime("%B %Y") + " is not in the files"
