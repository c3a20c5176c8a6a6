"""Starting child processes: for one question, for good, or as a program of others.

Every child leads a process group of its own, so that Ctrl-C reaches the parent alone and a kill
reaches whatever the child has started. It is not a session of its own: Linux schedules each session
as a group (sched(7), autogroup), which made short queries 2 % slower.
"""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from urbansdg.sandbox.frames import LENGTH, frame
from urbansdg.sandbox.process_end import ChildFailed, EndCause, ProcessEnd

_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child process may use; None is no limit.

    `memory` is bytes of address space, `open_files` a number of files, `ports` the TCP ports that
    it may connect to; `niceness` is by how much it gives way to other processes. A child that
    `outlives` its parent is not killed with it.
    """

    memory: int | None = None
    open_files: int | None = None
    ports: Collection[int] | None = ()
    niceness: int = 0
    outlives: bool = False


DEFAULT_LIMITS: Final = Limits()
"""As much memory as there is, and no network."""


def call(
    function: Callable[[_Question], _Answer],
    question: _Question,
    *,
    seconds: float,
    limits: Limits = DEFAULT_LIMITS,
) -> _Answer:
    """Return what a function answers in a child process, which then ends.

    The function is one of a module that imports little; question and answer are what JSON can hold.
    Raises `ChildFailed` where no answer comes within `seconds`.
    """
    command = _command(limits, function, asks=True)
    ended, answer = _communicated(command, frame(question), seconds)
    if ended.cause != EndCause.DONE:
        raise ChildFailed(ended)
    result: _Answer = json.loads(answer[LENGTH.size :])
    return result


def run_program(arguments: Sequence[str], folder: Path, seconds: float) -> ProcessEnd:
    """Run a program of others in a folder, for `seconds` at most, and return how it ended.

    It may use memory and network as it likes. Raises OSError where there is no such program.
    """
    if shutil.which(arguments[0], path=None) is None and not (folder / arguments[0]).is_file():
        raise FileNotFoundError(2, os.strerror(2), arguments[0])
    command = _command(Limits(ports=None), program=arguments)
    ended, output = _communicated(command, None, seconds, folder)
    words = ended.last_words or output.decode(errors="replace").strip()
    return ProcessEnd(ended.cause, ended.status, words)


class ChildProcess:
    """A child process that runs a function until that returns."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        """Take a started process."""
        self._process = process

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def kill(self) -> None:
        """Kill the process and whatever it has started; does nothing where it has ended."""
        _kill(self._process)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, for `seconds` at most, and reap it; return whether it has ended."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.returncode is not None

    def end(self) -> ProcessEnd:
        """Read standard error to its end, wait for the process, and return how it ended."""
        _, errors = self._process.communicate()
        return ProcessEnd.of(self._process.returncode, (errors or b"").decode(errors="replace"))


def spawn(
    function: Callable[..., None],
    *arguments: object,
    limits: Limits = DEFAULT_LIMITS,
    environment: Mapping[str, str] | None = None,
    descriptors: Collection[int] = (),
    reads_errors: bool = False,
) -> ChildProcess:
    """Start a child process that runs a function.

    The arguments are what JSON can hold. `descriptors` stay open in the child, under the same
    numbers; with `reads_errors` standard error is a pipe, and `ChildProcess.end` is to be called.
    """
    process = subprocess.Popen(
        _command(limits, function, arguments=arguments),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE if reads_errors else None,
        env=environment,
        pass_fds=tuple(descriptors),
        process_group=0,
    )
    return ChildProcess(process)


class FramedChild:
    """A child process that is asked and answers in frames, from an event loop."""

    def __init__(self, process: Process) -> None:
        """Take a process whose standard input and output are pipes."""
        if process.stdin is None or process.stdout is None:
            raise TypeError(process)
        self._process = process
        self._incoming = process.stdout
        self._outgoing = process.stdin

    @classmethod
    async def start(
        cls,
        function: Callable[..., None],
        *arguments: object,
        limits: Limits = DEFAULT_LIMITS,
        environment: Mapping[str, str] | None = None,
    ) -> "FramedChild":
        """Start a process whose function takes its standard streams as a `FrameStream`."""
        process = await asyncio.create_subprocess_exec(
            *_command(limits, function, arguments=arguments),
            stdin=PIPE,
            stdout=PIPE,
            env=environment,
            start_new_session=True,  # uvloop refuses `process_group`; the session leads a group
        )
        return cls(process)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether the process is known to have ended."""
        return self._process.returncode is not None

    async def send(self, message: object) -> None:
        """Send a message; where the process has ended, `receive` says so."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self._outgoing.write(frame(message))
            await self._outgoing.drain()

    async def receive(self) -> Any:  # noqa: ANN401  # whatever JSON can hold
        """Return the next message; raises EOFError when the process has ended."""
        try:
            (size,) = LENGTH.unpack(await self._incoming.readexactly(LENGTH.size))
            return json.loads(await self._incoming.readexactly(size))
        except (asyncio.IncompleteReadError, ConnectionResetError):
            raise EOFError from None

    async def close(self) -> None:
        """Kill the process with whatever it has started, and reap it."""
        _kill(self._process)
        await self._process.communicate()  # nothing more comes: it closes the pipes


def _kill(process: "subprocess.Popen[bytes] | Process") -> None:
    """Kill the process group of a process that has not been reaped."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _command(
    limits: Limits,
    function: Callable[..., Any] | None = None,
    *,
    arguments: Sequence[object] = (),
    program: Sequence[str] | None = None,
    asks: bool = False,
) -> tuple[str, ...]:
    """Return the command line of a child, see `child_main`."""
    module = "" if function is None else function.__module__
    order = {
        "parent": None if limits.outlives else os.getpid(),
        "memory": limits.memory,
        "open_files": limits.open_files,
        "niceness": limits.niceness,
        "ports": None if limits.ports is None else sorted(limits.ports),
        "program": program,
        "file": sys.modules[module].__file__ if module else None,
        "asks": asks,
        "arguments": arguments,
    }
    target = "program" if function is None else f"{module}:{function.__qualname__}"
    # -P: the working directory may hold modules with the names of others
    main = (sys.executable, "-P", "-m", "urbansdg.sandbox.child_main")
    return (*main, target, json.dumps(order))


def _communicated(
    command: Sequence[str], question: bytes | None, seconds: float, folder: Path | None = None
) -> tuple[ProcessEnd, bytes]:
    """Run a command to its end, or for `seconds`; return how it ended and what it wrote."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if question is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        process_group=0,
    ) as process:
        timed_out = False
        try:
            output, errors = process.communicate(question, timeout=seconds)
        except subprocess.TimeoutExpired:
            timed_out = True
            _kill(process)
            output, errors = process.communicate()
        except BaseException:
            _kill(process)
            raise
    words = errors.decode(errors="replace")
    return ProcessEnd.of(process.returncode, words, timed_out=timed_out), output
