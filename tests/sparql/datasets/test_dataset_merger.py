"""The merge of the graphs that a query names by FROM."""

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.sparql.datasets.dataset_merger import DatasetMerger
from urbansdg.sparql.datasets.from_clauses import FromClauses, from_clauses

_BASE = "http://base.org/"
_A, _B, _C = (ox.NamedNode(f"http://base.org/{name}") for name in "abc")


@pytest.mark.parametrize(
    ("query", "clauses"),
    [
        ("SELECT * { ?s ?p ?o }", None),
        ("SELECT * { ?s ?p 'FROM <a>' }", None),
        ("SELECT * FROM <a> FROM <b> FROM <a> { ?s ?p ?o }", FromClauses((_A, _B), ())),
        ("SELECT * FROM NAMED <c> FROM <a> { GRAPH ?g { ?s ?p ?o } }", FromClauses((_A,), (_C,))),
        ("PREFIX e: <http://base.org/> ASK FROM e:a FROM e:b { }", FromClauses((_A, _B), ())),
        ("BASE <http://base.org/> DESCRIBE <x> from<a>from<b>", FromClauses((_A, _B), ())),
        (
            "PREFIX FROM: <b> CONSTRUCT { ?s ?p 1 } FROM <a> FROM FROM: { }",
            FromClauses((_A, _B), ()),
        ),
        ("PREFIXe:<http://base.org/>ASK FROM e:a FROM <b>{ }", FromClauses((_A, _B), ())),
        (
            'VERSION "1.2" BASE <http://base.org/x/> BASE <../> ASK FROM <a> {}',
            FromClauses((_A,), ()),
        ),
        ("ASKFROM <a> FROM <b> { }", None),
    ],
)
def test_the_clauses_of_a_query_are_read(query: str, clauses: FromClauses | None) -> None:
    """FROM and FROM NAMED are read with their prefixes; the engine is asked in case of doubt."""
    assert from_clauses(query, _BASE) == clauses


_GRAPHS = st.dictionaries(
    st.sampled_from([_A, _B, _C]), st.sets(st.integers(0, 3), max_size=3), min_size=3
)


@given(graphs=_GRAPHS)
def test_a_triple_of_several_graphs_counts_once(graphs: dict[ox.NamedNode, set[int]]) -> None:
    """COUNT and SUM over some graphs are those of the set union, and GRAPH sees the named ones."""
    store, node = ox.Store(), ox.NamedNode("urn:x")
    for graph, numbers in graphs.items():
        store.extend(ox.Quad(node, node, ox.Literal(number), graph) for number in numbers)
    merge = DatasetMerger(store).merged((_A, _B), (_C,))
    union = graphs[_A] | graphs[_B]
    assert (merge is None) == (len(union) == len(graphs[_A]) + len(graphs[_B]))
    if merge is not None:
        text = "SELECT (COUNT(*) AS ?n) (SUM(?o) AS ?sum) { ?s ?p ?o }"
        rows = merge.query(text)
        assert isinstance(rows, ox.QuerySolutions)
        (row,) = rows
        assert [int(row[name].value) for name in ("n", "sum")] == [len(union), sum(union)]
        assert len(list(merge.quads_for_pattern(None, None, None, _C))) == len(graphs[_C])
