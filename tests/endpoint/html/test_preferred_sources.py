"""What pages show of several sources of a fact, by the published order of graphs."""

from itertools import permutations

import pyoxigraph as ox
import pytest

from urbansdg.endpoint.html.language_lookup import LanguagePreference
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.linked_data.document import describe
from urbansdg.endpoint.linked_data.geojson import geometry
from urbansdg.endpoint.pages.lists.thing_list import ThingList
from urbansdg.endpoint.pages.things.page_facts import PageFacts

_BASE = "http://localhost:8000"
_CITY = f"{_BASE}/id/city/1"
_GOAL = "http://metadata.un.org/sdg/11"
_PREFIXES = """
@prefix geo: <http://www.w3.org/2003/01/geo/wgs84_pos#> .
@prefix gsp: <http://www.opengis.net/ont/geosparql#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix usdg: <https://w3id.org/urbansdg/ontology#> .
"""
_SOURCES = {
    "natural-earth": f"""<{_CITY}> skos:prefLabel "Hauptort"@en ; geo:lat 1 ; geo:long 1 ;
        gsp:hasGeometry <{_CITY}/geometry> .
        <{_CITY}/geometry> gsp:asWKT "POINT(1 1)"^^gsp:wktLiteral .""",
    "cities": f"""<{_CITY}> skos:prefLabel "Main town"@en , "주도"@ko ; geo:lat 2 ; geo:long 2 ;
        gsp:hasGeometry <{_CITY}/geometry> .
        <{_CITY}/geometry> gsp:asWKT "POINT(2 2)"^^gsp:wktLiteral .""",
    "town-hall": f"""<{_CITY}> skos:prefLabel "The main town itself"@en .""",
    "sdg": f"""<{_GOAL}> usdg:shortName "Cities"@en , "도시"@ko .""",
    "un-sdg-kos": f"""<{_GOAL}> skos:prefLabel "Make cities inclusive"@en .""",
}
_NAMES = {
    (_CITY, "en"): "The main town itself",
    (_CITY, "ko"): "주도",
    (_CITY, "fr"): "The main town itself",
    (_GOAL, "en"): "Make cities inclusive",
    (_GOAL, "ko"): "도시",
    (_GOAL, "fr"): "Make cities inclusive",
}


def _store(*graphs: str) -> ox.Store:
    store = ox.Store()
    for graph in graphs:
        text = f"{_PREFIXES} {_SOURCES[graph]}"
        store.load(
            text, format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(f"{_BASE}/graph/{graph}")
        )
    return store


def _facts(store: ox.Store, iri: str, language: str = "en") -> PageFacts:
    document = describe(store, iri)
    assert document is not None
    return PageFacts(document, SiteLinks(_BASE, LanguagePreference(None, language)))


@pytest.mark.parametrize(("iri", "language"), _NAMES)
def test_a_page_and_a_list_show_the_name_of_the_preferred_source(iri: str, language: str) -> None:
    """The order of graphs chooses among names in a language, whichever was loaded first."""
    for graphs in permutations(_SOURCES):
        store = _store(*graphs)
        site = SiteLinks(_BASE, LanguagePreference(None, language))
        assert ThingList(store, site).named(iri).text == _NAMES[iri, language]
    assert _facts(store, iri, language).link(iri).text == _NAMES[iri, language]


def test_a_goal_has_its_short_name_without_the_vocabulary_of_the_un() -> None:
    """Without the UN's vocabulary the page of a goal shows the short name."""
    assert _facts(_store("sdg"), _GOAL).link(_GOAL).text == "Cities"


def test_a_position_is_that_of_the_preferred_source() -> None:
    """A page and a map show one position; the document has those of all sources."""
    document = _facts(_store(*_SOURCES), _CITY).document
    assert geometry(document) == {"type": "Point", "coordinates": [2, 2]}
    assert _facts(_store(*_SOURCES), _CITY).raw(_CITY, "geo:lat") == "2"
    latitudes = [triple for triple in document.own if triple.predicate.value.endswith("lat")]
    assert len(latitudes) == 2


def test_two_names_of_one_source_are_both_kept() -> None:
    """Of two names that one source gives in a language, the page has the other as well."""
    store = _store("un-sdg-kos")
    store.load(
        f'{_PREFIXES} <{_GOAL}> skos:prefLabel "Cities for all people"@en .',
        format=ox.RdfFormat.TURTLE,
        to_graph=ox.NamedNode(f"{_BASE}/graph/un-sdg-kos"),
    )
    facts = _facts(store, _GOAL)
    assert facts.link(_GOAL).text == "Cities for all people"
    assert [name.text for name in facts.other_names(_GOAL)] == ["Make cities inclusive"]
