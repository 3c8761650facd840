"""Progress of a run: bars on a terminal, plain lines elsewhere, nothing when silent."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sightline.progress import Listener, listener

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def progress(*, silent: bool) -> Iterator[None]:
    """Show how far long steps have come while the body runs."""
    if silent:
        yield
        return
    with bars() if sys.stdout.isatty() else lines() as tell:
        token = listener.set(tell)
        try:
            yield
        finally:
            listener.reset(token)


@contextmanager
def lines() -> Iterator[Listener]:
    """One line a step, when it is complete."""

    def tell(what: str, done: int, total: int) -> None:
        if done == total:
            print(f"{what}: {done}", flush=True)

    yield tell


@contextmanager
def bars(console: "Console | None" = None) -> Iterator[Listener]:
    """One bar a step, with counts; on stdout unless a console says otherwise."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console) as shown:
        known: dict[str, object] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in known:
                known[what] = shown.add_task(what, total=total)
            shown.update(known[what], completed=done)  # type: ignore[arg-type]

        yield tell
