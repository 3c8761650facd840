"""What the rows of the charts show since a change was tried: before and after, how sure, what moved elsewhere, one verdict.

Each row of reference.change (a change, a measure it hoped to move, an organisation) is a series cut in two at the first month
with the change: up to three years before it and two years from it on, never across another declared phase, without months left
out. ``level_change`` gives the difference with an interval. The organisation is then held against the rest of England and the
rest of its region, without all that tried the same change: their own difference, and the difference of the differences (an
interrupted time series with a comparison; Lopez Bernal, Cummins and Gasparrini 2018, International Journal of Epidemiology 47,
2082-2093). Nothing is claimed that the comparison would take back. docs/METHODS.md has the rules and what was measured.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
import polars.selectors as cs

from sightline.spc.declarations import KEYS, of_series
from sightline.spc.grouped import Floats
from sightline.spc.level_change import Estimate, level_change, level_change_beside_slope, slope

#: the columns of reference.change
CHANGE: Final = {
    "change": pl.String,
    "what": pl.String,
    "organisation": pl.String,
    "level": pl.String,
    "measure": pl.String,
    "hoped": pl.String,
    "month_from": pl.Date,
    "look_again": pl.Date,
    "learning": pl.String,
    "label": pl.String,
    "source": pl.String,
    "declared_on": pl.Date,
    "origin": pl.String,
}

TOO_EARLY: Final = "too early"
NO_CHANGE: Final = "no change that chance would not make"
AS_HOPED: Final = "moved as hoped"
OTHER_WAY: Final = "moved the other way"
CANNOT_TELL: Final = "cannot tell"
VERDICTS: Final = (TOO_EARLY, NO_CHANGE, AS_HOPED, OTHER_WAY, CANNOT_TELL)

#: points with a value that each side must have
FEWEST_BEFORE, FEWEST_SINCE = 12, 6
#: months that each side may have: further away the process is hardly the same
MONTHS_BEFORE, MONTHS_SINCE = 36, 24
#: of changes that did nothing so many may be called moved, over all measures of a change; 2 where 5 are promised, because strong
#: autocorrelation takes some of it
CHANCE: Final = 0.02
#: confidence at which a series counts as on its way before the change
DRIFT: Final = 0.9
#: the series of a row: its own, what it is held against, and how far it stands from that
KINDS: Final = ("own", "england", "england_apart", "region", "region_apart")
ROW = ["change", *KEYS]


def change_effect(
    points: pl.DataFrame, changes: pl.DataFrame, phases: pl.DataFrame, definitions: pl.DataFrame, organisations: pl.DataFrame
) -> pl.DataFrame:
    """Rows of analysis.change_effect without its words: one a row of ``changes``.

    ``points`` is analysis.spc_point, ``changes`` reference.change, ``phases`` reference.phase, ``definitions`` measure.definition,
    ``organisations`` reference.organisation. Differences are in the unit of the measure.
    """
    rows = _rows(points, changes, phases, definitions, organisations)
    months = _months(points, rows)
    estimated = rows.join(_sides(months), on="_row", how="left").join(_estimates(months, rows), on="_row", how="left").sort("_row")
    counted = estimated.with_columns(pl.col("points_before", "points_since").fill_null(0))
    return (
        counted.with_columns(_told_apart())
        .with_columns(_verdict())
        .with_columns(_look_again())
        .drop("_row", "_first", "_end", "_begins", "scale", cs.ends_with("steady"))
    )


def _rows(points: pl.DataFrame, changes: pl.DataFrame, phases: pl.DataFrame, definitions: pl.DataFrame, organisations: pl.DataFrame) -> pl.DataFrame:
    """The rows of changes with what is the same for all of their months: bounds, scale, region, confidence, the newest month there is."""
    asked = changes.select("change", *KEYS, "hoped", "month_from", "look_again").with_row_index("_row")
    regions = organisations.filter(pl.col("level") == "provider").select("level", "organisation", "region").unique(["level", "organisation"])
    newest = points.group_by("measure").agg(newest_month=pl.col("month").max())
    series = points.filter(pl.col("value").is_not_null()).group_by(KEYS).agg(last_month=pl.col("month").max())
    measures = pl.col("measure").n_unique().over("change")
    return (
        asked.join(_bounds(asked, phases), on="_row", how="left").join(regions, on=["level", "organisation"], how="left")
        .join(definitions.select("measure", "scale"), on="measure", how="left").join(newest, on="measure", how="left")
        .join(series, on=KEYS, how="left").with_columns(confidence=1 - CHANCE / measures).sort("_row")
    )  # fmt: skip


def _bounds(asked: pl.DataFrame, phases: pl.DataFrame) -> pl.DataFrame:
    """Between which declared phases the months of a row lie, and whether a step that travels with sightline begins with the change."""
    starts = of_series(asked, phases).filter(pl.col("kind") == "phase").select(*KEYS, _start="month_from", _origin="origin")
    start, begin = pl.col("_start"), pl.col("month_from")
    return (
        asked.select("_row", *KEYS, "month_from").join(starts, on=KEYS, how="left").group_by("_row")
        .agg(
            _first=pl.max_horizontal(start.filter(start < begin).max(), begin.first().dt.offset_by(f"-{MONTHS_BEFORE}mo")),
            _end=pl.min_horizontal(start.filter(start > begin).min(), begin.first().dt.offset_by(f"{MONTHS_SINCE}mo")),
            _begins=((start == begin) & (pl.col("_origin") == "shipped")).fill_null(value=False).any(),
        )
    )  # fmt: skip


def _months(points: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """A row a month that counts: `_row`, `month`, `since`, and a column each of KINDS; null where there is nothing to hold against."""
    counts = ["value", "numerator", "denominator"]
    seen = points.filter(pl.col("value").is_not_null(), ~pl.col("excluded")).select(*KEYS, "month", *counts)
    own = rows.join(seen, on=KEYS).filter(pl.col("month").is_between("_first", "_end", closed="left"))
    england = _place(seen, "england").drop("organisation")
    region = _place(seen, "region").rename({"organisation": "region"})
    same = ["change", "measure", "level", "month"]
    tried = [
        own.group_by(by).agg(pl.col("numerator", "denominator").sum().name.prefix(f"_{of}_tried_"))
        for of, by in (("england", same), ("region", [*same, "region"]))
    ]
    held = (
        own.join(tried[0], on=same, how="left").join(tried[1], on=[*same, "region"], how="left")
        .join(england, on=["measure", "month"], how="left").join(region, on=["measure", "region", "month"], how="left")
        .with_columns(since=pl.col("month") >= pl.col("month_from"), own="value")
    )  # fmt: skip
    above = {"england": pl.col("level") != "england", "region": pl.col("level") == "provider"}
    rest = held.with_columns(pl.when(above[of]).then(_rest(of)).alias(of) for of in above)
    return rest.with_columns(_apart(of).alias(f"{of}_apart") for of in above).select("_row", "month", "since", *KINDS)


def _place(seen: pl.DataFrame, level: str) -> pl.DataFrame:
    """The counts of England or of the regions, their names after the level."""
    named = {name: f"_{level}_{name}" for name in ("numerator", "denominator")}
    return seen.filter(pl.col("level") == level).select("measure", "organisation", "month", *named).rename(named)


def _rest(of: str) -> pl.Expr:
    """England or the region without all that tried the change; null where nobody is left."""
    numerator = pl.col(f"_{of}_numerator") - pl.col(f"_{of}_tried_numerator")
    denominator = pl.col(f"_{of}_denominator") - pl.col(f"_{of}_tried_denominator")
    count = pl.when(numerator > 0).then(numerator)
    ratio = pl.when((numerator >= 0) & (denominator > 0)).then(pl.col("scale") * numerator / denominator)
    return pl.when(pl.col("denominator").is_null()).then(count).otherwise(ratio)


def _apart(of: str) -> pl.Expr:
    """How far the organisation stands from the rest; a count from its own share of the rest as it was before."""
    before = ~pl.col("since") & pl.col(of).is_not_null()
    share = (pl.col("own").filter(before).sum() / pl.col(of).filter(before).sum()).over("_row")
    return pl.col("own") - pl.when(pl.col("denominator").is_null()).then(pl.col(of) * share).otherwise(pl.col(of))


def _sides(months: pl.DataFrame) -> pl.DataFrame:
    """How many points each side has, and their plain means."""
    own, since = pl.col("own"), pl.col("since")
    return months.group_by("_row").agg(
        before_from=pl.col("month").filter(~since).min(),
        points_before=(~since).sum().cast(pl.Int64),
        points_since=since.sum().cast(pl.Int64),
        mean_before=own.filter(~since).mean(),
        mean_since=own.filter(since).mean(),
    )


def _estimates(months: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """For each row and each of KINDS the difference with its interval, and which way the series was on its way before."""
    number = (pl.col("month").dt.year().cast(pl.Int64) * 12 + pl.col("month").dt.month() - 1).alias("_month")
    long = months.with_columns(number).unpivot(KINDS, index=["_row", "_month", "since"], variable_name="kind").drop_nulls("value")
    series = long.group_by("_row", "kind").agg(before=(~pl.col("since")).sum(), after=pl.col("since").sum())
    series = series.filter(pl.col("before") >= FEWEST_BEFORE, pl.col("after") >= FEWEST_SINCE).sort("_row", "kind").with_row_index("_series")
    placed = long.join(series, on=["_row", "kind"])
    first, last = (placed["_month"].min(), placed["_month"].max()) if placed.height else (0, 0)
    month = np.arange(int(first or 0), int(last or 0) + 1)  # type: ignore[arg-type]
    value, since = np.full((series.height, month.size), np.nan), np.zeros((series.height, month.size), dtype=bool)
    at = placed["_series"].to_numpy(), placed["_month"].to_numpy() - month[0]
    value[at], since[at] = placed["value"].to_numpy(), placed["since"].to_numpy()
    confidence = series.join(rows.select("_row", "confidence"), on="_row", maintain_order="left")["confidence"].to_numpy()
    moved = level_change(value, month, since, confidence)
    way = _direction(slope(np.where(since, np.nan, value), month, np.full(series.height, DRIFT)))
    steady = _direction(level_change_beside_slope(value, month, since, confidence))
    made = series.select("_row", "kind").with_columns(
        *(pl.Series(name, found, nan_to_null=True) for name, found in zip(("difference", "lower", "upper"), moved, strict=True)),
        drift=pl.Series(way), steady=pl.Series(steady),
    )  # fmt: skip
    wide = rows.select("_row")
    for kind in KINDS:
        prefix = "" if kind == "own" else f"{kind}_"
        wide = wide.join(
            made.filter(pl.col("kind") == kind).drop("kind").select("_row", pl.exclude("_row").name.prefix(prefix)), on="_row", how="left"
        )
    return wide


def _direction(estimate: Estimate) -> Floats:
    """1 where the interval lies above 0, -1 below, else 0."""
    return np.where(estimate.lower > 0, 1.0, np.where(estimate.upper < 0, -1.0, 0.0))


def direction(prefix: str = "") -> pl.Expr:
    """Which way a difference goes that chance would not make: 1 up, -1 down, 0 neither; null where it is not known."""
    lower, upper = pl.col(f"{prefix}lower"), pl.col(f"{prefix}upper")
    return pl.when(lower > 0).then(1).when(upper < 0).then(-1).when(lower.is_not_null()).then(0)


def _told_apart() -> pl.Expr:
    """Whether what moved can be told from what happened elsewhere; null where nothing moved.

    One of apart, likewise (others moved too), unsure, alone (nothing to hold it against).

    Against England a difference of differences decides, where both moved in step before; where they did not, it is enough that
    England moved the same way. A region is too small to decide by being uncertain: it must itself have moved the same way.
    """
    own = direction()
    sound = {of: pl.col(f"{of}_apart_lower").is_not_null() & (pl.col(f"{of}_apart_drift") == 0) for of in ("england", "region")}
    apart = {of: (sound[of] & (direction(f"{of}_apart_") == own)).fill_null(value=False) for of in sound}
    same_way = {of: (direction(f"{of}_") == own).fill_null(value=False) for of in sound}
    taken_back = (~apart["england"] & (sound["england"].fill_null(value=False) | same_way["england"])) | (~apart["region"] & same_way["region"])
    nothing = pl.col("england_difference").is_null() & pl.col("region_difference").is_null()
    return (
        pl.when((own == 0) | own.is_null()).then(None)
        .when(nothing).then(pl.lit("alone"))
        .when(taken_back & (same_way["england"] | same_way["region"])).then(pl.lit("likewise"))
        .when(taken_back).then(pl.lit("unsure"))
        .otherwise(pl.lit("apart")).alias("told_apart")
    )  # fmt: skip


def _verdict() -> list[pl.Expr]:
    """Verdict, and why where it cannot be told; the first that holds."""
    own, hoped = direction(), pl.when(pl.col("hoped") == "up").then(1).otherwise(-1)
    early = (pl.col("points_since") < FEWEST_SINCE) | (pl.col("newest_month") < pl.col("look_again"))
    begun = pl.col("month_from") <= pl.col("newest_month")
    ended = (
        begun
        & (pl.col("points_since") < FEWEST_SINCE)
        & ((pl.col("last_month") < pl.col("newest_month")) | (pl.col("_end") <= pl.col("newest_month")) | pl.col("last_month").is_null())
    )
    # who stands apart from England and moved in step with it before has no drift of its own
    on_its_way = (pl.col("drift") == own) & ~((direction("england_apart_") == own) & (pl.col("england_apart_drift") == 0)).fill_null(value=False)
    steps = [
        (pl.col("_begins"), CANNOT_TELL, "another declared phase begins in the same month"),
        (pl.col("points_before") < FEWEST_BEFORE, CANNOT_TELL, f"fewer than {FEWEST_BEFORE} points before"),
        (ended, CANNOT_TELL, f"fewer than {FEWEST_SINCE} points since, and the series or its phase has ended"),
        (early, TOO_EARLY, None),
        (pl.col("lower").is_null(), CANNOT_TELL, "the months are too alike, or too few of them fall in the same calendar months before and since"),
        (own == 0, NO_CHANGE, None),
        (pl.col("told_apart") == "likewise", CANNOT_TELL, "moved, and so did others: not told apart from what happened everywhere"),
        (pl.col("told_apart") == "unsure", CANNOT_TELL, "moved, but not told apart from what happened everywhere"),
        (on_its_way, CANNOT_TELL, "it was already on its way in the same direction before the change"),
        (
            (pl.col("told_apart") == "alone") & (pl.col("steady") != own),
            CANNOT_TELL,
            "it moved, but a steady rise or fall from before may look the same",
        ),
        (own == hoped, AS_HOPED, None),
        (own == -hoped, OTHER_WAY, None),
    ]
    return [_first_of([(when, said) for when, said, _ in steps]).alias("verdict"), _first_of([(when, why) for when, _, why in steps]).alias("reason")]


def _first_of(steps: list[tuple[pl.Expr, str | None]]) -> pl.Expr:
    return pl.coalesce(pl.when(when.fill_null(value=False)).then(pl.lit(said or "")) for when, said in steps).replace("", None)


def _look_again() -> pl.Expr:
    """The month whose figures are waited for: the one declared, or later where the points would still be too few."""
    reached = pl.max_horizontal("newest_month", pl.col("month_from").dt.offset_by("-1mo"))
    enough = reached.dt.offset_by(pl.format("{}mo", (FEWEST_SINCE - pl.col("points_since")).clip(0)))
    return pl.when(pl.col("verdict") == TOO_EARLY).then(pl.max_horizontal("look_again", enough)).alias("look_next")
