"""The codes of facet values in addresses: `goal=11`, `country=KR`, `theme=transport`.

A code is what an index and an address have for a value. Each facet also accepts the IRI of a value,
and the spellings that people use: `SDG 11`, `KOR`, `410`. A value without a code of its own, such
as a theme of another vocabulary, is its IRI.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Final
from urllib.parse import unquote

from pyoxigraph import Literal, NamedNode

from urbansdg.endpoint.web.problem_details import Fault, fault
from urbansdg.ontology.iris import Iris
from urbansdg.ontology.kinds_of_things import COUNTRY, KINDS
from urbansdg.ontology.namespaces import USDG
from urbansdg.search.facets import KIND_CLASSES, PARTS, PLACES, SPACES
from urbansdg.store import ReadableGraph

_GOAL: Final = re.compile(r"(?:sdg[ :_-]*)?0*([1-9]\d?)", re.ASCII | re.IGNORECASE)
_TARGET: Final = re.compile(r"(?:sdg[ :_-]*)?0*([1-9]\d?\.[0-9a-z]{1,2})", re.ASCII | re.IGNORECASE)
_SLUG: Final = re.compile(r"[\w.~-]{1,100}")
_ALPHA_2: Final = re.compile(r"[A-Za-z]{2}", re.ASCII)
_M49: Final = re.compile(r"\d{3}", re.ASCII)
_DECADE: Final = re.compile(r"(\d{3})\d(s?)", re.ASCII)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}", re.ASCII | re.IGNORECASE)
_LONGEST: Final = 2_000
EXAMPLES: Final = {
    "kind": "policy",
    "goal": "11",
    "target": "11.2",
    "theme": "transport",
    "status": "completed",
    "type": "measure",
    "instrument": "economic",
    "country": "KR",
    "region": "142",
    "city": "1835848",
    "period": "2010s",
    "language": "ko",
    "has": "budget",
}


@dataclass(frozen=True, slots=True)
class FacetReader:
    """Reads and writes the values of facets, with the codes of countries in a graph."""

    iris: Iris
    graph: ReadableGraph

    def read(self, facet: str, text: str) -> str:
        """Return the code of a value; raises `Fault` (400) for one that the facet cannot have."""
        value = text.strip()
        if "://" in value:
            return self._code_of_iri(facet, value)
        code = self.code(facet, value)
        if code is None:
            raise invalid_value(facet, text)
        return code

    def code(self, facet: str, value: str) -> str | None:
        """Return the code of a value that is written as a code, None for an invalid one."""
        return self._reader(facet)(value)

    def iri(self, facet: str, code: str) -> str | None:
        """Return the IRI of a value, None for a facet whose values are not things."""
        if "://" in code:
            return code
        if facet in SPACES:
            return f"{SPACES[facet]}{code}"
        if facet in PLACES:
            return self.iris.thing(PLACES[facet], code)
        return None

    def _reader(self, facet: str) -> Callable[[str], str | None]:
        if facet == "country":
            return self._country
        return _READERS.get(facet, _slug)

    def _country(self, value: str) -> str | None:
        """Return the key of a country by its key or its ISO 3166-1 alpha-2 or M49 code."""
        for pattern, term in ((_ALPHA_2, USDG.isoAlpha2), (_M49, USDG.m49)):
            if pattern.fullmatch(value):
                known = self._with_code(NamedNode(str(term)), value.upper())
                if known is not None:
                    return known
        key = _slug(value)
        is_alpha_3 = key is not None and len(key) == 3 and key.isascii()  # noqa: PLR2004
        return key.upper() if key and is_alpha_3 else key

    def _with_code(self, term: NamedNode, code: str) -> str | None:
        quads = islice(self.graph.quads_for_pattern(None, term, Literal(code), None), 10)
        start = self.iris.thing(COUNTRY.name, "")
        subjects = (q.subject.value for q in quads if isinstance(q.subject, NamedNode))
        return next((iri.removeprefix(start) for iri in subjects if iri.startswith(start)), None)

    def _code_of_iri(self, facet: str, iri: str) -> str:
        if len(iri) > _LONGEST or self.iri(facet, "x") is None:
            raise invalid_value(facet, iri)
        try:
            NamedNode(iri)
        except ValueError:
            raise invalid_value(facet, iri) from None
        start = (self.iri(facet, "x") or "").removesuffix("x")
        local = unquote(iri.removeprefix(start)) if iri.startswith(start) else iri
        return local if _SLUG.fullmatch(local) else iri


def invalid_value(facet: str, text: str) -> Fault:
    """Return the fault (400) of a value that a facet cannot have."""
    example = EXAMPLES.get(facet, "")
    return fault(
        400,
        f"Invalid {facet} {text[:100]!r}.",
        f"Write a code, such as {facet}={example}, or choose a value on the page.",
    )


def _slug(value: str) -> str | None:
    return value if _SLUG.fullmatch(value) else None


def _goal(value: str) -> str | None:
    match = _GOAL.fullmatch(value)
    return match[1] if match else None


def _target(value: str) -> str | None:
    match = _TARGET.fullmatch(value)
    return match[1].lower() if match else None


def _period(value: str) -> str | None:
    match = _DECADE.fullmatch(value)
    return f"{match[1]}0s" if match else None


def _language(value: str) -> str | None:
    return value.lower() if _LANGUAGE.fullmatch(value) else None


def _part(value: str) -> str | None:
    return value if value in PARTS else None


def _kind(value: str) -> str | None:
    """Return the code of a kind by its code or by the name of its list."""
    return _KINDS_BY_NAME.get(value)


OTHER_KINDS: Final = ("concept", "term", "other")
"""The kinds of things that are of none of `KIND_CLASSES`."""

KINDS_OF_LISTS: Final = {
    kind.plural: next(code for code, iri in KIND_CLASSES.items() if iri == kind.iri)
    for kind in KINDS
}
"""The code of the kind that each list has, by the name of the list."""

_KINDS_BY_NAME: Final = {
    **{code: code for code in (*KIND_CLASSES, *OTHER_KINDS)},
    **KINDS_OF_LISTS,
}


_READERS: Final[dict[str, Callable[[str], str | None]]] = {
    "kind": _kind,
    "goal": _goal,
    "target": _target,
    "period": _period,
    "language": _language,
    "has": _part,
}
