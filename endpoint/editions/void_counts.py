"""The counts of a version for its VoID description.

Each count is what a SPARQL query over the merge of all graphs counts: a triple that two graphs
state is one triple. `count` reads a whole version in one pass over its canonical dump; the module
`changed_counts` derives the counts of a version from those of another one. Source: Describing
Linked Datasets with the VoID Vocabulary (W3C, 2011), section 4.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from urbansdg.ontology.namespaces import RDF, SDG, SDG_SCHEME, UNBIS
from urbansdg.sandbox.temporary_folder import TemporaryFolder
from urbansdg.store.canonical_dump import in_order

TYPE: Final = f"{RDF}type"
_TYPE: Final = f"<{TYPE}>".encode()
_GRAPH: Final = re.compile(rb"<[^<>\"]*>|_:[^\"]*")
_SEEN: Final = 200_000
"""So many pairs of object and property are remembered, to write fewer lines for sorting."""


@dataclass(frozen=True, slots=True)
class Partition:
    """A class or a property with its counts; those that do not apply are 0."""

    iri: str
    triples: int = 0
    subjects: int = 0
    objects: int = 0
    entities: int = 0


@dataclass(frozen=True, slots=True)
class Linkset:
    """The links by one property from the things of one space of IRIs to those of another."""

    source: str
    target: str
    links: Partition


@dataclass(frozen=True, slots=True)
class Target:
    """An external dataset that the graph links to: its IRI prefix, its name, its home page."""

    space: str
    name: str
    home: str


LinksetKey = tuple[str, str, str]
"""A linkset: the space of its subjects, that of its objects, and the property."""

TARGETS: Final = (
    Target(str(SDG), "UN Sustainable Development Goals", SDG_SCHEME),
    Target(str(UNBIS), "UNBIS Thesaurus", "http://metadata.un.org"),
    Target("http://eurovoc.europa.eu/", "EuroVoc", "http://eurovoc.europa.eu/"),
    Target("https://sws.geonames.org/", "GeoNames", "https://www.geonames.org/"),
    Target("http://www.wikidata.org/entity/", "Wikidata", "https://www.wikidata.org/"),
)


@dataclass(frozen=True, slots=True)
class Statistics:
    """The counts of a version.

    `entities` counts the subjects whose IRIs begin with the installation's `<base>/id/`;
    `examples` has one thing of each requested kind, if there is one.
    """

    triples: int
    subjects: int
    objects: int
    properties: int
    classes: int
    entities: int
    class_partition: tuple[Partition, ...]
    property_partition: tuple[Partition, ...]
    linksets: tuple[Linkset, ...]
    examples: tuple[str, ...]


@dataclass(slots=True)
class CountTally:
    """Counts while they are made; a linkset is (source, target, property)."""

    triples: int = 0
    subjects: int = 0
    entities: int = 0
    objects: int = 0
    classes: int = 0
    class_entities: Counter[str] = field(default_factory=Counter)
    property_triples: Counter[str] = field(default_factory=Counter)
    property_subjects: Counter[str] = field(default_factory=Counter)
    property_objects: Counter[str] = field(default_factory=Counter)
    link_triples: Counter[LinksetKey] = field(default_factory=Counter)
    link_subjects: Counter[LinksetKey] = field(default_factory=Counter)
    link_objects: Counter[LinksetKey] = field(default_factory=Counter)

    def statistics(self, examples: Iterable[str]) -> Statistics:
        """Return the finished counts; what is counted as zero is left out."""
        properties = tuple(
            Partition(iri, triples, self.property_subjects[iri], self.property_objects[iri])
            for iri, triples in sorted(self.property_triples.items())
            if triples
        )
        return Statistics(
            self.triples,
            self.subjects,
            self.objects,
            len(properties),
            self.classes,
            self.entities,
            tuple(
                Partition(iri, entities, entities=entities)
                for iri, entities in sorted(self.class_entities.items())
                if entities
            ),
            properties,
            tuple(
                Linkset(source, target, self._links((source, target, iri)))
                for (source, target, iri), triples in sorted(self.link_triples.items())
                if triples
            ),
            tuple(examples),
        )

    def _links(self, link: LinksetKey) -> Partition:
        subjects, objects = self.link_subjects[link], self.link_objects[link]
        return Partition(link[2], self.link_triples[link], subjects, objects)


_TARGET_SPACES: Final = tuple(target.space for target in TARGETS)


@dataclass(frozen=True, slots=True)
class CountScope:
    """What the counts depend on: the prefix of local IRIs, and the classes of the examples."""

    space: str
    kinds: tuple[str, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """The prefixes of the things whose links are counted."""
        return self.space, str(SDG)

    def source_of(self, iri: str) -> str:
        """Return the source of links that an IRI belongs to, "" for none."""
        return _space_of(iri, self.sources)


def link_of(source: str, iri: str, target: str) -> LinksetKey | None:
    """Return the linkset of a link by the property `iri` to the IRI `target`, None for none."""
    space = _space_of(target, _TARGET_SPACES)
    return (source, space, iri) if space and source and space != source else None


def _space_of(iri: str, spaces: Sequence[str]) -> str:
    return next((space for space in spaces if iri.startswith(space)), "")


def count(lines: Iterable[bytes], scope: CountScope) -> Statistics:
    """Count the ordered lines of a canonical dump, in one pass and bounded memory.

    It takes some 10 microseconds of CPU a line, so it is done in a process of its own.
    """
    tally, classes, examples = CountTally(), set[str](), dict[str, str]()
    with TemporaryFolder() as name:
        plain = Path(name) / "objects"
        with plain.open("wb") as objects:
            for iri, kind in _count_subjects(lines, scope, tally, objects):
                classes.add(kind)
                tally.class_entities[kind] += 1
                if iri and kind in scope.kinds:
                    examples[kind] = min(iri, examples.get(kind, iri))
        _count_objects(in_order(plain, Path(name)), scope.sources, tally)
    tally.classes = len(classes)
    for nameless in [kind for kind in classes if kind.startswith(("_:", '"'))]:
        del tally.class_entities[nameless]
    return tally.statistics(examples[kind] for kind in scope.kinds if kind in examples)


def _count_subjects(
    lines: Iterable[bytes], scope: CountScope, tally: CountTally, objects: IO[bytes]
) -> Iterator[tuple[str, str]]:
    """Count what the order of lines shows; yield the types, and write the objects for sorting.

    A line for an object has it, the property, and the number of the source of links, or -1. A
    type is yielded as the IRI of its subject, "" for a blank node, and the class.
    """
    before, links, source = (b"", b"", b""), set[LinksetKey](), ""
    own, seen = f"<{scope.space}".encode(), set[bytes]()
    for line in lines:
        triple = _triple(line)
        subject, predicate, term = triple
        if triple == before:
            continue
        iri, is_new = _iri(predicate), subject != before[0]
        if is_new:
            tally.subjects += 1
            tally.entities += subject.startswith(own)
            links, source = set(), scope.source_of(_iri(subject))
        tally.triples += 1
        tally.property_triples[iri] += 1
        tally.property_subjects[iri] += is_new or predicate != before[1]
        before, link = triple, None
        if predicate == _TYPE:
            yield _iri(subject), _iri(term) or term.decode()
        else:
            link = link_of(source, iri, _iri(term))
        if link is not None:
            tally.link_triples[link] += 1
            tally.link_subjects[link] += link not in links
            links.add(link)
        mark = scope.sources.index(source) if link else -1
        entry = b"%b %b %d\n" % (term, predicate, mark)
        if entry not in seen:
            objects.write(entry)
            if len(seen) < _SEEN:
                seen.add(entry)


def _count_objects(lines: Iterable[bytes], sources: Sequence[str], tally: CountTally) -> None:
    """Count the ordered lines of objects."""
    before, last = (b"", b""), b""
    for line in lines:
        if line == last:
            continue
        last = line
        term, predicate, mark = line[:-1].rsplit(b" ", 2)
        iri = _iri(predicate)
        if term != before[0]:
            tally.objects += 1
        if (term, predicate) != before:
            tally.property_objects[iri] += 1
        before = term, predicate
        source = int(mark)
        link = link_of(sources[source], iri, _iri(term)) if source >= 0 else None
        if link is not None:
            tally.link_objects[link] += 1


def _triple(line: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the triple of a line, which may end with the name of a graph."""
    subject, predicate, rest = line[:-3].split(b" ", 2)  # it ends with ` .` and a line feed
    term, _, graph = rest.rpartition(b" ")
    return subject, predicate, term if term and _GRAPH.fullmatch(graph) else rest


def _iri(term: bytes) -> str:
    """Return the IRI in a term, "" for a blank node."""
    return term[1:-1].decode() if term.startswith(b"<") else ""
