"""The making of an index: whole, or from the index of another version by what differs.

The files of an index never change (segments), so that the index of a version has hard links to
those of the version before it, a list of deleted documents, and a small segment with new ones.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable, Collection
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from tantivy import Index

from urbansdg.errors import SearchIndexDamaged, StoreError, VersionDamaged, VersionNotFound
from urbansdg.search.documents import DocumentReader, affected, owner_of, things_of
from urbansdg.search.index_record import (
    MANAGED,
    META,
    FileSum,
    IndexRecord,
    damaged_files,
    file_sums,
    read_record,
    write_record,
)
from urbansdg.search.index_schema import (
    FORMAT,
    KEY,
    WORD,
    filled,
    key_of_thing,
    schema,
    word_document,
    words_in,
)
from urbansdg.search.query_plan import things_query, total
from urbansdg.store import Backend, Version, VersionedBackend, hold
from urbansdg.store.history.history_index import HistoryIndex, read_index
from urbansdg.store.versions.data_directory import SEARCH_FOLDER
from urbansdg.store.versions.draft_folder import drafted, forget

INDEXES_KEPT: Final = 10
_HEAP_BYTES: Final = 128_000_000
_SMALL_HEAP_BYTES: Final = 15_000_000
"""What the engine takes for new documents before it writes a segment; the least is 15 MB."""

_SHARE: Final = 4
_FEW: Final = 200
"""Where more than this fraction of its things differ, and more than these, it is made whole."""

_MOST_DELETED_SHARE: Final = 2
"""And where more than one in so many of the documents in its files are deleted."""


@dataclass(frozen=True, slots=True)
class MadeIndex:
    """The index that was made, and the version from whose index it was, None for a whole one."""

    record: IndexRecord
    origin: int | None
    documents: int


class IndexedVersion(Protocol):
    """A version as an index is known by: its number, its state, its time."""

    @property
    def number(self) -> int:
        """The number of the version."""

    @property
    def mark(self) -> str:
        """The identifier of its state: its number, and its revision if it was redacted."""

    @property
    def created(self) -> datetime:
        """When it was made, in UTC."""


def index_folder(catalogue: Path, number: int) -> Path:
    """Return the folder of the index of a version."""
    return catalogue / SEARCH_FOLDER / str(number)


def is_of(record: IndexRecord, version: IndexedVersion, store: Backend) -> bool:
    """Return whether an index is of the present state of a version."""
    state = (version.number, version.mark, str(version.created), store.base, store.redactions())
    return state == (
        record.number,
        record.mark,
        record.created,
        record.base,
        record.redactions,
    )


class TooMuchDiffers(Exception):
    """No index of another version is so near that the index could be made from it in a moment."""


def make_index(
    store: VersionedBackend, version: Version, catalogue: Path, most: int | None = None
) -> MadeIndex:
    """Make the index of a version in its folder; it replaces the one that is there.

    Raises `StoreError` where the version cannot be read, OSError where it cannot be written,
    `SearchIndexDamaged` where data of persons were removed meanwhile, and `TooMuchDiffers` where
    more than `most` things differ from every other index.
    """
    target = index_folder(catalogue, version.number)
    with drafted(target) as draft:  # before the version is read: a removal removes the draft too
        maker = _IndexMaker(store, version, catalogue, draft, store.redactions(), most)
        with closing(hold(version.path)):
            result = maker.derived() or maker.whole()
        if not is_of(result.record, store.version(version.number), store):
            raise SearchIndexDamaged(f"Version {version.number} was revised while it was indexed.")
        write_record(draft, result.record)
    tidy(store, catalogue, version.number)
    return result


def tidy(store: VersionedBackend, catalogue: Path, number: int) -> None:
    """Remove the indexes of versions that are gone or were revised, and all but the newest."""
    folder = catalogue / SEARCH_FOLDER
    known = set(store.numbers())
    for path in folder.glob("*"):
        is_other = path.name.isdigit() and int(path.name) != number
        if is_other and (int(path.name) not in known or not _is_current(store, path)):
            shutil.rmtree(path, ignore_errors=True)
    forget(folder, INDEXES_KEPT, number)


def _is_current(store: VersionedBackend, path: Path) -> bool:
    try:
        return is_of(read_record(path), store.version(int(path.name)), store)
    except StoreError:
        return False


@dataclass(frozen=True, slots=True)
class _IndexMaker:
    """Makes the index of a version in a draft folder."""

    store: VersionedBackend
    version: Version
    catalogue: Path
    draft: Path
    redactions: int
    most: int | None

    def whole(self) -> MadeIndex:
        """Make the index from every thing of the version."""
        if self.most is not None:
            raise TooMuchDiffers
        _clear(self.draft)
        reader = DocumentReader(self.store.read(self.version), self.store.base)
        writer = Index(schema(), str(self.draft)).writer(_HEAP_BYTES, 1)
        count, words = 0, set[str]()
        with ExitStack() as stack:
            changed_in = self._history(stack)
            for iri in dict.fromkeys(things_of(reader.state)):
                thing = reader.document(iri)
                if thing is not None:
                    writer.add_document(filled(thing, changed_in(iri)))
                    words |= words_in(thing)
                    count += 1
        for word in sorted(words):
            writer.add_document(word_document(word))
        writer.commit()
        writer.wait_merging_threads()
        return MadeIndex(self._record({}), None, count)

    def derived(self) -> MadeIndex | None:
        """Make it from the nearest index that is there, None where a whole one is better."""
        for path in _nearest(self.catalogue / SEARCH_FOLDER, self.version.number):
            with suppress(VersionNotFound, VersionDamaged, SearchIndexDamaged, FileNotFoundError):
                known, record = self.store.version(int(path.name)), read_record(path)
                if is_of(record, known, self.store) and not damaged_files(path, record):
                    with closing(hold(known.path)):
                        result = self._derived(path, record, known)
                    if result is not None:
                        return result
        return None

    def _derived(self, path: Path, record: IndexRecord, known: Version) -> MadeIndex | None:
        """Make it from an index, None where too much differs, or it is not known what."""
        subjects = self.store.apart(known, self.version)
        most = max(_FEW, record.things // _SHARE) if self.most is None else self.most
        if subjects is None or len(subjects) > most:
            return None
        before = DocumentReader(self.store.read(known), self.store.base)
        after = DocumentReader(self.store.read(self.version), self.store.base)
        things = affected(before, after, subjects)
        if len(things) > most:
            return None
        own = frozenset(map(owner_of, subjects)) if known.number < self.version.number else ()
        _clear(self.draft)
        _link(path, self.draft, record)
        self._replace(after, things, own)
        if _has_waste(self.draft):
            return None
        return MadeIndex(self._record(record.files), known.number, len(things))

    def _replace(
        self, reader: DocumentReader, things: Collection[str], own: Collection[str]
    ) -> None:
        """Replace the documents of some things, and add their words.

        `own` are the things that the version itself changed.
        """
        index = Index.open(str(self.draft))
        searcher, words = index.searcher(), set[str]()
        writer = index.writer(_SMALL_HEAP_BYTES, 1)
        with ExitStack() as stack:
            changed_in = self._history(stack)
            for iri in sorted(things):
                writer.delete_documents_by_term(KEY, key_of_thing(iri))
                thing = reader.document(iri)
                if thing is not None:
                    changed = self.version.number if iri in own else changed_in(iri)
                    writer.add_document(filled(thing, changed))
                    words |= words_in(thing)
        for word in sorted(words):
            if not searcher.doc_freq(WORD, word):
                writer.add_document(word_document(word))
        writer.commit()
        writer.wait_merging_threads()

    def _history(self, stack: ExitStack) -> Callable[[str], int]:
        """Return what says which version changed a thing last.

        The history is made by others, later: what it does not have is of this version.
        """
        try:
            history = stack.enter_context(read_index(self.catalogue))
        except sqlite3.Error:
            return lambda _: self.version.number
        return partial(_last_change, history, self.version.number)

    def _record(self, known: dict[str, FileSum]) -> IndexRecord:
        searcher = Index.open(str(self.draft)).searcher()
        for name in (META, MANAGED):  # the engine makes them readable by their owner only
            (self.draft / name).chmod(0o644)
        return IndexRecord(
            FORMAT,
            self.store.base,
            self.version.number,
            self.version.mark,
            str(self.version.created),
            self.redactions,
            searcher.num_docs,
            total(searcher.search(things_query(), 1)),
            file_sums(self.draft, known),
        )


def _last_change(history: HistoryIndex, number: int, iri: str) -> int:
    return max((version for version, _ in history.events(iri, number)), default=number)


def _nearest(folder: Path, number: int) -> list[Path]:
    """Return the folders of the indexes, the one of the nearest version first."""
    paths = (path for path in folder.glob("*") if path.name.isdigit())
    return sorted(paths, key=lambda path: (abs(int(path.name) - number), path.name))


def _clear(draft: Path) -> None:
    for file in draft.iterdir():
        file.unlink()


def _link(source: Path, draft: Path, record: IndexRecord) -> None:
    """Put the files of an index into a folder by hard links."""
    for name in record.files:
        if name.endswith(".json"):  # the engine replaces these
            shutil.copyfile(source / name, draft / name)
        else:
            _link_file(source / name, draft / name)


def _link_file(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)


def _has_waste(draft: Path) -> bool:
    """Return whether most of the documents in the files are deleted."""
    segments = json.loads((draft / META).read_bytes())["segments"]
    every = sum(segment["max_doc"] for segment in segments)
    gone = sum((segment["deletes"] or {}).get("num_deleted_docs", 0) for segment in segments)
    return bool(gone > _FEW and gone * _MOST_DELETED_SHARE > every)
