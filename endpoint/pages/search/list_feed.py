"""A list or the results of a search as an Atom feed, with the elements of OpenSearch.

Sources: RFC 4287 (Atom); OpenSearch 1.1, draft 6, section 4.5 (response elements).
"""

import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode

from urbansdg.endpoint.discovery.atom_feed import add_element, feed_document
from urbansdg.endpoint.html.canonical_address import SAFE
from urbansdg.endpoint.pages.lists.thing_list import ThingList
from urbansdg.endpoint.pages.search.list_request import ListRequest
from urbansdg.endpoint.pages.search.listed_things import ListedThings
from urbansdg.ontology.media_types import ATOM, HTML
from urbansdg.ontology.namespaces import ATOM_FEED, OPENSEARCH_TERMS, PREFIXES
from urbansdg.store.history.history_index import read_index

_ABSTRACT: Final = NamedNode(f"{PREFIXES['dcterms']}abstract")


def last_changes(folder: Path, number: int, iris: Sequence[str]) -> dict[str, datetime]:
    """Return when things changed last, up to a version; nothing where the history lacks it."""
    try:
        with read_index(folder) as index:
            events = {iri: index.events(iri, number) for iri in iris}
            numbers = {iri: seen[-1][0] for iri, seen in events.items() if seen}
            if not numbers:
                return {}
            times = index.times(min(numbers.values()), max(numbers.values()))
            return {iri: times[last] for iri, last in numbers.items() if last in times}
    except sqlite3.Error:  # not made yet
        return {}


def list_feed(
    listing: ListRequest,
    listed: ListedThings,
    things: ThingList,
    *,
    title: str,
    publisher: str,
    changes: Mapping[str, datetime],
) -> bytes:
    """Return the feed of a page of things."""
    site, created = listing.site, listing.snapshot.created
    page = listing.page(listed.total)
    form = ("format", "atom")
    feed = ET.Element(
        "feed",
        {
            "xmlns": str(ATOM_FEED),
            "xmlns:opensearch": OPENSEARCH_TERMS,
            "xml:lang": site.words.language,
        },
    )
    own = site.base + listing.at(form)
    add_element(feed, "id", own)
    add_element(feed, "title", title)
    add_element(feed, "updated", _moment(max(changes.values(), default=created)))
    add_element(feed, "link", rel="self", href=own, type=ATOM)
    add_element(feed, "link", rel="alternate", href=site.base + listing.at(), type=HTML)
    for rel, number in (("next", page.number + 1), ("previous", page.number - 1)):
        if page.after if rel == "next" else page.before:
            href = site.base + listing.at(("page", str(number)), form)
            add_element(feed, "link", rel=rel, href=href, type=ATOM)
    add_element(add_element(feed, "author"), "name", publisher)
    add_element(feed, "opensearch:totalResults", str(listed.total))
    start = (page.number - 1) * listing.size + 1
    add_element(feed, "opensearch:startIndex", str(start))
    add_element(feed, "opensearch:itemsPerPage", str(listing.size))
    snippets = {hit.iri: hit.snippet for hit in listed.hits}
    for iri in listed.iris:
        entry = add_element(feed, "entry")
        name = things.named(iri)
        add_element(entry, "id", quote(iri, safe=SAFE))
        add_element(entry, "title", name.text)
        add_element(entry, "updated", _moment(changes.get(iri, created)))
        href = name.href or iri
        page_of_thing = href if "://" in href else f"{site.base}{href}"
        add_element(entry, "link", rel="alternate", href=quote(page_of_thing, safe=SAFE), type=HTML)
        summary = _abstract(things, iri) or snippets.get(iri)
        if summary:
            add_element(entry, "summary", summary)
    return feed_document(feed)


def _abstract(things: ThingList, iri: str) -> str | None:
    quads = things.store.quads_for_pattern(NamedNode(iri), _ABSTRACT, None, None)
    texts = (quad.object for quad in quads)
    chosen = things.site.reader.choose(text for text in texts if isinstance(text, Literal))
    return chosen.value if chosen else None


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
