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
hypothesis.settings.register_profile("shared", deadline=None)
hypothesis.settings.load_profile("shared")

# Hundreds of tests run the command: it is not to be compiled anew each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

_ROOT = Path(__file__).resolve().parent.parent
Command = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Running:
    """The command `serve` at work: where it answers, its process, and what it said."""

    url: str
    process: subprocess.Popen[str]
    said: str


_LONG = (
    *("endpoint", "engines", "shapes/test_golden.py", "docs/test_docs.py"),
    *("cli/test_commands.py", "pages/test_accessibility.py", "catalogue/test_contact_data.py"),
    *("loaders/test_natural_earth.py", "cli/test_serve.py", "loaders/test_real_sources.py"),
)
"""What takes longest, in this order: short files are left to the end, to even the processes out."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file in one process, for its fixtures are dear, and some folders whole.

    The tests of the endpoint measure limits and load one another; those of engines share one.
    """
    items.sort(key=_turn)
    for item in items:
        folder, *further = item.path.relative_to(_ROOT / "tests").parts
        whole = folder in {"endpoint", "engines"}
        item.add_marker(pytest.mark.xdist_group(folder if whole else "/".join([folder, *further])))


def _turn(item: pytest.Item) -> int:
    """Return when a test's file or folder has its turn."""
    path = item.path.relative_to(_ROOT / "tests").as_posix()
    return next((at for at, name in enumerate(_LONG) if path.startswith(name)), len(_LONG))


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


def _answers(url: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            assert httpx.get(f"{url}/health").status_code == 200
        except httpx.TransportError:
            assert time.monotonic() < deadline, f"{url} does not answer"
            time.sleep(0.05)
        else:
            return
