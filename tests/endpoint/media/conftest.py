"""A host of pictures on loopback: good ones, hostile ones, and what is none."""

import io
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image

from urbansdg.settings import Settings, read_settings

CAMERA = "A-CAMERA-OF-SOMEBODY"
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
_PAGE = b"<!doctype html><title>Not a picture</title>"
_LAST = 30.0


def picture(kind: str = "JPEG", size: tuple[int, int] = (1800, 900), **options: object) -> bytes:
    """Return a picture whose left half is red."""
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    body = io.BytesIO()
    image.save(body, kind, **options)
    return body.getvalue()


def noted_picture() -> bytes:
    """Return a picture turned by a quarter, whose notes name a camera and a place."""
    notes = Image.Exif()
    notes[0x0110] = CAMERA
    notes[0x0112] = 6  # the camera was held upright
    notes[0x8825] = {1: "N", 2: (37.0, 33.0, 0.0), 3: "E", 4: (126.0, 59.0, 0.0)}
    return picture(exif=notes)


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of few bytes with many pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack("!I", len(body)) + name + body + struct.pack("!I", zlib.crc32(name + body))
        )

    head = struct.pack("!IIBBBBB", width, height, 8, 6, 0, 0, 0)
    squeezer = zlib.compressobj(9)
    line = bytes(1 + 4 * width)
    pixels = b"".join(squeezer.compress(line) for _ in range(height)) + squeezer.flush()
    chunks = ((b"IHDR", head), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*parts) for parts in chunks)


Reply = tuple[int, str, bytes]


@dataclass
class PictureHost:
    """A host on loopback: what it answers by path, the requested paths, and who requested them."""

    port: int
    replies: dict[str, Reply] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """The host with its port, as a setting names it."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://{self.name}{path}"


class _Server(ThreadingHTTPServer):
    """The server of a host of pictures."""

    daemon_threads = True

    def __init__(self, replies: dict[str, Reply]) -> None:
        """Listen on a free port of loopback."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pictures = PictureHost(int(self.server_address[1]), replies)
        self.is_over = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    """Answers as the path says."""

    server: _Server

    def do_GET(self) -> None:
        """Answer; the client may leave at any time."""
        self.server.pictures.paths.append(self.path)
        self.server.pictures.agents.add(self.headers.get("User-Agent", ""))
        with suppress(OSError):
            self._answer()

    def _answer(self) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
        if self.path == "/silent.png":
            self.server.is_over.wait(_LAST)
        elif self.path == "/slow-head.png":
            self._drip(head + b"X-Long: " + b"x" * 5000)
        elif self.path == "/slow-body.png":
            self._drip(head + b"\r\n" + b"x" * 5000)
        elif self.path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", self.path.partition("?")[2])
            self.end_headers()
        elif self.path == "/cut.jpg":  # it promises more than it sends
            body = picture()
            self._reply((200, "image/jpeg", body[: len(body) // 2]), len(body))
        else:
            reply = self.server.pictures.replies.get(self.path, (404, "text/html", _PAGE))
            self._reply(reply, len(reply[2]))

    def _reply(self, reply: Reply, length: int) -> None:
        status, media_type, body = reply
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, octets: bytes) -> None:
        for octet in octets:
            self.connection.sendall(bytes([octet]))
            if self.server.is_over.wait(0.05):
                return

    def log_message(self, *_arguments: object) -> None:
        """Write nothing."""


@pytest.fixture(scope="session")
def host() -> Iterator[PictureHost]:
    """Return a host of pictures; its slow answers end with the session."""
    with _Server(_replies()) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.pictures
        server.is_over.set()
        server.shutdown()


def _replies() -> dict[str, Reply]:
    jpeg = picture()
    return {
        "/good.jpg": (200, "image/jpeg", jpeg),
        "/good.png": (200, "image/png; charset=binary", picture("PNG", (640, 480))),
        "/good.gif": (200, "image/gif", picture("GIF", (64, 48))),
        "/good.webp": (200, "image/webp", picture("WEBP", (64, 48))),
        "/noted.jpg": (200, "image/jpeg", noted_picture()),
        "/polyglot.jpg": (200, "image/jpeg", jpeg + b"PK\x03\x04<script>alert(1)</script>"),
        "/script.svg": (200, "image/svg+xml", _SVG),
        "/svg-as-png.png": (200, "image/png", _SVG),
        "/page.png": (200, "text/html", _PAGE),
        "/page-as-png.png": (200, "image/png", _PAGE),
        "/typeless.png": (200, "application/octet-stream", picture("PNG", (64, 48))),
        "/truncated.jpg": (200, "image/jpeg", jpeg[: len(jpeg) // 2]),
        "/truncated.png": (200, "image/png", picture("PNG", (640, 480))[:-200]),
        "/empty.png": (200, "image/png", b""),
        "/bomb.png": (200, "image/png", bomb(30_000, 1_500)),
        "/broken.png": (500, "text/html", _PAGE),
        "/tiff.tif": (200, "image/tiff", picture("TIFF", (64, 48))),
        "/tiff-as-png.png": (200, "image/png", picture("TIFF", (64, 48))),
        "/large.png": (200, "image/png", b"\x89PNG\r\n\x1a\n" + bytes(300_000)),
    }


@pytest.fixture(scope="session")
def settings(host: PictureHost) -> Settings:
    """Return settings that allow the host, for a second and 200 kB a picture."""
    return read_settings(
        media_hosts=host.name,
        media_networks="127.0.0.0/8",
        media_seconds=1.0,
        media_bytes=200_000,
    )
