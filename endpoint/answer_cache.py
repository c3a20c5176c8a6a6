"""Whole answers, kept in memory: a version never changes, so they never go stale.

An answer is known by its version, the query's text without the white space around it, the format,
the dataset and the limits on its length. No answer that could be another next time is kept (see
`volatility`), none that was cut, and none that would take a large part of the room.
"""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Final

from cachetools import LRUCache

from urbansdg.endpoint.frames import Question
from urbansdg.endpoint.limits import Limits
from urbansdg.endpoint.pool import Answer

_LARGEST: Final = 8  # one answer takes an eighth of the room at the most
_OVERHEAD: Final = 1 << 10  # bytes that an entry takes beside its texts
_AROUND: Final = " \t\r\n"  # white space of SPARQL: others are errors there

Key = tuple[Question, int, int]


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: Answer
    size: int
    at: float


def key_of(question: Question, limits: Limits) -> Key:
    """Return what an answer is known by within its version."""
    return replace(question, query=question.query.strip(_AROUND)), limits.rows, limits.size


@dataclass
class AnswerCache:
    """The answers that were asked for last, in `room` bytes; none if that is 0."""

    room: int
    hits: int = 0
    misses: int = 0
    _kept: LRUCache[tuple[str, Key], _Kept] = field(init=False)

    def __post_init__(self) -> None:
        """Make the room."""
        self._kept = LRUCache(self.room, getsizeof=lambda kept: kept.size)

    @property
    def size(self) -> int:
        """The bytes that are taken."""
        return int(self._kept.currsize)

    def __len__(self) -> int:
        """Return how many answers are kept."""
        return len(self._kept)

    def find(self, version: str, key: Key) -> Answer | None:
        """Return the answer of a version by its mark, with its age in seconds; None without one."""
        found = self._kept.get((version, key))
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        return replace(found.answer, rest=nothing(), age=int(time.monotonic() - found.at))

    def keeping(self, key: Key, answer: Answer) -> Answer:
        """Return the same answer, which is kept when it has been read to its end."""
        if answer.is_whole:
            self._keep(key, answer, answer.head)
            return answer
        return replace(answer, rest=self._noting(key, answer))

    async def _noting(self, key: Key, answer: Answer) -> AsyncIterator[bytes]:
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

    def _keep(self, key: Key, answer: Answer, body: bytes) -> None:
        size = len(body) + 4 * len(key[0].query) + _OVERHEAD
        if self._fits(size):
            whole = replace(answer, head=body, is_whole=True, rest=nothing())
            self._kept[answer.mark, key] = _Kept(whole, size, time.monotonic())

    def _fits(self, size: int) -> bool:
        return size <= self.room // _LARGEST


async def nothing() -> AsyncIterator[bytes]:
    """Yield nothing: the rest of an answer whose head is all of it."""
    chunks: tuple[bytes, ...] = ()
    for chunk in chunks:
        yield chunk
