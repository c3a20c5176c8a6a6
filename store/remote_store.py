"""The graph in a SPARQL engine: changed by one writer, named graph by named graph.

The engine has the named graphs of the data and one more, the state: the record of the version that
it holds, and the claim of a writer at work (`urbansdg.store.engine.state_graph`). A change is
published first to the copy on the writer's own disk (`copy/` in the data directory, an ordinary
graph of versions). Then it is delivered to the engine: a small change by one update, a large one by
replacing each graph that it changes. The state is written last, after the engine's graphs have been
counted.
"""

import json
import logging
import os
import shutil
import socket
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import (
    EngineUnavailable,
    NotWithEngine,
    StoreBusy,
    StoreError,
    StoreExists,
    StoreMissing,
    VersionNotFound,
    WriteRefused,
)
from urbansdg.ontology.iris import Iris
from urbansdg.store.backend import Capabilities, Verification
from urbansdg.store.changes import delta_update
from urbansdg.store.changes.change import Change, Checked, Gate, Published, Unchanged
from urbansdg.store.changes.merge_update import rebuild_merge
from urbansdg.store.changes.provenance import GRAPH
from urbansdg.store.engine.deviation import Deviation, deviation
from urbansdg.store.engine.engine_client import Access, Engine, cut, nonsense
from urbansdg.store.engine.remote_graph import Remote
from urbansdg.store.engine.state_graph import FLOOD, KEY, VALUE, EngineState, key_of, state_of
from urbansdg.store.graph_store import GraphStore
from urbansdg.store.privacy import redaction
from urbansdg.store.privacy.redaction import Forgotten
from urbansdg.store.privacy.unpublished_opinions import unpublished_opinions
from urbansdg.store.publication import Observer, unobserved
from urbansdg.store.retention import prune
from urbansdg.store.versions import checksums
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.durable_files import sync_tree
from urbansdg.store.versions.merged_store import MergedStore
from urbansdg.store.versions.store_files import remove_superfluous
from urbansdg.store.versions.version import GraphCount, Version, open_version, write_version
from urbansdg.store.versions.writer_lock import writing

_LOG: Final = logging.getLogger(__name__)
_FORGOTTEN: Final = timedelta(hours=1)
"""An older claim belongs to a writer that has died."""

_CAPABILITIES: Final = Capabilities(
    keeps_versions=False, is_ordered=False, is_exclusive=False, poll_seconds=1.0
)


@dataclass(frozen=True, slots=True)
class RemoteStore:
    """The graph in an engine; `directory` has the copy, the tokens and the lock of this machine.

    `patience` is how many seconds a writer waits for another one on this machine.
    """

    directory: Path
    base: str
    engine: Engine
    patience: float = 0.0
    observe: Observer = unobserved

    @classmethod
    def create(
        cls, directory: Path, base: str, access: Access, patience: float = 0.0
    ) -> "RemoteStore":
        """Make an empty graph (version 0) of a base URI in an engine.

        Raises `StoreExists` where there is one, `EngineUnavailable`, `StoreNotWritable`.
        """
        store = cls(directory, base, Engine(access), patience)
        try:
            store._begin()
        except StoreError:
            store.engine.close()
            raise
        return store

    def _begin(self) -> None:
        """Put the first version, which is empty, into an engine without a graph of ours."""
        if self.state() is not None:
            raise StoreExists(f"The engine has a graph for {self.base} already.", "Load into it.")
        self._refuse_used()
        self.directory.mkdir(parents=True, exist_ok=True)
        version = Version(0, self.directory, datetime.now(UTC), "urbansdg", 0, {})
        self._put_state(EngineState(version))

    @classmethod
    def open(
        cls, directory: Path, base: str, access: Access, patience: float = 0.0
    ) -> "RemoteStore":
        """Open the graph of a base URI in an engine; raises `StoreMissing`, `EngineUnavailable`."""
        store = cls(directory, base, Engine(access), patience)
        try:
            store.current()
        except StoreError:
            store.engine.close()
            raise
        directory.mkdir(parents=True, exist_ok=True)
        return store

    @property
    def iris(self) -> Iris:
        """The IRIs under the base URI of the graph."""
        return Iris(self.base)

    @property
    def capabilities(self) -> Capabilities:
        """What a graph in an engine can do: the engine has one version, and other writers."""
        return _CAPABILITIES

    @property
    def copy(self) -> Path:
        """The directory of the copy."""
        return self.directory / "copy"

    def current_number(self) -> int:
        """Return the number of the current version; raises `EngineUnavailable`."""
        return self.current().number

    def current(self) -> Version:
        """Return the current version; raises `StoreMissing`, `EngineUnavailable`."""
        state = self.state()
        if state is None:
            raise StoreMissing(
                f"The engine has no graph for {self.base}.",
                "Make one with `urbansdg init`, or set URBANSDG_BASE to that of the graph.",
            )
        return state.version

    def newest_whole(self) -> Version:
        """Return the current version, with the graphs that the engine has and their sizes."""
        version = self.current()
        counts = self._counted(version)
        graphs = {
            name: replace(_graph_count(version, name), triples=count)
            for name, count in counts.items()
        }
        return replace(version, graphs=graphs, triples=sum(counts.values()))

    def damage(self) -> str:
        """Return "": the files of the graph are those of the engine."""
        return ""

    def version(self, number: int) -> Version:
        """Return the current version, if it has that number; raises `VersionNotFound`."""
        version = self.current()
        if version.number != number:
            raise VersionNotFound(
                f"The engine holds version {version.number} only, not version {number}.",
                "To keep older versions, keep the graph in a data directory.",
            )
        return version

    def versions(self) -> tuple[Version, ...]:
        """Return the one version that there is."""
        return (self.current(),)

    def read(self, version: Version) -> MergedStore:
        """Open the copy for reading, brought up to the engine's version first.

        Raises `VersionNotFound` where the engine holds another version.
        """
        copy = self.on_disk()
        return copy.read(copy.version(version.number))

    def view(self, version: Version) -> Remote:
        """Return what reads a version in the engine."""
        return Remote(self.engine, tuple(sorted(version.graphs)))

    def default_graphs(self) -> tuple[str, ...]:
        """Return the graphs that the engine has now: its default graph may be another one."""
        return tuple(self.newest_whole().graphs)

    def on_disk(self) -> GraphStore:
        """Return the copy on this disk, equal to the engine's graph."""
        with writing(self._layout.lock, self.patience):
            return self.copied()

    def versioned(self) -> GraphStore:
        """Raise `NotWithEngine`: an engine keeps no older versions."""
        raise NotWithEngine(
            "The graph is in a SPARQL engine, which keeps no versions.",
            "Use the backups and the logs of the engine.",
        )

    def publish(self, change: Change, gate: Gate) -> Published | Unchanged:
        """Publish a change: judged as a whole, then put into the engine graph by graph.

        Raises `InvalidData` with the gate's problems where it does not conform; then nothing was
        written. Raises `StoreBusy`, `EngineUnavailable`, `StoreNotWritable`.
        """
        with self._changing() as copy:
            return copy.publish(change, gate)

    def observed(self, observe: Observer) -> "RemoteStore":
        """Return the store with an observer of the steps of a publication."""
        return replace(self, observe=observe)

    def check(self, change: Change, gate: Gate) -> Checked | Unchanged:
        """Return the verdict on a change, made beside the copy; raises as `publish`."""
        with writing(self._layout.lock, self.patience):
            return self.copied().check(change, gate)

    def redactions(self) -> int:
        """Return 0: what is taken out of the engine's one version makes another one."""
        return 0

    def forget(self, agent: str, things: frozenset[str] = frozenset()) -> Forgotten:
        """Take persons out of the engine: those recognised, and the things that are named.

        The copy is searched, so that it is fetched where it is not here. Raises as `publish`.
        """
        with self._changing() as copy:
            return copy.forget(agent, things)

    def remove_persons(self, agent: str) -> Forgotten:
        """Take persons out of the engine, where that was not done by the present rules.

        Opinions that are not published leave with them. Raises as `publish`.
        """
        if redaction.is_searched(self._layout):
            return Forgotten(self.newest_whole(), {})
        with self._changing() as copy:
            opinions = unpublished_opinions([copy.read(copy.current())])
            forgotten = copy.forget(agent, opinions)
        redaction.note_searched(self._layout)
        return forgotten

    @contextmanager
    def _changing(self) -> Iterator[GraphStore]:
        """Give the copy, whose new version is delivered to the engine; older ones are removed."""
        with writing(self._layout.lock, self.patience):
            copy = replace(self.copied(), observe=self.observe, deliver=self._deliver)
            yield copy
            prune(copy, 1)

    def copied(self) -> GraphStore:
        """Return the copy on this disk, equal to the engine's graph; the lock has to be held.

        What a writer who died has left half done is undone from the copy, if it is of the version
        before, else taken as it is.
        """
        state = self._settled()
        counts = self._counted(state.version)
        copy = self._existing_copy()
        if copy is None or not _same(copy.current(), state.version, counts):
            if copy is not None and key_of(copy.current()) == key_of(state.version):
                _LOG.warning("another program wrote to the engine: the copy is fetched again")
            self._fetch(state.version, counts)
            copy = GraphStore.open(self.copy, self.base)
        return replace(copy, patience=self.patience)

    def deviations(self) -> tuple[Deviation, ...]:
        """Return how each graph of the engine differs that has not what was brought there.

        Every statement is read. Raises `VersionNotFound` where no copy of the engine's version is
        here, `StoreBusy` while somebody writes, `EngineUnavailable`.
        """
        with writing(self._layout.lock, self.patience):
            state, copy = self.state(), self._existing_copy()
            if state is None or copy is None or key_of(copy.current()) != key_of(state.version):
                raise VersionNotFound(
                    "There is no copy here of the version that the engine holds.",
                    "Give the data directory of the last write; the next write makes a copy there.",
                )
            if state.claim is not None:
                raise StoreBusy(
                    "A write to the engine is under way, or was cut off.",
                    "Wait until it has finished; the next write from here ends one that was.",
                )
            counts, quads = self._counted(state.version), copy.read(copy.current())
            names = sorted(counts.keys() | copy.current().graphs.keys())
            deviations = (self._deviation(name, counts.get(name, 0), quads) for name in names)
            return tuple(deviation for deviation in deviations if deviation is not None)

    def verify(self) -> Verification:
        """Read every statement of the engine, and report each graph that others have changed.

        Raises as `deviations`.
        """
        problems = tuple(f"In the engine, {deviation}." for deviation in self.deviations())
        return Verification(
            problems, f"The engine has the content of version {self.current_number()}."
        )

    def _deviation(self, name: str, count: int, quads: MergedStore) -> Deviation | None:
        with tempfile.TemporaryDirectory(prefix="compared-", dir=self.directory) as folder:
            file = Path(folder) / "graph.nt"
            self.engine.fetch(name, file, count)
            with file.open("rb") as lines:
                if sum(1 for line in lines if line.strip()) < count:
                    raise cut()
            try:
                triples = ox.parse(path=str(file), format=ox.RdfFormat.N_TRIPLES)
                return deviation(name, (quad.triple for quad in triples), quads)
            except (SyntaxError, ValueError):
                raise nonsense() from None

    def state(self) -> EngineState | None:
        """Return the state in the engine, None where it has no graph of the base URI."""
        query = f"SELECT ?s ?p ?o WHERE {{ GRAPH <{self._state}> {{ ?s ?p ?o }} }} LIMIT {FLOOD}"
        rows = self.engine.select(query, (self._state,))
        return state_of(rows, self._state, self.copy) if rows else None

    @property
    def _layout(self) -> DataDirectory:
        self.directory.mkdir(parents=True, exist_ok=True)
        return DataDirectory(self.directory)

    @property
    def _state(self) -> str:
        """The graph of the state; the graph of no source can have its name."""
        return f"{self.iris.graph(GRAPH)}/state"

    def _existing_copy(self) -> GraphStore | None:
        """Return the copy, None where there is none or it is damaged: it can be fetched again."""
        try:
            copy = GraphStore.open(self.copy, self.base)
            return None if copy.damage() else copy
        except (StoreError, OSError):
            return None

    def _counted(self, version: Version) -> dict[str, int]:
        """Count the triples of our graphs in the engine, which may have those of others too."""
        spaces = tuple(f"{self.base}/{place}/" for place in ("graph", "graphs"))
        return {
            name: count
            for name, count in self._sizes(()).items()
            if name != self._state and (name in version.graphs or name.startswith(spaces))
        }

    def _refuse_used(self) -> None:
        """Raise `StoreExists` where there are graphs below the base URI, and no record of them."""
        graphs = sorted(self._counted(Version(0, self.copy, datetime.now(UTC), "", 0, {})))
        if graphs:
            raise StoreExists(
                f"The engine has {len(graphs)} graphs below {self.base} without a record of the"
                f" version, {graphs[0]} for one.",
                f"Restore the graph {self._state} from a backup of the engine, or remove them.",
            )

    def _sizes(self, graphs: Collection[str]) -> dict[str, int]:
        """Count the triples of those graphs in the engine that have some, of none named: of all."""
        query = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
        rows = self.engine.select(query, graphs)
        return {row["g"].value: int(row["n"].value) for row in rows}

    def _fetch(self, version: Version, counts: Mapping[str, int]) -> None:
        """Replace the copy by the graphs of the engine."""
        with tempfile.TemporaryDirectory(prefix="copy-", dir=self.directory) as temporary_folder:
            draft = DataDirectory(Path(temporary_folder) / "copy")
            folder = draft.versions / str(version.number)
            (folder / "graph").mkdir(parents=True)
            quads = ox.Store(str(folder / "graph"))
            for name in sorted(counts):
                self._fetch_graph(name, quads, Path(temporary_folder) / "graph.nt", counts[name])
            if len(quads) != sum(counts.values()):
                raise cut()
            sizes = {
                name: replace(_graph_count(version, name), triples=count)
                for name, count in counts.items()
            }
            triples, merged = len(quads), rebuild_merge(quads)
            quads.flush()
            fetched = replace(version, graphs=sizes, triples=triples, merged=merged)
            write_version(fetched, folder)
            del quads  # closes RocksDB, so that its files are whole
            # A later version adds a log to these files, which a log left here would hide.
            remove_superfluous(folder / "graph", is_flushed=True)
            checksums.record(folder, None)
            draft.forks.mkdir()
            draft.point(version.number)
            draft.write_record(self.base)
            sync_tree(draft.directory)
            shutil.rmtree(self.copy, ignore_errors=True)
            draft.directory.rename(self.copy)

    def _fetch_graph(self, name: str, quads: ox.Store, file: Path, most: int) -> None:
        self.engine.fetch(name, file, most)
        node = ox.NamedNode(name)
        try:
            quads.bulk_load(path=str(file), format=ox.RdfFormat.N_TRIPLES, to_graph=node)
        except (SyntaxError, ValueError):
            raise nonsense() from None

    def _settled(self) -> EngineState:
        """Return the state while nobody writes; the claim of a dead writer is removed first."""
        state = (
            EngineState(self.current()) if (state_there := self.state()) is None else state_there
        )
        claim = state.claim
        if claim is None:
            return state
        since = datetime.fromisoformat(claim["since"])
        if claim["place"] != self._place and datetime.now(UTC) - since < _FORGOTTEN:
            raise StoreBusy(
                f"The graph is being written by process {claim['pid']} at {claim['place']},"
                f" since {claim['since']}.",
                "Wait until it has finished. After an hour, its claim expires.",
            )
        copy = self._existing_copy()
        if copy is not None and copy.current().created == state.version.created:
            self._put_graphs(copy.current(), copy.read(copy.current()), claim["graphs"])
        else:
            _LOG.warning("a write to the engine was cut off; its graphs are taken as they are")
        state = replace(state, claim=None)
        self._put_state(state)
        return state

    @property
    def _place(self) -> str:
        return f"{socket.gethostname()}:{self.directory.absolute()}"

    def _deliver(
        self, version: Version, changed: frozenset[str], different: frozenset[ox.Quad] | None
    ) -> None:
        """Deliver a version to the engine; if that fails, restore the graphs as they were."""
        if self._state in changed:
            raise WriteRefused(
                f"The graph {self._state} is the store's own.", "Write to another graph."
            )
        graphs = sorted(changed)
        self._claim(graphs)
        quads = open_version(version)
        emptied = changed.difference(version.graphs)
        try:
            if not self._is_brought(
                version, graphs, delta_update.update_to(quads, different, emptied)
            ):
                self._put_graphs(version, quads, graphs)
        except StoreError:
            self._put_back(graphs)
            raise
        self._put_state(EngineState(version))

    def _is_brought(self, version: Version, graphs: list[str], update: str | None) -> bool:
        """Deliver a small change by one update; return whether the engine has each graph then.

        It has not where somebody else has written there since the copy was compared, or where it
        takes two values for one.
        """
        if update is None or not self.engine.takes(update):
            return False
        counts = self._sizes(graphs)
        counts_then = {
            name: version.graphs[name].triples for name in graphs if name in version.graphs
        }
        if counts != counts_then:
            _LOG.warning("the engine has other statements than were sent: graphs are put whole")
        return counts == counts_then

    def _put_back(self, graphs: list[str]) -> None:
        """Restore the graphs as they were; if that fails too, the next writer does it."""
        copy = GraphStore.open(self.copy, self.base)
        try:
            self._put_graphs(copy.current(), copy.read(copy.current()), graphs)
            self._put_state(EngineState(copy.current()))
        except StoreError as error:
            _LOG.warning("the engine is left half written until the next write: %s", error)

    def _put_graphs(self, version: Version, quads: MergedStore, graphs: list[str]) -> None:
        with tempfile.TemporaryDirectory(prefix="put-", dir=self.directory) as folder:
            for name in graphs:
                if name not in version.graphs:
                    self.engine.drop(name)
                    continue
                file = Path(folder) / "graph.nt"
                quads.dump(str(file), ox.RdfFormat.N_TRIPLES, from_graph=ox.NamedNode(name))
                self.engine.put(name, file)

    def _claim(self, graphs: list[str]) -> None:
        """Claim the engine for the version after the one it has; raises `StoreBusy`.

        The update is a compare-and-set: it adds the claim only beside the record that this change
        was made for, and beside no other claim.
        """
        claim = {
            "id": os.urandom(8).hex(),
            "pid": os.getpid(),
            "place": self._place,
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
            "graphs": graphs,
        }
        key = key_of(GraphStore.open(self.copy, self.base).current())
        name, state = ox.NamedNode(f"{self._state}#{claim['id']}"), self._state
        self.engine.update(
            f"INSERT {{ GRAPH <{state}> {{ {name} <{VALUE}> {ox.Literal(json.dumps(claim))} }} }}"
            f" WHERE {{ GRAPH <{state}> {{ <{state}> <{KEY}> {key} }}"
            f" FILTER NOT EXISTS {{ GRAPH <{state}> {{ ?other <{VALUE}> ?claim }}"
            f" FILTER(?other != <{state}>) }} }}"
        )
        state_now = self.state()
        if (
            state_now is not None
            and state_now.claim is None
            and str(key_of(state_now.version)) == str(key)
        ):
            raise _unkept()
        if state_now is None or state_now.claim is None or state_now.claim["id"] != claim["id"]:
            raise StoreBusy(
                "Another writer changed the graph in the engine at the same time.", "Try again."
            )

    def _put_state(self, state: EngineState) -> None:
        record, key = ox.Literal(_record(state.version)), key_of(state.version)
        with tempfile.NamedTemporaryFile("w", suffix=".nt", encoding="utf-8") as file:
            file.write(f"<{self._state}> <{VALUE}> {record} .\n")
            file.write(f"<{self._state}> <{KEY}> {key} .\n")
            file.flush()
            self.engine.put(self._state, Path(file.name))
        state_there = self.state()
        if state_there is None or key_of(state_there.version) != key_of(state.version):
            raise _unkept()


def _unkept() -> EngineUnavailable:
    return EngineUnavailable(
        "The engine accepted a write, but did not keep it.",
        "Check that URBANSDG_STORE_UPDATE and URBANSDG_STORE_GRAPHS lead to the same data.",
    )


def _record(version: Version) -> str:
    return json.dumps(version.to_json(), sort_keys=True)


def _graph_count(version: Version, graph: str) -> GraphCount:
    return version.graphs.get(graph, GraphCount(0))


def _same(copy: Version, version: Version, counts: Mapping[str, int]) -> bool:
    sizes = {name: graph_count.triples for name, graph_count in copy.graphs.items()}
    return (copy.number, copy.created) == (version.number, version.created) and sizes == counts
