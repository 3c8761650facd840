"""The scale on which a series is decomposed: one on which the noise of counts is about the same at every level.

The arcsine of the square root for proportions and the square root for counts and rates (Anscombe 1948, doi 10.1093/biomet/35.3-4.246).
Both take zeros, and no limit that is put back lies under 0 or over 100 %.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sightline.trend.decomposition import Floats


class Scale(NamedTuple):
    """To the scale of the model, and back to the unit of the measure."""

    to: Callable[[Floats], Floats]
    back: Callable[[Floats], Floats]


def _arcsine(share: Floats) -> Floats:
    return np.arcsin(np.sqrt(np.clip(share, 0.0, 1.0)))


def _sine_squared(angle: Floats) -> Floats:
    return np.sin(np.clip(angle, 0.0, np.pi / 2)) ** 2


def _squared(root: Floats) -> Floats:
    return np.maximum(root, 0.0) ** 2


PROPORTION = Scale(_arcsine, _sine_squared)
COUNT = Scale(np.sqrt, _squared)


def scale_of(unit: str) -> Scale:
    """The scale of a measure's unit (``measure.definition.unit``)."""
    return PROPORTION if unit == "proportion" else COUNT
