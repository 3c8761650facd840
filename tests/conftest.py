"""What every test may use: the larger mirror of published files, where there is one."""

from __future__ import annotations

import fcntl
import os
import pickle
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from sightline.home import Home
from tests.ae_site import monthly, months, site

if TYPE_CHECKING:
    from pipelines.run import Outcome

# no deadline: a machine that is busy is no fault of the code
settings.register_profile("house", max_examples=100 if os.environ.get("CI") else 20, deadline=None)
settings.load_profile("house")

#: the months of the house that every test may look at
MONTHS = months(date(2023, 1, 1), 16)

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


@pytest.fixture(scope="session")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of these tests share."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own) / "together"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def charts(together: Path) -> Path:
    """Where homes of these tests keep their charts: the same chart is drawn once."""
    folder = together / "charts"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def history_in_memory() -> Iterator[None]:
    """Dagster's own history of a run stays in memory: on disk it takes longer than the run."""
    import dagster as dg

    patch = pytest.MonkeyPatch()
    patch.setattr("pipelines.job.open_instance", lambda _home: dg.DagsterInstance.ephemeral())
    yield
    patch.undo()


def new_home(folder: Path, charts: Path) -> Home:
    """An empty home whose charts lie with those of all other homes."""
    home = Home(folder).create()
    (home.tidy / "charts").symlink_to(charts)
    return home


@pytest.fixture(scope="session")
def good(together: Path, tmp_path_factory: pytest.TempPathFactory, charts: Path, history_in_memory: None) -> tuple[Outcome, Home]:
    """Sixteen months without a fault, published; the source is the folder ``site`` beside the home.

    The first process that asks publishes it, the others wait; each has a copy of its own.
    """
    from pipelines.run import run_nightly

    made, kept = together / "good", together / "good.outcome"
    with (together / "good.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            outcome = run_nightly(new_home(made / "sightline-home", charts), str(site(made / "site", [monthly(month) for month in MONTHS])))
            kept.write_bytes(pickle.dumps(outcome))
    copy = Path(shutil.copytree(made, tmp_path_factory.mktemp("good") / "copy", symlinks=True))
    return pickle.loads(kept.read_bytes()), Home(copy / "sightline-home")  # noqa: S301  written above


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory, charts: Path, history_in_memory: None) -> Home:
    """The snapshot's months, published: where changes are let in the home of `make run`, in which another run finds nothing new, else a new home."""
    from pipelines.run import run_nightly

    published = os.environ.get("CI") and os.environ.get("SIGHTLINE_HOME")
    home = Home(Path(published)) if published else new_home(tmp_path_factory.mktemp("snapshot") / "sightline-home", charts)
    outcome = run_nightly(home, "snapshot")
    assert outcome.exit_status == 0, outcome.lines
    return home
