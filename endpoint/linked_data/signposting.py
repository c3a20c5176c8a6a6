"""FAIR Signposting: typed links that lead a machine from a page to all that belongs to it.

Level 1 gives them in the header Link, level 2 in a set of their own. Sources: the FAIR Signposting
Profile (signposting.org/FAIR); RFC 8288 (Link); RFC 9264 (linksets).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from pyoxigraph import NamedNode

from urbansdg.endpoint.html.canonical_address import SAFE
from urbansdg.endpoint.linked_data.document import HOLDER, LICENCE, Document
from urbansdg.ontology.media_types import GRAPHS, HTML, LINKSET, LINKSET_JSON
from urbansdg.ontology.namespaces import PREFIXES, SCHEMA_HTTPS

ABOUT_PAGE: Final = SCHEMA_HTTPS.AboutPage

_TYPE: Final = NamedNode(f"{PREFIXES['rdf']}type")
_TYPES: Final = 8


@dataclass(frozen=True, slots=True)
class Link:
    """A typed link: from where, of which relation, to where, and the media type of what is there.

    Addresses are absolute IRIs.
    """

    anchor: str
    rel: str
    href: str
    media_type: str | None = None


def header(links: Iterable[Link]) -> str:
    """Return the links from a page as the value of its header Link (RFC 8288, 3)."""
    return ", ".join(written(link) for link in links)


def linkset(links: Iterable[Link]) -> dict[str, object]:
    """Return links as a linkset in JSON (RFC 9264, 4.2)."""
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
    """Return links as a linkset in text (RFC 9264, 4.1)."""
    return ",\n".join(f'{written(link)}; anchor="{_ascii(link.anchor)}"' for link in links) + "\n"


def of_document(document: Document, base: str) -> list[Link]:
    """Return the links from the document on a thing of ours, at an installation with that base."""
    page = document.iri.replace(f"{base}/id/", f"{base}/doc/", 1)
    types = [each.object for each in document.own if each.predicate == _TYPE]
    classes = sorted(each.value for each in types if isinstance(each, NamedNode))
    licences, holders = licences_of(document), _told(document, HOLDER)
    return [
        Link(page, "cite-as", document.iri),
        Link(page, "describes", document.iri),
        Link(page, "type", ABOUT_PAGE),
        *(Link(page, "type", each) for each in classes[:_TYPES]),
        *forms_of(page),
        *(Link(page, "license", each) for each in licences if len(licences) == 1),
        *(Link(page, "author", each) for each in holders),
        Link(page, "collection", f"{base}/dataset", HTML),
        *sets_of(page, base),
    ]


def licences_of(document: Document) -> list[str]:
    """Return the licences of the graphs that speak of a document's thing."""
    return _told(document, LICENCE)


def of_metadata(links: list[Link]) -> list[Link]:
    """Return the links from a page's description in RDF, of those from the page itself."""
    page = links[0].anchor
    own = (link for link in links if link.rel in ("describes", "license", "collection"))
    return [Link(page, "describes", page, HTML), *own]


def forms_of(page: str) -> Iterator[Link]:
    """Yield the links to what describes a page in RDF."""
    for form in GRAPHS:
        yield Link(page, "describedby", f"{page}.{form.extension}", form.media_type)


def sets_of(page: str, base: str) -> Iterator[Link]:
    """Yield the links to the linksets of a page."""
    address = page.replace(f"{base}/", f"{base}/linkset/", 1)
    yield Link(page, "linkset", f"{address}.json", LINKSET_JSON)
    yield Link(page, "linkset", f"{address}.txt", LINKSET)


def back(links: list[Link]) -> list[Link]:
    """Return those links with the ways back from the metadata and the items (level 2)."""
    ways = {"describedby": "describes", "item": "collection"}
    turned = (
        Link(link.href, ways[link.rel], link.anchor, HTML) for link in links if link.rel in ways
    )
    return [*(link for link in links if link.rel != "linkset"), *turned]


def _told(document: Document, name: NamedNode) -> list[str]:
    """Return what is said by a property of the graphs of a document, as web addresses."""
    values = {
        each.object.value
        for each in document.rights
        if each.predicate == name and isinstance(each.object, NamedNode)
    }
    return sorted(each for each in values if each.startswith(("http://", "https://")))


def written(link: Link) -> str:
    """Return a link as it stands in the header Link."""
    media_type = f'; type="{link.media_type}"' if link.media_type else ""
    return f'<{_ascii(link.href)}>; rel="{link.rel}"{media_type}'


def _ascii(iri: str) -> str:
    """Return an IRI as a URI, which a header and a quoted string can hold."""
    return quote(iri, safe=SAFE)
