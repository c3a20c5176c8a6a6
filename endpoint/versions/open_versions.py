"""Older versions that are open for reading: the few that were requested last."""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Final

from urbansdg.endpoint.versions.version_follower import Snapshot, open_snapshot
from urbansdg.errors import VersionNotFound
from urbansdg.store import Backend, Version, hold

_MOST: Final = 4


@dataclass(frozen=True, slots=True)
class OpenVersions:
    """Keeps older versions open, and holds them so that pruning does not remove them."""

    _open: dict[int, tuple[Snapshot, IO[str]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def snapshot(self, store: Backend, version: Version) -> Snapshot:
        """Return a version, open for reading; raises `VersionNotFound` if it was just removed."""
        with self._lock:
            known = self._open.pop(version.number, None)
            if known is not None and _state(known[0]) != _state(version):
                known[1].close()
                known = None
            self._open[version.number] = known or _opened(store, version)
            if len(self._open) > _MOST:
                _, lease = self._open.pop(next(iter(self._open)))
                lease.close()
            return self._open[version.number][0]

    def close(self) -> None:
        """Let go of every version."""
        with self._lock:
            while self._open:
                _, (_, lease) = self._open.popitem()
                lease.close()


def _state(version: Version | Snapshot) -> tuple[datetime, str]:
    return version.created, version.mark


def _opened(store: Backend, version: Version) -> tuple[Snapshot, IO[str]]:
    try:
        lease = hold(version.path)
    except FileNotFoundError:
        raise VersionNotFound(f"Version {version.number} was just removed.") from None
    return open_snapshot(store, version), lease
