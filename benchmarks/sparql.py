"""How fast `/sparql` is beside Oxigraph's own server: `make bench`.

Both serve the same invented graph in one run on one machine. The questions are asked of the two in
turns, and the medians are compared: a ratio of 1 means as fast, 0.5 half as fast. Absolute times
say more of the machine than of the program.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.dataset import write_dataset
from benchmarks.servers import Peer, ours, oxigraph
from urbansdg.ontology.iris import Iris
from urbansdg.ontology.names import PREFIXES

_BASE = "http://localhost:8000"
_PROLOGUE = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())


@dataclass(frozen=True)
class Task:
    """A question, how often it is asked a round, and by how many clients at once."""

    name: str
    query: Callable[[int], str]
    times: int
    clients: int = 1


_JOIN = """SELECT ?name ?title ?amount {
  ?policy usdg:addressesTarget sdg:11.2 ; dcterms:title ?title ; usdg:leadCity ?city ;
          usdg:budget ?budget .
  ?budget usdg:amount ?amount . ?city skos:prefLabel ?name }"""
_AGGREGATE = """SELECT ?currency (COUNT(*) AS ?n) (SUM(?amount) AS ?sum) {
  ?budget usdg:amount ?amount ; usdg:currency ?currency } GROUP BY ?currency"""
_DUMP = "SELECT * { ?s ?p ?o } LIMIT 100000"


def _point(number: int) -> str:
    return f"SELECT ?p ?o {{ <{_BASE}/id/city/{number}> ?p ?o }}"


TASKS = (
    Task("point query", _point, 100),
    Task("point query, 8 clients", _point, 200, 8),
    Task("join", lambda _: _JOIN, 5),
    Task("aggregate", lambda _: _AGGREGATE, 3),
    Task("dump of 100,000 rows", lambda _: _DUMP, 2),
)


def measure(peers: tuple[Peer, Peer], task: Task, rounds: int) -> tuple[float, float]:
    """Return the median seconds that a round of the task takes each of the peers."""
    taken: tuple[list[float], list[float]] = ([], [])
    for each in range(rounds):
        for peer, times in zip(peers, taken, strict=True):
            times.append(_round(peer, task, each))
    return statistics.median(taken[0]), statistics.median(taken[1])


def _round(peer: Peer, task: Task, offset: int) -> float:
    with httpx.Client(timeout=300) as client, ThreadPoolExecutor(task.clients) as pool:
        _ask(client, peer, task.query(0))
        began = time.perf_counter()
        list(
            pool.map(
                lambda number: _ask(client, peer, task.query(offset * task.times + number)),
                range(task.times),
            )
        )
        return time.perf_counter() - began


def _ask(client: httpx.Client, peer: Peer, query: str) -> None:
    headers = {"accept": "application/sparql-results+json", "accept-encoding": "identity"}
    answer = client.post(peer.endpoint, data={"query": _PROLOGUE + query}, headers=headers)
    answer.raise_for_status()


def _main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--policies", type=int, default=30_000)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="urbansdg-bench-") as name:
        folder, iris = Path(name), Iris(_BASE)
        file = folder / "invented.nt"
        write_dataset(file, iris, given.policies)
        with (
            ours(folder, file, _BASE) as mine,
            oxigraph(folder, file, iris.graph("invented")) as theirs,
        ):
            print(f"{'task':<26}{'ours (ms)':>12}{'oxigraph (ms)':>16}{'ratio':>8}")
            for task in TASKS:
                us, them = (
                    1000 * seconds / task.times
                    for seconds in measure((mine, theirs), task, given.rounds)
                )
                print(f"{task.name:<26}{us:>12.2f}{them:>16.2f}{them / us:>8.2f}")


if __name__ == "__main__":
    _main()
