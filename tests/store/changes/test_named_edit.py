"""What an edit says itself need not be sought in the whole graph."""

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from urbansdg.sparql.update_operations import operations
from urbansdg.store import Step
from urbansdg.store.changes import edit_process, fork
from urbansdg.store.changes.edit import Edit

_OWN = "http://e/versions"
_BEFORE = """
    <http://e/a> <http://e/p> "one", "; DELETE DATA { x", 7 .
    <http://e/b> <http://e/p> <http://e/a> .
    GRAPH <http://e/h> { <http://e/a> <http://e/p> "one", 5 . <http://e/h> <http://e/p> 3 }
    GRAPH <http://e/g> { <http://e/k> <http://e/p> "k" }
"""
_NAMED = [
    "INSERT DATA { <http://e/c> <http://e/p> 'two' . <http://e/a> <http://e/p> 'one' }",
    "DELETE DATA { <http://e/a> <http://e/p> 'one' } ; INSERT DATA { <http://e/a> <http://e/p> 2 }",
    "DELETE DATA { <http://e/a> <http://e/p> '; DELETE DATA { x' }",
    "INSERT DATA { <http://e/a> <http://e/p> '''; DELETE\nDATA { \"x' ''', \"# INSERT\" } # COPY",
    "insert  data { graph <http://e/g> { <http://e/a> <http://e/delete> '; INSERT DATA {' } }",
    "PREFIX ex: <http://e/> DELETE DATA { ex:a ex:p 07, '007' } ; INSERT DATA { ex:add ex:copy 1 }",
    "INSERT DATA { <http://e/c> <http://e/p> '\\u0041' }",
    "DELETE WHERE { <http://e/a> <http://e/p> ?o }",
    "delete where { ?s ?p ?o } # GRAPH }",
    "DELETE { ?s ?p 'one' } INSERT { ?s <http://e/p> 'two' } WHERE { ?s ?p ?o }",
    "INSERT DATA { <http://e/c> <http://e/p> 1 } ; INSERT { ?s <http://e/q> 2 } WHERE { ?s ?p ?o }",
    "INSERT { GRAPH <http://e/g> { ?s ?p ?o } } WHERE { ?s ?p ?o FILTER(?o != 7) }",
    "INSERT { GRAPH ?s { ?o ?p ?s ; ?p '}' } } WHERE { ?s ?p ?o . FILTER(STR(?s)<'i'||?o>?s) }",
    "DELETE { GRAPH ?g { ?s ?p ?o } } INSERT { ?s ?p ?g } WHERE { GRAPH ?g { ?s ?p ?o } }",
    "WITH <http://e/h> DELETE { ?s ?p ?o } INSERT { ?s ?p 8 } WHERE { ?s ?p ?o }",
    "WITH <http://e/h> INSERT { ?s ?p 8 } USING <http://e/g> WHERE { ?s ?p ?o }",
    "INSERT { ?s ?p 8 } USING NAMED <http://e/h> WHERE { GRAPH ?g { ?s ?p ?o } }",
    "BASE <http://e/> PREFIX : <p#> WITH <h> DELETE { <a> ?p ?o ; :x ?o } WHERE { ?s ?p ?o }",
    "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o ; <http://e/p> 'one' } ; DELETE WHERE { ?s ?p ?o } ;",
    "DELETE { ?s ?p ?o } INSERT { ?o ?p ?s . ?s a ?none } WHERE { ?s ?p ?o OPTIONAL { ?s a ?n } }",
    "INSERT { <http://e/b> <http://e/p> 1 } WHERE { }",
    "INSERT { <http://e/b> <http://e/p> 1, 2 ; a <urn:C> } WHERE { FILTER EXISTS { ?s ?p 7 } }",
    "INSERT { ?s ?p 8 } WHERE { ?s <http://e/\\u0070> ?o BIND(<http://e/p> AS ?p) }",
    "PREFIX e: <http://e/> INSERT { ?s e:p.q ?l } WHERE { ?s e:p ?o BIND(CONCAT('#', ?o) AS ?l) }",
]
_COMPARED = [
    "INSERT DATA { _:x <http://e/p> 1 }",
    "INSERT DATA { [] <http://e/p> 1 }",
    "INSERT DATA { <http://e/c> <http://e/p> 1 } ; COPY DEFAULT TO <http://e/g>",
    "CLEAR GRAPH <http://e/h>",
    "INSERT { ?s ?p [] } WHERE { ?s ?p ?o }",
    "INSERT { ?s ?p ?new } WHERE { ?s ?p ?o BIND(BNODE() AS ?new) }",
    "INSERT { ?s ?p ?new } WHERE { ?s ?p ?o BIND(UUID() AS ?new) }",
    "INSERT { ?s ?p 9 } WHERE { { SELECT ?s ?p { ?s ?p ?o } LIMIT 1 } }",
    "PREFIX e: <http://e/> INSERT { ?s ?p 8 } WHERE { ?s ?p ?o FILTER(?o <e:a#> } }\n || true) }",
]


def _edited(folder: Path, *steps: Step) -> tuple[ox.Store, ox.Store, list[ox.Quad] | None]:
    before = ox.Store()
    before.load(_BEFORE.encode(), format=ox.RdfFormat.TRIG)
    after = ox.Store(str(folder / "after"))
    after.extend(before)
    after.flush()
    del after
    named = Edit(steps, lambda _: None).run(folder / "after")
    return before, ox.Store(str(folder / "after")), named


@pytest.mark.parametrize("text", [*_NAMED, *_COMPARED])
def test_what_is_named_is_the_whole_difference(tmp_path: Path, text: str) -> None:
    """What an update says or its WHERE finds is named; the difference is that of whole graphs."""
    before, after, named = _edited(tmp_path, Step("update", text=text))
    assert (named is not None) == (text in _NAMED)
    whole = fork.compare_edited(before, after, None, _OWN)
    difference = fork.compare_edited(before, after, None, _OWN, named)
    assert whole.graphs
    assert (difference.new, difference.gone) == (whole.new, whole.gone)
    assert (difference.subjects, difference.graphs) == (whole.subjects, whole.graphs)


def test_a_graph_that_is_merged_names_its_quads(tmp_path: Path) -> None:
    """What the Graph Store Protocol merges into a graph is compared with what was there."""
    file = tmp_path / "more.ttl"
    file.write_text("<http://e/a> <http://e/p> 'one', 'two' .", "utf-8")
    step = Step("merge", "default", file=str(file), form="text/turtle", base="http://e/")
    before, after, named = _edited(tmp_path, step)
    difference = fork.compare_edited(before, after, None, _OWN, named)
    assert named is not None
    assert (difference.added, difference.removed) == (1, 0)


def test_very_many_operations_are_not_read_one_by_one() -> None:
    """An update of more operations than are worth it is done as a whole, whatever is declared."""
    operation = "PREFIX e: <http://e/> INSERT DATA { e:a e:p 1 } ; "
    assert len(operations(100 * operation) or ()) == 100
    assert operations(101 * operation) is None


def test_many_quads_are_not_named(tmp_path: Path) -> None:
    """Of an edit of many quads the states are compared: to hand all over would take longer."""
    statements = " ".join(f"<http://e/a> <http://e/p> {number} ." for number in range(11_000))
    _, _, named = _edited(tmp_path, Step("update", text=f"INSERT DATA {{ {statements} }}"))
    assert named is None


_TERMS = st.sampled_from(["?s", "?p", "?o", "?g", "<http://e/a>", "<http://e/p>", "'one'", "5"])
_TRIPLE = st.tuples(
    st.sampled_from(["?s", "?o", "<http://e/a>", "<http://e/b>"]),
    st.sampled_from(["?p", "<http://e/p>", "a"]),
    _TERMS,
).map(" ".join)
_GRAPH = st.sampled_from(["", "GRAPH ?g", "GRAPH <http://e/h>", "GRAPH ?s"])
_PLACED = st.tuples(_GRAPH, _TRIPLE).map(lambda it: f"{it[0]} {{ {it[1]} }}" if it[0] else it[1])
_TEMPLATE = st.lists(_PLACED, max_size=2).map(" . ".join)
_OPERATION = st.builds(
    "{} DELETE {{ {} }} INSERT {{ {} }} {} WHERE {{ {} }}".format,
    st.sampled_from(["", "WITH <http://e/h>"]),
    _TEMPLATE,
    _TEMPLATE,
    st.sampled_from(["", "USING <http://e/g>", "USING NAMED <http://e/h>"]),
    st.lists(_PLACED, min_size=1, max_size=2).map(" . ".join),
)


@given(updates=st.lists(_OPERATION, min_size=1, max_size=2))
def test_whatever_is_named_is_all_that_differs(updates: list[str]) -> None:
    """Whatever an update with WHERE clauses does, what it names has every quad that it changes."""
    text = " ;\n".join(updates)
    before, after = ox.Store(), ox.Store()
    for state in (before, after):
        state.load(_BEFORE.encode(), format=ox.RdfFormat.TRIG)
    try:
        named = edit_process.do(after, [Step("update", text=text).order()])
    except edit_process.Failed:
        assume(condition=False)
    assert named is not None
    changed = {*before} ^ {*after}
    assert changed <= set(ox.parse(named, format=ox.RdfFormat.N_QUADS))
