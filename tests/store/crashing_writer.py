"""A writer in a process of its own, which stops at a named step and waits to be killed.

Arguments: the directory, the step (or `-`), the file of N-Triples.
"""

import hashlib
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from urbansdg.errors import Problem
from urbansdg.store import Change, GraphStore, MergedStore, Published, Replacement, Source, Touched


@dataclass(frozen=True)
class _Judgement:
    conforms: bool = True
    problems: tuple[Problem, ...] = ()


def _let_through(fork: MergedStore, touched: Touched) -> _Judgement:
    return _Judgement()


def _main(directory: str, step: str, file: str) -> None:
    def observe(done: str) -> None:
        if done == step:
            print("here", flush=True)
            time.sleep(600)

    digest = hashlib.sha256(Path(file).read_bytes()).hexdigest()
    store = replace(GraphStore.open(Path(directory)), observe=observe)
    source = Source("things.nt", digest, "test", "1")
    graph = store.iris.graph("things")
    ended = store.publish(
        Change("killed", (Replacement(graph, (Path(file),), source),)), _let_through
    )
    print("published" if isinstance(ended, Published) else "unchanged", flush=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
