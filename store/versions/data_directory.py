"""Where things are in a data directory.

store.json      the base URI and the layout's number; written last, so its being there means
                that the directory holds a whole graph
current         the number of the current version: a small file that is replaced atomically
                (a symbolic link would do as well, but copying tools follow links)
lock            the writers' lock
server.lock     the lock of the server, by which a second one notices the first
versions/7/     graph/ (RocksDB; graph-1/ in its first revision), version.json, the files' checksums
                in checksums.json, and what it changed in trail.json, which may be removed; graph/
                has tables of earlier versions and a log (`store_files`)
tokens.json     who may write over HTTP, readable by the owner only; the secrets are hashed
tags.json       names of versions that are to be kept
redactions      how often versions were revised, data of persons being taken out of them
persons.json    by which rules all versions were searched for persons
redaction.due   is there while such a revision has begun and is not finished
catalogue/      what is made from the versions for the web: counts, dumps, the subject file, search
                indexes (search/7/), the index of the history (history.sqlite); it may be removed
reserve         space that `prune` gives up on a full disk
forks/          changes under way; what a dead writer left here is garbage
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from urbansdg.errors import StoreMissing, VersionDamaged
from urbansdg.store.versions.disk_space import RESERVE
from urbansdg.store.versions.durable_files import write_durably
from urbansdg.store.versions.file_errors import check_readable

FORMAT = 2
"""The number of the layout: since 2, each version has the merge of its graphs."""

SEARCH_FOLDER = "search"
"""The name of the folder of search indexes in `catalogue/`; an index has its version's number."""

_READABLE = (1, FORMAT)
_POINTER = re.compile(r"[0-9]{1,15}\n")
_OURS = {"current", "lock", "versions", "forks", "persons.json", RESERVE}
_OURS |= {".current.draft", ".store.json.draft", ".persons.json.draft"}


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """The paths in a data directory."""

    directory: Path

    @property
    def record(self) -> Path:
        """Return the file that makes the directory a graph."""
        return self.directory / "store.json"

    @property
    def pointer(self) -> Path:
        """Return the file that names the current version."""
        return self.directory / "current"

    @property
    def lock(self) -> Path:
        """Return the writers' lock."""
        return self.directory / "lock"

    @property
    def versions(self) -> Path:
        """Return the folder of versions."""
        return self.directory / "versions"

    @property
    def tokens(self) -> Path:
        """Return the file of those who may write over HTTP."""
        return self.directory / "tokens.json"

    @property
    def tags(self) -> Path:
        """Return the file of the names of versions."""
        return self.directory / "tags.json"

    @property
    def redactions(self) -> Path:
        """Return the file that counts the revisions of versions."""
        return self.directory / "redactions"

    @property
    def persons(self) -> Path:
        """Return the file that says by which rules all versions were searched for persons."""
        return self.directory / "persons.json"

    @property
    def redaction_due(self) -> Path:
        """Return the file that is there while versions are to be revised."""
        return self.directory / "redaction.due"

    @property
    def catalogue(self) -> Path:
        """Return the folder of what is made from the versions for the web."""
        return self.directory / "catalogue"

    @property
    def forks(self) -> Path:
        """Return the folder of changes under way."""
        return self.directory / "forks"

    def strangers(self) -> list[str]:
        """Return the names in the directory that are not ours, where it is no graph yet."""
        if not self.directory.exists():
            return []
        return sorted({path.name for path in self.directory.iterdir()} - _OURS)

    def write_record(self, base: str, number: int = FORMAT) -> None:
        """Make the directory a graph, for good, of a base URI, in a layout."""
        write_durably(self.record, json.dumps({"format": number, "base": base}))

    @property
    def is_old(self) -> bool:
        """Whether the directory has the layout of an older release, and is to be upgraded."""
        try:
            return bool(json.loads(self.record.read_text("utf-8"))["format"] != FORMAT)
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def read_base(self) -> str:
        """Return the base URI of the graph; raises `StoreMissing`, `VersionDamaged`."""
        try:
            return _base(json.loads(self.record.read_text("utf-8")))
        except (FileNotFoundError, NotADirectoryError):
            if any(self.numbers()):
                raise VersionDamaged(
                    f"The record {self.record} is missing, but there are versions.",
                    "Run `urbansdg repair`.",
                ) from None
            raise StoreMissing(
                f"There is no graph in {self.directory}.",
                "Create one with `urbansdg init`, or choose another directory with --data-dir.",
            ) from None
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            check_readable(error, f"The record {self.record}")
            raise VersionDamaged(
                f"The record {self.record} cannot be read: {error}.", "Run `urbansdg repair`."
            ) from error

    def point(self, number: int) -> None:
        """Make a version the current one, atomically and for good."""
        write_durably(self.pointer, f"{number}\n")

    def pointed(self) -> int:
        """Return the number of the current version; raises `VersionDamaged`.

        The line has an end: a number that was cut off would name an older version, and the next
        writer would remove all after it.
        """
        try:
            return _number_on(self.pointer.read_text("ascii"))
        except (OSError, ValueError) as error:
            check_readable(error, f"The pointer {self.pointer}")
            raise VersionDamaged(
                f"The pointer {self.pointer} cannot be read: {error}.", "Run `urbansdg repair`."
            ) from error

    def numbers(self) -> list[int]:
        """Return the numbers of the versions that have a folder, published or not, in order."""
        folders = self.versions.iterdir() if self.versions.is_dir() else ()
        return sorted(int(folder.name) for folder in folders if folder.name.isdecimal())


def _number_on(line: str) -> int:
    if not _POINTER.fullmatch(line):
        raise ValueError(f"{line[:20]!r} is not the number of a version on a line")
    return int(line)


def _base(record: object) -> str:
    match record:
        case {"format": int(number), "base": str(base)} if number in _READABLE:
            return base
        case _:
            raise ValueError(f"it is no record of a graph of format {FORMAT}")
