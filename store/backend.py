"""The interface of the graph, wherever it is kept: in a data directory or in a SPARQL engine.

`urbansdg.store.graph_store` and `urbansdg.store.remote_store` implement it. The rest of the product
asks a backend what it can do (`Capabilities`) and never which class it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from urbansdg.ontology.iris import Iris
from urbansdg.store.changes.change import Change, Checked, Gate, Published, Unchanged
from urbansdg.store.engine.readable_graph import ReadableGraph
from urbansdg.store.privacy.redaction import Forgotten
from urbansdg.store.versions.merged_store import MergedStore
from urbansdg.store.versions.version import Version


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend can do, apart from holding one version of the graph.

    `keeps_versions`: older versions stay, and can be compared, tagged, dumped and restored.
    `is_ordered`: a pattern has its matches in the same order each time, so that they can be paged.
    `is_exclusive`: nobody else writes to the data, so that an answer stays right for a version.
    `poll_seconds`: how often a server may look for a new version.
    """

    keeps_versions: bool
    is_ordered: bool
    is_exclusive: bool
    poll_seconds: float


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of reading everything that a backend holds: one line for each problem.

    `summary` says what was found to be whole, where there is no problem.
    """

    problems: tuple[str, ...]
    summary: str


class Backend(Protocol):
    """The graph of one base URI: one current version, readers without a lock, one writer.

    The methods raise `StoreError` and its subclasses where the graph cannot be used.
    """

    @property
    def directory(self) -> Path:
        """The data directory: the graph or a copy of it, the tokens, the writers' lock."""

    @property
    def base(self) -> str:
        """The base URI of the data."""

    @property
    def iris(self) -> Iris:
        """The IRIs under the base URI."""

    @property
    def capabilities(self) -> Capabilities:
        """What this backend can do."""

    def current_number(self) -> int:
        """Return the number of the current version: cheap enough to poll."""

    def current(self) -> Version:
        """Return the current version, as it was recorded."""

    def newest_whole(self) -> Version:
        """Return the newest version that can be served, with the graphs that it has now."""

    def damage(self) -> str:
        """Return what is wrong with the current version by a quick look; "" where nothing is."""

    def version(self, number: int) -> Version:
        """Return a version by its number; raises `VersionNotFound`."""

    def versions(self) -> tuple[Version, ...]:
        """Return every version that is kept, the oldest first."""

    def redactions(self) -> int:
        """Return how often versions were revised to remove personal data."""

    def read(self, version: Version) -> MergedStore:
        """Open a version on this disk, copied from the engine if necessary."""

    def view(self, version: Version) -> ReadableGraph:
        """Open a version where it is kept."""

    def default_graphs(self) -> tuple[str, ...]:
        """Return the graphs to name as the default graph of a query.

        Empty where the queries of this backend read the merge of all graphs already.
        """

    def observed(self, observe: Callable[[str], None]) -> "Backend":
        """Return the backend, which calls `observe` with each step of a publication when done."""

    def publish(self, change: Change, gate: Gate) -> Published | Unchanged:
        """Publish a change as a new version: all of it, or nothing.

        Raises `InvalidData` with the gate's problems where it does not conform, `WriteRefused`,
        `StoreBusy`, `StoreNotWritable`.
        """

    def check(self, change: Change, gate: Gate) -> Checked | Unchanged:
        """Return the verdict on a change without publishing it; raises as `publish`.

        A change that does not conform is reported, and raises nothing.
        """

    def forget(self, agent: str, things: frozenset[str] = frozenset()) -> Forgotten:
        """Take persons out of every version: those recognised, and the things that are named."""

    def remove_persons(self, agent: str) -> Forgotten:
        """Take persons out of every version, where that was not done by the present rules.

        Opinions that are not published leave with them.
        """

    def verify(self) -> Verification:
        """Read everything that is kept, and report what differs from what was written."""

    def on_disk(self) -> "VersionedBackend":
        """Return the graph in a data directory: this one, or a copy equal to the engine's graph."""

    def versioned(self) -> "VersionedBackend":
        """Return this backend where it keeps versions; raises `NotWithEngine`."""


class VersionedBackend(Backend, Protocol):
    """A backend that keeps older versions."""

    @property
    def patience(self) -> float:
        """How many seconds a writer waits for another one."""

    def numbers(self) -> list[int]:
        """Return the numbers of the published versions, whether they can be read or not."""

    def damaged_files(
        self, number: int | None = None, read: dict[int, str] | None = None
    ) -> list[str]:
        """Return the names of the damaged files of a version, by reading them all."""

    def note_damage(self, pause: Callable[[], None]) -> list[str]:
        """Read all files of the current version, and note the damaged ones for the next write.

        Return their names. `pause` is called after each file. Raises `VersionDamaged`.
        """

    def apart(self, one: Version, other: Version) -> frozenset[str] | None:
        """Return the things that may differ between two versions, None where that is unknown."""

    def rollback(self, number: int, agent: str) -> Published | Unchanged:
        """Publish a new version with the content of an older one."""
