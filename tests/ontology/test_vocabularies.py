"""The terms of other vocabularies: nothing is used that nobody declares."""

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib.namespace as known
from rdflib import OWL, RDF, RDFS, Graph, URIRef

from urbansdg.ontology.namespaces import PREFIXES, USDG
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset
from urbansdg.store import GraphStore

_CLOSED = {
    "dcat": known.DCAT,
    "dcterms": known.DCTERMS,
    "foaf": known.FOAF,
    "gsp": known.GEO,
    "org": known.ORG,
    "owl": known.OWL,
    "prov": known.PROV,
    "qb": known.QB,
    "rdf": known.RDF,
    "rdfs": known.RDFS,
    "sh": known.SH,
    "skos": known.SKOS,
    "void": known.VOID,
    "xsd": known.XSD,
}
"""Vocabularies whose terms rdflib knows, every one of them."""
_OPEN = {
    "dash": "editor viewer AutoCompleteEditor BooleanSelectEditor DatePickerEditor DetailsEditor"
    " EnumSelectEditor TextAreaEditor TextAreaWithLangEditor TextFieldEditor"
    " TextFieldWithLangEditor URIEditor DetailsViewer LabelViewer LangStringViewer LiteralViewer"
    " URIViewer",
    "geo": "lat long",
    "oa": "Annotation TextualBody hasTarget hasBody motivatedBy assessing commenting questioning"
    " replying",
    "vcard": "Organization fn hasEmail hasTelephone hasURL",
    "schema": "ImageObject VideoObject DigitalDocument Person MediaObject contentUrl inLanguage"
    " duration domainIncludes rangeIncludes City Country State MonetaryAmount Offer Demand value"
    " currency ratingValue legislationIdentifier validThrough GovernmentService AdministrativeArea"
    " Organization OrganizationRole name alternateName description url sameAs latitude longitude"
    " identifier category areaServed containedInPlace memberOf subjectOf Claim CreativeWork Place"
    " Event attendee funder unitText unitCode version",
    "sdmx-code": "sex-T sex-F sex-M sex-U sex-N obsStatus-E obsStatus-P",
    "sdmx-dimension": "refArea refPeriod sex age educationLev occupation",
    "sdmx-measure": "obsValue",
    "sdmx-attribute": "unitMeasure obsStatus",
    "spdx": "Checksum checksum algorithm checksumValue checksumAlgorithm_sha256",
    "sdgo": "Goal Target Indicator Series hasTarget isTargetOf hasIndicator isIndicatorOf"
    " hasSeries isSeriesOf SDGCodeCompact SDGCode SDGCodePerm",
}
"""Terms of the others that are used here, each looked up in its vocabulary's own document."""


@pytest.fixture(scope="module")
def own(root: Path) -> set[str]:
    """Return the terms and concepts that our own files declare."""
    files = [*(root / "ontology").rglob("*.ttl"), *(root / "shapes").rglob("*.ttl")]
    return {str(term) for file in files for term in Graph().parse(file).subjects(RDF.type)}


def _terms(store: RdfDataset) -> Iterator[str]:
    """Yield the properties, classes and datatypes of a store."""
    for quad in store:
        yield quad.predicate.value
        if quad.predicate.value == str(RDF.type) and isinstance(quad.object, ox.NamedNode):
            yield quad.object.value
        if isinstance(quad.object, ox.Literal):
            yield quad.object.datatype.value


def _undeclared(terms: set[str], own: set[str]) -> set[str]:
    return {term for term in terms if term not in own and not _known(term)}


def _known(term: str) -> bool:
    for prefix, namespace in PREFIXES.items():
        if term.startswith(namespace) and prefix in _CLOSED:
            return URIRef(term) in _CLOSED[prefix]
        if term.startswith(namespace) and prefix in _OPEN:
            return term.removeprefix(namespace) in _OPEN[prefix].split()
    return False


def test_the_data_uses_declared_terms_only(bundled: Path, own: set[str]) -> None:
    """Every property, class and datatype of the bundled data is declared by some vocabulary."""
    graph = GraphStore.open(bundled)
    store = ox.Store()
    skipped = graph.iris.graph("ontology")
    quads = (q for q in graph.read(graph.current()) if str(q.graph_name) != f"<{skipped}>")
    store.extend(quads)
    assert _undeclared(set(_terms(store)), own) == set()


def test_the_shapes_and_alignments_use_declared_terms_only(root: Path, own: set[str]) -> None:
    """Every term that a shape or an alignment names is declared by some vocabulary."""
    shapes = Graph()
    for file in [*(root / "shapes").rglob("*.ttl"), *(root / "ontology/alignments").glob("*.ttl")]:
        shapes.parse(file)
    named = {str(node) for triple in shapes for node in triple if isinstance(node, URIRef)}
    vocabularies = (*(PREFIXES[prefix] for prefix in (*_CLOSED, *_OPEN)), str(USDG))
    assert _undeclared({iri for iri in named if iri.startswith(vocabularies)}, own) == set()


def test_an_invented_term_is_found(own: set[str]) -> None:
    """A term that its vocabulary does not have is found."""
    invented = {f"{PREFIXES['dcterms']}ttile", f"{USDG}leadCtiy", f"{PREFIXES['oa']}hasBdoy"}
    assert _undeclared(invented, own) == invented


def test_the_bundled_data_shows_every_term(bundled: Path, root: Path) -> None:
    """The bundled data or its versions use every term that is current and no superclass."""
    graph = GraphStore.open(bundled)
    used = set(_terms(graph.read(graph.current())))
    ontology = Graph().parse(root / "ontology" / "ontology.ttl")
    declared = set(ontology.subjects(RDFS.isDefinedBy)) - set(
        ontology.objects(None, RDFS.subClassOf)
    )
    declared -= set(ontology.subjects(OWL.deprecated))
    assert {str(term) for term in declared} - used == set()
