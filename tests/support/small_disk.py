"""A file system of 12 MiB of its own, which a test may fill."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a file system of 12 MiB, or skip where we have not the right to mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place))
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:  # noqa: PLW1510
        pytest.skip("mounting a small file system takes a right that we have not")
    yield place
    subprocess.run(("umount", "--lazy", str(place)), check=True)
