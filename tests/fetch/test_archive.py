"""The archive keeps what it was given."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from sightline.errors import BadInput
from sightline.fetch import Archive


def test_content_is_stored_once_under_its_hash(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    sha256 = archive.add(b"content")
    assert sha256 == hashlib.sha256(b"content").hexdigest()
    assert archive.path(sha256) == tmp_path / sha256[:2] / sha256[2:4] / sha256
    before = archive.path(sha256).stat()
    assert archive.add(b"content") == sha256
    assert archive.path(sha256).stat() == before
    assert archive.read(sha256) == b"content"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [archive.path(sha256)]


def test_a_changed_byte_is_reported_with_both_hashes(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    sha256 = archive.add(b"content")
    archive.path(sha256).chmod(0o644)
    archive.path(sha256).write_bytes(b"Content")
    with pytest.raises(BadInput) as caught:
        archive.read(sha256)
    assert sha256 in str(caught.value)
    assert hashlib.sha256(b"Content").hexdigest() in str(caught.value)


def test_what_is_not_there_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no readable file"):
        Archive(tmp_path).read("0" * 64)


@pytest.mark.parametrize("sha256", ["", "../../etc/passwd", "A" * 64, "0" * 63 + "\n"])
def test_a_name_that_is_no_hash_is_refused(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(BadInput, match="a SHA-256"):
        Archive(tmp_path).path(sha256)


def test_an_interrupted_write_leaves_no_file_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(handle: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("sightline.fetch.archive.os.fsync", broken)
    with pytest.raises(OSError, match="disk full"):
        Archive(tmp_path).add(b"content")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
