"""Triple pattern fragments at `/fragments`, for clients that join themselves and spare the server.

A fragment is the triples that match a pattern, in pages, with an estimate of how many they are and
the form by which others are asked for. Sources: Triple Pattern Fragments (Hydra W3C Community
Group, 2016), the Hydra Core Vocabulary. No library of Python carries it: it is a few reads of the
store, each of them bounded; what lies deeper than the bound is in the dumps.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final
from urllib.parse import quote, urlencode

import pyoxigraph as ox
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.http_fields.cache_control import kept_for
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.linked_data.rdf_serialisation import as_rdf_xml
from urbansdg.endpoint.web.conditional_requests import entity_tag_of, not_modified_response
from urbansdg.endpoint.web.content_negotiation import choose
from urbansdg.endpoint.web.problem_details import Fault, fault
from urbansdg.ontology.media_types import GRAPHS
from urbansdg.ontology.namespaces import HYDRA, PREFIXES, expanded
from urbansdg.store import ReadableGraph, merged

PAGE: Final = 100
DEEPEST: Final = 100_000
"""Matches that are looked at for one page or one count, at the most."""

_PLACES: Final = ("subject", "predicate", "object")
_FORMS: Final = tuple(sorted(GRAPHS, key=lambda form: form.name != "trig"))
_SENT: Final = "%/?:@!$&'()*+,;=-._~"
"""What stays in an address as it was sent: the rest is no part of an IRI."""

_SKOLEM: Final = "/.well-known/genid/"

PatternTerm = ox.NamedNode | ox.BlankNode | ox.Literal
Pattern = tuple[ox.NamedNode | ox.BlankNode | None, ox.NamedNode | None, PatternTerm | None]


def fragments_routes(context: Context) -> list[BaseRoute]:
    """Return the route of the fragments."""
    is_ordered = context.store.capabilities.is_ordered
    answer = _Fragments(context).answer if is_ordered else _without_pages
    return [Route("/fragments", answer, methods=READING)]


@dataclass(frozen=True, slots=True)
class Fragment:
    """A page of the triples that match: them, an estimate of all, and whether there are more."""

    triples: tuple[ox.Triple, ...]
    total: int
    more: bool


def fragment(snapshot: Snapshot, pattern: Pattern, page: int) -> Fragment:
    """Return a page of a fragment; pages count from 1."""
    start = (page - 1) * PAGE
    quads = merged(snapshot.store, pattern)
    matches = list(islice(quads, start, start + PAGE + 1))
    triples = (quad.triple for quad in matches[:PAGE])
    total = _estimated(snapshot.store, snapshot.mark, snapshot.triples, pattern)
    return Fragment(tuple(triples), total, len(matches) > PAGE)


@lru_cache(maxsize=4096)
def _estimated(store: ReadableGraph, _mark: str, all_of_it: int, pattern: Pattern) -> int:
    """Count the matches, once a version; beyond the bound, tell the size of the whole."""
    if not any(pattern):
        return all_of_it
    count = sum(1 for _ in islice(merged(store, pattern), DEEPEST + 1))
    return count if count <= DEEPEST else all_of_it


@dataclass(frozen=True)
class _Fragments:
    context: Context

    async def answer(self, request: Request) -> Response:
        """Answer with a page of a fragment; raises `Fault` (400, 404, 406)."""
        choice = choose(request.headers.get("accept"), _FORMS)
        if choice is None:
            offers = ", ".join(form.media_type for form in _FORMS)
            raise fault(406, "No format of fragments is accepted.", f"Accept one of: {offers}.")
        base, snapshot = self.context.iris.base, self.context.snapshot()
        parameters = {name: request.query_params.get(name, "") for name in _PLACES}
        pattern, page = pattern_of(parameters, base), _page(request.query_params.get("page"))
        name = f"fragment {sorted(parameters.items())} {page} {choice.format.extension}"
        headers = {
            "etag": entity_tag_of(snapshot.mark, name),
            "cache-control": kept_for(self.context.settings.fresh_seconds),
            "vary": "Accept",
            "access-control-allow-origin": "*",
            "urbansdg-version": str(snapshot.number),
        }
        not_modified = not_modified_response(request, headers)
        if not_modified is not None:
            return not_modified
        page_of_matches = await run_in_threadpool(fragment, snapshot, pattern, page)
        here = f"{base}/fragments"
        controls = Controls(here, parameters, page, str(request.url.query))
        quads = [
            *controls.quads(page_of_matches),
            *(_named(triple, base) for triple in page_of_matches.triples),
        ]
        engine = choice.format.engine
        form = engine if isinstance(engine, ox.RdfFormat) else ox.RdfFormat.TRIG
        prefixes = PREFIXES | {"hydra": str(HYDRA)}
        triples = dict.fromkeys(quad.triple for quad in quads)
        if form == ox.RdfFormat.RDF_XML:
            body = as_rdf_xml(triples, prefixes)
        else:
            statements = quads if form.supports_datasets else triples
            body = ox.serialize(statements, format=form, prefixes=prefixes) or b""
        return Response(body, headers=headers, media_type=choice.content_type)


async def _without_pages(_: Request) -> Response:
    raise fault(
        501,
        "The graph is in a SPARQL engine, which has no order to give its matches in pages by.",
        "Ask `/sparql`.",
    )


def _page(text: str | None) -> int:
    page = int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 1  # noqa: PLR2004  # no int of a million digits
    if text and (str(page) != text or page < 1):
        raise fault(400, "Invalid page: expected an integer from 1 on.", "Follow hydra:next.")
    if not 1 <= page <= DEEPEST // PAGE:
        raise fault(
            400,
            f"Only the first {DEEPEST:,} matches of a pattern are given in pages.",
            "Ask for a narrower pattern, or take a dump: /dataset names them.",
        )
    return page


def pattern_of(parameters: dict[str, str], base: str) -> Pattern:
    """Return the pattern of a request; nothing, or a variable such as `?x`, matches all.

    IRIs stand bare or in angle brackets, literals in quotes, as `hydra:ExplicitRepresentation` has
    them. Raises `Fault` (400).
    """
    subject, predicate, value = (_term(parameters[name], name, base) for name in _PLACES)
    if isinstance(subject, ox.Literal) or not isinstance(predicate, ox.NamedNode | None):
        raise _ill("subject or predicate")
    return subject, predicate, value


def _term(text: str, place: str, base: str) -> PatternTerm | None:
    if not text or text.startswith("?"):
        return None
    try:
        if text.startswith('"'):
            return _literal(text)
        iri = text.removeprefix("<").removesuffix(">")
        own = iri.removeprefix(base + _SKOLEM)
        return ox.BlankNode(own) if own != iri else ox.NamedNode(iri)
    except ValueError:
        raise _ill(place) from None


def _literal(text: str) -> ox.Literal:
    """Read a literal as `hydra:ExplicitRepresentation` has it: no character in it is escaped."""
    value, quote, rest = text[1:].rpartition('"')
    if quote and not rest:
        return ox.Literal(value)
    if quote and rest.startswith("@"):
        return ox.Literal(value, language=rest[1:])
    if quote and rest.startswith("^^"):
        iri = rest[2:].removeprefix("<").removesuffix(">")
        return ox.Literal(value, datatype=ox.NamedNode(iri))
    raise ValueError(text)


def _ill(place: str) -> Fault:
    return fault(
        400,
        f"The {place} of the pattern is not an RDF term that can stand there.",
        'Give an IRI, or an object such as "Seoul"@en.',
    )


def _named(triple: ox.Triple, base: str) -> ox.Quad:
    """Return a triple with IRIs for its blank nodes, by which they can be asked for."""
    subject, value = (_skolem(term, base) for term in (triple.subject, triple.object))
    return ox.Quad(subject, triple.predicate, value, ox.DefaultGraph())  # type: ignore[arg-type]  # a subject stays one


def _skolem(term: object, base: str) -> object:
    return ox.NamedNode(base + _SKOLEM + term.value) if isinstance(term, ox.BlankNode) else term


@dataclass(frozen=True, slots=True)
class Controls:
    """The metadata and controls of a page: its fragment, and the links to others."""

    here: str
    parameters: dict[str, str]
    page: int
    query: str

    @property
    def address(self) -> str:
        """The address that was asked."""
        return f"{self.here}?{quote(self.query, safe=_SENT)}" if self.query else self.here

    def of(self, page: int) -> str:
        """Return the address of a page of the same fragment."""
        parameters = {name: text for name, text in self.parameters.items() if text}
        return f"{self.here}?{urlencode(parameters | {'page': str(page)})}"

    def quads(self, fragment: Fragment) -> Iterator[ox.Quad]:
        """Yield the metadata and the controls, in a graph of their own."""
        graph = ox.NamedNode(f"{self.here}#metadata")
        for subject, path, value in (*self._of_dataset(), *self._of_page(fragment)):
            yield ox.Quad(subject, path, value, graph)

    def _of_dataset(self) -> Iterator[tuple[ox.NamedNode, ox.NamedNode, PatternTerm]]:
        dataset, form = ox.NamedNode(f"{self.here}#dataset"), ox.NamedNode(f"{self.here}#pattern")
        metadata = ox.NamedNode(f"{self.here}#metadata")
        template = ox.Literal(f"{self.here}{{?{','.join(_PLACES)}}}")
        yield metadata, _iri("foaf:primaryTopic"), dataset
        yield dataset, _iri("rdf:type"), _iri("void:Dataset")
        yield dataset, _iri("rdf:type"), _hydra("Collection")
        yield dataset, _iri("void:subset"), ox.NamedNode(self.address)
        yield dataset, _hydra("search"), form
        yield form, _hydra("template"), template
        yield form, _hydra("variableRepresentation"), _hydra("ExplicitRepresentation")
        for name in _PLACES:
            mapping = ox.NamedNode(f"{self.here}#{name}")
            yield form, _hydra("mapping"), mapping
            yield mapping, _hydra("variable"), ox.Literal(name)
            yield mapping, _hydra("property"), _iri(f"rdf:{name}")

    def _of_page(
        self, fragment: Fragment
    ) -> Iterator[tuple[ox.NamedNode, ox.NamedNode, PatternTerm]]:
        page = ox.NamedNode(self.address)
        yield page, _iri("rdf:type"), _hydra("PartialCollectionView")
        yield page, _hydra("totalItems"), ox.Literal(fragment.total)
        yield page, _iri("void:triples"), ox.Literal(fragment.total)
        yield page, _hydra("itemsPerPage"), ox.Literal(PAGE)
        yield page, _hydra("first"), ox.NamedNode(self.of(1))
        if self.page > 1:
            yield page, _hydra("previous"), ox.NamedNode(self.of(self.page - 1))
        if fragment.more:
            yield page, _hydra("next"), ox.NamedNode(self.of(self.page + 1))


def _iri(name: str) -> ox.NamedNode:
    return ox.NamedNode(expanded(name))


def _hydra(name: str) -> ox.NamedNode:
    return ox.NamedNode(HYDRA[name])
