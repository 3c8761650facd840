"""``sightline digest``: what is new since the publication before, a sentence a chart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sightline.errors import BadInput
from sightline.home import Home
from sightline.pack import digest
from sightline.pack.database import read


def lines(home: Home, organisations: Sequence[str], since: str | None) -> list[str]:
    """The digest of what is published.

    Raises:
        BadInput: ``since`` is no day, an organisation is not published, or what is published was made by an older sightline.
    """
    try:
        day = date.fromisoformat(since) if since else None
    except ValueError as error:
        raise BadInput("--since", expected="a day such as 2026-11-28", seen=str(since), action="write year, month and day") from error
    return digest.lines(read(home.published.resolve() / "sightline.duckdb"), organisations, day)
