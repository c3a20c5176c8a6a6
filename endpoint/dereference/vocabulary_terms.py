"""A vocabulary as an HTML page: its metadata, and each of its terms."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode, Store

from urbansdg.endpoint.html.language_lookup import local_name, names
from urbansdg.endpoint.html.markup import PropertyRow
from urbansdg.endpoint.html.page_values import PageValue
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.ontology.namespaces import BIBO, PREFIXES, PROJECT, VANN, VOCAB_STATUS

_PropertyNames = tuple[str, str]


def _node(name: str) -> NamedNode:
    prefix, _, local = name.partition(":")
    return NamedNode(_SPACES[prefix] + local)


_SPACES: Final = {
    **PREFIXES,
    "bibo": str(BIBO),
    "vann": str(VANN),
    "vs": str(VOCAB_STATUS),
}
_TYPE: Final = _node("rdf:type")
_DEFINING: Final = tuple(map(_node, ("skos:definition", "rdfs:comment", "sh:message")))
_EXAMPLE: Final = _node("skos:example")
_OF_VOCABULARIES: Final[tuple[_PropertyNames, ...]] = (
    ("description", "dcterms:description"),
    ("definition", "skos:definition"),
    ("term_version", "owl:versionInfo"),
    ("prior_version", "owl:priorVersion"),
    ("namespace", "vann:preferredNamespaceUri"),
    ("prefix", "vann:preferredNamespacePrefix"),
    ("creator", "dcterms:creator"),
    ("publisher", "dcterms:publisher"),
    ("issued", "dcterms:issued"),
    ("licence", "dcterms:license"),
    ("status", "bibo:status"),
    ("cite_as", "dcterms:bibliographicCitation"),
)
_OF_TERMS: Final[tuple[_PropertyNames, ...]] = (
    ("term_name", "rdfs:label"),
    ("term_name", "skos:prefLabel"),
    ("form_field", "sh:name"),
    ("kind_of", "rdfs:subClassOf"),
    ("used_with", "schema:domainIncludes"),
    ("takes", "schema:rangeIncludes"),
    ("is_about", "sh:path"),
    ("is_about", "sh:targetClass"),
    ("same_elsewhere", "skos:exactMatch"),
    ("close_to", "skos:closeMatch"),
    ("broader", "skos:broadMatch"),
    ("narrower", "skos:narrowMatch"),
    ("related", "skos:relatedMatch"),
    ("dimension", "dqv:inDimension"),
    ("status", "vs:term_status"),
)
"""The text keys of headings, and the properties under them."""


@dataclass(frozen=True, slots=True)
class VocabularyTerm:
    """A term as the page of its vocabulary shows it."""

    anchor: str
    iri: str
    name: PageValue
    described: str
    kinds: tuple[str, ...]
    definition: PageValue | None
    example: PageValue | None
    rows: tuple[PropertyRow, ...]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """A vocabulary: the title of its page, the name and the digest of its file, its triples.

    It is compared by identity: each vocabulary is parsed once.
    """

    title: str
    name: str
    state: str
    store: Store

    def title_for(self, site: SiteLinks) -> str:
        """Return the title of the page in the reader's language."""
        if self.name in {"ontology", "shapes"}:
            return site.words(self.name)
        scheme = _node("skos:ConceptScheme")
        for quad in self.store.quads_for_pattern(None, _TYPE, scheme, None):
            if isinstance(quad.subject, NamedNode):
                label = site.reader.choose(names(self.store, quad.subject))
                if label is not None:
                    return label.value
        return self.title

    def about(self, site: SiteLinks) -> list[PropertyRow]:
        """Return the metadata of the vocabulary; the shapes have none."""
        rows: list[PropertyRow] = []
        for kind in ("owl:Ontology", "skos:ConceptScheme"):
            for quad in self.store.quads_for_pattern(None, _TYPE, _node(kind), None):
                if isinstance(quad.subject, NamedNode):
                    rows += self._rows(quad.subject, _OF_VOCABULARIES, site)
        return rows

    def terms(self, site: SiteLinks) -> Iterator[VocabularyTerm]:
        """Yield the terms of this project by IRI; other terms have no anchor here."""
        subjects = {quad.subject for quad in self.store if isinstance(quad.subject, NamedNode)}
        for subject in sorted(subjects, key=lambda term: term.value):
            anchor = subject.value.partition("#")[2]
            if anchor and subject.value.startswith(PROJECT):
                yield self._term(subject, anchor, site)

    def _term(self, subject: NamedNode, anchor: str, site: SiteLinks) -> VocabularyTerm:
        name = site.reader.choose(names(self.store, subject))
        kinds = (quad.object for quad in self.store.quads_for_pattern(subject, _TYPE, None, None))
        return VocabularyTerm(
            anchor,
            subject.value,
            PageValue(anchor) if name is None else _worded(name, site),
            site.inward(subject.value),
            tuple(sorted(local_name(kind.value) for kind in kinds if isinstance(kind, NamedNode))),
            next(filter(None, (self._text(subject, name, site) for name in _DEFINING)), None),
            self._text(subject, _EXAMPLE, site),
            tuple(self._rows(subject, _OF_TERMS, site)),
        )

    def _rows(
        self, subject: NamedNode, headings: tuple[_PropertyNames, ...], site: SiteLinks
    ) -> Iterator[PropertyRow]:
        for heading, property_ in headings:
            values = tuple(self._values(subject, _node(property_), site))
            if values:
                yield PropertyRow(PageValue(site.words(heading)), values)

    def _values(
        self, subject: NamedNode, predicate: NamedNode, site: SiteLinks
    ) -> Iterator[PageValue]:
        """Yield the values of a property; texts in the reader's language, else in English.

        A page has no room for all languages of all terms; its language menu leads to them.
        """
        quads = self.store.quads_for_pattern(subject, predicate, None, None)
        terms = sorted((quad.object for quad in quads), key=str)
        texts = [term for term in terms if isinstance(term, Literal)]
        chosen = site.reader.choose(texts)
        for term in terms:
            if isinstance(term, NamedNode):
                yield PageValue(_short(term.value), site.to(term.value))
            elif isinstance(term, Literal) and chosen and term.language == chosen.language:
                yield _worded(term, site)

    def _text(self, subject: NamedNode, predicate: NamedNode, site: SiteLinks) -> PageValue | None:
        """Return the text of a property in the best language for the reader."""
        quads = self.store.quads_for_pattern(subject, predicate, None, None)
        texts = (quad.object for quad in quads)
        chosen = site.reader.choose(text for text in texts if isinstance(text, Literal))
        return _worded(chosen, site) if chosen else None


def _worded(literal: Literal, site: SiteLinks) -> PageValue:
    """Return a text with its language, if it differs from that of the page."""
    own = literal.language == site.words.language
    return PageValue(literal.value, language=None if own else literal.language)


def _short(iri: str) -> str:
    """Return the local name of a term with a known prefix, else the whole IRI."""
    known = iri.startswith((PROJECT, *_SPACES.values()))
    return local_name(iri) if known else iri
