"""Every run ends by telling: a line in a log that rotates, and a webhook for what a person should know by morning.

What is told is failed, held back, or recovered from either; a quiet night is a line in the ledger and nothing else.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sightline.fetch.webhook import post
from sightline.home import Home

#: the address that failed, held back and recovered are posted to; it may hold a secret, so it is shown nowhere
WEBHOOK = "SIGHTLINE_WEBHOOK"
LOG_BYTES = 1_000_000
LOGS_KEPT = 5
LINES_TOLD = 20
LINE_LENGTH = 500

Word = Literal["failed", "held back", "published", "nothing new"]
TROUBLE = ("failed", "held back")
#: user and password of an address
_USER = re.compile(r"(?<=://)[^/\s@]*@")


@dataclass(frozen=True)
class Told:
    """What came of a run: one word, and the lines that a person should know."""

    word: Word
    lines: Sequence[str] = ()

    @classmethod
    def of(cls, status: str, exit_status: int, lines: Sequence[str]) -> Told:
        """From the outcome of a run: 3 failed, 1 held back, 0 published or nothing new."""
        word: Word = "failed" if exit_status == 3 else "held back" if exit_status else "nothing new" if status == "nothing new" else "published"
        return cls(word, lines)


def tell(home: Home, told: Told, *, now: datetime | None = None) -> None:
    """Log what came of a run, and post it where it is trouble or the end of trouble. Never raises: the run has ended already."""
    recovered = told.word not in TROUBLE and last_told(home) in TROUBLE
    if told.word == "nothing new" and not recovered:
        return
    moment = f"{now or datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    outcome = "recovered" if recovered else told.word
    lines = [plain(line) for line in told.lines[:LINES_TOLD]]
    log(home, [f"{moment} {outcome}: {line}" for line in lines] or [f"{moment} {outcome}"])
    with suppress(OSError):
        remember(home, told.word, moment)
    address = os.environ.get(WEBHOOK, "").strip()
    if address and outcome != "published":
        fault = post(address, {"text": "\n".join([f"sightline: {outcome}", *lines]), "outcome": outcome, "lines": lines, "at": moment})
        if fault:
            log(home, [f"{moment} the webhook was not told: {fault}"])


def plain(text: str) -> str:
    """One line without control characters, of bounded length, and no user or password of an address."""
    return _USER.sub("", " ".join("".join(letter if letter.isprintable() else " " for letter in text).split()))[:LINE_LENGTH]


def log(home: Home, lines: Sequence[str]) -> None:
    """Append to ``sightline.log``; at a megabyte it becomes ``sightline.log.1`` and the fifth is dropped. A full disk is no further fault."""
    path = home.logs / "sightline.log"
    with suppress(OSError):
        if path.exists() and path.stat().st_size > LOG_BYTES:
            for number in range(LOGS_KEPT - 1, 0, -1):
                with suppress(FileNotFoundError):
                    numbered(path, number).replace(numbered(path, number + 1))
            path.replace(numbered(path, 1))
        with path.open("a", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))


def numbered(path: Path, number: int) -> Path:
    """An older log."""
    return path.with_name(f"{path.name}.{number}")


def last_told(home: Home) -> str:
    """The outcome that was told last; empty where nothing was, or where it cannot be read."""
    try:
        return str(json.loads((home.logs / "told.json").read_text(encoding="utf-8"))["outcome"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def remember(home: Home, word: Word, moment: str) -> None:
    """Keep what was told last."""
    beside = home.logs / f".told.{os.getpid()}"
    beside.write_text(json.dumps({"outcome": word, "at": moment}) + "\n", encoding="utf-8")
    beside.replace(home.logs / "told.json")
