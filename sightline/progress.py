"""Tells whoever listens how far a long step has come; silent when nobody listens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

#: called with (what, done, total) at the start and after each item
Listener = Callable[[str, int, int], None]

listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def track(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Yield ``items``, reporting each to the current listener under the name ``what``."""
    tell = listener.get()
    if tell is None:
        yield from items
        return
    count = total if total is not None else len(items) if isinstance(items, Sized) else 0
    tell(what, 0, count)
    for done, item in enumerate(items, start=1):
        yield item
        tell(what, done, count)
