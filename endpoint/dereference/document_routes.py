"""Linked data: `/id/...` identifies a thing and redirects (303) to its document at `/doc/...`.

Source: Cool URIs for the Semantic Web (W3C, 2008), section 4.2; RFC 9110, sections 12 and 13.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import chain
from typing import Final
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from urbansdg.egress.egress_policy import Egress
from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.html.canonical_address import canonical, sent
from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.html.page_values import address_of, path_of
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.http_fields.cache_control import NO_STORE, REVALIDATE
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.linked_data.description_profiles import (
    LIST,
    OWN,
    PLACE,
    SCHEMA_ORG,
    links_of,
    listed,
)
from urbansdg.endpoint.linked_data.document import Document, NameCache, NotSmall, describe
from urbansdg.endpoint.linked_data.geojson import feature, geometry
from urbansdg.endpoint.linked_data.profile_negotiation import EXTENSIONS, RequestedVariant, variant
from urbansdg.endpoint.linked_data.rdf_serialisation import in_format
from urbansdg.endpoint.linked_data.schema_org import WRITER, in_schema_org
from urbansdg.endpoint.linked_data.signposting import (
    Link,
    licences_of,
    of_document,
    of_metadata,
    written,
)
from urbansdg.endpoint.page_query import selected
from urbansdg.endpoint.pages.overviews.overview_subject import OverviewSubject, subject_of
from urbansdg.endpoint.pages.overviews.policy_overview import PolicyOverview, overview_of
from urbansdg.endpoint.pages.overviews.table_view import TableView, view_parameters
from urbansdg.endpoint.pages.things.thing_page import thing_page
from urbansdg.endpoint.pages.things.version_facts import VersionFacts
from urbansdg.endpoint.web.conditional_requests import (
    entity_tag_of,
    is_named,
    modified,
    not_modified_response,
)
from urbansdg.endpoint.web.problem_details import Fault, fault
from urbansdg.errors import QueryResourceExceeded, QueryTimeout
from urbansdg.ontology.media_types import GEOJSON, GRAPHS
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.store import is_described

POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PAGE: Final = re.compile(r"[1-9]\d{0,5}", re.ASCII)
_SPOKEN: Final = re.compile(rb'<html\b[^>]*\slang="([\w-]+)"')
_HEAD: Final = 1 << 10
_EXCERPT: Final = 200
"""Characters of a wrong IRI that a message repeats."""

_LONGEST: Final = 4_096
_TYPE: Final = NamedNode(f"{PREFIXES['rdf']}type")


def documents_routes(handlers: "Documents") -> list[BaseRoute]:
    """Return the routes of things, their documents, and named graphs."""
    return [
        Route("/id/{path:path}", handlers.thing, methods=READING),
        Route("/doc/{path:path}", handlers.document, methods=READING),
        Route("/graph/{path:path}", handlers.graph, methods=READING),
        Route("/describe", handlers.describe, methods=READING),
    ]


@dataclass(frozen=True, slots=True)
class DocumentAddress:
    """The address of a document: its path, the extension if any, and its typed links."""

    path: str
    extension: str | None
    links: list[Link]

    def address(self, choice: RequestedVariant) -> str:
        """Return the path of the document in the form that is wanted."""
        profile = "" if choice.profile in {OWN, PLACE} else f"?_profile={choice.profile.token}"
        return f"{self.path}.{choice.extension}{profile}"


class Documents:
    """The handlers of things and their documents."""

    def __init__(self, context: Context) -> None:
        """Begin with an empty cache of names."""
        self._context = context
        self._name_cache = NameCache(context.snapshot().store)
        self._pictures = Egress.for_media(context.settings)
        # Pages change with the setting: no client is to keep those from before.
        self._state = ",".join(sorted(self._pictures.hosts))

    async def thing(self, request: Request) -> Response:
        """Redirect (303) from a thing to its document; raises `Fault` (404) if it is unknown."""
        path = path_of_request(request)
        self._check(path, self._context.snapshot())
        language = LanguagePreference.of(request).query_language
        target = path.replace("/id/", "/doc/", 1) + (f"?lang={language}" if language else "")
        return RedirectResponse(target, 303, {"cache-control": REVALIDATE})

    async def document(self, request: Request) -> Response:
        """Answer with the document on a thing, in the form that the extension or Accept selects."""
        return await self.answer(request, path_of_request(request), self._context.snapshot())

    async def answer(self, request: Request, path: str, snapshot: Snapshot) -> Response:
        """Answer with the document at `path` (`/doc/...`) as of a version."""
        return await self._named(request, path.replace("/doc/", "/id/", 1), snapshot)

    async def graph(self, request: Request) -> Response:
        """Answer with the document on a named graph, at the IRI of the graph itself."""
        return await self._named(request, path_of_request(request), self._context.snapshot())

    async def _named(self, request: Request, path: str, snapshot: Snapshot) -> Response:
        """Answer with the document on the thing at a path, with or without an extension.

        A thing whose name ends like an extension (`/id/file/a.ttl`) comes first.
        """
        bare, extension = ending(path)
        if extension is not None and await run_in_threadpool(self._is_described, path, snapshot):
            bare, extension = path, None
        return await self._answer(request, bare, extension, snapshot)

    def signposts(self, path: str, snapshot: Snapshot) -> list[Link]:
        """Return the typed links from the document at `/doc/...`; raises `Fault` (404)."""
        if not path.startswith("/doc/"):
            raise unknown()
        document = self._described(path.replace("/doc/", "/id/", 1), snapshot)
        return of_document(document, self._context.iris.base)

    async def _answer(
        self, request: Request, path: str, extension: str | None, snapshot: Snapshot
    ) -> Response:
        """Answer with the document on the thing at a path (`/id/...`, `/graph/...`)."""
        own = path.replace("/id/", "/doc/", 1)
        not_modified = self._not_modified(request, DocumentAddress(own, extension, []), snapshot)
        if not_modified is not None:
            return not_modified
        page = page_of(request)
        document, links = await run_in_threadpool(self._linked, path, extension, snapshot, page)
        return await self._page(request, document, DocumentAddress(own, extension, links), snapshot)

    async def _page(
        self, request: Request, document: Document, place: DocumentAddress, snapshot: Snapshot
    ) -> Response:
        """Answer with a document; its page has an overview where its kind has one."""
        subject = self._subject(request, document, place)
        overview, is_partial = None, False
        if subject is not None:
            select = partial(selected, self._context, request, snapshot)
            try:
                overview = await overview_of(subject, select)
            except (QueryTimeout, QueryResourceExceeded):
                # very many policies: the page leads to their list, which is read page by page
                is_partial = True
        response = await run_in_threadpool(self._sent, request, document, place, snapshot, overview)
        if is_partial:  # the next page may have its overview
            response.headers["cache-control"] = NO_STORE
        return response

    def _subject(
        self, request: Request, document: Document, place: DocumentAddress
    ) -> OverviewSubject | None:
        """Return the subject of the overview of policies on a page, None without an overview."""
        subject = subject_of(document.iri, document.own)
        if subject is None:
            return None
        is_page = variant(request, (OWN, SCHEMA_ORG, PLACE), place.extension).form is None
        return subject if is_page else None

    def small_document(self, request: Request) -> Response:
        """Return the response with the document at `/doc/...` as `document` does, without a thread.

        Raises `NotSmall` for a document that takes long, and `Fault` as `document` does.
        """
        snapshot = self._context.snapshot()
        path = path_of_request(request).replace("/doc/", "/id/", 1)
        bare, extension = ending(path)
        if extension is not None and self._is_described(path, snapshot):
            bare, extension = path, None
        own = bare.replace("/id/", "/doc/", 1)
        place = DocumentAddress(own, extension, [])
        response = self._not_modified(request, place, snapshot)
        if response is None:
            page = page_of(request)
            document, links = self._linked(bare, extension, snapshot, page, is_small=True)
            if self._subject(request, document, place) is not None:
                raise NotSmall
            response = self._sent(request, document, replace(place, links=links), snapshot)
        return response

    def _linked(
        self,
        path: str,
        extension: str | None,
        snapshot: Snapshot,
        page: int,
        *,
        is_small: bool = False,
    ) -> tuple[Document, list[Link]]:
        """Return the document on the thing at a path, and the typed links from it."""
        document = self._described(path, snapshot, page, is_small=is_small)
        if not path.startswith("/id/"):
            return document, []
        links = of_document(document, self._context.iris.base)
        return document, links if extension in {None, "html"} else of_metadata(links)

    def _not_modified(
        self, request: Request, place: "DocumentAddress", snapshot: Snapshot
    ) -> Response | None:
        """Return 304 without reading the document where the client has its entity tag.

        The header fields are those of the 200, except Link: links need the document.
        """
        if "if-none-match" not in request.headers:
            return None
        choice = variant(request, (OWN, SCHEMA_ORG, PLACE), place.extension)
        tag = self._tag(request, place, choice, snapshot)
        if not is_named(request, tag):
            return None
        return unchanged(self._headers(request, place, choice, snapshot))

    def _tag(
        self,
        request: Request,
        place: "DocumentAddress",
        choice: RequestedVariant,
        snapshot: Snapshot,
    ) -> str:
        view = view_parameters(request.query_params)
        name = f"{place.path} {page_of(request)} {view}{self._state}"
        return entity_tag(snapshot.mark, name, choice, LanguagePreference.of(request))

    def _headers(
        self,
        request: Request,
        place: "DocumentAddress",
        choice: RequestedVariant,
        snapshot: Snapshot,
    ) -> dict[str, str]:
        """Return the header fields of a document, except Link."""
        headers = {"content-profile": f"<{choice.profile.iri}>"} | _version(snapshot)
        headers |= validators(self._tag(request, place, choice, snapshot), choice)
        if place.extension is None and "?" not in place.path:
            headers["content-location"] = place.address(choice)
        return headers

    def _sent(
        self,
        request: Request,
        document: Document,
        place: "DocumentAddress",
        snapshot: Snapshot,
        overview: PolicyOverview | None = None,
    ) -> Response:
        """Answer with a document in the profile and the form that the request asks for."""
        where = geometry(document)
        offers = (OWN, SCHEMA_ORG, *([PLACE] if where else []))
        choice = variant(request, offers, place.extension)
        page = f"{self._context.iris.base}{place.path}"
        if choice.form is None and document.page > 1:
            return RedirectResponse(f"/mentions?uri={quote(document.iri, safe=':/')}", 303)
        site = self._site(request, document, place)
        links = (*map(written, place.links), *links_of(page, (*offers, LIST), choice.profile))
        turns = self._turns(request, document)
        headers = self._headers(request, place, choice, snapshot)
        headers["link"] = ", ".join((*links, *map(written, turns)))

        def body() -> bytes:
            if choice.profile is LIST:
                triples = listed(document.iri, page, (*offers, LIST))
                return in_format(choice.form or GRAPHS[0], triples)
            if where is not None and choice.profile is PLACE:
                return feature(document, site.reader, where)
            if choice.form is None:
                beside = VersionFacts(snapshot.mark, snapshot.store, self._names(snapshot))
                whole = self._with_names(document, overview, snapshot) if overview else document
                view = TableView.of(request.query_params)
                number = snapshot.number
                return thing_page(whole, site, number, beside=beside, overview=overview, view=view)
            return self._body(document, choice, snapshot)

        return build_response(request, choice, headers["etag"], body, headers)

    def _with_names(
        self, document: Document, overview: PolicyOverview, snapshot: Snapshot
    ) -> Document:
        """Return a document with the names of the things in an overview too."""
        things = tuple(map(NamedNode, dict.fromkeys(overview.things())))
        names = chain.from_iterable(self._names(snapshot).of_all(things))
        return replace(document, names=(*document.names, *names))

    def _site(self, request: Request, document: Document, place: "DocumentAddress") -> SiteLinks:
        """Return the site as the reader of a document sees it."""
        path, _, query = place.path.partition("?")
        parameters: tuple[tuple[str, str], ...] = (("uri", document.iri),) if query else ()
        if subject_of(document.iri, document.own) is not None:
            parameters += view_parameters(request.query_params)
        is_citable = (
            self._context.settings.permanent_links > 0
            and self._context.store.capabilities.keeps_versions
            and path.startswith("/doc/")
        )
        reader = LanguagePreference.of(request)
        return SiteLinks(
            self._context.iris.base,
            reader,
            path,
            parameters,
            is_citable=is_citable,
            pictures=self._pictures,
        )

    def _turns(self, request: Request, document: Document) -> Iterator[Link]:
        """Yield the links between the pages of a document (RFC 8288, RFC 5005)."""
        numbers = {"first": 1, "prev": document.page - 1} if document.page > 1 else {}
        if document.is_continued:
            numbers["next"] = document.page + 1
        here = f"{self._context.iris.base}{path_of_request(request)}"
        for rel, number in numbers.items():
            query = request.url.include_query_params(page=number).query
            yield Link(here, rel, f"{here}?{query}")

    async def describe(self, request: Request) -> Response:
        """Answer with the document on any IRI, given by `?uri=`.

        An IRI of this installation redirects (303) to its own document. Raises `Fault`: 400 without
        an IRI, 404 where the graph does not mention it.
        """
        base = self._context.iris.base
        iri, extension = _requested_iri(request)
        if self._has_an_address(iri):
            own = (path_of(iri, base) or "").replace("/id/", "/doc/", 1)
            return RedirectResponse(own, 303, {"cache-control": REVALIDATE})
        snapshot = self._context.snapshot()
        here = f"{base}{address_of(iri)}"
        links = [Link(here, "describes", iri), Link(here, "collection", f"{base}/dataset")]
        place = DocumentAddress(address_of(iri), extension, links)
        page, names = page_of(request), self._names(snapshot)
        document = await run_in_threadpool(_mentioned, iri, snapshot, page, names)
        return await self._page(request, document, place, snapshot)

    def _has_an_address(self, iri: str) -> bool:
        """Tell whether an IRI is of this installation and in its canonical spelling."""
        iris = self._context.iris
        if not iri.startswith((f"{iris.base}/id/", f"{iris.base}/graph/")):
            return False
        path = path_of(iri, iris.base) or ""
        try:
            return iris.at(path) == iri and canonical(path, iris) == path
        except ValueError:  # octets that are not UTF-8
            return False

    def _described(
        self, path: str, snapshot: Snapshot, page: int = 1, *, is_small: bool = False
    ) -> Document:
        try:
            iri = self._context.iris.at(path)
            names, graph = self._names(snapshot), snapshot.readable
            document = describe(graph, iri, page=page, names=names, is_small=is_small)
        except ValueError:  # octets that are not UTF-8, characters that an IRI cannot have
            document = None
        if document is None:
            raise unknown()
        return document

    def _check(self, path: str, snapshot: Snapshot) -> None:
        """Raise `Fault` (404) where there is no thing at a path; two look-ups in the store."""
        try:
            known = is_described(snapshot.store, NamedNode(self._context.iris.at(path)))
        except ValueError:  # as above
            known = False
        if not known:
            raise unknown()

    def _names(self, snapshot: Snapshot) -> NameCache:
        """Return the cache of names of a version; that of the current one is kept."""
        if snapshot.store is not self._context.snapshot().store:
            return NameCache(snapshot.store)
        if snapshot.store is not self._name_cache.store:
            self._name_cache = NameCache(snapshot.store)
        return self._name_cache

    def _is_described(self, path: str, snapshot: Snapshot) -> bool:
        """Tell whether a thing has exactly this name, extension included."""
        try:
            self._check(path, snapshot)
        except Fault:
            return False
        return True

    def _body(self, document: Document, choice: RequestedVariant, snapshot: Snapshot) -> bytes:
        form = choice.form or GRAPHS[0]
        store, topic = snapshot.store, document.iri
        if choice.profile is SCHEMA_ORG:
            triples = in_schema_org(document.triples())
            return in_format(form, triples, topic=topic, writer=WRITER)
        triples = chain(document.triples(), self._metadata(document, snapshot))
        return in_format(form, triples, store=store, topic=topic)

    def _metadata(self, of: Document, snapshot: Snapshot) -> Iterator[Triple]:
        """Yield the metadata of a document: its topic, its version, its source."""
        iris, iri = self._context.iris, of.iri
        address = iris.document(iri) or f"{iris.base}{address_of(iri)}"
        if not iri.startswith(f"{iris.base}/graph/"):
            document = NamedNode(address)
            yield Triple(document, _TYPE, _term("foaf", "Document"))
            yield Triple(document, _term("foaf", "primaryTopic"), NamedNode(iri))
            yield Triple(document, _term("void", "inDataset"), NamedNode(f"{iris.base}/dataset"))
            version = NamedNode(iris.version(snapshot.number))
            yield Triple(document, _term("prov", "wasDerivedFrom"), version)
            yield Triple(document, _term("owl", "versionInfo"), Literal(str(snapshot.number)))
            moment = Literal(snapshot.created.isoformat(), datatype=_term("xsd", "dateTime"))
            yield Triple(document, _term("dcterms", "modified"), moment)
            for licence in licences_of(of):
                yield Triple(document, _term("dcterms", "license"), NamedNode(licence))


def unknown() -> Fault:
    """Return the fault of an unknown thing."""
    return fault(404, "The graph does not describe this.", "See the home page, /, for its content.")


def _requested_iri(request: Request) -> tuple[str, str | None]:
    """Return the requested IRI, and the extension that `?format=` names."""
    iris, forms = request.query_params.getlist("uri"), request.query_params.getlist("format")
    remedy = "Give one absolute IRI: /describe?uri=IRI."
    if len(iris) != 1:
        raise fault(400, f"{'More than one' if iris else 'No'} thing specified.", remedy)
    if len(iris[0]) > _LONGEST or not _is_iri(iris[0]):
        raise fault(400, f"{iris[0][:_EXCERPT]!r} is not an absolute IRI.", remedy)
    if forms and forms[0] not in EXTENSIONS:
        known = ", ".join(EXTENSIONS)
        raise fault(406, f"Unknown format {forms[0]!r}.", f"Ask for one of: {known}.")
    return iris[0], forms[0] if forms else None


def page_of(request: Request) -> int:
    """Return the requested page, 1 by default; raises `Fault` (400)."""
    text = request.query_params.get("page", "1")
    if not _PAGE.fullmatch(text):
        raise fault(400, f"Invalid page {text!r}: expected an integer from 1.", "Send ?page=2.")
    return int(text)


def _is_iri(text: str) -> bool:
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True


def _mentioned(iri: str, snapshot: Snapshot, page: int, names: NameCache) -> Document:
    document = describe(snapshot.store, iri, mentioned=True, page=page, names=names)
    if document is None:
        raise unknown()
    return document


@cache
def _term(prefix: str, name: str) -> NamedNode:
    return NamedNode(PREFIXES[prefix] + name)


def entity_tag(
    state: str, path: str, choice: RequestedVariant, reader: LanguagePreference | None
) -> str:
    """Return the entity tag of a document in a form; `state` identifies its content."""
    is_read = choice.form in {None, GEOJSON} and reader is not None
    of_reader = f"{reader.query_language or ''} {reader.wish or ''}" if is_read and reader else ""
    return entity_tag_of(state, f"{path} {choice.profile.token} {choice.extension} {of_reader}")


def validators(tag: str, choice: RequestedVariant) -> dict[str, str]:
    """Return the header fields for caches of a document in a form."""
    headers = {"etag": tag, "cache-control": REVALIDATE}
    return headers | ({"vary": choice.vary} if choice.vary else {})


def unchanged(headers: dict[str, str]) -> Response:
    """Answer 304 with the header fields of the 200 (RFC 9110, section 15.4.5)."""
    return Response(status_code=304, headers=headers)


async def answered(
    request: Request,
    choice: RequestedVariant,
    tag: str,
    body: Callable[[], bytes],
    more: dict[str, str],
) -> Response:
    """Answer as `build_response` does, in a thread."""
    return await run_in_threadpool(build_response, request, choice, tag, body, more)


def build_response(
    request: Request,
    choice: RequestedVariant,
    tag: str,
    body: Callable[[], bytes],
    more: dict[str, str],
) -> Response:
    """Return 304 where the client has the body, else make it (RFC 9110, section 13.1)."""
    headers = more | validators(tag, choice)
    not_modified = not_modified_response(request, headers)
    if not_modified is not None:
        return not_modified
    if choice.form is None:
        headers["content-security-policy"] = POLICY
    whole = body()
    spoken = _SPOKEN.search(whole, 0, _HEAD) if choice.form is None else None
    if spoken is not None:
        headers["content-language"] = spoken[1].decode()
    return Response(whole, headers=headers, media_type=choice.content_type)


def _version(snapshot: Snapshot) -> dict[str, str]:
    moment = modified(snapshot.created, snapshot.mark)
    return {"urbansdg-version": str(snapshot.number)} | moment


def ending(path: str) -> tuple[str, str | None]:
    """Return a path without its extension, and the extension if it stands for a form."""
    bare, _, extension = path.rpartition(".")
    return (bare, extension) if extension in EXTENSIONS else (path, None)


def path_of_request(request: Request) -> str:
    """Return the path as it was sent, percent-encoded; raises `Fault` (414)."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    if len(raw) > _LONGEST:
        raise fault(414, f"The path is longer than {_LONGEST} bytes.", "Send a shorter one.")
    return sent(raw.partition(b"?")[0])
