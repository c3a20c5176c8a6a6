"""The cache of whole answers, in memory: a version never changes, so they never go stale.

The key is the version, the query's text without the white space around it, the format, the dataset
and the limits on the length. An answer is not kept if it may differ next time (see `volatility`),
was cut, or would take a large part of the room.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Final

from cachetools import LRUCache

from urbansdg.endpoint.workers.query_limits import QueryLimits
from urbansdg.endpoint.workers.worker_frames import QueryMessage
from urbansdg.endpoint.workers.worker_pool import WorkerAnswer, nothing

_LARGEST: Final = 8  # one answer takes an eighth of the room at the most
_OVERHEAD: Final = 1 << 10  # bytes that an entry takes beside its texts
_AROUND: Final = " \t\r\n"  # white space of SPARQL: others are errors there
_DISTINGUISHING: Final = tuple(
    field.name for field in fields(QueryMessage) if field.name != "query"
)

AnswerKey = tuple[str | int | Sequence[str] | None, ...]
"""Of plain values, for it is compared and hashed with each request; the query is the first."""


@dataclass(frozen=True, slots=True)
class _CacheEntry:
    answer: WorkerAnswer
    size: int


def key_of(question: QueryMessage, limits: QueryLimits) -> AnswerKey:
    """Return the key of an answer within its version."""
    values = (getattr(question, name) for name in _DISTINGUISHING)
    return (question.query.strip(_AROUND), *values, limits.rows, limits.size)


@dataclass
class AnswerCache:
    """The answers used last, in `room` bytes; none if that is 0."""

    room: int
    hits: int = 0
    misses: int = 0
    _entries: LRUCache[tuple[str, AnswerKey], _CacheEntry] = field(init=False)

    def __post_init__(self) -> None:
        """Make the room."""
        self._entries = LRUCache(self.room, getsizeof=lambda answer: answer.size)

    @property
    def size(self) -> int:
        """The bytes that are taken."""
        return int(self._entries.currsize)

    def __len__(self) -> int:
        """Return how many answers are kept."""
        return len(self._entries)

    def find(self, version: str, key: AnswerKey) -> WorkerAnswer | None:
        """Return the answer of a version by its mark, None without one."""
        entry = self._entries.get((version, key))
        if entry is None:
            self.misses += 1
            return None
        self.hits += 1
        return entry.answer

    def keeping(self, key: AnswerKey, answer: WorkerAnswer) -> WorkerAnswer:
        """Return the same answer, which is kept when it has been read to its end."""
        if answer.is_whole:
            self._keep(key, answer, answer.head)
            return answer
        return replace(answer, rest=self._noting(key, answer))

    async def _noting(self, key: AnswerKey, answer: WorkerAnswer) -> AsyncIterator[bytes]:
        chunks, size = [answer.head], len(answer.head)
        async for chunk in answer.rest:
            size += len(chunk)
            if self._fits(size):
                chunks.append(chunk)
            else:
                chunks.clear()
            yield chunk
        if self._fits(size):
            self._keep(key, answer, b"".join(chunks))

    def _keep(self, key: AnswerKey, answer: WorkerAnswer, body: bytes) -> None:
        size = len(body) + 4 * len(str(key[0])) + _OVERHEAD
        if self._fits(size):
            whole = replace(answer, head=body, is_whole=True, rest=nothing(), is_kept=True)
            self._entries[answer.mark, key] = _CacheEntry(whole, size)

    def _fits(self, size: int) -> bool:
        return size <= self.room // _LARGEST
