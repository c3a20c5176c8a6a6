"""The reading of requests, whatever their bytes."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.endpoint.query.protocol_request import Parameters, read_parameters
from urbansdg.endpoint.web.content_negotiation import choose
from urbansdg.endpoint.web.form_data import form_pairs
from urbansdg.endpoint.web.problem_details import Fault
from urbansdg.ontology.media_types import GRAPHS, RESULTS

if TYPE_CHECKING:
    from starlette.types import Message, Scope

_LONGEST = 200
_REFUSALS = {400, 403, 408, 413, 414, 415}
_NAMES = st.sampled_from(
    [b"query", b"default-graph-uri", b"named-graph-uri", b"format", b"timeout", b"max-rows", b"x"]
)
_WORDS = st.binary(max_size=20) | st.sampled_from([b"ASK%7B%7D", b"urn:x", b"%", b"%ff", b"+&="])
_FORMS = st.lists(st.tuples(_NAMES, _WORDS), max_size=6).map(
    lambda pairs: b"&".join(name + b"=" + word for name, word in pairs)
)
_FORM = b"application/x-www-form-urlencoded"
_DIRECT = b"application/sparql-query"
_KINDS = st.sampled_from(
    [_FORM, _DIRECT, b"Application/SPARQL-Query ;", _DIRECT + b";charset=utf-8", b"", b";", b"\xff"]
)


def _read(method: str, query_string: bytes, kind: bytes, chunks: list[bytes]) -> Parameters | int:
    """Read a request; return its parameters, or the status that refuses it."""
    scope: Scope = {
        "type": "http",
        "method": method,
        "query_string": query_string,
        "headers": [(b"content-type", kind)],
    }
    messages: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks
    ]
    messages.append({"type": "http.request"})

    async def receive() -> Message:
        return messages.pop(0)

    try:
        return asyncio.run(read_parameters(scope, receive, _LONGEST))
    except Fault as refusal:
        return refusal.status


@given(
    st.sampled_from(["GET", "POST"]),
    _FORMS | st.binary(max_size=60),
    _KINDS | st.binary(max_size=30),
    st.lists(_FORMS | st.binary(max_size=99), max_size=9),
)
def test_a_request_is_read_or_refused(
    method: str, query_string: bytes, kind: bytes, chunks: list[bytes]
) -> None:
    """Any bytes of a request give its parameters or a status that says why not, never a crash."""
    result = _read(method, query_string, kind, chunks)
    if isinstance(result, int):
        assert result in _REFUSALS
    else:
        assert result.query is None or len(result.query.encode()) <= _LONGEST


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_a_query_arrives_as_it_was_sent(query: str) -> None:
    """A query is the same by GET, by form and as it is, decoded once."""
    form = b"query=" + quote(query, safe="").encode()
    parameters = [
        _read("GET", form, b"", []),
        _read("POST", b"", _FORM, [form[:5], form[5:]]),
        _read("POST", b"", _DIRECT, [query.encode()]),
    ]
    assert parameters == [Parameters(query)] * 3


@given(st.text(st.characters(max_codepoint=255), max_size=80))
def test_any_accept_header_is_understood_or_let_pass(accept: str) -> None:
    """Whatever Accept says there is a format or none, never a crash."""
    for offers in (RESULTS, GRAPHS):
        choice = choose(accept, offers)
        assert choice is None or choice.format in offers


@given(st.text("%+&=a1é\n\r\0 ", max_size=40).map(str.encode) | _FORMS)
def test_a_form_is_read_as_the_standard_library_does(form: bytes) -> None:
    """A form is decoded as `urllib` does."""
    pairs = parse_qsl(form.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    assert form_pairs(form) == [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs
    ]


def test_a_form_of_nothing_but_escapes_is_read_at_once() -> None:
    """A megabyte of escapes does not hold up the others: it is split a few times, not a million."""
    calls: list[str] = []
    sys.setprofile(lambda _, event, __: calls.append(event))
    try:
        pairs = form_pairs(b"query=" + b"%41" * 1_000_000)
    finally:
        sys.setprofile(None)
    assert pairs == [(b"query", b"A" * 1_000_000)]
    assert len(calls) < 100
    with pytest.raises(ValueError, match="percent signs"):
        form_pairs(b"query=" + b"%" * 3_000_000)
