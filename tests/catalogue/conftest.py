"""What the tests of the dataset's own pages share: a client, its description, and SPARQL."""

from collections.abc import Callable, Iterator
from typing import Protocol

import httpx
import pytest
from rdflib import Graph

Rows = Callable[[str], list[dict[str, str]]]


class Running(Protocol):
    """The server at work."""

    @property
    def url(self) -> str:
        """Where it answers."""


@pytest.fixture(scope="session")
def client(serving: Running) -> Iterator[httpx.Client]:
    """Return a client of the server on the bundled data."""
    with httpx.Client(base_url=serving.url, timeout=30) as made:
        yield made


@pytest.fixture(scope="session")
def void(client: httpx.Client) -> Graph:
    """Return the description of the dataset."""
    answer = client.get("/.well-known/void", headers={"accept": "text/turtle"})
    assert answer.status_code == 200, answer.text
    return Graph().parse(data=answer.content, format="turtle")


@pytest.fixture(scope="session")
def rows(client: httpx.Client) -> Rows:
    """Return the asker of queries: it gives the rows of an answer of the server."""

    def ask(query: str) -> list[dict[str, str]]:
        answer = client.post("/sparql", data={"query": query})
        assert answer.status_code == 200, answer.text
        bindings = answer.json()["results"]["bindings"]
        return [{name: cell["value"] for name, cell in row.items()} for row in bindings]

    return ask
