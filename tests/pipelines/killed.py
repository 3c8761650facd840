"""A run in a process of its own that may be killed: everything heavy is imported once, in the process from which such processes are forked."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import altair  # noqa: F401  imported so that a kill falls into the run and not into imports
import great_expectations  # noqa: F401

import pipelines.job  # noqa: F401
from pipelines.run import run_nightly
from sightline.home import Home

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])


def night(home: Path, source: Path, said: str) -> None:
    """The run itself, at the head of a process group; what it says goes to a file."""
    os.setsid()
    with Path(said).open("w", encoding="utf-8") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    outcome = run_nightly(Home(home), str(source))
    print(outcome.status, *outcome.lines, sep="\n", flush=True)  # noqa: T201
    sys.exit(outcome.exit_status)


class Run:
    """A run that has begun."""

    def __init__(self, home: Home, source: Path) -> None:
        descriptor, self._said = tempfile.mkstemp()
        os.close(descriptor)
        self.process = FORKS.Process(target=night, args=(home.root, source, self._said))
        self.process.start()
        self.pid = self.process.pid or 0

    def alive(self, seconds: float = 0.0) -> bool:
        """Whether it is still under way after so many seconds."""
        self.process.join(seconds)
        return self.process.is_alive()

    def end(self) -> tuple[int | None, str]:
        """Waits for its end: the exit status, and what was said."""
        self.process.join(180)
        said = Path(self._said)
        text = said.read_text(encoding="utf-8")
        said.unlink()
        return self.process.exitcode, text

    def kill(self, *, group: bool) -> None:
        """``kill -9``, of the process or of its whole group."""
        with suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.pid, signal.SIGKILL)
        self.end()
