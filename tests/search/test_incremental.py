"""The index of a version, made from that of another one, is the index that is made from nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.ontology.namespaces import PREFIXES
from urbansdg.search.documents import DocumentReader, affected, things_of
from urbansdg.search.index_build import index_folder, make_index
from urbansdg.search.index_folder import SearchIndex
from urbansdg.search.index_record import read_record
from urbansdg.search.search_request import SearchHit, SearchRequest
from urbansdg.store import Change, Edit, GraphStore, MergedStore, Step
from urbansdg.store.publication import accept

pytestmark = pytest.mark.long  # each test indexes several versions

_BASE = "http://localhost:8000"
_PREFIXES = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
_POLICY = f"<{_BASE}/id/policy/2673730-congestion-tax>"
_CITY = f"<{_BASE}/id/city/2673730>"
_OUTCOME = f"<{_BASE}/id/policy/2673730-congestion-tax/outcome/b>"
_UPDATES = (
    f'{_POLICY} dcterms:title "Trängselskatt"@sv',
    f'{_CITY} skos:altLabel "Mälar"',
    f'{_POLICY} usdg:outcome {_OUTCOME} . {_OUTCOME} dcterms:description "Buses run on time."@en',
    f'<{_BASE}/id/policy/new> a usdg:Policy ; dcterms:title "Quokka"@en ; usdg:leadCity {_CITY}',
)
_REMOVAL = f"DELETE WHERE {{ GRAPH ?g {{ {_POLICY} ?p ?o }} }}"


def _insert(store: GraphStore, triples: str) -> None:
    _update(store, f"INSERT DATA {{ GRAPH <{_BASE}/graph/a> {{ {triples} }} }}")


def _update(store: GraphStore, text: str) -> None:
    edit = Edit((Step("update", text=_PREFIXES + text),), lambda _: None)
    store.publish(Change("tester", edit=edit), accept)


def _every_hit(index: SearchIndex) -> dict[str, SearchHit]:
    results = index.search(SearchRequest(sort="name", limit=10_000))
    return {hit.iri: hit for hit in results.hits}


def test_an_index_that_is_made_from_another_one_finds_the_same(graph: Path, tmp_path: Path) -> None:
    """After five changes, a derived index has the things, counts and results of a whole one."""
    store, catalogue = GraphStore.open(graph), graph / "catalogue"
    make_index(store, store.current(), catalogue)
    for triples in (*_UPDATES, ""):
        before = store.current_number()
        _insert(store, triples) if triples else _update(store, _REMOVAL)
        assert make_index(store, store.current(), catalogue).origin == before
    version = store.current()
    assert make_index(store, version, tmp_path).origin is None
    derived = SearchIndex.open(index_folder(catalogue, version.number))
    whole = SearchIndex.open(index_folder(tmp_path, version.number))
    assert _every_hit(derived) == _every_hit(whole)
    for words in ("Stockholm", "Trängselskatt", "Mälar", "quokka", "buses", "qokka", "SDG 11"):
        request = SearchRequest(words, limit=100)
        ours, theirs = derived.search(request), whole.search(request)
        assert {hit.iri for hit in ours.hits} == {hit.iri for hit in theirs.hits}
        assert ours.facets == theirs.facets


def test_a_notation_of_accents_only_is_no_code(graph: Path) -> None:
    """A goal whose notation has no letter or digit has a document, found by its name."""
    store, catalogue = GraphStore.open(graph), graph / "catalogue"
    goal = "<http://example.org/goal/x> a <http://metadata.un.org/sdg/ontology#Goal>"
    _insert(store, f'{goal} ; skos:notation "\u0301" ; skos:prefLabel "Wombats"@en')
    make_index(store, store.current(), catalogue)
    index = SearchIndex.open(index_folder(catalogue, store.current_number()))
    hits = index.search(SearchRequest("wombats")).hits
    assert [hit.iri for hit in hits] == ["http://example.org/goal/x"]


def test_a_thing_with_a_very_long_iri_has_one_document(graph: Path) -> None:
    """A thing whose IRI is longer than a term of the engine is replaced when it changes."""
    store, catalogue = GraphStore.open(graph), graph / "catalogue"
    iri = f"http://example.org/{'x' * 70_000}"
    for name in ("Wombats", "Numbats"):
        _insert(store, f'<{iri}> skos:prefLabel "{name}"@en')
        make_index(store, store.current(), catalogue)
    index = SearchIndex.open(index_folder(catalogue, store.current_number()))
    assert [hit.iri for hit in index.search(SearchRequest("wombats")).hits] == [iri]
    thing = index.thing(iri)
    assert thing is not None
    assert {name for _, name in thing.names} == {"Wombats", "Numbats"}


def test_a_small_change_shares_the_files_of_the_version_before(graph: Path) -> None:
    """The index of a changed title has hard links to most of the bytes of the one before."""
    store, catalogue = GraphStore.open(graph), graph / "catalogue"
    make_index(store, store.current(), catalogue)
    known = {file.stat().st_ino for file in (catalogue / "search").rglob("*")}
    _insert(store, _UPDATES[0])
    make_index(store, store.current(), catalogue)
    folder = index_folder(catalogue, store.current_number())
    files = {file: file.stat() for file in folder.iterdir()}
    own = sum(stat.st_size for stat in files.values() if stat.st_ino not in known)
    assert own < sum(stat.st_size for stat in files.values()) / 10


def test_an_older_version_is_indexed_from_a_newer_one(graph: Path) -> None:
    """The index of a version that has none is made backwards, and finds what was there then."""
    store, catalogue = GraphStore.open(graph), graph / "catalogue"
    older = store.current()
    shutil.rmtree(catalogue)  # the bundled graph comes with an index
    _update(store, _REMOVAL)
    make_index(store, store.current(), catalogue)
    assert make_index(store, older, catalogue).origin == store.current_number()
    numbers = (older.number, store.current_number())
    indexes = [SearchIndex.open(index_folder(catalogue, number)) for number in numbers]
    totals = [index.search(SearchRequest("Stockholm congestion tax")).total for index in indexes]
    assert totals[0] > totals[1]


def test_a_damaged_index_is_not_built_on(graph: Path) -> None:
    """An index with a changed file is no origin: the next one is made whole."""
    store, catalogue = GraphStore.open(graph), graph / "catalogue"
    number = store.current_number()
    make_index(store, store.current(), catalogue)
    folder = index_folder(catalogue, number)
    largest = max(read_record(folder).files, key=lambda name: (folder / name).stat().st_size)
    content = bytearray((folder / largest).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / largest).write_bytes(content)
    _insert(store, _UPDATES[0])
    assert make_index(store, store.current(), catalogue).origin is None


_NODES = {
    name: ox.NamedNode(iri)
    for name, iri in {
        "policy": f"{_BASE}/id/policy/p",
        "other": f"{_BASE}/id/policy/o",
        "part": f"{_BASE}/id/policy/p/outcome/1",
        "city": f"{_BASE}/id/city/c",
        "country": f"{_BASE}/id/country/KOR",
        "area": f"{_BASE}/id/area/030",
        "outer": f"{_BASE}/id/area/142",
        "theme": "https://w3id.org/urbansdg/vocab/theme#transport",
        "goal": "http://metadata.un.org/sdg/11",
    }.items()
}


def _predicates() -> Iterator[ox.NamedNode]:
    names = {
        "usdg": "leadCity country withinArea theme addressesGoal outcome startYear adaptedFrom",
        "skos": "prefLabel altLabel inScheme broader",
        "dcterms": "title description",
        "rdf": "type",
        "schema": "sameAs",
    }
    for prefix, local in names.items():
        yield from (ox.NamedNode(PREFIXES[prefix] + name) for name in local.split())


_CLASSES = [
    ox.NamedNode(PREFIXES[prefix] + name)
    for prefix, name in (("usdg", "Policy"), ("usdg", "City"), ("usdg", "Country"))
]
_OBJECTS = st.one_of(
    st.sampled_from([*_NODES.values(), *_CLASSES]),
    st.builds(
        lambda text, tag: ox.Literal(text, language=tag),
        st.sampled_from(["bus", "버스", "2020", "Seoul"]),
        st.sampled_from(["en", "ko"]),
    ),
)
_TRIPLES = st.builds(
    ox.Triple,
    st.sampled_from([*_NODES.values()]),
    st.sampled_from([*_predicates()]),
    _OBJECTS,
)


def _reader(triples: set[ox.Triple]) -> DocumentReader:
    store, graph = ox.Store(), ox.NamedNode(f"{_BASE}/graph/a")
    for triple in triples:
        for name in (graph, ox.DefaultGraph()):
            store.add(ox.Quad(triple.subject, triple.predicate, triple.object, name))
    return DocumentReader(MergedStore(store), _BASE)


@given(st.sets(_TRIPLES, max_size=30), st.sets(_TRIPLES, max_size=4))
def test_every_document_that_differs_is_affected(
    triples: set[ox.Triple], changes: set[ox.Triple]
) -> None:
    """Of two random graphs, each thing whose document differs is among the affected ones."""
    before, after = _reader(triples), _reader(triples ^ changes)
    subjects = {change.subject.value for change in changes if change.subject}  # type: ignore[union-attr]
    things = affected(before, after, subjects)
    one, other = _reader(triples), _reader(triples ^ changes)
    for iri in {*things_of(one.state), *things_of(other.state)}:
        if one.document(iri) != other.document(iri):
            assert iri in things
