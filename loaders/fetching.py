"""Sources that are not files: standard input and addresses of the web, kept as files."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import unquote, urljoin, urlsplit

import httpcore

from urbansdg.loaders.parsing import FORMATS
from urbansdg.problems import SourceUnreadable

STANDARD_INPUT: Final = "-"
_SIZE: Final = 1 << 30
"""Bytes that a source may have."""

_SECONDS: Final = 60.0
"""Longest wait for a connection, or for the next bytes of an answer."""

_REDIRECTS: Final = 5
_PIECE: Final = 1 << 16
_SYNTAXES: Final = {
    "text/turtle": "ttl", "application/n-triples": "nt", "application/n-quads": "nq",
    "application/trig": "trig", "application/rdf+xml": "rdf", "application/ld+json": "jsonld",
}  # fmt: skip
_ACCEPT: Final = ", ".join((*_SYNTAXES, "*/*;q=0.1"))


def is_address(source: str) -> bool:
    """Tell whether a source is an address of the web."""
    return re.match(r"https?://", source, re.IGNORECASE) is not None


def fetched(source: str, folder: Path, syntax: str | None = None) -> Path:
    """Return the file of a source: itself, or a copy of what comes from elsewhere.

    `syntax` is the ending that a file of it would have (`ttl`), where the source does not say it.
    Raises `SourceUnreadable`.
    """
    if source == STANDARD_INPUT:
        if syntax is None:
            raise SourceUnreadable(
                "Standard input does not say what it is.", "Say it with --syntax, like ttl."
            )
        copy = folder / f"standard-input.{syntax}"
        _keep(lambda: _pieces(sys.stdin.buffer), copy, "standard input")
        return copy
    return _downloaded(source, folder, syntax) if is_address(source) else Path(source)


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(_PIECE):
        yield piece


def _keep(pieces: Callable[[], Iterator[bytes]], copy: Path, name: str) -> None:
    size = 0
    with copy.open("wb") as file:
        for piece in pieces():
            size += len(piece)
            if size > _SIZE:
                raise _unreadable(name, f"it is larger than {_SIZE >> 20} MiB")
            file.write(piece)


def _downloaded(address: str, folder: Path, syntax: str | None) -> Path:
    limits = {"connect": _SECONDS, "read": _SECONDS, "write": _SECONDS, "pool": _SECONDS}
    try:
        with (
            httpcore.ConnectionPool() as pool,
            _answer(pool, address, {"timeout": limits}) as (final, response),
        ):
            copy = folder / _name(final, response, syntax)
            _keep(response.iter_stream, copy, address)
            return copy
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        why = str(error) or type(error).__name__
        raise _unreadable(address, f"it gave no answer ({why})") from error


@contextmanager
def _answer(
    pool: httpcore.ConnectionPool, address: str, extensions: Mapping[str, object]
) -> Iterator[tuple[str, httpcore.Response]]:
    """Ask an address, and go on to where it sends, a few times."""
    for _ in range(_REDIRECTS + 1):
        host = urlsplit(address).netloc
        headers = [("Accept", _ACCEPT), ("User-Agent", "urbansdg"), ("Host", host)]
        with pool.stream("GET", address, headers=headers, extensions=dict(extensions)) as response:
            target = _header(response, "location")
            if response.status in {301, 302, 303, 307, 308} and target:
                address = urljoin(address, target)
                if not is_address(address):
                    raise _unreadable(address, "it is no address of the web")
                continue
            if response.status != 200:  # noqa: PLR2004  # HTTP's OK
                raise _unreadable(address, f"it answers with {response.status}")
            yield address, response
            return
    raise _unreadable(address, f"it sends on more than {_REDIRECTS} times")


def _header(response: httpcore.Response, name: str) -> str:
    found = (value for key, value in response.headers if key.decode().lower() == name)
    return next(found, b"").decode("latin-1")


def _name(address: str, response: httpcore.Response, syntax: str | None) -> str:
    """Return a name for a file that says what it is: of its address, else of its media type."""
    last = unquote(urlsplit(address).path.rstrip("/").rpartition("/")[2])
    bare = re.sub(r"[^\w.-]+", "-", last).strip(".-") or "document"
    ending = bare.removesuffix(".gz").rpartition(".")[2].lower()
    media = _header(response, "content-type").partition(";")[0].strip().lower()
    told = syntax or _SYNTAXES.get(media)
    if told is None or (ending == told and syntax is None):
        return bare
    packed = ".gz" if bare.endswith(".gz") else ""
    stem = bare.removesuffix(".gz")
    stem = stem.rpartition(".")[0] or stem if ending in FORMATS else stem
    return f"{stem}.{told}{packed}"


def _unreadable(source: str, why: str) -> SourceUnreadable:
    return SourceUnreadable(
        f"{source} cannot be read: {why}.",
        "Look whether it can be reached and is a file of data.",
    )
