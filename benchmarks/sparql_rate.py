"""Responses per second of `/sparql`, compared with other servers: `make bench`.

All servers have the same invented graph in one run on one machine: ours on disk, with one front end
and with two, in memory and with its caches; Oxigraph's own, to which the ratios refer; Virtuoso and
rdflib-endpoint if installed.
Each task is sent to them in turn, by 1, 8 and 64 clients. A ratio is of responses per second: 1 is
equally fast, 0.5 half as fast. Absolute times depend on the machine more than on the program.
"""

import argparse
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from benchmarks.query_tasks import Task, tasks
from benchmarks.servers.invented_graph import InventedGraph, invented_graph
from benchmarks.servers.own_servers import Peer, own_server, oxigraph_server
from benchmarks.servers.peer_servers import missing_peers, rdflib_endpoint, virtuoso
from benchmarks.servers.wait_idle import wait_until_idle
from benchmarks.servers.wrk_load import Measurement, measure_load, time_response
from benchmarks.worker_cost import cost_of

_ANSWERS, _LONGEST = 2, 4  # a slow query runs longer, up to this many seconds
_GIVEN_UP = 10.0  # seconds after which a server is no longer sent a query
_OURS = frozenset(("disk", "two", "memory", "kept"))
_SLOW = 1.0  # seconds of a response above which a query is not sent by several clients


@dataclass(frozen=True)
class Session:
    """Servers that are measured in turn; `seconds` is per server, files go to `folder`."""

    peers: Sequence[Peer]
    seconds: int
    rounds: int
    folder: Path

    def compare(self, task: Task) -> Iterator[str]:
        """Yield a row for each number of clients."""
        took = [time_response(peer, task.queries[0], _GIVEN_UP) for peer in self.peers]
        for clients in task.clients:
            yield _row(task, clients, self._measure(task, clients, took))

    def _measure(
        self, task: Task, clients: int, took: Sequence[float | None]
    ) -> list[Measurement | None]:
        """Return the median round by rate for each peer; None for a peer that is too slow."""
        seen: list[list[Measurement]] = [[] for _ in self.peers]
        for _ in range(self.rounds):
            for peer, first, measurements in zip(self.peers, took, seen, strict=True):
                if first is None or (first > _SLOW and clients > 1):
                    continue
                seconds = min(_LONGEST, max(self.seconds, ceil(_ANSWERS * first)))
                measurement = measure_load(peer, task.queries, clients, seconds, self.folder)
                # Without a response in time, the single request before is the measurement.
                if measurement is None and clients == 1:
                    measurement = Measurement(1 / first, 1000 * first, 0)
                if measurement is not None:
                    measurements.append(measurement)
        return [_middle(measurements) for measurements in seen]


def _middle(measurements: list[Measurement]) -> Measurement | None:
    return (
        sorted(measurements, key=lambda measurement: measurement.rate)[len(measurements) // 2]
        if measurements
        else None
    )


def _row(task: Task, clients: int, seen: Sequence[Measurement | None]) -> str:
    """Return a row: the ratios of all peers to the first, all medians, and the failures."""
    theirs, *others = seen
    ratios = "".join(f"{_ratio(other, theirs):>10}" for other in others)
    medians = "".join(
        f"{'-' if measurement is None else f'{measurement.median:.2f}':>10}" for measurement in seen
    )
    failures = sum(measurement.failures for measurement in seen if measurement is not None)
    return f"{task.name:<24}{clients:>8}{ratios}{medians}{failures:>9}"


def _ratio(measured: Measurement | None, theirs: Measurement | None) -> str:
    if measured is None or theirs is None or not theirs.rate:
        return "-"
    return f"{measured.rate / theirs.rate:.2f}"


def _main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--policies", type=int, default=100_000)
    options.add_argument("--seconds", type=int, default=2, help="per server, task and round")
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--only", default="", help="only tasks whose name contains this text")
    options.add_argument("--without", default=[], nargs="*", help="names of peers to skip")
    arguments = options.parse_args()
    with invented_graph(arguments.policies) as graph, contextlib.ExitStack() as running:
        peers = _start(running, graph, arguments.without)
        wait_until_idle([peer.process for peer in peers if peer.name in _OURS])
        _head(graph.store.current().triples, peers)
        session = Session(peers, arguments.seconds, arguments.rounds, graph.folder)
        for task in tasks(graph.store.iris, arguments.policies):
            if arguments.only in task.name:
                for row in session.compare(task):
                    print(row, flush=True)
        _costs([peer for peer in peers if peer.name in {"disk", "memory"}])


def _start(
    running: contextlib.ExitStack, graph: InventedGraph, without: Sequence[str]
) -> list[Peer]:
    """Start all installed servers, Oxigraph's own first."""
    store, file = graph.store, graph.file
    others = {
        "disk": own_server(store, "disk", memory=False, keeps_answers=False),
        "two": own_server(store, "two", memory=False, keeps_answers=False, front_ends=2),
        "memory": own_server(store, "memory", memory=True, keeps_answers=False),
        "kept": own_server(store, "kept", memory=False, keeps_answers=True),
        "virtuoso": virtuoso(graph.folder, file, graph.name),
        "rdflib": rdflib_endpoint(file),
    }
    native = running.enter_context(oxigraph_server(graph.folder, file, graph.name))
    started = [running.enter_context(peer) for name, peer in others.items() if name not in without]
    return [native, *filter(None, started)]


def _head(triples: int, peers: Sequence[Peer]) -> None:
    for line in missing_peers():
        print(line)
    ratios = "".join(f"{peer.name:>10}" for peer in peers[1:])
    medians = "".join(f"{peer.name:>10}" for peer in peers)
    print(f"{triples} triples; ratios of responses per second to oxigraph, then medians in ms;")
    print(
        f"- means that a response takes longer than {_GIVEN_UP:g} s, or is too slow for "
        "several clients"
    )
    print(f"{'task':<24}{'clients':>8}{ratios}{medians}{'failures':>9}", flush=True)


def _costs(peers: Sequence[Peer]) -> None:
    print("after the run, in MiB and ms:")
    print(f"{'tier':<24}{'zygote':>10}{'worker':>10}{'private':>10}{'replaced in':>14}")
    for peer in peers:
        cost = cost_of(peer)
        sizes = "".join(
            f"{size / (1 << 20):>10.0f}" for size in (cost.zygote, cost.worker, cost.private)
        )
        print(f"{peer.name:<24}{sizes}{cost.replaced:>14.0f}")


if __name__ == "__main__":
    _main()
