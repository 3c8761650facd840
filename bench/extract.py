"""One full RTT extract from the ZIP to Parquet, against a bare DuckDB that reads and unpivots the same unzipped file and asks nothing of it."""

from __future__ import annotations

import random
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

from bench.clock import least, table
from sightline.sources import rtt
from sightline.tables import write_parquet

PROVIDERS, COMMISSIONERS, FUNCTIONS = 400, 9, 24


def rows(repeats: int, extract: Path | None = None) -> Iterator[str]:
    """The table; ``extract`` is a published ZIP, without it one of the same size is made up."""
    with tempfile.TemporaryDirectory() as folder:
        body = extract.read_bytes() if extract else made_up(Path(folder))
        text = rtt.unzipped(body, "extract")
        unzipped = Path(folder) / "extract.csv"
        unzipped.write_bytes(text)

        def ours() -> None:
            read = rtt.parse(body, "extract")
            write_parquet(read, Path(folder) / "ours.parquet")
            write_parquet(rtt.summed(read), Path(folder) / "summed.parquet")

        bare = "duckdb: UNPIVOT read_csv to Parquet"
        found = least(repeats, {bare: lambda: unpivoted(unzipped, Path(folder) / "bare.parquet"), "sightline.sources.rtt, checks included": ours})
    size, lines = len(text) / 1e6, text.count(b"\n")
    yield from table(f"one extract, {size:.0f} MB in {lines:,} lines", found, bare, lambda name: f"{size / found[name]:7.1f} MB/s")


def unpivoted(source: Path, out: Path) -> None:
    """What a bare DuckDB does: bands long, zeros and blanks dropped."""
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select * from (unpivot (from read_csv('{source}', header = true)) on columns('^Gt ') into name band value pathways) "
            f"where pathways > 0) to '{out}' (format parquet)"
        )


def made_up(folder: Path) -> bytes:
    """A ZIP of an extract as large as a published one, most bands empty."""
    chance = random.Random(1)  # noqa: S311 — figures of a benchmark
    header = [*rtt.LABELS, *rtt.BANDS, *rtt.TOTALS]
    path = folder / "extract.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("extract.csv", "w") as out:
        out.write((",".join(header) + "\r\n").encode())
        for provider in range(PROVIDERS):
            for commissioner in range(COMMISSIONERS):
                for part in ("Part_1A", "Part_2"):
                    out.write(group(chance, f"R{provider:04}", f"{commissioner:02}X", part))
    return path.read_bytes()


def group(chance: random.Random, provider: str, commissioner: str, part: str) -> bytes:
    """The rows of one provider, commissioner and part, with their total."""
    functions = [[0 if chance.random() < 0.9 else chance.randrange(1, 40) for _ in rtt.BANDS] for _ in range(FUNCTIONS)]
    every = [*functions, [sum(column) for column in zip(*functions, strict=True)]]
    codes = [*(f"C_{100 + number}" for number in range(FUNCTIONS)), rtt.TOTAL_FUNCTION]
    lines = []
    for code, bands in zip(codes, every, strict=True):
        total = str(sum(bands))
        labels = [
            "RTT-January-2026",
            "QWE",
            "NHS BOARD",
            provider,
            "SOME NHS TRUST",
            "",
            "",
            commissioner,
            "NHS BOARD",
            part,
            "Pathways",
            code,
            "Service",
        ]
        known = [total, "0"] if part == "Part_1A" else ["", ""]
        lines.append(",".join([*labels, *map(str, bands), *known, total]))
    return ("\r\n".join(lines) + "\r\n").encode()
