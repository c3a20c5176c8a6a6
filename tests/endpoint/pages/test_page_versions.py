"""The comparison and the cooperation board of an older version."""

import re
from html import unescape
from pathlib import Path

import httpx
import pytest

from tests.endpoint.pages.conftest import See
from tests.endpoint.pages.page_data import page_json, refusal
from tests.support.server import Start, http_client
from urbansdg.store import Change, Edit, GraphStore, Step
from urbansdg.store.publication import accept

_COMPARISON = "/compare?city=2643743&city=1835848&goal=11"
_BOARD = "/cooperation?day=2026-11-30&kind=offer"
_PAGES = (_COMPARISON, _BOARD)
_REMOVALS = " ; ".join(
    f"DELETE WHERE {{ GRAPH ?g {{ <http://localhost:8000/id/{thing}> ?p ?o }} }}"
    for thing in ("cooperation/example-haneul-visits", "policy/2643743-ulez")
)


@pytest.mark.parametrize("address", _PAGES)
def test_a_page_links_to_its_version(browser: httpx.Client, see: See, address: str) -> None:
    """A page has a permanent link, which has the same content and says of which version it is."""
    link = next(
        href for text, href in see(address).links.items() if text == "Version 1 of the graph"
    )
    pinned = see(unescape(link))
    assert "This is version 1." in pinned.text
    assert "version" not in pinned.links["See the current version"]
    assert {"type": "hidden", "name": "version", "value": "1"} in pinned.all("input")
    assert "Permanent link" not in pinned.text
    answers = [page_json(browser, link), page_json(browser, address)]
    assert [answer.pop("version") for answer in answers] == [1, 1]
    assert answers[0] == answers[1]
    headers = browser.get(link).headers
    assert "max-age=86400" in headers["cache-control"]
    assert headers["etag"] != browser.get(address).headers["etag"]


@pytest.mark.parametrize("address", _PAGES)
def test_the_links_of_a_page_of_a_version_stay_in_it(see: See, address: str) -> None:
    """Downloads, states and combinations of cities name the version that the page is of."""
    page = see(f"{address}&version=1")
    path = address.partition("?")[0]
    links = [
        href
        for text, href in page.links.items()
        if href.startswith(f"{path}?") and text != "See the current version"
    ]
    languages = re.findall(r'href="([^"]*lang=[^"]*)"', page.page)
    assert len(links) > 2
    assert all("version=1" in href for href in (*links, *languages[1:]))


@pytest.mark.parametrize("path", ["/compare", "/cooperation"])
@pytest.mark.parametrize(
    ("version", "status", "words"),
    [
        ("99999", 404, "version"),
        ("9" * 18, 404, "version"),
        ("-1", 400, "Invalid version"),
        ("1e3", 400, "Invalid version"),
        ("x", 400, "Invalid version"),
        ("%D9%A1", 400, "Invalid version"),
        ("%3Cscript%3E", 400, "Invalid version"),
        ("%00", 400, "Invalid version"),
        ("9" * 4_000, 400, "Invalid version"),
        ("1&version=2", 400, "more than one version"),
    ],
)
def test_a_version_that_is_not_there_is_refused(
    browser: httpx.Client, path: str, version: str, status: int, words: str
) -> None:
    """An invalid or unknown version is refused in words, and runs nothing."""
    refusal(browser, f"{path}?version={version}", status, words)


def test_an_empty_version_is_the_current_one(browser: httpx.Client) -> None:
    """A form sends its empty fields: they say nothing."""
    assert page_json(browser, f"{_COMPARISON}&version=")["version"] == 1


@pytest.mark.long
def test_an_older_version_has_what_was_removed(graph: Path, serve: Start) -> None:
    """What a version has stays on its pages when a later one lacks it."""
    store = GraphStore.open(graph)
    before = store.current_number()
    edit = Edit((Step("update", text=_REMOVALS),), lambda _: None)
    store.publish(Change("tester", edit=edit), accept)
    with serve(graph) as server, http_client(server.url) as client:
        current, older = (
            [page_json(client, f"{page}{more}") for page in _PAGES]
            for more in ("", f"&version={before}")
        )
    assert [page["version"] for page in (*older, *current)] == [before] * 2 + [before + 1] * 2
    assert [page["total"] for page in (older[1], current[1])] == [2, 1]
    policies = [page["cities"][0]["policies"] for page in (older[0], current[0])]
    assert policies == [2, 1]
