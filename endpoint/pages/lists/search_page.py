"""The search of names in every language, without regard to accents and case."""

import unicodedata
from dataclasses import dataclass
from functools import cache, partial
from typing import Final

from pyoxigraph import Literal
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.dereference.document_routes import answered, entity_tag
from urbansdg.endpoint.html.page_layout import framed
from urbansdg.endpoint.html.page_values import plain
from urbansdg.endpoint.html.preferred_sources import NAMING
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.linked_data.profile_negotiation import HERE
from urbansdg.endpoint.pages.lists.list_pages import number_of, turn_of
from urbansdg.endpoint.pages.lists.page_query import SelectionRow, selected
from urbansdg.endpoint.pages.lists.thing_list import ListEntry, ThingList, kinds_of
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.ontology.namespaces import SDGO, USDG

SIZE: Final = 20
_MOST: Final = 1_000
_WORDS: Final = 8
_LONGEST: Final = 200
_META: Final = frozenset("\\.+*?()|[]{}^$#&-~/")
_LAST_LATIN: Final = 0x1EFF
_ALIKE: Final = {"ø": "o", "ł": "l", "đ": "d", "\u0131": "i", "ß": "s", "æ": "a", "œ": "o"}
_FIRST: Final = tuple(map(str, (USDG.Policy, USDG.City, SDGO.Goal, SDGO.Target)))


@dataclass(frozen=True, slots=True)
class Hit:
    """A result: the line of the thing, its kind, and the matching name if it is another one."""

    line: ListEntry
    kind: str
    name: str


def search_routes(context: Context) -> list[BaseRoute]:
    """Return the route of the search."""
    return [Route("/search", _Search(context).answer, methods=READING)]


@dataclass(frozen=True)
class _Search:
    context: Context

    async def answer(self, request: Request) -> Response:
        """Answer with a page of the things whose names have the words of `?q=`."""
        site, number = SiteLinks.of(request, self.context.iris.base), number_of(request)
        sought = plain(request.query_params.get("q", "")).strip()[:_LONGEST]
        snapshot, query = self.context.snapshot(), query_of(sought)
        rows = await selected(self.context, request, snapshot, query) if query else []
        results = ranked(rows, sought)
        if number > 1 and len(results) <= (number - 1) * SIZE:
            raise fault(404, "There is no such page of results.", "Start with the first page.")
        tag = entity_tag(
            str(snapshot.number),
            f"/search {number} {sought}",
            HERE,
            site.reader,
        )
        body = partial(_body, snapshot, site, sought, results, number)
        return await answered(request, HERE, tag, body, {"x-robots-tag": "noindex"})


def query_of(sought: str) -> str | None:
    """Return the query for names that have all the words, None without a word."""
    words = sought.split()[:_WORDS]
    filters = " && ".join(f'REGEX(STR(?label), {Literal(_pattern(word))}, "i")' for word in words)
    names = " ".join(str(term) for term in NAMING)
    if not words:
        return None
    return f"""SELECT DISTINCT ?thing ?label {{
        VALUES ?naming {{ {names} }} ?thing ?naming ?label
        FILTER(isIRI(?thing) && {filters}) }}
        ORDER BY STRLEN(STR(?label)) ?thing ?label LIMIT {_MOST}"""


def ranked(rows: list[SelectionRow], sought: str) -> dict[str, str]:
    """Return the things with their best matching names, the best first."""
    wish = sought.casefold()
    best: dict[str, tuple[int, str]] = {}
    for row in rows:
        name = row["label"].casefold()
        rank = 0 if name == wish else 1 if name.startswith(wish) else 2
        best_so_far = best.setdefault(row["thing"], (rank, row["label"]))
        if rank < best_so_far[0]:
            best[row["thing"]] = (rank, row["label"])
    return {iri: name for iri, (_, name) in sorted(best.items(), key=lambda item: item[1][0])}


def _body(
    snapshot: Snapshot, site: SiteLinks, sought: str, results: dict[str, str], number: int
) -> bytes:
    kinds = kinds_of(snapshot.store, results)
    ordered = sorted(
        results, key=lambda iri: (results[iri].casefold() != sought.casefold(), _weight(kinds[iri]))
    )
    page_of_results = ordered[(number - 1) * SIZE : number * SIZE]
    catalogue = ThingList.of(snapshot.store, site, page_of_results)
    return framed(
        "search.html.jinja",
        site,
        crumbs=(),
        version=snapshot.number,
        sought=sought,
        hits=[_hit(catalogue, iri, kinds[iri], results[iri]) for iri in page_of_results],
        found=len(results),
        is_counted=len(results) < _MOST,
        turn=turn_of(site, "/search", number, more=len(results) > number * SIZE),
    )


def _hit(catalogue: ThingList, iri: str, kinds: list[str], name: str) -> Hit:
    line = catalogue.line(iri)
    kind = catalogue.named(min(kinds, key=lambda kind: _weight([kind]))).text if kinds else ""
    return Hit(line, kind, "" if name == line.thing.text else plain(name)[:_LONGEST])


def _weight(kinds: list[str]) -> int:
    return min((_FIRST.index(kind) for kind in kinds if kind in _FIRST), default=len(_FIRST))


def _pattern(word: str) -> str:
    return "".join(map(_letter, unicodedata.normalize("NFC", word)))


def _letter(letter: str) -> str:
    """Return a regular expression for a letter: a Latin one with any accent, others as is."""
    base = _base(letter.lower())
    if base is not None:
        return f"[{_accented()[base]}][\u0300-\u036f]*"
    return f"\\{letter}" if letter in _META else letter


def _base(letter: str) -> str | None:
    bare = _ALIKE.get(letter) or unicodedata.normalize("NFKD", letter)[:1]
    return bare if bare.isascii() and bare.isalpha() else None


@cache
def _accented() -> dict[str, str]:
    """Return each Latin letter with all its accented variants."""
    accents: dict[str, str] = {}
    for code in range(_LAST_LATIN + 1):
        letter = chr(code)
        base = _base(letter)
        if base is not None and letter.islower():
            accents[base] = accents.get(base, "") + letter
    return accents
