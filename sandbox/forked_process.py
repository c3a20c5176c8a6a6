"""Forks of this process: they have what it holds in memory, and start in a few milliseconds.

A process with threads must not fork: the fork has one of them and the locks of all.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from urbansdg.sandbox.child_main import OUT_OF_MEMORY
from urbansdg.sandbox.isolation import die_with_parent

_FAILED: Final = 1


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
