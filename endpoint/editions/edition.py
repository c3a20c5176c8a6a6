"""An edition: what is derived from a version once, in a child process, and kept beside it.

`make_edition` counts the version, writes its dumps, and moves the whole to
`FOLDER/editions/<number>` at the end: an edition is complete or not there. `edition.json` lists
what is in it.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter
from pyoxigraph import BlankNode, NamedNode

from urbansdg.endpoint.editions.data_quality import Measurement, measure
from urbansdg.endpoint.editions.draft_folder import drafted, forget
from urbansdg.endpoint.editions.void_counts import Statistics, count
from urbansdg.ontology.media_types import N_QUADS, TRIG, TURTLE
from urbansdg.ontology.namespaces import PREFIXES, SDGO, USDG
from urbansdg.store import ReadableGraph, Version, VersionedBackend, canonical_dump, open_directory
from urbansdg.store.retention import hold

EDITIONS_KEPT: Final = 10
"""The number of editions kept; an older one is made again on request, byte for byte."""

_KINDS: Final = tuple(map(str, (USDG.Policy, USDG.City, USDG.Organisation, SDGO.Target)))
_PLAIN: Final = re.compile(r"[\w.-]{1,64}", re.ASCII)
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class File:
    """A dump: its name in the edition, its media type, its size in bytes and its digest.

    `media_type` is that of the uncompressed content; `graph` is None for all graphs.
    """

    name: str
    media_type: str
    bytes: int
    sha256: str
    graph: str | None = None


@dataclass(frozen=True, slots=True)
class NamedGraphRecord:
    """A named graph: its number of triples, and its recorded source; None if not recorded."""

    iri: str
    triples: int
    source: str | None = None
    location: str | None = None
    licence: str | None = None
    rights_holder: str | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """The description of a version as a dataset: counts, quality, graphs and dumps."""

    number: int
    created: datetime
    statistics: Statistics
    quality: tuple[Measurement, ...]
    graphs: tuple[NamedGraphRecord, ...]
    files: tuple[File, ...]
    mark: str

    def path(self, folder: Path, file: File) -> Path:
        """Return the path of a dump in the folder of the editions."""
        return folder / "editions" / str(self.number) / file.name

    def file(self, name: str) -> File | None:
        """Return the dump with a name, None without one."""
        return next((file for file in self.files if file.name == name), None)

    def licences(self) -> tuple[str, ...]:
        """Return the licences of its graphs, each once."""
        return tuple(sorted({graph.licence for graph in self.graphs if graph.licence}))


_RECORD: Final = TypeAdapter(Edition)


def read_edition(folder: Path, version: Version) -> Edition | None:
    """Return the edition of a version, None if it is not made, or of another state."""
    try:
        record = folder / "editions" / str(version.number) / "edition.json"
        edition = _RECORD.validate_json(record.read_bytes())
    except (OSError, ValueError):
        return None
    same = (edition.created, edition.mark) == (version.created, version.mark)
    return edition if same else None


def build(store: VersionedBackend, version: Version, folder: Path) -> None:
    """Make the edition of a version in `folder`; it replaces an older one."""
    editions = folder / "editions"
    with drafted(editions / str(version.number)) as draft:
        quads = store.read(version)
        files = tuple(_dumps(quads, version, store.iris.graph(""), draft))
        edition = Edition(
            version.number,
            version.created,
            count(quads, f"{store.base}/id/", _KINDS),
            tuple(measure(quads)),
            tuple(_graphs(version)),
            files,
            version.mark,
        )
        (draft / "edition.json").write_bytes(_RECORD.dump_json(edition, indent=1))
    forget(editions, EDITIONS_KEPT, version.number)


def _graphs(version: Version) -> Iterator[NamedGraphRecord]:
    for iri, graph_count in sorted(version.graphs.items()):
        field = graph_count.source.get
        yield NamedGraphRecord(
            iri,
            graph_count.triples,
            field("name"),
            field("location"),
            field("licence"),
            field("rights_holder"),
        )


def _dumps(quads: ReadableGraph, version: Version, ours: str, draft: Path) -> Iterator[File]:
    (draft / "graph").mkdir()
    with canonical_dump.gzipped(draft / "all.nq.gz") as output:
        canonical_dump.write_nquads(quads, output)
    yield _file(draft, "all.nq.gz", N_QUADS, version)
    with canonical_dump.gzipped(draft / "all.trig.gz") as output:
        canonical_dump.write_trig(quads, output, PREFIXES)
    yield _file(draft, "all.trig.gz", TRIG, version)
    for graph in canonical_dump.graphs(quads):
        name = f"graph/{graph_name(graph, ours)}.ttl.gz"
        with canonical_dump.gzipped(draft / name) as output:
            canonical_dump.write_turtle(quads, graph, output, PREFIXES)
        yield _file(draft, name, TURTLE, version, graph.value)


def graph_name(graph: NamedNode | BlankNode, ours: str) -> str:
    """Return the file name of the dump of a graph: its own name if plain, else a digest."""
    own = graph.value.removeprefix(ours)
    if own != graph.value and _PLAIN.fullmatch(own) and own.strip("."):
        return own
    return f"other-{hashlib.blake2b(str(graph).encode(), digest_size=9).hexdigest()}"


def _file(
    draft: Path, name: str, media_type: str, version: Version, graph: str | None = None
) -> File:
    path, digest = draft / name, hashlib.sha256()
    with path.open("rb") as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
    moment = version.created.timestamp()
    os.utime(path, (moment, moment))  # the value of Last-Modified
    return File(name, media_type, path.stat().st_size, digest.hexdigest(), graph)


def make_edition(data_dir: str, number: int, folder: str) -> None:
    """Make the edition of a version, in a process of its own (`background_jobs`)."""
    store = open_directory(Path(data_dir)).on_disk()
    version = store.version(number)
    with hold(version.path):
        build(store, version, Path(folder))
