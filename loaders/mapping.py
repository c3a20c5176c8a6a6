"""From records to facts: which column gives which property."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

import pyoxigraph as ox

from urbansdg.loaders.fact import Cell, Fact, Finding, Gap, Record, Value
from urbansdg.loaders.table import Row
from urbansdg.loaders.values import Make, Words
from urbansdg.ontology.names import PREFIXES
from urbansdg.problems import Problem

TYPE = f"{PREFIXES['rdf']}type"


MOST_KNOWN = 1 << 12
"""So many cells of a column are remembered with what they give."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column, the property that it gives, and how its cells are understood.

    `language` is the column that may name the language of its prose. Most columns say the same few
    things over and over, so what cells gave is remembered: a field is to be made once for a table.
    """

    column: str
    predicate: str
    make: Make
    language: str | None = None
    _known: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)

    def given(self, record: Record, text: str) -> Iterator[Value | str | Problem]:
        """Give what the text of the column says, triples' objects as N-Triples has them."""
        if isinstance(self.make, Words):
            named = self.language and record.text(self.language)
            return iter((self.make.literal(text, named or record.language),))
        known = self._known.get(text)
        return iter(known) if known is not None else self._made(record, text)

    def _made(self, record: Record, text: str) -> Iterator[str | Problem]:
        cell = Cell(text, record.at(self.column), record.language)
        made = [value if isinstance(value, Problem) else str(value) for value in self.make(cell)]
        if not any(isinstance(value, Problem) for value in made):
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[text] = tuple(made)
        return iter(made)


@cache
def term(name: str) -> str:
    """Return the IRI of a prefixed name: `usdg:City`."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


@cache
def node(name: str) -> ox.NamedNode:
    """Return the node of a prefixed name."""
    return ox.NamedNode(term(name))


def typed_as(record: Record, subject: str, *kinds: str) -> Iterator[Fact]:
    """Say of what classes a subject is."""
    for kind in kinds:
        yield Fact(subject, TYPE, node(kind), record.place)


def told(record: Record, subject: str, predicate: str, value: Value) -> Fact:
    """Say what follows from a whole record."""
    return Fact(subject, term(predicate), value, record.place)


def filled(record: Record, subject: str, fields: tuple[Field, ...]) -> Iterator[Finding]:
    """Say what the columns of a record give."""
    cells, headings, place = record.cells, record.headings, record.place
    for each in fields:
        column = each.column
        text = cells.get(column)
        if text is None:
            if column in headings:  # the cells of a sheet, which a person looks at
                yield Gap(subject, term(each.predicate), record.at(column))
            continue
        for value in each.given(record, text):
            if isinstance(value, Problem):
                yield value
            else:
                heading = headings.get(column, column)
                yield Fact(subject, term(each.predicate), value, place, heading)


def findings(
    rows: Iterator[Row], convert: Callable[[Record], Iterator[Finding]]
) -> Iterator[Finding]:
    """Convert the records of a table; its problems pass."""
    for row in rows:
        if isinstance(row, Record):
            yield from convert(row)
        else:
            yield row
