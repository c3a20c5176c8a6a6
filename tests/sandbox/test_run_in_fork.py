"""A function in a fork of this process: its result, its error, its end."""

import os

import pytest

from urbansdg.errors import StoreMissing
from urbansdg.sandbox.forked_process import run_in_fork


def _missing() -> None:
    raise StoreMissing("There is no graph.", "Create one.")


def test_the_result_and_the_error_of_a_function_come_back() -> None:
    """The caller gets what the function returns in another process, or the error that it raises."""
    assert run_in_fork(os.getpid) != os.getpid()
    with pytest.raises(StoreMissing) as missing:
        run_in_fork(_missing)
    assert missing.value.reason.remedy == "Create one."


def test_a_fork_that_is_killed_is_an_error() -> None:
    """Where the fork ends without a result, an error has its status."""
    with pytest.raises(ChildProcessError, match="status -9"):
        run_in_fork(lambda: os.kill(os.getpid(), 9))
