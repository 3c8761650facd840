"""sightline: look along the line of a target and see what the line does to what you see."""

__version__ = "0.1.0"
