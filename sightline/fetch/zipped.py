"""A ZIP that stands in for the web; nothing is ever unpacked to disk."""

from __future__ import annotations

import lzma
import stat
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sightline.errors import BadInput
from sightline.fetch.address import PAGE, place_of, safe_name
from sightline.fetch.source import BODY_LIMIT, LAYOUT, MIB, SIMULATED_MARKER, Answer, Ask, NotThere, Reply, one_by_one, plain_name

MEMBER_LIMIT = 20_000
TOTAL_LIMIT = 2048 * MIB
_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


class ZipSource:
    """Reads members of a ZIP after looking at every name and size in it.

    A member's time is taken as noon UTC of its day, because ZIP times have no time zone.
    """

    remote = False

    def __init__(self, path: Path, hosts: Collection[str] | None = None, *, name: str = "zip") -> None:
        """Raises BadInput when ``path`` is no ZIP, is hostile, or holds no host."""
        self.name = name
        self._hosts = hosts
        self._where = f"{name} {plain_name(path)}"
        self._zip = self._open(path)
        self._members = self._checked(self._zip.infolist())
        self._wrapper = self._around_hosts()
        self.simulated = "/".join((*self._wrapper, SIMULATED_MARKER)) in self._members
        self.label = _comment(self._zip) if name == "snapshot" else self._where

    def read(self, url: str) -> Reply:
        """The member kept for ``url``; raises NotThere, or BadInput when it is damaged or too large."""
        place = "/".join((*self._wrapper, *place_of(url, self._hosts)))
        member = self._members.get(place) or self._members.get(f"{place}/{PAGE}")
        if member is None:
            raise NotThere(url)
        return Reply(url, self._body(member), _noon(member))

    def read_all(self, asks: Sequence[Ask]) -> Iterator[Answer]:
        """The answers, one after the other."""
        return one_by_one(self.read, asks)

    def _open(self, path: Path) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(path)
        except _DAMAGE as error:
            raise self._refused("no ZIP, or a damaged one") from error

    def _checked(self, members: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
        """Files by name, once every member is seen to be harmless."""
        if len(members) > MEMBER_LIMIT:
            raise self._refused(f"{len(members):,} members, more than {MEMBER_LIMIT:,}")
        if sum(member.file_size for member in members) > TOTAL_LIMIT:
            raise self._refused(f"more than {TOTAL_LIMIT // MIB:,} MiB unpacked")
        for member in members:
            if fault := _fault(member):
                raise self._refused(f"{fault}: {member.orig_filename[:100]!r}")
        files = {member.filename: member for member in members if not member.is_dir()}
        if len(files) != sum(not member.is_dir() for member in members):
            raise self._refused("two members of one name")
        return files

    def _around_hosts(self) -> tuple[str, ...]:
        """Nothing when the hosts are at the top, else the one folder around them that packing a folder makes."""
        for depth in (0, 1):
            hosts = [parts for parts in self._places if len(parts) > depth + 1 and self._is_host(parts[depth])]
            around = {parts[:depth] for parts in hosts}
            if len(around) == 1:
                return around.pop()
        raise self._refused("no member below a host" if self._members else "an empty ZIP")

    @property
    def _places(self) -> list[tuple[str, ...]]:
        return [tuple(name.split("/")) for name in self._members]

    def _is_host(self, name: str) -> bool:
        return name in self._hosts if self._hosts is not None else "." in name[1:]

    def _body(self, member: zipfile.ZipInfo) -> bytes:
        """The bytes, never more than the limit, whatever size the ZIP claims."""
        if member.file_size > BODY_LIMIT:
            raise self._refused(f"more than {BODY_LIMIT // MIB} MiB: {member.filename[:100]!r}")
        try:
            with self._zip.open(member) as file:
                body = file.read(BODY_LIMIT + 1)
        except _DAMAGE as error:
            raise self._refused(f"a damaged member: {member.filename[:100]!r}") from error
        if len(body) != member.file_size:
            raise self._refused(f"a member whose size is not what the ZIP says: {member.filename[:100]!r}")
        return body

    def _refused(self, seen: str) -> BadInput:
        return BadInput(self._where, expected=f"a sound ZIP of {LAYOUT}", seen=seen, action="make the ZIP anew from the published files")


def _fault(member: zipfile.ZipInfo) -> str | None:
    """What is wrong with a member's name or kind; None when nothing is."""
    # orig_filename: what the ZIP says; zipfile itself cuts names at a zero byte
    names = member.orig_filename.removesuffix("/").split("/")
    if not all(safe_name(name) for name in names):
        return "a name that leads elsewhere"
    if member.flag_bits & 0x1:
        return "an encrypted member"
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a member that is no file"
    return None


def _noon(member: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*member.date_time[:3], 12, tzinfo=UTC)
    except ValueError:  # a ZIP may say month 0
        return None


def _comment(archive: zipfile.ZipFile) -> str:
    return archive.comment.decode("utf-8", errors="replace")
