"""The zygote: a small process without threads, from which the workers are forked.

A fork of it costs a few milliseconds where a new interpreter costs hundreds. It is told over a
packet socket, with the descriptors of the new worker beside the message, and tells who has ended.
It may be told to hold a version in memory: the workers forked after that share it, each with its
own copy of the pages that it writes to; the others open a version on disk by themselves.
When the server dies, however it dies, the socket closes and the zygote ends with its workers; when
the zygote is killed, the kernel kills them with it (PR_SET_PDEATHSIG). None is left behind.

    server -> zygote   {"fork": {"path", "base", "memory"}} + [control, data, errors]
                       {"kill": pid}
                       {"hold": {"path", "triples", "memory"}}
    zygote -> server   {"born": pid}
                       {"ended": pid, "status"}
                       {"held": bytes} or {"not_held": reason}
"""

import gc
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Collection
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Never

from pyoxigraph import Store

from urbansdg.endpoint.workers.memory_tier import NotHeld, hold
from urbansdg.endpoint.workers.worker_process import Answering, Evaluation, held, work
from urbansdg.sandbox.network_isolation import confine
from urbansdg.sandbox.process_facts import die_with, resident_memory, thread_count

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
        self._children: dict[int, int] = {}
        self._held: Store | None = None

    def run(self) -> None:
        """Do what the server asks until it is gone, and end the workers then."""
        try:
            while self._serve():
                pass
        except (BrokenPipeError, ConnectionResetError):
            pass
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

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
        order = json.loads(packet)
        if "kill" in order:
            self._kill(order["kill"])
        elif "hold" in order:
            self._hold(**order["hold"])
        else:
            self._fork(order["fork"], descriptors)
        return True

    def _kill(self, pid: int) -> None:
        # Only a child that is not reaped: no other process can have its number.
        if pid in self._children:
            os.kill(pid, signal.SIGKILL)

    def _hold(self, path: str, triples: int, memory: int) -> None:
        die_with(os.getppid())  # it hears nothing while it reads
        before = resident_memory()
        try:
            self._held = hold(Path(path), triples, memory)
        except NotHeld as failure:
            self._tell({"not_held": str(failure)})
            return
        if thread_count() != 1:  # a fork would copy one of them and the locks of all
            self._tell({"not_held": "the engine has started threads"})
            return
        gc.collect()
        gc.freeze()
        self._tell({"held": resident_memory() - before})

    def _fork(self, order: dict[str, Any], descriptors: list[int]) -> None:
        zygote = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_worker(zygote, order, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        self._children[pid] = os.pidfd_open(pid)
        self._watch.register(self._children[pid], selectors.EVENT_READ, pid)
        self._tell({"born": pid})

    def _become_worker(self, zygote: int, order: dict[str, Any], descriptors: list[int]) -> Never:
        status = 1
        try:
            die_with(zygote)
            self._server.close()
            self._watch.close()
            for pidfd in self._children.values():
                os.close(pidfd)
            control, data, errors = descriptors
            os.dup2(errors, sys.stderr.fileno())
            os.close(errors)
            channel = socket.socket(fileno=control)
            with nullcontext() if self._held or self._engine else held(Path(order["path"])):
                work(self._answering(order, data), order["memory"], channel)
            status = 0
        except (BrokenPipeError, ConnectionResetError):
            status = 0  # the server is gone
        except Exception as error:  # noqa: BLE001  # a fork must never return into the zygote's loop
            sys.stderr.write(f"{error}\n")
            sys.stderr.flush()
        finally:
            os._exit(status)

    def _answering(self, order: dict[str, Any], data: int) -> Answering:
        """Return what answers in a worker, into the pipe `data`."""
        if self._engine is not None:
            from urbansdg.endpoint.workers.engine_query import Inquiry

            return Inquiry(self._engine, order["base"], data)
        store = self._held or Store.read_only(order["path"])
        return Evaluation(store, order["base"], data)

    def _reap(self, pid: int) -> None:
        pidfd = self._children.pop(pid)
        self._watch.unregister(pidfd)
        os.close(pidfd)
        _, status = os.waitpid(pid, 0)
        self._tell({"ended": pid, "status": os.waitstatus_to_exitcode(status)})

    def _tell(self, message: dict[str, int | str]) -> None:
        self._server.send(json.dumps(message).encode())


def main(descriptor: int, place: str, ports: Collection[int]) -> None:
    """Run the zygote on the packet socket with that descriptor.

    `place` is "engine" where its workers ask the SPARQL engine of the environment; they may connect
    to `ports` alone.
    """
    engine = None
    if place == "engine":
        from urbansdg.endpoint.workers.engine_query import (
            engine_of_environment,  # only here: it takes long
        )

        engine = engine_of_environment()
    confine(ports)
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C is for the server, which closes the socket
    gc.freeze()
    Zygote(socket.socket(fileno=descriptor), engine).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], [int(port) for port in sys.argv[3:]])
