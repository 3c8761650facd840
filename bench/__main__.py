"""Prints the tables: every figure is the least of its repeats, and the repeats of what is compared are interleaved."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from bench import charts, engine, extract, parse, pictures, runs, trend

PARTS = {
    "parse": parse.rows, "extract": extract.rows, "engine": engine.rows, "trend": trend.rows, "charts": charts.rows,
    "pictures": pictures.rows, "runs": runs.rows,
}  # fmt: skip


def main(repeats: int, parts: Iterable[str]) -> None:
    """Measure and print each part as soon as it is known."""
    for part in parts:
        for row in PARTS[part](repeats):
            print(row, flush=True)  # noqa: T201
        print(flush=True)  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3, sys.argv[2:] or list(PARTS))
