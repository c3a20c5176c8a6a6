"""Reader of a portal's catalogue in DCAT (DCAT-AP): Turtle, RDF/XML, JSON-LD, N-Triples ...

A data set has title, description, publisher, licence, keywords, themes, places and distributions,
as DCAT-AP 3 names them. Contact points are of persons and are not read; data sets whose access is
not public are left out and counted. `--reader rdf` loads the triples of such a file as they are.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import Place, Problem, Severity, SourceUnreadable
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, write_draft
from urbansdg.loaders.drafts.rdf_drafts import is_dcat, rdf_draft, stem
from urbansdg.loaders.gazetteer.catalogue_areas import CatalogueAreas
from urbansdg.loaders.parse.json_documents import clean_text
from urbansdg.loaders.tables.dataset_catalogues import (
    UNDETERMINED,
    Catalogue,
    CatalogueDistribution,
    CatalogueEntry,
    Text,
    catalogue_facts,
)
from urbansdg.loaders.tables.field_mapping import TYPE, term
from urbansdg.ontology.iris import slug
from urbansdg.store import Source

_SIZE: Final = 256 << 20
"""The largest file, in bytes: its triples are in memory."""

_TYPE: Final = ox.NamedNode(TYPE)
_NOT_PUBLIC: Final = re.compile(r"(?:NON_PUBLIC|RESTRICTED|CONFIDENTIAL|SENSITIVE)$")
_Node = ox.NamedNode | ox.BlankNode


@dataclass(frozen=True, slots=True)
class DcatCatalogue:
    """The reader of a catalogue in RDF."""

    name: str = "dcat"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Return whether a file of RDF begins as a catalogue in DCAT."""
        return path.is_file() and is_dcat(path)

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read the data sets; raises `SourceUnreadable`."""
        if path.stat().st_size > _SIZE:
            raise SourceUnreadable(
                f"{path.name} cannot be read: it is larger than {_SIZE >> 20} MiB.",
                "Divide the catalogue into several files.",
                place=Place(path.name),
            )
        key = graph or slug(stem(path))
        source = Source(path.name, checksum([path]), self.name, self.version)
        folder = context.folder / "dcat"
        folder.mkdir(exist_ok=True)
        parsed = rdf_draft(
            (path,), "catalogue", source, replace(context, folder=folder), merge=True
        )
        store = ox.Store()
        for file in parsed.files:
            store.bulk_load(path=str(file), format=ox.RdfFormat.N_TRIPLES)
        portal = _Portal(path.name, store, CatalogueAreas(context))
        results = catalogue_facts(
            portal.catalogue(key, stem(path)), Place(path.name), portal.entries(), context.iris
        )
        draft = write_draft(key, results, source, context, None, rows_are_independent=True)
        return replace(draft, problems=(*parsed.problems, *draft.problems))


@dataclass(slots=True)
class _Portal:
    file: str
    store: ox.Store
    areas: CatalogueAreas
    left_out: Counter[str] = field(default_factory=Counter)

    def catalogue(self, key: str, name: str) -> Catalogue:
        catalogues = self._instances("dcat:Catalog")
        if len(catalogues) != 1:
            return Catalogue(key, ((name, UNDETERMINED),))
        titles = self._texts(catalogues[0], "dcterms:title")
        homepage = self._link(catalogues[0], "foaf:homepage")
        return Catalogue(key, titles or ((name, UNDETERMINED),), homepage)

    def entries(self) -> Iterator[CatalogueEntry | Problem]:
        for node in self._instances("dcat:Dataset"):
            if _NOT_PUBLIC.search(self._link(node, "dcterms:accessRights")):
                self.left_out["data sets that are not public"] += 1
            else:
                yield self._entry(node)
        yield from self.areas.unknown(self.file)
        for what, count in self.left_out.items():
            yield Problem(
                "left-out",
                f"Left out: {what} ({count:,}).",
                "No action is needed, unless they should be in the graph.",
                Place(self.file),
                Severity.INFO,
            )

    def _entry(self, node: _Node) -> CatalogueEntry:
        identifiers = sorted(text for text, _ in self._texts(node, "dcterms:identifier"))
        titles = self._texts(node, "dcterms:title")
        address = node.value if isinstance(node, ox.NamedNode) else ""
        named = identifiers[0] if identifiers else ""
        identifier = address or named or min((text for text, _ in titles), default="")
        place = Place(self.file, path=f"<{address}>" if address else identifier)
        publisher = self._node(node, "dcterms:publisher")
        themes = self._links(node, "dcat:theme")
        return CatalogueEntry(
            place,
            identifier,
            titles,
            self._texts(node, "dcterms:description"),
            address,
            self._name(publisher),
            self._link(publisher, "foaf:homepage") if publisher else "",
            self._link(node, "dcterms:license"),
            self._texts(node, "dcat:keyword"),
            themes,
            self._links(node, "dcterms:subject"),
            self._text(node, "dcterms:issued"),
            self._text(node, "dcterms:modified"),
            self._link(node, "dcat:landingPage"),
            self.areas.find(self._places(node), place),
            tuple(map(self._distribution, self._nodes(node, "dcat:distribution"))),
        )

    def _places(self, node: _Node) -> list[str]:
        """Return the places of a data set: the name of each, or else its IRI."""
        places: list[str] = []
        for spatial in self._objects(node, "dcterms:spatial"):
            if isinstance(spatial, ox.Literal):
                places.append(spatial.value)
                continue
            names = [
                text
                for predicate in ("skos:prefLabel", "rdfs:label", "dcterms:title")
                for text, _ in self._texts(spatial, predicate)
            ]
            if isinstance(spatial, ox.NamedNode):
                places.append(spatial.value)
            elif names:
                places.append(min(names))
        return sorted(places)

    def _distribution(self, node: _Node) -> CatalogueDistribution:
        return CatalogueDistribution(
            self._link(node, "dcat:accessURL"),
            self._link(node, "dcat:downloadURL"),
            self._texts(node, "dcterms:title"),
            self._link(node, "dcterms:format") or self._text(node, "dcterms:format"),
            self._link(node, "dcat:mediaType") or self._text(node, "dcat:mediaType"),
            self._link(node, "dcterms:license"),
        )

    def _name(self, agent: _Node | None) -> Text:
        predicates = ("foaf:name", "skos:prefLabel", "rdfs:label", "vcard:fn")
        names = (self._texts(agent, predicate) for predicate in predicates if agent)
        return min(next(filter(None, names), ()), default=("", UNDETERMINED))

    def _instances(self, kind: str) -> list[_Node]:
        quads = self.store.quads_for_pattern(None, _TYPE, ox.NamedNode(term(kind)), None)
        nodes = {quad.subject for quad in quads if not isinstance(quad.subject, ox.Triple)}
        return sorted(nodes, key=str)

    def _objects(self, node: _Node, predicate: str) -> list[ox.Literal | _Node]:
        quads = self.store.quads_for_pattern(node, ox.NamedNode(term(predicate)), None, None)
        objects = {quad.object for quad in quads if not isinstance(quad.object, ox.Triple)}
        return sorted(objects, key=str)

    def _nodes(self, node: _Node, predicate: str) -> list[_Node]:
        return [one for one in self._objects(node, predicate) if not isinstance(one, ox.Literal)]

    def _node(self, node: _Node, predicate: str) -> _Node | None:
        return next(iter(self._nodes(node, predicate)), None)

    def _texts(self, node: _Node, predicate: str) -> tuple[Text, ...]:
        return tuple(
            (clean_text(one.value), one.language or UNDETERMINED)
            for one in self._objects(node, predicate)
            if isinstance(one, ox.Literal)
        )

    def _text(self, node: _Node, predicate: str) -> str:
        return next((text for text, _ in self._texts(node, predicate)), "")

    def _links(self, node: _Node, predicate: str) -> tuple[str, ...]:
        """Return the IRIs, and literals that are addresses, as older portals write them."""
        values = (
            one.value
            for one in self._objects(node, predicate)
            if isinstance(one, ox.NamedNode | ox.Literal)
        )
        return tuple(value for value in values if value.startswith(("http://", "https://")))

    def _link(self, node: _Node, predicate: str) -> str:
        return next(iter(self._links(node, predicate)), "")


READER = DcatCatalogue()
