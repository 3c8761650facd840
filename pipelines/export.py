"""``sightline export``: what is published as plain files, anywhere, with the board pack as one ZIP beside it."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

from sightline.errors import BadInput
from sightline.home import Home

#: the earliest moment that a ZIP can hold: the same pack gives the same ZIP, whenever it is made
EPOCH = (1980, 1, 1, 0, 0, 0)
PLAIN_FILE = 0o100644 << 16


def export(home: Home, destination: Path) -> Path:
    """Copy what is published to ``destination`` and return it resolved. Built beside and renamed: it is there whole or not at all.

    Raises:
        BadInput: ``destination`` is no empty folder, lies in the home, or cannot be written; or nothing is published.
    """
    published = home.published.resolve()  # once: a run that publishes meanwhile disturbs nothing
    if not (published / "run.json").is_file():
        raise BadInput(str(home.root), expected="something that is published", seen="nothing", action="run: sightline run")
    place = refuse_taken(destination.expanduser().resolve(), home)
    beside = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(published, beside)
        zip_folder(published / "pack", beside / "pack.zip")
        beside.replace(place)
    except OSError as error:
        raise refused(place, "a place that can be written to", error.strerror or "an error of the disk") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return place


def refuse_taken(place: Path, home: Home) -> Path:
    """The place, if it is absent or an empty folder outside the home."""
    if place.is_relative_to(home.root.resolve()):
        raise refused(place, "a place outside the home", "a place within it")
    if place.exists() and not place.is_dir():
        raise refused(place, "no file, or an empty folder", "a file")
    try:
        taken = place.is_dir() and any(place.iterdir())
    except OSError as error:
        raise refused(place, "a folder that can be read", error.strerror or "an error of the disk") from error
    if taken:
        raise refused(place, "no folder yet, or an empty one", "a folder with something in it")
    return place


def zip_folder(folder: Path, to: Path) -> None:
    """Pack a folder, names in order and without times; in the ZIP it has its own name."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            member = zipfile.ZipInfo(path.relative_to(folder.parent).as_posix(), EPOCH)
            member.compress_type, member.external_attr, member.create_system = zipfile.ZIP_DEFLATED, PLAIN_FILE, 3
            packed.writestr(member, path.read_bytes())


def refused(place: Path, expected: str, seen: str) -> BadInput:
    """What is said of a destination that cannot be used."""
    return BadInput(str(place), expected=expected, seen=seen, action="name another folder; nothing was written")
