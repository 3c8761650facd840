"""Sigma of a proportion, a rate and a count, as chance alone would make it; and how much more or less there is.

P, U and C charts: binomial and Poisson (Mohammed, Worthington and Woodall 2008, doi 10.1136/qshc.2004.012047). P', U'
and C' charts widen or narrow them by sigma z, the spread of the standardised points from one to the next (Laney 2002).
"""

from __future__ import annotations

import numpy as np

from sightline.spc.grouped import Floats

#: mean range of two in standard deviations, as printed in every table of constants
D2 = 1.128
#: charts of counts: the sigma that each takes from chance
BINOMIAL = ("p", "pp")
POISSON_RATE = ("u", "up")
POISSON_COUNT = ("c", "cp")
#: those that measure sigma z
PRIMED = ("pp", "up", "cp")
KINDS = (*BINOMIAL, *POISSON_RATE, *POISSON_COUNT)


def chance_sigma(kind: str, centre: Floats, denominator: Floats) -> Floats:
    """Standard deviation of a point by chance alone: sqrt(p(1-p)/n), sqrt(u/n) or sqrt(c).

    `centre` and `denominator` have one element a point; a count has no use for its denominator.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        if kind in BINOMIAL:
            return np.asarray(np.sqrt(np.maximum(centre * (1 - centre), 0) / denominator))
        return np.asarray(np.sqrt(np.maximum(centre, 0) / (denominator if kind in POISSON_RATE else 1)))
