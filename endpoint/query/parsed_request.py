"""What a request to `/sparql` asks, read once: the same bytes ask the same."""

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
    """A query as it was asked: the question, its limits, and what is said of its answer.

    `name` is the hash that the access log knows the query by.
    """

    question: QueryMessage
    limits: QueryLimits
    shown: Representation
    version: int | None
    name: str | None
    key: AnswerKey
    _fields: tuple[object, HeaderFields] | None = None
    _frame: bytes = b""

    @property
    def frame(self) -> bytes:
        """The question as the worker is asked it."""
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
            kind = (b"content-type", self.shown.content_type(answer))
            self._fields = of, HeaderFields((*COMMON, kind, *self.shown.headers(answer)))
        return self._fields[1]


def asked(
    question: QueryMessage, limits: QueryLimits, shown: Representation, name: str | None
) -> ParsedRequest:
    """Return a query with what it is known by."""
    version = shown.parameters.version
    return ParsedRequest(question, limits, shown, version, name, key_of(question, limits))


def told_of(headers: Sequence[tuple[bytes, bytes]]) -> NegotiationHeaders:
    """Return what header fields say of a query."""
    named = dict.fromkeys(_HEADERS, b"")
    for name, value in headers:
        if name in named:
            named[name] += b"," + value
    return tuple(named.values())


def raw_of(scope: Scope, body: bytes, told: NegotiationHeaders | None = None) -> RequestKey:
    """Return all that the reading of a request depends on; `told` is what its fields say."""
    told = told_of(scope["headers"]) if told is None else told
    return (scope["method"], scope["query_string"], body, told)


class ParsedRequestCache:
    """The requests that were read last, within a number of bytes."""

    def __init__(self) -> None:
        """Begin with none."""
        self._read: LRUCache[RequestKey, tuple[ParsedRequest, int]] = LRUCache(
            _ROOM, getsizeof=lambda it: it[1]
        )

    def known(self, raw: RequestKey) -> ParsedRequest | None:
        """Return what a request asks that was read before, None for any other."""
        found = self._read.get(raw)
        return None if found is None else found[0]

    def of(self, raw: RequestKey, read: Callable[[], ParsedRequest | None]) -> ParsedRequest | None:
        """Return what a request asks, by `read` where it was not read before."""
        found = self.known(raw)
        if found is not None:
            return found
        fresh = read()
        _, query, body, told = raw
        size = 4 * sum(map(len, (query, body, *told))) + _OVERHEAD
        if fresh is not None and size < _ROOM:
            self._read[raw] = fresh, size
        return fresh
