"""Runs analysis of a run chart: an unusually long run or unusually few crossings of the centre line.

Anhøj and Olesen 2014, doi 10.1371/journal.pone.0113825; Anhøj and Wentzel-Larsen 2018, doi 10.1186/s12874-018-0564-0.
Missing points, excluded points and points on the centre line are dropped first; the rest are the useful observations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr

from sightline.spc.grouped import Flags, Floats, Groups, Ints, run_starts
from sightline.spc.rules import Sides


@dataclass(frozen=True)
class Runs:
    """One element a phase; NaN where there is no useful observation."""

    useful: Ints
    longest: Floats
    longest_limit: Floats
    crossings: Floats
    crossings_limit: Floats

    @property
    def signal(self) -> Flags:
        """A run longer than its limit or fewer crossings than theirs."""
        with np.errstate(invalid="ignore"):
            return (self.longest > self.longest_limit) | (self.crossings < self.crossings_limit)


def runs(sides: Sides, excluded: Flags, phases: Groups) -> Runs:
    """Count runs and crossings in every phase and set their limits."""
    useful = (sides != 0) & ~excluded
    phase, n = phases.of[useful], phases.count(useful)
    begins = run_starts(sides[useful], phase)
    every_run, run = Groups(phase[begins], phases.number), np.ones(begins.size, dtype=bool)
    longest = every_run.largest(np.diff(begins, append=phase.size).astype(np.float64), run)
    crossings = np.asarray(every_run.size - 1, dtype=np.float64)
    none = n == 0
    return Runs(n, *(np.where(none, np.nan, found) for found in (longest, longest_run_limit(n), crossings, crossings_limit(n))))


def longest_run_limit(useful: Ints) -> Floats:
    """round(log2 n) + 3: the longest run still usual."""
    return np.asarray(np.round(np.log2(np.maximum(useful, 1))) + 3, dtype=np.float64)


def crossings_limit(useful: Ints) -> Floats:
    """The 5 % quantile of the binomial distribution with n - 1 trials and p = 0.5: the fewest crossings still usual."""
    sizes, place = np.unique(np.maximum(useful, 1), return_inverse=True)
    fewest = np.arange(int(sizes.max(initial=1)))
    usual = bdtr(fewest[None, :].astype(float), (sizes - 1)[:, None], 0.5) >= 0.05
    usual |= fewest[None, :] >= (sizes - 1)[:, None]  # the whole distribution lies at or below n - 1
    return np.asarray(usual.argmax(axis=1)[place].reshape(useful.shape), dtype=np.float64)
