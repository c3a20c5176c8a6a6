"""Numbers of statements by class and predicate: those that the engine counts."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    Store,
)

from urbansdg.endpoint.subjects.current_subjects import CurrentSubjects
from urbansdg.endpoint.subjects.statement_counts import FEW, StatementCounter, StatementCounts
from urbansdg.endpoint.subjects.subject_file import SubjectFile, write_subject_file
from urbansdg.endpoint.workers.lookup import CountTable, lookup_of
from urbansdg.endpoint.workers.worker_frames import QueryMessage
from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.store import MergedStore
from urbansdg.store.changes.merge_update import rebuild_merge

_TYPE = PREFIXES["rdf"] + "type"
_THINGS = [f"urn:{letter}" for letter in "abcde"]
_STATEMENTS = st.lists(
    st.tuples(
        st.sampled_from(_THINGS).map(NamedNode) | st.just(BlankNode("x")),
        st.sampled_from([_TYPE, "urn:p", "urn:q"]).map(NamedNode),
        st.sampled_from(["urn:C", "urn:D", "urn:a"]).map(NamedNode) | st.just(Literal("C")),
        st.sampled_from(["urn:graph:1", "urn:graph:2"]).map(NamedNode),
    ),
    max_size=20,
)
_COUNTED = ["*", "?s", "DISTINCT ?s", "$s", "?o", "DISTINCT ?o"]
_PATTERNS = [
    *("?s a ?o", f"?s <{_TYPE}> ?o .", "?s ?p ?o", "?s <urn:p> ?o", "?s <urn:none> ?o"),
    *("?s a <urn:C>", "?s a ex:D", "?s a <urn:none>", "?s <urn:p> <urn:C>"),
]
_ENDS = ["", "GROUP BY ?o", "GROUP BY ?p", "GROUP BY ?s"]
_ORDERS = ["", "ORDER BY DESC(?n)", "order by ?n", "ORDER BY ASC( ?n )", "ORDER BY ?o"]
_PROJECTED = ["(COUNT({}) AS ?n)", "?o (COUNT({}) AS ?n)", "(COUNT({}) AS ?n) ?o"]
_PROJECTED += ["?p (count( {} )as ?n)", "(COUNT({}) AS ?o)"]
_QUERIES = st.builds(
    lambda projected, counted, pattern, end, order: (
        f"PREFIX ex: <urn:> SELECT {projected.format(counted)} WHERE {{ {pattern} }} {end} {order}"
    ),
    *map(st.sampled_from, (_PROJECTED, _COUNTED, _PATTERNS, _ENDS, _ORDERS)),
)


def _store(statements: list[tuple[Any, Any, Any, Any]]) -> Store:
    store = Store()
    store.extend(Quad(*statement) for statement in statements)
    rebuild_merge(store)
    return store


def _counted(store: Store) -> StatementCounts | None:
    counter = StatementCounter()
    counter.count(MergedStore(store).merged(None, None, None))
    return counter.counts()


class _Version:
    """A store with its subject file, as a version is held."""

    def __init__(self, store: Store) -> None:
        """Write the file, and read it."""
        self.store = MergedStore(store)
        self.triples = 0
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "subjects"
            record = {"number": 1, "mark": "1", "created": ""}
            with path.open("wb") as out:
                write_subject_file(out, self.store.merged(None, None, None), record)
            self.subjects = CurrentSubjects.of(SubjectFile.open(path))


def _by_engine(store: Store, query: str) -> dict[str, Any] | None:
    """Return the table of the engine, None for a query that is in error."""
    try:
        results = store.query(query)
    except SyntaxError:
        return None
    assert isinstance(results, QuerySolutions)
    table: dict[str, Any] = json.loads(results.serialize(format=QueryResultsFormat.JSON) or b"")
    return table


def _rows(table: dict[str, Any]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in table["results"]["bindings"])


@given(statements=_STATEMENTS, query=_QUERIES)
def test_a_count_is_that_of_the_engine(
    statements: list[tuple[Any, Any, Any, Any]], query: str
) -> None:
    """A query that is a count has the rows of the engine, in the order that it asks for."""
    lookup = lookup_of(query)
    store = _store(statements)
    table = _by_engine(store, query)
    if lookup is None:
        return
    assert table is not None, "a query in error is left to a worker"
    answer = lookup.answer(_Version(store), QueryMessage(query, "json", "ntriples"))
    if answer is None:
        return
    own = json.loads(answer)
    assert own["head"] == table["head"]
    assert _rows(own) == _rows(table)
    if "ORDER" in query.upper():
        numbers = [[row["n"] for row in one["results"]["bindings"]] for one in (own, table)]
        assert numbers[0] == numbers[1]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?class (COUNT(*) AS ?n) { ?thing a ?class } GROUP BY ?class",
        "SELECT (COUNT(DISTINCT ?s) AS ?n) ?c WHERE { ?s a ?c . } GROUP BY ?c ORDER BY DESC(?n)",
        "SELECT ?p (COUNT(?s) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY ?n",
        "PREFIX e: <urn:> SELECT (COUNT(*) AS ?n) { ?s a e:C }",
        "SELECT (COUNT(*) AS ?n) { ?s <urn:p> ?o }",
    ],
)
def test_the_usual_counts_are_answered_without_a_worker(query: str) -> None:
    """Counts by class and by predicate, of one class and of one predicate, need no evaluation."""
    lookup = lookup_of(query)
    assert isinstance(lookup, CountTable)
    store = _store(
        [(NamedNode(name), NamedNode(_TYPE), NamedNode("urn:C"), None) for name in _THINGS]
    )
    question = QueryMessage(query, "json", "ntriples")
    assert lookup.answer(_Version(store), question) is not None
    assert lookup.answer(_Version(store), QueryMessage(query, "csv", "ntriples")) is None


@given(before=_STATEMENTS, after=_STATEMENTS)
def test_a_change_is_counted_from_what_it_touches(
    before: list[tuple[Any, Any, Any, Any]], after: list[tuple[Any, Any, Any, Any]]
) -> None:
    """The counts of a version follow from those of the one before and the things that changed."""
    old, new = (
        _store([it for it in statements if isinstance(it[0], NamedNode)])
        for statements in (before, after)
    )
    counts = _counted(old)
    assert counts is not None
    states = MergedStore(old), MergedStore(new)
    assert counts.after(_THINGS, *states) == _counted(new)
    assert counts.after([f"urn:{number}" for number in range(FEW + 1)], *states) is None
