"""Opinions of an older release that are not published leave every version."""

from collections.abc import Callable

import pyoxigraph as ox
import pytest

from urbansdg.store import Change, Gate, GraphStore
from urbansdg.store.versions.data_directory import DataDirectory

MakeChange = Callable[..., Change]
_STATES = "https://w3id.org/urbansdg/vocab/moderation-state#"
_TEXT = "Nobody asked us."


def _opinion(key: str, state: str) -> str:
    """Return an opinion with its text, as N-Triples."""
    opinion = f"http://localhost:8000/id/opinion/{key}"
    rdf, oa = "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://www.w3.org/ns/oa#"
    return (
        f"<{opinion}> <{rdf}type> <{oa}Annotation> .\n"
        f"<{opinion}> <https://w3id.org/urbansdg/ontology#moderationState> <{_STATES}{state}> .\n"
        f"<{opinion}> <{oa}hasBody> <{opinion}/body> .\n"
        f'<{opinion}/body> <{rdf}value> "{_TEXT} {key}"@en .\n'
    )


@pytest.fixture
def moderated(graph_store: GraphStore, make_change: MakeChange, let_through: Gate) -> GraphStore:
    """Return a graph of 0.3.0 whose opinions were moderated from one version to the next."""
    first = _opinion("a", "pending") + _opinion("b", "pending") + _opinion("c", "rejected")
    graph_store.publish(make_change(first), let_through)
    second = _opinion("a", "published") + _opinion("b", "rejected")
    graph_store.publish(make_change(second), let_through)
    DataDirectory(graph_store.directory).persons.unlink(missing_ok=True)
    return graph_store


def _texts(store: GraphStore) -> list[set[str]]:
    """Return the keys of the opinions whose texts each version has."""
    value = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#value")
    return [
        {
            quad.object.value.removeprefix(f"{_TEXT} ")
            for quad in store.read(version).quads_for_pattern(None, value, None)
            if isinstance(quad.object, ox.Literal)
        }
        for version in store.versions()
    ]


def test_an_opinion_that_is_not_published_leaves_every_version(moderated: GraphStore) -> None:
    """What is pending or rejected in the newest version that has it leaves, with its text."""
    assert _texts(moderated) == [set(), {"a", "b", "c"}, {"a", "b"}]
    assert moderated.remove_persons("tests").removed
    assert _texts(moderated) == [set(), {"a"}, {"a"}, {"a"}]
    assert moderated.remove_persons("tests").removed == {}
