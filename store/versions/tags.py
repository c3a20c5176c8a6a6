"""Tags: names for versions that `prune` keeps, such as `report-2026`."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from urbansdg.errors import VersionNotFound
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.durable_files import write_durably
from urbansdg.store.versions.json_records import read_record
from urbansdg.store.versions.writer_lock import writable, writing

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")


def _tags(record: object) -> dict[str, int]:
    if not isinstance(record, dict) or not all(type(value) is int for value in record.values()):
        raise TypeError("it is not a table of tags")
    return dict(record)


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of the graph in a data directory."""

    directory: Path

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

    def remove(self, name: str) -> None:
        """Remove a tag; raises `VersionNotFound` where there is no such tag."""
        if name not in self.all():
            raise VersionNotFound(f"There is no tag {name}.", "List the tags with `urbansdg tag`.")
        self._write(lambda tags: {tag: tags[tag] for tag in tags if tag != name})

    def _write(self, change: Callable[[dict[str, int]], dict[str, int]]) -> None:
        layout = DataDirectory(self.directory)
        with writable(self.directory), writing(layout.lock):
            write_durably(layout.tags, json.dumps(change(self.all()), indent=1))
