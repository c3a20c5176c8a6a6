"""How fast `/sparql` is beside Oxigraph's own server: `make bench`.

All serve the same invented graph in one run on one machine: ours from disk, from memory and with
answers kept, and Oxigraph's. Each question is asked of them in turns, by one, 8 and 64 clients; the
ratio is of answers a second, ours to theirs: 1 is as fast, 0.5 half as fast. Absolute times say
more of the machine than of the program.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from math import ceil
from pathlib import Path

from benchmarks.dataset import write_dataset
from benchmarks.load import Measured, first_answer, load
from benchmarks.servers import Peer, ours, oxigraph, published
from benchmarks.tasks import Task, tasks
from urbansdg.ontology.iris import Iris

_BASE = "http://localhost:8000"
_ANSWERS, _LONGEST = 4, 20  # a slow question is asked for longer, up to so many seconds
_HEADS = ("disk", "memory", "kept")


def measure(
    peers: Sequence[Peer], queries: Path, clients: int, seconds: int, rounds: int
) -> list[Measured]:
    """Return what is seen of each peer: the round in the middle by its rate."""
    seen: list[list[Measured]] = [[] for _ in peers]
    for _ in range(rounds):
        for peer, found in zip(peers, seen, strict=True):
            found.append(load(peer.endpoint, queries, clients, seconds))
    return [_middle(found) for found in seen]


def _middle(found: list[Measured]) -> Measured:
    return sorted(found, key=lambda each: each.rate)[len(found) // 2]


def _row(task: Task, clients: int, seen: Sequence[Measured]) -> str:
    *mine, theirs = seen
    ratios = "".join(f"{each.rate / theirs.rate if theirs.rate else 0:>9.2f}" for each in mine)
    medians = "".join(f"{each.median:>10.2f}" for each in seen)
    failures = sum(each.failures for each in seen)
    return f"{task.name:<24}{clients:>8}{ratios}{medians}{failures:>9}"


def _main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--policies", type=int, default=100_000)
    options.add_argument("--seconds", type=int, default=3)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--only", default="", help="the tasks whose name has this text")
    given = options.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("The load generator wrk is needed: apt-get install wrk.")
    with tempfile.TemporaryDirectory(prefix="urbansdg-bench-") as name:
        folder, iris = Path(name), Iris(_BASE)
        file = folder / "invented.nt"
        write_dataset(file, iris, given.policies)
        store = published(folder, file, _BASE)
        with (
            ours(store, "disk", memory=False, kept=False) as disk,
            ours(store, "memory", memory=True, kept=False) as memory,
            ours(store, "kept", memory=False, kept=True) as kept,
            oxigraph(folder, file, iris.graph("invented")) as native,
        ):
            peers = (disk, memory, kept, native)
            _head(store.current().triples)
            for task in tasks(iris, given.policies):
                if given.only in task.name:
                    _compare(peers, task, folder / "queries", given.seconds, given.rounds)


def _head(triples: int) -> None:
    ratios = "".join(f"{head:>9}" for head in _HEADS)
    medians = "".join(f"{head:>10}" for head in (*_HEADS, "oxigraph"))
    print(f"{triples} triples; ratios of answers a second to oxigraph, then medians in ms")
    print(f"{'task':<24}{'at once':>8}{ratios}{medians}{'failures':>9}", flush=True)


def _compare(peers: Sequence[Peer], task: Task, file: Path, seconds: int, rounds: int) -> None:
    file.write_text("".join(" ".join(query.split()) + "\n" for query in task.queries), "utf-8")
    slowest = max(first_answer(peer.endpoint, task.queries[0]) for peer in peers)
    seconds = min(_LONGEST, max(seconds, ceil(_ANSWERS * slowest)))
    for clients in task.clients:
        print(_row(task, clients, measure(peers, file, clients, seconds, rounds)), flush=True)


if __name__ == "__main__":
    _main()
