"""Validation in bulk: fast, and no less exact than pyshacl."""

import random
import time
from collections.abc import Iterator

import pyoxigraph as ox
import pytest

from urbansdg.shapes import validate, validate_store
from urbansdg.shapes.engine.focus_nodes import PORTION, has_fewer
from urbansdg.shapes.model.rdf_terms import to_rdflib

pytestmark = pytest.mark.long  # thousands of policies are validated twice

PREFIXES = """
@prefix city: <http://localhost:8000/id/city/> .
@prefix country: <http://localhost:8000/id/country/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix sdg: <http://metadata.un.org/sdg/> .
@prefix sdgo: <http://metadata.un.org/sdg/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix usdg: <https://w3id.org/urbansdg/ontology#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix claim-kind: <https://w3id.org/urbansdg/vocab/claim-kind#> .
@prefix org: <http://www.w3.org/ns/org#> .
"""
CONTEXT = """
country:SWE a usdg:Country ; skos:prefLabel "Sweden"@en ; usdg:isoAlpha2 "SE" ;
  usdg:isoAlpha3 "SWE" .
city:1 a usdg:City ; skos:prefLabel "Stockholm"@en ; usdg:country country:SWE .
sdg:11 a sdgo:Goal ; skos:prefLabel "Sustainable cities"@en .
<http://metadata.un.org/sdg/11.2> a sdgo:Target ; skos:prefLabel "Transport"@en ;
  sdgo:isTargetOf sdg:11 .
claim-kind:direct a skos:Concept .
city:editors a org:Organization ; skos:prefLabel "Editors"@en .
"""
POLICY = """
<P> a usdg:Policy ; dcterms:title "Policy"@en , "Politique"@fr ; usdg:leadCity city:1 ;
  dcterms:source <https://example.org/> ; usdg:budget <P/budget/total> ;
  usdg:implementationPeriod <P/period/planned> ; usdg:claim <P/claim/11.2> .
<P/budget/total> a usdg:Budget ; usdg:amount 12.5 ; usdg:currency "SEK" .
<P/period/planned> a usdg:ImplementationPeriod ; usdg:startYear "2007"^^xsd:gYear ;
  usdg:endYear "2010"^^xsd:gYear .
<P/claim/11.2> a usdg:TargetClaim ; usdg:target <http://metadata.un.org/sdg/11.2> ;
  usdg:claimKind claim-kind:direct ; usdg:claimant city:editors .
"""
MISTAKES = (
    ('"Politique"@fr', '"Another"@en'),
    ("usdg:leadCity city:1", "usdg:leadCity city:0"),
    ("usdg:leadCity city:1 ;", ""),
    ("usdg:amount 12.5", "usdg:amount -12.5"),
    ("usdg:amount 12.5", 'usdg:amount "1_2"^^xsd:decimal'),
    ('"SEK"', '"kr"'),
    ('"2010"^^xsd:gYear', '"1999"^^xsd:gYear'),
    ('"2010"^^xsd:gYear', '"soon"'),
    ("claim-kind:direct", "claim-kind:none"),
    ("<http://metadata.un.org/sdg/11.2> ;\n", "<http://metadata.un.org/sdg/11.99> ;\n"),
    ("dcterms:source <https://example.org/> ;", ""),
)
LARGE = 2_000
FEW = 60


def policies(count: int, planted: random.Random) -> Iterator[str]:
    """Give policies; some have one of the mistakes."""
    for number in range(count):
        text = POLICY
        if planted.random() < 0.5:
            wrong, right = planted.choice(MISTAKES)
            assert wrong in text
            text = text.replace(wrong, right)
        yield text.replace("<P", f"<http://localhost:8000/id/policy/1-{number}")


def parsed(count: int) -> list[ox.Quad]:
    """Return policies in their context."""
    planted = random.Random(20261123)  # noqa: S311  # not a secret: every run is the same
    text = PREFIXES + CONTEXT + "".join(policies(count, planted))
    return list(ox.parse(text, format=ox.RdfFormat.TURTLE))


def stored(quads: list[ox.Quad]) -> ox.Store:
    """Return statements in a store."""
    store = ox.Store()
    store.bulk_extend(quads)
    return store


def test_the_engines_agree_on_planted_mistakes() -> None:
    """On generated data with every kind of mistake, both engines report the same problems."""
    quads = parsed(FEW)
    judged = validate(to_rdflib(quads))
    assert validate_store(stored(quads)).problems == judged.problems
    assert len({problem.code for problem in judged.problems}) >= len(MISTAKES) - 1


@pytest.mark.timeout(60)
def test_thousands_of_policies_are_validated_in_seconds() -> None:
    """Two thousand policies validate in seconds, and each planted mistake is reported."""
    store = stored(parsed(LARGE))
    start = time.perf_counter()
    report = validate_store(store)
    taken = time.perf_counter() - start
    assert taken < 10  # measured: 0.2 s
    faulty = {(problem.place.focus or "").split("/budget")[0] for problem in report.problems}
    assert 0.4 * LARGE < len(faulty) < 0.6 * LARGE


@pytest.mark.parametrize("count", [FEW, PORTION + 1, LARGE])
def test_a_part_of_the_data_is_validated_the_same_alone(count: int) -> None:
    """What is reported of a node does not depend on how many others are validated with it."""
    store = stored(parsed(LARGE + LARGE // 2))
    assert not has_fewer(store, 200 * (PORTION + 1))
    whole = validate_store(store)
    focus = frozenset(f"http://localhost:8000/id/policy/1-{number}" for number in range(count))
    alone = validate_store(store, focus=focus)
    assert alone.problems == tuple(
        problem for problem in whole.problems if problem.place.focus in focus
    )
