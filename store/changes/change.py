"""A change to the graph: the named graphs that it replaces, their sources, and its outcome."""

import gzip
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Protocol, cast

import pyoxigraph as ox

from urbansdg.errors import Problem, SourceUnreadable
from urbansdg.store.changes.edit import Edit
from urbansdg.store.versions.merged_store import MergedStore
from urbansdg.store.versions.version import Version


@dataclass(frozen=True, slots=True)
class Source:
    """The source of the triples of a graph, as its provenance describes it.

    `sha256` is of the bytes as they came, in lower case hex; `reader` with `reader_version` is
    what turned them into triples; `licence` and `rights_holder` are IRIs or None. `context` is of
    what else the triples depend on (the cities that names were settled to), None for nothing.
    """

    name: str
    sha256: str
    reader: str
    reader_version: str
    location: str | None = None
    licence: str | None = None
    rights_holder: str | None = None
    context: str | None = None

    def recorded(self) -> dict[str, str | None]:
        """Return the source as it is recorded beside a version."""
        record = asdict(self)
        if self.context is None:
            record.pop("context")
        return record


@dataclass(frozen=True, slots=True)
class Replacement:
    """The whole new content of a named graph, as files of N-Triples that our loaders wrote.

    `parsed` says that a parser of RDF wrote them, so that IRIs and tags need no second look.
    `suspects` names what their lines may break each by itself, None where that was not looked at.
    """

    graph: str
    files: tuple[Path, ...]
    source: Source
    parsed: bool = False
    suspects: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Dump:
    """A file with every graph of a version; `sha256` is of its bytes, in lower case hex.

    The name of a file that is compressed by gzip ends in `.gz`.
    """

    file: Path
    form: ox.RdfFormat
    sha256: str

    def load(self, folder: Path) -> ox.Store:
        """Load it into a new store in a folder; raises `SourceUnreadable`."""
        store = ox.Store(str(folder))
        try:
            with self._content() as content:
                store.bulk_load(input=content, format=self.form)
        except (SyntaxError, ValueError, EOFError, gzip.BadGzipFile) as error:
            raise self._unreadable(str(error)) from error
        if not len(store):
            raise self._unreadable("it has no statements")
        return store

    def _content(self) -> IO[bytes]:
        if self.file.suffix == ".gz":
            return cast("IO[bytes]", gzip.open(self.file, "rb"))
        return self.file.open("rb")

    def _unreadable(self, why: str) -> SourceUnreadable:
        return SourceUnreadable(
            f"The dump {self.file.name} cannot be read: {why}.", "Use another dump."
        )


@dataclass(frozen=True, slots=True)
class Change:
    """What one publication changes: an edit, graphs replaced, graphs removed.

    `restores` is the number of the version that it goes back to, where it is a rollback. `forgets`
    are the statements that leave every version, and their bytes every file; None otherwise.
    `dump` is the new content of all graphs, where a repair replaces a version that cannot be read.
    `migration` are updates that bring all graphs up to date (`urbansdg.store.changes.migration`).
    """

    agent: str
    replacements: tuple[Replacement, ...] = ()
    removals: tuple[str, ...] = ()
    edit: Edit | None = None
    restores: int | None = None
    forgets: frozenset[ox.Quad] | None = None
    migration: tuple[str, ...] = ()
    dump: Dump | None = None

    @property
    def goes_back(self) -> bool:
        """Whether it returns to an earlier state, that of a version or of a dump."""
        return self.restores is not None or self.dump is not None

    @property
    def graphs(self) -> frozenset[str]:
        """The graphs that it may change, except those of its edit."""
        replaced = (replacement.graph for replacement in self.replacements)
        return frozenset((*replaced, *self.removals))

    @property
    def suspects(self) -> frozenset[str] | None:
        """The rules that its statements may break by themselves, None where that is not known."""
        suspects = [step.suspects for step in self.replacements if step.suspects is not None]
        known = self.edit is None and len(suspects) == len(self.replacements)
        return frozenset().union(*suspects) if known else None


@dataclass(frozen=True, slots=True)
class Touched:
    """What a change touches: graphs, and the subjects it adds to or removes from.

    `subjects` is None where they are too many to be worth naming: everything is to be checked.
    `nameless` says whether blank nodes may be among those that it changes; `suspects` names the
    rules that its statements may break each by itself, None where that is not known.
    """

    graphs: frozenset[str]
    subjects: frozenset[str] | None
    nameless: bool = True
    suspects: frozenset[str] | None = None


class Verdict(Protocol):
    """What the store needs to know of a validation report."""

    @property
    def conforms(self) -> bool:
        """Whether nothing blocks the change."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that was found, warnings too."""


Gate = Callable[[MergedStore, Touched], Verdict]


@dataclass(frozen=True, slots=True)
class Published:
    """A new version is current; counts are of triples.

    `migrated` are the graphs that were brought up to date with the ontology.
    """

    version: Version
    added: int
    removed: int
    problems: tuple[Problem, ...] = ()
    migrated: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Checked:
    """A change was judged, and not published. It is also the simplest `Verdict`."""

    conforms: bool
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The graph has the content of the change already; no version was made."""

    version: Version
