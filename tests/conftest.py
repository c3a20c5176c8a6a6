"""What the tests share: the real data, the graph of the bundled data, and the command itself."""

import os
import shutil
from pathlib import Path

import hypothesis
import pytest

# The machines are shared: how long an example takes says nothing.
hypothesis.settings.register_profile("short", deadline=None, max_examples=24)
hypothesis.settings.register_profile("long", deadline=None, max_examples=200)
_IS_LONG = "URBANSDG_TEST_LONG" in os.environ
hypothesis.settings.load_profile("long" if _IS_LONG else "short")

# Each version is synced to the disk: in memory a version takes a quarter of the time.
# `make test-long` writes to the disk.
_MEMORY = Path("/dev/shm")  # noqa: S108  # pytest makes a folder there that is ours alone
if not _IS_LONG and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > 8 << 30:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))

# Hundreds of tests run the command: it is not to be compiled anew each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

_ROOT = Path(__file__).resolve().parent.parent
pytest_plugins = ["tests.support.command", "tests.support.server", "tests.support.small_disk"]


_FIRST = (
    *("endpoint/writes/test_writes.py", "shapes/test_golden.py", "cli/test_commands.py"),
    *("endpoint/openapi/test_api_document.py", "endpoint/query/test_graph_store_protocol.py"),
    *("loaders/workbook/test_round_trip.py", "endpoint/history/test_change_history.py"),
    *("data/test_default_installation.py", "store/test_scoped_writes.py", "store/test_history.py"),
    *("endpoint/pages/test_accessibility.py", "endpoint/discovery/test_crawler.py"),
    *("endpoint", "hostile", "conformance", "store", "loaders"),
)
"""The files that take longest, in this order: the short ones even out the processes at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the longest files first. `--dist loadfile` keeps each file in one process.

    Marks of groups have no effect: pytest-xdist 3.8 writes them to node ids that pytest 9.2
    no longer reads, and each test then builds its fixtures in whichever process it meets.
    """
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    """Return when a test's file or folder has its turn."""
    path = item.path.relative_to(_ROOT / "tests").as_posix()
    return next((at for at, name in enumerate(_FIRST) if path.startswith(name)), len(_FIRST))


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the root of the checkout."""
    return _ROOT


@pytest.fixture(scope="session")
def shared(root: Path) -> Path:
    """Return the folder of real data beside the checkout, or skip where it is absent."""
    folder = root.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("the real data (../shared/data) is not on this machine")
    return folder
