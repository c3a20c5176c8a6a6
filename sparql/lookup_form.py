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
_COUNTED: Final = rf"""\( {_GAP}*+ COUNT{_GAP}*+ \( {_GAP}*+
    (?P<distinct_{{0}}>DISTINCT{_GAP}*+)?+ (?P<counted_{{0}}>\*|{_VARIABLE}) {_GAP}*+ \) {_GAP}*+
    AS{_GAP}++ (?P<number_{{0}}>{_VARIABLE}) {_GAP}*+ \)"""
_COUNTS: Final = re.compile(
    rf"""{_PROLOGUE}
    SELECT{_GAP}*+
    (?: (?P<before>{_VARIABLE}) {_GAP}*+ {_COUNTED.replace("{0}", "1")}
      | {_COUNTED.replace("{0}", "2")} (?:{_GAP}*+ (?P<after>{_VARIABLE}))?+ )
    {_GAP}*+ (?:WHERE{_GAP}*+)?+ \{{ {_GAP}*+
      (?P<subject>{_VARIABLE}) {_GAP}++
      (?P<predicate>{_IRI}|{_NAME}|a|{_VARIABLE}) {_GAP}++
      (?P<object>{_IRI}|{_NAME}|{_VARIABLE}) {_GAP}*+ \.?+ {_GAP}*+
    \}} (?:{_GAP}*+ GROUP{_GAP}++BY{_GAP}++ (?P<group>{_VARIABLE}))?+
    (?:{_GAP}*+ ORDER{_GAP}++BY{_GAP}*+
      (?:(?P<turn>DESC|ASC){_GAP}*+ \( {_GAP}*+ (?P<sorted>{_VARIABLE}) {_GAP}*+ \)
        |{_GAP}*+ (?P<ascending>{_VARIABLE}) ))?+
    {_GAP}*+""",
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


@dataclass(frozen=True, slots=True)
class CountForm:
    """A query for numbers of statements: by class or predicate, or of one class or predicate.

    `predicate` is that of the statements, None for any; `ends` is their object, None for any.
    `columns` are the variables of the table: `key` for the class or predicate, where there is a row
    for each, and `count`. `order` is `ASC` or `DESC` by the number, None for no order.
    """

    predicate: NamedNode | None
    ends: NamedNode | None
    columns: Columns
    order: str | None = None


class _NoLookup(Exception):
    """The query has something that is left to a worker."""


def lookup_form(query: str) -> LookupForm | TotalForm | CountForm | None:
    """Return the form of a look-up; None for any other query, and for one in doubt."""
    if len(query) > _LONGEST:
        return None
    match = _LOOKUP.fullmatch(query)
    try:
        if match is None:
            return _total(_TOTAL.fullmatch(query)) or _counts(_COUNTS.fullmatch(query))
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


def _counts(match: re.Match[str] | None) -> CountForm | None:
    if match is None:
        return None
    prefixes = _prefixes(match["prologue"])
    subject, verb, end = match["subject"], match["predicate"], match["object"]
    number, key = match["number_1"] or match["number_2"], match["before"] or match["after"]
    variables = [term[1:] for term in (number, subject, verb, end) if term[0] in "?$"]
    if len(set(variables)) < len(variables):
        raise _NoLookup  # a variable stands twice
    predicate = None if verb[0] in "?$" else _TYPE if verb == "a" else _iri(verb, prefixes)
    ends = None if end[0] in "?$" else _iri(end, prefixes)
    # What a row stands for: a class, or a predicate where that is open, or all that matches.
    by = verb if predicate is None else end if predicate == _TYPE else None
    group = match["group"] or "?"
    if key is not None and (by is None or {key[1:], group[1:]} != {by[1:]}):
        raise _NoLookup
    if (key is None and match["group"]) or (ends is not None and predicate != _TYPE):
        raise _NoLookup
    is_of_class = predicate == _TYPE and (key is not None or ends is not None)
    if not _counts_statements(match, is_of_class=is_of_class):
        raise _NoLookup
    order = match["sorted"] or match["ascending"]
    if order is not None and (order[1:] != number[1:] or key is None):
        raise _NoLookup
    turn = None if order is None else (match["turn"] or "ASC").upper()
    columns: Columns = ((number[1:], "count"),)
    if key is not None:
        columns = ((key[1:], "key"), *columns) if match["before"] else (*columns, (key[1:], "key"))
    return CountForm(predicate, ends, columns, turn)


def _counts_statements(match: re.Match[str], *, is_of_class: bool) -> bool:
    """Tell whether COUNT gives the number of statements.

    Each statement has a subject, and a class has each of its subjects once.
    """
    is_distinct = bool(match["distinct_1"] or match["distinct_2"])
    counted = match["counted_1"] or match["counted_2"]
    if counted == "*":
        return not is_distinct
    return counted[1:] == match["subject"][1:] and (is_of_class or not is_distinct)


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
