"""The check of all files of the current version in quiet moments, and what `/ready` says of them.

A disk may change a byte and leave the time of the file as it was: only reading the file shows it.
`urbansdg.store.versions.checksums` has the two ways in which damage is found.
"""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Final

from urbansdg.errors import StoreError
from urbansdg.store import VersionedBackend

_SHARE: Final = 4
"""Reading pauses so many times as long as it reads: a fifth of the disk's rate at most."""
_SETTLE_SECONDS: Final = 60.0
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FileCheck:
    """Reads all files of the current version once in `hours`; 0 never does."""

    store: VersionedBackend
    hours: float

    async def run(self) -> None:
        """Read the files again and again, until cancelled; what is damaged is noted and logged."""
        while self.hours:
            await asyncio.sleep(min(_SETTLE_SECONDS, self.hours * 3600))
            try:
                names = await asyncio.to_thread(self.read_files)
            except (StoreError, OSError) as error:
                _LOG.error("the files of the current version cannot be read: %s", error)
            else:
                if names:
                    _LOG.error(
                        "damaged files of the current version: %s; run `urbansdg repair`",
                        ", ".join(names),
                    )
            await asyncio.sleep(self.hours * 3600)

    def read_files(self) -> list[str]:
        """Read all files of the current version; note and return the names of damaged ones.

        Raises `StoreError`, OSError.
        """
        began = time.monotonic()

        def pause() -> None:
            nonlocal began
            time.sleep((time.monotonic() - began) * _SHARE)
            began = time.monotonic()

        return self.store.note_damage(pause)
