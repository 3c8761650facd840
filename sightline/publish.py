"""Publication: the DuckDB file, Parquet beside it, ``run.json``, and one rename that swaps the whole.

What readers see is a symlink to a finished folder. A folder is built beside and moved in whole; who holds an old file
open keeps it, who opens anew sees the new. Nothing is ever written into a folder that is published.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from sightline.home import Home
from sightline.tables import QUIET, Table, content_hash

#: read by DuckDB 1.1 and every later version; the default of DuckDB 2 shuts out every older one
STORAGE_VERSION = "v1.0.0"
KEPT_PUBLICATIONS = 3
#: tables in memory at once while they are hashed
HASHED_AT_ONCE = 2
ROOMS = ("sightline", "assets", "sql", "expectations")
LIBRARIES = ("polars", "duckdb", "altair", "vl-convert-python", "numpy", "scipy", "jinja2")
CODE_ENDINGS = (".py", ".sql", ".toml", ".json", ".csv", ".jinja", ".html", ".css")


def build_database(path: Path, tables: Mapping[str, tuple[Table, Path]]) -> None:
    """Write every table into one DuckDB file, with the description of each table and column as its comment.

    What is described as a view is one there, over the tables beside it, so that the file holds its rows once.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        connection.execute(QUIET)
        connection.execute(f"attach {quoted(str(path))} as house (storage_version {quoted(STORAGE_VERSION)})")
        connection.execute("use house")
        connection.execute("begin")  # one wait for the disk, not one a comment
        for table, parquet in sorted(tables.values(), key=lambda one: one[0].view):
            full, kind = f'"{table.schema}"."{table.name}"', "view" if table.view else "table"
            connection.execute(f'create schema if not exists "{table.schema}"')
            rows = table.sql if table.view else f"select * from read_parquet({quoted(str(parquet))})"
            connection.execute(f"create {kind} {full} as {rows}")
            grain = ", ".join(table.grain)
            connection.execute(f"comment on {kind} {full} is {quoted(f'{table.description} One row: {grain}.')}")
            for column in table.columns:
                meaning = f"{column.meaning} [{column.unit}]" if column.unit else column.meaning
                connection.execute(f'comment on column {full}."{column.name}" is {quoted(meaning)}')
        connection.execute("commit")
        connection.execute("use memory")
        connection.execute("detach house")


def quoted(text: str) -> str:
    """A SQL string."""
    return "'" + text.replace("'", "''") + "'"


def copy_parquet(folder: Path, tables: Mapping[str, tuple[Table, Path]]) -> None:
    """The same tables as ``<schema>.<name>.parquet``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (_, parquet) in tables.items():
        shutil.copyfile(parquet, folder / f"{name}.parquet")


def lasting(names: Iterable[str]) -> list[str]:
    """Of tables named ``schema.name`` those that are a function of archive, declared files and code, in order."""
    return sorted(name for name in names if name.partition(".")[0] in ("core", "reference", "measure", "analysis") or name == "meta.revision")


def hashes(tables: Mapping[str, tuple[Table, Path]]) -> dict[str, str]:
    """Content hash of every table that is a function of archive, declared files and code."""
    names = lasting(tables)
    with ThreadPoolExecutor(HASHED_AT_ONCE) as pool:  # polars leaves the interpreter to others while it works
        return dict(zip(names, pool.map(lambda name: content_hash(pl.read_parquet(tables[name][1]), tables[name][0].grain), names), strict=True))


def swap(home: Home, built: Path, run: str, facts: Mapping[str, Any]) -> Path:
    """Move a finished folder among the publications and let ``published`` point to it; returns the folder.

    Everything in it is on the disk before its name is, and its name before the link: a loss of power leaves the old or the new.
    The move and the change of the link are one rename each; older publications beyond the last three are removed after. One who
    is killed between the two leaves a whole folder that nobody points to: it counts among the last three.
    """
    (built / "run.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    make_durable(built)
    final = home.publications / run
    built.replace(final)
    sync(home.publications)
    beside = home.root / f".published.{os.getpid()}"
    beside.unlink(missing_ok=True)
    beside.symlink_to(final.relative_to(home.root))
    beside.replace(home.published)
    sync(home.root)
    remove_old(home)
    return final


def make_durable(folder: Path) -> None:
    """Wait until every file below ``folder``, and every name, is on the disk."""
    for path in (*folder.rglob("*"), folder):
        sync(path)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_old(home: Home) -> None:
    """Keep the last publications, and the one that is published whatever its age.

    A folder is renamed before it is emptied: nobody finds half a publication under its name.
    """
    for folder in old_publications(home):
        shutil.rmtree(folder.rename(folder.with_name(f".old-{folder.name}")), ignore_errors=True)


def old_publications(home: Home) -> list[Path]:
    """The publications beyond the last ones, the oldest first; never the one that is published."""
    current = home.published.resolve()
    others = sorted(
        (folder for folder in home.publications.iterdir() if folder.is_dir() and folder.resolve() != current and folder.name[0] != "."),
        key=lambda folder: folder.name,
    )
    return others[: max(0, len(others) - (KEPT_PUBLICATIONS - 1))]


def published_run(home: Home) -> dict[str, Any] | None:
    """``run.json`` of what is published; None where nothing is, or where it cannot be read."""
    try:
        facts = json.loads((home.published / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return facts if isinstance(facts, dict) else None


def published_state(home: Home) -> str | None:
    """The state that what is published was made from."""
    facts = published_run(home)
    return str(facts["state"]) if facts and "state" in facts else None


def state(home: Home, parts: Iterable[str]) -> str:
    """A hash of what a publication is made from: the parts handed in (archive, source), declared files, code and libraries."""
    digest = hashlib.sha256()
    for part in (*parts, declared_hash(home), code_hash()):
        digest.update(part.encode() + b"\n")
    return digest.hexdigest()


def declared_hash(home: Home) -> str:
    """A hash of what people declared."""
    digest = hashlib.sha256()
    for path in sorted(path for path in home.declared.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(home.declared)).encode() + path.read_bytes())
    return digest.hexdigest()


def code_hash() -> str:
    """A hash of our own code and of the versions of the libraries that shape figures and pages."""
    digest = hashlib.sha256(" ".join(f"{name} {installed(name)}" for name in LIBRARIES).encode())
    for room in ROOMS:
        for name, body in walk(files(room), room):
            digest.update(name.encode() + body)
    return digest.hexdigest()


def walk(folder: Traversable, name: str) -> Iterable[tuple[str, bytes]]:
    """Our own text files below a room, in order of their names."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            if not entry.name.startswith(("_", ".")):
                yield from walk(entry, f"{name}/{entry.name}")
        elif entry.name.endswith(CODE_ENDINGS):
            yield f"{name}/{entry.name}", entry.read_bytes()


def installed(library: str) -> str:
    """The version of a library; empty where it is not there."""
    try:
        return version(library)
    except PackageNotFoundError:
        return ""
