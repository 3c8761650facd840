"""Whether mass gathers on the good side of a line, more than a smooth curve of the counts would have there.

Sources: Chetty, Friedman, Olsen and Pistaferri 2011 (doi 10.1093/qje/qjr013), Kleven 2016 (doi 10.1146/annurev-economics-080315-015234);
notches: Kleven and Waseem 2013. The fit is a polynomial, so a step in level, or a bend, can look like a pile: hence the grid of
specifications and the placebo lines. Formulas: docs/METHODS.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import isfinite

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sightline.errors import BadInput
from sightline.threshold.ranks import SLACK
from sightline.threshold.specification import Axis, Fit, axis_of, fitted
from sightline.threshold.stock import Floats

WHERE = "threshold.bunching"
DEGREES = range(3, 8)
#: placebo lines keep so many bins beyond the window from the line, and so many from either end
PLACEBO_DISTANCE, PLACEBO_EDGE = 4, 8
#: t beyond which a specification speaks, the share of the grid that must, and the size that matters in practice
T_SPEAKS, SHARE, PRACTICAL_B, ALPHA = 1.96, 0.8, 0.25, 0.05
#: under so many placebo lines none can support a verdict; under PLACEBOS_FOR_P the line must lie above all of them
PLACEBOS_LEAST, PLACEBOS_FOR_P = 10, 19
#: bins from which the polynomial is of degree 7 by default
MANY_BINS = 70
#: people in all bins, under which nothing is said
PEOPLE_LEAST = 100
#: settings beyond these ask for more memory than any question needs
DEGREE_MOST, DRAWS_MOST, BINS_MOST = 12, 100_000, 5_000
#: numbers of a batch of draws
BATCH = 4_000_000

BUNCHING, MISSING, NO_BUNCHING, DEPENDS, CANNOT_TELL = (
    "bunching", "missing mass", "no bunching of practical size", "depends on the specification", "cannot tell",
)  # fmt: skip
VERDICTS = (BUNCHING, MISSING, NO_BUNCHING, DEPENDS, CANNOT_TELL)

GRID = {"degree": pl.Int64, "left": pl.Int64, "right": pl.Int64, "excess": pl.Float64, "b": pl.Float64, "b_se": pl.Float64}


@dataclass(frozen=True)
class Bunching:
    """What `bunching` gives back: `estimates` (a row a series), `counterfactual` (a row a bin), `grid` (a row a specification)."""

    estimates: pl.DataFrame
    counterfactual: pl.DataFrame
    grid: pl.DataFrame


@dataclass(frozen=True)
class _Asked:
    """The settings of a call."""

    line: float
    width: float
    degree: int
    left: int
    right: int
    round_numbers: tuple[float, ...]
    notch: bool
    correct: bool
    draws: int
    seed: int

    def grid(self) -> list[tuple[int, int, int]]:
        """Degree, left and right of every specification."""
        return list(product(DEGREES, range(self.left, self.left + 3), range(self.right, self.right + 2)))


def bunching(
    frame: pl.DataFrame,
    *,
    bin: str,
    count: str,
    line: float,
    width: float = 1,
    degree: int = 7,
    left: int = 3,
    right: int = 0,
    round_numbers: Sequence[float] = (),
    notch: bool = False,
    correct: bool = False,
    lowest: float | None = None,
    highest: float | None = None,
    draws: int = 1000,
    seed: int = 1,
    by: str | None = None,
) -> Bunching:
    """Estimate the excess at a line in counts by bin, for every series of `by`.

    `frame` has one row a bin (and series); bins are `width` apart without a gap, and `line` is the label of the last bin that meets the
    target. The window from `left` bins below the line to `right` above is left out of the fit of a polynomial of `degree` and of terms for
    bins divisible by `round_numbers`. `lowest`, `highest`: the bins used, inclusive. `notch`: the excess counts at and below the line
    alone, over the counterfactual in the line's bin. `correct`: also under the integration constraint. `draws`, `seed`: the residual
    bootstrap.

    `estimates`: excess, excess_below, excess_above, counterfactual_at_line, b, b_se, b_lower, b_upper (95 % interval), excess_corrected,
    b_corrected, b_corrected_se, placebo_lines, p_placebo (one-sided, rank among every other line), grid_lowest, grid_median, grid_highest
    (of b), grid_above (share with t above 1.96), verdict, why (it cannot tell). `counterfactual`: bin, count, counterfactual, in_window.
    `grid`: degree, left, right, excess, b, b_se: 30 rows, kink form, uncorrected; empty for a notch, which also has no placebo lines and no
    verdict. With `by` each has `series` first.

    Raises :class:`sightline.errors.BadInput` (a ValueError) for missing columns, text or a negative number among the counts, a bin that
    is there twice or missing, a line that is no bin, too few bins for the grid, a setting that cannot be.
    """
    asked = _checked(_Asked(line, width, degree, left, right, tuple(round_numbers), notch, correct, draws, seed))
    rows = _tidy(frame, bin, count, by, lowest, highest)
    found = [_estimated(bins, counts, names, asked) for bins, counts, names in _of_same_bins(rows, asked)]
    parts = [pl.concat(tables) for tables in zip(*found, strict=True)]
    keys = (("series",), ("series", "bin"), ("series", "degree", "left", "right"))
    ordered = [part.sort(*key, maintain_order=True) for part, key in zip(parts, keys, strict=True)]
    return Bunching(*(part if by else part.drop("series") for part in ordered))


# ---------------------------------------------------------------------------------------------------------- estimation


def _estimated(bins: Floats, counts: Floats, names: Sequence[str], asked: _Asked) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The three tables of the series [series, bin] that share their bins."""
    axis = axis_of(bins, asked.line, asked.width, asked.round_numbers)
    drawn = np.random.default_rng(asked.seed).integers(0, bins.size, (asked.draws, bins.size))
    main = fitted(axis, asked.degree, asked.left, asked.right, notch=asked.notch)
    b, (b_se, corrected_se) = main.b(counts), _spread(main, counts, drawn, correct=asked.correct)
    excess_corrected, b_corrected = main.corrected(counts) if asked.correct else (np.full(b.size, np.nan), np.full(b.size, np.nan))
    estimates = pl.DataFrame(
        {
            "series": names, "excess": counts @ main.excess, "excess_below": counts @ main.below, "excess_above": counts @ main.above,
            "counterfactual_at_line": counts @ main.base, "b": b, "b_se": b_se, "b_lower": b - T_SPEAKS * b_se, "b_upper": b + T_SPEAKS * b_se,
            "excess_corrected": excess_corrected, "b_corrected": b_corrected, "b_corrected_se": corrected_se,
        }
    ).with_columns(why=_why(counts, counts @ main.base))  # fmt: skip
    grid = pl.concat([pl.DataFrame(schema={"series": pl.String, **GRID}), *([] if asked.notch else _grid(axis, counts, names, drawn, asked))])
    placebos = pl.DataFrame({"series": names, **_placebos(axis, counts, b, asked)})
    return _judged(estimates, placebos, grid, asked), _curve(bins, counts, names, main), grid


def _spread(fit: Fit, counts: Floats, drawn: NDArray[np.int64], *, correct: bool) -> tuple[Floats, Floats]:
    """Standard deviation over the draws of b, and of the corrected b: residuals drawn with replacement are added to the counts."""
    residuals = fit.residuals(counts)
    plain, corrected = np.full(len(counts), np.nan), np.full(len(counts), np.nan)
    at_once = max(1, BATCH // drawn.size)
    for start in range(0, len(counts), at_once):
        batch = slice(start, start + at_once)
        again = counts[batch, None, :] + residuals[batch][:, drawn]
        plain[batch] = fit.b(again).std(axis=1, ddof=1)
        if correct:
            corrected[batch] = fit.corrected(again)[1].std(axis=1, ddof=1)
    return plain, corrected


def _grid(axis: Axis, counts: Floats, names: Sequence[str], drawn: NDArray[np.int64], asked: _Asked) -> Iterator[pl.DataFrame]:
    for degree, left, right in asked.grid():
        fit = fitted(axis, degree, left, right)
        spread, _ = _spread(fit, counts, drawn, correct=False)
        columns = {"series": names, "excess": counts @ fit.excess, "b": fit.b(counts), "b_se": spread}
        settings = {"degree": degree, "left": left, "right": right}
        yield pl.DataFrame(columns).with_columns(pl.lit(value, pl.Int64).alias(name) for name, value in settings.items()).select("series", *GRID)


def _placebos(axis: Axis, counts: Floats, b: Floats, asked: _Asked) -> dict[str, Floats]:
    """Every other bin as the line, the real window left out: how many could be tried, and how many of them (and 1) show as much."""
    far = np.abs(axis.steps) >= asked.left + asked.right + PLACEBO_DISTANCE
    far[:PLACEBO_EDGE] = far[axis.steps.size - PLACEBO_EDGE :] = False
    real = axis.window(asked.left, asked.right)
    centres = [] if asked.notch else axis.steps[far].tolist()
    tried = [fitted(axis, asked.degree, asked.left, asked.right, centre=centre, left_out=real).b(counts) for centre in centres]
    others = np.array(tried).reshape(len(tried), len(b))
    lines = np.isfinite(others).sum(axis=0)
    as_much = (others >= b - SLACK).sum(axis=0)
    p = np.where(lines > 0, (1 + as_much) / (1 + lines), np.nan)
    return {"placebo_lines": np.where(asked.notch, np.nan, lines), "p_placebo": p}


def _why(counts: Floats, base: Floats) -> pl.Expr:
    few, without = counts.sum(axis=1) < PEOPLE_LEAST, ~(base > 0)
    return (
        pl.when(pl.Series(few)).then(pl.lit(f"fewer than {PEOPLE_LEAST} in all bins"))
        .when(pl.Series(without)).then(pl.lit("the expected count at the line is not above 0"))
    )  # fmt: skip


def _judged(estimates: pl.DataFrame, placebos: pl.DataFrame, grid: pl.DataFrame, asked: _Asked) -> pl.DataFrame:
    """Add placebo lines, the grid in three numbers, and the verdict."""
    t = pl.col("b") / pl.col("b_se")
    held = grid.group_by("series").agg(
        pl.col("b").min().alias("grid_lowest"), pl.col("b").median().alias("grid_median"), pl.col("b").max().alias("grid_highest"),
        (t > T_SPEAKS).mean().alias("grid_above"), (t < -T_SPEAKS).mean().alias("_below"), (pl.col("b").abs() < PRACTICAL_B).mean().alias("_small"),
    )  # fmt: skip
    lines, p, most = pl.col("placebo_lines"), pl.col("p_placebo"), SHARE - SLACK
    ranked = pl.when(lines >= PLACEBOS_FOR_P).then(p <= ALPHA).otherwise((lines >= PLACEBOS_LEAST) & (p * (1 + lines) < 1.5))
    verdict = (
        pl.when(pl.col("why").is_not_null()).then(pl.lit(CANNOT_TELL))
        .when((pl.col("grid_above") >= most) & (pl.col("grid_lowest") > 0) & ranked).then(pl.lit(BUNCHING))
        .when((pl.col("_below") >= most) & (pl.col("grid_highest") < 0)).then(pl.lit(MISSING))
        .when((pl.col("_small") >= most) & (p > ALPHA)).then(pl.lit(NO_BUNCHING))
        .otherwise(pl.lit(DEPENDS))
    )  # fmt: skip
    joined = estimates.join(placebos, on="series").join(held, on="series", how="left").with_columns(pl.col(pl.Float64).fill_nan(None))
    return joined.with_columns(pl.col("placebo_lines").cast(pl.Int64), verdict=pl.lit(None, pl.String) if asked.notch else verdict).select(
        *estimates.drop("why").columns, "placebo_lines", "p_placebo", "grid_lowest", "grid_median", "grid_highest", "grid_above", "verdict", "why"
    )


def _curve(bins: Floats, counts: Floats, names: Sequence[str], main: Fit) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "series": pl.Series(names, dtype=pl.String).gather(np.arange(len(names)).repeat(bins.size)),
            "bin": np.tile(bins, len(names)), "count": counts.ravel(), "counterfactual": (counts @ main.matrix.T).ravel(),
            "in_window": np.tile(~main.outside, len(names)),
        }
    )  # fmt: skip


# -------------------------------------------------------------------------------------------------------------- reading


def _checked(asked: _Asked) -> _Asked:
    """Settings that can be; anything else is refused with the limit it breaks."""
    limits = (
        ("line", isfinite(asked.line), "a number", asked.line),
        ("width", isfinite(asked.width) and asked.width > 0, "a number above 0", asked.width),
        ("degree", 1 <= asked.degree <= DEGREE_MOST, f"a whole number from 1 to {DEGREE_MOST}", asked.degree),
        ("left", 0 <= asked.left <= BINS_MOST, "a whole number of bins, 0 or more", asked.left),
        ("right", 0 <= asked.right <= BINS_MOST, "a whole number of bins, 0 or more", asked.right),
        ("draws", 2 <= asked.draws <= DRAWS_MOST, f"a whole number from 2 to {DRAWS_MOST:,}", asked.draws),
        ("seed", asked.seed >= 0, "a whole number, 0 or more", asked.seed),
        ("round_numbers", all(isfinite(number) and number > 0 for number in asked.round_numbers), "numbers above 0", asked.round_numbers),
    )
    for name, holds, expected, seen in limits:
        if not holds:
            raise BadInput(f"{WHERE}, {name}", expected=expected, seen=repr(seen), action="change the setting")
    return asked


def _tidy(frame: pl.DataFrame, label: str, count: str, by: str | None, lowest: float | None, highest: float | None) -> pl.DataFrame:
    """Series, bin and count, sorted, the bins asked for."""
    if not isinstance(frame, pl.DataFrame):
        raise BadInput(WHERE, expected="a polars DataFrame", seen=type(frame).__name__, action="collect or convert it first")
    missing = [name for name in (label, count, by) if name is not None and name not in frame.columns]
    if missing:
        raise BadInput(f"{WHERE}, columns", expected=", ".join(name for name in (label, count, by) if name), seen=f"no column {', '.join(missing)}",
                       action=f"name one of: {', '.join(frame.columns[:12])}{' …' if frame.width > 12 else ''}")  # fmt: skip
    series = pl.col(by).cast(pl.String).fill_null("") if by else pl.lit("")
    rows = frame.select(series.alias("series"), _numbers(frame, label).alias("bin"), _numbers(frame, count).alias("count"))
    negative = rows["count"] < 0
    if negative.any():
        at = int(negative.arg_max() or 0)
        raise BadInput(f"{WHERE}, row {at + 1}, {count}", expected="a count, 0 or more", seen=f"{rows['count'][at]:g}", action="correct the cell")
    twice = rows.select("series", "bin").is_duplicated()
    if twice.any():
        at = int(twice.arg_max() or 0)
        raise BadInput(
            f"{WHERE}, row {at + 1}, {label}",
            expected="one row a bin",
            seen=f"bin {rows['bin'][at]:g} twice",
            action="add the rows up first, or name the series with `by`",
        )
    low, high = (-np.inf if lowest is None else lowest), (np.inf if highest is None else highest)
    return rows.filter(pl.col("bin").is_between(low, high)).sort("series", "bin")


def _numbers(frame: pl.DataFrame, name: str) -> pl.Expr:
    column = frame[name]
    if not (column.dtype.is_numeric() or column.dtype in (pl.String, pl.Null)):
        raise BadInput(f"{WHERE}, {name}", expected="numbers", seen=str(column.dtype), action="name a column of numbers")
    read = (column.str.strip_chars().str.replace_all(",", "") if column.dtype == pl.String else column).cast(pl.Float64, strict=False)
    wrong = (~read.is_finite()).fill_null(value=True)
    if wrong.any():
        at = int(wrong.arg_max() or 0)
        seen = "an empty cell" if column[at] is None else repr(str(column[at])[:40])
        raise BadInput(f"{WHERE}, row {at + 1}, {name}", expected="a number", seen=seen, action="correct the cell")
    return pl.lit(read)


def _of_same_bins(rows: pl.DataFrame, asked: _Asked) -> Iterator[tuple[Floats, Floats, list[str]]]:
    """Bins, counts [series, bin] and names of the series that share their bins, so that they are fitted together."""
    if not rows.height:
        raise BadInput(f"{WHERE}, bins", expected="bins on both sides of the line", seen="none", action="check lowest and highest")
    series = rows.group_by("series", maintain_order=True).agg("bin", "count")
    for (bins,), alike in series.group_by("bin", maintain_order=True):
        axis = np.array(bins, dtype=np.float64)
        _fits(axis, alike["series"][0], asked)
        yield axis, np.array(alike["count"].to_list(), dtype=np.float64), alike["series"].to_list()


def _fits(bins: Floats, series: str, asked: _Asked) -> None:
    """The bins are evenly spaced, the line is one of them, and there are enough for every specification of the grid."""
    where = f"{WHERE}, bins{f' of {series[:40]!r}' if series else ''}"
    if not bins[0] <= asked.line <= bins[-1]:
        raise BadInput(
            where,
            expected=f"a line from {bins[0]:g} to {bins[-1]:g}",
            seen=f"{asked.line:g}",
            action="give the label of the last bin that meets the target",
        )
    steps = (bins - asked.line) / asked.width
    if np.abs(steps - np.round(steps)).max() > 1e-6:
        wrong = bins[np.abs(steps - np.round(steps)).argmax()]
        raise BadInput(
            where,
            expected=f"bins {asked.width:g} apart, the line {asked.line:g} among them",
            seen=f"bin {wrong:g}",
            action="check --line and --width",
        )
    gap = np.flatnonzero(np.diff(np.round(steps)) != 1)
    if gap.size:
        raise BadInput(
            where,
            expected=f"a bin every {asked.width:g}",
            seen=f"none at {bins[gap[0]] + asked.width:g}",
            action="add it with its count, 0 if it is empty",
        )
    if bins.size > BINS_MOST:
        raise BadInput(where, expected=f"at most {BINS_MOST:,} bins", seen=f"{bins.size:,}", action="use wider bins, or lowest and highest")
    wider = (0, 0) if asked.notch else (2, 1)
    left, right = asked.left + wider[0], asked.right + wider[1]
    below, above = int((steps < -0.5).sum()), int((steps > 0.5).sum())
    terms = max(asked.degree, 0 if asked.notch else DEGREES[-1]) + 1 + len(set(asked.round_numbers))
    if below <= left or above <= right or bins.size - left - right - 1 <= terms:
        raise BadInput(where, expected=f"more than {left} bins below the line, {right} above, and more than {terms} outside the window",
                       seen=f"{below} below and {above} above", action="use finer bins or a smaller window")  # fmt: skip


def distance(frame: pl.DataFrame, label: str) -> float:
    """The distance between neighbouring bins, where none is given; 1 where there is only one bin."""
    between = _labels(frame, label).diff().drop_nulls()
    return float(between.min() or 1) if between.len() else 1.0  # type: ignore[arg-type]


def default_degree(frame: pl.DataFrame, label: str, lowest: float | None = None, highest: float | None = None) -> int:
    """7 for 70 bins and more, 5 for fewer."""
    bins = _labels(frame, label)
    used = bins.is_between(-np.inf if lowest is None else lowest, np.inf if highest is None else highest).sum()
    return 7 if used >= MANY_BINS else 5


def _labels(frame: pl.DataFrame, label: str) -> pl.Series:
    if label not in frame.columns:
        raise BadInput(f"{WHERE}, columns", expected=label, seen="no such column", action=f"name one of: {', '.join(frame.columns[:12])}")
    return frame.select(_numbers(frame, label).alias("bin"))["bin"].unique().sort()
