"""The workers that evaluate queries: each a process that can be killed, replaced at once."""

import asyncio
import contextlib
import logging
import signal
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Final

from urbansdg.endpoint.channel import Channel, WorkerDied
from urbansdg.endpoint.follower import Snapshot
from urbansdg.endpoint.formats import GRAPHS, RESULTS, Format
from urbansdg.endpoint.frames import GRAPH_FOLLOWS, Ending, Question
from urbansdg.endpoint.limits import Limits, Meter
from urbansdg.endpoint.nursery import Nursery, ZygoteGone
from urbansdg.problems import (
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
    WorkersUnavailable,
)
from urbansdg.settings import Settings

_LOG = logging.getLogger(__name__)
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it begins: what it is, from which version, its first bytes, and whether all.

    `rest` yields what follows; it may be left before its end.
    """

    is_graph: bool
    version: int
    head: bytes
    is_whole: bool
    rest: AsyncIterator[bytes]

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the whole answer, as it comes; raises as `Pool.answer` does."""
        yield self.head
        async for chunk in self.rest:
            yield chunk


@dataclass(frozen=True, slots=True)
class Load:
    """How busy the workers are."""

    idle: int
    busy: int
    waiting: int


class Pool:
    """A fixed number of workers on the current version; each query has one to itself."""

    def __init__(self, settings: Settings, gateway_port: int | None = None) -> None:
        """Take the limits from the settings; `start` makes the workers.

        They may connect to the gateway's port, and to nothing else.
        """
        self._gateway_port = gateway_port
        self._settings = settings
        self._nursery: Nursery | None = None
        self._snapshot: Snapshot | None = None
        self._idle: deque[Channel] = deque()
        self._busy: set[Channel] = set()
        self._superseded: set[Channel] = set()
        self._waiting: deque[asyncio.Future[Channel]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._successions: set[asyncio.Task[None]] = set()
        self.replaced = 0

    @property
    def load(self) -> Load:
        """How many workers are idle and busy, and how many queries wait for one."""
        return Load(len(self._idle), len(self._busy), len(self._waiting))

    @property
    def processes(self) -> list[int]:
        """The process ids of the workers, the busy ones too."""
        return [worker.pid for worker in (*self._idle, *self._busy)]

    async def start(self, snapshot: Snapshot) -> None:
        """Start the workers on a version, and wait until they are ready."""
        self._snapshot = snapshot
        first = [asyncio.ensure_future(self._bear()) for _ in range(self._settings.workers)]
        await asyncio.gather(*first)

    async def close(self) -> None:
        """Kill every worker and wait for the end of the zygote."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._nursery is not None:
            await self._nursery.close()
        for worker in (*self._idle, *self._busy):
            worker.close()
        self._idle.clear()
        self._busy.clear()

    def switch(self, snapshot: Snapshot) -> None:
        """Serve another version from now on: new workers come first, then the old ones go.

        A running query ends on the version that it began on.
        """
        self._snapshot = snapshot
        for worker in (*self._idle, *self._busy):
            self._successions.add(task := self._later(self._succeed(worker)))
            task.add_done_callback(self._successions.discard)

    async def settled(self) -> None:
        """Wait until the workers of the last switch have come."""
        await asyncio.gather(*self._successions, return_exceptions=True)

    async def ask(self, query: str, form: Format) -> bytes:
        """Return the whole answer to a query in one format; raises as `answer` does."""
        name = form.name
        question = Question(query, None, name) if form in GRAPHS else Question(query, name, None)
        async with self.answer(question) as answer:
            return b"".join([chunk async for chunk in answer.chunks()])

    @contextlib.asynccontextmanager
    async def answer(
        self,
        question: Question,
        limits: Limits | None = None,
        charge: Callable[[float], None] = lambda _: None,
    ) -> AsyncIterator[Answer]:
        """Give the answer to a question, until the block is left; then the worker is freed.

        `limits` may be lower than those of the settings; `charge` is told the seconds for which
        the worker was held. Leaving the block before the end of the answer kills the worker.
        Raises `QuerySyntaxError`, `QueryRefused`, `QueryTimeout` (also while the answer is being
        read), `QueryError`, `QueryResourceExceeded`, `WorkersUnavailable` and `NotAcceptable`.
        """
        limits = limits or Limits.of(self._settings)
        worker = await self._acquire()
        began = time.monotonic()
        try:
            async with asyncio.timeout(limits.seconds):
                await worker.ask(replace(question, cpu_seconds=limits.cpu_seconds))
                head = await worker.head()
                _check(worker.ending)
                yield _answer(worker, head, Meter(limits, question.results))
        except TimeoutError:
            raise _too_long(f"{limits.seconds:g} seconds") from None
        except WorkerDied as death:
            raise _ended(death, limits) from None
        finally:
            self._release(worker)
            charge(time.monotonic() - began)

    async def _acquire(self) -> Channel:
        if self._idle:
            worker = self._idle.pop()
        else:
            worker = await self._queue()
        self._busy.add(worker)
        return worker

    async def _queue(self) -> Channel:
        turn: asyncio.Future[Channel] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._settings.wait_seconds):
                return await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():  # our turn came in the same moment
                self._offer(turn.result())
            if isinstance(error, TimeoutError):
                raise WorkersUnavailable(
                    "All workers are busy.", "Ask again a little later."
                ) from None
            raise
        finally:
            if turn in self._waiting:
                self._waiting.remove(turn)

    def _release(self, worker: Channel) -> None:
        self._busy.discard(worker)
        if not worker.is_reusable:
            self._replace(worker)
        elif worker in self._superseded:
            self._retire(worker)
        else:
            self._offer(worker)

    def _offer(self, worker: Channel) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(worker)
                return
        self._idle.append(worker)

    def _replace(self, worker: Channel) -> None:
        self.replaced += 1
        if worker not in self._superseded:
            self._later(self._bear())
        self._retire(worker)

    def _retire(self, worker: Channel) -> None:
        self._superseded.discard(worker)
        if self._nursery is not None:
            self._nursery.kill(worker.pid)
        worker.close()

    def _bury(self, worker: Channel) -> None:
        """Replace a worker that ended while it was idle; the busy ones are seen to by `answer`."""
        if worker in self._idle:
            self._idle.remove(worker)
            self._replace(worker)

    def _later(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _succeed(self, worker: Channel) -> None:
        await self._bear()
        if worker in self._idle:
            self._idle.remove(worker)
            self._retire(worker)
        elif worker in self._busy:
            self._superseded.add(worker)

    async def _bear(self) -> None:
        """Add a worker on the current version, however often it takes."""
        pause = _FIRST_PAUSE
        while True:
            try:
                self._offer(await self._born())
            except (ZygoteGone, WorkerDied, OSError) as error:
                _LOG.error("a worker could not be started: %s", error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                return

    async def _born(self) -> Channel:
        snapshot = self._snapshot
        if snapshot is None:
            raise ServeError("The workers were not started.")
        birth = await self._living_nursery().fork(
            snapshot.path, f"{self._settings.base}/", self._settings.query_memory
        )
        worker = Channel(birth, snapshot.number)
        try:
            await worker.ready()
        except WorkerDied:
            worker.close()
            raise
        worker.ended.add_done_callback(lambda _: self._bury(worker))
        return worker

    def _living_nursery(self) -> Nursery:
        if self._nursery is not None and self._nursery.alive:
            return self._nursery
        if self._nursery is not None:
            self._later(self._nursery.close())
        self._nursery = Nursery(self._gateway_port)
        return self._nursery


def _answer(worker: Channel, head: bytes, meter: Meter) -> Answer:
    is_graph = head[:1] == GRAPH_FOLLOWS
    meter.take(head[1:], is_graph=is_graph)
    rest = _bounded(worker, meter, is_graph=is_graph)
    return Answer(is_graph, worker.version, head[1:], worker.ending is not None, rest)


async def _bounded(worker: Channel, meter: Meter, *, is_graph: bool) -> AsyncIterator[bytes]:
    async for chunk in worker.rest():
        meter.take(chunk, is_graph=is_graph)
        yield chunk
    _check(worker.ending)


def _check(ending: Ending | None) -> None:
    """Raise the error that a worker told of; None is an answer that goes on."""
    if ending is None or ending.outcome in ("ready", "done"):
        return
    if ending.outcome == "syntax":
        place = Place(
            line=ending.line, column=None if ending.column is None else str(ending.column)
        )
        raise QuerySyntaxError(
            f"The query is not SPARQL 1.1: {ending.message}.",
            "Mend it at that line and column.",
            place=place,
            value=ending.token,
        )
    if ending.outcome == "memory":
        raise _too_much("memory")
    raise _FAULTS[ending.outcome](ending.message)


def _refused(message: str) -> QueryError:
    return QueryRefused(
        message,
        "Leave it out, also from comments and texts: the description of this endpoint"
        " names the hosts that it may ask, if there are any.",
    )


def _unserved(message: str) -> QueryError:
    return ServiceFailed(f"A SERVICE failed: {message}", "Ask again later, or use SERVICE SILENT.")


def _unacceptable(kind: str) -> NotAcceptable:
    offers = GRAPHS if kind == "graph" else RESULTS
    names = ", ".join(offer.media_type for offer in offers)
    return NotAcceptable(
        "No format of this answer is accepted by the request.", f"Accept one of: {names}."
    )


def _failed(message: str) -> QueryError:
    return QueryError(f"The query could not be evaluated: {message}.", "Ask in another way.")


_FAULTS: Final[dict[str, Callable[[str], UrbanSdgError]]] = {
    "refused": _refused,
    "unacceptable": _unacceptable,
    "failed": _failed,
    "service": _unserved,
}


def _ended(death: WorkerDied, limits: Limits) -> QueryError:
    if death.status == -signal.SIGPROF:
        return _too_long(f"{limits.cpu_seconds:g} seconds of processor time")
    if death.is_stack_overflow:
        return QueryResourceExceeded(
            "The query is nested more deeply than a worker can read.", "Flatten it."
        )
    return _too_much("memory")


def _too_long(time_limit: str) -> QueryTimeout:
    return QueryTimeout(
        f"The query took longer than {time_limit}.",
        "Ask for less: add a LIMIT, bind more of the pattern, aggregate before joining.",
    )


def _too_much(what: str) -> QueryResourceExceeded:
    return QueryResourceExceeded(
        f"The query took more {what} than a worker has.",
        "Ask for less: add a LIMIT, leave out ORDER BY or DISTINCT over everything.",
    )
