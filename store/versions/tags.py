"""Tags: names for versions that `prune` keeps, such as `report-2026`.

Tags whose names begin with `cited-` are those of permanent links, which anybody may ask for. They
are limited in number, so that nobody can make the graph keep every version: so many in total, and
of these a tenth in a day, which gives the operator time to notice.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from math import ceil
from pathlib import Path
from typing import Final

from urbansdg.errors import VersionNotFound
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.durable_files import write_durably
from urbansdg.store.versions.json_records import read_record
from urbansdg.store.versions.writer_lock import writable, writing

CITED: Final = "cited-"
"""The prefix of the tags of permanent links; the day and the number of the version follow."""

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
_DAYS_TO_FILL: Final = 10


def _tags(record: object) -> dict[str, int]:
    if not isinstance(record, dict) or not all(type(value) is int for value in record.values()):
        raise TypeError("it is not a table of tags")
    return dict(record)


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of the graph in a data directory.

    A change waits `patience` seconds for another writer.
    """

    directory: Path
    patience: float = 0.0

    def all(self) -> dict[str, int]:
        """Return the number of each tag's version; raises `StoreError` for a damaged file."""
        return read_record(DataDirectory(self.directory).tags, _tags, "tags", {})

    def put(self, name: str, number: int) -> None:
        """Name a version, or move the name to it; raises `VersionNotFound`, `StoreBusy`."""
        if not _NAME.fullmatch(name):
            raise VersionNotFound(
                f"Invalid tag: {name!r}.",
                "Start with a letter, then use letters, digits, dots, underscores and hyphens.",
            )
        self._write(lambda tags: tags | {name: number})

    def cited(self) -> frozenset[int]:
        """Return the numbers of the versions that permanent links keep."""
        return frozenset(number for name, number in self.all().items() if name.startswith(CITED))

    def cite(self, number: int, most: int, today: date) -> bool:
        """Keep a version for a permanent link; return whether there was room for it.

        There is where a link keeps it already, or where links keep fewer than `most` versions, and
        fewer than a tenth of `most` since yesterday. Raises `VersionNotFound`, `StoreBusy`,
        `StoreNotWritable`.
        """
        if number in self.cited():
            return True
        of_today = f"{CITED}{today:%Y%m%d}-"

        def added(tags: dict[str, int]) -> dict[str, int]:
            cited = {name for name in tags if name.startswith(CITED)}
            recent = sum(name.startswith(of_today) for name in cited)
            if len(cited) >= most or recent >= ceil(most / _DAYS_TO_FILL):
                return tags
            if not (DataDirectory(self.directory).versions / str(number)).is_dir():
                raise VersionNotFound(
                    f"There is no version {number}.", "List the versions with `urbansdg versions`."
                )
            return tags | {f"{of_today}{number}": number}

        self._write(added)
        return number in self.cited()

    def remove(self, name: str) -> None:
        """Remove a tag; raises `VersionNotFound` where there is no such tag."""
        if name not in self.all():
            raise VersionNotFound(f"There is no tag {name}.", "List the tags with `urbansdg tag`.")
        self._write(lambda tags: {tag: tags[tag] for tag in tags if tag != name})

    def _write(self, change: Callable[[dict[str, int]], dict[str, int]]) -> None:
        layout = DataDirectory(self.directory)
        with writable(self.directory), writing(layout.lock, self.patience):
            before = self.all()
            after = change(before)
            if after != before:
                write_durably(layout.tags, json.dumps(after, indent=1))
