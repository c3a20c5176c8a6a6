"""Forks of this process: they have what it holds in memory, and start in a few milliseconds.

A process with threads must not fork: the fork has one of them and the locks of all.
"""

import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from urbansdg.sandbox.child_main import OUT_OF_MEMORY
from urbansdg.sandbox.isolation import die_with_parent

_FAILED: Final = 1
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class ForkedProcess:
    """A fork of this process; `pidfd` can be read when it has ended (pidfd_open(2)).

    `errors` is the descriptor of what it writes to standard error, where that is collected.
    """

    pid: int
    pidfd: int
    errors: int | None = None

    def kill(self) -> None:
        """Kill it: no other process can have its number until `wait` has reaped it."""
        os.kill(self.pid, signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end (SIGTERM)."""
        os.kill(self.pid, signal.SIGTERM)

    def wait(self) -> int:
        """Wait for its end and reap it; return its exit status, negative for a signal."""
        _, status = os.waitpid(self.pid, 0)
        os.close(self.pidfd)
        return os.waitstatus_to_exitcode(status)

    def last_words(self) -> str:
        """Return what it has written to standard error, where that is collected, and forget it."""
        if self.errors is None:
            return ""
        with open(self.errors, "rb") as words:  # noqa: PTH123  # a descriptor, no path
            words.seek(0)
            return words.read().decode(errors="replace")


def fork(work: Callable[[], None], *, collects_errors: bool = False) -> ForkedProcess:
    """Have a fork of this process do some work, and end; it dies with this process.

    With `collects_errors`, what it writes to standard error is kept for `last_words`.

    Its exit status is 0, that of a SystemExit, OUT_OF_MEMORY after a MemoryError, and 1 after any
    other exception, whose traceback goes to standard error.
    """
    parent = os.getpid()
    errors = os.memfd_create("errors") if collects_errors else None
    pid = os.fork()
    if pid == 0:
        if errors is not None:
            os.dup2(errors, sys.stderr.fileno())
        _work(work, parent)
    return ForkedProcess(pid, os.pidfd_open(pid), errors)


def run_in_fork(work: Callable[[], _Result]) -> _Result:
    """Return what a function returns in a fork of this process, or raise what it raises.

    So this process has none of the threads and of the memory that the work leaves behind. The
    result can be pickled. Raises `ChildProcessError` where the fork ends without one.
    """
    reading, writing = os.pipe()
    child = fork(partial(_report, work, reading, writing))
    os.close(writing)
    with os.fdopen(reading, "rb") as report:
        packed = report.read()
    status = child.wait()
    if not packed:
        raise ChildProcessError(f"a fork of this process ended with status {status}")
    result, error = pickle.loads(packed)  # noqa: S301  # from a fork of this process
    if error is not None:
        raise error
    return result  # type: ignore[no-any-return]  # of the function


def _report(work: Callable[[], Any], reading: int, writing: int) -> None:
    os.close(reading)
    result = error = None
    try:
        result = work()
    except BaseException as raised:  # noqa: BLE001  # the parent raises it
        error = raised
    with os.fdopen(writing, "wb") as report:
        pickle.dump((result, error), report)


def _work(work: Callable[[], None], parent: int) -> None:
    status = _FAILED
    try:
        die_with_parent(parent)
        work()
        status = 0
    except MemoryError:
        status = OUT_OF_MEMORY
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else _FAILED
    except BaseException:  # noqa: BLE001  # a fork must never go on as its parent
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)
