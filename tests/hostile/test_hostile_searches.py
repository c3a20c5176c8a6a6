"""Searches and lists that mean harm: each is an answer below 500, soon, and nothing in it runs."""

import time
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from tests.support.server import Server, http_client

_PATHS = ("/search", "/suggest", "/policies.csv")
_SLOWEST = 20
_TEXTS = (
    '"><script>alert(1)</script>',
    "'\"><img src=x onerror=alert(1)>",
    '") } } DELETE WHERE { ?s ?p ?o } #',
    '" . } ; DROP ALL #',
    "\\u0022) || true || (\\u0022",
    "(a+)+$ .* [ ] { } \\ ^ | ? *",
    'name:bus AND +kind:policy^9 -x~ "a b"~9 /.*/ [a TO z]',
    "a" * 20_000,
    "a b " * 4_000,
    "가" * 5_000,
    "\x00\x07\x1b[31m\u202e\ufeff\ud7ff",
    "\U0001f600\U0001f1f0\U0001f1f7",
    "\u0300" * 3_000,
    "%00%ff%",
    "=HYPERLINK(1)",
    "   ",
    "",
)
_VALUES = ("x" * 3_000, "../../etc/passwd", "http://e/> } #", "<script>", "\x00", "11' OR '1", "-1")


@pytest.fixture(scope="module")
def client(serving: Server) -> Iterator[httpx.Client]:
    """Return a client of a server whose search index is there."""
    serving.index()
    with http_client(serving.url, headers={"accept": "text/html"}) as client:
        yield client


def _answer(client: httpx.Client, address: str, **headers: str) -> httpx.Response:
    began = time.monotonic()
    answer = client.get(address, headers=headers)
    assert answer.status_code < 500, answer.text
    assert time.monotonic() - began < _SLOWEST
    return answer


@pytest.mark.parametrize("text", _TEXTS)
def test_a_search_takes_any_text(client: httpx.Client, text: str) -> None:
    """Whatever is sought is text: it runs nothing, breaks nothing, and is bounded."""
    for form in ("html", "json", "atom", "sparql", "csv"):
        answer = _answer(client, f"/search?format={form}&q={quote(text)}")
        assert len(answer.content) < 400_000
        if form == "html":
            assert answer.status_code in {200, 414, 431}
            assert "<script>" not in answer.text
            assert "<img" not in answer.text
            assert "\u202e" not in answer.text
    assert _answer(client, f"/suggest?q={quote(text)}").status_code in {200, 414, 431}


@pytest.mark.parametrize("text", [text for text in _TEXTS if len(text) < 200])
def test_the_query_of_a_search_is_one_query(client: httpx.Client, text: str) -> None:
    """Whatever is sought, "As SPARQL" is a query that can be read, and changes nothing."""
    query = _answer(client, f"/search?format=sparql&kind=goal&q={quote(text)}").text
    answer = client.get("/sparql", params={"query": query}, headers={"accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    assert answer.text.startswith("thing,name")


@pytest.mark.parametrize(
    "facet", ["goal", "target", "theme", "country", "city", "period", "language", "has", "kind"]
)
def test_a_facet_takes_no_harm_from_its_value(client: httpx.Client, facet: str) -> None:
    """An invalid value of a facet is 400; one that nothing has is an empty list."""
    for value in _VALUES:
        answer = _answer(client, f"/search?{facet}={quote(value, safe='')}")
        assert answer.status_code in {200, 400}
        assert "<script>" not in answer.text


@pytest.mark.parametrize("path", _PATHS)
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("&".join(f"p{number}=x" for number in range(3_000)), {400, 414, 431}),
        ("&".join(f"goal={number}" for number in range(3_000)), {400, 414, 431}),
        ("goal=" + ",".join("1" * 1_000), {200, 400}),
        ("&" * 5_000, {200, 414, 431}),
        ("page=0", {404}),
        ("page=-1", {404}),
        ("page=1e9", {404}),
        ("page=99999999999999999999", {404}),
        ("page=10000", {404, 200}),
        ("page=%D9%A3", {404}),
        ("version=99", {404}),
        ("version=1e3", {400}),
        ("version=" + "9" * 4_000, {400}),
        ("version=1&version=2", {400}),
        ("format=exe", {406}),
        ("format=" + "x" * 4_000, {406}),
        ("sort=%00", {400}),
        ("unknown=1", {400}),
        ("%ff=%fe", {400}),
        ("lang=" + "x" * 4_000, {200}),
    ],
)
def test_a_wrong_parameter_is_a_plain_answer(
    client: httpx.Client, path: str, query: str, status: set[int]
) -> None:
    """Wrong, repeated, too many and unknown parameters are answered with what they are."""
    answer = _answer(client, f"{path}?{query}")
    assert answer.status_code in status | ({406, 200} if "suggest" in path else set()), path


def test_ten_thousand_parameters_are_refused(client: httpx.Client) -> None:
    """A request with ten thousand parameters is refused at once."""
    query = "&".join(["q=a"] * 10_000)
    began = time.monotonic()
    assert client.get(f"/search?{query}").status_code in {400, 414, 431}
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", _PATHS)
def test_other_methods_are_refused(client: httpx.Client, path: str, method: str) -> None:
    """Lists and searches are read only."""
    assert client.request(method, path, content=b"x").status_code == 405
