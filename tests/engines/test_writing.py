"""Writes to an engine: judged first, put graph by graph, the state last; no half stays."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import httpx
import pyoxigraph as ox
import pytest

from urbansdg.problems import EngineUnavailable, StoreBusy, WriteRefused
from urbansdg.shapes import Report, validate_change
from urbansdg.store import Change, Edit, GraphStore, Published, RemoteStore, Step, Touched

Command = Callable[..., subprocess.CompletedProcess[str]]
_GRAPH = "http://localhost:8000/graph/notes"
_NOTE = "<urn:note:{}> <http://purl.org/dc/terms/title> 'A note' ."
_CITY = """<http://localhost:8000/id/city/none>
    a <https://w3id.org/urbansdg/ontology#City> ."""


Opened = Callable[["Installed", Path], RemoteStore]


class Installed(Protocol):
    """An engine at work."""

    @property
    def variables(self) -> dict[str, str]:
        """The settings that lead to it."""

    def stop(self) -> None:
        """Kill it."""


class Served(Protocol):
    """A server over an engine."""

    url: str
    data_dir: Path
    log: Path

    def get(self, path: str, **params: str) -> httpx.Response:
        """Ask for a path."""

    def query(self, text: str, accept: str = "text/csv") -> httpx.Response:
        """Ask a query."""


def _edit(text: str) -> Change:
    return Change("tests", edit=Edit((Step("update", text=text),), lambda _: None))


def _insert(number: int, graph: str = _GRAPH) -> Change:
    return _edit(f"INSERT DATA {{ GRAPH <{graph}> {{ {_NOTE.format(number)} }} }}")


def _notes(store: RemoteStore, graph: str = _GRAPH) -> set[str]:
    """Return the notes that the engine itself has."""
    rows = store.engine.select(f"SELECT ?s {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}", (graph,))
    return {row["s"].value.rpartition(":")[2] for row in rows}


def _counts(store: RemoteStore) -> dict[str, int]:
    return {name: held.triples for name, held in store.newest_whole().graphs.items()}


@pytest.fixture
def graph(engine: Installed, opened: Opened, tmp_path: Path) -> RemoteStore:
    """Return the graph in each engine, on a machine of a test's own."""
    store = opened(engine, tmp_path / "data")
    store.publish(_edit(f"DROP SILENT GRAPH <{_GRAPH}>"), validate_change)
    return store


@pytest.fixture
def alone(small: Installed, opened: Opened, tmp_path: Path) -> RemoteStore:
    """Return an empty graph in an engine of one test's own."""
    return opened(small, tmp_path / "data")


def test_a_load_by_the_command_goes_into_the_engine(
    engine: Installed, opened: Opened, urbansdg: Command, tmp_path: Path, served: Served
) -> None:
    """A load is judged beside what the engine has, replaces its graph, and is served then."""
    file = tmp_path / "notes.ttl"
    file.write_text(_NOTE.format(1), "utf-8")
    before = opened(engine, tmp_path / "data").current_number()
    given = ("--data-dir", tmp_path / "data", "--graph", "notes")
    done = urbansdg("load", file, *given, **engine.variables)
    assert done.returncode == 0, done.stderr
    store = opened(engine, tmp_path / "data")
    assert _notes(store) == {"1"}
    assert store.current_number() == before + 1
    asked = "SELECT ?by { ?v <https://w3id.org/urbansdg/ontology#versionNumber> %d ;"
    asked += " <http://www.w3.org/ns/prov#wasGeneratedBy> ?by }"
    assert f"/id/version/{before + 1}/" in served.query(asked % (before + 1)).text
    text = f"ASK {{ GRAPH <{_GRAPH}> {{ ?s ?p ?o }} }}"
    file.write_text(_CITY, "utf-8")
    held = _counts(store)
    done = urbansdg("load", file, *given, **engine.variables)
    assert done.returncode == 1
    assert "shape.CityCountry" in done.stderr
    assert (_counts(store), store.current_number()) == (held, before + 1)
    assert "true" in served.query(text).text


def test_a_write_over_http_goes_into_the_engine(
    engine: Installed, graph: RemoteStore, served: Served, urbansdg: Command
) -> None:
    """An update and a graph that is sent are published in the engine; if invalid, nothing is."""
    secret = urbansdg("token", "create", "t", "--data-dir", served.data_dir, **engine.variables)
    told = {"authorization": f"Bearer {secret.stdout.strip()}"}
    update = f"INSERT DATA {{ GRAPH <{_GRAPH}> {{ {_NOTE.format(1)} }} }}"
    url = f"{served.url}/sparql"
    done = httpx.post(url, data={"update": update}, headers=told, timeout=60)
    assert done.status_code == 204
    assert done.headers["urbansdg-version"] == str(graph.current_number())
    assert _notes(graph) == {"1"}
    assert "A note" in served.query(f"SELECT * {{ GRAPH <{_GRAPH}> {{ ?s ?p ?o }} }}").text
    held = _counts(graph)
    for text, status in (
        (update.replace(_NOTE.format(1), _CITY), 422),
        ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", 403),
        (f"INSERT DATA {{ GRAPH <{_GRAPH[:-5]}versions/state> {{ <urn:a> <urn:b> 1 }} }}", 403),
    ):
        answer = httpx.post(url, data={"update": text}, headers=told, timeout=60)
        assert answer.status_code == status, answer.text
    assert _counts(graph) == held
    gone = httpx.delete(f"{served.url}/graphs?graph={_GRAPH}", headers=told, timeout=60)
    assert gone.status_code == 204
    assert _notes(graph) == set()
    assert served.get("/graphs", graph=_GRAPH).status_code == 404
    assert "dba" not in served.log.read_text()


def test_what_others_wrote_into_the_engine_is_taken_in(graph: RemoteStore) -> None:
    """A graph that others have written to counts as it is now in the next change."""
    graph.publish(_insert(1), validate_change)
    graph.engine.update(f"INSERT DATA {{ GRAPH <{_GRAPH}> {{ {_NOTE.format(2)} }} }}")
    graph.publish(_insert(3), validate_change)
    assert _notes(graph) == {"1", "2", "3"}


def test_two_machines_write_in_turn(
    small: Installed, alone: RemoteStore, opened: Opened, tmp_path: Path
) -> None:
    """A writer with another data directory sees what the first wrote, and the other way round."""
    other = opened(small, tmp_path / "other")
    for number, store in enumerate((alone, other, alone)):
        assert isinstance(store.publish(_insert(number), validate_change), Published)
    assert _notes(alone) == {"0", "1", "2"}


def test_a_writer_waits_for_no_claim_of_another_machine(alone: RemoteStore) -> None:
    """While another machine writes, a write is refused, and says who is writing."""
    state = f"{alone.iris.graph('versions')}/state"
    claim = {"id": "1", "pid": 7, "place": "elsewhere:/data", "graphs": [_GRAPH]}
    value = "http://www.w3.org/ns/prov#value"
    for since, is_old in (("2999-01-01T00:00:00+00:00", False), ("2020-01-01T00:00+00:00", True)):
        text = ox.Literal(json.dumps(claim | {"since": since}))
        alone.engine.update(f"INSERT DATA {{ GRAPH <{state}> {{ <{state}#1> <{value}> {text} }} }}")
        if is_old:
            alone.publish(_insert(1), validate_change)
            continue
        with pytest.raises(StoreBusy, match="process 7 at elsewhere"):
            alone.publish(_insert(1), validate_change)
        name = f"<{state}#1>"
        alone.engine.update(f"DELETE WHERE {{ GRAPH <{state}> {{ {name} ?p ?o }} }}")
    assert _notes(alone) == {"1"}


_KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, {here!r})
from test_writing import _edit, _NOTE, validate_change
from urbansdg.store import Access, RemoteStore, engine
puts, put = [], engine.Engine.put
def counted(self, graph, file):
    puts.append(graph)
    if len(puts) == 3:
        os._exit(9)
    put(self, graph, file)
engine.Engine.put = counted
store = RemoteStore.open(Path({data!r}), "http://localhost:8000", Access(*{access!r}))
note = "GRAPH <http://localhost:8000/graph/notes-%d> {{ " + _NOTE.format(2) + " }}"
graphs = " ".join(note % number for number in (1, 2, 3))
store.publish(_edit(f"INSERT DATA {{{{ {{graphs}} }}}}"), validate_change)
"""


def test_a_writer_who_is_killed_half_way_leaves_nothing_half_done(
    alone: RemoteStore, small: Installed, tmp_path: Path
) -> None:
    """What a writer put before it was killed is put back by the next write on that machine."""
    graphs = [f"{_GRAPH}-{number}" for number in (1, 2, 3)]
    for each in graphs:
        alone.publish(_insert(1, each), validate_change)
    number = alone.current_number()
    access = alone.engine.access
    script = _KILLED.format(
        here=str(Path(__file__).parent),
        data=str(alone.directory),
        access=(access.query, access.update, access.graphs),
    )
    done = subprocess.run((sys.executable, "-c", script), capture_output=True, check=False)
    assert done.returncode == 9, done.stderr
    assert [_notes(alone, each) for each in graphs] == [{"1", "2"}, {"1", "2"}, {"1"}]
    assert alone.current_number() == number
    alone.publish(_insert(3), validate_change)
    assert [_notes(alone, each) for each in graphs] == [{"1"}] * 3
    assert _notes(alone) == {"3"}
    assert alone.current_number() == number + 1


def test_a_write_to_an_engine_that_dies_is_not_acknowledged(
    alone: RemoteStore, small: Installed
) -> None:
    """A write during which the engine goes down raises, and the copy stays as it was."""
    alone.publish(_insert(1), validate_change)

    def gate(fork: ox.Store, touched: Touched) -> Report:
        small.stop()
        return validate_change(fork, touched)

    with pytest.raises(EngineUnavailable):
        alone.publish(_insert(2), gate)
    copy = GraphStore.open(alone.copy)
    found = copy.read(copy.current()).quads_for_pattern(None, None, None, ox.NamedNode(_GRAPH))
    assert len(list(found)) == 1


def test_the_state_is_the_store_s_own(alone: RemoteStore) -> None:
    """Nobody writes to the graph in which the engine keeps the state."""
    with pytest.raises(WriteRefused, match="the store's own"):
        alone.publish(_insert(1, f"{alone.iris.graph('versions')}/state"), validate_change)


def test_contact_data_leave_the_engine_when_their_consent_ends(alone: RemoteStore) -> None:
    """Whom no consent covers is left out of the engine as out of a graph on this disk."""
    assert not isinstance(alone.forget("tests"), Published)
    alone.publish(_insert(1), validate_change)
    alone.engine.update(f"""
        PREFIX usdg: <https://w3id.org/urbansdg/ontology#>
        PREFIX vcard: <http://www.w3.org/2006/vcard/ns#>
        PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
        INSERT DATA {{ GRAPH <{_GRAPH}> {{
            <urn:note:ann> a vcard:Individual ; vcard:fn "Ann" ; usdg:consent <urn:note:ann/c> .
            <urn:note:ann/c> usdg:consentGiven "2020-01-01"^^xsd:date ;
                usdg:consentUntil "2020-12-31"^^xsd:date }} }}""")
    assert _notes(alone) == {"1", "ann", "ann/c"}
    assert isinstance(alone.forget("tests"), Published)
    assert _notes(alone) == {"1"}
