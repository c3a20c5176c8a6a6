"""The command makes a scoped token, and a real server holds its bearer to its graphs."""

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


def _person(iri: str, until: str) -> str:
    return f"""{_PREFIXES}
        <{iri}> a vcard:Individual ; vcard:fn "Somebody" ; vcard:hasEmail <mailto:a@b.example> ;
            usdg:consent <{_PRESS}#consent> .
        <{_PRESS}#consent> a usdg:Consent ; usdg:consentPurpose "To answer."@en ;
            usdg:consentGiven "2020-01-01"^^xsd:date ; usdg:consentUntil "{until}"^^xsd:date ."""


def _count(client: httpx.Client, iri: str, version: str = "") -> int:
    query = f"SELECT (COUNT(*) AS ?n) {{ GRAPH ?g {{ <{iri}> ?p ?o }} FILTER(?g != <{_PRESS}>) }}"
    parameters = {"query": query} | ({"version": version} if version else {})
    answer = client.get("/sparql", params=parameters, headers={"accept": "text/csv"})
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
    """A consent that ends removes nothing from the graphs of others, in no version."""
    things = (
        "http://metadata.un.org/sdg/13",
        f"{_BASE}/id/city/1835848",
        "https://w3id.org/urbansdg/ontology#Policy",
    )
    headers = {"authorization": f"Bearer {secret}", "content-type": "text/turtle"}
    with serve(graph) as running, http_client(running.url) as client:
        first = client.get("/sparql", params={"query": "ASK {}"}).headers["urbansdg-version"]
        for iri in things:
            before = _count(client, iri)
            put = [
                client.put(
                    "/graphs",
                    params={"graph": _PRESS},
                    content=_person(iri, until),
                    headers=headers,
                )
                for until in ("2990-01-01", "2021-01-01")
            ]
            assert [answer.status_code for answer in put] in ([201, 204], [204, 204]), put[1].text
            assert _count(client, iri) == before > 0 or "ontology#" in iri
            assert _count(client, iri, first) == before
        left = client.get("/graphs", params={"graph": _PRESS}, headers={"accept": "text/turtle"})
        assert "Somebody" not in left.text
    assert urbansdg("forget", "--data-dir", graph).returncode == 0
    with serve(graph) as running, http_client(running.url) as client:
        assert _count(client, things[0]) == _count(client, things[0], first) > 0


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


def test_a_token_for_reading_is_not_made_with_the_right_to_forget(
    graph: Path, urbansdg: Command
) -> None:
    """The options `--read-only` and `--may-forget` exclude each other."""
    done = urbansdg("token", "create", "x", "--read-only", "--may-forget", "--data-dir", graph)
    assert done.returncode == 2
    assert "A read-only token cannot have --may-forget" in done.stderr


def test_the_list_of_tokens_shows_the_right_to_forget(graph: Path, urbansdg: Command) -> None:
    """`token list` shows which tokens may forget persons in every graph."""
    options = ("--graph", _PRESS, "--may-forget", "--data-dir", graph)
    assert urbansdg("token", "create", "office", *options).returncode == 0
    table = urbansdg("token", "list", "--data-dir", graph).stdout
    assert "may forget" in table
