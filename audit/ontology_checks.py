"""Checks of the ontology, following FOOPS! (Garijo, Corcho, Poveda-Villalón, 2021)."""

from typing import Final

import pyoxigraph as ox

from urbansdg.audit.audited_site import AuditedSite, iri
from urbansdg.audit.earl import (
    AuditCheck,
    Finding,
    cannot_tell,
    failed,
    passed,
    passed_if,
    untested,
)
from urbansdg.audit.untrusted_rdf import subjects
from urbansdg.ontology.media_types import HTML, RDF_XML, TURTLE

_NONE: Final = "the site has no ontology of its own"
_TERMS: Final = ("owl:Class", "owl:ObjectProperty", "owl:DatatypeProperty")
_PERSISTENT: Final = ("w3id.org", "purl.org", "purl.archive.org", "doi.org", "data.europa.eu")
_ENOUGH: Final = 0.95
"""The share of terms that must have a label and a definition."""


def _has(id_: str, principle: str, tests: str, *names: str) -> AuditCheck:
    def run(site: AuditedSite) -> Finding:
        if site.ontology_address is None:
            return untested(_NONE)
        values = site.ontology_values(*names)
        return passed_if(values, values[0][:90] if values else "", f"no {' or '.join(names)}")

    return AuditCheck(f"ontology-{id_}", principle, tests, run)


def _formats(site: AuditedSite) -> Finding:
    if site.ontology_address is None:
        return untested(_NONE)
    kinds = (HTML, TURTLE, RDF_XML)
    media_types = [site.get(site.ontology_address, kind).media_type for kind in kinds]
    return passed_if(
        tuple(media_types) == kinds,
        "HTML, Turtle and RDF/XML",
        f"it returns {', '.join(media_types)}",
    )


def _of_terms(id_: str, tests: str, *names: str) -> AuditCheck:
    def run(site: AuditedSite) -> Finding:
        if site.ontology_address is None:
            return untested(_NONE)
        paths = [ox.NamedNode(iri(name)) for name in names]
        terms = _own_terms(site)
        described = [term for term in terms if any(_first(site, term, path) for path in paths)]
        lacking = sorted(set(terms) - set(described))[:3]
        return passed_if(
            terms and len(described) >= _ENOUGH * len(terms),
            f"{len(described)} of {len(terms)} terms",
            f"{len(described)} of {len(terms)} terms; missing for {', '.join(lacking)}",
        )

    return AuditCheck(f"ontology-{id_}", "R1", tests, run)


def _own_terms(site: AuditedSite) -> list[str]:
    """Return the terms in the ontology's own namespace."""
    own = subjects(site.ontology, iri("rdf:type"), iri("owl:Ontology"))[:1]
    subjects_by_kind = (subjects(site.ontology, iri("rdf:type"), iri(kind)) for kind in _TERMS)
    return sorted(
        {term for some in subjects_by_kind for term in some if own and term.startswith(own[0])}
    )


def _first(site: AuditedSite, term: str, path: ox.NamedNode) -> ox.Quad | None:
    return next(site.ontology.quads_for_pattern(ox.NamedNode(term), path, None), None)


def _persistent(site: AuditedSite) -> Finding:
    own = subjects(site.ontology, iri("rdf:type"), iri("owl:Ontology"))
    if not own:
        return untested(_NONE)
    if site.is_own(own[0]):
        return failed(f"<{own[0]}> is an address on this site and is lost with it")
    host = own[0].split("/")[2]
    return cannot_tell(
        f"<{own[0]}> depends on a redirect by {host}, "
        + ("a service for persistent identifiers, " if host in _PERSISTENT else "")
        + "which this site cannot show"
    )


def _resolves(site: AuditedSite) -> Finding:
    if site.ontology_address is None:
        return untested(_NONE)
    own = subjects(site.ontology, iri("rdf:type"), iri("owl:Ontology"))
    used = site.values("void:vocabulary")
    named = any(namespace.rstrip("#/") == own[0].rstrip("#/") for namespace in used)
    return passed_if(named, "the dataset names it", f"the dataset does not name <{own[0]}>")


def _open(site: AuditedSite) -> Finding:
    return (
        passed("HTTP, without an account")
        if site.home.status == 200
        else failed("it is not accessible")
    )


VOCABULARY: Final = (
    AuditCheck("open-protocol", "A1.1", "The protocol is open and free", _open),
    AuditCheck("ontology-formats", "A1", "The ontology is available as HTML and RDF", _formats),
    AuditCheck("ontology-used", "I2", "The dataset names its ontology", _resolves),
    AuditCheck("persistent-identifiers", "F1", "Identifiers outlive the site", _persistent),
    _has("title", "F2", "The ontology has a title", "dcterms:title", "rdfs:label"),
    _has("description", "F2", "It has a description", "dcterms:description", "dcterms:abstract"),
    _has("creator", "R1.2", "Its creator is named", "dcterms:creator", "schema:creator"),
    _has("licence", "R1.1", "It has a licence", "dcterms:license", "schema:license"),
    _has("version", "R1", "It has a version", "owl:versionInfo"),
    _has("version-iri", "F1", "Its version has an IRI", "owl:versionIRI"),
    _has("dates", "R1", "It has dates", "dcterms:created", "dcterms:modified", "dcterms:issued"),
    _has("prefix", "F2", "It has a preferred prefix", "vann:preferredNamespacePrefix"),
    _has("namespace", "F2", "It has a preferred namespace", "vann:preferredNamespaceUri"),
    _has("citation", "R1.2", "It says how to cite it", "dcterms:bibliographicCitation"),
    _of_terms("labels", "Terms have labels", "rdfs:label", "skos:prefLabel"),
    _of_terms("definitions", "Terms have definitions", "skos:definition", "rdfs:comment"),
)
