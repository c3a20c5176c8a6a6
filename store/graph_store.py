"""The graph: opened by readers without a lock, changed by one writer, version by version."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyoxigraph as ox

from urbansdg.errors import (
    BaseUriMismatch,
    InvalidData,
    Problem,
    StoreExists,
    StoreNotWritable,
    VersionDamaged,
    VersionNotFound,
)
from urbansdg.ontology.iris import Iris
from urbansdg.sparql.update_operations import DEFAULT
from urbansdg.store.changes import fork
from urbansdg.store.changes.change import Change, Gate, Published, Touched, Unchanged, Verdict
from urbansdg.store.changes.provenance import GRAPH, Account, described
from urbansdg.store.privacy import consent, redaction
from urbansdg.store.versions import changed_subjects, checksums
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.durable_files import sync, sync_tree
from urbansdg.store.versions.version import (
    GraphCount,
    Version,
    damaged,
    opened,
    read_version,
    write_version,
)
from urbansdg.store.versions.writer_lock import writing

STEPS = ("forked", "applied", "compared", "judged", "described", "recorded", "moved", "promoted")
"""The steps of a publication, in order; an observer is told each when it has been done."""

BULK = 16 << 20
"""From so many bytes of loaded triples on, a version is optimised before it is promoted."""

Observer = Callable[[str], None]

Delivery = Callable[[Version, frozenset[str], frozenset[ox.Quad] | None], None]
"""Is given a version that was judged, before it is promoted, and how it differs from the last one.

That is told by the graphs, and by the quads that one of the two has alone, None for too many.
"""


def unobserved(step: str) -> None:
    """Take no note of a step."""


def _undelivered(
    version: Version, changed: frozenset[str], different: frozenset[ox.Quad] | None
) -> None:
    """Keep the version here alone."""


@dataclass(frozen=True, slots=True)
class GraphStore:
    """The graph in a data directory: immutable versions, and a pointer to the current one.

    `patience` is how many seconds a writer waits for another one; a version that cannot be
    delivered (an error of `deliver`) is not promoted; `today` tells the day that consents are held
    to.
    """

    directory: Path
    base: str
    patience: float = 0.0
    observe: Observer = field(default=unobserved, compare=False)
    deliver: Delivery = field(default=_undelivered, compare=False)
    today: Callable[[], date] = field(default=consent.today, compare=False)

    @classmethod
    def create(cls, directory: Path, base: str, patience: float = 0.0) -> "GraphStore":
        """Make an empty graph (version 0) of a base URI in a directory that is new or empty.

        Raises `StoreExists`, `StoreNotWritable`, `StoreBusy`. What a creation that was cut off
        has left is taken up by the next.
        """
        layout = DataDirectory(directory)
        with _writable(directory):
            _refuse_used(layout)
            directory.mkdir(parents=True, exist_ok=True)
            with writing(layout.lock, patience):
                _make_empty(layout, base)
        return cls(directory, base, patience)

    @classmethod
    def open(cls, directory: Path, base: str | None = None, patience: float = 0.0) -> "GraphStore":
        """Open the graph in a directory; a base that is given has to be the graph's own.

        Raises `StoreMissing`, `BaseUriMismatch`, `VersionDamaged`.
        """
        own = DataDirectory(directory).read_base()
        if base is not None and base != own:
            raise BaseUriMismatch(
                f"The graph in {directory} was created for {own}, not for {base}.",
                f"Use --base {own}, or make another graph with --data-dir.",
            )
        store = cls(directory, own, patience)
        store.current()
        return store

    @property
    def iris(self) -> Iris:
        """Return the IRIs under the base URI of the graph."""
        return Iris(self.base)

    def current_number(self) -> int:
        """Return the number of the current version: one small read, cheap enough to poll."""
        return DataDirectory(self.directory).pointed()

    def current(self) -> Version:
        """Return the current version; raises `VersionDamaged`."""
        return self.version(self.current_number())

    def version(self, number: int) -> Version:
        """Return a version by its number; raises `VersionNotFound`, `VersionDamaged`."""
        folder = DataDirectory(self.directory).versions / str(number)
        if not folder.is_dir():
            raise VersionNotFound(
                f"There is no version {number} in {self.directory}.",
                "`urbansdg versions` lists those there are.",
            )
        return read_version(folder)

    def versions(self) -> tuple[Version, ...]:
        """Return every published version, the oldest first."""
        return tuple(self.version(number) for number in sorted(self.numbers()))

    def newest_whole(self) -> Version:
        """Return the current version, or the newest before it whose files are all there.

        Raises `VersionDamaged` where there is none.
        """
        last: VersionDamaged | None = None
        for number in sorted(self.numbers(), reverse=True):
            try:
                version = self.version(number)
                missing = checksums.incomplete(version.path.parent)
                if not missing:
                    return version
                last = damaged(number, f"{missing[0]} is not what was written")
            except VersionDamaged as error:
                last = last or error
        raise last or damaged(self.current_number(), "there is no version")

    def apart(self, one: Version, other: Version) -> frozenset[str] | None:
        """Return the things that may differ between two versions, None where that is not known."""
        low, high = sorted((one.number, other.number))
        numbers = (number for number in self.numbers() if low <= number <= high)
        try:
            return changed_subjects.between(
                one, other, {each: self.version(each) for each in numbers}
            )
        except VersionDamaged:
            return None

    def redactions(self) -> int:
        """Return how often versions were revised: one small read, cheap enough to poll."""
        return redaction.count(DataDirectory(self.directory))

    def numbers(self) -> list[int]:
        """Return the numbers of the published versions, whether they can be read or not."""
        current = self.current_number()
        names = (path.name for path in DataDirectory(self.directory).versions.iterdir())
        return [int(name) for name in names if name.isdigit() and int(name) <= current]

    def read(self, version: Version) -> ox.Store:
        """Open a version for reading; raises `VersionDamaged`."""
        return opened(version)

    def publish(self, change: Change, gate: Gate) -> Published | Unchanged:
        """Publish a change as a new version: all of it, or nothing.

        Raises `InvalidData` with the gate's problems where it does not conform, `StoreBusy`,
        `StoreNotWritable`. Killed at any step, it leaves the current version as it was.
        """
        layout = DataDirectory(self.directory)
        with self._writing(layout) as current:
            if _same_sources(change, current):
                return Unchanged(current)
            _sweep(layout, current)
            with _workshop(layout) as folder:
                return self._publish(change, gate, current, folder)

    def rollback(self, number: int, agent: str) -> Published | Unchanged:
        """Publish a new version that says what an older one said; history is not rewritten.

        Raises `VersionNotFound`, `VersionDamaged`, `StoreBusy`, `StoreNotWritable`.
        """
        layout = DataDirectory(self.directory)
        try:
            with self._writing(layout) as current:
                wanted = self.version(number)
                _sweep(layout, current)
                with _workshop(layout) as folder:
                    return self._revive(wanted, agent, current, folder)
        except (VersionDamaged, StoreNotWritable, RuntimeError):
            if not self._damaged(self.current_number()):
                raise
            return self._rescued(layout, number, agent)

    def _damaged(self, number: int) -> list[str]:
        """Return the names of the files of a version that are damaged, by reading them all."""
        try:
            return checksums.damaged(self.version(number).path.parent)
        except VersionDamaged:
            return ["its record"]

    def _rescued(self, layout: DataDirectory, number: int, agent: str) -> Published | Unchanged:
        """Publish what an older version said in the place of a current one that cannot be read.

        It is made of the older one alone, which has to be whole.
        """
        with _writable(self.directory), writing(layout.lock, self.patience):
            wanted, last = self.version(number), self.current_number()
            found = self._damaged(number)
            if found:
                raise damaged(number, f"{', '.join(found)} is not what was written")
            _sweep(layout, replace(wanted, number=last))
            with _workshop(layout) as folder:
                return self._revive(wanted, agent, wanted, folder, last)

    @contextmanager
    def _writing(self, layout: DataDirectory) -> Iterator[Version]:
        """Give the current version, alone; what was to be revised is, before and after."""
        with _writable(self.directory), writing(layout.lock, self.patience):
            self._fulfil(layout)
            yield self.current()
            self._fulfil(layout)

    def _fulfil(self, layout: DataDirectory) -> None:
        if layout.redaction_due.exists():
            redaction.fulfil(layout, self.today())

    def forget(self, agent: str, whom: frozenset[str] = frozenset()) -> Published | Unchanged:
        """Leave out whom no consent covers today, and those persons, in every version.

        Who is named leaves every graph. Whose consent has ended leaves those graphs that describe
        them as persons. What is left out of the current version makes a new one; those before it
        are revised. No shape judges it: what may not be shown goes, whatever it leaves. Raises
        `StoreBusy`, `StoreNotWritable`.
        """
        state = opened(self.current())
        due = DataDirectory(self.directory).redaction_due.exists()
        if not due and not _forgotten(state, whom, self.today()) and not self._had(whom):
            return Unchanged(self.current())
        return self.publish(Change(agent, forgets=whom), _accept)

    def _had(self, whom: frozenset[str]) -> bool:
        """Tell whether any version states something of one of those persons, or leads to one."""
        nodes = [ox.NamedNode(each) for each in whom]
        return any(
            next(consent.View(state).match(*pattern), None) is not None
            for state in (map(opened, self.versions()) if nodes else ())
            for node in nodes
            for pattern in ((node,), (None, None, node))
        )

    def _revive(
        self,
        wanted: Version,
        agent: str,
        current: Version,
        folder: Path,
        last: int | None = None,
    ) -> Published | Unchanged:
        """Make a version of an older one; `last` is the number before it, if not the current's."""
        began, own = datetime.now(UTC), self.iris.graph(GRAPH)
        path = fork.copy(opened(wanted), folder)
        self.observe("forked")
        draft, before = ox.Store(str(path)), opened(current)
        draft.extend(before.quads_for_pattern(None, None, None, ox.NamedNode(own)))
        left_out = _remove(draft, _ended(draft, fork.names(draft), None, self.today()))
        among = None if left_out else self.apart(wanted, current)
        named = None if among is None else fork.statements(among, before, draft)
        difference = fork.compare_edited(before, draft, None, own, named)
        self.observe("compared")
        if not difference.graphs and last is None:
            return Unchanged(current)
        account = _account(current, began, difference)
        account = replace(account, number=account.number if last is None else last + 1)
        change = Change(agent, restores=wanted.number)
        told = list(described(account, change, self.iris))
        draft.extend(told)
        self.observe("described")
        counts = wanted.graphs | {own: GraphCount(fork.count(draft, own))}
        counts = redaction.marked(counts, left_out, self.today())
        draft.flush()
        version = _recorded(account, change, counts, len(draft), path)
        among = _among(difference)
        due = redaction.withdrawals(before, draft, difference.graphs, among, self.today())
        version = replace(version, withdrawn=self._withdrawn(due))
        write_version(version, folder)
        changed_subjects.leave(folder, difference.things(told))
        del draft  # closes RocksDB, so that its files are whole
        self.observe("recorded")
        version = self._promote(read_version(folder), folder)
        return Published(version, difference.added, difference.removed)

    def _publish(
        self, change: Change, gate: Gate, current: Version, folder: Path
    ) -> Published | Unchanged:
        began = datetime.now(UTC)
        before = opened(current)
        path = fork.copy(before, folder)
        self.observe("forked")
        named = None if change.edit is None else change.edit.run(path)
        draft = ox.Store(str(path))
        fork.refuse_nameless(draft)
        fork.apply(change, draft)
        self.observe("applied")
        with _optimising(change, draft):
            difference = self._compared(change, before, draft, named)
            self.observe("compared")
            if not difference.graphs and change.forgets is None:
                return Unchanged(current)
            # Before it is judged: a report would name things of graphs that are not the client's.
            if change.edit is not None:
                change.edit.permit(difference.graphs)
            verdict = gate(draft, fork.touched(change, difference))
        edited = difference.edited - change.graphs
        if not verdict.conforms:
            del draft  # RocksDB would go on writing into the folder that is to be removed
            raise InvalidData(
                "The change does not validate; nothing of it was loaded.",
                "Mend what the problems name, and load again.",
                problems=verdict.problems,
            )
        self.observe("judged")
        left_out = _remove(draft, self._to_leave_out(change, draft, difference))
        if left_out:
            graphs = left_out | change.graphs | difference.graphs
            difference = fork.compare_edited(before, draft, graphs, self.iris.graph(GRAPH))
            if change.edit is not None and not change.edit.forgets:
                change.edit.permit(difference.graphs)
        if not difference.graphs and not change.forgets:
            return Unchanged(current)
        account = _account(current, began, difference)
        told = [quad for quad in described(account, change, self.iris) if quad not in draft]
        draft.extend(told)
        self.observe("described")
        counts = self._counted(change, edited, difference, current, len(told))
        counts = redaction.marked(counts, left_out, self.today())
        triples = current.triples + account.added - account.removed + len(told)
        version = _recorded(account, change, counts, triples, path)
        version = replace(
            version,
            warnings=len(verdict.problems),
            withdrawn=self._withdrawn(self._due(change, before, draft, difference)),
        )
        draft.flush()
        write_version(version, folder)
        changed_subjects.leave(folder, difference.things(told))
        del draft  # closes RocksDB, so that its files are whole
        self.observe("recorded")
        own = self.iris.graph(GRAPH)
        different = None if difference.quads is None else difference.quads.union(told)
        self.deliver(version, difference.graphs | {own}, different)
        return Published(
            self._promote(version, folder), difference.added, difference.removed, verdict.problems
        )

    def _compared(
        self,
        change: Change,
        before: ox.Store,
        after: ox.Store,
        named: Collection[ox.Quad] | None,
    ) -> fork.Difference:
        if change.edit is None:
            return fork.compare(before, after, change.graphs)
        own = self.iris.graph(GRAPH)
        if change.edit.aims_at(own):
            raise fork.own(own)
        fork.spare(before, after, own, named)
        difference = fork.compare_edited(before, after, change.edit.written(), own, named)
        steps = change.settling(difference.graphs)
        if not steps:
            return difference
        fork.settle(steps, after)
        graphs = frozenset(step.graph for step in steps)
        return difference.resettled(fork.compare(before, after, graphs), graphs)

    def _to_leave_out(
        self, change: Change, draft: ox.Store, difference: fork.Difference
    ) -> set[ox.Quad]:
        """Return the data of persons that a change may not leave in the graph."""
        if change.forgets is not None:
            return _forgotten(draft, change.forgets, self.today())
        found = _ended(draft, difference.graphs, _among(difference), self.today())
        if change.edit is not None and change.edit.forgets:
            whom = consent.ended(
                draft, self.today(), map(fork.graph_node, difference.graphs), _among(difference)
            )
            found |= consent.all_of(consent.View(draft), frozenset().union(*whom.values()))
        return found

    def _due(
        self, change: Change, before: ox.Store, draft: ox.Store, difference: fork.Difference
    ) -> tuple[redaction.Withdrawal, ...]:
        """Return whose data leave the versions before the one that a change makes."""
        everywhere = change.edit is not None and change.edit.forgets
        found = redaction.withdrawals(
            before,
            draft,
            difference.graphs,
            _among(difference),
            self.today(),
            everywhere=everywhere,
        )
        if change.forgets:
            whom = frozenset[consent.PersonNode](map(ox.NamedNode, change.forgets))
            found += (redaction.Withdrawal.of(consent.View(before), whom, None),)
        return found

    def _withdrawn(self, due: tuple[redaction.Withdrawal, ...]) -> tuple[str, ...]:
        """Record what is to leave the versions before; return the things on which statements go."""
        if due:
            redaction.promise(DataDirectory(self.directory), due)
        return tuple(sorted({name for each in due for name in each.things}))

    def _counted(
        self,
        change: Change,
        edited: frozenset[str],
        difference: fork.Difference,
        current: Version,
        told: int,
    ) -> dict[str, GraphCount]:
        """Count the graphs that changed; what was edited comes from its source no more."""
        own = self.iris.graph(GRAPH)
        changed = change.graphs | difference.graphs | {own}
        sources = {name: each.source for name, each in current.graphs.items()}
        sources |= {name: {} for name in edited}
        sources |= {step.graph: step.source.recorded() for step in change.replacements}
        changed |= difference.graphs
        before = {name: each.triples for name, each in current.graphs.items()}
        many = Counter(before) + Counter(difference.new) + Counter({own: told})
        many.subtract(difference.gone)
        return {
            name: GraphCount(many[name], sources.get(name, {}))
            for name in (*(each for each in before if each not in changed), *changed)
            if name != DEFAULT and many[name]
        }

    def _promote(self, version: Version, folder: Path) -> Version:
        layout = DataDirectory(self.directory)
        target = layout.versions / str(version.number)
        shared = checksums.record(folder, layout.versions / str(version.previous))
        sync_tree(folder, shared)
        folder.rename(target)
        sync(layout.versions)
        self.observe("moved")
        layout.point(version.number)
        self.observe("promoted")
        return replace(version, path=target / "graph")


@contextmanager
def _optimising(change: Change, draft: ox.Store) -> Iterator[None]:
    """Optimise what was loaded in bulk, for readers are about to come, while it is judged."""
    if sum(file.stat().st_size for each in change.replacements for file in each.files) < BULK:
        yield
        return
    with ThreadPoolExecutor(1) as beside:
        optimised = beside.submit(draft.optimize)
        yield
    optimised.result()


def _accept(_fork: ox.Store, _touched: Touched) -> Verdict:
    """Accept what is left when data of persons are taken out."""
    return _Accepted()


@dataclass(frozen=True, slots=True)
class _Accepted:
    conforms: bool = True
    problems: tuple[Problem, ...] = ()


def _forgotten(state: ox.Store, whom: frozenset[str], day: date) -> set[ox.Quad]:
    """Return what every graph states of those persons, and what is stated without consent today."""
    everywhere = frozenset[consent.PersonNode](map(ox.NamedNode, whom))
    return _within(state, consent.uncovered(state, day)) | consent.all_of(
        consent.View(state), everywhere
    )


def _ended(
    state: ox.Store, graphs: Iterable[str], among: frozenset[str] | None, day: date
) -> set[ox.Quad]:
    """Return what those graphs state of persons whose consents there have ended.

    Who has no consent is refused by the shapes. Only who is `among` those things is looked at, None
    meaning all.
    """
    return _within(state, consent.ended(state, day, map(fork.graph_node, graphs), among))


def _within(
    state: ox.Store, persons: Mapping[consent.Graph, frozenset[consent.PersonNode]]
) -> set[ox.Quad]:
    """Return what each graph states of the persons that it describes."""
    views = {consent.View(state, graph): whom for graph, whom in persons.items() if whom}
    return {quad for view, whom in views.items() for quad in consent.all_of(view, whom)}


def _among(difference: fork.Difference) -> frozenset[str] | None:
    """Return the things among which changed persons are; None where some have no name."""
    return None if difference.blank else difference.subjects


def _remove(draft: ox.Store, doomed: set[ox.Quad]) -> frozenset[str]:
    """Remove statements; return the graphs that lack something then."""
    for quad in doomed:
        draft.remove(quad)
    return frozenset(map(fork.graph_of, doomed))


def _account(current: Version, began: datetime, difference: fork.Difference) -> Account:
    """Tell of a new version, which is not older than the one before, whatever the clock says."""
    ended = max(datetime.now(UTC), current.created)
    return Account(
        current.number + 1,
        current.number,
        min(began, ended),
        ended,
        difference.added,
        difference.removed,
    )


def _recorded(
    account: Account, change: Change, counts: dict[str, GraphCount], triples: int, path: Path
) -> Version:
    return Version(
        account.number,
        path,
        account.ended,
        change.agent,
        triples,
        counts,
        account.previous,
        account.added,
        account.removed,
    )


def _make_empty(layout: DataDirectory, base: str) -> None:
    for leftover in (layout.versions, layout.forks):
        shutil.rmtree(leftover, ignore_errors=True)
        leftover.mkdir()
    folder = layout.versions / "0"
    folder.mkdir()
    ox.Store(str(folder / "graph")).flush()
    version = Version(0, folder / "graph", datetime.now(UTC), "urbansdg", 0, {})
    write_version(version, folder)
    checksums.record(folder, None)
    sync_tree(layout.versions)
    layout.point(0)
    layout.write_record(base)


def _refuse_used(layout: DataDirectory) -> None:
    if layout.record.exists():
        raise StoreExists(
            f"There is a graph in {layout.directory} already.",
            "Load into it, or name another directory with --data-dir.",
        )
    strangers = layout.strangers()
    if strangers:
        raise StoreExists(
            f"The directory {layout.directory} is in use: it holds {', '.join(strangers[:3])}.",
            "Name a new or empty directory with --data-dir.",
        )


@contextmanager
def _writable(directory: Path) -> Iterator[None]:
    try:
        yield
    except (PermissionError, NotADirectoryError, FileExistsError, FileNotFoundError) as error:
        raise StoreNotWritable(
            f"The directory {directory} cannot be written: {error.strerror}.",
            "Give the process the right to write there, or name another one with --data-dir.",
        ) from error
    except OSError as error:
        raise StoreNotWritable(
            f"Writing to {directory} failed: {error.strerror or error}.",
            "Look at the disk (`df`, `dmesg`); the graph is as it was.",
        ) from error


def _sweep(layout: DataDirectory, current: Version) -> None:
    """Remove what dead writers left: forks, and a version that was moved but never promoted."""
    shutil.rmtree(layout.forks, ignore_errors=True)
    layout.forks.mkdir(exist_ok=True)
    for folder in layout.versions.iterdir():
        if folder.name.isdigit() and int(folder.name) > current.number:
            shutil.rmtree(folder)
    redaction.tidy(layout)


@contextmanager
def _workshop(layout: DataDirectory) -> Iterator[Path]:
    """Give a folder for a fork, and remove it afterwards where it was not moved away."""
    folder = Path(tempfile.mkdtemp(prefix="fork-", dir=layout.forks))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _same_sources(change: Change, current: Version) -> bool:
    """Tell whether every graph was made from the same bytes by the same reader already."""
    return (
        not change.removals
        and change.edit is None
        and change.forgets is None
        and all(
            replacement.graph in current.graphs
            and current.graphs[replacement.graph].source == replacement.source.recorded()
            for replacement in change.replacements
        )
    )
