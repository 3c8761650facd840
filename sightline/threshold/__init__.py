"""What a target's line does to what is measured at it: crossing cohorts, bunching, density. A pattern, never a motive."""

from sightline.threshold.bunching import Bunching, bunching
from sightline.threshold.crossing import Crossing, crossing
from sightline.threshold.density import Density, density

__all__ = ["Bunching", "Crossing", "Density", "bunching", "crossing", "density"]
