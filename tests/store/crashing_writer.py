"""A writer in a process of its own, which stops at a named step and waits to be killed.

Arguments: the directory, the step (or `-`), the file of N-Triples.
"""

import hashlib
import sys
import time
from dataclasses import replace
from pathlib import Path

from urbansdg.store import Change, GraphStore, Published, Replacement, Source
from urbansdg.store.publication import accept


def _main(directory: str, step: str, file: str) -> None:
    def observe(done: str) -> None:
        if done == step:
            print("here", flush=True)
            time.sleep(600)

    digest = hashlib.sha256(Path(file).read_bytes()).hexdigest()
    store = replace(GraphStore.open(Path(directory)), observe=observe)
    source = Source("things.nt", digest, "test", "1")
    graph = store.iris.graph("things")
    ended = store.publish(Change("killed", (Replacement(graph, (Path(file),), source),)), accept)
    print("published" if isinstance(ended, Published) else "unchanged", flush=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
