"""The cache of pictures on disk, in `catalogue/media` of the data directory.

A picture has three files, named by a hash of its address: a record in JSON, and the two sizes. The
record says why there is no picture where fetching failed, and when to try again. Forgetting removes
the whole folder (`urbansdg.store.privacy.redaction`). Over its limit, the pictures that were shown
longest ago are removed.
"""

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from urbansdg.endpoint.media.picture_decoder import SIZES
from urbansdg.endpoint.media.picture_fetch import EncodedPicture, PictureUnavailable

FOLDER: Final = "media"
RETRY_SECONDS: Final = 24 * 3600.0
"""After this time a picture that failed is fetched again."""

PASSING_SECONDS: Final = 3600.0
"""The same for a failure that may pass, such as a host that did not answer."""

_FRESH_SECONDS: Final = 3600.0
"""How old the time of use of a picture may become before it is written again."""


@dataclass(frozen=True, slots=True)
class PictureRecord:
    """What is known of a picture: its address, and its failure or its size ("" and 0 without).

    Times are those of `time.time`; a failure is tried again at `retry`.
    """

    url: str
    time: float
    failure: str = ""
    retry: float = 0.0
    width: int = 0
    height: int = 0

    @property
    def is_shown(self) -> bool:
        """Whether there is a picture."""
        return not self.failure


@dataclass(frozen=True, slots=True)
class PictureCache:
    """Pictures in a folder, in `room` bytes."""

    folder: Path
    room: int

    def find(self, url: str) -> PictureRecord | None:
        """Return the record of an address; None where it is to be fetched, or fetched again."""
        record = self.record(url)
        if record is None or (record.failure and record.retry <= time.time()):
            return None
        return record

    def record(self, url: str) -> PictureRecord | None:
        """Return the record of an address, None without one or with one that cannot be read."""
        try:
            record = PictureRecord(**json.loads(self._path(url, "json").read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return record if record.url == url else None

    def read(self, url: str, size: str) -> tuple[bytes, float] | None:
        """Return a picture in a size with the time when it was made, None where it is gone."""
        path = self._path(url, f"{size}.webp")
        with suppress(OSError):
            stat = path.stat()
            if time.time() - stat.st_atime > _FRESH_SECONDS:
                os.utime(path, (time.time(), stat.st_mtime))
            return path.read_bytes(), stat.st_mtime
        return None

    def keep(self, url: str, pictures: Mapping[str, EncodedPicture]) -> PictureRecord:
        """Write a picture in its sizes, then its record; raises OSError."""
        for size, picture in pictures.items():
            self._write(self._path(url, f"{size}.webp"), picture.body)
        whole = pictures["full"]
        record = PictureRecord(url, time.time(), width=whole.width, height=whole.height)
        self._record(record)
        self._tidy()
        return record

    def fail(self, url: str, error: PictureUnavailable) -> PictureRecord:
        """Write that there is no picture, and when to try again; raises OSError."""
        now = time.time()
        seconds = PASSING_SECONDS if error.is_passing else RETRY_SECONDS
        record = PictureRecord(url, now, str(error), now + seconds)
        self._record(record)
        return record

    def remove(self, url: str) -> None:
        """Remove a picture with its record."""
        for ending in ("json", *(f"{size}.webp" for size in SIZES)):
            self._path(url, ending).unlink(missing_ok=True)

    @contextmanager
    def alone(self, url: str) -> Iterator[None]:
        """Let no other process or thread fetch this address during the block."""
        path = self._path(url, "lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                yield
            finally:
                path.unlink(missing_ok=True)

    def _path(self, url: str, ending: str) -> Path:
        name = hashlib.blake2b(url.encode(), digest_size=20).hexdigest()
        return self.folder / f"{name}.{ending}"

    def _record(self, record: PictureRecord) -> None:
        text = json.dumps(asdict(record))
        self._write(self._path(record.url, "json"), text.encode())

    def _write(self, path: Path, body: bytes) -> None:
        """Write a file whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.write_bytes(body)
        draft.replace(path)

    def _tidy(self) -> None:
        """Remove the pictures that were shown longest ago until the rest has room."""
        stems: dict[str, tuple[float, int]] = {}
        with suppress(OSError):
            for entry in os.scandir(self.folder):
                with suppress(FileNotFoundError):
                    stat = entry.stat()
                    stem = entry.name.lstrip(".").partition(".")[0]
                    used, size = stems.get(stem, (0.0, 0))
                    last = max(stat.st_atime, stat.st_mtime)
                    stems[stem] = (max(used, last), size + stat.st_size)
        size = sum(size for _, size in stems.values())
        for stem, (_, bytes_of_stem) in sorted(stems.items(), key=lambda item: item[1]):
            if size <= self.room:
                return
            for name in (f"{stem}.*", f".{stem}.*"):  # drafts of killed processes too
                for path in self.folder.glob(name):
                    path.unlink(missing_ok=True)
            size -= bytes_of_stem
