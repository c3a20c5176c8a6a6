"""`/sparql`: the SPARQL 1.1 Protocol as a plain ASGI application.

An answer that is cut after its first byte ends without its last chunk: no client takes it for
whole. For a client of HTTP/1.0, which has no chunks, it is collected first and its length said.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from urbansdg.endpoint.compression import compressed
from urbansdg.endpoint.context import Context
from urbansdg.endpoint.description import describe_service
from urbansdg.endpoint.faults import Fault, fault, fault_of, told
from urbansdg.endpoint.form import query_page
from urbansdg.endpoint.frames import Question
from urbansdg.endpoint.limits import Limits
from urbansdg.endpoint.negotiation import Choice
from urbansdg.endpoint.observation import Notes
from urbansdg.endpoint.pool import Answer
from urbansdg.endpoint.request import Headers, Parameters, read_parameters
from urbansdg.endpoint.using import with_dataset
from urbansdg.problems import UrbanSdgError
from urbansdg.store import Step

_METHODS: Final = b"GET, HEAD, POST, OPTIONS"
_COMMON: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Retry-After, Urbansdg-Version"),
    (b"vary", b"Accept, Accept-Encoding"),
    (b"x-content-type-options", b"nosniff"),
)
_PREFLIGHT: Final = (
    (b"allow", _METHODS),
    (b"access-control-allow-methods", _METHODS),
    (b"access-control-allow-headers", b"Accept, Authorization, Content-Type, If-None-Match"),
    (b"access-control-max-age", b"86400"),
)
_CACHE: Final = b"public, max-age=0, must-revalidate"
# Functions whose value is another each time: their answers get no validator.
_FICKLE: Final = re.compile(r"\b(?:rand|uuid|struuid|now|bnode)\s*\(", re.IGNORECASE)
_HOST: Final = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9a-fA-F:]+\](:[0-9]{1,5})?")
_SMALLEST_GZIP: Final = 1024
_IN_MEMORY: Final = 1 << 22

Pairs = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """The formats chosen for the two kinds of answer, None where none is accepted."""

    results: Choice | None
    graphs: Choice | None


class Sparql:
    """The ASGI application of the endpoint."""

    def __init__(self, context: Context) -> None:
        """Answer from the workers of the context."""
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; an error becomes a problem document, a late one cuts the answer."""
        exchange = Exchange(self._context, scope, receive, send)
        try:
            await exchange.answer()
        except Fault as error:
            await exchange.fail(error)
        except UrbanSdgError as error:
            await exchange.fail(fault_of(error))
        except ClientDisconnect:
            exchange.notes.outcome = "gone"


class Exchange:
    """One request and its answer."""

    def __init__(self, context: Context, scope: Scope, receive: Receive, send: Send) -> None:
        """Take what ASGI gives."""
        self._context = context
        self._scope = scope
        self._receive = receive
        self._send = send
        self._headers = Headers(scope["headers"])
        self.notes = Notes.of(scope)
        self.status = 0

    async def answer(self) -> None:
        """Answer the request; raises `Fault`, the errors of `QueryError`, `ClientDisconnect`."""
        method = self._scope["method"]
        if method == "OPTIONS":
            await self._respond(204, _PREFLIGHT, b"")
            return
        if method not in ("GET", "HEAD", "POST"):
            raise fault(405, f"{method} is not of the protocol.", "Use GET.", (_PREFLIGHT[0],))
        longest = self._context.settings.query_length
        parameters = await read_parameters(self._scope, self._receive, longest)
        if parameters.update is not None:
            await self._update(parameters, parameters.update)
        elif parameters.query is None:
            await self._describe(parameters)
        else:
            await self._watched(self._query(parameters, parameters.query))

    async def fail(self, error: Fault) -> None:
        """Answer with a problem document; once the answer has begun, cut it instead."""
        if self.status:
            # Returning now makes the server close the connection without the last chunk.
            self.notes.outcome = f"cut: {error.problem.code}"
            return
        body, media_type = told(error, self._headers.get(b"accept"))
        headers = ((b"content-type", media_type.encode()), (b"cache-control", b"no-store"))
        await self._respond(error.status, (*headers, *error.headers), body)
        self.notes.outcome = error.problem.code

    async def _watched(self, work: Awaitable[None]) -> None:
        """Do the work, unless the client goes away first: then its worker is free at once."""
        doing = asyncio.ensure_future(work)
        watching = asyncio.ensure_future(self._gone())
        try:
            await asyncio.wait((doing, watching), return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise ClientDisconnect
            doing.result()
        finally:
            watching.cancel()
            if not doing.done():
                doing.cancel()
                await asyncio.wait((doing,))

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _update(self, parameters: Parameters, update: str) -> None:
        """Do an update (SPARQL 1.1 Protocol, 2.2); raises what `Writer.update` raises."""
        if self._scope["method"] != "POST":
            raise fault(405, "An update is sent by POST.", "Use POST.", ((b"allow", b"POST"),))
        writer = self._context.writer
        if writer is None:
            raise fault(403, "This endpoint takes no updates.", "Load data by the command.")
        token = await writer.token(self._headers.get(b"authorization"))
        text = with_dataset(update, parameters.default_graphs or (), parameters.named_graphs or ())
        step = Step("update", text=text, base=f"{self._context.iris.base}/")
        number = str(await writer.do(token, (step,))).encode()
        await self._respond(204, ((b"urbansdg-version", number),), b"")

    async def _query(self, parameters: Parameters, query: str) -> None:
        self.notes.asks(query)
        offer = self._offer(parameters)
        tag = self._tag(parameters, offer)
        if tag is not None and self._has(tag(self._context.snapshot().number)):
            validator = (b"etag", tag(self._context.snapshot().number))
            await self._respond(304, (validator, (b"cache-control", _CACHE)), b"")
            return
        gateway = self._context.gateway
        question = Question(
            query,
            _name(offer.results),
            _name(offer.graphs),
            parameters.default_graphs,
            parameters.named_graphs,
            gateway=gateway.address if gateway else None,
            hosts=gateway.hosts if gateway else (),
        )
        limits = Limits.of(self._context.settings).lowered(
            dict(parameters.limits), self._headers.get(b"prefer")
        )
        with self._context.clients.asking(await self._client()) as charge:
            async with self._context.pool.answer(question, limits, charge) as answer:
                await self._transmit(answer, offer, tag and tag(answer.version))

    async def _client(self) -> str:
        """Return whom the query counts for: who has a token has an account of its own."""
        given, writer = self._headers.get(b"authorization"), self._context.writer
        if writer is None or given is None or not given.casefold().startswith("bearer "):
            return self._context.clients.of(self._scope)
        return f"token {(await writer.token(given)).label}"

    def _offer(self, parameters: Parameters) -> Offer:
        negotiation = self._context.negotiation
        if parameters.formats:
            return Offer(*negotiation.named(parameters.formats))
        accept = self._headers.get(b"accept")
        return Offer(negotiation.result(accept), negotiation.graph(accept))

    def _tag(self, parameters: Parameters, offer: Offer) -> Callable[[int], bytes] | None:
        """Return the maker of entity tags, from the version's number; None where none holds."""
        query = parameters.query or ""
        if self._scope["method"] == "POST" or _FICKLE.search(query):
            return None
        if self._context.gateway is not None and "service" in query.casefold():
            return None  # another endpoint's answer has no version of ours
        types = [choice and choice.media_type for choice in (offer.results, offer.graphs)]
        encoded = repr((parameters, types, self._headers.takes_gzip)).encode()
        digest = hashlib.blake2b(encoded, digest_size=12).hexdigest()
        return lambda version: f'"{version}-{digest}"'.encode()

    def _has(self, tag: bytes) -> bool:
        """Tell whether the client has it already: a weak comparison (RFC 9110, 13.1.2)."""
        held = self._headers.get(b"if-none-match") or ""
        tags = {part.strip().removeprefix("W/") for part in held.split(",")}
        return "*" in tags or tag.decode() in tags

    async def _transmit(self, answer: Answer, offer: Offer, tag: bytes | None) -> None:
        self.notes.version = answer.version
        choice = offer.graphs if answer.is_graph else offer.results
        headers: Pairs = (
            (b"content-type", choice.content_type.encode() if choice else b""),
            (b"urbansdg-version", str(answer.version).encode()),
            (b"cache-control", b"no-store" if tag is None else _CACHE),
        )
        if tag is not None:
            headers += ((b"etag", tag),)
        if self._headers.takes_gzip and len(answer.head) >= _SMALLEST_GZIP:
            headers += ((b"content-encoding", b"gzip"),)
            await self._stream(headers, compressed(answer))
        elif answer.is_whole:
            await self._respond(200, headers, answer.head)
        else:
            await self._stream(headers, answer.chunks())

    async def _stream(self, headers: Pairs, chunks: AsyncIterator[bytes]) -> None:
        if self._scope["method"] == "HEAD":
            await self._respond(200, headers, None)
        elif self._scope["http_version"] == "1.0":
            await self._collect(headers, chunks)
        else:
            await self._start(200, headers)
            async for chunk in chunks:
                await self._body(chunk, more=True)
            await self._body(b"", more=False)

    async def _collect(self, headers: Pairs, chunks: AsyncIterator[bytes]) -> None:
        with SpooledTemporaryFile(_IN_MEMORY) as spool:
            async for chunk in chunks:
                await asyncio.to_thread(spool.write, chunk)
            size = spool.tell()
            spool.seek(0)
            await self._start(200, (*headers, (b"content-length", str(size).encode())))
            while chunk := await asyncio.to_thread(spool.read, _IN_MEMORY):
                await self._body(chunk, more=True)
            await self._body(b"", more=False)

    async def _describe(self, parameters: Parameters) -> None:
        """Answer a request without a query: the form for browsers, else the service in RDF."""
        if self._scope["method"] == "POST":
            raise fault(400, "The request has no query.", "Send it as query=...")
        negotiation = self._context.negotiation
        accept = self._headers.get(b"accept")
        if not parameters.formats and negotiation.prefers_html(accept):
            page = query_page(self._context)
            await self._respond(200, ((b"content-type", b"text/html; charset=utf-8"),), page)
            return
        choice = self._offer(parameters).graphs
        if choice is None:
            offers = ", ".join(form.media_type for form in negotiation.graphs)
            raise fault(
                406, "No format of the description is accepted.", f"Accept one of: {offers}."
            )
        body = await asyncio.to_thread(
            describe_service, self._context, choice.format, self._asked()
        )
        await self._respond(200, ((b"content-type", choice.content_type.encode()),), body)

    def _asked(self) -> str | None:
        """Return the address of the endpoint as the client has it, None where it is no host."""
        host = self._headers.get(b"host") or ""
        if not _HOST.fullmatch(host):
            return None
        return f"{self._scope['scheme']}://{host}/sparql"

    async def _respond(self, status: int, headers: Pairs, body: bytes | None) -> None:
        """Send a whole answer; None for one whose length is not known and that is not sent."""
        if body is not None and status not in (204, 304):
            headers += ((b"content-length", str(len(body)).encode()),)
        await self._start(status, headers)
        await self._body(body or b"", more=False)

    async def _start(self, status: int, headers: Pairs) -> None:
        self.status = status
        start: Message = {
            "type": "http.response.start",
            "status": status,
            "headers": [*_COMMON, *headers],
        }
        await self._send(start)

    async def _body(self, body: bytes, *, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more})


def _name(choice: Choice | None) -> str | None:
    return None if choice is None else choice.format.name
