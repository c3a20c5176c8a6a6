"""Mapping from the columns of records to properties."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import Place, Problem
from urbansdg.loaders.parse.cell_values import LanguageText, Plain, TermConverter, typed_literal
from urbansdg.loaders.parse.facts import Cell, Fact, Facts, FactValue, Gap, ReadResult, Record
from urbansdg.loaders.tables.csv_table import TableRow
from urbansdg.ontology.iris import is_fictitious
from urbansdg.ontology.namespaces import PREFIXES

TYPE = f"{PREFIXES['rdf']}type"

MOST_KNOWN: Final = 1 << 14
"""The largest number of cached cells per column."""

_SHORT: Final = 100
"""The longest cell that is cached, in characters: longer ones need memory and rarely repeat."""

_ANYWHERE: Final = Place()


@dataclass(frozen=True, slots=True)
class Field:
    """A column, its property, and the conversion of its cells.

    `language` is the column that may name the language of its prose. `derived` marks a property
    that follows from another property of the same column, so that an empty cell is one gap and not
    two. Conversions are cached, because most columns repeat few values: create a field once per
    table.
    """

    column: str
    predicate: str
    make: TermConverter
    language: str | None = None
    derived: bool = False
    known: dict[str, list[str]] = field(default_factory=dict, repr=False, compare=False)

    def convert(self, record: Record, text: str) -> Sequence[str | Problem]:
        """Return the end of an N-Triples line for each value of a cell, or problems.

        The result is cached, except for prose, which rarely repeats, and problems, which have
        places.
        """
        if isinstance(self.make, LanguageText | Plain):
            return (self._literal(self.make, record, text),)
        rests: list[str] = []
        for value in self.make(Cell(text, _ANYWHERE, record.language)):
            if isinstance(value, Problem):
                return self._with_places(record, text)
            rests.append(self._rest(value))
        if len(text) <= _SHORT:
            if len(self.known) >= MOST_KNOWN:
                self.known.clear()
            self.known[text] = rests
        return rests

    def _literal(self, make: LanguageText | Plain, record: Record, text: str) -> str | Problem:
        tag = (self.language and record.text(self.language)) or record.language
        try:
            return self._rest(make.written(text, tag))
        except ValueError:  # from the language tag; a text may contain any character
            return Problem(
                "bad-language",
                f"Invalid language tag: {tag!r}.",
                "Write a BCP 47 tag, for example en, pt-BR or zh-Hant.",
                record.at(self.language or self.column),
                value=tag,
            )

    def _with_places(self, record: Record, text: str) -> list[str | Problem]:
        values = self.make(Cell(text, record.at(self.column), record.language))
        return [value if isinstance(value, Problem) else self._rest(value) for value in values]

    def _rest(self, value: FactValue | str) -> str:
        return f"<{term(self.predicate)}> {value} .\n"


@cache
def term(name: str) -> str:
    """Return the IRI of a prefixed name: `usdg:City`."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


@cache
def node(name: str) -> ox.NamedNode:
    """Return the node of a prefixed name."""
    return ox.NamedNode(term(name))


def type_facts(record: Record, subject: str, *kinds: str) -> Iterator[Fact]:
    """Yield the classes of a subject, and whether it is fictitious."""
    for kind in kinds:
        yield Fact(subject, TYPE, node(kind), record.place)
    yield from fictitious_facts(record, subject)


def fictitious_facts(record: Record, subject: str) -> Iterator[Fact]:
    """Yield `usdg:fictitious true` for a thing of the example, so that nobody counts it."""
    if is_fictitious(subject):
        yield record_fact(record, subject, "usdg:fictitious", typed_literal("true", "boolean"))


def record_fact(record: Record, subject: str, predicate: str, value: FactValue) -> Fact:
    """Return a fact that follows from the record as a whole."""
    return Fact(subject, term(predicate), value, record.place)


def column_facts(record: Record, subject: str, fields: tuple[Field, ...]) -> Iterator[ReadResult]:
    """Yield the facts, gaps and problems of a record's columns."""
    cells, headings, about = record.cells, record.headings, f"<{subject}> "
    lines: list[str] = []
    columns: list[str | None] = []
    for entry in fields:
        column = entry.column
        text = cells.get(column)
        if text is None:
            # Only a sheet has headings, and only there is an empty cell of interest to a person.
            if headings and column in headings and not entry.derived:
                yield Gap(subject, term(entry.predicate), record.at(column))
            continue
        heading = headings.get(column, column) if headings else column
        for rest in entry.known.get(text) or entry.convert(record, text):
            if isinstance(rest, str):
                lines.append(about + rest)
                columns.append(heading)
            else:
                yield rest
    if lines:
        yield Facts(record.place, lines, columns)


def table_results(
    rows: Iterator[TableRow], convert: Callable[[Record], Iterator[ReadResult]]
) -> Iterator[ReadResult]:
    """Yield the results of converting a table's records; problems of the table are passed on."""
    for row in rows:
        if isinstance(row, Record):
            yield from convert(row)
        else:
            yield row
