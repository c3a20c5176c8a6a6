"""What an edit says itself need not be sought in the whole graph."""

import sys
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from urbansdg.sparql.datasets.graph_merge import settle
from urbansdg.store import MergedStore, Step
from urbansdg.store.changes import fork
from urbansdg.store.changes.edit import Edit
from urbansdg.store.changes.edit_process import EditedFork, do
from urbansdg.store.changes.merge_update import rebuild_merge

_OWN = "http://e/versions"
_DEFAULT = ox.NamedNode("http://e/default")
_BEFORE = """
    GRAPH <http://e/default> {
        <http://e/a> <http://e/p> "one", "; DELETE DATA { x", 7 .
        <http://e/b> <http://e/p> <http://e/a> .
    }
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
_NAMED += [
    "INSERT { ?s ?p ?new } WHERE { ?s ?p ?o BIND(UUID() AS ?new) }",
    "INSERT { ?s ?p 9 } WHERE { { SELECT ?s ?p { ?s ?p ?o } LIMIT 1 } }",
    "PREFIX e: <http://e/> INSERT { ?s ?p 8 } WHERE { ?s ?p ?o FILTER(?o <e:a#> } }\n || true) }",
    "INSERT{ ?s ?p 8 }WHERE{ ?s ?p ?o FILTER(?s<?o||?p>?o||true) }",
    "INSERTDATA{ <http://e/c> <http://e/p> <http://e/b#c> }",
]
_COMPARED = [
    "INSERT DATA { _:x <http://e/p> 1 }",
    "INSERT DATA { [] <http://e/p> 1 }",
    "INSERT DATA { <http://e/c> <http://e/p> (<http://e/a> <http://e/b#c>) }",
    "INSERT DATA { <http://e/c> <http://e/p> 1 } ; COPY DEFAULT TO <http://e/g>",
    "CLEAR GRAPH <http://e/h>",
    "INSERT { ?s ?p [] } WHERE { ?s ?p ?o }",
    "INSERT { ?s ?p ?new } WHERE { ?s ?p ?o BIND(BNODE() AS ?new) }",
]


def _state(store: ox.Store) -> ox.Store:
    """Return the store with what was there before, and its merge."""
    store.load(_BEFORE.encode(), format=ox.RdfFormat.TRIG)
    rebuild_merge(store)
    return store


def _edited(folder: Path, *steps: Step) -> tuple[MergedStore, MergedStore, list[ox.Quad] | None]:
    _state(ox.Store(str(folder / "after"))).flush()
    named, _ = Edit(steps, lambda _: None).run(folder / "after", _DEFAULT.value)
    return MergedStore(_state(ox.Store())), MergedStore(ox.Store(str(folder / "after"))), named


@pytest.mark.long
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


def test_a_thousand_operations_are_done_one_by_one(tmp_path: Path) -> None:
    """Many operations are done in their order, each with what is declared before it."""
    operations = (
        f"PREFIX e: <http://e/> INSERT DATA {{ e:a e:p {number} }} ; " for number in range(1_000)
    )
    _, after, named = _edited(tmp_path, Step("update", text="".join(operations)))
    assert named is not None
    assert len(named) == 1_000
    assert len(list(after.merged(ox.NamedNode("http://e/a"), None, None))) == 1_002


@pytest.mark.long
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
_PLACED = st.tuples(_GRAPH, _TRIPLE)
_OVER = "WITH <http://e/h>"


def _group(placed: Iterable[tuple[str, str]], default: str = "") -> str:
    """Return the text of triples in their graphs, those without one in `default`."""
    named = ((graph or default, triple) for graph, triple in placed)
    return " . ".join(f"{graph} {{ {triple} }}" if graph else triple for graph, triple in named)


@st.composite
def _operations(draw: st.DrawFn) -> tuple[str, str]:
    """Return an operation, and one to the same effect that names the clients' default graph."""
    over, using = (
        draw(st.sampled_from(choices))
        for choices in (["", _OVER], ["", "USING <http://e/g>", "USING NAMED <http://e/h>"])
    )
    deleted, inserted = (draw(st.lists(_PLACED, max_size=2)) for _ in range(2))
    pattern = _group(draw(st.lists(_PLACED, min_size=1, max_size=2)))
    texts = (
        f"{over} DELETE {{ {_group(deleted, graph)} }} INSERT {{ {_group(inserted, graph)} }}"
        f" {using} WHERE {{ {pattern} }}"
        for graph in ("", "" if over else f"GRAPH {_DEFAULT}")
    )
    before, after = texts
    return before, after


@given(updates=st.lists(_operations(), min_size=1, max_size=3))
def test_an_update_does_what_the_engine_does_to_the_clients_default_graph(
    updates: list[tuple[str, str]],
) -> None:
    """WHERE reads the merge, templates write to the clients' default graph, all quads are named.

    The engine does the same where the templates name that graph, and the merge is made anew.
    """
    expected, store = _state(ox.Store()), _state(ox.Store())
    try:
        for _, update in updates:
            expected.update(update)
            rebuild_merge(expected)
    except (SyntaxError, OSError, RuntimeError, ValueError):
        assume(condition=False)
    before, fork = {*store}, EditedFork(store, _DEFAULT)
    do(fork, [Step("update", text=" ;\n".join(text for text, _ in updates)).order()])
    assert {*MergedStore(store)} == {*MergedStore(expected)}
    named = [quad for quad in before ^ {*store} if quad.graph_name != ox.DefaultGraph()]
    if fork.named is not None:
        assert fork.named.issuperset(named)
        settle(store, fork.named)
        assert {*store} == {*expected}


@pytest.mark.parametrize(
    ("text", "default"),
    [
        ("CLEAR DEFAULT", 0),
        ("DROP DEFAULT", 0),
        ("CLEAR ALL", 0),
        ("DROP NAMED", 4),
        ("COPY <http://e/h> TO DEFAULT", 3),
        ("ADD DEFAULT TO <http://e/h>", 4),
        ("MOVE DEFAULT TO GRAPH <http://e/h>", 0),
        ("CLEAR ALL ; COPY DEFAULT TO <http://e/h>", 0),
    ],
)
def test_operations_on_whole_graphs_mean_the_clients_default_graph(
    tmp_path: Path, text: str, default: int
) -> None:
    """DEFAULT is what clients wrote to the default graph; an empty one has no name."""
    _, after, _ = _edited(tmp_path, Step("update", text=text))
    assert len(list(after.quads_for_pattern(None, None, None, _DEFAULT))) == default
    assert after.contains_named_graph(_DEFAULT) == bool(default)


def _calls(rows: int) -> int:
    """Return how many calls an update makes that changes so many statements."""
    store, counted = ox.Store(), 0
    node, predicate = ox.NamedNode("http://e/g"), ox.NamedNode("http://e/p")
    subjects = (ox.NamedNode(f"http://e/s{number}") for number in range(rows))
    store.extend(ox.Quad(subject, predicate, ox.Literal(1), node) for subject in subjects)
    text = "DELETE { GRAPH ?g { ?s ?p ?o } } INSERT { GRAPH ?g { ?s ?p 2 } } WHERE"
    step = Step("update", text=f"{text} {{ GRAPH ?g {{ ?s ?p ?o }} }}")
    orders = [step.order()]

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        do(EditedFork(store, _DEFAULT), orders)
    finally:
        sys.setprofile(None)
    return counted


def test_an_update_with_where_costs_what_it_changes() -> None:
    """Twice as many rows take twice as many steps: no row is compared with the others."""
    few, twice = _calls(1_000), _calls(2_000)
    assert twice < 2.1 * few
    assert few < 100 * 1_000
