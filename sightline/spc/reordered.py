"""How often the months of a series, in an order of chance, would signal at the end: what chance does with these very figures.

Simulated normal series (:mod:`sightline.spc.chance`) signal less often than most real ones: shares near 100 % and small counts
are skewed, many months are alike, months are missing. In the months of a series put in an order of chance nothing changes by
construction, and values, sizes and gaps are those of the series itself (a permutation test; Good 2005, Permutation, Parametric
and Bootstrap Tests of Hypotheses).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from sightline.spc import engine
from sightline.spc.engine import Rows, Settings
from sightline.spc.grouped import Floats

Numbers = npt.NDArray[np.uint64]

ORDERS = 200
#: rows at once: bounds the memory, whatever the number of series, and keeps what is worked on near the processor
ROWS = 125_000
#: so many of them beside each other: numpy leaves the interpreter to others while it works
AT_ONCE = 2
SEED = 20_190_401


def icon_share(rows: Rows, settings: Settings, orders: int = ORDERS, seed: int = SEED) -> Floats:
    """For each phase the share of `orders` in which the four rules flag its last row.

    Months without a value and months left out stay where they are; counts move with their denominators. The orders of a series
    hang on its own figures alone, so that no other series changes its share.
    """
    if not rows.value.size:
        return np.zeros(0)
    key, copies = _key(rows), max(1, ROWS // rows.value.size)

    def hits(done: int) -> Floats:
        some = _reordered(rows, key, seed + done, min(orders - done, copies))
        flagged: Floats = _flagged_last(some, settings).reshape(-1, rows.phases.number)
        return np.asarray(flagged.sum(axis=0))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return np.asarray(np.sum(list(pool.map(hits, range(0, orders, copies))), axis=0) / orders)


def _key(rows: Rows) -> Numbers:
    """For each row a number made from all values of its phase, in their places."""
    mixed = _mixed(rows.value.view(np.uint64) ^ _mixed(rows.phases.place.astype(np.uint64)))
    return rows.phases.spread(np.add.reduceat(mixed, rows.phases.start))


def _mixed(numbers: Numbers) -> Numbers:
    """The step of the generator splitmix64 (Steele, Lea and Flood 2014, doi 10.1145/2660193.2660195): the same on every machine."""
    z = numbers + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _reordered(rows: Rows, key: Numbers, first: int, copies: int) -> Rows:
    """So many copies of all phases, one after the other, the kept rows of each in an order of chance."""
    phase = np.concatenate([rows.phase + rows.phases.number * copy for copy in range(copies)])
    kept = np.flatnonzero(np.tile(rows.kept, copies))
    source = np.arange(phase.size)
    copy = np.repeat(np.arange(first, first + copies, dtype=np.uint64), rows.value.size)
    random = _mixed(np.tile(key, copies) + _mixed((copy << np.uint64(32)) + np.tile(rows.phases.place.astype(np.uint64), copies)))
    source[kept] = kept[np.argsort(phase[kept] + (random[kept] >> np.uint64(11)) * 2.0**-53)]
    taken = source % rows.value.size
    others = {name: None if column is None else column[taken] for name, column in (("measured", rows.measured), ("denominator", rows.denominator))}
    return Rows(rows.value[taken], np.tile(rows.excluded, copies), phase, phase, **others)


def _flagged_last(rows: Rows, settings: Settings) -> Floats:
    with np.errstate(invalid="ignore"):  # months of a size of 0, and series that do not move
        found = engine.flags(rows, settings)
    last = rows.phases.start + rows.phases.size - 1
    return np.asarray((found.outside | found.shift | found.trend | found.two_of_three)[last], dtype=np.float64)
