"""What every test may use: the larger mirror of published files, where there is one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("SIGHTLINE_SHARED") or Path(__file__).parents[2] / "shared")
HAS_MIRROR = (SHARED / "nhs-mirror" / "mirror.py").is_file()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on the mirror are skipped with a reason where it is absent; on the machine that lets changes in they may not be."""
    marked = [item for item in items if item.get_closest_marker("mirror")]
    if HAS_MIRROR or not marked:
        return
    if os.environ.get("CI"):
        raise pytest.UsageError(f"{len(marked)} tests need the mirror of published files and CI may not skip them: set SIGHTLINE_SHARED")
    for item in marked:
        item.add_marker(pytest.mark.skip(reason="no nhs-mirror in SIGHTLINE_SHARED or ../shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder that holds nhs-mirror and golden; only for tests marked ``mirror``."""
    return SHARED
