"""The four rules of Making Data Count, each a small function over arrays.

One element a row, sorted by phase and date; `phase` is the row's phase numbered from 0. A missing value is NaN: it
takes no flag and breaks every run. `tie` is how near a point may lie to a line and still be on it (D3).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sightline.spc.grouped import Flags, Floats, Ints, run_lengths

Sides = npt.NDArray[np.int8]


def side(value: Floats, line: Floats, tie: Floats) -> Sides:
    """1 above the line, -1 below, 0 on it or missing."""
    with np.errstate(invalid="ignore"):
        return ((value - line > tie).astype(np.int8) - (line - value > tie).astype(np.int8)).astype(np.int8)


def outside_limits(value: Floats, lower: Floats, upper: Floats, tie: Floats) -> Flags:
    """Beyond a limit; on the limit is inside."""
    return np.asarray((side(value, upper, tie) > 0) | (side(value, lower, tie) < 0), dtype=np.bool_)


def shift(sides: Sides, phase: Ints, length: int) -> Flags:
    """`length` or more points in a row on one side of the centre; all of them. A point on the centre breaks the run."""
    found: Flags = (sides != 0) & (run_lengths(sides, phase) >= length)
    return found


def trend(value: Floats, phase: Ints, length: int) -> Sides:
    """`length` or more points each above (1) or below (-1) the one before; all of them, the first included.

    A tie breaks the trend. A turning point shared by two trends belongs to the later one.
    """
    step = np.zeros(value.size, dtype=np.int8)
    with np.errstate(invalid="ignore"):
        change = np.nan_to_num(np.sign(np.diff(value)))
    step[1:] = np.where(phase[1:] == phase[:-1], change, 0)
    later = np.where((step != 0) & (run_lengths(step, phase) >= length - 1), step, 0).astype(np.int8)
    following = np.append(later[1:], np.int8(0))
    return np.where(following != 0, following, later).astype(np.int8)


def two_of_three(sides: Sides, near: Flags, phase: Ints) -> Flags:
    """At least two of three points in a row, all on one side of the centre, are near a limit; those two (or three).

    `near` says which points count: all beyond two sigma, or, in the older reading, only those inside the limits.
    """
    whole = np.zeros(sides.size + 2, dtype=bool)
    same = (sides[2:] != 0) & (sides[2:] == sides[1:-1]) & (sides[2:] == sides[:-2]) & (phase[2:] == phase[:-2])
    counted = near[2:].astype(int) + near[1:-1] + near[:-2]
    whole[2 : sides.size] = same & (counted >= 2)
    return near & (whole[:-2] | whole[1:-1] | whole[2:])
