"""What the tests of the dataset's own pages share: a client, its description, and SPARQL."""

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from rdflib import VOID, Graph

from tests.support.server import Server, Start, http_client
from urbansdg.store import Change, GraphStore, Replacement, Source
from urbansdg.store.publication import accept

BASE = "http://localhost:8000"
_LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"
Rows = Callable[[str], list[dict[str, str]]]


@pytest.fixture(scope="session")
def client(serving: Server) -> Iterator[httpx.Client]:
    """Return a client of the server on the bundled data."""
    with http_client(serving.url) as client:
        yield client


@pytest.fixture(scope="session")
def void(client: httpx.Client) -> Graph:
    """Return the description of the dataset, when it has the counts of the version."""
    return counted(client)


def counted(client: httpx.Client) -> Graph:
    """Return the description of the current version, when it has the counts."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = client.get("/.well-known/void", headers={"accept": "text/turtle"})
        assert answer.status_code == 200, answer.text
        graph = Graph().parse(data=answer.content, format="turtle")
        if (None, VOID.classPartition, None) in graph:
            return graph
    raise TimeoutError("the version is not counted")


@pytest.fixture(scope="session")
def rows(client: httpx.Client) -> Rows:
    """Return the asker of queries: it gives the rows of an answer of the server."""

    def ask(query: str) -> list[dict[str, str]]:
        answer = client.post("/sparql", data={"query": query})
        assert answer.status_code == 200, answer.text
        bindings = answer.json()["results"]["bindings"]
        return [{name: cell["value"] for name, cell in row.items()} for row in bindings]

    return ask


@dataclass(frozen=True)
class Changing:
    """A server on a graph of four versions: a city was added, renamed, removed for another.

    `rename` gives the city of that key that name, instead of the one there was.
    """

    client: httpx.Client
    store: GraphStore
    rename: Callable[[str, str], None]


@pytest.fixture(scope="session")
def changing(
    bundled: Path,
    serve: Start,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Changing]:
    """Return a server on a graph of several versions."""
    folder = Path(shutil.copytree(bundled, tmp_path_factory.mktemp("changing") / "graph"))
    store = GraphStore.open(folder)

    def rename(key: str, name: str) -> None:
        text = f'<{BASE}/id/city/{key}> <{_LABEL}> "{name}"@en .\n'
        file = folder.parent / "city.nt"
        file.write_text(text, "utf-8")
        source = Source("city.nt", hashlib.sha256(text.encode()).hexdigest(), "tests", "1")
        replacement = Replacement(f"{BASE}/graph/city", (file,), source)
        store.publish(Change("tests", (replacement,)), accept)

    for key, name in (("new", "New"), ("new", "Newer"), ("other", "Other")):
        rename(key, name)
    with serve(folder) as running, http_client(running.url) as client:
        # The history is there soon after the start, but who asks for a time map waits for it.
        assert client.get("/timemap/doc/city/new").status_code == 200
        yield Changing(client, store, rename)
