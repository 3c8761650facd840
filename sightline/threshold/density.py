"""Whether organisations' results gather just above a target. One value an organisation, one month at a time.

Three tests that need different things: the local-polynomial density test (continuous values), exact binomial windows (only where the
density is flat across the window) and Frandsen's test (rounded values). Sources and formulas: docs/METHODS.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np
import polars as pl
from scipy.stats import binom, binomtest

from sightline.errors import BadInput
from sightline.threshold.local_polynomial import density_test
from sightline.threshold.stock import Floats

WHERE = "threshold.density"
HALF_WIDTHS = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
#: relative curvature of the probability mass that is allowed for
CURVATURES = (0.0, 0.01, 0.02, 0.05, 0.1)
#: fewer organisations than this on one side make bandwidths silly
ENOUGH = 20
#: two values nearer than this are the same value
TIE = 1e-9


@dataclass(frozen=True)
class Density:
    """What `density` gives back: `local_polynomial` (one row), `binomial` (a row a half-width), `frandsen` (a row a K)."""

    local_polynomial: pl.DataFrame
    binomial: pl.DataFrame
    frandsen: pl.DataFrame


def density(frame: pl.DataFrame, *, value: str, cutoff: float) -> Density:
    """Test for gathering at `cutoff`; rows without a value are left out, a value at the cut-off has met it.

    `local_polynomial`: n, n_left, n_right, h_left, h_right, f_left, f_right (a density may come out negative: show 0), t_jk, p_jk, why (it cannot
    tell). Fewer than 20 on one side, or values rounded so far that they repeat, cannot tell; the numbers stand all the same.
    `binomial`: half_width, left, right, p (two-sided, 1/2; 1 where both are empty). `frandsen`: k, below, at, above, p; at is the first value
    observed at or above the cut-off, below and above its observed neighbours; p is null where one is absent.

    Raises :class:`sightline.errors.BadInput` (a ValueError) for a missing column, text among the values, no value at all.
    """
    values = _values(frame, value, cutoff)
    return Density(_local_polynomial(values, cutoff), _binomial(values, cutoff), _frandsen(values, cutoff))


def _local_polynomial(values: Floats, cutoff: float) -> pl.DataFrame:
    found = density_test(values, cutoff)
    left, right = int((values < cutoff).sum()), int((values >= cutoff).sum())
    why = f"fewer than {ENOUGH} on one side" if min(left, right) < ENOUGH else "rounded values: use Frandsen's test" if _rounded(values) else None
    row = {"n": values.size, "n_left": left, "n_right": right, "h_left": found.h_left, "h_right": found.h_right, "f_left": found.f_left,
           "f_right": found.f_right, "t_jk": found.t, "p_jk": found.p, "why": why}  # fmt: skip
    return pl.DataFrame([row], schema_overrides={"why": pl.String}).with_columns(pl.col(pl.Float64).fill_nan(None))


def _rounded(values: Floats) -> bool:
    """Whether most values are shared with another: they come from a grid."""
    _, counts = np.unique(values, return_counts=True)
    return bool(counts[counts > 1].sum() > values.size / 2)


def _binomial(values: Floats, cutoff: float) -> pl.DataFrame:
    below = [int(((values >= cutoff - half - TIE) & (values < cutoff)).sum()) for half in HALF_WIDTHS]
    above = [int(((values >= cutoff) & (values < cutoff + half - TIE)).sum()) for half in HALF_WIDTHS]
    p = [binomtest(left, left + right).pvalue if left + right else 1.0 for left, right in zip(below, above, strict=True)]
    return pl.DataFrame({"half_width": HALF_WIDTHS, "left": below, "right": above, "p": p})


def _frandsen(values: Floats, cutoff: float) -> pl.DataFrame:
    observed, counts = np.unique(np.round(values, 9), return_counts=True)
    at = int(np.searchsorted(observed, round(cutoff, 9)))
    there = 0 < at < observed.size - 1
    below, here, above = (int(count) for count in counts[at - 1 : at + 2]) if there else (None, None, None)
    p = [frandsen(below, here, above, k) if there else None for k in CURVATURES]  # type: ignore[arg-type]
    names = {"k": pl.Float64, "below": pl.Int64, "at": pl.Int64, "above": pl.Int64, "p": pl.Float64}
    return pl.DataFrame({"k": CURVATURES, "below": [below] * len(p), "at": [here] * len(p), "above": [above] * len(p), "p": p}, schema=names)


def frandsen(below: int, at: int, above: int, k: float) -> float:
    """P of a count `at` between two neighbours, were the probability mass linear but for a relative curvature of at most `k`.

    Frandsen 2017 (doi 10.1108/S0731-905320170000038012), as the author's program has it: at k = 0 the upper tail leaves out the count itself.
    """
    n = below + at + above
    if k == 0:
        return float(min(1.0, 2 * min(binom.cdf(at, n, 1 / 3), binom.sf(at, n, 1 / 3))))
    low, high = (1 - k) / (3 - k), (1 + k) / (3 + k)
    if binom.pmf(at, n, low) < binom.pmf(at, n, high):  # the mirror: count what is not at the line
        return _worst(n - at, n, 1 - high, 1 - low)
    return _worst(at, n, low, high)


def _worst(count: int, n: int, near: float, far: float) -> float:
    """The tail up to `count` under `near`, with the tail of the other side under `far` that is as likely; the worse of the two chances."""
    tail = binom.cdf(count, n, near)
    reach = binom.sf(np.arange(n + 2) - 1, n, far)  # P(X >= j) for j = 0 .. n + 1
    j = int(np.flatnonzero(reach >= tail).max())
    if j < n + 1 and abs(reach[j + 1] - tail) < abs(reach[j] - tail):
        j += 1
    return float(min(1.0, max(binom.cdf(count, n, chance) + binom.sf(j - 1, n, chance) for chance in (near, far))))


def _values(frame: pl.DataFrame, name: str, cutoff: float) -> Floats:
    if not isinstance(frame, pl.DataFrame):
        raise BadInput(WHERE, expected="a polars DataFrame", seen=type(frame).__name__, action="collect or convert it first")
    if name not in frame.columns:
        raise BadInput(f"{WHERE}, columns", expected=name, seen="no such column", action=f"name one of: {', '.join(frame.columns[:12])}")
    if not isfinite(cutoff):
        raise BadInput(f"{WHERE}, cutoff", expected="a number", seen=repr(cutoff), action="change the setting")
    read = frame[name].cast(pl.Float64, strict=False)
    wrong = frame[name].is_not_null() & ~read.is_finite().fill_null(value=False)
    if wrong.any():
        at = int(wrong.arg_max() or 0)
        raise BadInput(
            f"{WHERE}, row {at + 1}, {name}", expected="a number", seen=repr(str(frame[name][at])[:40]), action="correct the cell or leave it empty"
        )
    if not read.count():
        raise BadInput(f"{WHERE}, {name}", expected="at least one value", seen="none", action="check the column")
    return read.drop_nulls().to_numpy()
