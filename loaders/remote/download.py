"""Files at a URL: fetched over HTTP, within limits of size, time and redirects.

The first host is what the person who loads has named. A redirect to another host may only lead to
a public address, so that no page of the web can turn the loader on the network it runs in.
"""

import ipaddress
import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore

from urbansdg.errors import Place, SourceUnreadable
from urbansdg.loaders.rdf.parser_process import FORMATS
from urbansdg.loaders.remote.source_origin import is_url
from urbansdg.ontology.media_types import JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, TRIG, TURTLE

REDIRECTS = 5
_MOVED = frozenset({301, 302, 303, 307, 308})
_CHUNK_SECONDS = 30.0
_FORMS = {
    TURTLE: "ttl",
    TRIG: "trig",
    N_TRIPLES: "nt",
    N_QUADS: "nq",
    RDF_XML: "rdf",
    JSON_LD: "jsonld",
}
_ACCEPT = ", ".join((*_FORMS, "*/*;q=0.1"))


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """Bytes and seconds that fetching one file may take."""

    size: int
    seconds: float


class PinnedDownload(httpcore.NetworkBackend):
    """Connects to any address of the host that was named, and elsewhere to public ones alone."""

    def __init__(self, trusted: str) -> None:
        """Trust the host `trusted`."""
        self._trusted = trusted
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # the interface of httpcore
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect; raises `httpcore.ConnectError`, also for an address that is not public."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"{host} is not found: {error}") from None
        address = str(found[0][4][0]).partition("%")[0]
        if host != self._trusted and not ipaddress.ip_address(address).is_global:
            raise httpcore.ConnectError(f"the redirect leads to {host}, which is not public")
        return self._network.connect_tcp(address, port, timeout, local_address, socket_options)


def fetch(url: str, folder: Path, limits: DownloadLimits, syntax: str | None = None) -> Path:
    """Fetch a file of RDF into a folder; its ending follows from syntax, media type, or the URL.

    Raises `SourceUnreadable` for whatever keeps it from being fetched whole.
    """
    host = urlsplit(url).hostname or ""
    deadline = time.monotonic() + limits.seconds
    try:
        with httpcore.ConnectionPool(network_backend=PinnedDownload(host)) as pool:
            return _followed(pool, url, folder, limits=limits, deadline=deadline, syntax=syntax)
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        raise _refused(url, str(error) or type(error).__name__) from None
    except (httpcore.UnsupportedProtocol, ValueError) as error:
        raise _refused(url, f"it is no URL that can be asked ({error})") from None


def _followed(
    pool: httpcore.ConnectionPool,
    url: str,
    folder: Path,
    *,
    limits: DownloadLimits,
    deadline: float,
    syntax: str | None,
) -> Path:
    here = url
    patience = dict.fromkeys(("connect", "read", "write", "pool"), _CHUNK_SECONDS)
    for _ in range(REDIRECTS + 1):
        with pool.stream(
            "GET", here, headers={"Accept": _ACCEPT}, extensions={"timeout": patience}
        ) as answer:
            headers = {name.decode().lower(): text.decode() for name, text in answer.headers}
            if answer.status in _MOVED and "location" in headers:
                here = _next(url, here, headers["location"])
                continue
            if answer.status != 200:  # noqa: PLR2004  # OK
                raise _refused(url, f"the server answers {answer.status}")
            file = folder / _name(here, headers.get("content-type", ""), syntax)
            _write(answer.iter_stream(), file, url, limits, deadline)
            return file
    raise _refused(url, f"it is redirected more than {REDIRECTS} times")


def _next(url: str, here: str, location: str) -> str:
    there = urljoin(here, location)
    if not is_url(there) or (here.startswith("https:") and not there.startswith("https:")):
        raise _refused(url, f"the redirect to {there} is not followed")
    return there


def _write(
    chunks: Iterator[bytes], file: Path, url: str, limits: DownloadLimits, deadline: float
) -> None:
    size = 0
    with file.open("wb") as out:
        for chunk in chunks:
            size += len(chunk)
            if size > limits.size:
                raise _refused(url, f"it has more than {limits.size:,} bytes")
            if time.monotonic() > deadline:
                raise _refused(url, f"it takes longer than {limits.seconds:g} seconds")
            out.write(chunk)


def _name(url: str, media_type: str, syntax: str | None) -> str:
    last = urlsplit(url).path.rstrip("/").rpartition("/")[2] or "source"
    name = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in last)
    plain = name.removesuffix(".gz")
    stem, _, ending = plain.rpartition(".")
    form = syntax or _FORMS.get(media_type.partition(";")[0].strip().lower())
    if form is None:
        return name
    return f"{stem if stem and ending.lower() in FORMATS else plain}.{form}"


def _refused(url: str, why: str) -> SourceUnreadable:
    return SourceUnreadable(
        f"{url} cannot be fetched: {why}.",
        "Check the address, or fetch the file by other means and load it.",
        place=Place(url),
    )
