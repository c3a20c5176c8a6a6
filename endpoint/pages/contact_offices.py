"""The offices that one may ask, and the ways to reach them. Other contacts are left out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode

from urbansdg.endpoint.html.canonical_address import encoded
from urbansdg.endpoint.html.language_lookup import local_name
from urbansdg.endpoint.html.page_values import PageValue, plain
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.pages.things.page_facts import name_as_shown
from urbansdg.ontology.namespaces import PREFIXES, USDG
from urbansdg.store import ReadableGraph, statements

MOST_OFFICES: Final = 5
"""The most offices of one thing on a page."""

_VCARD: Final = PREFIXES["vcard"]
_TYPE: Final = f"{PREFIXES['rdf']}type"
_OFFICE: Final = f"{_VCARD}Organization"
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


StatedValue = NamedNode | Literal
StatedValues = Mapping[str, Mapping[str, list[StatedValue]]]
"""The values of things by subject, then by property."""


@dataclass(frozen=True, slots=True)
class ContactOffice:
    """An office: its IRI, its names, and the ways to reach it by their kinds."""

    iri: str
    names: tuple[Literal, ...]
    ways: tuple[tuple[str, str], ...]


def offices_of(about: StatedValues, iris: Iterable[str]) -> Iterator[ContactOffice]:
    """Yield the contacts that are offices, from their values."""
    for iri in iris:
        if _OFFICE in stated_iris(about, iri, _TYPE):
            yield _office(about, iri)


def read_offices(store: ReadableGraph, iris: Iterable[str]) -> list[ContactOffice]:
    """Return the contacts with these IRIs that are offices, in their order."""
    about = stated_values(store, dict.fromkeys(iris))
    return list(offices_of(about, about))


def office_links(office: ContactOffice, site: SiteLinks) -> tuple[PageValue, list[PageValue]]:
    """Return an office as a link with its name, and the ways to reach it as links."""
    text = site.reader.choose(office.names)
    href = site.to(office.iri)
    if text is None:
        link = PageValue(local_name(office.iri), href)
    else:
        link = PageValue(name_as_shown(text.value), href, site.words.marked(text.language))
    return link, [PageValue(_bare(address), encoded(address)) for _, address in office.ways]


def _bare(address: str) -> str:
    """Return an address without its scheme."""
    rest = address.partition("://")[2] or address.partition(":")[2]
    return plain(rest.rstrip("/"))


def stated_values(
    store: ReadableGraph, iris: Iterable[str]
) -> dict[str, dict[str, list[StatedValue]]]:
    """Return the values of some things, a few hundred of each."""
    values: dict[str, dict[str, list[StatedValue]]] = {}
    for iri in iris:
        of_thing = values.setdefault(iri, {})
        for quad in statements(store, [NamedNode(iri)], (), _MOST):
            terms = of_thing.setdefault(quad.predicate.value, [])
            if isinstance(quad.object, NamedNode | Literal) and quad.object not in terms:
                terms.append(quad.object)
    return values


def stated_iris(about: StatedValues, iri: str, name: str) -> list[str]:
    """Return the IRIs that are values of a property, sorted."""
    terms = about.get(iri, {}).get(name, [])
    return sorted(term.value for term in terms if isinstance(term, NamedNode))


def stated_literals(about: StatedValues, iri: str, name: str) -> tuple[Literal, ...]:
    """Return the literals that are values of a property."""
    terms = about.get(iri, {}).get(name, [])
    return tuple(term for term in terms if isinstance(term, Literal))


def _office(about: StatedValues, iri: str) -> ContactOffice:
    ways = tuple(
        (kind, address)
        for kind, name in _WAYS.items()
        for address in stated_iris(about, iri, name)
        if address.lower().startswith(_SCHEMES[kind])
    )
    return ContactOffice(iri, stated_literals(about, iri, f"{_VCARD}fn"), ways)
