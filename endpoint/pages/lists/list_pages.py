"""The lists: all policies, cities, goals, themes and others, by name, in pages of a hundred."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from pyoxigraph import Literal, NamedNode
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.dereference.document_routes import answered, entity_tag
from urbansdg.endpoint.html.page_layout import framed
from urbansdg.endpoint.html.preferred_sources import NAMING
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.linked_data.profile_negotiation import HERE
from urbansdg.endpoint.pages.lists.page_query import selected
from urbansdg.endpoint.pages.lists.thing_list import ThingList
from urbansdg.endpoint.pages.things.sort_order import code_of, natural
from urbansdg.endpoint.web.conditional_requests import modified
from urbansdg.endpoint.web.problem_details import Fault, fault
from urbansdg.ontology.kinds_of_things import KINDS, POLICY, THEME
from urbansdg.ontology.namespaces import PREFIXES, USDG, VOCAB

SIZE: Final = 100
_DEEPEST: Final = 10_000
_LONGEST: Final = 2_000
_FILTERS: Final = {
    "goal": (str(USDG.addressesGoal),),
    "target": (str(USDG.addressesTarget),),
    "theme": (str(USDG.theme),),
    "status": (str(USDG.status),),
    "city": (str(USDG.leadCity), str(USDG.partnerCity)),
}


@dataclass(frozen=True, slots=True)
class ListDefinition:
    """A list: its name, the SPARQL pattern of its things, and its filters."""

    name: str
    pattern: str
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a list: its number, and the addresses of its neighbours."""

    number: int
    before: str | None
    after: str | None


_FILTERED: Final = {POLICY: tuple(_FILTERS)}
_PATTERNS: Final = {THEME: f"<{PREFIXES['skos']}inScheme> <{VOCAB}theme>"}
LISTS: Final = tuple(
    ListDefinition(kind.plural, _PATTERNS.get(kind, f"a <{kind.iri}>"), _FILTERED.get(kind, ()))
    for kind in KINDS
)


def listing_routes(context: Context) -> list[BaseRoute]:
    """Return the routes of the lists."""
    return [
        Route(f"/{listing.name}", _Listing(context, listing).answer, methods=READING)
        for listing in LISTS
    ]


def number_of(request: Request) -> int:
    """Return the number of the requested page; raises `Fault` (404)."""
    text = request.query_params.get("page", "1")
    if not text.isdecimal() or not text.isascii() or not 0 < int(text[:9]) <= _DEEPEST:
        raise fault(404, "There is no such page of this list.", "Start with the first page.")
    return int(text)


def turn_of(site: SiteLinks, path: str, number: int, *, more: bool) -> ListPage:
    """Return a page with the addresses of its neighbours."""
    parameters = {name: value for name, value in site.query if name != "page"}
    before = site.at(path, **parameters, page=number - 1) if number > 1 else None
    return ListPage(number, before, site.at(path, **parameters, page=number + 1) if more else None)


@dataclass(frozen=True)
class _Listing:
    context: Context
    of: ListDefinition

    async def answer(self, request: Request) -> Response:
        """Answer with a page of the list; raises `Fault`: 400 for a filter that is not an IRI."""
        number, narrowed = number_of(request), self._narrowed(request)
        site = SiteLinks.of(request, self.context.iris.base)
        snapshot = self.context.snapshot()
        rows = await selected(self.context, request, snapshot, self._query(site, number, narrowed))
        if number > 1 and not rows:
            raise fault(404, "There is no such page of this list.", "Start with the first page.")
        things = [row["thing"] for row in rows]
        turn = turn_of(site, f"/{self.of.name}", number, more=len(things) > SIZE)
        path = f"/{self.of.name} {number} {narrowed}"
        tag = entity_tag(snapshot.mark, path, HERE, site.reader)
        body = partial(self._body, snapshot, site, things[:SIZE], turn, narrowed)
        more = neighbours(site.base, turn) | modified(snapshot.created, snapshot.mark)
        return await answered(request, HERE, tag, body, more)

    def _narrowed(self, request: Request) -> dict[str, str]:
        parameters = request.query_params
        return {name: iri_of(parameters[name]) for name in self.of.filters if parameters.get(name)}

    def _query(self, site: SiteLinks, number: int, narrowed: dict[str, str]) -> str:
        """Return the query of a page, sorted by name in the reader's language, else in English.

        The sorting is outside of the grouping: Virtuoso cannot sort by an expression on MIN.
        """
        wish = Literal(site.reader.query_language or site.words.language)
        names = "|".join(str(term) for term in NAMING)
        return f"""SELECT ?thing ?name {{ {{ SELECT ?thing (MIN(?key) AS ?name) {{
            ?thing {self.of.pattern} . FILTER(isIRI(?thing)) {" ".join(_patterns(narrowed))}
            OPTIONAL {{ ?thing {names} ?label
                BIND(CONCAT(IF(LANG(?label) = {wish}, "0", IF(LANG(?label) = "en", "1", "2")),
                            LCASE(STR(?label))) AS ?key) }}
            }} GROUP BY ?thing }} }} ORDER BY (SUBSTR(?name, 2)) ?thing
            LIMIT {SIZE + 1} OFFSET {(number - 1) * SIZE}"""

    def _body(
        self,
        snapshot: Snapshot,
        site: SiteLinks,
        things: list[str],
        turn: ListPage,
        narrowed: dict[str, str],
    ) -> bytes:
        catalogue = ThingList.of(snapshot.store, site, (*things, *narrowed.values()))
        things = sorted(things, key=natural) if self.of.name == "goals" else things
        return framed(
            "list.html.jinja",
            site,
            crumbs=(),
            version=snapshot.number,
            title=site.words(self.of.name),
            lines=[(code_of(iri), catalogue.line(iri)) for iri in things],
            tiles=[(code_of(iri), catalogue.short(iri)) for iri in things if code_of(iri)],
            turn=turn,
            narrowed=[(name, catalogue.named(iri)) for name, iri in narrowed.items()],
            lists=[listing.name for listing in LISTS],
            name=self.of.name,
        )


def _patterns(narrowed: dict[str, str]) -> Iterator[str]:
    for name, iri in narrowed.items():
        ways = "|".join(f"<{way}>" for way in _FILTERS[name])
        yield f"?thing {ways} {NamedNode(iri)} ."


def iri_of(text: str) -> str:
    """Return the IRI in a parameter; raises `Fault` (400)."""
    try:
        return NamedNode(text[:_LONGEST]).value
    except ValueError:
        raise _no_iri() from None


def _no_iri() -> Fault:
    return fault(400, "The parameter is not an IRI.", "Follow the links on the pages.")


def neighbours(base: str, turn: ListPage) -> dict[str, str]:
    """Return the header field Link with the neighbours of a page (RFC 8288)."""
    links_of_turn = (("prev", turn.before), ("next", turn.after))
    links = ", ".join(f'<{base}{href}>; rel="{rel}"' for rel, href in links_of_turn if href)
    return {"link": links} if links else {}
