"""Odd and hostile paths: no way to another host, no header of the client's making, no trace."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urljoin

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.server import Server, Start, http_client

_BASE = "http://localhost:8000"
_PLACES = ("", "/id", "/doc", "/graph", "/describe", "/memento/1/doc", "/timegate/doc")
_MORE = ("/linkset", "/dumps", "/dumps/latest", "/vocab", "/static", "/sitemap/1", "/events/1")
_PIECES = (
    *("/", "//", "\\", "..", ".", "%2f", "%2F..", "%5c", "%2e%2e", "%00", "%0d%0aX-Evil:1", "%ff"),
    *("%", "%zz", "@evil.example", "//evil.example/", "evil.example", "a" * 300, ":80", ";a=b"),
    *("~", "%C3%A9", "%e4%b8%ad", "%20", "'", "(", ")", "[", "]", "|"),
    *(
        "city",
        "1835848",
        ".ttl",
        ".html",
        ".geojson",
        "?page=2",
        "?uri=//evil",
        "99999999999999999999",
    ),
)


@pytest.fixture(scope="module")
def client(serving: Server) -> Iterator[httpx.Client]:
    """Return a client of the server."""
    with http_client(serving.url) as client:
        yield client


def _get(client: httpx.Client, path: str) -> httpx.Response:
    """Ask for a path as it is written."""
    return client.get(client.base_url.copy_with(raw_path=path.encode("latin-1")))


_PATHS = st.builds(
    lambda place, pieces: f"{place}/{''.join(pieces)}",
    st.sampled_from([*_PLACES, *_MORE]),
    st.lists(st.sampled_from(_PIECES), max_size=6),
)


@settings(max_examples=settings().max_examples * 2)
@given(_PATHS)
def test_no_path_leads_away_or_breaks(client: httpx.Client, path: str) -> None:
    """Whatever the path: an answer or a problem, and a redirect stays here and ends."""
    answer = _get(client, path)
    assert answer.status_code in {200, 302, 303, 307, 308, 400, 404, 406, 410, 414, 503}
    assert "x-evil" not in answer.headers
    target = answer.headers.get("location", "/")
    assert re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", target), target
    assert urljoin(_BASE, target).startswith(f"{_BASE}/")
    if answer.status_code == 308:
        assert _get(client, target).status_code != 308


@pytest.mark.parametrize(
    "key", ["á", "中", " ", "'", "(", ")", "a%20b", "100%", "#?", "[x]", "a|b", "+"]
)
def test_a_key_of_any_letters_has_one_address(client: httpx.Client, key: str) -> None:
    """The one address of a key is reached from each spelling of it by one redirect."""
    own = f"/doc/policy/{quote(key, safe=chr(39) + '()+')}"
    assert _get(client, own).status_code == 404
    every = "".join(f"%{byte:02x}" for byte in key.encode())
    answer = _get(client, f"/doc//policy/{every}/")
    assert (answer.status_code, answer.headers["location"]) == (308, own)


def test_files_that_cannot_be_read_are_503(graph: Path, serve: Start) -> None:
    """Where the files of the graph are broken while it is served, documents are 503, not 500."""
    with serve(graph) as running, http_client(running.url) as client:
        assert client.get("/ontology").status_code == 200
        for file in graph.rglob("*.sst"):
            file.write_bytes(b"")
        for path in (
            "/doc/city/1835848",
            "/id/city/1835848",
            "/describe?uri=http://e/a",
            "/graph/policies",
        ):
            answer = client.get(path)
            assert (answer.status_code, "retry-after" in answer.headers) == (503, True), path
            assert str(graph) not in answer.text
        shutil.rmtree(graph)
        assert client.get("/dataset").status_code == 503
        assert str(graph) not in client.get("/dataset").text
