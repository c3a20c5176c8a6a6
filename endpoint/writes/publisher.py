"""The front end's side of publishing: one process, one write at a time, limits in time."""

import asyncio
import json
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import Final

from urbansdg.endpoint.writes.publisher_messages import (
    Refused,
    WriteMessage,
    WriteOutcome,
    outcome_of,
)
from urbansdg.endpoint.writes.publisher_process import SPENT
from urbansdg.errors import QueryResourceExceeded, QueryTimeout, WriteLost
from urbansdg.settings import Settings
from urbansdg.store import Access

_LONGEST: Final = 1 << 24  # bytes of one line
_DECIDED: Final = "judged"
"""The step after which a write is not stopped: what remains is to bring it to the disk."""


_ATTEMPTS: Final = 2
_LOG: Final = logging.getLogger(__name__)


class _NotBegun(Exception):
    """The process has ended, and did nothing of the order."""


class Publisher:
    """Hands orders to the process that publishes them, which is there from the first one on."""

    def __init__(self, settings: Settings) -> None:
        """Take the limits from the settings."""
        self._settings = settings
        self._process: Process | None = None

    async def publish(self, order: WriteMessage) -> WriteOutcome:
        """Return what came of an order, one at a time.

        Where the process was killed before it began on the order, another one is given it.
        Raises `QueryTimeout`, `WriteLost`; RuntimeError for what is a fault of ours.
        """
        for _ in range(_ATTEMPTS):
            with suppress(_NotBegun):
                return await self._published(order)
        raise _lost("before it had begun", "Ask again a little later.")

    async def _published(self, order: WriteMessage) -> WriteOutcome:
        process = await self._living()
        ended = False
        try:
            outcome = await self._outcome(process, order)
            ended = True
        except TimeoutError:
            raise QueryTimeout(
                f"The write took longer than {self._settings.write_seconds:g} seconds.",
                "Divide it, or load it by the command.",
            ) from None
        finally:
            if not ended:
                await self.close()
        return outcome

    async def close(self) -> None:
        """End the process, and with it a write that is under way."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.communicate()  # nothing more comes: it closes the pipes

    async def _outcome(self, process: Process, order: WriteMessage) -> WriteOutcome:
        if process.stdin is None or process.stdout is None:
            raise TypeError(process)
        has_begun = False
        async with asyncio.timeout(self._settings.write_seconds) as clock:
            with suppress(BrokenPipeError, ConnectionResetError):  # seen as its end below
                process.stdin.write(order.line())
                await process.stdin.drain()
            async for line in process.stdout:
                has_begun = True
                message = json.loads(line)
                if message.get("step") == _DECIDED:
                    clock.reschedule(None)
                outcome = outcome_of(message)
                if outcome is not None:
                    return outcome
                if "died" in message:
                    return _death(message["died"])
        _LOG.warning("the process that publishes writes was ended by somebody else")
        if not has_begun:
            raise _NotBegun
        raise _lost("while it was at work", "See by what is there whether it was done.")

    async def _living(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            memory = str(int(self._settings.write_memory))
            # -P: the working directory may hold modules with the names of others
            access = Access.of(self._settings)
            ports = () if access is None else map(str, sorted(access.ports))
            command = (
                sys.executable,
                "-P",
                "-m",
                "urbansdg.endpoint.writes.publisher_process",
                memory,
                *ports,
            )
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=PIPE,
                stdout=PIPE,
                env=None if access is None else access.environment(),
                limit=_LONGEST,
                start_new_session=True,
            )
        return self._process


def _lost(when: str, remedy: str) -> WriteLost:
    return WriteLost(f"The process that does the writes was killed {when}.", remedy)


def _death(status: int) -> Refused:
    """Return what the death of a write means: `status` is negative for a signal."""
    if status > 0 and status != SPENT:
        raise RuntimeError(f"a write ended with the status {status}: the log says why")
    spent = QueryResourceExceeded(
        "The write takes more memory than allowed.", "Divide it, or load it by the command."
    )
    return Refused(spent.code, spent.reason)
