"""Pages in Chromium, as axe-core judges them (WCAG 2.2, levels A and AA, and good practice)."""

from pathlib import Path
from typing import Any

import pytest

from tests.endpoint.pages.page_kinds import PAGE_KINDS, in_language
from tests.support.chromium import run_in_chromium
from tests.support.server import Server

pytestmark = pytest.mark.long

_HERE = Path(__file__).resolve().parent
_MISTAKEN = (
    "data:text/html,<img src=x><a href=x></a>"
    "<p><button style='width:9px;height:9px;padding:0'>a</button>"
    "<button style='width:9px;height:9px;padding:0'>b</button></p>"
)


def _judge(program: str, *arguments: str) -> list[dict[str, Any]]:
    """Return the findings of one of the programs for Chromium here."""
    modules = ("axe-core", "playwright-core")
    return run_in_chromium(_HERE / program, *arguments, modules=modules)


@pytest.mark.parametrize("language", ["en", "ko", "ar"])
def test_axe_finds_nothing_wrong_with_a_page_of_each_kind(serving: Server, language: str) -> None:
    """No kind of page breaks a rule on a phone or a desk, and none is wider than its window."""
    urls = [f"{serving.url}{in_language(page, language)}" for page in PAGE_KINDS]
    findings = _judge("axe.cjs", *urls)
    assert [finding for finding in findings if "rule" in finding] == []
    judged = [finding for finding in findings if finding.get("passes", 0) > 10]
    assert len(judged) == 2 * len(PAGE_KINDS)


def test_axe_finds_what_is_wrong() -> None:
    """A page with mistakes is found out, small targets included: the judge is awake."""
    rules = {finding["rule"] for finding in _judge("axe.cjs", _MISTAKEN) if "rule" in finding}
    assert {"image-alt", "link-name", "target-size"} <= rules


@pytest.mark.parametrize("language", ["en", "ko", "ar"])
def test_no_page_of_a_crawl_is_wider_than_its_window(serving: Server, language: str) -> None:
    """Pages that links lead to from the home page fit a phone and a desk, and exist."""
    findings = _judge("crawl.cjs", in_language(f"{serving.url}/", language), "150")
    assert [finding for finding in findings if "wrong" in finding] == []
    (count,) = (finding["pages"] for finding in findings if "pages" in finding)
    assert count == 150


def test_the_search_box_is_used_with_keys_and_without_the_script(serving: Server) -> None:
    """Suggestions open, are chosen and closed by keys; search and language need no script."""
    (seen,) = _judge("search_box.cjs", serving.url)
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
