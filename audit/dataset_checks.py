"""Checks of what the dataset tells about itself: VoID, DCAT, dumps, SPARQL."""

import hashlib
import json
from typing import Final

import pyoxigraph as ox

from urbansdg.audit.audited_site import AuditedSite, iri
from urbansdg.audit.earl import AuditCheck, Finding, failed, passed, untested, when
from urbansdg.audit.untrusted_rdf import objects
from urbansdg.ontology.media_types import CSV, SPARQL_JSON, SPARQL_XML, TURTLE
from urbansdg.ontology.namespaces import SERVICE_DESCRIPTION

_NO_DATASET: Final = "no description of a dataset was found"
_NO_ENDPOINT: Final = "no SPARQL endpoint of the site is named"
_RESULTS: Final = {
    "json": SPARQL_JSON,
    "xml": SPARQL_XML,
    "csv": CSV,
}
_PARTITIONS: Final = 3  # so many are held to SPARQL


def _well_known(site: AuditedSite) -> Finding:
    answer = site.get(f"{site.visitor.start.rstrip('/')}/.well-known/void", TURTLE)
    found = answer.status == 200 and b"void" in answer.body
    return when(found, "/.well-known/void is there", f"/.well-known/void gives {answer.status}")


def _count(site: AuditedSite) -> Finding:
    told = site.told("void:triples")
    if not told:
        return failed("no void:triples is told")
    counted = site.count("{ SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } }")
    if counted is None:
        return untested(_NO_ENDPOINT)
    everything = site.count("GRAPH ?g { ?s ?p ?o }")
    return when(
        told[0] in (str(counted), str(everything)),
        f"{told[0]} triples, as SPARQL counts",
        f"{told[0]} triples are told, SPARQL counts {counted} ({everything} in named graphs)",
    )


def _partitions(site: AuditedSite) -> Finding:
    nodes = site.told("void:classPartition")[:_PARTITIONS]
    if not nodes:
        return failed("there is no void:classPartition")
    for node in nodes:
        kind = objects(site.void, node, iri("void:class"))
        told = objects(site.void, node, iri("void:entities"))
        pattern = f"{{ SELECT DISTINCT ?s {{ ?s a <{kind[0]}> }} }}" if kind else ""
        counted = site.count(pattern) if kind else None
        if counted is None:
            return untested("they cannot be held to SPARQL")
        if told != [str(counted)]:
            return failed(f"<{kind[0]}>: {told} entities are told, SPARQL counts {counted}")
    return passed(f"{len(nodes)} of them are as SPARQL counts")


def _mandatory(site: AuditedSite) -> Finding:
    if site.dataset is None:
        return failed(_NO_DATASET)
    needed = ("dcterms:title", "dcterms:description", "dcterms:publisher", "dcat:distribution")
    lacking = [name for name in needed if not site.told(name)]
    lacking += [
        f"dcat:accessURL of <{node}>"
        for node in site.told("dcat:distribution")
        if not objects(site.void, node, iri("dcat:accessURL"))
    ]
    return when(not lacking, "all are there", f"lacking: {', '.join(lacking)}")


def _has(id_: str, principle: str, tests: str, *names: str) -> AuditCheck:
    def run(site: AuditedSite) -> Finding:
        if site.dataset is None:
            return failed(_NO_DATASET)
        told = site.told(*names)
        return when(told, f"{', '.join(told)[:90]}", f"no {' or '.join(names)} is told")

    return AuditCheck(id_, principle, tests, run)


def _contact(site: AuditedSite) -> Finding:
    nodes = site.told("dcat:contactPoint")
    paths = (iri("vcard:hasEmail"), iri("vcard:hasURL"), iri("vcard:hasTelephone"))
    ways = [each for node in nodes for each in objects(site.void, node, *paths)]
    return when(ways, ", ".join(ways), "no dcat:contactPoint with an address is told")


def _linksets(site: AuditedSite) -> Finding:
    sets = objects(site.void, None, iri("void:objectsTarget"))
    return when(sets, f"{len(sets)} linksets", "there is no void:Linkset")


def _dumps(site: AuditedSite) -> Finding:
    nodes = site.told("dcat:distribution")
    urls = [(n, u) for n in nodes for u in objects(site.void, n, iri("dcat:downloadURL"))]
    if not urls:
        return failed("no distribution has a dcat:downloadURL")
    for node, url in urls:
        if not site.is_own(url):
            return untested(f"{url} is on another host")
        wrong = _wrong_with(site, node, url)
        if wrong:
            return failed(f"{url}: {wrong}")
    return passed(f"{len(urls)} dumps have the size and the checksum that is told")


def _wrong_with(site: AuditedSite, node: str, url: str) -> str:
    """Return what is wrong with a dump, nothing where its size and its checksum are right."""
    size, digest = [0], hashlib.sha256()

    def take(chunk: bytes) -> None:
        size[0] += len(chunk)
        digest.update(chunk)

    answer = site.visitor.stream(site.here(url), take)
    told = objects(site.void, node, iri("dcat:byteSize"))
    sums = objects(site.void, node, iri("spdx:checksum"))
    values = [each for n in sums for each in objects(site.void, n, iri("spdx:checksumValue"))]
    if answer.status != 200 or not answer.whole:
        return f"it cannot be had whole ({answer.status})"
    if told != [str(size[0])]:
        return f"{size[0]} bytes came, {told or 'none'} are told"
    return "" if digest.hexdigest() in values else "the SHA-256 is not told, or another one"


def _service(site: AuditedSite) -> Finding:
    if site.endpoint is None:
        return untested(_NO_ENDPOINT)
    found = site.graph(site.endpoint)
    told = found is not None and objects(
        found, None, SERVICE_DESCRIPTION.endpoint, SERVICE_DESCRIPTION.supportedLanguage
    )
    return when(told, "the endpoint describes itself", "a GET without a query gives no description")


def _answers(name: str) -> AuditCheck:
    def run(site: AuditedSite) -> Finding:
        answer = site.query("SELECT ?s WHERE { ?s ?p ?o } LIMIT 1", _RESULTS[name])
        if answer is None:
            return untested(_NO_ENDPOINT)
        told = answer.status == 200 and answer.media_type == _RESULTS[name]
        whole = told and (name != "json" or bool(json.loads(answer.body or b"{}").get("results")))
        return when(whole, "it is given", f"{answer.status} {answer.media_type}")

    return AuditCheck(f"sparql-{name}", "I1", f"SPARQL answers in {name.upper()}", run)


def _provenance(site: AuditedSite) -> Finding:
    paths = ("prov:wasGeneratedBy", "prov:wasDerivedFrom", "dcterms:provenance", "dcterms:source")
    told = site.told(*paths)
    if not told:
        return failed("nothing tells where the data come from")
    own = [each for each in told if site.is_own(each)]
    found = site.graph(own[0]) if own else None
    if own and found is None:
        return failed(f"<{own[0]}> has no description")
    node = ox.NamedNode(iri("prov:Activity"))
    kinds = found is not None and next(found.quads_for_pattern(None, None, node), None)
    return passed(f"<{told[0]}>{' is a described activity' if kinds else ''}")


DESCRIPTION: Final = (
    AuditCheck("void", "F4", "The dataset is described at /.well-known/void", _well_known),
    AuditCheck(
        "void-triples", "F2", "The triples that VoID tells are those that SPARQL counts", _count
    ),
    AuditCheck("void-partitions", "F2", "So are the entities of class partitions", _partitions),
    _has("void-examples", "F2", "Example resources are named", "void:exampleResource"),
    _has("void-uri-space", "F2", "The URI space is told", "void:uriSpace", "void:uriRegexPattern"),
    _has("void-vocabularies", "I2", "The vocabularies are named", "void:vocabulary"),
    AuditCheck("linksets", "I3", "Links to other datasets are counted", _linksets),
    AuditCheck("dcat", "F2", "The mandatory properties of DCAT-AP are there", _mandatory),
    _has("keywords", "F2", "Keywords or themes are told", "dcat:keyword", "dcat:theme"),
    _has("licence", "R1.1", "A licence is told", "dcterms:license"),
    _has(
        "version", "R1", "A version or a time of change is told", "dcat:version", "dcterms:modified"
    ),
    AuditCheck("provenance", "R1.2", "Provenance is told and can be followed", _provenance),
    AuditCheck("contact", "R1", "It is told whom to write to about the dataset", _contact),
    AuditCheck("dumps", "A1", "Dumps have the size and the checksum that is told", _dumps),
    AuditCheck("sparql-description", "F2", "The SPARQL endpoint describes itself", _service),
    *map(_answers, _RESULTS),
)
