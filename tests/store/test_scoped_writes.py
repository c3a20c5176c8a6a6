"""A scoped token changes only its own graphs, in every version, whatever follows automatically."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from urbansdg.endpoint.editions import change_history
from urbansdg.errors import InvalidData, QueryError, WriteRefused
from urbansdg.store import Change, Edit, Gate, GraphStore, Step, Token
from urbansdg.store.changes.provenance import GRAPH

BASE = "http://localhost:8000"
PRESS, OTHER = f"{BASE}/graph/press", f"{BASE}/graph/other"
_DAY = date(2026, 5, 1)
_V = "http://www.w3.org/2006/vcard/ns#"
_U = "https://w3id.org/urbansdg/ontology#"
_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_DATE = "http://www.w3.org/2001/XMLSchema#date"
_GOAL = "http://metadata.un.org/sdg/13"
_THINGS = (_GOAL, "urn:kim", "urn:kim/consent", "urn:office", "urn:part", f"{_U}Policy")
_MAILBOX = "mailto:kim@secret.example"
MakeChange = Callable[..., Change]


def _consent(person: str, until: str) -> str:
    return (
        f"<{person}> a <{_V}Individual> ; <{_U}consent> <{person}/c> ."
        f' <{person}/c> <{_U}consentGiven> "2020-01-01"^^<{_DATE}> ;'
        f' <{_U}consentUntil> "{until}"^^<{_DATE}> .'
    )


_LOADED = f"""
<{_GOAL}> <http://www.w3.org/2004/02/skos/core#prefLabel> "Climate action"@en .
<{_U}Policy> <http://www.w3.org/2000/01/rdf-schema#label> "Policy"@en .
<urn:office> <{_TYPE}> <{_V}Organization> .
<urn:office> <{_V}hasEmail> <{_MAILBOX}> .
<urn:part> <http://e/says> "a part" .
<urn:page> <http://e/about> <{_MAILBOX}> .
<urn:page> <http://e/about> <{_GOAL}> .
<urn:kim> <{_TYPE}> <{_V}Individual> .
<urn:kim> <{_V}fn> "Kim" .
<urn:kim> <{_U}consent> <urn:kim/consent> .
<urn:kim/consent> <{_U}consentGiven> "2020-01-01"^^<{_DATE}> .
<urn:kim/consent> <{_U}consentUntil> "2027-12-31"^^<{_DATE}> .
"""


def _edit(
    steps: Iterable[Step], graphs: tuple[str, ...] = (PRESS,), *, may_forget: bool = False
) -> Change:
    token = Token("press", graphs, "", "", may_forget=may_forget)
    return Change("press", edit=Edit(tuple(steps), token.permit, token.may_forget))


def _update(text: str, *, may_forget: bool = False) -> Change:
    return _edit([Step("update", text=text)], may_forget=may_forget)


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
    """Return a graph of three versions that a loader made, on a day in May."""
    store = replace(graph_store, today=lambda: _DAY)
    older = _LOADED.replace("Climate action", "Climate")
    store.publish(make_change(older, "other"), let_through)
    store.publish(make_change(_LOADED, "other"), let_through)
    return store


@pytest.mark.parametrize("thing", [_GOAL, "urn:kim", f"{_U}Policy", "urn:office", "urn:page"])
def test_a_thing_called_a_person_without_consent_stays_in_all_other_graphs(
    loaded: GraphStore, let_through: Gate, tmp_path: Path, thing: str
) -> None:
    """A consent that a scoped token states and then ends removes nothing from another graph."""
    before = _others(loaded)
    for until in ("2027-01-01", "2021-01-01"):
        file = tmp_path / "sent.ttl"
        file.write_text(_consent(thing, until), "utf-8")
        step = Step("replace", PRESS, file=str(file), form="text/turtle", base=PRESS)
        loaded.publish(_edit([step]), let_through)
    _check_unchanged(loaded, before)
    assert not any(quad for quad in loaded.read(loaded.current()) if "/c>" in str(quad.subject))


def test_a_consent_that_ends_later_removes_nothing_from_other_graphs(
    loaded: GraphStore, let_through: Gate
) -> None:
    """The daily upkeep removes what one graph states of its persons from that graph alone."""
    before = _others(loaded)
    text = f"INSERT DATA {{ GRAPH <{PRESS}> {{ {_consent(_GOAL, '2026-05-02')} }} }}"
    loaded.publish(_update(text), let_through)
    replace(loaded, today=lambda: _DAY + timedelta(days=2)).forget("upkeep")
    _check_unchanged(loaded, before)


def test_a_load_after_a_scoped_write_leaves_older_versions_whole(
    loaded: GraphStore, make_change: MakeChange, let_through: Gate
) -> None:
    """A thing that a scoped token calls a person can be loaded anew without loss of its history."""
    text = f"INSERT DATA {{ GRAPH <{PRESS}> {{ {_consent(_GOAL, '2027-01-01')} }} }}"
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


def test_a_token_that_may_forget_removes_a_person_from_every_graph_and_version(
    loaded: GraphStore, let_through: Gate
) -> None:
    """With `may_forget`, a consent that a write ends takes the person out of all graphs."""
    for until in ("2027-01-01", "2021-01-01"):
        text = (
            f"CLEAR SILENT GRAPH <{PRESS}> ;"
            f" INSERT DATA {{ GRAPH <{PRESS}> {{ {_consent('urn:kim', until)} }} }}"
        )
        loaded.publish(_update(text, may_forget=True), let_through)
    assert not any("Kim" in str(quad) for quad in _stated(loaded, loaded.current_number()))
    assert not any("Kim" in str(quad) for quad in _stated(loaded, 1))
    assert any("Climate" in str(quad) for quad in _stated(loaded, 1))


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
_until = st.sampled_from(("2021-01-01", "2026-05-01", "2026-05-02", "2027-01-01"))
_statement = st.one_of(
    st.builds(_consent, _thing, _until),
    st.builds("<{}> <{}hasEmail> <{}> .".format, _thing, st.just(_V), st.just(_MAILBOX)),
    st.builds("<{}> <{}hasAddress> <{}> .".format, _thing, st.just(_V), _thing),
    st.builds("<{}> a <{}{}> .".format, _thing, st.just(_V), st.sampled_from(("Group", "Agent"))),
    st.builds(
        '<urn:kim/consent> <{}consentUntil> "{}"^^<{}> .'.format,
        st.just(_U),
        _until,
        st.just(_DATE),
    ),
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


@settings(
    max_examples=settings().max_examples // 8,  # each publishes about ten versions
    suppress_health_check=list(HealthCheck),
)
@given(
    writes=st.lists(st.tuples(_write, st.sampled_from((0, 0, 1, 400))), min_size=1, max_size=4),
)
def test_random_writes_of_a_scoped_token_leave_all_other_graphs_equal(
    let_through: Gate, writes: list[tuple[tuple[Step, ...], int]]
) -> None:
    """No update, graph write or consent by a scoped token, nor upkeep after it, reaches further.

    Kim's own graph records a consent until 2027-12-31, so that no day tried ends it.
    """
    with TemporaryDirectory() as folder:
        store = replace(GraphStore.create(Path(folder) / "graph", BASE), today=lambda: _DAY)
        for text in (_LOADED.replace("Climate action", "Climate"), _LOADED):
            graph = f"CLEAR SILENT GRAPH <{OTHER}> ; INSERT DATA {{ GRAPH <{OTHER}> {{ {text} }} }}"
            edit = Edit((Step("update", text=graph),), lambda _: None)
            store.publish(Change("operator", edit=edit), let_through)
        before = _others(store)
        for steps, days in writes:
            today = _DAY + timedelta(days=days)
            later = replace(store, today=lambda today=today: today)  # type: ignore[misc]
            with suppress(WriteRefused, QueryError):
                later.publish(_edit(steps), let_through)
            later.forget("upkeep")
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


@pytest.mark.parametrize("text", _HIDDEN)
def test_an_update_cannot_hide_the_graph_that_it_writes_to(
    loaded: GraphStore, let_through: Gate, text: str
) -> None:
    """Whatever an update looks like, a write to another graph is found and refused."""
    named = f"CLEAR SILENT GRAPH <{OTHER}> ; INSERT DATA {{ GRAPH <{OTHER}> {{ {_LOADED} }} }}"
    everywhere = Edit((Step("update", text=named),), lambda _: None)
    loaded.publish(Change("operator", edit=everywhere), let_through)
    before = _others(loaded)
    with pytest.raises(WriteRefused, match=OTHER):
        loaded.publish(_update(text), let_through)
    _check_unchanged(loaded, before)


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
    lee = f"<urn:lee> <{_TYPE}> <{_V}Organization> . <urn:note> <http://e/to> <mailto:lee@e> ."
    loaded.publish(_everywhere(lee, OTHER), let_through)
    before = _others(loaded)
    text = f"<urn:press-kim> <{path}> <{thing}> ; <{_V}hasEmail> <mailto:lee@e> ; a <urn:T> ."
    loaded.publish(_everywhere(text, PRESS), let_through)
    loaded.forget("operator", frozenset({"urn:press-kim"}))
    _check_unchanged(loaded, before)
    assert not any("press-kim" in str(quad.triple) for quad in _stated(loaded, 4))


def test_a_copy_of_a_person_does_not_keep_them_in_the_versions_of_another_graph(
    loaded: GraphStore, let_through: Gate
) -> None:
    """Whose consent ends in a graph leaves its versions, though another graph states the same."""
    kim = (
        f"<urn:kim> a <{_V}Individual> ; <{_V}fn> 'Kim' ; <{_U}consent> <urn:kim/consent> ."
        f" <urn:kim/consent> <{_U}consentGiven> '2020-01-01'^^<{_DATE}> ;"
        f" <{_U}consentUntil> '2026-05-03'^^<{_DATE}> ."
    )
    loaded.publish(_everywhere(kim, OTHER), let_through)
    more = (
        f" <urn:kim> <{_U}consent> <urn:more> . <urn:more> <{_U}consentGiven>"
        f" '2020-01-01'^^<{_DATE}> ; <{_U}consentUntil> '2990-01-01'^^<{_DATE}> ."
    )
    copied = (
        f"INSERT {{ GRAPH <{PRESS}> {{ ?s ?p ?o . {more} }} }} WHERE {{ GRAPH <{OTHER}> {{ ?s ?p ?o"
        " FILTER(STRSTARTS(STR(?s), 'urn:kim')) } }"
    )
    loaded.publish(_update(copied), let_through)
    replace(loaded, today=lambda: _DAY + timedelta(days=4)).forget("upkeep")
    for version in loaded.versions():
        statements = _stated(loaded, version.number)
        assert not any("Kim" in str(q) for q in statements if str(q.graph_name) == f"<{OTHER}>")


def test_a_pointer_from_a_scoped_graph_keeps_no_part_of_a_person(
    loaded: GraphStore, let_through: Gate
) -> None:
    """An address leaves with its person, whatever another graph says of the address."""
    kim = f"{_consent('urn:ann', '2026-05-03')} <urn:ann> <{_V}hasAddress> <urn:ann/home> ."
    home = f"{kim} <urn:ann/home> <{_V}locality> 'Hiddentown' ."
    loaded.publish(_everywhere(home, OTHER), let_through)
    pointer = f"INSERT DATA {{ GRAPH <{PRESS}> {{ <urn:z> <urn:p> <urn:ann/home> }} }}"
    loaded.publish(_update(pointer), let_through)
    replace(loaded, today=lambda: _DAY + timedelta(days=4)).forget("upkeep")
    for version in loaded.versions():
        assert not any("Hiddentown" in str(quad) for quad in _stated(loaded, version.number))


def test_a_page_of_changes_keeps_what_another_graph_said_then(
    loaded: GraphStore, let_through: Gate
) -> None:
    """A withdrawal from one graph takes no statement of another out of a page of changes."""
    folder = loaded.directory / "catalogue"
    change_history.build(loaded, loaded.current(), folder)
    page = change_history.page_path(folder, 1, 1)
    before = page.read_text("utf-8")
    assert '"Climate"@en' in before
    label = f'<{_GOAL}> <http://www.w3.org/2004/02/skos/core#prefLabel> "Climate"@en .'
    for until in ("2027-01-01", "2021-01-01"):
        text = f"{label} {_consent(_GOAL, until)}"
        step = f"CLEAR SILENT GRAPH <{PRESS}>; INSERT DATA {{ GRAPH <{PRESS}> {{ {text} }} }}"
        loaded.publish(_update(step), let_through)
    change_history.build(loaded, loaded.current(), folder)
    assert page.read_text("utf-8") == before


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
