"""Downloads of files over HTTP, within limits of size, time and redirects.

The officer names the host of the URL. `urbansdg.egress` decides which addresses a redirect may lead
to, so that no site can make the loader contact the network that it runs in.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from urbansdg.egress.download_client import DownloadClient, DownloadFailed, media_type_of
from urbansdg.errors import Place, SourceUnreadable
from urbansdg.loaders.rdf.parser_process import FORMATS
from urbansdg.ontology.media_types import JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, TRIG, TURTLE

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
    deadline = time.monotonic() + limits.seconds
    try:
        with DownloadClient(url, _CHUNK_SECONDS) as client, client.get(url, _ACCEPT) as (here, got):
            if got.status != 200:  # noqa: PLR2004  # OK
                raise _failure(url, f"the server responds with status {got.status}")
            file = folder / _name(here, media_type_of(got), syntax)
            _write(got.iter_stream(), file, url, limits, deadline)
            return file
    except DownloadFailed as failure:
        raise _failure(url, str(failure)) from None


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
    form = syntax or _FORMS.get(media_type)
    if form is None:
        return name
    return f"{stem if stem and ending.lower() in FORMATS else plain}.{form}"


def _failure(url: str, why: str) -> SourceUnreadable:
    return SourceUnreadable(
        f"Cannot download {url}: {why}.",
        "Check the address, or download the file by other means and load it.",
        place=Place(url),
    )
