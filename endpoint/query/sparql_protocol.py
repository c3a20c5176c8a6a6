"""`/sparql`: the SPARQL 1.1 Protocol as a plain ASGI application.

An answer that is cut after its first byte ends without its last chunk, so that no client takes it
for the whole. A client of HTTP/1.0, which has no chunks, is sent the length.
"""

import asyncio
import hashlib
import re
from collections.abc import Awaitable
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope, Send

from urbansdg.endpoint.context import Context
from urbansdg.endpoint.dereference.document_routes import POLICY
from urbansdg.endpoint.editions.memento_datetimes import (
    moment_of,
    states_of,
    ways_of_query,
)
from urbansdg.endpoint.html.canonical_address import SAFE
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.http_fields.cache_control import NO_CACHE, NO_STORE
from urbansdg.endpoint.http_fields.http_methods import QUERYING
from urbansdg.endpoint.monitoring.metrics import RequestNotes
from urbansdg.endpoint.query.parsed_request import (
    NegotiationHeaders,
    ParsedRequest,
    ParsedRequestCache,
    raw_of,
    request_of,
)
from urbansdg.endpoint.query.protocol_request import Headers, Parameters, parameters_of, read_body
from urbansdg.endpoint.query.query_page import (
    EDITOR_POLICY,
    address_of_query,
    query_page,
    section_of_query,
)
from urbansdg.endpoint.query.query_response import response_to
from urbansdg.endpoint.query.response_headers import (
    COMMON,
    Offer,
    Representation,
    ResponseHeaders,
)
from urbansdg.endpoint.query.service_description import describe_service
from urbansdg.endpoint.query.update_dataset import with_dataset
from urbansdg.endpoint.results.result_query import run_query
from urbansdg.endpoint.versions.version_follower import ServedVersion
from urbansdg.endpoint.web.conditional_requests import matching_tag
from urbansdg.endpoint.web.content_negotiation import Choice
from urbansdg.endpoint.web.http_response import HeaderFields, HttpResponse, send_response
from urbansdg.endpoint.web.options_method import HEADERS
from urbansdg.endpoint.web.problem_details import Fault, fault, fault_of, problem_document
from urbansdg.endpoint.web.rate_limit import ClientQuota
from urbansdg.endpoint.workers.query_limits import QueryLimits, granted
from urbansdg.endpoint.workers.started_query import StartedQuery
from urbansdg.endpoint.workers.worker_frames import QueryMessage
from urbansdg.endpoint.workers.worker_pool import WorkerAnswer
from urbansdg.endpoint.writes.http_writer import outcome_fields
from urbansdg.errors import UrbanSdgError
from urbansdg.ontology.media_types import HTML
from urbansdg.settings import Settings
from urbansdg.sparql.volatility import is_volatile
from urbansdg.store import Step

_HTML: Final = f"{HTML}; charset=utf-8"
_METHODS: Final = ", ".join((*QUERYING, "OPTIONS")).encode()
_FAULT_PAGE: Final = ((b"content-security-policy", POLICY.encode()), (b"vary", b"Accept-Language"))
_PAGE: Final = (
    (b"content-security-policy", EDITOR_POLICY.encode()),
    (b"vary", b"Accept-Language"),
)
_PREFLIGHT: Final = (
    (b"allow", _METHODS),
    (b"access-control-allow-methods", _METHODS),
    (b"access-control-allow-headers", HEADERS.encode()),
    (b"access-control-max-age", b"86400"),
)
_HOST: Final = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9a-fA-F:]+\](:[0-9]{1,5})?")
_FORWARDED: Final = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"via")
_UNWATCHED_SECONDS: Final = 0.02


class SparqlApplication:
    """The ASGI application of the endpoint."""

    def __init__(self, context: Context) -> None:
        """Answer from the workers of the context."""
        self._context = context
        self._readings = ParsedRequestCache()

    def reading(
        self, scope: Scope, body: bytes, fields: NegotiationHeaders | None = None
    ) -> ParsedRequest | None:
        """Return the query of a request whose body has arrived, None without one; raises `Fault`.

        `fields` are its negotiation fields, where they are known already.
        """
        known = self._readings.known(raw_of(scope, body, fields))
        if known is not None:
            return known
        exchange = Exchange(self._context, self._readings, scope, _nothing_comes, _nothing_goes)
        return exchange.reading(body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; an error becomes a problem document, a late one cuts the answer."""
        exchange = Exchange(self._context, self._readings, scope, receive, send)
        try:
            await exchange.answer()
        except Fault as error:
            await exchange.fail(error)
        except UrbanSdgError as error:
            await exchange.fail(fault_of(error, exchange.written))
        except ClientDisconnect:
            exchange.notes.outcome = "gone"


class Exchange:
    """One request and its answer."""

    def __init__(
        self,
        context: Context,
        readings: ParsedRequestCache,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Take what ASGI gives, and the requests that were read before."""
        self._context = context
        self._readings = readings
        self._has_left = False
        self._scope = scope
        self._receive = receive
        self._send = send
        self._headers = Headers(scope["headers"])
        self._client = ""
        self._share: ClientQuota | None = None
        self._page: Parameters | None = None
        self.notes = RequestNotes.of(scope)
        self.status = 0
        self.written: str | None = None

    async def answer(self) -> None:
        """Answer the request; raises `Fault`, the errors of `QueryError`, `ClientDisconnect`."""
        method = self._scope["method"]
        if method == "OPTIONS":
            await self._respond(204, _PREFLIGHT, b"")
            return
        if method not in QUERYING:
            raise fault(
                405, f"SPARQL has no method {method}.", "Use GET or POST.", (_PREFLIGHT[0],)
            )
        longest = self._context.settings.query_length
        body = await read_body(self._scope, self._receive, longest)
        query = self.reading(body)
        if query is not None:
            if method != "POST" and await self._led(query.version):
                return
            await self._query(query)
            return
        parameters = parameters_of(self._scope, body, longest)
        if parameters.update is not None:
            await self._update(parameters, parameters.update)
        elif parameters.query is not None:
            self._page, self.written = parameters, parameters.written
            if method == "POST" or not await self._led(parameters.version):
                await self._show(parameters, parameters.query)
        else:
            await self._describe(parameters)

    def reading(self, body: bytes) -> ParsedRequest | None:
        """Return the query of the request, None where it has none; raises `Fault`."""
        return self._readings.of(raw_of(self._scope, body), partial(self._read, body))

    async def _led(self, version: int | None) -> bool:
        """Redirect a request with Accept-Datetime to the version of that time (RFC 7089, 4.1)."""
        asked_at, editions = self._headers.get(b"accept-datetime"), self._context.editions
        if asked_at is None or editions is None or version is not None:
            return False
        moment = moment_of(asked_at)
        state = await asyncio.to_thread(lambda: states_of(editions).at(moment))
        parameter = quote(self._scope["query_string"], safe=SAFE)
        links = ", ".join(ways_of_query(self._context.iris.base, parameter)).encode()
        target = f"/sparql?{parameter}&version={state.number}".encode()
        headers = ((b"location", target), (b"link", links), (b"cache-control", NO_CACHE.encode()))
        await self._respond(302, headers, b"")
        return True

    async def fail(self, error: Fault) -> None:
        """Answer with a problem document; once the response has begun, cut it instead."""
        if self.status:
            # Returning now makes the server close the connection without the last chunk.
            self.notes.outcome = f"cut: {error.problem.code}"
            return
        site = SiteLinks.of(Request(self._scope), self._context.iris.base)
        if self._page is not None:  # the query comes back with its error, to be corrected
            body = query_page(self._context, self._site(), self._page, error=error)
            media_type = _HTML
        else:
            body, media_type = problem_document(error, self._headers.get(b"accept"), site)
        headers: ResponseHeaders = (
            (b"content-type", media_type.encode()),
            (b"cache-control", NO_STORE.encode()),
        )
        if media_type.startswith(HTML):
            headers += _FAULT_PAGE if self._page is None else _PAGE
        await self._respond(error.status, (*headers, *error.headers), body)
        self.notes.outcome = error.problem.code

    async def _watched(self, work: Awaitable[None]) -> None:
        """Do the work, or cancel it when the client goes away, which frees its worker at once.

        Watching starts after 20 ms, which most queries do not take.
        """
        doing = asyncio.current_task()
        watching: list[asyncio.Task[None]] = []

        def watch() -> None:
            watching.append(asyncio.ensure_future(self._gone()))
            watching[0].add_done_callback(lambda gone: None if gone.cancelled() else leave())

        def leave() -> None:
            self._has_left = True
            if doing is not None:
                doing.cancel()

        later = asyncio.get_running_loop().call_later(_UNWATCHED_SECONDS, watch)
        try:
            await work
        except asyncio.CancelledError:
            if not self._has_left or doing is None or doing.uncancel():
                raise
            raise ClientDisconnect from None
        finally:
            later.cancel()
            for watcher in watching:
                watcher.cancel()

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _update(self, parameters: Parameters, update: str) -> None:
        """Do an update (SPARQL 1.1 Protocol, 2.2); raises what `HttpWriter.update` raises."""
        if self._scope["method"] != "POST":
            raise fault(405, "An update is sent by POST.", "Use POST.", ((b"allow", b"POST"),))
        self.written = parameters.written
        writer = self._context.writer
        if writer is None:
            raise fault(403, "This endpoint takes no updates.", "Load data by the command.")
        token = await writer.token(self._headers.get(b"authorization"))
        self.notes.token = token.label
        text = with_dataset(update, parameters.default_graphs or (), parameters.named_graphs or ())
        step = Step("update", text=text, base=f"{self._context.iris.base}/")
        fields = outcome_fields(await writer.do(token, (step,)))
        headers = tuple((name.encode(), value.encode()) for name, value in fields.items())
        await self._respond(204, headers, b"")

    def _is_page(self, parameters: Parameters) -> bool:
        """Tell whether the client reads the answer on a page: a browser that names no format."""
        accept = self._headers.get(b"accept")
        return not parameters.formats and self._context.negotiation.prefers_page(accept)

    def _site(self) -> SiteLinks:
        """Return the site for the reader of a page with a query, whichever method sent it."""
        site = SiteLinks.of(Request(self._scope), self._context.iris.base)
        if self._page is None:
            return site
        address = address_of_query(site, self._page)
        if not address.is_short:
            return replace(site, query=())
        pinned = self._page.version
        return replace(
            site,
            query=(*address.parameters, *(() if pinned is None else (("version", str(pinned)),))),
        )

    async def _show(self, parameters: Parameters, query: str) -> None:
        """Answer with a page that has the query and its result."""
        self.notes.asks(query)
        settings = await self._known()
        limits = QueryLimits.of(settings).lowered(
            dict(parameters.limits), self._headers.get(b"prefer")
        )
        version = None
        if parameters.version is not None:
            version = await self._context.answers.version(parameters.version)
        message = self._question(parameters, query, Offer(None, None))
        await self._watched(self._answer_with_page(parameters, message, limits, version))

    async def _answer_with_page(
        self,
        parameters: Parameters,
        message: QueryMessage,
        limits: QueryLimits,
        version: ServedVersion | None,
    ) -> None:
        context = self._context
        asking = partial(context.clients.asking, self._client, self._share)
        result = await run_query(context, message, limits, asking, version)
        self.notes.version = result.version
        site, view = self._site(), _view_of(self._scope)

        def body() -> bytes:
            store = context.snapshot_of(result.version).store
            address = address_of_query(site, parameters)
            section = section_of_query(context, result, store, address, view)
            return query_page(context, site, parameters, section=section)

        page = await asyncio.to_thread(body)
        headers = (
            (b"content-type", _HTML.encode()),
            (b"cache-control", NO_CACHE.encode()),
            (b"content-language", site.words.language.encode()),
            (b"urbansdg-version", str(result.version).encode()),
            (b"x-robots-tag", b"noindex"),
        )
        await self._respond(200, (*headers, *_PAGE), page)

    def _read(self, body: bytes) -> ParsedRequest | None:
        """Read a query; None for a request that has none, or that is answered with a page."""
        settings = self._context.settings
        parameters = parameters_of(self._scope, body, settings.query_length)
        if parameters.query is None or self._is_page(parameters):
            return None
        self.notes.asks(parameters.query)
        offer = self._offer(parameters)
        limits = QueryLimits.of(settings).lowered(
            dict(parameters.limits), self._headers.get(b"prefer")
        )
        question = self._question(parameters, parameters.query, offer)
        return request_of(
            question, limits, self._representation(parameters, offer), self.notes.query
        )

    async def _query(self, query: ParsedRequest) -> None:
        """Answer a query: with 304, from the cache, or by a worker."""
        self.notes.query = query.name
        self.written = query.representation.parameters.written
        settings = await self._known()
        if settings is not self._context.settings:
            asked_for = dict(query.representation.parameters.limits)
            limits = QueryLimits.of(settings).lowered(asked_for, self._headers.get(b"prefer"))
            query = query.within(limits)
        answers, representation = self._context.answers, query.representation
        version = await answers.version(query.version)
        tag = representation.matching_tag(self._headers.get(b"if-none-match"), version)
        if tag is not None:
            await self._respond(304, representation.unchanged(tag, version), b"")
            return
        started_query = StartedQuery.of(self._scope)
        looks = representation.repeats and started_query is None
        answer_kept = answers.cache.find(version.mark, query.key) if looks else None
        if answer_kept is not None:
            await self._transmit(answer_kept, query)
            return
        pinned = None if query.version is None else version
        await self._watched(self._evaluated(query, pinned))

    async def _evaluated(self, query: ParsedRequest, pinned: ServedVersion | None) -> None:
        answers = self._context.answers
        asking = partial(self._context.clients.asking, self._client, self._share)
        started_query = StartedQuery.of(self._scope)
        async with answers.answer(
            query.question, query.limits, asking, pinned, started_query
        ) as answer:
            if query.representation.repeats:
                answer = answers.cache.keeping(query.key, answer)  # noqa: PLW2901  # the same
            await self._transmit(answer, query)

    def _question(self, parameters: Parameters, query: str, offer: Offer) -> QueryMessage:
        gateway = self._context.gateway
        return QueryMessage(
            query,
            _name(offer.results),
            _name(offer.graphs),
            parameters.default_graphs,
            parameters.named_graphs,
            gateway=gateway.address if gateway else None,
            hosts=gateway.hosts if gateway else (),
        )

    def _representation(self, parameters: Parameters, offer: Offer) -> Representation:
        return Representation(
            self._context.iris,
            parameters,
            offer,
            self._headers.coding,
            repeats=not is_volatile(parameters.query or ""),
            stored=self._scope["method"] != "POST",
            fresh=self._context.settings.fresh_seconds,
        )

    async def _known(self) -> Settings:
        """Set the account that the query counts for, and return the settings with its limits.

        A token has its own account, with the limits of the token.
        """
        settings = self._context.settings
        authorization, writer = self._headers.get(b"authorization"), self._context.writer
        if (
            writer is None
            or authorization is None
            or not authorization.casefold().startswith("bearer ")
        ):
            self._client = self._context.clients.of(self._scope)
            return settings
        token = await writer.token(authorization)
        settings = granted(settings, token.allowance)
        self._client, self._share = f"token {token.label}", ClientQuota.of(settings)
        return settings

    def _offer(self, parameters: Parameters) -> Offer:
        negotiation = self._context.negotiation
        if parameters.formats:
            return Offer(*negotiation.named(parameters.formats))
        accept = self._headers.get(b"accept")
        return Offer(negotiation.result(accept), negotiation.graph(accept))

    async def _transmit(self, answer: WorkerAnswer, query: ParsedRequest) -> None:
        self.notes.version = answer.version
        await send_response(response_to(query, answer), self._scope, self._sending)

    async def _describe(self, parameters: Parameters) -> None:
        """Answer a request without a query: the form for browsers, else the service in RDF."""
        if self._scope["method"] == "POST":
            raise fault(400, "The request has no query.", "Send it as query=...")
        negotiation = self._context.negotiation
        accept = self._headers.get(b"accept")
        if not parameters.formats and negotiation.prefers_html(accept):
            page = query_page(self._context, self._site(), parameters)
            kind = (b"content-type", _HTML.encode())
            await self._respond(200, (kind, *_PAGE), page)
            return
        choice = self._offer(parameters).graphs
        if choice is None:
            offers = ", ".join(form.media_type for form in negotiation.graphs)
            raise fault(
                406, "No format of the description is accepted.", f"Accept one of: {offers}."
            )
        context = replace(self._context, settings=await self._known())
        body = await asyncio.to_thread(
            describe_service, context, choice.format, self._own_address()
        )
        tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        validator = ((b"etag", tag.encode()), (b"cache-control", NO_CACHE.encode()))
        if matching_tag(self._headers.get(b"if-none-match"), (tag,)) is not None:
            await self._respond(304, validator, b"")
            return
        kind = (b"content-type", choice.content_type.encode())
        await self._respond(200, (kind, *validator), body)

    def _own_address(self) -> str | None:
        """Return the address of the endpoint as the client has it, None where that is not known.

        Behind a proxy it is the public one: what the proxy says of itself need not be the client's.
        """
        host = self._headers.get(b"host") or ""
        is_public = self._context.iris.base.startswith("https:") or any(
            self._headers.get(name) for name in _FORWARDED
        )
        if is_public or not _HOST.fullmatch(host):
            return None
        return f"{self._scope['scheme']}://{host}/sparql"

    async def _respond(self, status: int, headers: ResponseHeaders, body: bytes) -> None:
        """Send a whole response, with the header fields of every response."""
        response = HttpResponse(status, HeaderFields((*COMMON, *headers)), body)
        await send_response(response, self._scope, self._sending)

    async def _sending(self, message: Message) -> None:
        """Send a message, and remember the status that was sent."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


def _view_of(scope: Scope) -> str:
    """Return the name of the view that a page is to show; "" for the table."""
    return Request(scope).query_params.get("view", "")


async def _nothing_comes() -> Message:
    return {"type": "http.disconnect"}


async def _nothing_goes(_message: Message) -> None:
    return


def _name(choice: Choice | None) -> str | None:
    return None if choice is None else choice.format.name
