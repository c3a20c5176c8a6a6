"""The gate of a store: a change is validated with its neighbourhood, in the fork."""

from dataclasses import dataclass

import pyoxigraph as ox
import pytest

from urbansdg.errors import Severity
from urbansdg.shapes import validate, validate_change, validate_store
from urbansdg.shapes.model.rdf_terms import to_rdflib

PREFIXES = """
@base <http://localhost:8000/id/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix geo: <http://www.w3.org/2003/01/geo/wgs84_pos#> .
@prefix schema: <http://schema.org/> .
@prefix sdgo: <http://metadata.un.org/sdg/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix usdg: <https://w3id.org/urbansdg/ontology#> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix graph: <http://localhost:8000/graph/> .
"""
GRAPH = """
graph:countries {
  <country/SWE> a usdg:Country ; skos:prefLabel "Sweden"@en ;
    usdg:isoAlpha2 "SE" ; usdg:isoAlpha3 "SWE" .
  <http://metadata.un.org/sdg/11> a sdgo:Goal ; skos:prefLabel "Sustainable cities"@en .
}
graph:cities {
  <city/1> a usdg:City ; skos:prefLabel "Stockholm"@en ; usdg:country <country/SWE> .
}
graph:policies {
  <policy/1-a> a usdg:Policy ; dcterms:title "A"@en ; usdg:leadCity <city/1> ;
    dcterms:source <https://example.org/a> ;
    usdg:addressesGoal <http://metadata.un.org/sdg/11> ; usdg:claim <policy/1-a/claim/11> ;
    usdg:budget <policy/1-a/budget/total> .
  <policy/1-a/claim/11> a usdg:GoalClaim ; usdg:goal <http://metadata.un.org/sdg/11> ;
    usdg:claimant <organisation/1> ; dcterms:source <https://example.org/a> ;
    usdg:claimKind <https://w3id.org/urbansdg/vocab/claim-kind#direct> .
  <organisation/1> a org:Organization ; skos:prefLabel "One"@en .
  <https://w3id.org/urbansdg/vocab/claim-kind#direct> a skos:Concept .
  <policy/1-a/budget/total> a usdg:Budget ; usdg:amount 5.0 ; usdg:currency "SEK" .
}
"""
ID = "http://localhost:8000/id/"
LEADS = "https://w3id.org/urbansdg/ontology#leadCity"


@dataclass(frozen=True)
class Touched:
    """What a change touched."""

    graphs: frozenset[str]
    subjects: frozenset[str] | None
    nameless: bool = True
    suspects: frozenset[str] | None = None


def touched(*subjects: str, graph: str = "policies") -> Touched:
    """Return a change of subjects in one graph."""
    graphs = frozenset({f"http://localhost:8000/graph/{graph}"})
    return Touched(graphs, frozenset(f"{ID}{subject}" for subject in subjects))


@pytest.fixture
def fork() -> ox.Store:
    """Return a store with a country, a city and a policy, all valid."""
    store = ox.Store()
    add(store, GRAPH)
    return store


def remove(store: ox.Store, subject: str, predicate: str | None = None) -> None:
    """Take a subject, or one of its properties, from a store."""
    step = None if predicate is None else ox.NamedNode(predicate)
    for quad in list(store.quads_for_pattern(ox.NamedNode(f"{ID}{subject}"), step, None, None)):
        store.remove(quad)


def add(store: ox.Store, statements: str) -> None:
    """Add statements in TriG."""
    store.extend(ox.parse(PREFIXES + statements, format=ox.RdfFormat.TRIG))


def test_a_valid_change_passes(fork: ox.Store) -> None:
    """A change that breaks nothing conforms, with nothing to tell."""
    report = validate_change(fork, touched("policy/1-a", "city/1"))
    assert report.conforms
    assert report.problems == ()


def test_what_points_at_a_removed_node_is_validated(fork: ox.Store) -> None:
    """A city that is removed is missed by the policies that it leads."""
    remove(fork, "city/1")
    report = validate_change(fork, touched("city/1", graph="cities"))
    assert [(problem.code, problem.place.focus) for problem in report.problems] == [
        ("shape.PolicyLeadCityKnown", f"{ID}policy/1-a")
    ]
    assert not report.conforms


def test_a_part_is_validated_with_its_whole(fork: ox.Store) -> None:
    """A part that loses its class is reported for the policy that has it."""
    remove(fork, "policy/1-a/budget/total", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    report = validate_change(fork, touched("policy/1-a/budget/total"))
    assert [problem.code for problem in report.problems] == ["shape.PolicyBudget"]


def test_a_whole_is_validated_with_its_parts(fork: ox.Store) -> None:
    """A part that was invalid where nobody looked is told when a policy begins to have it."""
    remove(fork, "policy/1-a/budget/total", "https://w3id.org/urbansdg/ontology#currency")
    report = validate_change(fork, touched("policy/1-a"))
    assert [problem.code for problem in report.problems] == ["shape.BudgetCurrency"]


def test_what_a_change_does_not_touch_is_not_validated(fork: ox.Store) -> None:
    """A mistake far from the change does not stop it."""
    remove(fork, "policy/1-a", "http://purl.org/dc/terms/title")
    report = validate_change(fork, touched("country/SWE", graph="countries"))
    assert report.conforms


def test_a_large_change_is_validated_whole(fork: ox.Store) -> None:
    """Where the subjects are too many to name, everything is validated."""
    remove(fork, "policy/1-a", "http://purl.org/dc/terms/title")
    report = validate_change(fork, Touched(frozenset(), None))
    assert [problem.code for problem in report.problems] == ["shape.PolicyTitle"]


def test_the_rules_run_on_a_change(fork: ox.Store) -> None:
    """A second city with the identifier of the first breaks a rule, and the change fails."""
    same = "schema:sameAs <https://sws.geonames.org/2673730/>"
    add(fork, f"graph:cities {{ <city/1> {same} . }}")
    assert validate_change(fork, touched("city/1", graph="cities")).conforms
    add(
        fork,
        f"graph:cities {{ <city/2> a usdg:City ; skos:prefLabel 'Twin'@en ; {same} ;"
        " usdg:country <country/SWE> . }",
    )
    report = validate_change(fork, touched("city/2", graph="cities"))
    assert not report.conforms
    assert [problem.code for problem in report.problems] == ["rule.shared-identifier"]
    assert (None, None, None) in report.to_graph()


def test_one_mistake_is_reported_once(fork: ox.Store) -> None:
    """Two names in one language from two graphs are reported by the shape, but not by the rule."""
    add(fork, 'graph:policies { <city/1> skos:prefLabel "Stockholms stad"@en . }')
    report = validate_change(fork, touched("city/1", graph="policies"))
    assert [problem.code for problem in report.problems] == ["shape.CityNameUnique"]


def test_the_order_of_graphs_decides_between_sources(fork: ox.Store) -> None:
    """A city's own graph may give another name and position than a gazetteer, but only once."""
    position = "<city/1> geo:lat {} ; geo:long 18.0"
    add(fork, f"graph:natural-earth {{ {position.format('59.3')} . }}")
    add(fork, f'graph:own {{ {position.format("59.4")} ; skos:prefLabel "Stockholms stad"@en . }}')
    assert validate_change(fork, touched("city/1", graph="own")).problems == ()
    add(fork, "graph:own { <city/1> geo:lat 59.5 . }")
    report = validate_change(fork, touched("city/1", graph="own"))
    assert [problem.code for problem in report.problems] == ["shape.CityLatitude"]


def test_a_warning_is_reported_of_what_the_change_writes(fork: ox.Store) -> None:
    """A warning lets a change pass, and is told only of nodes in the graphs that it writes."""
    for name in ("addressesGoal", "claim"):
        remove(fork, "policy/1-a", f"https://w3id.org/urbansdg/ontology#{name}")
    report = validate_change(fork, touched("policy/1-a"))
    assert report.conforms
    assert [(problem.code, problem.severity) for problem in report.problems] == [
        ("shape.PolicySdg", Severity.WARNING)
    ]
    assert validate_change(fork, touched("city/1", graph="cities")).problems == ()


def test_a_focus_restricts_the_nodes_that_are_validated(fork: ox.Store) -> None:
    """With a focus, only its nodes are validated, in the context of the whole store."""
    remove(fork, "city/1")
    assert validate_store(fork, focus=frozenset({f"{ID}country/SWE"})).conforms
    assert not validate_store(fork, focus=frozenset({f"{ID}policy/1-a"})).conforms


def test_a_context_is_not_validated(fork: ox.Store) -> None:
    """Data is validated in a context, whose own mistakes are not reported."""
    remove(fork, "country/SWE", "https://w3id.org/urbansdg/ontology#isoAlpha2")
    policies = ox.NamedNode("http://localhost:8000/graph/policies")
    data = to_rdflib(fork.quads_for_pattern(None, None, None, policies))
    assert [problem.code for problem in validate(data).problems] != []
    assert validate(data, context=to_rdflib(fork)).problems == ()


def test_a_node_with_too_many_neighbours_is_validated_with_everything(fork: ox.Store) -> None:
    """Where more nodes point at a change than can be named, none of them is passed over."""
    remove(fork, "policy/1-a", "http://purl.org/dc/terms/title")
    partner = ox.NamedNode("https://w3id.org/urbansdg/ontology#partnerCity")
    city = ox.NamedNode(f"{ID}city/1")
    fork.extend(ox.Quad(ox.NamedNode(f"{ID}x/{n}"), partner, city) for n in range(10_001))
    fork.remove(next(fork.quads_for_pattern(None, ox.NamedNode(LEADS), city, None)))
    report = validate_change(fork, touched("city/1", graph="cities"))
    assert {problem.code for problem in report.problems} >= {
        "shape.PolicyTitle",
        "shape.PolicyLeadCity",
    }


def test_a_node_without_a_name_is_validated(fork: ox.Store) -> None:
    """A blank node that the change writes, and that no list of subjects names, is validated too."""
    add(
        fork,
        'graph:policies { [] a usdg:Policy ; dcterms:title "B" ; usdg:leadCity <city/1> ;'
        " dcterms:source <https://example.org/b> . }",
    )
    report = validate_change(fork, touched())
    assert not report.conforms
    assert {(problem.code, problem.severity) for problem in report.problems} == {
        ("shape.PolicyTitleTagged", Severity.VIOLATION),
        ("shape.PolicySdg", Severity.WARNING),
    }
