"""The forms of a look-up: queries that the front end answers from an index, without the engine.

A look-up asks what is said of one thing, where one predicate leads from it, or how many statements
there are. A query of any other form, or with anything unusual in it, is no look-up: a worker gives
the same answer, later. So the forms need not cover all of SPARQL.

Each form is one pattern over the characters, not over tokens: reading tokens took 20 microseconds
of a request of 300, the pattern takes 5, and it stops at the first thing that does not fit.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pyoxigraph import NamedNode

from urbansdg.ontology.namespaces import PREFIXES

_LONGEST: Final = 4096

# Parts of the tokens (`urbansdg.sparql.tokenizer`) that stand for themselves: absolute IRIs without
# escapes, names and variables in ASCII, gaps without comments.
_GAP: Final = r"[ \t\r\n]"
_IRI: Final = r'<[a-z][a-z0-9+.-]*+:[^<>"{}|^`\\\x00-\x20]*+>'
_PREFIX: Final = r"(?:[a-z][a-z0-9_]*+)?+:"
_NAME: Final = rf"{_PREFIX}[a-z0-9_][a-z0-9_-]*+"
_VARIABLE: Final = r"[?$][a-z_][a-z0-9_]*+"
_DECLARED: Final = re.compile(rf"({_PREFIX}){_GAP}*+({_IRI})", re.IGNORECASE)
_PROLOGUE: Final = rf"{_GAP}*+ (?P<prologue>(?:PREFIX{_GAP}++ {_PREFIX}{_GAP}*+ {_IRI}{_GAP}*+)*+)"
_LOOKUP: Final = re.compile(
    rf"""{_PROLOGUE}
    (?: DESCRIBE{_GAP}*+ (?P<described>{_IRI}|{_NAME})
      | SELECT{_GAP}*+ (?P<projected>\*|{_VARIABLE}(?:{_GAP}++{_VARIABLE})*+) {_GAP}*+
        (?:WHERE{_GAP}*+)?+ \{{ {_GAP}*+
          (?P<subject>{_IRI}|{_NAME}) {_GAP}++
          (?P<predicate>{_IRI}|{_NAME}|a|{_VARIABLE}) (?P<often>\+)?+ {_GAP}++
          (?P<object>{_VARIABLE}) {_GAP}*+ \.?+ {_GAP}*+
        \}} (?:{_GAP}*+ LIMIT{_GAP}++ (?P<limit>[0-9]{{1,9}}))?+
    ) {_GAP}*+""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_TOTAL: Final = re.compile(
    rf"""{_PROLOGUE}
    SELECT{_GAP}*+ \( {_GAP}*+ COUNT{_GAP}*+ \( {_GAP}*+ \* {_GAP}*+ \) {_GAP}*+
    AS{_GAP}++ (?P<name>{_VARIABLE}) {_GAP}*+ \) {_GAP}*+ (?:WHERE{_GAP}*+)?+
    \{{ {_GAP}*+ (?P<pattern>{_VARIABLE}{_GAP}++ {_VARIABLE}{_GAP}++ {_VARIABLE}) {_GAP}*+
    \.?+ {_GAP}*+ \}} {_GAP}*+""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_TYPE: Final = NamedNode(PREFIXES["rdf"] + "type")

Columns = tuple[tuple[str, str | None], ...]
"""The variables of a table, each with the part of a statement that it is bound to, if any."""


@dataclass(frozen=True, slots=True)
class LookupForm:
    """A query about one subject; `predicate` is None for any.

    `columns` are the variables of the table in their order, each bound to `predicate`, `object`, or
    None for nothing; without columns the query is a DESCRIBE. `most` is its LIMIT. With `repeats`
    the predicate is followed once or more.
    """

    subject: NamedNode
    predicate: NamedNode | None
    columns: Columns
    most: int | None
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class TotalForm:
    """A query for the number of all statements, as the variable `name`."""

    name: str


class _NoLookup(Exception):
    """The query has something that is left to a worker."""


def lookup_form(query: str) -> LookupForm | TotalForm | None:
    """Return the form of a look-up; None for any other query, and for one in doubt."""
    if len(query) > _LONGEST:
        return None
    match = _LOOKUP.fullmatch(query)
    try:
        if match is None:
            return _total(_TOTAL.fullmatch(query))
        prefixes = _prefixes(match["prologue"])
        if match["described"]:
            return LookupForm(_iri(match["described"], prefixes), None, (), None)
        return _selection(match, prefixes)
    except _NoLookup:
        return None


def _selection(match: re.Match[str], prefixes: Mapping[str, str]) -> LookupForm:
    predicate = match["predicate"]
    is_open = predicate[0] in "?$"
    if is_open and match["often"]:
        raise _NoLookup  # no variable stands in a path
    bound = {predicate[1:]: "predicate"} if is_open else {}
    if match["object"][1:] in bound:
        raise _NoLookup  # a variable stands twice
    bound[match["object"][1:]] = "object"
    projected = match["projected"]
    names = list(bound) if projected == "*" else [name[1:] for name in projected.split()]
    if len(set(names)) < len(names):
        raise _NoLookup  # a variable stands twice
    return LookupForm(
        _iri(match["subject"], prefixes),
        None if is_open else _TYPE if predicate == "a" else _iri(predicate, prefixes),
        tuple((name, bound.get(name)) for name in names),
        None if match["limit"] is None else int(match["limit"]),
        repeats=match["often"] is not None,
    )


def _total(match: re.Match[str] | None) -> TotalForm | None:
    if match is None:
        return None
    _prefixes(match["prologue"])
    names = {name[1:] for name in (match["name"], *match["pattern"].split())}
    # A variable that stands twice joins; a name that the pattern has is an error.
    return TotalForm(match["name"][1:]) if len(names) == 4 else None  # noqa: PLR2004  # name, s, p, o


@lru_cache(maxsize=256)
def _prefixes(prologue: str) -> Mapping[str, str]:
    return {name: _node(iri[1:-1]).value for name, iri in _DECLARED.findall(prologue)}


def _iri(text: str, prefixes: Mapping[str, str]) -> NamedNode:
    if text.startswith("<"):
        return _node(text[1:-1])
    prefix, colon, local = text.partition(":")
    if prefix + colon not in prefixes:
        raise _NoLookup
    return _node(prefixes[prefix + colon] + local)


def _node(iri: str) -> NamedNode:
    if "/." in iri:  # the engine resolves it
        raise _NoLookup
    try:
        return NamedNode(iri)
    except ValueError:
        raise _NoLookup from None
