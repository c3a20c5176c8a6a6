"""A graph whose things are read from the subject file: the quads are those of the store."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store

from urbansdg.endpoint.subjects.current_subjects import CurrentSubjects
from urbansdg.endpoint.subjects.file_first import FileFirst
from urbansdg.endpoint.subjects.subject_file import SubjectFile, write_subject_file
from urbansdg.store import MergedStore
from urbansdg.store.changes.merge_update import rebuild_merge

_IRIS = st.sampled_from([f"urn:{letter}" for letter in "abcd"]).map(NamedNode)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
_DATES = st.builds(Literal, st.just("2026-11-30"), datatype=st.just(NamedNode("urn:date")))
_ENDS = st.one_of(
    _IRIS,
    st.just(BlankNode("b")),
    _TEXTS.map(Literal),
    _DATES,
    st.integers().map(Literal),
    st.builds(Literal, _TEXTS, language=st.sampled_from(["en", "zh-hant"])),
)
_QUADS = st.lists(
    st.tuples(_IRIS, _IRIS, _ENDS, st.sampled_from(["urn:g", "urn:h"]).map(NamedNode)), max_size=15
)


@given(statements=_QUADS, changed=st.sets(_IRIS.map(lambda iri: iri.value)))
def test_the_quads_of_a_thing_are_those_of_the_store(
    statements: list[tuple[Any, Any, Any, Any]], changed: set[str]
) -> None:
    """Every pattern has the quads of the store, also of things that several graphs state."""
    store = Store()
    store.extend(Quad(*statement) for statement in statements)
    rebuild_merge(store)
    merge = MergedStore(store)
    subjects = dict.fromkeys(quad.subject for quad in store)
    graphs = {
        graph: store.quads_for_pattern(None, None, None, NamedNode(graph))
        for graph in ("urn:g", "urn:h", "urn:empty")
    }
    quads = (quad for subject in subjects for quad in merge.merged(subject, None, None))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "subjects"
        with path.open("wb") as out:
            write_subject_file(out, quads, {"number": 1, "mark": "1", "created": ""}, graphs)
        file = SubjectFile.open(path)
    graph = FileFirst(merge, CurrentSubjects(file, frozenset(changed), None))
    for letter in "abcde":
        thing = NamedNode(f"urn:{letter}")
        for pattern in ((thing, None, None), (thing, thing, None), (None, None, thing)):
            own = list(graph.quads_for_pattern(*pattern))
            theirs = list(merge.quads_for_pattern(*pattern))
            assert len(own) == len(theirs)
            assert set(own) == set(theirs)


@given(statements=_QUADS)
def test_a_thing_of_one_graph_is_in_the_file(
    statements: list[tuple[Any, Any, Any, Any]],
) -> None:
    """The file names the graph of a thing that one graph states, and no graph of any other."""
    store = Store()
    store.extend(Quad(*statement) for statement in statements)
    rebuild_merge(store)
    merge = MergedStore(store)
    by_subject: dict[str, set[str]] = {}
    for subject, _, _, graph in statements:
        by_subject.setdefault(subject.value, set()).add(graph.value)
    graphs = {
        graph: [quad for node in by_subject for quad in _of(merge, node, graph)]
        for graph in ("urn:g", "urn:h")
    }
    quads = [quad for node in by_subject for quad in merge.merged(NamedNode(node), None, None)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "subjects"
        with path.open("wb") as out:
            write_subject_file(out, quads, {"number": 1, "mark": "1", "created": ""}, graphs)
        file = SubjectFile.open(path)
    for node, names in by_subject.items():
        assert file.graph_of(node) == (next(iter(names)) if len(names) == 1 else None)
    assert file.graph_of("urn:nobody") is None


def _of(merge: MergedStore, subject: str, graph: str) -> list[Quad]:
    return list(merge.quads_for_pattern(NamedNode(subject), None, None, NamedNode(graph)))
