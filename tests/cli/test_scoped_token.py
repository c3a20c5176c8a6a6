"""The command makes a scoped token, and a real server holds its bearer to its graphs."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.support.server import Start, http_client

_BASE = "http://localhost:8000"
_PRESS = f"{_BASE}/graph/press"
_PREFIXES = """
@prefix usdg: <https://w3id.org/urbansdg/ontology#> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
Command = Callable[..., subprocess.CompletedProcess[str]]


def _person(iri: str) -> str:
    return f"""{_PREFIXES}
        <{iri}> a vcard:Individual ; vcard:fn "Somebody" ; vcard:hasEmail <mailto:a@b.example> ."""


def _count(client: httpx.Client, iri: str) -> int:
    query = f"SELECT (COUNT(*) AS ?n) {{ GRAPH ?g {{ <{iri}> ?p ?o }} FILTER(?g != <{_PRESS}>) }}"
    answer = client.get("/sparql", params={"query": query}, headers={"accept": "text/csv"})
    return int(answer.text.split()[1])


@pytest.fixture
def secret(graph: Path, urbansdg: Command) -> str:
    """Return the secret of a token that may write one graph."""
    done = urbansdg("token", "create", "press", "--graph", _PRESS, "--data-dir", graph)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.long
def test_a_scoped_token_cannot_remove_a_thing_by_calling_it_a_person(
    graph: Path, secret: str, serve: Start, urbansdg: Command
) -> None:
    """A write that calls a thing of others a person is refused, and nothing is removed."""
    things = (
        "http://metadata.un.org/sdg/13",
        f"{_BASE}/id/city/1835848",
        "https://w3id.org/urbansdg/ontology#Policy",
    )
    headers = {"authorization": f"Bearer {secret}", "content-type": "text/turtle"}
    with serve(graph) as running, http_client(running.url) as client:
        for iri in things:
            before = _count(client, iri)
            put = client.put(
                "/graphs", params={"graph": _PRESS}, content=_person(iri), headers=headers
            )
            assert put.status_code == 422
            assert _count(client, iri) == before > 0 or "ontology#" in iri
    assert urbansdg("forget", "--data-dir", graph).stdout.startswith("Nothing to remove")


def test_a_graph_named_by_a_blank_node_is_a_problem_document(
    graph: Path, serve: Start, urbansdg: Command
) -> None:
    """An update whose graph is a blank node gives 422 as `application/problem+json`."""
    done = urbansdg("token", "create", "all", "--data-dir", graph)
    headers = {
        "authorization": f"Bearer {done.stdout.strip()}",
        "content-type": "application/sparql-update",
    }
    text = "INSERT { GRAPH ?g { <urn:a> <urn:b> 1 } } WHERE { BIND(BNODE() AS ?g) }"
    with serve(graph) as running:
        answer = httpx.post(f"{running.url}/sparql", content=text, headers=headers, timeout=60)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "blank node" in answer.json()["detail"]
    assert answer.json()["remedy"]


def test_a_token_of_an_older_release_is_read(graph: Path, urbansdg: Command) -> None:
    """The field `may_forget` of a token that 0.3.0 made is ignored."""
    assert urbansdg("token", "create", "office", "--data-dir", graph).returncode == 0
    file = graph / "tokens.json"
    records = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps([record | {"may_forget": True} for record in records]), "utf-8")
    listed = urbansdg("token", "list", "--data-dir", graph)
    assert listed.returncode == 0
    assert "office" in listed.stdout
