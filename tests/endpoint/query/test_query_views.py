"""The views of a result on the page of `/sparql`."""

import re

import httpx
import pytest

from tests.support.page_scripts import scripts_of
from tests.support.server import Server

_BROWSER = {"Accept": "text/html"}
_PREFIXES = """PREFIX usdg: <https://w3id.org/urbansdg/ontology#>
PREFIX geo: <http://www.w3.org/2003/01/geo/wgs84_pos#>
PREFIX gsp: <http://www.opengis.net/ont/geosparql#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
_QUERIES = {
    "bar": "SELECT ?city (COUNT(?it) AS ?policies) { ?it usdg:leadCity ?city } GROUP BY ?city",
    "map": "SELECT ?city ?where { ?city a usdg:City ; gsp:hasGeometry/gsp:asWKT ?where }",
    "line": """SELECT ?name ?year ?n { VALUES (?name ?year ?n) {
        ("a" "2019"^^xsd:gYear 1) ("a" "2020"^^xsd:gYear 3) ("b" "2019"^^xsd:gYear 2) } }""",
    "timeline": """SELECT ?it ?from ?to { ?it usdg:implementationPeriod ?p . ?p usdg:startYear ?from
        OPTIONAL { ?p usdg:endYear ?to } }""",
}


def _page(server: Server, query: str, **parameters: str) -> str:
    parameters = {"query": _PREFIXES + query} | parameters
    page = httpx.get(server.sparql, params=parameters, headers=_BROWSER, timeout=60)
    assert page.status_code == 200
    return page.text


@pytest.mark.parametrize("view", _QUERIES)
def test_a_view_is_a_tab_and_a_drawing_with_its_table(serving: Server, view: str) -> None:
    """A result with the columns for it has a tab, which draws an SVG and keeps its table."""
    query = _QUERIES[view]
    assert f"view={view}" in _page(serving, query)
    page = _page(serving, query, view=view)
    assert re.search(r"<figure[^>]*>.*<svg.*</svg>.*<table>.*</figure>", page, re.DOTALL)
    assert 'aria-current="page"' in page


def test_a_view_that_the_columns_do_not_allow_is_the_table(serving: Server) -> None:
    """An unknown view, and one that the columns do not allow, is the table."""
    for view in ("map", "<script>"):
        page = _page(serving, "SELECT ?c { ?c a usdg:City } LIMIT 3", view=view)
        assert "<figure" not in page
        assert "<table>" in page
        assert all(' src="/static/' in script for script in scripts_of(page))


def test_hostile_labels_are_texts_in_a_drawing(serving: Server) -> None:
    """Markup, bidirectional controls and huge numbers of a query do not leave the drawing."""
    query = """SELECT ?a ?n { VALUES (?a ?n) {
        ("</svg><script>alert(1)</script>" 1e308) ("\\u202Ex" -5) ("]]>&lt;" 0) } }"""
    page = _page(serving, query, view="bar")
    assert all(' src="/static/' in script for script in scripts_of(page))
    assert "\u202e" not in page.partition("<figure")[2].partition("</figure>")[0]
