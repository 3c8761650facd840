"""The folder of a chart of own data: written beside its place and moved there whole."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sightline.errors import BadInput
from sightline.sources.spreadsheet import printable

#: lists what a folder holds, so that a former output is known from a person's own files
CONTENTS: Final = "contents.json"
MADE_BY: Final = "sightline"


@contextmanager
def whole(folder: Path) -> Iterator[Path]:
    """An empty folder to write into; it takes the place of `folder` when the body ends without an error, else it is removed.

    Raises :class:`sightline.errors.BadInput` where `folder` is a file, or holds anything but a former output, and where it
    cannot be written.
    """
    place = folder.absolute()
    refuse_other_files(place)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
        try:
            yield making
            names = sorted(file.name for file in making.iterdir())
            (making / CONTENTS).write_text(json.dumps({"made_by": MADE_BY, "files": names}, indent=1, ensure_ascii=False), "utf-8")
            making.chmod(0o755)
            _take_place(making, place)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    except OSError as error:
        seen = printable(error.strerror or error)
        raise BadInput(printable(place.name), expected="a folder that can be written", seen=seen, action="choose another folder") from error


def _take_place(making: Path, place: Path) -> None:
    """Put the new folder where the old one is; the old one comes back should that fail."""
    refuse_other_files(place)
    old = making.with_name(f"{making.name}.old")
    if place.exists():
        place.rename(old)
    try:
        making.replace(place)
    except OSError:
        if old.exists():
            old.rename(place)
        raise
    shutil.rmtree(old, ignore_errors=True)


def refuse_other_files(place: Path) -> None:
    """Refuse a place that is no folder, or a folder with files that are not a former output's."""
    name = printable(place.name)
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        seen = "a link" if place.is_symlink() else "a file"
        raise BadInput(name, expected="a folder to write to", seen=seen, action="give the name of a folder, which may be new")
    if not place.is_dir():
        return
    known = _known(place)
    others = sorted(entry.name for entry in place.iterdir() if entry.name not in known or not entry.is_file())
    if others:
        raise BadInput(
            name, expected="a new or empty folder, or a former output of this command", seen=f"other files in it, such as {printable(others[0])!r}",
            action="give a new folder, or move those files away",
        )  # fmt: skip


def _known(place: Path) -> set[str]:
    """The files that a former output lists as its own."""
    try:
        contents = json.loads((place / CONTENTS).read_text("utf-8"))
        return {CONTENTS, *contents["files"]} if contents["made_by"] == MADE_BY else set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()
