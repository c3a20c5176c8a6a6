"""Programs for Chromium: they use pages as a person does, and print what they see as JSON."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

_MODULES: Final = Path(sys.prefix) / "node" / "node_modules"


def run_in_chromium(
    program: Path,
    *arguments: str,
    modules: tuple[str, ...] = ("playwright-core",),
    stdin: str | None = None,
    seconds: float = 900,
) -> list[Any]:
    """Run a program with the path of Chromium and other arguments; return the lines it prints.

    `stdin` is its standard input. The test is skipped where Chromium, Node or one of the modules
    is not installed.
    """
    chromium, node = shutil.which("chromium"), shutil.which("node")
    if chromium is None or node is None:
        pytest.skip("chromium or node is not on this machine (.ci/setup installs it)")
    missing = [name for name in modules if not (_MODULES / name).is_dir()]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed (.ci/setup installs it)")
    done = subprocess.run(
        (node, str(program), chromium, *arguments),
        input=stdin,
        env=os.environ | {"NODE_PATH": str(_MODULES)},
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
