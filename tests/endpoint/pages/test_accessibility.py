"""Pages in Chromium, as axe-core judges them (WCAG 2.2, levels A and AA, and good practice)."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.server import Server

pytestmark = pytest.mark.long

_HERE = Path(__file__).resolve().parent
_MODULES = Path(sys.prefix) / "node" / "node_modules"
_THEME = quote("https://w3id.org/urbansdg/vocab/theme#transport", safe="")
_PAGES = (
    "/",
    "/doc/city/example-haneul",
    "/doc/policy/example-haneul-night-buses",
    "/doc/policy/example-haneul-night-buses?lang=ar",
    "/describe?uri=http://metadata.un.org/sdg/11",
    "/describe?uri=http://metadata.un.org/sdg/11.2",
    f"/describe?uri={_THEME}",
    "/doc/opinion/example-2",
    "/dataset",
    "/search?q=bus",
    "/policies",
    "/sparql",
    "/docs",
    "/ontology",
    "/compare?city=example-haneul&city=1835848",
    "/cooperation",
    "/nothing/here",
)
_MISTAKEN = "data:text/html,<img src=x><a href=x></a>"


@pytest.fixture(scope="module")
def judged(serving: Server) -> list[dict[str, Any]]:
    """Return what axe says of the pages and of a mistaken one, or skip where it cannot be asked."""
    chromium, node = shutil.which("chromium"), shutil.which("node")
    if chromium is None or node is None:
        pytest.skip("chromium or node is not on this machine (.ci/setup installs it)")
    if not all((_MODULES / name).is_dir() for name in ("axe-core", "playwright-core")):
        pytest.skip("axe-core and playwright-core are not installed (.ci/setup installs them)")
    urls = [*(f"{serving.url}{page}" for page in _PAGES), _MISTAKEN]
    done = subprocess.run(
        (node, str(_HERE / "axe.cjs"), chromium, *urls),
        env=os.environ | {"NODE_PATH": str(_MODULES)},
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_axe_finds_nothing_wrong_with_the_pages(judged: list[dict[str, Any]]) -> None:
    """No page breaks a rule, in the widths of a phone and of a desk, and none is too wide."""
    wrong = [problem for problem in judged if "rule" in problem and problem["url"] != _MISTAKEN]
    assert wrong == []
    looked = [problem for problem in judged if problem.get("passes", 0) > 10]
    assert len(looked) == 2 * len(_PAGES)


def test_axe_finds_what_is_wrong(judged: list[dict[str, Any]]) -> None:
    """A page with mistakes is found out: the judge is awake."""
    rules = {
        problem["rule"] for problem in judged if problem["url"] == _MISTAKEN and "rule" in problem
    }
    assert {"image-alt", "link-name"} <= rules
