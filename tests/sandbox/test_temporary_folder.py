"""Temporary folders go with their process, or with the next start."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from urbansdg.sandbox.temporary_folder import TemporaryFolder, remove_abandoned_folders

_WAITING = """
import sys
from urbansdg.sandbox.temporary_folder import TemporaryFolder
with TemporaryFolder() as name:
    print(name, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a temporary directory of this test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_removed_with_its_content(temporary: Path) -> None:
    """Leaving the block removes the folder and the files in it."""
    with TemporaryFolder() as name:
        (Path(name) / "file").write_text("text")
        assert list(temporary.iterdir()) == [Path(name)]
    assert not any(temporary.iterdir())


def test_only_the_folder_of_a_killed_process_is_removed(temporary: Path) -> None:
    """A folder in use stays; that of a killed process goes."""
    with subprocess.Popen(
        (sys.executable, "-c", _WAITING),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(temporary)},
    ) as process:
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        (left / "file").write_text("text")
        remove_abandoned_folders()
        assert (left / "file").exists()
        process.send_signal(signal.SIGKILL)
    assert left.exists()
    remove_abandoned_folders()
    assert not left.exists()


@pytest.mark.parametrize("name", ["urbansdg-data", "urbansdg-work-notes", "urbansdg-work-12345678"])
def test_a_folder_that_we_did_not_make_stays(temporary: Path, name: str) -> None:
    """A folder with another name stays, and so does one that others may read."""
    folder = temporary / name
    folder.mkdir(mode=0o755)
    remove_abandoned_folders()
    assert folder.is_dir()
