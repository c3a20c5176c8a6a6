"""The front end's side of publishing: one process, one write at a time, with a time limit.

`publisher_process` is the process, `http_writer` the caller.
"""

import asyncio
import logging
from contextlib import suppress
from pathlib import Path
from typing import Final

from urbansdg.endpoint.writes.publisher_messages import (
    RefusedWrite,
    WriteMessage,
    WriteOutcome,
    outcome_of,
)
from urbansdg.endpoint.writes.publisher_process import serve_writes
from urbansdg.errors import QueryResourceExceeded, QueryTimeout, WriteLost
from urbansdg.sandbox.child_process import FramedChild, Limits
from urbansdg.sandbox.process_end import EndCause, ProcessEnd
from urbansdg.settings import Settings
from urbansdg.store import Access
from urbansdg.store.changes.edit import UNWRITTEN
from urbansdg.store.versions.file_errors import failure_of_system

_DECIDED: Final = "judged"
"""The step after which a write is not stopped: what remains is to write it to disk."""

_MOVED: Final = "moved"
"""The step after which a version is in its place, and is perhaps the current one."""

_LOOK: Final = "Read the graph to see whether the write was done."
_ATTEMPTS: Final = 2
_LOG: Final = logging.getLogger(__name__)


class _NotBegun(Exception):
    """The process ended before it started on the write."""


class Publisher:
    """Sends writes to the process that publishes them, which starts with the first one."""

    def __init__(self, settings: Settings) -> None:
        """Take the limits from the settings."""
        self._settings = settings
        self._process: FramedChild | None = None

    async def publish(self, order: WriteMessage) -> WriteOutcome:
        """Return the outcome of a write; the caller sends one at a time.

        If the process was killed before it started on the write, another one does it. Raises
        `QueryTimeout`, `WriteLost`; RuntimeError for a fault in the program.
        """
        for _ in range(_ATTEMPTS):
            with suppress(_NotBegun):
                return await self._published(order)
        raise _lost("before it started on this one", "Try again later.")

    async def _published(self, order: WriteMessage) -> WriteOutcome:
        process = await self._living()
        ended = False
        try:
            outcome = await self._outcome(process, order)
            ended = True
        except TimeoutError:
            raise QueryTimeout(
                f"The write took longer than {self._settings.write_seconds:g} seconds.",
                "Divide it, or load it with `urbansdg load`.",
            ) from None
        finally:
            if not ended:
                await self.close()
        return outcome

    async def close(self) -> None:
        """End the process, and with it a write that is under way."""
        process, self._process = self._process, None
        if process is not None:
            await process.close()

    async def _outcome(self, process: FramedChild, order: WriteMessage) -> WriteOutcome:
        has_begun, is_moved = False, False
        try:
            async with asyncio.timeout(self._settings.write_seconds) as clock:
                await process.send(order.message())
                while True:
                    message = await process.receive()
                    has_begun = True
                    if message.get("step") == _DECIDED:
                        clock.reschedule(None)
                    outcome = outcome_of(message)
                    if outcome is not None:
                        return outcome
                    is_moved = is_moved or message.get("step") == _MOVED
                    if "died" in message:
                        end = ProcessEnd.of(message["died"], message["words"])
                        return _refusal(end, Path(order.directory), is_moved=is_moved)
        except EOFError:
            _LOG.warning("the process that publishes writes was killed from outside")
        if not has_begun:
            raise _NotBegun
        raise _lost("while it was at work", _LOOK)

    async def _living(self) -> FramedChild:
        if self._process is None or self._process.has_ended:
            access = Access.of(self._settings)
            self._process = await FramedChild.start(
                serve_writes,
                int(self._settings.write_memory),
                # A write that is judged is finished, even where the server is killed.
                limits=Limits(ports=() if access is None else access.ports, outlives=True),
                environment=None if access is None else access.environment(),
            )
        return self._process


def _lost(when: str, remedy: str) -> WriteLost:
    return WriteLost(f"The process that does the writes was killed {when}.", remedy)


def _refusal(end: ProcessEnd, directory: Path, *, is_moved: bool) -> RefusedWrite:
    """Return the refusal of a write whose process ended; raises RuntimeError for our faults.

    Raises `WriteLost` where it was killed after its version `is_moved` to its place.
    """
    if end.cause == EndCause.FAILED:
        failure = failure_of_system(end.last_words, directory)
        if failure is not None:
            return RefusedWrite(failure.code, failure.reason)
        _LOG.error("a write %s", end.reason if end.status >= 0 else end.last_words)
        raise RuntimeError(f"a write {end.reason}; the log says why")
    if end.cause == EndCause.KILLED:
        _LOG.warning("a write %s", end.reason)
        lost = WriteLost(f"The write {end.reason}.", _LOOK if is_moved else UNWRITTEN)
        return RefusedWrite(lost.code, lost.reason)
    error = QueryResourceExceeded(
        f"The write {end.reason}.", "Divide it, or load it with `urbansdg load`."
    )
    return RefusedWrite(error.code, error.reason)
