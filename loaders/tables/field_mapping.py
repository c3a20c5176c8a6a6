"""From records to facts: which column gives which property."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import Place, Problem
from urbansdg.loaders.parse.cell_values import LanguageText, Plain, TermConverter
from urbansdg.loaders.parse.facts import Cell, Fact, Facts, FactValue, Gap, ReadResult, Record
from urbansdg.loaders.tables.csv_table import TableRow
from urbansdg.ontology.namespaces import PREFIXES

TYPE = f"{PREFIXES['rdf']}type"

MOST_KNOWN: Final = 1 << 14
"""So many cells of a column are remembered with what they give."""

_SHORT: Final = 100
"""Cells of more characters are not remembered: they take memory, and are seldom the same again."""

_ANYWHERE: Final = Place()


@dataclass(frozen=True, slots=True)
class Field:
    """A column, the property that it gives, and how its cells are understood.

    `language` is the column that may name the language of its prose; `derived` is what follows from
    a property that the column gives too, so that nothing is lacking where it is empty. Most columns
    say the same few things over and over, so what cells gave is remembered: a field is to be made
    once for a table.
    """

    column: str
    predicate: str
    make: TermConverter
    language: str | None = None
    derived: bool = False
    known: dict[str, list[str]] = field(default_factory=dict, repr=False, compare=False)

    def given(self, record: Record, text: str) -> Sequence[str | Problem]:
        """Return what the text of the column says: the rest of a line of N-Triples, or a problem.

        It is remembered, but for prose, which is seldom the same again, and problems, which have
        places.
        """
        if isinstance(self.make, LanguageText | Plain):
            return (self._worded(self.make, record, text),)
        rests: list[str] = []
        for value in self.make(Cell(text, _ANYWHERE, record.language)):
            if isinstance(value, Problem):
                return self._placed(record, text)
            rests.append(self._rest(value))
        if len(text) <= _SHORT:
            if len(self.known) >= MOST_KNOWN:
                self.known.clear()
            self.known[text] = rests
        return rests

    def _worded(self, make: LanguageText | Plain, record: Record, text: str) -> str | Problem:
        tag = (self.language and record.text(self.language)) or record.language
        try:
            return self._rest(make.written(text, tag))
        except ValueError:  # of the tag; a text may have any character
            return Problem(
                "bad-language",
                f"{tag!r} is not the tag of a language.",
                "Write the language as BCP 47 has it, like en, pt-BR or zh-Hant.",
                record.at(self.language or self.column),
                value=tag,
            )

    def _placed(self, record: Record, text: str) -> list[str | Problem]:
        made = self.make(Cell(text, record.at(self.column), record.language))
        return [value if isinstance(value, Problem) else self._rest(value) for value in made]

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


def typed_as(record: Record, subject: str, *kinds: str) -> Iterator[Fact]:
    """Say of what classes a subject is."""
    for kind in kinds:
        yield Fact(subject, TYPE, node(kind), record.place)


def told(record: Record, subject: str, predicate: str, value: FactValue) -> Fact:
    """Say what follows from a whole record."""
    return Fact(subject, term(predicate), value, record.place)


def filled(record: Record, subject: str, fields: tuple[Field, ...]) -> Iterator[ReadResult]:
    """Say what the columns of a record give."""
    cells, headings, about = record.cells, record.headings, f"<{subject}> "
    lines: list[str] = []
    columns: list[str | None] = []
    for each in fields:
        column = each.column
        text = cells.get(column)
        if text is None:
            # The headings are those of a sheet, where a person looks at cells that are empty.
            if headings and column in headings and not each.derived:
                yield Gap(subject, term(each.predicate), record.at(column))
            continue
        heading = headings.get(column, column) if headings else column
        for rest in each.known.get(text) or each.given(record, text):
            if isinstance(rest, str):
                lines.append(about + rest)
                columns.append(heading)
            else:
                yield rest
    if lines:
        yield Facts(record.place, lines, columns)


def findings(
    rows: Iterator[TableRow], convert: Callable[[Record], Iterator[ReadResult]]
) -> Iterator[ReadResult]:
    """Convert the records of a table; its problems pass."""
    for row in rows:
        if isinstance(row, Record):
            yield from convert(row)
        else:
            yield row
