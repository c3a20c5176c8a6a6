"""Wrong data get the same verdict on every way into the graph."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pyoxigraph as ox
import pytest

from tests.support.server import http_client
from urbansdg.errors import InvalidData, Severity
from urbansdg.loaders.pipeline.load import load
from urbansdg.store import GraphStore, Tokens

if TYPE_CHECKING:
    from tests.support.command import Command
    from tests.support.server import Start

_BASE = "http://localhost:8000"
_FOLDER = Path(__file__).resolve().parents[4] / "shared" / "cases" / "gate"
_SHORT = ("64-goal-reversed",)
_LONG = (
    *("00-valid", "01-no-currency", "07-currency-anachron", "18-claimant-policy"),
    *("25-same-policy-twice", "34-obstacle-orphan", "40-opinion-rating-4.5", "46-resident-number"),
    *("54-typo-usdg", "58-two-classes", "63-sameas-two", "67-observation-duplicate"),
    *("75-whitespace-title", "76-source-private"),
)
_NAMES = (*_SHORT, *(pytest.param(name, marks=pytest.mark.long) for name in _LONG))
_UPDATE = {"content-type": "application/sparql-update"}
_TURTLE = {"content-type": "text/turtle"}

_collected = pytest.mark.skipif(
    not _FOLDER.is_dir(), reason="the collected cases (../shared/cases) are not here"
)


@dataclass(frozen=True)
class Ways:
    """The ways into one graph: a server that may be written to, and the command."""

    client: httpx.Client
    folder: Path
    urbansdg: Command

    def by_http(self, file: Path) -> dict[str, str]:
        """Return the verdict on a file by each way over HTTP; the graph is as before after it."""
        text = file.read_text("utf-8")
        graph = f"{_BASE}/graph/case"
        triples = _triples(text)
        named = {"graph": graph}
        data = f"INSERT DATA {{ GRAPH <{graph}> {{ {triples} }} }}"
        where = f"INSERT {{ GRAPH <{graph}> {{ {triples} }} }} WHERE {{}}"
        turtle = f"@base <{_BASE}/> .\n{text}"
        ways: dict[str, Callable[[], httpx.Response]] = {
            "put": lambda: self.client.put(
                "/graphs", params=named, content=turtle, headers=_TURTLE
            ),
            "post": lambda: self.client.post(
                "/graphs", params=named, content=turtle, headers=_TURTLE
            ),
            "update": lambda: self.client.post("/sparql", content=data, headers=_UPDATE),
            "update with a pattern": lambda: self.client.post(
                "/sparql", content=where, headers=_UPDATE
            ),
            "patch": partial(self._patch, graph, f"INSERT DATA {{ {triples} }}"),
        }
        verdicts = {}
        for way, send in ways.items():
            answer = send()
            assert answer.status_code in {201, 204, 422}, answer.text
            verdicts[way] = "refuse" if answer.status_code == 422 else "pass"
            self.client.delete("/graphs", params=named)
        return verdicts

    def _patch(self, graph: str, update: str) -> httpx.Response:
        named = {"graph": graph}
        self.client.put("/graphs", params=named, content="", headers=_TURTLE).raise_for_status()
        return self.client.patch("/graphs", params=named, content=update, headers=_UPDATE)

    def by_load(self, file: Path) -> str:
        """Return the verdict of the check that a load makes."""
        store = GraphStore.open(self.folder)
        try:
            loaded = load([file], store, "tests", dry_run=True)
        except InvalidData:
            return "refuse"
        severe = {
            problem.severity
            for problem in loaded.problems
            if problem.code not in {"rule.deprecated-term", "rule.identity-merges"}
        }
        return "warn" if severe & {Severity.WARNING, Severity.VIOLATION} else "valid"


def _triples(text: str) -> str:
    """Return the triples of a text in Turtle as SPARQL writes data."""
    quads = ox.parse(text, format=ox.RdfFormat.TURTLE, base_iri=f"{_BASE}/")
    lines = ox.serialize((quad.triple for quad in quads), format=ox.RdfFormat.N_TRIPLES)
    return (lines or b"").decode()


@pytest.fixture(scope="module")
def ways(
    bundled: Path, tmp_path_factory: pytest.TempPathFactory, launched: Start, urbansdg: Command
) -> Iterator[Ways]:
    """Return the ways into a copy of the bundled graph."""
    folder = tmp_path_factory.mktemp("ways")
    shutil.copytree(bundled, folder / "graph")
    secret = Tokens(folder / "graph").create("tests")
    with (
        launched(folder / "graph", folder / "log", base=_BASE, wait_seconds=10) as server,
        http_client(server.url) as client,
    ):
        client.headers["authorization"] = f"Bearer {secret}"
        yield Ways(client, folder / "graph", urbansdg)


def _harvested(file: Path, folder: Path) -> Path:
    """Return a folder of pages as a harvest leaves them, with a case as its only page."""
    folder.mkdir()
    turtle = f"@base <{_BASE}/> .\n{file.read_text('utf-8')}"
    (folder / "1.ttl").write_text(turtle, "utf-8")
    (folder / "request.json").write_text("{}", "utf-8")
    (folder / ".last").touch()
    return folder


@pytest.mark.long
@_collected
@pytest.mark.parametrize("name", _NAMES)
def test_every_way_in_gives_the_same_verdict(ways: Ways, name: str, tmp_path: Path) -> None:
    """A case is refused, or goes in, on every way; loads also agree on the warnings."""
    file = tmp_path / "case.ttl"
    shutil.copy(_FOLDER / f"{name}.ttl", file)
    expected = re.search(r"^# expected: (\w+)", file.read_text("utf-8"), re.MULTILINE)
    assert expected
    by_load = ways.by_load(file)
    assert by_load == expected[1] or (expected[1], by_load) in {
        ("caught", "refuse"),
        ("caught", "warn"),
    }
    assert ways.by_load(_harvested(file, tmp_path / "case")) == by_load
    done = ways.urbansdg("validate", file, "--data-dir", ways.folder)
    assert (done.returncode == 1) == (by_load == "refuse"), done.stderr
    warnings = [line for line in done.stderr.splitlines() if "warning: " in line]
    doubts = [line for line in warnings if not re.search(r"\[rule\.(depr|identity-m)", line)]
    assert by_load == "refuse" or bool(doubts) == (by_load == "warn")
    over_http = "refuse" if by_load == "refuse" else "pass"
    assert set(ways.by_http(file).items()) == {
        (way, over_http) for way in ("put", "post", "update", "update with a pattern", "patch")
    }


@_collected
def test_an_rml_mapping_gives_the_same_verdict(ways: Ways, tmp_path: Path) -> None:
    """What an engine makes by a mapping is judged as a file is."""
    engine = tmp_path / "engine.py"
    engine.write_text("import shutil, sys\nshutil.copy(*sys.argv[1:])\n", "utf-8")
    command = shlex.join((sys.executable, str(engine), "made.nt", "{output}"))
    mapping = tmp_path / "case.rml.ttl"
    mapping.touch()
    for name, code in (("00-valid", 0), ("39-opinion-rating-10", 1)):
        (tmp_path / "made.nt").write_text(_triples((_FOLDER / f"{name}.ttl").read_text("utf-8")))
        done = ways.urbansdg(
            *("load", "--dry-run", "--rml", mapping, "--data-dir", ways.folder),
            URBANSDG_RML_COMMAND=command,
        )
        assert done.returncode == code, done.stderr


_TERMS = (
    "<http://e/a> <http://e/on> <<( <http://e/a> <http://e/b> <http://e/c> )>> .",
    '<http://e/a> <http://e/on> "x"@en--rtl .',
    "_:a <http://e/on> <<( <http://e/a> <http://e/b> <http://e/c> )>> .",
)


@pytest.mark.long
@pytest.mark.parametrize("term", _TERMS)
def test_a_term_of_rdf_1_2_is_refused_over_http(ways: Ways, term: str) -> None:
    """A triple term, or a text with a direction, is 422 with its place and one sentence."""
    graph, client = {"graph": f"{_BASE}/graph/later"}, ways.client
    plain = "<http://e/a> <http://e/b> 1 ."
    client.put("/graphs", params=graph, content=plain, headers=_TURTLE).raise_for_status()
    update = f"INSERT DATA {{ GRAPH <{graph['graph']}> {{ {term} }} }}"
    answers = (
        client.put("/graphs", params=graph, content=term, headers=_TURTLE),
        client.put("/graphs", params="default", content=term, headers=_TURTLE),
        client.post("/graphs", params=graph, content=term, headers=_TURTLE),
        client.post("/sparql", content=update, headers=_UPDATE),
        client.patch("/graphs", params=graph, content=f"INSERT DATA {{ {term} }}", headers=_UPDATE),
    )
    for answer in answers:
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, "rdf-1.2-term"), answer.text
        assert problem["detail"].endswith("which is RDF 1.2: the dataset is RDF 1.1.")
        assert problem["place"]["path"] == "<http://e/on>"
        assert problem["place"]["focus"]


def test_a_term_of_rdf_1_2_that_an_update_computes_is_refused(ways: Ways) -> None:
    """An update that makes a text with a direction by a function is 422; JSON-LD likewise."""
    computed = (
        "INSERT { GRAPH <urn:later> { <http://e/a> <http://e/on> ?text } }"
        ' WHERE { BIND(STRLANGDIR("x", "en", "rtl") AS ?text) }'
    )
    document = (
        '{"@id": "http://e/a", "http://e/on":'
        ' {"@value": "x", "@language": "en", "@direction": "rtl"}}'
    )
    answers = (
        ways.client.post("/sparql", content=computed, headers=_UPDATE),
        ways.client.put(
            "/graphs",
            params={"graph": "urn:later"},
            content=document,
            headers={"content-type": "application/ld+json"},
        ),
    )
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (422, "rdf-1.2-term"), answer.text
