"""Linked data: `/id/...` names a thing and answers 303, `/doc/...` is the document on it.

Source: Cool URIs for the Semantic Web (W3C, 2008), section 4.2; RFC 9110, sections 12 and 13.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode, RdfFormat, Triple, serialize
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.canonical import sent
from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.document import Document, describe
from urbansdg.endpoint.faults import Fault, fault
from urbansdg.endpoint.formats import GRAPHS, Format
from urbansdg.endpoint.labels import Reader
from urbansdg.endpoint.page import address_of, path_of
from urbansdg.endpoint.pages.site import Site
from urbansdg.endpoint.pages.thing import thing_page
from urbansdg.endpoint.signposting import Link, header, of_document, of_metadata
from urbansdg.ontology.names import PREFIXES

HTML: Final = "text/html"
POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_CACHE: Final = "public, max-age=0, must-revalidate"
_VARY: Final = "Accept, Accept-Language"
_BY_EXTENSION: Final = {form.extension: form for form in GRAPHS}
_LONGEST: Final = 4_096
_TYPE: Final = NamedNode(f"{PREFIXES['rdf']}type")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The form in which a document is wanted: a format of RDF, or None for a page."""

    form: Format | None

    @property
    def content_type(self) -> str:
        """The value of Content-Type."""
        media_type = HTML if self.form is None else self.form.media_type
        return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type

    @property
    def extension(self) -> str:
        """The ending of the document's own address."""
        return "html" if self.form is None else self.form.extension


def documents_routes(context: Context) -> list[BaseRoute]:
    """Return the routes of things, their documents, and named graphs."""
    handlers = Documents(context)
    methods = ["GET", "HEAD"]
    return [
        Route("/id/{path:path}", handlers.thing, methods=methods),
        Route("/doc/{path:path}", handlers.document, methods=methods),
        Route("/graph/{path:path}", handlers.graph, methods=methods),
        Route("/describe", handlers.describe, methods=methods),
    ]


class Documents:
    """Answers for things and their documents."""

    def __init__(self, context: Context) -> None:
        """Describe things from the current version."""
        self._context = context

    async def thing(self, request: Request) -> Response:
        """Lead from a thing to the document on it: 303, or 404 where there is no such thing."""
        path = path_of_request(request)
        await run_in_threadpool(self._described, path, self._context.snapshot())
        asked = Reader.of(request).asked
        target = path.replace("/id/", "/doc/", 1) + (f"?lang={asked}" if asked else "")
        return RedirectResponse(target, 303, {"vary": "Accept", "cache-control": _CACHE})

    async def document(self, request: Request) -> Response:
        """Answer with the document on a thing, in the form that its address or Accept asks for."""
        return await self.answer(request, path_of_request(request), self._context.snapshot())

    async def answer(self, request: Request, path: str, snapshot: Snapshot) -> Response:
        """Answer with the document that has the address `path` (`/doc/...`), as of a version."""
        thing = path.replace("/doc/", "/id/", 1)
        bare, _, extension = thing.rpartition(".")
        if extension == "html" or extension in _BY_EXTENSION:
            wanted = Wanted(_BY_EXTENSION.get(extension))
            return await self._answer(request, bare, wanted, snapshot)
        return await self._negotiated(request, thing, snapshot)

    async def graph(self, request: Request) -> Response:
        """Answer with the document on a named graph."""
        return await self._negotiated(request, path_of_request(request), self._context.snapshot())

    def signposts(self, path: str, snapshot: Snapshot) -> list[Link]:
        """Return the typed links from the document at `/doc/...`; raises `Fault` (404)."""
        if not path.startswith("/doc/"):
            raise unknown()
        document = self._described(path.replace("/doc/", "/id/", 1), snapshot)
        return of_document(document, snapshot.store, self._context.iris.base)

    async def _negotiated(self, request: Request, path: str, snapshot: Snapshot) -> Response:
        wanted = negotiated(self._context, request.headers.get("accept"))
        answer = await self._answer(request, path, wanted, snapshot)
        if path.startswith("/id/"):
            own = path.replace("/id/", "/doc/", 1)
            answer.headers["content-location"] = f"{own}.{wanted.extension}"
        return answer

    async def _answer(
        self, request: Request, path: str, wanted: Wanted, snapshot: Snapshot
    ) -> Response:
        reader = Reader.of(request)
        document = await run_in_threadpool(self._described, path, snapshot)
        tag = entity_tag(snapshot.mark, path, wanted, reader)
        headers = {}
        if path.startswith("/id/"):
            base = self._context.iris.base
            links = await run_in_threadpool(of_document, document, snapshot.store, base)
            is_page = wanted.form is None or not request.url.path.endswith(f".{wanted.extension}")
            headers["link"] = header(links if is_page else of_metadata(links))

        def body() -> bytes:
            site = Site(self._context.iris.base, reader, path.replace("/id/", "/doc/", 1))
            return self._body(document, wanted, site, snapshot)

        return await answered(request, wanted, tag, body, headers | _version(snapshot))

    async def describe(self, request: Request) -> Response:
        """Answer with what the graph says of the IRI `?uri=`, whoever named the thing by it.

        What is ours has a document of its own, to which this leads (303).
        Raises `Fault`: 400 without an IRI, 404 where the graph does not mention it.
        """
        base = self._context.iris.base
        iri, form = _asked(request)
        if iri.startswith((f"{base}/id/", f"{base}/graph/")):
            own = (path_of(iri, base) or "").replace("/id/", "/doc/", 1)
            return RedirectResponse(own, 303, {"vary": "Accept", "cache-control": _CACHE})
        wanted = form or negotiated(self._context, request.headers.get("accept"))
        snapshot = self._context.snapshot()
        document = await run_in_threadpool(_mentioned, iri, snapshot)
        reader = Reader.of(request)
        tag = entity_tag(snapshot.mark, address_of(iri), wanted, reader)

        def body() -> bytes:
            site = Site(base, reader, "/describe", (("uri", iri),))
            return self._body(document, wanted, site, snapshot)

        here = f"{base}{address_of(iri)}"
        links = [Link(here, "describes", iri), Link(here, "collection", f"{base}/dataset")]
        headers = {"link": header(links)} | _version(snapshot)
        return await answered(request, wanted, tag, body, headers)

    def _described(self, path: str, snapshot: Snapshot) -> Document:
        try:
            iri = self._context.iris.at(path)
            document = describe(snapshot.store, iri)
        except ValueError:  # octets that are no UTF-8, characters that no IRI has
            document = None
        if document is None:
            raise unknown()
        return document

    def _body(self, document: Document, wanted: Wanted, site: Site, snapshot: Snapshot) -> bytes:
        if wanted.form is None:
            return thing_page(document, site, snapshot.number)
        return in_format(wanted.form, (*document.triples(), *self._metadata(document.iri)))

    def _metadata(self, iri: str) -> Iterator[Triple]:
        """Yield what a document says of itself: its topic, and the dataset that it is part of."""
        iris = self._context.iris
        address = iris.document(iri) or f"{iris.base}{address_of(iri)}"
        if not iri.startswith(f"{iris.base}/graph/"):
            document = NamedNode(address)
            yield Triple(document, _TYPE, _term("foaf", "Document"))
            yield Triple(document, _term("foaf", "primaryTopic"), NamedNode(iri))
            yield Triple(document, _term("void", "inDataset"), NamedNode(f"{iris.base}/dataset"))


def unknown() -> Fault:
    """Return the fault of a thing that nothing is known of."""
    return fault(404, "The graph says nothing of this.", "The home page, /, has what it has.")


def _asked(request: Request) -> tuple[str, Wanted | None]:
    """Return the IRI that is asked for, and the form where `?format=` names one."""
    iris, forms = request.query_params.getlist("uri"), request.query_params.getlist("format")
    if len(iris) != 1 or len(iris[0]) > _LONGEST or not _is_iri(iris[0]):
        raise fault(400, "Which thing is not said.", "Give one absolute IRI: /describe?uri=IRI.")
    if not forms:
        return iris[0], None
    if forms[0] != "html" and forms[0] not in _BY_EXTENSION:
        known = ", ".join(("html", *_BY_EXTENSION))
        raise fault(406, f"There is no format {forms[0]!r}.", f"Ask for one of: {known}.")
    return iris[0], Wanted(_BY_EXTENSION.get(forms[0]))


def _is_iri(text: str) -> bool:
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True


def _mentioned(iri: str, snapshot: Snapshot) -> Document:
    document = describe(snapshot.store, iri, mentioned=True)
    if document is None:
        raise unknown()
    return document


def _term(prefix: str, name: str) -> NamedNode:
    return NamedNode(PREFIXES[prefix] + name)


def negotiated(context: Context, accept: str | None) -> Wanted:
    """Choose by Accept between a page and the formats of RDF; raises `Fault` (406)."""
    if context.negotiation.prefers_html(accept):
        return Wanted(None)
    choice = context.negotiation.graph(accept)
    if choice is None:
        offers = ", ".join((HTML, *(form.media_type for form in context.negotiation.graphs)))
        raise fault(406, "No format of this document is accepted.", f"Accept one of: {offers}.")
    return Wanted(choice.format)


def in_format(form: Format, triples: Iterable[Triple]) -> bytes:
    """Return triples, each once, in a format of RDF."""
    engine = form.engine if isinstance(form.engine, RdfFormat) else RdfFormat.TURTLE
    return serialize(dict.fromkeys(triples), format=engine, prefixes=PREFIXES) or b""


def entity_tag(state: str, path: str, wanted: Wanted, reader: Reader | None) -> str:
    """Return the entity tag of a document in a form, at a state of what it is made from."""
    is_page = wanted.form is None and reader is not None
    of_reader = f"{reader.asked or ''} {reader.wish or ''}" if is_page and reader else ""
    return entity_tag_of(state, f"{path} {wanted.extension} {of_reader}")


def entity_tag_of(state: str, name: str) -> str:
    """Return an entity tag of what has that name, whatever letters are in it, at a state."""
    return f'"{state}-{hashlib.blake2b(name.encode(), digest_size=9).hexdigest()}"'


async def answered(
    request: Request, wanted: Wanted, tag: str, body: Callable[[], bytes], more: dict[str, str]
) -> Response:
    """Answer with a body that is made only where the client has it not (RFC 9110, 13.1.2)."""
    headers = more | {"etag": tag, "cache-control": _CACHE, "vary": _VARY}
    headers |= {"access-control-allow-origin": "*", "x-content-type-options": "nosniff"}
    held = as_held(request, headers)
    if held is not None:
        return held
    if wanted.form is None:
        headers["content-security-policy"] = POLICY
    made = await run_in_threadpool(body)
    return Response(made, headers=headers, media_type=wanted.content_type)


def as_held(request: Request, headers: dict[str, str]) -> Response | None:
    """Return 304 where the client has what has that entity tag, else None (RFC 9110, 13.1.2)."""
    told = request.headers.get("if-none-match", "").split(",")
    held = {part.strip().removeprefix("W/") for part in told}
    known = headers["etag"] in held or "*" in held
    return Response(status_code=304, headers=headers) if known else None


def _version(snapshot: Snapshot) -> dict[str, str]:
    return {"urbansdg-version": str(snapshot.number)}


def path_of_request(request: Request) -> str:
    """Return the path as it was sent, percent-encoded; raises `Fault` (414)."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    if len(raw) > _LONGEST:
        raise fault(414, f"The path is longer than {_LONGEST} bytes.", "Send a shorter one.")
    return sent(raw.partition(b"?")[0])
