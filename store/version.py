"""A version: one published state of the graph, and what is recorded of it beside its files."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from urbansdg.problems import VersionDamaged
from urbansdg.store.durable import write_durably


@dataclass(frozen=True, slots=True)
class GraphCount:
    """A named graph in a version: its triples, and the source that it was made from."""

    triples: int
    source: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Version:
    """A published state. `path` is the RocksDB directory, which nobody writes to again.

    `triples` counts the quads of all graphs; `created` is in UTC; `added` and `removed` count
    against `previous`, the number of the version that this one was forked from. Every version
    conforms to the shapes; `warnings` counts what was told of it nevertheless.
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

    def sources_since(self, before: "Version | None") -> tuple[str, ...]:
        """Return the names of the sources that graphs were made from since the version before."""
        known = {} if before is None else before.graphs
        return tuple(
            str(each.source["name"])
            for name, each in sorted(self.graphs.items())
            if each.source and (name not in known or known[name].source != each.source)
        )

    def to_json(self) -> dict[str, object]:
        """Return what is recorded of the version; the path is not, for directories move."""
        told = asdict(self) | {"created": self.created.isoformat()}
        return {name: value for name, value in told.items() if name != "path"}


def write_version(version: Version, folder: Path) -> None:
    """Record a version in `version.json` in its folder."""
    text = json.dumps(version.to_json(), ensure_ascii=False, indent=1)
    write_durably(folder / "version.json", text)


def read_version(folder: Path) -> Version:
    """Read what is recorded of the version in a folder; raises `VersionDamaged`."""
    try:
        return version_of(json.loads((folder / "version.json").read_text("utf-8")), folder)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise VersionDamaged(
            f"The record of version {folder.name} cannot be read: {error}.",
            "Restore the data directory from a backup, or begin anew in another one.",
        ) from error


def version_of(told: dict[str, Any], folder: Path) -> Version:
    """Return the version of a record; raises ValueError, TypeError, KeyError for what is none."""
    graphs = {name: GraphCount(**count) for name, count in told["graphs"].items()}
    created = datetime.fromisoformat(told["created"]).astimezone(UTC)
    return Version(**told | {"path": folder / "graph", "created": created, "graphs": graphs})
