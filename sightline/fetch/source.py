"""A source is a base that stands in for ``https://``: the snapshot, NHS England's website, a mirror, a folder, a ZIP."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
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
#: a file of this name at the top says that what lies beside it is made up
SIMULATED_MARKER = "SIMULATED.txt"
KINDS_OF_SOURCE = "'snapshot', 'sample', 'nhs', the address of a mirror, a folder or a ZIP file"


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


class NotCarried(BadInput):
    """The source has no landing page of a dataset: it does not carry it."""

    SEEN = "no page at this address: the source does not carry the dataset"

    def __init__(self, dataset: str, url: str) -> None:
        super().__init__(
            url[:300],
            expected=f"the landing page of the dataset {dataset!r}",
            seen=self.SEEN,
            action="the source has no landing page: name a source that has it; what is held of it stays",
        )


def anything_goes(_body: bytes) -> str | None:
    """Finds fault with no body."""
    return None


@dataclass(frozen=True)
class Ask:
    """A question to a source.

    ``limit`` is the largest body in bytes. ``etag`` and ``last_modified`` say what is held already, so that only other
    bytes are sent; without both a body is needed. ``fault`` says what is wrong with a body, None when nothing is: a source
    that can ask again does so while there is a fault, and hands over the last body all the same, for the asker to judge.
    """

    url: str
    limit: int = BODY_LIMIT
    etag: str | None = None
    last_modified: datetime | None = None
    fault: Callable[[bytes], str | None] = anything_goes


@dataclass(frozen=True)
class Reply:
    """What a source answers: the bytes, and what it says of their age and version."""

    url: str
    body: bytes
    last_modified: datetime | None = None
    etag: str | None = None


@dataclass(frozen=True)
class Unchanged:
    """The source still has what the question said is held."""

    url: str


@dataclass(frozen=True)
class Failed:
    """No usable answer: NotThere, or another BadInput that says why."""

    url: str
    error: BadInput


Answer = Reply | Unchanged | Failed


class Source(Protocol):
    """What every source can do. ``label`` goes on pages: plain words, never a path of this machine."""

    @property
    def name(self) -> str:
        """'snapshot', 'nhs', 'mirror', 'folder' or 'zip'."""
        ...

    @property
    def label(self) -> str:
        """What a reader of a page is told of where the figures come from."""
        ...

    @property
    def simulated(self) -> bool:
        """True when the figures are made up."""
        ...

    @property
    def remote(self) -> bool:
        """True when answers come over a network: what is not answered this night may be the next."""
        ...

    def read(self, url: str) -> Reply:
        """The answer to ``url``; raises NotThere, or BadInput for an address or body that cannot be used."""
        ...

    def read_all(self, asks: Sequence[Ask]) -> Iterator[Answer]:
        """One answer to each of ``asks``, in the order in which they arrive; a failure is an answer, so the rest goes on."""
        ...


def one_by_one(read: Callable[[str], Reply], asks: Iterable[Ask]) -> Iterator[Answer]:
    """``read_all`` of a source that reads from a disk: every body is sent, one after the other."""
    for ask in asks:
        try:
            yield read(ask.url)
        except BadInput as error:
            yield Failed(ask.url, error)


@dataclass(frozen=True)
class Limits:
    """How long a source on a network may take, and how often it is asked.

    The defaults suit a nightly run: a dead site costs minutes and not the night, and a file of 64 MiB still arrives at 10 Mbit/s.
    """

    #: seconds for a connection, and between two pieces of an answer
    connect_s: float = 10.0
    read_s: float = 20.0
    #: seconds for one try, from the connection to the last byte: what drips is given up and asked for again
    try_s: float = 60.0
    #: seconds for one address, all tries and pauses together
    address_s: float = 150.0
    #: seconds for everything that one source object is asked
    visit_s: float = 1800.0
    tries: int = 4
    #: seconds before the second try; doubled for every further one, and shortened by up to a half at random
    pause_s: float = 1.0

    @classmethod
    def from_environment(cls) -> Limits:
        """The defaults; SIGHTLINE_VISIT_SECONDS may shorten a visit. Raises BadInput when that is no number above 0."""
        said = os.environ.get("SIGHTLINE_VISIT_SECONDS", "").strip()
        if not said:
            return cls()
        if not said.isascii() or not said.isdigit() or int(said) == 0:
            raise BadInput("SIGHTLINE_VISIT_SECONDS", expected="whole seconds above 0", seen=repr(said[:40]), action="mend it, or leave it unset")
        return cls(visit_s=min(cls.visit_s, int(said)))


def open_source(spec: str, hosts: Collection[str] | None = None, limits: Limits | None = None) -> Source:
    """Open ``spec``: 'snapshot', 'nhs', the http address of a mirror, a folder, or a ZIP file; ``hosts`` limits what may be read.

    A mirror answers ``https://<host>/<path>`` at ``<its address>/<host>/<path>``. Nothing is asked before the first read; one
    object is one visit, whose time (``limits``, for sources on a network) begins then.

    Raises:
        BadInput: nothing there, not laid out as <host>/<path>, or a ZIP that is damaged or hostile.
    """
    from sightline.fetch.folder import FolderSource  # noqa: PLC0415 (both import Reply from here)
    from sightline.fetch.zipped import ZipSource  # noqa: PLC0415

    if spec == "snapshot":
        return ZipSource(snapshot.path(), hosts, name="snapshot")
    if spec == "sample":
        from sightline.sample import sample_source  # noqa: PLC0415 (it imports Reply from here)

        return sample_source(hosts)
    if spec == "nhs" or spec.lower().startswith(("http://", "https://")):
        from sightline.fetch import web  # noqa: PLC0415 (loads the HTTP library, which no other source needs)

        limits = limits or Limits.from_environment()
        return web.nhs(hosts, limits) if spec == "nhs" else web.mirror(spec, hosts, limits)
    path = Path(spec).expanduser()
    if not spec.strip() or not path.exists():
        raise _unknown(spec, "nothing at this path")
    return FolderSource(path, hosts) if path.is_dir() else ZipSource(path, hosts)


def plain_name(path: Path) -> str:
    """The last name of ``path``, fit for a page."""
    return "".join(c for c in path.absolute().name if c.isprintable())[:100]


def _unknown(spec: str, seen: str) -> BadInput:
    return BadInput(
        f"the source {spec.rpartition('@')[2][:300]!r}",
        expected=KINDS_OF_SOURCE,
        seen=seen,
        action=f"name 'snapshot', 'sample' or 'nhs', or {LAYOUT}, or a ZIP of one",
    )
