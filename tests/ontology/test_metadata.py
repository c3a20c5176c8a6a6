"""What the ontology tells about itself, after the checks of FOOPS!, a validator of ontologies.

Its checks of the ontology's own text are repeated here (OM1 to OM5, VOC1 to VOC4, VER1, FIND1);
those that need the address at w3id.org (PURL1, VER2, CN1, RDF1) are asked of the server.
"""

import csv
import re
from datetime import date
from pathlib import Path
from typing import Final

import httpx
import pyhornedowl
import pytest
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef

from tests.support.server import Server
from urbansdg.ontology.namespaces import USDG

HERE: Final = URIRef("https://w3id.org/urbansdg/ontology")
VANN: Final = Namespace("http://purl.org/vocab/vann/")
BIBO: Final = Namespace("http://purl.org/ontology/bibo/")
STATUS: Final = URIRef("http://www.w3.org/2003/06/sw-vocab-status/ns#term_status")
MINIMAL: Final = (
    *(DCTERMS.title, DCTERMS.description, DCTERMS.license, DCTERMS.creator),
    *(OWL.versionIRI, VANN.preferredNamespaceUri),
)
RECOMMENDED: Final = (
    *(VANN.preferredNamespacePrefix, OWL.versionInfo, DCTERMS.contributor),
    *(DCTERMS.created, DCTERMS.bibliographicCitation),
)
DETAILED: Final = (
    *(DCTERMS.publisher, BIBO.status, DCTERMS.source, DCTERMS.issued, DCTERMS.modified),
    *(OWL.backwardCompatibleWith, OWL.priorVersion, DCTERMS.abstract),
)


@pytest.fixture(scope="module")
def ontology(root: Path) -> Graph:
    """Return the ontology without its schemes."""
    return Graph().parse(root / "ontology" / "ontology.ttl")


@pytest.mark.parametrize("predicate", [*MINIMAL, *RECOMMENDED, *DETAILED])
def test_the_ontology_tells_who_made_it_when_and_how_to_cite_it(
    ontology: Graph, predicate: URIRef
) -> None:
    """The ontology has all the metadata that is asked for, the recommended and the detailed too."""
    assert (HERE, RDF.type, OWL.Ontology) in ontology
    assert list(ontology.objects(HERE, predicate)), predicate


def test_the_version_is_the_same_wherever_it_stands(ontology: Graph, root: Path) -> None:
    """Version, version IRI, citation and changelog name one semantic version, after the prior."""
    number = str(ontology.value(HERE, OWL.versionInfo, any=False))
    prior = str(ontology.value(HERE, OWL.priorVersion, any=False)).removeprefix(f"{HERE}/")
    assert re.fullmatch(r"\d+\.\d+\.\d+", number)
    assert ontology.value(HERE, OWL.versionIRI, any=False) == HERE + "/" + number
    assert [int(part) for part in prior.split(".")] < [int(part) for part in number.split(".")]
    citation = str(ontology.value(HERE, DCTERMS.bibliographicCitation))
    assert f"version {number}, " in citation
    assert citation.endswith(str(HERE))
    assert f"Ontology {number}" in (root / "CHANGELOG.md").read_text("utf-8")


def test_the_dates_are_in_their_order(ontology: Graph) -> None:
    """The ontology was created, then modified and issued, on days of the calendar."""
    created, modified, issued = (
        date.fromisoformat(str(ontology.value(HERE, predicate, any=False)))
        for predicate in (DCTERMS.created, DCTERMS.modified, DCTERMS.issued)
    )
    assert created <= modified <= issued


def test_the_namespace_is_that_of_the_terms(ontology: Graph) -> None:
    """The preferred namespace is that of every term, and the prefix is the one in use."""
    space = str(ontology.value(HERE, VANN.preferredNamespaceUri, any=False))
    assert space == str(USDG)
    assert dict(ontology.namespaces())[
        str(ontology.value(HERE, VANN.preferredNamespacePrefix))
    ] == (URIRef(space))
    terms = set(ontology.subjects(RDFS.isDefinedBy, HERE))
    assert len(terms) > 100
    assert all(str(term).startswith(space) for term in terms)


def test_every_term_has_a_label_and_a_definition(ontology: Graph) -> None:
    """All terms, not some of them, have a label and a definition in English."""
    for term in ontology.subjects(RDFS.isDefinedBy, HERE):
        for predicate in (RDFS.label, SKOS.definition):
            texts = [
                text for text in ontology.objects(term, predicate) if isinstance(text, Literal)
            ]
            assert any(text.language == "en" for text in texts), (term, predicate)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html", "text/html"),
        ("text/turtle", "text/turtle"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("application/ld+json", "application/ld+json"),
        ("application/n-triples", "application/n-triples"),
        ("application/owl+xml", "application/owl+xml"),
    ],
)
def test_every_version_of_the_ontology_is_served_in_every_form(
    serving: Server, ontology: Graph, root: Path, accept: str, kind: str
) -> None:
    """The IRIs of the ontology, of each version and of the profile give a page and RDF."""
    versions = [file.stem for file in (root / "ontology" / "versions").glob("*.ttl")]
    versions.append(str(ontology.value(HERE, OWL.versionInfo)))
    assert len(versions) > 3
    for path in ("/ontology", "/ontology/owl", *(f"/ontology/{number}" for number in versions)):
        answer = httpx.get(serving.url + path, headers={"accept": accept})
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)
    assert httpx.get(f"{serving.url}/ontology/0.0.1").status_code == 404


def test_every_prior_version_is_kept_and_says_its_number(ontology: Graph, root: Path) -> None:
    """The chain of prior versions leads to the first one; each file has the version of its name."""
    chain, graph = [], ontology
    while prior := graph.value(HERE, OWL.priorVersion):
        number = str(prior).removeprefix(f"{HERE}/")
        graph = Graph().parse(root / "ontology" / "versions" / f"{number}.ttl")
        assert graph.value(HERE, OWL.versionIRI, any=False) == prior
        assert str(graph.value(HERE, OWL.versionInfo, any=False)) == number
        chain.append(number)
    files = {file.stem for file in (root / "ontology" / "versions").glob("*.ttl")}
    assert set(chain) == files
    assert chain[-1] == "0.1.0"


def test_a_term_is_stable_after_a_year_in_a_release(ontology: Graph, root: Path) -> None:
    """A term is `testing` until a release has had it for a year, then `stable`, unless archaic."""
    today = date.fromisoformat(str(ontology.value(HERE, DCTERMS.issued)))
    issued = {str(ontology.value(HERE, OWL.versionInfo)): today}
    for file in (root / "ontology" / "versions").glob("*.ttl"):
        graph = Graph().parse(file)
        days = [graph.value(HERE, name) for name in (DCTERMS.issued, DCTERMS.modified)]
        # The first two versions have no date of issue: they were committed on one day.
        day = next((str(day) for day in days if day is not None), "2026-11-23")
        issued[file.stem] = date.fromisoformat(day)
    table = (root / "tests" / "ontology" / "terms.csv").read_text("utf-8").splitlines()
    for row in csv.DictReader(table):
        term = URIRef(USDG[row["term"]])
        status = str(ontology.value(term, STATUS, any=False))
        is_old = (today - issued[row["since"]]).days >= 365
        assert status in ({"stable"} if is_old else {"testing"}) | {"archaic"}, row["term"]


def test_the_axioms_in_owl_xml_are_those_of_the_graph(serving: Server) -> None:
    """As OWL/XML, the ontology has every declaration, subclass and annotation of its RDF."""
    text = httpx.get(f"{serving.url}/ontology.owx").text
    axioms = pyhornedowl.open_ontology_from_string(text, serialization="owx")
    back = Graph().parse(data=axioms.save_to_string("rdf"), format="xml")
    rdf = Graph().parse(data=httpx.get(f"{serving.url}/ontology.nt").text, format="nt")
    # In RDF 1.1 a plain literal is an xsd:string; rdflib distinguishes the two.
    plain = {
        (s, p, Literal(str(o)) if isinstance(o, Literal) and o.datatype == XSD.string else o)
        for s, p, o in back
    }
    named = {triple for triple in rdf if not any(isinstance(node, BNode) for node in triple)}
    assert named - plain == set()


def test_no_term_of_an_earlier_version_is_gone(ontology: Graph, root: Path) -> None:
    """Every term that a version ever had is there, or a migration says what became of it."""
    table = (root / "tests" / "ontology" / "terms.csv").read_text("utf-8").splitlines()
    before = {row["term"]: row["since"] for row in csv.DictReader(table)}
    now = {str(term).removeprefix(str(USDG)) for term in ontology.subjects(RDFS.isDefinedBy)}
    migrations = " ".join(
        file.read_text("utf-8") for file in (root / "ontology" / "migrations").rglob("*.ru")
    )
    gone = {term for term in before.keys() - now if f"usdg:{term} " not in migrations}
    assert gone == set()
    assert now - before.keys() == set(), "name the new terms in terms.csv, with their version"
