"""RDF at a URL."""

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from urbansdg.errors import SourceUnreadable
from urbansdg.loaders.remote.download import DownloadLimits, fetch

_TURTLE = b"<http://e/a> <http://e/b> <http://e/c> ."
_PACKED = gzip.compress(_TURTLE, mtime=0)
_LIMITS = DownloadLimits(1000, 20)


class _Site(BaseHTTPRequestHandler):
    """A site with a file, a packed one, an endless one, and redirects."""

    def do_GET(self) -> None:
        """Answer as the path says."""
        moved = {"/once": "/file", "/round": "/round", "/local": "file:///etc/passwd"}
        if self.path in moved:
            self._answer(302, {"Location": moved[self.path]})
        elif self.path == "/away":
            port = self.connection.getsockname()[1]
            self._answer(302, {"Location": f"http://localhost:{port}/file"})
        elif self.path.startswith("/to/"):
            self._answer(302, {"Location": f"http://{self.path.removeprefix('/to/')}/"})
        elif self.path == "/packed.nt.gz":
            self._answer(200, {"Content-Type": "application/gzip"}, _PACKED)
        elif self.path == "/file":
            self._answer(200, {"Content-Type": "text/turtle; charset=utf-8"}, _TURTLE)
        elif self.path == "/large.ttl":
            self._answer(200, {}, b"#" * 2000)
        else:
            self._answer(404, {})

    def _answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Return the address of the site."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "name", "content"),
    [
        ("/file", "file.ttl", _TURTLE),
        ("/once", "file.ttl", _TURTLE),
        ("/packed.nt.gz", "packed.nt.gz", _PACKED),
    ],
)
def test_the_media_type_or_else_the_ending_tells_the_syntax(
    site: str, tmp_path: Path, path: str, name: str, content: bytes
) -> None:
    """A file is fetched whole, over redirects; media type or ending tell its syntax."""
    file = fetch(site + path, tmp_path, _LIMITS)
    assert file.name == name
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/nothing", "status 404"),
        ("/round", "redirects more than 5 times"),
        ("/local", "redirect to file:///etc/passwd is not allowed"),
        ("/away", "localhost, which is not public"),
        ("/large.ttl", "larger than 1,000 bytes"),
    ],
)
def test_what_cannot_or_may_not_be_fetched_is_refused(
    site: str, tmp_path: Path, path: str, why: str
) -> None:
    """What is absent, moved in circles, elsewhere, not public or too large is refused."""
    with pytest.raises(SourceUnreadable, match=why):
        fetch(site + path, tmp_path, _LIMITS)


@pytest.mark.parametrize(
    "host",
    [
        *("169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "0x7f.1", "0"),
        *("[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[::ffff:0:7f00:1]", "[fec0::1]"),
        *("[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fe80::5efe:127.0.0.1]", "[fe80::1%25lo]"),
        *("192.0.2.1", "198.18.0.1", "[2001:db8::1]", "[3fff::1]", "240.0.0.1", "10.0.0.1"),
    ],
)
def test_no_redirect_leads_to_an_address_that_is_not_public(
    site: str, tmp_path: Path, host: str
) -> None:
    """A redirect to an address with a special purpose is refused before a connection is made."""
    with pytest.raises(SourceUnreadable, match=r"not public|cannot resolve"):
        fetch(f"{site}/to/{host}", tmp_path, _LIMITS)
