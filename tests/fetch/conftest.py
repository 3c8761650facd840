"""What the tests of fetching share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache

import httpx2
import pytest


@pytest.fixture(scope="session", autouse=True)
def certificates_are_read_once() -> Iterator[None]:
    """A visit reads the machine's certificates; hundreds of visits in one process need not, as long as the environment names the same."""
    read = httpx2.create_ssl_context

    @cache
    def kept(trust_env: bool, _named: tuple[str | None, ...]) -> object:
        return read(trust_env=trust_env)

    patch = pytest.MonkeyPatch()
    named = ("SSL_CERT_FILE", "SSL_CERT_DIR")
    patch.setattr(httpx2, "create_ssl_context", lambda *, trust_env: kept(trust_env, tuple(os.environ.get(name) for name in named)))
    yield
    patch.undo()
