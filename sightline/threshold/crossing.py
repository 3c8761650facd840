"""Crossing cohorts: whether people leave a waiting list as they are about to cross a line, more than at weeks that mean nothing.

The contrast sees departures whatever their reason: treatment, discharge, transfer, correction, removal. It cannot see why.
Idea: Dimakou, Parkin, Devlin and Appleby 2009 (doi 10.1007/s10729-008-9067-7) for single patients. Method: docs/METHODS.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sightline.errors import BadInput
from sightline.threshold import ranks
from sightline.threshold.cohorts import FIRST_BAND, Cohorts, followed
from sightline.threshold.contrast import WEIGHT_AFTER, WEIGHT_BEFORE, Contrast, pooled
from sightline.threshold.stock import WHERE, Flags, Floats, Stock, from_long, from_wide, long_columns

#: weeks at which the NHS has set something
REAL_LINES = (18, 52, 65, 78, 104)
#: weeks at which lists are to be validated (NHS England, December 2022): placebos, but no base rate
MILESTONES = (12, 26)
#: weeks that are nobody's target, for base rates: two apart, so that few of their windows are the same
NOBODYS_WEEKS = (24, 28, 30, 32, 34, 36, 38, 40, 42, 44, 46)
#: a placebo line stands further from every real line than this
GUARD = 4
#: people in each window, of a line and of a placebo line in half of the month pairs; usable placebo lines
PEOPLE, PEOPLE_IN_HALF, PLACEBOS = 200, 100, 15
#: p of one line, p of each half, q among units
ALPHA, ALPHA_HALF = 0.05, 0.10
#: ln survival: two people in a hundred; and the normal quantile of two one-sided tests at 5 %
PRACTICAL_SIZE, ONE_SIDED = 0.02, 1.6449
#: normal quantile of the intervals shown, 95 %
TWO_SIDED = 1.96

BREAK, POSSIBLE, NO_BREAK, CANNOT_TELL = "break at the line", "possible break", "no break of practical size", "cannot tell"
VERDICTS = (BREAK, POSSIBLE, NO_BREAK, CANNOT_TELL)
OUTSIDE = "line outside the closed bands or an empty window"
TOO_SMALL, TOO_FEW_PLACEBOS = f"fewer than {PEOPLE} in a window", f"fewer than {PLACEBOS} usable placebo lines"

#: the columns of the base rates, in the order of VERDICTS
COUNTED = ("break_", "possible", "no_break", "cannot_tell")

WINDOWS = ("before", "cross", "after")
#: what a row says even where it cannot tell, and what only a tested one does
SEEN = (*(f"n_{name}" for name in WINDOWS), *(f"pred_{name}" for name in WINDOWS), *(f"s_{name}" for name in WINDOWS), "theta", "se", "step")
TESTED = (
    "s_expected", "placebo_median", "tau", "theta_adj", "se_adj", "theta_lower", "theta_upper", "zeta",
    "p_low", "p_high", "p_two", "p_pooled", "q_bh", "q_by", "step_adj", "p_sharp",
    "theta_h1", "p_h1", "theta_h2", "p_h2", "extra", "extra_lower", "extra_upper", "extra_ratio",
)  # fmt: skip


@dataclass(frozen=True)
class Crossing:
    """What `crossing` gives back: `estimates` (a row a unit and line), `placebos`, `bands`, `base_rates`."""

    estimates: pl.DataFrame
    placebos: pl.DataFrame
    bands: pl.DataFrame
    base_rates: pl.DataFrame


@dataclass(frozen=True)
class _Placebos:
    """A contrast and, for every unit, where it may serve as a placebo line before the guard of the line that is tested."""

    contrast: Contrast
    usable: Flags

    def clear_of(self, line: int) -> Flags:
        """The usable ones more than the guard away from a line, [unit, line]."""
        return np.asarray(self.usable & (np.abs(self.contrast.lines - line) > GUARD))


@dataclass(frozen=True)
class _Standing:
    """One statistic of one line among its placebo lines, by unit; `zetas` are those of the placebo lines, [unit, line]."""

    middle: Floats
    tau: Floats
    adjusted: Floats
    error: Floats
    zeta: Floats
    zetas: Floats


def crossing(
    frame: pl.DataFrame,
    *,
    unit: str,
    month: str,
    lines: Iterable[int],
    placebos: Iterable[int],
    minimum_pairs: int = 6,
    real_lines: Sequence[int] = REAL_LINES,
    week: str | None = None,
    count: str | None = None,
) -> Crossing:
    """Test every line for every unit, against the unit's own placebo lines and against the other units.

    `frame`: one row a unit and month end with a column a week band ("Gt 17 To 18 Weeks SUM 1", or "week_017"), or, with `week` and `count`, one row a
    unit, month end and week. `month` is text YYYY-MM, meaning its last day, or a date in it. `placebos`: weeks tried as if they were lines;
    those within four weeks of a real line, or of the line tested, and those with fewer than 200 people in a window are not used.
    `minimum_pairs`: fewer pairs of neighbouring month ends than this cannot tell.

    `estimates`: unit, line, months (usable pairs), placebos, n_, pred_, s_ of the windows before, cross and after, s_expected, theta, se,
    placebo_median, tau, theta_adj, se_adj, theta_lower, theta_upper (95 % interval of theta_adj), zeta, p_low, p_high, p_two, p_pooled,
    q_bh, q_by, step, step_adj, p_sharp, theta_h1, p_h1, theta_h2, p_h2, persistent, extra (people) with its interval extra_lower,
    extra_upper, extra_ratio (departures over those expected), verdict, why (it cannot tell). `placebos`: unit, line, s_before, s_cross,
    s_after, theta, se, step, se_step. `bands`: unit, month_from (date), band, gap_days, predicted, actual. `base_rates`: a row a week,
    lines asked and weeks that are nobody's target alike: line, asked, units, tested, p_low_significant, then how many of the tested got
    each verdict: break_, possible, no_break, cannot_tell.

    Raises :class:`sightline.errors.BadInput` (a ValueError) for what is not such a table, or no line.
    """
    stock = stock_of(frame, unit=unit, month=month, week=week, count=count)
    asked, tried = _weeks("lines", lines), _weeks("placebos", placebos)
    if not asked:
        raise BadInput(f"{WHERE}, lines", expected="at least one week", seen="none", action="name a line, such as 18")
    return tested(stock, asked, tried, minimum_pairs=minimum_pairs, real_lines=real_lines)


def tested(
    stock: Stock,
    lines: Sequence[int],
    placebos: Sequence[int],
    *,
    minimum_pairs: int = 6,
    real_lines: Sequence[int] = REAL_LINES,
    beside: Sequence[int] = (),
) -> Crossing:
    """:func:`crossing` of a stock that is read already.

    `beside`: weeks judged like the lines, without taking the weeks near them from those that are nobody's target.
    """
    cohorts = followed(stock)
    pairs = cohorts.usable.sum(axis=1)
    earlier = cohorts.usable.cumsum(axis=1) <= (pairs // 2)[:, None]
    whole, first, second = pooled(cohorts), pooled(cohorts, earlier), pooled(cohorts, ~earlier)
    clear = np.isin(whole.lines, placebos) & np.all([np.abs(whole.lines - real) > GUARD for real in real_lines], axis=0)
    among = _Placebos(whole, clear & (whole.smallest >= PEOPLE))
    halves = [_Placebos(half, clear & (half.smallest >= PEOPLE_IN_HALF)) for half in (first, second)]

    nobodys = [line for line in NOBODYS_WEEKS if line in placebos and all(abs(line - other) > GUARD for other in (*real_lines, *lines))]
    judged = _judged([*lines, *beside, *nobodys], stock.units, pairs, among, halves, minimum_pairs)
    is_asked = pl.col("line").is_in([*lines, *beside])
    return Crossing(
        judged.filter(is_asked).sort("unit", "line", maintain_order=True),
        _placebo_rows(stock.units, among),
        _band_rows(stock.units, cohorts),
        base_rates(judged.with_columns(asked=is_asked)),
    )


def stock_of(frame: pl.DataFrame, *, unit: str, month: str, week: str | None = None, count: str | None = None) -> Stock:
    """The waiting list of a table that is wide, or long where `week` and `count` are named or go by their plain names.

    Raises :class:`sightline.errors.BadInput` for what cannot be read, or where nobody can be followed from one month end to the next.
    """
    named = (week, count) if week is not None and count is not None else long_columns(frame)
    stock = from_long(frame, unit=unit, month=month, week=named[0], count=named[1]) if named else from_wide(frame, unit=unit, month=month)
    if not (stock.reported[:, :-1] & stock.reported[:, 1:]).any():
        seen = "one month" if len(stock.months) == 1 else "no unit with two of them"
        raise BadInput(f"{WHERE}, months", expected="month ends that follow each other", seen=seen, action="use a file of several months")
    return stock


def base_rates(judged: pl.DataFrame) -> pl.DataFrame:
    """How many units got which verdict: estimates of several lines, with `asked`, to a row a line (columns as in :func:`crossing`).

    Units that cannot be tested (`why`) count among `units` alone.
    """
    known = pl.col("why").is_null()
    counts = {name: (known & (pl.col("verdict") == verdict)).sum() for name, verdict in zip(COUNTED, VERDICTS, strict=True)}
    return (
        judged.group_by("line", "asked")
        .agg(pl.len().alias("units"), known.sum().alias("tested"), (pl.col("p_low") <= ALPHA).sum().alias("p_low_significant"), **counts)
        .select("line", "asked", pl.exclude("line", "asked").cast(pl.Int64))
        .sort("line")
    )


# ------------------------------------------------------------------------------------------------------------- one line


def _judged(
    lines: Sequence[int], units: pl.Series, pairs: NDArray[np.int64], among: _Placebos, halves: Sequence[_Placebos], minimum_pairs: int
) -> pl.DataFrame:
    """Every line for every unit: the numbers, why a unit cannot tell, and the verdict."""
    found = [_numbers(line, pairs, among, halves, minimum_pairs) for line in lines]
    columns = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
    whys = dict(enumerate((OUTSIDE, f"fewer than {minimum_pairs} month pairs", TOO_SMALL, TOO_FEW_PLACEBOS)))
    frame = pl.DataFrame({"unit": units.gather(np.tile(np.arange(units.len()), len(lines))), **columns})
    known = frame.with_columns(
        pl.col(*SEEN, *TESTED).fill_nan(None), why=pl.col("_why").replace_strict(whys, default=None, return_dtype=pl.String)
    ).with_columns(persistent=_persistent())
    return known.select("unit", "line", "months", "placebos", *SEEN, *TESTED, "persistent", _verdict().alias("verdict"), "why")


def _numbers(line: int, pairs: NDArray[np.int64], among: _Placebos, halves: Sequence[_Placebos], minimum_pairs: int) -> dict[str, np.ndarray]:
    """One line for every unit; NaN for what is not known, `_why` the place of the first reason not to tell, -1 where there is none."""
    whole, placebos = among.contrast, among.clear_of(line)
    at, number = whole.at(line), placebos.sum(axis=1)
    seen = _seen(whole, at, pairs.size)
    fails = np.stack(
        [
            np.isnan(seen["theta"]),
            pairs < minimum_pairs,
            np.minimum.reduce([seen[f"n_{name}"] for name in WINDOWS]) < PEOPLE,
            number < PLACEBOS,
        ]
    )
    fit = np.asarray(~fails.any(axis=0))
    unknown = dict.fromkeys(TESTED, np.full(pairs.size, np.nan))
    compared = _compared(at, among, placebos, halves, line, fit) if at is not None and fit.any() else unknown
    keys = {"line": np.full(pairs.size, line), "months": pairs, "placebos": number, "_why": np.where(fit, -1, fails.argmax(axis=0))}
    return keys | seen | compared


def _seen(whole: Contrast, at: int | None, units: int) -> dict[str, Floats]:
    """The windows, theta and step of one line; NaN outside the closed bands or where a window is empty."""
    if at is None:
        return dict.fromkeys(SEEN, np.full(units, np.nan))
    parts = {"n": whole.n, "pred": whole.predicted, "s": whole.survival}
    windows = {f"{part}_{name}": values[place, :, at] for part, values in parts.items() for place, name in enumerate(WINDOWS)}
    found = windows | {"theta": whole.theta[:, at], "se": whole.se[:, at], "step": whole.step[:, at]}
    return {name: np.where(np.isnan(whole.theta[:, at]), np.nan, values) for name, values in found.items()}


def _compared(at: int, among: _Placebos, placebos: Flags, halves: Sequence[_Placebos], line: int, fit: Flags) -> dict[str, Floats]:
    """What the placebo lines say of one line; NaN for units that are not `fit`."""
    whole = among.contrast
    placebos = placebos & fit[:, None]
    theta = _standing(whole.theta, whole.se, at, placebos)
    step = _standing(whole.step, whole.step_se, at, placebos)
    pooled_p = ranks.rank_pooled(theta.zeta, theta.zetas)
    s_before, s_cross, s_after = whole.survival[:, :, at]
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.exp(WEIGHT_BEFORE * np.log(s_before) + WEIGHT_AFTER * np.log(s_after) + theta.middle)
        ratio = (1 - s_cross) / (1 - expected)
    crossed = whole.predicted[1, :, at]
    lower, upper = (theta.adjusted + sign * TWO_SIDED * theta.error for sign in (-1, 1))
    numbers = {
        "s_expected": expected, "placebo_median": theta.middle, "tau": theta.tau, "theta_adj": theta.adjusted, "se_adj": theta.error,
        "theta_lower": lower, "theta_upper": upper, "zeta": theta.zeta,
        "p_low": ranks.rank_low(theta.zeta, theta.zetas), "p_high": ranks.rank_high(theta.zeta, theta.zetas),
        "p_two": ranks.rank_far(theta.zeta, theta.zetas),
        "p_pooled": pooled_p, "q_bh": ranks.benjamini_hochberg(pooled_p), "q_by": ranks.benjamini_yekutieli(pooled_p),
        "step_adj": step.adjusted, "p_sharp": ranks.rank_low(step.zeta, step.zetas),
        **{name: values for place, half in enumerate(halves, 1) for name, values in _of_half(half, at, line, place).items()},
        "extra": (expected - s_cross) * crossed, "extra_ratio": ratio,
        "extra_lower": s_cross * crossed * np.expm1(-upper), "extra_upper": s_cross * crossed * np.expm1(-lower),
    }  # fmt: skip
    return {name: np.where(fit & np.isfinite(values), values, np.nan) for name, values in numbers.items()}


def _of_half(half: _Placebos, at: int, line: int, place: int) -> dict[str, Floats]:
    """Theta and p of one half of the month pairs, against the half's own placebo lines; NaN with too few of them."""
    placebos = half.clear_of(line)
    enough = placebos.sum(axis=1) >= PLACEBOS
    found = _standing(half.contrast.theta, half.contrast.se, at, placebos & enough[:, None])
    return {f"theta_h{place}": found.adjusted, f"p_h{place}": ranks.rank_low(found.zeta, found.zetas)}


def _standing(statistic: Floats, error: Floats, at: int, placebos: Flags) -> _Standing:
    """Centre a statistic [unit, line] by its placebo lines and scale it by what they scatter beyond their errors."""
    others, errors = np.where(placebos, statistic, np.nan), np.where(placebos, error, np.nan)
    middle, tau = ranks.centre_and_spread(others, errors)
    adjusted, wide = statistic[:, at] - middle, np.sqrt(error[:, at] ** 2 + tau**2)
    zetas = (others - middle[:, None]) / np.sqrt(errors**2 + (tau**2)[:, None])
    return _Standing(middle, tau, adjusted, wide, adjusted / wide, zetas)


def _persistent() -> pl.Expr:
    halves = [(pl.col(f"theta_h{half}") < 0) & (pl.col(f"p_h{half}") <= ALPHA_HALF) for half in (1, 2)]
    return pl.all_horizontal(halves).fill_null(value=False)


def _verdict() -> pl.Expr:
    """The four words in their order; with several units tested at a line a break must also hold among them (q)."""
    equivalent = pl.col("theta_adj").abs() + ONE_SIDED * pl.col("se_adj") < PRACTICAL_SIZE
    low, alone = pl.col("p_low") <= ALPHA, pl.col("why").is_null().sum().over("line") <= 1
    broken = low & pl.col("persistent") & ((pl.col("q_bh") <= ALPHA) | alone)
    return (
        pl.when(pl.col("why").is_not_null()).then(pl.lit(CANNOT_TELL))
        .when(equivalent).then(pl.lit(NO_BREAK))
        .when(broken).then(pl.lit(BREAK))
        .when(low).then(pl.lit(POSSIBLE))
        .otherwise(pl.lit(CANNOT_TELL))
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------ the other tables


def _placebo_rows(units: pl.Series, among: _Placebos) -> pl.DataFrame:
    who, where = np.nonzero(among.usable)
    whole = among.contrast
    return pl.DataFrame(
        {
            "unit": units.gather(who),
            "line": whole.lines[where],
            **{f"s_{name}": whole.survival[place, who, where] for place, name in enumerate(WINDOWS)},
            "theta": whole.theta[who, where], "se": whole.se[who, where], "step": whole.step[who, where], "se_step": whole.step_se[who, where],
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))  # fmt: skip


def _band_rows(units: pl.Series, cohorts: Cohorts) -> pl.DataFrame:
    who, pair = np.nonzero(cohorts.usable)
    width = cohorts.actual.shape[2]
    starts, gaps = pl.Series(cohorts.starts, dtype=pl.Date), np.array(cohorts.gaps, dtype=np.int64)
    return pl.DataFrame(
        {
            "unit": units.gather(who.repeat(width)),
            "month_from": starts.gather(pair.repeat(width)),
            "band": np.tile(np.arange(FIRST_BAND, FIRST_BAND + width), who.size),
            "gap_days": gaps[pair.repeat(width)],
            "predicted": cohorts.predicted[who, pair].ravel(),
            "actual": cohorts.actual[who, pair].ravel(),
        }
    )


def _weeks(name: str, weeks: Iterable[int]) -> list[int]:
    """Whole weeks in order, each once."""
    try:
        given = list(weeks)
        found = sorted({int(week) for week in given})
        if any(week != int(week) for week in given):
            raise ValueError
    except (TypeError, ValueError):
        raise BadInput(
            f"{WHERE}, {name}", expected="whole weeks, such as 18 and 52", seen=repr(weeks)[:60], action="give a list of whole numbers"
        ) from None
    return found
