"""A small hostile web server on this machine: each address answers as a test tells it to."""

from __future__ import annotations

import socket
import struct
import threading
from collections import defaultdict
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from email.message import Message

Act = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """One connection; what to do with each request is the server's business."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        act = self.server.begin(self)
        try:
            act(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            self.server.end()

    def head(self, status: int = 200, **headers: object) -> None:
        """Status and headers: ``content_length=5`` is ``Content-Length: 5``."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-").title(), str(value))
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""


class Server(ThreadingHTTPServer):
    """``server.at(url, first, second)``: the first request gets the first act, every further one the last."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server_address[1]}"
        self.asked: list[tuple[str, Message]] = []
        self.most_at_once = 0
        self.over = threading.Event()
        self._acts: dict[str, list[Act]] = defaultdict(list)
        self._lock = threading.Lock()
        self._now = 0
        self.otherwise: Act = status(404)

    def at(self, url: str, *acts: Act) -> None:
        """What ``https://host/path`` answers."""
        self._acts["/" + url.partition("://")[2]] = list(acts)

    def count(self, url: str) -> int:
        """How often an address was asked for."""
        return sum(path == "/" + url.partition("://")[2] for path, _ in self.asked)

    def begin(self, handler: Handler) -> Act:
        with self._lock:
            self.asked.append((handler.path, handler.headers))
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            acts = self._acts.get(handler.path, [self.otherwise])
            return acts.pop(0) if len(acts) > 1 else acts[0]

    def end(self) -> None:
        with self._lock:
            self._now -= 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is not worth a traceback."""

    def __enter__(self) -> Server:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()


# -- acts


def whole(body: bytes, **headers: object) -> Act:
    """An answer as it should be."""

    def act(handler: Handler) -> None:
        handler.head(content_length=len(body), **headers)
        handler.wfile.write(body)

    return act


def tagged(body: bytes, etag: str) -> Act:
    """The same under an entity tag: 304 to one who has it."""

    def act(handler: Handler) -> None:
        if handler.headers.get("If-None-Match") == etag:
            handler.head(304, etag=etag)
        else:
            whole(body, etag=etag)(handler)

    return act


def status(code: int, **headers: object) -> Act:
    def act(handler: Handler) -> None:
        handler.head(code, content_length=0, **headers)

    return act


def redirect(location: str, code: int = 302) -> Act:
    return status(code, location=location)


def claiming(length: int, body: bytes) -> Act:
    """A Content-Length that is not that of the body, then the connection ends."""

    def act(handler: Handler) -> None:
        handler.head(content_length=length)
        handler.wfile.write(body)
        handler.close_connection = True

    return act


def cut_chunk(body: bytes) -> Act:
    """A chunked answer without its last chunk."""

    def act(handler: Handler) -> None:
        handler.head(transfer_encoding="chunked")
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))
        handler.close_connection = True

    return act


def chunked(*parts: bytes) -> Act:
    def act(handler: Handler) -> None:
        handler.head(transfer_encoding="chunked")
        for part in (*parts, b""):
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))

    return act


def until_closed(body: bytes) -> Act:
    """Neither length nor chunks: it ends when the connection does."""

    def act(handler: Handler) -> None:
        handler.head(connection="close")
        handler.wfile.write(body)
        handler.close_connection = True

    return act


def endless(handler: Handler) -> None:
    handler.head(transfer_encoding="chunked")
    part = b"x" * 65_536
    while not handler.server.over.is_set():
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))


def drip_body(handler: Handler) -> None:
    handler.head(content_length=1_000_000)
    _drip(handler, b"x")


def drip_head(handler: Handler) -> None:
    handler.send_response(200)
    handler.flush_headers()
    _drip(handler, b"X-Drip: x\r\n")


def _drip(handler: Handler, piece: bytes) -> None:
    """A little at a time, each in time for a read timeout, for as long as somebody listens."""
    while not handler.server.over.wait(0.02):
        handler.wfile.write(piece)


def silent(handler: Handler) -> None:
    """No answer at all."""
    handler.server.over.wait(5)
    handler.close_connection = True


def reset(handler: Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


def not_http(handler: Handler) -> None:
    handler.wfile.write(b"220 mail.example.org ESMTP\r\n")
    handler.close_connection = True


def served(root: Path) -> Act:
    """A site in a folder laid out as <host>/<path>, as a web server would show it."""

    def act(handler: Handler) -> None:
        path = root / handler.path.lstrip("/")
        path = path / "index.html" if handler.path.endswith("/") else path
        if path.is_file():
            tagged(path.read_bytes(), f'"{path.stat().st_mtime_ns}"')(handler)
        else:
            status(404)(handler)

    return act
