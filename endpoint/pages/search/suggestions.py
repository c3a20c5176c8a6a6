"""Suggestions for an unfinished search, at `/suggest?q=`, for browsers and the search box.

Source: OpenSearch Suggestions extension 1.1: an array of the words, the completions, their
descriptions and their addresses, as `application/x-suggestions+json`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from pyoxigraph import Literal
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.html.language_lookup import local_name
from urbansdg.endpoint.html.page_values import plain
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.pages.search.facet_controls import kind_label
from urbansdg.endpoint.pages.search.list_formats import ListForm, list_response
from urbansdg.endpoint.pages.search.list_request import ListRequest
from urbansdg.endpoint.pages.search.listed_things import index_of
from urbansdg.endpoint.web.conditional_requests import modified
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.ontology.media_types import SUGGESTIONS
from urbansdg.search.index_folder import SearchIndex
from urbansdg.search.search_request import Candidate

MOST: Final = 10
"""The suggestions in an answer."""

_PATH: Final = "/suggest"
_MOST_NAME: Final = 120


def suggest_routes(context: Context) -> list[BaseRoute]:
    """Return the route of suggestions."""
    return [Route("/suggest", _Suggestions(context).answer, methods=READING)]


@dataclass(frozen=True)
class _Suggestions:
    context: Context

    async def answer(self, request: Request) -> Response:
        """Answer with names of things that the words begin; raises `Fault`: 400, 404, 501, 503."""
        listing = await ListRequest.of(
            self.context,
            request,
            _PATH,
            ("kind",),
            kind=None,
            size=MOST,
            order="relevance",
        )
        index = await index_of(self.context, listing.snapshot, waits=True)
        if index is None:
            message = "The graph is in a SPARQL engine, which has no search index."
            raise fault(501, message, "Use /search?q= instead.")
        form = ListForm("suggestions", SUGGESTIONS, is_fixed=True)
        respond = partial(
            list_response,
            request,
            form,
            listing.tag(form, "index"),
            partial(_document, index, listing),
            modified(listing.snapshot.created, listing.snapshot.mark),
            version=listing.parameters.version,
            language=listing.site.words.language,
        )
        return await run_in_threadpool(respond)


def _document(index: SearchIndex, listing: ListRequest) -> bytes:
    parameters, site = listing.parameters, listing.site
    kinds = parameters.filters.get("kind", ())
    candidates = _candidates(index, listing, kinds) if parameters.words else []
    names, descriptions, addresses = [], [], []
    for candidate in candidates:
        label = _label(site, candidate)
        name = _completion(candidate, parameters.words, label)
        kind = kind_label(site, candidate.kind)
        names.append(plain(name[:_MOST_NAME]))
        descriptions.append(kind if name == label else f"{kind}: {plain(label[:_MOST_NAME])}")
        addresses.append(f"{site.base}{site.here(candidate.iri)}")
    suggestions = [parameters.words, names, descriptions, addresses]
    return json.dumps(suggestions, ensure_ascii=False).encode()


def _candidates(index: SearchIndex, listing: ListRequest, kinds: Sequence[str]) -> list[Candidate]:
    """Return the things that the words name by a code or an IRI, then those by a name."""
    words, reader = listing.parameters.words, listing.reader
    if "://" in words:
        results = index.search(listing.to_index(offset=0, limit=MOST))
        things = (index.thing(hit.iri) for hit in results.hits)
        return [thing for thing in things if thing is not None]
    iris = list[str]()
    for facet in ("goal", "target"):
        code = reader.code(facet, words)
        iris += [] if code is None else [reader.iri(facet, code) or ""]
    named = [thing for iri in iris if (thing := index.thing(iri)) is not None]
    named = [thing for thing in named if not kinds or set(thing.kinds) & set(kinds)]
    matching = index.suggestions(words, kinds, MOST)
    return [*named, *(thing for thing in matching if thing not in named)][:MOST]


def _label(site: SiteLinks, candidate: Candidate) -> str:
    names = [Literal(name, language=tag or None) for tag, name in candidate.names]
    chosen = site.reader.choose(names)
    return chosen.value if chosen else local_name(candidate.iri)


def _completion(candidate: Candidate, words: str, label: str) -> str:
    """Return the name that has the last word: the label, else the first that has it."""
    last = words.rsplit(maxsplit=1)[-1].casefold()
    names = [label, *(name for _, name in candidate.names)]
    return next((name for name in names if last in name.casefold()), label)
