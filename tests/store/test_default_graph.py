"""The default graph of queries is the merge of all graphs, whatever was written."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from urbansdg.sparql.datasets.graph_merge import settle
from urbansdg.store import Change, Edit, Gate, GraphStore, MergedStore, Step
from urbansdg.store.publication import accept
from urbansdg.store.versions.version import Version

BASE = "http://localhost:8000"
MakeChange = Callable[..., Change]
_NAMES = ("default", "urn:g1", "urn:g2", "urn:g3")
_DEFAULT = f"{BASE}/graph/default"


def _edit(*steps: Step) -> Change:
    return Change("tests", edit=Edit(steps, lambda _: None))


def _update(text: str) -> Change:
    return _edit(Step("update", text=text))


def _check_merge(store: MergedStore, version: Version) -> None:
    """Compare the merge with the set union of all graphs, which is computed here."""
    union = {quad.triple for quad in store}
    merged = [quad.triple for quad in store.merged(None, None, None)]
    assert len(merged) == len(union) == version.merged
    assert set(merged) == union
    assert version.triples == sum(count.triples for count in version.graphs.values())
    numeric = "{ ?s ?p ?o FILTER(isNumeric(?o)) }"
    rows = store.query(f"SELECT (COUNT(*) AS ?n) (SUM(?o) AS ?sum) {numeric}")
    assert isinstance(rows, ox.QuerySolutions)
    (row,) = rows
    numbers = [number for triple in union if (number := _number(triple)) is not None]
    assert (int(row["n"].value), int(row["sum"].value)) == (len(numbers), sum(numbers))


def _number(triple: ox.Triple) -> int | None:
    term = triple.object
    return int(term.value) if isinstance(term, ox.Literal) and term.value.isdigit() else None


_TRIPLES = st.lists(
    st.builds(
        "<urn:s{}> <urn:p> {}".format, st.integers(0, 2), st.sampled_from([1, 2, "'a'", "<urn:o>"])
    ),
    max_size=3,
).map(" . ".join)
_IN_GRAPH = st.builds(
    lambda name, text: f"GRAPH <{name}> {{ {text} }}" if name != "default" else text,
    st.sampled_from(_NAMES),
    _TRIPLES,
)
_WRITES = st.one_of(
    st.builds("INSERT DATA {{ {} }}".format, _IN_GRAPH),
    st.builds("DELETE DATA {{ {} }}".format, _IN_GRAPH),
    st.builds(
        "DELETE {{ {} ?s <urn:p> ?o {} }} WHERE {{ ?s <urn:p> ?o FILTER(?o != {}) }}".format,
        st.sampled_from(["GRAPH <urn:g1> {", "GRAPH <urn:g2> {"]),
        st.just("}"),
        st.integers(1, 2),
    ),
    st.builds(
        "DELETE {{ ?s ?p ?o }} INSERT {{ GRAPH <{}> {{ ?s ?p 7 }} }} WHERE {{ ?s ?p ?o }}".format,
        st.sampled_from(_NAMES[1:]),
    ),
    st.builds(
        "{} {} {} TO {}".format,
        st.sampled_from(["COPY SILENT", "MOVE SILENT", "ADD SILENT"]),
        st.just(""),
        st.sampled_from(["DEFAULT", "<urn:g1>", "<urn:g2>"]),
        st.sampled_from(["DEFAULT", "<urn:g2>", "<urn:g3>"]),
    ),
    st.sampled_from(["CLEAR DEFAULT", "DROP NAMED", "CLEAR ALL", "DROP SILENT GRAPH <urn:g1>"]),
)
_STEPS = st.one_of(
    st.lists(_WRITES, min_size=1, max_size=3).map(" ;\n".join),
    st.tuples(st.sampled_from(["replace", "merge", "drop"]), st.sampled_from(_NAMES), _TRIPLES),
    st.integers(0, 3),
)


@pytest.mark.long
@settings(max_examples=20)
@given(st.lists(_STEPS, min_size=1, max_size=5))
def test_the_default_graph_is_the_set_union_after_any_writes(
    writes: list[str | tuple[str, str, str] | int],
) -> None:
    """After updates, PUT, POST, DELETE and rollbacks, no triple is missing or twice."""
    with TemporaryDirectory() as folder:
        store = GraphStore.create(Path(folder) / "graph", BASE)
        for write in writes:
            if isinstance(write, str):
                store.publish(_update(write), accept)
            elif isinstance(write, int):
                if write <= store.current_number():
                    store.rollback(write, "tests")
            else:
                kind, name, triples = write
                file = Path(folder) / "triples.ttl"
                file.write_text(triples and f"{triples} .", "utf-8")
                sent = "" if kind == "drop" else str(file)
                step = Step(kind, name, file=sent, form="text/turtle", base="urn:base")
                store.publish(_edit(step), accept)
        for version in store.versions():
            _check_merge(store.read(version), version)


@pytest.mark.long
def test_what_two_graphs_state_is_counted_once_after_loads(
    graph_store: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """Loads keep the merge, also one in bulk; what one graph loses stays where another has it."""
    large = "".join(f"<urn:s{n}> <urn:p> <urn:o{n}> .\n" for n in range(40_000))
    few = "".join(f"<urn:s{n}> <urn:p> <urn:o{n}> .\n" for n in range(10))
    for text, graph in ((few, "one"), (large, "two"), (few + few, "three"), (few[:56], "two")):
        graph_store.publish(make_change(text, graph), let_through)
        version = graph_store.current()
        _check_merge(graph_store.read(version), version)
    removal = Change("tests", removals=(f"{BASE}/graph/two", f"{BASE}/graph/one"))
    graph_store.publish(removal, let_through)
    _check_merge(graph_store.read(graph_store.current()), graph_store.current())


def test_forgetting_keeps_the_merge_of_every_version(graph_store: GraphStore) -> None:
    """What is forgotten leaves the merge of all versions, and nothing else does."""
    for text in (
        "INSERT DATA { <urn:kim> <urn:p> 1 GRAPH <urn:g1> { <urn:kim> <urn:p> 1 . <urn:a> a 3 } }",
        "INSERT DATA { GRAPH <urn:g2> { <urn:kim> <urn:p> 2 . <urn:a> a 3 } }",
    ):
        graph_store.publish(_update(text), accept)
    graph_store.forget("tests", frozenset({"urn:kim"}))
    for version in graph_store.versions():
        store = graph_store.read(version)
        _check_merge(store, version)
        assert not list(store.merged(ox.NamedNode("urn:kim"), None, None))


def _as_older_release(store: GraphStore) -> None:
    """Write the files of a store as a release without the merge did."""
    for version in store.versions():
        files = ox.Store(str(version.path))
        files.clear_graph(ox.DefaultGraph())
        files.update(f"MOVE SILENT <{_DEFAULT}> TO DEFAULT")
        files.flush()
        file = version.path.parent / "version.json"
        record = json.loads(file.read_text("utf-8"))
        del record["merged"]
        record["graphs"].pop(_DEFAULT, None)
        file.write_text(json.dumps(record), "utf-8")
        (version.path.parent / "checksums.json").unlink()
    record_file = store.directory / "store.json"
    record_file.write_text(json.dumps({"format": 1, "base": BASE}), "utf-8")


@pytest.fixture
def older(graph_store: GraphStore) -> GraphStore:
    """Return a graph of four versions that an older release wrote."""
    for text in (
        "INSERT DATA { <urn:a> <urn:p> 1 GRAPH <urn:g1> { <urn:a> <urn:p> 1, 2 } }",
        "INSERT DATA { GRAPH <urn:g2> { <urn:a> <urn:p> 2, 3 } }",
        "DELETE DATA { <urn:a> <urn:p> 1 GRAPH <urn:g1> { <urn:a> <urn:p> 1 } }",
    ):
        graph_store.publish(_update(text), accept)
    _as_older_release(graph_store)
    return graph_store


def test_a_directory_of_an_older_release_is_upgraded(
    older: GraphStore, caplog: pytest.LogCaptureFixture
) -> None:
    """Opening it gives every version its merge, and what was the default graph a name."""
    upgraded = GraphStore.open(older.directory)
    assert "its 4 versions are upgraded once" in caplog.text
    assert [version.number for version in upgraded.versions()] == [0, 1, 2, 3]
    for version in upgraded.versions():
        _check_merge(upgraded.read(version), version)
    first = upgraded.read(upgraded.version(1))
    named = first.quads_for_pattern(None, None, None, ox.NamedNode(_DEFAULT))
    assert [_number(quad.triple) for quad in named] == [1]
    assert GraphStore.open(older.directory).current().mark == "3.1"
    upgraded.publish(_update("INSERT DATA { <urn:a> <urn:p> 4 }"), accept)
    _check_merge(upgraded.read(upgraded.current()), upgraded.current())
    assert not upgraded.verify().problems


def test_an_upgrade_that_was_cut_off_is_taken_up(older: GraphStore) -> None:
    """Where some versions have their merge already, the others get it."""
    folder, record = older.directory / "versions" / "2", older.directory / "store.json"
    shutil.copytree(folder, older.directory.parent / "2")
    text = record.read_text("utf-8")
    GraphStore.open(older.directory)
    shutil.rmtree(folder)
    shutil.copytree(older.directory.parent / "2", folder)
    record.write_text(text, "utf-8")
    for upgraded in GraphStore.open(older.directory).versions():
        _check_merge(older.read(upgraded), upgraded)


def test_a_triple_that_is_settled_twice_counts_once() -> None:
    """Settling says how large triples the merge gains, and is safe to repeat."""
    node, store = ox.NamedNode("urn:x"), ox.Store()
    quads = [ox.Quad(node, node, node, ox.NamedNode(name)) for name in ("urn:g1", "urn:g2")]
    store.extend(quads)
    assert [settle(store, quads), settle(store, quads)] == [1, 0]
    store.remove(quads[0])
    assert settle(store, quads) == 0
    store.remove(quads[1])
    assert settle(store, quads) == -1
