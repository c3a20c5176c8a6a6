"""A version: one published state of the graph, and what is recorded of it beside its files."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import VersionDamaged
from urbansdg.store.versions.durable_files import write_durably
from urbansdg.store.versions.file_errors import check_readable
from urbansdg.store.versions.merged_store import MergedStore

WITHHELD: Final = "withheld"
"""The key in the source of a graph for the day on which personal data were left out of it.

It makes the recorded source differ from that of a load, so that the source can be loaded again.
"""


_MOST: Final = 1 << 53
"""The largest number in a record: JSON readers keep integers exact up to 2**53."""


@dataclass(frozen=True, slots=True)
class GraphCount:
    """A named graph in a version: its triples, and the source that it was made from."""

    triples: int
    source: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Version:
    """A published state. `path` is the RocksDB directory, which nobody writes to again.

    `triples` counts the quads of all graphs, `merged` the triples of their merge, where one that
    several graphs state counts once; None where an older release wrote no merge. `created` is in
    UTC; `added` and `removed` count against `previous`, the number of the version that this one was
    forked from. Every version conforms to the shapes; `warnings` counts the warnings about it.
    `revision` counts how often data of persons were taken out of it after it was published;
    `withdrawn` are the IRIs of what it lacks for that reason and the version before it once had.
    """

    number: int
    path: Path
    created: datetime
    agent: str
    triples: int
    graphs: dict[str, GraphCount]
    previous: int | None = None
    added: int = 0
    removed: int = 0
    warnings: int = 0
    revision: int = 0
    withdrawn: tuple[str, ...] = ()
    merged: int | None = None

    @property
    def distinct(self) -> int:
        """How many triples a query finds; where there is no merge, all that the graphs have."""
        return self.triples if self.merged is None else self.merged

    @property
    def stored(self) -> int:
        """How many statements the store has: those of all graphs, and the merge."""
        return self.triples + (self.merged or 0)

    @property
    def mark(self) -> str:
        """Return the identifier of this revision of the version: `7`, `7.1`."""
        return f"{self.number}.{self.revision}" if self.revision else str(self.number)

    def sources_since(self, before: "Version | None") -> tuple[str, ...]:
        """Return the names of the sources that graphs were made from since the version before."""
        known = {} if before is None else before.graphs
        return tuple(
            str(graph.source["name"])
            for name, graph in sorted(self.graphs.items())
            if graph.source and (name not in known or _made_from(known[name]) != _made_from(graph))
        )

    def to_json(self) -> dict[str, object]:
        """Return what is recorded of the version; the path is not, for directories move."""
        fields = asdict(self) | {"created": self.created.isoformat()}
        return {name: value for name, value in fields.items() if name != "path"}


def _made_from(count: GraphCount) -> dict[str, str | None]:
    """Return the source of a graph, whether data of persons in it were left out or not."""
    return {name: value for name, value in count.source.items() if name != WITHHELD}


def place(revision: int) -> str:
    """Return the name of the RocksDB directory of a revision, in the folder of its version."""
    return f"graph-{revision}" if revision else "graph"


def open_version(version: Version) -> MergedStore:
    """Open a version for reading; raises `VersionDamaged`."""
    if version.merged is None:
        raise damaged(version.number, "an older release wrote it, and it is not upgraded")
    return MergedStore(open_store_files(version))


def open_store_files(version: Version) -> ox.Store:
    """Open the store of a version as it is on the disk; raises `VersionDamaged`."""
    try:
        return ox.Store.read_only(str(version.path))
    except (OSError, RuntimeError) as error:
        check_readable(error, f"Version {version.number}")
        raise damaged(version.number, str(error)) from error


def damaged(number: int, why: str) -> VersionDamaged:
    """Return the error of a version that cannot be used."""
    return VersionDamaged(
        f"Version {number} cannot be used: {why}.",
        "Run `urbansdg repair`; `urbansdg verify` lists the damaged versions.",
    )


def write_version(version: Version, folder: Path) -> None:
    """Record a version in `version.json` in its folder."""
    text = json.dumps(version.to_json(), ensure_ascii=False, indent=1)
    write_durably(folder / "version.json", text)


def read_version(folder: Path) -> Version:
    """Read what is recorded of the version in a folder; raises `VersionDamaged`."""
    try:
        return _read(folder)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        check_readable(error, f"The record of version {folder.name}")
        raise VersionDamaged(
            f"The record of version {folder.name} cannot be read: {error}.",
            "Run `urbansdg repair`.",
        ) from error


def _read(folder: Path) -> Version:
    version = version_of(json.loads((folder / "version.json").read_text("utf-8")), folder)
    if folder.name.isdecimal() and int(folder.name) != version.number:
        raise ValueError(f"it is that of version {version.number}")
    return version


def version_of(record: object, folder: Path) -> Version:
    """Return the version of a record; raises ValueError, TypeError, KeyError for what is none."""
    if not isinstance(record, dict) or not isinstance(record.get("graphs"), dict):
        raise TypeError("it is no record of a version")
    fields = record | {
        "graphs": {name: GraphCount(**count) for name, count in record["graphs"].items()},
        "created": datetime.fromisoformat(record["created"]).astimezone(UTC),
        "withdrawn": tuple(record.get("withdrawn", ())),
    }
    version = Version(path=folder / place(record.get("revision", 0)), **fields)
    _check(version)
    return version


def _check(version: Version) -> None:
    """Raise ValueError where a number or a text of a record is none."""
    counted = (version.number, version.triples, version.added, version.removed, version.warnings)
    triple_counts = (graph.triples for graph in version.graphs.values())
    others = (version.revision, version.previous or 0, version.merged or 0)
    for number in (*counted, *others, *triple_counts):
        if type(number) is not int or not 0 <= number <= _MOST:
            raise ValueError(f"{str(number)[:20]!r} is not a number of a version")
    sources = (graph.source for graph in version.graphs.values())
    texts = (text for source in sources for text in (*source, *source.values()) if text is not None)
    for text in (version.agent, *version.withdrawn, *texts):
        if not isinstance(text, str):
            raise TypeError(f"{str(text)[:20]!r} is not a text of a version")
