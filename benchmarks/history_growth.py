"""The history among many versions: CPU and bytes for a new one, and time to find one.

The older versions are generated: their records, and their rows in the index. The newest ones are
published and indexed as a server does it. Figures are ratios to the step before, with the figure
of the first step in front.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from urbansdg.endpoint.dereference.memento import around_state
from urbansdg.endpoint.editions.memento_datetimes import States
from urbansdg.endpoint.history import change_history
from urbansdg.store import Change, Edit, GraphStore, Step, Version
from urbansdg.store.history import history_index
from urbansdg.store.history.history_index import Changes, IndexedEvent, compressed
from urbansdg.store.publication import accept
from urbansdg.store.versions import checksums
from urbansdg.store.versions.version import write_version

_BASE = "http://example.org"
_THINGS = 1_000
_NEW = 7
_PAGE = compressed(b"<urn:a> <urn:b> <urn:c> .\n" * 40)


def _update(store: GraphStore, text: str) -> None:
    edit = Edit((Step("update", text=text),), lambda _: None)
    store.publish(Change("benchmark", edit=edit), accept)


def _iri(number: int) -> str:
    return f"{_BASE}/id/city/{number % _THINGS}"


def _generate(folder: Path, count: int) -> GraphStore:
    """Return a graph whose current version has this number, and an index of all."""
    store = GraphStore.create(folder / "graph", _BASE)
    names = " ".join(f'<{_iri(n)}> <urn:name> "{n}" .' for n in range(_THINGS))
    _update(store, f"INSERT DATA {{ GRAPH <urn:g> {{ {names} }} }}")
    real, versions = store.current(), store.directory / "versions"
    (versions / "1").rename(versions / str(count))
    for number in range(count + 1):
        place = versions / str(number)
        place.mkdir(exist_ok=True)
        write_version(_aged(real, number, count), place)
    checksums.record(versions / str(count), None)
    (store.directory / "current").write_text(f"{count}\n")
    with history_index.write_index(store.directory / "catalogue") as index, index.transaction():
        for number in range(count + 1):
            version = _aged(real, number, count)
            changes = Changes(number, version.created, number - 1 or None, 1, 1, version.mark)
            event = IndexedEvent(_iri(number), "Update", policy=True, listed=True)
            index.add(changes, [event], [_PAGE], 5_000)
        index.note_whole()
    return store


def _aged(version: Version, number: int, count: int) -> Version:
    created = version.created - timedelta(minutes=count - number)
    return replace(version, number=number, created=created, previous=number - 1 if number else None)


def _append(store: GraphStore) -> tuple[float, float]:
    """Return the CPU that indexing a new version takes, in ms, and the bytes that it adds."""
    folder = store.directory / "catalogue"
    file, costs, before = folder / history_index.FILE, [], 0
    for number in range(_NEW):
        text = f'{{ GRAPH <urn:g> {{ <{_iri(number)}> <urn:name> "{number} again" }} }}'
        _update(store, f"INSERT DATA {text}")
        before = before or file.stat().st_size
        began = time.process_time()
        change_history.build(store, store.current(), folder)
        costs.append(1_000 * (time.process_time() - began))
    return statistics.median(costs), (file.stat().st_size - before) / _NEW


def _look_up(store: GraphStore) -> float:
    """Return the CPU that finding the states around a version of a thing takes, in ms."""
    numbers, current = sorted(store.numbers()), store.current()

    def find() -> None:
        def chosen(index: history_index.HistoryIndex) -> None:
            spans = change_history.spans(index, current.number, _iri(7))
            states = States(numbers, spans, index.times)
            around_state(states.at(current.created).number, states)

        change_history.read(store.directory / "catalogue", chosen)

    return _cpu(find)


def _cpu(work: Callable[[], None]) -> float:
    began, times = time.process_time(), 200
    for _ in range(times):
        work()
    return 1_000 * (time.process_time() - began) / times


def main() -> None:
    """Measure at each number of versions, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--versions", type=int, nargs="+", default=[100, 1_000, 10_000])
    counts = parser.parse_args().versions
    rows: list[tuple[float, ...]] = []
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            store = _generate(Path(folder), count)
            size = (store.directory / "catalogue" / history_index.FILE).stat().st_size
            rows.append((*_append(store), _look_up(store), size / count))
    print(
        "| versions | CPU of a new one, ms | bytes of it | CPU of a look-up, ms | bytes of each |"
    )
    print("|---|---|---|---|---|")
    for place, count in enumerate(counts):
        before = rows[place - 1] if place else rows[0]
        cells = (f"{a:.3g} ({a / b:.2f})" for a, b in zip(rows[place], before, strict=True))
        print(f"| {count:,} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
