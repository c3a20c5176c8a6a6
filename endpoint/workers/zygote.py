"""The zygote: a small process without threads, from which the workers are forked.

A fork of it takes a few milliseconds where a new interpreter takes hundreds. Its orders come over a
packet socket, one frame a packet, with the descriptors of the new worker beside the frame; it
reports which workers have ended. It may hold a version in memory: the workers forked after that
share it, each with its own copy of the pages that it writes to; otherwise each worker opens the
version on disk. It advances to the version after it by the difference; workers forked earlier keep
what they have. When the server dies, however it dies, the socket closes and the zygote ends with
its workers; when the zygote is killed, the kernel kills them with it. None is left behind.
`zygote_client` is the server's side, `worker_process` what a worker does.

    server -> zygote   {"fork": {"path", "base", "memory"}} + [control, data, errors]
                       {"kill": pid}
                       {"hold": {"path", "triples", "memory"}}
                       {"advance": {"path", "triples", "memory"}} + [things]
    zygote -> server   {"born": pid}
                       {"ended": pid, "status"}
                       {"held": bytes} or {"not_held": reason}
"""

import gc
import json
import os
import selectors
import socket
import sys
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pyoxigraph import Store

from urbansdg.endpoint.workers.memory_tier import NotInMemory, advance, hold
from urbansdg.endpoint.workers.worker_process import (
    QueryEvaluator,
    StoreEvaluator,
    hold_version,
    work,
)
from urbansdg.sandbox.forked_process import ForkedProcess, fork
from urbansdg.sandbox.frames import frame, unpacked
from urbansdg.sandbox.resource_limits import resident_memory, thread_count

if TYPE_CHECKING:  # a graph on this disk is served without it, and a start is to be quick
    from urbansdg.store import Engine

_PACKET: Final = 1 << 14
_DESCRIPTORS: Final = 3
_STALE: Final = 4
"""A version is read anew when more than a quarter of its statements have changed in memory.

The engine keeps what it removed from its memory, about 170 bytes a statement.
"""

_FEW: Final = 10_000
"""So many changed statements are never a reason to read a version anew."""


class Zygote:
    """Forks workers on demand, and reaps them."""

    def __init__(self, server: socket.socket, engine: "Engine | None" = None) -> None:
        """Listen to the server, on a packet socket; the workers ask the engine, if there is one."""
        self._engine = engine
        self._server = server
        self._watch = selectors.DefaultSelector()
        self._watch.register(server, selectors.EVENT_READ, None)
        self._children: dict[int, ForkedProcess] = {}
        self._store: Store | None = None
        self._path = ""
        self._triples = 0
        self._changed = 0

    def run(self) -> None:
        """Do what the server asks until it is gone, and end the workers then."""
        try:
            while self._serve():
                pass
        except (BrokenPipeError, ConnectionResetError):
            pass
        for worker in self._children.values():
            worker.kill()
            worker.wait()

    def _serve(self) -> bool:
        for key, _ in self._watch.select():
            if key.data is not None:
                self._reap(key.data)
            elif not self._obey():
                return False
        return True

    def _obey(self) -> bool:
        packet, descriptors, _, _ = socket.recv_fds(self._server, _PACKET, _DESCRIPTORS)
        if not packet:
            return False
        order = unpacked(packet)
        if "kill" in order:
            worker = self._children.get(order["kill"])
            if worker is not None:
                worker.kill()
        elif "hold" in order:
            self._hold(**order["hold"])
        elif "advance" in order:
            self._advance(**order["advance"], things=_read(descriptors[0]))
        else:
            self._fork(order["fork"], descriptors)
        return True

    def _hold(self, path: str, triples: int, memory: int) -> None:
        before = resident_memory()
        try:
            self._store = hold(Path(path), triples, memory)
        except NotInMemory as failure:
            self._send({"not_held": str(failure)})
            return
        if thread_count() != 1:  # a fork would copy one of them and the locks of all
            self._send({"not_held": "the engine has started threads"})
            return
        self._path, self._triples = path, triples
        gc.collect()
        gc.freeze()
        self._send({"held": resident_memory() - before})

    def _advance(self, path: str, triples: int, memory: int, things: list[str]) -> None:
        """Go to another version; where that fails, the store stays as unknown as it is then."""
        before = resident_memory()
        try:
            self._changed += self._take(path, triples, memory, things)
        except NotInMemory as failure:
            self._send({"not_held": str(failure)})
            return
        self._path, self._triples = path, triples
        self._send({"held": resident_memory() - before})

    def _take(self, path: str, triples: int, memory: int, things: list[str]) -> int:
        """Take the difference from another version into the store; return how many statements."""
        if self._store is None:
            raise NotInMemory("no version is in memory")
        if self._changed > max(triples // _STALE, _FEW):
            raise NotInMemory(f"{self._changed} statements have changed since it was read")
        added, removed = advance(self._store, Path(self._path), Path(path), things, memory)
        size = self._triples + added - removed
        if size != triples:
            raise NotInMemory(f"it would have {size} statements, not {triples}")
        return added + removed

    def _fork(self, order: dict[str, Any], descriptors: list[int]) -> None:
        worker = fork(partial(self._work, order, descriptors))
        for descriptor in descriptors:
            os.close(descriptor)
        self._children[worker.pid] = worker
        self._watch.register(worker.pidfd, selectors.EVENT_READ, worker.pid)
        self._send({"born": worker.pid})

    def _work(self, order: dict[str, Any], descriptors: list[int]) -> None:
        """Be a worker, in a fork, until the server closes its control socket."""
        self._server.close()
        self._watch.close()
        for sibling in self._children.values():
            os.close(sibling.pidfd)
        control, data, errors = descriptors
        os.dup2(errors, sys.stderr.fileno())
        os.close(errors)
        channel = socket.socket(fileno=control)
        version = (
            nullcontext() if self._store or self._engine else hold_version(Path(order["path"]))
        )
        with version, suppress(BrokenPipeError, ConnectionResetError):  # the server is gone
            work(self._answering(order, data), order["memory"], channel)

    def _answering(self, order: dict[str, Any], data: int) -> QueryEvaluator:
        """Return what answers in a worker, into the pipe `data`."""
        if self._engine is not None:
            from urbansdg.endpoint.workers.engine_query import EngineEvaluator

            return EngineEvaluator(self._engine, order["base"], data)
        store = self._store or Store.read_only(order["path"])
        return StoreEvaluator(store, order["base"], data)

    def _reap(self, pid: int) -> None:
        worker = self._children.pop(pid)
        self._watch.unregister(worker.pidfd)
        self._send({"ended": pid, "status": worker.wait()})

    def _send(self, message: dict[str, int | str]) -> None:
        self._server.send(frame(message))


def _read(descriptor: int) -> list[str]:
    """Return the list of texts in a file that has come as a descriptor, and close it."""
    with os.fdopen(descriptor, "rb") as file:
        things: list[str] = json.load(file)
    return things


def serve_forks(descriptor: int, place: str) -> None:
    """Run the zygote on the packet socket with that descriptor.

    `place` is "engine" where its workers ask the SPARQL engine that the environment names.
    """
    engine = None
    if place == "engine":
        from urbansdg.endpoint.workers.engine_query import (
            engine_of_environment,  # only here: it takes long
        )

        engine = engine_of_environment()
    gc.freeze()
    Zygote(socket.socket(fileno=descriptor), engine).run()
