"""How a child process ended, and why."""

import errno
import os
import signal
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from urbansdg.sandbox.child_main import OUT_OF_MEMORY

_TAIL: Final = 500
"""Characters of the last words that a message repeats."""

_ALLOCATION_FAILED: Final = (
    *("memory allocation of", "bad_alloc", "MemoryError"),
    "PyObject pointer is null",  # Python refused memory to Rust
    *("Anonymous mmap", os.strerror(errno.ENOMEM)),
)
"""What Rust, C++, Python and RocksDB print when the limit on memory is reached."""

_NO_THREAD_DATA: Final = "cannot allocate memory for thread-local data"
"""What the C library prints before it ends a process by itself, with status 127."""

_NO_THREAD: Final = "can't start new thread"
"""What Python says where the system refuses a thread."""

_STACK_OVERFLOWED: Final = "has overflowed its stack"


class EndCause(StrEnum):
    """Why a child process ended."""

    DONE = "done"
    TIME = "time"
    """Its parent killed it at the time limit."""
    PROCESSOR_TIME = "processor time"
    MEMORY = "memory"
    THREADS = "threads"
    """It could start no thread: at the limit of memory, which stacks take, or of processes."""
    STACK = "stack"
    """Its stack overflowed: the text is nested too deeply."""
    KILLED = "killed"
    """By an operator, or by the kernel when the machine was out of memory."""
    FAILED = "failed"
    """It ended itself with an exit status, or aborted: a fault in the program."""


_STATUSES: Final = {0: EndCause.DONE, OUT_OF_MEMORY: EndCause.MEMORY}
_SIGNALS: Final[dict[int, EndCause]] = {
    signal.SIGSEGV: EndCause.STACK,
    signal.SIGBUS: EndCause.STACK,
    signal.SIGPROF: EndCause.PROCESSOR_TIME,
    signal.SIGXCPU: EndCause.PROCESSOR_TIME,
}
_REASONS: Final = {
    EndCause.DONE: "is done",
    EndCause.TIME: "takes longer than allowed",
    EndCause.PROCESSOR_TIME: "takes more processor time than allowed",
    EndCause.MEMORY: "needs more memory than allowed",
    EndCause.THREADS: "could start no thread: it needs more memory or processes than allowed",
    EndCause.STACK: "is nested too deeply",
}


@dataclass(frozen=True, slots=True)
class ProcessEnd:
    """How a child process ended.

    `status` is its exit status, negative for a signal; `last_words` what it wrote to standard
    error.
    """

    cause: EndCause
    status: int
    last_words: str = ""

    @classmethod
    def of(cls, status: int, last_words: str, *, timed_out: bool = False) -> "ProcessEnd":
        """Classify an exit status; `timed_out` says that the parent killed the process."""
        cause = EndCause.TIME if timed_out else _cause(status, last_words)
        return cls(cause, status, last_words.strip())

    @property
    def reason(self) -> str:
        """What happened, as a predicate: "needs more memory than allowed"."""
        if self.cause == EndCause.KILLED:
            name = signal.Signals(-self.status).name
            return f"was interrupted: its process was killed from outside ({name})"
        if self.cause in _REASONS:
            return _REASONS[self.cause]
        return f"ended its process with status {self.status}{self._tail()}"

    def _tail(self) -> str:
        words = " ".join(self.last_words.split())[-_TAIL:]
        return f": {words}" if words else ""


class ChildFailed(Exception):
    """A child process ended without an answer; `end` says how."""

    def __init__(self, end: ProcessEnd) -> None:
        """Keep how it ended."""
        super().__init__(f"It {end.reason}.")
        self.end = end


def _cause(status: int, last_words: str) -> EndCause:
    if status >= 0:
        if _NO_THREAD_DATA in last_words:
            return EndCause.MEMORY
        fault = EndCause.THREADS if _NO_THREAD in last_words else EndCause.FAILED
        return _STATUSES.get(status, fault)
    if status == -signal.SIGABRT:
        return _cause_of_abort(last_words)
    return _SIGNALS.get(-status, EndCause.KILLED)


def _cause_of_abort(last_words: str) -> EndCause:
    """Return why a process aborted, which says so by itself: without words it was a signal."""
    if any(words in last_words for words in _ALLOCATION_FAILED):
        return EndCause.MEMORY
    if os.strerror(errno.EAGAIN) in last_words:
        return EndCause.THREADS
    if _STACK_OVERFLOWED in last_words:
        return EndCause.STACK
    return EndCause.FAILED if last_words.strip() else EndCause.KILLED
