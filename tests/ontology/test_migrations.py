"""The migrations of data of an earlier ontology, run as SPARQL updates by several engines."""

from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import OWL, RDF, Dataset, Graph
from rdflib.compare import isomorphic

from urbansdg.ontology.migrations import migration_updates
from urbansdg.store import GraphStore
from urbansdg.store.changes.migration import is_pending, migrate

_GRAPH = ox.NamedNode("http://localhost:8000/graph/haneul")


@pytest.fixture
def old(root: Path) -> ox.Store:
    """Return data of ontology 0.3.0 with every term that has been deprecated since."""
    store = ox.Store()
    file = root / "tests" / "ontology" / "data-of-0.3.0.trig"
    store.load(path=str(file), format=ox.RdfFormat.TRIG)
    return store


def _deprecated(root: Path) -> set[str]:
    """Return the deprecated terms and concepts of the ontology."""
    graph = Graph()
    for file in (root / "ontology").rglob("*.ttl"):
        if file.parent.name != "versions":
            graph.parse(file)
    return {str(term) for term in graph.subjects(OWL.deprecated)}


def _terms(store: ox.Store) -> set[str]:
    """Return the properties, classes and other objects in a store."""
    objects = {quad.object.value for quad in store if isinstance(quad.object, ox.NamedNode)}
    return objects | {quad.predicate.value for quad in store}


def test_no_deprecated_term_is_left_after_the_migration(root: Path, old: ox.Store) -> None:
    """The old data have every deprecated term; after the migration they have none."""
    deprecated = _deprecated(root)
    assert deprecated - _terms(old) == set(), "add these to data-of-0.3.0.trig"
    migrate(migration_updates(), old)
    assert deprecated & _terms(old) == set(), "rewrite these in ontology/migrations/"


def test_a_migration_has_nothing_to_do_the_second_time(old: ox.Store) -> None:
    """After the migration, no operation has a solution."""
    migrate(migration_updates(), old)
    for update in migration_updates():
        assert not is_pending((update,), old), update


def test_the_bundled_data_need_no_migration(bundled: Path) -> None:
    """The bundled data are up to date: no operation has a solution in them."""
    graph = GraphStore.open(bundled)
    for update in migration_updates():
        assert not is_pending((update,), graph.read(graph.current())), update


def test_our_names_leave_the_labels_of_the_un() -> None:
    """Names in the bundled graph become short names; the UN's wording stays as it is."""
    store = ox.Store()
    graphs = "http://localhost:8000/graph"
    store.load(
        f"""@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        @prefix sdg: <http://metadata.un.org/sdg/> .
        @prefix sdgo: <http://metadata.un.org/sdg/ontology#> .
        <{graphs}/sdg> {{
            sdg:11 a sdgo:Goal ; skos:prefLabel "Cités"@fr ; skos:altLabel "Cities"@en }}
        <{graphs}/un-sdg-kos> {{ sdg:11 a sdgo:Goal ; skos:prefLabel "Make cities safe"@en }}""",
        format=ox.RdfFormat.TRIG,
    )
    assert migrate(migration_updates(), store) == {f"{graphs}/sdg"}
    names = {
        (quad.predicate.value.rpartition("#")[2], quad.object.value)
        for quad in store
        if isinstance(quad.object, ox.Literal)
    }
    assert names == {
        *(("shortName", "Cités"), ("shortName", "Cities")),
        ("prefLabel", "Make cities safe"),
    }


@pytest.mark.filterwarnings("ignore:Dataset:DeprecationWarning")  # rdflib uses its own old names
def test_another_engine_gives_the_same_graph(old: ox.Store) -> None:
    """The files are plain SPARQL 1.1 Update: rdflib makes the same triples of the old data."""
    dataset = Dataset()
    triples = ox.serialize((quad.triple for quad in old), format=ox.RdfFormat.N_TRIPLES)
    dataset.graph(_GRAPH.value).parse(data=triples, format="nt")
    for update in migration_updates():
        dataset.update(update)
    migrate(migration_updates(), old)
    ours = Graph().parse(
        data=ox.serialize(
            (quad.triple for quad in old.quads_for_pattern(None, None, None, _GRAPH)),
            format=ox.RdfFormat.N_TRIPLES,
        ),
        format="nt",
    )
    assert (None, RDF.type, None) in ours
    assert isomorphic(dataset.graph(_GRAPH.value), ours)
