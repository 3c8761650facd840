"""Real published files, frozen: one ZIP that travels with the package, the offline default."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from sightline.errors import BadInput

__all__ = ["path"]


def path() -> Path:
    """Where the snapshot lies; raises BadInput when the package came without it."""
    found = Path(str(resources.files(__package__) / "snapshot.zip"))
    if not found.is_file():
        raise BadInput("the snapshot", expected="snapshot.zip inside the package", seen="nothing", action="install sightline again")
    return found
