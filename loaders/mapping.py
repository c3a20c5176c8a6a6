"""From records to facts: which column gives which property."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import pyoxigraph as ox

from urbansdg.loaders.fact import Fact, Finding, Gap, Record, Value
from urbansdg.loaders.table import Row
from urbansdg.loaders.values import Make
from urbansdg.ontology.names import PREFIXES
from urbansdg.problems import Problem

TYPE = f"{PREFIXES['rdf']}type"


@dataclass(frozen=True, slots=True)
class Field:
    """A column, the property that it gives, and how its cells are understood."""

    column: str
    predicate: str
    make: Make


@cache
def term(name: str) -> str:
    """Return the IRI of a prefixed name: `usdg:City`."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


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
    for field in fields:
        cell = record.cell(field.column)
        if cell is None:
            if field.column in record.headings:  # the cells of a sheet, which a person looks at
                yield Gap(subject, term(field.predicate), record.at(field.column))
            continue
        for value in field.make(cell):
            if isinstance(value, Problem):
                yield value
            else:
                yield Fact(subject, term(field.predicate), value, cell.place)


def findings(
    rows: Iterator[Row], convert: Callable[[Record], Iterator[Finding]]
) -> Iterator[Finding]:
    """Convert the records of a table; its problems pass."""
    for row in rows:
        if isinstance(row, Record):
            yield from convert(row)
        else:
            yield row
