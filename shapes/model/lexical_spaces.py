"""The lexical spaces of the datatypes in the shapes.

rdflib and Oxigraph disagree with XML Schema, and with each other, on what is ill-typed: rdflib
accepts `"NaN"^^xsd:decimal`, `"1_000"^^xsd:integer` and every xsd:gYear; Oxigraph refuses integers
of more than 63 bits. One table decides for both engines. It follows XML Schema 1.1 part 2, except
for years: in the properties that shapes describe, they must have four digits (rdflib supports no
others). Elsewhere data has the whole lexical space, with years before 0 and after 9999.
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

_YEAR = r"-?([1-9][0-9]{3,}|0[0-9]{3})"
_LEAP_YEAR = (
    r"-?([1-9][0-9]*)?([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"
)
_DAY_OF_YEAR = (
    "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    "|02-(0[1-9]|1[0-9]|2[0-8]))"
)
_ANY_DAY = f"({_YEAR}-{_DAY_OF_YEAR}|{_LEAP_YEAR}-02-29)"
_ANY_TIME = r"(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|24:00:00(\.0+)?)"
_ANY_ZONE = "(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"

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
"""The texts that shapes accept for a datatype; those of `DATED` have to be days too."""

LEXICAL_SPACES: Final[dict[str, str]] = PATTERNS | {
    f"{XSD}gYear": f"^{_YEAR}{_ANY_ZONE}$",
    f"{XSD}gYearMonth": f"^{_YEAR}-(0[1-9]|1[0-2]){_ANY_ZONE}$",
    f"{XSD}date": f"^{_ANY_DAY}{_ANY_ZONE}$",
    f"{XSD}dateTime": f"^{_ANY_DAY}T{_ANY_TIME}{_ANY_ZONE}$",
}
"""The whole lexical spaces (XML Schema 1.1 part 2, 3.3): the days of any year, and any zone."""

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
_SPACES: Final = {datatype: re.compile(text) for datatype, text in LEXICAL_SPACES.items()}


def is_well_typed(text: str, datatype: str) -> bool:
    """Return whether shapes accept the text for a datatype; unknown ones accept any."""
    pattern = _COMPILED.get(datatype)
    if pattern is None:
        return True
    return pattern.match(text) is not None and (datatype not in DATED or _is_day(text))


def is_in_lexical_space(text: str, datatype: str) -> bool:
    """Return whether XML Schema accepts the text for a datatype; unknown ones accept any."""
    pattern = _SPACES.get(datatype)
    return pattern is None or pattern.match(text) is not None


def check_lexical(statements: Iterable[ox.Quad | ox.Triple]) -> Iterator[Problem]:
    """Yield the ill-typed literals of a parsed source, before a store normalises them."""
    for statement in statements:
        literal = statement.object
        if isinstance(literal, ox.Literal) and not is_in_lexical_space(
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
