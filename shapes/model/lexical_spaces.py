"""The lexical spaces of the datatypes in the shapes.

rdflib and Oxigraph disagree with XML Schema, and with each other, on what is ill-typed: rdflib
accepts `"NaN"^^xsd:decimal`, `"1_000"^^xsd:integer` and every xsd:gYear; Oxigraph refuses integers
of more than 63 bits. One table decides for both engines. It follows XML Schema 1.1 part 2, except
for years, which must have four digits (rdflib supports no others).
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import Place, Problem
from urbansdg.ontology.namespaces import PREFIXES

XSD: Final = PREFIXES["xsd"]
_ZONE = r"(Z|[+-][0-9]{2}:[0-9]{2})?"
_MONTH = r"[0-9]{4}-(0[1-9]|1[0-2])"
_FLOAT = r"([+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?INF|NaN)"

PATTERNS: Final[dict[str, str]] = {
    f"{XSD}boolean": r"^(true|false|1|0)$",
    f"{XSD}integer": r"^[+-]?[0-9]+$",
    f"{XSD}decimal": r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$",
    f"{XSD}double": rf"^{_FLOAT}$",
    f"{XSD}float": rf"^{_FLOAT}$",
    f"{XSD}gYear": rf"^[0-9]{{4}}{_ZONE}$",
    f"{XSD}gYearMonth": rf"^{_MONTH}{_ZONE}$",
    f"{XSD}date": rf"^{_MONTH}-[0-9]{{2}}{_ZONE}$",
    f"{XSD}dateTime": rf"^{_MONTH}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]+)?{_ZONE}$",
}
DATED: Final = frozenset({f"{XSD}date", f"{XSD}dateTime"})
FREE: Final = frozenset(
    {f"{XSD}string", f"{XSD}anyURI", f"{PREFIXES['rdf']}langString", f"{PREFIXES['gsp']}wktLiteral"}
)
NUMERIC: Final = frozenset({f"{XSD}integer", f"{XSD}decimal", f"{XSD}double", f"{XSD}float"})
LANGUAGES: Final = (
    "([a-z]{3}|i|x|a[abefkmnrsvyz]|b[aeghimnors]|c[aehorsuvy]|d[aevz]|e[elnostu]|f[afijory]"
    "|g[adlnuv]|h[aeiortuyz]|i[adegiknostuw]|j[aivw]|k[agijklmnorsuvwy]|l[abginotuv]|m[ghiklnorsty]"
    "|n[abdeglnorvy]|o[cjmrs]|p[ailst]|q[u]|r[mnouw]|s[acdeghiklmnoqrstuvw]|t[aeghiklnorstwy]"
    "|u[gkrz]|v[eio]|w[ao]|x[h]|y[io]|z[ahu])"
)
"""The first subtag of a language tag, in lower case (BCP 47, 2.2.1).

Any three letters are accepted; of two letters, only the codes that IANA has registered.
"""
_COMPILED: Final = {datatype: re.compile(text) for datatype, text in PATTERNS.items()}


def is_well_typed(text: str, datatype: str) -> bool:
    """Return whether the text is in the datatype's lexical space; unknown ones accept any."""
    pattern = _COMPILED.get(datatype)
    if pattern is None:
        return True
    return pattern.match(text) is not None and (datatype not in DATED or _is_day(text))


def check_lexical(statements: Iterable[ox.Quad | ox.Triple]) -> Iterator[Problem]:
    """Yield the ill-typed literals of a parsed source, before a store normalises them."""
    for statement in statements:
        literal = statement.object
        if isinstance(literal, ox.Literal) and not is_well_typed(
            literal.value, literal.datatype.value
        ):
            yield _ill_typed(statement, literal)


def _ill_typed(statement: ox.Quad | ox.Triple, literal: ox.Literal) -> Problem:
    kind = literal.datatype.value.removeprefix(XSD)
    place = Place(
        focus=getattr(statement.subject, "value", str(statement.subject)),
        path=f"<{statement.predicate.value}>",
    )
    return Problem(
        "ill-typed",
        f'"{literal.value}" is not a valid {kind}.',
        f"Correct the value, or use its datatype instead of xsd:{kind}.",
        place,
        value=literal.value,
    )


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True
