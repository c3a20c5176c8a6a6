"""The process that publishes writes: its limits, and its outcomes."""

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.server import children
from urbansdg.endpoint.web.problem_details import fault_of
from urbansdg.endpoint.writes.publisher import Publisher
from urbansdg.endpoint.writes.publisher_messages import (
    PublishedWrite,
    RefusedWrite,
    WriteMessage,
    outcome_of,
    to_message,
)
from urbansdg.endpoint.writes.publisher_process import serve_writes
from urbansdg.errors import Place, Problem, QueryTimeout, Severity, WriteLost, WriteRefused
from urbansdg.sandbox.child_process import FramedChild, Limits
from urbansdg.settings import Settings, read_settings
from urbansdg.store import GraphStore, Step, Token
from urbansdg.store.versions.data_directory import DataDirectory
from urbansdg.store.versions.writer_lock import writing

_BASE = "http://localhost:8000"
_GOOD = "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } }"
_ENDLESS = "INSERT { ?a ?b ?c } WHERE { GRAPH ?x { ?a ?b ?c } GRAPH ?y { ?d ?e ?f } }"
_T = TypeVar("_T")
_WORDS = st.text(max_size=20)
_PROBLEMS = st.builds(
    Problem,
    _WORDS,
    _WORDS,
    _WORDS,
    st.builds(Place, file=st.none() | _WORDS, line=st.none() | st.integers(1, 9)),
    st.sampled_from(Severity),
    st.none() | _WORDS,
)


def _order(folder: Path, *updates: str) -> WriteMessage:
    steps = tuple(Step("update", text=text, base=f"{_BASE}/") for text in updates)
    return WriteMessage(
        str(folder), _BASE, 5.0, Token("tests", ("*",), "", ""), 60.0, 1 << 30, steps
    )


def _with_publisher(settings: Settings, use: Callable[[Publisher], Awaitable[_T]]) -> _T:
    async def run() -> _T:
        publisher = Publisher(settings)
        try:
            return await use(publisher)
        finally:
            await publisher.close()

    return asyncio.run(run())


def _open_files(folder: Path) -> list[Path]:
    """Return the open files of other processes in a folder."""
    files = []
    for file in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if file.readlink().is_relative_to(folder) and file.parts[2] != str(os.getpid()):
                files.append(file)
    return files


def test_orders_are_published_one_after_the_other(graph: Path) -> None:
    """An order gives the number of its version; the same again makes no other."""

    async def use(publisher: Publisher) -> list[object]:
        return [await publisher.publish(_order(graph, _GOOD)) for _ in range(2)]

    assert _with_publisher(read_settings(), use) == [
        PublishedWrite(2, is_new=True, added=1),
        PublishedWrite(2, is_new=False),
    ]


@pytest.mark.long
def test_a_write_over_its_time_is_stopped_with_all_that_it_started(
    graph: Path, soon: Callable[[Callable[[], bool]], bool]
) -> None:
    """A write that takes too long ends, leaves nothing behind, and keeps no later one waiting."""

    async def late(publisher: Publisher) -> None:
        writing = asyncio.ensure_future(publisher.publish(_order(graph, _GOOD, _ENDLESS)))
        while not writing.done() and not _open_files(graph / "forks"):
            await asyncio.sleep(0.01)
        with pytest.raises(QueryTimeout):
            await writing

    _with_publisher(read_settings(write_seconds=3), late)
    assert soon(lambda: _open_files(graph) == [])
    assert GraphStore.open(graph).current_number() == 1
    done = _with_publisher(
        read_settings(), lambda publisher: publisher.publish(_order(graph, _GOOD))
    )
    assert done == PublishedWrite(2, is_new=True, added=1)


@pytest.mark.parametrize("megabytes", [64, 150, 400])
def test_a_write_over_its_memory_is_refused(graph: Path, megabytes: int) -> None:
    """A write that takes more memory than it may costs its own process, and says so."""
    settings = read_settings(write_memory=megabytes << 20)
    ended = _with_publisher(settings, lambda publisher: publisher.publish(_order(graph, _GOOD)))
    assert isinstance(ended, RefusedWrite)
    assert ended.code == "query-resources"
    assert "more memory" in ended.reason.message
    assert GraphStore.open(graph).current_number() == 1


@pytest.mark.long
def test_a_publisher_that_was_killed_is_replaced(graph: Path) -> None:
    """An order that comes after the process was killed, or as it is, is done by another one."""

    async def use(publisher: Publisher) -> list[object]:
        outcomes: list[object] = []
        for value in (1, 2, 3):
            outcomes.append(await publisher.publish(_order(graph, _GOOD.replace("1", str(value)))))
            os.killpg(_process_of(publisher), signal.SIGKILL)
            await asyncio.sleep(0.1 if value == 1 else 0)
        return outcomes

    done = _with_publisher(read_settings(), use)
    assert done == [PublishedWrite(number, is_new=True, added=1) for number in (2, 3, 4)]


def test_a_write_that_is_killed_at_work_is_told_so(graph: Path) -> None:
    """A write that was killed half-way is 503, the graph is as it was, and the next one is done."""

    async def use(publisher: Publisher) -> object:
        writing = asyncio.ensure_future(publisher.publish(_order(graph, _GOOD, _ENDLESS)))
        while not list((graph / "forks").glob("*/*")):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        os.killpg(_process_of(publisher), signal.SIGKILL)
        with pytest.raises(WriteLost) as lost:
            await writing
        assert fault_of(lost.value).status == 503
        return await publisher.publish(_order(graph, _GOOD))

    assert _with_publisher(read_settings(), use) == PublishedWrite(2, is_new=True, added=1)


@pytest.mark.long
@pytest.mark.parametrize(
    ("number", "depth"), [(signal.SIGABRT, 2), (signal.SIGTERM, 1), (signal.SIGINT, 1)]
)
def test_a_write_whose_process_is_killed_from_outside_is_reported_as_that(
    graph: Path, capfd: pytest.CaptureFixture[str], number: signal.Signals, depth: int
) -> None:
    """The cause is the signal, not memory; nothing was written, and no traceback is logged."""

    async def use(publisher: Publisher) -> object:
        writing = asyncio.ensure_future(publisher.publish(_order(graph, _GOOD, _ENDLESS)))
        while not _open_files(graph / "forks"):
            await asyncio.sleep(0.01)
        victims = {_process_of(publisher)}
        for _ in range(depth):  # the fork of the publisher, and the process of the steps below it
            victims = {child for victim in victims for child in children(victim)}
        for victim in victims:
            os.kill(victim, number)
        return await writing

    outcome = _with_publisher(read_settings(), use)
    assert isinstance(outcome, RefusedWrite)
    assert outcome.code == "write-lost"
    assert number.name in outcome.reason.message
    assert "memory" not in outcome.reason.message
    assert "Nothing was written" in outcome.reason.remedy
    assert fault_of(outcome.error()).status == 503
    assert "Traceback" not in capfd.readouterr().err
    assert GraphStore.open(graph).current_number() == 1


def _process_of(publisher: Publisher) -> int:
    assert publisher._process is not None
    return publisher._process.pid


@given(_PROBLEMS, st.lists(_PROBLEMS, max_size=3), st.integers(0, 9), st.none() | _WORDS)
def test_an_outcome_crosses_as_it_is(
    reason: Problem, problems: list[Problem], total: int, report: str | None
) -> None:
    """The message of an outcome gives the same outcome, and its error the same class."""
    refused = RefusedWrite(WriteRefused.code, reason, tuple(problems), total, report)
    for outcome in (refused, PublishedWrite(total, bool(problems), total, 7)):
        assert outcome_of(json.loads(json.dumps(to_message(outcome)))) == outcome
    assert type(refused.error()) is WriteRefused
    assert outcome_of({"step": "forked"}) is None


def _leave_at(step: str, order: WriteMessage) -> None:
    """Start a write, and end this process without a word when a step of it is done."""

    async def run() -> None:
        process = await FramedChild.start(serve_writes, 4 << 30, limits=Limits(outlives=True))
        await process.send(order.message())
        while (await process.receive()).get("step") != step:
            pass
        os._exit(0)

    asyncio.run(run())


@pytest.mark.long
@pytest.mark.parametrize(("step", "version"), [("forked", 1), ("judged", 2)])
def test_a_write_that_is_judged_is_finished_where_its_server_is_killed(
    graph: Path, capfd: pytest.CaptureFixture[str], step: str, version: int
) -> None:
    """The process ends a write that nobody waits for, unless it is judged; it says nothing."""
    pid = os.fork()
    if pid == 0:
        _leave_at(step, _order(graph, _GOOD))
    assert os.waitpid(pid, 0)[1] == 0
    store = GraphStore.open(graph, patience=60)
    with writing(DataDirectory(graph).lock, 60):
        assert store.current_number() == version
    assert "Traceback" not in capfd.readouterr().err
