"""Taking the data of persons out of versions that are published already.

A version is not written to again: a revision of it is made beside it and takes its place, with the
same number. What was made from it for the web is removed, and is made again when it is asked for.

A withdrawal names the graph that it reaches. A change by a client reaches the graphs that it wrote
to, one by one; only the operator, or a token made for it, reaches every graph.
"""

import json
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Self

import pyoxigraph as ox

from urbansdg.store.changes.fork import graph_node, graph_of
from urbansdg.store.privacy import consent
from urbansdg.store.versions import changed_subjects, checksums
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.durable_files import sync_tree, write_durably
from urbansdg.store.versions.version import (
    WITHHELD,
    GraphCount,
    Version,
    open_version,
    place,
    read_version,
    write_version,
)
from urbansdg.store.versions.version_leases import remove_stale


def marked(
    counts: dict[str, GraphCount], graphs: Iterable[str], day: date
) -> dict[str, GraphCount]:
    """Return the graphs of a version, with those marked from which data were left out."""
    mark: dict[str, str | None] = {WITHHELD: day.isoformat()}
    chosen = {
        name: replace(counts[name], source=counts[name].source | mark)
        for name in graphs
        if name in counts and counts[name].source
    }
    return counts | chosen


def count(layout: DataDirectory) -> int:
    """Return how often versions were revised."""
    try:
        return int(layout.redactions.read_text("ascii"))
    except (OSError, ValueError):
        return 0


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Persons whose data leave the versions before the current one.

    `graph` is the IRI of the only graph that loses statements, None for every graph. `whom` has the
    IRIs of the persons, None where one of them has no name: then everybody is looked at. `lines`
    are the statements that the last version held on them, in N-Triples: pages of changes do not
    say from which graph a statement came, so that these are what such a page loses.
    """

    graph: str | None
    whom: tuple[str, ...] | None
    lines: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, view: consent.View, group: frozenset[consent.PersonNode], graph: str | None
    ) -> Self:
        """Return the withdrawal of persons whom a view describes."""
        named = sorted(person.value for person in group if isinstance(person, ox.NamedNode))
        lines = {f"{quad.triple} ." for quad in consent.all_of(view, group)}
        return cls(graph, tuple(named) if len(named) == len(group) else None, tuple(sorted(lines)))

    @property
    def things(self) -> frozenset[str]:
        """The IRIs of the things on which statements leave."""
        quads = ox.parse("\n".join(self.lines), format=ox.RdfFormat.N_TRIPLES)
        return frozenset(q.subject.value for q in quads if isinstance(q.subject, ox.NamedNode))

    @property
    def nodes(self) -> frozenset[consent.PersonNode] | None:
        """The persons, None for everybody."""
        return None if self.whom is None else frozenset(map(ox.NamedNode, self.whom))

    def doomed(self, state: ox.Store, current: ox.Store, day: date) -> set[ox.Quad]:
        """Return the statements of an older state that leave it."""
        if self.graph is not None:
            reached = consent.View(state, graph_node(self.graph))
            return consent.all_of(reached, self._others(reached, current, day))
        views = consent.views_of(state)
        if self.nodes is None:
            doomed = (consent.all_of(view, self._others(view, current, day)) for view in views)
            return set().union(*doomed)
        return consent.all_of(consent.View(state), self.gone(state, current, day))

    def gone(self, state: ox.Store, current: ox.Store, day: date) -> frozenset[consent.PersonNode]:
        """Return the persons whom the current state describes in other ways, or not at all."""
        unknown = frozenset(
            person
            for person in self.nodes or ()
            if next(consent.View(current).match(person), None) is None
        )
        views = consent.views_of(state)
        return unknown.union(*(self._others(view, current, day) for view in views))

    def _others(
        self, view: consent.View, current: ox.Store, day: date
    ) -> frozenset[consent.PersonNode]:
        consented = consent.ConsentedData.of(consent.View(current, view.graph), day, self.nodes)
        return consented.others(view, self.nodes)


def withdrawals(
    before: ox.Store,
    after: ox.Store,
    graphs: Iterable[str],
    subjects: frozenset[str] | None,
    day: date,
    *,
    everywhere: bool = False,
) -> tuple[Withdrawal, ...]:
    """Return the persons whom some graphs describe in other ways after a change than before.

    They leave the older versions of that graph, or of every graph with `everywhere`. `subjects`
    are the things that the two states describe in different ways, None where they may be any.
    """
    withdrawals_due = []
    for graph in graphs:
        view = consent.View(before, graph_node(graph))
        persons_described = consent.persons(view, subjects)
        others = consent.ConsentedData.of(
            consent.View(after, view.graph), day, persons_described
        ).others(view, persons_described)
        if others and everywhere:
            withdrawals_due.append(Withdrawal.of(consent.View(before), others, None))
        elif others:
            withdrawals_due.append(Withdrawal.of(view, others, graph))
    return tuple(withdrawals_due)


def promise(layout: DataDirectory, due: Collection[Withdrawal]) -> None:
    """Record what is to leave the versions, so that it does whatever happens before."""
    write_durably(layout.redaction_due, json.dumps([asdict(withdrawal) for withdrawal in due]))


def _promised(layout: DataDirectory) -> tuple[Withdrawal, ...]:
    """Return what is recorded; a record that cannot be read stands for everybody, everywhere."""
    try:
        due = json.loads(layout.redaction_due.read_text("utf-8"))
        return tuple(
            Withdrawal(
                withdrawal["graph"],
                None if withdrawal["whom"] is None else tuple(withdrawal["whom"]),
                tuple(withdrawal["lines"]),
            )
            for withdrawal in due
        )
    except (OSError, ValueError, TypeError, KeyError):
        return (Withdrawal(None, None),)


def fulfil(layout: DataDirectory, day: date) -> tuple[int, ...]:
    """Revise every version before the current one as the current one has it; return their numbers.

    Of a person they are left with what the current version states, where a consent covers the day;
    who is described otherwise is taken out of the graphs within reach.
    """
    current = open_version(read_version(layout.versions / str(layout.pointed())))
    due = _promised(layout)
    versions = [version for version in _versions(layout) if version.number < layout.pointed()]
    revised = tuple(
        version.number for version in versions if _revise(version, due, layout, current, day)
    )
    _clean_pages(layout, due, current, day)
    changed_subjects.remove(layout.versions)
    if revised:
        write_durably(layout.redactions, f"{count(layout) + 1}\n")
        shutil.rmtree(layout.catalogue / "history", ignore_errors=True)
    tidy(layout)
    layout.redaction_due.unlink(missing_ok=True)
    return revised


def tidy(layout: DataDirectory) -> None:
    """Remove the graphs that were replaced by a revision, and that nobody has open any more."""
    for folder in {path.parent for path in layout.versions.glob("*/graph-*")}:
        remove_stale(folder)


def _versions(layout: DataDirectory) -> Iterator[Version]:
    numbers = sorted(int(path.name) for path in layout.versions.iterdir() if path.name.isdigit())
    return (read_version(layout.versions / str(number)) for number in numbers)


def _revise(
    version: Version, due: Iterable[Withdrawal], layout: DataDirectory, current: ox.Store, day: date
) -> bool:
    """Replace a version by a revision without the others' data; False where it has none."""
    state = open_version(version)
    doomed = set[ox.Quad]().union(*(withdrawal.doomed(state, current, day) for withdrawal in due))
    if not doomed:
        return False
    folder = version.path.parent
    draft = Path(tempfile.mkdtemp(prefix="revision-", dir=layout.forks))
    try:
        _write(version, state, doomed, draft, day)
        name = place(version.revision + 1)
        shutil.rmtree(folder / name, ignore_errors=True)
        for moved_file in (name, checksums.FILE, "version.json"):
            (draft / moved_file).rename(
                folder / moved_file
            )  # the record at last: it says which graph it is
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    for kind in ("editions", "changes"):
        shutil.rmtree(layout.catalogue / kind / str(version.number), ignore_errors=True)
    return True


def _write(version: Version, state: ox.Store, doomed: set[ox.Quad], draft: Path, day: date) -> None:
    revision = version.revision + 1
    path = draft / place(revision)
    state.backup(str(path))
    graph = ox.Store(str(path))
    for quad in doomed:
        graph.remove(quad)
    graph.flush()
    del graph  # closes RocksDB, so that its files are whole
    counts = dict(version.graphs)
    for name in map(graph_of, doomed):
        if name in counts:
            counts[name] = replace(counts[name], triples=counts[name].triples - 1)
    counts = marked(counts, {graph_of(quad) for quad in doomed}, day)
    triples = version.triples - len(doomed)
    write_version(replace(version, triples=triples, graphs=counts, revision=revision), draft)
    checksums.record(draft, version.path.parent)
    sync_tree(draft)


def _clean_pages(
    layout: DataDirectory, due: Collection[Withdrawal], current: ox.Store, day: date
) -> None:
    """Take the others' data out of the pages of changes.

    Those of a version that is there are made from it: they are removed where they are of another
    revision. Those of versions that are gone are all there is of these, and lose statements.
    """
    for folder in sorted(layout.catalogue.glob("changes/*")):
        version = layout.versions / folder.name
        if not version.is_dir():
            for page in sorted(folder.glob("*.nq")):
                _clean(page, due, current, day)
        elif _mark(folder) != read_version(version).mark:
            shutil.rmtree(folder, ignore_errors=True)


def _mark(changes: Path) -> str | None:
    """Return the mark of the version that pages of changes are made from, None without any."""
    try:
        mark = json.loads((changes / "changes.json").read_text("utf-8"))["mark"]
        return str(mark)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _clean(page: Path, due: Collection[Withdrawal], current: ox.Store, day: date) -> None:
    named = (
        None
        if any(withdrawal.whom is None for withdrawal in due)
        else {n for w in due for n in w.whom or ()}
    )
    if named is not None and not _mentions(page, named):
        return
    state = ox.Store()
    state.load(path=str(page), format=ox.RdfFormat.N_QUADS)
    doomed = set[ox.Quad]()
    for withdrawal in due:
        doomed |= _withdrawn(state, withdrawal.lines, current)
        if withdrawal.graph is None:
            doomed |= _of_others(state, withdrawal, current, day)
    if doomed:
        lines = sorted(f"{quad} .\n" for quad in set(state) - doomed)
        write_durably(page, "".join(lines))


def _mentions(page: Path, iris: Collection[str]) -> bool:
    text = page.read_text("utf-8")
    return any(f"<{person}>" in text for person in iris)


def _of_others(
    page: ox.Store, withdrawal: Withdrawal, current: ox.Store, day: date
) -> set[ox.Quad]:
    view = consent.View(page)
    if withdrawal.nodes is None:
        others = consent.ConsentedData.of(consent.View(current), day).others(view)
    else:
        others = withdrawal.gone(page, current, day)
    return {quad for person in others for quad in consent.statements(view, person, others)}


def _withdrawn(page: ox.Store, lines: Iterable[str], current: ox.Store) -> set[ox.Quad]:
    """Return the statements of a page that one graph no longer makes, and no other graph makes."""
    gone = {_key(quad) for quad in ox.parse("\n".join(lines), format=ox.RdfFormat.N_TRIPLES)}
    return {
        quad
        for quad in page
        if _key(quad) in gone
        and next(current.quads_for_pattern(quad.subject, quad.predicate, quad.object, None), None)
        is None
    }


def _key(quad: ox.Quad) -> tuple[str, ...]:
    """Return what a statement is known by in any file: its terms, except for blank nodes."""
    return tuple("" if isinstance(term, ox.BlankNode) else str(term) for term in quad.triple)
