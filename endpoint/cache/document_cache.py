"""The cache of documents and pages, in memory: of one version, so they never go stale.

A response is kept as it was sent, in its coding. The key has all that it may depend on: the path
and the query as they were sent, and the header fields that choose a representation or are
conditions. All are dropped when the mark of the version changes, by a new version or by a revision
(`urbansdg forget`).
"""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from cachetools import LRUCache
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from urbansdg.endpoint.http_fields.cache_control import NO_STORE
from urbansdg.endpoint.http_fields.http_methods import READING
from urbansdg.endpoint.versions.version_follower import Follower, Snapshot
from urbansdg.endpoint.web.compression import Coding, coding_of
from urbansdg.endpoint.web.http_response import HeaderFields, HttpResponse, send_response
from urbansdg.ontology.kinds_of_things import KINDS

_PLACES: Final = frozenset(
    (
        *("id", "doc", "describe", "graph", "mentions"),
        *(kind.plural for kind in KINDS),
    )
)
"""What is made from the version and the request alone."""

_CHOOSING: Final = frozenset(
    (b"accept", b"accept-profile", b"accept-language", b"if-none-match", b"if-modified-since")
)
_OTHERWISE: Final = frozenset(
    (
        *(b"accept-datetime", b"authorization", b"content-length", b"if-match", b"if-range"),
        *(b"if-unmodified-since", b"prefer", b"range", b"transfer-encoding"),
    )
)
"""What asks for something else than the answer that all are given."""

_CACHED_STATUSES: Final = (HTTPStatus.OK, HTTPStatus.SEE_OTHER, HTTPStatus.NOT_MODIFIED)
_LENGTH: Final = b"content-length"
_LARGEST: Final = 8  # one answer takes an eighth of the room at the most
_LONGEST: Final = 1 << 11  # bytes of a request that others may make too
_OVERHEAD: Final = (1 << 10) + _LONGEST  # bytes that an entry takes beside its answer

CachedHeaders = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class DocumentKey:
    """What an answer is known by within its version."""

    path: bytes
    query: bytes
    chosen: CachedHeaders
    coding: Coding | None

    @property
    def size(self) -> int:
        """The bytes of its texts."""
        chosen_size = sum(len(name) + len(value) for name, value in self.chosen)
        return len(self.path) + len(self.query) + chosen_size


def key_of(scope: Scope) -> DocumentKey | None:
    """Return the key of the response to a request, None where it is not kept."""
    if scope["type"] != "http" or scope["method"] not in READING:
        return None
    if scope["path"][1:].partition("/")[0].partition(".")[0] not in _PLACES:
        return None
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    if any(name in _OTHERWISE for name, _ in headers):
        return None
    codings = [value for name, value in headers if name == b"accept-encoding"]
    coding = coding_of(codings[0].decode("latin-1")) if codings else None
    chosen = tuple(header for header in headers if header[0] in _CHOOSING)
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    key = DocumentKey(path.partition(b"?")[0], scope.get("query_string", b""), chosen, coding)
    return key if key.size <= _LONGEST else None


@dataclass
class DocumentCache:
    """The responses used last, in `room` bytes; none if that is 0."""

    room: int
    follower: Follower
    hits: int = 0
    misses: int = 0
    _mark: str = ""
    _entries: LRUCache[DocumentKey, HttpResponse] = field(init=False)

    def __post_init__(self) -> None:
        """Make the room."""
        self._entries = LRUCache(self.room, getsizeof=_size)

    @property
    def size(self) -> int:
        """The bytes that are taken."""
        return int(self._entries.currsize)

    def __len__(self) -> int:
        """Return how many answers are kept."""
        return len(self._entries)

    def find(self, key: DocumentKey) -> HttpResponse | None:
        """Return the answer from the current version, None without one."""
        sent = self.at_hand(key)
        self.misses += sent is None
        return sent

    def at_hand(self, key: DocumentKey) -> HttpResponse | None:
        """Return the same, without counting a miss: the caller leaves that to `find`."""
        self._follow()
        sent: HttpResponse | None = self._entries.get(key)
        self.hits += sent is not None
        return sent

    def keep(self, key: DocumentKey, response: HttpResponse, snapshot: Snapshot) -> None:
        """Keep a response that was begun at a snapshot, if that is still the current one."""
        self._follow()
        if snapshot is self.follower.snapshot and _size(response) <= self.room // _LARGEST:
            self._entries[key] = response

    def _follow(self) -> None:
        """Drop what is of another version than the current one."""
        mark = self.follower.snapshot.mark
        if mark != self._mark:
            self._entries.clear()
            self._mark = mark


@dataclass(frozen=True, slots=True)
class CachedApplication:
    """Repeats the responses of another application where they would be the same."""

    inner: ASGIApp
    cache: DocumentCache

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the kept response, or pass the request on and keep its response."""
        key = key_of(scope) if self.cache.room else None
        sent = None if key is None else self.cache.find(key)
        if sent is not None:
            await send_response(sent, scope, send)
        elif key is None or scope["method"] != "GET":
            await self.inner(scope, receive, send)
        else:
            snapshot = self.cache.follower.snapshot
            keeping = _Keeping(send)
            await self.inner(scope, receive, keeping)
            if keeping.sent is not None:
                self.cache.keep(key, keeping.sent, snapshot)


@dataclass(slots=True)
class _Keeping:
    """Passes an answer on; `sent` is what it was, where it is one to keep."""

    send: Send
    sent: HttpResponse | None = None
    _start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        elif self._start is not None:
            start, self._start = self._start, None
            is_whole = not message.get("more_body", False)
            if start["status"] in _CACHED_STATUSES and is_whole and not _is_passing(start):
                self.sent = whole_response(start, bytes(message.get("body", b"")))
        await self.send(message)


def _is_passing(start: Message) -> bool:
    """Return whether an answer may be another one soon, in the same version."""
    return (b"cache-control", NO_STORE.encode()) in start["headers"]


def whole_response(start: Message, body: bytes) -> HttpResponse | None:
    """Return a response whose length was sent and is right, else None; a 304 has none."""
    pairs = [(bytes(name), bytes(value)) for name, value in start["headers"]]
    fields = HeaderFields([pair for pair in pairs if pair[0] != _LENGTH])
    response = HttpResponse(start["status"], fields, body)
    if response.has_length:
        return response if dict(pairs).get(_LENGTH) == b"%d" % len(body) else None
    return None if body else response


def _size(response: HttpResponse) -> int:
    """Return how many bytes a kept response takes."""
    return len(response.fields.lines) + len(response.body) + _OVERHEAD
