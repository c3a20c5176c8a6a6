"""The index of the history: what each version changed, from a thing to its versions and back.

One sqlite file in `catalogue/` serves the whole installation: the TimeMaps, the event stream, the
feed and the sitemap. A new version appends its changes in one transaction, whose cost depends on
the changes and not on the number of versions. `urbansdg.endpoint.history.change_history` fills it;
`urbansdg.store.privacy.redaction` removes from it what is forgotten. Rows of pruned versions stay.

Deleted rows are overwritten (`secure_delete`). There is no write-ahead log, because a reader of one
needs write access to its folder; the rollback journal is removed with the transaction.
"""

import gzip
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from urbansdg.store.versions.version import Version

FILE: Final = "history.sqlite"

JOURNAL: Final = f"{FILE}-journal"

_DAMAGED: Final = f"{FILE}.damaged"
"""A file that is there while a reader has met damage and no writer has looked at it."""

_SCHEMA_NUMBER: Final = 2
_LARGEST: Final = (1 << 63) - 1
"""The largest integer in a sqlite file."""

_BUSY_SECONDS: Final = 60.0
"""How long a connection waits for another one: the changes of a bulk load take seconds."""

_SCHEMA: Final = """
BEGIN IMMEDIATE;
-- With `gaps`, the index may lack versions that are older than the newest that it has.
CREATE TABLE IF NOT EXISTS state (redactions INTEGER NOT NULL, gaps INTEGER NOT NULL);
INSERT INTO state SELECT 0, 1 WHERE NOT EXISTS (SELECT 1 FROM state);
CREATE TABLE IF NOT EXISTS versions (
    number INTEGER PRIMARY KEY, created TEXT NOT NULL, mark TEXT NOT NULL, since INTEGER,
    things INTEGER NOT NULL, pages INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS pages (
    number INTEGER NOT NULL, page INTEGER NOT NULL, content BLOB NOT NULL,
    PRIMARY KEY (number, page)
);
-- The statements that a version changed against `previous`, as a compressed RDF Patch.
CREATE TABLE IF NOT EXISTS patches (
    number INTEGER PRIMARY KEY, previous INTEGER, content BLOB NOT NULL
);
-- `added` and `changed` are numbers of versions; `added` is NULL for a thing that was removed.
CREATE TABLE IF NOT EXISTS things (
    id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, listed INTEGER NOT NULL,
    added INTEGER, changed INTEGER, policy INTEGER NOT NULL DEFAULT 0, part INTEGER
);
CREATE INDEX IF NOT EXISTS newest_policies ON things (added DESC, iri)
    WHERE policy AND added IS NOT NULL;
CREATE INDEX IF NOT EXISTS members_of_parts ON things (part) WHERE part IS NOT NULL;
CREATE TABLE IF NOT EXISTS events (
    thing INTEGER NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL, policy INTEGER NOT NULL,
    PRIMARY KEY (thing, number)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS removals ON events (thing, number) WHERE kind = 'Delete';
CREATE TABLE IF NOT EXISTS parts (
    part INTEGER PRIMARY KEY, members INTEGER NOT NULL, changed INTEGER NOT NULL
);
PRAGMA user_version = 2;
COMMIT;
"""

_PARTS_OF_TOUCHED: Final = (
    "SELECT DISTINCT part FROM things WHERE id IN (SELECT id FROM temp.touched)"
    " AND part IS NOT NULL"
)

_SETTLE: Final = (
    """
    UPDATE things SET
        changed = (SELECT max(number) FROM events WHERE thing = things.id),
        added = (
            SELECT min(number) FROM events WHERE thing = things.id AND number > coalesce(
                (
                    SELECT max(number) FROM events INDEXED BY removals
                    WHERE thing = things.id AND kind = 'Delete'
                ), -1
            )
        ),
        policy = coalesce(
            (SELECT policy FROM events WHERE thing = things.id ORDER BY number DESC LIMIT 1), 0
        )
    WHERE id IN (SELECT id FROM temp.touched)
    """,
    "UPDATE things SET part = NULL WHERE id IN (SELECT id FROM temp.touched) AND added IS NULL",
    "DELETE FROM things WHERE id IN (SELECT id FROM temp.touched) AND changed IS NULL",
    """
    UPDATE parts SET changed = (SELECT coalesce(max(number), 0) FROM versions)
    WHERE NOT EXISTS (SELECT 1 FROM versions WHERE number = changed)
    """,
)
"""Derive the state of things and parts from the events; each look-up is by an index."""

_PART_CHANGED: Final = (
    "INSERT OR REPLACE INTO parts SELECT ?, count(*),"
    " (SELECT coalesce(max(number), 0) FROM versions) FROM things WHERE part = ?"
)


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes of a version: how many things, on how many pages.

    `created` is when the version was made, in UTC, `mark` identifies its revision; `since` is the
    version that it is compared with, None for the first.
    """

    number: int
    created: datetime
    since: int | None
    things: int
    pages: int
    mark: str

    def are_of(self, version: Version) -> bool:
        """Return whether they are of a version in its present state."""
        return (self.created, self.mark) == (version.created, version.mark)


@dataclass(frozen=True, slots=True)
class IndexedEvent:
    """A change of a thing: its IRI, its kind, and what the thing is after the change.

    `listed` says whether the sitemap lists a document on the thing.
    """

    iri: str
    kind: str
    policy: bool
    listed: bool


@dataclass(frozen=True, slots=True)
class SitemapPart:
    """A part of the sitemap: the version that changed a member of it last, and when."""

    part: int
    number: int
    changed: datetime


@dataclass(frozen=True, slots=True)
class HistoryIndex:
    """An open index. Its methods raise `sqlite3.Error` where the file cannot be read."""

    connection: sqlite3.Connection

    def redactions(self) -> int:
        """Return how many redactions of versions the index has followed."""
        return int(self.connection.execute("SELECT redactions FROM state").fetchone()[0])

    def has_gaps(self) -> bool:
        """Return whether it may lack versions that are older than the newest that it has."""
        return bool(self.connection.execute("SELECT gaps FROM state").fetchone()[0])

    def note_whole(self) -> None:
        """Record that no version is missing up to the newest."""
        self.connection.execute("UPDATE state SET gaps = 0")

    def changes_of(self, number: int) -> Changes | None:
        """Return the changes of a version, None where the index lacks them."""
        row = self.connection.execute("SELECT * FROM versions WHERE number = ?", [number])
        return next(map(_changes, row), None)

    def changes(
        self, last: int, first: int = 0, *, newest_first: bool = False
    ) -> Iterator[Changes]:
        """Yield the changes of the versions from one to another, oldest or newest first."""
        rows = "SELECT * FROM versions WHERE number BETWEEN ? AND ? ORDER BY number"
        rows += " DESC" if newest_first else ""
        return map(_changes, self.connection.execute(rows, [first, last]))

    def numbers(self) -> Iterator[int]:
        """Yield the numbers of the versions, newest first."""
        rows = self.connection.execute("SELECT number FROM versions ORDER BY number DESC")
        return (int(number) for (number,) in rows)

    def times(self, first: int, last: int) -> dict[int, datetime]:
        """Return when the versions between two numbers, both included, were made."""
        rows = "SELECT number, created FROM versions WHERE number BETWEEN ? AND ?"
        times = self.connection.execute(rows, [first, last])
        return {number: datetime.fromisoformat(created) for number, created in times}

    def page(self, number: int, page: int) -> bytes | None:
        """Return a page of the event stream in N-Quads, None without it; pages count from 1."""
        if max(number, page) > _LARGEST:
            return None
        rows = "SELECT content FROM pages WHERE number = ? AND page = ?"
        content = self.connection.execute(rows, [number, page]).fetchone()
        return None if content is None else _unpacked(content[0])

    def pages(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield every page: the number of its version, its own number, and its content."""
        for number, page in self.connection.execute("SELECT number, page FROM pages").fetchall():
            content = self.page(number, page)
            if content is not None:
                yield number, page, content

    def patch(self, number: int) -> bytes | None:
        """Return the RDF Patch of a version, as gzip; None where it is not known."""
        if number > _LARGEST:
            return None
        row = self.connection.execute("SELECT content FROM patches WHERE number = ?", [number])
        return next((bytes(content) for (content,) in row), None)

    def leads(self, first: int, last: int) -> bool:
        """Return whether patches lead from a version to a later one."""
        rows = "SELECT count(*) FROM patches WHERE number BETWEEN ? AND ? AND previous = number - 1"
        count = self.connection.execute(rows, [first + 1, last]).fetchone()[0]
        return bool(count == last - first)

    def put_patch(self, number: int, previous: int | None, content: bytes) -> None:
        """Add the RDF Patch of a version, as gzip; within a transaction."""
        self.connection.execute("INSERT INTO patches VALUES (?, ?, ?)", [number, previous, content])

    def remove_patches(self) -> None:
        """Remove the patches of all versions; within a transaction."""
        self.connection.execute("DELETE FROM patches")

    def events(self, iri: str, last: int) -> list[tuple[int, str]]:
        """Return the changes of a thing up to a version, oldest first: the version and the kind."""
        rows = (
            "SELECT number, kind FROM events WHERE thing = (SELECT id FROM things WHERE iri = ?)"
            " AND number <= ? ORDER BY number"
        )
        return [
            (int(number), str(kind)) for number, kind in self.connection.execute(rows, [iri, last])
        ]

    def newest_policies(self, last: int, count: int) -> list[tuple[str, datetime]]:
        """Return the newest policies up to a version, and when they were added; newest first."""
        rows = (
            "SELECT iri, created FROM things JOIN versions ON number = added"
            " WHERE policy AND added IS NOT NULL AND added <= ? ORDER BY added DESC, iri LIMIT ?"
        )
        newest = self.connection.execute(rows, [last, count])
        return [(iri, datetime.fromisoformat(created)) for iri, created in newest]

    def parts(self) -> list[SitemapPart]:
        """Return the parts of the sitemap that have members."""
        rows = (
            "SELECT part, number, created FROM parts JOIN versions ON number = changed"
            " WHERE members ORDER BY part"
        )
        return [
            SitemapPart(part, number, datetime.fromisoformat(created))
            for part, number, created in self.connection.execute(rows)
        ]

    def members(self, part: int) -> list[tuple[str, datetime]]:
        """Return the things of a part of the sitemap, and when they were changed last."""
        rows = (
            "SELECT iri, created FROM things JOIN versions ON number = changed"
            " WHERE part = ? ORDER BY iri"
        )
        members = self.connection.execute(rows, [part])
        return [(iri, datetime.fromisoformat(created)) for iri, created in members]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make what happens in the block one step: all of it is written, or nothing."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def add(
        self,
        changes: Changes,
        events: Iterable[IndexedEvent],
        pages: Iterable[bytes],
        members_of_a_part: int,
    ) -> None:
        """Add the changes of a version, whose pages are compressed; within a transaction.

        A part of the sitemap has so many members at most.
        """
        row = (changes.number, changes.created.isoformat(), changes.mark, changes.since)
        self.connection.execute(
            "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?)", (*row, changes.things, changes.pages)
        )
        self.connection.executemany(
            "INSERT INTO pages VALUES (?, ?, ?)",
            ((changes.number, page, content) for page, content in enumerate(pages, 1)),
        )
        with self._touching():
            for event in events:
                id_of_thing = self._thing(event)
                self.connection.execute("INSERT INTO temp.touched VALUES (?)", [id_of_thing])
                self.connection.execute(
                    "INSERT INTO events VALUES (?, ?, ?, ?)",
                    (id_of_thing, changes.number, event.kind, event.policy),
                )
            self._settle(members_of_a_part)

    def remove(self, numbers: Iterable[int]) -> None:
        """Remove the changes of versions, and things without changes; within a transaction."""
        with self._touching():
            doomed = [(number,) for number in numbers]
            self.connection.execute("CREATE TEMP TABLE doomed (number INTEGER PRIMARY KEY)")
            self.connection.executemany("INSERT INTO temp.doomed VALUES (?)", doomed)
            self.connection.execute(
                "INSERT INTO temp.touched SELECT DISTINCT thing FROM events"
                " WHERE number IN (SELECT number FROM temp.doomed)"
            )
            for deletion in (
                "DELETE FROM events WHERE number IN (SELECT number FROM temp.doomed)",
                "DELETE FROM pages WHERE number IN (SELECT number FROM temp.doomed)",
                "DELETE FROM patches WHERE number IN (SELECT number FROM temp.doomed)",
                "DELETE FROM versions WHERE number IN (SELECT number FROM temp.doomed)",
                "DROP TABLE temp.doomed",
                "UPDATE state SET gaps = 1",
            ):
                self.connection.execute(deletion)
            self._settle(None)

    def remove_events(self, number: int, things: Iterable[str]) -> None:
        """Remove the changes of some things by a version; within a transaction."""
        with self._touching():
            for iri in things:
                row = self.connection.execute("SELECT id FROM things WHERE iri = ?", [iri])
                for (id_of_thing,) in row.fetchall():
                    self.connection.execute(
                        "DELETE FROM events WHERE thing = ? AND number = ?", [id_of_thing, number]
                    )
                    self.connection.execute("INSERT INTO temp.touched VALUES (?)", [id_of_thing])
            self._settle(None)

    def put_page(self, number: int, page: int, content: bytes) -> None:
        """Replace a page; within a transaction."""
        self.connection.execute(
            "UPDATE pages SET content = ? WHERE number = ? AND page = ?",
            [compressed(content), number, page],
        )

    def note_redactions(self, count: int) -> None:
        """Record how many redactions of versions the index has followed; within a transaction."""
        self.connection.execute("UPDATE state SET redactions = ?", [count])

    def rewrite(self) -> None:
        """Write the file anew, without free pages; outside a transaction."""
        self.connection.execute("VACUUM")

    def _thing(self, event: IndexedEvent) -> int:
        ids = self.connection.execute("SELECT id FROM things WHERE iri = ?", [event.iri])
        row = ids.fetchone()
        if row is not None:
            return int(row[0])
        added = self.connection.execute(
            "INSERT INTO things (iri, listed) VALUES (?, ?)", [event.iri, event.listed]
        )
        return int(added.lastrowid or 0)

    @contextmanager
    def _touching(self) -> Iterator[None]:
        self.connection.execute("CREATE TEMP TABLE touched (id INTEGER PRIMARY KEY)")
        yield
        self.connection.execute("DROP TABLE temp.touched")

    def _settle(self, members_of_a_part: int | None) -> None:
        """Derive the state of the things that are touched, and of the parts that list them.

        Without a number of members, no thing joins a part.
        """
        execute = self.connection.execute
        parts_before = execute(_PARTS_OF_TOUCHED).fetchall()
        for update in _SETTLE:
            execute(update)
        for (part,) in parts_before:
            self._note_change(part)
        if members_of_a_part is not None:
            self._list_new(members_of_a_part)

    def _list_new(self, members_of_a_part: int) -> None:
        """Put new things into parts with room, in the order of their IRIs."""
        rows = self.connection.execute(
            "SELECT id FROM things WHERE id IN (SELECT id FROM temp.touched)"
            " AND added IS NOT NULL AND listed AND part IS NULL ORDER BY iri"
        )
        waiting = [int(id_of_thing) for (id_of_thing,) in rows]
        while waiting:
            part, members = self._part_with_room(members_of_a_part)
            count = members_of_a_part - members
            self.connection.executemany(
                "UPDATE things SET part = ? WHERE id = ?",
                ((part, id_of_thing) for id_of_thing in waiting[:count]),
            )
            self._note_change(part)
            waiting = waiting[count:]

    def _part_with_room(self, members_of_a_part: int) -> tuple[int, int]:
        """Return the first part with room, and the number of its members."""
        row: tuple[int, int] | None = self.connection.execute(
            "SELECT part, members FROM parts WHERE members < ? ORDER BY part LIMIT 1",
            [members_of_a_part],
        ).fetchone()
        if row is not None:
            return row
        last = self.connection.execute("SELECT coalesce(max(part), 0) FROM parts").fetchone()[0]
        return int(last) + 1, 0

    def _note_change(self, part: int) -> None:
        """Count the members of a part, which the newest version changed."""
        self.connection.execute(_PART_CHANGED, [part, part])


def compressed(page: bytes) -> bytes:
    """Return the content of a page as it is stored: the same bytes for the same page."""
    return gzip.compress(page, mtime=0)


@contextmanager
def read_index(folder: Path) -> Iterator[HistoryIndex]:
    """Open the index in a folder for reading; it need not be writable.

    Raises `sqlite3.Error` where there is none, or where its last writer was killed half-way: the
    next writer recovers it.
    """
    if (folder / _DAMAGED).exists():
        raise sqlite3.DatabaseError("it is damaged")
    address = f"{(folder / FILE).absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, _BUSY_SECONDS, isolation_level=None, uri=True)) as own:
        _check(own)
        with _consistent(own):
            yield HistoryIndex(own)


@contextmanager
def write_index(folder: Path) -> Iterator[HistoryIndex]:
    """Open the index in a folder for writing; a missing one, and one that is damaged, is new."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        connection = _open(folder)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        discard(folder)
        connection = _open(folder)
    with closing(connection):
        yield HistoryIndex(connection)


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether an error says that the file is damaged, and not that it cannot be had now."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error, sqlite3.OperationalError
    )


def note_damage(folder: Path) -> None:
    """Record that a reader has met damage, so that the next writer looks at the whole file."""
    (folder / _DAMAGED).touch()


def copy_index(source: Path, folder: Path) -> None:
    """Copy an index into another folder; raises `sqlite3.Error` where there is none to read."""
    with read_index(source) as index, closing(sqlite3.connect(folder / FILE)) as copy:
        index.connection.backup(copy)


def discard(folder: Path) -> None:
    """Remove an index that is damaged, or of another release."""
    for name in (JOURNAL, FILE, _DAMAGED):
        (folder / name).unlink(missing_ok=True)


def _open(folder: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / FILE, _BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA secure_delete = ON")
        if not connection.execute("PRAGMA schema_version").fetchone()[0]:
            connection.executescript(_SCHEMA)
        _check(connection)
        if (folder / _DAMAGED).exists():
            _check_all(connection)
            (folder / _DAMAGED).unlink(missing_ok=True)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_all(connection: sqlite3.Connection) -> None:
    """Read the whole file; raises `sqlite3.DatabaseError` where any of it is damaged."""
    (result,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if result != "ok":
        raise sqlite3.DatabaseError(result)
    for _ in HistoryIndex(connection).pages():
        pass


def _unpacked(content: bytes) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise sqlite3.DatabaseError(f"a page is damaged: {error}") from error


def _check(connection: sqlite3.Connection) -> None:
    """Raise `sqlite3.DatabaseError` where the file is not an index of this release."""
    if connection.execute("PRAGMA user_version").fetchone()[0] != _SCHEMA_NUMBER:
        raise sqlite3.DatabaseError("it is not an index of this release")


@contextmanager
def _consistent(connection: sqlite3.Connection) -> Iterator[None]:
    """Let all reads of the block see one state."""
    connection.execute("BEGIN")
    yield


def _changes(row: tuple[int, str, str, int | None, int, int]) -> Changes:
    number, created, mark, since, things, pages = row
    return Changes(number, datetime.fromisoformat(created), since, things, pages, mark)
