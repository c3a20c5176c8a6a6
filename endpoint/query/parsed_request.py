"""Parsed requests to `/sparql`, each parsed once: the same bytes mean the same query."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cachetools import LRUCache
from starlette.types import Scope

from urbansdg.endpoint.cache.answer_cache import AnswerKey, key_of
from urbansdg.endpoint.query.response_headers import COMMON, Representation
from urbansdg.endpoint.web.http_response import HeaderFields
from urbansdg.endpoint.workers.query_limits import QueryLimits, within
from urbansdg.endpoint.workers.worker_frames import QueryMessage
from urbansdg.endpoint.workers.worker_pool import WorkerAnswer

_ROOM: Final = 1 << 23
_OVERHEAD: Final = 1 << 12
_HEADERS: Final = (
    *(b"content-type", b"content-encoding"),
    *(b"accept", b"accept-encoding", b"prefer"),
)

NegotiationHeaders = tuple[bytes, ...]
RequestKey = tuple[str, bytes, bytes, NegotiationHeaders]


@dataclass(slots=True)
class ParsedRequest:
    """A parsed query: the message to a worker, its limits, and the representation of its answer.

    `name` is the hash of the query in the access log.
    """

    question: QueryMessage
    limits: QueryLimits
    representation: Representation
    version: int | None
    name: str | None
    key: AnswerKey
    _fields: tuple[object, HeaderFields] | None = None
    _frame: bytes = b""

    @property
    def frame(self) -> bytes:
        """The message to the worker, as bytes."""
        if not self._frame:
            self._frame = within(self.question, self.limits).frame()
        return self._frame

    def within(self, limits: QueryLimits) -> "ParsedRequest":
        """Return the same query with other limits."""
        return replace(self, limits=limits, key=key_of(self.question, limits), _frame=b"")

    def fields(self, answer: WorkerAnswer) -> HeaderFields:
        """Return the header fields of a response with an answer, except those that vary."""
        of = (answer.mark, answer.tier, answer.is_graph)
        if self._fields is None or self._fields[0] != of:
            kind = (b"content-type", self.representation.content_type(answer))
            self._fields = of, HeaderFields((*COMMON, kind, *self.representation.headers(answer)))
        return self._fields[1]


def request_of(
    question: QueryMessage, limits: QueryLimits, representation: Representation, name: str | None
) -> ParsedRequest:
    """Return a query with its key."""
    version = representation.parameters.version
    return ParsedRequest(question, limits, representation, version, name, key_of(question, limits))


def negotiation_of(headers: Sequence[tuple[bytes, bytes]]) -> NegotiationHeaders:
    """Return the values of the fields that a query depends on."""
    named = dict.fromkeys(_HEADERS, b"")
    for name, value in headers:
        if name in named:
            named[name] += b"," + value
    return tuple(named.values())


def raw_of(scope: Scope, body: bytes, fields: NegotiationHeaders | None = None) -> RequestKey:
    """Return all that the parsing of a request depends on; `fields` are its negotiation fields."""
    fields = negotiation_of(scope["headers"]) if fields is None else fields
    return (scope["method"], scope["query_string"], body, fields)


class ParsedRequestCache:
    """The requests that were parsed last, within a number of bytes."""

    def __init__(self) -> None:
        """Begin with none."""
        self._read: LRUCache[RequestKey, tuple[ParsedRequest, int]] = LRUCache(
            _ROOM, getsizeof=lambda it: it[1]
        )

    def known(self, raw: RequestKey) -> ParsedRequest | None:
        """Return the query of a request that was parsed before, None for any other."""
        entry = self._read.get(raw)
        return None if entry is None else entry[0]

    def of(self, raw: RequestKey, read: Callable[[], ParsedRequest | None]) -> ParsedRequest | None:
        """Return the query of a request, by `read` where it was not parsed before."""
        request = self.known(raw)
        if request is not None:
            return request
        fresh = read()
        _, query, body, negotiation = raw
        size = 4 * sum(map(len, (query, body, *negotiation))) + _OVERHEAD
        if fresh is not None and size < _ROOM:
            self._read[raw] = fresh, size
        return fresh
