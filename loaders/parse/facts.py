"""What a reader makes of a source: facts, each with the place that it was read from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import pyoxigraph as ox

from urbansdg.errors import Place, Problem

FactValue = ox.NamedNode | ox.Literal
LISTED = " | "


@dataclass(frozen=True, slots=True)
class Fact:
    """A triple, and where it was read."""

    subject: str
    predicate: str
    object: FactValue
    place: Place

    def line(self) -> str:
        """Return the triple as a line of N-Triples; its IRIs are those that we mint."""
        return f"<{self.subject}> <{self.predicate}> {self.object} .\n"


@dataclass(slots=True)  # not frozen: that takes four times as long to make, and rows are many
class Facts:
    """Triples that were read from one row, as lines of N-Triples: many for the cost of a fact.

    Each has its column, or None where it follows from the row as a whole.
    """

    place: Place
    lines: list[str]
    columns: list[str | None]


def beside(place: Place, column: str) -> Place:
    """Return the place of a column in the row of a place."""
    return Place(place.file, place.sheet, place.row, column, place.line)


@dataclass(frozen=True, slots=True)
class Gap:
    """A cell that was left empty: where a fact of that subject and property would have stood."""

    subject: str
    predicate: str
    place: Place


ReadResult = Fact | Facts | Gap | Problem
"""Reading gives facts, gaps and problems in one stream, in the order of the source."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The text of a cell without blanks around it, its place, and the language of its prose."""

    text: str
    place: Place
    language: str = "en"

    def problem(self, code: str, message: str, remedy: str) -> Problem:
        """Return a problem with the value of this cell."""
        return Problem(code, message, remedy, self.place, value=self.text)

    def parts(self) -> Iterator["Cell"]:
        """Split a cell that lists several values with ` | ` between them."""
        if LISTED.strip() not in self.text and self.text.strip() == self.text != "":
            yield self
            return
        for text in self.text.split(LISTED.strip()):
            if text.strip():
                yield replace(self, text=text.strip())


@dataclass(slots=True)  # not frozen, as a fact is not
class Record:
    """A row of a table: its cells that are not empty, by column.

    `headings` names the columns as the source does, where that is not as we do; `language` is the
    language of its prose.
    """

    place: Place
    cells: Mapping[str, str] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"

    def cell(self, column: str) -> Cell | None:
        """Return the cell of a column, None where it is empty or there is no such column."""
        text = self.cells.get(column)
        if text is None:
            return None
        return Cell(text, self.at(column), self.language)

    def at(self, column: str) -> Place:
        """Return the place of a column."""
        return beside(self.place, self.headings.get(column, column))

    def text(self, column: str) -> str:
        """Return the text of a column, "" where there is none."""
        return self.cells.get(column, "")
