"""Seconds of an update with WHERE, compared with a PUT of the same statements.

    python -m benchmarks.update_rate --statements 4000

publishes a graph of so many statements and replaces all of them: by PUT, and by DELETE, INSERT and
WHERE, several times each, and prints the medians and their ratio. Nothing is validated: the gate
accepts every change.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from urbansdg.store import Change, Checked, Edit, GraphStore, Step

_BASE = "http://localhost:8000"
_GRAPH = f"{_BASE}/graphs/counted"
_TIMES = 5
_UPDATE = f"""
    DELETE {{ GRAPH <{_GRAPH}> {{ ?thing <urn:p> ?old }} }}
    INSERT {{ GRAPH <{_GRAPH}> {{ ?thing <urn:p> ?new }} }}
    WHERE {{ GRAPH <{_GRAPH}> {{ ?thing <urn:p> ?old }} BIND(?old + 1 AS ?new) }}
"""


def _accept(_fork: object, _touched: object) -> Checked:
    return Checked(conforms=True)


def _seconds(store: GraphStore, step: Step) -> float:
    began = time.perf_counter()
    store.publish(Change("benchmark", edit=Edit((step,), lambda _: None)), _accept)
    return time.perf_counter() - began


def _puts(folder: Path, statements: int) -> Iterator[Step]:
    for number in range(_TIMES + 1):
        file = folder / f"{number}.ttl"
        lines = (f"<urn:{thing}> <urn:p> {thing - number - 1} .\n" for thing in range(statements))
        file.write_text("".join(lines), "utf-8")
        yield Step("replace", _GRAPH, file=str(file), form="text/turtle", base=_BASE)


def _main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--statements", type=int, default=4_000)
    statements = options.parse_args().statements
    with tempfile.TemporaryDirectory(prefix="urbansdg-update-") as name:
        store = GraphStore.create(Path(name) / "graph", _BASE)
        puts = [_seconds(store, step) for step in _puts(Path(name), statements)][1:]
        updates = [_seconds(store, Step("update", text=_UPDATE)) for _ in range(_TIMES)]
    put, update = statistics.median(puts), statistics.median(updates)
    print(f"{statements} statements: PUT {put:.2f} s, update {update:.2f} s, {update / put:.2f}")


if __name__ == "__main__":
    _main()
