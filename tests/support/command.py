"""The command itself, the graph of the bundled data that it makes, and its environment.

A command is forked from a process that has imported everything, which saves most of its time. In
`make test-long` and `make coverage` each is a process started from nothing, as it is for users.
"""

import array
import atexit
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import IO

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]
_PROGRAM = ("-m", "urbansdg.cli")
_SECONDS = 120
_FORK_SERVER = Path(__file__).with_name("fork_server.py")
_REAL = ("URBANSDG_TEST_LONG", "COVERAGE_PROCESS_CONFIG")
_NUMBER_BYTES = array.array("i").itemsize


def bare_environment(**settings: object) -> dict[str, str]:
    """Return the environment without settings of this machine, with those given by field name."""
    bare = {name: text for name, text in os.environ.items() if not name.startswith("URBANSDG_")}
    return bare | {f"URBANSDG_{name.upper()}": str(value) for name, value in settings.items()}


def _is_forked() -> bool:
    """Return whether commands are forked."""
    return os.environ.keys().isdisjoint(_REAL)


@cache
def _fork_server() -> socket.socket:
    """Start the process that forks the commands of this test process; return where it is asked."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = (sys.executable, "-P", str(_FORK_SERVER))
    process = subprocess.Popen(command, stdin=theirs.fileno(), env=bare_environment())
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait(60)

    atexit.register(end)
    return ours


class ForkedCommand:
    """The command in a process and session of its own; it has what tests use of `Popen`."""

    def __init__(
        self, arguments: Sequence[str], environment: dict[str, str], stdin: int, stderr: int
    ) -> None:
        """Start it; its standard output is a pipe, the other two are descriptors to inherit."""
        self.returncode: int | None = None
        self._report, report = os.pipe()
        output, stdout = os.pipe()
        self.stdout: IO[str] = os.fdopen(output, encoding="utf-8")
        request = {
            "arguments": list(arguments),
            "environment": environment,
            "folder": str(Path.cwd()),
        }
        streams = [stdin, stdout, stderr, report]
        socket.send_fds(_fork_server(), [json.dumps(request).encode()], streams)
        os.close(stdout)
        os.close(report)
        pid = self._next_number()
        assert pid is not None, "the fork server has ended"
        self.pid = pid

    def _next_number(self) -> int | None:
        data = os.read(self._report, _NUMBER_BYTES)
        return array.array("i", data)[0] if data else None

    def poll(self) -> int | None:
        """Return its exit status, negative for a signal; None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit status when it has ended; raises `subprocess.TimeoutExpired`."""
        status = self._ended(timeout)
        if status is None:
            raise subprocess.TimeoutExpired("urbansdg", timeout or 0)
        return status

    def _ended(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._report], [], [], seconds)[0]:
            self.returncode = self._next_number()
            os.close(self._report)
        return self.returncode

    def send_signal(self, kind: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, kind)

    def terminate(self) -> None:
        """Send it SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send it SIGKILL."""
        self.send_signal(signal.SIGKILL)


Process = subprocess.Popen[str] | ForkedCommand


@contextlib.contextmanager
def running(
    arguments: Sequence[str],
    environment: dict[str, str],
    log: Path | None = None,
    program: Sequence[str] = _PROGRAM,
) -> Iterator[Process]:
    """Run the command in a process group of its own; kill what is left of it at the end.

    Its standard output is a pipe; its standard error goes to `log`, or to that of the tests.
    Another program than the command's own is started from nothing.
    """
    with contextlib.ExitStack() as stack:
        errors = sys.stderr if log is None else stack.enter_context(log.open("w"))
        process: Process
        if _is_forked() and program is _PROGRAM:
            nothing = stack.enter_context(Path(os.devnull).open())
            descriptor = 2 if log is None else errors.fileno()
            process = ForkedCommand(arguments, environment, nothing.fileno(), descriptor)
        else:
            process = subprocess.Popen(
                (sys.executable, "-P", *program, *arguments),
                stdout=subprocess.PIPE,
                stderr=None if log is None else errors,
                text=True,
                env=environment,
                start_new_session=True,
            )
        assert process.stdout is not None
        stack.enter_context(process.stdout)
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def run_command(
    arguments: Sequence[str], environment: dict[str, str], stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, and return its status and output."""
    if not _is_forked():
        return subprocess.run(
            (sys.executable, "-P", *_PROGRAM, *arguments),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
            env=environment,
        )
    with tempfile.TemporaryFile("w+") as sent, tempfile.TemporaryFile("w+") as errors:
        sent.write(stdin or "")
        sent.seek(0)
        process = ForkedCommand(arguments, environment, sent.fileno(), errors.fileno())
        with process.stdout:
            output = process.stdout.read()
        status = process.wait(_SECONDS)
        errors.seek(0)
        return subprocess.CompletedProcess(arguments, status, output, errors.read())


@pytest.fixture(scope="session")
def urbansdg() -> Command:
    """Return the command: its arguments, standard input, and settings of the environment."""

    def run(
        *arguments: object, stdin: str | None = None, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        environment = bare_environment() | {"COLUMNS": "120"} | settings
        return run_command([*map(str, arguments)], environment, stdin)

    return run


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory, urbansdg: Command) -> Path:
    """Return a data directory with the bundled data and the example; nobody changes it.

    What a server makes of its version is there: without it, each start on a copy would take five
    seconds of processor time in the background.
    """

    def make(folder: Path) -> None:
        done = urbansdg("init", "--example", "--data-dir", folder)
        assert done.returncode == 0, done.stderr
        make_catalogue_of(folder, 1)

    return shared_folder(tmp_path_factory, "bundled", make)


def shared_folder(
    factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]
) -> Path:
    """Return a folder `graph` of this process, made by whichever process of the run is first."""
    folder = factory.mktemp(name) / "graph"
    if "PYTEST_XDIST_WORKER" not in os.environ:
        make(folder)
        return folder
    place = factory.getbasetemp().parent
    common = place / f"common-{name}"
    with (place / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not common.exists():
            make(folder)
            draft = place / f"draft-{name}"
            shutil.copytree(folder, draft)
            draft.rename(common)
            return folder
    return Path(shutil.copytree(common, folder))


def make_catalogue_of(folder: Path, number: int) -> None:
    """Make all that a server makes in the background of a version."""
    from urbansdg.endpoint.editions.edition import make_catalogue
    from urbansdg.endpoint.editions.subject_files import FOLDER, make_subject_file
    from urbansdg.endpoint.search.search_indexes import make_search_index

    catalogue = folder / "catalogue"
    make_catalogue(str(folder), number, str(catalogue))
    make_subject_file(str(folder), number, str(catalogue / FOLDER))
    make_search_index(str(folder), number, str(catalogue))


@pytest.fixture
def graph(bundled: Path, tmp_path: Path) -> Path:
    """Return a data directory with the bundled data, for one test to change."""
    return Path(shutil.copytree(bundled, tmp_path / "graph"))
