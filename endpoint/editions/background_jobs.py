"""The press: makes what is asked for of a version, in a process of its own, one at a time.

What it makes is read whole by whoever waits for it, never in the server: reading millions of
triples must hold up nobody's request.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from urbansdg.endpoint.web.problem_details import Fault, fault

_PATIENCE: Final = 20.0
"""Seconds that a request waits for what is being made."""

_RETRY: Final = ((b"retry-after", b"10"),)
_MOST_WAITING: Final = 4
_NICENESS: Final = 10  # it gives way to whatever else the machine does


@dataclass(slots=True)
class BackgroundJobs:
    """Runs `urbansdg.endpoint.editions.<module> DATA_DIR NUMBER FOLDER` once for all requests."""

    directory: Path
    environment: dict[str, str] | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _making: dict[tuple[str, int], asyncio.Task[str]] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    async def make(self, module: str, number: int, folder: Path) -> str:
        """Have it made, and return what the process complained of.

        Raises `Fault` (503) where it takes long, or where too much is waiting to be made.
        """
        making = self._making.get((module, number))
        if making is None:
            if len(self._making) >= _MOST_WAITING:
                raise unready()
            making = asyncio.create_task(self._one(module, number, folder))
            self._making[module, number] = making
            making.add_done_callback(lambda _: self._making.pop((module, number)))
        try:
            return await asyncio.wait_for(asyncio.shield(making), _PATIENCE)
        except TimeoutError:
            raise unready() from None

    async def close(self) -> None:
        """Give up what is being made."""
        waiting = list(self._making.values())
        for making in waiting:
            making.cancel()
        if self._process is not None:
            self._process.kill()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _one(self, module: str, number: int, folder: Path) -> str:
        async with self._turn:
            return await asyncio.to_thread(self._run, module, number, folder)

    def _run(self, module: str, number: int, folder: Path) -> str:
        places = (str(self.directory), str(number), str(folder))
        self._process = subprocess.Popen(
            (sys.executable, "-P", "-m", f"urbansdg.endpoint.editions.{module}", *places),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=self.environment,
        )
        with contextlib.suppress(OSError):  # it has ended, or this system does not allow it
            os.setpriority(os.PRIO_PROCESS, self._process.pid, _NICENESS)
        _, complaint = self._process.communicate()
        return complaint.decode(errors="replace")[-500:]


def unready() -> Fault:
    """Return the fault of what is not made yet."""
    return fault(503, "This is being made for this version.", "Ask again in a while.", _RETRY)
