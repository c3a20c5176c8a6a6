"""The home page: the purpose of the graph, its content, and the entry points."""

from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Final

from cachetools import LRUCache, cached
from pyoxigraph import NamedNode
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.dereference.document_routes import answered, entity_tag
from urbansdg.endpoint.html.language_lookup import local_name
from urbansdg.endpoint.html.page_layout import framed
from urbansdg.endpoint.html.page_values import PageValue
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.linked_data.profile_negotiation import HERE
from urbansdg.endpoint.linked_data.signposting import Link, header
from urbansdg.endpoint.pages.lists.home_figures import (
    GOALS,
    HomeNumbers,
    NumberCache,
    home_figures,
)
from urbansdg.endpoint.pages.lists.thing_list import ThingList
from urbansdg.endpoint.pages.things.sort_order import code_of, natural
from urbansdg.endpoint.web.conditional_requests import modified
from urbansdg.ontology.kinds_of_things import CITY, GOAL, POLICY
from urbansdg.ontology.media_types import HTML, JSON, TURTLE, XML
from urbansdg.ontology.namespaces import PREFIXES, SDGO
from urbansdg.queries import questions
from urbansdg.queries.question_words import question_words
from urbansdg.store import ReadableGraph, counted, find_quads

_NEWEST: Final = 10
_WAIT_SECONDS: Final = 0.2
_TYPE: Final = NamedNode(f"{PREFIXES['rdf']}type")
_COUNTED: Final = {
    **{kind.plural: kind.iri for kind in (POLICY, CITY, GOAL)},
    "targets": SDGO.Target,
    "indicators": SDGO.Indicator,
}
_GOALS: Final = 100


def home_routes(context: Context) -> list[BaseRoute]:
    """Return the route of the home page."""
    return [Route("/", _Home(context).answer, methods=READING)]


@dataclass(frozen=True)
class _Home:
    context: Context
    numbers: NumberCache = field(default_factory=NumberCache)

    async def answer(self, request: Request) -> Response:
        """Answer with the home page."""
        snapshot = self.context.snapshot()
        site = SiteLinks.of(request, self.context.iris.base)
        newest = await self._newest(snapshot)
        numbers = await self.numbers.numbers(self.context, request, snapshot)
        state = f"{snapshot.mark}-{len(newest)}-{numbers is not None}"
        tag = entity_tag(state, "/", HERE, site.reader)
        more = modified(snapshot.created, snapshot.mark) if newest else {}
        more |= {"link": _ways(self.context.iris.base)}
        body = partial(_rendered, snapshot, site, newest, numbers)
        return await answered(request, HERE, tag, body, more)

    async def _newest(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return the newest policies; none until the history of the version is made."""
        if self.context.editions is None or self.context.engine is not None:
            return ()
        history = await self.context.editions.at_hand(snapshot.number, _WAIT_SECONDS)
        if history is None:  # the history is being made, and the page does not wait for it
            return ()
        return tuple(news.iri for news in history.newest[:_NEWEST])


def _ways(base: str) -> str:
    """Return the links for clients that do not read HTML."""
    ways = (
        Link(f"{base}/", "describedby", f"{base}/dataset", TURTLE),
        Link(f"{base}/", "collection", f"{base}/dataset", HTML),
        # RFC 8631: the description of the API for machines, and for people
        Link(f"{base}/", "service-desc", f"{base}/openapi.json", JSON),
        Link(f"{base}/", "service-doc", f"{base}/docs", HTML),
        Link(f"{base}/", "sitemap", f"{base}/sitemap.xml", XML),
    )
    return header(ways)


def _rendered(
    snapshot: Snapshot,
    site: SiteLinks,
    newest: tuple[str, ...],
    numbers: HomeNumbers | None,
) -> bytes:
    goals = _goals(snapshot.store)
    catalogue = ThingList.of(snapshot.store, site, (*goals, *GOALS, *newest))
    return framed(
        "home.html.jinja",
        site,
        version=snapshot.number,
        counts=counts(snapshot.mark, snapshot.store),
        goals=[(code_of(iri), catalogue.short(iri)) for iri in goals],
        newest=[catalogue.line(iri) for iri in newest],
        graphs=sorted(_graphs(snapshot.store, site), key=lambda value: value.text),
        questions=[
            PageValue(
                question_words(question.name, site.words.language),
                site.at(f"/questions/{question.name}"),
            )
            for question in questions()
        ],
        triples=snapshot.triples,
        figures=home_figures(snapshot, site, numbers, catalogue) if numbers else None,
    )


@cached(LRUCache[str, dict[str, int]](4), key=lambda mark, _: mark, lock=Lock())
def counts(_mark: str, store: ReadableGraph) -> dict[str, int]:
    """Return the number of things of each kind; counted once per version."""
    counts_by_kind = counted(store, [NamedNode(str(kind)) for kind in _COUNTED.values()])
    return {name: counts_by_kind[str(kind)] for name, kind in _COUNTED.items()}


def _goals(store: ReadableGraph) -> list[str]:
    quads = find_quads(store, (None, _TYPE, NamedNode(str(SDGO.Goal))), _GOALS)
    iris = {quad.subject.value for quad in quads if isinstance(quad.subject, NamedNode)}
    return sorted(iris, key=natural)


def _graphs(store: ReadableGraph, site: SiteLinks) -> list[PageValue]:
    graphs = (graph for graph in store.named_graphs() if isinstance(graph, NamedNode))
    return [PageValue(local_name(graph.value), site.to(graph.value)) for graph in graphs]
