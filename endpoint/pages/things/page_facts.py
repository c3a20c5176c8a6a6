"""The facts of a document for a page: by subject and property, as texts and links."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from urbansdg.endpoint.html.interface_texts import InterfaceTexts
from urbansdg.endpoint.html.language_lookup import local_name
from urbansdg.endpoint.html.locale_formats import figure, money
from urbansdg.endpoint.html.page_values import PageValue, path_of, plain
from urbansdg.endpoint.html.preferred_sources import NAMING, preferred_names
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.linked_data.document import COMPACT, Document
from urbansdg.endpoint.pages.things.thing_names import generated_name
from urbansdg.endpoint.pages.things.version_facts import VersionFacts
from urbansdg.ontology.namespaces import PREFIXES, expanded, shortened

LONGEST: Final = 3_000
"""The most characters of a text on a page; the RDF has the whole."""

LONGEST_NAME: Final = 300
"""The most characters of a name."""

_LONGEST_LINE: Final = 120

MOST: Final = 200
"""The most values of a property on a page."""

_LINKED: Final = ("http://", "https://")
_BOOLEAN: Final = f"{PREFIXES['xsd']}boolean"
_WRITTEN_TO: Final = re.compile(r"(?:mailto:[\w.+@%-]{3,254}|tel:\+?[\d().-]{3,32})", re.ASCII)

Objects = dict[str, list[NamedNode | Literal]]


def name_as_shown(text: str) -> str:
    """Return a name for a page: without control characters, and cut if too long."""
    return plain(text[:LONGEST_NAME]) + ("…" if len(text) > LONGEST_NAME else "")


def text_as_shown(text: Literal, words: InterfaceTexts) -> PageValue:
    """Return a text for a page: without control characters, and cut if too long."""
    is_cut = len(text.value) > LONGEST
    return PageValue(plain(text.value[:LONGEST]), None, words.marked(text.language), is_cut=is_cut)


@dataclass(frozen=True, slots=True)
class PageFacts:
    """The facts of a document, for a reader of the site.

    `version` is what the figures of the page read beside the document.
    """

    document: Document
    site: SiteLinks
    about: dict[str, Objects] = field(default_factory=dict)
    names: dict[str, list[Literal]] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)
    _values: dict[str, PageValue] = field(default_factory=dict)
    version: VersionFacts | None = None

    def __post_init__(self) -> None:
        """Sort the statements by subject and property, without those of less preferred sources."""
        dropped = self.document.outranked
        preferred = [triple for triple in self.document.statements() if triple not in dropped]
        for triple in (*preferred, *self.document.briefs):
            self._add(triple)
        for triple in self.document.incoming:
            if isinstance(triple.subject, NamedNode):
                self.links.setdefault(triple.predicate.value, []).append(triple.subject.value)
        named: dict[str, list[Triple]] = {}
        for triple in self.document.names:
            if triple.predicate not in NAMING:
                self._add(triple)
        for triple in (*self.document.names, *preferred):
            if triple.predicate in NAMING:
                subject = triple.subject
                iri = subject.value if isinstance(subject, NamedNode) else ""
                named.setdefault(iri, []).append(triple)
        self.names.update((iri, preferred_names(triples)) for iri, triples in named.items())

    def _add(self, triple: Triple) -> None:
        subject, value = triple.subject, triple.object
        if isinstance(subject, NamedNode) and isinstance(value, NamedNode | Literal):
            facts_of_subject = self.about.setdefault(subject.value, {})
            objects = facts_of_subject.setdefault(triple.predicate.value, [])
            if value not in objects[-1:]:
                objects.append(value)

    def include(self, triples: Iterable[Triple]) -> None:
        """Add statements that a page reads beside the document."""
        for triple in triples:
            self._add(triple)

    @property
    def iri(self) -> str:
        """The IRI of the topic of the document."""
        return self.document.iri

    def objects(self, subject: str, name: str) -> list[NamedNode | Literal]:
        """Return the values of a property."""
        return self.about.get(subject, {}).get(expanded(name), [])

    def things(self, subject: str, name: str) -> list[str]:
        """Return the IRIs that are the values of a property, in order."""
        names = (node.value for node in self.objects(subject, name) if isinstance(node, NamedNode))
        return sorted(set(names))[:MOST]

    def thing(self, subject: str, name: str) -> str | None:
        """Return the first IRI that is a value of a property."""
        return next(iter(self.things(subject, name)), None)

    def literals(self, subject: str, name: str) -> list[Literal]:
        """Return the literals that are the values of a property."""
        return [literal for literal in self.objects(subject, name) if isinstance(literal, Literal)]

    def text(self, subject: str, name: str) -> PageValue | None:
        """Return the literal value of a property in the best language for the reader."""
        literal = self.site.reader.choose(self.literals(subject, name))
        return None if literal is None else self.literal(literal)

    def values(self, subject: str, name: str) -> list[PageValue]:
        """Return the values of a property: links with names, literals in one language."""
        chosen = self._understood(self.literals(subject, name))
        texts = [self.literal(literal) for literal in chosen]
        return sorted([*map(self.link, self.things(subject, name)), *texts], key=_by_text)

    def first(self, subject: str, *names: str) -> PageValue | None:
        """Return the first value of the first property that has one."""
        values = (self.values(subject, name) for name in names)
        return next((values[0] for values in values if values), None)

    def raw(self, subject: str, name: str) -> str:
        """Return the first literal of a property as it is in the graph, "" without one."""
        return min((literal.value for literal in self.literals(subject, name)), default="")

    def pointing(self, name: str) -> list[str]:
        """Return the things that link to this one by a property."""
        return list(dict.fromkeys(self.links.get(expanded(name), [])))

    def is_a(self, subject: str, *names: str) -> bool:
        """Tell whether a thing is of one of several classes."""
        kinds = set(self.things(subject, "rdf:type"))
        return any(expanded(name) in kinds for name in names)

    def amount(self, subject: str) -> str | None:
        """Return the amount of a budget with its currency."""
        amounts = self.literals(subject, "usdg:amount")
        currency = self.raw(subject, "usdg:currency")
        return money(amounts[0], currency, self.site.words.locale) if amounts else None

    def link(self, iri: str) -> PageValue:
        """Return a thing as a link with its name; an external thing also has its own address."""
        link = self._values.get(iri)
        if link is None:
            link = self._values[iri] = self._link(iri)
        return link

    def _link(self, iri: str) -> PageValue:
        label, href = self.site.reader.choose(self.names.get(iri, ())), self.site.to(iri)
        is_foreign = href is not None and href.startswith(_LINKED)
        if _WRITTEN_TO.fullmatch(iri):
            return PageValue(iri.partition(":")[2], iri)
        called = self.site.words.term(shortened(iri)) or self.site.territory(iri)
        if label is None or (called and label.language != self.site.words.language):
            inward = self.site.inward(iri) if is_foreign else None
            generated = None if called or is_foreign else generated_name(self, iri)
            text = called or generated or _nameless(iri, is_foreign=is_foreign)
            return PageValue(name_as_shown(text), href, iri=iri, inward=inward)
        text, language = name_as_shown(label.value), self.site.words.marked(label.language)
        if is_foreign:
            return PageValue(text, self.site.inward(iri), language, iri, outward=href)
        return PageValue(text, href, language, iri)

    def other_names(self, iri: str) -> list[PageValue]:
        """Return the alternative names of a thing, in the language of its main name."""
        chosen = self.site.reader.choose(self.names.get(iri, ()))
        others = dict.fromkeys(self._understood(self.names.get(iri, [])))
        return [self.literal(name) for name in others if name != chosen]

    def coded(self, iri: str) -> PageValue:
        """Return an SDG goal, target or indicator as a link with its number and name.

        An indicator of several targets has a number for each; on the page of one, it is that one's.
        """
        link = self.link(iri)
        numbers = sorted(
            number.value
            for number in self.literals(iri, "skos:notation")
            if number.datatype == COMPACT
        )
        of_page = (text for text in numbers if text.startswith(f"{local_name(self.iri)}."))
        code = next(of_page, numbers[0] if numbers else local_name(iri))
        name = link.text if len(link.text) <= _LONGEST_LINE else f"{link.text[:_LONGEST_LINE]}…"
        return replace(link, text=code if name == code else f"{code} {name}")

    def source(self, iri: str) -> PageValue:
        """Return an external page as a link with its address."""
        text = plain(iri.partition("://")[2].rstrip("/") or iri)
        short = text[:100] + ("…" if len(text) > 100 else "")  # noqa: PLR2004  # a line
        return PageValue(short, path_of(iri, self.site.base))

    def literal(self, value: Literal) -> PageValue:
        """Return a literal as text: numbers and dates in the format of the language of the page."""
        if value.datatype.value == _BOOLEAN and value.value in ("true", "false"):
            return PageValue(self.site.words("yes" if value.value == "true" else "no"))
        text = figure(value, self.site.words.locale)
        if text is not None:
            return PageValue(text)
        return text_as_shown(value, self.site.words)

    def _understood(self, literals: list[Literal]) -> list[Literal]:
        best = self.site.reader.choose(literals)
        return [
            literal
            for literal in literals
            if best is not None and literal.language == best.language
        ]

    def iterate(self, subjects: Iterable[str], name: str) -> Iterator[tuple[str, str]]:
        """Yield each subject with each IRI that is a value of a property."""
        for subject in subjects:
            for value in self.things(subject, name):
                yield subject, value


def _nameless(iri: str, *, is_foreign: bool) -> str:
    """Return the text for a thing without a name: its local name, or its address if external."""
    spaces = PREFIXES.values()
    is_term = any(iri.startswith(it) and "/" not in iri.removeprefix(it) for it in spaces)
    if is_term or not is_foreign:
        return local_name(iri)
    return iri.partition("://")[2].rstrip("/")


def _by_text(value: PageValue) -> str:
    return value.text.casefold()
