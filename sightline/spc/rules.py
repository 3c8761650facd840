"""The four rules of Making Data Count, each a small function over arrays.

One element a row, sorted by phase and date; `phase` is the row's phase numbered from 0. A missing value is NaN: it
takes no flag and breaks every run. `tie` is how near a point may lie to a line and still be on it (D3).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sightline.spc.grouped import Flags, Floats, Ints, in_runs

Sides = npt.NDArray[np.int8]


def side(value: Floats, line: Floats, tie: Floats) -> Sides:
    """1 above the line, -1 below, 0 on it or missing."""
    with np.errstate(invalid="ignore"):
        return ((value - line > tie).astype(np.int8) - (line - value > tie).astype(np.int8)).astype(np.int8)


def outside_limits(value: Floats, lower: Floats, upper: Floats, tie: Floats) -> Flags:
    """Beyond a limit; on the limit is inside."""
    with np.errstate(invalid="ignore"):
        return np.asarray((value - upper > tie) | (lower - value > tie), dtype=np.bool_)


def shift(sides: Sides, phase: Ints, length: int) -> Flags:
    """`length` or more points in a row on one side of the centre; all of them. A point on the centre breaks the run."""
    return np.asarray((sides != 0) & in_runs(sides, phase, length))


def trend(value: Floats, phase: Ints, length: int) -> Sides:
    """`length` or more points each above (1) or below (-1) the one before; all of them, the first included.

    A tie breaks the trend. A turning point shared by two trends belongs to the later one.
    """
    step = np.zeros(value.size, dtype=np.int8)
    change = (value[1:] > value[:-1]).view(np.int8) - (value[1:] < value[:-1]).view(np.int8)  # 0 at a missing value
    step[1:] = change * (phase[1:] == phase[:-1])
    later = step * in_runs(step, phase, length - 1)
    following = np.append(later[1:], np.int8(0))
    return np.asarray(np.where(following != 0, following, later), dtype=np.int8)


def two_of_three(sides: Sides, near: Flags, phase: Ints) -> Flags:
    """At least two of three points in a row, all on one side of the centre, are near a limit; those two (or three).

    `near` says which points count: all beyond two sigma, or, in the older reading, only those inside the limits.
    """
    whole = np.zeros(sides.size + 2, dtype=bool)
    same = (sides[2:] != 0) & (sides[2:] == sides[1:-1]) & (sides[2:] == sides[:-2]) & (phase[2:] == phase[:-2])
    counted = near[2:].view(np.int8) + near[1:-1].view(np.int8) + near[:-2].view(np.int8)
    whole[2 : sides.size] = same & (counted >= 2)
    return near & (whole[:-2] | whole[1:-1] | whole[2:])
