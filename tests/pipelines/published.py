"""A home with something published, written by hand: no run is needed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from sightline.fetch import Ledger, Visit
from sightline.home import Home

FINISHED = datetime(2025, 6, 12, 3, 15, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "run": "20250612T031500Z-1a2b3c4d",
    "source": "nhs",
    "source_label": "NHS England's website",
    "simulated": False,
    "finished": "2025-06-12 03:15:00+00:00",
    "newest_month": "2025-05-01",
    "months": 74,
    "missing_months": {},
    "held_back": [],
    "inputs": [{"dataset": "ae", "month": "2025-04-01"}, {"dataset": "ae", "month": "2025-05-01"}],
}


def published(root: Path, **changed: Any) -> Home:
    """A home whose publication has these facts, a page and a chart's identifier in it."""
    home = Home(root).create()
    folder = home.publications / "20250612T031500Z-1a2b3c4d"
    (folder / "pack").mkdir(parents=True)
    (folder / "parquet").mkdir()
    (folder / "run.json").write_text(json.dumps({**FACTS, **changed}))
    (folder / "pack" / "index.html").write_text('<title id="t0123456789">A chart</title>')
    (folder / "sightline.duckdb").write_bytes(b"rows")
    home.published.symlink_to(folder.relative_to(home.root))
    return home


def hold_back(home: Home, *files: tuple[str, str]) -> None:
    """Let the publication hold back files: their SHA-256 and the reason."""
    rows = [
        {
            "dataset": "ae",
            "month": date(2025, 5, 1),
            "url": f"https://x/{sha256[:6]}.csv",
            "sha256": sha256,
            "reason": reason,
            "what_stays": "nothing",
        }
        for sha256, reason in files
    ]
    frame = pl.DataFrame(rows, schema_overrides={"month": pl.Date})
    frame.write_parquet(home.published / "parquet" / "meta.quarantine.parquet")


def visited(home: Home, day: int, *, new: int = 0, failed: int = 0, note: str = "") -> None:
    """A visit in the night of a day of June 2025."""
    moment = datetime(2025, 6, day, 3, 15, 30, tzinfo=UTC)
    Ledger(home.ledger).close(Visit("ae", "NHS England's website", moment, moment, new=new, unchanged=5, failed=failed, note=note))
