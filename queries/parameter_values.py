"""Values of parameters as RDF terms: what a person types, checked by the kind of the parameter.

A thing is given by its IRI, or by the short form that its kind has: the key of a city or a policy,
`11` for a goal, `11.2` for a target, the local name of a theme. No text of a person is written into
a query: a term is, in the syntax of N-Triples, which is a part of SPARQL (SPARQL 1.1, 19.8).
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Final, Literal, get_args

import pyoxigraph as ox

from urbansdg.ontology.namespaces import SDG, VOCAB, XSD

ThingParameterKind = Literal[
    "city", "policy", "network", "theme", "group", "goal", "target", "thing"
]
ParameterKind = Literal[
    ThingParameterKind, "integer", "decimal", "date", "year", "text", "currency", "language"
]
"""What a value is: a thing of a kind, any thing, a number, a day, a year, or a text."""

THING_KINDS: Final[tuple[ThingParameterKind, ...]] = get_args(ThingParameterKind)

_LONGEST: Final = 1_000
_EXCERPT: Final = 80
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+")
_KEY: Final = re.compile(r"[\w.~-]+(?:/[\w.~-]+)*")
_CODES: Final = {
    "goal": re.compile(r"(?:SDG\s*)?(1?\d)", re.ASCII | re.IGNORECASE),
    "target": re.compile(r"(?:SDG\s*)?(1?\d\.[0-9a-z]{1,2})", re.ASCII | re.IGNORECASE),
}
_INTEGER: Final = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?(?:\d{1,18}(?:\.\d{1,9})?)", re.ASCII)
_YEAR: Final = re.compile(r"\d{4}", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
# Below the base URI of an installation, or in a vocabulary of the project.
_LOCAL: Final = {"city": "id/city/", "policy": "id/policy/", "network": "id/organisation/"}
_SCHEMES: Final = {"theme": f"{VOCAB}theme#", "group": f"{VOCAB}population-group#"}


class InvalidValue(ValueError):
    """A value that its parameter cannot have; the text says what is expected."""


def term_of(kind: ParameterKind, text: str, base: str) -> ox.NamedNode | ox.Literal:
    """Return the term of a value; raises `InvalidValue`.

    `base` is the base URI of the installation, without a slash at the end.
    """
    value = text.strip()
    if not value or len(value) > _LONGEST:
        raise InvalidValue(f"expected one to {_LONGEST} characters")
    if kind in THING_KINDS:
        return ox.NamedNode(_iri(kind, value, base))
    return _LITERALS[kind](value)


def short_value(kind: ParameterKind, term: ox.NamedNode | ox.Literal, base: str) -> str:
    """Return the short form of a term, from which `term_of` makes it again."""
    if isinstance(term, ox.Literal):
        return term.value
    start = str(SDG) if kind in _CODES else _SCHEMES.get(kind)
    if kind in _LOCAL:
        start = f"{base}/{_LOCAL[kind]}"
    short = term.value.removeprefix(start) if start else ""
    return short if _KEY.fullmatch(short) else term.value


def _iri(kind: str, value: str, base: str) -> str:
    if _ABSOLUTE.fullmatch(value):
        return _valid(value)
    code = _CODES[kind].fullmatch(value) if kind in _CODES else None
    if code is not None:
        return str(SDG) + code[1].lower()
    if kind in _LOCAL and _KEY.fullmatch(value):
        return _valid(f"{base}/{_LOCAL[kind]}{value}")
    if kind in _SCHEMES and _KEY.fullmatch(value):
        return _valid(_SCHEMES[kind] + value)
    raise InvalidValue(f"expected {_EXPECTED[kind]}, not {value[:_EXCERPT]!r}")


def _valid(iri: str) -> str:
    try:
        return ox.NamedNode(iri).value
    except ValueError:
        raise InvalidValue(f"{iri[:_EXCERPT]!r} is not an absolute IRI") from None


def _matching(
    pattern: re.Pattern[str], datatype: str, expected: str
) -> Callable[[str], ox.Literal]:
    def literal(value: str) -> ox.Literal:
        if not pattern.fullmatch(value):
            raise InvalidValue(f"expected {expected}, not {value[:_EXCERPT]!r}")
        return ox.Literal(value, datatype=ox.NamedNode(datatype))

    return literal


def _decimal(value: str) -> ox.Literal:
    # A whole number is an integer, which SPARQL derives from a decimal and writes without a point.
    if _INTEGER.fullmatch(value):
        return ox.Literal(value, datatype=ox.NamedNode(XSD.integer))
    return _matching(_DECIMAL, XSD.decimal, "a number")(value)


def _day(value: str) -> ox.Literal:
    literal = _matching(_DAY, XSD.date, "a day such as 2026-11-30")(value)
    try:
        date.fromisoformat(value)
    except ValueError:
        raise InvalidValue(f"there is no day {value}") from None
    return literal


_LITERALS: Final[dict[str, Callable[[str], ox.Literal]]] = {
    "integer": _matching(_INTEGER, XSD.integer, "an integer"),
    "decimal": _decimal,
    "year": _matching(_YEAR, XSD.gYear, "a year of four digits"),
    "date": _day,
    "text": ox.Literal,
    "currency": _matching(_CURRENCY, XSD.string, "an ISO 4217 code such as USD"),
    "language": _matching(_LANGUAGE, XSD.string, "a language tag such as ko"),
}
_EXPECTED: Final = {
    "city": "the key or the IRI of a city",
    "policy": "the key or the IRI of a policy",
    "network": "the key or the IRI of an organisation",
    "theme": "the name or the IRI of a theme",
    "group": "the name or the IRI of a population group",
    "goal": "a goal such as 11",
    "target": "a target such as 11.2",
    "thing": "an absolute IRI",
}
