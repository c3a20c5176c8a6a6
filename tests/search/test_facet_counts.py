"""The counts of facets are those of SPARQL, whatever the filters."""

from collections.abc import Mapping
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbansdg.ontology.namespaces import PREFIXES, SDG, VOCAB
from urbansdg.search.facets import KIND_CLASSES, PARTS, SPARQL_PATHS
from urbansdg.search.index_folder import SearchIndex
from urbansdg.search.search_request import SearchRequest
from urbansdg.store import MergedStore, open_directory

_BASE = "http://localhost:8000"
_PREFIXES = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
_SPACES = {
    "goal": SDG,
    "target": SDG,
    "theme": f"{VOCAB}theme#",
    "status": f"{VOCAB}status#",
    "type": f"{VOCAB}policy-type#",
    "instrument": f"{VOCAB}instrument#",
    "country": f"{_BASE}/id/country/",
    "region": f"{_BASE}/id/area/",
    "city": f"{_BASE}/id/city/",
}
_KINDS = ("policy", "city", "country", "goal", "organisation")


@pytest.fixture(scope="module")
def state(bundled: Path) -> MergedStore:
    """Return the bundled graph."""
    store = open_directory(bundled).on_disk()
    return store.read(store.current())


_DECADE = """?thing usdg:implementationPeriod ?period . ?period usdg:startYear ?start .
    OPTIONAL { ?period usdg:endYear ?end }
    BIND(xsd:integer(STR(?start)) AS ?first) BIND(xsd:integer(STR(COALESCE(?end, ?start))) AS ?last)
    VALUES ?decade { 1970 1980 1990 2000 2010 2020 2030 2040 2050 2060 }
    FILTER(?first < ?decade + 10 && ?last >= ?decade)
    BIND(CONCAT(STR(?decade), "s") AS ?value)"""


def _pattern(facet: str, variable: str) -> str:
    """Return the pattern of the values of a facet."""
    if facet == "has":
        return " UNION ".join(
            f'{{ ?thing <{iri}> [] BIND("{part}" AS {variable}) }}' for part, iri in PARTS.items()
        )
    if facet == "language":
        text = f"?text{variable[1:]}"
        language = f"BIND(LANG({text}) AS {variable}) FILTER({variable} != '')"
        return f"?thing ?property{variable[1:]} {text} {language}"
    if facet == "period":
        return f"{{ SELECT ?thing (?value AS {variable}) {{ {_DECADE} }} }}"
    iri = f"?iri{variable[1:]}"
    space = _SPACES[facet]
    return (
        f"?thing {SPARQL_PATHS[facet]} {iri}"
        f' BIND(IF(STRSTARTS(STR({iri}), "{space}"), STRAFTER(STR({iri}), "{space}"), STR({iri}))'
        f" AS {variable})"
    )


def _counts(
    state: MergedStore, kind: str, facet: str, filters: Mapping[str, frozenset[str]]
) -> dict[str, int]:
    narrowed = "".join(
        f"{{ SELECT DISTINCT ?thing {{ {_pattern(name, f'?v{at}')} FILTER(?v{at} IN ("
        + ", ".join(str(ox.Literal(value)) for value in values)
        + ")) } }\n"
        for at, (name, values) in enumerate(filters.items())
    )
    rows = state.query(
        f"{_PREFIXES} SELECT ?v (COUNT(DISTINCT ?thing) AS ?n) {{ ?thing a <{KIND_CLASSES[kind]}> ."
        f" FILTER(isIRI(?thing)) {narrowed} {_pattern(facet, '?v')} }} GROUP BY ?v"
    )
    assert isinstance(rows, ox.QuerySolutions)
    return {row["v"].value: int(row["n"].value) for row in rows if row["v"] is not None}


_FACETS = (*_SPACES, "period", "language", "has")


@given(
    st.sampled_from(_KINDS),
    st.sampled_from(_FACETS),
    st.dictionaries(
        st.sampled_from(_FACETS), st.lists(st.integers(0, 30), min_size=1, max_size=2), max_size=2
    ),
)
def test_counts_of_facets_are_those_of_sparql(
    index: SearchIndex, state: MergedStore, kind: str, facet: str, chosen: dict[str, list[int]]
) -> None:
    """Each count of a facet is the number that a SPARQL query counts, with any filters."""
    filters = {"kind": frozenset({kind})}
    for name, places in chosen.items():
        known = sorted(_counts(state, kind, name, {}))
        if known:
            picked = {known[place % len(known)] for place in places}
            filters[name] = frozenset(list(picked)[:1] if name == "has" else picked)
    results = index.search(SearchRequest(filters=filters))
    counts = dict(results.facets[facet]) if facet in results.facets else None
    expected = _counts(state, kind, facet, {k: v for k, v in filters.items() if k != "kind"})
    assert counts is None or counts == expected
