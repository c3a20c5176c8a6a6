"""What the tests share: the real data, the graph of the bundled data, and the command itself."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import hypothesis
import pytest

# The machines are shared: how long an example takes says nothing.
hypothesis.settings.register_profile("short", deadline=None, max_examples=30)
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
pytest_plugins = ["tests.support.server"]
Command = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Running:
    """The command `serve` at work: where it answers, its process, and what it said."""

    url: str
    process: subprocess.Popen[str]
    said: str


_FIRST = (
    *("endpoint/pages/test_accessibility.py", "endpoint/discovery/test_crawler.py"),
    *("store/test_failures.py", "endpoint/discovery/test_contact_data.py", "cli/test_commands.py"),
    *("endpoint", "hostile", "conformance", "store", "shapes/test_golden.py", "loaders"),
)
"""The files that take longest, in this order: the short ones even out the processes at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the longest files first. `--dist loadfile` keeps each file in one process.

    Marks of groups have no effect: pytest-xdist 3.8 writes them to node ids that pytest 9.2
    no longer reads, and each test then builds its fixtures in whichever process it meets.
    """
    items.sort(key=_turn)


_OWN_SERVER = ("endpoint/discovery/", "endpoint/linked_data/", "endpoint/pages/")
_SHARED_SERVER = ("endpoint/", "conformance/test_sparql", "clients/", "sparql/", "egress/")
_HOSTILE = ("hostile/test_hostile_queries", "hostile/test_hostile_writes")
_WHOLE: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("store/engine", lambda path: path.startswith("store/engine/")),
    (
        "endpoint",
        lambda path: (
            path.startswith((*_SHARED_SERVER, *_HOSTILE)) and not path.startswith(_OWN_SERVER)
        ),
    ),
)
"""The groups that one process runs, and whether a path belongs to each."""


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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago."""
    return _free_port()


def _environment(settings: dict[str, str]) -> dict[str, str]:
    """Return the environment without settings of this machine, with those given."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("URBANSDG_")}
    return bare | {"COLUMNS": "120"} | settings


@pytest.fixture(scope="session")
def urbansdg() -> Command:
    """Return the command: its arguments, standard input, and settings of the environment."""

    def run(
        *arguments: object, stdin: str | None = None, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (sys.executable, "-P", "-m", "urbansdg.cli", *map(str, arguments)),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env=_environment(settings),
        )

    return run


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory, urbansdg: Command) -> Path:
    """Return a data directory with the bundled data, made by `urbansdg init`; nobody changes it."""
    folder = tmp_path_factory.mktemp("bundled") / "graph"
    done = urbansdg("init", "--data-dir", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def graph(bundled: Path, tmp_path: Path) -> Path:
    """Return a data directory with the bundled data, for one test to change."""
    return Path(shutil.copytree(bundled, tmp_path / "graph"))


Serve = Callable[..., contextlib.AbstractContextManager[Running]]


@pytest.fixture(scope="session")
def serving(bundled: Path) -> Iterator[Running]:
    """Return the command `serve` at work on the bundled data."""
    with _served(bundled) as running:
        yield running


@pytest.fixture(scope="session")
def serve() -> Serve:
    """Return the starter of the command `serve`: a data directory, settings of the environment.

    It ends with the block.
    """
    return _served


@contextlib.contextmanager
def _served(folder: Path, log: Path | None = None, **settings: str) -> Iterator[Running]:
    """Run it; `log` is where its standard error goes."""
    port = str(_free_port())
    command = (sys.executable, "-P", "-m", "urbansdg.cli", "serve", "--port", port)
    with (
        contextlib.nullcontext() if log is None else log.open("w") as errors,
        subprocess.Popen(
            (*command, "--data-dir", str(folder)),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=_environment(settings),
        ) as process,
    ):
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            _answers(f"http://127.0.0.1:{port}")
            yield Running(f"http://127.0.0.1:{port}", process, said)
        finally:
            process.terminate()


def _answers(url: str, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            assert httpx.get(f"{url}/health").status_code == 200
        except httpx.TransportError:
            assert time.monotonic() < deadline, f"{url} does not answer"
            time.sleep(0.05)
        else:
            return
