"""Writes to an engine: judged first, put graph by graph, the state last; no half stays."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import httpx
import pyoxigraph as ox
import pytest

from urbansdg.errors import EngineUnavailable, StoreBusy, WriteRefused
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.shapes import Report, validate_change
from urbansdg.store import (
    Change,
    Edit,
    Engine,
    Gate,
    GraphStore,
    Published,
    RemoteStore,
    Step,
    Touched,
)

pytestmark = pytest.mark.long  # a server of another engine for each kind of failure

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

    def start(self) -> None:
        """Start it, and wait until it answers."""

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
    return {name: graph_count.triples for name, graph_count in store.newest_whole().graphs.items()}


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
    options = ("--data-dir", tmp_path / "data", "--graph", "notes")
    done = urbansdg("load", file, *options, **engine.variables)
    assert done.returncode == 0, done.stderr
    store = opened(engine, tmp_path / "data")
    assert _notes(store) == {"1"}
    assert store.current_number() == before + 1
    query = "SELECT ?by { ?v <https://w3id.org/urbansdg/ontology#versionNumber> %d ;"
    query += " <http://www.w3.org/ns/prov#wasGeneratedBy> ?by }"
    assert f"/id/version/{before + 1}/" in served.query(query % (before + 1)).text
    text = f"ASK {{ GRAPH <{_GRAPH}> {{ ?s ?p ?o }} }}"
    file.write_text(_CITY, "utf-8")
    counts = _counts(store)
    done = urbansdg("load", file, *options, **engine.variables)
    assert done.returncode == 1
    assert "shape.CityCountry" in done.stderr
    assert (_counts(store), store.current_number()) == (counts, before + 1)
    assert "true" in served.query(text).text


def test_a_write_over_http_goes_into_the_engine(
    engine: Installed, graph: RemoteStore, served: Served, urbansdg: Command
) -> None:
    """An update and a graph that is sent are published in the engine; if invalid, nothing is."""
    secret = urbansdg("token", "create", "t", "--data-dir", served.data_dir, **engine.variables)
    headers = {"authorization": f"Bearer {secret.stdout.strip()}"}
    update = f"INSERT DATA {{ GRAPH <{_GRAPH}> {{ {_NOTE.format(1)} }} }}"
    url = f"{served.url}/sparql"
    done = httpx.post(url, data={"update": update}, headers=headers, timeout=60)
    assert done.status_code == 204
    assert done.headers["urbansdg-version"] == str(graph.current_number())
    assert _notes(graph) == {"1"}
    assert "A note" in served.query(f"SELECT * {{ GRAPH <{_GRAPH}> {{ ?s ?p ?o }} }}").text
    counts = _counts(graph)
    for text, status in (
        (update.replace(_NOTE.format(1), _CITY), 422),
        (f"INSERT DATA {{ GRAPH <{_GRAPH[:-5]}versions/state> {{ <urn:a> <urn:b> 1 }} }}", 403),
    ):
        answer = httpx.post(url, data={"update": text}, headers=headers, timeout=60)
        assert answer.status_code == status, answer.text
    assert _counts(graph) == counts
    for operation, left in (("INSERT", {"a"}), ("DELETE", set())):
        text = f"{operation} DATA {{ <urn:a> <urn:b> <urn:c> }}"
        done = httpx.post(url, data={"update": text}, headers=headers, timeout=60)
        assert (done.status_code, _notes(graph, f"{_GRAPH[:-5]}default")) == (204, left)
    gone = httpx.delete(f"{served.url}/graphs?graph={_GRAPH}", headers=headers, timeout=60)
    assert gone.status_code == 204
    assert _notes(graph) == set()
    assert served.get("/graphs", graph=_GRAPH).status_code == 404
    assert "dba" not in served.log.read_text()


_ODD = (
    *(r"a\nb\r\tc\b\f", r"\u0001\u007F\u0085\uFEFF", "{}$?#;.@en^^<x>", "%41 %", "' '' '''"),
    *(r"\"\"\" \\ \\\\", r"ends in \\", "\U0001f6b2 가 é e\u0301", " ", ""),
)
"""Texts as they are spelt in SPARQL."""


def _odd() -> list[ox.Triple]:
    """Return statements that are easily spelt wrongly."""
    texts = "\n".join(f'<urn:odd:{number}> <urn:p> "{text}" .' for number, text in enumerate(_ODD))
    data = f"""{texts}
        <urn:odd:a> <urn:p> "x"@ko, "x"@en, "1"^^<urn:kind>, 17, 1.5, true, "2020-02-29"^^
            <http://www.w3.org/2001/XMLSchema#date>, <urn:é:%C3%A9,'(x)~?a=b&c=d#e> .
        <urn:도:\U0001f6b2> <urn:pé> "x" ."""
    return [quad.triple for quad in ox.parse(data, format=ox.RdfFormat.TURTLE)]


def _engine_triples(store: RemoteStore, graph: str, file: Path) -> set[ox.Triple]:
    """Return what the engine itself has of a graph."""
    store.engine.fetch(graph, file)
    return {quad.triple for quad in ox.parse(path=str(file), format=ox.RdfFormat.N_TRIPLES)}


def _copied(store: RemoteStore, graph: str) -> set[ox.Triple]:
    """Return what the copy has of a graph."""
    copy = GraphStore.open(store.copy)
    quads = copy.read(copy.current()).quads_for_pattern(None, None, None, ox.NamedNode(graph))
    return {quad.triple for quad in quads}


@pytest.fixture
def puts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the graphs that are put whole from now on, except for the state."""
    put, seen = Engine.put, list[str]()

    def noted(self: Engine, graph: str, file: Path) -> None:
        if not graph.endswith("/state"):
            seen.append(graph)
        put(self, graph, file)

    monkeypatch.setattr(Engine, "put", noted)
    return seen


def test_a_small_change_is_brought_statement_by_statement(
    graph: RemoteStore, puts: list[str], let_through: Gate, tmp_path: Path
) -> None:
    """Statements that are added and removed are sent alone, whatever they are spelt with."""
    odd, own = _odd(), graph.iris.graph("versions")
    graph.publish(_insert(1), let_through)
    puts.clear()
    data = "\n".join(f"{triple} ." for triple in odd)
    for operation in ("INSERT", "DELETE"):
        update = f"{operation} DATA {{ GRAPH <{_GRAPH}> {{ {data} }} }}"
        graph.publish(_edit(update), let_through)
        triples = _engine_triples(graph, _GRAPH, tmp_path / "held.nt")
        assert triples == _copied(graph, _GRAPH)
        assert len(triples) == (len(odd) + 1 if operation == "INSERT" else 1)
        assert len(_engine_triples(graph, own, tmp_path / "own.nt")) == len(_copied(graph, own))
    graph.publish(_edit(f"DELETE WHERE {{ GRAPH <{_GRAPH}> {{ ?s ?p ?o }} }}"), let_through)
    assert _GRAPH not in graph.newest_whole().graphs
    assert puts == []


def test_what_an_update_cannot_say_is_put_whole(
    graph: RemoteStore, puts: list[str], tmp_path: Path
) -> None:
    """A change with blank nodes, which have no names of their own, takes whole graphs."""
    text = "_:b <urn:p> 1 ; <urn:q> [ <urn:p> 2 ] ."
    graph.publish(_edit(f"INSERT DATA {{ GRAPH <{_GRAPH}> {{ {text} }} }}"), validate_change)
    assert _GRAPH in puts
    assert (
        len(_engine_triples(graph, _GRAPH, tmp_path / "held.nt"))
        == len(_copied(graph, _GRAPH))
        == 3
    )


def test_an_update_that_the_engine_refuses_is_put_whole(
    graph: RemoteStore, puts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where an engine refuses the update of a change, for its length, it has whole graphs."""
    takes = Engine.takes
    monkeypatch.setattr(Engine, "takes", lambda self, text: takes(self, f"{text} Not SPARQL"))
    graph.publish(_insert(1), validate_change)
    assert _GRAPH in puts
    assert _notes(graph) == {"1"}


def test_a_change_beside_that_of_others_is_put_whole(
    graph: RemoteStore, puts: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Where others write while a change is judged, the engine has what was judged afterwards."""

    def meanwhile(fork: RdfDataset, touched: Touched) -> Report:
        text = f"INSERT DATA {{ GRAPH <{_GRAPH}> {{ {_NOTE.format(9)} }} }}"
        graph.engine.update(text)
        return validate_change(fork, touched)

    graph.publish(_insert(1), validate_change)
    puts.clear()
    graph.publish(_insert(2), meanwhile)
    assert _notes(graph) == {"1", "2"}
    assert _GRAPH in puts
    assert "other statements than" in caplog.text


@pytest.mark.long
@pytest.mark.parametrize("when", ["during", "after"])
def test_an_engine_that_is_killed_while_it_changes_is_put_right(
    engine: Installed,
    graph: RemoteStore,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    when: str,
) -> None:
    """What an engine had of a change when it was killed is undone by the next write."""
    graph.publish(_insert(1), validate_change)
    number, takes = graph.current_number(), Engine.takes

    def killed(self: Engine, text: str) -> bool:
        if when == "after":
            assert takes(self, text)
            engine.stop()
            raise EngineUnavailable("killed")
        killing = threading.Timer(0.01, engine.stop)
        killing.start()
        try:
            return takes(self, text)
        finally:
            killing.join()

    notes = " ".join(_NOTE.format(number) for number in range(2, 1_900))
    change = f"""DELETE DATA {{ GRAPH <{_GRAPH}> {{ {_NOTE.format(1)} }} }} ;
                 INSERT DATA {{ GRAPH <{_GRAPH}> {{ {notes} }} }}"""
    monkeypatch.setattr(Engine, "takes", killed)
    with pytest.raises(EngineUnavailable):
        graph.publish(_edit(change), validate_change)
    monkeypatch.setattr(Engine, "takes", takes)
    engine.start()
    assert graph.current_number() == number
    graph.publish(_insert(3), validate_change)
    assert _notes(graph) == {"1", "3"}
    assert graph.current_number() == number + 1
    for graph_iri in (_GRAPH, graph.iris.graph("versions")):
        assert len(_engine_triples(graph, graph_iri, tmp_path / "held.nt")) == len(
            _copied(graph, graph_iri)
        )


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
from test_engine_writes import _edit, _NOTE, validate_change
from urbansdg.store import Access, RemoteStore
from urbansdg.store.engine import engine_client as engine
puts, put = [], engine.Engine.put
def counted(self, graph, file):
    puts.append(graph)
    if len(puts) == 3:
        os._exit(9)
    put(self, graph, file)
engine.Engine.put = counted
engine.Engine.takes = lambda *_: False  # the whole graphs, one after the other
store = RemoteStore.open(Path({data!r}), "http://localhost:8000", Access(*{access!r}))
note = "GRAPH <http://localhost:8000/graph/notes-%d> {{ " + _NOTE.format(2) + " }}"
graphs = " ".join(note % number for number in (1, 2, 3))
store.publish(_edit(f"INSERT DATA {{{{ {{graphs}} }}}}"), validate_change)
"""


@pytest.mark.long
def test_a_writer_who_is_killed_half_way_leaves_nothing_half_done(
    alone: RemoteStore, small: Installed, tmp_path: Path
) -> None:
    """What a writer put before it was killed is put back by the next write on that machine."""
    graphs = [f"{_GRAPH}-{number}" for number in (1, 2, 3)]
    for graph in graphs:
        alone.publish(_insert(1, graph), validate_change)
    number = alone.current_number()
    access = alone.engine.access
    script = _KILLED.format(
        here=str(Path(__file__).parent),
        data=str(alone.directory),
        access=(access.query, access.update, access.graphs),
    )
    done = subprocess.run((sys.executable, "-c", script), capture_output=True, check=False)
    assert done.returncode == 9, done.stderr
    assert [_notes(alone, graph) for graph in graphs] == [{"1", "2"}, {"1", "2"}, {"1"}]
    assert alone.current_number() == number
    alone.publish(_insert(3), validate_change)
    assert [_notes(alone, graph) for graph in graphs] == [{"1"}] * 3
    assert _notes(alone) == {"3"}
    assert alone.current_number() == number + 1


def test_a_write_to_an_engine_that_dies_is_not_acknowledged(
    alone: RemoteStore, small: Installed
) -> None:
    """A write during which the engine goes down raises, and the copy stays as it was."""
    alone.publish(_insert(1), validate_change)

    def gate(fork: RdfDataset, touched: Touched) -> Report:
        small.stop()
        return validate_change(fork, touched)

    with pytest.raises(EngineUnavailable):
        alone.publish(_insert(2), gate)
    copy = GraphStore.open(alone.copy)
    quads = copy.read(copy.current()).quads_for_pattern(None, None, None, ox.NamedNode(_GRAPH))
    assert len(list(quads)) == 1


def test_the_state_is_the_store_s_own(alone: RemoteStore) -> None:
    """Nobody writes to the graph in which the engine keeps the state."""
    with pytest.raises(WriteRefused, match="the store's own"):
        alone.publish(_insert(1, f"{alone.iris.graph('versions')}/state"), validate_change)


def test_persons_leave_the_engine(alone: RemoteStore) -> None:
    """A person is taken out of the engine as out of a graph on this disk."""
    assert alone.forget("tests").removed == {}
    alone.publish(_insert(1), validate_change)
    alone.engine.update(f"""
        PREFIX usdg: <https://w3id.org/urbansdg/ontology#>
        PREFIX vcard: <http://www.w3.org/2006/vcard/ns#>
        INSERT DATA {{ GRAPH <{_GRAPH}> {{
            <urn:note:ann> a vcard:Individual ; vcard:fn "Ann" ; usdg:consent <urn:note:ann/c> .
            <urn:note:ann/c> a usdg:Consent }} }}""")
    assert _notes(alone) == {"1", "ann", "ann/c"}
    assert alone.remove_persons("tests").removed["current version"] == 4
    assert _notes(alone) == {"1"}
    assert alone.remove_persons("tests").removed == {}


_ALIKE = """<urn:alike> <urn:p> "PT2M30S"^^xsd:duration, "P1Y2M"^^xsd:duration, true, "x"@en-GB,
    017, "POINT (7.123456789 50.1)"^^<http://www.opengis.net/ont/geosparql#wktLiteral>, 1.50, 1.5e3,
    "9007199254740993"^^xsd:long, "2020"^^xsd:gYear, [ <urn:p> "in" ] ."""
"""Statements that an engine may spell in another way."""


@pytest.mark.long
def test_one_statement_in_the_place_of_another_is_found(
    engine: Installed, graph: RemoteStore, urbansdg: Command, let_through: Gate
) -> None:
    """`verify` names the graph where others exchanged one statement, and what is foreign there."""

    def verified() -> subprocess.CompletedProcess[str]:
        return urbansdg("verify", "--data-dir", graph.directory, **engine.variables)

    prefix = f"PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> INSERT DATA {{ GRAPH <{_GRAPH}> {{"
    for text in (_ALIKE, *(f"{triple} ." for triple in _odd())):
        graph.publish(_edit(f"{prefix} {text} }} }}"), let_through)
    done = verified()
    assert done.returncode == 0, done.stderr
    assert f"version {graph.current_number()}" in done.stdout
    exchange = (
        "DELETE {{ GRAPH <{0}> {{ ?s ?p '{1}' }} }} INSERT {{ GRAPH <{0}> {{ ?s ?p '{2}' }} }}"
    )
    exchange += " WHERE {{ GRAPH <{0}> {{ ?s ?p '{1}' }} }}"
    graph.engine.update(exchange.format(_GRAPH, "in", "out"))
    done = verified()
    assert done.returncode == 3
    assert f"{_GRAPH} has 1 foreign statements, lacks 1" in done.stderr
    assert '"out"' in done.stderr
    graph.engine.update(exchange.format(_GRAPH, "out", "in"))
    other = f"{_GRAPH}-of-others"
    graph.engine.update(f"INSERT DATA {{ GRAPH <{other}> {{ {_NOTE.format(1)} }} }}")
    done = verified()
    graph.engine.update(f"DELETE WHERE {{ GRAPH <{other}> {{ ?s ?p ?o }} }}")
    assert f"{other} has 1 foreign statements, lacks 0" in done.stderr


def test_there_is_nothing_to_compare_an_engine_with_elsewhere(
    small: Installed, alone: RemoteStore, urbansdg: Command, tmp_path: Path
) -> None:
    """`verify` on a machine that has no copy of the engine's version says so."""
    alone.publish(_insert(1), validate_change)
    done = urbansdg("verify", "--data-dir", tmp_path / "other", **small.variables)
    assert done.returncode == 3
    assert "no copy here" in done.stderr
