"""An edition: what is derived from a version once, in a child process, and kept beside it.

`make_edition` describes a version in `FOLDER/editions/<number>/edition.json.gz`, which is complete
or not there. Its counts and measurements follow from those of a version before it and from what
differs. Where that is not known, or too much was changed since, the version is a checkpoint: it is
counted as a whole, and its canonical dump is written to `all.nq.gz` beside. The statements that
later versions add and remove lead from there to them (`dump_files`).
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from pydantic import TypeAdapter

from urbansdg.endpoint.editions.changed_counts import recount
from urbansdg.endpoint.editions.data_quality import Measurement, measure, remeasure
from urbansdg.endpoint.editions.dump_names import ALL, File, files_of, measured
from urbansdg.endpoint.editions.void_counts import CountScope, Statistics, count
from urbansdg.endpoint.history.change_history import make_history
from urbansdg.errors import StoreError
from urbansdg.ontology.namespaces import SDGO, USDG
from urbansdg.store import Version, VersionedBackend, canonical_dump, open_directory
from urbansdg.store.retention import hold
from urbansdg.store.versions.changed_subjects import patches_between
from urbansdg.store.versions.draft_folder import drafted, forget

EDITIONS_KEPT: Final = 10
"""The number of editions kept, with the checkpoints that they refer to."""

_FILE: Final = "edition.json.gz"
"""The record; as plain JSON it takes 30 kB, most of it names of properties."""

_KINDS: Final = tuple(map(str, (USDG.Policy, USDG.City, USDG.Organisation, SDGO.Target)))

TRIPLES_PER_SUBJECT: Final = 80
"""A changed subject costs as much CPU (0.8 ms) as so many triples of a whole count (10 µs)."""

PATCHED_LINES: Final = 5_000
PATCHED_SHARE: Final = 20
PATCHED_VERSIONS: Final = 1_000
"""A version is a checkpoint where more lines than these, and than this fraction of the graph,
changed since the one before, or more versions were published."""


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
    """The description of a version as a dataset: counts, quality, graphs and dumps.

    `statistics` is None before it is counted. `checkpoint` is the version whose canonical dump is
    kept and from which patches lead to this one, `patched` the number of statements in them.
    """

    number: int
    created: datetime
    statistics: Statistics | None
    quality: tuple[Measurement, ...]
    graphs: tuple[NamedGraphRecord, ...]
    files: tuple[File, ...]
    mark: str
    checkpoint: int | None = None
    patched: int = 0

    def licences(self) -> tuple[str, ...]:
        """Return the licences of its graphs, each once."""
        return tuple(sorted({graph.licence for graph in self.graphs if graph.licence}))


_RECORD: Final = TypeAdapter(Edition)


def read_edition(folder: Path, version: Version) -> Edition | None:
    """Return the edition of a version, None if it is not made, or of another state."""
    try:
        edition = _read(folder / "editions" / str(version.number))
    except (OSError, EOFError, ValueError, zlib.error):
        return None
    same = (edition.created, edition.mark) == (version.created, version.mark)
    return edition if same else None


def _read(folder: Path) -> Edition:
    return _RECORD.validate_json(gzip.decompress((folder / _FILE).read_bytes()))


def uncounted(version: Version, ours: str) -> Edition:
    """Return the description of a version that its record alone gives.

    `ours` is the prefix of the IRIs of local graphs.
    """
    graphs, files = tuple(_graphs(version)), files_of(version, ours)
    return Edition(version.number, version.created, None, (), graphs, files, version.mark)


def build(store: VersionedBackend, version: Version, folder: Path) -> None:
    """Make the edition of a version in `folder`; it replaces an older one."""
    editions = folder / "editions"
    with drafted(editions / str(version.number)) as draft:
        edition = _derived(store, version, folder) or _counted(store, version, draft)
        (draft / _FILE).write_bytes(gzip.compress(_RECORD.dump_json(edition), mtime=0))
    others = [number for number in _numbers(editions) if number != version.number]
    retained = (version.number, *others[max(0, len(others) + 1 - EDITIONS_KEPT) :])
    forget(editions, EDITIONS_KEPT, version.number, set(_checkpoints(editions, retained)))


def _derived(store: VersionedBackend, version: Version, folder: Path) -> Edition | None:
    """Return the edition that follows from the one before it that is kept, None for a checkpoint.

    That is where it is not known what differs, or where more differs than is worth it.
    """
    before = max((n for n in _numbers(folder / "editions") if n < version.number), default=None)
    if before is None:
        return None
    with suppress(StoreError):
        known = store.version(before)
        edition, subjects = read_edition(folder, known), store.apart(known, version)
        if edition is None or edition.statistics is None or subjects is None:
            return None
        patches = patches_between(before, version, store.version)
        if patches is None or len(subjects) * TRIPLES_PER_SUBJECT > version.triples:
            return None
        patched = edition.patched + sum(map(len, patches))
        if _is_due(edition.checkpoint, patched, version, folder):
            return None
        with hold(known.path):
            old, new = store.read(known), store.read(version)
            return Edition(
                version.number,
                version.created,
                recount(edition.statistics, old, new, subjects, _scope(store)),
                tuple(remeasure(edition.quality, old, new, subjects)),
                tuple(_graphs(version)),
                files_of(version, store.iris.graph("")),
                version.mark,
                edition.checkpoint,
                patched,
            )
    return None


def _is_due(checkpoint: int | None, patched: int, version: Version, folder: Path) -> bool:
    """Tell whether a version is to be a checkpoint, after so many patched statements."""
    return (
        checkpoint is None
        or not dump_of_checkpoint(folder, checkpoint).is_file()
        or patched > max(PATCHED_LINES, version.triples // PATCHED_SHARE)
        or version.number - checkpoint > PATCHED_VERSIONS
    )


def dump_of_checkpoint(folder: Path, number: int) -> Path:
    """Return the path of the canonical dump of a checkpoint."""
    return folder / "editions" / str(number) / ALL


def _counted(store: VersionedBackend, version: Version, draft: Path) -> Edition:
    """Count a version as a whole, and write its canonical dump."""
    quads = store.read(version)
    with canonical_dump.gzipped(draft / ALL) as output:
        statistics = count(_written(canonical_dump.ordered_lines(quads), output), _scope(store))
    files = tuple(
        measured(file, draft / ALL, version) if file.name == ALL else file
        for file in files_of(version, store.iris.graph(""))
    )
    return Edition(
        version.number,
        version.created,
        statistics,
        tuple(measure(quads)),
        tuple(_graphs(version)),
        files,
        version.mark,
        version.number,
    )


def _written(lines: Iterator[bytes], output: IO[bytes]) -> Iterator[bytes]:
    """Yield lines, each after it was written."""
    for line in lines:
        output.write(line)
        yield line


def _scope(store: VersionedBackend) -> CountScope:
    return CountScope(f"{store.base}/id/", _KINDS)


def _numbers(editions: Path) -> list[int]:
    return sorted(int(path.name) for path in editions.glob("*") if path.name.isdigit())


def _checkpoints(editions: Path, numbers: Iterable[int]) -> Iterator[int]:
    """Yield the checkpoints that some editions refer to."""
    for number in numbers:
        with suppress(OSError, EOFError, ValueError, zlib.error):
            checkpoint = _read(editions / str(number)).checkpoint
            if checkpoint is not None:
                yield checkpoint


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


def make_edition(data_dir: str, number: int, folder: str) -> None:
    """Make the edition of a version, in a process of its own (`background_jobs`)."""
    store = open_directory(Path(data_dir)).on_disk()
    version = store.version(number)
    with hold(version.path):
        build(store, version, Path(folder))


def make_catalogue(data_dir: str, number: int, folder: str) -> None:
    """Make the history up to a version, and its edition: one process costs less CPU than two."""
    try:
        make_history(data_dir, number, folder)
    finally:
        make_edition(data_dir, number, folder)
