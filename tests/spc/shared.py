"""Where the golden numbers and reference tables lie that are too large for this repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("SIGHTLINE_SHARED") or Path(__file__).parents[3] / "shared")


def needed(*parts: str) -> Path:
    """A file of the shared folder: without it a test is skipped, in continuous integration it fails."""
    path = SHARED.joinpath(*parts)
    if not path.is_file():
        missing = f"no {'/'.join(parts)} in SIGHTLINE_SHARED or ../shared"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return path
