"""What may come in place of a file."""

from __future__ import annotations

import io
import zipfile

import pytest

from sightline.fetch.body import wrong_body

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def _zip(comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", b"1,2\n" * 1000)
        archive.comment = comment
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("csv", b"Period,Org Code\r\n"),
        ("csv", b"\xef\xbb\xbfPeriod,Org Code\r\n"),
        ("csv", b"\n\n,,Period\n"),
        ("xls", OLE),
        ("xls", _zip()),
        ("xlsx", _zip()),
        ("zip", _zip(b"x" * 65_535)),
        ("pdf", b"%PDF-1.4"),
        ("xml", b"<?xml version='1.0'?>"),
    ],
)
def test_what_may_be_the_file_passes(kind: str, body: bytes) -> None:
    assert wrong_body(body, kind) is None


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("csv", b"", "an empty body"),
        ("zip", b" \r\n", "an empty body"),
        ("csv", b"\xef\xbb\xbf\n<!DOCTYPE html>", "a web page"),
        ("xls", b"<html>", "a web page"),
        ("xlsx", b"Period,Org Code", "another kind of file"),
        ("xlsx", OLE, "another kind of file"),
        ("zip", _zip()[1:], "another kind of file"),
        ("xls", b"PERIOD\tORG", "another kind of file"),
        ("zip", _zip()[: len(_zip()) // 2], "a file cut short"),
        ("xlsx", _zip()[:-22], "a file cut short"),
    ],
)
def test_what_is_another_thing_is_named(kind: str, body: bytes, said: str) -> None:
    assert wrong_body(body, kind) == said
