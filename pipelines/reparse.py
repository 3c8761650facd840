"""``sightline run --reparse``: forgets how files were read, so that the next run reads them anew."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from assets.description import datasets
from sightline.errors import BadInput
from sightline.fetch import Ledger
from sightline.home import Home


def forget(home: Home, names: Sequence[str], months: Sequence[str]) -> int:
    """Remove the parsed tables of these datasets, or only those of these months (``2024-05``); returns how many files that concerns.

    Raises:
        BadInput: an unknown dataset, a month without a file (says what there is), months without a dataset, or a run holds the home.
    """
    if not names:
        raise BadInput(
            "run", expected="--reparse DATASET before a month", seen=" ".join(months)[:80], action="say: sightline run --reparse ae 2024-05"
        )
    with home.lock("reparse"):
        chosen = {name: files_of(home, name, months) for name in dict.fromkeys(names)}
        for name, contents in chosen.items():
            for sha256 in contents:
                for table in (home.tidy / name).glob(f"{sha256}-*.parquet"):
                    table.unlink(missing_ok=True)
    return sum(map(len, chosen.values()))


def files_of(home: Home, name: str, months: Sequence[str]) -> list[str]:
    """The SHA-256 of the archived files of a dataset, of all months or of these; the month is that of link or file name."""
    if name not in datasets():
        raise BadInput("--reparse", expected=f"a dataset: {', '.join(datasets())}", seen=repr(name[:80]), action="name one of these")
    files = Ledger(home.ledger).files(name).with_columns(pl.col("month", "name_month").dt.strftime("%Y-%m"))
    if not months:
        return files["sha256"].unique().sort().to_list()
    there = sorted({*files["month"].drop_nulls(), *files["name_month"].drop_nulls()})
    absent = sorted(set(months) - set(there))
    if absent:
        raise BadInput(
            f"--reparse {name}",
            expected=f"months with a file: {', '.join(there) or 'there are none yet'}",
            seen=", ".join(absent)[:80],
            action="name some of these, or none for all",
        )
    wanted = files.filter(pl.col("month").is_in(list(months)) | pl.col("name_month").is_in(list(months)))
    return wanted["sha256"].unique().sort().to_list()
