"""The dumps of a version: their names, their media types, and what is known of their bytes."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from urbansdg.ontology.media_types import N_QUADS, RDF_PATCH, TRIG, TURTLE
from urbansdg.store import Version

ALL: Final = "all.nq.gz"
"""The canonical dump: all graphs as N-Quads, the lines in order."""

ALL_TRIG: Final = "all.trig.gz"

CHANGES: Final = "changes.rdfp.gz"
"""The statements that a version removed and added against the one before, as an RDF Patch."""

_PLAIN: Final = re.compile(r"[\w.-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class File:
    """A dump: its name, its media type, its size in bytes and its digest.

    `media_type` is that of the uncompressed content; `graph` is None for all graphs. Size and
    digest are None for a dump that is made on request.
    """

    name: str
    media_type: str
    bytes: int | None = None
    sha256: str | None = None
    graph: str | None = None


def files_of(version: Version, ours: str) -> tuple[File, ...]:
    """Return the dumps of a version; `ours` is the prefix of the IRIs of local graphs."""
    return tuple(_files(version, ours))


def _files(version: Version, ours: str) -> Iterator[File]:
    yield File(ALL, N_QUADS)
    yield File(ALL_TRIG, TRIG)
    for graph in sorted(version.graphs):
        yield File(f"graph/{graph_name(graph, ours)}.ttl.gz", TURTLE, graph=graph)


def changes_file() -> File:
    """Return the file of the changes of a version."""
    return File(CHANGES, RDF_PATCH)


def graph_name(graph: str, ours: str) -> str:
    """Return the file name of the dump of a graph: its own name if plain, else a digest."""
    own = graph.removeprefix(ours)
    if own != graph and _PLAIN.fullmatch(own) and own.strip("."):
        return own
    digest = hashlib.blake2b(f"<{graph}>".encode(), digest_size=9).hexdigest()
    return f"other-{digest}"


def measured(file: File, path: Path, version: Version) -> File:
    """Return a dump with its size and digest; its time becomes that of the version."""
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    moment = version.created.timestamp()
    os.utime(path, (moment, moment))  # the value of Last-Modified
    return replace(file, bytes=path.stat().st_size, sha256=digest)
