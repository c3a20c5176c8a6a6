"""Child processes: what they may do, and what their parent learns of their end."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox import child_functions
from urbansdg.sandbox.child_process import Limits, call, run_program
from urbansdg.sandbox.forked_process import fork
from urbansdg.sandbox.process_end import ChildFailed, EndCause, ProcessEnd

_GIB = 1 << 30


def test_a_child_answers_one_question() -> None:
    """A call returns what the function returns, whatever that prints."""
    assert call(child_functions.doubled, [1, 2, 3], seconds=30) == [2, 4, 6]


def test_a_large_question_gets_a_large_answer() -> None:
    """Question and answer may be larger than a pipe."""
    numbers = list(range(300_000))
    assert call(child_functions.doubled, numbers, seconds=30) == [2 * number for number in numbers]


@pytest.mark.long
@pytest.mark.parametrize(
    ("function", "question", "seconds", "cause"),
    [
        (child_functions.sleeping, 60, 0.5, EndCause.TIME),
        (child_functions.hungry, 8 * _GIB, 30, EndCause.MEMORY),
        (child_functions.hungry_engine, 40, 60, EndCause.MEMORY),
        (child_functions.nested, 200_000, 30, EndCause.STACK),
        (child_functions.spinning, 0.1, 30, EndCause.PROCESSOR_TIME),
        (child_functions.killed, signal.SIGKILL, 30, EndCause.KILLED),
        (child_functions.killed, signal.SIGTERM, 30, EndCause.KILLED),
        (child_functions.failing, "nothing there", 30, EndCause.FAILED),
    ],
)
def test_the_cause_of_an_end_is_known(
    function: Callable[[Any], object], question: object, seconds: float, cause: EndCause
) -> None:
    """A child that ends without an answer is an error with the true cause."""
    with pytest.raises(ChildFailed) as failed:
        call(function, question, seconds=seconds, limits=Limits(memory=_GIB))
    assert failed.value.end.cause == cause, failed.value


def test_a_fault_is_reported_with_its_last_words() -> None:
    """The reason of a failure repeats what the child printed last."""
    with pytest.raises(ChildFailed, match="LookupError: nothing there"):
        call(child_functions.failing, "nothing there", seconds=30)


def test_a_child_has_the_limits_it_is_given() -> None:
    """A child has its limits, no core dumps, and a process group of its own."""
    limits = Limits(memory=_GIB, open_files=32, niceness=3)
    assert call(child_functions.limits, None, seconds=30, limits=limits) == {
        "memory": _GIB,
        "core": 0,
        "files": 32,
        "niceness": 3 + os.nice(0),
        "group": 0,
    }


def test_a_child_connects_to_its_ports_alone() -> None:
    """A child reaches the ports that it is given, and without any, none."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        limits = Limits(ports=(port,))
        assert call(child_functions.connected, port, seconds=30, limits=limits)
        if call(child_functions.connected, port, seconds=30):
            pytest.skip("this kernel has no Landlock for the network (Linux 6.7)")


@pytest.mark.long
def test_the_time_limit_ends_what_the_child_started(
    tmp_path: Path, soon: Callable[[Callable[[], bool]], bool]
) -> None:
    """At the time limit the processes that a child has started are killed with it."""
    record = tmp_path / "pid"
    with pytest.raises(ChildFailed):
        call(child_functions.with_grandchild, str(record), seconds=2)
    pid = int(record.read_text("ascii"))
    assert soon(lambda: _state(pid) in {"", "Z"})


def test_a_child_dies_with_its_parent(soon: Callable[[Callable[[], bool]], bool]) -> None:
    """Where the parent is killed, the child does not go on."""
    code = (
        "from tests.sandbox import child_functions as f\n"
        "from urbansdg.sandbox.child_process import spawn\n"
        "print(spawn(f.sleeping, 60).pid, flush=True)\n"
        "input()"
    )
    with subprocess.Popen(
        (sys.executable, "-c", code),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        text=True,
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert soon(lambda: "sleeping" in Path(f"/proc/{child}/cmdline").read_text())
        parent.kill()
    assert soon(lambda: _state(child) in {"", "Z"})


def test_a_fork_ends_with_the_status_of_its_work() -> None:
    """The exit status of a fork says whether its work was done, and why not."""

    def exhausted() -> None:
        raise MemoryError

    def done() -> None:
        pass

    def exits() -> None:
        sys.exit(7)

    causes = [ProcessEnd.of(fork(work).wait(), "").cause for work in (done, exhausted)]
    assert causes == [EndCause.DONE, EndCause.MEMORY]
    assert fork(exits).wait() == 7


def test_an_end_without_memory_for_thread_data_is_one_of_memory() -> None:
    """Where the C library has no memory for a thread, the child ended because of its memory."""
    words = "cannot allocate memory for thread-local data: ABORT"
    assert ProcessEnd.of(127, words).cause == EndCause.MEMORY
    assert ProcessEnd.of(127, "command not found").cause == EndCause.FAILED


def test_a_program_runs_in_its_folder(tmp_path: Path) -> None:
    """A program of others runs in its folder; its end has its status and its last words."""
    (tmp_path / "here").touch()
    listed = run_program(("ls",), tmp_path, 30)
    assert (listed.cause, listed.last_words) == (EndCause.DONE, "here")
    failed = run_program(("ls", "missing"), tmp_path, 30)
    assert failed.cause == EndCause.FAILED
    assert "missing" in failed.reason
    with pytest.raises(FileNotFoundError):
        run_program(("no-such-program",), tmp_path, 30)


def _state(pid: int) -> str:
    """Return the state of a process, empty where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""
