"""What a write and its upkeep cost as the graph and its history grow.

    python -m benchmarks.growth --policies 1000 10000 --versions 10 100 1000

loads invented policies (`benchmarks.synthetic_tables`), makes the catalogue of the loaded version,
changes one title, and makes the catalogue of that. Then it changes one title again and again in a
graph of 100 policies, and reports the last ten changes at each number of versions. CPU is that of
all processes, in seconds; bytes and files are those that a version does not share with the one
before. Behind each figure is its ratio to the step before. What grows by more than the size did is
marked with `!`.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks.synthetic_tables import GRAPH, policy_key, write_nquads, write_tables
from urbansdg.loaders import initialise
from urbansdg.ontology.iris import Iris
from urbansdg.store import Change, Edit, GraphStore, Step
from urbansdg.store.publication import accept

_BASE = "http://localhost:8000"
_CATALOGUE = (
    "import sys; from urbansdg.endpoint.editions.edition import make_catalogue;"
    "make_catalogue(sys.argv[1], int(sys.argv[2]), sys.argv[3])"
)
_DUMP = (
    "import sys; from urbansdg.endpoint.editions.dump_files import make_dump;"
    "make_dump(sys.argv[1], int(sys.argv[2]), sys.argv[3], 'all.nq.gz')"
)
_LAST = 10
_FEW = 100
_TOLERANCE = 1.2

Figures = dict[str, float]


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of this process and its children for some work."""
    began = _used()
    work()
    return _used() - began


def _used() -> float:
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def rename_policy(store: GraphStore, policies: int, title: str) -> None:
    """Change the title of a policy."""
    city = policy_key(0, policies).rpartition("-")[0]
    policy = f"<{store.iris.policy(city, '0')}> <http://purl.org/dc/terms/title>"
    graph = f"GRAPH <{store.iris.graph(GRAPH)}>"
    text = f"""DELETE WHERE {{ {graph} {{ {policy} ?title }} }} ;
               INSERT DATA {{ {graph} {{ {policy} "{title}"@en }} }}"""
    edit = Edit((Step("update", text=text),), lambda _: None)
    store.publish(Change("benchmark", edit=edit), accept)


def fresh_files(store: GraphStore) -> list[Path]:
    """Return the files of the current version that it does not share with the one before."""
    version = store.current()
    folder = version.path.parent
    earlier = folder.parent / str(version.previous)
    known = {file.stat().st_ino for file in earlier.rglob("*")}
    catalogue = store.directory / "catalogue" / "editions" / folder.name
    files = (file for place in (folder, catalogue) for file in place.rglob("*") if file.is_file())
    return [file for file in files if file.stat().st_ino not in known]


def make(store: GraphStore, code: str) -> float:
    """Return the CPU seconds of a job on the current version, in a process of its own."""
    catalogue = store.directory / "catalogue"
    catalogue.mkdir(exist_ok=True)
    number = str(store.current_number())
    command = (sys.executable, "-c", code, str(store.directory), number, str(catalogue))
    return cpu_seconds(lambda: subprocess.run(command, check=True))


def loaded_graph(folder: Path, policies: int) -> tuple[GraphStore, float]:
    """Return a graph with the bundled data and policies, and the CPU seconds of loading these."""
    tables, quads = folder / "tables", folder / "policies.nq"
    write_tables(tables, policies)
    write_nquads(tables, quads, Iris(_BASE))
    store = GraphStore.create(folder / "graph", _BASE)
    initialise(store, "benchmark")
    program = Path(sys.executable).parent / "urbansdg"
    place = ("--data-dir", str(store.directory))
    command = (str(program), "load", str(quads), "--graph", GRAPH, *place)
    run = subprocess.run
    return store, cpu_seconds(lambda: run(command, check=True, stdout=subprocess.DEVNULL))


def of_policies(sizes: Sequence[int]) -> Iterator[tuple[int, Figures]]:
    """Yield the figures for each number of policies."""
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="urbansdg-growth-") as name:
            store, load = loaded_graph(Path(name), size)
            figures = {"load": load, "catalogue of the load": make(store, _CATALOGUE)}
            changes = [
                cpu_seconds(partial(rename_policy, store, size, f"Title {number}"))
                for number in range(8)
            ]
            make(store, _CATALOGUE)  # the versions in between are skipped, as a server does
            rename_policy(store, size, "Title")
            figures["change of one title"] = statistics.median(changes)
            figures["catalogue of the change"] = make(store, _CATALOGUE)
            figures["dump from the checkpoint"] = make(store, _DUMP)
            files = fresh_files(store)
            figures["bytes of the change"] = sum(file.stat().st_size for file in files)
            figures["files of the change"] = len(files)
        yield size, figures


def of_versions(sizes: Sequence[int]) -> Iterator[tuple[int, Figures]]:
    """Yield the figures of the last ten changes at each number of versions."""
    with tempfile.TemporaryDirectory(prefix="urbansdg-growth-") as name:
        store, _ = loaded_graph(Path(name), _FEW)
        make(store, _CATALOGUE)
        for size in sizes:
            while store.current_number() < size - _LAST:
                rename_policy(store, _FEW, f"Title {store.current_number()}")
            samples = [_sample(store) for _ in range(_LAST)]
            figures = {
                key: statistics.mean(sample[key] for sample in samples) for key in samples[0]
            }
            figures["tables of a version"] = len(list(store.current().path.glob("*.sst")))
            figures["open files"] = len(list(Path("/proc/self/fd").iterdir()))
            yield size, figures


def _sample(store: GraphStore) -> Figures:
    title = f"Title {store.current_number()}"
    change = cpu_seconds(partial(rename_policy, store, _FEW, title))
    catalogue = make(store, _CATALOGUE)
    files = fresh_files(store)
    return {
        "change of one title": change,
        "catalogue of the change": catalogue,
        "bytes of the change": sum(file.stat().st_size for file in files),
        "files of the change": len(files),
    }


def _print(name: str, steps: Iterator[tuple[int, Figures]]) -> None:
    before: tuple[int, Figures] | None = None
    for size, figures in steps:
        print(f"\n{size:,} {name}", flush=True)
        for key, value in figures.items():
            text = f"{value:,.2f}" if value < 1_000 else f"{value:,.0f}"
            ratio = ""
            if before is not None and before[1][key]:
                growth = value / before[1][key]
                is_faster = growth > _TOLERANCE * size / before[0]
                ratio = f"{growth:8.2f}{' !' if is_faster else ''}"
            print(f"  {key:<28}{text:>14}{ratio}", flush=True)
        before = size, figures


def _main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--policies", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    options.add_argument("--versions", type=int, nargs="*", default=[10, 100, 1_000, 10_000])
    arguments = options.parse_args()
    _print("policies", of_policies(sorted(arguments.policies)))
    _print("versions", of_versions(sorted(arguments.versions)))


if __name__ == "__main__":
    _main()
