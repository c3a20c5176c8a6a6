"""The state of the graph in an engine, in a graph of the store's own: its version and its writer.

The record of the version is beside a short counter, which engines can compare; a claim is there
while a writer is at work. Whatever others made of it is an error, and never taken for a version.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox

from urbansdg.errors import EngineUnavailable
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.store.engine.engine_client import SolutionRow
from urbansdg.store.versions.version import Version, version_of

VALUE: Final = f"{PREFIXES['prov']}value"
"""The property with the record of the version, and that of each claim."""

KEY: Final = f"{PREFIXES['dcterms']}identifier"
"""The property with the counter."""

FLOOD: Final = 1_000
"""The state has a few statements; a graph with this many is not a state."""


@dataclass(frozen=True, slots=True)
class EngineState:
    """The state of the graph in the engine: the record of its version, the claim of a writer."""

    version: Version
    claim: dict[str, Any] | None = None


def key_of(version: Version) -> ox.Literal:
    """Return the short key of a version: some engines compare only short literals."""
    return ox.Literal(f"{version.number} {version.created.isoformat()}")


def state_of(rows: Sequence[SolutionRow], graph: str, folder: Path) -> EngineState:
    """Return the state that a graph describes; the version is in a folder.

    Raises `EngineUnavailable` where it is damaged.
    """
    try:
        return _read(rows, graph, folder)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise EngineUnavailable(
            f"The engine's record of the version is damaged: {str(error)[:200]}.",
            f"Restore the graph {graph} from a backup of the engine.",
        ) from None


def _read(rows: Sequence[SolutionRow], graph: str, folder: Path) -> EngineState:
    if len(rows) >= FLOOD:
        raise ValueError("it has no end")
    values = defaultdict[tuple[str, str], list[str]](list)
    for row in rows:
        values[row["s"].value, row["p"].value].append(row["o"].value)
    records, keys = values.pop((graph, VALUE), []), values.pop((graph, KEY), [])
    if (len(records), len(keys)) != (1, 1):
        raise ValueError(f"it has {len(records)} records and {len(keys)} counters of versions")
    version = version_of(json.loads(records[0]), folder)
    if keys[0] != key_of(version).value:
        raise ValueError(f"its counter says {keys[0]!r}, its record {key_of(version).value!r}")
    _check_names(version.graphs)
    claims = [_claim(json.loads(value)) for values in values.values() for value in values]
    return EngineState(version, min(claims, key=lambda claim: str(claim["id"]), default=None))


def _claim(record: dict[str, Any]) -> dict[str, Any]:
    """Return what JSON says, if it is a claim; raises ValueError, TypeError where it is none."""
    match record:
        case {"id": str(), "place": str(), "pid": int(), "since": str(since), "graphs": [*graphs]}:
            if datetime.fromisoformat(since).tzinfo is None:
                raise ValueError(f"{since!r} has no zone")
            _check_names(graphs)
            return dict(record)
        case _:
            raise ValueError("a claim on it is none")


def _check_names(graphs: Sequence[str] | dict[str, Any]) -> None:
    """Raise ValueError, TypeError where the name of a graph is not an IRI."""
    for name in graphs:
        ox.NamedNode(name)
