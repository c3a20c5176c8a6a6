"""Pages in Chromium, as axe-core judges them (WCAG 2.2, levels A and AA, and good practice)."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.endpoint.pages.page_kinds import PAGE_KINDS, in_language
from tests.support.server import Server

pytestmark = pytest.mark.long

_HERE = Path(__file__).resolve().parent
_MODULES = Path(sys.prefix) / "node" / "node_modules"
_MISTAKEN = (
    "data:text/html,<img src=x><a href=x></a>"
    "<p><button style='width:9px;height:9px;padding:0'>a</button>"
    "<button style='width:9px;height:9px;padding:0'>b</button></p>"
)


Finding = dict[str, Any]
Judge = Callable[..., list[Finding]]


@pytest.fixture(scope="module")
def judge() -> Judge:
    """Return what runs one of the programs for Chromium here, or skip where it cannot run."""
    chromium, node = shutil.which("chromium"), shutil.which("node")
    if chromium is None or node is None:
        pytest.skip("chromium or node is not on this machine (.ci/setup installs it)")
    if not all((_MODULES / name).is_dir() for name in ("axe-core", "playwright-core")):
        pytest.skip("axe-core and playwright-core are not installed (.ci/setup installs them)")

    def run(program: str, *arguments: str) -> list[Finding]:
        done = subprocess.run(
            (node, str(_HERE / program), chromium, *arguments),
            env=os.environ | {"NODE_PATH": str(_MODULES)},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


@pytest.mark.parametrize("language", ["en", "ko", "ar"])
def test_axe_finds_nothing_wrong_with_a_page_of_each_kind(
    judge: Judge, serving: Server, language: str
) -> None:
    """No kind of page breaks a rule on a phone or a desk, and none is wider than its window."""
    urls = [f"{serving.url}{in_language(page, language)}" for page in PAGE_KINDS]
    findings = judge("axe.cjs", *urls)
    assert [finding for finding in findings if "rule" in finding] == []
    judged = [finding for finding in findings if finding.get("passes", 0) > 10]
    assert len(judged) == 2 * len(PAGE_KINDS)


def test_axe_finds_what_is_wrong(judge: Judge) -> None:
    """A page with mistakes is found out, small targets included: the judge is awake."""
    rules = {finding["rule"] for finding in judge("axe.cjs", _MISTAKEN) if "rule" in finding}
    assert {"image-alt", "link-name", "target-size"} <= rules


@pytest.mark.parametrize("language", ["en", "ko", "ar"])
def test_no_page_of_a_crawl_is_wider_than_its_window(
    judge: Judge, serving: Server, language: str
) -> None:
    """Pages that links lead to from the home page fit a phone and a desk, and exist."""
    findings = judge("crawl.cjs", in_language(f"{serving.url}/", language), "150")
    assert [finding for finding in findings if "wrong" in finding] == []
    (count,) = (finding["pages"] for finding in findings if "pages" in finding)
    assert count == 150


def test_the_search_box_is_used_with_keys_and_without_the_script(
    judge: Judge, serving: Server
) -> None:
    """Suggestions open, are chosen and closed by keys; search and language need no script."""
    (seen,) = judge("search_box.cjs", serving.url)
    assert seen["before"] == {"role": "combobox", "expanded": "false", "active": None}
    assert seen["typed"] == {"role": "combobox", "expanded": "true", "active": None}
    assert any("Stockholm congestion tax" in option for option in seen["options"])
    assert seen["down"]["active"] == seen["options"][0]
    assert seen["up"]["active"] is None
    assert seen["escaped"]["expanded"] == "false"
    assert seen["chosen"].startswith("/doc/")
    assert seen["searched"] == seen["without"] == "/search?q=night+bus"
    assert seen["menu"] is False
    assert seen["copies"] == 1
    assert seen["language"] == "ko"
    assert seen["outside"] == seen["errors"] == []
