"""Checks of the dataset's description: VoID, DCAT, dumps, SPARQL."""

import hashlib
import json
from typing import Final

import pyoxigraph as ox

from urbansdg.audit.audited_site import AuditedSite, iri
from urbansdg.audit.earl import AuditCheck, Finding, failed, passed, passed_if, untested
from urbansdg.audit.untrusted_rdf import objects
from urbansdg.ontology.media_types import CSV, SPARQL_JSON, SPARQL_XML, TURTLE
from urbansdg.ontology.namespaces import SERVICE_DESCRIPTION

_NO_DATASET: Final = "the site has no description of a dataset"
_NO_ENDPOINT: Final = "the site names no SPARQL endpoint of its own"
_RESULTS: Final = {
    "json": SPARQL_JSON,
    "xml": SPARQL_XML,
    "csv": CSV,
}
_PARTITIONS: Final = 3  # the number that is compared with SPARQL


def _well_known(site: AuditedSite) -> Finding:
    answer = site.get(f"{site.client.start.rstrip('/')}/.well-known/void", TURTLE)
    is_there = answer.status == 200 and b"void" in answer.body
    return passed_if(
        is_there, "/.well-known/void exists", f"/.well-known/void returns {answer.status}"
    )


def _count(site: AuditedSite) -> Finding:
    counts = site.values("void:triples")
    if not counts:
        return failed("no void:triples")
    counted = site.count("{ SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } }")
    if counted is None:
        return untested(_NO_ENDPOINT)
    everything = site.count("GRAPH ?g { ?s ?p ?o }")
    return passed_if(
        counts[0] in (str(counted), str(everything)),
        f"{counts[0]} triples, the same as in SPARQL",
        f"void:triples is {counts[0]}, SPARQL counts {counted} ({everything} in named graphs)",
    )


def _partitions(site: AuditedSite) -> Finding:
    nodes = site.values("void:classPartition")[:_PARTITIONS]
    if not nodes:
        return failed("no void:classPartition")
    for node in nodes:
        kind = objects(site.void, node, iri("void:class"))
        entities = objects(site.void, node, iri("void:entities"))
        pattern = f"{{ SELECT DISTINCT ?s {{ ?s a <{kind[0]}> }} }}" if kind else ""
        counted = site.count(pattern) if kind else None
        if counted is None:
            return untested("they cannot be compared with SPARQL")
        if entities != [str(counted)]:
            return failed(f"<{kind[0]}>: void:entities is {entities}, SPARQL counts {counted}")
    return passed(f"{len(nodes)} of them have the same counts as in SPARQL")


def _mandatory(site: AuditedSite) -> Finding:
    if site.dataset is None:
        return failed(_NO_DATASET)
    needed = ("dcterms:title", "dcterms:description", "dcterms:publisher", "dcat:distribution")
    lacking = [name for name in needed if not site.values(name)]
    lacking += [
        f"dcat:accessURL of <{node}>"
        for node in site.values("dcat:distribution")
        if not objects(site.void, node, iri("dcat:accessURL"))
    ]
    return passed_if(not lacking, "all exist", f"missing: {', '.join(lacking)}")


def _has(id_: str, principle: str, tests: str, *names: str) -> AuditCheck:
    def run(site: AuditedSite) -> Finding:
        if site.dataset is None:
            return failed(_NO_DATASET)
        values = site.values(*names)
        return passed_if(values, f"{', '.join(values)[:90]}", f"no {' or '.join(names)}")

    return AuditCheck(id_, principle, tests, run)


def _contact(site: AuditedSite) -> Finding:
    nodes = site.values("dcat:contactPoint")
    paths = (iri("vcard:hasEmail"), iri("vcard:hasURL"), iri("vcard:hasTelephone"))
    ways = [contact for node in nodes for contact in objects(site.void, node, *paths)]
    return passed_if(ways, ", ".join(ways), "no dcat:contactPoint with an address")


def _linksets(site: AuditedSite) -> Finding:
    sets = objects(site.void, None, iri("void:objectsTarget"))
    return passed_if(sets, f"{len(sets)} linksets", "no void:Linkset")


def _dumps(site: AuditedSite) -> Finding:
    nodes = site.values("dcat:distribution")
    urls = [(n, u) for n in nodes for u in objects(site.void, n, iri("dcat:downloadURL"))]
    if not urls:
        return failed("no distribution has a dcat:downloadURL")
    for node, url in urls:
        if not site.is_own(url):
            return untested(f"{url} is on another host")
        wrong = _wrong_with(site, node, url)
        if wrong:
            return failed(f"{url}: {wrong}")
    return passed(f"{len(urls)} dumps are complete, with the size and checksum described")


def _wrong_with(site: AuditedSite, node: str, url: str) -> str:
    """Return what is wrong with a dump, or "" if it is whole and as described.

    Size and checksum are optional (DCAT-AP 3): a dump that is made on request has none.
    """
    size, digest = [0], hashlib.sha256()

    def take(chunk: bytes) -> None:
        size[0] += len(chunk)
        digest.update(chunk)

    answer = site.client.stream(site.url_of(url), take)
    sizes = objects(site.void, node, iri("dcat:byteSize"))
    sums = objects(site.void, node, iri("spdx:checksum"))
    values = [
        checksum for n in sums for checksum in objects(site.void, n, iri("spdx:checksumValue"))
    ]
    if answer.status != 200 or not answer.whole:
        return f"it cannot be downloaded completely ({answer.status})"
    if sizes and sizes != [str(size[0])]:
        return f"it has {size[0]} bytes, dcat:byteSize is {sizes}"
    return "the SHA-256 checksum is different" if sums and digest.hexdigest() not in values else ""


def _service(site: AuditedSite) -> Finding:
    if site.endpoint is None:
        return untested(_NO_ENDPOINT)
    description = site.graph(site.endpoint)
    properties = description is not None and objects(
        description, None, SERVICE_DESCRIPTION.endpoint, SERVICE_DESCRIPTION.supportedLanguage
    )
    return passed_if(
        properties, "the endpoint describes itself", "a GET without a query returns no description"
    )


def _answers(name: str) -> AuditCheck:
    def run(site: AuditedSite) -> Finding:
        answer = site.query("SELECT ?s WHERE { ?s ?p ?o } LIMIT 1", _RESULTS[name])
        if answer is None:
            return untested(_NO_ENDPOINT)
        is_right = answer.status == 200 and answer.media_type == _RESULTS[name]
        whole = is_right and (
            name != "json" or bool(json.loads(answer.body or b"{}").get("results"))
        )
        return passed_if(whole, "it works", f"{answer.status} {answer.media_type}")

    return AuditCheck(f"sparql-{name}", "I1", f"SPARQL results in {name.upper()}", run)


def _provenance(site: AuditedSite) -> Finding:
    paths = ("prov:wasGeneratedBy", "prov:wasDerivedFrom", "dcterms:provenance", "dcterms:source")
    activities = site.values(*paths)
    if not activities:
        return failed("no provenance of the data")
    own = [iri for iri in activities if site.is_own(iri)]
    activity = site.graph(own[0]) if own else None
    if own and activity is None:
        return failed(f"<{own[0]}> has no description")
    node = ox.NamedNode(iri("prov:Activity"))
    kinds = activity is not None and next(activity.quads_for_pattern(None, None, node), None)
    return passed(f"<{activities[0]}>{' is a described activity' if kinds else ''}")


DESCRIPTION: Final = (
    AuditCheck("void", "F4", "The dataset is described at /.well-known/void", _well_known),
    AuditCheck("void-triples", "F2", "void:triples is the number that SPARQL counts", _count),
    AuditCheck(
        "void-partitions", "F2", "The counts of class partitions are those of SPARQL", _partitions
    ),
    _has("void-examples", "F2", "Example resources are named", "void:exampleResource"),
    _has("void-uri-space", "F2", "The URI space is given", "void:uriSpace", "void:uriRegexPattern"),
    _has("void-vocabularies", "I2", "The vocabularies are named", "void:vocabulary"),
    AuditCheck("linksets", "I3", "Links to other datasets are counted", _linksets),
    AuditCheck("dcat", "F2", "The mandatory properties of DCAT-AP exist", _mandatory),
    _has("keywords", "F2", "Keywords or themes are given", "dcat:keyword", "dcat:theme"),
    _has("licence", "R1.1", "A licence is given", "dcterms:license"),
    _has(
        "version",
        "R1",
        "A version or a modification date is given",
        "dcat:version",
        "dcterms:modified",
    ),
    AuditCheck("provenance", "R1.2", "Provenance is given and can be followed", _provenance),
    AuditCheck("contact", "R1", "A contact for the dataset is given", _contact),
    AuditCheck("dumps", "A1", "Dumps are complete, with the size and checksum described", _dumps),
    AuditCheck("sparql-description", "F2", "The SPARQL endpoint describes itself", _service),
    *map(_answers, _RESULTS),
)
