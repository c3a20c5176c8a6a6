"""The subject file: what it says equals what the store says, and damage shows."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store

from urbansdg.endpoint.subjects.current_subjects import CurrentSubjects
from urbansdg.endpoint.subjects.subject_file import (
    LONGEST,
    InvalidSubjectFile,
    SubjectFile,
    write_subject_file,
)
from urbansdg.store import MergedStore

_RECORD = {"number": 7, "mark": "7.1", "created": "2026-11-29 12:00:00+00:00"}
_IRIS = st.sampled_from([f"urn:{letter}" for letter in "abcdefgh"])
_TERMS = st.one_of(
    _IRIS.map(NamedNode),
    st.text(st.characters(exclude_categories=["Cs"])).map(Literal),
    st.just(BlankNode("b")),
)
_GRAPH = st.lists(st.tuples(_IRIS, _IRIS, _TERMS), max_size=40)


def _store(statements: list[tuple[str, str, NamedNode | Literal | BlankNode]]) -> Store:
    store = Store()
    for subject, predicate, end in statements:
        store.add(Quad(NamedNode(subject), NamedNode(predicate), end))
    return store


def _written(store: Store, folder: Path) -> Path:
    path = folder / "7.1.subjects"
    subjects = dict.fromkeys(quad.subject for quad in store)  # in memory they are in no order
    quads = (quad for subject in subjects for quad in store.quads_for_pattern(subject, None, None))
    with path.open("wb") as out:
        write_subject_file(out, quads, _RECORD)
    return path


def _statements(store: Store, iri: str) -> list[tuple[bytes, bytes]]:
    quads = store.quads_for_pattern(NamedNode(iri), None, None, None)
    return [(str(quad.predicate).encode(), str(quad.object).encode()) for quad in quads]


@given(statements=_GRAPH)
def test_it_says_of_each_subject_what_the_store_says_in_its_order(
    statements: list[tuple[str, str, NamedNode | Literal | BlankNode]],
) -> None:
    """A file has the statements on every subject, in the order of the store, and no others."""
    store = _store(statements)
    with tempfile.TemporaryDirectory() as folder:
        file = SubjectFile.open(_written(store, Path(folder)))
    assert (file.number, file.mark, file.created) == tuple(_RECORD.values())
    for letter in "abcdefghi":
        assert file.find(f"urn:{letter}") == _statements(store, f"urn:{letter}")


@given(statements=_GRAPH, place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_damaged_file_is_refused_or_leaves_the_subject_to_the_store(
    statements: list[tuple[str, str, NamedNode | Literal | BlankNode]], place: float, bit: int
) -> None:
    """Whatever bit of a file is wrong, no answer is."""
    store = _store(statements)
    with tempfile.TemporaryDirectory() as folder:
        path = _written(store, Path(folder))
        content = bytearray(path.read_bytes())
        content[int(place * len(content))] ^= 1 << bit
        path.write_bytes(content)
        try:
            file = SubjectFile.open(path)
        except InvalidSubjectFile:
            return
    for letter in "abcdefghi":
        assert file.find(f"urn:{letter}") in (None, _statements(store, f"urn:{letter}"))


@pytest.mark.parametrize("length", [0, 1, 20, -1])
def test_a_part_of_a_file_is_refused(length: int, tmp_path: Path) -> None:
    """A file that was cut off is refused, as one without content is."""
    path = _written(_store([("urn:a", "urn:b", Literal("c"))]), tmp_path)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(InvalidSubjectFile):
        SubjectFile.open(path)


def test_what_it_does_not_have_is_left_to_the_store(tmp_path: Path) -> None:
    """A subject with many statements, or whose statements come in two places, is not in it."""
    too_many = [("urn:many", "urn:p", Literal(str(number))) for number in range(LONGEST + 1)]
    most = [("urn:most", "urn:p", Literal(str(number))) for number in range(LONGEST)]
    store = _store([*too_many, *most])
    file = SubjectFile.open(_written(store, tmp_path))
    assert file.find("urn:many") is None
    assert file.find("urn:most") == _statements(store, "urn:most")
    twice = [Quad(NamedNode(name), NamedNode("urn:p"), Literal("x")) for name in ("urn:a", "urn:b")]
    path = tmp_path / "twice"
    with path.open("wb") as out:
        write_subject_file(out, [*twice, twice[0]], _RECORD)
    assert SubjectFile.open(path).find("urn:a") is None
    assert SubjectFile.open(path).find("urn:b") == [(b"<urn:p>", b'"x"')]


def test_things_that_changed_since_are_left_to_the_store(tmp_path: Path) -> None:
    """A file serves the next versions, except for what these changed."""
    store = _store([(f"urn:{x}", "urn:p", Literal(x)) for x in "abc"])
    path, states = _written(store, tmp_path), (MergedStore(store), MergedStore(store))
    first = CurrentSubjects.of(SubjectFile.open(path))
    second = first.followed_by({"urn:a"}, *states)
    assert second is not None
    third = second.followed_by(frozenset({"urn:b"}), *states)
    assert third is not None
    assert third.find("urn:a") is None
    assert third.find("urn:b") is None
    assert third.find("urn:c") == first.find("urn:c") == [(b"<urn:p>", b'"c"')]
    assert third.followed_by(None, *states) is None
    path.unlink()
    assert third.followed_by((), *states) is None
