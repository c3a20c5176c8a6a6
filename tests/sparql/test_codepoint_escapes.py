"""Codepoint escapes, outside of strings and IRIs too."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import QuerySolutions, Store

from urbansdg.endpoint.query.update_dataset import with_dataset
from urbansdg.sparql.clauses import has_dataset
from urbansdg.sparql.codepoint_escapes import place_in, unescaped

if TYPE_CHECKING:
    from tests.support.server import Server

_PLAIN = (
    "PREFIX ex: <urn:x#> SELECT ?a (1+2 AS ?b) { VALUES ?a { ex:c } FILTER(?a != ex:d && 1<2) }"
)
_PARTS = st.sampled_from(
    [
        *"ab'\"\\<>{}# \n",
        *("'''", '"""', "\\\\", "\\'", '\\"', "\\n", "\\\\u0041"),
        *("\\u0022", "\\u0027", "\\u005C", "\\u003E", "\\u000A", "\\u0041", "\\u007D"),
        "\\U00000023",
    ]
)


def _rows(query: str) -> list[list[str]] | None:
    try:
        rows = Store().query(query)
    except SyntaxError:
        return None
    assert isinstance(rows, QuerySolutions)
    return [[str(term) for term in row] for row in rows]


@given(st.lists(st.booleans(), min_size=len(_PLAIN), max_size=len(_PLAIN)), st.booleans())
def test_an_escape_may_stand_for_any_character(chosen: list[bool], long: bool) -> None:  # noqa: FBT001  # drawn
    """Whatever characters of a query are escaped, it is the same query (19.2)."""
    form = "\\U{:08X}" if long else "\\u{:04x}"
    written = "".join(
        form.format(ord(letter)) if escaped else letter
        for letter, escaped in zip(_PLAIN, chosen, strict=True)
    )
    inside = any(chosen[_PLAIN.index("<") : _PLAIN.index(">") + 1])
    assert inside or unescaped(written) == _PLAIN
    assert _rows(unescaped(written)) in (_rows(_PLAIN), *([None] if inside else []))


@given(st.lists(_PARTS, max_size=12).map("".join), st.sampled_from(["'", '"', "'''", '"""']))
def test_an_escape_in_a_string_is_what_the_engine_takes_it_for(text: str, quote: str) -> None:
    """No escape ends a string, or an IRI: a query that the engine can read stays the same."""
    for query in (
        f"SELECT ({quote}{text}{quote} AS ?x) {{}}",
        f"SELECT (<urn:{text}> AS ?x) {{}}",
        f"SELECT (?y<?z&&{quote}{text}{quote}>'a' AS ?x) {{}} # {text}",
    ):
        rows = _rows(query)
        assert rows is None or _rows(unescaped(query)) == rows


@given(st.text("ab \\u0041\\U\n'<>", max_size=40), st.data())
def test_a_place_is_that_of_the_text_as_it_was_sent(text: str, data: st.DataObject) -> None:
    """A place in what is read leads to the same character, or its escape, in what was sent."""
    read = unescaped(text)
    offset = data.draw(st.integers(0, len(read)))
    line, column = read.count("\n", 0, offset) + 1, offset - read.rfind("\n", 0, offset)
    row, start = place_in(text, line, column)
    there = text.split("\n")[row - 1][start - 1 :]
    assert unescaped("\n".join([there, *text.split("\n")[row:]]))[:1] == read[offset : offset + 1]


def test_what_is_no_character_stays_an_escape() -> None:
    """An escape of a surrogate, or of none of Unicode's code points, is left to the engine."""
    for escape in ("\\uD83D", "\\U00110000", "\\UFFFFFFFF", "\\u00G1", "\\u12", "\\U0000006"):
        assert unescaped(f"ASK {{ {escape} }}") == f"ASK {{ {escape} }}"


@pytest.mark.long
@pytest.mark.parametrize("text", ['"\\' * 200_000, "'''" + "\\'" * 200_000, "\\'''" * 100_000])
def test_many_backslashes_take_no_time(text: str) -> None:
    """A text of a megabyte is read in time, whatever quotation marks stand in it unclosed."""
    began = time.process_time()
    unescaped(f"\\u0041{text}")
    has_dataset(f"FROM {text}")
    with_dataset(f"DELETE {{ }} WHERE {{ {text}", ("urn:g",), ())
    assert time.process_time() - began < 5


def test_an_escaped_query_is_answered(server: Server) -> None:
    """A query with escapes outside of strings is answered, by GET and by POST."""
    query = "S\\u0045LECT ?\\u006F \\u007B <urn:one> ?p ?o . FILTER(?o = 'Z\\u00FCrich one') }"
    for answer in (server.ask(query), httpx.post(server.sparql, data={"query": query})):
        assert answer.status_code == 200, answer.text
        assert answer.json()["results"]["bindings"] == [
            {"o": {"type": "literal", "value": "Zürich one"}}
        ]


@pytest.mark.parametrize(
    "query",
    [
        "ASK { S\\u0045RVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        "ASK { SERVICE\\u0020<http://127.0.0.1:1/>\\u007B ?s ?p ?o } }",
        "ASK { \\U00000053ERVICE \\u003Chttp://127.0.0.1:1/\\u003E { ?s ?p ?o } }",
        "PREFIX e: <http://127.0.0.1:1/> ASK { SERVICE e\\u003Ax { ?s ?p ?o } }",
        "ASK { ?s ?p '\\u0027 } # ' . SERVIC\\u0065 <http://127.0.0.1:1/> { ?s ?p ?o } }",
    ],
)
def test_no_escape_hides_a_service(server: Server, query: str) -> None:
    """SERVICE is refused however it is written, before anything is asked."""
    answer = server.ask(query)
    assert (answer.status_code, answer.json()["code"]) == (403, "query-refused")


def test_an_escape_hides_no_volatile_function(server: Server) -> None:
    """A function by chance is one, however it is written: its answer is another each time."""
    query = "SELECT (R\\u0041ND() AS ?x) {}"
    assert server.ask(query).content != server.ask(query).content


def test_a_mistake_is_told_at_its_place_as_it_was_sent(server: Server) -> None:
    """Line and column of a wrong query are those of the text that the client sent."""
    problem = server.ask("SELECT *\n{ ?\\u0061 ?\\u0062 WRONG }").json()
    assert problem["code"] == "query-syntax"
    assert problem["place"] == {"line": 2, "column": "19"}
    assert problem["value"] == "WRONG"
