"""Best box and cut box: bounds for the longest run and the crossings that are tuned to a shift of 0.8 standard deviations.

Anhøj and Wentzel-Larsen 2020, doi 10.1371/journal.pone.0233920, for 10 to 100 useful observations. A *box* is all pairs of
at least so many crossings and no run longer than so much. The *best box* is, of all boxes that hold at least 92.5 % of
unchanged series, the one that holds the fewest shifted ones. The *cut box* is what is left of it when pairs at its corner
are taken away as long as it still holds 92.5 %. `python -m sightline.spc.boxes` works both out anew and rewrites boxes.csv.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import polars as pl
from scipy.special import ndtr

from sightline.spc.anhoej import Runs
from sightline.spc.grouped import Flags, Floats, Ints

SMALLEST, LARGEST = 10, 100
#: what a box has to hold of unchanged series, and the shift, in standard deviations, that it is tuned to
HOLDS, SHIFT = 0.925, 0.8


def signal(runs: Runs, method: str) -> Flags:
    """Whether runs and crossings lie outside the box; by the Anhøj rules where there is no box for so few or so many."""
    boxed = (runs.useful >= SMALLEST) & (runs.useful <= LARGEST)
    place = np.clip(runs.useful, SMALLEST, LARGEST) - SMALLEST
    few, long, few_at_longest, long_at_fewest = (column[place] for column in _bounds())
    with np.errstate(invalid="ignore"):
        outside = (runs.crossings < few) | (runs.longest > long)
        if method == "cutbox":
            outside |= (runs.crossings == few) & (runs.longest > long_at_fewest)
            outside |= (runs.longest == long) & (runs.crossings < few_at_longest)
    return np.asarray(np.where(boxed, outside, runs.signal), dtype=np.bool_)


@cache
def _bounds() -> tuple[Ints, Ints, Ints, Ints]:
    """The shipped table, a column each; where nothing is cut, the bounds at the corner are those of the box."""
    with resources.files("sightline.spc").joinpath("boxes.csv").open("rb") as shipped:
        table = pl.read_csv(shipped).sort("useful_points")
    few, long = (table[name].to_numpy().astype(np.int64) for name in ("fewest_crossings", "longest_run"))
    cut = zip(("crossings_at_longest_run", "run_at_fewest_crossings"), ("fewest_crossings", "longest_run"), strict=True)
    few_cut, long_cut = (table[name].fill_null(table[box]).to_numpy().astype(np.int64) for name, box in cut)
    return few, long, few_cut, long_cut


def compositions(largest: int) -> Floats:
    """[l, k, n]: in how many ways n points fall into k runs, none longer than l; all three up to `largest`."""
    ways = np.zeros((largest + 1, largest + 1, largest + 1))
    ways[:, 0, 0] = 1
    for run in range(1, largest + 1):
        for runs in range(1, largest + 1):
            before = np.cumsum(ways[run, runs - 1])
            ways[run, runs, 1:] = before[:-1]
            ways[run, runs, run + 1 :] -= before[: largest - run]
    return ways


def joint(points: int, above: float, ways: Floats) -> Floats:
    """[c, l]: the chance of c crossings and a longest run of l in so many points, each above the line with chance `above`.

    The runs above and the runs below alternate; how the points above fall into theirs and those below into theirs are apart.
    """
    up = np.arange(points + 1)
    weight = above**up * (1 - above) ** (points - up)
    crossings = np.arange(points)
    more, fewer = crossings // 2 + 1, (crossings + 1) // 2
    lengths = ways[1 : points + 1]
    starts_above = np.einsum("lca,lca,a->cl", lengths[:, more, : points + 1], lengths[:, fewer, : points + 1][:, :, ::-1], weight)
    starts_below = np.einsum("lca,lca,a->cl", lengths[:, fewer, : points + 1], lengths[:, more, : points + 1][:, :, ::-1], weight)
    return np.diff(starts_above + starts_below, axis=1, prepend=0.0)


def best_box(unchanged: Floats, shifted: Floats) -> tuple[int, int]:
    """Fewest crossings and longest run of the best box; only boxes whose corner can happen."""
    held, held_shifted = (np.cumsum(np.cumsum(chance[::-1], axis=0)[::-1], axis=1) for chance in (unchanged, shifted))
    allowed = (unchanged > 0) & (held >= HOLDS)
    few, place = np.unravel_index(np.where(allowed, held_shifted, np.inf).argmin(), unchanged.shape)
    return int(few), int(place) + 1


def cut_box(unchanged: Floats, shifted: Floats, few: int, long: int) -> tuple[int, int] | None:
    """What is left at the corner: the fewest crossings at the longest run, the longest run at the fewest crossings.

    Of the two cells next to what was cut the one goes that a shifted series is likelier to be in, as long as the box
    holds enough without it. None where not even the corner can go.
    """
    left = unchanged[few:, :long].sum() - unchanged[few, long - 1]
    if left < HOLDS:
        return None
    crossings, run = few + 1, long - 1
    while True:
        may_cut = {
            "crossings": crossings < len(unchanged) and 0 < unchanged[crossings, long - 1] <= left - HOLDS,
            "run": run > 0 and 0 < unchanged[few, run - 1] <= left - HOLDS,
        }
        if not any(may_cut.values()):
            return crossings, run
        if may_cut["crossings"] and not (may_cut["run"] and shifted[few, run - 1] > shifted[crossings, long - 1]):
            left -= unchanged[crossings, long - 1]
            crossings += 1
        else:
            left -= unchanged[few, run - 1]
            run -= 1


def table() -> pl.DataFrame:
    """Both boxes for every number of useful observations."""
    ways, above = compositions(LARGEST), float(ndtr(SHIFT))
    rows = []
    for points in range(SMALLEST, LARGEST + 1):
        unchanged, shifted = joint(points, 0.5, ways), joint(points, above, ways)
        few, long = best_box(unchanged, shifted)
        cut = cut_box(unchanged, shifted, few, long) or (None, None)
        rows.append((points, few, long, *cut))
    names = ("useful_points", "fewest_crossings", "longest_run", "crossings_at_longest_run", "run_at_fewest_crossings")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Int64), orient="row")


if __name__ == "__main__":
    table().write_csv(Path(__file__).with_name("boxes.csv"))
