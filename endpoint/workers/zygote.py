"""The zygote: a small process without threads, from which the workers are forked.

A fork of it takes a few milliseconds where a new interpreter takes hundreds. Its orders come over a
packet socket, one frame a packet, with the descriptors of the new worker beside the frame; it
reports which workers have ended. It may hold a version in memory: the workers forked after that
share it, each with its own copy of the pages that it writes to; otherwise each worker opens the
version on disk. When the server dies, however it dies, the socket closes and the zygote ends with
its workers; when the zygote is killed, the kernel kills them with it. None is left behind.
`zygote_client` is the server's side, `worker_process` what a worker does.

    server -> zygote   {"fork": {"path", "base", "memory"}} + [control, data, errors]
                       {"kill": pid}
                       {"hold": {"path", "triples", "memory"}}
    zygote -> server   {"born": pid}
                       {"ended": pid, "status"}
                       {"held": bytes} or {"not_held": reason}
"""

import gc
import os
import selectors
import socket
import sys
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pyoxigraph import Store

from urbansdg.endpoint.workers.memory_tier import NotInMemory, hold
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
        gc.collect()
        gc.freeze()
        self._send({"held": resident_memory() - before})

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
