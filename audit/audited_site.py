"""A site as an audit finds it, from its address alone: its dataset, its things, its ontology."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import urlencode, urljoin

import pyoxigraph as ox

from urbansdg.audit.crawl_client import CrawlClient, CrawlFailed, CrawlResponse, Elsewhere, Spent
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
    """What is asked of a site more than once.

    `calls_itself` is the base of the IRIs in its data, where it is visited under another address.
    """

    visitor: CrawlClient
    calls_itself: str

    def here(self, address: str) -> str:
        """Return where an address of the data is to be asked."""
        if address.startswith(f"{self.calls_itself}/") or address == self.calls_itself:
            return self.visitor.start.rstrip("/") + address.removeprefix(self.calls_itself)
        return address

    def is_own(self, address: str) -> bool:
        """Tell whether an address of the data is on the site."""
        return self.visitor.is_here(self.here(address))

    def get(self, address: str, accept: str = "*/*", **more: str) -> CrawlResponse:
        """Return the answer at an address of the data; raises as `CrawlClient.ask` does.

        Redirects are followed where they lead to the site, under either of its addresses.
        """
        for _ in range(6):
            answer = self.visitor.ask(self.here(address), follow=False, accept=accept, **more)
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            address = urljoin(answer.url, answer.headers.get("location", ""))
        raise CrawlFailed(f"{address} leads on and on")

    def graph(self, address: str, media_type: str = TURTLE) -> ox.Store | None:
        """Return what RDF there is at an address, None without any."""
        try:
            answer = self.get(address, media_type)
            if answer.status == 200 and answer.whole:
                return read(answer.body, answer.media_type, address)
        except (Unreadable, CrawlFailed, Elsewhere, Spent):
            pass
        return None

    @cached_property
    def home(self) -> CrawlResponse:
        """The page that the address gives a browser."""
        return self.get(self.visitor.start, HTML)

    @cached_property
    def void(self) -> ox.Store:
        """What the site tells of its dataset; empty where it tells nothing."""
        for path in _GUESSES:
            found = self.graph(self.visitor.start.rstrip("/") + path)
            if found is not None and self._datasets(found):
                return found
        return ox.Store()

    def _datasets(self, found: ox.Store) -> list[str]:
        kinds = ("void:Dataset", "dcat:Dataset")
        return [each for kind in kinds for each in subjects(found, iri("rdf:type"), iri(kind))]

    @cached_property
    def dataset(self) -> str | None:
        """The IRI of the dataset: what the description is of, or has the most to say of."""
        found = set(self._datasets(self.void))
        topics = objects(self.void, None, iri("foaf:primaryTopic"))
        named = [each for each in topics if each in found]
        ranked = sorted(found, key=lambda each: (-self._said(each), each))
        return next(iter((*named, *ranked)), None)

    def _said(self, subject: str) -> int:
        return sum(1 for _ in self.void.quads_for_pattern(ox.NamedNode(subject), None, None))

    def told(self, *names: str) -> list[str]:
        """Return what is told of the dataset by properties, given as prefixed names."""
        if self.dataset is None:
            return []
        return objects(self.void, self.dataset, *map(iri, names))

    @cached_property
    def example(self) -> str | None:
        """A thing of the dataset that the site has an address for."""
        given = [each for each in self.told("void:exampleResource") if self.is_own(each)]
        return next(iter(given), None)

    @cached_property
    def endpoint(self) -> str | None:
        """The address of the SPARQL endpoint, None where the site names none of its own."""
        given = [
            *self.told("void:sparqlEndpoint"),
            *objects(self.void, None, iri("dcat:endpointURL")),
        ]
        return next((each for each in given if self.is_own(each)), None)

    def query(self, text: str, accept: str = SPARQL_JSON) -> CrawlResponse | None:
        """Return the answer to a query, None without an endpoint."""
        if self.endpoint is None:
            return None
        return self.get(f"{self.endpoint}?{urlencode({'query': text})}", accept)

    def count(self, pattern: str) -> int | None:
        """Return how often a pattern is matched, None where that cannot be found out."""
        answer = self.query(f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}")
        try:
            row = json.loads(answer.body)["results"]["bindings"][0] if answer else {}
            return int(row["n"]["value"])
        except (ValueError, KeyError, IndexError, TypeError):
            return None

    @cached_property
    def ontology_address(self) -> str | None:
        """Where the site has its ontology: at `/ontology`, or a vocabulary of its own."""
        own = [each for each in self.told("void:vocabulary") if self.is_own(each)]
        guesses = (f"{self.calls_itself}/ontology", *own, self.visitor.start)
        return next((each for each in guesses if self._has_ontology(each)), None)

    def _has_ontology(self, address: str) -> bool:
        found = self.graph(address)
        return found is not None and bool(subjects(found, iri("rdf:type"), iri("owl:Ontology")))

    @cached_property
    def ontology(self) -> ox.Store:
        """What the ontology says; empty where there is none."""
        found = self.graph(self.ontology_address) if self.ontology_address else None
        return found or ox.Store()

    def told_of_ontology(self, *names: str) -> list[str]:
        """Return what is told of the ontology by properties, given as prefixed names."""
        own = subjects(self.ontology, iri("rdf:type"), iri("owl:Ontology"))
        return objects(self.ontology, own[0], *map(iri, names)) if own else []
