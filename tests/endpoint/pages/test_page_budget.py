"""The budget of pages: 40 kB on the wire and three requests, pictures aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.endpoint.pages.conftest import Seen
from tests.endpoint.pages.page_kinds import PAGE_KINDS, in_language

if TYPE_CHECKING:
    from tests.support.server import Server

_MOST = 40_000
_REQUESTS = 3
_HEADERS = {"accept": "text/html", "accept-encoding": "gzip"}


def _transferred(client: httpx.Client, address: str) -> tuple[int, bytes]:
    """Return the bytes of a compressed body, and the body."""
    with client.stream("GET", address, headers=_HEADERS) as answer:
        raw = b"".join(answer.iter_raw())
    return len(raw), httpx.Response(200, headers=answer.headers, content=raw).content


@pytest.mark.parametrize(
    "language",
    ["en", pytest.param("ko", marks=pytest.mark.long), pytest.param("ar", marks=pytest.mark.long)],
)
def test_a_page_of_each_kind_is_within_its_budget(serving: Server, language: str) -> None:
    """A page with its style and its script has 40 kB at most, and makes three requests."""
    over = []
    with httpx.Client(base_url=serving.url) as client:
        parts = {
            path: _transferred(client, path)[0] for path in ("/static/style.css", "/static/site.js")
        }
        for address in set(PAGE_KINDS) - {"/sparql"}:  # it has the editor of queries
            size, body = _transferred(client, in_language(address, language))
            page = Seen(body.decode())
            styles = [link["href"] for link in page.all("link") if link.get("rel") == "stylesheet"]
            scripts = [script["src"] for script in page.all("script") if script.get("src")]
            whole = size + sum(parts.get(path, 0) for path in (*styles, *scripts))
            if whole > _MOST or 1 + len(styles) + len(scripts) > _REQUESTS:
                over.append((address, whole, styles, scripts))
    assert over == []
