"""Addresses: what may be asked for, and where a local source keeps the answer."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit

from sightline.errors import BadInput

PAGE = "index.html"


def canonical(url: str) -> str | None:
    """``url`` with https, a lower-case host and no fragment; None when it is no web address.

    The site answers http and https alike, so one file has one address.
    """
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https") or not _plain_host(parts):
        return None
    return urlunsplit(("https", parts.netloc.lower(), parts.path or "/", parts.query, ""))


def resolve(page: str, href: str) -> str | None:
    """The canonical address that ``href`` on ``page`` leads to; None when it leads to no web address."""
    try:
        return canonical(urljoin(page, href.strip()))
    except ValueError:
        return None


def host_of(url: str) -> str:
    """The host of ``url`` in lower case; empty when there is none."""
    parts = _split(url)
    return (parts.hostname or "") if parts else ""


def last_part(url: str) -> str:
    """The decoded last part of the path: the file name."""
    return unquote(urlsplit(url).path.rpartition("/")[2])


def place_of(url: str, hosts: Collection[str] | None) -> tuple[str, ...]:
    """The parts ``(host, folder, …, name)`` under which a local source keeps ``url``.

    Raises:
        BadInput: no http(s) address, a host that is not allowed, or a path that could lead elsewhere.
    """
    address = canonical(url)
    if address is None:
        raise _refused(url, "a plain http or https address")
    parts = urlsplit(address)
    if hosts is not None and parts.netloc not in hosts:
        raise _refused(url, f"an address on {' or '.join(sorted(hosts))}")
    try:
        names = [unquote(name, errors="strict") for name in parts.path.split("/")[1:]]
    except UnicodeDecodeError as error:
        raise _refused(url, "a path in UTF-8") from error
    names = [*names[:-1], names[-1] or PAGE]
    if parts.query or not all(safe_name(name) for name in (parts.netloc, *names)):
        raise _refused(url, "a path of plain names, without '..', without a query")
    return (parts.netloc, *names)


def safe_name(name: str) -> bool:
    """True for a name that stays in its folder on every system."""
    return name not in ("", ".", "..") and not any(c in "/\\:" or not c.isprintable() for c in name)


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:  # such as an unfinished IPv6 host
        return None


def _plain_host(parts: SplitResult) -> bool:
    """True when the address names a host and nothing else: no user, no port."""
    return bool(parts.netloc) and parts.netloc.lower() == parts.hostname and parts.netloc.isascii()


def _refused(url: str, expected: str) -> BadInput:
    return BadInput("a link", expected=expected, seen=repr(url[:300]), action="look at the page that holds it; such an address is never read")
