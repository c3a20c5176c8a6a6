"""The documents of an index: for each thing that has a page, its texts, names, codes and facets.

A document has the texts of the thing and of its parts, which have their IRIs below that of the
thing or are blank nodes, and the names of what it is linked to, in all languages. So a change of a
name changes the documents of the things that link to it: `affected` returns these.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import pyoxigraph as ox

from urbansdg.ontology.graph_precedence import NAMING, outranked
from urbansdg.ontology.namespaces import PREFIXES, USDG, VOCAB, XSD
from urbansdg.search.facets import KIND_CLASSES, TYPE, FacetCodes, facets_of, kinds_of
from urbansdg.search.preferred_labels import label_in, local_name
from urbansdg.search.thing_codes import codes_of_iri, codes_of_notation
from urbansdg.store import MergedStore

_Node = ox.NamedNode | ox.BlankNode
_Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
_Text = tuple[str, str]
"""A language tag, "" for none, and a text."""

_Statements = defaultdict[ox.NamedNode, list[_Term]]
"""The values of a node, by property."""


def _nodes(prefix: str, names: str) -> tuple[ox.NamedNode, ...]:
    return tuple(ox.NamedNode(PREFIXES[prefix] + name) for name in names.split())


_OTHER_NAMES: Final = frozenset(
    (
        *_nodes("skos", "altLabel"),
        *_nodes("dcterms", "alternative"),
        *_nodes("schema", "alternateName name"),
    )
)
_HIDDEN: Final = ox.NamedNode(f"{PREFIXES['skos']}hiddenLabel")
"""What people search for when they mean a thing: it is found by that, and not shown by it."""

_OF_OTHERS: Final = frozenset((*NAMING, *_OTHER_NAMES, _HIDDEN))
"""The properties of a thing by which those that link to it are found."""

_SAME: Final = frozenset(
    (
        *_nodes("schema", "sameAs"),
        *_nodes("owl", "sameAs"),
        *_nodes("skos", "exactMatch closeMatch"),
        ox.NamedNode(USDG.canonical),
    )
)
_FICTITIOUS: Final = ox.NamedNode(USDG.fictitious)
_CODES: Final = frozenset(
    (
        *_nodes("skos", "notation"),
        *_nodes("usdg", "isoAlpha2 isoAlpha3 isoSubdivision m49 unLocode"),
    )
)
_IN_SCHEME: Final = ox.NamedNode(f"{PREFIXES['skos']}inScheme")
_SCHEME: Final = _nodes("skos", "inScheme topConceptOf")
_NOT_LINKED: Final = frozenset((TYPE, *_SCHEME, *_SAME, *_nodes("usdg", "validIn claimant")))
"""Properties that do not lead to what a thing is about.

The classes of kinds do: who seeks "traffic policy" means a policy on traffic.
"""

_KINDS: Final = frozenset(map(ox.NamedNode, KIND_CLASSES.values())) - {
    ox.NamedNode(f"{PREFIXES['skos']}Concept")
}

_PLACES: Final = tuple(
    ox.NamedNode(str(predicate))
    for predicate in (
        *(USDG.leadCity, USDG.partnerCity, USDG.country, USDG.region, USDG.withinArea),
    )
)
"""What lies at the end of several of these is linked as well: the country of a policy's city."""

_NOT_TEXT: Final = frozenset(
    (
        *(ox.NamedNode(XSD[name]) for name in ("boolean", "double", "float", "base64Binary")),
        *_nodes("gsp", "wktLiteral gmlLiteral geoJSONLiteral"),
    )
)
_UNREAD: Final = frozenset((*_nodes("geo", "lat long"), *_nodes("skos", "example")))
"""Positions, and examples of terms, which name things that they do not describe."""

_OWNER: Final = re.compile(r"(https?://[^/?#]+(?:/[^?#]*?)?/id/[^/?#]+/[^/?#]+)[/#].+", re.DOTALL)
_TRUE: Final = frozenset({"true", "1"})
_DEEPEST_PART: Final = 3
_MOST_PARTS: Final = 2_000
_MOST_KEPT: Final = 50_000
"""Linked things whose names are kept: a goal has a thousand policies, a source one or two."""

_LONGEST_TEXT: Final = 20_000
_LONGEST: Final = 200_000
"""Characters of a text, and of all texts of a thing, that are indexed."""

LANGUAGES: Final = ("en", "ko", "fr", "es", "ar", "zh", "ru")
"""The languages of the interface, in which things are sorted by name."""


@dataclass(frozen=True, slots=True)
class ThingDocument:
    """What is indexed of a thing; `kinds` has the main kind first.

    `names` come in the order in which they are preferred, `other_names` after them; `hidden` are
    words for it that no page shows. `codes` are its own identifiers, `linked_codes` those of what
    it links to. `is_fictitious` marks a thing of the example, which comes after real ones.
    """

    iri: str
    kinds: tuple[str, ...]
    names: tuple[_Text, ...]
    other_names: tuple[_Text, ...] = ()
    hidden: tuple[_Text, ...] = ()
    texts: tuple[_Text, ...] = ()
    values: tuple[str, ...] = ()
    linked: tuple[_Text, ...] = ()
    codes: tuple[str, ...] = ()
    linked_codes: tuple[str, ...] = ()
    facets: tuple[tuple[str, str], ...] = ()
    is_fictitious: bool = False

    def label(self, language: str) -> str:
        """Return the name in a language, else in English, else the first; the IRI's end of none."""
        named = label_in(self.names, language)
        return named[1] if named else local_name(self.iri)


@lru_cache(maxsize=1 << 16)
def owner_of(iri: str) -> str:
    """Return the IRI of the thing that a part belongs to; a thing belongs to itself."""
    match = _OWNER.fullmatch(iri)
    return match[1] if match else iri


@dataclass(frozen=True, slots=True)
class _Linked:
    """The names of a thing, and its IRI, for the documents of those that link to it."""

    names: tuple[_Text, ...]
    codes: tuple[str, ...]


@dataclass(slots=True)
class DocumentReader:
    """Reads the documents of things from a version, for the installation of a base URI.

    What several documents share, such as the names of a goal, is read once.
    """

    state: MergedStore
    base: str
    _codes: FacetCodes = field(init=False)
    _linked: dict[ox.NamedNode, _Linked] = field(default_factory=dict)
    _places: dict[tuple[ox.NamedNode, ox.NamedNode], list[_Term]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with nothing read."""
        self._codes = FacetCodes(self.base)

    def document(self, iri: str) -> ThingDocument | None:
        """Return the document of a thing, None where it has no page of its own."""
        if owner_of(iri) != iri:
            return None
        node = ox.NamedNode(iri)
        own = self._statements(node)
        kinds = kinds_of(_iris(own, TYPE), _iris(own, _IN_SCHEME))
        names = self._names(node, own)
        if not own or (kinds[0] == "other" and not names):
            return None
        content = self._content(node, own)

        def values(place: ox.NamedNode, predicate: ox.NamedNode) -> list[_Term]:
            statements = content.parts.get(place)
            return self._of(place, predicate) if statements is None else statements[predicate]

        facets = {("kind", kind) for kind in kinds}
        facets.update(("language", tag) for tag in content.languages)
        facets.update(facets_of(node, values, self._codes))
        return ThingDocument(
            iri,
            kinds,
            names,
            tuple(sorted(content.other_names - set(names))),
            tuple(sorted(content.hidden)),
            tuple(sorted(content.texts)),
            tuple(sorted(content.values)),
            tuple(sorted(content.linked - set(names))),
            tuple(sorted(content.codes)),
            tuple(sorted(content.linked_codes - content.codes)),
            tuple(sorted(facets)),
            any(
                value.value in _TRUE
                for value in own.get(_FICTITIOUS, ())
                if isinstance(value, ox.Literal)
            ),
        )

    def common(self, iri: str) -> tuple[object, ...]:
        """Return what the documents of others have of a thing: its names, its places."""
        node = ox.NamedNode(iri)
        around = tuple(sorted(term.value for term in self._around(node)))
        return self._read_linked(node), around

    def _content(self, node: ox.NamedNode, own: _Statements) -> "_Content":
        """Return what a thing and its parts say."""
        content = _Content({node: own}, set(codes_of_iri(node.value, self.base)))
        self._collect(node, own, content.parts, 0)
        content.linked_codes.update(part.value.casefold() for part in content.parts if part != node)
        for place, statements in content.parts.items():
            is_own = place == node
            for predicate, terms in statements.items():
                for term in terms:
                    if isinstance(term, ox.Literal):
                        content.add_literal(predicate, term, is_own=is_own)
                    elif isinstance(term, ox.NamedNode) and term not in content.parts:
                        self._add_link(content, predicate, term, is_own=is_own)
        return content

    def _add_link(
        self, content: "_Content", predicate: ox.NamedNode, term: ox.NamedNode, *, is_own: bool
    ) -> None:
        """Add the names and codes of what is linked, and of the places around it."""
        if predicate in _SAME:
            content.codes.update(codes_of_iri(term.value, self.base))
            return
        is_kind = is_own and predicate == TYPE and term in _KINDS
        if predicate in _NOT_LINKED and not is_kind:
            return
        if not is_own and term.value.startswith(VOCAB):
            return
        for node in (term, *(self._around(term) if predicate in _PLACES else ())):
            known = self._linked.get(node)
            if known is None:
                if len(self._linked) >= _MOST_KEPT:  # such as the sources of a large graph
                    self._linked.clear()
                known = self._linked[node] = self._read_linked(node)
            content.linked.update(known.names)
            content.linked_codes.update(known.codes)

    def _around(self, place: ox.NamedNode) -> list[ox.NamedNode]:
        """Return the places in which a place lies, at any depth."""
        around, inner = dict[ox.NamedNode, None](), [place]
        while inner:
            outer = [
                term
                for node in inner
                for predicate in _PLACES
                for term in self._of(node, predicate)
                if isinstance(term, ox.NamedNode) and term != place and term not in around
            ]
            around.update(dict.fromkeys(outer))
            inner = outer
        return list(around)

    def _read_linked(self, node: ox.NamedNode) -> _Linked:
        names = {
            _text(quad.object)
            for quad in self.state.merged(node, None, None)
            if quad.predicate in _OF_OTHERS and isinstance(quad.object, ox.Literal)
        }
        return _Linked(tuple(sorted(names)), (node.value.casefold(),))

    def _names(self, node: ox.NamedNode, own: _Statements) -> tuple[_Text, ...]:
        """Return the names of a thing, as readers prefer them: of several sources one is first."""
        literals = [
            (predicate, term)
            for predicate in NAMING
            for term in own.get(predicate, ())
            if isinstance(term, ox.Literal)
        ]
        dropped = set[tuple[ox.NamedNode, object]]()
        if len({(predicate, term.language) for predicate, term in literals}) < len(literals):
            quads = (
                quad
                for predicate in NAMING
                for quad in self.state.quads_for_pattern(node, predicate, None)
            )
            dropped = {(triple.predicate, triple.object) for triple in outranked(quads)}
        literals.sort(
            key=lambda pair: (
                pair in dropped,
                NAMING.index(pair[0]),
                len(pair[1].value),
                pair[1].value,
                pair[1].language or "",
            )
        )
        return tuple(dict.fromkeys(_text(term) for _, term in literals))

    def _collect(
        self,
        node: ox.NamedNode,
        statements: _Statements,
        parts: dict[_Node, _Statements],
        depth: int,
    ) -> None:
        """Add the parts of a thing that some statements lead to."""
        for term in (term for terms in statements.values() for term in terms):
            if not isinstance(term, ox.NamedNode | ox.BlankNode) or len(parts) > _MOST_PARTS:
                continue
            is_part = isinstance(term, ox.BlankNode) or owner_of(term.value) == node.value
            if is_part and term not in parts:
                parts[term] = self._statements(term)
                if depth < _DEEPEST_PART:
                    self._collect(node, parts[term], parts, depth + 1)

    def _statements(self, node: _Node) -> _Statements:
        statements = defaultdict[ox.NamedNode, list[_Term]](list)
        for quad in self.state.merged(node, None, None):
            statements[quad.predicate].append(quad.object)
        return statements

    def _of(self, place: ox.NamedNode, predicate: ox.NamedNode) -> list[_Term]:
        """Return the values of a property of what several documents link to."""
        known = self._places.get((place, predicate))
        if known is None:
            if len(self._places) >= _MOST_KEPT:
                self._places.clear()
            quads = self.state.merged(place, predicate, None)
            known = self._places[place, predicate] = [quad.object for quad in quads]
        return known


@dataclass(slots=True)
class _Content:
    """What a thing and its parts say; `values` are numbers and dates, `linked` names of others."""

    parts: dict[_Node, _Statements]
    codes: set[str]
    other_names: set[_Text] = field(default_factory=set)
    hidden: set[_Text] = field(default_factory=set)
    texts: set[_Text] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    languages: set[str] = field(default_factory=set)
    linked: set[_Text] = field(default_factory=set)
    linked_codes: set[str] = field(default_factory=set)
    _room: int = _LONGEST

    def add_literal(self, predicate: ox.NamedNode, term: ox.Literal, *, is_own: bool) -> None:
        """Add a literal of a thing itself (`is_own`) or of a part."""
        if is_own and term.language:
            self.languages.add(term.language)
        if is_own and predicate in _CODES:
            self.codes.update(codes_of_notation(term.value))
        if term.datatype in _NOT_TEXT or predicate in _UNREAD or (is_own and predicate in NAMING):
            return
        text = _text(term)
        if self._room < len(text[1]):
            return
        self._room -= len(text[1])
        if is_own and predicate in _OTHER_NAMES:
            self.other_names.add(text)
        elif is_own and predicate == _HIDDEN:
            self.hidden.add(text)
        elif term.language or term.datatype in _STRINGS:
            self.texts.add(text)
        else:
            self.values.add(text[1])


_STRINGS: Final = frozenset(
    (ox.NamedNode(XSD.string), *_nodes("rdf", "langString HTML"), *_nodes("rdfs", "Literal"))
)


def _text(term: ox.Literal) -> _Text:
    return term.language or "", term.value[:_LONGEST_TEXT]


def _iris(statements: _Statements, predicate: ox.NamedNode) -> list[str]:
    return [term.value for term in statements.get(predicate, ()) if isinstance(term, ox.NamedNode)]


def things_of(state: MergedStore) -> Iterator[str]:
    """Yield the IRIs of all subjects that are no part of another one, each at least once."""
    last = ""
    for quad in state.merged(None, None, None):
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value != last:
            last = quad.subject.value
            if owner_of(last) == last:
                yield last


def affected(
    before: DocumentReader, after: DocumentReader, subjects: Collection[str]
) -> frozenset[str]:
    """Return the things whose documents may differ between two versions.

    `subjects` are all IRIs on which they may state something else. A thing that links to another
    one differs where the names of that one do, or the places around it.
    """
    owners = frozenset(map(owner_of, subjects))
    things = set(owners)
    pending = [iri for iri in owners if before.common(iri) != after.common(iri)]
    reached = set(pending)
    while pending:
        iri = pending.pop()
        for reader in (before, after):
            for quad in reader.state.merged(None, None, ox.NamedNode(iri)):
                if not isinstance(quad.subject, ox.NamedNode):
                    continue
                linking = owner_of(quad.subject.value)
                things.add(linking)
                if quad.predicate in _PLACES and linking not in reached:
                    reached.add(linking)
                    pending.append(linking)
    return frozenset(things)
