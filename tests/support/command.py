"""The command itself, the graph of the bundled data that it makes, and its environment."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]


def bare_environment(**settings: object) -> dict[str, str]:
    """Return the environment without settings of this machine, with those given by field name."""
    bare = {name: text for name, text in os.environ.items() if not name.startswith("URBANSDG_")}
    return bare | {f"URBANSDG_{name.upper()}": str(value) for name, value in settings.items()}


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
            env=bare_environment() | {"COLUMNS": "120"} | settings,
        )

    return run


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory, urbansdg: Command) -> Path:
    """Return a data directory with the bundled data and the example; nobody changes it."""
    folder = tmp_path_factory.mktemp("bundled") / "graph"
    done = urbansdg("init", "--example", "--data-dir", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def graph(bundled: Path, tmp_path: Path) -> Path:
    """Return a data directory with the bundled data, for one test to change."""
    return Path(shutil.copytree(bundled, tmp_path / "graph"))
