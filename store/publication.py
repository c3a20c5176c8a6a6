"""The publication of a change: the steps from a fork to the next version, in one place.

A load, a write over HTTP, a rollback, a repair and a removal of personal data are all published by
these steps. `urbansdg.store.graph_store` holds the writers' lock around them; the change itself is
in `urbansdg.store.changes`, the personal data in `urbansdg.store.privacy`.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

import pyoxigraph as ox

from urbansdg.errors import InvalidData
from urbansdg.ontology.iris import Iris
from urbansdg.sparql.update_operations import DEFAULT
from urbansdg.store.changes import fork, migration
from urbansdg.store.changes.change import (
    Change,
    Checked,
    Dump,
    Gate,
    Published,
    Unchanged,
    Verdict,
)
from urbansdg.store.changes.merge_update import MergeUpdate
from urbansdg.store.changes.provenance import GRAPH, Account, described
from urbansdg.store.privacy.personal_statements import recognised
from urbansdg.store.privacy.rebuilt_files import marked, write_anew
from urbansdg.store.versions import changed_subjects, checksums
from urbansdg.store.versions.changed_subjects import StatementPatch, StoreOrigin
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.durable_files import sync, sync_tree
from urbansdg.store.versions.merged_store import MergedStore
from urbansdg.store.versions.store_files import (
    StorePlan,
    copy_store,
    plan_store,
    remove_superfluous,
    write_store,
)
from urbansdg.store.versions.version import (
    GraphCount,
    Version,
    open_version,
    read_version,
    write_version,
)

STEPS: Final = (
    *("forked", "applied", "compared", "judged"),
    *("described", "recorded", "moved", "promoted"),
)
"""The steps of a publication, in order; an observer is called with each when it is done."""

BULK: Final = 16 << 20
"""From this many bytes of loaded triples on, a version is optimised before it is promoted."""

Observer = Callable[[str], None]

Delivery = Callable[[Version, frozenset[str], frozenset[ox.Quad] | None], None]
"""Receives a judged version before it is promoted, and its difference from the one before.

The difference is the names of the graphs that changed, and the quads that only one of the two
versions has, None where they are too many. An error keeps the version from being promoted.
"""


def unobserved(step: str) -> None:
    """Ignore a step."""


def undelivered(
    version: Version, changed: frozenset[str], different: frozenset[ox.Quad] | None
) -> None:
    """Deliver nothing: the version is kept in the data directory only."""


@dataclass(slots=True)
class Publication:
    """One change on its way to the next version; used once, as a context manager, by one writer.

    `current` is the version that the change is compared with, and `origin` the one that is forked:
    the same, except in a rollback. `number` is that of the new version. With `always`, a version is
    made even where nothing differs, because the current one cannot be read. `suspected` names the
    things that may differ between `origin` and `current`, None where that is unknown. `withdrawn`
    are the IRIs of what a removal takes out of all versions.
    """

    layout: DataDirectory
    iris: Iris
    change: Change
    current: Version
    origin: Version
    number: int
    observe: Observer = unobserved
    deliver: Delivery = undelivered
    suspected: frozenset[str] | None = None
    always: bool = False
    withdrawn: tuple[str, ...] = ()

    began: datetime = field(init=False)
    folder: Path = field(init=False)
    before: MergedStore = field(init=False)
    draft: MergedStore = field(init=False)
    merge: MergeUpdate = field(init=False)
    forked: int = 0
    """How many triples the merge of the fork has at first."""
    difference: fork.Difference = field(init=False)
    statements: list[ox.Quad] = field(init=False)
    """What the new version says of itself, in the store's own graph."""
    possible: Collection[ox.Quad] | None = None
    """The quads that may have changed, None where the graphs are to be compared."""
    edited: frozenset[str] = frozenset()
    """The graphs that an edit changed, and which therefore no longer come from their source."""
    migrated: frozenset[str] = frozenset()
    """The graphs that a migration rewrote, except those that are replaced anyway."""
    left_out: frozenset[str] = frozenset()
    """The graphs from which personal data were left out."""
    regained: int = 0
    """How many statements on versions the store's own graph gains by a rollback or a removal."""

    def __enter__(self) -> Self:
        """Make the folder of the fork."""
        self.began = datetime.now(UTC)
        self.folder = Path(tempfile.mkdtemp(prefix="fork-", dir=self.layout.forks))
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the folder of the fork where it was not promoted."""
        self._close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def publish(self, gate: Gate) -> Published | Unchanged:
        """Do every step; raises `InvalidData` where the gate refuses, `WriteRefused`."""
        verdict = self._judge(gate)
        if verdict is None:
            return Unchanged(self.current)
        if not verdict.conforms:
            raise InvalidData(
                "The data do not conform to the shapes; nothing was loaded.",
                "Fix the problems listed, and load again.",
                problems=verdict.problems,
            )
        self.observe("judged")
        self._leave_out()
        if not (self.difference.graphs or self.change.forgets is not None or self.always):
            return Unchanged(self.current)
        account = self._describe()
        version = self._record(account, len(verdict.problems))
        version = self._promote(version)
        migrated = self.migrated & self.difference.graphs
        return Published(version, account.added, account.removed, verdict.problems, migrated)

    def check(self, gate: Gate) -> Checked | Unchanged:
        """Do the steps up to the verdict, and return it."""
        verdict = self._judge(gate)
        if verdict is None:
            return Unchanged(self.current)
        return Checked(verdict.conforms, verdict.problems)

    def _judge(self, gate: Gate) -> Verdict | None:
        """Fork, apply, compare, permit and judge; return None where nothing changes."""
        self._fork()
        self._apply()
        with self._optimised():
            self._compare()
            # A removal and a rollback go on: both leave out what the difference does not show yet.
            goes_on = self.change.forgets is not None or self.change.goes_back
            if not self.difference.graphs and not goes_on:
                return None
            # Permission comes before the verdict: the problems of a verdict would name things in
            # graphs that are not the client's.
            if self.change.edit is not None:
                self.change.edit.permit(
                    frozenset(map(self._as_clients_name, self.difference.graphs))
                )
            return gate(self.draft, fork.touched(self.change, self.difference))

    def _fork(self) -> None:
        """Copy a version by hard links, which takes as long for a large graph as for a small."""
        if self.change.dump is not None:
            is_there = self.current.path.is_dir()  # it is not where no version is whole
            self.before = open_version(self.current) if is_there else MergedStore(ox.Store())
            self.forked = self._load(self.change.dump)
            self.observe("forked")
            return
        self.before = open_version(self.current)
        if self.origin is not self.current:
            open_version(self.origin)  # it can be read, or raises
        copy_store(self.origin.path, self.folder / "graph")
        self.forked = self.origin.merged or 0
        self.observe("forked")

    def _load(self, dump: Dump) -> int:
        """Load a dump without persons: no file of the new version may have a byte on them.

        Return how many triples the merge has.
        """
        state = dump.load(self.folder / "loaded")
        # An older release wrote the clients' default graph without a name.
        state.update(f"ADD DEFAULT TO <{self.iris.default_graph}> ; CLEAR DEFAULT")
        doomed, _ = recognised(state)
        merged = write_anew(state, doomed, self.folder / "graph")
        del state
        shutil.rmtree(self.folder / "loaded")
        return merged

    def _apply(self) -> None:
        """Put the change into the fork. The child process of an edit needs the fork closed."""
        gained = 0
        if self.change.edit is not None:
            self.possible, gained = self.change.edit.run(
                self.folder / "graph", self.iris.default_graph
            )
        self._open(gained + self.forked)
        if self.change.goes_back:
            self._keep_own_graph()
        fork.refuse_nameless(self.draft)
        fork.apply(self.change, self.draft.store, self.merge)
        migrated = migration.migrate(self.change.migration, self.draft.store)
        self.migrated = migrated - self.change.graphs
        self.observe("applied")

    def _open(self, merged: int) -> None:
        """Open the fork, whose merge has so many triples."""
        store = ox.Store(str(self.folder / "graph"))
        self.draft, self.merge = MergedStore(store), MergeUpdate(store, merged)

    def _state(self, quads: Collection[ox.Quad]) -> None:
        """Add statements to the fork, and to its merge."""
        self.draft.store.extend(quads)
        for quad in quads:
            self.merge.note(quad)

    def _keep_own_graph(self) -> None:
        """Add to an older version the statements on the versions after it."""
        own = ox.NamedNode(self._own)
        older = self.draft.quads_for_pattern(None, None, None, own)
        self.regained = sum(quad not in self.before for quad in older)
        newer = self.before.quads_for_pattern(None, None, None, own)
        self._state([quad for quad in newer if quad not in self.draft])

    def _compare(self) -> None:
        """Find how the fork differs."""
        edit, own = self.change.edit, self._own
        if self.change.goes_back:
            if self.suspected is not None:
                self.possible = fork.statements(self.suspected, self.before, self.draft)
            self.difference = fork.compare_edited(self.before, self.draft, None, own, self.possible)
        elif edit is None:
            graphs = self.change.graphs | self.migrated
            self.difference = fork.compare(self.before, self.draft, graphs, self.merge)
        else:
            if edit.aims_at(own):
                raise fork.own(own)
            fork.spare(self.before, self.draft, own, self.possible, self.merge)
            self.difference = fork.compare_edited(
                self.before, self.draft, self._written, own, self.possible, self.merge
            )
            self.edited = self.difference.graphs - self.change.graphs
        self.merge.total()
        self.observe("compared")

    def _leave_out(self) -> None:
        """Remove what is to be forgotten, or the persons in the state that a rollback goes back to.

        A removal writes the store files anew: a deleted string would stay in those of RocksDB.
        """
        forgets = self.change.forgets
        if forgets is not None:
            doomed = set(forgets)
            self._close()
            shutil.rmtree(self.folder / "graph")
            self._open(write_anew(self.before, doomed, self.folder / "graph"))
        elif self.change.restores is not None:
            doomed, _ = recognised(self.draft)
            for quad in doomed:
                self.draft.store.remove(quad)
                self.merge.note(quad)
        else:
            return
        self.left_out = frozenset(map(fork.graph_of, doomed))
        self.regained -= sum(fork.graph_of(quad) == self._own for quad in doomed)
        if self.left_out:
            graphs = self.left_out | self.difference.graphs
            self.difference = fork.compare_edited(self.before, self.draft, graphs, self._own)

    def _describe(self) -> Account:
        """Add the provenance of the new version to the store's own graph."""
        # A version is never older than the one before, whatever the clock says.
        ended = max(datetime.now(UTC), self.current.created)
        account = Account(
            self.number,
            self.current.number,
            min(self.began, ended),
            ended,
            self.difference.added,
            self.difference.removed,
        )
        quads = described(account, self.change, self.iris)
        self.statements = [quad for quad in quads if quad not in self.draft]
        self._state(self.statements)
        self.observe("described")
        return account

    def _record(self, account: Account, warnings: int) -> Version:
        """Write the record of the version into its folder, and close the fork."""
        own_growth = self.regained + len(self.statements)
        version = Version(
            account.number,
            self.folder / "graph",
            account.ended,
            self.change.agent,
            self.current.triples + account.added - account.removed + own_growth,
            marked(self._counts(own_growth), self.left_out),
            account.previous,
            account.added,
            account.removed,
            warnings,
            withdrawn=self.withdrawn,
            merged=self.merge.total(),
        )
        write_version(version, self.folder)
        things, patch = self.difference.things(self.statements), self._patch()
        origin = self._close_with(None if patch is None else self._plan(patch))
        changed_subjects.leave(self.folder, things, patch, origin)
        self.observe("recorded")
        return version

    def _plan(self, patch: StatementPatch) -> StorePlan | None:
        """Return how to write a smaller store for a change; None where that of the fork stays."""
        plan = plan_store(self.current, patch, self._version)
        # What it would be made of is another version, of which nothing was checked so far.
        return plan if plan is not None and checksums.is_as_recorded(plan.earlier) else None

    def _close_with(self, plan: StorePlan | None) -> StoreOrigin | None:
        """Close the fork, and replace its store by that of a plan; None where it stays.

        A store that is open merges its tables, for nothing where it is replaced.
        """
        graph, small = self.folder / "graph", self.folder / "small"
        origin = None
        if plan is not None:
            names = set(self.draft.named_graphs())
            self._close()
            origin = write_store(plan, names, small)
        if origin is not None:
            shutil.rmtree(graph)
            small.rename(graph)
            return origin
        if plan is not None:  # it is not of this change
            self._open(0)
        self.draft.store.flush()
        self._close()
        remove_superfluous(graph, is_flushed=True)
        return None

    def _version(self, number: int) -> Version:
        return read_version(self.layout.versions / str(number))

    def _patch(self) -> StatementPatch | None:
        """Return the statements that only one of the two versions has, None if too many."""
        quads = self.difference.quads
        # A removal, and a rollback that regains statements on versions, change more than that.
        if quads is None or self.always or self.change.forgets is not None or self.regained:
            return None
        gone = [quad for quad in quads if quad not in self.draft]
        new = [quad for quad in quads if quad in self.draft]
        return StatementPatch.of(gone, [*new, *self.statements])

    def _counts(self, own_growth: int) -> dict[str, GraphCount]:
        """Count each graph from its size before; a graph that was edited has no source."""
        before = self.current.graphs
        sources = {name: count.source for name, count in self.origin.graphs.items()}
        is_foreign = self.change.dump is not None and self.change.restores is None
        edited = self.difference.graphs if is_foreign else self.edited
        sources |= {name: {} for name in edited}
        sources |= {step.graph: step.source.recorded() for step in self.change.replacements}
        sizes = Counter({name: count.triples for name, count in before.items()})
        sizes.update(self.difference.new)
        sizes.subtract(self.difference.gone)
        sizes[self._own] += own_growth
        changed = self.change.graphs | self.difference.graphs | {self._own}
        return {
            name: GraphCount(sizes[name], sources.get(name, {}))
            for name in (*(name for name in before if name not in changed), *changed)
            if sizes[name]
        }

    def _promote(self, version: Version) -> Version:
        """Deliver the version, bring its files to the disk, and make it the current one."""
        difference = self.difference
        different = None if difference.quads is None else difference.quads.union(self.statements)
        self.deliver(version, difference.graphs | {self._own}, different)
        target = self.layout.versions / str(version.number)
        shared = checksums.record(self.folder, self.layout.versions / str(version.previous))
        sync_tree(self.folder, shared)
        self.folder.rename(target)
        sync(self.layout.versions)
        self.observe("moved")
        self.layout.point(version.number)
        self.observe("promoted")
        return replace(version, path=target / "graph")

    def _close(self) -> None:
        """Close the fork, so that RocksDB writes no more files into its folder."""
        with suppress(AttributeError):  # not opened, or closed already
            del self.draft, self.merge

    @contextmanager
    def _optimised(self) -> Iterator[None]:
        """Optimise a bulk load while it is judged: readers follow at once."""
        files = (file for replacement in self.change.replacements for file in replacement.files)
        if sum(file.stat().st_size for file in files) < BULK:
            yield
            return
        with ThreadPoolExecutor(1) as beside:
            optimised = beside.submit(self.draft.store.optimize)
            yield
        optimised.result()

    @property
    def _written(self) -> frozenset[str] | None:
        """The graphs that the edit may write to, None where that may be any."""
        written = None if self.change.edit is None else self.change.edit.written()
        if written is None:
            return None
        return frozenset(self.iris.default_graph if it == DEFAULT else it for it in written)

    def _as_clients_name(self, graph: str) -> str:
        """Return the name of a graph for which a token needs rights: `default`, or its IRI."""
        return DEFAULT if graph == self.iris.default_graph else graph

    @property
    def _own(self) -> str:
        """The graph of the versions, which only the store writes to."""
        return self.iris.graph(GRAPH)


def accept(_fork: MergedStore, _touched: object) -> Verdict:
    """Accept a change that no shape judges: a rollback, and a removal of personal data."""
    return Checked(conforms=True)
