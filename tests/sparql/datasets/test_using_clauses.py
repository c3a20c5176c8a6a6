"""The dataset of a request, written into an update."""

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from urbansdg.sparql.datasets.using_clauses import TwoDatasets, with_using

_GRAPH = "urn:g"
_PREFIX = "PREFIX e: <urn:> "


@pytest.mark.parametrize(
    "update",
    [
        "INSERT { ?s e:new ?o } WHERE { ?s e:p ?o }",
        "INSERT { ?s e:new ?o }WHERE{ ?s e:p ?o FILTER(STR(?o)<'}WHERE {'&&?o>'W{') }",
        "INSERT { ?s e:new ?o } # WHERE {\nwhere { ?s e:p ?o }",
        "DELETE { ?s e:p 'WHERE' } INSERT { ?s e:new ?o } WHERE { ?s e:p ?o }",
        "INSERT DATA { e:x e:y 'USING' } ; INSERT { ?s e:new ?o } WHERE { ?s e:p ?o }",
    ],
)
def test_the_dataset_holds_for_each_pattern(update: str) -> None:
    """Each pattern is matched against the graphs of the request only."""
    store = Store()
    store.add(Quad(NamedNode("urn:in"), NamedNode("urn:p"), Literal("x"), NamedNode(_GRAPH)))
    store.add(Quad(NamedNode("urn:out"), NamedNode("urn:p"), Literal("x")))
    store.update(with_using(_PREFIX + update, (_GRAPH,), ()))
    quads = store.quads_for_pattern(None, NamedNode("urn:new"), None)
    assert [quad.subject for quad in quads] == [NamedNode("urn:in")]


@pytest.mark.parametrize("verb", ["DELETE WHERE", "DELETEWHERE", "delete # {\n where"])
def test_a_short_delete_gets_a_template(verb: str) -> None:
    """DELETE WHERE takes no USING: its pattern becomes its template too."""
    store = Store()
    store.add(Quad(NamedNode("urn:in"), NamedNode("urn:p"), Literal("x"), NamedNode(_GRAPH)))
    pattern = f"{{ GRAPH <{_GRAPH}> {{ ?s <urn:p> ?o }} }}"
    store.update(with_using(f"{verb} {pattern}", (), (_GRAPH,)))
    assert len(store) == 0


@pytest.mark.parametrize(
    "update",
    [
        "INSERT { ?s e:new ?o } USING <urn:g> WHERE { ?s e:p ?o }",
        "INSERT { ?s e:new ?o }USINGe:g WHERE { ?s e:p ?o }",
        "WITH e:g INSERT { ?s e:new ?o } WHERE { ?s e:p ?o }",
        "WITHe:g INSERT { ?s e:new ?o } WHERE { ?s e:p ?o }",
    ],
)
def test_two_datasets_are_refused(update: str) -> None:
    """An update with USING or WITH takes no dataset from the request."""
    with pytest.raises(TwoDatasets):
        with_using(_PREFIX + update, (_GRAPH,), ())


def test_a_prefix_may_have_the_name_of_a_keyword() -> None:
    """A prefix that is called `with` is no dataset."""
    update = "PREFIX with: <urn:> INSERT { ?s with:new ?o } WHERE { ?s with:p ?o }"
    assert " USING <urn:g> WHERE" in with_using(update, (_GRAPH,), ())
