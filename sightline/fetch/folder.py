"""A folder that stands in for the web: ``<host>/<path>``, pages as ``index.html``."""

from __future__ import annotations

import stat
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sightline.errors import BadInput
from sightline.fetch.address import PAGE, place_of
from sightline.fetch.source import BODY_LIMIT, LAYOUT, MIB, SIMULATED_MARKER, Answer, Ask, NotThere, Reply, one_by_one, plain_name


class FolderSource:
    """Reads what lies in a folder and nothing outside it; a file's modification time is its Last-Modified."""

    name = "folder"
    remote = False

    def __init__(self, path: Path, hosts: Collection[str] | None = None) -> None:
        """Raises BadInput when ``path`` has no folder named after a host."""
        self.label = f"folder {plain_name(path)}"
        self._root = path.resolve()
        self._hosts = hosts
        self.simulated = (self._root / SIMULATED_MARKER).is_file()
        if not self._has_host():
            raise BadInput(str(path), expected=f"{LAYOUT}{_such_as(hosts)}", seen=self._seen(), action="name the folder that holds the host's folder")

    def read(self, url: str) -> Reply:
        """The file kept for ``url``; raises NotThere, or BadInput when it leads out of the folder or is too large."""
        path = self._root.joinpath(*place_of(url, self._hosts))
        try:
            path = (path / PAGE if path.is_dir() else path).resolve(strict=True)
            if not path.is_relative_to(self._root):
                raise _refused(url, "a link that leads out of the folder")
            return Reply(url, _body(url, path), datetime.fromtimestamp(path.stat().st_mtime, UTC))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotThere(url) from error
        except (OSError, RuntimeError) as error:  # not allowed to read; links in a circle
            raise _refused(url, "a file that cannot be read") from error

    def read_all(self, asks: Sequence[Ask]) -> Iterator[Answer]:
        """The answers, one after the other."""
        return one_by_one(self.read, asks)

    def _has_host(self) -> bool:
        return any(child.is_dir() and (child.name in self._hosts if self._hosts is not None else "." in child.name[1:]) for child in self._children())

    def _children(self) -> list[Path]:
        try:
            return list(self._root.iterdir())
        except OSError:
            return []

    def _seen(self) -> str:
        return "other names" if self._children() else "an empty folder"


def _body(url: str, path: Path) -> bytes:
    if not stat.S_ISREG(path.stat().st_mode):
        raise _refused(url, "something that is no file")
    with path.open("rb") as file:
        body = file.read(BODY_LIMIT + 1)
    if len(body) > BODY_LIMIT:
        raise _refused(url, f"more than {BODY_LIMIT // MIB} MiB")
    return body


def _such_as(hosts: Collection[str] | None) -> str:
    return f" with {' or '.join(sorted(hosts))} in it" if hosts else ""


def _refused(url: str, seen: str) -> BadInput:
    return BadInput(url[:300], expected="a plain file inside the folder", seen=seen, action="put the published file there")
