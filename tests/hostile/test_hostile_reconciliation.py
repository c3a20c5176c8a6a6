"""Requests to `/reconcile` that no honest client sends: refused, or answered without harm."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.server import Server, http_client

_LONG = "x" * 1_000_001
_DEEP = 100_000


@pytest.fixture(scope="module")
def site(serving: Server) -> Iterator[httpx.Client]:
    """Return a client of a server whose search index is made."""
    serving.index()
    with http_client(serving.url) as client:
        yield client


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "null", '"q"', "5", "{'q': {}}", '{"q": }', "\x00", "{} {}"),
        *('{"q": NaN}', '{"q": {"query": "a", "limit": Infinity}}', '{"q": -Infinity}'),
        '{"q": {"query": "a"}, "q": {"query": "b"}}',
        '{"q": {"query": "a", "query": "b"}}',
        *('{"\\ud800": {"query": "a"}}', '{"q": {"query": "\\udfff"}}'),
        '{"q": {"query": ' + "9" * 5_000 + "}}",
        *("[" * _DEEP, '{"q":' * _DEEP, '{"q": ' + "[" * _DEEP + "]" * _DEEP + "}"),
    ],
    ids=lambda text: text[:30].encode("unicode_escape").decode(),
)
@pytest.mark.parametrize("name", ["queries", "extend"])
def test_what_is_no_object_is_refused(site: httpx.Client, name: str, text: str) -> None:
    """Text that is not one JSON object, as RFC 8259 has it and UTF-8 can have, is 400."""
    answer = site.post("/reconcile", data={name: text})
    assert answer.status_code == 400, answer.text
    assert answer.json()["detail"].startswith(f"Invalid JSON in `{name}`")


_NO_STRINGS: list[Any] = [None, 5, [], {}, True, "", " \t\n", "x" * 1_001]
_NO_TYPES: list[Any] = [5, {}, [5], [[]], ["x"] * 21, "x" * 1_001]
_NO_LIMITS: list[Any] = [-1, 1.5, "5", [], True]
_NO_VALUES: list[Any] = [{}, [[]], ["x"] * 11, "x" * 1_001]
_NO_PROPERTIES: list[Any] = [
    *(5, {}, [5], [{}], [{"pid": "country"}]),
    *([{"pid": pid, "v": 1}] for pid in (5, "", "x" * 1_001)),
    *([{"pid": "country", "v": v}] for v in _NO_VALUES),
    [{"pid": "country", "v": "x"}] * 11,
]
_MALFORMED: list[Any] = [
    *(None, [], 5, "Seoul", True, {}),
    *({"query": value} for value in _NO_STRINGS),
    *({"query": "a", "type": value} for value in _NO_TYPES),
    *({"query": "a", "limit": value} for value in _NO_LIMITS),
    *({"query": "a", "properties": value} for value in _NO_PROPERTIES),
    *({"query": "a", "type_strict": value} for value in ["none", 5, []]),
]


@pytest.mark.parametrize("query", _MALFORMED, ids=lambda query: str(query)[:50])
def test_a_malformed_query_is_named(site: httpx.Client, query: object) -> None:
    """A query that is malformed has an empty result and the reason, and costs nothing."""
    answer = site.post("/reconcile", data={"queries": json.dumps({"bad": query})})
    assert answer.status_code == 200, answer.text
    result = answer.json()["bad"]
    assert result["result"] == []
    assert result["error"]


@pytest.mark.parametrize(
    "name",
    [
        *("\x00", "\x1b[31m", "\u202e", "\ufeff", "a\x00b", "()[]{}|^$.*+?\\", '"><script>', "'--"),
        *("AND OR NOT", "name:seoul", "*", "~1", "a^9", "\u0300" * 900, "\U0001f600" * 400),
        *("a " * 500, "(" * 1_000, ", " * 500, "시" * 1_000, "city " * 200, "of de la " * 110),
        *("11." * 300, "SDG " * 250, "http://" + "a" * 900, "Q" + "9" * 900, "1" * 1_000),
    ],
    ids=lambda name: name[:12].encode("unicode_escape").decode(),
)
def test_a_strange_name_is_answered(site: httpx.Client, name: str) -> None:
    """Any string is a name: it is answered, soon, and nothing in it is a query language."""
    queries = {"q": {"query": name, "properties": [{"pid": "country", "v": name}]}}
    answer = site.post("/reconcile", data={"queries": json.dumps(queries)}, timeout=20)
    assert answer.status_code == 200, answer.text
    assert not any(candidate["match"] for candidate in answer.json()["q"]["result"])


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"", "application/x-www-form-urlencoded", 400),
        (b"query=Seoul", "application/x-www-form-urlencoded", 400),
        (b"queries=%ff", "application/x-www-form-urlencoded", 400),
        (b"queries={}&queries={}", "application/x-www-form-urlencoded", 400),
        (b"queries={}&extend={}", "application/x-www-form-urlencoded", 400),
        (b"&" * 200, "application/x-www-form-urlencoded", 400),
        (b'{"queries": {}}', "application/json", 415),
        (b"queries={}", "application/x-www-form-urlencoded; charset=utf-16", 415),
        (b"queries={}", "", 415),
        (b"queries=" + b"%20" * (1 << 21) + b"{}", "application/x-www-form-urlencoded", 413),
    ],
)
def test_a_body_that_is_not_the_form_is_refused(
    site: httpx.Client, body: bytes, media_type: str, status: int
) -> None:
    """A body that is too long, no form, or without one parameter is refused with its status."""
    answer = site.post("/reconcile", content=body, headers={"content-type": media_type})
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    "query",
    [
        *({}, {"ids": []}, {"properties": []}, {"ids": "x", "properties": []}),
        *({"ids": [5], "properties": []}, {"ids": [], "properties": ["country"]}),
        *({"ids": [], "properties": [{}]}, {"ids": [], "properties": [{"id": 5}]}),
        *({"ids": [], "properties": [{"id": "colour"}]},),
        *({"ids": [], "properties": [{"id": "http://a b"}]},),
    ],
    ids=str,
)
def test_a_malformed_extension_is_refused(site: httpx.Client, query: dict[str, Any]) -> None:
    """A data extension query that is malformed, or names an unknown property, is 400."""
    answer = site.post("/reconcile", data={"extend": json.dumps(query)})
    assert answer.status_code == 400, answer.text


def test_an_extension_is_bounded(site: httpx.Client) -> None:
    """Too many entities or properties are 413; an identifier that is not an IRI has no values."""
    oversized = {"ids": [str(number) for number in range(1_001)], "properties": []}
    assert site.post("/reconcile", data={"extend": json.dumps(oversized)}).status_code == 413
    strange = {"ids": ["", "no iri", "<>", _LONG[:10_000]], "properties": [{"id": "country"}]}
    rows = site.post("/reconcile", data={"extend": json.dumps(strange)}).json()["rows"]
    assert list(rows.values()) == [{"country": []}] * 4


@pytest.mark.parametrize("service", ["entity", "type", "property"])
def test_a_strange_prefix_is_refused_or_answered(site: httpx.Client, service: str) -> None:
    """A suggest service refuses no prefix, a long one and a wrong cursor, and answers others."""
    path = f"/reconcile/suggest/{service}"
    assert site.get(path).status_code == 400
    assert site.get(path, params={"prefix": "x" * 201}).status_code == 400
    for cursor in ("-1", "x", "1.5", "9" * 30, "\u0665"):
        assert site.get(path, params={"prefix": "a", "cursor": cursor}).status_code == 400
    for prefix in ("", "*", "\x00", "(", "\U0001f600", "a" * 200):
        parameters = {"prefix": prefix, "cursor": "999999"}
        assert site.get(path, params=parameters).json() == {"result": []}


def test_a_callback_is_ignored(site: httpx.Client) -> None:
    """The service has CORS and no JSONP: a callback never becomes part of an answer."""
    for path in ("/reconcile", "/reconcile/properties", "/reconcile/suggest/type"):
        parameters = {"callback": "alert(1)//", "jsonp": "alert", "prefix": ""}
        answer = site.get(path, params=parameters)
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "alert" not in answer.text
        assert isinstance(answer.json(), dict)


@pytest.mark.parametrize("limit", ["-1", "x", "1.5", "9" * 30])
def test_properties_take_no_wrong_parameter(site: httpx.Client, limit: str) -> None:
    """A wrong limit and an unknown type of properties are 400."""
    assert site.get("/reconcile/properties", params={"limit": limit}).status_code == 400
    assert site.get("/reconcile/properties", params={"type": "planet"}).status_code == 400


@pytest.mark.parametrize(
    "identifier", ["", "x", "\x00", "javascript:alert(1)", "<script>", "http://a b", "x" * 5_000]
)
def test_a_preview_of_nothing_is_not_found(site: httpx.Client, identifier: str) -> None:
    """A preview of what is no entity is 404, and repeats nothing as markup."""
    answer = site.get("/reconcile/preview", params={"id": identifier})
    assert answer.status_code == 404
    assert "<script>" not in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(site: httpx.Client, method: str) -> None:
    """Methods that would change something are 405 at every address of the service."""
    for path in ("/reconcile", "/reconcile/properties", "/reconcile/suggest/entity"):
        assert site.request(method, path).status_code == 405
