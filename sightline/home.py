"""Where things lie: one folder, the home, with everything sightline keeps and makes."""

from __future__ import annotations

import fcntl
import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TextIO

from sightline.errors import BadInput, HomeInUse

#: the layout this code writes; a home with a higher number was made by a newer sightline
HOME_VERSION = 1
DEFAULT_HOME = "sightline-home"
FOLDERS = ("archive", "declared", "tidy", "stage", "quarantine", "logs", "dagster", "publications")

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
        if "version" not in self._facts():
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

    @contextmanager
    def lock(self, run: str) -> Iterator[None]:
        """Hold the home for one run; processes of the same ``run`` share it, and it ends with the last of them.

        Raises:
            HomeInUse: another run holds it; the message says which.
        """
        self.create()
        with (self.root / "lock").open("a+", encoding="utf-8") as file:
            if _locked(file, fcntl.LOCK_EX):
                file.truncate(0)
                file.write(f"run {run}\nprocess {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
                file.flush()
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
        if not isinstance(version, int) or version > HOME_VERSION:
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
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
        beside.replace(self.root / "home.toml")

    def _unusable(self, expected: str, seen: str) -> BadInput:
        return BadInput(str(self.root), expected=expected, seen=seen, action="name another home with SIGHTLINE_HOME or --home")


def _locked(file: TextIO, kind: int) -> bool:
    """Take the lock at once, or not at all."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
