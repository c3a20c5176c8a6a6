"""FAIR Signposting: typed links from a page to its metadata, content and licence.

Level 1 has them in the header field Link, level 2 in a linkset. Sources: the FAIR Signposting
Profile (signposting.org/FAIR); RFC 8288 (Link); RFC 9264 (linksets).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode

from urbansdg.endpoint.html.canonical_address import encoded
from urbansdg.endpoint.linked_data.document import HOLDER, LICENCE, Document
from urbansdg.ontology.media_types import GRAPHS, HTML, LINKSET, LINKSET_JSON
from urbansdg.ontology.namespaces import PREFIXES, SCHEMA_HTTPS

ABOUT_PAGE: Final = SCHEMA_HTTPS.AboutPage

_TYPE: Final = NamedNode(f"{PREFIXES['rdf']}type")
_TYPES: Final = 8


@dataclass(frozen=True, slots=True)
class Link:
    """A typed link: its context, relation type and target, and the media type of the target.

    `anchor` and `href` are absolute IRIs.
    """

    anchor: str
    rel: str
    href: str
    media_type: str | None = None


def header(links: Iterable[Link]) -> str:
    """Return links as the value of the header field Link (RFC 8288, section 3)."""
    return ", ".join(written(link) for link in links)


def linkset(links: Iterable[Link]) -> dict[str, object]:
    """Return links as a linkset in JSON (RFC 9264, section 4.2)."""
    contexts: dict[str, dict[str, object]] = {}
    for link in links:
        context = contexts.setdefault(link.anchor, {"anchor": _ascii(link.anchor)})
        targets = context.setdefault(link.rel, [])
        if isinstance(targets, list):
            targets.append(
                {"href": _ascii(link.href)} | ({"type": link.media_type} if link.media_type else {})
            )
    return {"linkset": list(contexts.values())}


def link_format(links: Iterable[Link]) -> str:
    """Return links as a linkset in text (RFC 9264, section 4.1)."""
    return ",\n".join(f'{written(link)}; anchor="{_ascii(link.anchor)}"' for link in links) + "\n"


def of_document(document: Document, base: str) -> list[Link]:
    """Return the links from a document; `base` is the base URI of the installation."""
    page = document.iri.replace(f"{base}/id/", f"{base}/doc/", 1)
    types = [triple.object for triple in document.own if triple.predicate == _TYPE]
    classes = sorted(kind.value for kind in types if isinstance(kind, NamedNode))
    licences, holders = licences_of(document), _addresses(document, HOLDER)
    return [
        Link(page, "cite-as", document.iri),
        Link(page, "describes", document.iri),
        Link(page, "type", ABOUT_PAGE),
        *(Link(page, "type", kind) for kind in classes[:_TYPES]),
        *forms_of(page),
        *(Link(page, "license", licence) for licence in licences if len(licences) == 1),
        *(Link(page, "author", holder) for holder in holders),
        Link(page, "collection", f"{base}/dataset", HTML),
        *sets_of(page, base),
    ]


def licences_of(document: Document) -> list[str]:
    """Return the licences of the graphs with statements on the thing."""
    return _addresses(document, LICENCE)


def of_metadata(links: list[Link]) -> list[Link]:
    """Return the links from the RDF of a page, given those from the page."""
    page = links[0].anchor
    own = (link for link in links if link.rel in ("describes", "license", "collection"))
    return [Link(page, "describes", page, HTML), *own]


def forms_of(page: str) -> Iterator[Link]:
    """Yield the links to the RDF of a page."""
    for form in GRAPHS:
        yield Link(page, "describedby", f"{page}.{form.extension}", form.media_type)


def sets_of(page: str, base: str) -> Iterator[Link]:
    """Yield the links to the linksets of a page."""
    address = page.replace(f"{base}/", f"{base}/linkset/", 1)
    yield Link(page, "linkset", f"{address}.json", LINKSET_JSON)
    yield Link(page, "linkset", f"{address}.txt", LINKSET)


def back(links: list[Link]) -> list[Link]:
    """Return links with the reverse links from metadata and items (level 2)."""
    ways = {"describedby": "describes", "item": "collection"}
    turned = (
        Link(link.href, ways[link.rel], link.anchor, HTML) for link in links if link.rel in ways
    )
    return [*(link for link in links if link.rel != "linkset"), *turned]


def _addresses(document: Document, name: NamedNode) -> list[str]:
    """Return the web addresses that are values of a property of the graphs."""
    values = {
        statement.object.value
        for statement in document.rights
        if statement.predicate == name and isinstance(statement.object, NamedNode)
    }
    return sorted(value for value in values if value.startswith(("http://", "https://")))


def written(link: Link) -> str:
    """Return a link as it is written in the header field Link."""
    media_type = f'; type="{link.media_type}"' if link.media_type else ""
    return f'<{_ascii(link.href)}>; rel="{link.rel}"{media_type}'


def _ascii(iri: str) -> str:
    """Return an IRI as a URI, which is ASCII."""
    return encoded(iri)
