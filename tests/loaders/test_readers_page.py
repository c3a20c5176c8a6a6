"""The page that says how to write a reader: its example is built, installed and used."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

_BLOCK = re.compile(r"```(toml|python)\n(.*?)```", re.DOTALL)
_PLANS = """\
Paris;Plan vélo;250000000;https://www.paris.fr/velo
Nowhere;Plan of no city;1;https://example.org/
Seoul;Bicycles
"""


@pytest.fixture(scope="module")
def installed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that the page's package was installed into by pip."""
    folder = tmp_path_factory.mktemp("bicycle-plans")
    blocks = dict(_BLOCK.findall((root / "docs" / "readers.md").read_text("utf-8")))
    (folder / "pyproject.toml").write_text(blocks["toml"], "utf-8")
    (folder / "bicycle_plans.py").write_text(blocks["python"], "utf-8")
    target = folder / "installed"
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--target", target)
    subprocess.run((sys.executable, "-m", "pip", "install", *options, folder), check=True)
    return target


def test_the_pages_reader_is_found_and_used(graph: Path, installed: Path, tmp_path: Path) -> None:
    """The package of the page is all that it takes: what it reads is loaded, or told by line."""
    plans = tmp_path / "members.bicycle-plans.txt"
    plans.write_text(_PLANS, "utf-8")
    command = (sys.executable, "-m", "urbansdg.cli", "load", plans, "--data-dir", graph)
    done = subprocess.run(
        (*command, "--format", "json", "--resolve", tmp_path / "choices.csv"),
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(done.stdout)
    assert (done.returncode, told["outcome"]) == (0, "published"), told
    problems = [(each["code"], each["place"].get("line")) for each in told["problems"]]
    assert problems == [("unknown-city", 2), ("incomplete-plan", 3)]
    assert (tmp_path / "choices.csv").read_text("utf-8").splitlines()[1].startswith("Nowhere,")
