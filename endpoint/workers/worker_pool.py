"""The pool of workers: each is a process that evaluates one query, can be killed, and is replaced.

`worker_channel` is the connection to one worker, `storage_tiers` decides where workers are forked,
and `urbansdg.endpoint.cache` has the answers that were given before.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, Protocol, Self

from urbansdg.endpoint.versions.version_follower import ServedVersion
from urbansdg.endpoint.workers.query_limits import QueryLimits, ResultMeter, within
from urbansdg.endpoint.workers.worker_channel import WorkerChannel, WorkerDied
from urbansdg.endpoint.workers.worker_frames import GRAPH_FOLLOWS, QueryEnding, QueryMessage
from urbansdg.endpoint.workers.zygote_client import ForkedWorker, Tier, ZygoteGone
from urbansdg.errors import (
    EngineUnavailable,
    NotAcceptable,
    Place,
    QueryError,
    QueryRefused,
    QueryResourceExceeded,
    QuerySyntaxError,
    QueryTimeout,
    ServeError,
    ServiceFailed,
    UrbanSdgError,
    VersionDamaged,
    WorkersUnavailable,
)
from urbansdg.ontology.media_types import GRAPHS, RESULTS, Format
from urbansdg.sandbox.process_end import EndCause, ProcessEnd
from urbansdg.settings import Settings

_LOG = logging.getLogger(__name__)
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0
_START_SECONDS: Final = 5.0
"""A pool whose attempts to start a first worker fail for so long is given up."""

_STARVING_SECONDS: Final = 0.02
"""Queries that wait for so long while no worker is released wait for long queries."""


@dataclass(frozen=True, slots=True)
class WorkerAnswer:
    """An answer: its kind, its version, its first bytes, and whether these are all.

    `tier` is where the worker reads the version: the order of rows may differ between the tiers.
    `created` is when the version was made; `is_kept` marks an answer from the cache.
    `rest` yields what follows; it may be left before its end.
    """

    is_graph: bool
    version: int
    created: datetime
    mark: str
    tier: Tier
    head: bytes
    is_whole: bool
    rest: AsyncIterator[bytes]
    is_kept: bool = False

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the whole answer as it arrives; raises as `WorkerPool.answer` does."""
        yield self.head
        async for chunk in self.rest:
            yield chunk


class AnotherVersion(Exception):
    """The worker that was free has another version than the requested one."""


WorkerClaim = Callable[[WorkerChannel], bool]
"""Takes a worker that has become free; returns False if it no longer needs one."""


class WorkerSource(Protocol):
    """Forks workers on versions: `StorageTiers`, or `SharedTiers` of several front ends."""

    @property
    def lowest(self) -> Tier:
        """The tier of every version, whatever its size."""

    async def fork(self, version: ServedVersion) -> ForkedWorker:
        """Return a new worker on a version; raises `ZygoteGone`."""

    async def advance(self, version: ServedVersion) -> bool:
        """Bring the memory to another version; return whether workers can be forked from it."""

    async def keep(self, version: ServedVersion, moved: Callable[[], None]) -> None:
        """Keep a version in memory until cancelled; call `moved` when workers can be forked."""

    async def close(self) -> None:
        """End every worker."""


@dataclass(frozen=True, slots=True)
class PoolLoad:
    """How busy the workers are."""

    idle: int
    busy: int
    waiting: int


class WorkerLending(Protocol):
    """Gives workers to the pools of other front ends, and takes theirs."""

    def ask(self) -> None:
        """Ask the others for a worker: queries wait here, and no worker becomes free."""

    def lend(self, worker: ForkedWorker) -> None:
        """Give a worker to the one that asked."""


class WorkerPool:
    """A fixed number of workers on the current version; each query has one to itself."""

    def __init__(self, settings: Settings, tiers: WorkerSource) -> None:
        """Take the limits from the settings; `start` forks the workers from the tiers."""
        self._settings = settings
        self._tiers = tiers
        self._version: ServedVersion | None = None
        self._generation = 0
        self._keeping: asyncio.Task[None] | None = None
        self._idle: deque[WorkerChannel] = deque()
        self._busy: set[WorkerChannel] = set()
        self._succeeding: set[WorkerChannel] = set()
        self._superseded: set[WorkerChannel] = set()
        self._waiting: deque[WorkerClaim] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._successions: set[asyncio.Task[None]] = set()
        self._switches: set[asyncio.Task[None]] = set()
        self._advancing = asyncio.Lock()
        self._size = settings.workers
        self._lending: WorkerLending | None = None
        self._releases = 0
        self._is_watching = False
        self._owes = False
        self._took_at = 0.0
        self._failure = ""
        """Why the last attempt to start a worker failed, "" where it succeeded."""
        self.replaced = 0

    @property
    def load(self) -> PoolLoad:
        """How many workers are idle and busy, and how many queries wait for one."""
        return PoolLoad(len(self._idle), len(self._busy), len(self._waiting))

    @property
    def processes(self) -> list[int]:
        """The process ids of the workers, the busy ones too."""
        return [worker.pid for worker in (*self._idle, *self._busy)]

    @property
    def in_memory(self) -> int:
        """How many workers read their version from memory."""
        return sum(worker.tier == "memory" for worker in (*self._idle, *self._busy))

    @property
    def tier(self) -> Tier:
        """Where the workers read their version: memory only if all of them do."""
        tiers = {worker.tier for worker in (*self._idle, *self._busy)}
        return tiers.pop() if len(tiers) == 1 else self._tiers.lowest

    async def start(self, version: ServedVersion, *, keep: bool = False) -> None:
        """Start the workers on a version, and wait until they are ready.

        With `keep`, this version and those after it are read into memory meanwhile, where they fit.
        Raises `WorkersUnavailable` where no worker can be started for five seconds. Where only some
        can be, it does not wait for the others: they are tried again meanwhile.
        """
        self._version = version
        starting = {self._later(self._add_worker()) for _ in range(self._size)}
        while starting:
            ready, starting = await asyncio.wait(starting, timeout=_START_SECONDS)
            for task in ready:
                task.result()
            if starting and self._failure:
                if self.processes:
                    break
                for task in starting:
                    task.cancel()
                raise WorkersUnavailable(
                    f"No worker could be started: {self._failure}.", "Remove that cause."
                )
        if keep:
            self._keep(version)

    async def close(self) -> None:
        """Kill every worker."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for worker in (*self._idle, *self._busy):
            worker.kill()
        self._idle.clear()
        self._busy.clear()

    def switch(self, version: ServedVersion) -> None:
        """Serve another version from now on: the new workers start before the old ones are killed.

        A running query ends on the version on which it started.
        """
        self._version = version
        if self._keeping is None:
            self._renew()
            return
        self._keeping.cancel()
        self._switches.add(task := self._later(self._advance(version)))
        task.add_done_callback(self._switches.discard)

    async def settled(self, seconds: float | None = None) -> None:
        """Wait until the workers of the last switch are ready, for twice `seconds` at most.

        Whoever waits may be cancelled: the workers are started all the same.
        """
        if self._switches:
            await asyncio.wait(tuple(self._switches), timeout=seconds)
        if self._successions:
            await asyncio.wait(tuple(self._successions), timeout=seconds)

    async def _advance(self, version: ServedVersion) -> None:
        """Renew the workers on a version, from memory if that can follow to it, else from disk."""
        async with self._advancing:
            if version is not self._version:  # another one has followed
                return
            await self._tiers.advance(version)
            self._renew()
            self._keep(version)

    def _keep(self, version: ServedVersion) -> None:
        self._keeping = self._later(self._tiers.keep(version, self._renew))

    def _renew(self) -> None:
        self._generation += 1
        # Those that are being succeeded get a worker of this generation already.
        for worker in {*self._idle, *self._busy} - self._succeeding - self._superseded:
            self._succeeding.add(worker)
            self._successions.add(task := self._later(self._succeed(worker)))
            task.add_done_callback(self._successions.discard)

    async def ask(self, query: str, form: Format) -> bytes:
        """Return the whole answer to a query in one format; raises as `answer` does."""
        name = form.name
        question = (
            QueryMessage(query, None, name) if form in GRAPHS else QueryMessage(query, name, None)
        )
        async with self.answer(question) as answer:
            return b"".join([chunk async for chunk in answer.chunks()])

    @contextlib.asynccontextmanager
    async def answer(
        self,
        question: QueryMessage,
        limits: QueryLimits | None = None,
        charge: Callable[[float], None] = lambda _: None,
        only: int | None = None,
        channel: WorkerChannel | None = None,
    ) -> AsyncIterator[WorkerAnswer]:
        """Give the answer to a query within a block, whose end frees the worker.

        `limits` may be lower than those of the settings; `charge` is called with the seconds for
        which the worker was busy; `only` is the number of the one version that may answer, else
        `AnotherVersion` is raised; `channel` is a worker that has the query already.
        Leaving the block before the end of the answer kills the worker.
        Raises `QuerySyntaxError`, `QueryRefused`, `QueryTimeout` (also while the answer is being
        read), `QueryError`, `QueryResourceExceeded`, `WorkersUnavailable` and `NotAcceptable`.
        """
        limits = limits or QueryLimits.of(self._settings)
        worker = channel or await self._acquire(only)
        began = time.monotonic()
        try:
            async with asyncio.timeout(limits.seconds):
                if channel is None:
                    await worker.ask(within(question, limits).frame())
                head = await worker.head()
                _check(worker.ending)
                yield answer_of(worker, head, ResultMeter(limits, question.results))
        except TimeoutError:
            raise _too_long(f"{limits.seconds:g} seconds") from None
        except WorkerDied as death:
            raise _ended(death.end, limits) from None
        finally:
            self.release(worker)
            charge(time.monotonic() - began)

    def claim(self, claim: WorkerClaim) -> None:
        """Call the claim with a worker, now or when one is free; `release` takes it back."""
        if self._idle:
            worker = self._idle.pop()
            if not self._give(worker, claim):
                self._idle.append(worker)
        else:
            self._waiting.append(claim)
            if self._lending is not None and not self._is_watching:
                self._watch_starving(self._lending)

    def share(self, lending: WorkerLending) -> None:
        """Share the workers with the pools of other front ends from now on."""
        self._lending = lending

    def owe(self) -> None:
        """Lend a worker: one that is idle, or the next that is released."""
        idle = next((worker for worker in self._idle if self._is_to_lend(worker)), None)
        if idle is None:
            self._owes = True
        elif self._lending is not None:
            self._idle.remove(idle)
            self._lend(idle, self._lending)

    def take(self, birth: ForkedWorker, number: int) -> None:
        """Take an idle worker on a version by its number; replace it where that is another one."""
        self._size += 1
        self._took_at = time.monotonic()
        version = self._version
        if version is None or version.number != number:
            birth.kill()
            birth.close()
            self._later(self._add_worker())
            return
        worker = WorkerChannel(birth, version, QueryEnding("ready"))
        worker.ended.add_done_callback(partial(self._replace_idle, worker))
        self._offer(worker)

    def resize(self, size: int) -> None:
        """Add workers until there are so many."""
        for _ in range(size - self._size):
            self._later(self._add_worker())
        self._size = max(size, self._size)

    def withdraw(self, claim: WorkerClaim) -> None:
        """Remove a claim that waits."""
        if claim in self._waiting:
            self._waiting.remove(claim)

    def release(self, worker: WorkerChannel) -> None:
        """Take a worker back; one that has not ended its answer is killed."""
        self._busy.discard(worker)
        self._releases += 1
        if not worker.is_reusable:
            self._replace(worker)
        elif worker in self._superseded:
            self._retire(worker)
        else:
            self._offer(worker)

    def stop_query(self, pid: int, ending: QueryEnding) -> None:
        """End the query of the worker with that process id, if it is busy."""
        for worker in self._busy:
            if worker.pid == pid:
                worker.stop(ending)

    async def _acquire(self, only: int | None) -> WorkerChannel:
        worker = await self._free()
        if only is not None and only != worker.version.number:
            self.release(worker)
            raise AnotherVersion
        return worker

    async def _free(self) -> WorkerChannel:
        turn: asyncio.Future[WorkerChannel] = asyncio.get_running_loop().create_future()
        claim = partial(_granted, turn)
        self.claim(claim)
        if turn.done():
            return turn.result()
        try:
            async with asyncio.timeout(self._settings.wait_seconds):
                return await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():  # a worker came in the same moment
                self.release(turn.result())
            if isinstance(error, TimeoutError):
                raise all_busy() from None
            raise
        finally:
            self.withdraw(claim)

    def _watch_starving(self, lending: WorkerLending) -> None:
        """Ask for a worker where none is released for a while, as long as queries wait."""
        self._is_watching = True
        if not self._busy:
            lending.ask()
        releases = self._releases

        def judge() -> None:
            self._is_watching = False
            if self._waiting:
                if self._busy and releases == self._releases:
                    lending.ask()
                self._watch_starving(lending)

        asyncio.get_running_loop().call_later(_STARVING_SECONDS, judge)

    def _is_to_lend(self, worker: WorkerChannel) -> bool:
        """Return whether a worker may go: no other is about to take its place here."""
        return worker not in self._succeeding | self._superseded

    def _lend(self, worker: WorkerChannel, lending: WorkerLending) -> None:
        self._owes = False
        self._size -= 1
        lending.lend(worker.leave())

    def _offer(self, worker: WorkerChannel) -> None:
        if (
            self._owes
            and self._lending is not None
            and self._is_to_lend(worker)
            and time.monotonic() - self._took_at > _STARVING_SECONDS
        ):
            self._lend(worker, self._lending)
            return
        while self._waiting:
            if self._give(worker, self._waiting.popleft()):
                return
        self._idle.append(worker)

    def _give(self, worker: WorkerChannel, claim: WorkerClaim) -> bool:
        self._busy.add(worker)
        taken = claim(worker)
        if not taken:
            self._busy.discard(worker)
        return taken

    def _replace(self, worker: WorkerChannel) -> None:
        self.replaced += 1
        if worker not in self._superseded | self._succeeding:
            self._later(self._add_worker())
        self._retire(worker)

    def _retire(self, worker: WorkerChannel) -> None:
        self._superseded.discard(worker)
        worker.kill()

    def _replace_idle(self, worker: WorkerChannel, _ended: asyncio.Future[int]) -> None:
        """Replace a worker that ended while it was idle; `answer` handles the busy ones."""
        if worker in self._idle:
            self._idle.remove(worker)
            self._replace(worker)

    def _later(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _succeed(self, worker: WorkerChannel) -> None:
        await self._add_worker()
        self._succeeding.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
            self._retire(worker)
        elif worker in self._busy:
            self._superseded.add(worker)

    async def _add_worker(self) -> None:
        """Add a worker on the current version; try until it succeeds.

        A reason is logged once, however often it recurs.
        """
        pause = _FIRST_PAUSE
        while True:
            try:
                self._offer(await self._ready_worker())
            except (ZygoteGone, WorkerDied, OSError) as error:
                before, self._failure = self._failure, str(error) or type(error).__name__
                if self._failure != before:
                    _LOG.error("a worker could not be started: %s", self._failure)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                self._failure = ""
                return

    async def _ready_worker(self) -> WorkerChannel:
        """Return a worker of the current generation, ready for a query."""
        while True:
            generation = self._generation
            worker = await self._forked()
            if generation == self._generation:
                worker.ended.add_done_callback(partial(self._replace_idle, worker))
                return worker
            worker.kill()

    async def _forked(self) -> WorkerChannel:
        version = self._version
        if version is None:
            raise ServeError("The workers were not started.")
        worker = WorkerChannel(await self._tiers.fork(version), version)
        try:
            await worker.ready()
        except BaseException:
            worker.kill()
            raise
        return worker


def all_busy() -> WorkersUnavailable:
    """Return the error of a query for which no worker was free in time."""
    return WorkersUnavailable("All workers are busy.", "Try again later.")


def _granted(turn: asyncio.Future[WorkerChannel], worker: WorkerChannel) -> bool:
    if turn.done():
        return False
    turn.set_result(worker)
    return True


def nothing() -> AsyncIterator[bytes]:
    """Return the rest of an answer that is complete in its head."""
    return _Nothing()


class _Nothing:
    """An empty iterator that can be used again: a generator would be made for every answer."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        raise StopAsyncIteration


def whole_of(worker: WorkerChannel, body: bytes) -> WorkerAnswer:
    """Return the answer of a worker that is complete and within the limits."""
    is_graph, served = body[:1] == GRAPH_FOLLOWS, worker.version
    of = (is_graph, served.number, served.created, served.mark, worker.tier)
    return WorkerAnswer(*of, body[1:], is_whole=True, rest=nothing())


def answer_of(worker: WorkerChannel, head: bytes, meter: ResultMeter) -> WorkerAnswer:
    """Return the answer that starts with these bytes; raises `QueryResourceExceeded`."""
    is_graph = head[:1] == GRAPH_FOLLOWS
    meter.take(head[1:], is_graph=is_graph)
    rest = _bounded(worker, meter, is_graph=is_graph)
    whole = worker.ending is not None
    served = worker.version
    return WorkerAnswer(
        is_graph, served.number, served.created, served.mark, worker.tier, head[1:], whole, rest
    )


async def _bounded(
    worker: WorkerChannel, meter: ResultMeter, *, is_graph: bool
) -> AsyncIterator[bytes]:
    async for chunk in worker.rest():
        meter.take(chunk, is_graph=is_graph)
        yield chunk
    _check(worker.ending)


def _check(ending: QueryEnding | None) -> None:
    """Raise the error of a query that failed; None is an answer that goes on."""
    if ending is None or ending.outcome in ("ready", "done"):
        return
    if ending.outcome == "syntax":
        place = Place(
            line=ending.line, column=None if ending.column is None else str(ending.column)
        )
        raise QuerySyntaxError(
            f"The query is not SPARQL 1.1: {ending.message}.",
            "Fix it at that line and column.",
            place=place,
            value=ending.token,
        )
    if ending.outcome == "memory":
        raise _too_much("memory")
    raise _FAULTS[ending.outcome](ending.message)


def _refused(message: str) -> QueryError:
    return QueryRefused(
        message,
        "Remove it, also from comments and strings, or use SERVICE SILENT. The operator allows"
        " hosts by the setting URBANSDG_SERVICE_HOSTS; the service description names them.",
    )


def _unserved(message: str) -> QueryError:
    return ServiceFailed(f"A SERVICE failed: {message}.", "Try again later, or use SERVICE SILENT.")


def _too_many_calls(most: str) -> QueryError:
    return QueryResourceExceeded(
        f"The query makes more than {most} requests by SERVICE.",
        "Move SERVICE out of FILTER EXISTS, FILTER NOT EXISTS and LATERAL, which repeat it for each"
        " row. The operator sets the limit by URBANSDG_SERVICE_CALLS.",
    )


def _damaged(message: str) -> UrbanSdgError:
    return VersionDamaged(
        f"The files of this version are damaged: {message[:300]}.",
        "Ask another version, and report it to the operator, who runs `urbansdg verify`.",
    )


def _unacceptable(kind: str) -> NotAcceptable:
    offers = GRAPHS if kind == "graph" else RESULTS
    names = ", ".join(offer.media_type for offer in offers)
    return NotAcceptable(
        "The request allows no format of this answer, by `Accept` or by `format`.",
        f"Accept one of: {names}.",
    )


def _failed(message: str) -> QueryError:
    return QueryError(f"The query could not be evaluated: {message}.", "Change the query.")


def _unavailable(message: str) -> UrbanSdgError:
    return EngineUnavailable(message, "Try again later.")


def _full(message: str) -> QueryError:
    return QueryResourceExceeded(
        f"The answer has more rows than a sheet of a workbook can have: {message}.",
        "Request it as CSV, or in parts: add LIMIT and OFFSET.",
    )


def _late(_: str) -> QueryError:
    return _too_long("the engine that holds the graph allows")


def _cut(message: str) -> QueryError:
    return QueryResourceExceeded(
        f"The answer has more rows than the engine that holds the graph returns: {message}.",
        "Request it in parts: add LIMIT and OFFSET.",
    )


_FAULTS: Final[dict[str, Callable[[str], UrbanSdgError]]] = {
    "refused": _refused,
    "unacceptable": _unacceptable,
    "nameless": NotAcceptable.nameless,
    "unwritable": NotAcceptable.unwritable,
    "failed": _failed,
    "service": _unserved,
    "calls": _too_many_calls,
    "damaged": _damaged,
    "unavailable": _unavailable,
    "late": _late,
    "rows": _cut,
    "sheet": _full,
}


def _ended(end: ProcessEnd, limits: QueryLimits) -> QueryError:
    """Return the error of a query whose worker ended before its answer did."""
    if end.cause == EndCause.PROCESSOR_TIME:
        return _too_long(f"{limits.cpu_seconds:g} seconds of processor time")
    if end.cause == EndCause.STACK:
        return QueryResourceExceeded(
            "The query is nested more deeply than a worker can read.", "Flatten it."
        )
    if end.cause == EndCause.MEMORY:
        return _too_much("memory")
    return QueryResourceExceeded(f"The query {end.reason}.", "Try again a little later.")


def _too_long(time_limit: str) -> QueryTimeout:
    return QueryTimeout(
        f"The query took longer than {time_limit}.",
        "Reduce the work: add a LIMIT, bind more of the pattern, aggregate before joining.",
    )


def _too_much(what: str) -> QueryResourceExceeded:
    return QueryResourceExceeded(
        f"The query needs more {what} than a worker has.",
        "Reduce the work: add a LIMIT, remove ORDER BY or DISTINCT over everything.",
    )
