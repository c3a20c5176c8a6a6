"""The editions of the versions: made when they are first asked for, one at a time, and kept."""

import asyncio
import logging
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from urbansdg.endpoint.edition import Edition, read_edition
from urbansdg.endpoint.faults import Fault, fault
from urbansdg.problems import VersionNotFound
from urbansdg.store import GraphStore, Version

_PATIENCE: Final = 20.0
"""Seconds that a request waits for an edition that is being made."""

_RETRY: Final = ((b"retry-after", b"10"),)
_WAITING: Final = 4
_LOG: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class Editions:
    """Gives the edition of a version; making one blocks nobody, for it is another process's work.

    They are kept in `catalogue/` of the data directory, or where that cannot be written, in a
    temporary folder.
    """

    store: GraphStore
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _making: dict[int, asyncio.Task[Edition]] = field(default_factory=dict)
    _ready: dict[int, Edition] = field(default_factory=dict)
    _folder: Path | None = None
    _scratch: tempfile.TemporaryDirectory[str] | None = None
    _process: subprocess.Popen[bytes] | None = None

    @property
    def folder(self) -> Path:
        """Return where the editions are kept."""
        if self._folder is None:
            self._folder = self.store.directory / "catalogue"
            try:
                self._folder.mkdir(exist_ok=True)
                tempfile.TemporaryFile(dir=self._folder).close()
            except OSError:
                self._scratch = tempfile.TemporaryDirectory(prefix="urbansdg-catalogue-")
                self._folder = Path(self._scratch.name)
        return self._folder

    async def edition(self, number: int) -> Edition:
        """Return the edition of a version.

        Raises `Fault`: 404 or 410 where there is no such version, or no more; 503 where it is
        still being made, or cannot be.
        """
        version = await asyncio.to_thread(self._version, number)
        ready = self._ready.get(number)
        if ready is not None and ready.created == version.created:
            return ready
        kept = await asyncio.to_thread(read_edition, self.folder, version)
        if kept is not None:
            return self._remember(kept)
        return await self._made(version)

    def path(self, edition: Edition, name: str) -> Path:
        """Return where a dump of an edition is."""
        return self.folder / str(edition.number) / name

    async def close(self) -> None:
        """Give up what is being made."""
        for making in self._making.values():
            making.cancel()
        if self._process is not None:
            self._process.kill()
        await asyncio.gather(*self._making.values(), return_exceptions=True)
        if self._scratch is not None:
            self._scratch.cleanup()

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

    async def _made(self, version: Version) -> Edition:
        making = self._making.get(version.number)
        if making is None:
            if len(self._making) >= _WAITING:
                raise _unready()
            making = asyncio.create_task(self._make(version))
            self._making[version.number] = making
            making.add_done_callback(lambda _: self._making.pop(version.number))
        try:
            return await asyncio.wait_for(asyncio.shield(making), _PATIENCE)
        except TimeoutError:
            raise _unready() from None

    async def _make(self, version: Version) -> Edition:
        async with self._turn:
            complaint = await asyncio.to_thread(self._run, version)
        made = await asyncio.to_thread(read_edition, self.folder, version)
        if made is None:
            _LOG.error("the edition of version %d cannot be made: %s", version.number, complaint)
            raise _unready()
        return self._remember(made)

    def _run(self, version: Version) -> str:
        """Make an edition in a process of its own; return what it complained of."""
        places = (str(self.store.directory), str(version.number), str(self.folder))
        self._process = subprocess.Popen(
            (sys.executable, "-P", "-m", "urbansdg.endpoint.edition", *places),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        _, complaint = self._process.communicate()
        return complaint.decode(errors="replace")[-500:]

    def _remember(self, edition: Edition) -> Edition:
        self._ready[edition.number] = edition
        while len(self._ready) > _WAITING:
            del self._ready[min(self._ready)]
        return edition


def _unready() -> Fault:
    return fault(503, "This is being made for this version.", "Ask again in a while.", _RETRY)
