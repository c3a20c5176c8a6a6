"""Every statement of a document as tables: the generic page, for any kind of thing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from urbansdg.endpoint.html.markup import PropertyRow
from urbansdg.endpoint.html.page_values import PageValue
from urbansdg.endpoint.html.preferred_sources import NAMING
from urbansdg.endpoint.linked_data.document import MOST_INCOMING
from urbansdg.endpoint.pages.things.page_facts import PageFacts

_MOST: Final = 50
_ROWS: Final = 100
_MOST_STATEMENTS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Section:
    """A thing or a part of it: its title and its rows."""

    title: PageValue
    rows: tuple[PropertyRow, ...]


@dataclass(frozen=True, slots=True)
class StatementTables:
    """All statements of a document, and `listed_count` of its `mentioned` incoming statements."""

    sections: tuple[Section, ...]
    mentions: tuple[PropertyRow, ...]
    mentioned: int
    listed_count: int
    is_counted: bool


def statements(facts: PageFacts) -> StatementTables:
    """Return all the statements of a document."""
    document = facts.document
    parts = _bounded((*document.parts.items(), *document.beside.items()))
    return StatementTables(
        (
            Section(facts.link(document.iri), _rows(facts, document.own)),
            *(Section(facts.link(iri), _rows(facts, part)) for iri, part in parts),
        ),
        _mentions(facts),
        document.mentions,
        min(document.mentions, MOST_INCOMING),
        document.is_counted,
    )


def _bounded(
    parts: tuple[tuple[str, tuple[Triple, ...]], ...],
) -> Iterator[tuple[str, tuple[Triple, ...]]]:
    """Yield the parts until the page is full."""
    count = 0
    for iri, triples in parts:
        count += len(triples)
        if count > _MOST_STATEMENTS:
            return
        yield iri, triples


def _rows(facts: PageFacts, triples: Iterable[Triple]) -> tuple[PropertyRow, ...]:
    grouped: dict[NamedNode, list[NamedNode | BlankNode | Literal]] = {}
    for triple in triples:
        if isinstance(triple.object, NamedNode | BlankNode | Literal):
            grouped.setdefault(triple.predicate, []).append(triple.object)
    ordered = sorted(grouped, key=lambda predicate: (predicate not in NAMING, predicate.value))[
        :_ROWS
    ]
    return tuple(_row(facts, predicate, grouped[predicate]) for predicate in ordered)


def _row(
    facts: PageFacts, name: NamedNode, values: list[NamedNode | BlankNode | Literal]
) -> PropertyRow:
    values_shown = tuple(
        facts.literal(value) if isinstance(value, Literal) else facts.link(_named(value))
        for value in values[:_MOST]
    )
    return PropertyRow(facts.link(name.value), values_shown, len(values) - len(values_shown))


def _named(node: NamedNode | BlankNode) -> str:
    """Return the key of a thing in a document: its IRI, or the label of a blank node."""
    return node.value if isinstance(node, NamedNode) else str(node)


def _mentions(facts: PageFacts) -> tuple[PropertyRow, ...]:
    return tuple(
        PropertyRow(facts.link(name), tuple(sorted(map(facts.link, subjects), key=_by_text)))
        for name, subjects in sorted(facts.links.items())
    )


def _by_text(value: PageValue) -> str:
    return value.text
