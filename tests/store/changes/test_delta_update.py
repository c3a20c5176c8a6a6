"""A small change as one update, and what is none."""

import pyoxigraph as ox
import pytest

from urbansdg.store.changes import delta_update

_GRAPH = ox.NamedNode("urn:graph")
_THING = ox.NamedNode("urn:thing")


def _quads(turtle: str) -> frozenset[ox.Quad]:
    parsed = ox.parse(turtle, format=ox.RdfFormat.TURTLE)
    return frozenset(ox.Quad(quad.subject, quad.predicate, quad.object, _GRAPH) for quad in parsed)


def _state(quads: frozenset[ox.Quad]) -> ox.Store:
    state = ox.Store()
    state.extend(quads)
    return state


def test_an_update_makes_of_one_state_the_other() -> None:
    """The update removes what has gone, adds what has come, and leaves the rest alone."""
    stays, goes = _quads("<urn:a> <urn:p> 'it', 'stays' ."), _quads("<urn:a> <urn:p> 'goes'@en .")
    comes = _quads("<urn:a> <urn:p> <urn:b>, 7 .")
    text = delta_update.update_to(_state(stays | comes), goes | comes, ["urn:empty"])
    assert text is not None
    before = _state(stays | goes)
    before.add_graph(ox.NamedNode("urn:empty"))
    before.update(text)
    assert frozenset(before) == stays | comes
    assert not before.contains_named_graph(ox.NamedNode("urn:empty"))
    assert "stays" not in text


@pytest.mark.parametrize(
    "turtle",
    [
        "_:b <urn:p> 1 .",
        "<urn:a> <urn:p> _:b .",
        r"<urn:a> <urn:p> '\\u0041' .",
        " ".join(f"<urn:a> <urn:p> {number} ." for number in range(delta_update.LARGEST_DELTA + 1)),
        f"<urn:a> <urn:p> '{'x' * (1 << 20)}' .",
    ],
    ids=["nameless", "link to nameless", "escaped", "many", "long"],
)
def test_what_engines_may_read_otherwise_is_no_update(turtle: str) -> None:
    """Nodes without names, ambiguous spellings, and what is too much for one request are left."""
    quads = _quads(turtle)
    assert delta_update.update_to(_state(quads), quads, ()) is None


def test_a_change_that_is_not_known_is_no_update() -> None:
    """A change of too many statements to be named, or of a graph without a name, is left."""
    quad = ox.Quad(_THING, _THING, _THING)
    assert delta_update.update_to(ox.Store(), None, ()) is None
    assert delta_update.update_to(ox.Store(), frozenset({quad}), ()) is None
