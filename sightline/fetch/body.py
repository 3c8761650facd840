"""Looks at the first and last bytes of what came in place of a file. What is inside is the parser's business."""

from __future__ import annotations

_ZIP = b"PK"
_OLE = b"\xd0\xcf\x11\xe0"
#: how files of a kind begin; a workbook of the older kind may be one of the newer under its old name
_BEGINNINGS = {
    "xls": (_OLE, _ZIP),
    "doc": (_OLE, _ZIP),
    "ppt": (_OLE, _ZIP),
    "pdf": (b"%PDF",),
} | dict.fromkeys(("xlsx", "xlsm", "xlsb", "ods", "zip", "docx", "pptx"), (_ZIP,))
_END_OF_ZIP = b"PK\x05\x06"
#: the end record and the longest comment after it (APPNOTE 4.3.16)
_END_OF_ZIP_WITHIN = 22 + 65_535


def wrong_body(body: bytes, kind: str) -> str | None:
    """What came in place of a file of ``kind``: nothing, a web page, something else, a part; None when it may be the file."""
    start = body[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return "an empty body"
    if start.startswith(b"<") and kind != "xml":
        return "a web page"
    if not body.startswith(_BEGINNINGS.get(kind, b"")):
        return "another kind of file"
    if kind in _BEGINNINGS and body.startswith(_ZIP) and _END_OF_ZIP not in body[-_END_OF_ZIP_WITHIN:]:
        return "a file cut short"
    return None
