"""Background jobs of several processes of one server."""

import asyncio
import errno
import os
import signal
import time
from pathlib import Path

import pytest

from urbansdg.endpoint.editions.background_jobs import BackgroundJobs


def note(_directory: str, number: int, folder: str) -> None:
    """Write the time at which this job began and ended, as a job does its work."""
    began = time.monotonic()
    time.sleep(0.3)
    (Path(folder) / str(number)).write_text(f"{began} {time.monotonic()}")


def end_by(_directory: str, number: int, _folder: str) -> None:
    """End by that signal, or as on a full disk for 0."""
    if number:
        os.kill(os.getpid(), number)
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _make(folder: Path, number: int) -> None:
    jobs, result = BackgroundJobs(folder), folder / str(number)
    asyncio.run(jobs.make(note, number, folder, is_made=result.exists))
    assert result.exists()


def _in_forks(folder: Path, numbers: tuple[int, ...]) -> None:
    """Have processes make something at the same time."""
    pids = list[int]()
    for number in numbers:
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                _make(folder, number)
                status = 0
            finally:
                os._exit(status)
        pids.append(pid)
    assert [os.waitpid(pid, 0)[1] for pid in pids] == [0] * len(pids)


def test_processes_of_one_server_do_their_jobs_in_turn(tmp_path: Path) -> None:
    """Two processes that make something in one folder do so one after the other."""
    _in_forks(tmp_path, (1, 2))
    times = sorted(
        [float(time) for time in (tmp_path / str(n)).read_text().split()] for n in (1, 2)
    )
    assert times[0][1] <= times[1][0]


def test_what_another_process_has_made_is_not_made_again(tmp_path: Path) -> None:
    """Of two processes that make the same, one does it."""
    _in_forks(tmp_path, (1, 1))
    began = (tmp_path / "1").read_text()
    _make(tmp_path, 1)
    assert (tmp_path / "1").read_text() == began


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (int(signal.SIGKILL), "its process was killed from outside (SIGKILL)"),
        (0, "No space left on device"),
    ],
)
def test_the_cause_of_a_job_that_fails_is_returned(tmp_path: Path, number: int, words: str) -> None:
    """A job that was killed, or that ends with an error, is reported with that cause."""
    assert words in asyncio.run(BackgroundJobs(tmp_path).make(end_by, number, tmp_path))
