"""The least of several interleaved measurements, and a table of ratios."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping


def least(repeats: int, works: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Seconds of each work: one after the other, ``repeats`` rounds, the least of each; so a busy minute falls on all alike."""
    rounds = [{name: seconds(work) for name, work in works.items()} for _ in range(repeats)]
    return {name: min(one[name] for one in rounds) for name in works}


def seconds(work: Callable[[], object]) -> float:
    """How long ``work`` takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def table(title: str, found: Mapping[str, float], baseline: str, more: Callable[[str], str] = lambda _: "") -> Iterator[str]:
    """Each work's seconds and its ratio to the baseline's."""
    yield f"{title} (baseline: {baseline})"
    for name, took in found.items():
        yield f"  {name:<44} {took:8.3f} s   × {took / found[baseline]:5.2f}   {more(name)}".rstrip()
