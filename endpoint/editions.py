"""The editions and the histories of the versions: made when they are first asked for, and kept."""

import asyncio
import logging
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from urbansdg.endpoint.edition import Edition, read_edition
from urbansdg.endpoint.faults import fault
from urbansdg.endpoint.history import History, read_history
from urbansdg.endpoint.press import Press, unready
from urbansdg.problems import VersionNotFound
from urbansdg.store import AnyStore, Version

_READY: Final = 4
_LOG: Final = logging.getLogger(__name__)
_Made = TypeVar("_Made", Edition, History)


@dataclass(slots=True)
class Editions:
    """Gives what is made from a version.

    It is kept in `catalogue/` of the data directory, or where that cannot be written, in a
    temporary folder.
    """

    store: AnyStore
    environment: dict[str, str] | None = None
    folder: Path = field(init=False)
    _press: Press = field(init=False)
    _ready: dict[tuple[str, int], Edition | History] = field(default_factory=dict)
    _scratch: tempfile.TemporaryDirectory[str] | None = None

    def __post_init__(self) -> None:
        """Find a folder that can be written."""
        self._press = Press(self.store.directory, self.environment)
        self.folder = self.store.directory / "catalogue"
        try:
            self.folder.mkdir(exist_ok=True)
            tempfile.TemporaryFile(dir=self.folder).close()
        except OSError:
            self._scratch = tempfile.TemporaryDirectory(prefix="urbansdg-catalogue-")
            self.folder = Path(self._scratch.name)

    async def edition(self, number: int) -> Edition:
        """Return the edition of a version: its counts and its dumps.

        Raises `Fault`: 404 or 410 where there is no such version, or no more; 503 where it is
        still being made, or cannot be.
        """
        return await self._of("edition", number, read_edition)

    async def history(self, number: int) -> History:
        """Return the history that ends with a version; raises `Fault` as `edition` does."""
        return await self._of("history", number, read_history)

    async def close(self) -> None:
        """Give up what is being made."""
        await self._press.close()
        if self._scratch is not None:
            self._scratch.cleanup()

    async def version(self, number: int) -> Version:
        """Return a version that is published; raises `Fault` (404, 410)."""
        return await asyncio.to_thread(self._version, number)

    def _version(self, number: int) -> Version:
        current = self.store.current_number()
        if number > current:
            raise fault(404, f"There is no version {number} yet.", f"The current one is {current}.")
        try:
            return self.store.version(number)
        except VersionNotFound:
            raise fault(
                410, f"Version {number} is no longer kept.", f"The current one is {current}."
            ) from None

    def _is_of(self, made: Edition | History, version: Version) -> bool:
        """Tell whether something was made from the state that a version, or the history, is in."""
        if made.created != version.created:
            return False
        if isinstance(made, Edition):
            return made.mark == version.mark
        return made.redactions == self.store.redactions()

    async def _of(
        self, kind: str, number: int, read: Callable[[Path, Version], _Made | None]
    ) -> _Made:
        version = await self.version(number)
        ready = self._ready.get((kind, number))
        if ready is not None and self._is_of(ready, version):
            return ready  # type: ignore[return-value]  # `kind` says which of the two it is
        made = await asyncio.to_thread(read, self.folder, version)
        if made is None or not self._is_of(made, version):
            complaint = await self._press.make(kind, number, self.folder)
            made = await asyncio.to_thread(read, self.folder, version)
            if made is None:
                _LOG.error("the %s of version %d cannot be made: %s", kind, number, complaint)
                raise unready()
        self._ready[kind, number] = made
        while len(self._ready) > _READY:
            del self._ready[min(self._ready, key=lambda key: key[1])]
        return made
