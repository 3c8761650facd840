"""A source is a base that stands in for ``https://``: the snapshot, a folder, a ZIP, and later the network."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sightline import snapshot
from sightline.errors import BadInput

MIB = 1024 * 1024
#: the largest body that is read; the largest published file is far below
BODY_LIMIT = 64 * MIB
LAYOUT = "a folder laid out as <host>/<path>"


class NotThere(BadInput):
    """The source has nothing at this address."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(
            url[:300],
            expected="a page or file at this address",
            seen="nothing",
            action="look whether the source is complete; other files are not affected",
        )


@dataclass(frozen=True)
class Reply:
    """What a source answers: the bytes, and what it says of their age and version."""

    url: str
    body: bytes
    last_modified: datetime | None = None
    etag: str | None = None


class Source(Protocol):
    """What every source can do. ``label`` goes on pages: plain words, never a path of this machine."""

    @property
    def name(self) -> str:
        """'snapshot', 'folder' or 'zip'."""
        ...

    @property
    def label(self) -> str:
        """What a reader of a page is told of where the figures come from."""
        ...

    @property
    def simulated(self) -> bool:
        """True when the figures are made up."""
        ...

    def read(self, url: str) -> Reply:
        """The answer to ``url``; raises NotThere, or BadInput for an address or body that cannot be used."""
        ...


def open_source(spec: str, hosts: Collection[str] | None = None) -> Source:
    """Open ``spec``: 'snapshot', a folder, or a ZIP file; ``hosts`` limits what may be read.

    Raises:
        BadInput: nothing there, not laid out as <host>/<path>, a ZIP that is damaged or hostile, or a kind of source that is not there yet.
    """
    from sightline.fetch.folder import FolderSource  # noqa: PLC0415 (both import Reply from here)
    from sightline.fetch.zipped import ZipSource  # noqa: PLC0415

    if spec == "snapshot":
        return ZipSource(snapshot.path(), hosts, name="snapshot")
    if spec in ("nhs", "sample") or spec.lower().startswith(("http://", "https://")):
        raise _unknown(spec, "a source that is not there yet")
    path = Path(spec).expanduser()
    if not spec.strip() or not path.exists():
        raise _unknown(spec, "nothing at this path")
    return FolderSource(path, hosts) if path.is_dir() else ZipSource(path, hosts)


def plain_name(path: Path) -> str:
    """The last name of ``path``, fit for a page."""
    return "".join(c for c in path.absolute().name if c.isprintable())[:100]


def _unknown(spec: str, seen: str) -> BadInput:
    return BadInput(
        f"the source {spec[:300]!r}",
        expected="'snapshot', a folder or a ZIP file",
        seen=seen,
        action=f"name 'snapshot', or {LAYOUT}, or a ZIP of one",
    )
