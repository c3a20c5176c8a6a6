"""Offers and requests of cities, with their offices and matches; read from statements and rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from pyoxigraph import Literal

from urbansdg.endpoint.page_query import SelectionRow
from urbansdg.endpoint.pages.comparison.city_comparison import CityFacts
from urbansdg.endpoint.pages.comparison.similar_cities import SimilarityReason, place_reasons
from urbansdg.endpoint.pages.contact_offices import (
    MOST_OFFICES,
    ContactOffice,
    StatedValues,
    offices_of,
    stated_iris,
    stated_literals,
    stated_values,
)
from urbansdg.endpoint.pages.cooperation.cooperation_queries import KINDS
from urbansdg.ontology.namespaces import PREFIXES, USDG, expanded
from urbansdg.store import ReadableGraph

_DCTERMS: Final = PREFIXES["dcterms"]
_TYPE: Final = f"{PREFIXES['rdf']}type"
_KIND_OF_CLASS: Final = {expanded(term): kind for kind, term in KINDS.items()}


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
    about = stated_values(store, things)
    contacts = [contact for iri in things for contact in stated_iris(about, iri, str(USDG.contact))]
    offices = stated_values(store, dict.fromkeys(contacts))
    return [_item(about, offices, iri) for iri in things]


def _item(about: StatedValues, offices: StatedValues, iri: str) -> CooperationItem:
    def last(name: str) -> str:
        return max((text.value for text in stated_literals(about, iri, name)), default="")

    kinds = [_KIND_OF_CLASS[it] for it in stated_iris(about, iri, _TYPE) if it in _KIND_OF_CLASS]
    contacts = stated_iris(about, iri, str(USDG.contact))
    return CooperationItem(
        iri,
        kinds[0] if kinds else "offer",
        next(iter(stated_iris(about, iri, str(USDG.cooperatingCity))), ""),
        stated_literals(about, iri, f"{_DCTERMS}description"),
        last(f"{_DCTERMS}issued"),
        last(str(USDG.openUntil)),
        tuple(stated_iris(about, iri, str(USDG.theme))),
        tuple(stated_iris(about, iri, str(USDG.concernsTarget))),
        tuple(offices_of(offices, contacts[:MOST_OFFICES])),
        any(text.value == "true" for text in stated_literals(about, iri, str(USDG.fictitious))),
    )


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
