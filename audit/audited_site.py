"""An audited site, explored from its address alone: its dataset, its things, its ontology."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import urlencode, urljoin

import pyoxigraph as ox

from urbansdg.audit.crawl_client import (
    CrawlClient,
    CrawlFailed,
    CrawlLimitReached,
    CrawlResponse,
    OtherHost,
)
from urbansdg.audit.untrusted_rdf import Unreadable, objects, read, subjects
from urbansdg.ontology.media_types import HTML, SPARQL_JSON, TURTLE
from urbansdg.ontology.namespaces import PREFIXES, VANN

_FURTHER: Final = {"vann": str(VANN)}
_GUESSES: Final = ("/.well-known/void", "", "/dataset", "/void.ttl")


def iri(name: str) -> str:
    """Return the IRI of a prefixed name."""
    prefix, _, local = name.partition(":")
    return (PREFIXES | _FURTHER)[prefix] + local


@dataclass
class AuditedSite:
    """The data of a site that several checks use.

    `calls_itself` is the base of the IRIs in its data, if it differs from the address in use.
    """

    client: CrawlClient
    calls_itself: str

    def url_of(self, address: str) -> str:
        """Return the URL to request for an IRI in the data."""
        if address.startswith(f"{self.calls_itself}/") or address == self.calls_itself:
            return self.client.start.rstrip("/") + address.removeprefix(self.calls_itself)
        return address

    def is_own(self, address: str) -> bool:
        """Return whether an IRI in the data is on the site."""
        return self.client.is_same_host(self.url_of(address))

    def get(self, address: str, accept: str = "*/*", **more: str) -> CrawlResponse:
        """Return the response for an IRI in the data; raises the errors of `CrawlClient.ask`.

        Redirects are followed within the site, under either of its addresses.
        """
        for _ in range(6):
            answer = self.client.ask(self.url_of(address), follow=False, accept=accept, **more)
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            address = urljoin(answer.url, answer.headers.get("location", ""))
        raise CrawlFailed(f"{address}: too many redirects")

    def graph(self, address: str, media_type: str = TURTLE) -> ox.Store | None:
        """Return the RDF at an address, or None if there is none."""
        try:
            answer = self.get(address, media_type)
            if answer.status == 200 and answer.whole:
                return read(answer.body, answer.media_type, address)
        except (Unreadable, CrawlFailed, OtherHost, CrawlLimitReached):
            pass
        return None

    @cached_property
    def home(self) -> CrawlResponse:
        """The home page, as a browser gets it."""
        return self.get(self.client.start, HTML)

    @cached_property
    def void(self) -> ox.Store:
        """The site's description of its dataset; empty if there is none."""
        for path in _GUESSES:
            description = self.graph(self.client.start.rstrip("/") + path)
            if description is not None and self._datasets(description):
                return description
        return ox.Store()

    def _datasets(self, description: ox.Store) -> list[str]:
        kinds = ("void:Dataset", "dcat:Dataset")
        return [
            dataset
            for kind in kinds
            for dataset in subjects(description, iri("rdf:type"), iri(kind))
        ]

    @cached_property
    def dataset(self) -> str | None:
        """The dataset's IRI: the description's topic, or the dataset with the most triples."""
        datasets = set(self._datasets(self.void))
        topics = objects(self.void, None, iri("foaf:primaryTopic"))
        named = [topic for topic in topics if topic in datasets]
        ranked = sorted(datasets, key=lambda dataset: (-self._triple_count(dataset), dataset))
        return next(iter((*named, *ranked)), None)

    def _triple_count(self, subject: str) -> int:
        return sum(1 for _ in self.void.quads_for_pattern(ox.NamedNode(subject), None, None))

    def values(self, *names: str) -> list[str]:
        """Return the values of properties of the dataset, given as prefixed names."""
        if self.dataset is None:
            return []
        return objects(self.void, self.dataset, *map(iri, names))

    @cached_property
    def example(self) -> str | None:
        """A thing in the dataset with an address on the site."""
        examples = [
            example for example in self.values("void:exampleResource") if self.is_own(example)
        ]
        return next(iter(examples), None)

    @cached_property
    def endpoint(self) -> str | None:
        """The URL of the SPARQL endpoint, or None if the site has none of its own."""
        addresses = [
            *self.values("void:sparqlEndpoint"),
            *objects(self.void, None, iri("dcat:endpointURL")),
        ]
        return next((address for address in addresses if self.is_own(address)), None)

    def query(self, text: str, accept: str = SPARQL_JSON) -> CrawlResponse | None:
        """Return the response to a query, or None if there is no endpoint."""
        if self.endpoint is None:
            return None
        return self.get(f"{self.endpoint}?{urlencode({'query': text})}", accept)

    def count(self, pattern: str) -> int | None:
        """Return the number of solutions of a pattern, or None if it cannot be determined."""
        answer = self.query(f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}")
        try:
            row = json.loads(answer.body)["results"]["bindings"][0] if answer else {}
            return int(row["n"]["value"])
        except (ValueError, KeyError, IndexError, TypeError):
            return None

    @cached_property
    def ontology_address(self) -> str | None:
        """The address of the ontology: `/ontology`, or a vocabulary on the site."""
        own = [
            vocabulary for vocabulary in self.values("void:vocabulary") if self.is_own(vocabulary)
        ]
        guesses = (f"{self.calls_itself}/ontology", *own, self.client.start)
        return next((guess for guess in guesses if self._has_ontology(guess)), None)

    def _has_ontology(self, address: str) -> bool:
        graph = self.graph(address)
        return graph is not None and bool(subjects(graph, iri("rdf:type"), iri("owl:Ontology")))

    @cached_property
    def ontology(self) -> ox.Store:
        """The triples of the ontology; empty if there is none."""
        ontology = self.graph(self.ontology_address) if self.ontology_address else None
        return ontology or ox.Store()

    def ontology_values(self, *names: str) -> list[str]:
        """Return the values of properties of the ontology, given as prefixed names."""
        own = subjects(self.ontology, iri("rdf:type"), iri("owl:Ontology"))
        return objects(self.ontology, own[0], *map(iri, names)) if own else []
