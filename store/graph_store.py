"""The graph in a data directory: opened by readers without a lock, changed by one writer.

The steps of a change are in `urbansdg.store.publication`, the files in `urbansdg.store.versions`.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import (
    BaseUriMismatch,
    StoreExists,
    StoreMissing,
    StoreNotWritable,
    VersionDamaged,
    VersionNotFound,
)
from urbansdg.ontology.iris import Iris
from urbansdg.store.backend import Capabilities, Verification
from urbansdg.store.changes.change import Change, Checked, Dump, Gate, Published, Unchanged
from urbansdg.store.changes.migration import is_pending
from urbansdg.store.privacy import redaction
from urbansdg.store.privacy.redaction import Forgotten
from urbansdg.store.privacy.text_mentions import text_mentions
from urbansdg.store.privacy.unpublished_opinions import unpublished_opinions
from urbansdg.store.publication import (
    Delivery,
    Observer,
    Publication,
    accept,
    undelivered,
    unobserved,
)
from urbansdg.store.upgrade import upgrade
from urbansdg.store.versions import changed_subjects, checksums
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.disk_space import keep_reserve
from urbansdg.store.versions.durable_files import sync_tree
from urbansdg.store.versions.merged_store import MergedStore
from urbansdg.store.versions.store_files import remove_superfluous
from urbansdg.store.versions.version import (
    Version,
    damaged,
    open_version,
    read_version,
    write_version,
)
from urbansdg.store.versions.writer_lock import writable, writing

_CAPABILITIES: Final = Capabilities(
    keeps_versions=True, is_ordered=True, is_exclusive=True, poll_seconds=0.2
)


@dataclass(frozen=True, slots=True)
class GraphStore:
    """The graph in a data directory: immutable versions, and a pointer to the current one.

    `patience` is how many seconds a writer waits for another one; `observe` is called after each
    step of a publication; a version that cannot be delivered (an error of `deliver`) is not
    promoted.
    """

    directory: Path
    base: str
    patience: float = 0.0
    observe: Observer = field(default=unobserved, compare=False)
    deliver: Delivery = field(default=undelivered, compare=False)

    @classmethod
    def create(cls, directory: Path, base: str, patience: float = 0.0) -> "GraphStore":
        """Make an empty graph (version 0) of a base URI in a directory that is new or empty.

        Raises `StoreExists`, `StoreNotWritable`, `StoreBusy`. An interrupted creation is
        completed by the next one.
        """
        layout = DataDirectory(directory)
        with writable(directory):
            _refuse_used(layout)
            directory.mkdir(parents=True, exist_ok=True)
            with writing(layout.lock, patience):
                _make_empty(layout, base)
        return cls(directory, base, patience)

    @classmethod
    def open(cls, directory: Path, base: str | None = None, patience: float = 0.0) -> "GraphStore":
        """Open the graph in a directory; a base that is given has to be the graph's own.

        A directory that an older release wrote is upgraded first. The current version may be
        damaged: what uses it says so. Raises `StoreMissing`, `BaseUriMismatch`, `VersionDamaged`
        where the base cannot be read, and `StoreNotWritable` where it cannot be upgraded.
        """
        layout = DataDirectory(directory)
        own = layout.read_base()
        if base is not None and base != own:
            raise BaseUriMismatch(
                f"The graph in {directory} was created for {own}, not for {base}.",
                f"Use --base {own}, or create another graph with --data-dir.",
            )
        store = cls(directory, own, patience)
        if layout.is_old:
            upgrade(layout, own, store.iris.default_graph)
        return store

    @property
    def iris(self) -> Iris:
        """The IRIs under the base URI of the graph."""
        return Iris(self.base)

    @property
    def capabilities(self) -> Capabilities:
        """What a graph in a data directory can do: everything."""
        return _CAPABILITIES

    def current_number(self) -> int:
        """Return the number of the current version: one small read, cheap enough to poll."""
        return DataDirectory(self.directory).pointed()

    def current(self) -> Version:
        """Return the current version; raises `VersionDamaged`, also where its folder is gone."""
        number = self.current_number()
        try:
            return self.version(number)
        except VersionNotFound:
            raise damaged(number, "its folder is missing") from None

    def version(self, number: int) -> Version:
        """Return a version by its number; raises `VersionNotFound`, `VersionDamaged`."""
        folder = DataDirectory(self.directory).versions / str(number)
        if not folder.is_dir():
            raise VersionNotFound(
                f"There is no version {number} in {self.directory}.",
                "List the versions with `urbansdg versions`.",
            )
        return read_version(folder)

    def versions(self) -> tuple[Version, ...]:
        """Return every published version, the oldest first."""
        return tuple(self.version(number) for number in sorted(self.numbers()))

    def newest_whole(self) -> Version:
        """Return the current version, or the newest before it whose files are as recorded.

        Where the pointer to the current version cannot be read, it is the newest of all. The
        empty version 0 does not stand in for a damaged one: every answer from it would be wrong.
        Raises `VersionDamaged` where there is none.
        """
        last: VersionDamaged | None = None
        for number in reversed(self.numbers()):
            try:
                version = self.version(number)
                checksums.require_recorded(version)
            except VersionDamaged as error:
                last = last or error
            else:
                if number or last is None:
                    return version
        raise last or damaged(self.current_number(), "there is no version")

    def whole_version(self, number: int) -> Version | None:
        """Return a version by its number, None where it is missing or damaged by a quick look."""
        try:
            version = self.version(number)
        except (VersionNotFound, VersionDamaged):
            return None
        return version if checksums.is_as_recorded(version) else None

    def damage(self) -> str:
        """Return what is wrong with the current version by a quick look; "" where nothing is."""
        try:
            self._layout.read_base()
            checksums.require_recorded(self.current())
        except (StoreMissing, VersionDamaged) as error:
            return str(error)
        return ""

    def apart(self, one: Version, other: Version) -> frozenset[str] | None:
        """Return the things that may differ between two versions, None where that is not known."""
        low, high = sorted((one.number, other.number))
        folder = self._layout.versions
        between = (number for number in range(low, high + 1) if (folder / str(number)).is_dir())
        try:
            return changed_subjects.between(
                one, other, {number: self.version(number) for number in between}
            )
        except VersionDamaged:
            return None

    def redactions(self) -> int:
        """Return how often versions were revised: one small read, cheap enough to poll."""
        return redaction.count(DataDirectory(self.directory))

    def numbers(self) -> list[int]:
        """Return the numbers of the published versions in order, whether they can be read or not.

        Where the pointer to the current version cannot be read, all are taken as published.
        """
        numbers = self._layout.numbers()
        try:
            current = self.current_number()
        except VersionDamaged:
            return numbers
        return [number for number in numbers if number <= current]

    def read(self, version: Version) -> MergedStore:
        """Open a version for reading; raises `VersionDamaged`."""
        return open_version(version)

    def view(self, version: Version) -> MergedStore:
        """Open a version for reading; raises `VersionDamaged`."""
        return open_version(version)

    def default_graphs(self) -> tuple[str, ...]:
        """Return nothing: queries read the merge of all graphs."""
        return ()

    def publish(self, change: Change, gate: Gate) -> Published | Unchanged:
        """Publish a change as a new version: all of it, or nothing.

        Raises `InvalidData` with the gate's problems where it does not conform, `WriteRefused`
        where its edit may not change a graph, `StoreBusy`, `StoreNotWritable`. Killed at any step,
        it leaves the current version as it was.
        """
        with self._writing() as current:
            if _same_sources(change, current):
                return Unchanged(current)
            with self._publication(change, current) as publication:
                return publication.publish(gate)

    def observed(self, observe: Observer) -> "GraphStore":
        """Return the store with an observer of the steps of a publication."""
        return replace(self, observe=observe)

    def check(self, change: Change, gate: Gate) -> Checked | Unchanged:
        """Return the verdict on a change without publishing it; raises as `publish`.

        A change that does not conform is reported, and raises nothing. The lock is held: the fork
        of a check would be removed by the next writer.
        """
        with self._writing() as current:
            if _same_sources(change, current):
                return Unchanged(current)
            with self._publication(change, current) as publication:
                return publication.check(gate)

    def rollback(self, number: int, agent: str) -> Published | Unchanged:
        """Publish a new version with the content of an older one; history is not rewritten.

        Raises `VersionNotFound`, `VersionDamaged`, `StoreBusy`, `StoreNotWritable`.
        """
        try:
            with self._writing() as current:
                target = self.version(number)
                checksums.require_recorded(target)
                suspected = self.apart(target, current)
                change = Change(agent, restores=number)
                with self._publication(change, current, target, suspected=suspected) as publication:
                    return publication.publish(accept)
        except (VersionDamaged, StoreNotWritable, RuntimeError):
            if not self.damaged_files():
                raise
            return self.replace_damaged(number, agent)

    def replace_damaged(self, number: int, agent: str) -> Published:
        """Publish an older version in place of a current one that cannot be read.

        The new version is made from the older one only, which has to be undamaged. Raises
        `VersionNotFound`, `VersionDamaged`, `StoreBusy`, `StoreNotWritable`.
        """
        with writable(self.directory), writing(self._layout.lock, self.patience):
            target = self.version(number)
            files = self.damaged_files(number)
            if files:
                raise damaged(number, checksums.named(files))
            change = Change(agent, restores=number)
            return self._replacement(change, target, accept, suspected=frozenset())

    def replace_by_dump(
        self, dump: Dump, agent: str, gate: Gate, salvaged: Version | None = None
    ) -> Published:
        """Publish the content of a dump in place of the current version, which may be damaged.

        It is compared with the newest whole version. `salvaged` is the version whose statements the
        dump has, where it was made from one. Raises `InvalidData`, `SourceUnreadable`, `StoreBusy`,
        `StoreNotWritable`.
        """
        with writable(self.directory), writing(self._layout.lock, self.patience):
            self._layout.versions.mkdir(exist_ok=True)
            try:
                known = self.newest_whole()
            except VersionDamaged:
                last, nowhere = self._last_number(), self._layout.versions / "none"
                known = Version(last, nowhere, datetime.now(UTC), agent, 0, {})
            restores = None if salvaged is None else salvaged.number
            change = Change(agent, dump=dump, restores=restores)
            return self._replacement(change, known, gate, salvaged)

    def _replacement(
        self,
        change: Change,
        known: Version,
        gate: Gate,
        origin: Version | None = None,
        suspected: frozenset[str] | None = None,
    ) -> Published:
        """Publish a version in place of a damaged one; the writers' lock has to be held."""
        with self._publication(
            change, known, origin, last=self._last_number(), suspected=suspected
        ) as publication:
            published = publication.publish(gate)
        if not isinstance(published, Published):
            raise TypeError(published)
        with suppress(VersionDamaged):  # the damaged one is there until `prune --damaged`
            self._redact_due()
        return published

    def _last_number(self) -> int:
        """Return the number of the newest version that there ever was, as far as that is known."""
        numbers = self._layout.numbers()
        try:
            return max(self.current_number(), *numbers, 0)
        except VersionDamaged:
            return max(numbers, default=0)

    def forget(self, agent: str, things: frozenset[str] = frozenset()) -> Forgotten:
        """Take persons out of every version: those recognised, and the things that are named.

        What leaves the current version makes a new one; the versions before it are revised, and
        the files of all are written anew, so that no file has the bytes any more. No shape judges
        the result: personal data go, whatever that leaves. Raises `StoreBusy`, `StoreNotWritable`.
        """
        with self._writing() as current:
            versions = self._readable_versions()
            plan = redaction.plan(versions, things)
            removal = plan.removal
            remains = not redaction.is_searched(self._layout) and redaction.has_remains(
                self._layout, versions
            )
            if not removal.lines and not remains:
                redaction.note_searched(self._layout)
                return Forgotten(current, {})
            redaction.promise(self._layout, removal)
            known = plan.recognised
            doomed = removal.doomed(open_version(current), known[current.number])
            change = Change(agent, forgets=frozenset(doomed))
            with self._publication(
                change, current, withdrawn=tuple(sorted(removal.withdrawn))
            ) as publication:
                published = publication.publish(accept)
            rest = redaction.fulfil(self._layout, known)
            removed = {"current version": len(doomed), **rest.removed} if doomed else rest.removed
            mentions = text_mentions(open_version(published.version), removal.lines)
            return replace(rest, version=published.version, removed=removed, mentions=mentions)

    def _readable_versions(self) -> tuple[Version, ...]:
        """Return every version; raises `VersionDamaged` where a file of one is missing or altered.

        What cannot be read cannot be searched, and its bytes cannot be left behind either.
        """
        try:
            versions = self.versions()
            for version in versions:
                checksums.require_recorded(version)
        except VersionDamaged as error:
            raise VersionDamaged(
                str(error),
                "Nothing was removed. Remove damaged versions with `urbansdg prune --damaged`; if"
                " it is the current one, run `urbansdg repair` first.",
            ) from error
        return versions

    def remove_persons(self, agent: str) -> Forgotten:
        """Take persons out of every version, where that was not done by the present rules.

        Opinions that are not published leave with them. Raises as `forget`.
        """
        if redaction.is_searched(self._layout):
            return Forgotten(self.current(), {})
        return self.forget(agent, unpublished_opinions(map(self.read, reversed(self.versions()))))

    def damaged_files(
        self, number: int | None = None, read: dict[int, str] | None = None
    ) -> list[str]:
        """Return the names of the damaged files of a version, by reading them all.

        Without a number, it is the current version. `read` has the checksums of the files that were
        read already: versions share files.
        """
        layout = self._layout
        try:
            folder = layout.versions / str(layout.pointed() if number is None else number)
        except VersionDamaged:
            return [layout.pointer.name]
        try:
            read_version(folder)
        except VersionDamaged:
            return ["version.json"]
        try:
            return checksums.damaged(folder, read)
        except VersionDamaged:
            return [checksums.FILE]

    def note_damage(self, pause: Callable[[], None]) -> list[str]:
        """Read all files of the current version, and note the damaged ones for the next write.

        Return their names. `pause` is called after each file. Where the directory is read-only,
        nothing is noted. Raises `VersionDamaged`.
        """
        folder = self.current().path.parent
        names = checksums.damaged(folder, pause=pause)
        with suppress(OSError):
            checksums.note_suspects(folder, names)
        return names

    def verify(self) -> Verification:
        """Read every file of every version, and report those that are damaged."""
        read: dict[int, str] = {}
        numbers = self.numbers()
        files = {number: self.damaged_files(number, read) for number in numbers}
        damage = [
            f"Version {number} is damaged: {', '.join(names)}."
            for number, names in files.items()
            if names
        ]
        try:
            if self.current_number() not in files:
                damage.append(f"Version {self.current_number()} is damaged: its folder is missing.")
        except VersionDamaged as error:
            damage.append(str(error))
        problems = tuple(damage)
        all_of_them = (
            "The only version is" if len(numbers) == 1 else f"All {len(numbers)} versions are"
        )
        return Verification(problems, f"{all_of_them} undamaged.")

    def on_disk(self) -> "GraphStore":
        """Return this store: it is in a data directory."""
        return self

    def versioned(self) -> "GraphStore":
        """Return this store: it keeps versions."""
        return self

    @property
    def _layout(self) -> DataDirectory:
        return DataDirectory(self.directory)

    @contextmanager
    def _writing(self) -> Iterator[Version]:
        """Give the current version to the only writer; redactions due are done before and after."""
        with writable(self.directory), writing(self._layout.lock, self.patience):
            checksums.require_recorded(self.current())
            keep_reserve(self.directory)
            self._redact_due()
            yield self.current()
            self._redact_due()
            keep_reserve(self.directory)

    def _redact_due(self) -> None:
        """Complete a removal; raises `VersionDamaged` where an older version cannot be read."""
        if not self._layout.redaction_due.exists():
            return
        try:
            redaction.fulfil(self._layout)
        except VersionDamaged as error:
            raise VersionDamaged(
                f"A removal of personal data is not complete: {error}",
                "Remove damaged versions with `urbansdg prune --damaged`. The next write completes"
                " the removal.",
            ) from error

    def _publication(
        self,
        change: Change,
        current: Version,
        origin: Version | None = None,
        *,
        last: int | None = None,
        suspected: frozenset[str] | None = None,
        withdrawn: tuple[str, ...] = (),
    ) -> Publication:
        """Return the publication of a change; `last` is the number before it, by default current's.

        What dead writers left is removed first. The writers' lock has to be held.
        """
        before = current.number if last is None else last
        _sweep(self._layout, before)
        return Publication(
            self._layout,
            self.iris,
            change,
            current,
            current if origin is None else origin,
            before + 1,
            self.observe,
            self.deliver,
            suspected,
            always=last is not None,
            withdrawn=withdrawn,
        )


def _make_empty(layout: DataDirectory, base: str) -> None:
    for leftover in (layout.versions, layout.forks):
        shutil.rmtree(leftover, ignore_errors=True)
        leftover.mkdir()
    folder = layout.versions / "0"
    folder.mkdir()
    ox.Store(str(folder / "graph")).flush()
    remove_superfluous(folder / "graph", is_flushed=True)
    version = Version(0, folder / "graph", datetime.now(UTC), "urbansdg", 0, {}, merged=0)
    write_version(version, folder)
    checksums.record(folder, None)
    sync_tree(layout.versions)
    layout.point(0)
    redaction.note_searched(layout)
    keep_reserve(layout.directory)
    layout.write_record(base)


def _refuse_used(layout: DataDirectory) -> None:
    if layout.record.exists():
        raise StoreExists(
            f"There is a graph in {layout.directory} already.",
            "Load into it, or choose another directory with --data-dir.",
        )
    if any(layout.numbers()):  # an interrupted creation has version 0 at most
        raise StoreExists(
            f"There is a graph in {layout.directory} already, but its record is missing.",
            "Run `urbansdg repair`.",
        )
    strangers = layout.strangers()
    if strangers:
        raise StoreExists(
            f"The directory {layout.directory} is in use: it holds {', '.join(strangers[:3])}.",
            "Choose a new or empty directory with --data-dir.",
        )


def _sweep(layout: DataDirectory, current: int) -> None:
    """Remove what dead writers left: forks, and a version that was moved but never promoted."""
    shutil.rmtree(layout.forks, ignore_errors=True)
    layout.forks.mkdir(exist_ok=True)
    for folder in layout.versions.iterdir():
        if folder.name.isdigit() and int(folder.name) > current:
            shutil.rmtree(folder)
    redaction.tidy(layout)


def _same_sources(change: Change, current: Version) -> bool:
    """Tell whether every graph was made from the same bytes already, and is up to date."""
    return (
        not change.removals
        and change.edit is None
        and change.forgets is None
        and not (change.migration and is_pending(change.migration, open_version(current)))
        and all(
            replacement.graph in current.graphs
            and current.graphs[replacement.graph].source == replacement.source.recorded()
            for replacement in change.replacements
        )
    )
