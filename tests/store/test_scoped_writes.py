"""A scoped token changes only its own graphs, in every version, whatever follows automatically."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from urbansdg.endpoint.history import change_history
from urbansdg.errors import InvalidData, QueryError, QueryRefused, WriteRefused
from urbansdg.store import Change, Edit, Gate, GraphStore, Step, Token
from urbansdg.store.changes.provenance import GRAPH
from urbansdg.store.history.history_index import read_index

BASE = "http://localhost:8000"
PRESS, OTHER = f"{BASE}/graph/press", f"{BASE}/graph/other"
_V = "http://www.w3.org/2006/vcard/ns#"
_U = "https://w3id.org/urbansdg/ontology#"
_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_GOAL = "http://metadata.un.org/sdg/13"
_THINGS = (_GOAL, "urn:kim", "urn:office", "urn:part", f"{_U}Policy")
_MAILBOX = "mailto:kim@secret.example"
MakeChange = Callable[..., Change]


def _person(thing: str, kind: str = "Individual") -> str:
    return f'<{thing}> a <{_V}{kind}> ; <{_V}fn> "Somebody" ; <{_U}consent> <{thing}/c> .'


_LOADED = f"""
<{_GOAL}> <http://www.w3.org/2004/02/skos/core#prefLabel> "Climate action"@en .
<{_U}Policy> <http://www.w3.org/2000/01/rdf-schema#label> "Policy"@en .
<urn:office> <{_TYPE}> <{_V}Organization> .
<urn:office> <{_V}hasEmail> <{_MAILBOX}> .
<urn:part> <http://e/says> "a part" .
<urn:page> <http://e/about> <{_MAILBOX}> .
<urn:page> <http://e/about> <{_GOAL}> .
<urn:kim> <{_TYPE}> <http://e/Ship> .
<urn:kim> <{_V}fn> "Kim" .
"""


def _edit(steps: Iterable[Step], graphs: tuple[str, ...] = (PRESS,)) -> Change:
    token = Token("press", graphs, "", "")
    return Change("press", edit=Edit(tuple(steps), token.permit))


def _update(text: str) -> Change:
    return _edit([Step("update", text=text)])


def _others(store: GraphStore, but: str = PRESS) -> dict[int, frozenset[str]]:
    """Return every version as canonical N-Quads without one graph and the store's own."""
    left_out = {but, store.iris.graph(GRAPH)}
    states = {version.number: ox.Dataset(store.read(version)) for version in store.versions()}
    for state in states.values():
        state.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return {
        number: frozenset(
            str(quad)
            for quad in state
            if not (isinstance(quad.graph_name, ox.NamedNode) and quad.graph_name.value in left_out)
        )
        for number, state in states.items()
    }


def _check_unchanged(store: GraphStore, before: dict[int, frozenset[str]]) -> None:
    after = _others(store)
    newest = before[max(before)]
    for number, quads in after.items():
        assert quads == before.get(number, newest)


@pytest.fixture
def loaded(graph_store: GraphStore, make_change: MakeChange, let_through: Gate) -> GraphStore:
    """Return a graph of three versions that a loader made."""
    store = graph_store
    older = _LOADED.replace("Climate action", "Climate")
    store.publish(make_change(older, "other"), let_through)
    store.publish(make_change(_LOADED, "other"), let_through)
    return store


@pytest.mark.long
@pytest.mark.parametrize("thing", [_GOAL, "urn:kim", f"{_U}Policy", "urn:office", "urn:page"])
def test_a_thing_that_one_graph_calls_a_person_stays_in_all_other_graphs(
    loaded: GraphStore, let_through: Gate, thing: str
) -> None:
    """Removing persons takes from a graph that describes none only what says that it is one.

    The gate refuses such a statement; an older release took it from a scoped token.
    """
    typed = f"INSERT DATA {{ GRAPH <{OTHER}> {{ <{thing}> a <http://e/Thing> }} }}"
    everywhere = Edit((Step("update", text=typed),), lambda _: None)
    loaded.publish(Change("operator", edit=everywhere), let_through)
    before = _others(loaded)
    text = f"INSERT DATA {{ GRAPH <{PRESS}> {{ {_person(thing)} }} }}"
    loaded.publish(_update(text), let_through)
    loaded.forget("upkeep")
    _check_unchanged(loaded, before)
    assert not any("Somebody" in str(quad) for quad in loaded.read(loaded.current()))


def test_a_load_after_a_scoped_write_leaves_older_versions_whole(
    loaded: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """A thing that a scoped token calls a person can be loaded anew without loss of its history."""
    text = f"INSERT DATA {{ GRAPH <{PRESS}> {{ {_person(_GOAL)} }} }}"
    loaded.publish(_update(text), let_through)
    before = _others(loaded)
    loaded.publish(make_change(_LOADED.replace("Climate action", "Act"), "other"), let_through)
    after = _others(loaded)
    assert all(after[number] == quads for number, quads in before.items())


def test_the_operator_forgets_a_named_person_in_every_graph_and_version(
    loaded: GraphStore, let_through: Gate
) -> None:
    """Forgetting a person by IRI removes what all graphs of all versions state of them."""
    text = f'INSERT DATA {{ GRAPH <{PRESS}> {{ <urn:kim> <http://e/nick> "K" }} }}'
    loaded.publish(_update(text), let_through)
    loaded.forget("operator", frozenset({"urn:kim"}))
    for version in loaded.versions():
        assert not any("urn:kim" in str(quad.triple) for quad in _stated(loaded, version.number))


def _stated(store: GraphStore, number: int) -> Iterable[ox.Quad]:
    own = ox.NamedNode(store.iris.graph(GRAPH))
    return (quad for quad in store.read(store.version(number)) if quad.graph_name != own)


def test_a_change_that_reaches_further_is_refused_with_the_graphs_named(
    loaded: GraphStore, let_through: Gate
) -> None:
    """A refusal names every graph that the change affects and the token cannot write."""
    text = f'INSERT DATA {{ GRAPH <{OTHER}> {{ <urn:a> <urn:b> "1" }} <urn:a> <urn:b> "1" }}'
    with pytest.raises(WriteRefused, match=f"default, {OTHER}"):
        loaded.publish(_update(text), let_through)


@pytest.mark.parametrize(
    "text",
    [
        "INSERT { GRAPH ?g { <urn:a> <urn:b> 1 } } WHERE { BIND(BNODE() AS ?g) }",
        "INSERT { GRAPH ?g { <urn:a> ?x ?g } } WHERE { VALUES ?x { <urn:b> } BIND(BNODE() AS ?g) }",
        (
            "INSERT DATA { <urn:a> <urn:b> [] } ;"
            " INSERT { GRAPH ?g { <urn:a> <urn:b> 1 } } WHERE { <urn:a> <urn:b> ?g }"
        ),
    ],
)
def test_a_graph_named_by_a_blank_node_is_refused(
    loaded: GraphStore, let_through: Gate, text: str
) -> None:
    """An update that binds a graph's name to a blank node is a problem in data, not a fault."""
    number = loaded.current_number()
    everywhere = replace(_update(text), edit=Edit((Step("update", text=text),), lambda _: None))
    with pytest.raises(InvalidData, match="named by a blank node"):
        loaded.publish(everywhere, let_through)
    assert loaded.current_number() == number


_thing = st.sampled_from(_THINGS)
_graph = st.sampled_from((PRESS, PRESS, PRESS, OTHER))
_statement = st.one_of(
    st.builds(_person, _thing, st.sampled_from(("Individual", "Organization"))),
    st.builds("<{}> <{}hasEmail> <{}> .".format, _thing, st.just(_V), st.just(_MAILBOX)),
    st.builds("<{}> <{}hasAddress> <{}> .".format, _thing, st.just(_V), _thing),
    st.builds("<{}> a <{}{}> .".format, _thing, st.just(_V), st.sampled_from(("Group", "Agent"))),
    st.builds("<{}> <{}consent> <urn:kim/consent> .".format, _thing, st.just(_U)),
)
_operation = st.one_of(
    st.builds("INSERT DATA {{ GRAPH <{}> {{ {} }} }}".format, _graph, _statement),
    st.builds("DELETE DATA {{ GRAPH <{}> {{ {} }} }}".format, _graph, _statement),
    st.builds("DELETE WHERE {{ GRAPH <{}> {{ <{}> ?p ?o }} }}".format, _graph, _thing),
    st.builds("CLEAR SILENT GRAPH <{}>".format, _graph),
    st.builds("DROP SILENT GRAPH <{}>".format, _graph),
    st.builds(
        "INSERT {{ GRAPH <{}> {{ ?s ?p ?o }} }} WHERE {{ GRAPH <{}> {{ ?s ?p ?o }} }}".format,
        _graph,
        _graph,
    ),
)
_write = st.one_of(
    st.lists(_operation, min_size=1, max_size=3).map(
        lambda texts: (Step("update", text=" ; ".join(texts)),)
    ),
    st.builds(lambda text: (Step("patch", PRESS, text=f"INSERT DATA {{ {text} }}"),), _statement),
    st.just((Step("drop", PRESS),)),
)


@pytest.mark.long
@settings(
    max_examples=settings().max_examples // 8,  # each publishes about ten versions
    suppress_health_check=list(HealthCheck),
)
@given(
    writes=st.lists(_write, min_size=1, max_size=4),
)
def test_random_writes_of_a_scoped_token_leave_all_other_graphs_equal(
    let_through: Gate, writes: list[tuple[Step, ...]]
) -> None:
    """No update or graph write by a scoped token reaches further, nor does removing persons then.

    Each thing has a class in another graph: without one, nothing says that it is no person.
    """
    with TemporaryDirectory() as folder:
        store = GraphStore.create(Path(folder) / "graph", BASE)
        kinds = "".join(f"<{thing}> a <http://e/Thing> . " for thing in _THINGS)
        for text in (_LOADED.replace("Climate action", "Climate"), f"{_LOADED} {kinds}"):
            graph = f"CLEAR SILENT GRAPH <{OTHER}> ; INSERT DATA {{ GRAPH <{OTHER}> {{ {text} }} }}"
            edit = Edit((Step("update", text=graph),), lambda _: None)
            store.publish(Change("operator", edit=edit), let_through)
        before = _others(store)
        for steps in writes:
            with suppress(WriteRefused, QueryError):
                store.publish(_edit(steps), let_through)
            _check_unchanged(store, before)
        store.forget("upkeep")
        _check_unchanged(store, before)


_PLAY = '<urn:kim> <http://e/says> "x"'
_SHORT, _LAST = f"PREFIX s: <{OTHER[:-1]}>", OTHER[-1]
_HIDDEN = [
    # After a number and after a group, `<` compares, and a string begins within what is not an IRI.
    (
        f"INSERT {{ GRAPH <{PRESS}> {{ <urn:a> <urn:b> 1 }} }} WHERE {{ FILTER(1<'>'||1=1) }} ;"
        f" INSERT DATA {{ GRAPH <{OTHER}> {{ {_PLAY} }} }} #')}}"
    ),
    (
        f"INSERT {{ GRAPH <{PRESS}> {{ <urn:a> <urn:b> 1 }} }}"
        f" WHERE {{ FILTER(EXISTS {{ }} <'>'||1=1) }} ;"
        f" INSERT DATA {{ GRAPH <{OTHER}> {{ {_PLAY} }} }} #')}}"
    ),
    # A keyword needs no space before it; blank nodes are not named one by one.
    (
        f"DELETE {{ <urn:none> <urn:b> trueGRAPH <{OTHER}> {{ <urn:kim> <{_V}fn> 'Kim' }} }}"
        f" INSERT {{ GRAPH <{PRESS}> {{ <urn:a> <urn:b> [] }} }} WHERE {{ }}"
    ),
    (
        f"DELETE {{ <urn:none> <urn:b> 1e5GRAPH <{OTHER}> {{ <urn:kim> <{_V}fn> 'Kim' }} }}"
        f" INSERT {{ GRAPH <{PRESS}> {{ <urn:a> <urn:b> [] }} }} WHERE {{ }}"
    ),
    (
        f"INSERT {{ GRAPH <{PRESS}> {{ <urn:a> <urn:b> 1 }} }}"
        f" WHERE {{ FILTER(<<( <urn:a> <urn:b> 1 )>> <'>'||1=1) }} ;"
        f" INSERT DATA {{ GRAPH <{OTHER}> {{ {_PLAY} }} }} #')}}"
    ),
    # A keyword may be in what looks like a prefix: `GRAPHs:x` is GRAPH and `s:x` where no prefix
    # `GRAPHs` is declared, or where its name is not an IRI.
    f"{_SHORT} INSERT DATA {{ GRAPHs:{_LAST} {{ [] <urn:b> 1 }} }}",
    f"{_SHORT} PREFIX GRAPHs: <http://e:> INSERT DATA {{ GRAPHs:{_LAST} {{ [] <urn:b> 1 }} }}",
    f"{_SHORT} INSERT DATA {{ <urn:a> <urn:b> s:a.b.GRAPHs:{_LAST} {{ [] <urn:b> 1 }} }}",
    f"{_SHORT} INSERT {{ <urn:a> <urn:b> trueGRAPHs:{_LAST} {{ [] <urn:b> 1 }} }} WHERE {{ }}",
    f"{_SHORT} INSERT {{ <urn:a> <urn:b> 1e5GRAPHs:{_LAST} {{ [] <urn:b> 1 }} }} WHERE {{ }}",
    f"{_SHORT} WITHs:{_LAST} INSERT {{ [] <urn:b> 1 }} WHERE {{ }}",
    # A wrong escape in a comment makes two strings and a comment of what looks like one string.
    (
        f"INSERT DATA {{ <urn:a> <urn:b> ('''a' #\\q\n 1) GRAPH <{OTHER}> {{ [] <urn:b> 1 }} }}"
        f" # '''"
    ),
    # What looks like a comment in a string is none; RAND keeps the operations from being known.
    (
        f"INSERT {{ GRAPH <{PRESS}> {{ <urn:a> <urn:b> 'GRAPH # ' }} GRAPH <{OTHER}> {{\n"
        f" <{PRESS}> <urn:b> 1 }} }} WHERE {{ FILTER(RAND() > -1) }}"
    ),
]


@pytest.mark.long
@pytest.mark.parametrize("text", _HIDDEN)
def test_an_update_cannot_hide_the_graph_that_it_writes_to(
    loaded: GraphStore, let_through: Gate, text: str
) -> None:
    """Whatever an update looks like, a write to another graph is found and refused."""
    named = f"CLEAR SILENT GRAPH <{OTHER}> ; INSERT DATA {{ GRAPH <{OTHER}> {{ {_LOADED} }} }}"
    everywhere = Edit((Step("update", text=named),), lambda _: None)
    loaded.publish(Change("operator", edit=everywhere), let_through)
    before = _others(loaded)
    with pytest.raises((WriteRefused, QueryRefused), match=f"{OTHER}|cannot be divided"):
        loaded.publish(_update(text), let_through)
    _check_unchanged(loaded, before)


@pytest.mark.long
def test_a_random_graph_is_found_however_its_keywords_are_joined(
    loaded: GraphStore, let_through: Gate
) -> None:
    """A pattern whose solutions are random is not asked beforehand, also without spaces in it."""
    before = _others(loaded)
    text = (
        f"INSERT {{ GRAPH ?g {{ <urn:a> <urn:b> 1 }} }} WHERE {{"
        f" {{ SELECT (MAX(DISTINCTRAND()) AS ?r) {{}} }}"
        f" BIND(IF(?r < 0.5, IRI('{PRESS}'), IRI('{OTHER}')) AS ?g) }}"
    )
    for _ in range(6):
        with suppress(WriteRefused):
            loaded.publish(_update(text), let_through)
        clear = Edit((Step("drop", PRESS),), lambda _: None)
        loaded.publish(Change("operator", edit=clear), let_through)
    _check_unchanged(loaded, before)


def _everywhere(text: str, graph: str) -> Change:
    step = Step("update", text=f"INSERT DATA {{ GRAPH <{graph}> {{ {text} }} }}")
    return Change("operator", edit=Edit((step,), lambda _: None))


@pytest.mark.parametrize("thing", ["urn:page", pytest.param("urn:lee", marks=pytest.mark.long)])
@pytest.mark.parametrize("path", [f"{_V}hasAddress", f"{_U}consent", f"{_V}hasEmail"])
def test_forgetting_a_person_spares_what_a_scoped_graph_calls_their_part(
    loaded: GraphStore, let_through: Gate, thing: str, path: str
) -> None:
    """A thing of another graph is no part of a person because a scoped token's graph says so."""
    lee = f"<urn:lee> a <{_V}Organization> ; <{_V}hasEmail> <mailto:lee@e> ."
    lee += " <urn:note> <http://e/to> <mailto:lee@e> ."
    loaded.publish(_everywhere(lee, OTHER), let_through)
    before = _others(loaded)
    text = f"<urn:press-kim> <{path}> <{thing}> ; <{_V}hasEmail> <mailto:lee@e> ; a <urn:T> ."
    loaded.publish(_everywhere(text, PRESS), let_through)
    loaded.forget("operator", frozenset({"urn:press-kim"}))
    _check_unchanged(loaded, before)
    assert not any("press-kim" in str(quad.triple) for quad in _stated(loaded, 4))


def test_a_page_of_changes_keeps_what_another_graph_said_then(
    loaded: GraphStore, let_through: Gate
) -> None:
    """A withdrawal from one graph takes no statement of another out of a page of changes."""
    folder = loaded.directory / "catalogue"
    change_history.build(loaded, loaded.current(), folder)
    with read_index(folder) as index:
        before = (index.page(1, 1) or b"").decode()
    assert '"Climate"@en' in before
    label = f'<{_GOAL}> <http://www.w3.org/2004/02/skos/core#prefLabel> "Climate"@en .'
    typed = f"INSERT DATA {{ GRAPH <{OTHER}> {{ <{_GOAL}> a <http://e/Goal> }} }}"
    loaded.publish(
        Change("operator", edit=Edit((Step("update", text=typed),), lambda _: None)), let_through
    )
    text = f"INSERT DATA {{ GRAPH <{PRESS}> {{ {label} {_person(_GOAL)} }} }}"
    loaded.publish(_update(text), let_through)
    loaded.forget("upkeep")
    change_history.build(loaded, loaded.current(), folder)
    with read_index(folder) as index:
        assert (index.page(1, 1) or b"").decode() == before


def test_forgetting_a_person_removes_what_only_leads_to_them(
    loaded: GraphStore, let_through: Gate
) -> None:
    """A statement about a forgotten person leaves versions that do not describe the person."""
    pointer = "<urn:page> <http://e/author> <urn:joe> ."
    loaded.publish(_everywhere(pointer, OTHER), let_through)
    loaded.publish(_everywhere("<urn:joe> <http://e/nick> 'J' .", PRESS), let_through)
    loaded.forget("operator", frozenset({"urn:joe"}))
    for version in loaded.versions():
        assert not any("urn:joe" in str(quad.triple) for quad in _stated(loaded, version.number))
