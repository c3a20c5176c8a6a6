"""The order of loads: a load replaces its graph, and changes no other."""

import tempfile
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from urbansdg.loaders import load
from urbansdg.store import GraphStore

_BASE = "http://localhost:8000"
_PREFIXES = """
@prefix geo: <http://www.w3.org/2003/01/geo/wgs84_pos#> .
@prefix sdgo: <http://metadata.un.org/sdg/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix usdg: <https://w3id.org/urbansdg/ontology#> .
"""
_COUNTRY = f"""{_PREFIXES}
<{_BASE}/id/country/KOR> a usdg:Country ; skos:prefLabel "Republic of Korea"@en ;
    usdg:isoAlpha2 "KR" ; usdg:isoAlpha3 "KOR" ."""
_ABOUT = {
    "un-sdg-kos": ("goal",),
    "sdg": ("goal",),
    "natural-earth": ("city",),
    "cities": ("city",),
    "town-hall": ("city", "goal"),
}


def _source(graph: str, number: int) -> str:
    """Return facts of a graph on a goal and a city, which other graphs state in other words."""
    facts = {
        "goal": f"""<http://metadata.un.org/sdg/11> a sdgo:Goal ;
            skos:prefLabel "Cities {number}"@en ; usdg:shortName "도시 {number}"@ko .""",
        "city": f"""<{_BASE}/id/city/1835848> a usdg:City ; skos:prefLabel "Seoul {number}"@en ;
            usdg:country <{_BASE}/id/country/KOR> ; geo:lat 37.5{number + 1} ; geo:long 126.98 .""",
    }
    return _PREFIXES + " ".join(facts[name] for name in _ABOUT[graph])


@pytest.mark.long
@settings(max_examples=settings().max_examples // 20)
@given(st.lists(st.tuples(st.sampled_from(sorted(_ABOUT)), st.integers(0, 3)), max_size=6))
def test_each_graph_equals_its_source_whatever_the_order(loads: list[tuple[str, int]]) -> None:
    """After random loads in random order, each graph has the triples of its last source."""
    with tempfile.TemporaryDirectory() as folder:
        _load_and_compare(
            Path(folder), [(graph, _source(graph, number)) for graph, number in loads]
        )


def _load_and_compare(folder: Path, loads: list[tuple[str, str]]) -> None:
    store = GraphStore.create(folder / "graph", _BASE)
    latest: dict[str, str] = {}
    for number, (graph, text) in enumerate([("countries", _COUNTRY), *loads]):
        file = folder / f"{number}.ttl"
        file.write_text(text, "utf-8")
        load([file], store, "tester", graph=graph)
        latest[graph] = text
        current = store.read(store.current())
        for name, source in latest.items():
            iri = ox.NamedNode(f"{_BASE}/graph/{name}")
            stored = {quad.triple for quad in current.quads_for_pattern(None, None, None, iri)}
            parsed = ox.parse(source, format=ox.RdfFormat.TURTLE)
            assert stored == {quad.triple for quad in parsed}
