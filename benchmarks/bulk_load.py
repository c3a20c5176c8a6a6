"""Seconds and memory of a load, compared with Oxigraph's own loader and with pyshacl.

    python -m benchmarks.bulk_load --policies 1000 10000 100000

loads the same invented policies (`benchmarks.synthetic_tables`) from tables and from N-Quads, each
into a graph with the bundled data, with the command in a process of its own. Then it loads a change
of one policy into that graph, and of a hundred, several times in one process, and reports the
median. Oxigraph's loader does not validate. Ratios are seconds divided by those of `oxigraph load`;
memory is the peak of a process without its children. pyshacl validates the smallest size, if that
is at most 10,000.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.synthetic_tables import GRAPH, policy_key, write_nquads, write_tables
from urbansdg.loaders import initialise, load
from urbansdg.ontology.iris import Iris, part
from urbansdg.store import GraphStore

_BASE = "http://localhost:8000"
_SCRIPTS = Path(sys.executable).parent
_CHANGES = 9
_FOR_PYSHACL = 10_000
"""For more policies, pyshacl takes minutes."""
_ACTUAL = "https://w3id.org/urbansdg/vocab/period-kind#actual"


@dataclass(frozen=True)
class CommandCost:
    """The cost of a command: seconds, and its peak memory in bytes."""

    seconds: float
    memory: int


def measure_command(command: Sequence[object], output_file: Path) -> CommandCost:
    """Run a command to its end; its output goes to a file."""
    began = time.perf_counter()
    with (
        output_file.open("w") as out,
        subprocess.Popen(list(map(str, command)), stdout=out, stderr=out) as process,
    ):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(
            f"{command} exited with status {process.returncode}: {output_file.read_text()[-500:]}"
        )
    return CommandCost(time.perf_counter() - began, usage.ru_maxrss * 1024)


def load_costs(folder: Path, policies: int, base_graph: Path) -> Iterator[tuple[str, CommandCost]]:
    """Yield the cost of each way to load the policies; Oxigraph's loader is first."""
    tables, quads = folder / "tables", folder / "policies.nq"
    write_tables(tables, policies)
    write_nquads(tables, quads, Iris(_BASE))
    native = (_SCRIPTS / "oxigraph", "load", "--location", folder / "native", "--file", quads)
    yield "oxigraph load", measure_command(native, folder / "said")
    for name, source in (("N-Quads", quads), ("tables", tables)):
        graph = folder / "graph"
        shutil.rmtree(graph, ignore_errors=True)
        shutil.copytree(base_graph, graph)
        command = (_SCRIPTS / "urbansdg", "load", source, "--graph", GRAPH, "--data-dir", graph)
        yield f"urbansdg load, {name}", measure_command(command, folder / "said")


def pyshacl_cost(folder: Path) -> CommandCost:
    """Return the cost of validating a graph with pyshacl."""
    code = (
        "import sys, pyoxigraph as ox; from urbansdg.shapes import validate;"
        "from urbansdg.shapes.model.rdf_terms import to_rdflib;"
        "store = ox.Store.read_only(sys.argv[1]); validate(to_rdflib(store))"
    )
    graph = GraphStore.open(folder / "graph").current().path
    return measure_command((sys.executable, "-c", code, graph), folder / "said")


def change_times(graph: Path, folder: Path, policies: int, count: int) -> list[float]:
    """Return the seconds of reading, validating and publishing some policies, for each load."""
    store = GraphStore.open(graph)
    file = folder / "change.ttl"
    city = policy_key(0, policies).rpartition("-")[0]
    seconds = []
    for number in range(_CHANGES + 1):
        changed = (
            _changed_policy(store.iris, city, f"changed-{change}", number)
            for change in range(count)
        )
        file.write_text("".join(changed), "utf-8")
        began = time.perf_counter()
        load([file], store, "benchmark")
        seconds.append(time.perf_counter() - began)
    return seconds[1:]  # the first load also reads the shapes


def _changed_policy(iris: Iris, city: str, key: str, number: int) -> str:
    """Return a policy with a budget, a period and an obstacle, in Turtle."""
    policy = iris.policy(city, key)
    budget, period, obstacle = (
        f"<{part(policy, kind, key)}>"
        for kind, key in (("budget", "first"), ("period", "main"), ("obstacle", "first"))
    )
    return f"""
        @prefix usdg: <https://w3id.org/urbansdg/ontology#> .
        @prefix dcterms: <http://purl.org/dc/terms/> .
        @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        <{policy}> a usdg:Policy ; dcterms:title "Changed {number} times"@en ;
            dcterms:source <https://city.example/{number}> ; usdg:leadCity <{iris.city(city)}> ;
            usdg:addressesGoal <http://metadata.un.org/sdg/6> ;
            usdg:theme <https://w3id.org/urbansdg/vocab/theme#water> ;
            usdg:budget {budget} ; usdg:implementationPeriod {period} ; usdg:obstacle {obstacle} .
        {budget} a usdg:Budget ; usdg:amount {number}.5 ; usdg:currency "EUR" ;
            usdg:budgetCoverage <https://w3id.org/urbansdg/vocab/budget-coverage#year> ;
            usdg:year "2020"^^xsd:gYear ; usdg:amountAsStated "EUR {number}.50" .
        {period} a usdg:ImplementationPeriod ; usdg:periodKind <{_ACTUAL}> ;
            usdg:startYear "2019"^^xsd:gYear .
        {obstacle} a usdg:Obstacle ; dcterms:description "The {number}th flood."@en .
    """


def _main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--policies", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    sizes = sorted(options.parse_args().policies)
    print(f"{'policies':>9} {'way':<24}{'seconds':>9}{'ratio':>7}{'memory':>11}", flush=True)
    with tempfile.TemporaryDirectory(prefix="urbansdg-bulk-") as name:
        base_graph = Path(name) / "begun"
        initialise(GraphStore.create(base_graph, _BASE), "benchmark")
        for size in sizes:
            folder = Path(name) / str(size)
            seen = list(load_costs(folder, size, base_graph))
            if size == sizes[0] and size <= _FOR_PYSHACL:
                seen.append(("pyshacl, validation only", pyshacl_cost(folder)))
            for way, took in seen:
                _print_row(size, way, took, seen[0][1])
            for way, count in (("change of one policy", 1), ("change of 100 policies", 100)):
                times = change_times(folder / "graph", folder, size, count)
                _print_row(size, way, CommandCost(statistics.median(times), 0), seen[0][1])
            shutil.rmtree(folder)


def _print_row(size: int, way: str, took: CommandCost, native: CommandCost) -> None:
    memory = f"{took.memory / (1 << 20):>7.0f} MiB" if took.memory else ""
    ratio = took.seconds / native.seconds
    print(f"{size:>9} {way:<24}{took.seconds:>9.3f}{ratio:>7.2f}{memory:>11}", flush=True)


if __name__ == "__main__":
    _main()
