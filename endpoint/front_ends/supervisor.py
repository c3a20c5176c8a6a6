"""The supervisor: the process that forks the coordinator and the front ends, and replaces them.

It holds no store, no thread and no event loop, so what it forks is whole. It has the listening
socket and the shared tables, which outlast the process that uses them. Where it is killed, the
kernel kills what it forked.
"""

import contextlib
import logging
import os
import pickle
import selectors
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import FrameType
from typing import Final

from urbansdg.errors import ServeError, UrbanSdgError
from urbansdg.sandbox.forked_process import ForkedProcess, fork

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_STEADY_SECONDS: Final = 5.0
"""A process that ran for so long is replaced at once."""

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0
_REPORT_BYTES: Final = 1 << 16
_LOG: Final = logging.getLogger(__name__)

Work = Callable[[Callable[[], None]], None]
"""What a process does until SIGTERM; it calls its argument once, when it is ready."""


@dataclass(slots=True)
class Role:
    """A place that a process fills: its name, its work, and what to do where it has ended."""

    name: str
    work: Work
    clear: Callable[[], None] = lambda: None
    process: ForkedProcess | None = None
    report: int | None = None
    began: float = 0.0
    pause: float = _FIRST_PAUSE
    due: float | None = None
    is_ready: bool = False


@dataclass(slots=True)
class Supervisor:
    """Runs the coordinator and the front ends until a signal."""

    coordinator: Role
    front_ends: Sequence[Role]
    goodbye_seconds: float
    on_stop: Callable[[], None]
    _selector: selectors.DefaultSelector = field(default_factory=selectors.DefaultSelector)
    _was_ready: bool = False
    _is_stopped: bool = False
    _wakeup: tuple[int, int] = (-1, -1)

    def run(self, on_ready: Callable[[], None]) -> None:
        """Serve until SIGTERM or SIGINT; `on_ready` is called when all answer.

        Raises the error of a process that does not start, before any was ready.
        """
        with self._signals():
            try:
                for role in self._roles:
                    self._start(role)
                while not self._is_stopped:
                    self._step()
                    if not self._was_ready and all(role.is_ready for role in self._roles):
                        self._was_ready = True
                        on_ready()
            finally:
                self.on_stop()
                self._stop(self.front_ends)
                self._stop([self.coordinator])

    @property
    def _roles(self) -> list[Role]:
        return [self.coordinator, *self.front_ends]

    def _step(self) -> None:
        """Wait for the next event and handle it."""
        now = time.monotonic()
        dues = [role.due for role in self._roles if role.due is not None]
        self._handle_events(max(0.0, min(dues) - now) if dues else None)
        for role in self._roles:
            if role.due is not None and role.due <= time.monotonic() and not self._is_stopped:
                self._start(role)

    def _handle_events(self, seconds: float | None) -> None:
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                os.read(self._wakeup[0], 1)
            else:
                key.data()

    def _start(self, role: Role) -> None:
        reading, writing = os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            role.process = process = fork(partial(self._begin, role, reading, writing))
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            os.close(writing)
        role.report, role.began, role.due, role.is_ready = reading, time.monotonic(), None, False
        self._selector.register(process.pidfd, selectors.EVENT_READ, partial(self._ended, role))
        self._selector.register(reading, selectors.EVENT_READ, partial(self._reported, role))

    def _begin(self, role: Role, reading: int, writing: int) -> None:
        """Do the work of a role, in a fork."""
        signal.set_wakeup_fd(-1)
        for kind in _SIGNALS:
            signal.signal(kind, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        for descriptor in (reading, *self._wakeup):
            os.close(descriptor)
        for key in tuple(self._selector.get_map().values()):
            if key.data is not None:
                os.close(key.fd)
        self._selector.close()

        def ready() -> None:
            os.write(writing, pickle.dumps(None))

        try:
            role.work(ready)
        except UrbanSdgError as error:
            with contextlib.suppress(BrokenPipeError):  # another process was first
                os.write(writing, pickle.dumps(error))

    def _reported(self, role: Role) -> None:
        """Take the report of a process: ready, or the error with which it ended."""
        if role.report is None:
            return
        packed = os.read(role.report, _REPORT_BYTES)
        error = pickle.loads(packed) if packed else None  # noqa: S301  # from a fork of this process
        if packed and error is None:
            role.is_ready, role.pause = True, _FIRST_PAUSE
            return
        self._close_report(role)
        if error is not None:
            if not self._was_ready:
                raise error
            _LOG.error("the %s could not start: %s", role.name, error)

    def _ended(self, role: Role) -> None:
        """Replace a process that has ended: at once, or after a pause where it did not last."""
        if role.process is None:
            return
        self._reported(role)
        self._selector.unregister(role.process.pidfd)
        status, role.process = role.process.wait(), None
        self._close_report(role)
        role.clear()
        if self._is_stopped:
            return
        if not self._was_ready:
            raise ServeError("The server could not start.", "The lines above say why.")
        _LOG.error("the %s has ended with status %d; it is replaced", role.name, status)
        now = time.monotonic()
        lasted = now - role.began > _STEADY_SECONDS
        role.pause = _FIRST_PAUSE if lasted else min(2 * role.pause, _LONGEST_PAUSE)
        role.due = now if lasted else now + role.pause

    def _close_report(self, role: Role) -> None:
        if role.report is not None:
            self._selector.unregister(role.report)
            os.close(role.report)
            role.report = None

    def _stop(self, roles: Sequence[Role]) -> None:
        """End processes: ask them, and kill those that have not ended in time."""
        self._is_stopped = True
        for role in roles:
            role.due = None
            self._close_report(role)
            if role.process is not None:
                role.process.terminate()
        deadline = time.monotonic() + self.goodbye_seconds
        while any(role.process for role in roles):
            left = deadline - time.monotonic()
            if left <= 0:
                for process in [role.process for role in roles if role.process is not None]:
                    process.kill()
            self._handle_events(max(left, 0.1))

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Have signals wake the loop during the block."""
        self._wakeup = os.pipe()
        for descriptor in self._wakeup:
            os.set_blocking(descriptor, False)
        before = {kind: signal.signal(kind, self._stopping) for kind in _SIGNALS}
        signal.set_wakeup_fd(self._wakeup[1])
        self._selector.register(self._wakeup[0], selectors.EVENT_READ, None)
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            for kind, handler in before.items():
                signal.signal(kind, handler)
            self._selector.close()
            for descriptor in self._wakeup:
                os.close(descriptor)

    def _stopping(self, _number: int, _frame: FrameType | None) -> None:
        self._is_stopped = True
