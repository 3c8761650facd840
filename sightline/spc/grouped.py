"""Sums, means and medians of many phases at once.

Every function takes arrays with one element a row. A missing value is NaN. A group without a value gets NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Kind = TypeVar("Kind", bound=np.generic)
#: groups so unlike in size that a matrix of them would have this many times their rows are ranked without one
SPARSE = 4

# glibc hands what large arrays held back to the system and takes it again for the next, page by page: half of the engine's time. A large
# block freed once raises the size from which it does so (mallopt(3), M_MMAP_THRESHOLD); nothing is touched, other allocators do not mind.
np.empty(31 * 1024**2, dtype=np.uint8)


@dataclass(frozen=True)
class Groups:
    """Rows that lie together, such as those of a phase: `of` is the number of each row's group, from 0 and never falling.

    There are `number` groups; some may be empty.
    """

    of: Ints
    number: int

    @cached_property
    def start(self) -> Ints:
        """The first row of each group."""
        return np.searchsorted(self.of, np.arange(self.number)).astype(np.int64)

    @cached_property
    def size(self) -> Ints:
        """How many rows each group has."""
        return np.diff(self.start, append=self.of.size).astype(np.int64)

    @cached_property
    def place(self) -> Ints:
        """The place of each row in its group, from 0."""
        return np.asarray(np.arange(self.of.size) - self.spread(self.start))

    def spread(self, by_group: npt.NDArray[Kind]) -> npt.NDArray[Kind]:
        """What is known of each group, for each of its rows."""
        return np.repeat(by_group, self.size)

    def among(self, used: Flags) -> Groups:
        """The same groups, of the rows used."""
        return self if used.all() else Groups(self.of[used], self.number)

    def count(self, used: Flags) -> Ints:
        """Rows used in each group."""
        if used.all():
            return self.size
        found: Ints = self._reduced(np.add, used, np.dtype(np.int64))
        return found

    def mean(self, values: Floats, used: Flags) -> Floats:
        """Mean of each group; a second pass takes out the rounding of the first (D3)."""
        n, all_used = self.count(used), bool(used.all())
        with np.errstate(invalid="ignore", divide="ignore"):
            first = self.total(values if all_used else np.where(used, values, 0.0)) / n
            left = values - self.spread(first)
            rest = self.total(left if all_used else np.where(used, left, 0.0)) / n
        return np.asarray(first + rest)

    def total(self, values: Floats) -> Floats:
        """Sum of each group; of none, 0."""
        found: Floats = self._reduced(np.add, values, np.dtype(np.float64))
        return found

    def largest(self, values: Floats, used: Flags) -> Floats:
        """Largest value of each group, 0 where none is above."""
        found: Floats = self._reduced(np.maximum, values if used.all() else np.where(used, values, 0.0), np.dtype(np.float64))
        return np.maximum(found, 0.0)

    def median(self, values: Floats, used: Flags) -> Floats:
        """Median of each group."""
        held, some = self.among(used), self.count(used) > 0
        found = np.full(self.number, np.nan)
        ranked, start = held._ranked(values[used])
        low, high = (start + (held.size - 1) // 2)[some], (start + held.size // 2)[some]
        found[some] = (ranked[low] + ranked[high]) / 2
        return found

    def _ranked(self, values: Floats) -> tuple[Floats, Ints]:
        """The values in order within each group, and where each group begins among them."""
        width = int(self.size.max(initial=0))
        if self.number * width > SPARSE * values.size:
            return values[np.lexsort((values, self.of))], self.start
        matrix = np.full((self.number, width), np.inf)
        matrix[self.of, self.place] = values
        return np.sort(matrix, axis=1).ravel(), np.arange(self.number) * width

    def _reduced(self, ufunc: np.ufunc, values: npt.NDArray[Any], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """The values of each group joined by `ufunc`; 0 where there is none."""
        filled = self.size > 0
        if filled.all() and self.number:
            return np.asarray(ufunc.reduceat(values, self.start, dtype=dtype))
        found = np.zeros(self.number, dtype=dtype)
        if filled.any():
            found[filled] = ufunc.reduceat(values, self.start[filled], dtype=dtype)
        return found


def run_starts(label: npt.NDArray[np.int8], group: Ints) -> Ints:
    """The first row of every run of equal labels, runs ending with the group."""
    begins = np.ones(label.size, dtype=bool)
    begins[1:] = (label[1:] != label[:-1]) | (group[1:] != group[:-1])
    return np.flatnonzero(begins)


def in_runs(label: npt.NDArray[np.int8], group: Ints, length: int) -> Flags:
    """Rows in a run of at least `length` equal labels, runs ending with the group."""
    found = np.zeros(label.size, dtype=bool)
    if label.size < length:
        return found
    same = (label[1:] == label[:-1]) & (group[1:] == group[:-1])
    whole = np.ones(label.size - length + 1, dtype=bool)
    for ahead in range(length - 1):
        whole &= same[ahead : ahead + whole.size]
    for ahead in range(length):
        found[ahead : ahead + whole.size] |= whole
    return found
