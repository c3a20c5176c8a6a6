"""Repair of a data directory: a whole current version again, from what is left of it.

The records of the directory are restored first: its base URI, and the pointer to the current
version. Where the current version is damaged, a new version takes its place. It has the content of
a dump, where one is given; else the statements of the damaged version, where all of them can be
read; else the content of the newest whole version. Damaged versions stay where they are;
`urbansdg prune --damaged` removes them.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import (
    BaseUriMismatch,
    SourceUnreadable,
    StoreError,
    StoreMissing,
    VersionDamaged,
)
from urbansdg.sandbox.temporary_folder import TemporaryFolder
from urbansdg.store.access_tokens import Tokens
from urbansdg.store.changes import fork
from urbansdg.store.changes.change import Dump, Gate, Published
from urbansdg.store.changes.provenance import GRAPH
from urbansdg.store.graph_store import GraphStore
from urbansdg.store.publication import accept
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.tags import Tags
from urbansdg.store.versions.version import Version, open_version, read_version
from urbansdg.store.versions.writer_lock import writable, writing

_GRAPH_OF_VERSIONS: Final = f"/graph/{GRAPH}"
_FORMATS: Final = {".nq": ox.RdfFormat.N_QUADS, ".trig": ox.RdfFormat.TRIG}


@dataclass(frozen=True, slots=True)
class Repaired:
    """The outcome of a repair: the current version, and a sentence on each thing that was done.

    `lost` are the numbers of the versions after the one that was gone back to: their changes are
    lost. `done` is empty where nothing was damaged.
    """

    version: Version
    done: tuple[str, ...]
    lost: tuple[int, ...] = ()


def repair(
    directory: Path,
    agent: str,
    gate: Gate,
    *,
    dump: Path | None = None,
    base: str | None = None,
    patience: float = 0.0,
) -> Repaired:
    """Give a data directory a whole current version again, by reading every file of it.

    `dump` is a file of N-Quads or TriG with every graph; `gate` judges it as a load. `base` is the
    base URI, for a directory whose versions do not name it.

    Raises `StoreMissing` where there is no version at all, `VersionDamaged` where none is whole and
    there is no dump, `BaseUriMismatch`, `InvalidData`, `SourceUnreadable`, `StoreBusy`,
    `StoreNotWritable`.
    """
    layout = DataDirectory(directory)
    done: list[str] = []
    with writable(directory), writing(layout.lock, patience):
        store = GraphStore(directory, _base(layout, base, done), patience)
        _set_aside(store, done)
    if dump is None:
        salvaged = _salvaged(store, agent)
        if salvaged is not None:
            done.append(
                f"Version {salvaged.version.number} has every statement of the damaged version"
                f" {salvaged.version.number - 1}, in new files."
            )
            return Repaired(salvaged.version, tuple(done))
        whole = _newest_whole(store)
        with writable(directory), writing(layout.lock, patience):
            _point(layout, done)
        if whole.number == store.current_number():
            return Repaired(whole, tuple(done))
        last = store.current_number()
        published = store.replace_damaged(whole.number, agent)
        lost = tuple(range(whole.number + 1, last + 1))
        done.append(
            f"Version {published.version.number} has the content of version {whole.number}, the"
            " newest whole version."
        )
        return Repaired(published.version, tuple(done), lost)
    published = store.replace_by_dump(_dump(dump), agent, gate)
    done.append(f"Version {published.version.number} has the content of {dump.name}.")
    return Repaired(published.version, tuple(done))


def _base(layout: DataDirectory, base: str | None, done: list[str]) -> str:
    """Return the base URI, recording it anew where its record is lost or damaged."""
    try:
        own = layout.read_base()
    except (VersionDamaged, StoreMissing):
        if not layout.numbers():
            raise
    else:
        if base is not None and base != own:
            raise BaseUriMismatch(
                f"The graph in {layout.directory} was created for {own}, not for {base}.",
                f"Use --base {own}.",
            )
        return own
    recovered = base or _base_of_versions(layout)
    if recovered is None:
        raise VersionDamaged(
            f"The base URI of the graph in {layout.directory} is lost, and the versions do not name"
            " one only.",
            "Give it with --base.",
        )
    layout.write_record(recovered)
    done.append(f"The record of the graph names the base URI {recovered} again.")
    return recovered


def _base_of_versions(layout: DataDirectory) -> str | None:
    """Return the base URI by the name of the graph that describes the versions.

    None where no graph has such a name, or several: a client may have chosen the other names.
    """
    names = set[str]()
    for number in layout.numbers():
        with suppress(VersionDamaged):
            names.update(read_version(layout.versions / str(number)).graphs)
    bases = {name.removesuffix(_GRAPH_OF_VERSIONS) for name in names if _is_of_versions(name)}
    return bases.pop() if len(bases) == 1 else None


def _is_of_versions(name: str) -> bool:
    return name.endswith(_GRAPH_OF_VERSIONS)


def _set_aside(store: GraphStore, done: list[str]) -> None:
    """Rename the records of tags and tokens that cannot be read: commands go on without them."""
    layout = DataDirectory(store.directory)
    for file, records in (
        (layout.tags, Tags(store.directory)),
        (layout.tokens, Tokens(store.directory)),
    ):
        try:
            records.all()
        except StoreError:
            file.rename(file.with_suffix(".damaged"))
            done.append(f"{file.name} cannot be read and is renamed: make its content again.")


def _newest_whole(store: GraphStore) -> Version:
    """Return the newest version whose files are all as they were written; reads every file."""
    read: dict[int, str] = {}
    for number in reversed(store.numbers()):
        if not store.damaged_files(number, read) and (number or store.numbers() == [0]):
            return store.version(number)
    raise VersionDamaged(
        f"No version in {store.directory} is whole, except perhaps the empty version 0.",
        "Give a dump of the graph, `urbansdg repair FILE`, or restore a backup elsewhere.",
    )


def _salvaged(store: GraphStore, agent: str) -> Published | None:
    """Publish the statements of a damaged current version, where all can be read.

    RocksDB checks each block that it reads, and the record of the version counts each graph. So
    nothing is lost where the damage is in a file without statements, such as the checksums. None
    where the version is whole, or its statements cannot be read.
    """
    if not store.damaged_files():
        return None
    try:
        version = store.current()
        state = open_version(version)
        if any(fork.count(state, name) != graph.triples for name, graph in version.graphs.items()):
            return None
        with TemporaryFolder() as folder:
            file = Path(folder) / f"version-{version.number}.nq"
            state.dump(str(file), format=ox.RdfFormat.N_QUADS)
            return store.replace_by_dump(_dump(file), agent, accept, version)
    except (VersionDamaged, RuntimeError):
        return None


def _point(layout: DataDirectory, done: list[str]) -> None:
    """Restore the pointer to the current version, where it cannot be read.

    The newest folder was published, or was about to be: it was judged and is whole on the disk.
    """
    with suppress(VersionDamaged):
        layout.pointed()
        return
    newest = max(layout.numbers())
    layout.point(newest)
    done.append(f"The pointer to the current version names version {newest} again.")


def _dump(file: Path) -> Dump:
    """Return the dump in a file, by the ending of its name; raises `SourceUnreadable`."""
    plain = file.with_suffix("") if file.suffix == ".gz" else file
    form = _FORMATS.get(plain.suffix)
    if form is None:
        raise SourceUnreadable(
            f"{file.name} is no dump of all graphs.",
            "Give a file whose name ends in .nq, .trig, .nq.gz or .trig.gz.",
        )
    try:
        with file.open("rb") as content:
            return Dump(file, form, hashlib.file_digest(content, "sha256").hexdigest())
    except OSError as error:
        raise SourceUnreadable(
            f"Cannot read {file.name}: {error.strerror or error}.", "Give a file that can be read."
        ) from error
