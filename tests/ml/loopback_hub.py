"""A Hugging Face hub on the loopback device: as much of it as `clipsearch.ml.hub` asks for."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

_PATIENCE_S = 10.0
REPOSITORY = "someone/tiny-clip"
COMMIT = "c0ffee" * 6 + "c0de"


@dataclass
class Hub:
    """What the hub has, how it behaves, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    licence: str | None = "mit"
    refusal: tuple[int, str] | None = None
    """Status and ``X-Error-Code`` of every answer."""
    cuts: list[int] = field(default_factory=list)
    """After how many bytes each of the next connections breaks off."""
    lie: bytes | None = None
    """What is sent instead of the file."""
    hold: threading.Event | None = None
    """Waited for in the middle of a file."""
    knows_ranges: bool = True
    renamed_from: str | None = None
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    """Method, path and range of each request."""
    sent: int = 0
    """Bytes of files."""
    tokens: dict[str, str | None] = field(default_factory=dict)
    """What was given as ``Authorization``, by the first part of the path."""
    address: str = ""

    def ranges(self) -> list[str | None]:
        """The ranges that were asked for, one for each GET of bytes."""
        return [asked[2] for asked in self.asked if asked[1].startswith("/bytes/")]


class _Handler(BaseHTTPRequestHandler):
    hub: ClassVar[Hub]

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hub = self.hub
        hub.asked.append((self.command, self.path, self.headers.get("Range")))
        hub.tokens[self.path.split("/")[1]] = self.headers.get("Authorization")
        if hub.refusal:
            status, code = hub.refusal
            self._head(status, {"X-Error-Code": code})
        elif self.path == f"/api/models/{REPOSITORY}":
            card = {"cardData": {"license": hub.licence} if hub.licence else None}
            self._send(json.dumps(card).encode())
        elif self.path.startswith("/bytes/"):
            self._send_file(self.path.removeprefix("/bytes/"))
        else:
            self._resolve()

    def _resolve(self) -> None:
        hub = self.hub
        if hub.renamed_from and self.path.startswith(f"/{hub.renamed_from}/"):
            moved = self.path.replace(hub.renamed_from, REPOSITORY, 1)
            return self._head(307, {"Location": moved})
        found = re.fullmatch(rf"/{REPOSITORY}/resolve/(\w+)/([\w.]+)", self.path)
        if not found or found[2] not in hub.files or found[1] not in {"main", COMMIT}:
            return self._head(404, {"X-Error-Code": "EntryNotFound"})
        content = hub.files[found[2]]
        # The bytes lie on another host, as on the real hub: it must not see the token.
        elsewhere = hub.address.replace("127.0.0.1", "localhost")
        facts = {
            "X-Repo-Commit": COMMIT,
            "X-Linked-Etag": f'"{hashlib.sha256(content).hexdigest()}"',
            "X-Linked-Size": str(len(content)),
            "Location": f"{elsewhere}/bytes/{found[2]}",
        }
        return self._head(302, facts)

    def _send_file(self, name: str) -> None:
        hub = self.hub
        content = hub.files[name] if hub.lie is None else hub.lie
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked and hub.knows_ranges else 0
        part = content[start:]
        span = f"bytes {start}-{len(content) - 1}/{len(content)}"
        headers = {"Content-Length": str(len(part))} | ({"Content-Range": span} if start else {})
        self.send_response(206 if start else 200)
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        part = part[: hub.cuts.pop(0)] if hub.cuts else part
        hub.sent += len(part)
        if hub.hold is None:
            self.wfile.write(part)
            return
        self.wfile.write(part[: len(part) // 2])
        hub.hold.wait(_PATIENCE_S)
        with suppress(OSError):  # Whoever asked may have gone.
            self.wfile.write(part[len(part) // 2 :])

    def _send(self, content: bytes) -> None:
        self._head(200, {"Content-Length": str(len(content))})
        self.wfile.write(content)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in ({"Content-Length": "0"} | headers).items():
            self.send_header(key, value)
        self.end_headers()


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Run a hub in a thread; sets its address."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = False  # Joined when the server closes: no test leaks one.
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
