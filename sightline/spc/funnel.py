"""Funnel plots: groups of unequal size at one time, limits that widen as a group gets smaller, room for over-dispersion.

Source: Spiegelhalter (2005), doi 10.1002/sim.1970, and FunnelPlotR, whose numbers these are but for what is said below.
A funnel says which groups differ by more than chance. It never ranks them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, log, nan
from numbers import Real

import numpy as np
import polars as pl
from scipy.special import betainc, gammainc, gammaincc, gammainccinv, gammaincinv

from sightline.errors import BadInput
from sightline.spc import rules
from sightline.spc.grouped import Flags, Floats
from sightline.spc.limits import TIE

WHERE = "spc.funnel"
KINDS = ("proportion", "ratio", "rate")
TRANSFORMS = ("shmi", "cqc")
TOOLS = ("sightline", "funnelplotr")

#: normal quantiles of the two limits, as FunnelPlotR rounds them, and the chance beyond each on one side
Z = {"95": 1.959964, "998": 3.090232}
TAIL = {"95": 0.025, "998": 0.001}
LIMITS = tuple(f"{side}_{level}" for level in Z for side in ("lower", "upper"))
#: the part of the z-scores at each end that is pulled in, or left out, before phi is taken
TRIM = 0.1
#: groups from which phi and tau2 are more than rough
ENOUGH_GROUPS = 10
#: an outlier has a note where chance alone gives it so many times as often as its limit promises
TOO_OFTEN = 2

SUMMARY = {
    "kind": pl.String, "transform": pl.String, "groups": pl.Int64, "kept": pl.Int64, "centre": pl.Float64, "phi": pl.Float64, "tau2": pl.Float64,
    "limits": pl.String, "expected_outliers_95": pl.Float64, "expected_outliers_998": pl.Float64, "outliers_95": pl.Int64, "outliers_998": pl.Int64,
    "reason": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Funnel:
    """What `funnel` gives back: `groups` (one row a group, in order of name) and `summary` (one row)."""

    groups: pl.DataFrame
    summary: pl.DataFrame


@dataclass(frozen=True)
class _Counts:
    """The groups that have a value, one element a group, and where the funnel is centred."""

    kind: str
    numerator: Floats
    denominator: Floats
    centre: float

    @property
    def value(self) -> Floats:
        """Numerator over denominator."""
        return self.numerator / self.denominator


@dataclass(frozen=True)
class _Scale:
    """The transformed scale: where each group stands, its standard error, the centre, and the way back.

    `error` is that of the z-scores, `limit_error` that of the limits; they differ in FunnelPlotR's ratio of counts only (D19).
    """

    place: Floats
    error: Floats
    limit_error: Floats
    centre: float
    back: Callable[[Floats], Floats]

    def z(self, tau2: float = 0) -> Floats:
        """Distance from the centre in standard errors."""
        return (self.place - self.centre) / np.sqrt(self.error**2 + tau2)

    def limits(self, tau2: float = 0) -> dict[str, Floats]:
        """Centre ± z sqrt(s² + tau2), transformed back."""
        error = np.sqrt(self.limit_error**2 + tau2)
        sides = [(f"{side}_{level}", sign * z) for level, z in Z.items() for side, sign in (("lower", -1), ("upper", 1))]
        return {name: np.asarray(self.back(self.centre + z * error)) for name, z in sides}


@dataclass(frozen=True)
class _Dispersion:
    """How much the groups differ beyond chance; NaN where fewer than two groups speak."""

    kept: int
    phi: float
    tau2: float

    @property
    def adjusts(self) -> bool:
        """Whether the adjusted limits are the ones to judge by."""
        return self.phi > 1


def funnel(
    frame: pl.DataFrame,
    *,
    group: str,
    numerator: str,
    denominator: str,
    kind: str = "proportion",
    transform: str = "shmi",
    trim: float = TRIM,
    multiply: float = 1,
    centre: float | None = None,
    like: str = "sightline",
) -> Funnel:
    """Hold groups of one period against limits of 95 and 99.8 %, with and without over-dispersion.

    `frame` has one row a group, in any order. `kind`: `proportion` (arcsine); `ratio` of an observed to an expected count
    (`transform` `shmi`: logarithm, z-scores truncated; `cqc`: square root); `rate`, a ratio of two counts that are both
    subject to chance (logarithm). z-scores are winsorised, or truncated, by `trim` at each end before phi is taken.
    `centre` is a target on the scale of numerator / denominator, in place of the average (of 1 for a ratio). `multiply`
    scales value, centre and limits. `like="funnelplotr"` takes that tool's second standard error for the limits of a rate;
    the default has one. Denominators are not rounded. Formulas and sources: docs/METHODS.md.

    `groups`: group, numerator, denominator, value, z, z_adjusted (by sqrt(s² + tau2)), z_used (null where truncated away),
    lower_95, upper_95, lower_998, upper_998, the same four with adjusted_ before them, outlier_95, outlier_998, state
    (inside, above or below the limits of 99.8 %), chance (exact, one-sided, of a value as far out, over-dispersion aside),
    note. The adjusted limits judge if phi > 1, else the others. A group without a value keeps its row.
    `summary`: kind, transform, groups, kept (those in phi), centre, phi, tau2, limits (adjusted or unadjusted),
    expected_outliers_95, expected_outliers_998 (by chance alone), outliers_95, outliers_998, reason.

    Raises :class:`sightline.errors.BadInput` (a ValueError) that names group, row, what was expected and seen.
    """
    _known(kind, transform, like, trim, multiply, centre)
    read = _tidy(frame, {"group": group, "numerator": numerator, "denominator": denominator}, kind)
    valued = (read["numerator"].is_not_null() & (read["denominator"] > 0)).fill_null(value=False)
    with np.errstate(all="ignore"):  # what has no number is NaN or infinite here and null in the result
        counts = _counts(read.filter(valued), kind, centre)
        scale = _scale(counts, transform, like)
        used = _truncated(scale.z(), trim) if (kind, transform) == ("ratio", "shmi") else _winsorised(scale.z(), trim)
        dispersion = _dispersion(used, scale.error)
        plain, adjusted = _poisson_limits(counts) if kind == "ratio" else scale.limits(), scale.limits(dispersion.tau2)
        judging = adjusted if dispersion.adjusts else plain
        numbers = {
            "value": counts.value * multiply,
            "z": scale.z(),
            "z_adjusted": scale.z(dispersion.tau2),
            "z_used": used,
            **{name: plain[name] * multiply for name in LIMITS},
            **{f"adjusted_{name}": adjusted[name] * multiply for name in LIMITS},
            **{f"_side_{level}": _side(counts.value, judging[f"lower_{level}"], judging[f"upper_{level}"]) for level in Z},
            "_chance": _chance(counts),
        }
    placed = read.with_columns(_placed(name, found, valued.to_numpy()) for name, found in numbers.items())
    groups = (
        placed.with_columns(_outlier("95"), _outlier("998"), _state(), chance="_chance")
        .with_columns(_note(kind, transform))
        .select(pl.exclude("^_.*$"))
    )
    told: dict[str, object] = {"kind": kind, "transform": transform if kind == "ratio" else None, "centre": counts.centre * multiply}
    return Funnel(groups, _summary(groups, dispersion, told, _reason(counts, scale, dispersion)))


def limits_at(denominator: Floats, *, kind: str, centre: float, tau2: float = 0, multiply: float = 1) -> dict[str, Floats]:
    """The four limits of a proportion or a rate at any size, for drawing: centre ± z sqrt(s² + tau2), transformed back.

    s of a rate hangs on both of its counts; here it is that of a group whose value is the centre. `centre` is that of numerator / denominator.
    """
    with np.errstate(all="ignore"):
        scale = _scale(_Counts(kind, centre * denominator, denominator, centre), "shmi", "sightline")
        return {name: limit * multiply for name, limit in scale.limits(tau2).items()}


# ------------------------------------------------------------------------------------------------------------ formulas


def _counts(read: pl.DataFrame, kind: str, centre: float | None) -> _Counts:
    """The centre is the target, else 1 for a ratio, else the average of all groups taken together."""
    numerator, denominator = read["numerator"].to_numpy(), read["denominator"].to_numpy()
    if centre is None:
        centre = 1.0 if kind == "ratio" else numerator.sum() / denominator.sum()
    return _Counts(kind, numerator, denominator, float(centre))


def _scale(counts: _Counts, transform: str, like: str) -> _Scale:
    """Transform and standard error of each kind of data (reference: FunnelPlotR `transformed_zscore`)."""
    o, d, centre = counts.numerator, counts.denominator, counts.centre
    root = 1 / (2 * np.sqrt(d))
    if counts.kind == "proportion":
        return _Scale(np.arcsin(np.sqrt(o / d)), root, root, float(np.arcsin(np.sqrt(centre))), lambda y: np.sin(np.clip(y, 0, np.pi / 2)) ** 2)
    if counts.kind == "ratio" and transform == "cqc":
        # squared on the way back: FunnelPlotR forgets it (D18)
        return _Scale(np.sqrt(o / d), root, root, float(np.sqrt(centre)), lambda y: np.maximum(y, 0) ** 2)
    middle = log(centre) if centre > 0 else nan
    if counts.kind == "ratio":
        error = 1 / np.sqrt(centre * d)
        return _Scale(np.log(o / d), error, error, middle, np.exp)
    error = np.sqrt(o / (o + 0.5) ** 2 + d / (d + 0.5) ** 2)
    return _Scale(np.log((o + 0.5) / (d + 0.5)), error, root if like == "funnelplotr" else error, middle, np.exp)


def _winsorised(z: Floats, trim: float) -> Floats:
    """z-scores beyond the quantiles `trim` and 1 - `trim` (linear interpolation) are set to them."""
    known = z[np.isfinite(z)]
    return np.clip(z, *np.quantile(known, [trim, 1 - trim])) if known.size else z


def _truncated(z: Floats, trim: float) -> Floats:
    """z-scores whose rank (ties averaged) lies in the first or last part `trim` are NaN; a logarithm of 0 is the lowest."""
    if trim == 0:
        return z
    parts = 1 / trim
    place = pl.Series(z, nan_to_null=True, dtype=pl.Float64).rank().cast(pl.Float64).to_numpy() * parts / (z.size + 1)
    return np.where((place >= 1) & (place < parts - 1), z, nan)


def _dispersion(used: Floats, error: Floats) -> _Dispersion:
    """Phi: mean squared z-score. tau2: variance between groups by moments (DerSimonian and Laird), 0 if phi is not above 1."""
    speak = np.isfinite(used)
    kept = int(speak.sum())
    if kept < 2:
        return _Dispersion(kept, nan, nan)
    phi = float(np.mean(used[speak] ** 2))
    weight = 1 / error[speak] ** 2
    # sum(w) - sum(w²) / sum(w), written so that one giant among dwarfs does not cancel it to nothing
    spread = float(np.sum(weight * (1 - weight / weight.sum())))
    return _Dispersion(kept, phi, (kept * phi - (kept - 1)) / spread if phi > 1 else 0.0)


def _poisson_limits(counts: _Counts) -> dict[str, Floats]:
    """Limits of observed / expected E through chi-square: qchisq(a, 2E) / 2 and qchisq(1 - a, 2(E + 1)) / 2, over the expected."""
    expected = counts.centre * counts.denominator
    lower = {f"lower_{level}": gammaincinv(expected, tail) / counts.denominator for level, tail in TAIL.items()}
    upper = {f"upper_{level}": gammainccinv(expected + 1, tail) / counts.denominator for level, tail in TAIL.items()}
    return lower | upper


def _side(value: Floats, lower: Floats, upper: Floats) -> Floats:
    """-1 below, 1 above, 0 on or within the limits; NaN where there are none."""
    above = rules.side(value, upper, TIE * np.maximum(value, upper)) > 0
    below = rules.side(value, lower, TIE * np.maximum(value, lower)) < 0
    return np.where(np.isnan(value + lower + upper), nan, above.astype(np.float64) - below)


def _chance(counts: _Counts) -> Floats:
    """Exact chance, were the group like the centre, of a value as far out or further on the same side.

    Binomial for a proportion, Poisson for a ratio; for a rate binomial given the sum of both counts.
    """
    o, d, centre = counts.numerator, counts.denominator, counts.centre
    low = counts.value < centre
    if counts.kind == "ratio":
        return np.where(low, gammaincc(o + 1, centre * d), gammainc(o, centre * d))
    trials, share = (d, centre) if counts.kind == "proportion" else (o + d, centre / (1 + centre))
    return np.where(low, betainc(trials - o, o + 1, 1 - share), betainc(o, trials - o + 1, share))


# --------------------------------------------------------------------------------------------------------------- words


def _placed(name: str, found: Floats, valued: Flags) -> pl.Series:
    """Numbers of the groups that have a value in a column of all groups; null where there is none."""
    column = np.full(valued.size, nan)
    column[valued] = np.where(np.isfinite(found), found, nan)
    return pl.Series(name, column, nan_to_null=True, dtype=pl.Float64)


def _outlier(level: str) -> pl.Expr:
    return (pl.col(f"_side_{level}") != 0).alias(f"outlier_{level}")


def _state() -> pl.Expr:
    side = pl.col("_side_998")
    return pl.when(side > 0).then(pl.lit("above")).when(side < 0).then(pl.lit("below")).when(side == 0).then(pl.lit("inside")).alias("state")


def _note(kind: str, transform: str) -> pl.Expr:
    """What a reader has to know of a group, in words; null where there is nothing."""
    no_value, no_denominator = pl.col("value").is_null(), pl.col("denominator") == 0
    too_often = pl.any_horizontal(pl.col(f"outlier_{level}") & (pl.col("chance") > TOO_OFTEN * tail) for level, tail in TAIL.items())
    said = [
        (no_denominator, pl.lit("no denominator, so no value")),
        (no_value & ~no_denominator.fill_null(value=False), pl.lit("no value")),
        (~no_value & (pl.col("numerator") == 0) & pl.lit((kind, transform) == ("ratio", "shmi")), pl.lit("0 has no logarithm, so no z-score")),
        (too_often, pl.format("outside, yet chance alone gives as much in {} % of such groups: too small for these limits", _per_cent("chance"))),
    ]
    noted = pl.concat_str([pl.when(holds).then(words) for holds, words in said], separator="; ", ignore_nulls=True)
    return pl.when(noted != "").then(noted).alias("note")


def _per_cent(name: str) -> pl.Expr:
    return (pl.col(name) * 100).round(1)


def _summary(groups: pl.DataFrame, dispersion: _Dispersion, told: dict[str, object], reason: str | None) -> pl.DataFrame:
    """The one row of the summary; `told` is what does not follow from the groups."""
    judged = groups["state"].count()
    row = told | {
        "groups": groups.height, "kept": dispersion.kept, "phi": dispersion.phi, "tau2": dispersion.tau2,
        "limits": "adjusted" if dispersion.adjusts else "unadjusted",
        "expected_outliers_95": 2 * TAIL["95"] * judged, "expected_outliers_998": 2 * TAIL["998"] * judged,
        "outliers_95": groups["outlier_95"].sum(), "outliers_998": groups["outlier_998"].sum(), "reason": reason,
    }  # fmt: skip
    framed = pl.DataFrame([row], schema=SUMMARY)
    return framed.with_columns(pl.when(pl.col(name).is_finite()).then(name) for name in ("centre", "phi", "tau2"))


def _reason(counts: _Counts, scale: _Scale, dispersion: _Dispersion) -> str | None:
    """Why these limits, or none; null where there is nothing to say."""
    if not counts.numerator.size:
        return "no group has a value"
    if not isfinite(scale.centre):
        return "no event in any group: the average has no logarithm, so there are no limits"
    kept = f"{dispersion.kept} group{'' if dispersion.kept == 1 else 's'}"
    if dispersion.kept < 2:
        return f"{kept} in phi: over-dispersion cannot be told from fewer than 2"
    said = [
        (not dispersion.adjusts, "phi is not above 1: no over-dispersion"),
        (dispersion.kept < ENOUGH_GROUPS, f"{kept} in phi: phi and tau2 are rough under {ENOUGH_GROUPS}"),
    ]
    return "; ".join(words for holds, words in said if holds) or None


# -------------------------------------------------------------------------------------------------------------- intake


def _known(kind: str, transform: str, like: str, trim: float, multiply: float, centre: float | None) -> None:
    """Refuse settings that mean nothing."""
    for name, seen, known in (("kind", kind, KINDS), ("transform", transform, TRANSFORMS), ("like", like, TOOLS)):
        if not isinstance(seen, str) or seen not in known:
            raise BadInput(f"{WHERE}, {name}", expected=f"one of {', '.join(known)}", seen=repr(seen), action=f"set {name} to one of these")
    _setting("trim", trim, "a number from 0 to 0.5", lambda number: 0 <= number <= 0.5)
    _setting("multiply", multiply, "a finite number above 0", lambda number: number > 0)
    if centre is not None and kind == "proportion":
        _setting("centre", centre, "a proportion from 0 to 1, before `multiply`", lambda number: 0 <= number <= 1)
    elif centre is not None:
        _setting("centre", centre, "a finite number above 0, before `multiply`", lambda number: number > 0)


def _setting(name: str, seen: object, expected: str, fits: Callable[[float], bool]) -> None:
    if not isinstance(seen, Real) or isinstance(seen, bool) or not isfinite(seen) or not fits(float(seen)):
        raise BadInput(f"{WHERE}, {name}", expected=expected, seen=repr(seen), action=f"correct {name}, or leave it out")


def _tidy(frame: pl.DataFrame, names: dict[str, str], kind: str) -> pl.DataFrame:
    """Columns group, numerator, denominator (Float64, null where missing) and `_row` from 1, sorted by group."""
    if not isinstance(frame, pl.DataFrame):
        raise BadInput(WHERE, expected="a polars DataFrame", seen=type(frame).__name__, action="collect or convert it first")
    for name in names.values():
        if not isinstance(name, str) or name not in frame.columns:
            seen = f"the columns {', '.join(frame.columns)}" if frame.columns else "no columns"
            raise BadInput(WHERE, expected=f"a column {name!r}", seen=seen, action="name a column that is there")
    given = pl.DataFrame([frame[name].alias(part) for part, name in names.items()]).with_row_index("_row", offset=1)
    given = given.with_columns(_group(given["group"], names["group"]))
    _refuse_first(given, _blank(given["group"]), "group", names, "the name of a group", "name the group, or leave the row out")
    read = given.with_columns(_numbers(given, part, names) for part in ("numerator", "denominator"))
    if kind == "proportion":
        above = (read["numerator"] > read["denominator"]).fill_null(value=False)
        expected = f"a numerator no greater than its denominator in column {names['denominator']!r}"
        _refuse_first(given, above, "numerator", names, expected, "correct the counts, or use kind='ratio' or 'rate'")
    ordered = read.sort("group", "_row")
    _no_duplicates(ordered)
    return ordered.select("group", "numerator", "denominator")


def _group(given: pl.Series, name: str) -> pl.Series:
    if isinstance(given.dtype, pl.Categorical | pl.Enum):
        return given.cast(pl.String)
    if given.dtype.is_nested() or given.dtype in (pl.Object, pl.Binary) or given.dtype.is_float():
        seen = f"a column of type {given.dtype}"
        raise BadInput(f"{WHERE}, column {name!r}", expected="names or codes of groups", seen=seen, action="convert the column first")
    return given


def _blank(given: pl.Series) -> pl.Series:
    return (given.str.strip_chars() == "").fill_null(value=True) if given.dtype == pl.String else given.is_null()


def _numbers(given: pl.DataFrame, part: str, names: dict[str, str]) -> pl.Series:
    """A column as Float64, 0 or more; NaN, an empty cell and NA are missing."""
    cells = given[part].cast(pl.String) if isinstance(given[part].dtype, pl.Categorical | pl.Enum) else given[part]
    if not (cells.dtype.is_numeric() or cells.dtype in (pl.String, pl.Null)):
        seen = f"a column of type {cells.dtype}"
        raise BadInput(
            f"{WHERE}, column {names[part]!r}", expected="numbers, or text that can be read as numbers", seen=seen, action="convert it first"
        )
    text = cells.str.strip_chars() if cells.dtype == pl.String else cells
    missing = text.is_in(["", "NA", "NaN"]).fill_null(value=True) if text.dtype == pl.String else text.is_null()
    read = text.cast(pl.Float64, strict=False)
    correct = "correct the cell or leave it empty, then run again"
    _refuse_first(given, read.is_null() & ~missing, part, names, "a number or an empty cell", correct)
    _refuse_first(given, read.is_infinite().fill_null(value=False), part, names, "a finite number", correct)
    _refuse_first(given, (read < 0).fill_null(value=False), part, names, "a number that is 0 or more", correct)
    return read.fill_nan(None)


def _refuse_first(given: pl.DataFrame, wrong: pl.Series, part: str, names: dict[str, str], expected: str, action: str) -> None:
    """Name the first row that is wrong, if any is."""
    bad = given.filter(wrong)
    if bad.height:
        first = bad.row(0, named=True)
        group = "" if part == "group" else f"group {first['group']}, "
        raise BadInput(f"{WHERE}, {group}row {first['_row']}, column {names[part]!r}", expected=expected, seen=repr(first[part]), action=action)


def _no_duplicates(ordered: pl.DataFrame) -> None:
    twice = ordered.filter(pl.col("group").is_duplicated())
    if twice.height:
        name = twice["group"][0]
        lines = ", ".join(str(line) for line in twice.filter(pl.col("group") == name)["_row"])
        raise BadInput(
            f"{WHERE}, group {name}, rows {lines}",
            expected="one row a group",
            seen=f"{name} more than once",
            action="add up its rows first, or keep one",
        )
