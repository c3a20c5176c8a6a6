"""Documents per second, compared with DESCRIBE in Oxigraph's own server.

    python -m benchmarks.document_rate

Both servers have the same invented graph. Ours is asked for the document about each thing, Oxigraph
to DESCRIBE it, both in N-Triples. A document has more than a DESCRIBE: the parts of its thing, the
references to it, and the labels of what it refers to. Then ours is asked again with If-None-Match,
which Oxigraph does not support, and once more with its document cache, which is on by default.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import httpx
import pyoxigraph as ox

from benchmarks.servers.invented_graph import BASE, invented_graph
from benchmarks.servers.own_servers import Peer, own_server, oxigraph_server
from benchmarks.servers.wait_idle import wait_until_idle
from benchmarks.servers.wrk_load import Measurement, load
from urbansdg.ontology.namespaces import PREFIXES, USDG

_SCRIPT = Path(__file__).with_name("get.lua")
_RDF = {"accept": "application/n-triples"}


def _things(file: Path, most: int) -> list[str]:
    """Return up to `most` IRIs of policies and cities in a graph."""
    kind = ox.NamedNode(f"{PREFIXES['rdf']}type")
    kinds = {ox.NamedNode(str(kind)) for kind in (USDG.Policy, USDG.City)}
    quads = ox.parse(path=str(file), format=ox.RdfFormat.N_TRIPLES)
    iris = (
        str(quad.subject).strip("<>")
        for quad in quads
        if quad.predicate == kind
        and quad.object in kinds
        and isinstance(quad.subject, ox.NamedNode)
    )
    every = sorted(iris)
    return every[:: max(1, len(every) // most)][:most]


def _requests(things: Sequence[str], mine: Peer, folder: Path) -> dict[str, Path]:
    """Write the requests: documents, documents with their ETags, and DESCRIBE queries."""
    paths = [iri.removeprefix(BASE).replace("/id/", "/doc/", 1) for iri in things]
    root = mine.endpoint.removesuffix("/sparql")
    with httpx.Client(base_url=root, headers=_RDF | {"accept-encoding": "identity"}) as client:
        tags = [client.head(path).raise_for_status().headers["etag"] for path in paths]
    lines = {
        "documents": paths,
        "held": [f"{path}\t{tag}" for path, tag in zip(paths, tags, strict=True)],
        "described": [f"/query?query={quote(f'DESCRIBE <{iri}>', safe='')}" for iri in things],
    }
    for name, requests in lines.items():
        (folder / name).write_text("".join(f"{line}\n" for line in requests), "utf-8")
    return {name: folder / name for name in lines}


def _compare(peers: Sequence[Peer], requests: dict[str, Path], clients: int, seconds: int) -> None:
    """Print a row: documents created, unchanged (304) and cached; then DESCRIBE."""
    making, keeping, native = (peer.endpoint.rpartition("/")[0] for peer in peers)
    runs = ((making, "documents"), (making, "held"), (keeping, "documents"), (native, "described"))
    seen = [load(root, requests[name], clients, seconds, script=_SCRIPT) for root, name in runs]
    described = seen[-1]
    rates = "".join(f"{measurement.rate:>12.0f}" for measurement in seen)
    ratios = "".join(f"{_ratio(measurement, described):>10.2f}" for measurement in seen[:-1])
    failures = sum(measurement.failures for measurement in seen)
    print(f"{clients:>8}{rates}{ratios}{failures:>10}", flush=True)


def _ratio(mine: Measurement, theirs: Measurement) -> float:
    return mine.rate / theirs.rate if theirs.rate else 0


def _main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--policies", type=int, default=10_000)
    options.add_argument("--documents", type=int, default=1_000)
    options.add_argument("--seconds", type=int, default=5)
    options.add_argument("--clients", type=int, nargs="+", default=[1, 8])
    arguments = options.parse_args()
    with (
        invented_graph(arguments.policies) as graph,
        own_server(graph.store, "disk", memory=False, keeps_answers=False) as mine,
        own_server(graph.store, "kept", memory=False, keeps_answers=True) as keeping,
        oxigraph_server(graph.folder, graph.file, graph.name) as native,
    ):
        things = _things(graph.file, arguments.documents)
        wait_until_idle([server.process for server in (mine, keeping)])
        requests = _requests(things, mine, graph.folder)
        print(
            f"{graph.store.current().triples} triples, {len(things)} things; responses per second"
        )
        heads = ("clients", "documents", "held (304)", "kept", "DESCRIBE")
        print(f"{heads[0]:>8}{''.join(f'{head:>12}' for head in heads[1:])}", end="")
        print("   ratios of the three to DESCRIBE, failures", flush=True)
        for clients in arguments.clients:
            _compare((mine, keeping, native), requests, clients, arguments.seconds)


if __name__ == "__main__":
    _main()
