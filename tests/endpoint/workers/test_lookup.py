"""Look-ups, which the front end answers without a worker."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QueryTriples,
    RdfFormat,
    Store,
)

from urbansdg.endpoint.subjects.current_subjects import CurrentSubjects
from urbansdg.endpoint.subjects.subject_file import SubjectFile, write_subject_file
from urbansdg.endpoint.workers.lookup import lookup_of
from urbansdg.endpoint.workers.worker_frames import QueryMessage
from urbansdg.endpoint.workers.worker_process import in_order
from urbansdg.store import MergedStore
from urbansdg.store.changes.merge_update import count, rebuild_merge

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.server import Launch

_SUBJECT = NamedNode("http://example.org/it")
_SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
_LOOKUPS = [
    "DESCRIBE <http://example.org/it>",
    "PREFIX : <http://example.org/> describe :it",
    "SELECT * { <http://example.org/it> ?p ?o }",
    "SELECT ?p ?o WHERE { <http://example.org/it> ?p ?o . }",
    "select ?o ?none ?p\n{\t<http://example.org/it>  ?p ?o.} LIMIT 90",
    "PREFIX ex:<http://example.org/>\r\nSELECT $o { ex:it ex:says ?o } limit 91",
    "PREFIX ex: <http://example.org/> SELECT ?o WHERE{ ex:it a ?o }",
    "PREFIX ex: <urn:other:> PREFIX ex: <http://example.org/> SELECT * { ex:it ?p ?o }",
    "SELECT * { <http://example.org/nobody> ?p ?o }",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "PREFIX ex: <http://example.org/#> select(count( * )as $n)WHERE{?a ?b ?c.}",
]
_OTHERS = [
    "SELECT DISTINCT ?o { <http://example.org/it> ?p ?o }",
    "SELECT * { <http://example.org/it> ?p ?o } OFFSET 1",
    "SELECT * FROM <urn:g> { <http://example.org/it> ?p ?o }",
    "SELECT * { <http://example.org/it> ?x ?x }",
    "SELECT ?o ?o { <http://example.org/it> ?p ?o }",
    "SELECT * { ?s ?p ?o }",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?s }",
    "SELECT (COUNT(*) AS ?s) { ?s ?p ?o }",
    "SELECT (COUNT(DISTINCT *) AS ?n) { ?s ?p ?o }",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o } LIMIT 0",
    "SELECT * { <it> ?p ?o }",
    "BASE <http://example.org/> SELECT * { <it> ?p ?o }",
    "SELECT * { <http://example.org/a/../it> ?p ?o }",
    "SELECT * { <http://example.org/%zz> ?p ?o }",
    "SELECT * { <http://example.org/\\u0069t> ?p ?o }",
    "SELECT * { ex:it ?p ?o }",
    "PREFIX ex: <bad> SELECT * { <http://example.org/it> ?p ?o }",
    "PREFIX ex: <http://example.org/%zz> SELECT * { <http://example.org/it> ?p ?o }",
    "SELECT * { <http://example.org/it> A ?o }",
    "SELECT * { <http://example.org/it> ?p ?o } # }",
    "SELECT * { <http://example.org/it> ?p ?o } }",
    "SELECT ?o { <http://example.org/it> ?p ?o ; ?q ?r }",
    "SELECT * { <http://example.org/it> ?p+ ?o }",
    "SELECT * { <http://example.org/it> <http://example.org/says>? ?o }",
    "SELECT * { <http://example.org/it> <http://example.org/says>* ?o }",
    "SELECT * { <http://example.org/it> <http://example.org/says>++ ?o }",
    "SELECT * { <http://example.org/it> ^<http://example.org/says>+ ?o }",
    "SELECT * { ?o <http://example.org/says>+ <http://example.org/it> }",
    "SELECT ?o ?o { <http://example.org/it> a+ ?o }",
    "DESCRIBE <http://example.org/it> ?x { ?x ?p ?o }",
    "DESCRIBE <http://example.org/it> <http://example.org/other>",
]


def _store(*objects: Literal | NamedNode | BlankNode) -> Store:
    store = Store()
    for number, it in enumerate(objects):
        for predicate in ("says", "also"):
            named = NamedNode(f"http://example.org/{predicate}")
            store.add(Quad(_SUBJECT, named, it, NamedNode(f"urn:graph:{number % 2}")))
    if objects:  # one statement that is in two graphs
        store.add(Quad(_SUBJECT, named, objects[0], NamedNode("urn:graph:again")))
    rebuild_merge(store)
    return store


def _by_engine(store: Store, query: str) -> bytes | None:
    base = "http://base.org/"
    results = store.query(in_order(query, base), base_iri=base)
    if isinstance(results, QueryTriples):
        return results.serialize(format=RdfFormat.N_TRIPLES)
    assert not isinstance(results, QueryBoolean)
    return results.serialize(format=QueryResultsFormat.JSON)


def _answer(store: Store, query: str) -> bytes | None:
    """Return the answer from the store, which is that from the subject file, too."""
    lookup = lookup_of(query)
    assert lookup is not None
    question = QueryMessage(query, "json", "ntriples")
    answer = lookup.answer(_Version(store), question)
    assert lookup.answer(_Version(store, _subjects(store)), question) == answer
    return answer


def _subjects(store: Store) -> CurrentSubjects:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "subjects"
        merge = MergedStore(store)
        subjects = dict.fromkeys(quad.subject for quad in store)
        quads = (quad for node in subjects for quad in merge.merged(node, None, None))
        with file.open("wb") as out:
            write_subject_file(out, quads, {"number": 1, "mark": "1", "created": ""})
        return CurrentSubjects.of(SubjectFile.open(file))


class _Version:
    """A store as a version is held."""

    def __init__(self, store: Store, subjects: CurrentSubjects | None = None) -> None:
        """Count what it has."""
        self.store = MergedStore(store)
        self.subjects = subjects
        self.triples = count(store)


@pytest.mark.parametrize("query", _LOOKUPS)
@settings(max_examples=25)
@given(
    objects=st.lists(
        st.one_of(
            st.text(st.characters(exclude_categories=["Cs"])).map(Literal),
            st.integers().map(Literal),
            st.builds(
                Literal, st.text('"\\/<>é\t\n\r\b\f\0\x1f\x7f\u2028 x'), language=st.just("en-gb")
            ),
            st.just(NamedNode("http://example.org/ü?a=b&c")),
        ),
        max_size=4,
    )
)
def test_a_lookup_has_the_bytes_that_a_worker_would_send(
    query: str, objects: list[Literal | NamedNode]
) -> None:
    """A look-up gives the answer of the engine, byte by byte."""
    store = _store(*objects)
    assert _answer(store, query) == _by_engine(store, query)


End = NamedNode | BlankNode | Literal
_NODES: list[End] = [_SUBJECT, BlankNode("b"), NamedNode("urn:a"), Literal(1)]
_LINK = st.tuples(
    st.sampled_from(_NODES[:3]),  # no literal is a subject
    st.sampled_from(["says", "also"]),
    st.sampled_from(_NODES),
    st.sampled_from(["urn:graph:1", "urn:graph:2"]),
)


@pytest.mark.parametrize("most", [None, 0, 1])
@settings(max_examples=settings().max_examples * 2)
@given(links=st.lists(_LINK, max_size=5))
def test_a_path_has_the_bytes_that_a_worker_would_send(
    most: int | None, links: list[tuple[End, str, End, str]]
) -> None:
    """A path to one end, or to none, gives the answer of the engine; all else is left to it."""
    query = "PREFIX : <http://example.org/> SELECT ?o { :it :says+ ?o }"
    store = Store()
    for subject, predicate, it, graph in links:
        assert not isinstance(subject, Literal)
        named = NamedNode(f"http://example.org/{predicate}")
        store.add(Quad(subject, named, it, NamedNode(graph)))
    ends = (_by_engine(store, query) or b"").count(b'{"o":')
    limited = query if most is None else f"{query} LIMIT {most}"
    is_several = ends > (1 if most is None else most)
    assert _answer(store, limited) == (None if is_several else _by_engine(store, limited))


@pytest.mark.parametrize("query", _OTHERS)
def test_whatever_is_in_doubt_is_no_lookup(query: str) -> None:
    """A query of any other form is left to a worker, and so is one that may be wrong."""
    assert lookup_of(query) is None


def test_a_description_with_a_blank_node_is_left_to_a_worker() -> None:
    """What is said of a blank node belongs to a description, so the engine follows it."""
    store = _store(BlankNode("b"))
    assert _answer(store, _LOOKUPS[0]) is None
    assert _answer(store, _LOOKUPS[2]) == _by_engine(store, _LOOKUPS[2])


@pytest.mark.parametrize("query", [_LOOKUPS[0], _LOOKUPS[2]])
def test_a_lookup_reads_a_bounded_number_of_statements(query: str) -> None:
    """A thing of which more is said than the front end reads is left to a worker."""
    assert _answer(_store(*map(Literal, range(40))), query) is not None
    assert _answer(_store(*map(Literal, range(60))), query) is None


def test_a_limit_that_takes_some_is_left_to_a_worker() -> None:
    """Pages by LIMIT and OFFSET are of one order: the engine chooses which rows they have."""
    query = f"{_LOOKUPS[2]} LIMIT 7"
    assert _answer(_store(*map(Literal, range(2))), query) is not None
    assert _answer(_store(*map(Literal, range(8))), query) is None


def test_a_lookup_in_a_format_of_another_kind_is_left_to_a_worker() -> None:
    """The front end writes JSON; a worker writes the other formats of tables."""
    lookup = lookup_of(_LOOKUPS[2])
    assert lookup is not None
    version = _Version(_store())
    assert lookup.answer(version, QueryMessage(_LOOKUPS[2], "csv", "ntriples")) is None
    assert lookup.answer(version, QueryMessage(_LOOKUPS[2], None, "ntriples")) is None


@pytest.mark.long
def test_lookups_go_on_while_every_worker_is_busy(
    launch: Launch, folder: Path, soon: Callable[[Callable[[], bool]], bool]
) -> None:
    """A look-up is answered while the only worker evaluates something else."""
    with launch(folder, workers=1, query_seconds=5) as server:
        hog = threading.Thread(target=server.ask, args=(_SLOW,))
        hog.start()
        health = f"{server.url}/metrics"
        assert soon(lambda: "urbansdg_workers_busy 1.0" in httpx.get(health).text)
        answer = server.ask("SELECT ?o { <urn:one> ?p ?o }", accept="application/json")
        assert answer.json()["results"]["bindings"][0]["o"]["value"] == "Zürich one"
        assert hog.is_alive()
        hog.join()
