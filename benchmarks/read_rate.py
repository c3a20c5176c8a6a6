"""Reads of one thing: rates and CPU per answer, compared with Oxigraph's own server.

    python -m benchmarks.read_rate

Both servers have the same invented graph in one run, and nothing is kept. Four are queries, sent
to both; three are documents, which are compared with Oxigraph's DESCRIBE of the same things. The
CPU is that of a server and all its processes, divided by its answers: on a machine that is shared
it says more than the rate.
"""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.query_tasks import tasks
from benchmarks.servers.invented_graph import BASE, InventedGraph, invented_graph
from benchmarks.servers.own_servers import Peer, own_server, oxigraph_server
from benchmarks.servers.wait_idle import spent, wait_until_idle
from benchmarks.servers.wrk_load import ACCEPT, load
from urbansdg.ontology.media_types import HTML, JSON_LD, TURTLE

_GET = Path(__file__).with_name("get.lua")
_QUERIES = {
    "describe a policy": "DESCRIBE",
    "facts of a city": "facts of a thing",
    "path": "path",
    "count by class": "count by class",
}
_DOCUMENTS = {"/doc, Turtle": TURTLE, "/doc, JSON-LD": JSON_LD, "/doc, HTML": HTML}


@dataclass(frozen=True)
class Reading:
    """What a server did: answers a second, CPU in microseconds an answer, failures."""

    rate: float
    cost: float
    failures: int


@dataclass(frozen=True)
class Row:
    """One kind of read: a file of requests for each server, and how they are sent."""

    name: str
    ours: Path
    theirs: Path
    accept: str = ""

    def read(self, peer: Peer, clients: int, seconds: int) -> Reading:
        """Send the requests of this row to a server."""
        is_document = bool(self.accept) and peer.name != "oxigraph"
        root = peer.endpoint.rpartition("/")[0] if is_document else peer.endpoint
        before = sum(spent([peer.process]).values())
        if is_document:
            measured = load(root, self.ours, clients, seconds, self.accept, script=_GET)
        else:
            file = self.theirs if self.accept else self.ours
            measured = load(root, file, clients, seconds, peer.content_type, ACCEPT)
        used = sum(spent([peer.process]).values()) - before
        answers = max(1.0, measured.rate * seconds)
        return Reading(measured.rate, 1e6 * used / answers, measured.failures)


def _rows(graph: InventedGraph, policies: int, peer: Peer) -> list[Row]:
    """Return the rows, with their requests in files."""
    queries = {task.name: task.queries for task in tasks(graph.store.iris, policies)}
    rows = []
    for task, name in _QUERIES.items():
        file = graph.folder / task.replace(" ", "-")
        file.write_text("".join(f"{peer.body(query)}\n" for query in queries[task]), "utf-8")
        rows.append(Row(name, file, file))
    described = [query.rpartition("<")[2].rstrip(">") for query in queries["describe a policy"]]
    paths = [iri.removeprefix(BASE).replace("/id/", "/doc/", 1) for iri in described]
    documents = graph.folder / "documents"
    documents.write_text("".join(f"{path}\n" for path in paths), "utf-8")
    described_file = graph.folder / "describe-a-policy"
    rows += [Row(name, documents, described_file, kind) for name, kind in _DOCUMENTS.items()]
    return rows


def _compare(row: Row, peers: Sequence[Peer], clients: int, seconds: int, rounds: int) -> str:
    """Return a line: rates, their ratio, CPU per answer, and its ratio; medians of rounds."""
    readings = [[row.read(peer, clients, seconds) for peer in peers] for _ in range(rounds)]
    rates = [median(one.rate for one in column) for column in zip(*readings, strict=True)]
    costs = [median(one.cost for one in column) for column in zip(*readings, strict=True)]
    failures = sum(reading.failures for line in readings for reading in line)
    numbers = (
        *(f"{rate:>10.0f}" for rate in rates),
        f"{rates[1] / rates[0] if rates[0] else 0:>8.2f}",
        *(f"{cost:>10.0f}" for cost in costs),
        f"{costs[1] / costs[0] if costs[0] else 0:>8.2f}",
    )
    return f"{row.name:<20}{clients:>8}{''.join(numbers)}{failures:>10}"


def _main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--policies", type=int, default=10_000)
    options.add_argument("--seconds", type=int, default=3, help="per server, row and round")
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--clients", type=int, nargs="+", default=[1, 8, 64])
    options.add_argument("--only", default="", help="only rows whose name contains this text")
    arguments = options.parse_args()
    with (
        invented_graph(arguments.policies) as graph,
        oxigraph_server(graph.folder, graph.file, graph.name) as native,
        own_server(graph.store, "disk", memory=False, keeps_answers=False) as ours,
    ):
        wait_until_idle([ours.process])
        peers = (native, ours)
        triples = graph.store.current().triples
        print(f"{triples} triples; load of the machine {os.getloadavg()[0]:.1f}")
        columns = ("oxigraph/s", "ours/s", "ratio", "µs", "ours µs", "times")
        widths = (10, 10, 8, 10, 10, 8)
        heads = "".join(f"{head:>{width}}" for head, width in zip(columns, widths, strict=True))
        print(f"{'read':<20}{'clients':>8}{heads}{'failures':>10}", flush=True)
        for row in _rows(graph, arguments.policies, native):
            if arguments.only in row.name:
                for clients in arguments.clients:
                    arguments_of_load = (clients, arguments.seconds, arguments.rounds)
                    print(_compare(row, peers, *arguments_of_load), flush=True)


if __name__ == "__main__":
    _main()
