"""Originals, stored by their SHA-256: never changed, never deleted."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sightline.errors import BadInput


@dataclass(frozen=True)
class Archive:
    """A folder of files named by their own hash, two levels deep: ``ab/cd/abcd…``."""

    root: Path

    def path(self, sha256: str) -> Path:
        """Where the content lies or would lie; raises BadInput for what is no SHA-256."""
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise BadInput("the archive", expected="a SHA-256 in 64 digits", seen=repr(sha256[:80]), action="copy the hash from meta.file")
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def add(self, body: bytes) -> str:
        """Store ``body`` unless it is there, and return its SHA-256.

        It is written beside its place and renamed, so a name never stands for half a file.
        A stored copy that no longer agrees with its name is left for ``read`` to report.
        """
        sha256 = hashlib.sha256(body).hexdigest()
        target = self.path(sha256)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(target, body)
        return sha256

    def holds(self, sha256: str) -> bool:
        """True when a file of that name is there; ``read`` says whether it is the content."""
        return self.path(sha256).is_file()

    def read(self, sha256: str) -> bytes:
        """The content; raises BadInput naming both hashes when a byte changed, or when nothing is there."""
        try:
            body = self.path(sha256).read_bytes()
        except OSError as error:
            raise _damaged(sha256, "no readable file of that name") from error
        found = hashlib.sha256(body).hexdigest()
        if found != sha256:
            raise _damaged(sha256, f"content with SHA-256 {found}")
        return body


def _write(target: Path, body: bytes) -> None:
    """Write beside, make durable, rename, make the name durable."""
    handle, beside = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fchmod(file.fileno(), 0o444)
            os.fsync(file.fileno())
        Path(beside).replace(target)
    finally:
        Path(beside).unlink(missing_ok=True)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _damaged(sha256: str, seen: str) -> BadInput:
    return BadInput(
        "the archive",
        expected=f"content with SHA-256 {sha256}",
        seen=seen,
        action="put the file back from a backup, or move it away and run again to fetch it anew",
    )
