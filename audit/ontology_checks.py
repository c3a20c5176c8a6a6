"""Checks of the ontology, as FOOPS! has them (Garijo, Corcho, Poveda-Villalón, 2021)."""

from typing import Final

import pyoxigraph as ox

from urbansdg.audit.audited_site import AuditedSite, iri
from urbansdg.audit.earl import AuditCheck, Finding, cannot_tell, failed, passed, untested, when
from urbansdg.audit.untrusted_rdf import subjects
from urbansdg.ontology.media_types import HTML, RDF_XML, TURTLE

_NONE: Final = "the site has no ontology of its own"
_TERMS: Final = ("owl:Class", "owl:ObjectProperty", "owl:DatatypeProperty")
_PERSISTENT: Final = ("w3id.org", "purl.org", "purl.archive.org", "doi.org", "data.europa.eu")
_ENOUGH: Final = 0.95
"""So large a share of the terms has to have a label and a definition."""


def _has(id_: str, principle: str, tests: str, *names: str) -> AuditCheck:
    def run(site: AuditedSite) -> Finding:
        if site.ontology_address is None:
            return untested(_NONE)
        told = site.told_of_ontology(*names)
        return when(told, told[0][:90] if told else "", f"no {' or '.join(names)}")

    return AuditCheck(f"ontology-{id_}", principle, tests, run)


def _negotiated(site: AuditedSite) -> Finding:
    if site.ontology_address is None:
        return untested(_NONE)
    kinds = (HTML, TURTLE, RDF_XML)
    given = [site.get(site.ontology_address, kind).media_type for kind in kinds]
    return when(tuple(given) == kinds, "HTML, Turtle and RDF/XML", f"it gives {', '.join(given)}")


def _of_terms(id_: str, tests: str, *names: str) -> AuditCheck:
    def run(site: AuditedSite) -> Finding:
        if site.ontology_address is None:
            return untested(_NONE)
        paths = [ox.NamedNode(iri(name)) for name in names]
        terms = _own_terms(site)
        told = [term for term in terms if any(_first(site, term, path) for path in paths)]
        lacking = sorted(set(terms) - set(told))[:3]
        return when(
            terms and len(told) >= _ENOUGH * len(terms),
            f"{len(told)} of {len(terms)} terms",
            f"{len(told)} of {len(terms)} terms; not {', '.join(lacking)}",
        )

    return AuditCheck(f"ontology-{id_}", "R1", tests, run)


def _own_terms(site: AuditedSite) -> list[str]:
    """Return the terms of the ontology's own namespace."""
    own = subjects(site.ontology, iri("rdf:type"), iri("owl:Ontology"))[:1]
    found = (subjects(site.ontology, iri("rdf:type"), iri(kind)) for kind in _TERMS)
    return sorted({each for some in found for each in some if own and each.startswith(own[0])})


def _first(site: AuditedSite, term: str, path: ox.NamedNode) -> ox.Quad | None:
    return next(site.ontology.quads_for_pattern(ox.NamedNode(term), path, None), None)


def _persistent(site: AuditedSite) -> Finding:
    own = subjects(site.ontology, iri("rdf:type"), iri("owl:Ontology"))
    if not own:
        return untested(_NONE)
    if site.is_own(own[0]):
        return failed(f"<{own[0]}> is an address of this site: it dies with it")
    host = own[0].split("/")[2]
    return cannot_tell(
        f"<{own[0]}> is to be redirected by {host}, "
        + ("which is kept for that: " if host in _PERSISTENT else "")
        + "whether it does so is not this site's to give"
    )


def _resolves(site: AuditedSite) -> Finding:
    if site.ontology_address is None:
        return untested(_NONE)
    own = subjects(site.ontology, iri("rdf:type"), iri("owl:Ontology"))
    used = site.told("void:vocabulary")
    named = any(each.rstrip("#/") == own[0].rstrip("#/") for each in used)
    return when(named, "the dataset names it", f"the dataset does not name <{own[0]}>")


def _open(site: AuditedSite) -> Finding:
    return passed("HTTP, without an account") if site.home.status == 200 else failed("it is closed")


VOCABULARY: Final = (
    AuditCheck("open-protocol", "A1.1", "The protocol is open and free", _open),
    AuditCheck("ontology-formats", "A1", "The ontology is given as HTML and RDF", _negotiated),
    AuditCheck("ontology-used", "I2", "The dataset names its ontology", _resolves),
    AuditCheck("persistent-identifiers", "F1", "Identifiers outlive the site", _persistent),
    _has("title", "F2", "The ontology has a title", "dcterms:title", "rdfs:label"),
    _has("description", "F2", "It has a description", "dcterms:description", "dcterms:abstract"),
    _has("creator", "R1.2", "Its creator is named", "dcterms:creator", "schema:creator"),
    _has("licence", "R1.1", "It has a licence", "dcterms:license", "schema:license"),
    _has("version", "R1", "Its version is told", "owl:versionInfo"),
    _has("version-iri", "F1", "Its version has an IRI", "owl:versionIRI"),
    _has(
        "dates", "R1", "Its dates are told", "dcterms:created", "dcterms:modified", "dcterms:issued"
    ),
    _has("prefix", "F2", "A prefix is proposed", "vann:preferredNamespacePrefix"),
    _has("namespace", "F2", "Its namespace is told", "vann:preferredNamespaceUri"),
    _has("citation", "R1.2", "It is told how to cite it", "dcterms:bibliographicCitation"),
    _of_terms("labels", "Terms have labels", "rdfs:label", "skos:prefLabel"),
    _of_terms("definitions", "Terms have definitions", "skos:definition", "rdfs:comment"),
)
