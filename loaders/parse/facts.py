"""The output of readers: facts, each with its place in the source."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import pyoxigraph as ox

from urbansdg.errors import Place, Problem

FactValue = ox.NamedNode | ox.Literal
LISTED = " | "


@dataclass(frozen=True, slots=True)
class Fact:
    """A triple and its place in the source."""

    subject: str
    predicate: str
    object: FactValue
    place: Place

    def line(self) -> str:
        """Return the triple as a line of N-Triples; our own IRIs need no escapes."""
        return f"<{self.subject}> <{self.predicate}> {self.object} .\n"


@dataclass(slots=True)  # not frozen: a frozen one takes four times as long to create, once per row
class Facts:
    """The triples of one row as lines of N-Triples, which cost about as much as one `Fact`.

    Each triple has its column, or None if it follows from the row as a whole.
    """

    place: Place
    lines: list[str]
    columns: list[str | None]


def column_place(place: Place, column: str) -> Place:
    """Return the place of a column in the same row, line or JSON object."""
    return Place(place.file, place.sheet, place.row, column, place.line, path=place.path)


@dataclass(frozen=True, slots=True)
class Gap:
    """An empty cell: the place where a fact with that subject and property would be."""

    subject: str
    predicate: str
    place: Place


ReadResult = Fact | Facts | Gap | Problem
"""Reading yields facts, gaps and problems in one stream, in the order of the source."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The stripped text of a cell, its place, and the language of its prose.

    `locale` is the language of messages about the cell: that of the titles of its workbook.
    """

    text: str
    place: Place
    language: str = "en"
    locale: str = "en"

    def problem(self, code: str, message: str, remedy: str) -> Problem:
        """Return a problem with the value of this cell."""
        return Problem(code, message, remedy, self.place, value=self.text)

    def parts(self) -> Iterator["Cell"]:
        """Yield the values of a cell that lists several, separated by ` | `."""
        if LISTED.strip() not in self.text and self.text.strip() == self.text != "":
            yield self
            return
        for text in self.text.split(LISTED.strip()):
            if text.strip():
                yield replace(self, text=text.strip())


@dataclass(slots=True)  # not frozen, for the same reason as `Facts`
class Record:
    """A row of a table: its non-empty cells by column.

    `headings` maps our column names to those of the source, where they differ. `language` is the
    language of its prose.
    """

    place: Place
    cells: Mapping[str, str] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"

    def cell(self, column: str) -> Cell | None:
        """Return the cell of a column, or None if it is empty or missing."""
        text = self.cells.get(column)
        if text is None:
            return None
        return Cell(text, self.at(column), self.language)

    def at(self, column: str) -> Place:
        """Return the place of a column."""
        return column_place(self.place, self.headings.get(column, column))

    def text(self, column: str) -> str:
        """Return the text of a column, or "" if there is none."""
        return self.cells.get(column, "")
