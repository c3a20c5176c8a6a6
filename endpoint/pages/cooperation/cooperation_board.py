"""Offers and requests of cities, with their offices and matches; read from statements and rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from pyoxigraph import Literal, NamedNode

from urbansdg.endpoint.pages.comparison.city_comparison import CityFacts
from urbansdg.endpoint.pages.comparison.similar_cities import SimilarityReason, place_reasons
from urbansdg.endpoint.pages.lists.page_query import SelectionRow
from urbansdg.ontology.namespaces import PREFIXES, USDG
from urbansdg.store import ReadableGraph, statements

_DCTERMS: Final = PREFIXES["dcterms"]
_VCARD: Final = PREFIXES["vcard"]
_TYPE: Final = f"{PREFIXES['rdf']}type"
_OFFICE: Final = f"{_VCARD}Organization"
_CLASSES: Final = {str(USDG.CooperationOffer): "offer", str(USDG.CooperationRequest): "request"}
_WAYS: Final = {
    "page": f"{_VCARD}hasURL",
    "form": str(USDG.contactForm),
    "email": f"{_VCARD}hasEmail",
    "telephone": f"{_VCARD}hasTelephone",
}
_SCHEMES: Final = {
    "page": ("https://", "http://"),
    "form": ("https://", "http://"),
    "email": ("mailto:",),
    "telephone": ("tel:",),
}
_MOST: Final = 500
_MOST_OFFICES: Final = 5

StatedValue = NamedNode | Literal
StatedValues = Mapping[str, Mapping[str, list[StatedValue]]]
"""The values of things by subject, then by property."""


@dataclass(frozen=True, slots=True)
class ContactOffice:
    """An office: its IRI, its names, and the ways to reach it by their kinds."""

    iri: str
    names: tuple[Literal, ...]
    ways: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CooperationMatch:
    """An open counterpart of another city, with the reasons for the match."""

    iri: str
    city: str
    last_day: str
    reasons: tuple[SimilarityReason, ...]


@dataclass(frozen=True, slots=True)
class CooperationItem:
    """An offer or a request (`kind`) of a city, open from `first_day` to `last_day`."""

    iri: str
    kind: str
    city: str
    descriptions: tuple[Literal, ...]
    first_day: str
    last_day: str
    themes: tuple[str, ...]
    targets: tuple[str, ...]
    offices: tuple[ContactOffice, ...]
    is_fictitious: bool


def read_items(store: ReadableGraph, iris: Iterable[str]) -> list[CooperationItem]:
    """Return the offers and requests with these IRIs, in their order.

    A contact that is not an office is left out: the graph says no more of who it is.
    """
    things = list(iris)
    about = _values(store, things)
    contacts = [contact for iri in things for contact in _iris(about, iri, str(USDG.contact))]
    offices = _values(store, dict.fromkeys(contacts))
    return [_item(about, offices, iri) for iri in things]


def _values(store: ReadableGraph, iris: Iterable[str]) -> dict[str, dict[str, list[StatedValue]]]:
    values: dict[str, dict[str, list[StatedValue]]] = {}
    for iri in iris:
        of_thing = values.setdefault(iri, {})
        for quad in statements(store, [NamedNode(iri)], (), _MOST):
            terms = of_thing.setdefault(quad.predicate.value, [])
            if isinstance(quad.object, NamedNode | Literal) and quad.object not in terms:
                terms.append(quad.object)
    return values


def _iris(about: StatedValues, iri: str, name: str) -> list[str]:
    terms = about.get(iri, {}).get(name, [])
    return sorted(term.value for term in terms if isinstance(term, NamedNode))


def _literals(about: StatedValues, iri: str, name: str) -> tuple[Literal, ...]:
    terms = about.get(iri, {}).get(name, [])
    return tuple(term for term in terms if isinstance(term, Literal))


def _item(about: StatedValues, offices: StatedValues, iri: str) -> CooperationItem:
    def last(name: str) -> str:
        return max((text.value for text in _literals(about, iri, name)), default="")

    kinds = [_CLASSES[kind] for kind in _iris(about, iri, _TYPE) if kind in _CLASSES]
    contacts = _iris(about, iri, str(USDG.contact))
    return CooperationItem(
        iri,
        kinds[0] if kinds else "offer",
        next(iter(_iris(about, iri, str(USDG.cooperatingCity))), ""),
        _literals(about, iri, f"{_DCTERMS}description"),
        last(f"{_DCTERMS}issued"),
        last(str(USDG.openUntil)),
        tuple(_iris(about, iri, str(USDG.theme))),
        tuple(_iris(about, iri, str(USDG.concernsTarget))),
        tuple(
            _office(offices, contact)
            for contact in contacts[:_MOST_OFFICES]
            if _OFFICE in _iris(offices, contact, _TYPE)
        ),
        any(text.value == "true" for text in _literals(about, iri, str(USDG.fictitious))),
    )


def _office(about: StatedValues, iri: str) -> ContactOffice:
    ways = tuple(
        (kind, address)
        for kind, name in _WAYS.items()
        for address in _iris(about, iri, name)
        if address.lower().startswith(_SCHEMES[kind])
    )
    return ContactOffice(iri, _literals(about, iri, f"{_VCARD}fn"), ways)


def matches_of(
    rows: Iterable[SelectionRow], facts: Mapping[str, CityFacts]
) -> dict[str, list[CooperationMatch]]:
    """Return the matches of offers and requests by IRI, those with most in common first.

    `facts` are those of the cities, whose country or region is a reason too.
    """
    shared: dict[tuple[str, str], dict[str, dict[str, None]]] = {}
    ends: dict[tuple[str, str], tuple[str, str, str]] = {}
    for row in rows:
        key = (row["it"], row["other"])
        ends.setdefault(key, (row["here"], row["there"], row["last"]))
        topics = shared.setdefault(key, {"themes": {}, "targets": {}})
        for name in ("theme", "target"):
            if name in row:
                topics[f"{name}s"][row[name]] = None
    matches: dict[str, list[CooperationMatch]] = {}
    for (iri, other), topics in shared.items():
        here, there, last_day = ends[iri, other]
        reasons = [
            SimilarityReason(kind, tuple(things)) for kind, things in topics.items() if things
        ]
        if here in facts and there in facts:
            reasons += place_reasons(facts[here], facts[there])
        matches.setdefault(iri, []).append(CooperationMatch(other, there, last_day, tuple(reasons)))
    return {
        iri: sorted(of_item, key=lambda match: (-_common(match), match.last_day, match.iri))
        for iri, of_item in matches.items()
    }


def _common(match: CooperationMatch) -> int:
    return sum(len(reason.things) for reason in match.reasons)


def is_closed(last_day: str, day: date) -> bool:
    """Return whether an offer or request has closed before a day; an unreadable day has not."""
    try:
        return date.fromisoformat(last_day) < day
    except ValueError:
        return False


def is_future(first_day: str, day: date) -> bool:
    """Return whether an offer or request opens after a day; an unreadable day does not."""
    try:
        return date.fromisoformat(first_day) > day
    except ValueError:
        return False
