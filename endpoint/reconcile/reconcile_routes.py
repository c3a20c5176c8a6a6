"""The Reconciliation Service API at `/reconcile`, for OpenRefine and other clients.

Source: Reconciliation Service API 0.2 (W3C Entity Reconciliation Community Group, final report of
10 April 2023). Batches and data extension are evaluated in a thread, a few at once; they count for
the client as queries do.
"""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from urbansdg.endpoint.context import Context, Snapshot
from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.http_fields.cache_control import NO_STORE, REVALIDATE
from urbansdg.endpoint.http_fields.http_methods import QUERYING, READING
from urbansdg.endpoint.query.protocol_request import check_charset, read_body
from urbansdg.endpoint.reconcile.data_extension import DataExtension, extension_request
from urbansdg.endpoint.reconcile.entity_codes import EntityCodes
from urbansdg.endpoint.reconcile.entity_preview import POLICY, EntityPreview
from urbansdg.endpoint.reconcile.entity_reader import EntityReader
from urbansdg.endpoint.reconcile.entity_types import TYPES, type_of
from urbansdg.endpoint.reconcile.query_batch import (
    MalformedQuery,
    QueryFlaw,
    ReconciliationQuery,
    batch_of,
)
from urbansdg.endpoint.reconcile.reconciler import Reconciler
from urbansdg.endpoint.reconcile.service_manifest import service_manifest
from urbansdg.endpoint.reconcile.suggest_services import Suggestions, SuggestRequest
from urbansdg.endpoint.web.conditional_requests import entity_tag_of, not_modified_response
from urbansdg.endpoint.web.form_data import form_pairs
from urbansdg.endpoint.web.problem_details import fault
from urbansdg.ontology.media_types import FORM, HTML, JSON
from urbansdg.search.index_folder import SearchIndex

_LONGEST_BODY: Final = 1 << 21
"""Bytes of a batch: 500 queries of 4,000 bytes."""

_AT_ONCE: Final = 2
_SECONDS: Final = 30.0
_FIELDS: Final = 100
_EXCERPT: Final = 200
_LONGEST_IDENTIFIER: Final = 4_096
_NUMBER: Final = re.compile(r"\d{1,6}", re.ASCII)
_PARAMETERS: Final = frozenset({"queries", "extend"})
"""What decides what is asked. `callback` of the older JSONP is ignored: every answer has CORS."""


def reconcile_routes(context: Context) -> list[BaseRoute]:
    """Return the routes of the reconciliation service."""
    service = _Service(context)
    return [
        Route("/reconcile", service.answer, methods=[*QUERYING]),
        Route("/reconcile/suggest/entity", service.suggest_entities, methods=[*READING]),
        Route("/reconcile/suggest/type", service.suggest_types, methods=[*READING]),
        Route("/reconcile/suggest/property", service.suggest_properties, methods=[*READING]),
        Route("/reconcile/properties", service.properties, methods=[*READING]),
        Route("/reconcile/preview", service.preview, methods=[*READING]),
    ]


@dataclass(frozen=True, slots=True)
class _View:
    """A version as it is read for one request; `index` is None where no names are searched."""

    reader: EntityReader
    codes: EntityCodes
    site: SiteLinks
    index: SearchIndex | None = None

    @property
    def names(self) -> SearchIndex:
        """The index; raises `Fault` (503) while it is made."""
        if self.index is None:
            remedy = "Ask again in a few seconds."
            retry = ((b"retry-after", b"5"),)
            raise fault(503, "The search index of this version is being made.", remedy, retry)
        return self.index

    @property
    def extension(self) -> DataExtension:
        """What reads properties for the reader."""
        return DataExtension(self.reader, self.site.reader, self.site.words)

    @property
    def suggestions(self) -> Suggestions:
        """What suggests things to the reader."""
        return Suggestions(self.reader, self.codes, self.site.reader, self.site.words)

    def matched(self, text: str) -> dict[str, Any]:
        """Return the results of a batch; raises `Fault` (504) when its time is over."""
        batch, deadline = batch_of(text), time.monotonic() + _SECONDS
        reconciler = Reconciler(self.names, self.reader, self.codes)
        results: dict[str, Any] = {}
        for identifier, query in batch.items():
            if time.monotonic() > deadline:
                remedy = "Send fewer queries at once."
                raise fault(504, "The batch ran into its time limit.", remedy)
            results[identifier] = _result(query, reconciler, self.site)
            time.sleep(0)  # other threads of the process wait for the interpreter
        return results

    def preview(self, identifier: str) -> bytes:
        """Return the preview of an entity; raises `Fault` (404) for an unknown one."""
        coded = next(self.codes.identified(identifier[:_LONGEST_IDENTIFIER], TYPES), None)
        if coded is None:
            remedy = "Send ?id= with the identifier of an entity."
            raise fault(404, "The graph has no such entity.", remedy)
        return EntityPreview(self.reader, self.site.reader, self.site).page(coded.iri)


def _result(
    query: ReconciliationQuery | QueryFlaw, reconciler: Reconciler, site: SiteLinks
) -> dict[str, Any]:
    """Return the result of a query; that of a malformed one is empty, and has the reason."""
    if isinstance(query, QueryFlaw):
        return {"result": [], "error": query.message}
    try:
        scores = reconciler.candidates(query)
    except MalformedQuery as error:
        return {"result": [], "error": str(error)}
    return {"result": [reconciler.to_json(score, site.reader, site.words) for score in scores]}


_Evaluate = Callable[[_View], dict[str, Any] | bytes]


@dataclass
class _Service:
    context: Context
    _limiter: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(_AT_ONCE))
    _reader: tuple[str, EntityReader] | None = None

    async def answer(self, request: Request) -> Response:
        """Answer with the manifest, the candidates of a batch, or the values of properties."""
        parameters = await _parameters(request)
        batch, extension = parameters.get("queries"), parameters.get("extend")
        if batch is not None and extension is not None:
            raise fault(400, "The request has `queries` and `extend`.", "Send one of them.")
        if batch is not None:
            return await self._run(request, lambda view: view.matched(batch), searches=True)
        if extension is not None:
            return await self._run(
                request, lambda view: view.extension.answer(extension_request(extension))
            )
        if request.method == "POST":
            remedy = "Send the form field queries, or extend, with a JSON object."
            raise fault(400, "The form has neither `queries` nor `extend`.", remedy)
        manifest = service_manifest(SiteLinks.of(request, self.context.iris.base))
        return _sent(request, _json(manifest), "manifest", JSON, {})

    async def suggest_entities(self, request: Request) -> Response:
        """Suggest entities by the beginning of a name."""
        prefix = SuggestRequest.of(request.query_params)

        def suggested(view: _View) -> dict[str, Any]:
            return view.suggestions.entities(prefix, view.names)

        return await self._run(request, suggested, searches=True)

    async def suggest_types(self, request: Request) -> Response:
        """Suggest types by the beginning of a name."""
        prefix = SuggestRequest.of(request.query_params)
        return await self._run(request, lambda view: view.suggestions.types(prefix))

    async def suggest_properties(self, request: Request) -> Response:
        """Suggest properties by the beginning of a name."""
        prefix = SuggestRequest.of(request.query_params)
        return await self._run(
            request, lambda view: view.suggestions.properties(prefix, view.extension)
        )

    async def properties(self, request: Request) -> Response:
        """Answer with the properties that are proposed for the entities of a type."""
        name, limit = request.query_params.get("type", ""), _limit(request)
        known = type_of(name)
        if name and known is None:
            remedy = "Leave type out, or see `defaultTypes` of /reconcile."
            raise fault(400, f"Unknown type {name[:_EXCERPT]!r}.", remedy)

        def proposed(view: _View) -> dict[str, Any]:
            proposals = view.extension.proposals(() if known is None else (known,))
            sent = {"type": name} | ({} if limit is None else {"limit": limit})
            return sent | {"properties": proposals[:limit]}

        return await self._run(request, proposed)

    async def preview(self, request: Request) -> Response:
        """Answer with a small page on an entity, which any site may frame."""
        identifier = request.query_params.get("id", "")
        return await self._run(request, lambda view: view.preview(identifier), HTML)

    async def _run(
        self,
        request: Request,
        evaluate: _Evaluate,
        media_type: str = JSON,
        *,
        searches: bool = False,
    ) -> Response:
        """Answer with what a function returns from the current version, run in a thread.

        Its time counts for the client, as that of a query does.
        """
        snapshot, spent = self.context.snapshot(), [0.0]
        site = SiteLinks.of(request, self.context.iris.base)
        index = await self._index(snapshot) if searches else None

        def timed() -> bytes:
            start = time.thread_time()
            try:
                reader = self._reader_of(snapshot)
                codes = EntityCodes(reader.store, self.context.iris, reader.countries)
                answer = evaluate(_View(reader, codes, site, index))
                return answer if isinstance(answer, bytes) else _json(answer)
            finally:
                spent[0] = time.thread_time() - start

        with self.context.clients.asking(self.context.clients.of(request.scope)) as charge:
            try:
                body = await to_thread.run_sync(timed, limiter=self._limiter)
            finally:
                charge(spent[0])
        headers = {"urbansdg-version": str(snapshot.number)}
        if media_type == HTML:
            headers["content-security-policy"] = POLICY
            headers["content-language"] = site.words.language
        return _sent(request, body, snapshot.mark, media_type, headers)

    async def _index(self, snapshot: Snapshot) -> SearchIndex | None:
        """Return the search index of a version; raises `Fault` (501) for a SPARQL engine."""
        if not self.context.store.capabilities.keeps_versions:
            message = "The graph is in a SPARQL engine, which has no search index."
            raise fault(501, message, "Query `/sparql` for names.")
        return await self.context.indexes.of(snapshot) if self.context.indexes else None

    def _reader_of(self, snapshot: Snapshot) -> EntityReader:
        """Return the reader of a version; that of the last one is cached."""
        cached = self._reader
        if cached is None or cached[0] != snapshot.mark:
            cached = self._reader = (snapshot.mark, EntityReader.of(snapshot.readable))
        return cached[1]


async def _parameters(request: Request) -> dict[str, str]:
    """Return the parameters of the address and of the form, `queries` and `extend` among them.

    Raises `Fault`: 400 for one that is sent twice, 413 and 414 for too long ones, 415 for a body
    that is no form.
    """
    body = await read_body(request.scope, request.receive, _LONGEST_BODY)
    pairs = _pairs(request.scope["query_string"])
    if request.method == "POST":
        kind, _, options = request.headers.get("content-type", "").partition(";")
        if kind.strip().casefold() != FORM:
            name = kind.strip() or "none"
            accepted = ((b"accept-post", FORM.encode()),)
            raise fault(415, f"Unsupported media type: {name}.", f"Send {FORM}.", accepted)
        check_charset(options)
        pairs += _pairs(body)
    sent = [(name, text) for name, text in pairs if name in _PARAMETERS]
    named = dict(sent)
    if len(named) != len(sent):
        raise fault(400, "The request has a parameter more than once.", "Send one.")
    return named


def _pairs(form: bytes) -> list[tuple[str, str]]:
    if form.count(b"&") > _FIELDS:
        raise fault(400, f"There are more than {_FIELDS} parameters.", "Send fewer.")
    try:
        return [(name.decode(), text.decode()) for name, text in form_pairs(form)]
    except ValueError:  # UnicodeDecodeError is one
        remedy = "Encode it as UTF-8, and percent signs as %25."
        raise fault(400, "The form cannot be decoded.", remedy) from None


def _limit(request: Request) -> int | None:
    """Return the requested number of properties, None for all; raises `Fault` (400)."""
    text = request.query_params.get("limit", "")
    if text and not _NUMBER.fullmatch(text):
        message = f"Invalid limit {text[:_EXCERPT]!r}: expected an integer."
        raise fault(400, message, "Send limit=10.")
    return int(text) if text else None


def _json(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def _sent(
    request: Request, body: bytes, state: str, media_type: str, headers: dict[str, str]
) -> Response:
    """Return the response; that to GET has an entity tag."""
    if request.method == "POST":
        headers["cache-control"] = NO_STORE
        return Response(body, headers=headers, media_type=media_type)
    reader = LanguagePreference.of(request)
    name = f"{request.url.path}?{request.url.query} {reader.wish}"
    headers |= {"etag": entity_tag_of(state, name), "cache-control": REVALIDATE}
    headers["vary"] = "Accept-Language"
    same = not_modified_response(request, headers)
    return same or Response(body, headers=headers, media_type=media_type)
