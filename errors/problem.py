"""A problem in input: a code, a place, a message and a remedy."""

from dataclasses import dataclass, field, fields
from enum import StrEnum


class Severity(StrEnum):
    """The severity of a problem, one of the three of SHACL (2.1.4)."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a problem: in a file (rows count from 1, the header is row 1) or in a graph.

    `column` is a heading or a letter, `line` a line of a text file; `focus` is an IRI and `path` a
    property path in SPARQL syntax. Parts that do not apply are None.
    """

    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    line: int | None = None
    focus: str | None = None
    path: str | None = None

    def __str__(self) -> str:
        """Return the place in words: `cities.csv, row 3, column lat`.

        A place in a table is known by its cell: the thing that the row describes is left out,
        and so is that of an object in a JSON document, which a JSON Pointer names.
        """
        named = ((name, getattr(self, name)) for name in ("sheet", "row", "line", "column", "path"))
        parts = [self.file, *(f"{name} {value}" for name, value in named if value is not None)]
        has_cell = self.sheet is not None or self.row is not None
        is_pointer = self.path is not None and self.path.startswith("/")  # RFC 6901
        if self.focus is not None and not is_pointer and (not has_cell or self.path is not None):
            parts.insert(1, f"<{self.focus}>")
        return ", ".join(part for part in parts if part)

    def to_json(self) -> dict[str, str | int]:
        """Return the known parts of the place."""
        named = ((part.name, getattr(self, part.name)) for part in fields(self))
        return {name: value for name, value in named if value is not None}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in input.

    `code` is stable, in lower case with hyphens (`duplicate-identifier`); `message` says what is
    wrong and `remedy` how to fix it, each in one plain sentence; `value` is the text in question.
    `related` are further places that the problem is about, for example the other of two rows that
    have one identifier. `language` is that of message and remedy.
    """

    code: str
    message: str
    remedy: str
    place: Place = field(default_factory=Place)
    severity: Severity = Severity.VIOLATION
    value: str | None = None
    related: tuple[Place, ...] = ()
    language: str = "en"

    def __str__(self) -> str:
        """Return the problem on one line, its place first."""
        where = f"{self.place}: " if str(self.place) else ""
        return f"{where}{self.message} {self.remedy} [{self.code}]"

    def to_json(self) -> dict[str, object]:
        """Return the problem as in `application/problem+json` and `--format json`."""
        document: dict[str, object] = {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "remedy": self.remedy,
            "place": self.place.to_json(),
        }
        if self.value is not None:
            document["value"] = self.value
        if self.related:
            document["related"] = [place.to_json() for place in self.related]
        return document
