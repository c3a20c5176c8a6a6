"""Errors as documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from urbansdg.endpoint.web.problem_details import fault, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.server import Server

_QUERY = {"Content-Type": "application/sparql-query"}


@pytest.mark.parametrize(
    ("query", "line", "column", "token"),
    [
        ("SELECT * WHERE {\n  ?s ?p ?o .\n  ?s ?p\n}", 4, "1", "}"),
        ("SELECT * WHERE { ?s ?p ?o } LIMIT ten", 1, "35", "ten"),
        ("ASK { ?s nope:p ?o }", 1, "10", "nope:p"),
        ("SELEKT * {}", 1, "1", "SELEKT"),
        ("ASK { ?s <http://e/ p> ?o }", 1, "10", "<http://e/ p>"),
        ("SELECT * {\r\n  FILTR(?o)\r\n}", 2, "3", "FILTR"),
        ("SELECT * {\n  FILTER(1 == 2) }", 2, "13", "="),
        ("SELECT * { ?s ?p 'é' , }", 1, "24", "}"),
        ("SELECT ?x { ?s ?p ?o }}", 1, "23", "}"),
        ("DELETE WHERE { ?s ?p ?o }", 1, "1", "DELETE"),
        ("SELECT ?x { ?s ?p ?o # more", 1, "21", None),
        ("SELECT ?x ?y { ?s ?p ?o } GROUP BY ?x", 1, "11", "?y"),
        ("# nothing", 1, "1", None),
    ],
)
def test_a_wrong_query_is_told_where_and_on_what(
    server: Server, query: str, line: int, column: str, token: str | None
) -> None:
    """A query that is not SPARQL gets 400 with line, column and the token that is wrong."""
    problem = server.ask(query).json()
    assert (problem["status"], problem["code"]) == (400, "query-syntax")
    assert problem["place"]["line"] == line
    assert (problem["place"]["column"], problem.get("value")) == (column, token)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/problem+json"),
        ("*/*", "application/problem+json"),
        ("text/csv", "application/problem+json"),
        ("application/json", "application/json"),
        ("text/plain", "text/plain; charset=utf-8"),
        ("text/plain, */*;q=0.1", "text/plain; charset=utf-8"),
        ("text/html", "text/html; charset=utf-8"),
    ],
)
@pytest.mark.parametrize("path", ["/sparql?query=ASK", "/id/nothing"])
def test_an_error_is_json_or_plain_text_or_a_page(
    server: Server, path: str, accept: str | None, kind: str
) -> None:
    """An error is application/problem+json (RFC 9457), or plain text or HTML if preferred."""
    headers = {} if accept is None else {"Accept": accept}
    answer = httpx.get(f"{server.url}{path}", headers={"Accept": "*/*"} | headers, timeout=30)
    assert answer.headers["content-type"] == kind
    if "json" in kind:
        assert answer.json()["status"] == answer.status_code
    elif "html" in kind:
        assert f'<p class="kind">{answer.status_code}</p>' in answer.text
        assert answer.text.startswith("<!doctype html>")
        assert str(answer.status_code) in answer.text
    else:
        assert answer.text.startswith(f"{answer.status_code} ")
        assert len(answer.text.splitlines()) >= 3


@pytest.mark.parametrize(
    ("method", "path", "status", "header"),
    [
        ("PUT", "/sparql", 405, "allow"),
        ("DELETE", "/doc/city/1", 405, "allow"),
        ("POST", "/health", 405, "allow"),
        ("POST", "/", 405, "allow"),
        ("GET", "/nothing", 404, "vary"),
        ("GET", "/sparql?query=ASK%7B%7D&format=docx", 406, "vary"),
        ("GET", "/id/" + "a" * 5_000, 414, "vary"),
        ("POST", "/sparql", 415, "accept-post"),
    ],
)
def test_each_error_says_what_would_do(
    server: Server, method: str, path: str, status: int, header: str
) -> None:
    """405 has Allow, 415 has Accept-Post, 406 lists what there is (RFC 9110, 15.5)."""
    answer = httpx.request(method, f"{server.url}{path}")
    assert answer.status_code == status
    assert answer.json()["remedy"]
    assert answer.headers.get(header)
    if status == 406:
        assert "application/sparql-results+json" in answer.text


@pytest.mark.parametrize(
    ("method", "path", "detail", "remedy"),
    [
        ("GET", "/nothing", "There is nothing at this address.", "home page"),
        ("DELETE", "/cities", "DELETE is not allowed at this address.", "the header Allow"),
        ("PUT", "/sparql", "SPARQL has no method PUT.", "Use GET or POST."),
        ("POST", "/sparql", "Unsupported media type: none.", "application/sparql-query"),
    ],
)
def test_an_error_of_routing_names_its_cause_and_its_remedy(
    server: Server, method: str, path: str, detail: str, remedy: str
) -> None:
    """An unknown address, method or media type is reported in a sentence, with what to do."""
    problem = httpx.request(method, f"{server.url}{path}").json()
    assert problem["detail"] == detail
    assert remedy in problem["remedy"]


@pytest.mark.parametrize(
    "headers",
    [
        _QUERY | {"Content-Encoding": "gzip"},
        _QUERY | {"Content-Encoding": "br, gzip"},
        {"Content-Type": "application/sparql-query; charset=utf-16"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json"},
    ],
)
def test_what_is_not_read_is_refused(server: Server, headers: Mapping[str, str]) -> None:
    """A body in a coding, charset or media type that is not read gets 415, unread."""
    answer = httpx.post(server.sparql, content=b"ASK {}", headers=headers)
    assert answer.status_code == 415
    if "Content-Encoding" in headers:
        assert answer.headers["accept-encoding"] == "identity"


def test_an_error_without_a_place_names_none() -> None:
    """The plain text of an error has its status, what is wrong and how to fix it."""
    assert fault(404, "There is no such thing.", "Look at /.").text().decode() == (
        "404 Not Found\nThere is no such thing.\nLook at /.\n"
    )


def test_one_problem_of_a_change_is_in_the_singular() -> None:
    """The detail of an invalid change counts one problem in the singular, more in the plural."""
    assert invalid((), None, 1).problem.message.startswith("The change has 1 problem; ")
    assert invalid((), None, 2).problem.message.startswith("The change has 2 problems; ")
