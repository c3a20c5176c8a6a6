"""The first rows of an answer, and the number of all rows, from its bytes as they arrive.

A worker is asked for SPARQL TSV or N-Triples, because one line is one row there: line breaks in
values are escaped (SPARQL 1.1 Query Results CSV and TSV Formats, section 4; RDF 1.1 N-Triples,
section 4). So only the first lines are kept and parsed, and the others are counted.
"""

from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Triple,
    parse,
    parse_query_results,
)

SHOWN_ROWS: Final = 200
"""The most rows of an answer on a page."""

_KEPT_BYTES: Final = 1 << 20
_TRIPLE: Final = ("subject", "predicate", "object")

ResultTerm = NamedNode | BlankNode | Literal | Triple | None
"""A value in a row; None is an unbound variable."""


@dataclass(frozen=True, slots=True)
class ResultTable:
    """The first rows of an answer; `total` is the number of all rows.

    With `is_total_known` False the answer was not read to its end, and has more than `total` rows.
    `boolean` is the answer to ASK, which has no rows. The rows of a graph are its triples.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[ResultTerm, ...], ...]
    total: int
    is_total_known: bool = True
    boolean: bool | None = None
    is_graph: bool = False

    def column(self, name: str) -> list[ResultTerm]:
        """Return the values of a column; raises `ValueError` for an unknown one."""
        index = self.columns.index(name)
        return [row[index] for row in self.rows]


@dataclass(slots=True)
class TableReader:
    """Keeps the first `most` rows of an answer in TSV, or in N-Triples with `is_graph`."""

    is_graph: bool
    most: int = SHOWN_ROWS
    count: int = 0
    _lines: list[bytes] = field(default_factory=list)
    _size: int = 0
    _rest: bytes = b""
    _is_full: bool = False

    def take(self, chunk: bytes) -> None:
        """Take the next bytes of the answer."""
        self.count += chunk.count(b"\n")
        if self._is_full:
            return
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._keep(line)
        self._is_full = self._is_full or self._size + len(self._rest) > _KEPT_BYTES

    def _keep(self, line: bytes) -> None:
        header = 0 if self.is_graph else 1
        self._size += len(line)
        if len(self._lines) >= self.most + header or self._size > _KEPT_BYTES:
            self._is_full = True
        if not self._is_full:
            self._lines.append(line)

    @property
    def is_empty(self) -> bool:
        """Whether no row has arrived yet."""
        return len(self._lines) <= (0 if self.is_graph else 1)

    def table(self, *, is_whole: bool = True) -> ResultTable:
        """Return the rows; with `is_whole` False the answer was left before its end.

        Raises `SyntaxError` or `ValueError` for bytes that are in neither format.
        """
        content = b"".join(line + b"\n" for line in self._lines)
        if self.is_graph:
            triples = [quad.triple for quad in parse(content, format=RdfFormat.N_TRIPLES)]
            rows = tuple((it.subject, it.predicate, it.object) for it in triples)
            return ResultTable(_TRIPLE, rows, self.count, is_whole, is_graph=True)
        results = parse_query_results(content or self._rest, format=QueryResultsFormat.TSV)
        if isinstance(results, QueryBoolean):
            return ResultTable((), (), 0, is_whole, boolean=bool(results))
        if not isinstance(results, QuerySolutions):  # the format has no other results
            raise TypeError(type(results).__name__)
        columns = tuple(variable.value for variable in results.variables)
        rows = tuple(tuple(solution) for solution in results)
        return ResultTable(columns, rows, max(0, self.count - 1), is_whole)
