"""The warning of a server that runs as root."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import Start

_NOBODY = 65534
_WARNING = "The server runs as root"
# Modules are imported before the rights are given up: the interpreter may be readable by root only.
_AS_NOBODY = f"""
import os
from urbansdg.endpoint.server import warn_of_root
os.setresuid({_NOBODY}, {_NOBODY}, {_NOBODY})
warn_of_root()
"""


@pytest.fixture(autouse=True)
def _root() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can start a server as root, or as another user")


def test_a_server_that_runs_as_root_says_so_in_its_log(
    bundled: Path, serve: Start, tmp_path: Path
) -> None:
    """`urbansdg serve` warns at its start that it runs as root, and where to read on."""
    with serve(bundled, tmp_path / "log") as server:
        log = server.log.read_text()
    (line,) = (line for line in log.splitlines() if _WARNING in line)
    assert "WARNING" in line
    assert "docs/how-to/deploy.md" in line


@pytest.mark.long
def test_a_server_that_runs_as_another_user_has_nothing_to_say() -> None:
    """Without the rights of root there is no warning."""
    done = subprocess.run(
        (sys.executable, "-P", "-c", _AS_NOBODY), capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
