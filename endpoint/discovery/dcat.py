"""The RDF description of the dataset: VoID, DCAT 3, SPDX for checksums, DQV for quality.

Sources: Describing Linked Datasets with the VoID Vocabulary (W3C, 2011); Data Catalog Vocabulary,
version 3 (W3C, 2024); DCAT-AP 3, for what is mandatory; Data Quality Vocabulary (W3C, 2016).
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from urbansdg.endpoint.editions.dump_names import File
from urbansdg.endpoint.editions.edition import Edition, NamedGraphRecord
from urbansdg.endpoint.editions.void_counts import TARGETS, Linkset, Partition, Statistics
from urbansdg.endpoint.html.language_lookup import local_name
from urbansdg.ontology.graph_precedence import precedence
from urbansdg.ontology.media_types import GRAPHS, GZIP
from urbansdg.ontology.namespaces import PREFIXES, expanded

TITLE: Final = "Urban SDG graph"
DESCRIPTION: Final = (
    "Policies of cities on the Sustainable Development Goals, with their budgets, periods, "
    "stakeholders, obstacles and evidence, linked to the goals, targets and indicators of the "
    "United Nations, to GeoNames and to Wikidata."
)
KEYWORDS: Final = ("Sustainable Development Goals", "cities", "urban policy", "linked open data")

_MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"
LDES: Final = "https://w3id.org/ldes/specification"
FRAGMENTS: Final = "https://www.hydra-cg.com/spec/latest/triple-pattern-fragments/"
_PROTOCOL: Final = "http://www.w3.org/TR/sparql11-protocol/"
_EVERYTHING: Final = "http://publications.europa.eu/resource/authority/access-right/PUBLIC"
_PLAIN: Final = re.compile(r"[\w.-]+", re.ASCII)
_Value = NamedNode | Literal


@dataclass(frozen=True, slots=True)
class DatasetCatalogue:
    """The description of an edition; `base` is the base URI of the installation."""

    edition: Edition
    base: str
    publisher: str
    contact: str = ""

    @property
    def dataset(self) -> str:
        """The IRI of the dataset, which is also the address of its page."""
        return f"{self.base}/dataset"

    def address(self, file: File) -> str:
        """Return the download address of a dump."""
        return f"{self.base}/dumps/{self.edition.number}/{file.name}"

    def triples(self) -> list[Triple]:
        """Return the whole description."""
        return list(dict.fromkeys(self._everything()))

    def _everything(self) -> Iterator[Triple]:
        yield from self._document()
        yield from self._catalogue()
        yield from self._dataset()
        yield from self._content()
        counts = self.edition.statistics
        if counts is not None:
            yield from self._counts(counts)
            yield from self._partitions(counts)
            for linkset in counts.linksets:
                yield from self._link(linkset)
        yield from self._quality()
        for graph in self.edition.graphs:
            yield from self._graph(graph)
        for file in self.edition.files:
            yield from self._distribution(file)
        yield from self._services()

    def _part(self, name: str) -> NamedNode:
        return NamedNode(f"{self.dataset}#{name}")

    def _here(self, path: str) -> NamedNode:
        return NamedNode(self.base + path)

    def _document(self) -> Iterator[Triple]:
        document = self._here("/.well-known/void")
        yield from _triples(
            document,
            ("rdf:type", _term("void:DatasetDescription")),
            ("dcterms:title", _text(f"Description of the {TITLE}")),
            ("foaf:primaryTopic", NamedNode(self.dataset)),
            ("dcterms:modified", _time(self.edition)),
        )
        publisher = self._part("publisher")
        yield from _triples(
            publisher,
            ("rdf:type", _term("foaf:Agent")),
            ("foaf:name", Literal(self.publisher)),
        )
        way = "hasEmail" if self.contact.startswith("mailto:") else "hasURL"
        yield from _triples(
            self._part("contact"),
            ("rdf:type", _term("vcard:Organization")),
            ("vcard:fn", Literal(self.publisher)),
            (f"vcard:{way}", NamedNode(self.contact) if self.contact else self._here("/")),
        )

    def _catalogue(self) -> Iterator[Triple]:
        catalogue = self._part("catalogue")
        yield from _triples(
            catalogue,
            ("rdf:type", _term("dcat:Catalog")),
            ("dcterms:title", _text(f"{TITLE}: catalogue")),
            ("dcterms:description", _text("The dataset as a whole, and each of its sources.")),
            ("dcterms:publisher", self._part("publisher")),
            ("dcterms:modified", _time(self.edition)),
            ("foaf:homepage", self._here("/")),
            ("dcat:dataset", NamedNode(self.dataset)),
            *(("dcat:dataset", NamedNode(graph.iri)) for graph in self.edition.graphs),
        )

    def _dataset(self) -> Iterator[Triple]:
        yield from _triples(
            NamedNode(self.dataset),
            ("rdf:type", _term("dcat:Dataset")),
            ("rdf:type", _term("void:Dataset")),
            ("dcterms:title", _text(TITLE)),
            ("dcterms:description", _text(DESCRIPTION)),
            ("dcterms:publisher", self._part("publisher")),
            ("dcat:contactPoint", self._part("contact")),
            ("dcterms:modified", _time(self.edition)),
            ("dcterms:accessRights", NamedNode(_EVERYTHING)),
            ("dcat:version", Literal(str(self.edition.number))),
            ("dcat:landingPage", NamedNode(self.dataset)),
            ("foaf:homepage", self._here("/")),
            ("prov:wasGeneratedBy", self._here(f"/id/version/{self.edition.number}/activity")),
            *(("dcat:keyword", _text(word)) for word in KEYWORDS),
            *(("dcterms:license", NamedNode(licence)) for licence in self.edition.licences()),
            *(("dcterms:hasPart", NamedNode(graph.iri)) for graph in self.edition.graphs),
            *(
                ("dcat:distribution", self._part(f"dump-{file.name}"))
                for file in self.edition.files
                if file.graph is None
            ),
        )

    def _content(self) -> Iterator[Triple]:
        yield from _triples(
            NamedNode(self.dataset),
            ("void:uriSpace", Literal(f"{self.base}/id/")),
            ("void:sparqlEndpoint", self._here("/sparql")),
            ("void:uriLookupEndpoint", self._here("/describe?uri=")),
            ("void:openSearchDescription", self._here("/opensearch.xml")),
            ("void:rootResource", self._here("/")),
            *(("void:feature", NamedNode(form.iri)) for form in GRAPHS),
            *(("void:subset", NamedNode(graph.iri)) for graph in self.edition.graphs),
            *(
                ("void:dataDump", NamedNode(self.address(file)))
                for file in self.edition.files
                if file.graph is None
            ),
        )

    def _counts(self, counts: Statistics) -> Iterator[Triple]:
        yield from _triples(
            NamedNode(self.dataset),
            ("void:triples", Literal(counts.triples)),
            ("void:entities", Literal(counts.entities)),
            ("void:classes", Literal(counts.classes)),
            ("void:properties", Literal(counts.properties)),
            ("void:distinctSubjects", Literal(counts.subjects)),
            ("void:distinctObjects", Literal(counts.objects)),
            *(("void:exampleResource", NamedNode(example)) for example in counts.examples),
            *(("void:vocabulary", NamedNode(space)) for space in _vocabularies(counts)),
        )

    def _partitions(self, counts: Statistics) -> Iterator[Triple]:
        for part in counts.class_partition:
            node = self._part(f"class-{_anchor(part.iri)}")
            yield Triple(NamedNode(self.dataset), _term("void:classPartition"), node)
            yield from _triples(
                node,
                ("rdf:type", _term("void:Dataset")),
                ("void:class", NamedNode(part.iri)),
                ("void:entities", Literal(part.entities)),
            )
        for part in counts.property_partition:
            node = self._part(f"property-{_anchor(part.iri)}")
            yield Triple(NamedNode(self.dataset), _term("void:propertyPartition"), node)
            yield from _triples(
                node,
                ("rdf:type", _term("void:Dataset")),
                ("void:property", NamedNode(part.iri)),
                *_counted(part),
            )

    def _quality(self) -> Iterator[Triple]:
        """Yield the measurements of the Data Quality Vocabulary (W3C, 2016, section 4)."""
        ours = NamedNode(self.dataset)
        for measured in self.edition.quality:
            node = self._part(f"quality-{measured.metric}")
            yield Triple(ours, _term("dqv:hasQualityMeasurement"), node)
            yield from _triples(
                node,
                ("rdf:type", _term("dqv:QualityMeasurement")),
                ("dqv:isMeasurementOf", NamedNode(measured.iri)),
                ("dqv:computedOn", ours),
                ("dqv:value", _typed(measured.value, "decimal")),
                ("prov:generatedAtTime", _time(self.edition)),
            )

    def _graph(self, graph: NamedGraphRecord) -> Iterator[Triple]:
        yield from _triples(
            NamedNode(graph.iri),
            ("rdf:type", _term("dcat:Dataset")),
            ("rdf:type", _term("void:Dataset")),
            ("dcterms:title", _text(title_of(graph))),
            ("dcterms:description", _text(description_of(graph))),
            ("dcterms:publisher", self._part("publisher")),
            ("dcterms:isPartOf", NamedNode(self.dataset)),
            ("void:triples", Literal(graph.triples)),
            ("void:sparqlEndpoint", self._here("/sparql")),
            ("usdg:precedence", Literal(precedence(graph.iri))),
            *_pairs("dcterms:license", graph.licence),
            *_pairs("dcterms:rightsHolder", graph.rights_holder),
            *_pairs("dcterms:source", graph.location),
        )
        for file in self.edition.files:
            if file.graph == graph.iri:
                yield from _triples(
                    NamedNode(graph.iri),
                    ("dcat:distribution", self._part(f"dump-{file.name}")),
                    ("void:dataDump", NamedNode(self.address(file))),
                )

    def _distribution(self, file: File) -> Iterator[Triple]:
        node = self._part(f"dump-{file.name}")
        address = NamedNode(self.address(file))
        holders = [graph for graph in self.edition.graphs if file.graph in (None, graph.iri)]
        licences = sorted({holder.licence for holder in holders if holder.licence})
        yield from _triples(
            node,
            ("rdf:type", _term("dcat:Distribution")),
            ("dcterms:title", _text(file.name)),
            ("dcat:accessURL", address),
            ("dcat:downloadURL", address),
            ("dcat:mediaType", NamedNode(_MEDIA_TYPES + file.media_type)),
            ("dcat:compressFormat", NamedNode(_MEDIA_TYPES + GZIP)),
            ("dcterms:modified", _time(self.edition)),
            *(("dcterms:license", NamedNode(licence)) for licence in licences),
        )
        if file.bytes is None or file.sha256 is None:  # it is made on request
            return
        checksum = self._part(f"checksum-{file.name}")
        yield from _triples(
            node,
            ("dcat:byteSize", _typed(str(file.bytes), "nonNegativeInteger")),
            ("spdx:checksum", checksum),
        )
        yield from _triples(
            checksum,
            ("rdf:type", _term("spdx:Checksum")),
            ("spdx:algorithm", _term("spdx:checksumAlgorithm_sha256")),
            ("spdx:checksumValue", _typed(file.sha256, "hexBinary")),
        )

    def _link(self, linkset: Linkset) -> Iterator[Triple]:
        target = next(target for target in TARGETS if target.space == linkset.target)
        source = next((target for target in TARGETS if target.space == linkset.source), None)
        beginning = f"{_anchor(source.space)}-" if source else ""
        node = self._part(f"links-{beginning}{_anchor(target.space)}-{_anchor(linkset.links.iri)}")
        ours = NamedNode(self.dataset)
        yield Triple(ours, _term("void:subset"), node)
        yield from _triples(
            node,
            ("rdf:type", _term("void:Linkset")),
            ("void:linkPredicate", NamedNode(linkset.links.iri)),
            ("void:subjectsTarget", self._target(source.space) if source else ours),
            ("void:objectsTarget", self._target(target.space)),
            *_counted(linkset.links),
        )
        for end in filter(None, (source, target)):
            yield from _triples(
                self._target(end.space),
                ("rdf:type", _term("void:Dataset")),
                ("dcterms:title", _text(end.name)),
                ("foaf:homepage", NamedNode(end.home)),
                ("void:uriSpace", Literal(end.space)),
            )

    def _target(self, space: str) -> NamedNode:
        return self._part(f"target-{_anchor(space)}")

    def _services(self) -> Iterator[Triple]:
        for path, name, protocol in (
            ("/sparql", "SPARQL endpoint", _PROTOCOL),
            ("/events", "changes, as an event stream", LDES),
            ("/fragments", "triple pattern fragments", FRAGMENTS),
        ):
            service = self._here(path)
            yield Triple(self._part("catalogue"), _term("dcat:service"), service)
            yield from _triples(
                service,
                ("rdf:type", _term("dcat:DataService")),
                ("dcterms:title", _text(f"{TITLE}: {name}")),
                ("dcterms:publisher", self._part("publisher")),
                ("dcterms:conformsTo", NamedNode(protocol)),
                ("dcat:endpointURL", service),
                ("dcat:endpointDescription", service),
                ("dcat:servesDataset", NamedNode(self.dataset)),
            )


def _vocabularies(counts: Statistics) -> list[str]:
    """Return the namespaces of the terms in use; a term such as `urn:value` has none."""
    used = {part.iri for part in (*counts.class_partition, *counts.property_partition)}
    spaces = {iri[: len(iri) - len(_last(iri))] for iri in used}
    return sorted(spaces - {""})


def title_of(graph: NamedGraphRecord) -> str:
    """Return the title of a named graph."""
    return f"{TITLE}: {local_name(graph.iri)}"


def description_of(graph: NamedGraphRecord) -> str:
    """Return what a named graph is, in 50 characters or more."""
    origin = f"It was read from {graph.source}." if graph.source else "It was edited in place."
    return f"The named graph {local_name(graph.iri)} of the {TITLE}. {origin}"


def _triples(subject: NamedNode, *pairs: tuple[str, _Value]) -> Iterator[Triple]:
    for name, value in pairs:
        yield Triple(subject, _term(name), value)


def _pairs(name: str, iri: str | None) -> Iterator[tuple[str, _Value]]:
    """Yield a property with its value if the value is a valid IRI."""
    if iri is not None and re.match(r"https?://[^\s<>\"{}|\\^`]+$", iri):
        yield name, NamedNode(iri)


def _counted(part: Partition) -> Iterator[tuple[str, _Value]]:
    yield "void:triples", Literal(part.triples)
    yield "void:distinctSubjects", Literal(part.subjects)
    yield "void:distinctObjects", Literal(part.objects)


def _term(name: str) -> NamedNode:
    return NamedNode(expanded(name))


def _text(words: str) -> Literal:
    return Literal(words, language="en")


def _typed(text: str, kind: str) -> Literal:
    return Literal(text, datatype=_term(f"xsd:{kind}"))


def _time(edition: Edition) -> Literal:
    text = edition.created.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return _typed(text, "dateTime")


def _last(iri: str) -> str:
    """Return the local name of an IRI: what follows its last `#` or `/`."""
    return re.split(r"[#/]", iri)[-1]


def _anchor(iri: str) -> str:
    """Return a fragment for an IRI: `skos-prefLabel`, or a digest where no known prefix matches."""
    for prefix, space in PREFIXES.items():
        local = iri.removeprefix(space)
        if local != iri and (not local or _PLAIN.fullmatch(local)):
            return f"{prefix}-{local}".rstrip("-")
    return hashlib.blake2b(iri.encode(), digest_size=6).hexdigest()
