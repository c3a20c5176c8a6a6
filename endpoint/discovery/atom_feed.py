"""The Atom feed of new policies, and the OpenSearch description for browsers.

Sources: RFC 4287 (Atom); OpenSearch 1.1, draft 6.
"""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.discovery.dcat import DESCRIPTION, TITLE
from urbansdg.endpoint.editions.edition_store import Editions
from urbansdg.endpoint.history.change_history import History, News
from urbansdg.endpoint.html.canonical_address import SAFE
from urbansdg.endpoint.html.language_lookup import LanguagePreference, local_name, names
from urbansdg.endpoint.http_fields.cache_control import kept_for
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.web.conditional_requests import last_modified, not_modified_response
from urbansdg.ontology.media_types import (
    ATOM,
    CSV,
    HTML,
    JSON,
    OPENSEARCH,
    SPARQL_JSON,
    SUGGESTIONS,
)
from urbansdg.ontology.namespaces import ATOM_FEED, OPENSEARCH_TERMS, PREFIXES
from urbansdg.queries import questions
from urbansdg.store import ReadableGraph

_ABSTRACT: Final = NamedNode(f"{PREFIXES['dcterms']}abstract")
_SEARCH: Final = "policies_by_text"
# What XML 1.0 does not allow (section 2.2): a name from the data may contain it.
_FORBIDDEN: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def feed_routes(context: Context, editions: Editions) -> list[BaseRoute]:
    """Return the routes of the feed and of the OpenSearch description."""
    feed = _Feed(context, editions)
    return [
        Route("/feed.atom", feed.atom, methods=READING),
        Route("/opensearch.xml", feed.opensearch, methods=READING),
    ]


@dataclass(frozen=True)
class _Feed:
    context: Context
    editions: Editions

    async def atom(self, request: Request) -> Response:
        """Answer with the feed of the newest policies."""
        snapshot = self.context.snapshot()
        history = await self.editions.history(snapshot.number)
        headers = {"etag": f'"{history.number}-feed"', "cache-control": kept_for(600)}
        headers["last-modified"] = last_modified(history.created)
        not_modified = not_modified_response(request, headers)
        if not_modified is not None:
            return not_modified
        base, publisher = self.context.iris.base, self.context.settings.publisher
        body = await run_in_threadpool(_atom, history, snapshot, base, publisher)
        return Response(body, headers=headers, media_type=ATOM)

    async def opensearch(self, _: Request) -> Response:
        """Answer with the OpenSearch description: the search, and a bundled question."""
        body = _opensearch(self.context.iris.base)
        headers = {"cache-control": kept_for(86400)}
        media_type = OPENSEARCH
        return Response(body, headers=headers, media_type=media_type)


def _atom(history: History, snapshot: Snapshot, base: str, publisher: str) -> bytes:
    feed = ET.Element("feed", {"xmlns": str(ATOM_FEED), "xml:lang": "en"})
    add_element(feed, "id", f"{base}/feed.atom")
    add_element(feed, "title", f"{TITLE}: new policies")
    add_element(feed, "updated", history.created.isoformat(timespec="seconds"))
    add_element(feed, "link", rel="self", href=f"{base}/feed.atom", type=ATOM)
    add_element(feed, "link", rel="alternate", href=f"{base}/", type=HTML)
    add_element(add_element(feed, "author"), "name", publisher)
    for news in history.newest:
        _entry(feed, news, snapshot.store, base)
    return feed_document(feed)


def _entry(feed: ET.Element, news: News, store: ReadableGraph, base: str) -> None:
    reader, thing = LanguagePreference(), NamedNode(news.iri)
    title = reader.choose(names(store, thing))
    terms = (quad.object for quad in store.quads_for_pattern(thing, _ABSTRACT, None))
    summary = reader.choose(title for title in terms if isinstance(title, Literal))
    page = quote(news.iri.replace(f"{base}/id/", f"{base}/doc/", 1), safe=SAFE)
    entry = add_element(feed, "entry")
    add_element(entry, "id", quote(news.iri, safe=SAFE))
    add_element(entry, "title", title.value if title else local_name(news.iri))
    add_element(entry, "updated", news.created.isoformat(timespec="seconds"))
    add_element(entry, "link", rel="alternate", href=page, type=HTML)
    if summary is not None:
        add_element(entry, "summary", summary.value)


def _opensearch(base: str) -> bytes:
    top = ET.Element("OpenSearchDescription", {"xmlns": OPENSEARCH_TERMS})
    add_element(top, "ShortName", "Urban SDG")
    add_element(top, "Description", DESCRIPTION)
    add_element(top, "InputEncoding", "UTF-8")
    add_element(top, "OutputEncoding", "UTF-8")
    page = f"{base}/search?q={{searchTerms}}&page={{startPage?}}"
    add_element(top, "Url", type=HTML, template=page)
    for media_type, name in ((ATOM, "atom"), (JSON, "json")):
        add_element(top, "Url", type=media_type, template=f"{page}&format={name}")
    add_element(
        top,
        "Url",
        type=SUGGESTIONS,
        rel="suggestions",
        template=f"{base}/suggest?q={{searchTerms}}",
    )
    for media_type, name in ((SPARQL_JSON, "json"), (CSV, "csv")):
        add_element(top, "Url", type=media_type, template=f"{_template(base)}&format={name}")
    return feed_document(top)


def _template(base: str) -> str:
    """Return the address template of a search: a bundled question with `{searchTerms}` in it."""
    question = next(question for question in questions() if question.name == _SEARCH)
    (word,) = question.parameters
    lines = (line for line in question.text.splitlines() if not line.startswith("#"))
    before, _, after = " ".join(" ".join(lines).split()).partition(f'"{word.example}"')
    return f"{base}/sparql?query={quote(before)}%22{{searchTerms}}%22{quote(after)}"


def feed_document(top: ET.Element) -> bytes:
    """Return a document of XML in UTF-8, with its declaration."""
    return bytes(ET.tostring(top, encoding="utf-8", xml_declaration=True))


def add_element(
    parent: ET.Element, name: str, text: str | None = None, **attributes: str
) -> ET.Element:
    """Add an element and return it; characters that XML does not allow are left out."""
    child = ET.SubElement(parent, name, attributes)
    child.text = None if text is None else _FORBIDDEN.sub("", text)
    return child
