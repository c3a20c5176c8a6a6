"""Where an answer comes from: the cache, the workers, or the workers of an older version."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from urbansdg.endpoint.cache.answer_cache import AnswerCache
from urbansdg.endpoint.versions.version_follower import Follower, ServedVersion
from urbansdg.endpoint.versions.version_numbers import published
from urbansdg.endpoint.workers.lookup import lookup_of
from urbansdg.endpoint.workers.query_limits import QueryLimits
from urbansdg.endpoint.workers.started_query import StartedQuery
from urbansdg.endpoint.workers.version_pools import VersionPools
from urbansdg.endpoint.workers.worker_frames import QueryMessage
from urbansdg.endpoint.workers.worker_pool import AnotherVersion, WorkerAnswer, WorkerPool, nothing
from urbansdg.errors import EngineUnavailable, QueryTimeout
from urbansdg.store import Backend

Asking = Callable[[], AbstractContextManager[Callable[[float], None]]]
"""Counts a client's query while it is evaluated, and gives the function to charge it with."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to queries, of the current and of older versions.

    `remote_seconds` is the time limit of a query where an engine holds the graph, else None: a
    query that takes as long there times out because of the engine, not of the query.
    """

    store: Backend
    follower: Follower
    pool: WorkerPool
    archive: VersionPools
    cache: AnswerCache
    remote_seconds: float | None = None

    async def version(self, number: int | None) -> ServedVersion:
        """Return a version by its number, the current one for None; raises `Fault` (404, 410)."""
        current = self.follower.snapshot
        if number is None or number == current.number:
            return current
        return await asyncio.to_thread(published, self.store, number)

    @contextlib.contextmanager
    def _patient(self, limits: QueryLimits) -> Iterator[None]:
        try:
            yield
        except QueryTimeout:
            if self.remote_seconds is None or limits.seconds < self.remote_seconds:
                raise
            raise EngineUnavailable(
                f"The engine that holds the graph took longer than {limits.seconds:g} seconds.",
                "Ask again a little later, or ask for less.",
            ) from None

    def looked_up(
        self, question: QueryMessage, limits: QueryLimits, pinned: ServedVersion | None = None
    ) -> WorkerAnswer | None:
        """Return the answer to a look-up in the current version, None for any other query."""
        current = self.follower.snapshot
        if self.remote_seconds is not None:
            return None
        if question.default_graphs is not None or question.named_graphs is not None:
            return None
        lookup = lookup_of(question.query)
        if lookup is None or (pinned is not None and pinned.number != current.number):
            return None
        body = lookup.answer(current, question)
        if body is None or len(body) > min(limits.size, limits.rows):
            return None
        of = (lookup.is_graph, current.number, current.created, current.mark)
        return WorkerAnswer(*of, "disk", body, is_whole=True, rest=nothing())

    @contextlib.asynccontextmanager
    async def answer(
        self,
        question: QueryMessage,
        limits: QueryLimits,
        asking: Asking,
        pinned: ServedVersion | None,
        started_query: StartedQuery | None = None,
    ) -> AsyncIterator[WorkerAnswer]:
        """Give a worker's answer, from the current or a pinned version (`WorkerPool.answer`)."""
        if self.remote_seconds is not None:
            question = replace(question, union=tuple(self.follower.snapshot.graphs))
        with asking() as charge, self._patient(limits):
            if started_query is None and (looked_up := self.looked_up(question, limits, pinned)):
                yield looked_up
                return
            if pinned is None or pinned.number == self.follower.snapshot.number:
                with contextlib.suppress(AnotherVersion):
                    only = None if pinned is None else pinned.number
                    worker = started_query.take() if started_query else None
                    async with self.pool.answer(question, limits, charge, only, worker) as answer:
                        yield answer
                    return
            async with (
                self.archive.pool(pinned or self.follower.snapshot) as pool,
                pool.answer(question, limits, charge) as answer,
            ):
                yield answer
