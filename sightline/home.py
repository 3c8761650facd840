"""Where things lie: one folder, the home, with everything sightline keeps and makes."""

from __future__ import annotations

import fcntl
import os
import shutil
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TextIO

from sightline.errors import BadInput, HomeInUse

#: the layout this code writes; a home with a higher number was made by a newer sightline
HOME_VERSION = 2
DEFAULT_HOME = "sightline-home"
FOLDERS = ("archive", "declared", "tidy", "stage", "quarantine", "logs", "dagster", "publications")

#: what a killed process may leave half-made, below the home; each is written under such a name and renamed when whole
HALF_MADE = (
    ".published.*",
    "home.toml.new",
    "archive/??/??/.new-*",
    "stage/*/.*.parquet.*",
    "tidy/*/.*.parquet.*",
    "tidy/charts/*.[0-9]*",
    "publications/.old-*",
    "logs/.told.*",
    "logs/last-run.new",
)

Kind = Literal["real", "simulated"]


@dataclass(frozen=True)
class Home:
    """The folder that holds archive, ledger, what people declared, and what is published.

    It must lie on a local disk: the lock and the ledger rely on its file locks.
    """

    root: Path

    @classmethod
    def find(cls, explicit: str | Path | None = None) -> Home:
        """The home at ``explicit``, else at SIGHTLINE_HOME, else ``./sightline-home``; nothing is made yet."""
        chosen = explicit or os.environ.get("SIGHTLINE_HOME") or DEFAULT_HOME
        return cls(Path(chosen).expanduser().absolute())

    @property
    def archive(self) -> Path:
        """Originals by SHA-256; only grows."""
        return self.root / "archive"

    @property
    def ledger(self) -> Path:
        """SQLite file: which address had which content when. It lies in the archive so that one copy keeps both."""
        return self.archive / "ledger.sqlite"

    @property
    def declared(self) -> Path:
        """What people decide: phases, changes, accepted upstream errors, settings."""
        return self.root / "declared"

    @property
    def tidy(self) -> Path:
        """Parsed files as Parquet, a cache."""
        return self.root / "tidy"

    @property
    def stage(self) -> Path:
        """What a run is making and has not published."""
        return self.root / "stage"

    @property
    def quarantine(self) -> Path:
        """Files held back, with the reason."""
        return self.root / "quarantine"

    @property
    def logs(self) -> Path:
        """Rotating logs."""
        return self.root / "logs"

    @property
    def dagster(self) -> Path:
        """DAGSTER_HOME."""
        return self.root / "dagster"

    @property
    def under_way(self) -> Path:
        """There while the job runs; one that was killed leaves it, so that the next run ends it in Dagster's history too."""
        return self.dagster / "under-way"

    @property
    def publications(self) -> Path:
        """Finished publications, one folder a run."""
        return self.root / "publications"

    @property
    def published(self) -> Path:
        """The symlink to the publication that readers see."""
        return self.root / "published"

    def create(self) -> Home:
        """Make what is missing and return the home.

        Raises:
            BadInput: the path is no folder, cannot be written to, or belongs to a newer sightline.
        """
        try:
            for folder in FOLDERS:
                (self.root / folder).mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise self._unusable("a folder, or a path where one can be made", "a file in its place") from error
        except OSError as error:
            raise self._unusable("a folder that can be written to", error.strerror or "an error of the disk") from error
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise self._unusable("a folder that can be written to", "a read-only folder")
        if not self._facts():
            self._write_facts(version=HOME_VERSION)
        return self

    @property
    def kind(self) -> Kind | None:
        """'real' or 'simulated' once claimed, else None."""
        kind = self._facts().get("kind")
        return kind if kind in ("real", "simulated") else None

    def claim(self, kind: Kind) -> None:
        """Record that this home holds ``kind`` data; real and simulated figures never share a home.

        Raises:
            BadInput: the home holds the other kind.
        """
        held = self.kind
        if held is None:
            self._write_facts(**(self._facts() | {"kind": kind}))
        elif held != kind:
            raise BadInput(
                str(self.root),
                expected=f"a home for {kind} data",
                seen=f"a home that holds {held} data",
                action=f"name another home for {kind} data with SIGHTLINE_HOME or --home",
            )

    def sweep(self) -> int:
        """Remove what killed processes left half-made; returns how many. Only for the one who holds the home alone."""
        found = [path for pattern in HALF_MADE for path in self.root.glob(pattern)]
        for path in found:
            _remove(path)
        return len(found)

    def migrate(self) -> None:
        """Bring a home of an older version to this one, step by step; archive, ledger and what is declared or published stay.

        Only for the one who holds the home alone. What a step does may be done twice: one who is killed within it does it again.
        """
        facts = self._facts()
        for version in range(facts["version"], HOME_VERSION):
            MIGRATIONS[version](self)
            facts["version"] = version + 1
            self._write_facts(**facts)

    @contextmanager
    def lock(self, run: str) -> Iterator[None]:
        """Hold the home for one run; processes of the same ``run`` share it, and it ends with the last of them.

        The first of them clears away what killed runs left and migrates a home of an older version.

        Raises:
            BadInput: as ``create`` does.
            HomeInUse: another run holds it; the message says which process, and since when.
        """
        self.create()
        with (self.root / "lock").open("a+", encoding="utf-8") as file:
            if _locked(file, fcntl.LOCK_EX):
                file.truncate(0)
                file.write(f"run {run}\nprocess {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
                file.flush()
                self.sweep()
                self.migrate()
                fcntl.flock(file, fcntl.LOCK_SH)
            else:
                same = _locked(file, fcntl.LOCK_SH) and self._holder(file)[0] == f"run {run}"
                if not same:
                    raise self._in_use(self._holder(file)[-1])
            yield

    @staticmethod
    def _holder(file: TextIO) -> list[str]:
        file.seek(0)
        return file.read(200).splitlines() or [""]

    def _in_use(self, holder: str) -> HomeInUse:
        return HomeInUse(
            str(self.root),
            expected="a home that no other run holds",
            seen=f"a run that holds it ({holder or 'it has only just started'})",
            action="wait until that run has ended, or name another home with SIGHTLINE_HOME",
        )

    def _facts(self) -> dict[str, Any]:
        """What home.toml says; empty for a new home."""
        path = self.root / "home.toml"
        try:
            facts = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise self._unusable("a readable home.toml", "a home.toml that cannot be read") from error
        version = facts.get("version")
        if not isinstance(version, int) or version < 1:
            raise self._unusable("a readable home.toml", "a home.toml without a version")
        if version > HOME_VERSION:
            raise BadInput(
                str(self.root),
                expected=f"a home of version {HOME_VERSION} or older",
                seen=f"version {version}, made by a newer sightline",
                action="use that newer sightline, or name another home with SIGHTLINE_HOME",
            )
        return facts

    def _write_facts(self, **facts: str | int) -> None:
        lines = ["# What this folder is. Written by sightline; do not edit."]
        lines += [f"{key} = {value}" if isinstance(value, int) else f'{key} = "{value}"' for key, value in facts.items()]
        beside = self.root / "home.toml.new"
        with beside.open("w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.root / "home.toml")

    def _unusable(self, expected: str, seen: str) -> BadInput:
        return BadInput(str(self.root), expected=expected, seen=seen, action="name another home with SIGHTLINE_HOME or --home")


def _drop_what_can_be_made_again(home: Home) -> None:
    """Version 1 kept parsed files and exchanged tables under other names and with other columns."""
    for folder in (home.tidy, home.stage):
        for entry in folder.iterdir():
            _remove(entry)


#: from which version: what brings the home to the next one
MIGRATIONS: Mapping[int, Callable[[Home], None]] = {1: _drop_what_can_be_made_again}


#: what the system, SQLite and DuckDB say of a disk -> what it means
DISK_FAULTS: Mapping[str, str] = {
    "No space left on device": "the disk is full",
    "database or disk is full": "the disk is full",
    "Disk quota exceeded": "the disk quota is used up",
    "Read-only file system": "the disk is read-only",
    "attempt to write a readonly database": "the disk is read-only",
    "Permission denied": "a file or folder of the home may not be written to",
    "unable to open database file": "a database of the home cannot be opened",
    "Input/output error": "the disk has faults",
    "disk I/O error": "the disk is full or has faults",
}


def fault_of_disk(message: str) -> str | None:
    """One plain line where an error's message is that of a disk on which nothing can be written; else None."""
    fault = next((words for said, words in DISK_FAULTS.items() if said in message), None)
    return f"{fault}; nothing was published and what was published stays. What to do: mend that and run again." if fault else None


def _remove(path: Path) -> None:
    """A file, a link or a whole folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _locked(file: TextIO, kind: int) -> bool:
    """Take the lock at once, or not at all."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
