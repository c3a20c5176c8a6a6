"""Downloads of files over HTTP, within limits of size, time and redirects.

The officer names the host of the URL. `urbansdg.egress` decides which addresses a redirect may lead
to, so that no site can make the loader contact the network that it runs in.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpcore

from urbansdg.egress.egress_policy import DownloadBackend
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
    """The limits of a download, in bytes and seconds."""

    size: int
    seconds: float


def fetch(url: str, folder: Path, limits: DownloadLimits, syntax: str | None = None) -> Path:
    """Download a file of RDF into a folder; return its path.

    Its extension follows from `syntax`, else from the media type, else from the URL. Raises
    `SourceUnreadable` if it cannot be downloaded completely.
    """
    host = urlsplit(url).hostname or ""
    deadline = time.monotonic() + limits.seconds
    try:
        with httpcore.ConnectionPool(network_backend=DownloadBackend(host)) as pool:
            return _follow_redirects(
                pool, url, folder, limits=limits, deadline=deadline, syntax=syntax
            )
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        raise _failure(url, str(error) or type(error).__name__) from None
    except (httpcore.UnsupportedProtocol, ValueError) as error:
        raise _failure(url, f"it is not a valid URL ({error})") from None


def _follow_redirects(
    pool: httpcore.ConnectionPool,
    url: str,
    folder: Path,
    *,
    limits: DownloadLimits,
    deadline: float,
    syntax: str | None,
) -> Path:
    here = url
    policy = dict.fromkeys(("connect", "read", "write", "pool"), _CHUNK_SECONDS)
    for _ in range(REDIRECTS + 1):
        with pool.stream(
            "GET", here, headers={"Accept": _ACCEPT}, extensions={"timeout": policy}
        ) as answer:
            headers = {name.decode().lower(): text.decode() for name, text in answer.headers}
            if answer.status in _MOVED and "location" in headers:
                here = _next(url, here, headers["location"])
                continue
            if answer.status != 200:  # noqa: PLR2004  # OK
                raise _failure(url, f"the server responds with status {answer.status}")
            file = folder / _name(here, headers.get("content-type", ""), syntax)
            _write(answer.iter_stream(), file, url, limits, deadline)
            return file
    raise _failure(url, f"it redirects more than {REDIRECTS} times")


def _next(url: str, here: str, location: str) -> str:
    there = urljoin(here, location)
    # A redirect from HTTPS to HTTP would give up the integrity of the file.
    if not is_url(there) or (here.startswith("https:") and not there.startswith("https:")):
        raise _failure(url, f"its redirect to {there} is not allowed")
    return there


def _write(
    chunks: Iterator[bytes], file: Path, url: str, limits: DownloadLimits, deadline: float
) -> None:
    size = 0
    with file.open("wb") as out:
        for chunk in chunks:
            size += len(chunk)
            if size > limits.size:
                raise _failure(url, f"it is larger than {limits.size:,} bytes")
            if time.monotonic() > deadline:
                raise _failure(url, f"it takes longer than {limits.seconds:g} seconds")
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


def _failure(url: str, why: str) -> SourceUnreadable:
    return SourceUnreadable(
        f"Cannot download {url}: {why}.",
        "Check the address, or download the file by other means and load it.",
        place=Place(url),
    )
