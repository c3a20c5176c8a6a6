"""The change to the next version, in a front end that may not be the only one.

A client's next request may reach another front end than its write did. So no front end answers
from a version before the newest that any of them serves: where it is behind, the request waits
until it has advanced.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from urbansdg.endpoint.shared_memory.front_end_rows import FrontEndRows
from urbansdg.endpoint.versions.version_follower import Follower, Snapshot
from urbansdg.endpoint.workers.worker_pool import WorkerPool
from urbansdg.errors import StoreError

_BETWEEN_LOOKS: Final = 0.02
_PATIENCE: Final = 5.0


@dataclass(slots=True)
class CurrentVersion:
    """The version that a front end serves: its snapshot and its workers."""

    follower: Follower
    pool: WorkerPool
    rows: FrontEndRows
    _ready: int = field(init=False)
    _advancing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        """Serve the version with which the follower begins."""
        self._ready = self.follower.snapshot.number

    @property
    def is_behind(self) -> bool:
        """Whether another front end serves a newer version."""
        return self.rows.count > 1 and self.rows.newest_version > self._ready

    async def advance(self) -> None:
        """Serve the newest version, workers too; raises `StoreError`, OSError as the follower."""
        async with self._advancing:
            await self.follower.advance(self._switch)
            await self._settled()

    async def catch_up(self) -> None:
        """Serve at least the version that another front end serves, before a request goes on."""
        async with self._advancing:
            if not self.is_behind:  # a request before this one has advanced
                return
            await self.follower.advance(self._switch)
            await self._settled()

    async def follow(self) -> None:
        """Follow the other front ends until cancelled; `Follower.follow` follows the store."""
        while True:
            await asyncio.sleep(_BETWEEN_LOOKS)
            try:
                if self.is_behind:
                    await self.catch_up()
                elif self.follower.snapshot.number != self._ready:
                    async with self._advancing:
                        await self._settled()
            except (StoreError, OSError):
                continue  # `Follower.follow` logs it

    def _switch(self, snapshot: Snapshot) -> None:
        self.pool.switch(snapshot)

    async def _settled(self) -> None:
        """Wait for the workers of the snapshot, and report that it is served.

        Where they cannot be started, requests do not wait for them for ever.
        """
        number = self.follower.snapshot.number
        await self.pool.settled(_PATIENCE)
        self._ready = number
        self.rows.serve_version(number)


@dataclass(frozen=True, slots=True)
class UpToDate:
    """Passes requests to another application when the front end is not behind."""

    inner: ASGIApp
    current: CurrentVersion

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Advance first, where another front end has."""
        if scope["type"] == "http" and self.current.is_behind:
            # The version before is served as long as the other one cannot be read.
            with contextlib.suppress(StoreError, OSError):
                await self.current.catch_up()
        await self.inner(scope, receive, send)
