"""Forgetting: taking the data of persons, and other things, out of all published versions.

A version is not written to again: a revision of it is made beside it and takes its place, with the
same number. The store files of the versions share tables by hard links, and a deleted string stays
in a table of RocksDB until the table is rewritten, so that every version gets files of its own
making (`urbansdg.store.privacy.rebuilt_files`). What was made from the versions for the web is
removed, and is made again when it is asked for; pages of changes of versions that are gone lose
their statements (`urbansdg.store.privacy.history_redaction`).
"""

import json
import shutil
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import VersionDamaged
from urbansdg.ontology.personal_data import PersonNode, View, with_addresses
from urbansdg.store.history import history_index
from urbansdg.store.privacy.history_redaction import clean_history, pages_of
from urbansdg.store.privacy.personal_statements import all_of, recognised
from urbansdg.store.privacy.rebuilt_files import rebuild
from urbansdg.store.privacy.text_mentions import TextMention
from urbansdg.store.privacy.unpublishable_statements import is_suspicious, later_statements
from urbansdg.store.privacy.unpublished_opinions import unpublished_opinions
from urbansdg.store.versions import changed_subjects
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.durable_files import write_durably
from urbansdg.store.versions.merged_store import MergedStore
from urbansdg.store.versions.version import (
    WITHHELD,
    Version,
    open_version,
    read_version,
)
from urbansdg.store.versions.version_leases import remove_stale

RECOGNISER: Final = 2
"""The number of the rules by which persons and terms of RDF 1.2 are recognised.

A graph is searched once for each number.
"""

_WAIT: Final = 5.0
"""Seconds to wait for readers who have a replaced state open."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten: the current version, and how many statements left which place.

    `removed` is empty where nothing was to be forgotten. `in_use` names the versions of which
    a reader still has the files from before; the next write removes them. `mentions` are texts of
    the current version that still have a name or an address of what was removed.
    """

    version: Version
    removed: Mapping[str, int]
    in_use: tuple[int, ...] = ()
    mentions: tuple[TextMention, ...] = ()


@dataclass(frozen=True, slots=True)
class Removal:
    """What leaves the versions: things by their IRIs, and whoever is recognised.

    `lines` are the statements of a version on them, in N-Triples: pages of changes do not
    say from which graph a statement came, so that these are what such a page loses.
    """

    things: tuple[str, ...]
    lines: tuple[str, ...] = ()

    def doomed(self, state: MergedStore, known: Collection[ox.Quad] | None = None) -> set[ox.Quad]:
        """Return the statements that leave a state; `known` are those on persons recognised."""
        quads = _unwanted(state) if known is None else set(known)
        return quads | all_of(View(state), self.nodes)

    @property
    def nodes(self) -> frozenset[PersonNode]:
        """The things, as nodes."""
        return frozenset(map(ox.NamedNode, self.things))

    @property
    def withdrawn(self) -> frozenset[str]:
        """The IRIs of the things on which statements leave."""
        quads = ox.parse("\n".join(self.lines), format=ox.RdfFormat.N_TRIPLES)
        named = (quad.subject for quad in quads)
        return frozenset(node.value for node in named if isinstance(node, ox.NamedNode))


def _unwanted(state: MergedStore) -> set[ox.Quad]:
    """Return the statements of a state on persons, and those with a term of RDF 1.2."""
    return recognised(state)[0] | set(later_statements(state))


@dataclass(frozen=True, slots=True)
class Plan:
    """A removal, and what was recognised in each version, by number."""

    removal: Removal
    recognised: Mapping[int, set[ox.Quad]]


def plan(versions: Sequence[Version], things: Collection[str]) -> Plan:
    """Return what is to leave some versions: things that are named, and persons in any of them.

    With these go the terms of RDF 1.2. A person who is recognised in one version leaves all of
    them, with what other versions say of the person. `versions` are sorted by their numbers. Where
    the trail of a version says what it changed, only that is read for addresses and such terms.
    """
    every, lines = set(things), set[str]()
    named = frozenset[PersonNode](map(ox.NamedNode, things))
    suspects, by_number = set[PersonNode](), dict[int, set[ox.Quad]]()
    changes = [*changed_subjects.steps(versions), None]
    for version, changed in reversed(list(zip(versions, changes, strict=True))):
        state = open_version(version)
        nodes = None if changed is None else list(map(ox.NamedNode, changed))
        suspects |= with_addresses(View(state), nodes)
        doomed, persons = recognised(state, suspects)
        doomed |= set(later_statements(state, nodes))
        by_number[version.number] = doomed
        whole = doomed | all_of(View(state), named)
        every.update(node.value for node in persons if isinstance(node, ox.NamedNode))
        lines.update(f"{quad.triple} ." for quad in whole)
    removal = Removal(tuple(sorted(every)), tuple(sorted(lines)))
    return Plan(removal, by_number)


def count(layout: DataDirectory) -> int:
    """Return how often versions were revised."""
    try:
        return int(layout.redactions.read_text("ascii"))
    except (OSError, ValueError):
        return 0


def is_searched(layout: DataDirectory) -> bool:
    """Return whether all versions were searched for persons by the present rules."""
    try:
        record = json.loads(layout.persons.read_text("utf-8"))
        return bool(record["recogniser"] == RECOGNISER)
    except (OSError, ValueError, TypeError, KeyError):
        return False


def note_searched(layout: DataDirectory) -> None:
    """Record that no version has a person that the present rules recognise."""
    write_durably(layout.persons, json.dumps({"recogniser": RECOGNISER}))


def has_remains(layout: DataDirectory, versions: Iterable[Version]) -> bool:
    """Return whether files may hold what an older release left out, or has on pages of changes."""
    if any(is_suspicious(page) for page in pages_of(layout.catalogue)):
        return True
    return count(layout) > 0 or any(
        version.revision or any(WITHHELD in graph.source for graph in version.graphs.values())
        for version in versions
    )


def promise(layout: DataDirectory, removal: Removal) -> None:
    """Record what is to leave the versions, so that it does whatever happens before."""
    write_durably(layout.redaction_due, json.dumps(asdict(removal)))


def _promised(layout: DataDirectory) -> Removal:
    """Return what is recorded; of a record that cannot be read, whoever is recognised."""
    try:
        record = json.loads(layout.redaction_due.read_text("utf-8"))
        return Removal(tuple(record["things"]), tuple(record["lines"]))
    except (OSError, ValueError, TypeError, KeyError):
        return Removal(())


def fulfil(
    layout: DataDirectory, known: Mapping[int, Collection[ox.Quad]] = MappingProxyType({})
) -> Forgotten:
    """Take what is recorded out of all versions before the current one, and out of all files.

    `known` has what was recognised in versions, by number; the others are searched.

    Return how many statements left which place. Killed at any step, it is done again by the next
    writer. The caller has the writers' lock.
    """
    removal = _promised(layout)
    current = read_version(layout.versions / str(layout.pointed()))
    older = [version for version in _versions(layout) if version.number < current.number]

    def doomed(version: Version, state: MergedStore) -> set[ox.Quad]:
        return removal.doomed(state, known.get(version.number))

    removed = Counter[str](dict(rebuild(layout, current, older, doomed)))
    for place, losses in _clean_catalogue(layout, removal, open_version(current)):
        removed[place] += losses
    changed_subjects.remove(layout.versions)
    write_durably(layout.redactions, f"{count(layout) + 1}\n")
    note_searched(layout)
    layout.redaction_due.unlink(missing_ok=True)
    in_use = _tidied(layout)
    return Forgotten(
        current, {place: losses for place, losses in removed.items() if losses}, in_use
    )


def renew(layout: DataDirectory) -> None:
    """Remove what was made for the web from versions that were revised, and tidy up.

    Pages of changes stay: what a version states has not changed.
    """
    for folder in (path for path in layout.catalogue.glob("*") if path.name != "changes"):
        _remove(folder)
    write_durably(layout.redactions, f"{count(layout) + 1}\n")
    _tidied(layout)


def _tidied(layout: DataDirectory) -> tuple[int, ...]:
    """Remove the files that were replaced; return the versions of which some are still open."""
    until = time.monotonic() + _WAIT
    while in_use := tidy(layout):
        if time.monotonic() > until:
            break
        time.sleep(0.1)
    return in_use


def tidy(layout: DataDirectory) -> tuple[int, ...]:
    """Remove the graphs that were replaced by a revision, except those that somebody has open.

    Return the numbers of the versions of these.
    """
    in_use = set()
    for folder in {path.parent for path in layout.versions.glob("*/graph-*")}:
        with suppress(VersionDamaged):  # the next read of it reports that
            remove_stale(folder)
            own = read_version(folder).path
            if any(graph != own for graph in folder.glob("graph*")):
                in_use.add(int(folder.name))
    return tuple(sorted(in_use))


def _versions(layout: DataDirectory) -> Iterator[Version]:
    numbers = sorted(int(path.name) for path in layout.versions.iterdir() if path.name.isdigit())
    return (read_version(layout.versions / str(number)) for number in numbers)


def _clean_catalogue(
    layout: DataDirectory, removal: Removal, current: MergedStore
) -> Iterator[tuple[str, int]]:
    """Remove what was made from the versions, and yield how much, by place.

    Changes of versions that are there are made from them again. Those of versions that are gone
    are all there is of these, and lose statements.
    """
    for path in sorted(layout.catalogue.glob("*")):
        if not path.name.startswith(history_index.FILE):
            yield f"files in catalogue/{path.name}", _remove(path)
    if (layout.catalogue / history_index.FILE).exists():
        clean = partial(_clean, removal=removal, current=current)
        yield from clean_history(layout, count(layout) + 1, clean).items()


def _remove(path: Path) -> int:
    """Remove a file, or a folder; return the number of files."""
    if not path.is_dir():
        path.unlink(missing_ok=True)
        return 1
    files = sum(file.is_file() for file in path.rglob("*"))
    shutil.rmtree(path, ignore_errors=True)
    return files


def _clean(state: ox.Store, removal: Removal, current: MergedStore) -> int:
    """Take what leaves out of a page of changes; return how many statements that is."""
    doomed = _withdrawn(state, removal.lines, current)
    doomed |= set(later_statements(state))
    rejected = frozenset(map(ox.NamedNode, unpublished_opinions([state])))
    whole = removal.nodes | recognised(state)[1] | rejected
    unclaimed = {
        node for node in whole if next(current.quads_for_pattern(node, None, None), None) is None
    }
    doomed |= all_of(View(state), frozenset(unclaimed))
    for quad in doomed:
        state.remove(quad)
    return len(doomed)


def _withdrawn(page: ox.Store, lines: Iterable[str], current: MergedStore) -> set[ox.Quad]:
    """Return the statements of a page that leave, and that no graph of the current state makes."""
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
