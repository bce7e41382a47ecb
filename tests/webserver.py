"""A web server on loopback that can misbehave on demand."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch
from zlib import crc32

Act = Callable[["_Handler", bytes], None]


@dataclass
class Server:
    """Files by path, and for each path what the next requests get instead of the file.

    A trouble is done once, in order; the last one is repeated if ``for_ever`` names the path.
    """

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    troubles: dict[str, list[Act]] = field(default_factory=dict)
    for_ever: set[str] = field(default_factory=set)
    ranges: bool = True
    requests: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    busy: int = 0
    busiest: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, path: str, content: bytes, *troubles: Act, etag: str = '"one"') -> str:
        self.files[path] = content
        self.etags[path] = etag
        self.troubles[path] = list(troubles)
        return f"{self.url}/{path}"

    def asked(self, path: str) -> list[str | None]:
        """``Range`` headers of the requests for a path."""
        return [given for name, given, _ in self.requests if name == path]


def status(code: int, **headers: str) -> Act:
    """Answer with an error."""

    def act(handler: "_Handler", content: bytes) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return act


def close_after(count: int) -> Act:
    """Promise all, send some, close."""

    def act(handler: "_Handler", content: bytes) -> None:
        handler.serve(content, most=count)
        handler.close_connection = True

    return act


def stall_after(count: int, seconds: float = 1.5) -> Act:
    """Promise all, send some, then nothing for a while."""

    def act(handler: "_Handler", content: bytes) -> None:
        handler.serve(content, most=count)
        handler.wfile.flush()
        time.sleep(seconds)
        handler.close_connection = True

    return act


def corrupted(handler: "_Handler", content: bytes) -> None:
    """Flip a byte on the way."""
    handler.serve(bytes([content[0] ^ 1]) + content[1:])


def replaced(content: bytes, etag: str) -> Act:
    """Put another file there, then serve it."""

    def act(handler: "_Handler", _: bytes) -> None:
        handler.server.state.files[handler.name] = content
        handler.server.state.etags[handler.name] = etag
        handler.serve(content)

    return act


def slow(seconds: float) -> Act:
    """Serve after a while."""

    def act(handler: "_Handler", content: bytes) -> None:
        time.sleep(seconds)
        handler.serve(content)

    return act


def unsized(handler: "_Handler", content: bytes) -> None:
    """Serve without telling the size."""
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(content)
    handler.close_connection = True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Loopback"

    def do_GET(self) -> None:
        state = self.server.state
        self.name = self.path.lstrip("/")
        with state.lock:
            state.requests.append(
                (self.name, self.headers.get("Range"), self.headers.get("If-Range"))
            )
            state.busy += 1
            state.busiest = max(state.busiest, state.busy)
            troubles = state.troubles.get(self.name, [])
            trouble = None
            if troubles:
                last = len(troubles) == 1 and self.name in state.for_ever
                trouble = troubles[0] if last else troubles.pop(0)
        try:
            if self.name not in state.files:
                status(404)(self, b"")
            elif trouble:
                trouble(self, state.files[self.name])
            else:
                self.serve(state.files[self.name])
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with state.lock:
                state.busy -= 1

    def serve(self, content: bytes, most: int | None = None) -> None:
        """Answer as a good server does, but send ``most`` bytes of the body only."""
        state = self.server.state
        etag = state.etags[self.name]
        modified = formatdate(crc32(etag.encode()) >> 2, usegmt=True)
        given = self.headers.get("Range")
        condition = self.headers.get("If-Range")
        body, total = content, len(content)
        if given and state.ranges and condition in (None, etag, modified):
            first, _, last = given.removeprefix("bytes=").partition("-")
            begin, end = int(first), min(total, int(last) + 1 if last else total)
            if begin >= total:
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{total}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            body = content[begin:end]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{total}")
        else:
            self.send_response(200)
        if etag:
            self.send_header("ETag", etag)
            self.send_header("Last-Modified", modified)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:most])

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class _Loopback(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    state: Server

    def handle_error(self, *_: object) -> None:
        """Keep quiet about clients that hang up."""


@contextmanager
def serving() -> Iterator[Server]:
    """Run a server for the time of a test, past any proxy of the machine."""
    direct = patch.dict(os.environ, {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"})
    with direct, _Loopback(("127.0.0.1", 0), _Handler) as loopback:
        loopback.state = Server(f"http://127.0.0.1:{loopback.server_port}")
        thread = threading.Thread(target=loopback.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield loopback.state
        finally:
            loopback.shutdown()
