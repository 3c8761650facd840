"""Posts a message to an address that a person named. The address may hold a secret: it is in no message and no error."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2
from anyio.from_thread import start_blocking_portal

from sightline import __version__

LOOPBACK = ("localhost", "127.0.0.1", "::1")
SECONDS = 5.0


def post(address: str, message: Mapping[str, Any], *, seconds: float = SECONDS) -> str | None:
    """Post ``message`` as JSON; https, or http to this machine. Returns None where it was taken, else why not. Never raises.

    Redirects are not followed and the answer's body is not read; all of it has ``seconds``.
    """
    direct = _loopback(address)
    if direct is None:
        return "its address is neither https nor http to this machine"
    try:
        with start_blocking_portal() as portal:  # a loop of its own, whether or not the caller's thread has one
            status = portal.call(_status, address, dict(message), direct, seconds)
    except TimeoutError:
        return f"no answer in {seconds:g} s"
    except Exception as error:  # whatever it is, the run is over; its words could name the address
        return f"no answer ({type(error).__name__})"
    return None if 200 <= status < 300 else f"HTTP {status}"


def _loopback(address: str) -> bool | None:
    """True for this machine, False for https elsewhere, None for what is never posted to."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return None
    if host in LOOPBACK and parts.scheme in ("http", "https"):
        return True
    return False if host and parts.scheme == "https" else None


async def _status(address: str, message: dict[str, Any], direct: bool, seconds: float) -> int:
    async with (
        asyncio.timeout(seconds),
        httpx2.AsyncClient(timeout=seconds, trust_env=not direct, follow_redirects=False) as client,
        client.stream("POST", address, json=message, headers={"User-Agent": f"sightline/{__version__}"}) as response,
    ):
        return int(response.status_code)
