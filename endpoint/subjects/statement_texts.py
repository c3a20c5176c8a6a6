"""Statements on one subject as texts, and the answers that are written from them.

A term is kept as N-Triples writes it. The same escapes stand in JSON, except those of control
characters, so that both answers are made without parsing a term.

Source: RDF 1.1 N-Triples (W3C Recommendation, 2014), section 2; SPARQL 1.1 Query Results JSON
Format (W3C Recommendation, 2013), section 3.2.2.
"""

import re
from collections.abc import Iterable
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from urbansdg.sparql.lookup_form import Columns

Row = tuple[bytes, bytes]
"""A predicate and an object, as N-Triples writes them."""

_ESCAPE: Final = re.compile(rb"\\(?:u([0-9A-F]{4})|.)", re.DOTALL)
_IRI: Final = ord("<")
_QUOTE: Final = ord('"')
_LANGUAGE: Final = ord("@")
_BLANK: Final = b"_:"


def term_text(term: NamedNode | BlankNode | Literal | Triple) -> bytes | None:
    """Return a term as N-Triples writes it.

    None for a term that is new in RDF 1.2, and for an IRI that would need escapes in JSON: the
    engine reads such an IRI where it does not check what it loads.
    """
    if isinstance(term, Literal):
        if term.direction is not None or not _is_plain(term.datatype.value):
            return None
    elif isinstance(term, Triple) or (isinstance(term, NamedNode) and not _is_plain(term.value)):
        return None
    return str(term).encode()


def _is_plain(iri: str) -> bool:
    return '"' not in iri and "\\" not in iri


def is_blank(term: bytes) -> bool:
    """Tell whether a term is a blank node."""
    return term.startswith(_BLANK)


def is_iri(term: bytes) -> bool:
    """Tell whether a term is an IRI."""
    return term[0] == _IRI


def is_literal(term: bytes) -> bool:
    """Tell whether a term is a literal."""
    return term[0] == _QUOTE


def n_triples(subject: str, rows: Iterable[Row]) -> bytes:
    """Return the statements on a subject as N-Triples."""
    start = b"<%b> " % subject.encode()
    return b"".join([b"%b%b %b .\n" % (start, predicate, end) for predicate, end in rows])


def n_quads(subject: str, rows: Iterable[Row], graph: str) -> bytes:
    """Return the statements on a subject in a graph as N-Quads."""
    start, end = b"<%b> " % subject.encode(), b" <%b> .\n" % graph.encode()
    return b"".join([b"%b%b %b%b" % (start, verb, value, end) for verb, value in rows])


def json_table(columns: Columns, rows: Iterable[Row]) -> bytes:
    """Return a table of SPARQL JSON; each column has a part of a row, or nothing."""
    names = ",".join(f'"{name}"' for name, _ in columns)
    bound = [(name, part) for name, part in columns if part]
    row_text = b"{%b}" % ",".join(f'"{name}":%b' for name, _ in bound).encode()
    match [part for _, part in bound]:
        case ["predicate", "object"]:
            texts = [row_text % (_uri(verb), json_term(end)) for verb, end in rows]
        case ["object", "predicate"]:
            texts = [row_text % (json_term(end), _uri(verb)) for verb, end in rows]
        case ["object"]:
            texts = [row_text % json_term(end) for _, end in rows]
        case ["predicate"]:
            texts = [row_text % _uri(verb) for verb, _ in rows]
        case _:
            texts = [row_text for _ in rows]
    table = b",".join(texts)
    return b'{"head":{"vars":[%b]},"results":{"bindings":[%b]}}' % (names.encode(), table)


def json_term(term: bytes) -> bytes:
    """Return a term as SPARQL JSON writes it."""
    if term[0] == _IRI:
        return _uri(term)
    if term[0] != _QUOTE:
        return b'{"type":"bnode","value":"%b"}' % term[len(_BLANK) :]
    if b"\\u" in term:
        term = _ESCAPE.sub(_json_escape, term)
    if term[-1] == _QUOTE:
        return b'{"type":"literal","value":%b}' % term
    end = term.rindex(b'"') + 1
    if term[end] == _LANGUAGE:
        return b'{"type":"literal","value":%b,"xml:lang":"%b"}' % (term[:end], term[end + 1 :])
    return b'{"type":"literal","value":%b,"datatype":"%b"}' % (term[:end], term[end + 3 : -1])


def _uri(term: bytes) -> bytes:
    return b'{"type":"uri","value":"%b"}' % term[1:-1]


def _json_escape(escape: re.Match[bytes]) -> bytes:
    """Return the escape of a character in JSON, which the engine writes in lower case."""
    digits = escape[1]
    if digits is None:
        return escape[0]
    return b"\x7f" if digits == b"007F" else b"\\u" + digits.lower()
