"""The first rows of an answer, read from its bytes."""

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.endpoint.results.result_table import ResultTable, TableReader

_VALUES = """SELECT ?a ?b { VALUES (?a ?b) {
  ("one\\ntwo\\t\\"three\\"" 1) (<http://example.org/a,b> UNDEF) (UNDEF "서울"@ko) (UNDEF UNDEF)
} }"""


def _tsv(query: str) -> bytes:
    results = ox.Store().query(query)
    assert not isinstance(results, ox.QueryTriples)
    body = results.serialize(format=ox.QueryResultsFormat.TSV)
    assert body is not None
    return body


def _read(body: bytes, *, most: int = 200, size: int = 7, is_graph: bool = False) -> ResultTable:
    reader = TableReader(is_graph, most)
    for start in range(0, len(body), size):
        reader.take(body[start : start + size])
    return reader.table()


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_table_has_the_terms_of_the_answer(size: int) -> None:
    """The rows have the terms of the answer, in whatever pieces it arrives."""
    table = _read(_tsv(_VALUES), size=size)
    solutions = ox.Store().query(_VALUES)
    assert isinstance(solutions, ox.QuerySolutions)
    assert table.rows == tuple(tuple(solution) for solution in solutions)
    assert table.columns == ("a", "b")
    assert table.total == 4
    assert table.column("b")[0] == ox.Literal(1)


@pytest.mark.parametrize(("query", "total"), [("SELECT ?a {}", 1), ("SELECT * { ?s ?p ?o }", 0)])
def test_rows_without_a_value_count(query: str, total: int) -> None:
    """A row that binds nothing is a row, and a header without rows has none."""
    assert _read(_tsv(query)).total == total


@pytest.mark.parametrize("condition", ["", "?s ?p ?o"])
def test_the_answer_to_ask_is_a_truth_value(condition: str) -> None:
    """ASK has no rows: its answer is true or false."""
    assert _read(_tsv(f"ASK {{ {condition} }}")).boolean is (condition == "")


def test_only_the_first_rows_are_kept_and_all_are_counted() -> None:
    """The rows after the first ones are counted."""
    body = b"?n\n" + b"".join(b"%d\n" % n for n in range(1000))
    table = _read(body, most=3, size=100)
    assert [row[0] for row in table.rows] == [ox.Literal(n) for n in range(3)]
    assert table.total == 1000


def test_long_values_do_not_fill_the_memory() -> None:
    """Rows are kept up to a megabyte, and the others are counted only."""
    row = b'"%s"\n' % (b"x" * 300_000)
    reader = TableReader(is_graph=False)
    reader.take(b"?n\n")
    for _ in range(50):
        reader.take(row)
    table = reader.table()
    assert len(table.rows) == 3
    assert table.total == 50


def test_a_value_without_an_end_is_not_kept() -> None:
    """A single value of many megabytes is dropped as it arrives."""
    reader = TableReader(is_graph=False)
    reader.take(b'?n\n"')
    for _ in range(40):
        reader.take(b"x" * 100_000)
    reader.take(b'"\n')
    table = reader.table()
    assert table.rows == ()
    assert table.total == 1


def test_the_rows_of_a_graph_are_its_triples() -> None:
    """The answer to CONSTRUCT is a table of subjects, predicates and objects."""
    table = _read(b'<http://e.org/s> <http://e.org/p> "o\\n"@en .\n', is_graph=True)
    assert table.columns == ("subject", "predicate", "object")
    assert table.rows[0][2] == ox.Literal("o\n", language="en")
    assert table.is_graph


@given(st.lists(st.text(max_size=20), max_size=5), st.integers(1, 9))
def test_any_texts_come_back(texts: list[str], size: int) -> None:
    """Any texts come back as they are, whatever characters they have."""
    try:
        values = " ".join(str(ox.Literal(text)) for text in texts)
    except UnicodeEncodeError:
        return  # half of a surrogate pair, which no literal can have
    table = _read(_tsv(f"SELECT ?t {{ VALUES ?t {{ {values} }} }}"), size=size)
    assert [row[0] for row in table.rows] == [ox.Literal(text) for text in texts]
