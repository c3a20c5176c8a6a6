"""Background jobs: what is derived from a version is made in a child process, one at a time.

Reading millions of triples in the server would hold up every request.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Final

from urbansdg.endpoint.web.problem_details import Fault, fault
from urbansdg.sandbox.child_process import ChildProcess, Limits, spawn
from urbansdg.sandbox.process_end import EndCause

_PATIENCE: Final = 20.0
"""Seconds that a request waits for what is being made."""

_RETRY: Final = ((b"retry-after", b"10"),)
_MOST_WAITING: Final = 4
_LOCK: Final = os.memfd_create("background jobs")
"""The processes of a server, which are forked from one, have one lock a folder on it."""

_BETWEEN_LOOKS: Final = 0.05
Job = Callable[..., None]
"""Makes something of a version: of the folder of the graph, the number, the folder for the result.

What more it takes follows.
"""


@dataclass(slots=True)
class BackgroundJobs:
    """Runs jobs on the graph in a directory, each once for all requests that wait for it.

    A job gives way to requests, by its `niceness`.
    """

    directory: Path
    environment: dict[str, str] | None = None
    niceness: int = 10
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _making: dict[tuple[object, ...], asyncio.Task[str]] = field(default_factory=dict)
    _process: ChildProcess | None = None

    async def make(
        self,
        job: Job,
        number: int,
        folder: Path,
        *more: str,
        is_made: Callable[[], bool] = lambda: False,
    ) -> str:
        """Run a job on a version to its end; return why it failed, "" where it did not.

        It does not run where another process has done it by its turn, which `is_made` says, in a
        thread; it may also do it then. Raises `Fault` (503) where it takes longer than a request
        waits, or too many jobs wait.
        """
        key = (job, number, *more)
        making = self._making.get(key)
        if making is None:
            if len(self._making) >= _MOST_WAITING:
                raise unready()
            making = asyncio.create_task(self._one(job, number, folder, more, is_made))
            self._making[key] = making
            making.add_done_callback(lambda _: self._making.pop(key))
        try:
            return await asyncio.wait_for(asyncio.shield(making), _PATIENCE)
        except TimeoutError:
            raise unready() from None

    async def close(self) -> None:
        """Kill the job that runs, and forget those that wait."""
        waiting = list(self._making.values())
        for making in waiting:
            making.cancel()
        if self._process is not None:
            self._process.kill()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _one(
        self,
        job: Job,
        number: int,
        folder: Path,
        more: tuple[str, ...],
        is_made: Callable[[], bool],
    ) -> str:
        async with self._turn, _alone_in(folder):
            if await asyncio.to_thread(is_made):
                return ""
            return await asyncio.to_thread(self._run, job, number, folder, *more)

    def _run(self, job: Job, number: int, folder: Path, *more: str) -> str:
        self._process = spawn(
            job,
            str(self.directory),
            number,
            str(folder),
            *more,
            limits=Limits(niceness=self.niceness, ports=None),  # a graph may be in an engine
            environment=self.environment,
            reads_errors=True,
        )
        end = self._process.end()
        return "" if end.cause == EndCause.DONE else f"it {end.reason}"


@asynccontextmanager
async def _alone_in(folder: Path) -> AsyncIterator[None]:
    """Wait until no other process of this server makes something in a folder."""
    place = int.from_bytes(blake2b(str(folder).encode(), digest_size=7).digest())
    while True:
        try:
            fcntl.lockf(_LOCK, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except OSError:  # another process has it
            await asyncio.sleep(_BETWEEN_LOOKS)
        else:
            break
    try:
        yield
    finally:
        fcntl.lockf(_LOCK, fcntl.LOCK_UN, 1, place)


def unready() -> Fault:
    """Return the fault (503) of a result that is not made yet."""
    return fault(503, "This is still being made for this version.", "Try again later.", _RETRY)
