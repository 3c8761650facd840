"""Funnels of the nightly line: every measure that has one, its organisations beside each other over the newest twelve months.

A funnel says who differs from the peers by more than chance and the usual spread, never who is better; and where chance or the
spread leave nothing to say, it says that. Method: Spiegelhalter 2005 (:mod:`sightline.spc.funnel`); bounds: docs/METHODS.md.
"""

from __future__ import annotations

from math import ceil, exp, pi, sqrt
from typing import Any

import polars as pl
from scipy.special import ndtr, ndtri

from sightline.errors import BadInput
from sightline.spc.funnel import ENOUGH_GROUPS, LIMITS, TRIM, Z, funnel

PERIOD_MONTHS = 12
#: an organisation is compared when it has counts in at least this share of the months in which anybody has
ENOUGH_MONTHS = 0.75
#: above this phi, chance makes less than a hundredth of the spread: limits are level and size tells nothing
LEVEL = 100.0
#: limits of 99.8 % so far apart, at the median size, hold nearly anything: in proportions, and as upper over lower for rates
WIDE_PROPORTION, WIDE_RATE = 0.5, 10.0

KEYS = ("measure", "level", "organisation")
ADJUSTED = tuple(f"adjusted_{name}" for name in LIMITS)
FUNNEL_POINT = {
    **dict.fromkeys(KEYS, pl.String), "first_month": pl.Date, "last_month": pl.Date, "months": pl.Int64,
    **dict.fromkeys(("numerator", "denominator", "value", "centre_line", *LIMITS, *ADJUSTED, "phi", "tau2", "z", "z_adjusted"), pl.Float64),
    "outlier_95": pl.Boolean, "outlier_998": pl.Boolean, "state": pl.String, "chance": pl.Float64, "note": pl.String,
}  # fmt: skip
FUNNEL_SUMMARY = {
    "measure": pl.String, "level": pl.String, "first_month": pl.Date, "last_month": pl.Date, "months": pl.Int64, "kind": pl.String,
    "organisations": pl.Int64, "compared": pl.Int64, "centre_line": pl.Float64, "phi": pl.Float64, "tau2": pl.Float64, "limits": pl.String,
    "expected_95": pl.Float64, "expected_998": pl.Float64, "expected_spread_95": pl.Float64, "expected_spread_998": pl.Float64,
    "outside_chance_95": pl.Int64, "outside_chance_998": pl.Int64, "outside_95": pl.Int64, "outside_998": pl.Int64,
    "says": pl.String, "reason": pl.String,
}  # fmt: skip


def funnel_analysis(values: pl.DataFrame, definitions: pl.DataFrame, organisations: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`analysis.funnel_point` and `analysis.funnel_summary` of every measure that names its peers.

    `values` has the columns of measure.value, `definitions` of measure.definition (`funnel`: a condition on reference.organisation
    that says who is compared, null for no funnel), `organisations` of reference.organisation. Counts are summed over the newest
    twelve calendar months. `says` is `chance_and_spread` (both are told apart from a difference), `spread` (phi above 100: chance
    is no part of it and the limits are level) or `nothing` (fewer than ten organisations, or limits that hold nearly anything:
    then no organisation has a state). Raises :class:`sightline.errors.BadInput` for a condition that cannot be read.
    """
    asked = definitions.filter(pl.col("funnel").is_not_null()).select("measure", "unit", "scale", "funnel")
    found = [made for row in asked.iter_rows(named=True) if (made := _of_measure(values, row, organisations)) is not None]
    points = [pl.DataFrame(schema=FUNNEL_POINT), *(point for point, _ in found)]
    return pl.concat(points).sort(KEYS), pl.DataFrame([row for _, row in found], schema=FUNNEL_SUMMARY)


def _of_measure(values: pl.DataFrame, asked: dict[str, Any], organisations: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, Any]] | None:
    """Points and summary of one measure; None where none of its peers has a count."""
    peers = organisations.filter(pl.col("level") == "provider").filter(condition(asked["funnel"], asked["measure"]))
    counted = values.filter(pl.col("measure") == asked["measure"], pl.col("level") == "provider", pl.col("numerator") >= 0, pl.col("denominator") > 0)
    summed = _summed(counted.join(peers.select("organisation"), on="organisation", how="semi"), asked["unit"])
    if summed is None:
        return None
    kind = "proportion" if asked["unit"] == "proportion" else "rate"
    speaking = summed.filter(pl.col("note").is_null())
    made = funnel(speaking, group="organisation", numerator="numerator", denominator="denominator", kind=kind, multiply=asked["scale"])
    told = made.summary.row(0, named=True)
    says, reason = _says(told, made.groups)
    limits = ("z", "z_adjusted", *LIMITS, *ADJUSTED, "outlier_95", "outlier_998", "state", "chance", "note")
    drawn = made.groups.select(pl.col("group").alias("organisation"), *limits)
    silent = [*(("outlier_95", "outlier_998", "state") if says == "nothing" else ()), *((*LIMITS, *ADJUSTED) if told["kept"] < ENOUGH_GROUPS else ())]
    points = (
        summed.rename({"note": "left_out"}).join(drawn, on="organisation", how="left")
        .with_columns(
            pl.lit(asked["measure"]).alias("measure"), pl.lit("provider").alias("level"), note=pl.coalesce("left_out", "note"),
            value=asked["scale"] * pl.col("numerator") / pl.col("denominator"),
            **{name: pl.lit(told[of], pl.Float64) for name, of in (("centre_line", "centre"), ("phi", "phi"), ("tau2", "tau2"))},
        )
        .with_columns(pl.lit(None, FUNNEL_POINT[name]).alias(name) for name in silent)
        .select(pl.col(name).cast(kind) for name, kind in FUNNEL_POINT.items())
    )  # fmt: skip
    return points, _row(asked["measure"], summed, made.groups, told) | {"says": says, "reason": reason}


def condition(text: str, measure: str) -> pl.Expr:
    """A condition on reference.organisation, as SQL."""
    try:
        return pl.sql_expr(text)
    except pl.exceptions.PolarsError as error:
        action = "write it as SQL, such as has_type_1"
        raise BadInput(f"measure {measure}, funnel", expected="a condition on reference.organisation", seen=repr(text), action=action) from error


def _summed(counted: pl.DataFrame, unit: str) -> pl.DataFrame | None:
    """Counts of each organisation over the period, and why it is not compared, if it is not."""
    last = counted.select(pl.col("month").max()).item()
    if last is None:
        return None
    recent = counted.filter(pl.col("month") > pl.lit(last).dt.offset_by(f"-{PERIOD_MONTHS}mo"))
    published = recent["month"].n_unique()
    return (
        recent.group_by("organisation").agg(pl.col("numerator", "denominator").sum(), months=pl.col("month").n_unique().cast(pl.Int64))
        .with_columns(first_month=pl.lit(recent["month"].min(), pl.Date), last_month=pl.lit(last, pl.Date))
        .with_columns(
            note=pl.when(pl.col("months") < ceil(ENOUGH_MONTHS * published))
            .then(pl.format("figures of {} of {} months: too few to compare", "months", pl.lit(published)))
            .when((pl.lit(unit) == "proportion") & (pl.col("numerator") > pl.col("denominator")))
            .then(pl.lit("a numerator above its denominator: not compared"))
        )
        .sort("organisation")
    )  # fmt: skip


def _says(told: dict[str, Any], groups: pl.DataFrame) -> tuple[str, str]:
    """What a funnel lets one say, and why."""
    if told["centre"] is None or told["kept"] == 0:
        return "nothing", str(told["reason"] or "there are no limits")
    if told["kept"] < ENOUGH_GROUPS:
        return "nothing", f"{told['kept']} organisations are too few to know their usual spread: a funnel needs {ENOUGH_GROUPS}"
    middle = groups.sort("denominator").row(groups.height // 2, named=True)
    judging = "adjusted_" if told["limits"] == "adjusted" else ""
    low, high = middle[f"{judging}lower_998"], middle[f"{judging}upper_998"]
    if told["kind"] == "proportion" and high - low > WIDE_PROPORTION:
        return "nothing", "the usual spread of these organisations is so wide that its limits would hold nearly any share"
    if told["kind"] == "rate" and high > WIDE_RATE * low:
        return "nothing", "the usual spread of these organisations is so wide that its limits would hold nearly any rate"
    if told["phi"] > LEVEL:
        return (
            "spread",
            "with counts as large as these chance makes less than a hundredth of the spread, so that size tells nothing and the limits are level",
        )
    return "chance_and_spread", "chance and the usual spread are both told apart from a difference"


def beyond(z: float, limits: str) -> float:
    """The share of organisations beyond z on either side of the limits that judge, were what these hold of the shape of a bell.

    Adjusted limits take the spread from z-scores whose outer tenths are pulled in, so that a few strange organisations do not widen
    them; they are narrower than the whole spread by the standard deviation of a normal number so winsorised.
    """
    if limits != "adjusted":
        return 2 * float(ndtr(-z))
    edge = float(ndtri(1 - TRIM))
    density = exp(-(edge**2) / 2) / sqrt(2 * pi)
    within = 1 - 2 * TRIM - 2 * edge * density + 2 * TRIM * edge**2
    return 2 * float(ndtr(-z * sqrt(within)))


def _row(measure: str, summed: pl.DataFrame, groups: pl.DataFrame, told: dict[str, Any]) -> dict[str, Any]:
    """The summary of one funnel; outside: seen; expected: of so many organisations, by chance alone and by the spread held in."""
    by_chance = {level: groups.select(((pl.col("value") < pl.col(f"lower_{level}")) | (pl.col("value") > pl.col(f"upper_{level}"))).sum()).item()
                 for level in ("95", "998")}  # fmt: skip
    return {
        "measure": measure, "level": "provider", "first_month": summed["first_month"][0], "last_month": summed["last_month"][0],
        "months": summed["months"].max(), "kind": told["kind"], "organisations": summed.height, "compared": groups.height,
        "centre_line": told["centre"], "phi": told["phi"], "tau2": told["tau2"], "limits": told["limits"],
        **{f"expected_spread_{level}": groups["value"].count() * beyond(z, told["limits"]) for level, z in Z.items()},
        "expected_95": told["expected_outliers_95"], "expected_998": told["expected_outliers_998"],
        "outside_chance_95": by_chance["95"], "outside_chance_998": by_chance["998"],
        "outside_95": told["outliers_95"], "outside_998": told["outliers_998"],
    }  # fmt: skip
