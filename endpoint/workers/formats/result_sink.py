"""The file object to which a worker's engine writes an answer, and what writes CSV to it."""

import csv
import os
from typing import IO, Final

from pyoxigraph import BlankNode, Literal, NamedNode, QuerySolutions, Triple

_SHORT: Final = 1 << 16  # bytes; a longer answer goes through the pipe


class ResultSink:
    """Takes an answer from the engine: keeps a short one, sends a long one through a pipe."""

    def __init__(self, data: int) -> None:
        """Send into the pipe `data`, which blocks when it is full."""
        self._data = data
        self._buffer = bytearray()
        self._is_short = True
        self._most = _SHORT

    def begin(self, kind: bytes, most: int = _SHORT) -> None:
        """Start an answer of that kind; up to `most` bytes are kept until it ends."""
        self._buffer = bytearray(kind)
        self._is_short = True
        self._most = most

    def write(self, chunk: bytes) -> int:
        """Take the next bytes from the engine; return how many."""
        self._buffer += chunk
        if len(self._buffer) >= self._most:
            self._send()
        return len(chunk)

    def flush(self) -> None:
        """Do nothing: the engine calls it before `end` is called."""

    def end(self) -> bytes | None:
        """Return the answer if it is short; otherwise send the rest of it, and return None."""
        if self._is_short and len(self._buffer) < _SHORT:
            return bytes(self._buffer)
        self._send()
        return None

    def _send(self) -> None:
        self._is_short = False
        left = memoryview(bytes(self._buffer))
        self._buffer.clear()
        while left:
            left = left[os.write(self._data, left) :]


def write_csv(solutions: QuerySolutions, output: IO[bytes]) -> None:
    """Write solutions as CSV (SPARQL 1.1 Query Results CSV and TSV Formats, section 3).

    The engine's own writer, which takes a quarter of the time, quotes no IRI: one with a comma, as
    many of Wikipedia have, is two cells there.
    """
    write_row = csv.writer(_Encoded(output)).writerow
    write_row([variable.value for variable in solutions.variables])
    for solution in solutions:
        write_row(map(_cell, solution))


def _cell(term: NamedNode | BlankNode | Literal | Triple | None) -> str:
    if isinstance(term, (NamedNode, Literal)):
        return term.value
    return "" if term is None else str(term)


class _Encoded:
    """Takes text and writes it to a file of bytes, in UTF-8."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        self._file.write(text.encode())
